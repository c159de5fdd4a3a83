// What makes sense in channels only: join, leave, mute, unmute, and some fun.
#include "base/letters.hpp"
#include "chat/command.hpp"

namespace carillon::chat {
namespace {

asio::awaitable<bool> may_mute(Call& call) {
  std::vector<std::string_view> names = {"mute", "unmute"};
  const auto may = co_await may_change_place(call, std::move(names));
  if (may && *may) co_return true;
  call.reply(may ? "Only channel operators, and those that authz names, can mute me here, " +
                       call.person().name + "... Blah, blah, blah..."
                 : may.error().what);
  co_return false;
}

}  // namespace

asio::awaitable<void> run_join(Call& call) {
  if (call.words.empty() || call.words.size() > 2) {
    call.usage("join CHANNEL [KEY]");
    co_return;
  }
  std::string key = call.words.size() == 2 ? call.words[1] : std::string();
  const auto joined = co_await call.core.medium.join(call.words[0], std::move(key));
  call.say(joined ? "I have joined " + line_of(call.words[0]) + "."
                  : "I cannot join " + line_of(call.words[0]) + ": " + line_of(joined.error().what));
}

asio::awaitable<void> run_leave(Call& call) {
  if (call.words.size() != 1) {
    call.usage("leave CHANNEL");
    co_return;
  }
  const std::string& channel = call.words.front();
  const auto left = co_await call.core.medium.leave(channel);
  if (!left) {
    call.say("I cannot leave " + line_of(channel) + ": " + line_of(left.error().what));
    co_return;
  }
  const bool here = lower(channel) == lower(call.place().id) || lower(channel) == lower(call.place().name);
  call.core.subscriptions->forget(here ? call.place().id : lower(channel));
  if (!here) call.say("I have left " + line_of(channel) + ".");
  co_await call.keep_subscriptions();
}

asio::awaitable<void> run_mute(Call& call) {
  const bool allowed = co_await may_mute(call);
  if (!allowed) co_return;
  call.say("Shutting up for now.");
  call.core.subscriptions->mute(call.place().id, true);
  co_await call.keep_subscriptions();
}

asio::awaitable<void> run_unmute(Call& call) {
  if (!call.core.subscriptions->muted(call.place().id)) {
    call.say("Nobody had told me to be quiet, but thank you for asking.");
    co_return;
  }
  const bool allowed = co_await may_mute(call);
  if (!allowed) co_return;
  call.core.subscriptions->mute(call.place().id, false);
  call.say("I'm back!");
  co_await call.keep_subscriptions();
}

asio::awaitable<void> run_dance(Call& call) {
  for (const char* figure : {"<(^.^<)", "(>^.^)>", "<(^.^)>"})
    call.say(figure);
  co_return;
}

asio::awaitable<void> run_destroy(Call& call) {
  call.say("I ring bells, " + call.person().name + "; for destruction, ask somebody else.");
  co_return;
}

asio::awaitable<void> run_hustle(Call& call) {
  call.say("ding dong ding, to the left, ding dong ding, to the right");
  co_return;
}

}  // namespace carillon::chat
