#include "reporter/common/texts.hpp"

#include "base/encoding.hpp"

namespace carillon::reporter {

std::string build_summary(const json::object& build) {
  const BuildFacts facts = facts_of(build);
  if (!build.contains("number")) {
    const std::string request = "request for " + fold_to_line(facts.builder);
    return facts.results ? request + ": " + std::string(name(*facts.results)) : request + " waits";
  }
  std::string text = "build #" + std::to_string(facts.number) + " of " + fold_to_line(facts.builder);
  if (!facts.results) return text + " started";
  return text + ": " + std::string(name(*facts.results));
}

std::string shown_url(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return fold_to_line(url);
  const auto host = scheme_end + 3;
  const auto path = std::min(url.find('/', host), url.size());
  const auto at = url.substr(host, path - host).rfind('@');
  std::string shown(url.substr(0, host));
  shown += url.substr(at == std::string_view::npos ? host : host + at + 1);
  return fold_to_line(shown);
}

bool is_http_url(std::string_view url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (url.starts_with(scheme) && url.size() > scheme.size() && url[scheme.size()] != '/') return true;
  }
  return false;
}

}  // namespace carillon::reporter
