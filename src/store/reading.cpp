#include "store/reading.hpp"

#include <algorithm>

#include "base/letters.hpp"

namespace carillon::store {

json::value parse_stored(const std::string& text, json::storage_ptr storage) {
  boost::system::error_code error;
  json::value value = json::parse(text, error, std::move(storage));
  if (error) throw Error("the database holds broken JSON: " + error.message());
  return value;
}

std::string decisions_text(const std::vector<ReporterDecision>& decisions) {
  json::array rows;
  rows.reserve(decisions.size());
  for (const ReporterDecision& decision : decisions) {
    json::array row;
    row.emplace_back(decision.reporter);
    row.emplace_back(static_cast<std::int64_t>(decision.decision.outcome));
    row.emplace_back(decision.decision.reason);
    if (decision.decision.silence != 0) row.emplace_back(decision.decision.silence);
    rows.emplace_back(std::move(row));
  }
  return json::serialize(rows);
}

std::vector<ReporterDecision> parse_decisions(const std::string& text) {
  std::vector<ReporterDecision> decisions;
  const json::value rows = parse_stored(text);
  for (const json::value& item : rows.as_array()) {
    const json::array& row = item.as_array();
    ReporterDecision decision;
    decision.reporter = row.at(0).as_string();
    decision.decision.outcome = static_cast<Decision::Outcome>(row.at(1).as_int64());
    decision.decision.reason = row.at(2).as_string();
    if (row.size() > 3) decision.decision.silence = row.at(3).as_int64();
    decisions.push_back(std::move(decision));
  }
  return decisions;
}

std::string names_text(const std::vector<std::string>& names) {
  if (names.empty()) return "[]";
  json::array list;
  for (const std::string& entry : names)
    list.emplace_back(entry);
  return json::serialize(list);
}

std::vector<std::string> parse_names(const std::string& text) {
  std::vector<std::string> names;
  if (text == "[]") return names;
  const json::value list = parse_stored(text);
  for (const json::value& item : list.as_array())
    names.emplace_back(item.as_string());
  return names;
}

bool is_unworded(std::string_view key) {
  return key.starts_with(unworded_key);
}

bool is_set_aside(const LedgerRow& row) {
  return is_unworded(row.key) && row.state == DeliveryState::dead;
}

std::string why_no_resend(const LedgerRow& row) {
  const std::string named = "delivery " + std::to_string(row.id);
  if (is_set_aside(row)) return {};
  if (is_unworded(row.key)) return named + " was dropped before it was worded: there is nothing to send";
  if (may_become(row.state, DeliveryStep::resend, DeliveryState::waiting)) return {};
  return named + " is " + std::string(name(row.state)) + ": there is nothing to send" +
         (row.note.empty() ? "" : " (" + row.note + ")");
}

std::string why_no_drop(const LedgerRow& row) {
  if (may_become(row.state, DeliveryStep::drop, DeliveryState::dropped)) return {};
  return "delivery " + std::to_string(row.id) + " is " + std::string(name(row.state)) +
         "; only waiting and dead ones can be dropped";
}

std::vector<std::string> settled_for_good(const LedgerRow& row) {
  std::vector<std::string> kept;
  if (row.state == DeliveryState::delivered) return kept;
  for (const std::string& part : row.settled) {
    if (!part.starts_with('!')) kept.push_back(part);
  }
  return kept;
}

bool has_part(std::string_view text, std::string_view part) {
  const auto found = std::ranges::search(text, part, [](char a, char b) { return lower(a) == lower(b); });
  return !found.empty() || part.empty();
}

}  // namespace carillon::store
