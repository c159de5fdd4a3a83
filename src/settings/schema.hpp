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
  std::vector<Type> types;  // any one of them; None is always accepted where `required` is false
  bool required = false;
  Value fallback;              // used when the argument is missing or given as None (but see none_is_value)
  std::string_view doc = "";   // one line for `carillon check --schema` and the docs
  bool none_is_value = false;  // None given by the user stays None although the fallback is something else
  bool login = false;   // (user, password), or an object with the attribute `password`: counts as a secret
  bool is_url = false;  // where two orders are possible, a text that is no http(s) URL is not meant for it
};

class Arguments;

struct Schema {
  std::string name;                  // "MailNotifier": the name in buildbot.plugins.reporters
  std::vector<std::string> aliases;  // further names there
  std::vector<std::string> modules;  // module paths of the manual: "buildbot.reporters.mail"
  std::vector<Argument> arguments;   // in positional order, which is the manual's
  // The order in Buildbot's own code, where that differs from its manual's: for positional values that do not
  // fit the manual's.
  std::vector<std::string> other_order = {};
  std::vector<std::string> methods;  // methods that a subclass may override
};

}  // namespace carillon::settings
