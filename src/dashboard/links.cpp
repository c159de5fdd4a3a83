#include "dashboard/links.hpp"

#include "base/encoding.hpp"

namespace carillon::dashboard {

std::string Links::builder(std::string_view name) const {
  return prefix_ + "b/" + percent_encode(name);
}

std::string Links::build(std::string_view source, std::string_view builder, const RunNumber& run) const {
  std::string path = this->builder(builder) + "/" + std::to_string(run.number);
  if (!source.empty()) path += "?source=" + percent_encode(source);
  return path;
}

std::string Links::badge(std::string_view builder) const {
  return prefix_ + "badge/" + percent_encode(builder) + ".svg";
}

std::string Links::preview(std::string_view source, std::string_view builder, const RunNumber& run,
                           std::string_view reporter, std::string_view event) const {
  std::string path = build({}, builder, run) + "/preview/" + percent_encode(reporter);
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
  return prefix_ + "reporters/" + percent_encode(name);
}

std::string Links::deliveries(std::string_view state, std::string_view reporter) const {
  return prefix_ + "deliveries?state=" + std::string(state) + "&reporter=" + percent_encode(reporter);
}

}  // namespace carillon::dashboard
