#include "chat/announcer.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <map>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "model/build.hpp"
#include "model/members.hpp"

namespace carillon::chat {
namespace {

using reporter::Details;

constexpr std::size_t short_hash_length = 7;
constexpr std::size_t max_revisions = 10;
constexpr std::size_t max_state = 200;  // characters of a state_string
constexpr std::size_t summary_lines = 10;
constexpr std::size_t max_summary = 200;  // likewise, for the ledger
constexpr std::size_t max_blamed = 20;
constexpr std::size_t digest_lines = 5;

bool is_hash(std::string_view revision) {
  return revision.size() >= 32 &&
         revision.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

void add_revision(std::vector<std::string>& revisions, std::string_view revision) {
  if (revision.empty()) return;
  std::string shown(is_hash(revision) ? revision.substr(0, short_hash_length) : revision);
  if (std::find(revisions.begin(), revisions.end(), shown) == revisions.end())
    revisions.push_back(std::move(shown));
}

void add_revisions_of(std::vector<std::string>& revisions, const json::value& got) {
  if (got.is_string()) add_revision(revisions, got.get_string());
  if (!got.is_object()) return;  // by codebase
  for (const auto& of : got.get_object()) {
    if (of.value().is_string()) add_revision(revisions, of.value().get_string());
  }
}

std::string first_of(const std::vector<std::string>& words, std::size_t most, std::string_view separator) {
  std::string text;
  for (std::size_t i = 0; i < words.size() && i < most; ++i)
    text += (text.empty() ? "" : std::string(separator)) + words[i];
  if (words.size() > most) text += " and " + std::to_string(words.size() - most) + " more";
  return text;
}

std::string cut_line(std::string_view text, std::size_t most) {
  return ellipsize(fold_to_line(valid_utf8(text)), most);
}

// What the announcement of a build says.
Text build_text(const BotSettings& settings, const Details& details, const BuildFacts& facts,
                bool several_masters) {
  const json::object& build = details.builds.front();
  const std::string shown = several_masters ? details.source + "/" + facts.builder : facts.builder;
  Text text = build_title(settings, build, shown);
  if (details.kind == EventKind::build_started) return text.plain(" started.");
  if (!facts.results) return text.plain(" finished.");
  text.plain(" ").outcome(*facts.results);
  const std::string state = cut_line(BuildView(build).state_string().value_or(""), max_state);
  if (*facts.results != Results::success && !state.empty()) {
    text.plain(": " + state);
  } else {
    text.plain(".");
  }
  if (settings.show_blame_list && *facts.results != Results::success) {
    if (const auto users = responsible_users(build); !users.empty())
      text.plain("  blamelist: " + first_of(users, max_blamed, ", "));
  }
  return text;
}

Text worker_text(const Details& details, bool several_masters) {
  const std::string name(string_at(details.worker, "name").value_or("?"));
  Text text;
  text.plain("Worker ").code(several_masters ? details.source + "/" + name : name);
  if (details.kind == EventKind::worker_back) return text.plain(" is back online.");
  text.plain(" is missing.");
  if (const auto seen = string_at(details.worker, "last_connection"); seen && !seen->empty())
    text.plain(" It was seen last on " + cut_line(*seen, max_state) + ".");
  return text;
}

// The places that are told. When the previous build could not be asked for (a note says so), those are told,
// too, that some previous build would make listen: better one message too many than one that is lost.
std::map<std::string, std::string> told(const Subscriptions& subscriptions, const Details& details,
                                        const BuildFacts& facts) {
  if (details.builds.empty())
    return subscriptions.listeners(details.kind, details.source, facts, std::nullopt);
  const json::object& build = details.builds.front();
  const std::optional<Results> previous = results_at(build, "prev_build.results");
  auto found = subscriptions.listeners(details.kind, details.source, facts, previous);
  if (previous || details.notes.empty()) return found;
  for (const Results guess : {Results::success, Results::failure})
    found.merge(subscriptions.listeners(details.kind, details.source, facts, guess));
  return found;
}

// Whoever may have been told of one of the builds, whatever went before it.
std::map<std::string, std::string> told_of_any(const Subscriptions& subscriptions, const Details& details) {
  std::map<std::string, std::string> found;
  for (const json::object& build : details.builds) {
    const BuildFacts facts = facts_of(build);
    for (const std::optional<Results> guess :
         {std::optional<Results>(), std::optional(Results::success), std::optional(Results::failure)})
      found.merge(subscriptions.listeners(EventKind::build_finished, details.source, facts, guess));
  }
  return found;
}

// What a silence held back: the first lines of its words, without the addresses.
Text summary_text(const json::object& report) {
  Text text;
  const std::string body = text_at(report, "body");
  std::size_t lines = 0;
  for (const std::string_view line : words_of(body, "\n")) {
    if (line.starts_with(' ') || lines++ >= summary_lines) continue;
    if (!text.spans().empty()) text.line();
    text.plain(std::string(line));
  }
  if (lines > summary_lines) text.line().plain("and " + std::to_string(lines - summary_lines) + " more");
  return text;
}

std::string utc(Millis at) {
  const std::time_t seconds = at / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts);
  return {text.data(), length};
}

std::optional<Results> outcome_of(const Text& text) {
  for (const Span& span : text.spans()) {
    if (span.results) return span.results;
  }
  return std::nullopt;
}

std::string payload_of(const std::string& place, Millis at, const Text& text) {
  return json::serialize(json::object{{"place", place}, {"at", at}, {"text", text.to_json()}});
}

}  // namespace

std::vector<std::string> short_revisions(const json::object& build) {
  std::vector<std::string> revisions;
  for (const char* list : {"changes", "buildset.sourcestamps"}) {
    const json::array* members = array_at(build, list);
    if (members == nullptr) continue;
    for (const json::value& one : *members) {
      if (one.is_object()) add_revision(revisions, string_at(one.get_object(), "revision").value_or(""));
    }
  }
  if (revisions.empty()) {
    if (const json::value* got = property(build, "got_revision")) add_revisions_of(revisions, *got);
  }
  return revisions;
}

Text build_title(const BotSettings& settings, const json::object& build, std::string_view shown_builder) {
  Text text;
  std::string again = attempt_mark(BuildView(build).run());
  if (!again.empty()) again += ",";
  if (settings.use_revisions) {
    const auto revisions = short_revisions(build);
    if (!revisions.empty()) {
      const std::string list = first_of(revisions, max_revisions, ", ");
      text.plain("Build containing revision(s) ");
      text.plain(settings.traits.bracket_revisions ? "[" + list + "]" : list);
      return text.plain(again + " on ").code(shown_builder);
    }
  }
  const auto number = BuildView(build).number();
  text.plain("Build ").link("#" + (number ? std::to_string(*number) : "?"),
                            BuildView(build).url().value_or(""));
  return text.plain(again + " of ").code(shown_builder);
}

std::vector<Delivery> announce(const BotSettings& settings, const Subscriptions& subscriptions,
                               const Details& details, std::string_view target, bool several_masters) {
  std::vector<Delivery> deliveries;
  const bool worker = details.kind == EventKind::worker_missing || details.kind == EventKind::worker_back;
  const bool summary = details.kind == EventKind::buildset_complete && details.report;
  if (!worker && ((!is_build(details.kind) && !summary) || details.builds.empty())) return deliveries;
  const BuildFacts facts = worker ? BuildFacts() : facts_of(details.builds.front());
  const Text text = worker    ? worker_text(details, several_masters)
                    : summary ? summary_text(*details.report)
                              : build_text(settings, details, facts, several_masters);
  for (const auto& [place, why] :
       summary ? told_of_any(subscriptions, details) : told(subscriptions, details, facts)) {
    Delivery delivery;
    delivery.key = settings.traits.medium + " " + details.event_id + " " + place;
    delivery.lane = place;
    delivery.target = std::string(target) + " " + place;
    delivery.summary = settings.traits.medium + ": " + cut_line(text.words(), max_summary);
    delivery.payload = payload_of(place, details.at, text);
    if (subscriptions.muted(place)) {
      delivery.skip = true;
      delivery.note = "somebody muted the bot in " + place;
    }
    deliveries.push_back(std::move(delivery));
  }
  return deliveries;
}

reporter::Needs announcement_needs(const BotSettings& settings, const Subscriptions& subscriptions) {
  reporter::Needs needs;
  needs.properties = settings.use_revisions || settings.show_blame_list;
  needs.changes = settings.use_revisions || settings.show_blame_list;
  needs.previous_build = subscriptions.compares();
  return needs;
}

std::optional<Announcement> announcement_of(const Delivery& delivery) {
  boost::system::error_code error;
  const json::value payload = json::parse(delivery.payload, error);
  if (error || !payload.is_object()) return std::nullopt;
  const json::object& object = payload.get_object();
  const auto place = string_at(object, "place");
  const json::value* spans = object.if_contains("text");
  if (!place || spans == nullptr) return std::nullopt;
  auto text = Text::of_json(*spans);
  if (!text) return std::nullopt;
  return Announcement{std::string(*place), integer_at(object, "at").value_or(0), std::move(*text)};
}

bool overdue(const BotSettings& settings, const Delivery& delivery, Millis created, Millis now) {
  if (now - created >= settings.digest_after) return true;
  const auto announcement = announcement_of(delivery);
  return announcement && announcement->at != 0 && now - announcement->at >= settings.digest_after;
}

std::optional<Delivery> digest(const std::vector<Delivery>& deliveries) {
  std::vector<Announcement> announcements;
  for (const Delivery& delivery : deliveries) {
    auto one = announcement_of(delivery);
    if (!one) return std::nullopt;
    announcements.push_back(std::move(*one));
  }
  if (announcements.empty()) return std::nullopt;
  std::map<std::string_view, std::size_t> ends;
  for (const Announcement& one : announcements) {
    if (const auto results = outcome_of(one.text)) ++ends[outcome_words(*results)];
  }
  Text text;
  text.plain(std::to_string(announcements.size()) + " announcements had to wait since " +
             utc(announcements.front().at) + ".");
  std::string list;
  for (const auto& [words, count] : ends)
    list += (list.empty() ? " Of the builds " : ", ") + std::to_string(count) + " " + std::string(words);
  if (!list.empty()) text.plain(list + ".");
  const std::size_t shown = std::min(digest_lines, announcements.size());
  text.plain(shown < announcements.size() ? " The last ones:" : "");
  for (std::size_t i = announcements.size() - shown; i < announcements.size(); ++i)
    text.line().append(announcements[i].text);
  Delivery one = deliveries.front();
  one.key += " digest";
  one.summary = "digest of " + std::to_string(announcements.size()) + " announcements";
  one.payload = payload_of(announcements.front().place, announcements.back().at, text);
  return one;
}

}  // namespace carillon::chat
