// Replays for programs.
#include <array>
#include <boost/asio/steady_timer.hpp>

#include "dashboard/answer.hpp"
#include "dashboard/api.hpp"
#include "dashboard/api_post.hpp"
#include "dashboard/filters.hpp"

namespace carillon::dashboard {
namespace {

using access::Role;

constexpr std::array<std::string_view, 8> of_replay{"since", "until", "reporter", "builder",
                                                    "after", "up_to", "dry_run",  "reason"};
constexpr std::array<std::string_view, 1> replay_reason{"reason"};

std::int64_t replay_id(const Asked& asked) {
  return id_of(asked.part("id")).value_or(0);
}

web::Response tell_replay(const World& world, const Asked& asked, std::int64_t id, int status) {
  const auto job = world.replays.find(id);
  if (!job) return json_error(404, "there is no replay '" + std::to_string(id) + "'");
  web::Response response = api_answer(world, asked, to_json(*job));
  if (response.status == 200) response.status = status;
  return response;
}

// As it is once it is not under way any more: 200; or, after so long: 202.
asio::awaitable<web::Response> tell_in_time(const World& world, const Asked& asked, std::int64_t id) {
  constexpr int looks_in_a_second = 20;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (int left = asked_wait(asked) * looks_in_a_second;; --left) {
    const auto job = world.replays.find(id);
    const bool under_way = job && job->is_under_way();
    if (!under_way || left <= 0) co_return tell_replay(world, asked, id, under_way ? 202 : 200);
    timer.expires_after(std::chrono::milliseconds(1000 / looks_in_a_second));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

// {"since": "2h", "reporter": "mails", "dry_run": true}. Failure (rejected): a member is not what it must be.
Result<ReplayWish> wish_in(const json::object& body) {
  ReplayWish wish;
  for (const auto& [key, text] :
       {std::pair("since", &wish.since), std::pair("until", &wish.until),
        std::pair("reporter", &wish.reporter), std::pair("builder", &wish.builder)}) {
    const json::value* value = body.if_contains(key);
    if (value == nullptr || value->is_null()) continue;
    if (!value->is_string()) return rejected(std::string(key) + ": must be a text");
    *text = value->get_string();
  }
  for (const auto& [key, number] : {std::pair("after", &wish.after), std::pair("up_to", &wish.up_to)}) {
    const json::value* value = body.if_contains(key);
    if (value == nullptr || value->is_null()) continue;
    *number = integer_at(body, key);
    if (!*number || **number < 0) return rejected(std::string(key) + ": must be an event's number");
  }
  return wish;
}

asio::awaitable<web::Response> begin_by_program(const World& world, const Asked& asked,
                                                const json::object& body) {
  const auto reason = text_in(body, "reason");
  if (!reason) co_return json_error(400, reason.error().what);
  auto wish = wish_in(body);
  if (!wish) co_return json_error(400, wish.error().what);
  const json::value* dry_run = body.if_contains("dry_run");
  if (dry_run != nullptr && !dry_run->is_bool()) co_return json_error(400, "dry_run: must be true or false");
  const bool at_once = dry_run == nullptr || !dry_run->get_bool();
  const Done done = co_await begin_replay(world, asked.caller, std::move(*wish), at_once, *reason);
  if (done.status != 200) co_return told(done);
  co_return co_await tell_in_time(world, asked, integer_at(done.more, "id").value_or(0));
}

asio::awaitable<web::Response> go_by_program(const World& world, const Asked& asked,
                                             const json::object& body) {
  const auto reason = text_in(body, "reason");
  if (!reason) co_return json_error(400, reason.error().what);
  const Done done = co_await go_on_with_replay(world, asked.caller, replay_id(asked), *reason);
  if (done.status != 200) co_return told(done);
  co_return co_await tell_in_time(world, asked, replay_id(asked));
}

asio::awaitable<web::Response> stop_by_program(const World& world, Asked asked) {
  const Done done = co_await stop_replay(world, asked.caller, replay_id(asked), asked.query.text("reason"));
  if (done.status != 200) co_return told(done);
  co_return co_await tell_in_time(world, asked, replay_id(asked));
}

}  // namespace

void add_api_replay(std::vector<Place>& places, const World& world) {
  const auto once = std::make_shared<Repeats>("replays", world.memory);
  places.push_back(api_get(
      "replay", no_fields,
      [world](Asked asked) -> asio::awaitable<web::Response> {
        json::array items;
        for (const ReplayJob& job : world.replays.all())
          items.push_back(to_json(job));
        co_return api_answer(world, asked, json::object{{"items", std::move(items)}, {"next", nullptr}});
      },
      Role::operator_));
  places.push_back(api_get(
      "replay/{id}", no_fields,
      [world](Asked asked) -> asio::awaitable<web::Response> {
        co_return tell_replay(world, asked, replay_id(asked), 200);
      },
      Role::operator_));
  places.push_back(api_post("replay", Role::operator_, of_replay, world, once,
                            [world](const Asked& asked, const json::object& body) {
                              return begin_by_program(world, asked, body);
                            }));
  places.push_back(api_post(
      "replay/{id}/go", Role::operator_, replay_reason, world, once,
      [world](const Asked& asked, const json::object& body) { return go_by_program(world, asked, body); }));
  places.push_back({"DELETE", "/api/v1/replay/{id}", Role::operator_,
                    [world](Asked asked) { return stop_by_program(world, std::move(asked)); }, 0, true,
                    nullptr, replay_reason});
}

}  // namespace carillon::dashboard
