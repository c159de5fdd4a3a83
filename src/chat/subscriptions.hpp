// Which place is told of what: the configured subscriptions, and those that people made.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "chat/events.hpp"
#include "rule/rule.hpp"

namespace carillon::chat {

// A build whose end somebody waits for.
struct Watch {
  std::string source;
  std::string builder;
  RunNumber run;
  Millis since = 0;
  // Instead of the run, when the build has none yet.
  std::optional<std::int64_t> buildset;
  friend bool operator==(const Watch&, const Watch&) = default;
};

// The intake asks it of every event; the announcer, which places. It changes while the bot runs.
//
// A configured event that was switched off by hand is on again after a restart or a changed configuration, as
// the manual says. What was switched on, by hand or by the configuration, stays until somebody switches it
// off, also when the configuration no longer has it.
class Subscriptions final : public rule::Audience {
 public:
  // tags: nullopt is any builder.
  Subscriptions(Events configured, std::vector<std::string> configured_places,
                std::optional<std::set<std::string>> tags)
      : configured_(std::move(configured)),
        configured_places_(configured_places.begin(), configured_places.end()),
        tags_(std::move(tags)) {}

  // What the place is notified of now.
  Events of(std::string_view place) const;
  // Each true when that changed something.
  bool switch_on(const std::string& place, const Events& events);
  bool switch_off(const std::string& place, const Events& events);
  bool switch_all_off(const std::string& place);

  void watch(const std::string& place, Watch watch);
  bool mute(const std::string& place, bool muted);
  bool muted(std::string_view place) const;

  // The places where people have made something.
  std::vector<std::string> made_in() const;

  // Everything of a place that is gone (left, kicked for good, bot removed from a group).
  void forget(const std::string& place);

  // A place has another name from now on (a group became a supergroup): what people made there moves, and
  // where it is a configured place, what is configured for it. Not kept where it is configured: say it again
  // after a restart. Saying it twice changes nothing.
  void move(const std::string& from, const std::string& to);

  // The places that are told of it, each with the reason ("problem", "watched"). Tags are looked at, mutes
  // are not skipped.
  std::map<std::string, std::string> listeners(EventKind kind, std::string_view master,
                                               const BuildFacts& build,
                                               std::optional<Results> previous) const;

  // rule::Audience
  bool ready() const override { return complete_; }
  // All is known that is kept of who subscribed, and of where places have moved: from now on it is ready().
  void complete() { complete_ = true; }
  Decision decide(EventKind kind, std::string_view master, const BuildFacts& build,
                  std::optional<Results> previous) const override;
  bool compares() const override;

  // What holds, for the memory: {"on": {place: [event]}, "watches": {place: [...]}, "muted": [place]}.
  json::value to_json() const;
  // Unknown parts are left out. Watches from before `oldest` are forgotten.
  void restore(const json::value& kept, Millis oldest);

 private:
  struct Made {
    Events on;
    // Of configured ones; not kept.
    Events off;
    std::vector<Watch> watches;
    bool muted = false;
  };
  Events configured_;
  std::set<std::string, std::less<>> configured_places_;
  std::optional<std::set<std::string>> tags_;
  std::map<std::string, Made, std::less<>> made_;
  bool complete_ = false;
};

}  // namespace carillon::chat
