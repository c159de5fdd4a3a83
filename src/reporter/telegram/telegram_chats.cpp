#include "reporter/telegram/telegram_chats.hpp"

namespace carillon::reporter::telegram {
namespace {

constexpr std::string_view prefix = "moved/";

}  // namespace

Task<void> Chats::restore() {
  if (memory_ == nullptr) co_return ok();
  const auto kept = co_await memory_->recall_all(std::string(prefix));
  if (!kept) co_return tl::unexpected<Failure>(kept.error());
  for (const auto& [key, value] : *kept) {
    if (!value.is_string()) continue;
    const std::string from = key.substr(prefix.size());
    moved_[from] = std::string(value.get_string());
    subscriptions_.move(from, moved_[from]);
  }
  co_return ok();
}

std::string Chats::now(const std::string& chat) const {
  const auto found = moved_.find(chat);
  return found == moved_.end() ? chat : found->second;
}

asio::awaitable<void> Chats::moved(std::string from, std::string to) {
  if (from == to || now(from) == to) co_return;
  log_.info("telegram", "the group " + from + " is the supergroup " + to +
                            " now; if chat_ids names it, put the new number there");
  moved_[from] = to;
  subscriptions_.move(from, to);
  if (memory_ == nullptr) co_return;
  json::value value = json::string(to);
  const auto kept = co_await memory_->keep(std::string(prefix) + from, std::move(value));
  if (!kept) log_.warning("telegram", "where a group has moved could not be kept: " + kept.error().what);
  co_await keep_subscriptions();
}

asio::awaitable<void> Chats::gone(std::string chat) {
  const json::value before = subscriptions_.to_json();
  subscriptions_.forget(now(chat));
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
