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
  // Of the master; by default host:port.
  std::string name;
  // Of its web service, ends in '/'.
  std::string url;
  // What links in reports begin with, ends in '/'.
  std::string public_url;
  std::optional<Credentials> credentials;
  bool verify = true;
  std::chrono::seconds missing_timeout{3600};
  // empty: none.
  std::vector<std::string> shutdown_command;
  // The master's directory on this machine; empty: none.
  std::string basedir;
  // FILE:LINE of the configuration.
  std::string where;

  // Throws ConfigError.
  static Settings from(const settings::Arguments& args);
};

}  // namespace carillon::source::buildbot
