#include "view/story.hpp"

#include "base/letters.hpp"
#include "base/text.hpp"
#include "model/build.hpp"
#include "view/heard_notes.hpp"

namespace carillon::view {
namespace {

json::value or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

}  // namespace

std::optional<store::Pause> pause_of(const store::LedgerRow& row, const std::vector<store::Pause>& pauses,
                                     Millis now) {
  if (row.state != DeliveryState::waiting) return std::nullopt;
  return store::pause_of(pauses, row.reporter, now);
}

DeliveryStory story_of(store::Ledger& ledger, store::LedgerRow row, const std::vector<store::Pause>& pauses,
                       Millis now) {
  DeliveryStory story;
  story.attempts = ledger.attempts(row.id);
  story.pause = pause_of(row, pauses, now);
  if (row.state == DeliveryState::waiting) story.behind = ledger.waits_behind(row.id);
  story.row = std::move(row);
  return story;
}

std::vector<EventStory> story_of(store::Ledger& ledger, const BuildName& name, Millis now) {
  const std::vector<store::Pause> pauses = ledger.pauses();
  std::vector<EventStory> stories;
  for (store::LedgerEvent& event : ledger.events_of(name)) {
    EventStory story;
    for (store::LedgerRow& row : ledger.deliveries_of(event.row))
      story.deliveries.push_back(story_of(ledger, std::move(row), pauses, now));
    story.notes = notes_of(ledger, event);
    story.event = std::move(event);
    stories.push_back(std::move(story));
  }
  return stories;
}

std::string title_of(const store::LedgerEvent& event) {
  switch (kind_of(event.event.key)) {
    case EventKind::build_started:
      return "started" + attempt_mark(BuildView(event.event.body).run());
    case EventKind::build_finished: {
      const BuildFacts facts = facts_of(event.event.body);
      return "finished" + attempt_mark(facts.run()) + ": " +
             std::string(facts.results ? name(*facts.results) : "no results");
    }
    case EventKind::buildset_complete:
      return "buildset complete";
    case EventKind::request_waiting:
      return "requested";
    case EventKind::request_ended: {
      const BuildFacts facts = facts_of(event.event.body);
      return "ended without a build: " + std::string(facts.results ? name(*facts.results) : "no results");
    }
    case EventKind::worker_missing:
      return "worker missing";
    case EventKind::worker_back:
      return "worker back online";
    case EventKind::silence_over:
      return "silence over";
    default:
      return event.event.key;
  }
}

std::string why_waiting(const DeliveryStory& story, const NoAnswer* silent) {
  const store::LedgerRow& row = story.row;
  if (row.state != DeliveryState::waiting) return {};
  if (story.behind) return "waits behind #" + std::to_string(*story.behind) + " of the same lane";
  if (!row.answer.empty()) return row.answer;
  if (story.pause) return "waits for the end of the pause";
  const std::string untried = row.attempts == 0 ? "not tried yet" : "no answer yet";
  if (silent == nullptr) return untried;
  return untried + "; the target does not answer" + (silent->answer.empty() ? "" : ": " + silent->answer);
}

bool is_to(const store::LedgerRow& row, std::string_view address) {
  for (const std::string_view word : words_of(row.target, " ,;<>")) {
    if (same_letters(word, address)) return true;
  }
  return same_letters(row.target, address);
}

json::object to_json(const store::LedgerRow& row, const std::optional<store::Pause>& pause) {
  json::object out;
  out["id"] = row.id;
  out["reporter"] = row.reporter;
  out["state"] = name(row.state);
  out["created"] = row.created;
  out["attempts"] = row.attempts;
  out["next_at"] = row.state == DeliveryState::waiting ? json::value(row.next_at) : json::value(nullptr);
  out["settled_at"] = row.settled_at ? json::value(*row.settled_at) : json::value(nullptr);
  out["key"] = row.key;
  out["target"] = row.target;
  out["summary"] = row.summary;
  out["note"] = row.note;
  out["answer"] = row.answer;
  const bool of_build = !row.builder.empty();
  out["source"] = row.source;
  out["builder"] = of_build ? json::value(row.builder) : json::value(nullptr);
  out["number"] = of_build && row.run.number > 0 ? json::value(row.run.number) : json::value(nullptr);
  out["attempt"] = of_build ? json::value(row.run.attempt) : json::value(nullptr);
  json::array parts;
  for (const std::string& part : row.settled) {
    json::object entry;
    entry["name"] = part.starts_with('!') ? part.substr(1) : part;
    entry["outcome"] = part.starts_with('!') ? "refused" : "delivered";
    parts.push_back(std::move(entry));
  }
  out["parts"] = std::move(parts);
  json::array files;
  for (const PayloadFile& file : row.files) {
    json::object entry;
    entry["label"] = file.label;
    entry["size"] = file.size;
    entry["file"] = file.name;
    files.push_back(std::move(entry));
  }
  out["files"] = std::move(files);
  out["paused_until"] = pause ? json::value(pause->until) : json::value(nullptr);
  out["paused_why"] = pause ? json::value(pause->why) : json::value(nullptr);
  return out;
}

json::object to_json(const DeliveryStory& story) {
  json::object out = to_json(story.row, story.pause);
  json::array attempts;
  for (const store::LedgerAttempt& attempt : story.attempts) {
    json::object one;
    one["at"] = attempt.at;
    one["state"] = name(attempt.state);
    one["answer"] = attempt.answer;
    attempts.push_back(std::move(one));
  }
  out["attempt_list"] = std::move(attempts);
  out["waits_behind"] = story.behind ? json::value(*story.behind) : json::value(nullptr);
  return out;
}

json::object to_json(const EventStory& story) {
  const store::LedgerEvent& entry = story.event;
  const BuildView body(entry.event.body);
  const auto number_or_null = [](std::optional<std::int64_t> number) {
    return number ? json::value(*number) : json::value(nullptr);
  };
  json::object out;
  out["id"] = entry.row;
  out["source"] = entry.event.source;
  out["key"] = entry.event.key;
  out["title"] = title_of(entry);
  out["builder"] = or_null(std::string(body.builder().value_or("")));
  out["number"] = number_or_null(body.number());
  out["attempt"] =
      is_build(kind_of(entry.event.key)) ? json::value(body.run().attempt) : json::value(nullptr);
  out["results"] = number_or_null(body.results());
  out["url"] = or_null(std::string(body.url().value_or("")));
  out["at"] = entry.event.at;
  out["heard"] = entry.heard;
  out["heard_by"] = or_null(text_at(entry.event.body, "heard_by"));
  out["notes"] = json::value_from(story.notes);
  json::array decisions;
  for (const ReporterDecision& decision : entry.decisions) {
    json::object of;
    of["reporter"] = decision.reporter;
    of["decision"] = name(decision.decision.outcome);
    of["reason"] = decision.decision.reason;
    if (decision.decision.silence != 0) of["silence"] = decision.decision.silence;
    decisions.push_back(std::move(of));
  }
  out["decisions"] = std::move(decisions);
  out["untold"] = or_null(entry.event.untold);
  out["not_worded_yet"] = json::value_from(entry.open_notifications);
  json::array deliveries;
  for (const DeliveryStory& delivery : story.deliveries)
    deliveries.push_back(to_json(delivery));
  out["deliveries"] = std::move(deliveries);
  return out;
}

}  // namespace carillon::view
