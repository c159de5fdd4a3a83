// What the composition root lends to every reporter.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/task.hpp"
#include "message/formatter.hpp"
#include "transport/http.hpp"

namespace carillon::spool {
class Spool;
}

namespace carillon::reporter {

// The references outlive every reporter.
struct Environment {
  asio::any_io_executor executor;
  message::Site site;
  const Clock& clock;
  const Log& log;
  http::Client& http;
  // Of the files of deliveries; null where nothing runs.
  spool::Spool* spool = nullptr;
};

}  // namespace carillon::reporter
