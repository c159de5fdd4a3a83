#include "store/silence_over.hpp"

#include <algorithm>

namespace carillon::store {
namespace {

json::object over_body(const Silence& silence, const std::vector<HeldBack>& held,
                       const std::vector<std::string>& reporters) {
  json::object body;
  body["id"] = silence.id;
  body["why"] = silence.why;
  body["who"] = silence.who;
  body["from"] = silence.from;
  body["until"] = silence.until;
  body["ended_by"] = silence.ended_by;
  json::object by_reporter;
  for (const HeldBack& one : held) {
    if (std::ranges::find(reporters, one.reporter) == reporters.end()) continue;
    json::value& list = by_reporter[one.reporter];
    if (!list.is_array()) list.emplace_array();
    list.get_array().push_back(json::object{{"source", one.source},
                                            {"builder", one.builder},
                                            {"count", static_cast<std::int64_t>(one.count)},
                                            {"event", one.event}});
  }
  body["held"] = std::move(by_reporter);
  return body;
}

}  // namespace

NewEvent silence_over(const Silence& silence, const std::vector<HeldBack>& held,
                      const std::vector<std::string>& reporters, Millis now) {
  NewEvent made;
  made.kind = EventKind::silence_over;
  Event event;
  event.key = "silences/" + std::to_string(silence.id) + "/over";
  event.at = now;
  event.body = over_body(silence, held, reporters);
  for (const auto& member : *object_at(event.body, "held")) {
    made.decisions.push_back(
        {std::string(member.key()),
         {Decision::Outcome::report, "the summary of silence " + std::to_string(silence.id)}});
  }
  event.text = std::make_shared<const ObjectText>(event.body);
  made.event = std::make_shared<const Event>(std::move(event));
  return made;
}

std::string why_no_end(const std::optional<Silence>& silence, RowId id, Millis now) {
  if (!silence) return "there is no silence " + std::to_string(id);
  if (silence->until <= now) return "silence " + std::to_string(id) + " has ended already";
  return {};
}

std::vector<std::string> tags_of_builder(const std::string& builder) {
  boost::system::error_code error;
  json::object build;
  build["builder"] = json::parse(builder, error);
  return error ? std::vector<std::string>() : facts_of(build).tags;
}

}  // namespace carillon::store
