// Reporters that a reload took out of the configuration: each stays until nothing of it is undelivered.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "pipeline/roster.hpp"
#include "store/outbox.hpp"

namespace carillon::pipeline {

class Courier;

class Draining {
 public:
  using Gone = std::function<void(const std::vector<std::string>& names)>;

  // gone: called on the io thread with those that have nothing left to do; the roster must lose them then.
  // All references outlive it.
  Draining(asio::any_io_executor io, store::Outbox& store, const Courier& courier, const Log& log, Gone gone);

  // Moves every reporter that `old` has and `fresh` lacks to fresh.draining. Call it before `fresh` is
  // published. Whoever accepts events by the old roster keeps that alive meanwhile.
  void carry_over(const RosterPtr& old, Roster& fresh);

 private:
  struct Entry {
    // The roster in which it was active.
    std::weak_ptr<const Roster> last;
    std::uint64_t number = 0;
    int looks = 0;
  };
  asio::awaitable<void> watch();
  asio::awaitable<bool> is_done(std::string name);

  asio::any_io_executor io_;
  store::Outbox& store_;
  const Courier& courier_;
  const Log& log_;
  Gone gone_;
  std::map<std::string, Entry> draining_;
  std::uint64_t next_number_ = 1;
  bool watching_ = false;
};

}  // namespace carillon::pipeline
