#include "dashboard/api.hpp"

namespace carillon::dashboard {

Place api_get(std::string path, std::span<const std::string_view> fields,
              std::function<asio::awaitable<web::Response>(Asked)> handler, access::Role role) {
  return {"GET", "/api/v1/" + std::move(path), role, std::move(handler), 0, true, nullptr, fields};
}

web::Response api_failure(const Failure& failure) {
  web::Response busy = json_error(503, failure.what, "narrow it, or try again");
  const auto seconds = failure.retry_after.value_or(std::chrono::seconds(5)).count();
  busy.headers.emplace_back("Retry-After", std::to_string(seconds));
  return busy;
}

web::Response api_answer(const World& world, const Asked& asked, json::value answer) {
  if (answer.is_null())
    return json_error(404, "there is no such thing", "the list beside it has what there is");
  return json_response(world.site.privacy(asked).in(std::move(answer)), asked.request);
}

}  // namespace carillon::dashboard
