// Copies a log: into memory, or piece by piece to somewhere else. A long one keeps its head and its tail;
// what is between them is not fetched.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "pipeline/log_reader.hpp"

namespace carillon::pipeline {

// At most max_bytes of the log (and a line that says how many lines are left out), cut between lines where
// they are short enough. Failures: as LogReader.
Task<std::string> read_log(LogReader& reader, std::size_t max_bytes);

struct CopiedLog {
  // Bytes.
  std::uint64_t size = 0;
  // Bytes within a JSON string.
  std::uint64_t escaped = 0;
  bool cut = false;
};

// Puts bytes at an offset. It may be told of offsets in any order, and twice.
using WriteAt = std::function<Task<void>(std::uint64_t offset, std::string bytes)>;

// The same to a file of at most max_bytes, the line about what is left out included; plain: without channel
// letters. max_bytes is at least 1 KB. Failures: as LogReader; unreachable when the log becomes shorter
// meanwhile; and what write_at says.
Task<CopiedLog> copy_log(LogReader& reader, std::uint64_t max_bytes, bool plain, const WriteAt& write_at);

}  // namespace carillon::pipeline
