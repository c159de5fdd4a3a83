#include "chat/bot.hpp"

#include <boost/system/system_error.hpp>

#include "base/letters.hpp"
#include "chat/command.hpp"
#include "chat/shell_words.hpp"

namespace carillon::chat {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr Millis watched_for = Millis{30} * 24 * 3600 * 1000;  // a build that runs longer is a dead one

struct Spoken {
  std::string_view word;  // the first one
  std::string_view rest;
};

Spoken spoken(std::string_view text) {
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin);
  text.remove_suffix(text.size() - 1 - text.find_last_not_of(blanks));
  const auto end = std::min(text.find_first_of(blanks), text.size());
  return {text.substr(0, end), text.substr(end)};
}

// Whether the person may use the command; otherwise told that not.
asio::awaitable<bool> allowed(Call& call) {
  const Authz& authz = call.core.settings.authz;
  auto access = authz.access(call.command, call.person().id, std::nullopt);
  if (access == Authz::Access::ask_account) {
    const auto account = co_await call.core.medium.account_of(call.person());
    if (!account) {
      call.reply("I could not find out who you are: " + line_of(account.error().what));
      co_return false;
    }
    access = authz.access(call.command, call.person().id, *account);
  }
  if (access == Authz::Access::granted) co_return true;
  call.reply("You shall not pass, " + call.person().name + "! '" + call.command + "' is not for everybody.");
  co_return false;
}

asio::awaitable<void> run(Call& call, const Command& command, std::string_view arguments) {
  const bool may = co_await allowed(call);
  if (!may) co_return;
  if (command.words) {
    auto words = split_words(arguments);
    if (!words) {
      call.say("I don't understand that: " + words.error().what);
      co_return;
    }
    call.words = std::move(*words);
  }
  co_await command.run(call);
}

void say_unknown(Call& call, const Spoken& said) {
  const std::string_view all = said.rest.empty() ? said.word : said.rest;
  if (all.ends_with('!')) {
    call.say("What you say!");
    return;
  }
  call.say("I don't get this '" + line_of(said.word) + "'...");
  call.answers.back().text.line().append(commands_text(call.traits()));
}

}  // namespace

struct Bot::Self {
  Self(BotSettings settings, const BotEnvironment& environment, Medium& medium, const std::string& owner)
      : core(std::move(settings), environment, medium, environment.world.memory(owner)) {}

  Core core;

  // The message as a command: itself, or the answer to a question with what comes before it.
  asio::awaitable<std::string> completed(const Message& message) {
    const std::string_view prefix = core.settings.traits.prefix;
    const std::string_view word = spoken(message.text).word;
    if (word.empty()) co_return std::string();
    if (word.starts_with(prefix)) co_return message.text;
    const auto command = core.questions.answered(message.place.id, message.from.id, message.text);
    if (!command) co_return std::string();
    co_await forget_question(message);
    co_return *command;
  }

  asio::awaitable<void> forget_question(const Message& message) {
    const auto forgotten = co_await core.questions.forget(message.place.id, message.from.id);
    if (forgotten) co_return;
    core.environment.log.warning(core.settings.traits.medium,
                                 "could not forget a question: " + forgotten.error().what);
  }

  asio::awaitable<std::vector<Answer>> handle(const Message& message) {
    const bool was_muted = core.subscriptions->muted(message.place.id);
    const std::string text = co_await completed(message);
    const Spoken said = spoken(text);
    const Traits& traits = core.settings.traits;
    std::string name = lower(said.word.substr(std::min(traits.prefix.size(), said.word.size())));
    Call call{.core = core, .message = message, .command = std::move(name)};
    if (text.empty()) {
      if (message.place.is_private && !spoken(message.text).word.empty())
        call.say(message.text.ends_with('!') ? "What you say!" : "Say what?");
    } else if (const Command* command = find_command(traits, call.command)) {
      core.environment.log.debug(traits.medium, "'" + call.command + "' from " + call.who());
      if (call.command == "force" || call.command == "stop") co_await forget_question(message);
      co_await run(call, *command, said.rest);
    } else if (!said.word.empty()) {
      say_unknown(call, said);
    }
    // Only mute and unmute are answered where the bot is to be quiet.
    if (was_muted && core.subscriptions->muted(message.place.id)) call.answers.clear();
    co_return std::move(call.answers);
  }
};

Bot::Bot(BotSettings settings, BotEnvironment environment, Medium& medium, std::string owner)
    : self_(std::make_unique<Self>(std::move(settings), environment, medium, owner)) {}

Bot::~Bot() = default;

Task<void> Bot::restore() {
  Core& core = self_->core;
  const auto kept = co_await core.memory->recall("subscriptions");
  if (!kept) co_return failed(kept);
  core.subscriptions->restore(*kept, core.environment.clock.now() - watched_for);
  // What is configured is kept once it was seen.
  json::value now = core.subscriptions->to_json();
  const json::value* known = kept->is_object() ? kept->get_object().if_contains("on") : nullptr;
  const json::value before = known != nullptr ? *known : json::value(json::object());
  if (now.at("on") != before) {
    const auto done = co_await core.memory->keep("subscriptions", std::move(now));
    if (!done) {
      core.environment.log.warning(core.settings.traits.medium,
                                   "could not keep the subscriptions: " + done.error().what);
    }
  }
  co_return co_await core.questions.restore();
}

asio::awaitable<std::vector<Answer>> Bot::handle(Message message) {
  std::string problem;
  try {
    co_return co_await self_->handle(message);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    problem = error.what();
  } catch (const std::exception& error) {
    problem = error.what();
  }
  self_->core.environment.log.error(self_->core.settings.traits.medium, "a command failed: " + problem);
  std::vector<Answer> answers(1);
  answers.front().text.plain("Something bad happened (see logs)");
  co_return answers;
}

const BotSettings& Bot::settings() const {
  return self_->core.settings;
}

Memory& Bot::memory() {
  return *self_->core.memory;
}

const std::shared_ptr<Subscriptions>& Bot::subscriptions() const {
  return self_->core.subscriptions;
}

}  // namespace carillon::chat
