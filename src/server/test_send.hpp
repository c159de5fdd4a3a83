// One report, sent at once: what `carillon test-send` does, in its own process or in the server.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pipeline/roster.hpp"

namespace carillon::server {

struct TestOutcome {
  enum class Kind {
    delivered,
    failed,   // refused, no answer, asked to wait
    skipped,  // the reporter has nothing to send, or it would overwrite a later state
  };
  Kind kind = Kind::delivered;
  // Of the delivery.
  std::string target;
  // Of the part (mail: the recipient); empty: the whole.
  std::string name;
  std::string answer;
  // failed: the target understood, and said no.
  bool refused = false;
};

// Why this delivery must not be sent; empty: it may.
using Objection = std::function<std::string(const Delivery&)>;

// Sends them one after the other, each once.
asio::awaitable<std::vector<TestOutcome>> send_now(std::shared_ptr<reporter::Reporter> reporter,
                                                   std::vector<Delivery> deliveries, Objection objection);

json::array to_json(const std::vector<TestOutcome>& outcomes);
std::vector<TestOutcome> outcomes_of(const json::array& list);

// A report about one build, for the way to the server.
json::object to_json(const reporter::Details& details);
reporter::Details order_of(const json::object& text);

// What the server answers to such a request ("reporter", "details"): "outcomes", or "error".
asio::awaitable<json::object> answer_test_send(pipeline::RosterPtr roster, json::object request);

}  // namespace carillon::server
