// What a force scheduler lets people set, and what is to be sent to it. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace carillon::chat {

// A field of Buildbot's `all_fields`, without those that only group others.
struct Parameter {
  enum class Kind { text, integer, boolean, choice };
  // Buildbot's fullName: what is sent.
  std::string name;
  // Without that of its group: "branch".
  std::string own_name;
  // fullName of the group; for a codebase its name.
  std::string group;
  // To be shown, without a colon at the end; "Branch (lib)" where several have one label.
  std::string label;
  Kind kind = Kind::text;
  bool multiple = false;
  // A choice: nothing but the choices.
  bool strict = true;
  bool required = false;
  // false: fixed, hidden, or of a kind that a chat cannot give (a file, another build).
  bool settable = true;
  // A username that must hold an e-mail address.
  bool email = false;
  // Characters.
  std::optional<std::size_t> max_size;
  std::vector<std::string> choices;
  // What is shown and used while nothing is set; empty: nothing.
  std::vector<std::string> fallback;
};

// A line over the parameters that follow it.
struct Heading {
  // Index of the first of them.
  std::size_t before = 0;
  std::string label;
};

// What was set, by Parameter::name; several only for `multiple`.
using Values = std::map<std::string, std::vector<std::string>, std::less<>>;

class Form {
 public:
  // A force scheduler of the data API. Broken parts are left out.
  explicit Form(const json::object& scheduler);

  const std::string& name() const { return name_; }
  const std::string& label() const { return label_; }
  bool enabled() const { return enabled_; }
  // Whether it says what it asks for: else that depends on the builder.
  bool whole() const { return whole_; }
  const std::vector<std::string>& builders() const { return builders_; }
  bool has_builder(std::string_view name) const;

  const std::vector<Parameter>& parameters() const { return parameters_; }
  const std::vector<Heading>& headings() const { return headings_; }
  // nullptr: none of that name.
  const Parameter* find(std::string_view name) const;

  // Whether people are asked for it. The name of who asks is only wanted where an e-mail address must be.
  bool is_asked(const Parameter& parameter) const;

  // Those that must be set before a build can start.
  std::vector<const Parameter*> missing(const Values& values) const;

  // The parameters of the call "force" (without builderid). who: recorded as the owner, where the scheduler
  // takes any name, and as "forced: by WHO: REASON".
  json::object arguments(const Values& values, std::string_view who) const;

  // Sets the reason. Failure: the scheduler has none, or only certain ones.
  Result<void> set_reason(Values& values, std::string_view reason) const;
  // field: branch, revision, project or repository. codebase: nullopt when nothing was said. Failure: there
  // is no such parameter, or there are several.
  Result<void> set_source(Values& values, const std::optional<std::string>& codebase, std::string_view field,
                          std::string_view value) const;
  // A parameter of that name, or else a free slot for any property. Failure: there is none; a bad value.
  Result<void> set_property(Values& values, std::string_view property, std::string_view value) const;

 private:
  struct Slot {  // a pair of fields for the name and the value of a property
    std::string name;
    std::string value;
  };
  void read(const json::array& fields, const Parameter& group, bool hidden, int depth);
  Parameter parameter_of(const json::object& field, const Parameter& group, bool hidden) const;
  // nullptr: none, or several.
  const Parameter* find_own(std::string_view own_name) const;
  void tell_labels_apart();
  void find_who_and_why(const json::object& scheduler);

  std::string name_;
  std::string label_;
  bool enabled_ = true;
  bool whole_ = false;
  std::vector<std::string> builders_;
  std::vector<Parameter> parameters_;
  std::vector<Heading> headings_;
  std::vector<Slot> slots_;
  // Names of parameters; empty: none.
  std::string username_;
  std::string reason_;
};

// The value as it is kept and sent ("true" for "yes"). Failure: not what the parameter takes, with a text for
// the person.
Result<std::string> checked(const Parameter& parameter, std::string_view value);

}  // namespace carillon::chat
