// What a reporter would send of an event, as things are now. Nothing is sent.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/decision.hpp"
#include "pipeline/details.hpp"
#include "pipeline/roster.hpp"

namespace carillon::server {

struct Preview {
  std::shared_ptr<const Event> event;
  // By the rules of today.
  Decision decision;
  // What could not be fetched.
  std::vector<std::string> notes;
  std::vector<Delivery> deliveries;
  // Of each; of one that is skipped it is empty.
  std::vector<reporter::Shown> shown;
};

// For preview(): of no transaction. row: 0 where the event is not kept.
Notification notification_of(Event event, RowId row);

// What cannot be fetched now is left out, with a note. Failure: the store's, or "REPORTER cannot word it:
// ...". Secrets may stand in all of it.
Task<Preview> preview(pipeline::RosterEntry entry, Notification notification,
                      pipeline::DetailSources sources);

// reporter, master, event, builder, number, attempt, decision, reason, notes, deliveries; shown: of one.
json::object to_json(const Preview& preview, const std::string& reporter,
                     const std::function<json::object(const reporter::Shown&)>& shown);

}  // namespace carillon::server
