#include "server/preview.hpp"

#include "model/build.hpp"
#include "pipeline/assemble.hpp"
#include "pipeline/decider.hpp"

namespace carillon::server {

Notification notification_of(Event event, RowId row) {
  Notification notification;
  notification.event_row = row;
  notification.body = std::make_shared<const std::string>(json::serialize(event.body));
  notification.event = std::make_shared<const Event>(std::move(event));
  return notification;
}

Task<Preview> preview(pipeline::RosterEntry entry, Notification notification,
                      pipeline::DetailSources sources) {
  const Event& event = *notification.event;
  Preview made;
  made.event = notification.event;
  pipeline::Roster roster;
  roster.entries.push_back(entry);
  pipeline::Decider decider(sources.journal, sources.find_source);
  const EventKind kind = kind_of(event.key);
  const BuildFacts facts = is_build(kind) || is_request(kind) ? facts_of(event.body) : BuildFacts();
  auto decisions = co_await decider.decide(roster, event, kind, facts);
  if (!decisions) co_return failed(decisions);
  made.decision = decisions->front().decision;
  auto details = co_await pipeline::assemble(entry, notification, sources, true);
  if (!details) co_return failed(details);
  made.notes = details->notes;
  auto deliveries = co_await entry.reporter->compose(*details);
  if (!deliveries) {
    Failure failure = std::move(deliveries.error());
    failure.what = entry.name + " cannot word it: " + failure.what;
    co_return failed(std::move(failure));
  }
  made.deliveries = std::move(*deliveries);
  for (const Delivery& delivery : made.deliveries)
    made.shown.push_back(delivery.skip ? reporter::Shown() : entry.reporter->show(delivery));
  co_return made;
}

json::object to_json(const Preview& preview, const std::string& reporter,
                     const std::function<json::object(const reporter::Shown&)>& shown) {
  const Event& event = *preview.event;
  json::object out;
  out["reporter"] = reporter;
  out["master"] = event.source;
  out["event"] = event.key;
  out["builder"] = BuildView(event.body).builder().value_or("");
  const auto number = BuildView(event.body).number();
  out["number"] = number ? json::value(*number) : json::value(nullptr);
  out["attempt"] = number ? json::value(BuildView(event.body).run().attempt) : json::value(nullptr);
  out["decision"] = name(preview.decision.outcome);
  out["reason"] = preview.decision.reason;
  out["notes"] = json::value_from(preview.notes);
  json::array deliveries;
  for (std::size_t i = 0; i < preview.deliveries.size(); ++i) {
    const Delivery& delivery = preview.deliveries[i];
    json::object of = delivery.skip ? json::object() : shown(preview.shown[i]);
    of["target"] = delivery.target;
    of["summary"] = delivery.summary;
    of["key"] = delivery.key;
    of["lane"] = delivery.lane;
    of["status"] = delivery.status;
    of["rank"] = delivery.rank;
    of["note"] = delivery.note;
    of["skip"] = delivery.skip;
    deliveries.push_back(std::move(of));
  }
  out["deliveries"] = std::move(deliveries);
  return out;
}

}  // namespace carillon::server
