// The log: lines to standard error, for the operator.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace carillon {

class Redactor;
class Secret;

// One log, made by the composition root and passed by reference. Every line goes through the Redactor, so a
// known secret never reaches it; control characters are escaped so that data cannot forge a line.
// Thread-safe. Lines look like `2026-01-31T12:00:00.000Z info    courier: text`, or, for programs, each is a
// JSON object: {"time":"2026-01-31T12:00:00.000Z","level":"info","part":"courier","message":"text"}.
class Log {
 public:
  enum class Level { debug, info, warning, error };
  enum class Format { text, json };

  // level: lines below it are dropped. The redactor outlives the log.
  Log(Level level, Redactor& redactor, Format format = Format::text);
  ~Log();

  // where: the component that speaks ("courier", "mail: MailNotifier"), not a file name.
  void debug(std::string_view where, std::string_view text) const { write(Level::debug, where, text); }
  void info(std::string_view where, std::string_view text) const { write(Level::info, where, text); }
  void warning(std::string_view where, std::string_view text) const { write(Level::warning, where, text); }
  void error(std::string_view where, std::string_view text) const { write(Level::error, where, text); }

  // The text without the known secrets: for what is kept beside the log, such as the ledger's answers.
  std::string redacted(std::string_view text) const;

  // The redactor learns a secret that a service has given for a while.
  void hide(const Secret& passing) const;

  bool enabled(Level level) const { return level >= level_; }

 private:
  void write(Level level, std::string_view where, std::string_view text) const;

  Level level_;
  Format format_;
  Redactor& redactor_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace carillon
