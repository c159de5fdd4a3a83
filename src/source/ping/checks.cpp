#include "source/ping/checks.hpp"

#include <algorithm>

namespace carillon::source::ping {
namespace {

constexpr std::size_t most_checks = 2000;
constexpr std::size_t most_open = 20;                          // of one check; the older ones will never end
constexpr std::size_t most_ended = 50;                         // that are known by their rid
constexpr Millis tried_again_within = Millis{60} * 60 * 1000;  // later a rid is one that is used again
constexpr Millis asleep = Millis{5} * 60 * 1000;  // nobody asked for so long: the machine was not awake

Millis millis_at(const json::object& object, std::string_view name) {
  return integer_at(object, name).value_or(0);
}

}  // namespace

std::string span_of(Millis span) {
  constexpr Millis second = 1000;
  constexpr Millis minute = 60 * second;
  constexpr Millis hour = 60 * minute;
  constexpr Millis day = 24 * hour;
  const auto in = [span](Millis unit, const char* name) { return std::to_string(span / unit) + name; };
  if (span >= 3 * day) return in(day, " days");
  if (span >= 2 * hour) return in(hour, " h");
  return span >= 2 * minute ? in(minute, " min") : in(second, " s");
}

json::value Checks::to_json(const Known& known) {
  json::object kept{{"number", known.number}, {"last", known.last}, {"since", known.since}};
  if (known.late) kept["late"] = *known.late;
  json::array open;
  for (const Open& one : known.open)
    open.push_back(json::object{{"rid", one.rid}, {"number", one.number}, {"started", one.started}});
  if (!open.empty()) kept["open"] = std::move(open);
  json::array ended;
  for (const Ended& one : known.ended)
    ended.push_back(json::object{{"rid", one.rid}, {"at", one.at}});
  if (!ended.empty()) kept["ended"] = std::move(ended);
  return kept;
}

Checks::Known Checks::from_json(const json::object& kept) {
  Known known;
  known.number = integer_at(kept, "number").value_or(0);
  known.last = millis_at(kept, "last");
  known.since = millis_at(kept, "since");
  known.late = integer_at(kept, "late");
  for (const json::object* one : objects_at(kept, "open")) {
    known.open.push_back({text_at(*one, "rid"), integer_at(*one, "number").value_or(0),
                          integer_at(*one, "started").value_or(0)});
  }
  for (const json::object* one : objects_at(kept, "ended"))
    known.ended.push_back({text_at(*one, "rid"), millis_at(*one, "at")});
  return known;
}

json::value Checks::to_json() const {
  json::object checks;
  for (const auto& [slug, known] : known_)
    checks[slug] = to_json(known);
  return json::object{{"checks", std::move(checks)}};
}

void Checks::load(const json::value& kept, Millis now) {
  known_.clear();
  awake_ = looked_ = now;
  const json::object* checks = kept.is_object() ? object_at(kept.get_object(), "checks") : nullptr;
  if (checks != nullptr) {
    for (const auto& [slug, value] : *checks) {
      if (!value.is_object()) continue;
      Known& known = known_[slug] = from_json(value.get_object());
      if (schedule_of(slug) != nullptr) continue;
      // Its number goes on when it comes back to the configuration, and the rest begins anew.
      const std::int64_t number = known.number;
      known = {};
      known.number = number;
    }
  }
  for (const auto& [slug, schedule] : settings_->checks) {
    Known& known = known_[slug];
    if (known.since == 0) known.since = now;
  }
}

const Schedule* Checks::schedule_of(std::string_view slug) const {
  if (const auto found = settings_->checks.find(slug); found != settings_->checks.end())
    return &found->second;
  return settings_->create && known_.contains(slug) ? &*settings_->create : nullptr;
}

bool Checks::knows(std::string_view slug) const {
  return schedule_of(slug) != nullptr;
}

bool Checks::may_create(const Signal& signal) const {
  return settings_->create && signal.create && known_.size() < most_checks;
}

hook::Run Checks::run_of(std::string_view slug, std::int64_t number) {
  hook::Run run;
  run.id = std::string(slug) + "." + std::to_string(number);
  run.number = number;
  run.pipeline = slug;
  run.event = "ping";
  run.said_counts = true;
  return run;
}

hook::Run Checks::end(const Signal& signal, Known& known, Millis now) const {
  auto open = known.open.end();
  if (signal.rid.empty()) {
    if (open != known.open.begin()) --open;
  } else {
    open = std::ranges::find(known.open, signal.rid, &Open::rid);
  }
  const bool begun = open != known.open.end();
  hook::Run run = run_of(signal.slug, begun ? open->number : ++known.number);
  run.started = begun ? open->started : now / 1000;
  const std::string rid = begun ? open->rid : signal.rid;
  if (begun) known.open.erase(open);
  if (!rid.empty()) {
    known.ended.push_back({rid, now});
    if (known.ended.size() > most_ended) known.ended.pop_front();
    run.properties.emplace_back("rid", rid);
  }
  run.ended = now / 1000;
  const bool good = signal.kind == Signal::Kind::success;
  run.state = {hook::Phase::ended, good ? Results::success : Results::failure};
  if (signal.exit_status) {
    run.said = "exit status " + std::to_string(*signal.exit_status);
    run.properties.emplace_back("exit_status", *signal.exit_status);
  } else if (!good) {
    run.said = "the job says that it failed";
  }
  if (known.late) {
    const std::string back = "back after " + span_of(now - *known.late);
    run.said = run.said.empty() ? back : run.said + " (" + back + ")";
    known.late.reset();
  }
  return run;
}

std::optional<hook::Run> Checks::hear(const Signal& signal, Millis now) {
  Known& known = known_[signal.slug];
  if (known.since == 0) known.since = now;
  std::erase_if(known.ended, [now](const Ended& one) { return now - one.at > tried_again_within; });
  const bool ended = std::ranges::find(known.ended, signal.rid, &Ended::rid) != known.ended.end();
  const bool open = std::ranges::find(known.open, signal.rid, &Open::rid) != known.open.end();
  const bool is_start = signal.kind == Signal::Kind::start;
  known.last = now;
  if (!signal.rid.empty() && (ended || (open && is_start))) return std::nullopt;
  hook::Run run;
  if (is_start) {
    if (known.open.size() >= most_open) known.open.erase(known.open.begin());
    known.open.push_back({signal.rid, ++known.number, now / 1000});
    run = run_of(signal.slug, known.number);
    run.state = {hook::Phase::runs, Results::success};
    run.started = now / 1000;
    if (!signal.rid.empty()) run.properties.emplace_back("rid", signal.rid);
  } else {
    run = end(signal, known, now);
  }
  run.submitted = run.started;
  return run;
}

std::string Checks::open_run(const Signal& signal) const {
  const auto found = known_.find(signal.slug);
  if (found == known_.end()) return {};
  const std::vector<Open>& open = found->second.open;
  const auto one = signal.rid.empty() ? (open.empty() ? open.end() : open.end() - 1)
                                      : std::ranges::find(open, signal.rid, &Open::rid);
  return one == open.end() ? std::string() : run_of(signal.slug, one->number).id;
}

Millis Checks::due_after(Millis heard, const Schedule& schedule) const {
  return std::max(heard + schedule.every, awake_) + schedule.grace;
}

// A start is a ping, and makes no run younger that began before: a job that dies each time would never be
// late.
std::optional<Millis> Checks::due(const Known& known, const Schedule& schedule) const {
  if (schedule.every == 0) return std::nullopt;
  std::optional<Millis> heard;
  if (!known.late) heard = std::max(known.last, known.since);
  for (const Open& one : known.open)
    heard = std::min(heard.value_or(one.started * 1000), one.started * 1000);
  if (!heard) return std::nullopt;
  return due_after(*heard, schedule);
}

std::vector<hook::Run> Checks::end_overdue(std::string_view slug, Known& known, const Schedule& schedule,
                                           Millis now) const {
  std::vector<hook::Run> runs;
  std::erase_if(known.open, [&](const Open& one) {
    if (now < due_after(one.started * 1000, schedule)) return false;
    hook::Run run = run_of(slug, one.number);
    run.started = one.started;
    run.said = run.reason = "it began " + span_of(now - one.started * 1000) + " ago and has not ended";
    if (!one.rid.empty()) run.properties.emplace_back("rid", one.rid);
    if (!known.late) known.late = one.started * 1000;
    runs.push_back(std::move(run));
    return true;
  });
  return runs;
}

std::vector<hook::Run> Checks::overdue(Millis now) {
  if (now < looked_ || now - looked_ > asleep) awake_ = now;
  looked_ = now;
  std::vector<hook::Run> runs;
  for (auto& [slug, known] : known_) {
    const Schedule* schedule = schedule_of(slug);
    const auto moment = schedule != nullptr ? due(known, *schedule) : std::nullopt;
    if (!moment || now < *moment) continue;
    std::vector<hook::Run> late = end_overdue(slug, known, *schedule, now);
    if (late.empty()) {
      known.late = std::max(known.last, known.since);
      hook::Run run = run_of(slug, ++known.number);
      run.said = run.reason = "no ping for " + span_of(now - *known.late);
      run.started = now / 1000;
      late.push_back(std::move(run));
    }
    for (hook::Run& run : late) {
      run.state = {hook::Phase::ended, Results::exception};
      run.submitted = run.started;
      run.ended = now / 1000;
      run.properties.emplace_back("late", true);
      runs.push_back(std::move(run));
    }
  }
  return runs;
}

std::optional<Millis> Checks::next_due() const {
  std::optional<Millis> next;
  for (const auto& [slug, known] : known_) {
    const Schedule* schedule = schedule_of(slug);
    const auto moment = schedule != nullptr ? due(known, *schedule) : std::nullopt;
    if (moment && (!next || *moment < *next)) next = moment;
  }
  return next;
}

}  // namespace carillon::source::ping
