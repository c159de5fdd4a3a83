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
  // none: the time of the start.
  std::optional<std::int64_t> number;
  // empty: the name of the program.
  std::string step;
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
  // Of the server.
  std::string url = "http://localhost:8020/";
  // May be empty: then the server may refuse.
  Secret token;
  // Why there is none; empty when all is well.
  std::string token_trouble;
  // empty: where the user's programs keep their state.
  std::filesystem::path spool;
  BuildNotes build;
  Codes codes;
  // 0: as long as it takes.
  std::chrono::milliseconds timeout{0};
  // Bytes of the output that are reported.
  std::size_t max_log = std::size_t{1} << 20U;
  // The output goes into the report only.
  bool quiet = false;
  // No command: send what is kept.
  bool flush = false;
  std::vector<std::string> command;
};

// More would not fit into a request, however much JSON makes of it.
constexpr std::size_t largest_log = std::size_t{8} << 20U;

}  // namespace carillon::exec
