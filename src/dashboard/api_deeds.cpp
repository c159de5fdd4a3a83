// The JSON API: what changes something.
#include <array>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "base/encoding.hpp"
#include "dashboard/answer.hpp"
#include "dashboard/api_post.hpp"
#include "dashboard/deeds.hpp"
#include "dashboard/filters.hpp"
#include "view/story.hpp"

namespace carillon::dashboard {
namespace {

using access::Role;
using Once = std::shared_ptr<Repeats>;

constexpr std::size_t most_ids = 500;
constexpr std::array<std::string_view, 1> with_reason{"reason"};
constexpr std::array<std::string_view, 2> of_pause{"until", "reason"};
constexpr std::array<std::string_view, 5> of_many{"ids", "filter", "expect", "up_to", "reason"};
constexpr std::span<const std::string_view> nothing{};

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

void add_delivery_deeds(std::vector<Place>& places, const World& world, const Once& once) {
  places.push_back(
      api_post("deliveries/{id}/resend", Role::operator_, with_reason, world, once,
               [world](const Asked& asked, const json::object& body) -> asio::awaitable<web::Response> {
                 const auto reason = text_in(body, "reason");
                 if (!reason) co_return json_error(400, reason.error().what);
                 const std::int64_t id = id_of(asked.part("id")).value_or(0);
                 const Done done = co_await resend(world, asked.caller, id, *reason);
                 const int wait = asked_wait(asked);
                 web::Response response = told(done);
                 if (response.status != 200) co_return response;
                 // Also where it cannot be looked at: what is done must not be told as a failure.
                 response.status = 202;
                 if (wait == 0) co_return response;
                 if (const auto story = co_await settled(world, id, wait)) {
                   response.status = 200;
                   response.body = json::serialize(*story) + "\n";
                 }
                 co_return response;
               }));
  places.push_back(api_post(
      "deliveries/{id}/drop", Role::operator_, with_reason, world, once,
      [world](const Asked& asked, const json::object& body) -> asio::awaitable<web::Response> {
        const auto reason = text_in(body, "reason");
        if (!reason) co_return json_error(400, reason.error().what);
        co_return told(co_await drop(world, asked.caller, id_of(asked.part("id")).value_or(0), *reason));
      }));
}

// {"ids": [...]} or {"filter": {...}, "expect": 3, "up_to": 812}.
Result<Many> many_of(const json::object& body, Millis now) {
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

void add_bulk_deeds(std::vector<Place>& places, const World& world, const Once& once) {
  for (const auto& [path, what] :
       {std::pair("deliveries/resend", What::resend), {"deliveries/drop", What::drop}}) {
    places.push_back(api_post(
        path, Role::operator_, of_many, world, once,
        [world, what](const Asked& asked, const json::object& body) -> asio::awaitable<web::Response> {
          const auto reason = text_in(body, "reason");
          if (!reason) co_return json_error(400, reason.error().what);
          const auto many = many_of(body, world.clock.now());
          if (!many) co_return json_error(400, many.error().what);
          co_return told(co_await do_many(world, asked.caller, what, *many, *reason));
        }));
  }
}

void add_reporter_deeds(std::vector<Place>& places, const World& world, const Once& once) {
  places.push_back(
      api_post("reporters/{name}/pause", Role::operator_, of_pause, world, once,
               [world](const Asked& asked, const json::object& body) -> asio::awaitable<web::Response> {
                 const auto reason = text_in(body, "reason");
                 if (!reason) co_return json_error(400, reason.error().what);
                 const auto typed = text_in(body, "until");
                 if (!typed) co_return json_error(400, typed.error().what);
                 if (typed->empty())
                   co_return json_error(400, "until: is needed: when it goes on, 2026-11-20T10:00:00Z");
                 const auto until = until_of(*typed, world.clock.now(), Zone::utc);
                 if (!until) co_return json_error(400, until.error().what);
                 co_return told(co_await hold(world, asked.caller, asked.part("name"), *until, *reason));
               }));
  places.push_back(
      api_post("reporters/{name}/go", Role::operator_, with_reason, world, once,
               [world](const Asked& asked, const json::object& body) -> asio::awaitable<web::Response> {
                 const auto reason = text_in(body, "reason");
                 if (!reason) co_return json_error(400, reason.error().what);
                 co_return told(co_await release(world, asked.caller, asked.part("name"), *reason));
               }));
  places.push_back(
      api_post("reporters/{name}/test", Role::operator_, nothing, world, once,
               [world](const Asked& asked, const json::object&) -> asio::awaitable<web::Response> {
                 co_return told(co_await test_send(world, asked.caller, asked.part("name")));
               }));
  places.push_back(
      api_post("reload", Role::admin, nothing, world, once,
               [world](const Asked& asked, const json::object&) -> asio::awaitable<web::Response> {
                 co_return told(co_await reload(world, asked.caller));
               }));
}

}  // namespace

void add_api_deeds(std::vector<Place>& places, const World& world) {
  const auto once = std::make_shared<Repeats>("deeds", world.memory);
  add_delivery_deeds(places, world, once);
  add_bulk_deeds(places, world, once);
  add_reporter_deeds(places, world, once);
}

}  // namespace carillon::dashboard
