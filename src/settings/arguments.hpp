// The arguments that the user gave to one reporter or master, bound to its schema.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "settings/error.hpp"
#include "settings/schema.hpp"

namespace carillon::settings {

// As it stands in the file, before it is checked.
struct Call {
  // The schema's name.
  std::string class_name;
  // `name=` of the service, or the class attribute `name` of a subclass; else empty.
  std::string name;
  // "FILE:LINE" of the constructor call.
  std::string where;
  List positional;
  std::vector<std::pair<std::string, Value>> keywords;
  // The Python instance, for overridden methods.
  ObjectPtr self;
  // Of secrets among the values that a provider can be asked for anew: call("again", []) yields the text that
  // it has now.
  std::vector<std::pair<Secret, ObjectPtr>> sources;
};

// Read-only view with every default filled in. The getters of the wrong type are bugs (std::logic_error):
// bind() has checked all types.
class Arguments {
 public:
  // Throws ConfigError for too many or doubled arguments, unknown names (with the nearest known name), a
  // missing required one, and wrong types.
  static Arguments bind(const Schema& schema, const Call& call);

  const std::string& where() const { return where_; }
  const std::string& class_name() const { return class_name_; }
  const std::string& name() const { return name_; }  // may be empty
  const ObjectPtr& self() const { return self_; }    // may be null

  bool has(std::string_view name) const { return values_.contains(name); }  // the schema knows the argument
  const Value& at(std::string_view name) const;
  // The user wrote it (and not None).
  bool given(std::string_view name) const;

  bool boolean(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  // An integer converts.
  double number(std::string_view name) const;
  std::string string(std::string_view name) const;
  // nullopt for None.
  std::optional<std::string> optional_string(std::string_view name) const;
  // Empty for None.
  Secret secret(std::string_view name) const;
  // nullopt for None.
  std::optional<std::vector<std::string>> strings(std::string_view name) const;
  // null when none or a plain value.
  ObjectPtr object(std::string_view name) const;

  // Where the secret that was given can be read anew (Call::sources); null for any other value.
  ObjectPtr source_of(std::string_view name) const;

  // Every secret among the values, also inside of lists and dictionaries: for the Redactor.
  std::vector<Secret> secrets() const;

  // "FILE:LINE: Class(argument=...): text"
  [[noreturn]] void fail(std::string_view argument, std::string_view text) const;

  // Everything as JSON with secrets hidden by a hash: equal when the same was configured. Objects count by
  // identity.
  std::string fingerprint() const;

 private:
  std::string where_;
  std::string class_name_;
  std::string name_;
  ObjectPtr self_;
  std::map<std::string, Value, std::less<>> values_;
  std::vector<std::pair<Secret, ObjectPtr>> sources_;
  // Of arguments that are a login.
  std::vector<Secret> passwords_;
  std::map<std::string, bool, std::less<>> given_;
};

}  // namespace carillon::settings
