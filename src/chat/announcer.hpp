// Words announcements: reports in, one delivery per place out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chat/bot_settings.hpp"
#include "chat/subscriptions.hpp"
#include "chat/text.hpp"
#include "reporter/reporter.hpp"

namespace carillon::chat {

// `target`: who is addressed, for the operator ("irc irc.example.org"); the place is added to it.
// several_masters: builders are named with their master.
std::vector<Delivery> announce(const BotSettings& settings, const Subscriptions& subscriptions,
                               const reporter::Details& details, std::string_view target,
                               bool several_masters);

// Properties and changes only where the wording needs them; the previous build where a subscription compares.
reporter::Needs announcement_needs(const BotSettings& settings, const Subscriptions& subscriptions);

// A delivery's payload is {"place": ID, "at": MILLIS, "text": Text::to_json()}.
struct Announcement {
  std::string place;
  // When it happened.
  Millis at = 0;
  Text text;
};
// nullopt: not what announce() made.
std::optional<Announcement> announcement_of(const Delivery& delivery);

// For Reporter::overdue(): whether it waited longer than digestAfter, or tells of something that happened
// longer ago than that (Carillon was away, or the master could not be reached).
bool overdue(const BotSettings& settings, const Delivery& delivery, Millis created, Millis now);

// One message instead of many that had to wait: how many there are, since when, how the builds ended, and the
// last ones in full. Deliveries of one place, in order. For Reporter::digest(); nullopt when there are none.
std::optional<Delivery> digest(const std::vector<Delivery>& deliveries);

// "Build #7 of linux", with link; or "Build containing revision(s) [a87b2c4] on linux".
Text build_title(const BotSettings& settings, const json::object& build, std::string_view shown_builder);

// The revisions of a build's changes and sourcestamps, hashes shortened to 7 characters, each once; else its
// property got_revision; else none.
std::vector<std::string> short_revisions(const json::object& build);

}  // namespace carillon::chat
