// The lease of the node that serves: kept by a beat over the session that has the lock.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/task.hpp"
#include "store/postgres/nodes.hpp"

namespace carillon::store::postgres {

// It holds for the lease's time from before a beat was sent that arrived. The others count from when they saw
// it, so they are never ahead.
class LeaseKeeper final : public Lease, public std::enable_shared_from_this<LeaseKeeper> {
 public:
  struct Told {
    std::vector<Node> nodes;
    std::string risk;
  };
  // What a beat brings; nullopt: this node was put out.
  using Beaten = std::optional<Told>;
  // Carries one out. It is not called after stop().
  using Beat = std::function<Task<Beaten>()>;

  LeaseKeeper(const asio::any_io_executor& io, std::int64_t self, LeaseTime since,
              std::chrono::milliseconds lease, Beat beat);

  // Until stop(). Throws Superseded where it was put out.
  static asio::awaitable<void> run(std::shared_ptr<LeaseKeeper> self);
  void stop();

  LeaseTime until() const override { return until_; }
  const std::vector<Node>& nodes() const override { return nodes_; }
  std::int64_t self() const override { return self_; }
  bool lives(const Node& node) const override {
    return (node.silent >= 0 && node.silent < node.lease.count()) || pulses_.beats(node);
  }
  const std::string& risk() const override { return risk_; }

 private:
  asio::steady_timer timer_;
  std::int64_t self_;
  std::chrono::milliseconds lease_;
  LeaseTime until_;
  Beat beat_;
  std::vector<Node> nodes_;
  Pulses pulses_;
  std::string risk_;
  bool stopped_ = false;
};

// One beat, on the store's thread.
LeaseKeeper::Beaten beat_of(Connection& db, std::int64_t self);

}  // namespace carillon::store::postgres
