#include "reporter/telegram/telegram_chats.hpp"

#include "reporter/telegram/telegram_place.hpp"

namespace carillon::reporter::telegram {
namespace {

constexpr std::string_view moved_prefix = "moved/";

}  // namespace

Task<void> Chats::restore() {
  if (memory_ == nullptr) co_return ok();
  const auto kept = co_await memory_->recall_all(std::string(moved_prefix));
  if (!kept) co_return failed(kept);
  for (const auto& [key, value] : *kept) {
    if (!value.is_string()) continue;
    const std::string from = key.substr(moved_prefix.size());
    moved_[from] = std::string(value.get_string());
    subscriptions_.move(from, moved_[from]);
  }
  co_return ok();
}

std::string Chats::now(const std::string& place) const {
  const std::string_view chat = chat_of(place);
  const auto found = moved_.find(std::string(chat));
  return found == moved_.end() ? place : found->second + place.substr(chat.size());
}

asio::awaitable<void> Chats::moved(std::string from, std::string to) {
  if (from == to || now(from) == to) co_return;
  log_.info("telegram", "the group " + from + " is the supergroup " + to +
                            " now; if chat_ids names it, put the new number there");
  moved_[from] = to;
  subscriptions_.move(from, to);
  if (memory_ == nullptr) co_return;
  json::value value = json::string(to);
  const auto kept = co_await memory_->keep(std::string(moved_prefix) + from, std::move(value));
  if (!kept) log_.warning("telegram", "where a group has moved could not be kept: " + kept.error().what);
  co_await keep_subscriptions();
}

asio::awaitable<void> Chats::gone(std::string chat) {
  const json::value before = subscriptions_.to_json();
  for (const std::string& place : subscriptions_.made_in()) {
    if (chat_of(place) == now(chat)) subscriptions_.forget(place);
  }
  if (subscriptions_.to_json() == before) co_return;
  log_.info("telegram", "the bot is not in " + now(chat) + " any more; its subscriptions are forgotten");
  co_await keep_subscriptions();
}

asio::awaitable<void> Chats::keep_subscriptions() {
  if (memory_ == nullptr) co_return;
  json::value value = subscriptions_.to_json();
  const auto kept = co_await memory_->keep("subscriptions", std::move(value));
  if (!kept) log_.warning("telegram", "could not keep the subscriptions: " + kept.error().what);
}

}  // namespace carillon::reporter::telegram
