// Which files the spool holds, how much room is left for more, and which may go.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "spool/spool.hpp"
#include "store/files.hpp"

namespace carillon::pipeline {

// A file stays as long as somebody holds it or a delivery that is waiting or dead needs it; one whose
// deliveries were delivered, as long as there is room, so that they can be sent again. All others go.
class SpoolRoom {
 public:
  // The references outlive it.
  SpoolRoom(spool::Spool& spool, store::Files& store, const Log& log);

  // Bytes of all files together.
  void set_limit(std::uint64_t bytes) { limit_ = bytes; }

  // Reserves room for a file that is being written; where there is none, files go whose deliveries were
  // delivered, the oldest first. False: there is no room. Failure: what the store or the disk said,
  // or why it is closed.
  Task<bool> take(std::uint64_t bytes);
  void give_back(std::uint64_t bytes);

  // No room from now on, and nothing goes: the spool is not ours, or not there. why: for people.
  void close(std::string why) { closed_ = std::move(why); }
  // It is ours after all.
  void open() { closed_.clear(); }

  using Hold = std::shared_ptr<const void>;
  // A file that is complete now, in room that was taken.
  Hold add(const std::string& name, std::uint64_t size);
  // null: there is no such file.
  Hold hold(const std::string& name);

  // Looks what is there, and removes what nobody needs: what a process left that was killed before its
  // delivery was stored, what another node finished after its time was over, and files of deliveries that
  // were dropped or forgotten.
  Task<void> tidy();
  // Does so at the start and every few minutes. Runs until cancelled.
  asio::awaitable<void> run();
  // Soon: deliveries were dropped.
  void look_soon() { soon_ = true; }

  std::uint64_t used() const { return used_; }  // bytes, those reserved included
  std::size_t files() const { return files_.size(); }
  std::uint64_t left() const { return limit_ - std::min(used_, limit_); }  // bytes

 private:
  struct Entry {
    std::uint64_t size = 0;
    std::weak_ptr<const void> held;
    // Grows whenever it is held anew.
    std::uint64_t version = 0;
  };
  struct Idle {
    std::string name;
    std::uint64_t version = 0;
    store::FileUse use;
  };

  // Adds what is there and was not known.
  Task<void> learn();
  // Files that nobody holds or needs.
  Task<std::vector<Idle>> idle();
  // Removes those that are still unused; returns the bytes freed.
  Task<std::uint64_t> remove(const std::vector<Idle>& which);

  spool::Spool& spool_;
  store::Files& store_;
  const Log& log_;
  std::uint64_t limit_ = std::uint64_t{4} << 30U;
  std::uint64_t used_ = 0;
  std::map<std::string, Entry> files_;
  std::uint64_t versions_ = 0;
  // Removals that are under way, and those that were.
  int removing_ = 0;
  std::uint64_t removals_ = 0;
  // "": it is not.
  std::string closed_;
  bool known_ = false;
  bool soon_ = false;
};

}  // namespace carillon::pipeline
