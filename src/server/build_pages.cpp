#include "server/build_pages.hpp"

#include <algorithm>

#include "base/url.hpp"

namespace carillon::server {
namespace {

bool is_our_port(const std::string& url, int port) {
  const auto parsed = Url::parse(url);
  return parsed && parsed->scheme == "http" && parsed->known_port() == std::to_string(port) &&
         (parsed->host == "localhost" || parsed->host == "[::1]" || parsed->host.starts_with("127."));
}

}  // namespace

source::BuildPages build_pages(const settings::Configuration& configuration) {
  source::BuildPages pages{configuration.buildbot_url, configuration.www_port >= 0};
  if (pages.ours && !configuration.www_url.empty()) {
    pages.base = configuration.www_url;
  } else if (!is_our_port(pages.base, configuration.www_port) &&
             std::ranges::any_of(configuration.sources,
                                 [](const auto& call) { return call.class_name == "Buildbot"; })) {
    pages.ours = false;
  } else if (pages.ours && configuration.www_port > 0 &&
             pages.base == settings::Configuration().buildbot_url) {
    // Nobody said where it is; this much is known.
    pages.base = "http://localhost:" + std::to_string(configuration.www_port) + "/";
  }
  if (!pages.base.ends_with('/')) pages.base += '/';
  return pages;
}

}  // namespace carillon::server
