#include "view/read.hpp"

#include "store/error.hpp"

namespace carillon::view {
namespace {

[[noreturn]] void refuse_word(const char* what, const std::string& word) {
  throw store::Error("the server knows " + std::string(what) + " '" + word +
                     "', which is unknown here: it is another version of Carillon");
}

DeliveryState state_at(const json::object& told) {
  const std::string word = text_at(told, "state");
  const auto state = delivery_state_from(word);
  if (!state) refuse_word("a state", word);
  return *state;
}

std::size_t count_at(const json::object& told, std::string_view key) {
  const std::int64_t count = integer_at(told, key).value_or(0);
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

ReporterDecision decision_of(const json::object& told) {
  using Outcome = Decision::Outcome;
  const std::string word = text_at(told, "decision");
  for (const Outcome outcome : {Outcome::report, Outcome::summary, Outcome::ignore, Outcome::silenced}) {
    if (name(outcome) == word)
      return {text_at(told, "reporter"),
              {outcome, text_at(told, "reason"), integer_at(told, "silence").value_or(0)}};
  }
  refuse_word("a decision", word);
}

void put_text(json::object& body, std::string_view key, const std::string& text) {
  if (!text.empty()) body[key] = text;
}

void put_number(json::object& body, std::string_view key, std::optional<std::int64_t> number) {
  if (number) body[key] = *number;
}

// What a build and a request have in common.
json::object body_of(const json::object& told) {
  json::object body;
  if (const std::string builder = text_at(told, "builder"); !builder.empty())
    body["builder"] = json::object{{"name", builder}};
  put_number(body, "number", integer_at(told, "number"));
  put_number(body, "attempt", integer_at(told, "attempt"));
  put_number(body, "results", integer_at(told, "results"));
  put_text(body, "url", text_at(told, "url"));
  return body;
}

}  // namespace

bool is_true_at(const json::object& told, std::string_view key) {
  const json::value* value = told.if_contains(key);
  return value != nullptr && *value == json::value(true);
}

std::vector<std::string> texts_at(const json::object& told, std::string_view path) {
  std::vector<std::string> texts;
  if (const json::array* list = array_at(told, path)) {
    for (const json::value& one : *list) {
      if (one.is_string()) texts.emplace_back(one.get_string());
    }
  }
  return texts;
}

store::LedgerRow row_of(const json::object& told) {
  store::LedgerRow row;
  row.id = integer_at(told, "id").value_or(0);
  row.reporter = text_at(told, "reporter");
  row.state = state_at(told);
  row.created = integer_at(told, "created").value_or(0);
  row.next_at = integer_at(told, "next_at").value_or(0);
  row.settled_at = integer_at(told, "settled_at");
  row.attempts = static_cast<int>(integer_at(told, "attempts").value_or(0));
  row.key = text_at(told, "key");
  row.target = text_at(told, "target");
  row.summary = text_at(told, "summary");
  row.note = text_at(told, "note");
  row.answer = text_at(told, "answer");
  for (const json::object* part : objects_at(told, "parts"))
    row.settled.push_back((text_at(*part, "outcome") == "refused" ? "!" : "") + text_at(*part, "name"));
  for (const json::object* entry : objects_at(told, "files")) {
    PayloadFile file;
    file.name = text_at(*entry, "file");
    file.size = static_cast<std::uint64_t>(count_at(*entry, "size"));
    file.label = text_at(*entry, "label");
    row.files.push_back(std::move(file));
  }
  row.source = text_at(told, "source");
  row.builder = text_at(told, "builder");
  row.run = {integer_at(told, "number").value_or(0), integer_at(told, "attempt").value_or(1)};
  return row;
}

DeliveryStory delivery_story_of(const json::object& told) {
  DeliveryStory story;
  story.row = row_of(told);
  for (const json::object* attempt : objects_at(told, "attempt_list"))
    story.attempts.push_back(
        {integer_at(*attempt, "at").value_or(0), state_at(*attempt), text_at(*attempt, "answer")});
  if (const auto until = integer_at(told, "paused_until"))
    story.pause = store::Pause{story.row.reporter, *until, text_at(told, "paused_why")};
  story.behind = integer_at(told, "waits_behind");
  return story;
}

EventStory event_story_of(const json::object& told) {
  EventStory story;
  store::LedgerEvent& entry = story.event;
  entry.row = integer_at(told, "id").value_or(0);
  entry.event.source = text_at(told, "source");
  entry.event.key = text_at(told, "key");
  entry.event.at = integer_at(told, "at").value_or(0);
  entry.event.untold = text_at(told, "untold");
  entry.event.body = body_of(told);
  put_text(entry.event.body, "heard_by", text_at(told, "heard_by"));
  story.notes = texts_at(told, "notes");
  if (!story.notes.empty()) entry.event.body["heard_notes"] = json::value_from(story.notes);
  entry.heard = integer_at(told, "heard").value_or(0);
  for (const json::object* decision : objects_at(told, "decisions"))
    entry.decisions.push_back(decision_of(*decision));
  entry.open_notifications = texts_at(told, "not_worded_yet");
  for (const json::object* delivery : objects_at(told, "deliveries")) {
    story.deliveries.push_back(delivery_story_of(*delivery));
    story.deliveries.back().row.event = entry.row;
    story.deliveries.back().row.event_key = entry.event.key;
  }
  return story;
}

store::ListedBuild build_of(const json::object& told) {
  store::ListedBuild build;
  build.event.source = text_at(told, "source");
  build.event.at = integer_at(told, "at").value_or(0);
  build.event.body = body_of(told);
  put_text(build.event.body, "state_string", text_at(told, "state_string"));
  if (const std::string revision = text_at(told, "revision"); !revision.empty())
    build.event.body["buildset"] =
        json::object{{"sourcestamps", json::array{json::object{{"revision", revision}}}}};
  build.builder = text_at(told, "builder");
  build.run = {integer_at(told, "number").value_or(0), integer_at(told, "attempt").value_or(1)};
  build.branch = text_at(told, "branch");
  if (const auto results = integer_at(told, "results")) {
    build.results = results_from(*results);
    if (!build.results) refuse_word("a result", std::to_string(*results));
  }
  build.heard = integer_at(told, "heard").value_or(0);
  return build;
}

store::ListedBuilder builder_of(const json::object& told) {
  store::ListedBuilder builder{text_at(told, "source"), text_at(told, "builder"), {}};
  for (const json::object* build : objects_at(told, "builds"))
    builder.newest.push_back(build_of(*build));
  return builder;
}

store::KeptSilence silence_of(const json::object& told) {
  store::KeptSilence kept;
  Silence& silence = kept.silence;
  silence.id = integer_at(told, "id").value_or(0);
  silence.builder = text_at(told, "builder");
  silence.branch = text_at(told, "branch");
  silence.tag = text_at(told, "tag");
  silence.result = text_at(told, "result");
  silence.reporter = text_at(told, "reporter");
  silence.target = text_at(told, "target");
  silence.from = integer_at(told, "from").value_or(0);
  silence.until = integer_at(told, "until").value_or(0);
  silence.why = text_at(told, "why");
  silence.who = text_at(told, "who");
  silence.created = integer_at(told, "created").value_or(0);
  silence.ended_by = text_at(told, "ended_by");
  silence.statuses = is_true_at(told, "statuses");
  silence.summary = is_true_at(told, "summary");
  for (const json::object* one : objects_at(told, "held"))
    kept.held.push_back({text_at(*one, "reporter"), text_at(*one, "source"), text_at(*one, "builder"),
                         count_at(*one, "count"), 0});
  return kept;
}

Tried tried_of(const json::object& told) {
  Tried tried;
  tried.reports = count_at(told, "reports");
  tried.held = count_at(told, "held_back");
  if (const json::object* shares = object_at(told, "by_reporter")) {
    for (const auto& [reporter, count] : *shares)
      tried.by_reporter[std::string(reporter)] = count_at(*shares, reporter);
  }
  tried.partial = is_true_at(told, "partial");
  tried.events = count_at(told, "events");
  return tried;
}

std::vector<store::Pause> pauses_of(const json::object& status) {
  std::vector<store::Pause> pauses;
  for (const json::object* pause : objects_at(status, "pauses"))
    pauses.push_back({text_at(*pause, "reporter"), integer_at(*pause, "until").value_or(0),
                      text_at(*pause, "why"), text_at(*pause, "by")});
  return pauses;
}

Status status_of(const json::object& told) {
  Status status;
  status.running = true;
  if (const json::object* server = object_at(told, "server")) status.server = server_status_of(*server);
  for (const json::object* one : objects_at(told, "reporters"))
    status.backlog.push_back({text_at(*one, "reporter"), count_at(*one, "waiting"), count_at(*one, "dead"),
                              integer_at(*one, "oldest").value_or(0), text_at(*one, "answer")});
  for (const store::Ledger::Backlog& one : status.backlog) {
    if (one.waiting > 0) status.open.push_back({one.reporter, 0, one.waiting});
  }
  for (const json::object* one : objects_at(told, "not_worded_yet")) {
    const std::string reporter = text_at(*one, "reporter");
    store::OpenWork* known = nullptr;
    for (store::OpenWork& open : status.open) {
      if (open.reporter == reporter) known = &open;
    }
    if (known == nullptr) known = &status.open.emplace_back(store::OpenWork{reporter});
    known->notifications = count_at(*one, "reports");
  }
  status.pauses = pauses_of(told);
  return status;
}

}  // namespace carillon::view
