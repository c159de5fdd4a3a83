#include "chat/subscriptions.hpp"

#include <algorithm>

namespace carillon::chat {
namespace {

constexpr std::size_t max_watches = 100;  // of one place

json::value watch_json(const Watch& watch) {
  json::object kept{{"master", watch.source},
                    {"builder", watch.builder},
                    {"number", watch.run.number},
                    {"attempt", watch.run.attempt},
                    {"since", watch.since}};
  if (watch.buildset) kept["buildset"] = *watch.buildset;
  return kept;
}

bool is_of(const Watch& watch, std::string_view master, const BuildFacts& build) {
  if (watch.source != master || watch.builder != build.builder) return false;
  return watch.buildset ? watch.buildset == build.buildset : watch.run == build.run();
}

std::optional<Watch> watch_of(const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) return std::nullopt;
  const auto master = string_at(*object, "master");
  const auto builder = string_at(*object, "builder");
  const auto number = integer_at(*object, "number");
  const auto since = integer_at(*object, "since");
  if (!master || !builder || !number || !since) return std::nullopt;
  const RunNumber run{*number, integer_at(*object, "attempt").value_or(1)};
  return Watch{std::string(*master), std::string(*builder), run, *since, integer_at(*object, "buildset")};
}

Events events_of(const json::value& value) {
  Events events;
  const json::array* words = value.if_array();
  if (words == nullptr) return events;
  for (const json::value& word : *words) {
    if (word.is_string() && is_event(word.get_string())) events.emplace(word.get_string());
  }
  return events;
}

const json::object& member(const json::value& kept, std::string_view name) {
  static const json::object none;
  const json::object* object = kept.if_object();
  const json::object* found = object != nullptr ? object_at(*object, name) : nullptr;
  return found != nullptr ? *found : none;
}

}  // namespace

Events Subscriptions::of(std::string_view place) const {
  Events events;
  if (configured_places_.contains(place)) events = configured_;
  const auto made = made_.find(place);
  if (made == made_.end()) return events;
  for (const std::string& word : made->second.off)
    events.erase(word);
  events.insert(made->second.on.begin(), made->second.on.end());
  return events;
}

bool Subscriptions::switch_on(const std::string& place, const Events& events) {
  const Events before = of(place);
  Made& made = made_[place];
  for (const std::string& word : events) {
    made.off.erase(word);
    made.on.insert(word);
  }
  return of(place) != before;
}

bool Subscriptions::switch_off(const std::string& place, const Events& events) {
  const Events before = of(place);
  Made& made = made_[place];
  const bool configured = configured_places_.contains(place);
  for (const std::string& word : events) {
    made.on.erase(word);
    if (configured && configured_.contains(word)) made.off.insert(word);
  }
  return of(place) != before;
}

bool Subscriptions::switch_all_off(const std::string& place) {
  return switch_off(place, of(place));
}

void Subscriptions::watch(const std::string& place, Watch watch) {
  auto& watches = made_[place].watches;
  const auto same = std::find_if(watches.begin(), watches.end(), [&](const Watch& known) {
    return known.source == watch.source && known.builder == watch.builder && known.run == watch.run &&
           known.buildset == watch.buildset;
  });
  if (same != watches.end()) return;
  if (watches.size() == max_watches) watches.erase(watches.begin());
  watches.push_back(std::move(watch));
}

bool Subscriptions::mute(const std::string& place, bool muted) {
  return std::exchange(made_[place].muted, muted) != muted;
}

bool Subscriptions::muted(std::string_view place) const {
  const auto made = made_.find(place);
  return made != made_.end() && made->second.muted;
}

std::vector<std::string> Subscriptions::made_in() const {
  std::vector<std::string> places;
  for (const auto& [place, made] : made_)
    places.push_back(place);
  return places;
}

void Subscriptions::forget(const std::string& place) {
  made_.erase(place);
}

void Subscriptions::move(const std::string& from, const std::string& to) {
  if (from == to) return;
  if (configured_places_.erase(from) > 0) configured_places_.insert(to);
  auto node = made_.extract(from);
  if (node.empty()) return;
  Made& old = node.mapped();
  Made& made = made_[to];
  made.on.merge(old.on);
  made.off.merge(old.off);
  for (Watch& one : old.watches)
    watch(to, std::move(one));
  made.muted = made.muted || old.muted;
}

std::map<std::string, std::string> Subscriptions::listeners(EventKind kind, std::string_view master,
                                                            const BuildFacts& build,
                                                            std::optional<Results> previous) const {
  std::map<std::string, std::string> found;
  if (tags_ && is_build(kind)) {
    const bool any = std::any_of(build.tags.begin(), build.tags.end(),
                                 [&](const std::string& tag) { return tags_->contains(tag); });
    if (!any) return found;
  }
  const auto look_at = [&](const std::string& place) {
    const Events events = of(place);
    if (auto word = wanted_by(events, kind, build.results, previous); !word.empty())
      found.emplace(place, std::move(word));
  };
  for (const std::string& place : configured_places_)
    look_at(place);
  for (const auto& [place, made] : made_) {
    if (!configured_places_.contains(place)) look_at(place);
    if (kind != EventKind::build_finished) continue;
    const bool watched = std::any_of(made.watches.begin(), made.watches.end(),
                                     [&](const Watch& watch) { return is_of(watch, master, build); });
    if (watched) found.emplace(place, "watched");
  }
  return found;
}

Decision Subscriptions::decide(EventKind kind, std::string_view master, const BuildFacts& build,
                               std::optional<Results> previous) const {
  using Outcome = Decision::Outcome;
  const auto found = listeners(kind, master, build, previous);
  if (found.empty()) return {Outcome::ignore, "nobody is subscribed to it"};
  std::string reason;
  std::size_t shown = 0;
  for (const auto& [place, why] : found) {
    if (shown++ == 3) {
      reason += " and " + std::to_string(found.size() - 3) + " more";
      break;
    }
    reason.append(reason.empty() ? "" : ", ").append(why).append(" in ").append(place);
  }
  return {Outcome::report, std::move(reason)};
}

bool Subscriptions::compares() const {
  if (!configured_places_.empty() && chat::compares(configured_)) return true;
  return std::any_of(made_.begin(), made_.end(), [](const auto& of) { return chat::compares(of.second.on); });
}

json::value Subscriptions::to_json() const {
  json::object on;
  json::object watches;
  json::array muted;
  const auto add_events = [&](const std::string& place) {
    const Events events = of(place);
    if (!events.empty()) on[place] = json::array(events.begin(), events.end());
  };
  for (const std::string& place : configured_places_)
    add_events(place);
  for (const auto& [place, made] : made_) {
    add_events(place);
    if (made.muted) muted.emplace_back(place);
    if (made.watches.empty()) continue;
    json::array list;
    for (const Watch& watch : made.watches)
      list.push_back(watch_json(watch));
    watches[place] = std::move(list);
  }
  return {{"on", std::move(on)}, {"watches", std::move(watches)}, {"muted", std::move(muted)}};
}

void Subscriptions::restore(const json::value& kept, Millis oldest) {
  for (const auto& of : member(kept, "on"))
    made_[of.key()].on = events_of(of.value());
  for (const auto& of : member(kept, "watches")) {
    if (!of.value().is_array()) continue;
    for (const json::value& one : of.value().get_array()) {
      auto found = watch_of(one);
      if (found && found->since >= oldest) watch(of.key(), std::move(*found));
    }
  }
  const json::object* object = kept.if_object();
  const json::array* muted = object != nullptr ? array_at(*object, "muted") : nullptr;
  if (muted == nullptr) return;
  for (const json::value& place : *muted) {
    if (place.is_string()) made_[std::string(place.get_string())].muted = true;
  }
}

}  // namespace carillon::chat
