// What a bot says is kept as JSON: it comes back as it was, and anything else is none.
#include <cstdint>
#include <cstdlib>

#include "chat/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  boost::system::error_code error;
  const json::value value = json::parse(input, error);
  if (error) return 0;
  const auto text = chat::Text::of_json(value);
  if (!text) return 0;
  const auto again = chat::Text::of_json(json::parse(json::serialize(text->to_json())));
  if (!again || *again != *text) std::abort();
  static_cast<void>(text->in_mid_sentence().words());
  return 0;
}
