#include "app/routes.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "master/push/ingest.hpp"

namespace carillon::app {
namespace {

constexpr std::size_t large_body = std::size_t{16} << 10U;  // worth another thread

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

asio::awaitable<Result<master::push::Posted>> read_posted(Backstage& backstage,
                                                          const master::push::Push& push,
                                                          const std::string& body) {
  const auto read = [&]() -> asio::awaitable<Result<master::push::Posted>> {
    co_return master::push::parse(body, push.name(), push.url(), backstage.clock.now());
  };
  if (body.size() < large_body) co_return co_await read();
  co_return co_await asio::co_spawn(backstage.readers, read(), asio::use_awaitable);
}

asio::awaitable<web::Response> ingest(std::shared_ptr<Backstage> backstage, web::Request request) {
  const auto masters = backstage->push_masters();
  if (masters.empty()) co_return web::error_response(404, "no masters.Push is configured");
  const auto admitted = std::find_if(masters.begin(), masters.end(),
                                     [&](const auto& push) { return push->admits(request.authorization); });
  if (admitted == masters.end()) co_return unauthorized();
  const std::shared_ptr<master::push::Push> push = *admitted;
  auto posted = co_await read_posted(*backstage, *push, request.body);
  if (!posted) co_return web::error_response(400, posted.error().what);
  auto accepted = co_await backstage->sink.accept(push->name(), std::move(posted->events), nullptr);
  if (!accepted) co_return later(accepted.error());
  co_return accepted_response(*accepted, posted->single);
}

web::Response state_response(bool well, const json::object& body) {
  web::Response response;
  response.status = well ? 200 : 503;
  response.body = json::serialize(body) + "\n";
  return response;
}

// Whoever reads the answer knows that the io thread responds.
asio::awaitable<web::Response> health(std::shared_ptr<Backstage> backstage) {
  const auto troubles = backstage->troubles();
  json::object body;
  body["status"] = troubles.empty() ? "ok" : "wrong";
  for (const char* part : {"io", "store", "python"}) {
    const auto at = troubles.find(part);
    body[part] = at == troubles.end() ? "ok" : at->second;
  }
  co_return state_response(troubles.empty(), body);
}

asio::awaitable<web::Response> readiness(std::shared_ptr<Backstage> backstage) {
  json::array wrong;
  for (const std::string& text : backstage->not_ready())
    wrong.emplace_back(text);
  const bool well = wrong.empty();
  json::object body;
  body["status"] = well ? "ready" : "not ready";
  body["wrong"] = std::move(wrong);
  co_return state_response(well, body);
}

asio::awaitable<web::Response> metrics_page(std::shared_ptr<Backstage> backstage) {
  web::Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = co_await backstage->metrics();
  co_return response;
}

}  // namespace

web::Routes make_routes(Backstage backstage) {
  auto shared = std::make_shared<Backstage>(std::move(backstage));
  web::Routes routes;
  routes[{"POST", "/ingest"}] = [shared](web::Request request) { return ingest(shared, std::move(request)); };
  routes[{"GET", "/health"}] = [shared](const web::Request&) { return health(shared); };
  routes[{"GET", "/ready"}] = [shared](const web::Request&) { return readiness(shared); };
  routes[{"GET", "/metrics"}] = [shared](const web::Request&) { return metrics_page(shared); };
  return routes;
}

}  // namespace carillon::app
