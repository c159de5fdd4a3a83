// What is taken for an address can be used in SMTP, and is the same when it is read again.
#include <cstdint>
#include <cstdlib>

#include "reporter/mail/addresses.hpp"
#include "transport/smtp_protocol.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::reporter::mail;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  parse_user(input);
  const auto address = parse_address(input);
  if (!address) return 0;
  if (!carillon::smtp::sendable(address->address)) std::abort();
  const auto again = parse_address(address->address);
  if (!again || again->address != address->address || !again->name.empty()) std::abort();
  return 0;
}
