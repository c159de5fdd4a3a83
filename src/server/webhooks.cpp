#include "server/webhooks.hpp"

namespace carillon::server {
namespace {

using reporter::Webhooks;

constexpr std::size_t largest_call = std::size_t{1} << 20U;  // a message of a chat

asio::awaitable<web::Response> answer(std::shared_ptr<Webhooks::Handler> handler, web::Request request) {
  Webhooks::Call call;
  call.body = std::move(request.body);
  call.headers = std::move(request.headers);
  web::Response response;
  response.status = co_await (*handler)(std::move(call));
  response.body = "{}\n";
  co_return response;
}

}  // namespace

std::shared_ptr<void> WebhookTable::add(std::string path, Handler handler) {
  web::Route route;
  route.max_body = largest_call;
  route.secret_path = true;
  route.handler = [shared = std::make_shared<Handler>(std::move(handler))](web::Request called) {
    return answer(shared, std::move(called));
  };
  return router_.add("POST", std::move(path), std::move(route));
}

}  // namespace carillon::server
