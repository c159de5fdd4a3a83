// Payloads of mails: what was kept comes back; anything else is none, or has recipients.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/encoding.hpp"
#include "reporter/mail/envelope.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::reporter::mail;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto envelope = parse_payload(input)) {
    if (!input.ends_with(envelope->message)) std::abort();
    const std::string again =
        to_payload(envelope->from, envelope->recipients, envelope->message, envelope->texts);
    const auto same = parse_payload(again);
    if (!same || same->from != envelope->from || same->recipients != envelope->recipients ||
        same->message != envelope->message || same->texts != envelope->texts)
      std::abort();
  }
  const std::string text = valid_utf8(input);
  const std::string payload = to_payload(text, {text, "b@example.org"}, input);
  const auto envelope = parse_payload(payload);
  if (!envelope || envelope->from != text || envelope->recipients.size() != 2 ||
      envelope->recipients[0] != text || envelope->message != input)
    std::abort();
  return 0;
}
