// An object of the user's configuration that only Python understands: a callback, a renderable, a formatter.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/task.hpp"

namespace carillon::settings {

// What an object is good for; one object may be several.
enum class Role {
  renderable,                // call("render", [build]) -> the value for that build
  callable,                  // call("", args)
  formatter,                 // call("format", [context]), see message/formatter.hpp
  missing_worker_formatter,  // likewise
  lookup,                    // call("getAddress", [user]) -> address or null
};

// Implemented by script/; everything else talks to Python through this. Thread: the io_context's.
class Object {
 public:
  virtual ~Object() = default;

  // An argument for call() that stands for the master itself (`master.data.get(...)`).
  static json::value master_argument();
  // An argument for call() that stands for this very object: what the user gave as `reviewArg`. Only as one
  // of the positional arguments, not inside of them.
  virtual json::value argument() const { return nullptr; }

  // Calls `object.method(*args)`, or `object(*args)` when method is empty, and waits for its end: the result
  // may be a coroutine or a Deferred. `master` names the master that `master.data.get(...)` inside the call
  // asks. Results are converted to JSON (tuples and sets become arrays, bytes become text). Failure:
  // rejected, with "FILE:LINE: Error: text" of the innermost place in the user's own files; a call that runs
  // longer than the time limit of script/ is interrupted and rejected likewise.
  virtual Task<json::value> call(std::string_view method, json::array args, std::string_view master) = 0;

  // A plain attribute converted to JSON, read when the configuration was loaded; null when it has none.
  virtual json::value attribute(std::string_view name) const = 0;

  // Whether a class of the user's overrides the method (getResponsibleUsersForBuild, getMessage, ...).
  virtual bool overrides(std::string_view method) const = 0;

  // "FILE:LINE" where the user made it.
  virtual std::string where() const = 0;

  // Whether it can be used so. Fakes in tests may leave it: they are everything.
  virtual bool is(Role) const { return true; }

  // "a function", "an Interpolate": for error texts.
  virtual std::string describe() const { return "an object"; }
};

using ObjectPtr = std::shared_ptr<Object>;

}  // namespace carillon::settings
