#include "source/buildbot/catch_up.hpp"

#include "model/build.hpp"

#include <algorithm>
#include <set>

namespace carillon::source::buildbot {
namespace {

constexpr std::size_t page = 500;

std::string_view collection(std::string_view path) {
  return path.substr(0, path.find('?'));
}

std::vector<std::int64_t> take_some(std::vector<std::int64_t>& ids) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(ids.size(), ids_at_once));
  std::vector<std::int64_t> some(ids.begin(), ids.begin() + count);
  ids.erase(ids.begin(), ids.begin() + count);
  return some;
}

// Ids are checked before anything else looks at them.
std::int64_t number_of(const json::object& object, std::string_view field) {
  return integer_at(object, field).value_or(0);
}

bool not_empty(const json::object& object, std::string_view name) {
  const auto* array = array_at(object, name);
  return array != nullptr && !array->empty();
}

}  // namespace

std::string any_of(std::string_view field, const std::vector<std::int64_t>& ids) {
  std::string query;
  for (const auto id : ids) {
    if (!query.empty()) query += '&';
    query += field;
    query += '=';
    query += std::to_string(id);
  }
  return query;
}

bool missing_unheard(const WorkerState& worker, Millis now, Millis grace) {
  return !worker.connected && worker.unheard && !worker.missing && worker.away_since != 0 &&
         now - std::max(worker.away_since, worker.counted_from) >= grace;
}

bool is_complete(const json::object& object) {
  const auto* value = object.if_contains("complete");
  return value != nullptr && value->is_bool() && value->get_bool();
}

CatchUp::CatchUp(std::optional<Cursor> known, Millis now, bool was_down)
    : known_(known.has_value()),
      cursor_(known ? std::move(*known) : Cursor()),
      now_(now),
      was_down_(was_down) {}

std::optional<std::string> CatchUp::next() const {
  switch (step_) {
    case Step::newest_build:
      return "builds?order=-buildid&limit=1";
    case Step::newest_buildset:
      return "buildsets?order=-bsid&limit=1";
    case Step::same_build:
      return "builds?buildid=" + std::to_string(cursor_.build());
    case Step::builds:
      return "builds?buildid__gt=" + std::to_string(page_after_) +
             "&order=buildid&limit=" + std::to_string(page);
    case Step::open_builds:
      return "builds?" + any_of("buildid", asked_);
    case Step::buildsets:
      return "buildsets?bsid__gt=" + std::to_string(page_after_) +
             "&order=bsid&limit=" + std::to_string(page);
    case Step::open_buildsets:
      return "buildsets?" + any_of("bsid", asked_);
    case Step::running_builds:
      return "builds?complete=false";
    case Step::incomplete_buildsets:
      return "buildsets?complete=false";
    case Step::workers:
      return "workers";
    case Step::end:
      return std::nullopt;
  }
  return std::nullopt;
}

Result<void> CatchUp::answer(const json::value& document) {
  const auto path = next();
  if (!path) return ok();
  const std::string name(collection(*path));
  const auto* object = document.if_object();
  const auto* items = object != nullptr ? array_at(*object, name) : nullptr;
  if (items == nullptr) return unreachable(*path + ": the answer has no list '" + name + "'");
  const std::string_view id = name == "builds" ? "buildid" : name == "buildsets" ? "bsid" : "workerid";
  for (std::size_t i = 0; i < items->size(); ++i) {
    const auto* item = (*items)[i].if_object();
    if (item == nullptr || !integer_at(*item, id)) {
      return unreachable(*path + ": " + name + "[" + std::to_string(i) + "] has no " + std::string(id));
    }
  }
  return take(*items);
}

Result<void> CatchUp::take(const json::array& items) {
  switch (step_) {
    case Step::newest_build:
    case Step::newest_buildset:
    case Step::same_build:
      take_newest(items);
      break;
    case Step::builds:
    case Step::open_builds:
    case Step::running_builds:
      take_builds(items);
      break;
    case Step::buildsets:
    case Step::open_buildsets:
    case Step::incomplete_buildsets:
      take_buildsets(items);
      break;
    case Step::workers:
      take_workers(items);
      break;
    case Step::end:
      break;
  }
  advance();
  return ok();
}

void CatchUp::take_newest(const json::array& items) {
  const auto* first = items.empty() ? nullptr : items.front().if_object();
  if (step_ == Step::newest_build && first != nullptr) {
    newest_build_ = number_of(*first, "buildid");
    newest_build_started_at_ = integer_at(*first, "started_at");
  } else if (step_ == Step::newest_buildset) {
    if (first != nullptr) newest_buildset_ = number_of(*first, "bsid");
    if (!known_) {
      begin(Outcome::began);
    } else if (newest_build_ < cursor_.build() || newest_buildset_ < cursor_.buildset()) {
      begin(Outcome::recreated);
    }
  } else if (step_ == Step::same_build && first != nullptr) {
    const auto started_at = integer_at(*first, "started_at");
    const auto expected = cursor_.build_started_at();
    if (expected && started_at && *expected != *started_at) begin(Outcome::recreated);
  }
}

void CatchUp::begin(Outcome outcome) {
  outcome_ = outcome;
  if (outcome == Outcome::recreated) {
    cursor_.epoch = std::to_string(now_ / 1000);
    cursor_.workers.clear();
  }
  cursor_.begin_at(newest_build_, newest_build_started_at_, newest_buildset_);
}

void CatchUp::take_builds(const json::array& items) {
  std::set<std::int64_t> found;
  for (const auto& item : items) {
    const auto& build = item.get_object();
    const auto id = number_of(build, "buildid");
    const auto started_at = BuildView(build).started_at();
    found.insert(id);
    page_after_ = std::max(page_after_, id);
    if (step_ == Step::running_builds) {
      if (id <= cursor_.build()) cursor_.build_started(id, started_at);
      continue;
    }
    if (step_ == Step::builds) cursor_.build_seen(id, started_at);
    if (is_complete(build)) {
      if (cursor_.finish_due(id)) {
        const auto at = BuildView(build).complete_at().value_or(started_at.value_or(0));
        due_.push_back({Due::What::build_finished, id, at});
      }
    } else if (cursor_.start_due(id)) {
      due_.push_back({Due::What::build_started, id, started_at.value_or(0)});
    }
  }
  full_page_ = items.size() >= page;
  if (step_ != Step::open_builds) return;
  for (const auto id : asked_) {
    if (!found.contains(id)) cursor_.build_finished(id);  // deleted, or a number that was never used
  }
}

void CatchUp::take_buildsets(const json::array& items) {
  std::set<std::int64_t> found;
  for (const auto& item : items) {
    const auto& buildset = item.get_object();
    const auto id = number_of(buildset, "bsid");
    found.insert(id);
    page_after_ = std::max(page_after_, id);
    if (step_ == Step::incomplete_buildsets) {
      if (id <= cursor_.buildset()) cursor_.mark_incomplete(id);
      continue;
    }
    if (step_ == Step::buildsets) cursor_.buildset_seen(id);
    if (is_complete(buildset) && cursor_.complete_due(id)) {
      due_.push_back({Due::What::buildset_complete, id, integer_at(buildset, "complete_at").value_or(0)});
    }
  }
  full_page_ = items.size() >= page;
  if (step_ != Step::open_buildsets) return;
  for (const auto id : asked_) {
    if (!found.contains(id)) cursor_.buildset_complete(id);
  }
}

void CatchUp::take_workers(const json::array& items) {
  std::set<std::int64_t> listed;
  for (const auto& item : items) {
    const auto& object = item.get_object();
    const auto id = number_of(object, "workerid");
    listed.insert(id);
    const auto known = cursor_.workers.find(id);
    const bool is_new = known == cursor_.workers.end();
    auto& worker = cursor_.workers[id];
    const bool connected = not_empty(object, "connected_to");
    if (connected && worker.missing) {
      due_.push_back({Due::What::worker_back, id, now_ / 1000});
      continue;
    }
    if (connected) {
      worker.came_back();
    } else if (!is_new && !worker.missing && (worker.connected || worker.away_since != 0)) {
      if (worker.connected) worker.away_since = now_;
      if (was_down_) worker.counted_from = now_;
      worker.unheard = not_empty(object, "configured_on");
    }
    worker.connected = connected;
  }
  std::erase_if(cursor_.workers, [&](const auto& entry) { return !listed.contains(entry.first); });
}

void CatchUp::advance() {
  const bool starts_from_now = outcome_ != Outcome::resumed;
  switch (step_) {
    case Step::newest_build:
      step_ = Step::newest_buildset;
      return;
    case Step::newest_buildset:
      if (!starts_from_now && cursor_.build() > 0) {
        step_ = Step::same_build;
        return;
      }
      [[fallthrough]];
    case Step::same_build:
      if (starts_from_now) {
        step_ = Step::running_builds;
        return;
      }
      open_builds_ = cursor_.open_builds();
      open_buildsets_ = cursor_.open_buildsets();
      page_after_ = cursor_.build();
      step_ = Step::builds;
      return;
    case Step::builds:
      if (full_page_) return;
      step_ = Step::open_builds;
      [[fallthrough]];
    case Step::open_builds:
      asked_ = take_some(open_builds_);
      if (!asked_.empty()) return;
      page_after_ = cursor_.buildset();
      step_ = Step::buildsets;
      return;
    case Step::buildsets:
      if (full_page_) return;
      step_ = Step::open_buildsets;
      [[fallthrough]];
    case Step::open_buildsets:
      asked_ = take_some(open_buildsets_);
      if (!asked_.empty()) return;
      step_ = Step::workers;
      return;
    case Step::running_builds:
      step_ = Step::incomplete_buildsets;
      return;
    case Step::incomplete_buildsets:
      step_ = Step::workers;
      return;
    case Step::workers:
      finish();
      step_ = Step::end;
      return;
    case Step::end:
      return;
  }
}

void CatchUp::finish() {
  // In one second, a build starts before it ends and its buildset is complete after it.
  std::sort(due_.begin(), due_.end(), [](const Due& a, const Due& b) {
    if (a.at != b.at) return a.at < b.at;
    if (a.what != b.what) return a.what < b.what;
    return a.id < b.id;
  });
}

}  // namespace carillon::source::buildbot
