#include "reporter/common/texts.hpp"

#include "base/encoding.hpp"
#include "base/url.hpp"

namespace carillon::reporter {

std::string build_summary(const json::object& build) {
  const BuildFacts facts = facts_of(build);
  if (!build.contains("number")) {
    const std::string request = "request for " + fold_to_line(facts.builder);
    return facts.results ? request + ": " + std::string(name(*facts.results)) : request + " waits";
  }
  std::string text = run_title(facts.run(), fold_to_line(facts.builder));
  if (!facts.results) return text + " started";
  return text + ": " + std::string(name(*facts.results));
}

std::string shown_url(std::string_view text) {
  const auto url = Url::parse(text);
  if (url)
    return fold_to_line(std::string(url->scheme).append("://").append(url->authority()).append(url->path));
  // What is none may have a login all the same.
  text = text.substr(0, text.find_first_of("?#"));
  const auto scheme_end = text.find("://");
  return fold_to_line(text.substr(0, scheme_end == std::string_view::npos ? scheme_end : scheme_end + 3));
}

bool is_http_url(std::string_view text) {
  const auto url = Url::parse(text);
  return url && url->is_http() && !url->host.empty();
}

}  // namespace carillon::reporter
