// What the composition root lends to every reporter.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/task.hpp"
#include "message/formatter.hpp"
#include "transport/http.hpp"

namespace carillon::chat {
struct World;
}

namespace carillon::spool {
class Spool;
}

namespace carillon::reporter {

class Webhooks;

// The references outlive every reporter.
struct Environment {
  asio::any_io_executor executor;
  message::Site site;
  const Clock& clock;
  const Log& log;
  http::Client& http;
  const chat::World* world = nullptr;  // for bots; null where nothing runs (carillon check)
  Webhooks* webhooks = nullptr;        // likewise; also null without a web server
  spool::Spool* spool = nullptr;       // of the files of deliveries; null where nothing runs
};

}  // namespace carillon::reporter
