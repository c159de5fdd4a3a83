// Passes a command's output on while it is recorded.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "exec/box.hpp"
#include "exec/capture.hpp"

namespace carillon::exec {

// What several relays record, in the order in which it came.
class Record {
 public:
  explicit Record(std::size_t max_bytes) : capture_(max_bytes) {}
  void add(std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    capture_.add(bytes);
  }
  std::string text() const {
    const std::lock_guard lock(mutex_);
    return capture_.text();
  }

 private:
  mutable std::mutex mutex_;
  Capture capture_;
};

// One stream, on a thread of its own, because whoever reads our output may be slow: then the command waits,
// as it would without us, and nothing else does. When nobody reads our output any more the command learns it
// as it would without us: by SIGPIPE.
class Relay {
 public:
  // from: a pipe's reading end. to: where it goes; -1: nowhere. The record outlives it.
  Relay(Descriptor from, int to, Record& record);
  // Ends once everything that was written before is passed on, even if a descendant of the command keeps the
  // pipe open; one that writes within `linger` is waited for.
  void finish(std::chrono::milliseconds linger);
  // Why not everything was passed on, other than that nobody reads it; after finish(). Empty: it was.
  const std::string& trouble() const { return trouble_; }
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

 private:
  void work();
  // false: the end.
  bool pass_on(std::size_t& owed);

  Descriptor from_;
  int to_;
  Record& record_;
  // An eventfd.
  Descriptor stop_;
  std::string trouble_;
  std::thread thread_;
};

}  // namespace carillon::exec
