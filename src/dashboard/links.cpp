#include "dashboard/links.hpp"

#include "base/encoding.hpp"
#include "base/percent.hpp"

namespace carillon::dashboard {
namespace {

// Of a name in an address. The web server reads 8 kB of a request's header (web/listen.hpp), and browsers
// fill some of that.
constexpr std::size_t longest_name = 4000;

}  // namespace

std::string Links::builder(std::string_view name) const {
  const std::string encoded = path_part(name);
  return encoded.size() > longest_name ? prefix_ + "builds" : prefix_ + "b/" + encoded;
}

std::string Links::build(std::string_view source, std::string_view builder, const RunNumber& run) const {
  std::string path = this->builder(builder);
  if (!path.starts_with(prefix_ + "b/")) return path;
  path += "/" + std::to_string(run.number);
  if (!source.empty()) path += "?source=" + percent_encode(source);
  return path;
}

std::string Links::badge(std::string_view builder) const {
  const std::string encoded = percent_encode(builder);
  return encoded.size() > longest_name ? prefix_ + "builds" : prefix_ + "badge/" + encoded + ".svg";
}

std::string Links::preview(std::string_view source, std::string_view builder, const RunNumber& run,
                           std::string_view reporter, std::string_view event) const {
  std::string path = build({}, builder, run);
  if (!path.starts_with(prefix_ + "b/")) return path;
  path += "/preview/" + path_part(reporter);
  const auto add = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    path += path.find('?') == std::string::npos ? '?' : '&';
    path += std::string(name) + "=" + percent_encode(value);
  };
  add("source", source);
  add("event", event);
  return path;
}

std::string Links::reporter(std::string_view name) const {
  return prefix_ + "reporters/" + path_part(name);
}

std::string Links::deliveries(std::string_view state, std::string_view reporter) const {
  return prefix_ + "deliveries?state=" + std::string(state) + "&reporter=" + percent_encode(reporter);
}

}  // namespace carillon::dashboard
