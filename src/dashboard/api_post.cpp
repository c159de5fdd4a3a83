#include "dashboard/api_post.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "dashboard/answer.hpp"
#include "dashboard/filters.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::size_t most_json = std::size_t{64} << 10U;
constexpr std::size_t most_levels = 8;
constexpr std::size_t longest_key = 128;

// The body as an object; none where there is no body. Failure: it is something else.
Result<json::object> body_of(const Asked& asked) {
  if (is_blank(asked.request.body)) return json::object();
  json::parse_options options;
  options.max_depth = most_levels;
  boost::system::error_code error;
  json::value value = json::parse(asked.request.body, error, {}, options);
  if (error) return rejected("the body is not JSON: " + error.message());
  if (!value.is_object()) return rejected("the body must be a JSON object");
  return std::move(value.as_object());
}

}  // namespace

Result<void> only(const Body& body, std::initializer_list<std::string_view> known) {
  for (const auto& member : body) {
    if (std::find(known.begin(), known.end(), std::string_view(member.key())) == known.end())
      return rejected(std::string(member.key()) + ": is not known here");
  }
  return ok();
}

web::Response told(const Done& done) {
  if (done.status != 200) return json_error(done.status, done.words);
  json::object out = done.more;
  out["done"] = done.words;
  web::Response response;
  response.body = json::serialize(out) + "\n";
  return response;
}

Place post(std::string path, access::Role role, const World& world, std::shared_ptr<Repeats> repeats,
           Deed deed) {
  const auto handler = [world, repeats = std::move(repeats),
                        deed = std::move(deed)](Asked asked) -> asio::awaitable<web::Response> {
    const std::string key(header_of(asked.request, "idempotency-key"));
    if (key.size() > longest_key) co_return json_error(400, "Idempotency-Key: has more than 128 characters");
    const std::string what = asked.request.method + " " + asked.request.path + "\n" + asked.request.body;
    if (!key.empty()) {
      if (auto known = repeats->known(asked.caller.who, key, what, world.clock.now())) co_return *known;
    }
    const auto body = body_of(asked);
    if (!body) co_return json_error(400, body.error().what);
    web::Response answer = co_await deed(asked, *body);
    if (!key.empty() && answer.status < 500)
      repeats->keep(asked.caller.who, key, what, answer, world.clock.now());
    co_return answer;
  };
  return {"POST", "/api/v1/" + std::move(path), role, handler, most_json, true};
}

int asked_wait(const Asked& asked) {
  for (const std::string_view word : words_of(header_of(asked.request, "prefer"), ",; ")) {
    if (!word.starts_with("wait=")) continue;
    const auto seconds = id_of(word.substr(5));
    return static_cast<int>(std::min<std::int64_t>(seconds.value_or(0), 30));
  }
  return 0;
}

}  // namespace carillon::dashboard
