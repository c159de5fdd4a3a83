// The arguments that IRC and TelegramBot have in common.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "chat/authz.hpp"
#include "chat/events.hpp"
#include "settings/arguments.hpp"

namespace carillon::chat {

// In what the media differ, as far as the commands can tell.
struct Traits {
  // "irc", "telegram": begins the keys of deliveries.
  std::string medium;
  // Of commands: "" or "/".
  std::string prefix;
  // Buttons and dialogues; getid, nay, start; lists one entry a line.
  bool keyboards = false;
  // Join, leave, mute, unmute and their like.
  bool channels = false;
  // In a place that is not private, notify and mute are for operators.
  bool operators = false;
  // [a87b2c4].
  bool bracket_revisions = false;
};

struct BotSettings {
  Traits traits;
  Authz authz;
  std::optional<std::set<std::string>> tags;
  Events notify_events;
  // Ids of the configured places (channels, nicks, chats).
  std::vector<std::string> places;
  bool show_blame_list = false;
  bool use_revisions = false;
  // Announcements that waited so long go out as one digest.
  Millis digest_after = 600'000;
};

// Appends authz, tags, notify_events, showBlameList, useRevisions, and digestAfter of ours, to a schema.
void add_bot_arguments(settings::Schema& schema);

// Reads them; traits and places are the caller's. Throws settings::ConfigError (an unknown event).
BotSettings read_bot_settings(const settings::Arguments& args, std::string (*fold)(std::string_view));

}  // namespace carillon::chat
