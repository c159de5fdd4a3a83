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
#include "message/formatter.hpp"
#include "model/delivery.hpp"
#include "model/event.hpp"
#include "model/receipt.hpp"
#include "reporter/builds.hpp"
#include "reporter/log_file.hpp"

namespace carillon::reporter {

// What must be fetched from the master before compose().
struct Needs {
  bool properties = true;
  bool steps = false;
  // Contents of all logs, each capped, for wording; implies steps.
  bool logs = false;
  // Logs that are sent as they are; implies steps.
  SentLogs sent;
  bool previous_build = false;
  // For the responsible users.
  bool changes = false;
};

// An event that the rules chose for this reporter, complemented as needs() asks.
struct Details {
  EventKind kind = EventKind::build_finished;
  // Stable name of the event (event/event.hpp: id_of); make keys from it.
  std::string event_id;
  std::string source;
  // When the event happened, as far as known; else when it was heard.
  Millis at = 0;
  // One; for buildset_complete those of the set that the rules chose, in order; for request_waiting and
  // request_ended the request in a build's shape.
  Builds builds;
  // For buildset_complete.
  json::object buildset;
  // For worker_missing and worker_back.
  json::object worker;
  // Of needs().sent, by `logid`: those that are too long to stand in the build.
  std::map<std::int64_t, LogFile> logs;
  // What could not be fetched.
  std::vector<std::string> notes;
  // What a generator of the configuration made of it: `body`, `type`, `subject` (generated.hpp); it takes the
  // place of the reporter's words.
  std::optional<json::object> report;
  // The configuration's code is not called for it: the process ended when it was.
  bool plain = false;
};

// A delivery as its target gets to see it, for people. It holds no secret.
struct Shown {
  enum class Form {
    text,
    json,
    mail,  // a message as it is sent (RFC 5322)
  };
  // What is done, on one line: "POST https://host/path", "SMTP to host:25, for dev@example.org".
  std::string how;
  Form form = Form::text;
  std::string content;
};

class Reporter {
 public:
  virtual ~Reporter() = default;

  virtual Needs needs() const = 0;

  // Words the deliveries of a report; no remote I/O, but callbacks of the configuration may run. An empty
  // result means that there is nobody to tell. A Failure means "try again later"; what can never be worded
  // yields a delivery with a note instead, or an empty result.
  virtual Task<std::vector<Delivery>> compose(const Details& details) = 0;

  // Sends it once. Ends in bounded time whatever the other side does. A Failure is for the whole delivery.
  virtual Task<Receipt> send(const Delivery& delivery) = 0;

  // Whether it tells programs of states (a status on a forge, an HTTP post) rather than people of news: what
  // is not said there leaves a wrong state, so a silence holds it back only where it says so.
  virtual bool tells_programs() const { return false; }

  // Whether compose() makes one message of several builds, of `report` alone (Details::report with the kind
  // buildset_complete): it can say what a silence held back.
  virtual bool sums_up() const { return false; }

  // Who is told by a delivery, where it may be held back from some of them: recipients of a mail; else its
  // target.
  virtual std::vector<std::string> told_by(const Delivery& delivery) const { return {delivery.target}; }
  // The same delivery for these of told_by() alone; they are some of them, and not all.
  virtual Delivery only_for(Delivery delivery, const std::vector<std::string>& /*told*/) const {
    return delivery;
  }

  // What send() would do, as far as that is known without asking the other side: `carillon preview`. No I/O.
  virtual Shown show(const Delivery& delivery) const {
    return {"to " + delivery.target, Shown::Form::text, delivery.payload};
  }

  // How many sends may be under way at once. With 8 or more, up to four times as many deliveries are in
  // flight: sent, and not noted by the store yet.
  virtual std::size_t concurrency() const { return 8; }

  // The account whose rate limit the sends count against ("github https://api.github.com 1f3a..."; no
  // secret): reporters of one account pause together. Empty: this reporter alone.
  virtual std::string account() const { return {}; }

  // back: to be called when a service that could not be reached answers again, by reporters that notice it by
  // themselves: what waits for it goes out then, not after its own backoff.
  virtual void when_back(std::function<void()> /*back*/) {}

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
