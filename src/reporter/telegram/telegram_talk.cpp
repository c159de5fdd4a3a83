#include "reporter/telegram/telegram_talk.hpp"

#include "base/encoding.hpp"
#include "reporter/common/texts.hpp"

namespace carillon::reporter::telegram {
namespace {

constexpr std::string_view lost_button = "Sorry, this button is no longer valid!";

// The number before the ':' of a token is the bot's id; empty when there is none.
std::string id_in(const Secret& token) {
  const std::string& text = token.reveal();
  const std::string id = text.substr(0, text.find(':'));
  const bool number = id.size() < text.size() && id.find_first_not_of("0123456789") == std::string::npos;
  return number ? id : "";
}

// Stable, and no secret.
std::string owner_of(const TelegramSettings& settings) {
  const std::string id = id_in(settings.token);
  return "telegram " + shown_url(settings.base_url) + " " +
         (id.empty() ? short_hash(settings.token.reveal()) : id);
}

std::unique_ptr<chat::Bot> bot_for(const TelegramSettings& settings, const chat::Environment& environment,
                                   chat::Medium& medium) {
  if (environment.world == nullptr) return nullptr;
  const chat::BotEnvironment of_bot{*environment.world, environment.clock, environment.log, environment.site};
  return std::make_unique<chat::Bot>(settings.bot, of_bot, medium, owner_of(settings));
}

std::shared_ptr<chat::Subscriptions> subscriptions_of(const chat::Bot* bot,
                                                      const chat::BotSettings& settings) {
  if (bot != nullptr) return bot->subscriptions();
  return std::make_shared<chat::Subscriptions>(settings.notify_events, settings.places, settings.tags);
}

}  // namespace

Talk::Talk(TelegramSettings settings, const chat::Environment& environment)
    : settings_(std::move(settings)),
      env_(environment),
      username_(settings_.username),
      id_(id_in(settings_.token)),
      api_(env_, settings_.base_url, settings_.token, settings_.verify),
      bot_(bot_for(settings_, env_, *this)),
      subscriptions_(subscriptions_of(bot_.get(), settings_.bot)),
      chats_(bot_ ? &bot_->memory() : nullptr, *subscriptions_, env_.log),
      speaker_(env_, api_, chats_) {
  if (bot_) buttons_.emplace(bot_->memory(), env_.clock);
}

Task<void> Talk::restore() {
  const auto bot = co_await bot_->restore();
  if (!bot) co_return bot;
  const auto chats = co_await chats_.restore();
  if (!chats) co_return chats;
  subscriptions_->complete();
  const auto tidy = co_await buttons_->tidy();
  if (!tidy) co_return tidy;
  const std::weak_ptr<Talk> weak = weak_from_this();
  Inbox::Handle handle = [weak](const Update& update) { return handle_if_alive(weak, update); };
  inbox_.emplace(env_.executor, weak, bot_->memory(), env_.clock, env_.log, std::move(handle));
  co_return co_await inbox_->restore();
}

bool Talk::is_for_us(const Update& update) const {
  switch (update.kind) {
    case Update::Kind::message:
      return said_to(update, username_, id_).has_value();
    case Update::Kind::removed:
      return update.member == id_;
    case Update::Kind::button:
    case Update::Kind::migrated:
      return true;
    case Update::Kind::other:
      return false;
  }
  return false;
}

Task<void> Talk::accept(json::value update) {
  auto read = update_of(update);
  if (!read || !is_for_us(*read)) co_return ok();
  co_return co_await inbox_->accept(std::move(*read), std::move(update));
}

asio::awaitable<void> Talk::stop(std::chrono::milliseconds grace) {
  if (inbox_) co_await inbox_->stop(grace);
}

void Talk::introduce(std::string username, std::string id) {
  if (username_.empty()) username_ = std::move(username);
  if (id_.empty()) id_ = std::move(id);
}

asio::awaitable<void> Talk::handle_if_alive(std::weak_ptr<Talk> weak, const Update& update) {
  const auto self = weak.lock();
  if (self) co_await self->handle(update);
}

asio::awaitable<void> Talk::handle(const Update& update) {
  switch (update.kind) {
    case Update::Kind::message: {
      auto text = said_to(update, username_, id_);
      if (text) co_await command(update, std::move(*text));
      break;
    }
    case Update::Kind::button:
      co_await press(update);
      break;
    case Update::Kind::migrated:
      co_await chats_.moved(update.place.id, update.new_place);
      break;
    case Update::Kind::removed:
      co_await chats_.gone(update.place.id);
      break;
    case Update::Kind::other:
      break;
  }
}

asio::awaitable<void> Talk::press(const Update& update) {
  auto command_line = co_await buttons_->command_of(update.data);
  if (!command_line) {
    env_.log.warning("telegram", "a button could not be looked up: " + command_line.error().what);
    co_await speaker_.acknowledge(update.query, "Sorry, I cannot read my notes now. Please try again later.");
    co_return;
  }
  co_await speaker_.acknowledge(update.query, *command_line ? "" : lost_button);
  if (update.place.id.empty()) co_return;
  if (*command_line) {
    co_await command(update, std::move(**command_line));
  } else {
    co_await speaker_.take_keyboard(update);
  }
}

asio::awaitable<void> Talk::command(const Update& update, std::string text) {
  chat::Message message{.from = update.from, .place = update.place, .text = std::move(text)};
  message.place.id = chats_.now(update.place.id);
  message.from_button = update.kind == Update::Kind::button && update.message_id != 0;
  auto answers = co_await bot_->handle(std::move(message));
  co_await speaker_.answer(update, std::move(answers), *buttons_);
}

Task<std::string> Talk::account_of(const chat::Person&) {
  co_return std::string();
}

Task<bool> Talk::is_operator(const chat::Person&, const chat::Place&) {
  co_return false;
}

Task<void> Talk::join(std::string, std::string) {
  co_return rejected("on Telegram people add bots to groups; they cannot join by themselves");
}

Task<void> Talk::leave(std::string) {
  co_return rejected("on Telegram people remove bots from groups");
}

}  // namespace carillon::reporter::telegram
