#include "access/house.hpp"

#include "access/origin.hpp"
#include "base/url.hpp"

namespace carillon::access {

std::string House::cookie_name(std::string_view what) const {
  std::string name = secure ? "__Host-carillon" : "carillon";
  if (!what.empty()) name.append("-").append(what);
  return name;
}

std::string House::cookie(std::string_view what, const std::string& value, std::chrono::seconds age) const {
  return Cookie{cookie_name(what), value, value.empty() ? std::chrono::seconds(0) : age, secure}.text();
}

bool is_local(const settings::Configuration& configuration) {
  if (!is_loopback(configuration.www_host)) return false;
  const auto url = Url::parse(configuration.www_url);
  return !url || is_loopback(url->host);
}

}  // namespace carillon::access
