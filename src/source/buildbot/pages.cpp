#include "source/buildbot/pages.hpp"

#include <charconv>
#include <utility>

namespace carillon::source::buildbot {

std::string version_in(const json::object& config) {
  const json::array* versions = array_at(config, "versions");
  if (versions == nullptr) return {};
  for (const json::value& item : *versions) {
    const json::array* pair = item.if_array();
    if (pair == nullptr || pair->size() != 2 || pair->front() != "Buildbot") continue;
    if (pair->back().is_string()) return std::string(pair->back().get_string());
  }
  return {};
}

bool links_with_slash(std::string_view version) {
  if (version.starts_with('v')) version.remove_prefix(1);
  const char* const end = version.data() + version.size();
  std::pair<int, int> parts;
  const auto major = std::from_chars(version.data(), end, parts.first);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return false;
  if (std::from_chars(major.ptr + 1, end, parts.second).ec != std::errc()) return false;
  return parts >= std::pair(3, 8) && parts <= std::pair(4, 0);
}

asio::awaitable<void> Pages::learn(Rest& rest) {
  const auto config = co_await rest.config();
  if (!config) co_return;
  if (const std::string version = version_in(*config); !version.empty()) slash_ = links_with_slash(version);
}

}  // namespace carillon::source::buildbot
