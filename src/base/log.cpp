#include "base/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "base/log_line.hpp"
#include "base/secret.hpp"

namespace carillon {
namespace {

spdlog::level::level_enum to_spdlog(Log::Level level) {
  switch (level) {
    case Log::Level::debug:
      return spdlog::level::debug;
    case Log::Level::info:
      return spdlog::level::info;
    case Log::Level::warning:
      return spdlog::level::warn;
    case Log::Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

Log::Log(Level level, Redactor& redactor, Format format)
    : level_(level), format_(format), redactor_(redactor) {
  logger_ =
      std::make_shared<spdlog::logger>("carillon", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger_->set_level(to_spdlog(level));
  logger_->set_pattern(format == Format::json ? "{\"time\":\"%Y-%m-%dT%H:%M:%S.%eZ\",\"level\":\"%l\",%v}"
                                              : "%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %v",
                       spdlog::pattern_time_type::utc);
  logger_->flush_on(spdlog::level::debug);
}

std::string Log::redacted(std::string_view text) const {
  return redactor_(text);
}

void Log::hide(const Secret& passing) const {
  redactor_.add_passing(passing.reveal());
}

Log::~Log() = default;

void Log::write(Level level, std::string_view where, std::string_view text) const {
  if (!enabled(level)) return;
  const std::string line =
      format_ == Format::json ? json_members(where, redactor_(text)) : text_line(where, redactor_(text));
  logger_->log(to_spdlog(level), "{}", line);
}

}  // namespace carillon
