#include "model/event.hpp"

#include "model/build.hpp"

#include <set>

namespace carillon {

EventKind kind_of(std::string_view key) {
  const auto first = key.find('/');
  const auto last = key.rfind('/');
  if (first == std::string_view::npos || first == last) return EventKind::other;
  const auto what = key.substr(0, first);
  const auto happened = key.substr(last + 1);
  if (what == "builds" && happened == "new") return EventKind::build_started;
  if (what == "builds" && happened == "finished") return EventKind::build_finished;
  if (what == "buildsets" && happened == "complete") return EventKind::buildset_complete;
  if (what == "workers" && happened == "missing") return EventKind::worker_missing;
  if (what == "workers" && happened == "connected") return EventKind::worker_back;
  if (what == "buildrequests" && happened == "new") return EventKind::request_waiting;
  if (what == "buildrequests" && happened == "complete") return EventKind::request_ended;
  if (what == "silences" && happened == "over") return EventKind::silence_over;
  return EventKind::other;
}

std::string end_of(std::string_view key) {
  const EventKind kind = kind_of(key);
  const std::string_view happened = kind == EventKind::build_started     ? "finished"
                                    : kind == EventKind::request_waiting ? "complete"
                                                                         : "";
  if (happened.empty()) return {};
  return std::string(key.substr(0, key.rfind('/') + 1)).append(happened);
}

bool is_build(EventKind kind) {
  return kind == EventKind::build_started || kind == EventKind::build_finished;
}

bool is_request(EventKind kind) {
  return kind == EventKind::request_waiting || kind == EventKind::request_ended;
}

std::string id_of(const Event& event) {
  std::string id = event.source + "/" + event.key;
  if (!event.occurrence.empty()) id += "@" + event.occurrence;
  return id;
}

const json::value* property(const json::object& build, std::string_view name) {
  const json::object* properties = BuildView(build).properties();
  if (properties == nullptr) return nullptr;
  const json::value* entry = properties->if_contains(name);
  if (entry == nullptr) return nullptr;
  if (const json::array* pair = entry->if_array();
      pair != nullptr && pair->size() == 2 && pair->back().is_string()) {
    return &pair->front();
  }
  return entry;
}

std::string text_property(const json::object& build, std::string_view name) {
  const json::value* value = property(build, name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

namespace {

const json::array* sourcestamps(const json::object& build) {
  return BuildView(build).sourcestamps();
}

void add_text(std::set<std::string>& users, const json::value* value) {
  if (value != nullptr && value->is_string() && !value->get_string().empty()) {
    users.emplace(value->get_string());
  }
}

// A user name, or a list of them.
void add_names(std::set<std::string>& users, const json::value* value) {
  add_text(users, value);
  if (value == nullptr || !value->is_array()) return;
  for (const json::value& item : value->get_array())
    add_text(users, &item);
}

}  // namespace

BuildFacts facts_of(const json::object& build) {
  BuildFacts facts;
  facts.builder = BuildView(build).builder().value_or("");
  facts.number = BuildView(build).run().number;
  facts.attempt = BuildView(build).run().attempt;
  facts.buildset = BuildView(build).bsid();
  if (!facts.buildset) facts.buildset = integer_at(build, "buildrequest.buildsetid");
  if (const auto results = BuildView(build).results()) facts.results = results_from(*results);
  if (const json::array* tags = BuildView(build).tags()) {
    for (const json::value& tag : *tags) {
      if (tag.is_string()) facts.tags.emplace_back(tag.get_string());
    }
  }
  facts.branch = text_property(build, "branch");
  if (facts.branch.empty()) {
    if (const json::array* stamps = sourcestamps(build); stamps != nullptr && !stamps->empty()) {
      if (const json::object* stamp = stamps->front().if_object()) {
        facts.branch = string_at(*stamp, "branch").value_or("");
      }
    }
  }
  facts.scheduler = text_property(build, "scheduler");
  return facts;
}

std::vector<std::string> responsible_users(const json::object& build) {
  std::set<std::string> users;
  if (const json::array* changes = BuildView(build).changes()) {
    for (const json::value& change : *changes) {
      if (change.is_object()) add_text(users, change.get_object().if_contains("author"));
    }
  }
  if (const json::array* stamps = sourcestamps(build)) {
    for (const json::value& stamp : *stamps) {
      if (stamp.is_object()) add_text(users, find(stamp.get_object(), "patch.author"));
    }
  }
  add_names(users, property(build, "owner"));
  add_names(users, property(build, "owners"));
  return {users.begin(), users.end()};
}

}  // namespace carillon
