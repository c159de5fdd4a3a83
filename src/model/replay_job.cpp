#include "model/replay_job.hpp"

#include <algorithm>
#include <array>

#include "base/moment.hpp"
#include "base/terminal.hpp"

namespace carillon {
namespace {

constexpr std::array<std::string_view, 7> replay_states{"counting", "counted",     "ordering", "done",
                                                        "stopped",  "interrupted", "failed"};

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

json::value number_or_null(std::int64_t number) {
  return number == 0 ? json::value(nullptr) : json::value(number);
}

std::size_t size_at(const json::object& told, std::string_view key) {
  return static_cast<std::size_t>(std::max<std::int64_t>(integer_at(told, key).value_or(0), 0));
}

std::optional<ReplayState> replay_state_from(std::string_view word) {
  const auto* at = std::ranges::find(replay_states, word);
  if (at == replay_states.end()) return std::nullopt;
  return static_cast<ReplayState>(at - replay_states.begin());
}

ReplayCount count_of(const json::object& told) {
  ReplayCount count;
  count.events = size_at(told, "events");
  count.builds = size_at(told, "builds");
  const auto add = [&](std::string_view name, std::size_t ReplayShare::* part) {
    const json::object* shares = object_at(told, name);
    if (shares == nullptr) return;
    for (const auto& [reporter, reports] : *shares) {
      if (reports.is_int64() && reports.get_int64() >= 0)
        count.by_reporter[std::string(reporter)].*part = static_cast<std::size_t>(reports.get_int64());
    }
  };
  add("reporters", &ReplayShare::reports);
  add("delivered_before", &ReplayShare::delivered);
  add("waiting_already", &ReplayShare::waiting);
  return count;
}

}  // namespace

ReplayShare ReplayCount::all() const {
  ReplayShare sum;
  for (const auto& [reporter, share] : by_reporter) {
    sum.reports += share.reports;
    sum.delivered += share.delivered;
    sum.waiting += share.waiting;
  }
  return sum;
}

json::object to_json(const ReplayCount& count) {
  json::object reports;
  json::object delivered;
  json::object waiting;
  for (const auto& [reporter, share] : count.by_reporter) {
    reports[reporter] = share.reports;
    delivered[reporter] = share.delivered;
    waiting[reporter] = share.waiting;
  }
  json::object out;
  out["events"] = count.events;
  out["builds"] = count.builds;
  out["reports"] = count.all().reports;
  out["reporters"] = std::move(reports);
  out["delivered_before"] = std::move(delivered);
  out["waiting_already"] = std::move(waiting);
  return out;
}

std::string_view name(ReplayState state) {
  return replay_states.at(static_cast<std::size_t>(state));
}

json::object to_json(const ReplayJob& job) {
  json::object out;
  out["id"] = job.id;
  out["state"] = name(job.state);
  out["since"] = number_or_null(job.since);
  out["until"] = number_or_null(job.until);
  out["reporter"] = text_or_null(job.wish.reporter);
  out["builder"] = text_or_null(job.wish.builder);
  out["after"] = job.range.after;
  out["up_to"] = job.range.up_to;
  out["at"] = job.at;
  for (auto& [key, value] : to_json(job.count))
    out[key] = value;
  out["ordered"] = job.ordered;
  out["not_worded_yet"] = job.open;
  out["forgotten"] = job.gone;
  out["behind"] = job.behind;
  out["who"] = job.who;
  out["why"] = text_or_null(job.why);
  out["created"] = job.created;
  out["begun"] = number_or_null(job.begun);
  out["ended"] = number_or_null(job.ended);
  out["dry_run"] = !job.at_once;
  out["trouble"] = text_or_null(job.trouble);
  out["mark"] = job.mark;
  return out;
}

std::optional<ReplayJob> replay_job_of(const json::value& told) {
  if (!told.is_object()) return std::nullopt;
  const json::object& object = told.get_object();
  const auto number = [&](std::string_view key) { return integer_at(object, key).value_or(0); };
  const auto state = replay_state_from(text_at(object, "state"));
  ReplayJob job;
  job.id = number("id");
  job.mark = number("mark");
  if (!state || job.id < 1 || job.mark < 1) return std::nullopt;
  job.state = *state;
  job.since = number("since");
  job.until = number("until");
  job.wish.reporter = text_at(object, "reporter");
  job.wish.builder = text_at(object, "builder");
  job.range = {number("after"), number("up_to")};
  job.at = number("at");
  job.count = count_of(object);
  job.ordered = size_at(object, "ordered");
  job.open = size_at(object, "not_worded_yet");
  job.gone = size_at(object, "forgotten");
  job.who = text_at(object, "who");
  job.why = text_at(object, "why");
  job.created = number("created");
  job.begun = number("begun");
  job.ended = number("ended");
  const json::value* dry_run = object.if_contains("dry_run");
  job.at_once = dry_run != nullptr && *dry_run == json::value(false);
  job.trouble = text_at(object, "trouble");
  return job;
}

std::string title_of(const ReplayJob& job) {
  return "replay " + std::to_string(job.id) + ": " + counted(job.count.all().reports, "report") + " of " +
         counted(job.count.events, "event");
}

std::string subject_of(const ReplayJob& job) {
  std::string words = job.since == 0 ? "events " + std::to_string(job.range.after + 1) + " to " +
                                           std::to_string(job.range.up_to)
                                     : "heard " + minute_text(job.since) + " to " + minute_text(job.until);
  if (!job.wish.builder.empty()) words += ", builder " + job.wish.builder;
  if (!job.wish.reporter.empty()) words += ", reporter " + job.wish.reporter;
  return words;
}

std::string progress_of(const ReplayJob& job) {
  const std::size_t reports = job.count.all().reports;
  std::string words = std::to_string(job.ordered) + " of " + counted(reports, "report") +
                      (reports == 1 ? " is" : " are") + " ordered, up to event " + std::to_string(job.at);
  if (job.open > 0) words += "; " + std::to_string(job.open) + " were not worded yet, and go out once";
  if (job.gone > 0) words += "; events of " + std::to_string(job.gone) + " were forgotten meanwhile";
  return words;
}

}  // namespace carillon
