#include "access/origin.hpp"

#include <boost/asio/ip/address.hpp>

#include "base/letters.hpp"
#include "base/url.hpp"

namespace carillon::access {
namespace {

std::string_view without_brackets(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) return host.substr(1, host.size() - 2);
  return host;
}

std::string_view said(const web::Head& head, std::string_view name) {
  const auto found = head.headers.find(name);
  return found == head.headers.end() ? std::string_view() : std::string_view(found->second);
}

// "host:port" of an origin, or of a Host header below that scheme.
std::string place(std::string_view scheme, std::string_view authority) {
  const std::string origin = origin_of(std::string(scheme) + "://" + std::string(authority));
  const auto begin = origin.find("://");
  return begin == std::string::npos ? "" : origin.substr(begin + 3);
}

}  // namespace

bool is_loopback(std::string_view host) {
  const std::string name = lower(without_brackets(host));
  if (name == "localhost" || name.ends_with(".localhost")) return true;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(name, error);
  return !error && address.is_loopback();
}

std::string origin_of(std::string_view url) {
  const auto parsed = Url::parse(url);
  if (!parsed || !parsed->is_http() || parsed->host.empty()) return {};
  const std::string scheme = lower(parsed->scheme);
  std::string origin = scheme + "://" + lower(parsed->host);
  const std::string_view usual = scheme == "https" ? "443" : "80";
  if (!parsed->port.empty() && parsed->port != usual) origin += ":" + std::string(parsed->port);
  return origin;
}

std::string host_of(const web::Head& head) {
  const std::string url = "http://" + std::string(said(head, "host"));
  const auto parsed = Url::parse(url);
  return parsed ? lower(parsed->host) : "";
}

Origin origin_of(const web::Head& head, std::string_view url) {
  const std::string_view site = said(head, "sec-fetch-site");
  if (!site.empty()) return site == "same-origin" ? Origin::ours : Origin::foreign;
  const std::string_view origin = said(head, "origin");
  if (origin.empty()) return Origin::unsaid;
  const auto parsed = Url::parse(origin);
  if (!parsed || !parsed->is_http() || !parsed->path.empty()) return Origin::foreign;
  if (!url.empty() && origin_of(origin) == origin_of(url)) return Origin::ours;
  const std::string asked = place(parsed->scheme, said(head, "host"));
  return !asked.empty() && asked == place(parsed->scheme, parsed->authority()) ? Origin::ours
                                                                               : Origin::foreign;
}

}  // namespace carillon::access
