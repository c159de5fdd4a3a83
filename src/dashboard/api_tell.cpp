#include <algorithm>

#include "base/json_members.hpp"
#include "base/text.hpp"
#include "dashboard/api.hpp"
#include "dashboard/silences.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::size_t most_levels = 8;
constexpr std::size_t most_json = std::size_t{64} << 10U;
constexpr std::size_t longest_key = 128;

}  // namespace

Place api_get(std::string path, std::span<const std::string_view> fields,
              std::function<asio::awaitable<web::Response>(Asked)> handler, access::Role role) {
  return {"GET", "/api/v1/" + std::move(path), role, std::move(handler), 0, true, nullptr, fields};
}

Result<json::object> body_of(const web::Request& request) {
  if (is_blank(request.body)) return json::object();
  json::parse_options options;
  options.max_depth = most_levels;
  boost::system::error_code error;
  json::value value = json::parse(request.body, error, {}, options);
  if (error) return rejected("the body is not JSON: " + error.message());
  if (!value.is_object()) return rejected("the body must be a JSON object");
  if (const auto doubled = doubled_member(request.body)) return rejected(*doubled + ": is given twice");
  return std::move(value.as_object());
}

Result<std::string> text_in(const json::object& body, std::string_view name) {
  const json::value* value = body.if_contains(name);
  if (value == nullptr || value->is_null()) return std::string();
  if (!value->is_string())
    return rejected(std::string(name) + ": must be a text, not " + std::string(kind_name(*value)));
  return std::string(value->get_string());
}

Place api_post(std::string path, access::Role role, std::span<const std::string_view> members,
               const World& world, std::shared_ptr<Repeats> once, ApiDeed deed) {
  const auto handler = [members, &clock = world.clock, once = std::move(once),
                        deed = std::move(deed)](Asked asked) -> asio::awaitable<web::Response> {
    const std::string key(header(asked.request, "idempotency-key"));
    if (key.size() > longest_key) co_return json_error(400, "Idempotency-Key: has more than 128 characters");
    std::optional<Repeats::Turn> turn;
    if (once && !key.empty()) {
      co_await once->load(clock.now());
      const std::string what = asked.request.method + " " + asked.request.path + "\n" + asked.request.body;
      turn.emplace(*once, Repeats::Name(who_does(asked.caller), key), what, clock.now());
      if (turn->known()) co_return *turn->known();
    }
    const auto body = body_of(asked.request);
    if (!body) co_return json_error(400, body.error().what, json_hint);
    for (const auto& member : *body) {
      if (std::ranges::find(members, std::string_view(member.key())) == members.end())
        co_return json_error(400, std::string(member.key()) + ": is not known here");
    }
    web::Response answer = co_await deed(asked, *body);
    if (turn && answer.status < 500) {
      turn->keep(answer, clock.now());
      co_await once->save(turn->name());
    }
    co_return answer;
  };
  return {"POST", "/api/v1/" + std::move(path), role, handler, most_json, true, nullptr, no_fields};
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
