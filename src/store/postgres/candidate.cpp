#include "store/postgres/candidate.hpp"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace carillon::store::postgres {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds between_looks{25};
constexpr milliseconds after_trouble{250};
constexpr milliseconds between_inspections{1000};
constexpr milliseconds longest_farewell{2000};

// What people would see a difference in.
bool differ(const Candidate::Seen& a, const Candidate::Seen& b) {
  const auto same = [](const Node& one, const Node& other) {
    return one.id == other.id && one.state == other.state && one.drained == other.drained;
  };
  return a.self != b.self || a.trouble != b.trouble || a.holder != b.holder || a.elected != b.elected ||
         !std::ranges::equal(a.nodes, b.nodes, same);
}

}  // namespace

PostgresCandidate::PostgresCandidate(Place place, NodeFacts facts, std::function<void()> changed)
    : place_(std::move(place)), facts_(std::move(facts)), changed_(std::move(changed)) {
  try {
    look();
  } catch (const PgError& error) {
    // A database that is away may come. What it says of itself stays so.
    if (error.kind() == PgError::Kind::other) throw;
    set_trouble(error.what());
  }
  thread_ = std::thread([this] { loop(); });
  pthread_setname_np(thread_.native_handle(), "standby");
}

PostgresCandidate::~PostgresCandidate() {
  leave();
}

Candidate::Seen PostgresCandidate::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

void PostgresCandidate::leave() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(leaving_, true)) return;
  }
  wake_.notify_one();
  thread_.join();
  try {
    if (won_.connection) remove_node(*won_.connection, self_);
    if (!won_.connection && !taken_ && db_ && self_ != 0) remove_node(*db_, self_);
  } catch (const PgError&) {
    // The row has no more beats, and whoever serves takes it away.
    db_.reset();
  }
  won_ = {};
  db_.reset();
}

PostgresCandidate::Won PostgresCandidate::take() {
  const std::lock_guard lock(mutex_);
  if (!won_.connection) throw Error("this node was not elected");
  taken_ = true;
  return std::move(won_);
}

void PostgresCandidate::loop() {
  while (!seen().elected) {  // already before the thread began, perhaps
    milliseconds pause = between_looks;
    bool news = false;
    try {
      news = look();
    } catch (const Error& error) {
      db_.reset();
      const Seen before = seen();
      set_trouble(error.what());
      news = differ(before, seen());
      pause = after_trouble;
    }
    if (news && changed_) changed_();
    if (!rest(pause)) return;
  }
}

bool PostgresCandidate::look() {
  const Seen before = seen();
  if (!db_) {
    db_ = connect_to(place_);
    be_patient(*db_, facts_.lease);
    inspected_.reset();
  }
  // An upgrade changes the tables, but not between any two looks.
  const LeaseTime began = lease_now();
  const bool known = inspected_ && began - *inspected_ < between_inspections;
  Seen now;
  if (!known && !has_nodes(*db_)) {  // nobody can have a row
    try_to_serve();
  } else {
    if (!known) inspected_ = began;
    keep_row();
    now.nodes = read_nodes(*db_);
    now.self = self_;
    now.password = before.password.empty() ? nodes_password(*db_) : before.password;
    pulses_.see(now.nodes, lease_now());
    {
      const std::lock_guard lock(mutex_);
      seen_ = now;
    }
    if (!may_serve(now.nodes)) return differ(before, now);
    try_to_serve();
  }
  return differ(before, seen());
}

// Puts out the one that serves, where its time is over.
bool PostgresCandidate::may_serve(const std::vector<Node>& nodes) {
  const auto lives = [this](const Node& node) { return pulses_.silence(node.id) < node.lease; };
  const Node* serving = serving_of(nodes);
  const bool own = serving != nullptr && !facts_.home.empty() && serving->home == facts_.home;
  if (own) {  // an earlier life
    put_out(*db_, *serving);
    remove_node(*db_, serving->id);
    serving = nullptr;
  }
  const Node* self = node_of(nodes, self_);
  if (self == nullptr) return false;
  const bool others = std::ranges::any_of(nodes, [&](const Node& node) {
    return node.id != self_ && node.state == NodeState::standby && !node.drained && lives(node);
  });
  if (self->drained && others) return false;
  if (serving == nullptr) return true;
  if (lives(*serving)) return false;
  put_out(*db_, *serving);
  return true;
}

void PostgresCandidate::keep_row() {
  const bool due = lease_now() - beaten_ > facts_.lease / beats_of_a_lease;
  if (self_ != 0 && !due) return;
  beaten_ = lease_now();
  if (self_ == 0 || !beat(*db_, self_)) self_ = add_node(*db_, facts_);
}

void PostgresCandidate::try_to_serve() {
  const std::string holder = holder_of(*db_);
  if (holder.empty()) locked_since_ = LeaseTime(0);
  if (!holder.empty() && locked_since_ == LeaseTime(0)) locked_since_ = lease_now();
  if (!holder.empty()) {
    const std::lock_guard lock(mutex_);
    // One that leaves has it for a moment still.
    if (lease_now() - locked_since_ > longest_farewell) seen_.holder = holder;
    return;
  }
  Won won;
  won.at = lease_now();
  won.lease = facts_.lease;
  won.tenure = std::make_shared<Tenure>(place_, facts_);
  won.connection = won.tenure->try_connect(self_);
  const std::lock_guard lock(mutex_);
  seen_.trouble.reset();
  if (!won.connection) return;
  self_ = won.tenure->node();
  if (seen_.password.empty()) seen_.password = nodes_password(*won.connection);
  seen_.nodes = read_nodes(*won.connection);
  seen_.self = self_;
  seen_.elected = true;
  won_ = std::move(won);
}

void PostgresCandidate::set_trouble(std::string why) {
  const std::lock_guard lock(mutex_);
  seen_.trouble = std::move(why);
}

// False: it leaves.
bool PostgresCandidate::rest(milliseconds most) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, most, [this] { return leaving_; });
}

}  // namespace carillon::store::postgres
