// A bot with a scripted master, memory and medium, for the tests of the commands.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/secret.hpp"
#include "chat/bot.hpp"
#include "fakes/bot_sample.hpp"
#include "fakes/clock.hpp"
#include "fakes/memory.hpp"
#include "fakes/run.hpp"

namespace carillon::test {

class BotFixture : public ::testing::Test {
 protected:
  static chat::Traits irc() {
    return {.medium = "irc", .prefix = "", .channels = true, .operators = true, .bracket_revisions = true};
  }
  static chat::Traits telegram() { return {.medium = "telegram", .prefix = "/", .keyboards = true}; }

  // Makes the bot (anew, with the same memory), and restores it.
  void start() {
    bot_.reset();
    bot_.emplace(settings_, chat::BotEnvironment{world_, clock_, log_, {}}, medium_, "irc test");
    run(io_, restored());
  }

  std::vector<chat::Answer> tell(chat::Message message) {
    kept_.now = clock_.now();
    if (!bot_) start();
    return run(io_, bot_->handle(std::move(message)));
  }
  chat::Message message(std::string text) const {
    return {.from = person_, .place = place_, .text = std::move(text)};
  }
  std::vector<chat::Answer> say(std::string text) { return tell(message(std::move(text))); }
  std::vector<chat::Answer> press(const chat::Button& button) {
    auto pressed = message(button.command);
    pressed.from_button = true;
    return tell(std::move(pressed));
  }
  // The words of all answers, one a line.
  static std::string words_of(const std::vector<chat::Answer>& answers) {
    std::string words;
    for (const chat::Answer& answer : answers)
      words += (words.empty() ? "" : "\n") + answer.text.words();
    return words;
  }
  std::string words(std::string text) { return words_of(say(std::move(text))); }

  // The button with that caption (its end) in the last answer that has a keyboard.
  static chat::Button button(const std::vector<chat::Answer>& answers, std::string_view caption) {
    std::string seen;
    for (auto answer = answers.rbegin(); answer != answers.rend(); ++answer) {
      for (const auto& row : answer->keyboard) {
        for (const chat::Button& one : row) {
          if (one.caption.ends_with(caption)) return one;
          seen += " [" + one.caption + "]";
        }
      }
    }
    ADD_FAILURE() << "no button '" << caption << "' among" << seen;
    return {};
  }

  void private_chat() {
    place_ = {.id = person_.id, .name = person_.name, .kind = "private", .is_private = true};
  }

  // Somebody of authz: {commands: names}.
  static chat::Authz authz_of(
      const std::vector<std::pair<std::string, std::variant<bool, std::vector<std::string>>>>& rules) {
    settings::Dict dict;
    for (const auto& [command, who] : rules) {
      dict.keys.push_back(settings::Value{command});
      if (const bool* everybody = std::get_if<bool>(&who)) {
        dict.values.push_back(settings::Value{*everybody});
      } else {
        settings::List names;
        for (const std::string& name : std::get<1>(who))
          names.push_back(settings::Value{name});
        dict.values.push_back(settings::Value{std::move(names)});
      }
    }
    settings::Schema schema;
    schema.name = "IRC";
    chat::add_bot_arguments(schema);
    settings::Call call;
    call.class_name = "IRC";
    call.where = "x.cfg:3";
    call.keywords.emplace_back("authz", settings::Value{std::move(dict)});
    const auto args = settings::Arguments::bind(schema, call);
    return chat::Authz::read(args, [](std::string_view name) { return std::string(name); });
  }

  asio::io_context io_;
  FakeClock clock_;
  Redactor redactor_;
  Log log_{Log::Level::error, redactor_};
  KeptThings kept_;
  FakeMedium medium_;
  std::shared_ptr<FakeMaster> ci_ = sample_master();
  std::vector<std::shared_ptr<source::Source>> sources_ = {ci_};
  chat::World world_{[this] { return sources_; },
                     [this](const std::string&) { return std::make_unique<FakeMemory>(kept_); }};
  chat::BotSettings settings_ = {.traits = irc()};
  chat::Person person_{.id = "ann", .name = "Ann", .description = "Ann"};
  chat::Place place_{.id = "#dev", .name = "#Dev", .kind = "channel"};
  std::optional<chat::Bot> bot_;

 private:
  asio::awaitable<bool> restored() {
    const auto done = co_await bot_->restore();
    co_return done.has_value();
  }
};

}  // namespace carillon::test
