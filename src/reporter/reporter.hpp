// A reporter is one remote service. It words deliveries and sends each of them once; it does not choose,
// keep, retry or sleep: pipeline/ does.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "event/event.hpp"
#include "message/formatter.hpp"
#include "reporter/builds.hpp"
#include "reporter/log_file.hpp"

namespace carillon::rule {
class Audience;
}

namespace carillon::reporter {

// What must be fetched from the master before compose().
struct Needs {
  bool properties = true;
  bool steps = false;
  bool logs = false;  // contents of all logs, each capped, for wording; implies steps
  SentLogs sent;      // logs that are sent as they are; implies steps
  bool previous_build = false;
  bool changes = false;  // for the responsible users
};

// An event that the rules chose for this reporter, complemented as needs() asks.
struct Order {
  EventKind kind = EventKind::build_finished;
  std::string event_id;  // stable name of the event (event/event.hpp: id_of); make keys from it
  std::string master;
  Millis at = 0;          // when the event happened, as far as known; else when it was heard
  Builds builds;          // one; for buildset_complete those of the set that the rules chose, in order;
                          // for request_waiting and request_ended the request in a build's shape
  json::object buildset;  // for buildset_complete
  json::object worker;    // for worker_missing and worker_back
  std::map<std::int64_t, LogFile> logs;  // of needs().sent, by `logid`: those that are too long to stand in
                                         // the build
  std::vector<std::string> notes;        // what could not be fetched
  std::optional<json::object>
      report;          // what a generator of the configuration made of it: `body`, `type`,
                       // `subject` (generated.hpp); it takes the place of the reporter's words
  bool plain = false;  // the configuration's code is not called for it: the process ended when it was
};

// One finished message to one target. The payload is the same at every attempt.
struct Delivery {
  std::string key;   // unique within the reporter: the same key is sent once. Derive it from Order::event_id
  std::string lane;  // deliveries of one lane go out one after the other, in the order they were composed
  std::string
      status;  // empty, or what this is the state of: a later one supersedes an undelivered earlier one
  std::int64_t rank =
      0;  // order of the states of one status; a state of lower rank than one already known is never sent
  std::string target;   // for the operator: where it goes ("dev@example.org", "http://host/path"); no secret
  std::string summary;  // for the operator: one line ("mail: build #7 of linux failed")
  std::string note;     // for the operator: what was worked around while wording it; may be empty
  std::string payload;  // whatever send() needs; kept in the ledger, so no secret
  std::vector<PayloadFile> files;    // that belong into the payload, by where; kept until it is settled
  bool skip = false;                 // nothing is to be sent; the ledger keeps the row, and `note` says why
  std::vector<std::string> settled;  // names of the parts (mail: recipients) that earlier attempts settled;
                                     // set by the pipeline before send()
  bool maybe_sent = false;  // an earlier attempt may have arrived without our learning of it (a time-out, a
                            // crash); set by the pipeline before send(). Look first where sending twice shows
};

// The outcome for one part of a delivery (mail: one recipient).
struct Part {
  enum class Outcome { delivered, retry, refused };
  std::string name;
  Outcome outcome = Outcome::delivered;
  std::string answer;
};

// What the other side answered.
struct Receipt {
  std::string answer;  // "201 Created", "250 2.0.0 queued as X"; one line, no secret
  std::vector<Part>
      parts;  // empty: delivered as a whole. Otherwise the outcome of every part tried this time
  std::optional<std::chrono::seconds> pause;  // delivered, and the account has no calls left for so long
};

// A delivery as its target gets to see it, for people. It holds no secret.
struct Shown {
  enum class Form {
    text,
    json,
    mail,  // a message as it is sent (RFC 5322)
  };
  std::string
      how;  // what is done, on one line: "POST https://host/path", "SMTP to host:25, for dev@example.org"
  Form form = Form::text;
  std::string content;
};

class Reporter {
 public:
  virtual ~Reporter() = default;

  virtual Needs needs() const = 0;

  // Words the deliveries of an order; no remote I/O, but callbacks of the configuration may run. An empty
  // result means that there is nobody to tell. A Failure means "try again later"; what can never be worded
  // yields a delivery with a note instead, or an empty result.
  virtual Task<std::vector<Delivery>> compose(const Order& order) = 0;

  // Sends it once. Ends in bounded time whatever the other side does. A Failure is for the whole delivery.
  virtual Task<Receipt> send(const Delivery& delivery) = 0;

  // What send() would do, as far as that is known without asking the other side: `carillon preview`. No I/O.
  virtual Shown show(const Delivery& delivery) const {
    return {"to " + delivery.target, Shown::Form::text, delivery.payload};
  }

  // How many sends may be under way at once.
  virtual std::size_t concurrency() const { return 8; }

  // The account whose rate limit the sends count against ("github https://api.github.com 1f3a..."; no
  // secret): reporters of one account pause together. Empty: this reporter alone.
  virtual std::string account() const { return {}; }

  // Whether it stays connected (chat bots): then the composition root keeps run() going, and a reload that
  // did not change its arguments keeps this object.
  virtual bool resident() const { return false; }

  // Stays connected until cancelled; reconnects by itself, never returns early and never throws anything
  // else. send() may be called before, meanwhile and afterwards: it answers with a Failure while there is no
  // connection.
  virtual asio::awaitable<void> run() { co_return; }

  // back: to be called, within run(), when a service that could not be reached answers again: what waits for
  // it goes out then, not after its own backoff. Set by the pipeline before run().
  virtual void when_back(std::function<void()> /*back*/) {}

  // The subscriber list that replaces the configured rule at run time; null if the rule alone decides.
  virtual std::shared_ptr<const rule::Audience> audience() const { return nullptr; }

  // Whether the deliveries of a lane are better sent as one, by digest(), judging by the first of them.
  // created: when that was composed.
  virtual bool overdue(const Delivery&, Millis /*created*/, Millis /*now*/) const { return false; }

  // One delivery instead of these of one lane, in order: it is sent in their place, and all of them end as it
  // does. Its key and lane do not matter. nullopt: they go out one by one.
  virtual std::optional<Delivery> digest(const std::vector<Delivery>&) const { return std::nullopt; }

  // The longest pause that the service may ask for without being asked once in between; more than an hour
  // only where it documents longer ones.
  virtual Millis longest_pause() const { return Millis{longest_asked_pause.count()} * 1000; }

  // After how long a delivery that nobody accepts becomes a dead letter.
  virtual Millis give_up_after() const { return Millis{3} * 24 * 3600 * 1000; }
};

}  // namespace carillon::reporter
