// A reporter that stays connected, and that people can subscribe to.
#pragma once

#include <memory>

#include "chat/world.hpp"
#include "reporter/environment.hpp"
#include "reporter/reporter.hpp"
#include "rule/rule.hpp"

namespace carillon::reporter {
class Webhooks;
}

namespace carillon::chat {

// What the composition root lends to reporters, those of this kind included. The references outlive every
// reporter.
struct Environment : reporter::Environment {
  // Null where nothing runs (carillon check).
  const World* world = nullptr;
  // Likewise; also null without a web server.
  reporter::Webhooks* webhooks = nullptr;
};

// The composition root keeps run() going, and a reload that did not change its arguments keeps this object.
class ConnectedReporter : public reporter::Reporter {
 public:
  // Stays connected until cancelled; reconnects by itself, never returns early and never throws anything
  // else. send() may be called before, meanwhile and afterwards: it answers with a Failure while there is no
  // connection.
  virtual asio::awaitable<void> run() = 0;

  // The subscriber list that takes the place of the configured rule. Not null.
  virtual std::shared_ptr<const rule::Audience> audience() const = 0;
};

// Of a reporter that is connected; null: its rule alone decides.
inline std::shared_ptr<const rule::Audience> audience_of(const reporter::Reporter& reporter) {
  const auto* connected = dynamic_cast<const ConnectedReporter*>(&reporter);
  return connected == nullptr ? nullptr : connected->audience();
}

}  // namespace carillon::chat
