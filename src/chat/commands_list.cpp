// list
#include <array>
#include <charconv>
#include <ctime>

#include "chat/command.hpp"

namespace carillon::chat {
namespace {

constexpr std::string_view list_usage = "list [all|N] builders|workers|changes";
constexpr std::size_t default_changes = 10;
constexpr std::size_t max_changes = 100;  // of one answer with keyboards; a change takes some lines there
constexpr std::size_t many_changes = 50;  // more are only listed for those who insist
constexpr std::size_t max_names = 150;    // in one line

std::string minute_of(std::int64_t seconds) {
  const std::time_t at = seconds;
  std::tm parts{};
  if (gmtime_r(&at, &parts) == nullptr) return "?";
  std::array<char, 32> text{};
  const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &parts);
  return {text.data(), length};
}

// Names with a mark: one a line, or all in one line.
void say_names(Call& call, std::string_view what, const std::vector<Text>& names,
               const std::vector<std::string>& troubles) {
  Text text;
  if (names.empty() && !troubles.empty()) {
    add_troubles(text, troubles);
  } else if (call.keyboards()) {
    text.plain("I found the following ").bold(what).plain(":\n");
    text.append(bounded(names, call.max_lines(), "\n"));
    add_troubles(text, troubles);
  } else {
    text.plain("I found the following " + std::string(what) + ": ");
    text.append(bounded(names, max_names, ", "));
    add_troubles(text, troubles);
  }
  call.say(std::move(text));
}

asio::awaitable<void> list_builders(Call& call, bool all) {
  const auto found =
      co_await survey(call.core.environment.world, call.core.settings.tags, Wants{.online = true});
  std::vector<Text> names;
  for (const Builder& builder : found.builders) {
    if (!builder.online && !all) continue;
    Text name;
    name.code(builder.shown);
    if (!builder.online) name.plain(call.keyboards() ? " \xe2\x9d\x8c" : " [offline]");
    names.push_back(std::move(name));
  }
  say_names(call, "builders", names, found.troubles);
}

asio::awaitable<void> list_workers(Call& call, bool all) {
  const auto found = co_await all_workers(call.core.environment.world, call.core.settings.tags);
  std::vector<Text> names;
  for (const Worker& worker : found.workers) {
    if (!worker.configured && !all) continue;
    Text name;
    name.code(worker.shown);
    if (!worker.configured) {
      name.plain(call.keyboards() ? " \xe2\x9d\x8c" : " [offline]");
    } else if (!worker.connected) {
      name.plain(call.keyboards() ? " \xe2\x9a\xa0\xef\xb8\x8f" : " [disconnected]");
    }
    names.push_back(std::move(name));
  }
  say_names(call, "workers", names, found.troubles);
}

Text one_line(const Change& change) {
  std::string details;
  const auto add = [&](std::string_view word) {
    if (!word.empty()) details += (details.empty() ? "" : ", ") + line_of(word);
  };
  add(change.author);
  add(minute_of(change.when));
  add(change.repository);
  add(change.branch);
  add(change.revision);
  Text text;
  text.plain(line_of(change.comment) + " (" + details + ")");
  return text;
}

Text some_lines(const Change& change) {
  Text text;
  text.line().link(change.comment.empty() ? "(no comment)" : line_of(change.comment), change.link);
  const auto add = [&](std::string_view label, std::string_view word) {
    if (!word.empty()) text.line().italic(label).plain(": " + line_of(word));
  };
  add("Author", change.author);
  add("Date", minute_of(change.when));
  add("Repository", change.repository);
  add("Branch", change.branch);
  add("Revision", change.revision);
  return text;
}

asio::awaitable<void> list_changes(Call& call, bool all, std::size_t count) {
  const bool wordy = call.keyboards();
  const std::size_t most = wordy ? max_changes : call.max_lines();
  // One more than is shown tells whether there are older ones.
  const std::size_t asked = all || count > most ? most + 1 : count;
  const auto found = co_await recent_changes(call.core.environment.world, asked);
  if (all && wordy && found.changes.size() > many_changes) {
    call.edit(Text("There are more than " + std::to_string(many_changes) +
                   " changes. Do you really want me to list them all?"),
              {{call.button("\xe2\x80\xbc Yes, flood me with the last " + std::to_string(most) + "!",
                            "list " + std::to_string(most) + " changes")},
               {call.button("\xe2\x9c\x85 No, just show last " + std::to_string(many_changes),
                            "list " + std::to_string(many_changes) + " changes")}});
    co_return;
  }
  Text text;
  if (found.changes.empty()) {
    text.plain("I found no changes.");
  } else {
    text.plain("I found the following recent ").append(wordy ? Text().bold("changes") : Text("changes"));
    text.plain(":");
  }
  const std::size_t left_out = found.changes.size() > most ? found.changes.size() - most : 0;
  for (std::size_t i = left_out; i < found.changes.size(); ++i)
    text.line().append(wordy ? some_lines(found.changes[i]) : one_line(found.changes[i]));
  if (left_out > 0) text.plain("\nOlder ones are left out; I list at most " + std::to_string(most) + ".");
  add_troubles(text, found.troubles);
  call.say(std::move(text));
}

Keyboard list_keyboard(const Call& call) {
  return {{call.button("\xf0\x9f\x91\xb7 Builders", "list builders"),
           call.button("\xf0\x9f\x91\xb7 (including old ones)", "list all builders")},
          {call.button("\xe2\x9a\x99 Workers", "list workers"),
           call.button("\xe2\x9a\x99 (including old ones)", "list all workers")},
          {call.button("\xf0\x9f\x93\x84 Changes (last 10)", "list changes")}};
}

}  // namespace

asio::awaitable<void> run_list(Call& call) {
  if (call.words.empty() && call.keyboards()) {
    call.say(Text("What do you want to list?"), list_keyboard(call));
    co_return;
  }
  bool all = false;
  std::size_t count = default_changes;
  std::vector<std::string> words = call.words;
  if (words.size() == 2) {
    const std::string& first = words.front();
    if (first == "all") {
      all = true;
    } else {
      const auto [end, error] = std::from_chars(first.data(), first.data() + first.size(), count);
      const bool whole = end == first.data() + first.size();
      if (error == std::errc::result_out_of_range && whole) {
        count = max_changes + 1;
      } else if (error != std::errc() || !whole || count == 0) {
        call.usage(list_usage);
        co_return;
      }
    }
    words.erase(words.begin());
  }
  if (words.size() != 1) {
    call.usage(list_usage);
  } else if (words.front() == "builders") {
    co_await list_builders(call, all);
  } else if (words.front() == "workers") {
    co_await list_workers(call, all);
  } else if (words.front() == "changes") {
    co_await list_changes(call, all, count);
  } else {
    call.usage(list_usage);
  }
}

}  // namespace carillon::chat
