// What a configuration file says, as script/ read it.
#pragma once

#include <string>
#include <vector>

#include "settings/arguments.hpp"

namespace carillon::settings {

struct Configuration {
  std::string file;                                     // absolute path
  std::string title = "Carillon";                       // c['title']
  std::string title_url;                                // c['titleURL']
  std::string buildbot_url = "http://localhost:8020/";  // c['buildbotURL'], ends in '/'
  std::string db_url =
      "sqlite:///carillon.sqlite";     // c['db']['db_url'] (or c['db_url']); relative to the file's folder
  std::string www_host = "127.0.0.1";  // c['www']['port']: a number, "tcp:8020:interface=127.0.0.1"
  int www_port = 8020;                 // 0: chosen by the system; -1: no web server
  std::int64_t history_age = 0;        // c['history']['maxAge'], seconds; 0: no limit
  std::int64_t history_size = 0;       // c['history']['maxSize'], bytes; 0: no limit
  std::int64_t spool_size = 0;         // c['spool']['maxSize'], bytes; 0: no limit
  std::vector<std::string> allowed_networks;  // c['allowedNetworks'], each "ADDRESS/PREFIX"; empty: all
  std::vector<Call> sources;                  // c['sources'], in order
  std::vector<Call> services;                 // c['services'], in order
  std::vector<Secret> secrets;                // every secret that was resolved, for the Redactor
  std::vector<std::string> warnings;          // "FILE:LINE: ...": deprecated, ignored, unknown keys
};

}  // namespace carillon::settings
