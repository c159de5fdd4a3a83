// What the web server answers.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "source/push/push.hpp"
#include "source/source.hpp"
#include "web/message.hpp"

namespace carillon::server {

// What the routes need of the server; the references outlive the routes.
struct Backstage {
  std::function<std::vector<std::shared_ptr<source::push::Push>>()> push_sources;
  source::Sink& sink;
  const Clock& clock;
  const Log& log;
  metrics::Family<metrics::Counter>& refused;                    // label: why; here "token" and "guessing"
  asio::thread_pool& readers;                                    // large bodies are read there
  std::function<std::map<std::string, std::string>()> troubles;  // threads that do not respond, and how
  std::function<std::vector<std::string>()> not_ready;           // why not; empty: ready
  std::function<std::vector<std::string>()> notes;  // what is wrong, and yet does not count as not ready
  std::function<asio::awaitable<std::string>()> metrics;  // the page
};

// POST /ingest, GET /health, GET /ready, GET /metrics. Who shows too many wrong tokens to /ingest is not
// listened to for a while (web/guesses.hpp).
web::Routes make_routes(Backstage backstage);

}  // namespace carillon::server
