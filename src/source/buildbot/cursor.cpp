#include "source/buildbot/cursor.hpp"

#include <algorithm>
#include <charconv>

namespace carillon::source::buildbot {
namespace {

// Ids that are skipped may be about to be announced, or do not exist (PostgreSQL leaves gaps of 32).
constexpr std::int64_t widest_gap = 1000;
// Old databases hold buildsets that never complete; those that started last matter.
constexpr std::size_t most_open = 20'000;

void bound(std::set<std::int64_t>& ids) {
  while (ids.size() > most_open)
    ids.erase(ids.begin());
}

json::array to_array(const std::set<std::int64_t>& ids) {
  json::array array;
  array.reserve(ids.size());
  for (const auto id : ids)
    array.emplace_back(id);
  return array;
}

std::set<std::int64_t> ids_at(const json::object& object, std::string_view name) {
  std::set<std::int64_t> ids;
  if (const auto* array = array_at(object, name)) {
    for (const auto& item : *array) {
      if (const auto* id = item.if_int64()) ids.insert(*id);
    }
  }
  return ids;
}

std::optional<std::int64_t> id_from(std::string_view key) {
  std::int64_t id = 0;
  const auto [stop, error] = std::from_chars(key.data(), key.data() + key.size(), id);
  if (error != std::errc() || stop != key.data() + key.size() || id < 0) return std::nullopt;
  return id;
}

bool flag_at(const json::object& object, std::string_view name) {
  const auto* value = find(object, name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

json::object to_object(const WorkerState& worker) {
  json::object object;
  object["connected"] = worker.connected;
  if (worker.away_since != 0) object["away_since"] = worker.away_since;
  if (worker.counted_from != 0) object["counted_from"] = worker.counted_from;
  if (worker.unheard) object["unheard"] = true;
  if (worker.missing) object["missing"] = true;
  if (!worker.outage.empty()) object["outage"] = worker.outage;
  if (!worker.notify.empty()) object["notify"] = worker.notify;
  return object;
}

WorkerState worker_from(const json::object& object) {
  WorkerState worker;
  worker.connected = flag_at(object, "connected");
  worker.away_since = integer_at(object, "away_since").value_or(0);
  worker.counted_from = integer_at(object, "counted_from").value_or(0);
  worker.unheard = flag_at(object, "unheard");
  worker.missing = flag_at(object, "missing");
  worker.outage = std::string(string_at(object, "outage").value_or(""));
  if (const auto* notify = array_at(object, "notify")) worker.notify = *notify;
  return worker;
}

}  // namespace

std::optional<Cursor> Cursor::from_json(const json::value& value) {
  const auto* object = value.if_object();
  if (object == nullptr || integer_at(*object, "version") != 1) return std::nullopt;
  Cursor cursor;
  cursor.epoch = string_at(*object, "epoch").value_or("");
  cursor.build_ = integer_at(*object, "build").value_or(0);
  cursor.build_started_at_ = integer_at(*object, "build_started_at");
  cursor.running_ = ids_at(*object, "running");
  cursor.unannounced_ = ids_at(*object, "unannounced");
  cursor.buildset_ = integer_at(*object, "buildset").value_or(0);
  cursor.incomplete_ = ids_at(*object, "incomplete");
  if (const auto* requests = object_at(*object, "requests")) {
    for (const auto& [key, retried] : *requests) {
      if (const auto id = id_from(key)) cursor.open_requests_[*id] = retried == json::value(true);
    }
  }
  if (const auto* workers = object_at(*object, "workers")) {
    for (const auto& [key, state] : *workers) {
      const auto id = id_from(key);
      if (id && state.is_object()) cursor.workers[*id] = worker_from(state.get_object());
    }
  }
  return cursor;
}

json::value Cursor::to_json() const {
  json::object object;
  object["version"] = 1;
  if (!epoch.empty()) object["epoch"] = epoch;
  object["build"] = build_;
  if (build_started_at_) object["build_started_at"] = *build_started_at_;
  object["running"] = to_array(running_);
  if (!unannounced_.empty()) object["unannounced"] = to_array(unannounced_);
  object["buildset"] = buildset_;
  object["incomplete"] = to_array(incomplete_);
  if (!open_requests_.empty()) {
    json::object requests;
    for (const auto& [id, retried] : open_requests_)
      requests[std::to_string(id)] = retried;
    object["requests"] = std::move(requests);
  }
  json::object states;
  for (const auto& [id, worker] : workers)
    states[std::to_string(id)] = to_object(worker);
  object["workers"] = std::move(states);
  return object;
}

bool Cursor::start_due(std::int64_t build) const {
  return build > build_ || unannounced_.contains(build);
}

bool Cursor::finish_due(std::int64_t build) const {
  return start_due(build) || running_.contains(build);
}

bool Cursor::complete_due(std::int64_t buildset) const {
  return buildset > buildset_ || incomplete_.contains(buildset);
}

void Cursor::raise_build(std::int64_t build, std::optional<std::int64_t> started_at) {
  if (build < build_) return;
  if (build == build_) {
    if (started_at) build_started_at_ = started_at;
    return;
  }
  for (std::int64_t id = std::max(build_ + 1, build - widest_gap); id < build; ++id)
    unannounced_.insert(id);
  build_ = build;
  build_started_at_ = started_at;
}

void Cursor::raise_buildset(std::int64_t buildset) {
  if (buildset <= buildset_) return;
  for (std::int64_t id = std::max(buildset_ + 1, buildset - widest_gap); id < buildset; ++id)
    incomplete_.insert(id);
  buildset_ = buildset;
}

void Cursor::build_seen(std::int64_t build, std::optional<std::int64_t> started_at) {
  if (build > build_) unannounced_.insert(build);
  raise_build(build, started_at);
  bound(unannounced_);
}

void Cursor::build_started(std::int64_t build, std::optional<std::int64_t> started_at) {
  raise_build(build, started_at);
  unannounced_.erase(build);
  running_.insert(build);
  bound(running_);
}

void Cursor::build_finished(std::int64_t build) {
  raise_build(build, std::nullopt);
  unannounced_.erase(build);
  running_.erase(build);
}

void Cursor::buildset_seen(std::int64_t buildset) {
  if (buildset > buildset_) incomplete_.insert(buildset);
  raise_buildset(buildset);
  bound(incomplete_);
}

void Cursor::mark_incomplete(std::int64_t buildset) {
  incomplete_.insert(buildset);
  bound(incomplete_);
}

void Cursor::buildset_complete(std::int64_t buildset) {
  raise_buildset(buildset);
  incomplete_.erase(buildset);
}

void Cursor::begin_at(std::int64_t build, std::optional<std::int64_t> started_at, std::int64_t buildset) {
  running_.clear();
  unannounced_.clear();
  incomplete_.clear();
  open_requests_.clear();
  build_ = build;
  build_started_at_ = started_at;
  buildset_ = buildset;
}

void Cursor::open_request(std::int64_t request, bool retried) {
  open_requests_[request] = retried;
  while (open_requests_.size() > most_open)
    open_requests_.erase(open_requests_.begin());
}

std::vector<std::int64_t> Cursor::open_builds() const {
  std::vector<std::int64_t> ids;
  std::set_union(running_.begin(), running_.end(), unannounced_.begin(), unannounced_.end(),
                 std::back_inserter(ids));
  return ids;
}

std::vector<std::int64_t> Cursor::open_buildsets() const {
  return {incomplete_.begin(), incomplete_.end()};
}

}  // namespace carillon::source::buildbot
