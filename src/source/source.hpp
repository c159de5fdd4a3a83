// Where builds come from, and where they go.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.hpp"
#include "model/event.hpp"
#include "source/link_state.hpp"
#include "web/message.hpp"

namespace carillon::source {

// Where a source puts what it heard. Implemented by pipeline/intake.
class Sink {
 public:
  virtual ~Sink() = default;

  struct Accepted {
    // One per event, in order.
    std::vector<bool> duplicate;
  };

  // Decides and stores; the events are durable when it returns. What the source knows to be no news - a build
  // that ended long ago - it hands over with Event::untold: it is known then, and nobody is told. A start
  // that comes after its end is treated so by itself. `cursor` (any JSON; null: unchanged) replaces this
  // source's cursor in the same transaction. Failure: nothing was stored (throttled when the store is behind
  // or the disk is full: try again after retry_after).
  virtual Task<Accepted> accept(std::string_view source, std::vector<Event> events, json::value cursor) = 0;

  // Whether any reporter may be interested in such events. A source need not announce (or look for) others.
  virtual bool wants(EventKind) const { return true; }

  // What was stored last as this source's cursor; null when it never was.
  virtual Task<json::value> cursor(std::string_view source) = 0;
};

// "builders/2/builds/7", which the data API and the pages of a Buildbot have in common.
std::string build_path(std::int64_t builderid, std::int64_t number);

// What a source can be asked: builds, steps, logs, changes, as Buildbot's data API has them. Optional.
class Queries {
 public:
  virtual ~Queries() = default;

  // GET of a path ("builders", "builds/7/steps", "builders/3/builds?limit=1"), as the JSON document that
  // Buildbot's REST answers ({"steps": [...], "meta": ...}). Failure: rejected for what does not exist or
  // what this kind of source cannot answer.
  virtual Task<json::value> get(std::string path) = 0;

  // The same; nullopt: the document is larger than so many bytes of text, and was not read.
  virtual Task<std::optional<json::value>> get_up_to(std::string path, std::size_t max_bytes);

  // Whether it knows more of a build than what its events brought along: else nobody need ask for details.
  virtual bool knows_more() const { return true; }
};

// What a source can be told to do. Optional.
class Commands {
 public:
  virtual ~Commands() = default;

  // A control call of the data API: ("builds/7", "stop", {"reason": ...}), ("forceschedulers/NAME", "force",
  // {"builderid": ..., ...}). Yields what the source answered. Failure: rejected, when it refuses; the text
  // says why, fit for the person who asked ("reason: required; branch: ...").
  virtual Task<json::value> control(std::string path, std::string method, json::object params) = 0;

  // The shutdown of the source's own process.
  enum class Shutdown {
    check,  // running, or shutting down?
    start,  // when the running builds have ended
    stop,   // not, after all
    now,
  };
  // Whether that can be done now, as far as one knows without trying: what can not is not offered.
  virtual bool can_shut_down(Shutdown) const { return false; }
  // Yields a sentence for the person who asked. Failure: as control(), also where it is not configured.
  virtual Task<std::string> shutdown(Shutdown what) = 0;
};

// A path of the web server that a source answers.
struct Endpoint {
  std::string method;
  std::string path;
  web::Route route;
};

// Where builds come from. It has a connection to keep (run()), routes to serve (endpoints()), or both.
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

  // Null: it cannot be asked, or takes no commands. They live as long as the source.
  virtual Queries* queries() { return nullptr; }
  virtual Commands* commands() { return nullptr; }

  // Of its connection; nullopt: it has none, builds are brought to it.
  virtual std::optional<LinkState> link_state() const { return std::nullopt; }

  // A path that it shares with others of its kind, so that the token alone says which of them is meant; "":
  // none.
  virtual std::string_view shared_path() const { return {}; }

  // For people who set it up, one line each: the address to enter at the CI, and what to tick there; what is
  // missing. base: of the web server as the world sees it, ends in '/'. For `carillon check`.
  virtual std::vector<std::string> setup(const std::string& base) const;
  // What a person may not have meant, likewise.
  virtual std::vector<std::string> warnings() const { return {}; }
  // Of hooks: when the last delivery was taken; nullopt: none yet, or it has none.
  virtual std::optional<Millis> heard_at() const { return std::nullopt; }
  // Likewise the one that was refused last, since the start.
  virtual std::optional<Refused> refused() const { return std::nullopt; }
  // Requests that are left of its account at the CI's API, as far as it says.
  virtual std::optional<std::int64_t> quota_left() const { return std::nullopt; }

  // What a delivery to its hook would become, if it were heard now: events, and remarks for people. Nothing
  // is stored; who sent it is not asked. Failure (rejected): what is wrong with it, or that there is no hook.
  struct Previewed {
    std::vector<Event> events;
    std::vector<std::string> remarks;
  };
  virtual Task<Previewed> preview(std::shared_ptr<const web::Request> delivery, Millis now) const;

  // Routes to serve while the source is observed. The sink outlives them, and each handler that is under way
  // keeps the source alive.
  virtual std::vector<Endpoint> endpoints(Sink&) { return {}; }

  // Observes until cancelled; reconnects by itself and never returns early. Without a connection: it waits.
  virtual asio::awaitable<void> run(Sink& sink);

  // The same as with queries() and commands(); Failure: rejected, where the source has none.
  Task<json::value> ask(std::string path);
  Task<json::value> command(std::string path, std::string method, json::object params);
  bool may_shut_down(Commands::Shutdown what);
  Task<std::string> shut_down(Commands::Shutdown what);
  // As ask(), of what the events of a build did not bring along.
  Task<json::value> ask_more(std::string path);
  Task<std::optional<json::value>> ask_more_up_to(std::string path, std::size_t max_bytes);
};

}  // namespace carillon::source
