#include "view/silences.hpp"

#include <algorithm>

#include "base/letters.hpp"
#include "base/moment.hpp"
#include "base/text.hpp"
#include "rule/silence.hpp"
#include "view/hold.hpp"

namespace carillon::view {
namespace {

constexpr Millis tried_time = Millis{24} * 3600 * 1000;
constexpr std::size_t most_tried = 20'000;
// Their deliveries are read, too.
constexpr std::size_t most_tried_with_target = 4'000;

// "2h", "1h 30m", "3 days": parse_moment() takes it for how long ago.
bool is_length(std::string_view text) {
  return text.find_first_of("-:") == std::string_view::npos && !is_digits(text) &&
         !lower(trim(text)).ends_with("ago");
}

Result<Millis> moment_at(const Given& given, std::string_view name, Millis now, Zone zone) {
  const std::string text = given(name);
  if (text.empty()) return 0;
  return moment_of(name, text, now, zone);
}

Result<Millis> length_at(const Given& given, std::string_view name) {
  const std::string text = given(name);
  if (text.empty()) return 0;
  const Millis now = SystemClock().now();
  const auto at = parse_moment(text, now);
  if (!at || !is_length(text) || *at >= now)
    return rejected(std::string(name) + ": '" + text + "' is not how long: write 90m, 2h or '3 days'");
  return now - *at;
}

Result<bool> flag_at(const Given& given, std::string_view name) {
  const std::string text = given(name);
  if (text == "1" || text == "true" || text == "yes" || text == "on") return true;
  if (text.empty() || text == "0" || text == "false" || text == "no" || text == "off") return false;
  return rejected(std::string(name) + ": '" + text + "' is neither yes nor no");
}

Result<Silence> subject(const Given& given) {
  Silence silence;
  silence.builder = given("builder");
  silence.branch = given("branch");
  silence.tag = given("tag");
  silence.result = given("result");
  silence.reporter = given("reporter");
  silence.target = given("target");
  const auto statuses = flag_at(given, "statuses");
  if (!statuses) return failed(statuses);
  const auto summary = flag_at(given, "summary");
  if (!summary) return failed(summary);
  silence.statuses = *statuses;
  silence.summary = *summary;
  return silence;
}

Result<Silence> checked(Silence silence, Millis now) {
  if (const std::string why = rule::wrong(silence, now); !why.empty()) return rejected(why);
  return silence;
}

// Whether one of the event's deliveries by that reporter went to whom the silence is about.
bool was_told(const std::vector<store::LedgerRow>& rows, const std::string& reporter,
              const Silence& silence) {
  return std::ranges::any_of(rows, [&](const store::LedgerRow& row) {
    return row.reporter == reporter && row.state != DeliveryState::skipped &&
           rule::covers(silence, row.target);
  });
}

}  // namespace

Phase phase_of(const Silence& silence, Millis now) {
  return now >= silence.until ? Phase::ended : now < silence.from ? Phase::coming : Phase::running;
}

std::string_view word(Phase phase) {
  switch (phase) {
    case Phase::coming:
      return "coming";
    case Phase::running:
      return "running";
    case Phase::ended:
      return "ended";
  }
  return "unknown";
}

Result<Silence> read_silence(const Given& given, std::string who, Millis now, Zone zone) {
  auto read = subject(given);
  if (!read) return failed(read);
  Silence silence = std::move(*read);
  auto from = moment_at(given, "from", now, zone);
  if (!from) return failed(from);
  auto until = moment_at(given, "until", now, zone);
  if (!until) return failed(until);
  auto lasting = length_at(given, "for");
  if (!lasting) return failed(lasting);
  if (*until != 0 && *lasting != 0) return rejected("for: until is given, too");
  silence.from = std::max(*from, now);
  silence.until = *lasting != 0 ? silence.from + *lasting : *until;
  silence.why = given("why");
  silence.who = std::move(who);
  silence.created = now;
  return checked(std::move(silence), now);
}

Result<Silence> read_subject(const Given& given, Millis now) {
  auto silence = subject(given);
  if (!silence) return silence;
  silence->from = now;
  silence->until = now + 1;
  silence->why = "to try it out";
  return checked(std::move(*silence), now);
}

Tried try_out(store::Ledger& ledger, const Silence& silence, Millis now,
              const std::function<bool(const std::string& reporter)>& tells_programs) {
  const std::size_t most = silence.target.empty() ? most_tried : most_tried_with_target;
  Tried tried;
  const auto decided = ledger.decided_since(now - tried_time, most, !silence.tag.empty());
  tried.events = decided.size();
  tried.partial = decided.size() == most;
  for (const store::Decided& event : decided) {
    const bool of_build = is_build(event.kind) || is_request(event.kind);
    std::optional<std::vector<store::LedgerRow>> rows;
    for (const ReporterDecision& of : event.decisions) {
      if (of.decision.outcome != Decision::Outcome::report) continue;
      ++tried.reports;
      const rule::Report report{
          of.reporter, tells_programs(of.reporter), {&event.facts, std::size_t{of_build ? 1U : 0U}}};
      if (!rule::covers(silence, report)) continue;
      if (!silence.target.empty()) {
        if (!rows) rows = ledger.deliveries_of(event.row);
        if (!was_told(*rows, of.reporter, silence)) continue;
      }
      ++tried.held;
      ++tried.by_reporter[of.reporter];
    }
  }
  return tried;
}

std::string in_words(const Tried& tried) {
  std::string list;
  for (const auto& [reporter, count] : tried.by_reporter)
    list += (list.empty() ? ": " : ", ") + reporter + " " + std::to_string(count);
  const std::string when = tried.partial ? "Of the newest " + std::to_string(tried.events) + " events"
                                         : std::string("In the last 24 h");
  return when + " this would have held back " + std::to_string(tried.held) + " of " +
         std::to_string(tried.reports) + " reports" + list + ".";
}

json::object to_json(const store::KeptSilence& kept, Millis now) {
  const Silence& silence = kept.silence;
  json::object out;
  out["id"] = silence.id;
  out["state"] = word(phase_of(silence, now));
  const auto add = [&](const char* name, const std::string& text) {
    out[name] = text.empty() ? json::value(nullptr) : json::value(text);
  };
  add("builder", silence.builder);
  add("branch", silence.branch);
  add("tag", silence.tag);
  add("result", silence.result);
  add("reporter", silence.reporter);
  add("target", silence.target);
  out["from"] = silence.from;
  out["until"] = silence.until;
  out["why"] = silence.why;
  out["who"] = silence.who;
  out["created"] = silence.created;
  add("ended_by", silence.ended_by);
  out["statuses"] = silence.statuses;
  out["summary"] = silence.summary;
  out["held_back"] = kept.count();
  json::array held;
  for (const store::HeldBack& one : kept.held) {
    json::object of;
    of["reporter"] = one.reporter;
    of["source"] = one.source;
    of["builder"] = one.builder.empty() ? json::value(nullptr) : json::value(one.builder);
    of["count"] = one.count;
    held.push_back(std::move(of));
  }
  out["held"] = std::move(held);
  return out;
}

json::object to_json(const Tried& tried) {
  json::object out;
  out["reports"] = tried.reports;
  out["held_back"] = tried.held;
  json::object by_reporter;
  for (const auto& [reporter, count] : tried.by_reporter)
    by_reporter[reporter] = count;
  out["by_reporter"] = std::move(by_reporter);
  out["events"] = tried.events;
  out["partial"] = tried.partial;
  return out;
}

}  // namespace carillon::view
