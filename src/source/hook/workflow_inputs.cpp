#include "source/hook/workflow_inputs.hpp"

#include <algorithm>
#include <optional>

#include "source/hook/yaml.hpp"

namespace carillon::source::hook {
namespace {

constexpr std::string_view by_people = "workflow_dispatch";
constexpr std::string_view inputs_path = "on.workflow_dispatch.inputs";
constexpr std::size_t most_inputs = 100;  // GitHub takes 25

tl::unexpected<Failure> wrong_input(std::string_view name, const char* member, const std::string& why) {
  return rejected(std::string(inputs_path) + "." + std::string(name) + member + ": " + why);
}

// A scalar as a text; nullopt: a list or a mapping.
std::optional<std::string> scalar_text(const json::value* value) {
  if (value == nullptr || value->is_null()) return std::string();
  if (value->is_string()) return std::string(value->get_string());
  if (value->is_bool()) return value->get_bool() ? "true" : "false";
  return std::nullopt;
}

// The event's own part; null: the event has none. Failure: the workflow does not know the event.
Result<const json::value*> dispatch_of(const json::value& workflow) {
  const json::object* object = workflow.if_object();
  if (object == nullptr) return rejected("it is no mapping");
  const json::value* on = object->if_contains("on");
  const auto is_it = [](const json::value& one) {
    return one.is_string() && one.get_string() == json::string_view(by_people);
  };
  if (on != nullptr && is_it(*on)) return nullptr;
  if (const json::array* events = on != nullptr ? on->if_array() : nullptr) {
    if (std::ranges::any_of(*events, is_it)) return nullptr;
  }
  if (const json::object* events = on != nullptr ? on->if_object() : nullptr) {
    if (const json::value* event = events->if_contains(by_people)) return event;
  }
  return rejected("the workflow has no `workflow_dispatch` below `on`: nobody can start it");
}

Result<Field::Kind> kind_of_input(std::string_view name, std::string_view type) {
  if (type.empty() || type == "string" || type == "environment") return Field::Kind::text;
  if (type == "boolean") return Field::Kind::boolean;
  if (type == "choice") return Field::Kind::choice;
  if (type == "number") return Field::Kind::number;
  return wrong_input(name, ".type", "'" + std::string(type) + "' is none that is known");
}

Result<std::vector<std::string>> options_of(std::string_view name, const json::value* options) {
  const json::array* list = options != nullptr ? options->if_array() : nullptr;
  if (list == nullptr || list->empty()) return wrong_input(name, ".options", "a choice needs a list of them");
  std::vector<std::string> texts;
  for (const json::value& one : *list) {
    auto text = scalar_text(&one);
    if (!text || text->empty()) return wrong_input(name, ".options", "must hold texts only");
    texts.push_back(std::move(*text));
  }
  return texts;
}

Result<Field> field_of_input(std::string_view name, const json::value& input, std::string& type) {
  Field field;
  field.name = name;
  if (input.is_null()) return field;
  const json::object* object = input.if_object();
  if (object == nullptr) return wrong_input(name, "", "must be a mapping");
  const auto text = [&](const char* member) { return scalar_text(object->if_contains(member)); };
  const auto said = text("type");
  const auto description = text("description");
  const auto fallback = text("default");
  if (!said) return wrong_input(name, ".type", "must be a text");
  if (!description) return wrong_input(name, ".description", "must be a text");
  if (!fallback) return wrong_input(name, ".default", "must be a text");
  type = *said;
  const auto kind = kind_of_input(name, type);
  if (!kind) return failed(kind.error());
  field.kind = *kind;
  field.description = *description;
  field.fallback = *fallback;
  const json::value* required = object->if_contains("required");
  field.required = required != nullptr && *required == json::value(true);
  if (field.kind == Field::Kind::choice) {
    auto options = options_of(name, object->if_contains("options"));
    if (!options) return failed(options);
    field.choices = std::move(*options);
  }
  return field;
}

}  // namespace

Result<WorkflowInputs> workflow_inputs(std::string_view file) {
  auto documents = read_yaml(file);
  if (!documents) return failed(documents);
  if (documents->empty()) return rejected("it is empty");
  const auto event = dispatch_of(documents->front());
  if (!event) return failed(event.error());
  WorkflowInputs made;
  const json::object* object = *event != nullptr ? (*event)->if_object() : nullptr;
  const json::value* inputs = object != nullptr ? object->if_contains("inputs") : nullptr;
  if (inputs == nullptr || inputs->is_null()) return made;
  if (!inputs->is_object()) return rejected(std::string(inputs_path) + ": must be a mapping");
  if (inputs->get_object().size() > most_inputs) return rejected(std::string(inputs_path) + ": too many");
  for (const auto& input : inputs->get_object()) {
    std::string type;
    auto field = field_of_input(input.key(), input.value(), type);
    if (!field) return failed(field);
    if (type == "environment") made.environments.push_back(field->name);
    made.fields.push_back(std::move(*field));
  }
  return made;
}

}  // namespace carillon::source::hook
