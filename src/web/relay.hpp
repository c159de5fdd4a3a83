// Requests that another node has to answer.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "web/message.hpp"

namespace carillon::web {

// Where to: a base URL ("http://10.0.0.2:8020/"), and what nodes show one another (relayed.hpp).
struct RelayTarget {
  std::string url;
  std::string password;
  // The life of the node: what it has not answered when another one serves is asked of that one.
  std::int64_t node = 0;
};

class RelayedExchange;

// Passes requests on, answers back, piece by piece where they come so. Where nobody can be reached the
// request waits for a while: another node may be about to take over. A request that may have arrived is
// repeated only where that does no harm: GET, and posts of builds, which are known again by what they tell.
class Relay {
 public:
  // target: asked for each try; nullopt: nobody serves. most_body: bytes of a request.
  Relay(asio::any_io_executor io, std::function<std::optional<RelayTarget>()> target, std::size_t most_body,
        std::chrono::milliseconds patience = std::chrono::seconds(8));

  // As long as the relay.
  Route route();
  // What keeps it from reaching the node that serves, if it tried in the last seconds.
  std::optional<std::string> trouble() const;

 private:
  asio::awaitable<Response> pass_on(Request request);
  asio::awaitable<void> watch(std::weak_ptr<RelayedExchange> exchange, std::int64_t node);
  void note_trouble(const RelayTarget& target, const std::string& why);
  Response nobody_serves() const;

  asio::any_io_executor io_;
  std::function<std::optional<RelayTarget>()> target_;
  std::size_t most_body_;
  std::chrono::milliseconds patience_;
  std::string trouble_;
  std::chrono::steady_clock::time_point troubled_at_;
};
}  // namespace carillon::web
