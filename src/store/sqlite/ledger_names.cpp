// What there is, for whoever asked for something that is not: by steps through an index, however much is
// kept.
#include <map>
#include <set>

#include "store/sqlite/sqlite_ledger.hpp"

namespace carillon::store {

std::vector<Ledger::Backlog> SqliteLedger::backlog() {
  std::map<std::string, Backlog> found;
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
  {
    Statement find = database_->prepare(
        "SELECT reporter, count(*) FROM deliveries WHERE state = {dead} GROUP BY reporter");
    while (find.step())
      found[find.text(0)].dead = static_cast<std::size_t>(find.integer(1));
  }
  std::vector<Backlog> all;
  for (auto& [reporter, one] : found) {
    one.reporter = reporter;
    all.push_back(std::move(one));
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

std::vector<std::string> SqliteLedger::builders() {
  std::set<std::string> names;
  std::string master;
  while (true) {
    {
      Statement next = database_->prepare("SELECT min(source) FROM events WHERE source > ?");
      if (!next.bind(master).step() || next.null(0)) break;
      master = next.text(0);
    }
    std::string last;
    while (true) {
      Statement next = database_->prepare(
          R"sql(
              SELECT min(builder) FROM events WHERE source = ? AND builder > ? AND builder IS NOT NULL)sql");
      if (!next.bind(master).bind(last).step() || next.null(0)) break;
      last = next.text(0);
      names.insert(last);
    }
  }
  return {names.begin(), names.end()};
}

std::optional<std::pair<std::int64_t, std::int64_t>> SqliteLedger::numbers_of(const std::string& builder) {
  Statement find = database_->prepare(
      R"sql(
          SELECT min(number), max(number) FROM events
          WHERE builder = ? AND builder IS NOT NULL)sql");
  if (!find.bind(builder).step() || find.null(0)) return std::nullopt;
  return std::pair(find.integer(0), find.integer(1));
}

}  // namespace carillon::store
