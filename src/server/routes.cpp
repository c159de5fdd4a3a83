#include "server/routes.hpp"

#include "base/json.hpp"

namespace carillon::server {
namespace {

web::Response state_response(bool well, const json::object& body) {
  web::Response response;
  response.status = well ? 200 : 503;
  response.body = json::serialize(body) + "\n";
  return response;
}

// Whoever reads the answer knows that the io thread responds.
asio::awaitable<web::Response> health(std::shared_ptr<StateViews> views) {
  const auto troubles = views->troubles();
  json::object body;
  body["status"] = troubles.empty() ? "ok" : "wrong";
  for (const char* part : {"io", "store", "python"}) {
    const auto at = troubles.find(part);
    body[part] = at == troubles.end() ? "ok" : at->second;
  }
  co_return state_response(troubles.empty(), body);
}

asio::awaitable<web::Response> readiness(std::shared_ptr<StateViews> views) {
  json::array wrong;
  for (const std::string& text : views->not_ready())
    wrong.emplace_back(text);
  const bool well = wrong.empty();
  json::object body;
  body["status"] = well ? "ready" : "not ready";
  body["wrong"] = std::move(wrong);
  json::array notes;
  for (const std::string& text : views->notes())
    notes.emplace_back(text);
  body["notes"] = std::move(notes);
  co_return state_response(well, body);
}

}  // namespace

void add_routes(web::Router& router, StateViews views) {
  auto shared = std::make_shared<StateViews>(std::move(views));
  router.keep("GET", "/health", {[shared](const web::Request&) { return health(shared); }});
  router.keep("GET", "/ready", {[shared](const web::Request&) { return readiness(shared); }});
}

std::vector<std::shared_ptr<void>> say_nobody_takes_posts(web::Router& router) {
  std::vector<std::shared_ptr<void>> routes;
  for (const char* method : {"GET", "POST"}) {
    web::Route nobody;
    nobody.refuse = [](const web::Head&) {
      return web::error_response(404, "no sources.Push is configured");
    };
    routes.push_back(router.add(method, "/ingest", std::move(nobody)));
  }
  return routes;
}

}  // namespace carillon::server
