#include "chat/force_form.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>

#include "base/encoding.hpp"
#include "base/letters.hpp"
#include "base/text.hpp"

namespace carillon::chat {
namespace {

constexpr int max_depth = 10;  // of groups in groups
constexpr std::array<std::string_view, 5> yes = {"true", "yes", "on", "1", "y"};
constexpr std::array<std::string_view, 5> no = {"false", "no", "off", "0", "n"};

using Kind = Parameter::Kind;

bool is(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && *value == json::value(true);
}

std::string word_at(const json::object& object, std::string_view name) {
  return std::string(string_at(object, name).value_or(""));
}

std::string shown_label(const json::object& field, std::string_view otherwise) {
  std::string label(trim(string_at(field, "label").value_or("")));
  if (label.ends_with(':')) label.pop_back();
  return label.empty() ? std::string(otherwise) : label;
}

std::string word_of(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_null()) return {};
  return json::serialize(value);  // numbers, true, false
}

// Empty words count as nothing, as in Buildbot.
std::vector<std::string> texts_of(const json::value* value) {
  std::vector<std::string> words;
  if (value == nullptr) return words;
  const auto add = [&](const json::value& one) {
    std::string word = word_of(one);
    if (!trim(word).empty()) words.push_back(std::move(word));
  };
  if (const json::array* list = value->if_array()) {
    for (const json::value& one : *list)
      add(one);
  } else {
    add(*value);
  }
  return words;
}

Kind kind_of(std::string_view type, const std::vector<std::string>& choices) {
  if (type == "int") return Kind::integer;
  if (type == "bool") return Kind::boolean;
  if (type == "list" && !choices.empty()) return Kind::choice;
  return Kind::text;
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A pair of texts "name" and "value" is Buildbot's AnyPropertyParameter.
bool is_slot(const json::array& fields) {
  if (fields.size() != 2) return false;
  const auto named = [&](std::size_t at, std::string_view name) {
    return fields[at].is_object() && word_at(fields[at].get_object(), "name") == name;
  };
  return named(0, "name") && named(1, "value");
}

// Empty texts are no values: Buildbot takes its default then.
void put(Values& values, const std::string& name, std::string value) {
  if (trim(value).empty()) {
    values.erase(name);
  } else {
    values[name] = {std::move(value)};
  }
}

bool is_host_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-';
}

// Whether there is an address somewhere ("Ann <ann@example.org>"), as Buildbot looks for it.
bool holds_address(std::string_view text) {
  for (auto at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    if (at == 0 || std::isspace(static_cast<unsigned char>(text[at - 1])) != 0) continue;
    std::size_t end = at + 1;
    while (end < text.size() && is_host_character(text[end]))
      ++end;
    if (end > at + 1 && end + 1 < text.size() && text[end] == '.' && is_host_character(text[end + 1]))
      return true;
  }
  return false;
}

// A patch is a file and what belongs to it; a chat can give none of it.
bool is_patch(const json::array& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const json::value& one) {
    return one.is_object() && word_at(one.get_object(), "type") == "file" &&
           word_at(one.get_object(), "name") == "body";
  });
}

json::value sent(const Parameter& parameter, const std::vector<std::string>& values) {
  if (parameter.multiple) return json::array(values.begin(), values.end());
  if (parameter.kind == Kind::boolean) return values.front() == "true";
  return json::value(values.front());
}

}  // namespace

Form::Form(const json::object& scheduler) {
  name_ = word_at(scheduler, "name");
  label_ = shown_label(scheduler, name_);
  const json::value* enabled = scheduler.if_contains("enabled");
  enabled_ = enabled == nullptr || *enabled != json::value(false);
  builders_ = texts_of(scheduler.if_contains("builder_names"));
  const json::array* fields = array_at(scheduler, "all_fields");
  whole_ = fields != nullptr;
  if (fields == nullptr) return;
  read(*fields, Parameter(), false, 0);
  find_who_and_why(scheduler);
  tell_labels_apart();
}

void Form::tell_labels_apart() {
  std::map<std::string, int> times;
  for (const Parameter& parameter : parameters_) {
    if (is_asked(parameter)) ++times[parameter.label];
  }
  for (Parameter& parameter : parameters_) {
    if (times[parameter.label] > 1 && !parameter.group.empty())
      parameter.label += " (" + parameter.group + ")";
  }
}

void Form::read(const json::array& fields, const Parameter& group, bool hidden, int depth) {
  for (const json::value& one : fields) {
    if (!one.is_object()) continue;
    const json::object& field = one.get_object();
    Parameter parameter = parameter_of(field, group, hidden);
    const json::array* inner = array_at(field, "fields");
    if (inner == nullptr) {
      if (!parameter.name.empty()) parameters_.push_back(std::move(parameter));
      continue;
    }
    if (depth == max_depth) continue;
    const std::size_t before = parameters_.size();
    const auto place = static_cast<std::ptrdiff_t>(headings_.size());  // before those of its own groups
    const bool hides = hidden || is(field, "hide") || is_patch(*inner);
    parameter.label = shown_label(field, "");
    read(*inner, parameter, hides, depth + 1);
    if (parameters_.size() == before) continue;
    if (!parameter.label.empty() && !hides) {
      headings_.insert(headings_.begin() + place, {before, parameter.label});
    }
    if (is_slot(*inner) && parameters_.size() == before + 2)
      slots_.push_back({parameters_[before].name, parameters_[before + 1].name});
  }
}

Parameter Form::parameter_of(const json::object& field, const Parameter& group, bool hidden) const {
  Parameter parameter;
  parameter.name = word_at(field, "fullName");
  parameter.own_name = word_at(field, "name");
  parameter.group = group.name;
  parameter.label = shown_label(field, parameter.name);
  const std::string type = word_at(field, "type");
  parameter.choices = texts_of(field.if_contains("choices"));
  parameter.kind = kind_of(type, parameter.choices);
  parameter.multiple = is(field, "multiple");
  parameter.strict = is(field, "strict");
  parameter.required = is(field, "required");
  parameter.email = type == "username" && is(field, "need_email");
  parameter.fallback = texts_of(field.if_contains("default"));
  // Choices that only the master knows: those of InheritBuildParameter, whose name anybody may choose.
  const bool inherits = type == "list" && parameter.choices.empty() && parameter.strict;
  if (const auto size = integer_at(field, "maxsize"); size && *size >= 0)
    parameter.max_size = static_cast<std::size_t>(*size);
  parameter.settable = !hidden && !is(field, "hide") && type != "fixed" && type != "file" && !inherits;
  return parameter;
}

// The first group is made by Buildbot: whose build it is, and why.
void Form::find_who_and_why(const json::object& scheduler) {
  const json::array& fields = *array_at(scheduler, "all_fields");
  const json::object* first = fields.empty() ? nullptr : fields.front().if_object();
  const json::array* pair = first != nullptr ? array_at(*first, "fields") : nullptr;
  if (pair == nullptr || pair->size() != 2 || !pair->at(0).is_object() || !pair->at(1).is_object()) return;
  username_ = word_at(pair->at(0).get_object(), "fullName");
  reason_ = word_at(pair->at(1).get_object(), "fullName");
}

bool Form::has_builder(std::string_view name) const {
  return contains(builders_, name);
}

const Parameter* Form::find(std::string_view name) const {
  const auto found = std::find_if(parameters_.begin(), parameters_.end(),
                                  [&](const Parameter& one) { return one.name == name; });
  return found == parameters_.end() ? nullptr : &*found;
}

const Parameter* Form::find_own(std::string_view own_name) const {
  const Parameter* found = nullptr;
  for (const Parameter& parameter : parameters_) {
    const bool of_slot = std::any_of(slots_.begin(), slots_.end(), [&](const Slot& slot) {
      return parameter.name == slot.name || parameter.name == slot.value;
    });
    if (!parameter.settable || of_slot || parameter.own_name != own_name) continue;
    if (found != nullptr) return nullptr;
    found = &parameter;
  }
  return found;
}

bool Form::is_asked(const Parameter& parameter) const {
  return parameter.settable && (parameter.name != username_ || parameter.email);
}

std::vector<const Parameter*> Form::missing(const Values& values) const {
  std::vector<const Parameter*> missing;
  for (const Parameter& parameter : parameters_) {
    const bool has = values.contains(parameter.name) || !parameter.fallback.empty();
    if (is_asked(parameter) && parameter.required && parameter.kind != Kind::boolean && !has)
      missing.push_back(&parameter);
  }
  return missing;
}

json::object Form::arguments(const Values& values, std::string_view who) const {
  json::object arguments;
  for (const Parameter& parameter : parameters_) {
    const auto set = values.find(parameter.name);
    if (set != values.end() && !set->second.empty()) {
      arguments[parameter.name] = sent(parameter, set->second);
    } else if (parameter.required && !parameter.fallback.empty()) {
      arguments[parameter.name] = sent(parameter, parameter.fallback);  // Buildbot does not look at defaults
    }
  }
  const Parameter* username = find(username_);
  if (username != nullptr && username->settable && !username->email) arguments[username_] = who;
  const Parameter* reason = find(reason_);
  const bool free_text = reason != nullptr && reason->settable && reason->kind == Kind::text;
  if (free_text) {
    const auto set = values.find(reason_);
    const auto& words = set != values.end() && !set->second.empty() ? set->second : reason->fallback;
    const std::string text = "forced: by " + std::string(who) + (words.empty() ? "" : ": " + words.front());
    arguments[reason_] = reason->max_size ? ellipsize(text, *reason->max_size) : text;
  }
  arguments["owner"] = who;
  return arguments;
}

Result<void> Form::set_reason(Values& values, std::string_view reason) const {
  const Parameter* parameter = find(reason_);
  if (parameter == nullptr || !parameter->settable)
    return rejected("scheduler '" + name_ + "' takes no reason");
  auto value = checked(*parameter, reason);
  if (!value) return failed(value);
  put(values, reason_, std::move(*value));
  return ok();
}

Result<void> Form::set_source(Values& values, const std::optional<std::string>& codebase,
                              std::string_view field, std::string_view value) const {
  std::vector<const Parameter*> found;
  std::vector<std::string> codebases;
  for (const Parameter& parameter : parameters_) {
    if (!parameter.settable || parameter.own_name != field) continue;
    codebases.push_back(parameter.group.empty() ? "''" : parameter.group);
    if (!codebase || parameter.group == *codebase) found.push_back(&parameter);
  }
  const std::string which = codebase && !codebase->empty() ? " of codebase '" + *codebase + "'" : "";
  if (codebases.empty()) {
    return rejected("scheduler '" + name_ + "' does not let you set the " + std::string(field));
  }
  if (found.empty()) {
    return rejected("scheduler '" + name_ + "' does not let you set the " + std::string(field) + which +
                    "; its codebases are: " + joined(codebases, ", "));
  }
  if (found.size() > 1) {
    return rejected("which codebase's " + std::string(field) +
                    "? Say --codebase with one of: " + joined(codebases, ", "));
  }
  auto word = checked(*found.front(), value);
  if (!word) return failed(word);
  put(values, found.front()->name, std::move(*word));
  return ok();
}

Result<void> Form::set_property(Values& values, std::string_view property, std::string_view value) const {
  const Parameter* found = find(property);
  if (found == nullptr) found = find_own(property);
  if (found != nullptr) {
    if (!found->settable)
      return rejected("scheduler '" + name_ + "' does not let you set '" + std::string(property) + "'");
    auto word = checked(*found, value);
    if (!word) return failed(word);
    if (found->multiple) {
      values[found->name].push_back(std::move(*word));
    } else {
      put(values, found->name, std::move(*word));
    }
    return ok();
  }
  for (const Slot& slot : slots_) {
    const Parameter* name = find(slot.name);
    const auto used = values.find(slot.name);
    if (name == nullptr || !name->settable) continue;
    if (used != values.end() && used->second.front() != property) continue;
    values[slot.name] = {std::string(property)};
    put(values, slot.value, std::string(value));
    return ok();
  }
  std::vector<std::string> names;
  for (const Parameter& parameter : parameters_) {
    if (is_asked(parameter) && parameter.name != reason_) names.push_back(parameter.name);
  }
  return rejected("scheduler '" + name_ + "' has no parameter '" + std::string(property) +
                  "' and no room for another property; it takes: " + joined(names, ", "));
}

Result<std::string> checked(const Parameter& parameter, std::string_view value) {
  const std::string word(trim(value));
  const auto refuse = [&](const std::string& why) {
    return rejected("'" + parameter.label + "' " + why + ", not '" + word + "'");
  };
  switch (parameter.kind) {
    case Kind::integer: {
      std::int64_t number = 0;
      const char* begin = word.data() + (word.starts_with('+') ? 1 : 0);
      const char* end = word.data() + word.size();
      const auto read = std::from_chars(begin, end, number);
      if (read.ec != std::errc() || read.ptr != end) return refuse("must be a whole number");
      return std::to_string(number);
    }
    case Kind::boolean: {
      const std::string folded = lower(word);
      if (std::find(yes.begin(), yes.end(), folded) != yes.end()) return "true";
      if (std::find(no.begin(), no.end(), folded) != no.end()) return "false";
      return refuse("must be yes or no");
    }
    case Kind::choice:
      if (parameter.strict && !contains(parameter.choices, std::string(value)))
        return refuse("must be one of: " + joined(parameter.choices, ", "));
      return std::string(value);
    case Kind::text:
      break;
  }
  if (parameter.max_size && characters(value) > *parameter.max_size)
    return rejected("'" + parameter.label + "' takes at most " + std::to_string(*parameter.max_size) +
                    " characters");
  if (parameter.email && !word.empty() && !holds_address(word)) return refuse("must hold an e-mail address");
  return std::string(value);
}

}  // namespace carillon::chat
