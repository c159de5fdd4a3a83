#include "chat/bot_settings.hpp"

#include <algorithm>

#include "base/foreign_time.hpp"

namespace carillon::chat {
namespace {

using settings::Arguments;
using settings::Type;
using settings::Value;

constexpr std::int64_t default_digest_after = 600;

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : ", ") + word;
  return text;
}

// Of a dictionary, as old examples have it, the keys count, whatever their values: as in Buildbot.
std::vector<std::string> event_words(const Arguments& args) {
  const auto* dict = args.at("notify_events").as<settings::Dict>();
  if (dict == nullptr) return args.strings("notify_events").value_or(std::vector<std::string>());
  std::vector<std::string> words;
  for (const Value& key : dict->keys) {
    const auto* word = key.as<std::string>();
    if (word == nullptr) args.fail("notify_events", "its keys must be strings, not " + describe(key));
    words.push_back(*word);
  }
  return words;
}

}  // namespace

void add_bot_arguments(settings::Schema& schema) {
  schema.arguments.insert(
      schema.arguments.end(),
      {{.name = "authz", .types = {Type::dict}, .doc = "who may use which command"},
       {.name = "tags", .types = {Type::strings}, .doc = "only builders that have one of them"},
       {.name = "notify_events",
        .types = {Type::strings, Type::dict},
        .doc = "what the configured places are told of"},
       {.name = "showBlameList",
        .types = {Type::boolean},
        .fallback = {false},
        .doc = "name those whose changes are in a bad build"},
       {.name = "useRevisions",
        .types = {Type::boolean},
        .fallback = {false},
        .doc = "name builds by their revisions"},
       {.name = "digestAfter",
        .types = {Type::integer},
        .fallback = {default_digest_after},
        .doc = "seconds of waiting after which announcements to one place are sent as a digest"}});
}

BotSettings read_bot_settings(const Arguments& args, std::string (*fold)(std::string_view)) {
  BotSettings settings;
  settings.authz = Authz::read(args, fold);
  if (const auto tags = args.strings("tags")) settings.tags.emplace(tags->begin(), tags->end());
  for (const std::string& word : event_words(args)) {
    if (!is_event(word)) {
      args.fail("notify_events", "'" + word + "' is not an event; there are " + listed(offered_events()));
    }
    settings.notify_events.insert(word);
  }
  settings.show_blame_list = args.boolean("showBlameList");
  settings.use_revisions = args.boolean("useRevisions");
  const std::int64_t seconds = args.integer("digestAfter");
  if (seconds < 1) args.fail("digestAfter", "must be at least 1 second");
  settings.digest_after = to_millis(seconds);
  return settings;
}

}  // namespace carillon::chat
