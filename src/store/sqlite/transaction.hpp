// A transaction of the command line.
#pragma once

#include "store/sqlite/database.hpp"

namespace carillon::store {

// For one change by a person; rolled back unless it is committed.
class Transaction {
 public:
  explicit Transaction(Database& db) : db_(db) { db_.execute("BEGIN IMMEDIATE"); }
  ~Transaction() {
    if (!done_) {
      try {
        db_.execute("ROLLBACK");
      } catch (const DatabaseError&) {  // NOLINT(bugprone-empty-catch): the error that led here is on its way
                                        // already
      }
    }
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() {
    db_.execute("COMMIT");
    done_ = true;
  }

 private:
  Database& db_;
  bool done_ = false;
};

}  // namespace carillon::store
