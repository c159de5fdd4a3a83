// What there is, for whoever asked for something that is not: by steps through an index, however much is
// kept.
#include <algorithm>
#include <map>
#include <set>

#include "store/sqlite/builds.hpp"
#include "store/sqlite/open_work.hpp"
#include "store/sqlite/sqlite_ledger.hpp"

namespace carillon::store {

namespace {

using Backlogs = std::map<std::string, Ledger::Backlog>;

void count_dead(Database& db, Backlogs& found) {
  Statement find = db.prepare(
      R"sql(
          SELECT reporter FROM deliveries INDEXED BY deliveries_unsent
          WHERE state = {dead} AND state NOT IN (0, 1))sql");
  while (find.step())
    ++found[find.text(0)].dead;
}

std::vector<Ledger::Backlog> in_order(Backlogs found) {
  std::vector<Ledger::Backlog> all;
  for (auto& [reporter, one] : found) {
    one.reporter = reporter;
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

std::vector<Ledger::Backlog> SqliteLedger::backlog() {
  Backlogs found;
  {
    Statement find = database_->prepare(
        R"sql(
            SELECT reporter, created, answer FROM deliveries INDEXED BY deliveries_waiting
            WHERE state = {waiting})sql");
    while (find.step()) {
      Backlog& one = found[find.text(0)];
      if (one.waiting++ > 0 && one.oldest <= find.integer(1)) continue;
      one.oldest = find.integer(1);
      one.answer = find.text(2);
    }
  }
  count_dead(*database_, found);
  return in_order(std::move(found));
}

std::vector<Ledger::Backlog> SqliteLedger::backlog_of(const std::vector<Queue>& queues) {
  Backlogs found;
  for (const Queue& queue : queues) {
    if (queue.waiting == 0) continue;
    Backlog& one = found[queue.reporter];
    one.waiting = queue.waiting;
    Statement oldest = database_->prepare("SELECT created, answer FROM deliveries WHERE id = ?");
    if (!queue.oldest || !oldest.bind(*queue.oldest).step()) continue;
    one.oldest = oldest.integer(0);
    one.answer = oldest.text(1);
  }
  count_dead(*database_, found);
  return in_order(std::move(found));
}

std::vector<OpenWork> SqliteLedger::open_work_of(const std::vector<Queue>& queues) {
  std::vector<OpenWork> all = read_open_notifications(*database_);
  for (const Queue& queue : queues) {
    if (queue.waiting == 0) continue;
    const auto at = std::ranges::lower_bound(all, queue.reporter, {}, &OpenWork::reporter);
    if (at != all.end() && at->reporter == queue.reporter)
      at->deliveries = queue.waiting;
    else
      all.insert(at, {queue.reporter, 0, queue.waiting});
  }
  return all;
}

std::vector<std::string> SqliteLedger::reporters() {
  std::set<std::string> names;
  std::string last;
  while (true) {
    Statement next = database_->prepare("SELECT min(reporter) FROM deliveries WHERE reporter > ?");
    if (!next.bind(last).step() || next.null(0)) break;
    last = next.text(0);
    names.insert(last);
  }
  Statement ordered = database_->prepare("SELECT DISTINCT reporter FROM notifications");
  while (ordered.step())
    names.insert(ordered.text(0));
  return {names.begin(), names.end()};
}

std::vector<std::string> SqliteLedger::sources() {
  std::vector<std::string> names;
  while (true) {
    Statement next = database_->prepare("SELECT min(source) FROM events WHERE source > ?");
    if (!next.bind(names.empty() ? std::string_view("") : std::string_view(names.back())).step() ||
        next.null(0))
      return names;
    names.push_back(next.text(0));
  }
}

std::vector<std::string> SqliteLedger::builders() {
  std::set<std::string> names;
  for (const std::string& source : sources()) {
    for (std::string& name : builder_names(*database_, source))
      names.insert(std::move(name));
  }
  return {names.begin(), names.end()};
}

std::optional<std::pair<std::int64_t, std::int64_t>> SqliteLedger::numbers_of(const std::string& builder) {
  std::optional<std::pair<std::int64_t, std::int64_t>> numbers;
  for (const std::string& source : sources()) {
    Statement find = database_->prepare(
        R"sql(
            SELECT (SELECT min(number) FROM events WHERE source = ?1 AND builder = ?2 AND builder IS NOT NULL),
            (SELECT max(number) FROM events WHERE source = ?1 AND builder = ?2 AND builder IS NOT NULL))sql");
    if (!find.bind(source).bind(builder).step() || find.null(0)) continue;
    if (!numbers) numbers.emplace(find.integer(0), find.integer(1));
    numbers->first = std::min(numbers->first, find.integer(0));
    numbers->second = std::max(numbers->second, find.integer(1));
  }
  return numbers;
}

}  // namespace carillon::store
