// Bad configuration.
#pragma once

#include <stdexcept>
#include <string>

namespace carillon::settings {

// what() is complete: "master.cfg:12: MailNotifier(mode=...): 'foo' is not a mode; the modes are ...".
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace carillon::settings
