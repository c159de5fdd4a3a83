#include "store/copied.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/digest.hpp"
#include "base/encoding.hpp"

namespace carillon::store {
namespace {

using enum CopiedKind;

std::vector<CopiedTable> make_copied_tables() {
  std::vector<CopiedTable> all;
  const auto add = [&all](std::string_view name, std::size_t keys, Numbering numbering,
                          std::vector<CopiedColumn> columns) {
    all.push_back({name, keys, numbering, std::move(columns)});
  };
  add("events", 1, Numbering::largest,
      {{"id"},
       {"source", key},
       {"key", key},
       {"occurrence", key},
       {"kind"},
       {"at"},
       {"heard"},
       {"builder", key},
       {"number"},
       {"attempt"},
       {"branch", key},
       {"results"},
       {"bsid"},
       {"untold", text},
       {"decisions", text},
       {"body", text}});
  add("branches", 3, Numbering::none,
      {{"source", key}, {"builder", key}, {"branch", key}, {"first"}, {"newest"}, {"attempt"}, {"event"}});
  all.back().follows = true;
  add("notifications", 1, Numbering::remembered, {{"id"}, {"event"}, {"reporter", key}, {"replay"}});
  add("deliveries", 1, Numbering::remembered,
      {{"id"},
       {"reporter", key},
       {"key", key},
       {"lane", text},
       {"status", key},
       {"rank"},
       {"event"},
       {"state"},
       {"next_at"},
       {"attempts"},
       {"created"},
       {"settled_at"},
       {"target", text},
       {"summary", text},
       {"note", text},
       {"answer", text},
       {"settled", text}});
  add("payloads", 1, Numbering::none, {{"delivery"}, {"head"}, {"tail"}, {"body", bytes}});
  add("attempts", 1, Numbering::largest,
      {{"id", number, "rowid"}, {"delivery"}, {"at"}, {"state"}, {"answer", text}});
  add("files", 1, Numbering::largest,
      {{"id", number, "rowid"},
       {"delivery"},
       {"at"},
       {"name", key},
       {"size"},
       {"escaped"},
       {"most"},
       {"label", text}});
  add("cursors", 1, Numbering::none, {{"source", key}, {"cursor", text}});
  add("pauses", 1, Numbering::none, {{"reporter", key}, {"until"}, {"why", text}});
  add("holds", 1, Numbering::none, {{"reporter", key}, {"until"}, {"why", text}, {"who", text}});
  add("memory", 2, Numbering::none, {{"owner", key}, {"key", key}, {"value", text}, {"at"}});
  add("changes", 1, Numbering::largest, {{"id"}, {"what", text}, {"row"}, {"reporter", key}});
  add("silences", 1, Numbering::remembered,
      {{"id"},
       {"builder", text},
       {"branch", text},
       {"tag", text},
       {"result", text},
       {"reporter", text},
       {"target", text},
       {"since"},
       {"until"},
       {"why", text},
       {"who", text},
       {"statuses"},
       {"summary"},
       {"created"},
       {"ended_by", text},
       {"closed"}});
  add("silenced", 4, Numbering::none,
      {{"silence"}, {"reporter", key}, {"source", key}, {"builder", key}, {"held"}, {"event"}});
  add("audit", 1, Numbering::remembered,
      {{"id"}, {"at"}, {"who", text}, {"address", text}, {"what", text}, {"about", text}, {"reason", text}});
  return all;
}

std::string shown_value(const CopiedValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return "NULL";
}

void append_number(std::string& out, std::uint64_t number) {
  for (unsigned shift = 0; shift < 64; shift += 8)
    out += static_cast<char>((number >> shift) & 0xffU);
}

}  // namespace

const std::vector<CopiedTable>& copied_tables() {
  static const std::vector<CopiedTable> tables = make_copied_tables();
  return tables;
}

std::string column_list(const CopiedTable& table, bool in_file, std::size_t most) {
  std::string list;
  for (std::size_t i = 0; i < std::min(most, table.columns.size()); ++i) {
    const CopiedColumn& column = table.columns[i];
    if (i > 0) list += ", ";
    list += "\"" + std::string(in_file ? column.in_file : column.name) + "\"";
  }
  return list;
}

std::string row_name(const CopiedTable& table, const CopiedRow& row) {
  std::string name(table.name);
  for (std::size_t i = 0; i < table.keys; ++i)
    name += (i == 0 ? " " : ", ") + shown_value(row.at(i));
  return name;
}

std::size_t bytes_of(const CopiedRow& row) {
  std::size_t all = 0;
  for (const CopiedValue& value : row) {
    if (const auto* text = std::get_if<std::string>(&value)) all += text->size();
  }
  return all;
}

std::size_t column_at(const CopiedTable& table, std::string_view name) {
  const auto found = std::ranges::find(table.columns, name, &CopiedColumn::name);
  if (found == table.columns.end())
    throw std::logic_error("no column " + std::string(name) + " of " + std::string(table.name) +
                           " is copied");
  return static_cast<std::size_t>(found - table.columns.begin());
}

void RowsDigest::add(const CopiedRow& row) {
  std::string whole;
  whole.reserve(bytes_of(row) + row.size() * 9);
  for (const CopiedValue& value : row) {
    whole += static_cast<char>('0' + static_cast<char>(value.index()));
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      append_number(whole, static_cast<std::uint64_t>(*number));
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      append_number(whole, text->size());
      whole += *text;
    }
  }
  const std::string digest = sha256(whole);
  std::uint64_t part = 0;
  for (unsigned i = 0; i < 8; ++i)
    part = (part << 8U) | static_cast<unsigned char>(digest[i]);
  sum_ += part;
}

std::string RowsDigest::text() const {
  std::string raw;
  for (int shift = 56; shift >= 0; shift -= 8)
    raw += static_cast<char>((sum_ >> static_cast<unsigned>(shift)) & 0xffU);
  return hex_encode(raw);
}

}  // namespace carillon::store
