// One command of the bot, and what it works with. For bot.cpp and the commands_*.cpp.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "chat/bot.hpp"
#include "chat/directory.hpp"
#include "chat/questions.hpp"

namespace carillon::chat {

// What all commands of a bot share.
struct Core {
  Core(BotSettings its_settings, BotEnvironment its_environment, Medium& its_medium,
       std::unique_ptr<Memory> its_memory)
      : settings(std::move(its_settings)),
        environment(std::move(its_environment)),
        medium(its_medium),
        memory(std::move(its_memory)),
        questions(*memory, environment.clock),
        subscriptions(
            std::make_shared<Subscriptions>(settings.notify_events, settings.places, settings.tags)) {}

  BotSettings settings;
  BotEnvironment environment;
  Medium& medium;
  std::unique_ptr<Memory> memory;
  Questions questions;
  std::shared_ptr<Subscriptions> subscriptions;
};

using Keyboard = std::vector<std::vector<Button>>;

// A command that was given, and its answers so far.
struct Call {
  Core& core;
  const Message& message;
  // In lower case, without prefix.
  std::string command;
  // Its arguments, split; empty where Command::words is false.
  std::vector<std::string> words;
  std::vector<Answer> answers;

  const Traits& traits() const { return core.settings.traits; }
  bool keyboards() const { return traits().keyboards; }
  const Place& place() const { return message.place; }
  const Person& person() const { return message.from; }
  const std::string& prefix() const { return traits().prefix; }

  void say(Text text, Keyboard keyboard = {});
  void say(std::string_view sentence) { say(Text(sentence)); }
  // A reply to the very message.
  void reply(std::string_view sentence);
  // "Try 'PREFIX USAGE'."
  void usage(std::string_view line);
  // In place of the pressed message; a new message where nothing was pressed.
  void edit(Text text, Keyboard keyboard);
  // Takes the buttons of the pressed message away, or replaces them; nothing where nothing was pressed.
  void edit_keyboard(Keyboard keyboard = {});
  // The pressed message goes away; nothing where nothing was pressed.
  void drop();
  Button button(std::string caption, std::string command) const;

  // Asks the person for a text that completes the command `before`. A failure to keep it is logged.
  asio::awaitable<void> ask(Text prompt, std::string before);

  // Keeps Subscriptions; says so when that fails.
  asio::awaitable<void> keep_subscriptions();

  // "ann", in a channel "ann on #dev": what is recorded in builds.
  std::string who() const;
  // Lines (entries of `list`) in one answer.
  std::size_t max_lines() const { return keyboards() ? 100 : 40; }
};

struct Argument {
  std::string_view name;
  std::string_view usage;
};

struct Command {
  enum class Media { any, channels, keyboards };
  std::string_view name;
  // Nobody may, unless authz says so.
  bool dangerous = false;
  Media media = Media::any;
  // Its arguments are split.
  bool words = true;
  std::string_view usage;
  // One line; empty: it is not listed.
  std::string_view help;
  asio::awaitable<void> (*run)(Call&) = nullptr;
  // For "help COMMAND ARGUMENT".
  std::vector<Argument> arguments;
};

// Sorted by name.
const std::vector<Command>& commands();
// Those that the medium has; nullptr: there is none of that name (in lower case).
const Command* find_command(const Traits& traits, std::string_view name);
std::vector<const Command*> commands_of(const Traits& traits);

// The commands. Each adds its answers to the call and fails only by cancellation.
asio::awaitable<void> run_hello(Call& call);
asio::awaitable<void> run_version(Call& call);
asio::awaitable<void> run_source(Call& call);
asio::awaitable<void> run_commands(Call& call);
asio::awaitable<void> run_help(Call& call);
asio::awaitable<void> run_start(Call& call);
asio::awaitable<void> run_getid(Call& call);
asio::awaitable<void> run_nay(Call& call);
asio::awaitable<void> run_list(Call& call);
asio::awaitable<void> run_status(Call& call);
asio::awaitable<void> run_last(Call& call);
asio::awaitable<void> run_watch(Call& call);
asio::awaitable<void> run_notify(Call& call);
asio::awaitable<void> run_force(Call& call);
asio::awaitable<void> run_stop(Call& call);
asio::awaitable<void> run_shutdown(Call& call);
asio::awaitable<void> run_join(Call& call);
asio::awaitable<void> run_leave(Call& call);
asio::awaitable<void> run_mute(Call& call);
asio::awaitable<void> run_unmute(Call& call);
asio::awaitable<void> run_dance(Call& call);
asio::awaitable<void> run_destroy(Call& call);
asio::awaitable<void> run_hustle(Call& call);

// What several of them need.

// The names of the commands, for those who ask and for those who mistype.
Text commands_text(const Traits& traits);

// "5 minutes", "a day". Negative is a moment.
std::string rough_time(std::int64_t seconds);

// The texts of users and masters in one line of an answer: folded, at most 300 characters.
std::string line_of(std::string_view text);

// Up to `most` of the entries, separated so; then how many are left out.
Text bounded(const std::vector<Text>& entries, std::size_t most, std::string_view separator);

// Each on a line of its own after what is there.
void add_troubles(Text& text, const std::vector<std::string>& troubles);

// "Build #7 of linux", "Build containing revision(s) ... on linux".
asio::awaitable<Text> title_of(const Core& core, const Survey& survey, const Build& build);

// One button for each builder that has a running build ("🔎 linux"), with the command and the builder's name.
// useful: whether the command can do anything with the builder; none: with each.
Keyboard running_builders(const Call& call, const Survey& survey, std::string_view sign,
                          std::string_view command, const std::function<bool(const Builder&)>& useful = {});

// Whether the person may do so with what all in the place share: true in a private place, where the medium
// has no operators, and for those whom authz names for one of the commands. Nobody is told. Failure: it could
// not be found out, with a text for the person.
Task<bool> may_change_place(Call& call, std::vector<std::string_view> commands);

}  // namespace carillon::chat
