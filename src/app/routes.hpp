// What the web server answers.
#pragma once

#include <functional>
#include <memory>
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
  std::function<bool()> ready;
};

// POST /ingest, GET /health, GET /ready
web::Routes make_routes(Backstage backstage);

}  // namespace carillon::app
