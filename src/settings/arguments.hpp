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
  std::string class_name;  // the schema's name
  std::string name;        // `name=` of the service, or the class attribute `name` of a subclass; else empty
  std::string where;       // "FILE:LINE" of the constructor call
  List positional;
  std::vector<std::pair<std::string, Value>> keywords;
  ObjectPtr self;  // the Python instance, for overridden methods
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
  bool given(std::string_view name) const;  // the user wrote it (and not None)

  bool boolean(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;  // an integer converts
  std::string string(std::string_view name) const;
  std::optional<std::string> optional_string(std::string_view name) const;       // nullopt for None
  Secret secret(std::string_view name) const;                                    // empty for None
  std::optional<std::vector<std::string>> strings(std::string_view name) const;  // nullopt for None
  ObjectPtr object(std::string_view name) const;  // null when none or a plain value

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
  std::vector<Secret> passwords_;  // of arguments that are a login
  std::map<std::string, bool, std::less<>> given_;
};

}  // namespace carillon::settings
