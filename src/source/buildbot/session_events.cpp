// How a session makes events: complemented by what the data API knows, in the shape of event/event.hpp.
#include "source/buildbot/session.hpp"

#include "base/foreign_time.hpp"
#include "model/build.hpp"
#include "model/times.hpp"

namespace carillon::source::buildbot {
namespace {

Millis moment(const json::object& object, std::string_view field, Millis now) {
  const auto seconds = integer_at(object, field);
  return seconds ? plausible(*seconds, now) : now;
}

bool usable(const json::object& build, std::int64_t id) {
  return BuildView(build).buildid() == id && BuildView(build).builderid() && BuildView(build).number();
}

}  // namespace

Task<void> Session::add_build(json::object build, std::int64_t id, bool finished) {
  const auto key = "builds/" + std::to_string(id);
  if (!usable(build, id)) {
    auto again = co_await rest_.object(key, "builds");
    if (!again) co_return failed(again);
    if (!*again || !usable(**again, id)) {
      complaints_->add(Complaints::Kind::build, key + ": has no builderid or number and cannot be reported");
      cursor_.build_finished(id);
      co_return ok();
    }
    build = std::move(**again);
  }
  auto complemented = co_await complement(build);
  if (!complemented) co_return complemented;
  const auto now = environment_.clock.now();
  const auto started_at = BuildView(build).started_at();
  Event event;
  event.source = settings_.name;
  event.key = key + (finished ? "/finished" : "/new");
  event.occurrence = cursor_.epoch;
  event.at = moment(build, finished ? "complete_at" : "started_at", now);
  event.body = assembler_.compose(std::move(build), now);
  make_times_plausible(event.body, now);
  event.body["url"] =
      pages_.at(build_path(*BuildView(event.body).builderid(), *BuildView(event.body).number()));
  build_of_request(event.body, finished);
  batch_.push_back(std::move(event));
  if (finished) {
    cursor_.build_finished(id);
    assembler_.build_done(id);
  } else {
    cursor_.build_started(id, started_at);
  }
  co_return ok();
}

Task<void> Session::complement(const json::object& build) {
  auto missing = assembler_.missing(build, environment_.clock.now());
  if (missing.builder) {
    auto found = co_await rest_.object("builders/" + std::to_string(*missing.builder), "builders");
    if (!found) co_return failed(found);
    if (*found) assembler_.learn_builder(std::move(**found), environment_.clock.now());
  }
  if (missing.buildrequest) {
    auto found =
        co_await rest_.object("buildrequests/" + std::to_string(*missing.buildrequest), "buildrequests");
    if (!found) co_return failed(found);
    if (*found) assembler_.learn_buildrequest(std::move(**found), 500);
  }
  if (missing.properties) {
    auto found =
        co_await rest_.object("builds/" + std::to_string(*missing.properties) + "/properties", "properties");
    if (!found) co_return failed(found);
    if (*found) assembler_.learn_properties(*missing.properties, std::move(**found), 2000);
  }
  missing = assembler_.missing(build, environment_.clock.now());  // the first answers name more
  if (missing.buildset) {
    auto found = co_await rest_.object("buildsets/" + std::to_string(*missing.buildset), "buildsets");
    if (!found) co_return failed(found);
    if (*found) assembler_.learn_buildset(std::move(**found), 2000);
  }
  if (missing.worker) {
    auto found = co_await rest_.object("workers/" + std::to_string(*missing.worker), "workers");
    if (!found) co_return failed(found);
    if (*found) assembler_.learn_worker(**found);
  }
  co_return ok();
}

void Session::add_buildset(json::object buildset, std::int64_t id) {
  Event event;
  event.source = settings_.name;
  event.key = "buildsets/" + std::to_string(id) + "/complete";
  event.occurrence = cursor_.epoch;
  event.at = moment(buildset, "complete_at", environment_.clock.now());
  event.body = std::move(buildset);
  batch_.push_back(std::move(event));
  cursor_.buildset_complete(id);
}

}  // namespace carillon::source::buildbot
