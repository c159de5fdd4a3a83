// What `carillon exec` is told.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.hpp"

namespace carillon::exec {

// What is said of the build beside how it went.
struct BuildNotes {
  std::string builder;
  std::optional<std::int64_t> number;  // none: the time of the start
  std::string step;                    // empty: the name of the program
  std::string reason;
  std::string link;
  std::vector<std::pair<std::string, std::string>> properties;
  std::vector<std::string> tags;
  std::string branch;
  std::string revision;
  std::string repository;
  std::string project;
  std::string codebase;
};

// Which exit codes are neither a success nor a failure.
struct Codes {
  std::vector<int> warnings;
  std::vector<int> skipped;
};

struct Options {
  std::string url = "http://localhost:8020/";  // of the server
  Secret token;                                // may be empty: then the server may refuse
  std::string token_trouble;                   // why there is none; empty when all is well
  std::filesystem::path spool;                 // empty: where the user's programs keep their state
  BuildNotes build;
  Codes codes;
  std::chrono::milliseconds timeout{0};         // 0: as long as it takes
  std::size_t max_log = std::size_t{1} << 20U;  // bytes of the output that are reported
  bool quiet = false;                           // the output goes into the report only
  bool flush = false;                           // no command: send what is kept
  std::vector<std::string> command;
};

// More would not fit into a request, however much JSON makes of it.
constexpr std::size_t largest_log = std::size_t{8} << 20U;

}  // namespace carillon::exec
