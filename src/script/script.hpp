// The configuration file and everything in it that only Python understands.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/task.hpp"
#include "settings/configuration.hpp"

namespace carillon::script {

// Answers `master.data.get(path)` of callbacks in the shape of Buildbot's data API: an object for one thing,
// an array for a collection, null for nothing. path: the parts joined with '/', each percent-encoded;
// filters, order and limit follow as the REST API writes them
// ("builders/1/builds?number__lt=7&order=-number&limit=1"). Called on the io thread.
using DataSource = std::function<Task<json::value>(std::string master, std::string path)>;

// Takes a line that the configuration, or the Python thread itself, prints. Called on the Python thread.
using Output = std::function<void(std::string_view line)>;

struct Options {
  // Buildbot.plugins.reporters, and the modules that they name.
  std::vector<settings::Schema> reporters;
  // Carillon.plugins.sources.
  std::vector<settings::Schema> sources;
  // Of each callback.
  std::chrono::milliseconds time_limit = std::chrono::seconds(30);
  // Of the file itself; at most ten times the other one.
  std::chrono::milliseconds load_limit = std::chrono::minutes(5);
  // Other servers, by HTTPClientService.get() of reporters of one's own.
  bool may_ask = true;
  // false: the built-in Deferreds even where Twisted is installed (for tests).
  bool installed_twisted = true;
};

class Bridge;
class PythonThread;

// Owns the Python thread; at most one lives at a time, later ones reuse the interpreter (which is never
// finalised: end the process by _exit after the clean shutdown). Everything but the constructor's work
// happens on that thread, the io thread never waits for the interpreter lock except in load().
//
// Objects of a Configuration stay usable (each call is then rejected) after the Script is gone.
class Script {
 public:
  // Starts Python (Debian's), imports Jinja2 and starts the thread. SIGINT's handler stays what it was;
  // for what is printed see set_output(). Throws std::runtime_error when Python or Jinja2 cannot be started.
  static std::unique_ptr<Script> start(asio::any_io_executor io, const Options& options);

  // Rejects what is still running and stops the thread; a callback that hangs in native code is left behind.
  ~Script();
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  // How long the Python thread has worked so far.
  std::chrono::nanoseconds worked() const;
  // For how long it has been at one piece of work; nullopt: it waits for some, or loads a configuration.
  std::optional<std::chrono::nanoseconds> at_work() const;

  // Where printed lines go; until then, to standard error.
  void set_output(Output output);

  // Before the first call that may need data. Without one, data.get(...) fails.
  void set_data_source(DataSource source);

  // Runs the file and waits for it: at start-up and for `carillon check`. Throws settings::ConfigError.
  // file: as the user gave it; errors name it so.
  settings::Configuration load(const std::string& file);

  // The same without blocking: for a reload. Throws settings::ConfigError when it is resumed; the
  // configuration that was loaded before stays usable then.
  asio::awaitable<settings::Configuration> reload(std::string file);

  // What `carillon stubs` writes: an object, path -> text of a stub (.pyi) for the names that a configuration
  // may use. Fails as a callback does.
  Task<json::value> stubs();

 private:
  Script(std::shared_ptr<Bridge> bridge, std::unique_ptr<PythonThread> thread);

  std::shared_ptr<Bridge> bridge_;
  std::unique_ptr<PythonThread> thread_;
};

}  // namespace carillon::script
