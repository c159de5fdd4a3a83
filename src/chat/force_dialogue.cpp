// force, with buttons.
#include <algorithm>

#include "chat/force.hpp"
#include "chat/shell_words.hpp"

namespace carillon::chat {
namespace {

constexpr std::string_view warning = " \xe2\x9a\xa0\xef\xb8\x8f";
constexpr std::size_t max_buttons = 90;  // Telegram takes 100
constexpr std::size_t max_values = 100;  // words of a command

using Kind = Parameter::Kind;

// Where the dialogue is.
struct Stage {
  const Scheduler& scheduler;
  const Builder& builder;
  Values values;
  std::vector<std::string> notes;      // what is wrong with what was said
  const Parameter* refused = nullptr;  // whose value was none, said last
};

// " SCHEDULER BUILDER NAME=VALUE...", without the values of one parameter.
std::string state_of(const Stage& stage, std::string_view without = {}) {
  std::string words = " " + shell_quote(stage.scheduler.shown) + " " + shell_quote(stage.builder.shown);
  for (const auto& [name, values] : stage.values) {
    if (name == without) continue;
    for (const std::string& value : values)
      words += " " + shell_quote(name + "=" + value);
  }
  return words;
}

std::string with(std::string_view name, std::string_view value) {
  return " " + shell_quote(std::string(name) + "=" + std::string(value));
}

// What holds now: what was set, else the default.
std::vector<std::string> current(const Stage& stage, const Parameter& parameter) {
  const auto set = stage.values.find(parameter.name);
  return set != stage.values.end() ? set->second : parameter.fallback;
}

std::string shown(const Parameter& parameter, const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values)
    text += (text.empty() ? "" : ", ") + value;
  if (parameter.kind == Kind::boolean) return text == "true" ? "yes" : "no";
  return line_of(text);
}

bool is_missing(const Stage& stage, const Parameter& parameter) {
  const auto missing = stage.scheduler.form.missing(stage.values);
  return std::find(missing.begin(), missing.end(), &parameter) != missing.end();
}

Text form_text(const Call& call, const Stage& stage, bool complete) {
  Text text(call.person().description + ", you are about to start a new build on ");
  text.code(stage.builder.shown).plain("!");
  const Form& form = stage.scheduler.form;
  auto heading = form.headings().begin();
  std::string pending;  // a heading waits for its first line
  bool any = false;
  for (std::size_t i = 0; i < form.parameters().size(); ++i) {
    for (; heading != form.headings().end() && heading->before <= i; ++heading)
      pending = heading->label;
    const Parameter& parameter = form.parameters()[i];
    if (!form.is_asked(parameter)) continue;
    if (!any) text.plain("\n\nThe current build parameters are:");
    any = true;
    if (!pending.empty()) text.line().bold(line_of(pending));
    pending.clear();
    text.plain("\n    " + line_of(parameter.label) + " ");
    text.code(shown(parameter, current(stage, parameter)));
    if (is_missing(stage, parameter)) text.plain(warning);
  }
  for (const std::string& note : stage.notes)
    text.plain("\n\n\xe2\x9a\xa0\xef\xb8\x8f " + note);
  text.plain("\n\nWhat do you want to do?");
  if (!complete) {
    text.plain(" You must set values for all parameters marked with");
    text.plain(warning);
  }
  return text;
}

void show_form(Call& call, const Stage& stage) {
  const Form& form = stage.scheduler.form;
  Keyboard keyboard;
  for (const Parameter& parameter : form.parameters()) {
    if (!form.is_asked(parameter) || keyboard.size() == max_buttons) continue;
    std::string caption = current(stage, parameter).empty() ? "Set " : "Change ";
    caption += line_of(parameter.label);
    if (is_missing(stage, parameter)) caption = "\xe2\x9a\xa0\xef\xb8\x8f " + caption;
    keyboard.push_back(
        {call.button(std::move(caption), "force ask " + shell_quote(parameter.name) + state_of(stage))});
  }
  const bool complete = form.missing(stage.values).empty();
  if (complete)
    keyboard.push_back({call.button("\xf0\x9f\x9a\x80 Start Build", "force start" + state_of(stage))});
  call.edit(form_text(call, stage, complete), std::move(keyboard));
}

// A button for each choice; of several choices each is turned over, and the question stays.
void show_choices(Call& call, const Stage& stage, const Parameter& parameter) {
  std::vector<std::string> choices = parameter.choices;
  if (parameter.kind == Kind::boolean) choices = {"true", "false"};
  const std::vector<std::string> now = current(stage, parameter);
  const std::string others = state_of(stage, parameter.name);
  Keyboard keyboard;
  for (const std::string& choice : choices) {
    if (keyboard.size() == max_buttons) break;
    const bool chosen = std::find(now.begin(), now.end(), choice) != now.end();
    std::string caption =
        parameter.kind == Kind::boolean ? (choice == "true" ? "Yes" : "No") : line_of(choice);
    if (chosen) caption = "\xe2\x9c\x85 " + caption;
    std::string command = "force with" + others + with(parameter.name, choice);
    if (parameter.multiple) {
      command = "force ask " + shell_quote(parameter.name) + others;
      for (const std::string& value : now) {
        if (value != choice) command += with(parameter.name, value);
      }
      if (!chosen) command += with(parameter.name, choice);
    }
    keyboard.push_back({call.button(std::move(caption), std::move(command))});
  }
  if (parameter.kind == Kind::choice && !parameter.strict && !parameter.multiple)
    keyboard.push_back(
        {call.button("Something else...", "force say " + shell_quote(parameter.name) + state_of(stage))});
  keyboard.push_back({call.button(parameter.multiple ? "Done" : "Back", "force with" + state_of(stage))});
  Text text("Choose the new value for ");
  text.bold(line_of(parameter.label)).plain(parameter.multiple ? "; several are possible." : ".");
  call.edit(std::move(text), std::move(keyboard));
}

asio::awaitable<void> ask_text(Call& call, const Stage& stage, const Parameter& parameter) {
  call.edit_keyboard();  // its buttons know the old values
  Text prompt;
  for (const std::string& note : stage.notes)
    prompt.plain("\xe2\x9a\xa0\xef\xb8\x8f " + note + "\n\n");
  prompt.plain(call.place().is_private ? "Enter the new value for " : "Reply with the new value for ");
  prompt.bold(line_of(parameter.label)).plain("...");
  co_await call.ask(std::move(prompt),
                    "force with" + state_of(stage, parameter.name) + " " + shell_quote(parameter.name + "="));
}

asio::awaitable<void> start(Call& call, Stage& stage) {
  if (!stage.scheduler.form.missing(stage.values).empty()) {
    show_form(call, stage);
    co_return;
  }
  const auto forced = co_await force_build(call, stage.scheduler, stage.builder, stage.values);
  if (!forced) {
    stage.notes.push_back("I can't: " + forced.error().what);
    show_form(call, stage);
    co_return;
  }
  call.edit_keyboard();
  call.say(*forced);
  co_await call.keep_subscriptions();
}

// NAME=VALUE words; what does not fit is left out, with a note.
void read_values(Stage& stage, const std::vector<std::string>& words, std::size_t from) {
  for (std::size_t i = from; i < words.size() && i < from + max_values; ++i) {
    const auto equals = words[i].find('=');
    const std::string name = words[i].substr(0, equals);
    const Parameter* parameter = stage.scheduler.form.find(name);
    if (parameter == nullptr || equals == std::string::npos || !stage.scheduler.form.is_asked(*parameter)) {
      stage.notes.push_back("There is no parameter '" + line_of(name) + "'");
      continue;
    }
    auto value = checked(*parameter, words[i].substr(equals + 1));
    if (!value) {
      stage.notes.push_back(line_of(value.error().what));
      stage.refused = parameter;
    } else if (value->find_first_not_of(" \t\r\n") != std::string::npos) {
      auto& set = stage.values[name];
      if (!parameter->multiple) set.clear();
      set.push_back(std::move(*value));
    }
  }
}

const Scheduler* find_scheduler(const Schedulers& found, std::string_view name) {
  for (const Scheduler& scheduler : found.schedulers) {
    if (scheduler.shown == name) return &scheduler;
  }
  return nullptr;
}

void choose_scheduler(Call& call, const Schedulers& found) {
  Keyboard keyboard;
  for (const Scheduler& scheduler : found.schedulers) {
    if (builders_of(found.survey, scheduler).empty() || keyboard.size() == max_buttons) continue;
    const std::string of = scheduler.shown == scheduler.form.name() ? "" : scheduler.source->name() + ": ";
    keyboard.push_back(
        {call.button(of + scheduler.form.label(), "force with " + shell_quote(scheduler.shown))});
  }
  Text text(keyboard.empty() ? "There are no force schedulers configured that I could use."
                             : "Which force scheduler do you want to activate?");
  for (std::size_t i = 0; keyboard.empty() && i < found.refusals.size(); ++i)
    text.line().plain(line_of(found.refusals[i].why));
  add_troubles(text, found.troubles);
  call.edit(std::move(text), std::move(keyboard));
}

void choose_builder(Call& call, const Schedulers& found, const Scheduler& scheduler) {
  Keyboard keyboard;
  for (const std::size_t i : builders_of(found.survey, scheduler)) {
    if (keyboard.size() == max_buttons) break;
    const std::string& name = found.survey.builders[i].shown;
    keyboard.push_back(
        {call.button(name, "force with " + shell_quote(scheduler.shown) + " " + shell_quote(name))});
  }
  call.edit(
      Text(keyboard.empty() ? "That scheduler has no builders here." : "Which builder do you want to start?"),
      std::move(keyboard));
}

bool is_verb(std::string_view word) {
  return word == "with" || word == "ask" || word == "say" || word == "start";
}

void lost(Call& call, const std::string& why) {
  call.say("Try '" + call.prefix() + "force' and follow the instructions (" + line_of(why) + ")");
}

}  // namespace

asio::awaitable<void> force_dialogue(Call& call) {
  const Schedulers found = co_await all_schedulers(call);
  std::vector<std::string> words = call.words;
  if (words.empty()) {
    std::vector<const Scheduler*> usable;
    for (const Scheduler& scheduler : found.schedulers) {
      if (!builders_of(found.survey, scheduler).empty()) usable.push_back(&scheduler);
    }
    if (usable.size() == 1 && found.troubles.empty()) {
      choose_builder(call, found, *usable.front());
    } else {
      choose_scheduler(call, found);
    }
    co_return;
  }
  std::string verb = "with";
  if (is_verb(words.front())) {
    verb = words.front();
    words.erase(words.begin());
  }
  std::string name;  // of a parameter
  if ((verb == "ask" || verb == "say") && !words.empty()) {
    name = words.front();
    words.erase(words.begin());
  }
  if (words.empty() || (verb != "with" && words.size() < 2)) {
    lost(call, "there is something missing");
    co_return;
  }
  const Scheduler* scheduler = find_scheduler(found, words.front());
  if (scheduler == nullptr) {
    lost(call, "no force scheduler " + words.front());
    co_return;
  }
  if (words.size() == 1) {
    choose_builder(call, found, *scheduler);
    co_return;
  }
  const auto index = find_builder(found.survey, words[1]);
  if (!index) {
    lost(call, index.error().what);
    co_return;
  }
  const Builder& builder = found.survey.builders[*index];
  if (builder.source != scheduler->source || !scheduler->form.has_builder(builder.name)) {
    lost(call, "'" + words[1] + "' is not configured for '" + scheduler->form.label() + "'");
    co_return;
  }
  const auto whole = co_await completed(*scheduler, builder);
  if (!whole) {
    call.edit(Text("I can't: " + line_of(whole.error().what)), {});
    co_return;
  }
  Stage stage{.scheduler = *whole, .builder = builder};
  read_values(stage, words, 2);
  const Parameter* parameter = name.empty() ? nullptr : whole->form.find(name);
  if (verb == "start" && stage.notes.empty()) {
    co_await start(call, stage);
  } else if (verb == "with" && stage.refused != nullptr) {
    co_await ask_text(call, stage, *stage.refused);  // the question is asked again
  } else if (parameter == nullptr || !whole->form.is_asked(*parameter)) {
    if (!name.empty()) stage.notes.push_back("There is no parameter '" + line_of(name) + "'");
    show_form(call, stage);
  } else if (verb == "ask" && (parameter->kind == Kind::choice || parameter->kind == Kind::boolean)) {
    show_choices(call, stage, *parameter);
  } else {
    co_await ask_text(call, stage, *parameter);
  }
}

}  // namespace carillon::chat
