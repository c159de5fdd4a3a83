#include "cli/news.hpp"

#include <algorithm>
#include <limits>

namespace carillon::cli {
namespace {

// Of things that come late: what is committed together has the time of before; and of clocks.
constexpr Millis lateness = 5'000;
constexpr Millis lateness_of_first_look = 60'000;
constexpr std::size_t most_news = 10'000;
constexpr std::size_t page_of_news = 500;
constexpr std::int64_t no_end = std::numeric_limits<std::int64_t>::max();

}  // namespace

Seen::Seen(Millis now) : since_(now - lateness_of_first_look) {}

bool Seen::is_new(const std::string& key, Millis at) {
  newest_ = std::max(newest_, at);
  return now_.insert(key).second && !before_.contains(key);
}

void Seen::turn() {
  before_ = std::move(now_);
  now_.clear();
  since_ = std::max(since_, newest_ - lateness);
}

DeliveryNews::DeliveryNews(store::Ledger& ledger, store::LedgerFilter filter)
    : ledger_(ledger), filter_(std::move(filter)) {
  store::LedgerFilter newest;
  newest.limit = 1;
  for (const store::LedgerRow& row : ledger_.deliveries_before(newest, no_end).rows)
    last_ = std::max(last_, row.id);
  for (const store::LedgerRow& row : waiting_ones())
    waiting_.insert(row.id);
}

// Those above the last one.
std::map<RowId, store::LedgerRow> DeliveryNews::newer_ones() {
  std::map<RowId, store::LedgerRow> newer;
  store::LedgerFilter all;
  all.limit = page_of_news;
  for (std::int64_t before = no_end; before > last_ + 1 && newer.size() < most_news;) {
    store::DeliveriesPage more = ledger_.deliveries_before(all, before);
    before = more.next.value_or(0);
    for (store::LedgerRow& row : more.rows) {
      if (row.id > last_) {
        newer.emplace(row.id, std::move(row));
      } else {
        before = 0;
      }
    }
  }
  return newer;
}

std::vector<store::LedgerRow> DeliveryNews::waiting_ones() {
  store::LedgerFilter waits;
  waits.state = DeliveryState::waiting;
  waits.limit = page_of_news;
  return ledger_.deliveries_before(waits, no_end).rows;
}

bool DeliveryNews::is_wanted(const store::LedgerRow& row) const {
  return (!filter_.state || row.state == *filter_.state) &&
         (!filter_.reporter || row.reporter == *filter_.reporter) &&
         (!filter_.builder || row.builder == *filter_.builder) &&
         (!filter_.target || row.target.find(*filter_.target) != std::string::npos);
}

std::vector<store::LedgerRow> DeliveryNews::look() {
  std::map<RowId, store::LedgerRow> news = newer_ones();
  const RowId last = news.empty() ? last_ : news.rbegin()->first;
  std::set<RowId> waiting;
  std::vector<store::LedgerRow> wait = waiting_ones();
  // Of very many those before these are let go.
  const RowId oldest = wait.size() < page_of_news ? 0 : wait.back().id;
  for (store::LedgerRow& row : wait) {
    waiting.insert(row.id);
    // An older one that is sent again. One that came after the others is told at the next look.
    if (row.id <= last_ && !waiting_.contains(row.id)) news.emplace(row.id, std::move(row));
  }
  for (const auto& [id, row] : news) {
    if (row.state == DeliveryState::waiting) waiting.insert(id);
  }
  for (const RowId id : waiting_) {
    if (waiting.contains(id) || id < oldest) continue;
    if (auto row = ledger_.delivery(id)) news.insert_or_assign(id, std::move(*row));
  }
  last_ = last;
  std::erase_if(waiting, [&](RowId id) { return id > last_; });
  waiting_ = std::move(waiting);
  std::vector<store::LedgerRow> told;
  for (auto& [id, row] : news) {
    if (is_wanted(row)) told.push_back(std::move(row));
  }
  return told;
}

void DeliveryNews::know(const std::vector<store::LedgerRow>& rows) {
  for (const store::LedgerRow& row : rows) {
    last_ = std::max(last_, row.id);
    row.state == DeliveryState::waiting ? static_cast<void>(waiting_.insert(row.id))
                                        : static_cast<void>(waiting_.erase(row.id));
  }
}

BuildNews::BuildNews(store::Ledger& ledger, Millis now) : ledger_(ledger), seen_(now) {
  look();
}

std::vector<store::ListedBuild> BuildNews::look() {
  store::BuildsFilter filter;
  filter.since = seen_.since();
  filter.limit = page_of_news;
  std::vector<store::ListedBuild> all;
  for (bool more = true; more && all.size() < most_news;) {
    store::BuildsPage page = ledger_.builds(filter);
    std::ranges::move(page.builds, std::back_inserter(all));
    more = page.next.has_value();
    filter.before = page.next.value_or(0);
  }
  std::ranges::reverse(all);
  std::erase_if(all, [&](const store::ListedBuild& build) {
    const std::string key = build.event.source + "\n" + build.builder + "\n" +
                            std::to_string(build.run.number) + "." + std::to_string(build.run.attempt) + " " +
                            std::string(build.results ? name(*build.results) : "runs");
    return !seen_.is_new(key, build.heard);
  });
  seen_.turn();
  return all;
}

}  // namespace carillon::cli
