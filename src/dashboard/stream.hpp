// GET /api/v1/stream: tells browsers that something has changed, and never what.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dashboard/changes.hpp"
#include "dashboard/site.hpp"

namespace carillon::dashboard {

// What tells that something has changed: only ever compared with what it was before.
struct Signs {
  // Of the store, whoever writes to it.
  std::int64_t stored = 0;
  // Its newest event.
  std::int64_t heard = 0;
  // Which there are, and how they are.
  std::string reporters;
  std::string sources;
  // Of replays: how often they changed.
  std::uint64_t replays = 0;
};

// Server-sent events: `change` with the topics that have changed, at most one per `pause`; `beat` when
// nothing was said for `beat`, and at the beginning where there is nothing else to say. Both have the number
// of the last change as their id; who comes again with an older one (Last-Event-ID) is told at once what has
// changed since.
//
// Nothing is looked at while nobody listens, and whoever writes does nothing for it. Used on the io_context
// thread.
class Stream {
 public:
  struct Limits {
    // At once; beyond that 503 with Retry-After.
    std::size_t streams = 200;
    // Of one person or token, likewise.
    std::size_t streams_of_one = 50;
    std::chrono::milliseconds pause{300};
    std::chrono::milliseconds beat{15'000};
    // Then it ends, and who still may listen comes again.
    std::chrono::milliseconds life{3'600'000};
  };
  // What the signs are now; nullopt: they cannot be read at the moment.
  using Look = std::function<asio::awaitable<std::optional<Signs>>()>;
  // Whether who asked may still listen. A stream ends within a `pause` after that.
  using May = std::function<bool(const Asked&)>;

  // begin: as of Changes.
  Stream(asio::any_io_executor io, Look look, std::uint64_t begin, Limits limits, May may);
  // Ends all streams.
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // The number of the last change, as a page has to know it that is made from now on; what has changed within
  // the last `pause` may be missing, and is told by the stream then.
  asio::awaitable<std::uint64_t> now();
  // All streams end, and none begins.
  void stop();
  std::size_t size() const;

  Place place() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace carillon::dashboard
