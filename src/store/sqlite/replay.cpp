#include "store/sqlite/replay.hpp"

#include <algorithm>

#include "store/sqlite/changes.hpp"
#include "store/sqlite/rows.hpp"

namespace carillon::store {
namespace {

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

OpenNotifications open_notifications_of(Database& db, RowId first, RowId last) {
  OpenNotifications open;
  Statement find = db.prepare("SELECT event, reporter FROM notifications WHERE event BETWEEN ? AND ?");
  find.bind(first).bind(last);
  while (find.step())
    open.emplace(find.integer(0), find.text(1));
  return open;
}

ReplayedOrders order_again(Database& db, const std::vector<ReplayedEvent>& events, std::int64_t replay) {
  ReplayedOrders notifications;
  if (events.empty()) return notifications;
  const auto [first, last] = std::ranges::minmax(events, {}, &ReplayedEvent::row);
  const OpenNotifications open = open_notifications_of(db, first.row, last.row);
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
      db.prepare("INSERT INTO notifications (event, reporter, replay) VALUES (?,?,?)")
          .bind(event.row)
          .bind(reporter)
          .bind(replay)
          .run();
      note_changed_notification(db, db.last_row());
      ++notifications.made;
    }
  }
  return notifications;
}

}  // namespace carillon::store
