#include "source/buildbot/assembler.hpp"

#include "model/build.hpp"

namespace carillon::source::buildbot {
namespace {

constexpr Millis builder_lifetime = 10 * 60'000;  // tags change by a reconfiguration, which is announced, too
constexpr std::size_t small_object = 500;

}  // namespace

Assembler::Assembler(std::size_t max_cost)
    : builders_(max_cost),
      requests_(max_cost),
      buildsets_(max_cost),
      properties_(max_cost),
      workers_(max_cost) {}

void Assembler::learn(Heard heard) {
  const Key key = split(heard.key);
  if (key.id < 0) return;
  if (key.kind == "buildsets") {
    if (integer_at(heard.message, "bsid") == key.id) learn_buildset(std::move(heard.message), heard.size);
  } else if (key.kind == "buildrequests") {
    if (key.verb == "complete" || key.verb == "cancel") {
      requests_.drop(key.id);  // its last build is reported by now
    } else if (integer_at(heard.message, "buildrequestid") == key.id) {
      learn_buildrequest(std::move(heard.message), heard.size);
    }
  } else if (key.kind == "builders") {
    builders_.drop(key.id);
  } else if (key.kind == "workers") {
    learn_worker(heard.message);
  } else if (key.kind == "builds" && key.verb == "properties/update") {
    learn_update(key.id, heard.message, heard.size);
  }
}

void Assembler::learn_builder(json::object builder, Millis now) {
  const auto id = integer_at(builder, "builderid");
  if (!id) return;
  auto& entry = builders_.put(*id, small_object);
  entry.object = std::move(builder);
  entry.expires = now + builder_lifetime;
}

void Assembler::learn_buildrequest(json::object request, std::size_t cost) {
  const auto id = integer_at(request, "buildrequestid");
  if (!id) return;
  requests_.drop(*id);  // so that its cost does not add up
  requests_.put(*id, cost) = std::move(request);
}

void Assembler::learn_buildset(json::object buildset, std::size_t cost) {
  const auto id = integer_at(buildset, "bsid");
  if (!id) return;
  buildsets_.drop(*id);
  buildsets_.put(*id, cost) = std::move(buildset);
}

void Assembler::learn_worker(const json::object& worker) {
  const auto id = integer_at(worker, "workerid");
  const auto name = string_at(worker, "name");
  if (!id || !name) return;
  workers_.drop(*id);
  workers_.put(*id, small_object) = std::string(*name);
}

void Assembler::learn_properties(std::int64_t buildid, json::object properties, std::size_t cost) {
  properties_.drop(buildid);
  auto& entry = properties_.put(buildid, cost);
  entry.values = std::move(properties);
  entry.whole = true;
}

void Assembler::learn_update(std::int64_t buildid, const json::object& changed, std::size_t cost) {
  auto& entry = properties_.put(buildid, cost);
  // Buildbot announces a single property under the key "name", whatever it is called.
  if (changed.size() == 1 && changed.contains("name")) {
    entry.vague = true;
    entry.whole = false;
  }
  for (const auto& [name, value] : changed)
    entry.values[name] = value;
}

void Assembler::build_started(std::int64_t buildid) {
  if (auto* entry = properties_.get(buildid)) entry->whole = !entry->vague;
}

const Assembler::Builder* Assembler::builder(std::int64_t id, Millis now) const {
  const auto* entry = builders_.get(id);
  return entry != nullptr && now < entry->expires ? entry : nullptr;
}

Assembler::Missing Assembler::missing(const json::object& build, Millis now) const {
  Missing missing;
  if (const auto id = BuildView(build).builderid(); id && builder(*id, now) == nullptr) missing.builder = id;
  if (const auto id = BuildView(build).requestid()) {
    if (const auto* request = requests_.get(*id)) {
      const auto bsid = integer_at(*request, "buildsetid");
      if (bsid && buildsets_.get(*bsid) == nullptr) missing.buildset = bsid;
    } else {
      missing.buildrequest = id;
    }
  }
  if (const auto id = BuildView(build).buildid()) {
    const auto* entry = properties_.get(*id);
    if (entry == nullptr || !entry->whole) missing.properties = id;
  }
  if (const auto id = integer_at(build, "workerid"); id && !missing.properties && !worker_name(build)) {
    missing.worker = id;
  }
  return missing;
}

std::optional<std::string> Assembler::worker_name(const json::object& build) const {
  if (const auto id = integer_at(build, "workerid")) {
    if (const auto* name = workers_.get(*id)) return *name;
  }
  const auto id = BuildView(build).buildid();
  const auto* entry = id ? properties_.get(*id) : nullptr;
  const auto* pair = entry != nullptr ? array_at(entry->values, "workername") : nullptr;
  if (pair == nullptr || pair->empty() || !pair->front().is_string()) return std::nullopt;
  return std::string(pair->front().get_string());
}

json::object Assembler::compose(json::object build, Millis now) const {
  if (const auto id = BuildView(build).builderid()) {
    if (const auto* entry = builder(*id, now)) build["builder"] = entry->object;
  }
  if (const auto id = BuildView(build).requestid()) {
    if (const auto* request = requests_.get(*id)) {
      build["buildrequest"] = *request;
      const auto bsid = integer_at(*request, "buildsetid");
      const auto* buildset = bsid ? buildsets_.get(*bsid) : nullptr;
      if (buildset != nullptr) build["buildset"] = *buildset;
    }
  }
  if (const auto id = BuildView(build).buildid()) {
    if (const auto* entry = properties_.get(*id)) build["properties"] = entry->values;
  }
  if (auto name = worker_name(build)) build["workername"] = std::move(*name);
  return build;
}

void Assembler::build_done(std::int64_t buildid) {
  properties_.drop(buildid);
}

void Assembler::buildset_done(std::int64_t bsid) {
  buildsets_.drop(bsid);
}

void Assembler::clear() {
  builders_.clear();
  requests_.clear();
  buildsets_.clear();
  properties_.clear();
  workers_.clear();
}

}  // namespace carillon::source::buildbot
