// What a configurable class (a reporter, a master) says of its arguments.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "settings/value.hpp"

namespace carillon::settings {

enum class Type {
  boolean,
  integer,
  number,  // int or float
  string,
  secret,   // a string that must not be shown, or util.Secret(...); arrives as Secret
  strings,  // list, tuple or set of strings; arrives as List of std::string
  dict,
  list,        // of anything
  renderable,  // util.Interpolate, util.Property, @util.renderer, ...; arrives as ObjectPtr (or the plain
               // value when another listed type accepts it)
  callable,    // a function, method, coroutine function or object with __call__
  formatter,   // reporters.MessageFormatter or a subclass
  missing_worker_formatter,
  object,  // any other Python object (lookup)
  any,
};

struct Argument {
  std::string name;
  // Any one of them; None is always accepted where `required` is false.
  std::vector<Type> types;
  bool required = false;
  // Used when the argument is missing or given as None (but see none_is_value).
  Value fallback;
  // One line for `carillon check --schema` and the docs.
  std::string_view doc = "";
  // None given by the user stays None although the fallback is something else.
  bool none_is_value = false;
  // (user, password), or an object with the attribute `password`: counts as a secret.
  bool login = false;
  // Where two orders are possible, a text that is no http(s) URL is not meant for it.
  bool is_url = false;
};

class Arguments;

struct Schema {
  // "MailNotifier": the name in buildbot.plugins.reporters.
  std::string name;
  // Further names there.
  std::vector<std::string> aliases;
  // Module paths of the manual: "buildbot.reporters.mail".
  std::vector<std::string> modules;
  // In positional order, which is the manual's.
  std::vector<Argument> arguments;
  // The order in Buildbot's own code, where that differs from its manual's: for positional values that do not
  // fit the manual's.
  std::vector<std::string> other_order = {};
  // Methods that a subclass may override.
  std::vector<std::string> methods;
};

}  // namespace carillon::settings
