// Names that the system's lookup is not asked for: a test says what they mean, and which of them hang.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "transport/lookups.hpp"

namespace carillon::fakes {

// Goes before the io_context that it was set for, or after it. Lookups that still hang then end.
class Names {
 public:
  Names() : state_(std::make_shared<State>()) {}
  ~Names() { answer(); }
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;

  void use(const asio::any_io_executor& executor, const net::Lookups::Limits& limits = {}) {
    auto ask = [state = state_](const std::string& name) { return state->ask(name); };
    net::Lookups::of(executor).set(ask, limits);
  }

  void means(const std::string& name, const std::vector<std::string>& addresses) {
    net::Found found;
    for (const std::string& one : addresses)
      found.addresses.push_back(asio::ip::make_address(one));
    say(name, found);
  }
  void fails(const std::string& name, const std::string& error, bool for_now) {
    say(name, net::Found{{}, error, for_now});
  }

  // Lookups of it hang until answer().
  void hangs(const std::string& name) {
    const std::lock_guard lock(state_->mutex);
    state_->hanging.insert(name);
  }
  // All that hang end, with what is said of them.
  void answer() {
    const std::lock_guard lock(state_->mutex);
    state_->hanging.clear();
    state_->changed.notify_all();
  }

  // How often it was asked for. All names: how many lookups began.
  int asked(const std::string& name) const {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->asked.find(name);
    return found == state_->asked.end() ? 0 : found->second;
  }
  int asked() const {
    const std::lock_guard lock(state_->mutex);
    int count = 0;
    for (const auto& [name, times] : state_->asked)
      count += times;
    return count;
  }

  // Whether no thread of a lookup is left.
  bool at_rest() const { return state_.use_count() == 1; }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::map<std::string, net::Found> said;
    std::set<std::string> hanging;
    std::map<std::string, int> asked;

    net::Found ask(const std::string& name) {
      std::unique_lock lock(mutex);
      ++asked[name];
      changed.wait(lock, [&] { return !hanging.contains(name); });
      const auto found = said.find(name);
      return found == said.end() ? net::Found{{}, "Name or service not known", false} : found->second;
    }
  };

  void say(const std::string& name, net::Found found) {
    const std::lock_guard lock(state_->mutex);
    state_->said[name] = std::move(found);
  }

  std::shared_ptr<State> state_;
};

}  // namespace carillon::fakes
