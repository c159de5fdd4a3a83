// What is new since it was last looked: for commands that go on looking.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "store/ledger.hpp"

namespace carillon::cli {

// Which of the things that a look brings were not there at the look before. Their times may come a little
// late, or of another machine's clock.
class Seen {
 public:
  // What was there at that time is no news.
  explicit Seen(Millis now);

  // From when on to look.
  Millis since() const { return since_; }
  // Whether the look before did not bring this. key: says all that counts.
  bool is_new(const std::string& key, Millis at);
  // The look is over.
  void turn();

 private:
  Millis since_;
  Millis newest_ = 0;
  std::set<std::string> before_, now_;
};

// New deliveries, and what becomes of those that wait: each look costs the same, however long the history is.
class DeliveryNews {
 public:
  // filter: `since` and `limit` do not count. What is there by now is no news. Throws store::Error.
  DeliveryNews(store::Ledger& ledger, store::LedgerFilter filter);
  // By number. Throws store::Error; then nothing is lost.
  std::vector<store::LedgerRow> look();
  // These were shown meanwhile.
  void know(const std::vector<store::LedgerRow>& rows);

 private:
  std::map<RowId, store::LedgerRow> newer_ones();
  std::vector<store::LedgerRow> waiting_ones();
  bool is_wanted(const store::LedgerRow& row) const;

  store::Ledger& ledger_;
  store::LedgerFilter filter_;
  // The newest one that is known.
  RowId last_ = 0;
  // Those that waited at the last look.
  std::set<RowId> waiting_;
};

// New builds, and those that have ended.
class BuildNews {
 public:
  BuildNews(store::Ledger& ledger, Millis now);
  // Oldest first. Throws store::Error; then nothing is lost.
  std::vector<store::ListedBuild> look();

 private:
  store::Ledger& ledger_;
  Seen seen_;
};

}  // namespace carillon::cli
