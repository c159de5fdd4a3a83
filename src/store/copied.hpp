// Which tables and columns a copy of a store has: one list for every kind of store, and both ways.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace carillon::store {

enum class CopiedKind {
  number,
  text,
  // A text by which rows are found: PostgreSQL's indexes have no room for a long one.
  key,
  bytes,
};

struct CopiedColumn {
  std::string_view name;
  CopiedKind kind = CopiedKind::number;
  // What it is called in a file of SQLite.
  std::string_view in_file = name;
};

// Where the number of the next row comes from.
enum class Numbering {
  // There is none.
  none,
  // The largest there is; PostgreSQL remembers the largest that it ever gave.
  largest,
  // Each kind remembers the largest that it ever gave.
  remembered,
};

struct CopiedTable {
  std::string_view name;
  // How many of the columns, from the first one, are its key. With a numbering the first one is the number.
  std::size_t keys = 1;
  Numbering numbering = Numbering::none;
  std::vector<CopiedColumn> columns;
  // What an end writes by itself while it takes other tables; it is replaced by what the source has.
  bool follows = false;
};

// All that a store keeps, but for what only one kind has: PostgreSQL's `meta`, `nodes` and `writers`, and
// `events.builderid`, which is a part of the body; and `log_files` and `log_chunks`, which are a spool:
// whoever copies a store copies the files of `files` from its spool into the other's (spool/copy.hpp).
// Referred tables stand before those that refer to them.
const std::vector<CopiedTable>& copied_tables();

// NULL, a number, or a text or bytes.
using CopiedValue = std::variant<std::monostate, std::int64_t, std::string>;
// One for each column of its table.
using CopiedRow = std::vector<CopiedValue>;

// Names in quotes, with commas between them; in_file: as a file of SQLite has them.
std::string column_list(const CopiedTable& table, bool in_file, std::size_t most = SIZE_MAX);
// For people: "memory bot, seen/7"; "events 7".
std::string row_name(const CopiedTable& table, const CopiedRow& row);
// How many bytes its texts have.
std::size_t bytes_of(const CopiedRow& row);
// Where the column stands. Throws std::logic_error where there is none.
std::size_t column_at(const CopiedTable& table, std::string_view name);

// A checksum of rows, whatever order they come in: an index may sort what was cut in another way.
class RowsDigest {
 public:
  void add(const CopiedRow& row);
  std::uint64_t sum() const { return sum_; }
  // 16 hexadecimal digits.
  std::string text() const;

 private:
  std::uint64_t sum_ = 0;
};

// A text of a row that an end cannot keep as it is.
struct Unkept {
  // "deliveries 7: summary".
  std::string where;
  // "has a NUL", ...
  std::string why;
};

// One end of a copy: a store that nobody else writes to meanwhile. On one thread. What is written counts when
// commit() has returned; whatever happens before, nothing of it is there. All functions throw Error.
class CopyEnd {
 public:
  virtual ~CopyEnd() = default;

  virtual std::int64_t count(const CopiedTable& table) = 0;
  // Each row, in the order of the keys, without holding all of them.
  virtual void read(const CopiedTable& table, const std::function<void(CopiedRow&&)>& each) = 0;
  // The largest number that is remembered; 0: none is.
  virtual std::int64_t last_number(const CopiedTable& table) = 0;

  // Makes of the row what this end can keep; what of it had to be changed is added to `unkept`.
  virtual void fit(const CopiedTable& table, CopiedRow& row, std::vector<Unkept>& unkept) = 0;
  // Rows that fit.
  virtual void write(const CopiedTable& table, const std::vector<CopiedRow>& rows) = 0;
  virtual void set_last_number(const CopiedTable& table, std::int64_t number) = 0;
  virtual void clear(const CopiedTable& table) = 0;
  virtual void commit() = 0;
};

}  // namespace carillon::store
