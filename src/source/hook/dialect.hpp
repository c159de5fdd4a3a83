// What one CI's hooks say, and how it proves that they are its own.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "source/hook/run.hpp"
#include "web/message.hpp"

namespace carillon::source::hook {

// What one delivery of a hook says.
struct Heard {
  // In the order they are told.
  std::vector<Run> runs;
  std::vector<JobOfRun> jobs;
  std::vector<TestOfRun> tests;
  // Why nothing is made of it, though nothing is wrong with it: the event's name. Empty where there is
  // something.
  std::string ignored;
  // How the sender calls the delivery, for the log and `explain`; may be empty.
  std::string delivery;
  // The kind of event, for the log: "workflow_run".
  std::string kind;
  // What is odd about it: "unknown result 'x'".
  std::vector<std::string> notes;
  // What is answered instead of 202, where the sender wants a certain text.
  std::string answer;
};

// Pure: headers and body to runs. Implementations read nothing but what they are given.
class Dialect {
 public:
  virtual ~Dialect() = default;

  // Paths and methods that the CI calls. name: of the source.
  struct Path {
    std::string method;
    std::string path;
    // It holds a key: it is not logged.
    bool secret = false;
    // Nothing is told there, but asked: greet() answers, whoever asks.
    bool asks = false;
  };
  virtual std::vector<Path> paths(const std::string& name) const { return {{"POST", "/hook/" + name}}; }

  // Whether the header alone may be that of a right sender. Asked before any of the body is read.
  virtual bool may_be_right(const web::Head& head) const = 0;
  // Whether it shows anything to prove itself with, so that this is wrong and not missing. For people.
  virtual bool shows_any(const web::Head& head) const { return !head.authorization.empty(); }
  // Why a body of that content type is not read; empty: it is.
  virtual std::string unsupported(const web::Head&) const { return {}; }
  // Whether the sender has proved itself. now: seconds since the epoch.
  virtual bool is_right(const web::Head& head, std::string_view body, std::int64_t now) const = 0;
  // Whether the key for that is fetched: then get_ready() is called before, and once more when a sender was
  // not right, as keys are replaced. It may outlive this. Failure: there is none; senders may come again.
  virtual bool fetches_key() const { return false; }
  virtual Task<void> get_ready(std::int64_t /*now*/, bool /*was_wrong*/) const { co_return ok(); }

  // The answer where Path::asks.
  virtual web::Response greet(const web::Head& /*head*/) const { return {}; }
  // Whether jobs are told of apart from their run (Heard::jobs): then they are kept until it has ended.
  virtual bool has_jobs() const { return has_kin(); }
  // Whether jobs and tests are told of apart from runs, and may be builds of their own (source/hook/kin.hpp).
  virtual bool has_kin() const { return false; }

  // Failure (rejected): what is wrong in the body, with its path.
  virtual Result<Heard> hear(const web::Head& head, std::string_view body, Millis now) const = 0;
  // The same, where functions of the user's have to be asked. The dialect lives until it ends.
  virtual Task<Heard> hear_slowly(std::shared_ptr<const web::Request> request, Millis now) const {
    co_return hear(*request, request->body, now);
  }

  // How the sender calls the event, as far as its header says so: for people.
  virtual std::string kind(const web::Head& /*head*/) const { return {}; }

  // What to enter at the CI, one line each: content type, events. url: of the hook. For `carillon check`.
  virtual std::vector<std::string> advice(const std::string& url) const = 0;
};

}  // namespace carillon::source::hook
