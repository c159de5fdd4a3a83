// Requests without a build: those that wait for one, and those that end without one.
#include <algorithm>

#include "source/buildbot/session.hpp"

#include "base/foreign_time.hpp"
#include "model/build.hpp"
#include "model/times.hpp"

namespace carillon::source::buildbot {
namespace {

constexpr std::int64_t retry = 5;

// What a build of the request would have as properties of its sourcestamp.
void add_source(json::object& properties, const json::object& body) {
  const auto* stamps = BuildView(body).sourcestamps();
  if (stamps == nullptr || stamps->size() != 1 || !stamps->front().is_object()) return;
  const auto& stamp = stamps->front().get_object();
  for (const char* name : {"branch", "revision", "repository", "project", "codebase"}) {
    const auto* value = stamp.if_contains(name);
    if (value == nullptr || properties.contains(name)) continue;
    properties[name] = json::array{*value, "Build"};
  }
}

}  // namespace

// What a build says of its request: a repeated one leaves it open, any other end closes it.
void Session::build_of_request(const json::object& build, bool finished) {
  const auto request = BuildView(build).requestid();
  if (!finished || !request) return;
  if (BuildView(build).results() == retry) {
    cursor_.open_request(*request, true);
  } else {
    cursor_.close_request(*request);
  }
}

Task<void> Session::hear_request(const Key& key, const json::object& request) {
  const auto id = key.id;
  if (key.verb == "new") {
    if (!sink_.wants(EventKind::request_waiting) || cursor_.open_requests().contains(id)) co_return ok();
    assembler_.learn_buildrequest(request, 500);
    co_return co_await add_request(id, nullptr);
  }
  // The end of its last build was announced before: what is still open here had none.
  if (key.verb != "complete" || !cursor_.open_requests().contains(id)) co_return ok();
  co_return co_await add_request(id, &request);
}

Task<void> Session::add_request(std::int64_t id, const json::object* ended) {
  json::object body;
  body["buildrequestid"] = id;
  if (ended != nullptr) assembler_.learn_buildrequest(*ended, 500);
  auto complemented = co_await complement(body);
  if (!complemented) co_return complemented;
  body = assembler_.compose(std::move(body), environment_.clock.now());
  // The builder is known now; a second round brings it in.
  if (const auto builder = integer_at(body, "buildrequest.builderid")) body["builderid"] = *builder;
  complemented = co_await complement(body);
  if (!complemented) co_return complemented;
  body = assembler_.compose(std::move(body), environment_.clock.now());
  const std::string name(BuildView(body).builder().value_or(""));
  if (name.empty()) {
    complaints_->add(Complaints::Kind::request, "buildrequest " + std::to_string(id) + " names no builder");
    cursor_.close_request(id);
    co_return ok();
  }
  json::object properties;
  if (const auto bsid = BuildView(body).bsid()) {
    auto found = co_await rest_.object("buildsets/" + std::to_string(*bsid) + "/properties", "properties");
    if (!found) co_return failed(found);
    if (*found) properties = std::move(**found);
  }
  properties["buildername"] = json::array{name, "Builder"};
  add_source(properties, body);
  body["properties"] = std::move(properties);
  const auto known = cursor_.open_requests().find(id);
  body["retried"] = known != cursor_.open_requests().end() && known->second;
  body["complete"] = ended != nullptr;
  body["results"] = nullptr;
  body["complete_at"] = nullptr;
  if (ended != nullptr) {
    body["results"] = integer_at(*ended, "results").value_or(static_cast<std::int64_t>(Results::cancelled));
    if (const auto at = integer_at(*ended, "complete_at")) body["complete_at"] = *at;
  }
  body["state_string"] = ended != nullptr ? "ended without a build" : "waiting for a build";
  body["url"] = pages_.at("buildrequests/" + std::to_string(id));
  const char* time = ended != nullptr ? "complete_at" : "buildrequest.submitted_at";
  Event event;
  event.source = settings_.name;
  event.key = "buildrequests/" + std::to_string(id) + (ended != nullptr ? "/complete" : "/new");
  event.occurrence = cursor_.epoch;
  const auto seconds = integer_at(body, time);
  const Millis now = environment_.clock.now();
  make_times_plausible(body, now);
  event.at = seconds ? plausible(*seconds, now) : now;
  event.body = std::move(body);
  batch_.push_back(std::move(event));
  if (ended != nullptr) {
    cursor_.close_request(id);
  } else {
    cursor_.open_request(id, false);
  }
  co_return ok();
}

Task<void> Session::catch_up_requests(bool resumed) {
  std::vector<std::int64_t> open;
  for (const auto& [id, retried] : cursor_.open_requests())
    open.push_back(id);
  for (std::size_t begin = 0; begin < open.size(); begin += ids_at_once) {
    const auto end = std::min(open.size(), begin + ids_at_once);
    const std::vector<std::int64_t> some(open.begin() + static_cast<std::ptrdiff_t>(begin),
                                         open.begin() + static_cast<std::ptrdiff_t>(end));
    auto found = co_await rest_.objects("buildrequests?" + any_of("buildrequestid", some), "buildrequests");
    if (!found) co_return failed(found);
    for (const auto& request : *found) {
      const auto id = integer_at(request, "buildrequestid");
      if (!id || !is_complete(request)) continue;
      auto added = co_await add_request(*id, &request);
      if (!added) co_return added;
    }
  }
  // A master that is new to us starts from now; its waiting requests are reported when they have a build.
  if (resumed && sink_.wants(EventKind::request_waiting)) {
    auto waiting = co_await rest_.objects("buildrequests?complete=false&claimed=false", "buildrequests");
    if (!waiting) co_return failed(waiting);
    for (auto& request : *waiting) {
      const auto id = integer_at(request, "buildrequestid");
      if (!id || cursor_.open_requests().contains(*id)) continue;
      assembler_.learn_buildrequest(std::move(request), 500);
      auto added = co_await add_request(*id, nullptr);
      if (!added) co_return added;
    }
  }
  if (!batch_.empty()) co_await deliver();
  co_return ok();
}

}  // namespace carillon::source::buildbot
