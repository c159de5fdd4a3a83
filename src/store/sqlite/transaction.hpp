// Transactions of a ledger: of the command line and the pages.
#pragma once

#include "store/sqlite/database.hpp"

namespace carillon::store {

// For one change by a person; rolled back unless it is committed. Within another one it is a part of that.
class Transaction {
 public:
  explicit Transaction(Database& db) : db_(db), inner_(db.in_transaction()) {
    db_.execute(inner_ ? "SAVEPOINT part" : "BEGIN IMMEDIATE");
  }
  ~Transaction() {
    if (!done_) {
      try {
        db_.execute(inner_ ? "ROLLBACK TO part; RELEASE part" : "ROLLBACK");
      } catch (const DatabaseError&) {  // NOLINT(bugprone-empty-catch): the error that led here is on its way
                                        // already
      }
    }
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() {
    db_.execute(inner_ ? "RELEASE part" : "COMMIT");
    done_ = true;
  }

 private:
  Database& db_;
  bool inner_;
  bool done_ = false;
};

// All that is read while it lives is of one moment. Not within another transaction.
class ReadTransaction {
 public:
  explicit ReadTransaction(Database& db) : db_(db) { db_.execute("BEGIN"); }
  ~ReadTransaction() {
    try {
      db_.execute("ROLLBACK");
    } catch (const DatabaseError&) {  // NOLINT(bugprone-empty-catch): SQLite has ended it by itself
    }
  }
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

 private:
  Database& db_;
};

}  // namespace carillon::store
