#include "server/test_send.hpp"

namespace carillon::server {
namespace {

using Kind = TestOutcome::Kind;

const char* word(Kind kind) {
  switch (kind) {
    case Kind::delivered:
      return "delivered";
    case Kind::failed:
      return "failed";
    case Kind::skipped:
      return "skipped";
  }
  return "failed";
}

std::string failure_text(const Failure& failure) {
  std::string text = failure.what;
  if (failure.kind == Failure::Kind::throttled)
    text = "asks to wait" +
           (failure.retry_after ? " " + std::to_string(failure.retry_after->count()) + " s" : std::string()) +
           ": " + text;
  return text;
}

void add_receipt(const Delivery& delivery, const Receipt& receipt, std::vector<TestOutcome>& outcomes) {
  if (receipt.parts.empty()) outcomes.push_back({Kind::delivered, delivery.target, "", receipt.answer});
  for (const ReceiptPart& part : receipt.parts) {
    const bool delivered = part.outcome == ReceiptPart::Outcome::delivered;
    outcomes.push_back({delivered ? Kind::delivered : Kind::failed, delivery.target, part.name, part.answer});
  }
}

}  // namespace

asio::awaitable<std::vector<TestOutcome>> send_now(std::shared_ptr<reporter::Reporter> reporter,
                                                   std::vector<Delivery> deliveries, Objection objection) {
  std::vector<TestOutcome> outcomes;
  for (const Delivery& delivery : deliveries) {
    const std::string why = delivery.skip ? delivery.note : objection ? objection(delivery) : std::string();
    if (delivery.skip || !why.empty()) {
      outcomes.push_back({Kind::skipped, delivery.target, "", why});
      continue;
    }
    auto receipt = co_await reporter->send(delivery);
    if (receipt) {
      add_receipt(delivery, *receipt, outcomes);
    } else {
      const bool refused = receipt.error().kind == Failure::Kind::rejected;
      outcomes.push_back({Kind::failed, delivery.target, "", failure_text(receipt.error()), refused});
    }
  }
  co_return outcomes;
}

json::array to_json(const std::vector<TestOutcome>& outcomes) {
  json::array list;
  for (const TestOutcome& outcome : outcomes) {
    json::object of;
    of["outcome"] = word(outcome.kind);
    of["target"] = outcome.target;
    of["name"] = outcome.name;
    of["answer"] = outcome.answer;
    of["refused"] = outcome.refused;
    list.push_back(std::move(of));
  }
  return list;
}

std::vector<TestOutcome> outcomes_of(const json::array& list) {
  std::vector<TestOutcome> outcomes;
  for (const json::value& item : list) {
    const json::object* of = item.if_object();
    if (of == nullptr) continue;
    TestOutcome outcome;
    for (const Kind kind : {Kind::failed, Kind::delivered, Kind::skipped}) {
      if (string_at(*of, "outcome") == word(kind)) outcome.kind = kind;
    }
    outcome.target = string_at(*of, "target").value_or("");
    outcome.name = string_at(*of, "name").value_or("");
    outcome.answer = string_at(*of, "answer").value_or("");
    outcome.refused = of->contains("refused") && of->at("refused") == json::value(true);
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

json::object to_json(const reporter::Details& details) {
  json::object out;
  out["kind"] = static_cast<std::int64_t>(details.kind);
  out["event_id"] = details.event_id;
  out["master"] = details.source;
  out["at"] = details.at;
  json::array builds;
  for (const json::object& build : details.builds)
    builds.push_back(build);
  out["builds"] = std::move(builds);
  out["worker"] = details.worker;
  return out;
}

reporter::Details order_of(const json::object& text) {
  reporter::Details details;
  details.kind =
      static_cast<EventKind>(integer_at(text, "kind").value_or(static_cast<int>(EventKind::other)));
  details.event_id = string_at(text, "event_id").value_or("");
  details.source = string_at(text, "master").value_or("");
  details.at = integer_at(text, "at").value_or(0);
  if (const json::array* builds = array_at(text, "builds")) {
    for (const json::value& build : *builds) {
      if (build.is_object()) details.builds.push_back(build.get_object());
    }
  }
  if (const json::object* worker = object_at(text, "worker")) details.worker = *worker;
  return details;
}

asio::awaitable<json::object> answer_test_send(pipeline::RosterPtr roster, json::object request) {
  json::object told;
  const std::string name(string_at(request, "reporter").value_or(""));
  const json::object* text = object_at(request, "details");
  const pipeline::RosterEntry* entry = roster->find(name);
  if (entry == nullptr || text == nullptr) {
    told["error"] =
        "the running server has no reporter '" + name + "'; `carillon reload` reads the configuration";
    co_return told;
  }
  const reporter::Details details = order_of(*text);
  auto deliveries = co_await entry->reporter->compose(details);
  if (!deliveries) {
    told["error"] = name + " cannot word it: " + deliveries.error().what;
    co_return told;
  }
  const auto outcomes = co_await send_now(entry->reporter, std::move(*deliveries), nullptr);
  told["outcomes"] = to_json(outcomes);
  co_return told;
}

}  // namespace carillon::server
