// Workers: which ones are missing, and which ones are back. Each outage is reported once, however often the
// master or the link is lost meanwhile: `missing` stays in the cursor until the worker is seen again.
#include <ctime>

#include "source/buildbot/session.hpp"

#include "base/foreign_time.hpp"

namespace carillon::source::buildbot {
namespace {

// As Buildbot writes `last_connection`: "Sun Jan 31 12:00:00 2026".
std::string calendar_time(Millis at) {
  const std::time_t seconds = at / 1000;
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[64];
  return {text, std::strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &local)};
}

}  // namespace

void Session::hear_worker(const Key& key, json::object worker) {
  auto& state = cursor_.workers[key.id];
  workers_changed_ = true;
  const auto now = environment_.clock.now();
  if (key.verb == "connected") {
    add_back(std::move(worker), key.id);
  } else if (key.verb == "disconnected") {
    if (state.connected) state.away_since = now;
    state.connected = false;
  } else if (key.verb == "missing") {
    state.connected = false;
    if (state.away_since == 0) state.away_since = now;
    if (const auto* notify = array_at(worker, "notify")) state.notify = *notify;
    // We said so already, or the master did: after a restart it gives the alarm anew.
    if (state.missing) return;
    const auto since = string_at(worker, "last_connection");
    const auto number = integer_at(worker, "last_connection");
    auto outage = since ? std::string(*since) : std::to_string(number.value_or(now / 1000));
    add_missing(std::move(worker), key.id, std::move(outage));
  }
}

Task<void> Session::check_workers() {
  const auto now = environment_.clock.now();
  const Millis grace = to_millis(settings_.missing_timeout.count());
  for (auto& [id, state] : cursor_.workers) {
    if (!missing_unheard(state, now, grace)) continue;
    auto worker = co_await rest_.object("workers/" + std::to_string(id), "workers");
    if (!worker) co_return failed(worker);
    auto object = worker->value_or(json::object());
    const auto* connected_to = array_at(object, "connected_to");
    if (object.empty() || (connected_to != nullptr && !connected_to->empty())) {
      state.unheard = false;  // gone, or back: the announcement is on its way
      workers_changed_ = true;
      continue;
    }
    object["last_connection"] = calendar_time(state.away_since);
    object["notify"] = state.notify;
    environment_.log.info(where_,
                          "worker " + std::to_string(id) + " stayed away; its alarm may have been missed");
    add_missing(std::move(object), id, std::to_string(state.away_since / 1000));
  }
  co_return ok();
}

void Session::add_missing(json::object worker, std::int64_t id, std::string outage) {
  auto& state = cursor_.workers[id];
  state.missing = true;
  state.outage = outage;
  add_worker(std::move(worker), id, "missing", std::move(outage));
}

// Also of one that was not reported: then there is nothing to say.
void Session::add_back(json::object worker, std::int64_t id) {
  auto& state = cursor_.workers[id];
  const bool reported = state.missing;
  // A cursor of an earlier version has no name for the outage.
  auto outage = state.outage.empty() ? std::to_string(state.away_since / 1000) : std::move(state.outage);
  state.came_back();
  if (reported && sink_.wants(EventKind::worker_back)) {
    add_worker(std::move(worker), id, "connected", std::move(outage));
  }
}

void Session::add_worker(json::object worker, std::int64_t id, std::string_view what,
                         std::string occurrence) {
  Event event;
  event.source = settings_.name;
  event.key = "workers/" + std::to_string(id) + "/" + std::string(what);
  event.occurrence = std::move(occurrence);
  event.at = environment_.clock.now();
  event.body = std::move(worker);
  batch_.push_back(std::move(event));
}

}  // namespace carillon::source::buildbot
