// Work that is kept in order within a lane while different lanes go side by side. Pure: no I/O, no clock of
// its own. Used for wording, for sending, and wherever people talk with a bot.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace carillon {

// What tells two items apart, and which came first: overload it for other items.
inline std::int64_t lane_id(std::int64_t item) {
  return item;
}

// Every lane is in one of four states: empty (forgotten), ready, resting (until a time) or busy (its first
// item is under way). Item: cheap to move; lane_id() of it is unique.
template <class Item>
class Lanes {
 public:
  // Appends to its lane; it may be begun at `due`. An item that is there already only becomes due earlier.
  // False: it was there already.
  bool add(const std::string& name, Item item, Millis due, Millis now) {
    const std::int64_t id = lane_id(item);
    Lane& lane = lanes_[name];
    const std::size_t before = ids_.size();
    // Nearly always the largest.
    ids_.insert(ids_.end(), id);
    const bool is_new = ids_.size() > before;
    if (is_new) lane.items.push_back(std::move(item));
    if (lane.busy) return is_new;
    const bool is_first = lane_id(lane.items.front()) == id;
    if (is_new && !is_first) return is_new;  // waits for its turn
    if (due <= now) {
      if (is_new || (is_first && lane.rest_until > now)) {
        unrest(name, lane);
        make_ready(name, lane);
      }
    } else if (is_new) {
      rest(name, lane, due);
    }
    return is_new;
  }

  // The next lane whose first item may be begun, now busy; nullopt when none is due.
  std::optional<std::string> next(Millis now) {
    while (!resting_.empty() && resting_.begin()->first <= now) {
      const std::string name = resting_.begin()->second;
      Lane& lane = lanes_.at(name);
      unrest(name, lane);
      make_ready(name, lane);
    }
    if (ready_.empty()) return std::nullopt;
    std::string name = std::move(ready_.front());
    ready_.pop_front();
    lanes_.at(name).busy = true;
    return name;
  }

  // The lane is there. The reference holds until the lane is next changed.
  const Item& first(const std::string& name) const { return lanes_.at(name).items.front(); }
  // The first `most` items of a lane, in order.
  std::vector<Item> first(const std::string& name, std::size_t most) const {
    return lanes_.at(name).items.first(most);
  }

  // The first items of a busy lane are done with: they leave.
  void settled(const std::string& name, std::size_t count = 1) {
    const auto at = lanes_.find(name);
    Lane& lane = at->second;
    for (; count > 0; --count) {
      ids_.erase(lane_id(lane.items.front()));
      lane.items.pop_front();
    }
    lane.busy = false;
    lane.silent = false;
    if (lane.items.empty()) {
      lanes_.erase(at);
    } else {
      make_ready(name, lane);
    }
  }

  // The first item of a busy lane stays and is due then. silent: because the other side did not answer.
  void postponed(const std::string& name, Millis due, bool silent, Millis now) {
    Lane& lane = lanes_.at(name);
    lane.busy = false;
    lane.silent = silent;
    if (due <= now) {
      make_ready(name, lane);
    } else {
      rest(name, lane, due);
    }
  }

  // The other side answers again: lanes that rest because of its silence are ready.
  void silence_is_over() {
    std::vector<std::string> names;
    for (const auto& [until, name] : resting_) {
      if (lanes_.at(name).silent) names.push_back(name);
    }
    for (const std::string& name : names) {
      Lane& lane = lanes_.at(name);
      unrest(name, lane);
      make_ready(name, lane);
    }
  }

  // The clock was put back: resting lanes are due earlier by as much.
  void put_back(Millis by) {
    std::multimap<Millis, std::string> earlier;
    for (auto& [until, name] : resting_) {
      // 0 is "ready".
      const Millis at = std::max<Millis>(until - by, 1);
      lanes_.at(name).rest_until = at;
      earlier.emplace(at, std::move(name));
    }
    resting_ = std::move(earlier);
  }

  // When the first resting lane is due.
  std::optional<Millis> wake_at() const {
    if (resting_.empty()) return std::nullopt;
    return resting_.begin()->first;
  }

  // Whether it has any item.
  bool has(const std::string& name) const { return lanes_.contains(name); }
  // Items in all lanes, those under way included.
  std::size_t size() const { return ids_.size(); }
  // The smallest id; found at once, however many there are.
  std::optional<std::int64_t> oldest() const {
    return ids_.empty() ? std::nullopt : std::optional(*ids_.begin());
  }

 private:
  // In order. Most lanes hold one: a deque would be a hundred times as large.
  class Items {
   public:
    void push_back(Item item) { items_.push_back(std::move(item)); }
    void pop_front() {
      items_[gone_] = Item();
      ++gone_;
      if (gone_ * 2 < items_.size()) return;
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(gone_));
      gone_ = 0;
    }
    const Item& front() const { return items_[gone_]; }
    bool empty() const { return gone_ == items_.size(); }
    std::vector<Item> first(std::size_t most) const {
      const auto begin = items_.begin() + static_cast<std::ptrdiff_t>(gone_);
      return {begin, begin + static_cast<std::ptrdiff_t>(std::min(most, items_.size() - gone_))};
    }

   private:
    std::vector<Item> items_;
    // At the front.
    std::size_t gone_ = 0;
  };
  struct Lane {
    Items items;
    bool busy = false;
    bool silent = false;
    // 0: ready.
    Millis rest_until = 0;
  };

  void make_ready(const std::string& name, Lane& lane) {
    lane.rest_until = 0;
    lane.silent = false;
    ready_.push_back(name);
  }
  void rest(const std::string& name, Lane& lane, Millis until) {
    lane.rest_until = until;
    resting_.emplace(until, name);
  }
  void unrest(const std::string& name, Lane& lane) {
    if (lane.rest_until == 0) return;
    const auto [first, last] = resting_.equal_range(lane.rest_until);
    const auto at = std::find_if(first, last, [&](const auto& entry) { return entry.second == name; });
    if (at != last) resting_.erase(at);
    lane.rest_until = 0;
  }

  std::unordered_map<std::string, Lane> lanes_;
  // Of every item in a lane.
  std::set<std::int64_t> ids_;
  std::deque<std::string> ready_;
  std::multimap<Millis, std::string> resting_;
};

}  // namespace carillon
