#include "source/push/endpoint.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "source/push/ingest.hpp"
#include "web/guesses.hpp"

namespace carillon::source::push {
namespace {

constexpr std::size_t large_body = std::size_t{16} << 10U;  // worth another thread
constexpr std::size_t largest_body = std::size_t{64} << 20U;

// The sender keeps the batch and comes again.
web::Response later(const Failure& failure) {
  return web::busy_response(503, failure.what, failure.retry_after.value_or(std::chrono::seconds(5)));
}

// Why the sender may not report all of this; empty: it may.
std::string first_refusal(const Push& push, const Posted& posted) {
  for (std::size_t i = 0; i < posted.events.size(); ++i) {
    const std::string why = refusal(push.grants(), posted.events[i]);
    if (why.empty()) continue;
    return posted.single ? why : "line " + std::to_string(posted.lines[i]) + ": " + why;
  }
  return {};
}

web::Response accepted_response(const Sink::Accepted& accepted, const Posted& posted) {
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

class IngestEndpoint {
 public:
  IngestEndpoint(std::shared_ptr<const Push> push, const Environment& environment, Sink& sink)
      : push_(std::move(push)), environment_(environment), sink_(sink) {}

  asio::awaitable<web::Response> answer(web::Request request) {
    auto posted = co_await read(request.body);
    if (!posted) co_return refuse(request, 400, posted.error().what);
    if (const std::string why = first_refusal(*push_, *posted); !why.empty())
      co_return refuse(request, 403, why);
    if (posted->events.empty()) co_return accepted_response({}, *posted);
    auto accepted = co_await sink_.accept(push_->name(), std::move(posted->events), nullptr);
    if (!accepted) co_return later(accepted.error());
    co_return accepted_response(*accepted, *posted);
  }

 private:
  asio::awaitable<Result<Posted>> read(const std::string& body) {
    const auto parsed = [&]() -> asio::awaitable<Result<Posted>> {
      co_return parse(body, push_->name(), push_->pages(), environment_.clock.now());
    };
    if (body.size() < large_body || environment_.readers == nullptr) co_return co_await parsed();
    co_return co_await asio::co_spawn(*environment_.readers, parsed(), asio::use_awaitable);
  }

  // Whoever has a token posts something wrong: its owner may never look at the answer.
  web::Response refuse(const web::Request& request, int status, const std::string& why) {
    // Of a batch the text names the line: many of one kind have many texts.
    const std::string kind = std::to_string(status);
    if (const auto times = told_.to_tell(request.address, kind, std::chrono::steady_clock::now()))
      environment_.log.warning(
          "web", "refused POST /ingest from " + request.address + " with " + kind + ": " + why + *times);
    return web::error_response(status, why);
  }

  std::shared_ptr<const Push> push_;
  Environment environment_;
  Sink& sink_;
  web::Guesses told_;
};

asio::awaitable<web::Response> answer(std::shared_ptr<IngestEndpoint> endpoint, web::Request request) {
  co_return co_await endpoint->answer(std::move(request));
}

}  // namespace

web::Route ingest_route(std::shared_ptr<const Push> push, const Environment& environment, Sink& sink) {
  web::Route route;
  route.max_body = largest_body;
  route.admits = [push](const web::Head& head) { return push->admits(head.authorization); };
  route.handler = [endpoint = std::make_shared<IngestEndpoint>(push, environment, sink)](
                      web::Request request) { return answer(endpoint, std::move(request)); };
  return route;
}

}  // namespace carillon::source::push
