#include "transport/curl_place.hpp"

#include <array>
#include <memory>

#include "transport/http_request.hpp"

namespace carillon::http {
namespace {

// nullopt: there is none, or it cannot be written.
std::optional<std::string> part_of(CURLU* url, CURLUPart part, unsigned flags) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return std::nullopt;
  const std::unique_ptr<char, void (*)(void*)> owner(text, curl_free);
  return std::string(text);
}

}  // namespace

std::optional<Place> place_to_look_up(const Target& target) {
  if (!target.loopback && proxy_named(target)) return std::nullopt;
  const std::unique_ptr<CURLU, void (*)(CURLU*)> url(curl_url(), curl_url_cleanup);
  if (curl_url_set(url.get(), CURLUPART_URL, target.request.c_str(), 0) != CURLUE_OK) return std::nullopt;
  auto host = part_of(url.get(), CURLUPART_HOST, CURLU_PUNYCODE);
  auto port = part_of(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if (!host || !port || host->empty() || host->front() == '[') return std::nullopt;
  if (net::needs_no_lookup(*host)) return std::nullopt;
  return Place{std::move(*host), std::move(*port)};
}

std::string resolve_line(const Place& place, const net::Addresses& addresses) {
  std::string list;
  for (const auto& endpoint : addresses) {
    const asio::ip::address address = endpoint.address();
    if (address.is_v6() && address.to_v6().scope_id() != 0) continue;  // it could not say of which network
    list += list.empty() ? "" : ",";
    list += address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  }
  return list.empty() ? "" : "+" + place.host + ":" + place.port + ":" + list;
}

}  // namespace carillon::http
