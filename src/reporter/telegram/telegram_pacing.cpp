#include "reporter/telegram/telegram_pacing.hpp"

#include <algorithm>

namespace carillon::reporter::telegram {
namespace {

constexpr Millis second = 1000;
constexpr Millis minute = 60 * second;
constexpr Millis patience = second;  // how much longer than told an answer may take to ask again
constexpr std::size_t many_chats = 1000;

struct Limit {
  std::size_t most;
  Millis span;
};

struct Limits {
  Limit chat;
  Limit group;
  Limit all;
};

// Short bursts are allowed; on the average it is one a second. No window of four seconds has more than five.
constexpr Limits for_answers = {{5, 5 * second}, {20, minute}, {29, second}};
constexpr Limits for_announcements = {{4, 4 * second}, {15, minute}, {20, second}};

// How long until one more fits.
Millis wait_for(const std::deque<Millis>& sent, const Limit& limit, Millis now) {
  if (sent.size() < limit.most) return 0;
  return std::max<Millis>(0, sent[sent.size() - limit.most] + limit.span - now);
}

// What is too old to count, and what a clock that was set back has left in the future.
void prune(std::deque<Millis>& sent, Millis now) {
  std::erase_if(sent, [now](Millis at) { return at <= now - minute || at > now; });
}

bool is_group(const std::string& chat) {
  return chat.starts_with('-') || chat.starts_with('@');
}

}  // namespace

Millis Pacing::take(const std::string& chat, What what, Millis now) {
  tidy(now);
  Chat& state = chats_[chat];
  prune(state.sent, now);
  prune(all_, now);
  const Limits& limits = what == What::answer ? for_answers : for_announcements;
  Millis wait = std::max<Millis>(0, state.paused_until - now);
  wait = std::max(wait, wait_for(state.sent, limits.chat, now));
  if (is_group(chat)) wait = std::max(wait, wait_for(state.sent, limits.group, now));
  wait = std::max(wait, wait_for(all_, limits.all, now));
  if (what == What::announcement) wait = std::max(wait, state.answer_until - now);
  if (wait > 0) {
    if (what == What::answer) state.answer_until = now + wait + patience;
    return wait;
  }
  if (what == What::answer) state.answer_until = 0;
  state.sent.push_back(now);
  all_.push_back(now);
  return 0;
}

void Pacing::pause(const std::string& chat, Millis until) {
  Chat& state = chats_[chat];
  state.paused_until = std::max(state.paused_until, until);
}

void Pacing::tidy(Millis now) {
  if (chats_.size() < many_chats) return;
  std::erase_if(chats_, [now](const auto& one) {
    const Chat& chat = one.second;
    return (chat.sent.empty() || chat.sent.back() <= now - minute) && chat.paused_until <= now &&
           chat.answer_until <= now;
  });
}

}  // namespace carillon::reporter::telegram
