// A map by id that forgets its oldest entries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>
#include <utility>

namespace carillon::source::buildbot {

// Keeps entries up to a total cost (bytes, roughly); beyond it those that were put first go first.
template <class T>
class Bounded {
 public:
  explicit Bounded(std::size_t max_cost) : max_cost_(max_cost) {}

  // A new entry, or more of a known one (its cost adds up). The newest entry always stays.
  T& put(std::int64_t id, std::size_t cost) {
    auto found = index_.find(id);
    if (found == index_.end()) {
      entries_.push_back(Entry{id, 0, T{}});
      found = index_.emplace(id, std::prev(entries_.end())).first;
    }
    found->second->cost += cost;
    cost_ += cost;
    while (cost_ > max_cost_ && entries_.size() > 1) {
      // Never the one that is being put.
      const auto oldest = entries_.front().id == id ? std::next(entries_.begin()) : entries_.begin();
      drop(oldest->id);
    }
    return found->second->value;
  }

  T* get(std::int64_t id) {
    const auto found = index_.find(id);
    return found == index_.end() ? nullptr : &found->second->value;
  }
  const T* get(std::int64_t id) const { return const_cast<Bounded*>(this)->get(id); }

  void drop(std::int64_t id) {
    const auto found = index_.find(id);
    if (found == index_.end()) return;
    cost_ -= found->second->cost;
    entries_.erase(found->second);
    index_.erase(found);
  }

  void clear() {
    entries_.clear();
    index_.clear();
    cost_ = 0;
  }

  std::size_t size() const { return entries_.size(); }
  std::size_t cost() const { return cost_; }

 private:
  struct Entry {
    std::int64_t id;
    std::size_t cost;
    T value;
  };
  std::list<Entry> entries_;
  std::unordered_map<std::int64_t, typename std::list<Entry>::iterator> index_;
  std::size_t max_cost_;
  std::size_t cost_ = 0;
};

}  // namespace carillon::source::buildbot
