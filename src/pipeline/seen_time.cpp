#include "pipeline/seen_time.hpp"

#include <algorithm>

namespace carillon::pipeline {
namespace {

constexpr std::size_t kept_jumps = 200;

}  // namespace

void SeenTime::jumped(Millis now, Millis by) {
  if (by == 0) return;
  jumps_.push_back({now, by});
  if (jumps_.size() <= kept_jumps) return;
  jumps_[1].by += jumps_[0].by;  // for what is older than both nothing changes
  jumps_.erase(jumps_.begin());
}

// Between two jumps the clock goes from `at` of the one to `at - by` of the other. Where it showed a time
// more than once, the last time is meant: nothing is given up too early.
Millis SeenTime::since(Millis then, Millis now) const {
  Millis unseen = 0;
  Millis end = now;
  for (auto jump = jumps_.rbegin(); jump != jumps_.rend(); ++jump) {
    if (jump->at <= then && then <= end) break;
    unseen += jump->by;
    end = jump->at - jump->by;
  }
  return std::max<Millis>(now - then - unseen, 0);
}

json::value SeenTime::record(Millis now) const {
  json::array jumps;
  for (const Jump& jump : jumps_)
    jumps.push_back(json::array{jump.at, jump.by});
  return json::object{{"seen", now}, {"jumps", std::move(jumps)}};
}

std::optional<Millis> SeenTime::last_look(const json::value& record) {
  const json::object* object = record.if_object();
  return object == nullptr ? std::nullopt : integer_at(*object, "seen");
}

SeenTime SeenTime::from_record(const json::value& record, Millis now) {
  SeenTime time;
  const json::object* object = record.if_object();
  if (object == nullptr) return time;
  if (const json::array* jumps = array_at(*object, "jumps")) {
    for (const json::value& item : *jumps) {
      const json::array* pair = item.if_array();
      if (pair == nullptr || pair->size() != 2 || !pair->front().is_int64() || !pair->back().is_int64())
        continue;
      time.jumped(pair->front().get_int64(), pair->back().get_int64());
    }
  }
  if (const auto seen = last_look(record)) time.jumped(now, now - *seen);
  return time;
}

}  // namespace carillon::pipeline
