#include "app/routes.hpp"

#include <algorithm>

#include "master/push/ingest.hpp"

namespace carillon::app {
namespace {

web::Response unauthorized() {
  web::Response response = web::error_response(401, "a valid token is needed: 'Authorization: Bearer TOKEN'");
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

// The sender keeps the batch and comes again.
web::Response later(const Failure& failure) {
  web::Response response = web::error_response(503, failure.what);
  const auto seconds = failure.retry_after.value_or(std::chrono::seconds(5)).count();
  response.headers.emplace_back("Retry-After", std::to_string(std::max<std::int64_t>(seconds, 1)));
  return response;
}

web::Response accepted_response(const master::Sink::Accepted& accepted, bool single) {
  const auto duplicates = std::count(accepted.duplicate.begin(), accepted.duplicate.end(), true);
  json::object body;
  body["accepted"] = static_cast<std::int64_t>(accepted.duplicate.size()) - duplicates;
  if (single) {
    body["duplicate"] = duplicates > 0;
  } else {
    body["duplicates"] = duplicates;
  }
  web::Response response;
  response.status = 202;
  response.body = json::serialize(body) + "\n";
  return response;
}

asio::awaitable<web::Response> ingest(std::shared_ptr<Backstage> backstage, web::Request request) {
  const auto masters = backstage->push_masters();
  if (masters.empty()) co_return web::error_response(404, "no masters.Push is configured");
  const auto admitted = std::find_if(masters.begin(), masters.end(),
                                     [&](const auto& push) { return push->admits(request.authorization); });
  if (admitted == masters.end()) co_return unauthorized();
  const std::shared_ptr<master::push::Push> push = *admitted;
  auto posted = master::push::parse(request.body, push->name(), push->url(), backstage->clock.now());
  if (!posted) co_return web::error_response(400, posted.error().what);
  auto accepted = co_await backstage->sink.accept(push->name(), std::move(posted->events), nullptr);
  if (!accepted) co_return later(accepted.error());
  co_return accepted_response(*accepted, posted->single);
}

asio::awaitable<web::Response> alive(bool well) {
  web::Response response;
  response.status = well ? 200 : 503;
  response.body = well ? "{\"status\": \"ok\"}\n" : "{\"status\": \"stopping\"}\n";
  co_return response;
}

}  // namespace

web::Routes make_routes(Backstage backstage) {
  auto shared = std::make_shared<Backstage>(std::move(backstage));
  web::Routes routes;
  routes[{"POST", "/ingest"}] = [shared](web::Request request) { return ingest(shared, std::move(request)); };
  routes[{"GET", "/health"}] = [](const web::Request&) { return alive(true); };
  routes[{"GET", "/ready"}] = [shared](const web::Request&) { return alive(shared->ready()); };
  return routes;
}

}  // namespace carillon::app
