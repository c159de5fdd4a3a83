// Whatever is said, splitting ends, and a quoted text comes back as one word.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "chat/shell_words.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::chat;
  const std::string input(data, data + size);
  if (const auto words = split_words(input)) {
    std::string again;
    for (const std::string& word : *words)
      again += shell_quote(word) + " ";
    const auto same = split_words(again);
    if (!same || *same != *words) std::abort();
  }
  const auto one = split_words(shell_quote(input));
  if (!one || one->size() != 1 || one->front() != input) std::abort();
  return 0;
}
