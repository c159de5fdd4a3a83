// GerritStatusPush's arguments, checked. Internal to gerrit.cpp.
#pragma once

#include <string>
#include <vector>

#include "reporter/common/wanted_details.hpp"
#include "reporter/gerrit/gerrit.hpp"
#include "transport/process.hpp"

namespace carillon::reporter::gerrit {

struct Callback {
  std::string name;              // "reviewCB", for notes
  settings::ObjectPtr function;  // null: the built-in text
  json::value argument;
  settings::ObjectPtr argument_object;  // what `argument` stands for lives as long as this; may be null
};

struct Settings {
  std::string user;
  std::string target;            // "user@server:port"
  std::vector<std::string> ssh;  // all arguments but the command
  std::string notify;            // may be empty
  process::Limits limits;        // of one command
  Reported reported;
  Callback start;
  Callback review;
  Callback summary;
  Asked asked;  // for callbacks
};

// Throws settings::ConfigError.
Settings read_settings(const settings::Arguments& args);

}  // namespace carillon::reporter::gerrit
