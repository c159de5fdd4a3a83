#include "pipeline/reporter_queue.hpp"

#include <algorithm>
#include <vector>

namespace carillon::pipeline {

void Queues::add(const std::string& name, RowId row, Millis next_at, Millis now) {
  Lane& lane = lanes_[name];
  const std::size_t before = rows_.size();
  rows_.insert(rows_.end(), row);  // nearly always the largest
  const bool is_new = rows_.size() > before;
  if (is_new) lane.rows.push_back(row);
  if (lane.busy) return;
  const bool is_first = lane.rows.front() == row;
  if (is_new && !is_first) return;  // waits for its turn
  if (next_at <= now) {
    if (is_new || (is_first && lane.rest_until > now)) {
      unrest(name, lane);
      make_ready(name, lane);
    }
  } else if (is_new) {
    rest(name, lane, next_at);
  }
}

std::optional<std::string> Queues::next(Millis now) {
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

RowId Queues::first(const std::string& name) const {
  return lanes_.at(name).rows.front();
}

std::vector<RowId> Queues::first(const std::string& name, std::size_t most) const {
  return lanes_.at(name).rows.first(most);
}

void Queues::settled(const std::string& name, std::size_t count) {
  Lane& lane = lanes_.at(name);
  for (; count > 0; --count) {
    rows_.erase(lane.rows.front());
    lane.rows.pop_front();
  }
  lane.busy = false;
  lane.silent = false;
  if (lane.rows.empty()) {
    lanes_.erase(name);
  } else {
    make_ready(name, lane);
  }
}

void Queues::postponed(const std::string& name, Millis next_at, bool silent, Millis now) {
  Lane& lane = lanes_.at(name);
  lane.busy = false;
  lane.silent = silent;
  if (next_at <= now) {
    make_ready(name, lane);
  } else {
    rest(name, lane, next_at);
  }
}

void Queues::target_is_back() {
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

std::optional<RowId> Queues::oldest() const {
  return rows_.empty() ? std::nullopt : std::optional(*rows_.begin());
}

void Queues::put_back(Millis by) {
  std::multimap<Millis, std::string> earlier;
  for (auto& [until, name] : resting_) {
    const Millis at = std::max<Millis>(until - by, 1);  // 0 is "ready"
    lanes_.at(name).rest_until = at;
    earlier.emplace(at, std::move(name));
  }
  resting_ = std::move(earlier);
}

std::optional<Millis> Queues::wake_at() const {
  if (resting_.empty()) return std::nullopt;
  return resting_.begin()->first;
}

void Queues::make_ready(const std::string& name, Lane& lane) {
  lane.rest_until = 0;
  lane.silent = false;
  ready_.push_back(name);
}

void Queues::rest(const std::string& name, Lane& lane, Millis until) {
  lane.rest_until = until;
  resting_.emplace(until, name);
}

void Queues::unrest(const std::string& name, Lane& lane) {
  if (lane.rest_until == 0) return;
  const auto [first, last] = resting_.equal_range(lane.rest_until);
  const auto at = std::find_if(first, last, [&](const auto& entry) { return entry.second == name; });
  if (at != last) resting_.erase(at);
  lane.rest_until = 0;
}

}  // namespace carillon::pipeline
