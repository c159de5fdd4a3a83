// Where a Buildbot master's web interface has its pages, which depends on the master's version.
#pragma once

#include <string>
#include <string_view>

#include "source/buildbot/rest.hpp"

namespace carillon::source::buildbot {

// The version of Buildbot in the document that a master has at /config ("4.0.1"); "" for none.
std::string version_in(const json::object& config);

// Whether its links need a slash behind the '#': from 3.8 to 4.0 the router knows no others. Before, both
// forms work, or only the one without; later both do.
bool links_with_slash(std::string_view version);

class Pages {
 public:
  // public_url: what links begin with, ends in '/'; outlives this.
  explicit Pages(const std::string& public_url) : public_url_(public_url) {}

  // Asks the master for its version. Without an answer what was known stays.
  asio::awaitable<void> learn(Rest& rest);

  // The address of "builders/2/builds/7".
  std::string at(std::string_view path) const {
    return public_url_ + (slash_ ? "#/" : "#") + std::string(path);
  }

 private:
  const std::string& public_url_;
  bool slash_ = false;
};

}  // namespace carillon::source::buildbot
