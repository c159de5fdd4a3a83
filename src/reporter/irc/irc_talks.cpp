#include "reporter/irc/irc_talks.hpp"

#include <boost/asio/co_spawn.hpp>

#include "reporter/irc/irc_speech.hpp"

namespace carillon::reporter::irc {
namespace {

constexpr const char* channels_key = "channels";

}  // namespace

Talks::Talks(asio::any_io_executor executor, std::shared_ptr<Client> client, chat::BotSettings settings,
             const chat::BotEnvironment& environment, const std::string& owner)
    : executor_(std::move(executor)),
      client_(std::move(client)),
      log_(environment.log),
      bot_(std::move(settings), environment, *this, owner) {}

Task<void> Talks::restore() {
  auto restored = co_await bot_.restore();
  if (!restored) co_return restored;
  const auto kept = co_await bot_.memory().recall(channels_key);
  if (!kept) co_return failed(kept);
  const json::object none;
  for (const auto& one : kept->is_object() ? kept->get_object() : none) {
    const std::string name(one.key());
    const std::string key(one.value().is_string() ? std::string_view(one.value().get_string()) : "");
    if (!is_channel_name(name) || (!key.empty() && !is_key(key))) continue;
    channels_[name] = key;
    if (!client_->wants(name)) client_->want(name, key);
  }
  // Channels that are configured no longer.
  for (const std::string& place : bot_.subscriptions()->made_in()) {
    if (client_->is_channel(place) && !client_->wants(place)) bot_.subscriptions()->forget(place);
  }
  bot_.subscriptions()->complete();
  co_return ok();
}

void Talks::hear(const Spoken& spoken) {
  const bool in_channel = client_->is_channel(spoken.target);
  const std::string nick = client_->nick();
  const Support& support = client_->places().support();
  const std::string target = in_channel ? spoken.target : spoken.nick;
  if (const auto action = action_of(spoken.text)) return react(spoken, *action, target);
  if (const auto pong = pong_for(spoken.text)) {
    if (client_->unsaid_answers() < most_unsaid) client_->notice(spoken.nick, *pong);
    return;
  }
  if (is_ctcp(spoken.text)) return;
  const auto command =
      in_channel ? addressed(spoken.text, nick, support) : confided(spoken.text, nick, support);
  if (!command) return;
  Heard heard;
  heard.account = spoken.account;
  chat::Message& message = heard.message;
  message.from = {client_->places().id_of(spoken.nick), spoken.nick, spoken.nick};
  message.place = {client_->places().id_of(target), target, in_channel ? "channel" : "private", !in_channel};
  message.text = *command;
  const std::string person = message.from.id;
  const auto talking = talks_.find(person);
  const bool too_much =
      talking == talks_.end() ? talks_.size() >= most_people : talking->second.waiting.size() >= most_waiting;
  if (too_much || client_->unsaid_answers() >= most_unsaid) {
    log_.debug("irc", "too much talk: did not hear " + spoken.nick);
    return;
  }
  Talk& with = talks_[person];
  with.waiting.push_back(std::move(heard));
  if (with.waiting.size() > 1) return;
  auto ended = [self = shared_from_this(), person](const std::exception_ptr& bug) {
    if (!bug) return;
    self->talks_.erase(person);
    self->log_.error("irc", "internal error while answering " + person);
  };
  asio::co_spawn(executor_, talk(person), std::move(ended));
}

void Talks::react(const Spoken& spoken, std::string_view action, const std::string& target) {
  const auto words = reaction(action, client_->nick(), spoken.nick, client_->places().support());
  if (words && !bot_.subscriptions()->muted(client_->places().id_of(target))) client_->act(target, *words);
}

asio::awaitable<void> Talks::talk(std::string person) {
  Talk& with = talks_[person];
  while (!with.waiting.empty()) {
    const chat::Message message = with.waiting.front().message;
    const auto answers = co_await bot_.handle(message);
    for (const chat::Answer& answer : answers)
      client_->answer(message.place.name, answer.text);
    with.waiting.pop_front();
  }
  talks_.erase(person);
}

Task<std::string> Talks::account_of(const chat::Person& person) {
  const auto talking = talks_.find(person.id);
  if (talking != talks_.end() && !talking->second.waiting.empty()) {
    if (const auto& told = talking->second.waiting.front().account)
      co_return told->empty() ? std::string() : client_->places().id_of(*told);
  }
  auto account = co_await client_->account_of(person.name);
  if (!account || account->empty()) co_return account;
  co_return client_->places().id_of(*account);
}

Task<bool> Talks::is_operator(const chat::Person& person, const chat::Place& place) {
  co_return client_->is_operator(place.name.empty() ? place.id : place.name, person.name);
}

Task<void> Talks::join(std::string channel, std::string key) {
  const bool wanted = client_->wants(channel);
  auto joined = co_await client_->join(channel, key);
  if (!joined || wanted) co_return joined;
  channels_[channel] = key;
  co_await keep_channels();
  co_return ok();
}

Task<void> Talks::leave(std::string channel) {
  auto left = client_->leave(channel);
  if (!left) co_return left;
  const std::string id = client_->places().id_of(channel);
  bot_.subscriptions()->forget(id);  // bot.hpp forgets only what is spelled the same
  std::erase_if(channels_, [&](const auto& one) { return client_->places().id_of(one.first) == id; });
  co_await keep_channels();
  co_return ok();
}

asio::awaitable<void> Talks::keep_channels() {
  json::object all;
  for (const auto& [name, key] : channels_)
    all[name] = key;
  const auto kept = co_await bot_.memory().keep(channels_key, std::move(all));
  if (!kept) log_.warning("irc", "the joined channels are not kept over a restart: " + kept.error().what);
}

}  // namespace carillon::reporter::irc
