// What a CI's API is asked: what hooks leave out, and what they lost.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "source/hook/run.hpp"

namespace carillon::source::hook {

// One request at a time. Failures of all functions: unreachable, throttled (the account is to be left alone
// so long), rejected (the token may not ask that).
class Api {
 public:
  virtual ~Api() = default;

  // Runs that may have changed since that moment (seconds), in any order; projects: those that hooks told of.
  // It may yield more than asked.
  virtual Task<std::vector<Run>> changed_since(std::int64_t since, const std::set<std::string>& projects) = 0;

  // The run of that project as it is now; nullopt: there is none any more. id: Run::id.
  virtual Task<std::optional<Run>> run(const std::string& project, const std::string& id) = 0;

  // What changed_since() yielded last is on disk: the next may leave it out. It need not come: then the same
  // is asked for again.
  virtual void taken() {}

  // With its jobs and tests, as far as the CI tells them apart from the run.
  virtual Task<void> complete(Run& run) = 0;

  // The end of a job's log, at most so many bytes. job: Job::id; project: or Job::whole_run.
  virtual Task<std::string> log(const std::string& project, const std::string& job, std::size_t most) = 0;

  // Cancels the run. Failure (rejected): it is over, or the token may not; the text is for the person who
  // asked.
  virtual Task<void> stop(const std::string& project, const std::string& id);

  // What the operator should know of the last answers, though they were no failure: a project that may not be
  // asked for. Each call yields what was noted since the one before.
  std::set<std::string> remarks() { return std::exchange(remarks_, {}); }

  // Requests that are left of the account's, as far as the CI says.
  virtual std::optional<std::int64_t> quota_left() const { return std::nullopt; }

 protected:
  void remark(std::string text) { remarks_.insert(std::move(text)); }

 private:
  std::set<std::string> remarks_;
};

}  // namespace carillon::source::hook
