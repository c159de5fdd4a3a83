// What the web server answers.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "web/router.hpp"

namespace carillon::server {

// What the server says of itself.
struct StateViews {
  // Threads that do not respond, and how.
  std::function<std::map<std::string, std::string>()> troubles;
  // Why not; empty: ready.
  std::function<std::vector<std::string>()> not_ready;
  // What is wrong, and yet does not count as not ready.
  std::function<std::vector<std::string>()> notes;
};

// GET /health, GET /ready.
void add_routes(web::Router& router, StateViews views);

// Answers /ingest with 404 and the reason while the routes live. The router outlives them.
std::vector<std::shared_ptr<void>> say_nobody_takes_posts(web::Router& router);

}  // namespace carillon::server
