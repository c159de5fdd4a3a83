#include "server/routes.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "source/push/ingest.hpp"
#include "web/guesses.hpp"

namespace carillon::server {
namespace {

constexpr std::size_t large_body = std::size_t{16} << 10U;  // worth another thread

constexpr std::size_t largest_body = std::size_t{64} << 20U;

web::Response unauthorized() {
  web::Response response = web::error_response(401, "a valid token is needed: 'Authorization: Bearer TOKEN'");
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

// The sender keeps the batch and comes again.
web::Response later(const Failure& failure) {
  return web::busy_response(503, failure.what, failure.retry_after.value_or(std::chrono::seconds(5)));
}

std::shared_ptr<source::push::Push> push_for(const Backstage& backstage, const web::Head& head) {
  for (auto& push : backstage.push_sources()) {
    if (push->admits(head.authorization)) return push;
  }
  return nullptr;
}

void tell_of_refusal(const Backstage& backstage, web::Guesses& guesses, const std::string& address,
                     web::Guesses::Time now, const std::string& why = "without a valid token") {
  const auto count = guesses.to_tell(address, now);
  if (!count) return;
  backstage.log.warning(
      "web", address + " posts to /ingest " + why +
                 (*count > 1 ? " (" + std::to_string(*count) + " times since this was said last)" : ""));
}

// Who shows no token of a push master does not get as far as the body.
std::optional<web::Response> refuse_sender(const Backstage& backstage, web::Guesses& guesses,
                                           const web::Head& head) {
  if (backstage.push_sources().empty()) return web::error_response(404, "no sources.Push is configured");
  const auto now = std::chrono::steady_clock::now();
  if (const auto pause = guesses.shut_out(head.address, now)) {
    backstage.refused.of({"guessing"}).add();
    tell_of_refusal(backstage, guesses, head.address, now);
    return web::busy_response(429, "too many wrong tokens from " + head.address, *pause);
  }
  if (push_for(backstage, head)) return std::nullopt;
  backstage.refused.of({"token"}).add();
  guesses.wrong(head.address, head.authorization, now);
  tell_of_refusal(backstage, guesses, head.address, now);
  return unauthorized();
}

// Why the sender may not report all of this; empty: it may.
std::string first_refusal(const source::push::Push& push, const source::push::Posted& posted) {
  for (std::size_t i = 0; i < posted.events.size(); ++i) {
    const std::string why = refusal(push.grants(), posted.events[i]);
    if (why.empty()) continue;
    return posted.single ? why : "line " + std::to_string(posted.lines[i]) + ": " + why;
  }
  return {};
}

web::Response accepted_response(const source::Sink::Accepted& accepted, const source::push::Posted& posted) {
  const auto duplicates = std::count(accepted.duplicate.begin(), accepted.duplicate.end(), true);
  json::object body;
  body["accepted"] = static_cast<std::int64_t>(accepted.duplicate.size()) - duplicates;
  if (posted.single) {
    body["duplicate"] = duplicates > 0;
  } else {
    body["duplicates"] = duplicates;
  }
  if (posted.ignored > 0) body["ignored"] = posted.ignored;
  if (!posted.warnings.empty()) body["warnings"] = json::value_from(posted.warnings);
  web::Response response;
  response.status = 202;
  response.body = json::serialize(body) + "\n";
  return response;
}

asio::awaitable<Result<source::push::Posted>> read_posted(Backstage& backstage,
                                                          const source::push::Push& push,
                                                          const std::string& body) {
  const auto read = [&]() -> asio::awaitable<Result<source::push::Posted>> {
    co_return source::push::parse(body, push.name(), push.url(), backstage.clock.now());
  };
  if (body.size() < large_body) co_return co_await read();
  co_return co_await asio::co_spawn(backstage.readers, read(), asio::use_awaitable);
}

asio::awaitable<web::Response> ingest(std::shared_ptr<Backstage> backstage,
                                      std::shared_ptr<web::Guesses> told, web::Request request) {
  // Whoever has a token posts something wrong: its owner may never look at the answer.
  const auto refuse = [&](int status, const std::string& why) {
    tell_of_refusal(*backstage, *told, request.address, std::chrono::steady_clock::now(),
                    "what is refused with " + std::to_string(status) + ": " + why);
    return web::error_response(status, why);
  };
  const std::shared_ptr<source::push::Push> push = push_for(*backstage, request);
  if (!push) co_return unauthorized();  // a reload took it out while the body came
  auto posted = co_await read_posted(*backstage, *push, request.body);
  if (!posted) co_return refuse(400, posted.error().what);
  if (const std::string why = first_refusal(*push, *posted); !why.empty()) co_return refuse(403, why);
  if (posted->events.empty()) co_return accepted_response({}, *posted);
  auto accepted = co_await backstage->sink.accept(push->name(), std::move(posted->events), nullptr);
  if (!accepted) co_return later(accepted.error());
  co_return accepted_response(*accepted, *posted);
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
  json::array notes;
  for (const std::string& text : backstage->notes())
    notes.emplace_back(text);
  body["notes"] = std::move(notes);
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
  auto guesses = std::make_shared<web::Guesses>();
  auto refused = std::make_shared<web::Guesses>();
  web::Routes routes;
  routes[{"POST", "/ingest"}] = {
      [shared, refused](web::Request request) { return ingest(shared, refused, std::move(request)); },
      largest_body,
      [shared, guesses](const web::Head& head) { return refuse_sender(*shared, *guesses, head); }};
  routes[{"GET", "/health"}] = {[shared](const web::Request&) { return health(shared); }};
  routes[{"GET", "/ready"}] = {[shared](const web::Request&) { return readiness(shared); }};
  routes[{"GET", "/metrics"}] = {[shared](const web::Request&) { return metrics_page(shared); }};
  return routes;
}

}  // namespace carillon::server
