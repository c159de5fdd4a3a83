// One of several nodes: how it stands by, takes over, and gives away.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "server/metrics_page.hpp"
#include "server/node.hpp"
#include "server/running_server.hpp"

namespace carillon::server {
namespace {

constexpr std::size_t most_relayed = std::size_t{64} << 20U;  // the largest body that any route takes
constexpr std::chrono::milliseconds lease_look{100};
constexpr std::chrono::seconds manager_look{1};

std::string text_of_holder(const std::string& holder) {
  return holder + " has the database, and is no node: give it a lease, too, or stop it";
}

}  // namespace

void Server::count_lives_before() {
  takeovers_.of({}).add(beginning_.counts().takeovers);
  fenced_.of({}).add(beginning_.counts().fenced);
}

void Server::begin_anew() {
  beginning_.again({.takeovers = takeovers_.of({}).value(), .fenced = fenced_.of({}).value()});
}

bool Server::stand_by() {
  for (auto* counted : {&takeovers_, &fenced_})  // at 0 from the start: what comes is seen as a change
    counted->of({});
  candidate_ = store::stand_by(database_,
                               node_facts(waiting_->configuration, web_ ? web_->port() : -1,
                                          lock_->held() ? database_.beside() + ".lock" : ""),
                               [this] { asio::post(io_, [this] { look_at_nodes(); }); });
  relay_.emplace(io_.get_executor(), [this] { return serving_node(); }, most_relayed);
  router_.keep("GET", "/metrics", {[this](const web::Request&) -> asio::awaitable<web::Response> {
                 web::Response response;
                 response.content_type = "text/plain; version=0.0.4; charset=utf-8";
                 response.body = metrics_of_standby();
                 co_return response;
               }});
  router_.pass_on(std::make_shared<web::Route>(relay_->route()), {"/health", "/metrics", "/ready"});
  open_control();
  asio::co_spawn(io_, handle_signals(), or_end);
  asio::co_spawn(io_, tell_manager_while_it_waits(), or_end);
  look_at_nodes();
  if (!candidate_->seen().elected) manager_.ready();
  while (!candidate_->seen().elected && !left_)
    io_.run_one();
  if (left_) {
    control_->stop();
    lock_.reset();
    log_.info("carillon", "stopped");
    return false;
  }
  look_at_nodes();  // what was learnt with the election
  takeovers_.of({}).add();
  log_.info("cluster", "this node serves");
  manager_.status("this node serves");
  return true;
}

asio::awaitable<void> Server::tell_manager_while_it_waits() {
  while (!store_ && !left_) {
    if (manager_.watches()) manager_.alive();
    co_await sleep_for(manager_look);
  }
}

void Server::look_at_nodes() {
  if (store_) return;
  const store::Candidate::Seen seen = candidate_->seen();
  if (!seen.password.empty()) {
    redactor_.add(seen.password);
    if (web_) web_->believe_nodes(seen.password);
  }
  const store::Node* serving = store::serving_of(seen.nodes);
  std::string told;
  if (!seen.holder.empty()) {
    told = "this node stands by, and no node serves: " + text_of_holder(seen.holder);
  } else if (seen.trouble) {
    told = "this node stands by, and does not know who serves: " + *seen.trouble;
  } else if (serving != nullptr && serving->id != seen.self) {
    told = "this node stands by: " + shown(*serving) + " serves";
  }
  if (seen.elected || told.empty() || told == told_of_nodes_) return;
  told_of_nodes_ = told;
  if (seen.trouble || !seen.holder.empty()) {
    log_.warning("cluster", told);
  } else {
    log_.info("cluster", told);
  }
  manager_.status(told);
}

std::optional<web::RelayTarget> Server::serving_node() const {
  const store::Candidate::Seen seen = candidate_->seen();
  const store::Node* serving = store::serving_of(seen.nodes);
  if (serving == nullptr || seen.trouble) return std::nullopt;
  return web::RelayTarget{serving->url, seen.password, serving->id};
}

std::optional<std::string> Server::trouble_of_standby() const {
  const store::Candidate::Seen seen = candidate_->seen();
  if (seen.trouble) return "store: " + *seen.trouble;
  if (!seen.holder.empty()) return "no node serves: " + text_of_holder(seen.holder);
  const store::Node* serving = store::serving_of(seen.nodes);
  if (serving == nullptr) return "no node serves";
  if (serving->silent > serving->lease.count()) return "no node serves: " + shown(*serving) + " is silent";
  if (auto trouble = relay_->trouble()) return trouble;
  return std::nullopt;
}

std::string Server::metrics_of_standby() const {
  metrics::Page page([this](std::string_view text) { return redactor_(text); });
  registry_.write(page);
  const store::Candidate::Seen seen = candidate_->seen();
  write_node(page, seen.nodes, seen.self, store::LeaseTime(0));
  write_process(page, started_);
  return page.text();
}

std::vector<store::Node> Server::nodes() const {
  if (store_ && store_->lease() != nullptr) return store_->lease()->nodes();
  return candidate_ ? candidate_->seen().nodes : std::vector<store::Node>();
}

bool Server::has_successor() const {
  const store::Lease& lease = *store_->lease();
  return std::ranges::any_of(lease.nodes(), [&](const store::Node& node) {
    return node.id != lease.self() && node.state == store::NodeState::standby && !node.drained &&
           lease.lives(node);
  });
}

// Sending ends with the lease by itself (Store::may_act). What else talks with the world, bots above all,
// ends where another node may do it meanwhile.
asio::awaitable<void> Server::watch_lease() {
  bool warned = false;
  while (!stopping_) {
    co_await sleep_for(lease_look);
    const store::Lease& lease = *store_->lease();
    const store::LeaseTime over = store::lease_now() - lease.until();
    const store::Node* self = store::node_of(lease.nodes(), lease.self());
    if (over > store::LeaseTime(0) && !std::exchange(warned, true)) {
      log_.warning("cluster",
                   "the database has not answered for the lease's time: nothing is sent until it does");
    }
    if (over < store::LeaseTime(0) && std::exchange(warned, false))
      log_.info("cluster", "this node still serves");
    if (self == nullptr || stopping_) continue;
    if (over > self->lease && has_successor()) {
      log_.error("cluster", "another node may serve by now: this one begins anew, and stands by");
      fenced_.of({}).add();
      begin_anew();
    }
    if (self->drained && over < store::LeaseTime(0) && has_successor()) {
      log_.info("cluster", "this node is drained: it gives away what it has");
      again_ = true;
      co_await shut_down();
    }
  }
}

}  // namespace carillon::server
