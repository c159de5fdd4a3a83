// What a configuration file says, as script/ read it.
#pragma once

#include <string>
#include <vector>

#include "settings/arguments.hpp"
#include "settings/spool_place.hpp"
#include "settings/web_access.hpp"

namespace carillon::settings {

struct Configuration {
  // Absolute path.
  std::string file;
  // c['title'].
  std::string title = "Carillon";
  // c['titleURL'].
  std::string title_url;
  // c['buildbotURL'], ends in '/'.
  std::string buildbot_url = "http://localhost:8020/";
  // c['db']['db_url'] (or c['db_url']); relative to the file's folder.
  std::string db_url = "sqlite:///carillon.sqlite";
  // c['db']['lease'], milliseconds; 0: this server is alone with its database.
  std::int64_t lease = 0;
  // c['db']['node'], for people; c['db']['address'], where the other nodes reach its web server, ends in '/'.
  // Both empty where they are not said.
  std::string node;
  std::string node_url;
  // c['www']['port']: a number, "tcp:8020:interface=127.0.0.1".
  std::string www_host = "127.0.0.1";
  // 0: chosen by the system; -1: no web server.
  int www_port = 8020;
  // c['www']['url']: where others see it, ends in '/'; empty: it is not said.
  std::string www_url;
  // c['www']['badges']: builders whose badges everybody may see; `*` stands for anything.
  std::vector<std::string> www_badges;
  // The rest of c['www']: who may use it.
  WebAccess access;
  // c['history']['maxAge'], seconds; 0: no limit.
  std::int64_t history_age = 0;
  // c['history']['maxSize'], bytes; 0: no limit.
  std::int64_t history_size = 0;
  // c['spool']['maxSize'], bytes; 0: no limit.
  std::int64_t spool_size = 0;
  // The rest of c['spool'].
  SpoolPlace spool;
  // c['allowedNetworks'], each "ADDRESS/PREFIX"; empty: all.
  std::vector<std::string> allowed_networks;
  // c['sources'], in order.
  std::vector<Call> sources;
  // c['services'], in order.
  std::vector<Call> services;
  // Every secret that was resolved, for the Redactor.
  std::vector<Secret> secrets;
  // "FILE:LINE: ...": deprecated, ignored, unknown keys.
  std::vector<std::string> warnings;
};

}  // namespace carillon::settings
