#include "store/replay.hpp"

#include <algorithm>
#include <set>

#include "store/rows.hpp"

namespace carillon::store {
namespace {

constexpr std::string_view mark = "~replay";

using Open = std::set<std::pair<RowId, std::string>>;

// Orders of the events that are open: one walk for all of them, the table has no index for it.
Open open_notifications_of(Database& db, const std::vector<ReplayedEvent>& events) {
  Open open;
  if (events.empty()) return open;
  const auto [first, last] = std::ranges::minmax(events, {}, &ReplayedEvent::row);
  Statement find = db.prepare("SELECT event, reporter FROM orders WHERE event BETWEEN ? AND ?");
  find.bind(first.row).bind(last.row);
  while (find.step())
    open.emplace(find.integer(0), find.text(1));
  return open;
}

void note_decisions(Database& db, const std::string& known, const ReplayedEvent& event) {
  if (event.decisions.empty()) return;
  std::vector<ReporterDecision> all = parse_decisions(known);
  for (const ReporterDecision& decision : event.decisions) {
    const auto at = std::ranges::find(all, decision.reporter, &ReporterDecision::reporter);
    if (at == all.end()) {
      all.push_back(decision);
    } else {
      *at = decision;
    }
  }
  const std::string text = decisions_text(all);
  db.prepare("UPDATE events SET decisions = ? WHERE id = ?").bind(text).bind(event.row).run();
}

}  // namespace

std::string replay_mark(std::int64_t replay) {
  return replay == 0 ? std::string() : std::string(mark) + std::to_string(replay);
}

std::string without_replay(std::string_view key) {
  const auto at = key.find(mark);
  if (at == std::string_view::npos) return std::string(key);
  auto end = key.find_first_not_of("0123456789", at + mark.size());
  if (end == std::string_view::npos) end = key.size();
  return std::string(key.substr(0, at)) + std::string(key.substr(end));
}

ReplayedOrders order_again(Database& db, const std::vector<ReplayedEvent>& events, std::int64_t replay) {
  ReplayedOrders notifications;
  const Open open = open_notifications_of(db, events);
  for (const ReplayedEvent& event : events) {
    std::string decisions;
    {
      Statement find = db.prepare("SELECT decisions FROM events WHERE id = ?");
      if (!find.bind(event.row).step()) {
        notifications.gone += event.reporters.size();
        continue;
      }
      decisions = find.text(0);
    }
    note_decisions(db, decisions, event);
    for (const std::string& reporter : event.reporters) {
      if (open.contains({event.row, reporter})) {
        ++notifications.open;
        continue;
      }
      db.prepare("INSERT INTO orders (event, reporter, replay) VALUES (?,?,?)")
          .bind(event.row)
          .bind(reporter)
          .bind(replay)
          .run();
      ++notifications.made;
    }
  }
  return notifications;
}

}  // namespace carillon::store
