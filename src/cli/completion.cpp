#include "cli/completion.hpp"

namespace carillon::cli {

std::string completion(const ProgramShape& program, std::string_view shell) {
  if (shell == "bash") return bash_completion(program);
  return shell == "zsh" ? zsh_completion(program) : fish_completion(program);
}

}  // namespace carillon::cli
