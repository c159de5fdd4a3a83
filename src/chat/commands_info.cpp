// hello, version, source, commands, help, start, getid, nay.
#include <array>

#include "base/letters.hpp"
#include "chat/command.hpp"

namespace carillon::chat {
namespace {

constexpr std::array<std::string_view, 16> greetings = {"Hello",
                                                        "Hallo",
                                                        "Bonjour",
                                                        "Hola",
                                                        "Ciao",
                                                        "Ol\xc3\xa1",
                                                        "Hej",
                                                        "Moi",
                                                        "Dzie\xc5\x84 dobry",
                                                        "Ahoj",
                                                        "Szia",
                                                        "Merhaba",
                                                        "Konnichiwa",
                                                        "N\xc7\x90 h\xc7\x8eo",
                                                        "Namaste",
                                                        "Salaam"};

std::string in_quotes(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "'" : " '") + line_of(word) + "'";
  return text;
}

// "name - what it does", one a line.
Text descriptions(const Traits& traits, std::string_view before) {
  Text text;
  for (const Command* command : commands_of(traits)) {
    if (command->help.empty()) continue;
    if (!text.empty()) text.line();
    text.plain(std::string(before) + std::string(command->name) + " - " + std::string(command->help));
  }
  return text;
}

}  // namespace

Text commands_text(const Traits& traits) {
  std::string names;
  for (const Command* command : commands_of(traits)) {
    if (command->help.empty()) continue;
    names += (names.empty() ? "" : ", ") + traits.prefix + std::string(command->name);
  }
  return Text("Buildbot commands: " + names);
}

asio::awaitable<void> run_hello(Call& call) {
  const auto now = static_cast<std::size_t>(call.core.environment.clock.now());
  call.say(greetings[now % greetings.size()]);
  co_return;
}

asio::awaitable<void> run_version(Call& call) {
  call.say("This is Carillon " CARILLON_VERSION " at your service");
  co_return;
}

asio::awaitable<void> run_source(Call& call) {
  Text text("I am Carillon " CARILLON_VERSION);
  if (const std::string& url = call.core.environment.site.buildbot_url; !url.empty())
    text.plain(", and my address is ").link(url, url);
  text.plain("; my source is where my operator got me from.");
  for (const SourcePtr& master : call.core.environment.world.sources())
    text.plain("\nThe home page of '" + master->name() + "' is ").link(master->url(), master->url());
  call.say(std::move(text));
  co_return;
}

asio::awaitable<void> run_commands(Call& call) {
  const bool for_botfather = call.words.size() == 1 && lower(call.words.front()) == "botfather";
  call.say(for_botfather ? descriptions(call.traits(), "") : commands_text(call.traits()));
  co_return;
}

asio::awaitable<void> run_help(Call& call) {
  if (call.words.empty()) {
    call.say(descriptions(call.traits(), call.prefix()));
    co_return;
  }
  std::string name = lower(call.words.front());
  if (!call.prefix().empty() && name.starts_with(call.prefix())) name.erase(0, call.prefix().size());
  const Command* command = find_command(call.traits(), name);
  if (command == nullptr) {
    call.say("There is no such command '" + line_of(call.words.front()) + "'.");
    co_return;
  }
  if (call.words.size() == 1) {
    std::string usage = "Usage: " + call.prefix() + std::string(command->usage);
    if (!command->help.empty()) usage += " - " + std::string(command->help);
    if (command->name == "notify") {
      usage += "; events are";
      for (const std::string& event : offered_events())
        usage += (event == offered_events().front() ? " " : ", ") + event;
    }
    call.say(usage);
    co_return;
  }
  for (const Argument& argument : command->arguments) {
    if (call.words.size() == 2 && argument.name == lower(call.words[1])) {
      call.say("Usage: " + call.prefix() + std::string(argument.usage));
      co_return;
    }
  }
  call.say("No usage info for " + in_quotes(call.words));
}

asio::awaitable<void> run_start(Call& call) {
  co_await run_hello(call);
  co_await run_help(call);
}

asio::awaitable<void> run_getid(Call& call) {
  if (call.place().is_private) {
    call.say("Your ID is " + call.person().id + ".");
    co_return;
  }
  if (call.person().is_chat) {
    call.say("You speak as " + call.person().name + ", whose ID is " + call.person().id +
             ". In authz it stands for everybody who may speak so.");
  } else {
    call.say(call.person().name + ", your ID is " + call.person().id + ".");
  }
  const std::string& kind = call.place().kind;
  call.say("This " + (kind.empty() ? std::string("group") : kind) + " ID is " + call.place().id + ".");
}

asio::awaitable<void> run_nay(Call& call) {
  const auto forgotten = co_await call.core.questions.forget(call.place().id, call.person().id);
  if (!forgotten) {
    call.core.environment.log.warning(call.traits().medium,
                                      "could not forget a question: " + forgotten.error().what);
  }
  call.edit_keyboard();
  call.say(call.place().is_private ? "Never mind..." : "Never mind, " + call.person().name + "...");
}

}  // namespace carillon::chat
