// Texts in completions and in the manual page stand for themselves.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "cli/manual.hpp"
#include "cli/shape.hpp"

namespace {

// As fish does: between quotes a backslash stands before a quote or a backslash.
std::string read_fish(std::string_view word) {
  if (word.size() < 2 || word.front() != '\'' || word.back() != '\'') std::abort();
  word = word.substr(1, word.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '\'') std::abort();
    if (word[i] == '\\' && i + 1 < word.size() && (word[i + 1] == '\'' || word[i + 1] == '\\')) ++i;
    out += word[i];
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::cli;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (read_fish(fish_word(text)) != text) std::abort();
  const std::string roff = roff_text(text);
  if (roff.starts_with('.') || roff.starts_with('\'')) std::abort();
  if (roff.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) std::abort();
  for (std::size_t i = 0; i < roff.size(); ++i) {
    if (roff[i] == '\\' &&
        (++i == roff.size() || std::string_view("e-&").find(roff[i]) == std::string_view::npos))
      std::abort();
  }
  return 0;
}
