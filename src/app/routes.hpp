// What the web server answers.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "master/master.hpp"
#include "master/push/push.hpp"
#include "web/server.hpp"

namespace carillon::app {

// What the routes need of the server; the references outlive the routes.
struct Backstage {
  std::function<std::vector<std::shared_ptr<master::push::Push>>()> push_masters;
  master::Sink& sink;
  const Clock& clock;
  asio::thread_pool& readers;                                    // large bodies are read there
  std::function<std::map<std::string, std::string>()> troubles;  // threads that do not respond, and how
  std::function<std::vector<std::string>()> not_ready;           // why not; empty: ready
  std::function<asio::awaitable<std::string>()> metrics;         // the page
};

// POST /ingest, GET /health, GET /ready, GET /metrics
web::Routes make_routes(Backstage backstage);

}  // namespace carillon::app
