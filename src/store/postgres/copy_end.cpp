#include "store/postgres/copy_end.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "base/json.hpp"
#include "model/build.hpp"
#include "model/event.hpp"
#include "store/postgres/session.hpp"
#include "store/postgres/texts.hpp"
#include "store/reading.hpp"

namespace carillon::store::postgres {
namespace {

// Rows of one answer.
constexpr int rows_at_once = 200;

Type type_of(CopiedKind kind) {
  switch (kind) {
    case CopiedKind::number:
      return Type::int8;
    case CopiedKind::bytes:
      return Type::bytes;
    case CopiedKind::text:
    case CopiedKind::key:
      break;
  }
  return Type::text;
}

std::string array_type(CopiedKind kind) {
  return kind == CopiedKind::number ? "bigint[]" : kind == CopiedKind::bytes ? "bytea[]" : "text[]";
}

// "": it is kept as it is.
std::string why_unkept(CopiedKind kind, const std::string& text) {
  if (text.find('\0') != std::string::npos) return "has a NUL";
  if (!is_clean(text)) return "has bytes that are no UTF-8";
  if (kind == CopiedKind::key && clean_key(text) != text) return "is too long for an index";
  return {};
}

bool has_builderid(const CopiedTable& table) {
  return table.name == "events";
}

// As the store keeps it beside the body (accept.cpp).
std::optional<std::int64_t> builderid_of(const CopiedTable& events, const CopiedRow& row) {
  const auto kind = static_cast<EventKind>(std::get<std::int64_t>(row[column_at(events, "kind")]));
  if (!is_build(kind) && !is_request(kind)) return std::nullopt;
  const json::value body = parse_stored(std::get<std::string>(row[column_at(events, "body")]));
  return body.is_object() ? BuildView(body.as_object()).builderid() : std::nullopt;
}

void add_value(Column& column, const CopiedValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    column.add(*number);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    column.add(std::string_view(*text));
  } else {
    column.add_null();
  }
}

class DatabaseEnd final : public CopyEnd {
 public:
  DatabaseEnd(const Place& place, const char* begin) : tenure_(place), db_(tenure_.connect()) {
    // The other end may take its time, and so may this one.
    db_->limit_silence(std::chrono::milliseconds(0));
    db_->run("SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '30s'");
    db_->run(begin);
  }

  // Nobody adds a row between the look whether it is empty and the commit.
  void hold_tables() {
    std::string names;
    for (const CopiedTable& table : copied_tables())
      names += (names.empty() ? "" : ", ") + std::string(table.name);
    db_->run("LOCK TABLE " + names + " IN SHARE ROW EXCLUSIVE MODE");
  }

  std::int64_t count(const CopiedTable& table) override {
    return db_->query(kept("SELECT count(*) FROM " + std::string(table.name))).front().integer(0);
  }

  void read(const CopiedTable& table, const std::function<void(CopiedRow&&)>& each) override {
    const std::string cursor = "copied_" + std::string(table.name);
    db_->run("DECLARE " + cursor + " NO SCROLL CURSOR FOR SELECT " + column_list(table, false) + " FROM " +
             std::string(table.name) + " ORDER BY " + column_list(table, false, table.keys));
    const char* fetch = kept("FETCH " + std::to_string(rows_at_once) + " FROM " + cursor);
    while (true) {
      const Rows rows = db_->query(fetch);
      for (const Row row : rows) {
        CopiedRow copied;
        copied.reserve(table.columns.size());
        for (std::size_t i = 0; i < table.columns.size(); ++i)
          copied.push_back(value_of(table.columns[i].kind, row, static_cast<int>(i)));
        each(std::move(copied));
      }
      if (rows.size() < rows_at_once) break;
    }
    db_->run("CLOSE " + cursor);
  }

  std::int64_t last_number(const CopiedTable& table) override {
    if (table.numbering == Numbering::none) return 0;
    return db_
        ->query("SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence($1, 'id')::regclass), 0)",
                std::move(Parameters().text(table.name)))
        .front()
        .integer(0);
  }

  void fit(const CopiedTable& table, CopiedRow& row, std::vector<Unkept>& unkept) override {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const CopiedKind kind = table.columns[i].kind;
      auto* text = std::get_if<std::string>(&row[i]);
      if (text == nullptr || kind == CopiedKind::bytes) continue;
      std::string why = why_unkept(kind, *text);
      if (why.empty()) continue;
      unkept.push_back({row_name(table, row) + ": " + std::string(table.columns[i].name), std::move(why)});
      *text = kind == CopiedKind::key ? clean_key(*text) : clean(*text);
    }
  }

  void write(const CopiedTable& table, const std::vector<CopiedRow>& rows) override {
    std::vector<Column> columns;
    for (const CopiedColumn& column : table.columns)
      columns.emplace_back(type_of(column.kind));
    if (has_builderid(table)) columns.emplace_back(Type::int8);
    for (const CopiedRow& row : rows) {
      for (std::size_t i = 0; i < row.size(); ++i)
        add_value(columns[i], row[i]);
      if (has_builderid(table)) columns.back().add(builderid_of(table, row));
    }
    Parameters all;
    for (const Column& column : columns)
      all.add(column);
    try {
      db_->query(insert_into(table), all);
    } catch (const PgError& error) {
      throw PgError(error.kind(), error.code(),
                    std::string(error.what()) + " (at rows " + row_name(table, rows.front()) + " to " +
                        row_name(table, rows.back()) + ")");
    }
  }

  // Not undone with the transaction, and harmless: only the next number is.
  void set_last_number(const CopiedTable& table, std::int64_t number) override {
    if (table.numbering == Numbering::none || number == 0) return;
    db_->query("SELECT setval(pg_get_serial_sequence($1, 'id')::regclass, $2)",
               std::move(Parameters().text(table.name).add(number)));
  }

  void clear(const CopiedTable& table) override {
    db_->query(kept("DELETE FROM " + std::string(table.name)));
  }

  void commit() override { db_->commit(); }

 private:
  // A statement is known by its address.
  const char* kept(const std::string& sql) { return kept_.try_emplace(sql, sql).first->second.c_str(); }

  const char* insert_into(const CopiedTable& table) {
    std::string arrays;
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      arrays += (i == 0 ? "$" : ", $") + std::to_string(i + 1) + "::" + array_type(table.columns[i].kind);
    std::string names = column_list(table, false);
    if (has_builderid(table)) {
      names += ", builderid";
      arrays += ", $" + std::to_string(table.columns.size() + 1) + "::bigint[]";
    }
    return kept("INSERT INTO " + std::string(table.name) + " (" + names + ") SELECT * FROM unnest(" + arrays +
                ")");
  }

  static CopiedValue value_of(CopiedKind kind, const Row& row, int column) {
    if (row.null(column)) return {};
    if (kind == CopiedKind::number) return row.integer(column);
    return row.text(column);
  }

  Tenure tenure_;
  std::map<std::string, std::string> kept_;
  std::unique_ptr<Connection> db_;
};

}  // namespace

std::unique_ptr<CopyEnd> copy_from_database(const Place& place) {
  connect_beside(place);  // else the tables would be made
  return std::make_unique<DatabaseEnd>(place, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

std::unique_ptr<CopyEnd> copy_to_database(const Place& place) {
  auto end = std::make_unique<DatabaseEnd>(place, "BEGIN");
  end->hold_tables();
  return end;
}

}  // namespace carillon::store::postgres
