// stop, shutdown
#include <algorithm>
#include <array>

#include "chat/command.hpp"
#include "chat/shell_words.hpp"

namespace carillon::chat {
namespace {

constexpr std::string_view stop_usage = "stop build BUILDER REASON";
constexpr std::string_view shutdown_usage = "shutdown check|start|stop|now";

using Shutdown = source::Commands::Shutdown;

std::optional<Shutdown> shutdown_from(std::string_view word) {
  if (word == "check") return Shutdown::check;
  if (word == "start") return Shutdown::start;
  if (word == "stop") return Shutdown::stop;
  if (word == "now") return Shutdown::now;
  return std::nullopt;
}

asio::awaitable<void> offer_running(Call& call) {
  const auto found =
      co_await survey(call.core.environment.world, call.core.settings.tags, Wants{.running = true});
  Text text(found.running.empty() ? "There are no currently running builds." : "Select builder to stop...");
  add_troubles(text, found.troubles);
  const auto stoppable = [](const Builder& builder) { return builder.source->commands() != nullptr; };
  call.say(std::move(text), running_builders(call, found, "\xf0\x9f\x9a\xab", "stop build", stoppable));
}

asio::awaitable<void> ask_reason(Call& call, const std::string& builder) {
  call.edit_keyboard();
  Text prompt("Ok, now give me the reason to stop build on ");
  prompt.code(builder).plain("...");
  co_await call.ask(std::move(prompt), "stop build " + shell_quote(builder) + " ");
}

// Words from the third on are the reason.
asio::awaitable<void> stop_builds(Call& call) {
  const auto found =
      co_await survey(call.core.environment.world, call.core.settings.tags, Wants{.running = true});
  const auto index = find_builder(found, call.words[1]);
  if (!index) {
    call.say(index.error().what);
    co_return;
  }
  std::string reason = "stopped: by " + call.who() + ":";
  for (std::size_t i = 2; i < call.words.size(); ++i)
    reason += " " + call.words[i];
  bool any = false;
  for (const Build& build : found.running) {
    if (build.builder != *index) continue;
    any = true;
    json::object params{{"reason", reason}};
    const auto stopped = co_await found.builders[*index].source->command("builds/" + std::to_string(build.id),
                                                                         "stop", std::move(params));
    Text text = co_await title_of(call.core, found, build);
    if (stopped) {
      call.say(text.plain(" interrupted."));
    } else {
      call.say(text.plain(" was not interrupted: " + line_of(stopped.error().what)));
    }
  }
  if (any) co_return;
  Text text("Sorry, no build is currently running.");
  add_troubles(text, found.troubles);
  call.say(std::move(text));
}

// The master that the word names; without a word the only one. nullptr: the person was told why not.
SourcePtr master_for(Call& call, const std::vector<SourcePtr>& masters, const std::string* word) {
  std::string names;
  for (const SourcePtr& master : masters) {
    if (word != nullptr && master->name() == *word) return master;
    names += (names.empty() ? "" : ", ") + master->name();
  }
  if (masters.empty()) {
    call.say("I observe no master.");
  } else if (word != nullptr) {
    call.say("There is no master '" + line_of(*word) + "'; there are: " + names);
  } else if (masters.size() == 1) {
    return masters.front();
  } else {
    call.say("Which master? Try '" + call.prefix() + std::string(shutdown_usage) +
             " MASTER' with one of: " + names);
  }
  return nullptr;
}

asio::awaitable<void> offer_shutdown(Call& call, const SourcePtr& master, bool several) {
  const auto state = co_await master->shut_down(Shutdown::check);
  if (!state) {
    call.edit(Text("I cannot control '" + master->name() + "': " + line_of(state.error().what)), {});
    co_return;
  }
  const std::string which = several ? " " + shell_quote(master->name()) : "";
  Text text;
  if (several) text.code(master->name()).plain(": ");
  text.plain(line_of(*state));
  std::vector<Button> graceful;
  if (master->may_shut_down(Shutdown::start))
    graceful.push_back(call.button("\xe2\x86\x98\xef\xb8\x8f Begin Shutdown", "shutdown start" + which));
  if (master->may_shut_down(Shutdown::stop))
    graceful.push_back(call.button("\xf0\x9f\x94\x99 Stop Shutdown", "shutdown stop" + which));
  Keyboard keyboard;
  if (!graceful.empty()) keyboard.push_back(std::move(graceful));
  if (master->may_shut_down(Shutdown::now)) {
    keyboard.push_back({call.button("\xe2\x80\xbc\xef\xb8\x8f Shutdown Now", "shutdown now" + which)});
  }
  if (!keyboard.empty()) text.plain("\n\nWhat do you want to do?");
  call.edit(std::move(text), std::move(keyboard));
}

// Without a word: the dialogue; "ask MASTER" is its second step.
asio::awaitable<void> shutdown_dialogue(Call& call, const std::vector<SourcePtr>& masters) {
  const std::string* word = call.words.size() == 2 ? &call.words[1] : nullptr;
  if (word == nullptr && masters.size() > 1) {
    Keyboard keyboard;
    for (const SourcePtr& master : masters)
      keyboard.push_back({call.button(master->name(), "shutdown ask " + shell_quote(master->name()))});
    call.say(Text("Which master?"), std::move(keyboard));
    co_return;
  }
  const SourcePtr master = master_for(call, masters, word);
  if (master) co_await offer_shutdown(call, master, masters.size() > 1);
}

}  // namespace

asio::awaitable<void> run_stop(Call& call) {
  const auto& words = call.words;
  if (words.size() >= 3 && words[0] == "build") {
    co_await stop_builds(call);
  } else if (!call.keyboards() || words.size() > 2 || (!words.empty() && words[0] != "build")) {
    call.usage(stop_usage);
  } else if (words.size() == 2) {
    co_await ask_reason(call, words[1]);
  } else {
    co_await offer_running(call);
  }
}

asio::awaitable<void> run_shutdown(Call& call) {
  const auto masters = call.core.environment.world.sources();
  const auto& words = call.words;
  if (call.keyboards() && (words.empty() || (words.size() == 2 && words[0] == "ask"))) {
    co_await shutdown_dialogue(call, masters);
    co_return;
  }
  const auto what = words.empty() || words.size() > 2 ? std::nullopt : shutdown_from(words[0]);
  if (!what) {
    call.usage(std::string(shutdown_usage) + (masters.size() > 1 ? " MASTER" : ""));
    co_return;
  }
  const SourcePtr master = master_for(call, masters, words.size() == 2 ? &words[1] : nullptr);
  if (!master) co_return;
  const auto done = co_await master->shut_down(*what);
  call.edit(Text(done ? *done : "I cannot do that: " + line_of(done.error().what)), {});
}

}  // namespace carillon::chat
