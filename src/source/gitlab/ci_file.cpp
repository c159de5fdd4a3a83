#include "source/gitlab/ci_file.hpp"

#include <algorithm>
#include <optional>

#include "source/hook/yaml.hpp"

namespace carillon::source::gitlab {
namespace {

constexpr std::size_t most_fields = 100;

// A scalar as a text; of anything else none.
std::optional<std::string> text_of(const json::value* value) {
  if (value == nullptr || value->is_null()) return std::string();
  if (value->is_string()) return std::string(value->get_string());
  if (value->is_bool()) return value->get_bool() ? "true" : "false";
  return std::nullopt;
}

Result<void> read_options(const json::value* options, const std::string& path, hook::Field& field) {
  if (options == nullptr || options->is_null()) return ok();
  const json::array* list = options->if_array();
  if (list == nullptr || list->empty()) return rejected(path + ".options: must be a list of texts");
  for (const json::value& one : *list) {
    auto text = text_of(&one);
    if (!text) return rejected(path + ".options: must be a list of texts");
    if (!text->empty()) field.choices.push_back(std::move(*text));
  }
  if (!field.choices.empty()) field.kind = hook::Field::Kind::choice;
  return ok();
}

// nullopt: nobody is asked for it.
Result<std::optional<hook::Field>> variable_of(const std::string& name, const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr || (!object->contains("description") && !object->contains("options")))
    return std::nullopt;
  hook::Field field;
  field.name = name;
  const std::string path = "variables." + name;
  field.description = text_of(object->if_contains("description")).value_or("");
  const auto fallback = text_of(object->if_contains("value"));
  if (!fallback) return rejected(path + ".value: must be a text");
  field.fallback = *fallback;
  if (auto read = read_options(object->if_contains("options"), path, field); !read) return failed(read);
  return field;
}

Result<hook::Field> input_of(const std::string& name, const json::value& value) {
  hook::Field field;
  field.name = std::string(input_prefix) + name;
  const json::object* object = value.if_object();
  const bool has_default = object != nullptr && object->contains("default");
  field.required = !has_default;
  if (object == nullptr) return field;
  const std::string path = "spec.inputs." + name;
  field.description = text_of(object->if_contains("description")).value_or("");
  const json::value* fallback = object->if_contains("default");
  field.fallback =
      text_of(fallback).value_or(fallback != nullptr ? json::serialize(*fallback) : std::string());
  const std::string type = text_of(object->if_contains("type")).value_or("");
  if (type == "boolean") field.kind = hook::Field::Kind::boolean;
  if (type == "number") field.kind = hook::Field::Kind::number;
  if (auto read = read_options(object->if_contains("options"), path, field); !read) return failed(read);
  return field;
}

Result<void> add_inputs(const json::value& header, std::vector<hook::Field>& fields) {
  const json::object* object = header.if_object();
  const json::object* inputs = object != nullptr ? object_at(*object, "spec.inputs") : nullptr;
  if (inputs == nullptr) return ok();
  for (const auto& one : *inputs) {
    auto field = input_of(std::string(one.key()), one.value());
    if (!field) return failed(field);
    fields.push_back(std::move(*field));
  }
  return ok();
}

}  // namespace

Result<CiFile> read_ci_file(std::string_view text) {
  const auto documents = hook::read_yaml(text);
  if (!documents) return failed(documents.error());
  CiFile made;
  if (documents->empty()) return made;
  // A header stands before the pipeline.
  for (std::size_t i = 0; i + 1 < documents->size(); ++i) {
    if (auto added = add_inputs((*documents)[i], made.fields); !added) return failed(added);
  }
  const json::object* file = documents->back().if_object();
  if (file == nullptr) return rejected("it is no mapping");
  made.includes = file->contains("include");
  const json::object* variables = object_at(*file, "variables");
  if (variables == nullptr) return made;
  for (const auto& one : *variables) {
    auto field = variable_of(std::string(one.key()), one.value());
    if (!field) return failed(field);
    std::optional<hook::Field> asked = std::move(*field);
    if (asked && made.fields.size() < most_fields) made.fields.push_back(std::move(*asked));
  }
  return made;
}

json::object pipeline_order(const std::string& ref, const hook::Form& form, const hook::Order& order) {
  json::array variables;
  json::object inputs;
  for (const auto& [name, value] : order.values) {
    const auto field = std::ranges::find(form.fields, name, &hook::Field::name);
    if (!name.starts_with(input_prefix)) {
      variables.push_back(json::object{{"key", name}, {"value", value}});
      continue;
    }
    json::value& input = inputs[name.substr(input_prefix.size())];
    boost::system::error_code error;
    const json::value parsed = boost::json::parse(value, error);
    const auto kind = field == form.fields.end() ? hook::Field::Kind::text : field->kind;
    const bool is_typed = kind == hook::Field::Kind::boolean || kind == hook::Field::Kind::number;
    // Lists are written as JSON has them.
    input = !error && (is_typed || parsed.is_array()) ? parsed : json::value(value);
  }
  json::object made{{"ref", ref}};
  if (!variables.empty()) made["variables"] = std::move(variables);
  if (!inputs.empty()) made["inputs"] = std::move(inputs);
  return made;
}

}  // namespace carillon::source::gitlab
