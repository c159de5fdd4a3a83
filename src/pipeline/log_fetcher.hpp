// Fetches the logs that reporters send, each once, the long ones into files of the spool.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/gate.hpp"
#include "base/log.hpp"
#include "pipeline/log_copy.hpp"
#include "pipeline/spool_room.hpp"
#include "reporter/log_file.hpp"
#include "source/source.hpp"
#include "spool/spool.hpp"

namespace carillon::pipeline {

// The most bytes of a log that stays in memory, and in the delivery's payload.
inline constexpr std::size_t short_log = std::size_t{64} << 10U;

struct WantedLog {
  std::shared_ptr<source::Source> source;
  // Of the event: ids of an earlier life of the master are others.
  std::string occurrence;
  std::int64_t id = 0;
  std::int64_t lines = 0;
  // Its lines begin with their channel.
  bool stream = false;
  // Which is left out; of what becomes a file.
  bool plain = false;
  // Bytes.
  std::uint64_t max_size = 0;
  // Bytes, at most short_log.
  std::size_t in_memory = short_log;
};

struct FetchedLog {
  std::optional<reporter::LogFile> file;
  // Without a file: the log as the master gives it.
  std::string text;
  // What was worked around, for the operator: "is shortened: the spool is full".
  std::string note;
};

class LogFetcher {
 public:
  // The references outlive it.
  LogFetcher(spool::Spool& spool, SpoolRoom& room, const Clock& clock, const Log& log);

  // A file that another notification wanted is used again. Where the spool or the disk is full, the log is
  // shortened to short_log, and what is longer than the spool should keep (spool::Spool::limit()) to that,
  // with a note. Failures: the master's, and that of a spool that is away (spool::Writer).
  Task<FetchedLog> fetch(WantedLog wanted);

 private:
  struct Known {
    std::string key;
    // In known_ nobody holds it.
    reporter::LogFile file;
    std::uint64_t max_size = 0;
    bool cut = false;
  };

  // Held.
  std::optional<Known> known(const std::string& key, std::uint64_t max_size);
  // Held. nullopt: there is no room, for the reason given.
  Task<std::optional<Known>> to_file(const WantedLog& wanted, const std::string& key, LogReader& reader,
                                     std::string& no_room);
  std::string new_name(const std::string& key);

  spool::Spool& spool_;
  SpoolRoom& room_;
  const Clock& clock_;
  const Log& log_;
  // By master.
  std::map<std::string, std::unique_ptr<Gate>> gates_;
  // By log.
  std::shared_ptr<std::map<std::string, std::shared_ptr<Gate>>> under_way_ =
      std::make_shared<std::map<std::string, std::shared_ptr<Gate>>>();
  // The newest last.
  std::deque<Known> known_;
  // In names, as other processes may write to the same spool.
  std::string life_;
  std::uint64_t names_ = 0;
};

}  // namespace carillon::pipeline
