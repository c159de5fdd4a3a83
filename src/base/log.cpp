#include "base/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "base/encoding.hpp"
#include "base/json.hpp"
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

std::string escape_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += '?';
    } else {
      out += c;
    }
  }
  return out;
}

// The members of the JSON object that follow time and level.
std::string json_members(std::string_view where, std::string_view text) {
  return "\"part\":" + json::serialize(json::string(valid_utf8(where))) +
         ",\"message\":" + json::serialize(json::string(valid_utf8(text)));
}

}  // namespace

Log::Log(Level level, const Redactor& redactor, Format format)
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

Log::~Log() = default;

void Log::write(Level level, std::string_view where, std::string_view text) const {
  if (!enabled(level)) return;
  std::string line;
  if (format_ == Format::json) {
    line = json_members(where, redactor_(text));
  } else {
    line = where;
    line += ": ";
    line += escape_controls(redactor_(text));
  }
  logger_->log(to_spdlog(level), "{}", line);
}

}  // namespace carillon
