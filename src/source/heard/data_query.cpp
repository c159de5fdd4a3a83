#include "source/heard/data_query.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/letters.hpp"
#include "model/build.hpp"
#include "source/heard/posted_objects.hpp"

namespace carillon::source::heard {
namespace {

constexpr std::size_t most_objects = 200;

std::optional<Comparison> comparison_named(std::string_view name) {
  constexpr std::array<std::string_view, 9> names = {"eq", "ne",       "lt", "le",   "gt",
                                                     "ge", "contains", "in", "notin"};
  const auto at = std::ranges::find(names, name);
  if (at == names.end()) return std::nullopt;
  return static_cast<Comparison>(at - names.begin());
}

std::optional<bool> boolean_of(std::string_view text) {
  const std::string word = lower(text);
  for (const std::string_view yes : {"true", "on", "yes", "1"}) {
    if (word == yes) return true;
  }
  for (const std::string_view no : {"false", "off", "no", "0"}) {
    if (word == no) return false;
  }
  return std::nullopt;
}

template <typename T>
std::optional<T> parsed(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A field beside the text of a query, which has the field's type: below 0, 0, or above 0; nullopt: one is
// neither the same as the other, nor less or more.
std::optional<int> compared(const json::value* field, std::string_view wanted) {
  const auto told = [](auto left, auto right) { return left < right ? -1 : right < left ? 1 : 0; };
  if (field == nullptr || field->is_null())
    return wanted.empty() || wanted == "None" ? std::optional(0) : std::nullopt;
  if (field->is_bool()) {
    const auto meant = boolean_of(wanted);
    return meant ? std::optional(told(field->get_bool(), *meant)) : std::nullopt;
  }
  if (field->is_int64()) {
    if (const auto whole = parsed<std::int64_t>(wanted)) return told(field->get_int64(), *whole);
  }
  if (field->is_number()) {
    const auto number = parsed<double>(wanted);
    return number ? std::optional(told(field->to_number<double>(), *number)) : std::nullopt;
  }
  return told(std::string_view(shown(field)).compare(wanted), 0);
}

bool holds(const json::value* field, std::string_view wanted) {
  if (field == nullptr) return false;
  if (const json::array* list = field->if_array())
    return std::ranges::any_of(*list, [&](const json::value& one) { return compared(&one, wanted) == 0; });
  return field->is_string() && std::string_view(field->get_string()).find(wanted) != std::string_view::npos;
}

}  // namespace

bool compares_order(Comparison comparison) {
  return comparison >= Comparison::lt && comparison <= Comparison::ge;
}

bool Condition::fits(const json::object& object) const {
  const json::value* value = object.if_contains(field);
  const auto any = [&](auto&& test) { return std::ranges::any_of(values, test); };
  const bool same = any([&](const std::string& wanted) { return compared(value, wanted) == 0; });
  // Nothing is neither less nor more.
  const bool is_null = value == nullptr || value->is_null();
  const int order = compares_order(comparison) && !is_null ? compared(value, values.front()).value_or(0) : 0;
  switch (comparison) {
    case Comparison::eq:
    case Comparison::in:
      return same;
    case Comparison::ne:
    case Comparison::notin:
      return !same;
    case Comparison::lt:
      return order < 0;
    case Comparison::le:
      return order < 0 || (!is_null && same);
    case Comparison::gt:
      return order > 0;
    case Comparison::ge:
      return order > 0 || (!is_null && same);
    case Comparison::contains:
      return any([&](const std::string& wanted) { return holds(value, wanted); });
  }
  return false;
}

Result<DataQuery> DataQuery::of(const boost::urls::url_view& url) {
  DataQuery query;
  for (const auto& param : url.params()) {
    const std::string name(param.key);
    const std::string value(param.value);
    if (name == "order") {
      query.order = value;
    } else if (name == "limit") {
      if (const auto limit = number_of(value)) query.limit = static_cast<std::size_t>(*limit);
    } else if (name == "offset") {
      query.offset = static_cast<std::size_t>(number_of(value).value_or(0));
    } else if (name != "field" && name != "property") {
      auto added = query.add(name, value);
      if (!added) return failed(added);
    }
  }
  return query;
}

bool DataQuery::fits(const json::object& object) const {
  return std::ranges::all_of(conditions, [&](const Condition& one) { return one.fits(object); });
}

json::array DataQuery::apply(std::vector<json::object> objects) const {
  std::erase_if(objects, [this](const json::object& one) { return !fits(one); });
  if (!order.empty()) {
    const bool down = order.front() == '-';
    std::string field = order.substr(down ? 1 : 0);
    if (field == "buildid") field = row_member;  // two senders count each for itself
    // Of a number the tries of it, in their order.
    const bool by_run = field == "number";
    const auto place = [&](const json::object& one) {
      return by_run ? BuildView(one).run() : RunNumber{integer_at(one, field).value_or(0)};
    };
    // Of equal ones the order stays.
    using Placed = std::pair<decltype(place(objects.front())), std::size_t>;
    std::vector<Placed> sorted;
    for (const json::object& one : objects)
      sorted.emplace_back(place(one), sorted.size());
    std::ranges::sort(sorted, [&](const Placed& x, const Placed& y) {
      if (x.first == y.first) return x.second < y.second;
      return down ? y.first < x.first : x.first < y.first;
    });
    std::vector<json::object> in_order;
    for (const Placed& one : sorted)
      in_order.push_back(std::move(objects[one.second]));
    objects = std::move(in_order);
  }
  json::array items;
  for (std::size_t i = offset; i < objects.size() && items.size() < limit.value_or(most_objects); ++i) {
    objects[i].erase(row_member);
    objects[i].erase(builder_member);
    items.push_back(std::move(objects[i]));
  }
  return items;
}

// "number", "number__lt"
Result<void> DataQuery::add(const std::string& name, const std::string& value) {
  Condition condition;
  const auto mark = name.rfind("__");
  condition.field = name.substr(0, mark);
  const auto named = mark == std::string::npos ? Comparison::eq : comparison_named(name.substr(mark + 2));
  if (!named) {
    return rejected("the filter '" + name + "' is not known: after the field's name there may be __eq, " +
                    "__ne, __lt, __le, __gt, __ge, __contains, __in or __notin");
  }
  condition.comparison = *named;
  const auto same = std::ranges::find_if(conditions, [&](const Condition& one) {
    return one.field == condition.field && one.comparison == condition.comparison;
  });
  if (same == conditions.end()) {
    condition.values.push_back(value);
    conditions.push_back(std::move(condition));
    return ok();
  }
  if (compares_order(same->comparison)) return rejected("the filter '" + name + "' takes one value");
  same->values.push_back(value);
  return ok();
}

}  // namespace carillon::source::heard
