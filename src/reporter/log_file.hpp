// Logs that go out with a report, and files in which the long ones stand.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/delivery.hpp"

namespace carillon::reporter {

// None, all, or those named "log" or "step.log".
struct LogChoice {
  bool all = false;
  std::vector<std::string> names;
  bool any() const { return all || !names.empty(); }
  bool wants(const std::string& step, const std::string& log) const;
};

// Every line of a stream log ("type": "s") begins with its channel: o, e or h (output, errors, header lines).
// The text without these letters. Pure.
std::string without_channels(std::string_view text);

// Logs that go out as they are, however long.
struct SentLogs {
  LogChoice choice;
  // Bytes of each; of a longer one head and tail are sent.
  std::uint64_t max_size = 0;
  // Stream logs without the channel letters of their lines.
  bool plain = false;
};

// A log that is not kept in memory, because it is long: a file of the spool (spool/spool.hpp).
struct LogFile {
  // Of the file.
  std::string name;
  // Bytes; UTF-8.
  std::uint64_t size = 0;
  // Bytes within a JSON string.
  std::uint64_t escaped = 0;
  // As long as this is, the file is.
  std::shared_ptr<const void> kept;
};

// For people: the payload with a line in the place of each file, "[compile.stdio: 12345 bytes]". as_written:
// makes of the line what may stand there. begin: bytes of the whole payload that this one leaves out.
std::string with_stand_ins(std::string_view payload, const std::vector<PayloadFile>& files,
                           std::uint64_t begin,
                           const std::function<std::string(const std::string&)>& as_written);

}  // namespace carillon::reporter
