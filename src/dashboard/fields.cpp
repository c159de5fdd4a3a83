#include "dashboard/fields.hpp"

#include <algorithm>
#include <charconv>

#include "base/encoding.hpp"
#include "base/moment.hpp"
#include "base/percent.hpp"
#include "base/text.hpp"

namespace carillon::dashboard {

Fields Fields::parse(std::string_view text) {
  const auto decoded = [](std::string_view part) {
    std::string raw(part);
    std::ranges::replace(raw, '+', ' ');
    return valid_utf8(percent_decode(raw));
  };
  Fields fields;
  for (const std::string_view field : words_of(text, "&")) {
    const auto mark = std::min(field.find('='), field.size());
    std::string name = decoded(field.substr(0, mark));
    if (fields.values_.contains(name)) fields.twice_ = name;
    fields.values_[std::move(name)] = decoded(field.substr(std::min(mark + 1, field.size())));
  }
  return fields;
}

std::string Fields::text(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string() : std::string(trim(found->second));
}

std::optional<std::string> Fields::stranger(std::span<const std::string_view> known) const {
  for (const auto& [name, value] : values_) {
    if (std::ranges::find(known, name) == known.end()) return name;
  }
  return std::nullopt;
}

Result<std::optional<std::int64_t>> Fields::number(std::string_view name, std::int64_t least,
                                                   std::int64_t most) const {
  const std::string written = text(name);
  if (written.empty()) return std::nullopt;
  std::int64_t value = 0;
  const char* behind = written.data() + written.size();
  const auto [end, error] = std::from_chars(written.data(), behind, value);
  if (error != std::errc() || end != behind || value < least || value > most)
    return rejected(std::string(name) + ": must be a whole number from " + std::to_string(least) + " to " +
                    std::to_string(most) + ", not '" + written + "'");
  return value;
}

Result<Millis> Fields::since(std::string_view name, Millis now) const {
  const std::string written = text(name);
  if (written.empty()) return 0;
  return moment_in(name, written, now, Zone::utc);
}

std::string Fields::query_with(std::string_view name, std::string_view value) const {
  std::string query;
  const auto add = [&](std::string_view key, std::string_view what) {
    if (what.empty()) return;
    query += query.empty() ? '?' : '&';
    query += percent_encode(key) + "=" + percent_encode(what);
  };
  for (const auto& [key, what] : values_) {
    if (key != name) add(key, what);
  }
  add(name, value);
  return query;
}

}  // namespace carillon::dashboard
