#include "source/jenkins/parameters.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "source/jenkins/run_parts.hpp"

namespace carillon::source::jenkins {
namespace {

constexpr std::size_t most_parameters = 100;
constexpr std::size_t most_choices = 1000;
constexpr std::string_view item_path = "/queue/item/";

std::vector<const json::object*> definitions_in(const json::object& job) {
  std::vector<const json::object*> all;
  for (const json::object* property : objects_at(job, "property")) {
    for (const json::object* one : objects_at(*property, "parameterDefinitions"))
      all.push_back(one);
  }
  return all;
}

std::string text_or_word(const json::value* value) {
  if (value == nullptr || value->is_null()) return {};
  if (value->is_string()) return std::string(value->get_string());
  return value->is_bool() || value->is_number() ? json::serialize(*value) : std::string();
}

}  // namespace

hook::Form parameters_of(const json::object& job) {
  hook::Form form;
  for (const json::object* one : definitions_in(job)) {
    const std::string type = text_at(*one, "type");
    hook::Field field;
    field.name = text_at(*one, "name");
    const bool is_hidden =
        type.find("Password") != std::string::npos || type.find("File") != std::string::npos;
    if (field.name.empty() || is_hidden || form.fields.size() == most_parameters) continue;
    field.description = text_at(*one, "description");
    field.fallback = text_or_word(find(*one, "defaultParameterValue.value"));
    if (type == "BooleanParameterDefinition") field.kind = hook::Field::Kind::boolean;
    field.choices = texts_at(*one, "choices", most_choices);
    if (!field.choices.empty()) field.kind = hook::Field::Kind::choice;
    form.fields.push_back(std::move(field));
  }
  return form;
}

bool has_parameters(const json::object& job) {
  return !definitions_in(job).empty();
}

std::string form_text(const hook::Order& order) {
  std::string text;
  for (const auto& [name, value] : order.values)
    text += (text.empty() ? "" : "&") + percent_encode(name) + "=" + percent_encode(value);
  return text;
}

std::string queue_item_of(std::string_view address) {
  const auto at = address.find(item_path);
  if (at == std::string_view::npos) return {};
  address.remove_prefix(at + item_path.size());
  const std::string_view number = address.substr(0, address.find('/'));
  return is_digits(number) ? std::string(number) : std::string();
}

}  // namespace carillon::source::jenkins
