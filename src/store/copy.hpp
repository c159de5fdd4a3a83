// All that a store keeps, from one store into an empty one of the same or another kind.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/copied.hpp"
#include "store/open.hpp"

namespace carillon::store {

struct CopiedCount {
  std::string table;
  std::int64_t rows = 0;
  // Of the rows, as both sides have them.
  std::string checksum;
};

struct CopyReport {
  std::vector<CopiedCount> tables;
  // What the target cannot keep as it is, the first ones; and how many there are.
  std::vector<Unkept> unkept;
  std::size_t unkept_count = 0;
  // Files of long logs that deliveries name, and how large they are.
  std::set<std::pair<std::string, std::uint64_t>> files;
};

// The table that is under way; how many of its rows are done, and how many it has.
using CopyProgress = std::function<void(const CopiedTable&, std::size_t done, std::size_t all)>;

// One copy: a single transaction of the target. A process that ends before commit() returns leaves the target
// as empty as it was, so that it can be done again. The source is not changed. Blocks its thread.
class StoreCopy {
 public:
  // Opens both. Throws Error: a PostgreSQL database is served, is of another program or of another version;
  // there is no source; the target is not empty. That no server has a file is for the caller to see to.
  StoreCopy(const Address& from, const Address& to);

  // Copies every table and reads the target again: what both sides have is compared, row by row in a
  // checksum. Texts that the target cannot keep are changed as its store would, and told: nothing is kept
  // without commit(). Throws Error; also where the sides differ.
  CopyReport run(const CopyProgress& progress);
  void commit() { to_->commit(); }

 private:
  void copy(const CopiedTable& table, CopyReport& report, const CopyProgress& progress);
  void keep_whole(const CopiedTable& table, CopiedRow& row);

  std::string to_shown_;
  std::unique_ptr<CopyEnd> from_, to_;
  // Bodies of events that were changed, as they were: payloads refer to their bytes. And of which deliveries.
  std::map<std::int64_t, std::string> changed_events_;
  std::map<std::int64_t, std::int64_t> of_changed_;
};

}  // namespace carillon::store
