#include "source/generic/reading.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "source/hook/moments.hpp"

namespace carillon::source::generic {
namespace {

bool is_nothing(const json::value& value) {
  return value.is_null() || (value.is_string() && value.get_string().empty());
}

tl::unexpected<Failure> wrong(const Reading::Found& found, std::string_view needed) {
  return rejected(found.place + ": must be " + std::string(needed) + ", not " +
                  std::string(kind_name(found.values.front())));
}

std::optional<std::int64_t> whole(const json::value& value) {
  const json::object one{{"value", value}};
  if (const auto number = integer_at(one, "value")) return number;
  const std::string text = value.is_string() ? std::string(value.get_string()) : std::string();
  if (!is_digits(text) || text.size() > 18) return std::nullopt;
  return std::strtoll(text.c_str(), nullptr, 10);
}

std::string word_for_people(const std::string& word) {
  return "'" + ellipsize(fold_to_line(valid_utf8(word)), 60) + "'";
}

}  // namespace

std::vector<json::value> Reading::values_of(const Way& way, bool& there) const {
  std::vector<json::value> values;
  if (const auto* path = std::get_if<Path>(&way)) {
    for (const json::value* value : values_at(*path, scope_)) {
      there = true;
      if (!is_nothing(*value)) values.push_back(*value);
    }
  } else if (const auto* text = std::get_if<Text>(&way)) {
    there = true;
    values.emplace_back(filled(*text, scope_));
  } else if (called_ != nullptr) {
    const auto yielded = called_->find(&way);
    there = yielded != called_->end();
    if (there) values.push_back(yielded->second);
  }
  std::erase_if(values, is_nothing);
  return values;
}

Reading::Found Reading::find(std::string_view field, const std::vector<Way>& ways) const {
  Found found;
  for (const Way& way : ways) {
    if (found.place.empty()) found.place = shown(way) + " (" + std::string(field) + ")";
    found.values = values_of(way, found.there);
    if (found.values.empty()) continue;
    found.place = shown(way) + " (" + std::string(field) + ")";
    break;
  }
  return found;
}

Reading::Found Reading::find(std::string_view field) const {
  const auto ways = fields_.find(field);
  return ways == fields_.end() ? Found() : find(field, ways->second);
}

Result<std::string> Reading::text(std::string_view field) const {
  const Found found = find(field);
  if (found.values.empty()) return std::string();
  std::string text = scalar_text(found.values.front());
  if (text.empty()) return wrong(found, "a text or a number");
  return text;
}

Result<std::vector<std::string>> Reading::texts(std::string_view field) const {
  Found found = find(field);
  // A list that is not taken apart by [*] is meant so, too.
  if (found.values.size() == 1 && found.values.front().is_array()) {
    const json::array list = std::move(found.values.front().get_array());
    found.values.assign(list.begin(), list.end());
    std::erase_if(found.values, is_nothing);
  }
  std::vector<std::string> texts;
  for (json::value& value : found.values) {
    texts.push_back(scalar_text(value));
    if (!texts.back().empty()) continue;
    found.values = {std::move(value)};
    return wrong(found, "a list of texts");
  }
  return texts;
}

Result<std::optional<std::int64_t>> Reading::number(std::string_view field) const {
  const Found found = find(field);
  if (found.values.empty()) return std::nullopt;
  const auto number = whole(found.values.front());
  if (!number) return wrong(found, "a whole number");
  if (*number < 0) return rejected(found.place + ": must not be negative");
  return number;
}

Result<std::optional<std::int64_t>> Reading::moment(std::string_view field) const {
  const Found found = find(field);
  if (found.values.empty()) return std::nullopt;
  const json::value& value = found.values.front();
  if (!value.is_string() && !value.is_number()) return wrong(found, "a moment");
  json::object one;
  const auto number = whole(value);
  one["moment"] = number ? json::value(*number) : value;
  // What is no moment is none: zones are left out, and 0001-01-01 stands for none.
  return hook::moment_at(one, "moment");
}

Result<std::optional<hook::State>> Reading::state(bool has_ended, std::vector<std::string>& notes) const {
  const auto state_word = text("state");
  if (!state_word) return failed(state_word.error());
  const auto result_word = text("results");
  if (!result_word) return failed(result_word.error());
  const auto state = mapping_.state_of(*state_word);
  if (state && state->phase != hook::Phase::ended) return state;
  const auto result = mapping_.state_of(*result_word);
  if (result && result->phase == hook::Phase::ended) return result;
  // A result that says "running" of something without a state.
  if (result && !state) return result;
  if (!result_word->empty()) {
    notes.push_back("unknown result " + word_for_people(*result_word));
    const bool known_to_run = maps("ended") && !maps("state") && !has_ended;
    if (known_to_run) return std::nullopt;
    return hook::State{hook::Phase::ended, Results::exception};
  }
  if (state) return state;
  if (!state_word->empty()) {
    notes.push_back("unknown state " + word_for_people(*state_word));
    return std::nullopt;
  }
  const Found found = maps("results") ? find("results") : find("state");
  if (!found.there) return rejected(found.place + ": missing");
  return hook::State{hook::Phase::runs, Results::success};
}

}  // namespace carillon::source::generic
