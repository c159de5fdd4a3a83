// The arguments of sources.Buildbot, checked.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "settings/arguments.hpp"

namespace carillon::source::buildbot {

struct Credentials {
  std::string user;
  Secret password;
};

struct Settings {
  std::string name;        // of the master; by default host:port
  std::string url;         // of its web service, ends in '/'
  std::string public_url;  // what links in reports begin with, ends in '/'
  std::optional<Credentials> credentials;
  bool verify = true;
  std::chrono::seconds missing_timeout{3600};
  std::vector<std::string> shutdown_command;  // empty: none
  std::string basedir;                        // the master's directory on this machine; empty: none
  std::string where;                          // FILE:LINE of the configuration

  // Throws ConfigError.
  static Settings from(const settings::Arguments& args);
};

}  // namespace carillon::source::buildbot
