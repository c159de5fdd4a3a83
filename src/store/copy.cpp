#include "store/copy.hpp"

#include <algorithm>
#include <filesystem>

#include "store/overlap.hpp"
#include "store/postgres/copy_end.hpp"
#include "store/sqlite/copy_end.hpp"

namespace carillon::store {
namespace {

// One write.
constexpr std::size_t rows_of_a_write = 1'000;
constexpr std::size_t bytes_of_a_write = std::size_t{2} << 20U;

// Told one by one.
constexpr std::size_t most_told = 20;

std::unique_ptr<CopyEnd> open_source(const Address& from) {
  if (!from.is_file()) return postgres::copy_from_database(postgres::Place(from.url()));
  if (!std::filesystem::exists(from.beside())) throw Error(from.shown() + " does not exist");
  return copy_from_file(from.beside());
}

std::unique_ptr<CopyEnd> open_target(const Address& to) {
  return to.is_file() ? copy_to_file(to.beside()) : postgres::copy_to_database(postgres::Place(to.url()));
}

std::int64_t& number_of(const CopiedTable& table, CopiedRow& row, std::string_view column) {
  return std::get<std::int64_t>(row[column_at(table, column)]);
}

std::string& text_in(const CopiedTable& table, CopiedRow& row, std::string_view column) {
  return std::get<std::string>(row[column_at(table, column)]);
}

}  // namespace

StoreCopy::StoreCopy(const Address& from, const Address& to)
    : to_shown_(to.shown()), from_(open_source(from)), to_(open_target(to)) {
  for (const CopiedTable& table : copied_tables()) {
    if (const std::int64_t rows = to_->count(table); rows > 0) {
      throw Error(to_shown_ + " is not empty: " + std::string(table.name) + " has " + std::to_string(rows) +
                  (rows == 1 ? " row" : " rows") +
                  ". Name a new database, or a new schema of this one, that no server has written to");
    }
  }
}

CopyReport StoreCopy::run(const CopyProgress& progress) {
  CopyReport report;
  for (const CopiedTable& table : copied_tables())
    copy(table, report, progress);
  return report;
}

void StoreCopy::copy(const CopiedTable& table, CopyReport& report, const CopyProgress& progress) {
  const auto all = static_cast<std::size_t>(from_->count(table));
  progress(table, 0, all);
  if (table.follows) to_->clear(table);
  std::int64_t last = from_->last_number(table);
  std::size_t done = 0;
  std::size_t bytes = 0;
  std::vector<CopiedRow> rows;
  RowsDigest digest;
  const auto write = [&] {
    if (!rows.empty()) to_->write(table, rows);
    done += rows.size();
    rows.clear();
    bytes = 0;
    progress(table, done, all);
  };
  from_->read(table, [&](CopiedRow&& row) {
    if (table.numbering != Numbering::none) last = std::max(last, std::get<std::int64_t>(row[0]));
    std::string body;
    const bool is_event = table.name == "events";
    if (is_event) body = text_in(table, row, "body");
    keep_whole(table, row);
    std::vector<Unkept> unkept;
    to_->fit(table, row, unkept);
    if (is_event && text_in(table, row, "body") != body)
      changed_events_.emplace(std::get<std::int64_t>(row[0]), std::move(body));
    report.unkept_count += unkept.size();
    for (Unkept& one : unkept) {
      if (report.unkept.size() < most_told) report.unkept.push_back(std::move(one));
    }
    if (table.name == "files")
      report.files.emplace(text_in(table, row, "name"), number_of(table, row, "size"));
    digest.add(row);
    bytes += bytes_of(row);
    rows.push_back(std::move(row));
    if (rows.size() >= rows_of_a_write || bytes >= bytes_of_a_write) write();
  });
  write();
  to_->set_last_number(table, last);
  std::int64_t found = 0;
  RowsDigest kept;
  to_->read(table, [&](CopiedRow&& row) {
    ++found;
    kept.add(row);
  });
  if (std::cmp_not_equal(found, done) || kept.sum() != digest.sum()) {
    throw Error(to_shown_ + ": " + std::string(table.name) +
                " is not what was copied: " + std::to_string(found) + " rows with the checksum " +
                kept.text() + ", not " + std::to_string(done) + " with " + digest.text() +
                ". Nothing was kept there; please report this");
  }
  report.tables.push_back({std::string(table.name), found, kept.text()});
}

// A payload is kept without what it has in common with its event's body: of a body that was changed it must
// have all by itself, so that what waits is sent as it was worded.
void StoreCopy::keep_whole(const CopiedTable& table, CopiedRow& row) {
  if (changed_events_.empty()) return;
  if (table.name == "deliveries") {
    const std::int64_t event = number_of(table, row, "event");
    if (changed_events_.contains(event)) of_changed_.emplace(number_of(table, row, "id"), event);
  } else if (table.name == "payloads") {
    const auto changed = of_changed_.find(number_of(table, row, "delivery"));
    if (changed == of_changed_.end()) return;
    std::int64_t& head = number_of(table, row, "head");
    std::int64_t& tail = number_of(table, row, "tail");
    std::string& body = text_in(table, row, "body");
    const Overlap overlap{static_cast<std::size_t>(head), static_cast<std::size_t>(tail)};
    body = joined(changed_events_.at(changed->second), overlap, body);
    head = tail = 0;
  }
}

}  // namespace carillon::store
