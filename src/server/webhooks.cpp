#include "server/webhooks.hpp"

namespace carillon::server {
namespace {

using reporter::Webhooks;

constexpr std::size_t largest_call = std::size_t{1} << 20U;  // a message of a chat

asio::awaitable<web::Response> answer(std::shared_ptr<Webhooks::Handler> handler, web::Request request) {
  Webhooks::Call call;
  call.body = std::move(request.body);
  call.headers = std::move(request.own_headers);
  call.headers["content-type"] = request.content_type;
  web::Response response;
  response.status = co_await (*handler)(std::move(call));
  response.body = "{}\n";
  co_return response;
}

}  // namespace

std::shared_ptr<void> WebhookTable::add(std::string path, Handler handler) {
  auto entry = std::make_shared<Handler>(std::move(handler));
  (*table_)[path] = entry;
  // A later handler of the path is left alone.
  auto remove = [table = table_, path = std::move(path), entry](void*) {
    const auto at = table->find(path);
    if (at != table->end() && at->second.lock() == entry) table->erase(at);
  };
  return {nullptr, std::move(remove)};
}

std::optional<web::Route> WebhookTable::find(const web::Head& head) const {
  if (head.method != "POST") return std::nullopt;
  const auto at = table_->find(head.path);
  if (at == table_->end()) return std::nullopt;
  auto handler = at->second.lock();
  if (!handler) return std::nullopt;
  return web::Route{[handler](web::Request called) { return answer(handler, std::move(called)); },
                    largest_call};
}

}  // namespace carillon::server
