// A node that stands by.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "store/postgres/nodes.hpp"
#include "store/postgres/session.hpp"

namespace carillon::store::postgres {

// Looks many times a second who serves. Where nobody does, or the one that does has been silent for the time
// of its lease, it takes the lock.
class PostgresCandidate final : public Candidate {
 public:
  // As stand_by().
  PostgresCandidate(Place place, NodeFacts facts, std::function<void()> changed);
  ~PostgresCandidate() override;
  Seen seen() const override;
  void leave() override;

  // What it won, once.
  struct Won {
    std::shared_ptr<Tenure> tenure;
    std::unique_ptr<Connection> connection;
    // From before it was taken.
    LeaseTime at{0};
    std::chrono::milliseconds lease{0};
  };
  // Throws Error where it was not elected.
  Won take();

 private:
  void loop();
  // Whether anything is new to people.
  bool look();
  // Its own row, with a beat from time to time.
  void keep_row();
  bool may_serve(const std::vector<Node>& nodes);
  void try_to_serve();
  void set_trouble(std::string why);
  bool rest(std::chrono::milliseconds most);

  Place place_;
  NodeFacts facts_;
  std::function<void()> changed_;

  // The thread's.
  std::unique_ptr<Connection> db_;
  std::int64_t self_ = 0;
  LeaseTime beaten_{0};
  // When the version of the tables was looked at last over this connection.
  std::optional<LeaseTime> inspected_;
  // Without a break, by a server that is no node; 0: it is not.
  LeaseTime locked_since_{0};
  Pulses pulses_{std::chrono::milliseconds(500)};

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Seen seen_;
  Won won_;
  bool taken_ = false;
  bool leaving_ = false;
  std::thread thread_;
};

}  // namespace carillon::store::postgres
