#include "settings/arguments.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "settings/check.hpp"
#include "settings/nearest.hpp"

namespace carillon::settings {

namespace {

std::string place(const Call& call, std::string_view argument) {
  std::string text = call.where.empty() ? std::string() : call.where + ": ";
  text += call.class_name;
  text += argument.empty() ? "(...)" : "(" + std::string(argument) + "=...)";
  return text + ": ";
}

[[noreturn]] void refuse(const Call& call, std::string_view argument, std::string_view text) {
  throw ConfigError(place(call, argument) + std::string(text));
}

const Argument* find(const Schema& schema, std::string_view name) {
  for (const Argument& argument : schema.arguments) {
    if (argument.name == name) return &argument;
  }
  return nullptr;
}

std::string unknown(const Schema& schema, const std::string& name) {
  std::vector<std::string> known;
  known.reserve(schema.arguments.size());
  for (const Argument& argument : schema.arguments)
    known.push_back(argument.name);
  std::string text = "unknown argument";
  if (const auto meant = nearest(name, known)) text += "; did you mean '" + *meant + "'?";
  return text;
}

// What was wrong inside a list says more than "not a list".
std::string mismatch(const Argument& argument, const Value& value) {
  std::string text = "must be " + describe(argument.types) + ", not " + describe(value);
  const auto* list = value.as<List>();
  if (list == nullptr) return text;
  for (const Type type : argument.types) {
    if (type != Type::strings) continue;
    for (const Value& item : *list) {
      if (item.as<std::string>() == nullptr) return text + " with " + describe(item);
    }
  }
  return text;
}

// Where one secret may stand, strings of a list are secrets, too.
Value with_secrets(Value value) {
  List list = *value.as<List>();
  for (Value& item : list) {
    if (auto secret = fit(Type::secret, item)) item = *std::move(secret);
  }
  return Value{std::move(list)};
}

Value checked(const Call& call, const Argument& argument, const Value& value) {
  if (argument.types.empty()) return value;
  const bool secret =
      std::find(argument.types.begin(), argument.types.end(), Type::secret) != argument.types.end();
  for (const Type type : argument.types) {
    auto fitting = fit(type, value);
    if (fitting && secret && type == Type::list) return with_secrets(*std::move(fitting));
    if (fitting) return *std::move(fitting);
  }
  refuse(call, argument.name, mismatch(argument, value));
}

bool could_be(const Argument& argument, const Value& value) {
  if (value.is_none()) return !argument.required;
  if (const auto* text = value.as<std::string>(); argument.is_url && text != nullptr)
    return text->starts_with("http://") || text->starts_with("https://");
  return argument.types.empty() ||
         std::ranges::any_of(argument.types, [&](Type type) { return fit(type, value).has_value(); });
}

// How many of the values, from the first one on, could be meant in this order.
std::size_t fitting(const Schema& schema, const std::vector<std::string>& order, const List& values) {
  std::size_t count = 0;
  while (count < values.size() && count < order.size() &&
         could_be(*find(schema, order[count]), values[count]))
    ++count;
  return count;
}

// The names of the positional values.
std::vector<std::string> order_of(const Schema& schema, const Call& call) {
  std::vector<std::string> manual;
  for (const Argument& argument : schema.arguments)
    manual.push_back(argument.name);
  const List& values = call.positional;
  const auto& other = schema.other_order;
  if (other.empty() || fitting(schema, manual, values) == values.size()) return manual;
  if (fitting(schema, other, values) == values.size()) return other;
  const auto differ = std::mismatch(other.begin(), other.end(), manual.begin(), manual.end()).first;
  const auto same = static_cast<std::size_t>(differ - other.begin());
  // What is wrong before the orders part is told as ever.
  if (fitting(schema, manual, values) < same || values.size() <= same) return manual;
  manual.resize(std::min(manual.size(), std::max(values.size(), other.size())));
  refuse(call, "",
         "the values fit neither the order of Buildbot's manual (" + joined(manual, ", ") +
             ") nor that of its code (" + joined(other, ", ") + "); write name=value");
}

// Secrets are told apart by a digest, objects by their address.
json::value print(const Value& value) {
  if (const auto* secret = value.as<Secret>()) {
    const std::string text = "carillon fingerprint\n" + secret->reveal();
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    return json::value(
        json::string("sha256:" + hex_encode({reinterpret_cast<const char*>(digest.data()), 16})));
  }
  if (const auto* object = value.as<ObjectPtr>()) {
    return json::array{"object", reinterpret_cast<std::uintptr_t>(object->get())};
  }
  if (const auto* list = value.as<List>()) {
    json::array array;
    for (const Value& item : *list)
      array.push_back(print(item));
    return array;
  }
  if (const auto* dict = value.as<Dict>()) {
    json::array array;
    array.emplace_back("dict");
    for (std::size_t i = 0; i < dict->keys.size(); ++i) {
      array.push_back(print(dict->keys[i]));
      array.push_back(print(dict->values[i]));
    }
    return array;
  }
  return to_json(value);
}

[[noreturn]] void bug(std::string_view name, std::string_view wanted) {
  throw std::logic_error("argument '" + std::string(name) + "' is not " + std::string(wanted));
}

// Of (user, password) written as plain strings, or of an object such as requests.auth.HTTPDigestAuth.
std::optional<Secret> password_of(const Value& value) {
  if (const auto* pair = value.as<List>(); pair != nullptr && pair->size() == 2) {
    if (const auto* text = pair->back().as<std::string>()) return Secret(*text);
  }
  if (const auto* object = value.as<ObjectPtr>()) {
    const json::value password = (*object)->attribute("password");
    if (password.is_string()) return Secret(std::string(password.get_string()));
  }
  return std::nullopt;
}

}  // namespace

Arguments Arguments::bind(const Schema& schema, const Call& call) {
  if (call.positional.size() > schema.arguments.size()) {
    refuse(call, "",
           "takes at most " + std::to_string(schema.arguments.size()) + " arguments, " +
               std::to_string(call.positional.size()) + " are given");
  }
  Arguments bound;
  bound.where_ = call.where;
  bound.class_name_ = call.class_name;
  bound.name_ = call.name;
  bound.self_ = call.self;
  bound.sources_ = call.sources;
  std::map<std::string, const Value*, std::less<>> written;
  const std::vector<std::string> order = order_of(schema, call);
  for (std::size_t i = 0; i < call.positional.size(); ++i) {
    written[order[i]] = &call.positional[i];
  }
  for (const auto& [name, value] : call.keywords) {
    if (find(schema, name) == nullptr) refuse(call, name, unknown(schema, name));
    if (!written.emplace(name, &value).second) refuse(call, name, "given twice");
  }
  for (const Argument& argument : schema.arguments) {
    const auto at = written.find(argument.name);
    const bool missing = at == written.end();
    const bool given = !missing && !at->second->is_none();
    if (argument.required && !given) {
      refuse(call, argument.name, missing ? "this argument is required" : "must not be None");
    }
    if (!missing && !given && argument.none_is_value) {
      bound.values_[argument.name] = Value{};
      bound.given_[argument.name] = true;
      continue;
    }
    bound.values_[argument.name] = given ? checked(call, argument, *at->second) : argument.fallback;
    bound.given_[argument.name] = given;
    if (argument.login && given) {
      if (auto password = password_of(bound.values_[argument.name])) bound.passwords_.push_back(*password);
    }
  }
  return bound;
}

const Value& Arguments::at(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) bug(name, "in the schema of " + class_name_);
  return found->second;
}

bool Arguments::given(std::string_view name) const {
  const auto found = given_.find(name);
  return found != given_.end() && found->second;
}

ObjectPtr Arguments::source_of(std::string_view name) const {
  const auto* secret = at(name).as<Secret>();
  if (secret == nullptr) return nullptr;
  const auto found = std::ranges::find(sources_, *secret, &std::pair<Secret, ObjectPtr>::first);
  return found != sources_.end() ? found->second : nullptr;
}

bool Arguments::boolean(std::string_view name) const {
  const Value& value = at(name);
  if (value.is_none()) return false;
  const auto* b = value.as<bool>();
  return b != nullptr ? *b : (bug(name, "a boolean"), false);
}

std::int64_t Arguments::integer(std::string_view name) const {
  const auto* i = at(name).as<std::int64_t>();
  return i != nullptr ? *i : (bug(name, "an integer"), 0);
}

double Arguments::number(std::string_view name) const {
  if (const auto* d = at(name).as<double>()) return *d;
  return static_cast<double>(integer(name));
}

std::string Arguments::string(std::string_view name) const {
  const auto* text = at(name).as<std::string>();
  return text != nullptr ? *text : (bug(name, "a string"), std::string());
}

std::optional<std::string> Arguments::optional_string(std::string_view name) const {
  if (at(name).is_none()) return std::nullopt;
  return string(name);
}

Secret Arguments::secret(std::string_view name) const {
  const Value& value = at(name);
  if (value.is_none()) return Secret();
  if (const auto* text = value.as<std::string>()) return Secret(*text);
  const auto* secret = value.as<Secret>();
  return secret != nullptr ? *secret : (bug(name, "a secret"), Secret());
}

std::optional<std::vector<std::string>> Arguments::strings(std::string_view name) const {
  const Value& value = at(name);
  if (value.is_none()) return std::nullopt;
  const auto* list = value.as<List>();
  if (list == nullptr) bug(name, "a list of strings");
  std::vector<std::string> texts;
  for (const Value& item : *list) {
    const auto* text = item.as<std::string>();
    if (text == nullptr) bug(name, "a list of strings");
    texts.push_back(*text);
  }
  return texts;
}

ObjectPtr Arguments::object(std::string_view name) const {
  const auto* object = at(name).as<ObjectPtr>();
  return object != nullptr ? *object : nullptr;
}

void Arguments::fail(std::string_view argument, std::string_view text) const {
  Call call;
  call.where = where_;
  call.class_name = class_name_;
  refuse(call, argument, text);
}

namespace {

void collect_secrets(const Value& value, std::vector<Secret>& found) {
  if (const auto* secret = value.as<Secret>()) found.push_back(*secret);
  if (const auto* list = value.as<List>()) {
    for (const Value& item : *list)
      collect_secrets(item, found);
  }
  if (const auto* dict = value.as<Dict>()) {
    for (const Value& item : dict->values)
      collect_secrets(item, found);
  }
}

}  // namespace

std::vector<Secret> Arguments::secrets() const {
  std::vector<Secret> found = passwords_;
  for (const auto& [name, value] : values_)
    collect_secrets(value, found);
  return found;
}

std::string Arguments::fingerprint() const {
  json::object object;
  object["class"] = class_name_;
  object["name"] = name_;
  if (self_) object["self"] = reinterpret_cast<std::uintptr_t>(self_.get());
  for (const auto& [name, value] : values_)
    object[name + "="] = print(value);
  return json::serialize(object);
}

}  // namespace carillon::settings
