#include "app/completion.hpp"

namespace carillon::app {

std::string completion(const ProgramShape& program, std::string_view shell) {
  if (shell == "bash") return bash_completion(program);
  return shell == "zsh" ? zsh_completion(program) : fish_completion(program);
}

}  // namespace carillon::app
