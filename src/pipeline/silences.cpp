#include "pipeline/silences.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace carillon::pipeline {
namespace {

// What was heard just before the end is stored by then, and in the summary.
constexpr Millis closing_grace = 1000;
constexpr Millis kept_after_end = Millis{30} * 24 * 3600 * 1000;
constexpr std::chrono::milliseconds longest_rest{60'000};
constexpr std::chrono::milliseconds rest_after_failure{2000};

bool is_over(const Silence& silence, Millis now) {
  return !silence.closed && silence.until + closing_grace <= now;
}

// Who is told by the delivery after all; the first silence that holds it back from somebody, and the note.
struct Split {
  std::vector<std::string> told;
  std::vector<std::string> left_out;
  const Silence* silence = nullptr;
};

Split split(const Delivery& delivery, std::span<const Silence> silences, const RosterEntry& entry,
            const rule::Report& report, Millis heard) {
  Split split;
  for (std::string& one : entry.reporter->told_by(delivery)) {
    const Silence* by = rule::held_by(silences, report, heard, one);
    if (by != nullptr && split.silence == nullptr) split.silence = by;
    (by != nullptr ? split.left_out : split.told).push_back(std::move(one));
  }
  return split;
}

}  // namespace

rule::Report report_of(const RosterEntry& entry, std::span<const BuildFacts> builds) {
  return {entry.name, entry.reporter != nullptr && entry.reporter->tells_programs(), builds};
}

void hold_back(Decision& decision, const Silences& silences, const rule::Report& report, Millis heard) {
  using Outcome = Decision::Outcome;
  if (decision.outcome != Outcome::report && decision.outcome != Outcome::summary) return;
  const Silence* by = rule::held_by(silences.all(), report, heard);
  if (by == nullptr) return;
  decision.outcome = Outcome::silenced;
  decision.silence = by->id;
  decision.reason = rule::in_words(*by) + " (else: " + decision.reason + ")";
}

void hold_back(std::vector<Delivery>& deliveries, const Silences& silences, const RosterEntry& entry,
               std::span<const BuildFacts> builds, Millis heard) {
  const rule::Report report = report_of(entry, builds);
  const auto names_a_target = [&](const Silence& silence) {
    return !silence.target.empty() && runs(silence, heard) && rule::covers(silence, report);
  };
  if (std::ranges::none_of(silences.all(), names_a_target)) return;
  for (Delivery& delivery : deliveries) {
    if (delivery.skip) continue;
    const Split found = split(delivery, silences.all(), entry, report, heard);
    if (found.silence == nullptr) continue;
    std::string note = rule::in_words(*found.silence);
    if (found.told.empty()) {
      delivery.skip = true;
    } else {
      note = "not to " + joined(found.left_out, ", ") + ": " + note;
      delivery = entry.reporter->only_for(std::move(delivery), found.told);
    }
    delivery.silence = found.silence->id;
    delivery.note += (delivery.note.empty() ? "" : "; ") + note;
  }
}

asio::awaitable<void> Silences::run() {
  while (!stopping_) {
    const auto looked = co_await look();
    if (stopping_) co_return;
    if (!looked) {
      log_.error("silences", "cannot look after them: " + looked.error().what);
      co_await sleep_for(rest_after_failure);
      continue;
    }
    auto changed = co_await store_.silences_changed(rest(clock_.now()));
    if (!changed) co_await sleep_for(rest_after_failure);
  }
}

Task<void> Silences::look() {
  auto read = co_await store_.silences();
  if (!read) co_return failed(read);
  all_ = std::move(*read);
  ready_ = true;
  co_return co_await close_ended(clock_.now());
}

Task<void> Silences::close_ended(Millis now) {
  std::vector<std::string> reporters;
  for (const RosterEntry& entry : roster_->entries) {
    if (entry.reporter != nullptr && entry.reporter->sums_up()) reporters.push_back(entry.name);
  }
  // By their numbers: while the store works, all_ may be read anew.
  std::vector<RowId> ended;
  for (const Silence& silence : all_) {
    if (is_over(silence, now)) ended.push_back(silence.id);
  }
  for (const RowId id : ended) {
    auto closed = co_await store_.close_silence(id, reporters, now);
    if (!closed) co_return closed;
    log_.info("silences", "silence " + std::to_string(id) + " is over");
    const auto found = std::ranges::find(all_, id, &Silence::id);
    if (found != all_.end()) found->closed = true;
  }
  const auto is_old = [now](const Silence& silence) {
    return silence.closed && silence.until + kept_after_end < now;
  };
  if (std::ranges::none_of(all_, is_old)) co_return ok();
  auto forgotten = co_await store_.forget_silences(now - kept_after_end);
  if (!forgotten) co_return failed(forgotten);
  std::erase_if(all_, is_old);
  co_return ok();
}

// Until the next one ends.
std::chrono::milliseconds Silences::rest(Millis now) const {
  auto rest = longest_rest;
  for (const Silence& silence : all_) {
    if (silence.closed) continue;
    const Millis left = std::max<Millis>(silence.until + closing_grace - now, 1);
    rest = std::min(rest, std::chrono::milliseconds(left));
  }
  return rest;
}

}  // namespace carillon::pipeline
