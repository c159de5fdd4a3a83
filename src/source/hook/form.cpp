#include "source/hook/form.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace carillon::source::hook {
namespace {

// What `force` says by itself, or means by itself.
constexpr std::array<std::string_view, 8> taken_names = {"branch",   "revision", "project", "repository",
                                                         "username", "reason",   "owner",   "builderid"};
constexpr std::string_view why_name = "reason";
constexpr std::string_view who_name = "requested_by";
constexpr std::size_t most_label = 60;  // characters; of a button

bool is_filled_in(const Field& field) {
  return field.kind == Field::Kind::text && (field.name == why_name || field.name == who_name);
}

std::string name_in_form(const Field& field) {
  const bool is_taken = std::ranges::find(taken_names, field.name) != taken_names.end();
  return (is_taken ? "inputs." : "") + field.name;
}

json::object plain_field(const char* name, const char* label, const char* type) {
  return {{"name", name}, {"fullName", name}, {"label", label}, {"type", type}, {"default", ""}};
}

json::object who_and_why() {
  return {{"name", ""},
          {"fullName", ""},
          {"label", ""},
          {"type", "nested"},
          {"fields", json::array{plain_field("username", "Your name:", "username"),
                                 plain_field("reason", "Reason", "text")}}};
}

json::object field_object(const Field& field) {
  const std::string name = name_in_form(field);
  const std::string description = fold_to_line(valid_utf8(field.description));
  const bool is_label = !description.empty() && characters(description) <= most_label;
  json::object made{{"name", name},
                    {"fullName", name},
                    {"label", is_label ? description : field.name},
                    {"required", field.required},
                    {"default", field.fallback}};
  switch (field.kind) {
    case Field::Kind::boolean:
      made["type"] = "bool";
      made["default"] = field.fallback == "true";
      break;
    case Field::Kind::choice:
      made["type"] = "list";
      made["strict"] = true;
      made["choices"] = json::array(field.choices.begin(), field.choices.end());
      break;
    case Field::Kind::number:
    case Field::Kind::text:
      made["type"] = "text";
      break;
  }
  return made;
}

std::string value_text(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_null()) return {};
  return json::serialize(value);
}

bool is_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// Empty: nothing is wrong with it.
std::string wrong_with(const Field& field, const std::string& value) {
  switch (field.kind) {
    case Field::Kind::number:
      return is_number(value) ? "" : "must be a number, not '" + value + "'";
    case Field::Kind::boolean:
      return value == "true" || value == "false" ? "" : "must be true or false, not '" + value + "'";
    case Field::Kind::choice:
      if (std::ranges::find(field.choices, value) != field.choices.end()) return {};
      return "must be one of: " + joined(field.choices, ", ") + "; not '" + value + "'";
    case Field::Kind::text:
      break;
  }
  return {};
}

}  // namespace

json::object scheduler_of(const std::string& name, const std::vector<std::string>& builders,
                          const Form* form) {
  json::object made{{"name", name},
                    {"label", name},
                    {"enabled", true},
                    {"builder_names", json::array(builders.begin(), builders.end())}};
  if (form == nullptr) return made;
  json::array fields{who_and_why()};
  if (form->branch) {
    json::object branch = plain_field("branch", "Branch", "text");
    branch["default"] = *form->branch;
    fields.push_back(std::move(branch));
  }
  for (const Field& field : form->fields) {
    if (!is_filled_in(field)) fields.push_back(field_object(field));
  }
  made["all_fields"] = std::move(fields);
  return made;
}

json::object refusing_scheduler(const std::string& name, const std::string& why) {
  return {{"name", name},
          {"label", name},
          {"enabled", false},
          {"builder_names", json::array()},
          {"all_fields", json::array()},
          {"why", why}};
}

Result<Order> order_of(const Form& form, const json::object& params) {
  Order order;
  std::vector<std::string> wrong;
  std::vector<std::string> known{"username", "reason", "owner", "builderid"};
  const auto said = [&](std::string_view name) {
    const json::value* value = params.if_contains(name);
    return value != nullptr ? std::string(trim(value_text(*value))) : std::string();
  };
  if (form.branch) {
    known.emplace_back("branch");
    order.branch = said("branch");
  }
  for (const Field& field : form.fields) {
    const std::string name = name_in_form(field);
    if (is_filled_in(field)) {
      const std::string value = said(field.name == why_name ? why_name : "owner");
      if (!value.empty()) order.values.emplace_back(field.name, value);
      continue;
    }
    known.push_back(name);
    const std::string value = said(name);
    if (value.empty()) {
      if (field.required && field.fallback.empty() && field.kind != Field::Kind::boolean)
        wrong.emplace_back(name).append(": required");
      continue;
    }
    if (const std::string why = wrong_with(field, value); !why.empty())
      wrong.emplace_back(name).append(": ").append(why);
    order.values.emplace_back(field.name, value);
  }
  for (const auto& one : params) {
    if (std::ranges::find(known, std::string(one.key())) == known.end())
      wrong.push_back(std::string(one.key()) + ": there is no such parameter");
  }
  if (!wrong.empty()) return rejected(joined(wrong, "; "));
  return order;
}

}  // namespace carillon::source::hook
