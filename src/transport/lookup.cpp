#include "transport/lookup.hpp"

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <optional>

#include "base/letters.hpp"
#include "transport/lookups.hpp"

namespace carillon::net {
namespace {

using asio::ip::address;

// An address as it is written, in any form that the system knows ("127.1", "fe80::1%eth0").
std::vector<address> written_address(const std::string& host) {
  boost::system::error_code not_one;
  const address one = asio::ip::make_address(host, not_one);
  if (!not_one) return {one};
  const bool may_be = !host.empty() && ((host[0] >= '0' && host[0] <= '9') || host.find(':') != host.npos);
  if (!may_be) return {};
  return ask_system(host, AI_NUMERICHOST).addresses;
}

// RFC 6761: these names are never asked for.
bool is_localhost(const std::string& host) {
  std::string name = lower(host);
  if (name.ends_with('.')) name.pop_back();
  return name == "localhost" || name.ends_with(".localhost");
}

std::vector<address> known_addresses(const std::string& host) {
  if (is_localhost(host)) return {asio::ip::address_v6::loopback(), asio::ip::address_v4::loopback()};
  return written_address(host);
}

}  // namespace

bool needs_no_lookup(const std::string& host) {
  return !known_addresses(host).empty();
}

Task<Addresses> look_up(asio::any_io_executor executor, std::string host, std::string port,
                        std::chrono::steady_clock::time_point deadline) {
  Lookups& lookups = Lookups::of(executor);
  std::uint16_t number = 0;
  std::from_chars(port.data(), port.data() + port.size(), number);
  std::vector<address> found = known_addresses(host);
  if (found.empty()) {
    auto asked = co_await lookups.find(executor, lower(host), deadline);
    if (!asked) co_return unreachable("name lookup: " + asked.error().what);
    found = std::move(*asked);
  }
  Addresses addresses;
  for (const address& one : found) {
    if (lookups.allows(one)) addresses.emplace_back(one, number);
  }
  if (addresses.empty()) co_return unreachable(not_allowed(found.front()));
  co_return addresses;
}

std::string in_words(std::chrono::milliseconds duration) {
  const auto count = duration.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

}  // namespace carillon::net
