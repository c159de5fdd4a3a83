#include "dashboard/replays.hpp"

#include "base/text.hpp"
#include "dashboard/deeds.hpp"
#include "dashboard/silences.hpp"
#include "rule/said_why.hpp"

namespace carillon::dashboard {
namespace {

store::Deed replayed_by(const access::Caller& caller, const std::string& reason) {
  store::Deed by;
  by.who = who_does(caller);
  by.address = caller.address;
  by.reason = reason;
  return by;
}

// refused: of what was asked for, as opposed to a moment that is not right for it.
Done replay_failure(const Failure& failure, int refused) {
  switch (failure.kind) {
    case Failure::Kind::rejected:
      return {refused, failure.what};
    case Failure::Kind::throttled:
      return {409, failure.what};
    case Failure::Kind::unreachable:
      break;
  }
  return {503, failure.what};
}

Done no_such_replay(std::int64_t id) {
  return {404, "There is no replay " + std::to_string(id) + "."};
}

// "": a reason as it must be.
std::string no_reason(const std::string& reason) {
  if (is_blank(reason)) return "reason: say why; others will ask";
  return rule::wrong_reason("reason", reason);
}

}  // namespace

asio::awaitable<Done> begin_replay(const World& world, const access::Caller& caller, ReplayWish wish,
                                   bool at_once, const std::string& reason) {
  if (const auto odd = at_once ? no_reason(reason) : rule::wrong_reason("reason", reason); !odd.empty())
    co_return Done{400, odd};
  const auto id = co_await world.replays.begin(std::move(wish), at_once, replayed_by(caller, reason));
  if (!id) co_return replay_failure(id.error(), 400);
  co_return Done{200, "Replay " + std::to_string(*id) + " is counted.", {{"id", *id}}};
}

asio::awaitable<Done> go_on_with_replay(const World& world, const access::Caller& caller, std::int64_t id,
                                        const std::string& reason) {
  if (!world.replays.find(id)) co_return no_such_replay(id);
  if (const auto odd = no_reason(reason); !odd.empty()) co_return Done{400, odd};
  const auto done = co_await world.replays.go(id, replayed_by(caller, reason));
  if (!done) co_return replay_failure(done.error(), 409);
  co_return Done{200, "Replay " + std::to_string(id) + " goes on.", {{"id", id}}};
}

asio::awaitable<Done> stop_replay(const World& world, const access::Caller& caller, std::int64_t id,
                                  const std::string& reason) {
  if (!world.replays.find(id)) co_return no_such_replay(id);
  if (const auto odd = rule::wrong_reason("reason", reason); !odd.empty()) co_return Done{400, odd};
  const auto done = co_await world.replays.end(id, replayed_by(caller, reason));
  if (!done) co_return replay_failure(done.error(), 409);
  co_return Done{200, "Replay " + std::to_string(id) + " ends.", {{"id", id}}};
}

}  // namespace carillon::dashboard
