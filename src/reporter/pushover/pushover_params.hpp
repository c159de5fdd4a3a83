// `otherParams` of PushoverNotifier. Pure.
#pragma once

#include <optional>
#include <string>

#include "settings/arguments.hpp"

namespace carillon::reporter::pushover {

constexpr std::size_t max_url = 512;  // characters that Pushover takes in `url`

// Empty and nullopt: not given.
struct Params {
  std::string sound;
  std::string device;
  std::string callback;
  // For priority 2.
  std::string tags;
  std::string url;
  std::string url_title;
  std::optional<std::int64_t> timestamp;
  // Seconds; for priority 2.
  std::optional<std::int64_t> retry;
  // Likewise.
  std::optional<std::int64_t> expire;
  // Seconds until it is deleted.
  std::optional<std::int64_t> ttl;
  std::optional<bool> html;
  bool monospace = false;
};

// Throws settings::ConfigError (unknown keys, wrong types, limits; retry and expire missing for an
// emergency).
Params read_params(const settings::Arguments& args, bool emergencies);

}  // namespace carillon::reporter::pushover
