// GerritStatusPush's arguments, checked. Internal to gerrit.cpp.
#pragma once

#include <string>
#include <vector>

#include "reporter/common/wanted_details.hpp"
#include "reporter/gerrit/gerrit.hpp"
#include "transport/process.hpp"

namespace carillon::reporter::gerrit {

struct Callback {
  // "reviewCB", for notes.
  std::string name;
  // null: the built-in text.
  settings::ObjectPtr function;
  json::value argument;
  // What `argument` stands for lives as long as this; may be null.
  settings::ObjectPtr argument_object;
};

struct Settings {
  std::string user;
  // "user@server:port".
  std::string target;
  // All arguments but the command.
  std::vector<std::string> ssh;
  // May be empty.
  std::string notify;
  // Of one command.
  process::Limits limits;
  Reported reported;
  Callback start;
  Callback review;
  Callback summary;
  // For callbacks.
  Asked asked;
};

// Throws settings::ConfigError.
Settings read_settings(const settings::Arguments& args);

}  // namespace carillon::reporter::gerrit
