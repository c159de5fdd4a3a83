#include "pipeline/replay_walk.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

#include "base/moment.hpp"
#include "base/text.hpp"
#include "store/reading.hpp"

namespace carillon::pipeline {
namespace {

constexpr std::size_t events_of_a_block = 200;  // read, decided and ordered in one go
constexpr std::size_t most_unworded = 2000;     // more wait
// Of which none is worded for long: above this, what is heard meanwhile would be held up (intake.cpp).
constexpr std::size_t most_stuck = 10'000;
constexpr std::chrono::seconds pace_endurance{10};  // without any progress
constexpr std::size_t most_names = 10;              // in an error

std::string there_are(const std::vector<std::string>& names) {
  if (names.empty() || names.size() > most_names) return {};
  return " (there are: " + joined(names, ", ") + ")";
}

bool is_waiting(const store::LedgerRow& row) {
  return row.state == DeliveryState::waiting;
}

// One of several recipients is enough, though another was refused.
bool has_reached_somebody(const store::LedgerRow& row) {
  return row.state == DeliveryState::delivered || !store::settled_for_good(row).empty();
}

}  // namespace

WithLedger on_this_thread(store::Ledger& ledger) {
  const auto carefully = [](const std::function<void()>& act) -> Result<void> {
    try {
      act();
    } catch (const store::Error& error) {
      return unreachable(error.what());
    }
    return {};
  };
  return {.ask = [&ledger, carefully](WithLedger::Work work) -> Task<void> {
            co_return carefully([&] { ledger.as_one_question([&] { work(ledger); }); });
          },
          .change = [&ledger, carefully](WithLedger::Work work) -> Task<void> {
            co_return carefully([&] { ledger.together([&] { work(ledger); }); });
          }};
}

Result<void> understand(ReplayJob& job, store::Ledger& ledger, Millis now) {
  const ReplayWish& wish = job.wish;
  if (wish.since.empty() && !wish.after) return rejected("since: from when on?");
  if (!wish.builder.empty()) {
    const std::vector<std::string> builders = ledger.builders();
    if (std::ranges::find(builders, wish.builder) == builders.end())
      return rejected("builder: there is no builder '" + wish.builder + "'" + there_are(builders));
  }
  job.until = now;
  job.range.up_to = wish.up_to.value_or(ledger.last_before(std::numeric_limits<Millis>::max()));
  if (!wish.until.empty()) {
    const auto until = moment_in("until", wish.until, now, wish.zone);
    if (!until) return failed(until.error());
    job.until = *until;
    job.range.up_to = std::min(job.range.up_to, ledger.last_before(*until));
  }
  if (!wish.since.empty()) {
    const auto since = moment_in("since", wish.since, now, wish.zone);
    if (!since) return failed(since.error());
    if (*since > now) return rejected("since: '" + wish.since + "' is in the future");
    if (job.until < *since) return rejected("until: is before since");
    job.since = *since;
    job.range.after = ledger.last_before(*since);
  }
  if (wish.after) job.range.after = std::max(job.range.after, *wish.after);
  job.at = job.range.after;
  return ok();
}

Result<Roster> reporters_of(const Roster& roster, const std::string& reporter) {
  Roster meant;
  std::vector<std::string> known;
  for (const RosterEntry& entry : roster.entries) {
    if (!reporter.empty() && entry.name != reporter) {
      known.push_back(entry.name);
      continue;
    }
    if (!entry.rule.audience) {
      meant.entries.push_back(entry);
    } else if (!reporter.empty()) {
      return rejected("reporter: " + entry.name +
                      " announces what happens while it happens, and cannot repeat it");
    }
  }
  if (!meant.entries.empty()) return meant;
  if (reporter.empty()) return rejected("reporter: there is none that could report again");
  return rejected("reporter: there is no reporter '" + reporter + "'" + there_are(known));
}

bool ReplayPace::has_room(std::size_t open) {
  if (!there_before_) {
    there_before_ = open;
    least_ = open;
  }
  if (open <= *there_before_ + most_unworded) {
    least_ = open;
    waited_ = std::chrono::milliseconds(0);
    return true;
  }
  if (open < least_) {
    waited_ = std::chrono::milliseconds(0);
  } else {
    waited_ += look;
  }
  least_ = open;
  return waited_ >= pace_endurance && open <= *there_before_ + most_stuck;
}

Task<ReplayWalk::Block> ReplayWalk::next(const ReplayJob& job) {
  Block block;
  std::vector<store::LedgerEvent> events;
  auto read = co_await ledger_.ask([&](store::Ledger& ledger) {
    events = ledger.events_between(job.at, job.range.up_to, events_of_a_block);
  });
  if (!read) co_return failed(read);
  for (store::LedgerEvent& event : events) {
    block.seen.push_back({event.row, kind_of(event.event.key), std::move(event.open_notifications)});
    auto planned = co_await planner_.plan(std::move(event));
    if (!planned) co_return failed(planned);
    std::ranges::move(*planned, std::back_inserter(block.planned));
  }
  co_return block;
}

// What is known of the reports that would be made of one event.
void ReplayWalk::add_to(ReplayCount& count, const Seen& seen, const store::ReplayedEvent& planned,
                        const std::vector<store::LedgerRow>& deliveries) {
  if (seen.kind == EventKind::build_finished) ++count.builds;
  for (const std::string& reporter : planned.reporters) {
    ReplayShare& share = count.by_reporter[reporter];
    ++share.reports;
    const bool is_open = std::ranges::find(seen.open, reporter) != seen.open.end();
    const auto any = [&](bool (*is)(const store::LedgerRow&)) {
      return std::ranges::any_of(
          deliveries, [&](const store::LedgerRow& row) { return row.reporter == reporter && is(row); });
    };
    if (is_open || any(is_waiting)) {
      ++share.waiting;
    } else if (any(has_reached_somebody)) {
      ++share.delivered;
    }
  }
}

Task<bool> ReplayWalk::count(ReplayJob& job) {
  const auto block = co_await next(job);
  if (!block) co_return failed(block.error());
  if (block->seen.empty()) co_return false;
  ReplayCount more = job.count;
  auto looked = co_await ledger_.ask([&](store::Ledger& ledger) {
    for (const store::ReplayedEvent& planned : block->planned) {
      // What is noted of a buildset's builds has none.
      if (planned.reporters.empty()) continue;
      const auto seen = std::ranges::lower_bound(block->seen, planned.row, {}, &Seen::row);
      if (seen == block->seen.end() || seen->row != planned.row) continue;
      add_to(more, *seen, planned, ledger.deliveries_of(planned.row));
    }
  });
  if (!looked) co_return failed(looked);
  more.events += block->seen.size();
  job.count = std::move(more);
  job.at = block->seen.back().row;
  co_return true;
}

Task<bool> ReplayWalk::order(ReplayJob& job) {
  const auto block = co_await next(job);
  if (!block) co_return failed(block.error());
  if (block->seen.empty()) co_return false;
  store::ReplayedOrders made;
  auto ordered = co_await ledger_.change(
      [&](store::Ledger& ledger) { made = ledger.order_again(block->planned, job.mark); });
  if (!ordered) co_return failed(ordered);
  job.ordered += made.made;
  job.open += made.open;
  job.gone += made.gone;
  job.at = block->seen.back().row;
  co_return true;
}

}  // namespace carillon::pipeline
