// What is meant for the bot in what people say.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "reporter/irc/irc_speech.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::reporter::irc;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Support support;
  for (const auto& command : {addressed(text, "Bell", support), confided(text, "Bell", support)}) {
    if (command && command->size() > text.size()) std::abort();
    if (command && text.find(*command) == std::string_view::npos) std::abort();
  }
  if (const auto action = action_of(text)) {
    if (!text.starts_with("\x01") || text.find(*action) == std::string_view::npos) std::abort();
    if (const auto did = reaction(*action, "Bell", "ann", support); did && did->empty()) std::abort();
  }
  static_cast<void>(is_ctcp(text));
  static_cast<void>(reaction(text, "Bell", "ann", support));
  // Whoever says it so is understood, whatever comes after it.
  const std::string said = "bELL: status" + std::string(text);
  if (!addressed(said, "Bell", support)) std::abort();
  return 0;
}
