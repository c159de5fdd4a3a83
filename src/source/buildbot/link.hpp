// The websocket to a Buildbot master, with what it announced and nobody has taken yet.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "source/buildbot/complaints.hpp"
#include "source/buildbot/ws_protocol.hpp"
#include "transport/websocket.hpp"

namespace carillon::source::buildbot {

// Reads on its own, so that a slow reader of it does not make the master wait; when too much is waiting it
// drops the connection and everything with it, and whoever comes next catches up. Used from the io_context
// thread.
class Link : public std::enable_shared_from_this<Link> {
 public:
  struct Limits {
    // Announcements.
    std::size_t most_waiting = 20'000;
    std::size_t most_bytes_waiting = std::size_t{64} << 20U;
  };

  // Connects and begins to subscribe to the paths. Failure: as websocket::connect. The clock outlives the
  // link and the coroutine that reads (until the io_context has run down after drop()).
  static Task<std::shared_ptr<Link>> open(websocket::Options options, std::vector<std::string> paths,
                                          std::shared_ptr<Complaints> complaints, const Clock& clock,
                                          Limits limits);

  bool subscribed() const { return protocol_.subscribed(); }

  // Whether the connection is gone; what had arrived before can still be taken, but for an overflow.
  bool lost() const { return !why_.empty(); }
  const std::string& why() const { return why_; }

  // The next announcement, in order.
  std::optional<Heard> take();
  bool empty() const { return waiting_.empty(); }

  // Until the subscription is complete or the link is lost. Only one coroutine may be in a wait.
  asio::awaitable<void> wait_subscribed();

  // Until there is something to take, the link is lost, or the time is over.
  asio::awaitable<void> wait(std::chrono::milliseconds at_most);

  // Ends the connection.
  void drop(std::string why);

 private:
  Link(std::unique_ptr<websocket::Connection> connection, std::vector<std::string> paths,
       std::shared_ptr<Complaints> complaints, const Clock& clock, Limits limits,
       const asio::any_io_executor& executor);

  static asio::awaitable<void> read(std::shared_ptr<Link> self);
  asio::awaitable<void> subscribe();
  asio::awaitable<void> rest(std::chrono::milliseconds at_most);
  void act(std::vector<WsProtocol::Action> actions);
  void keep(Heard heard);

  std::unique_ptr<websocket::Connection> connection_;
  WsProtocol protocol_;
  std::shared_ptr<Complaints> complaints_;
  const Clock& clock_;
  Limits limits_;
  asio::steady_timer wake_;
  std::deque<Heard> waiting_;
  std::size_t bytes_waiting_ = 0;
  std::string why_;
};

}  // namespace carillon::source::buildbot
