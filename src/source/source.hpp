// A build master that Carillon observes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.hpp"
#include "model/event.hpp"

namespace carillon::source {

// Where a master puts what it heard. Implemented by pipeline/intake.
class Sink {
 public:
  virtual ~Sink() = default;

  struct Accepted {
    std::vector<bool> duplicate;  // one per event, in order
  };

  // Decides and stores; the events are durable when it returns. `cursor` (any JSON; null: unchanged) replaces
  // this master's cursor in the same transaction. Failure: nothing was stored (throttled when the store is
  // behind or the disk is full: try again after retry_after).
  virtual Task<Accepted> accept(std::string_view master, std::vector<Event> events, json::value cursor) = 0;

  // Whether any reporter may be interested in such events. A master need not announce (or look for) others.
  virtual bool wants(EventKind) const { return true; }

  // What was stored last as this master's cursor; null when it never was.
  virtual Task<json::value> cursor(std::string_view master) = 0;
};

// "builders/2/builds/7", which the data API and the pages of a master have in common.
std::string build_path(std::int64_t builderid, std::int64_t number);

class Source {
 public:
  virtual ~Source() = default;

  virtual const std::string& name() const = 0;

  // Base URL for links to its builds, ends in '/'.
  virtual const std::string& url() const = 0;

  // The address of a page in its web interface: "builders/2/builds/7", "buildrequests/3". Right for its
  // version once that is known, from the first connection or learn_pages() on.
  virtual std::string page(std::string_view path) const;
  std::string build_page(std::int64_t builderid, std::int64_t number) const;

  // Asks for what page() must know, where run() does not run. Never fails.
  virtual asio::awaitable<void> learn_pages();

  // The data API: GET of a path ("builders", "builds/7/steps", "builders/3/builds?limit=1"), as the JSON
  // document that Buildbot's REST answers ({"steps": [...], "meta": ...}). Failure: rejected for what does
  // not exist or what this kind of master cannot answer.
  virtual Task<json::value> get(std::string path) = 0;

  // The same; nullopt: the document is larger than so many bytes of text, and was not read.
  virtual Task<std::optional<json::value>> get_up_to(std::string path, std::size_t max_bytes);

  // Whether control() can do anything with this kind of master.
  virtual bool takes_commands() const { return false; }

  // A control call of the data API: ("builds/7", "stop", {"reason": ...}), ("forceschedulers/NAME", "force",
  // {"builderid": ..., ...}). Yields what the master answered. Failure: rejected, when the master refuses;
  // the text says why, fit for the person who asked ("reason: required; branch: ..."), and when this kind of
  // master takes no commands.
  virtual Task<json::value> control(std::string path, std::string method, json::object params);

  // The shutdown of the master's own process.
  enum class Shutdown {
    check,  // running, or shutting down?
    start,  // when the running builds have ended
    stop,   // not, after all
    now,
  };
  // Whether that can be done now, as far as one knows without trying: what can not is not offered.
  virtual bool can_shut_down(Shutdown) const { return false; }
  // Yields a sentence for the person who asked. Failure: as control(), also where it is not configured.
  virtual Task<std::string> shutdown(Shutdown what);

  // Observes until cancelled; reconnects by itself and never returns early.
  virtual asio::awaitable<void> run(Sink& sink) = 0;
};

}  // namespace carillon::source
