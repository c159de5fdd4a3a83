#include "chat/command.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/encoding.hpp"
#include "chat/announcer.hpp"
#include "chat/shell_words.hpp"

namespace carillon::chat {
namespace {

constexpr std::size_t max_line = 300;  // characters

}  // namespace

void Call::say(Text text, Keyboard keyboard) {
  Answer answer;
  answer.text = std::move(text);
  answer.keyboard = std::move(keyboard);
  answers.push_back(std::move(answer));
}

void Call::reply(std::string_view sentence) {
  say(sentence);
  answers.back().reply = true;
}

void Call::usage(std::string_view line) {
  say("Try '" + prefix() + std::string(line) + "'.");
}

void Call::edit(Text text, Keyboard keyboard) {
  say(std::move(text), std::move(keyboard));
  if (message.from_button) answers.back().how = Answer::How::edit;
}

void Call::edit_keyboard(Keyboard keyboard) {
  if (!message.from_button) return;
  Answer answer;
  answer.how = Answer::How::edit_keyboard;
  answer.keyboard = std::move(keyboard);
  answers.push_back(std::move(answer));
}

void Call::drop() {
  if (!message.from_button) return;
  Answer answer;
  answer.how = Answer::How::drop;
  answers.push_back(std::move(answer));
}

Button Call::button(std::string caption, std::string command_line) const {
  return {std::move(caption), prefix() + std::move(command_line)};
}

asio::awaitable<void> Call::ask(Text prompt, std::string before) {
  const auto kept = co_await core.questions.ask(place().id, person().id, prefix() + std::move(before));
  if (!kept) core.environment.log.warning(traits().medium, "could not keep a question: " + kept.error().what);
  say(std::move(prompt));
  answers.back().wants_text = true;
}

asio::awaitable<void> Call::keep_subscriptions() {
  const auto kept = co_await core.memory->keep("subscriptions", core.subscriptions->to_json());
  if (kept) co_return;
  core.environment.log.warning(traits().medium, "could not keep the subscriptions: " + kept.error().what);
  say("I could not save that, so it holds only until I am restarted.");
}

std::string Call::who() const {
  if (place().is_private) return person().description;
  return person().description + " on " + (place().name.empty() ? place().id : place().name);
}

std::string rough_time(std::int64_t seconds) {
  struct Unit {
    std::int64_t seconds;
    const char* one;
    const char* many;
  };
  static constexpr std::array<Unit, 5> units = {{{31'557'600, "a year", " years"},
                                                 {2'629'800, "a month", " months"},
                                                 {86'400, "a day", " days"},
                                                 {3'600, "an hour", " hours"},
                                                 {60, "a minute", " minutes"}}};
  for (const Unit& unit : units) {
    if (seconds < unit.seconds) continue;
    const std::int64_t count = seconds / unit.seconds;
    return count == 1 ? unit.one : std::to_string(count) + unit.many;
  }
  return seconds < 2 ? "a moment" : std::to_string(seconds) + " seconds";
}

std::string line_of(std::string_view text) {
  return ellipsize(fold_to_line(valid_utf8(text)), max_line);
}

Text bounded(const std::vector<Text>& entries, std::size_t most, std::string_view separator) {
  Text text;
  const std::size_t shown = std::min(most, entries.size());
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) text.plain(separator);
    text.append(entries[i]);
  }
  if (shown < entries.size())
    text.plain(std::string(separator) + "and " + std::to_string(entries.size() - shown) + " more");
  return text;
}

void add_troubles(Text& text, const std::vector<std::string>& troubles) {
  for (const std::string& trouble : troubles)
    text.plain((text.empty() ? "" : "\n") + trouble);
}

asio::awaitable<Text> title_of(const Core& core, const Survey& survey, const Build& build) {
  const auto object = co_await titled(survey, build, core.settings.use_revisions);
  co_return build_title(core.settings, object, survey.builders[build.builder].shown);
}

Keyboard running_builders(const Call& call, const Survey& survey, std::string_view sign,
                          std::string_view command, const std::function<bool(const Builder&)>& useful) {
  Keyboard keyboard;
  std::set<std::size_t> seen;
  for (const Build& build : survey.running) {
    if (useful && !useful(survey.builders[build.builder])) continue;
    if (!seen.insert(build.builder).second || keyboard.size() == call.max_lines()) continue;
    const std::string& name = survey.builders[build.builder].shown;
    keyboard.push_back(
        {call.button(std::string(sign) + " " + name, std::string(command) + " " + shell_quote(name))});
  }
  return keyboard;
}

Task<bool> may_change_place(Call& call, std::vector<std::string_view> commands) {
  if (!call.traits().operators || call.place().is_private) co_return true;
  std::optional<std::string> account;
  for (const std::string_view name : commands) {
    const Authz& authz = call.core.settings.authz;
    auto access = authz.named(name, call.person().id, account);
    if (access == Authz::Access::ask_account) {
      auto found = co_await call.core.medium.account_of(call.person());
      if (!found) {
        co_return rejected("I could not find out your account: " + found.error().what);
      }
      account = std::move(*found);
      access = authz.named(name, call.person().id, account);
    }
    if (access == Authz::Access::granted) co_return true;
  }
  auto is_operator = co_await call.core.medium.is_operator(call.person(), call.place());
  if (!is_operator) {
    co_return rejected("I could not find out whether you are an operator: " + is_operator.error().what);
  }
  co_return *is_operator;
}

}  // namespace carillon::chat
