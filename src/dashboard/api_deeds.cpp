// The JSON API: what changes something.
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "base/encoding.hpp"
#include "base/moment.hpp"
#include "base/text.hpp"
#include "dashboard/answer.hpp"
#include "dashboard/api.hpp"
#include "dashboard/deeds.hpp"
#include "dashboard/filters.hpp"
#include "dashboard/repeats.hpp"
#include "view/story.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::size_t most_json = std::size_t{64} << 10U;
constexpr std::size_t most_levels = 8;
constexpr std::size_t longest_key = 128;
constexpr std::size_t most_ids = 500;

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

// The members that a body may have; failure names one that is not known.
Result<void> only(const json::object& body, std::initializer_list<std::string_view> known) {
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

using Body = json::object;
using Deed = std::function<asio::awaitable<web::Response>(const Asked&, const Body&)>;

// A place that takes a JSON object, once for each Idempotency-Key.
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
  return {"POST", "/api/v1/" + std::move(path), role, handler, most_json, true, nullptr, no_fields};
}

// "wait=5" of Prefer, in seconds; at most 30.
int asked_wait(const Asked& asked) {
  for (const std::string_view word : words_of(header_of(asked.request, "prefer"), ",; ")) {
    if (!word.starts_with("wait=")) continue;
    const auto seconds = id_of(word.substr(5));
    return static_cast<int>(std::min<std::int64_t>(seconds.value_or(0), 30));
  }
  return 0;
}

// The delivery as it is once it does not wait any more, or after so long.
asio::awaitable<Result<json::value>> settled(const World& world, std::int64_t id, int seconds) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (int turn = 0;; ++turn) {
    const Millis now = world.clock.now();
    auto story = co_await world.archive.ask([&](store::Ledger& ledger) -> std::optional<view::DeliveryStory> {
      auto row = ledger.delivery(id);
      if (!row) return std::nullopt;
      return view::story_of(ledger, std::move(*row), ledger.pauses(), now);
    });
    if (!story) co_return failed(story.error());
    if (!*story) co_return json::value(nullptr);
    constexpr int a_second = 10;
    if ((*story)->row.state != DeliveryState::waiting || turn >= seconds * a_second)
      co_return json::value(view::to_json(**story));
    timer.expires_after(std::chrono::milliseconds(1000 / a_second));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

void add_delivery_deeds(std::vector<Place>& places, const World& world,
                        const std::shared_ptr<Repeats>& repeats) {
  places.push_back(post("deliveries/{id}/resend", access::Role::operator_, world, repeats,
                        [world](const Asked& asked, const Body& body) -> asio::awaitable<web::Response> {
                          if (auto fine = only(body, {"reason"}); !fine)
                            co_return json_error(400, fine.error().what);
                          const std::int64_t id = id_of(asked.part("id")).value_or(0);
                          const Done done = co_await resend(world, asked.caller, id, text_at(body, "reason"));
                          const int wait = asked_wait(asked);
                          if (done.status != 200 || wait == 0) {
                            web::Response response = told(done);
                            if (response.status == 200) response.status = 202;
                            co_return response;
                          }
                          const auto story = co_await settled(world, id, wait);
                          if (!story) co_return json_error(503, story.error().what);
                          web::Response response;
                          response.body = json::serialize(*story) + "\n";
                          co_return response;
                        }));
  places.push_back(post("deliveries/{id}/drop", access::Role::operator_, world, repeats,
                        [world](const Asked& asked, const Body& body) -> asio::awaitable<web::Response> {
                          if (auto fine = only(body, {"reason"}); !fine)
                            co_return json_error(400, fine.error().what);
                          co_return told(co_await drop(world, asked.caller,
                                                       id_of(asked.part("id")).value_or(0),
                                                       text_at(body, "reason")));
                        }));
}

// {"ids": [...]} or {"filter": {...}, "expect": 3, "up_to": 812}.
Result<Many> many_of(const json::object& body, Millis now) {
  if (auto fine = only(body, {"ids", "filter", "expect", "up_to", "reason"}); !fine)
    return failed(fine.error());
  Many many;
  if (const json::array* ids = array_at(body, "ids")) {
    if (body.contains("filter")) return rejected("ids and filter: give one of them");
    if (ids->size() > most_ids) return rejected("ids: at most 500 at once");
    for (const json::value& id : *ids) {
      if (!id.is_int64() || id.get_int64() < 1) return rejected("ids: each must be a delivery's number");
      many.ids.push_back(id.get_int64());
    }
    if (many.ids.empty()) return rejected("ids: there is none");
    return many;
  }
  const json::object* filter = object_at(body, "filter");
  if (filter == nullptr) return rejected("ids or filter: which deliveries?");
  const auto expected = integer_at(body, "expect");
  const auto up_to = integer_at(body, "up_to");
  if (!expected || *expected < 0 || !up_to)
    return rejected("expect and up_to: how many were seen, and the newest one's number");
  std::string query;
  for (const auto& [name, value] : *filter) {
    if (!value.is_string()) return rejected("filter." + std::string(name) + ": must be a text");
    query += (query.empty() ? "" : "&") + percent_encode(name) + "=" +
             percent_encode(std::string_view(value.get_string()));
  }
  const Fields fields = Fields::parse(query);
  if (const auto stranger = fields.stranger(choosing_fields))
    return rejected("filter." + *stranger + ": is not known here");
  const auto wanted = deliveries_filter(fields, now);
  if (!wanted) return failed(wanted.error());
  many.filter = wanted->filter;
  many.by_filter = true;
  many.expected = static_cast<std::size_t>(*expected);
  many.up_to = *up_to;
  return many;
}

void add_bulk_deeds(std::vector<Place>& places, const World& world, const std::shared_ptr<Repeats>& repeats) {
  for (const auto& [path, what] :
       {std::pair("deliveries/resend", What::resend), {"deliveries/drop", What::drop}}) {
    places.push_back(
        post(path, access::Role::operator_, world, repeats,
             [world, what](const Asked& asked, const Body& body) -> asio::awaitable<web::Response> {
               const auto many = many_of(body, world.clock.now());
               if (!many) co_return json_error(400, many.error().what);
               co_return told(co_await do_many(world, asked.caller, what, *many, text_at(body, "reason")));
             }));
  }
}

void add_reporter_deeds(std::vector<Place>& places, const World& world,
                        const std::shared_ptr<Repeats>& repeats) {
  places.push_back(post("reporters/{name}/pause", access::Role::operator_, world, repeats,
                        [world](const Asked& asked, const Body& body) -> asio::awaitable<web::Response> {
                          if (auto fine = only(body, {"until", "reason"}); !fine)
                            co_return json_error(400, fine.error().what);
                          const auto until = until_of(text_at(body, "until"), world.clock.now());
                          if (!until) co_return json_error(400, until.error().what);
                          co_return told(co_await hold(world, asked.caller, asked.part("name"), *until,
                                                       text_at(body, "reason")));
                        }));
  places.push_back(post("reporters/{name}/go", access::Role::operator_, world, repeats,
                        [world](const Asked& asked, const Body& body) -> asio::awaitable<web::Response> {
                          if (auto fine = only(body, {"reason"}); !fine)
                            co_return json_error(400, fine.error().what);
                          co_return told(co_await release(world, asked.caller, asked.part("name"),
                                                          text_at(body, "reason")));
                        }));
  places.push_back(post("reporters/{name}/test", access::Role::operator_, world, repeats,
                        [world](const Asked& asked, const Body& body) -> asio::awaitable<web::Response> {
                          if (auto fine = only(body, {}); !fine) co_return json_error(400, fine.error().what);
                          co_return told(co_await test_send(world, asked.caller, asked.part("name")));
                        }));
  places.push_back(post("reload", access::Role::admin, world, repeats,
                        [world](const Asked& asked, const Body& body) -> asio::awaitable<web::Response> {
                          if (auto fine = only(body, {}); !fine) co_return json_error(400, fine.error().what);
                          co_return told(co_await reload(world, asked.caller));
                        }));
}

}  // namespace

void add_api_deeds(std::vector<Place>& places, const World& world) {
  const auto repeats = std::make_shared<Repeats>();
  add_delivery_deeds(places, world, repeats);
  add_bulk_deeds(places, world, repeats);
  add_reporter_deeds(places, world, repeats);
}

}  // namespace carillon::dashboard
