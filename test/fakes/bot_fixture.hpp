// A bot with a scripted master, memory and medium, for the tests of the commands.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/secret.hpp"
#include "chat/bot.hpp"
#include "fakes/clock.hpp"
#include "fakes/master.hpp"
#include "fakes/memory.hpp"
#include "fakes/run.hpp"

namespace carillon::test {

class FakeMedium final : public chat::Medium {
 public:
  std::map<std::string, std::string> accounts;  // by person
  std::set<std::string> operators;
  std::optional<Failure> failure;  // of everything
  std::vector<std::string> done;

  Task<std::string> account_of(const chat::Person& person) override {
    done.push_back("account " + person.id);
    if (failure) co_return tl::unexpected<Failure>(*failure);
    co_return accounts[person.id];
  }
  Task<bool> is_operator(const chat::Person& person, const chat::Place& place) override {
    done.push_back("operator " + person.id + " " + place.id);
    if (failure) co_return tl::unexpected<Failure>(*failure);
    co_return operators.contains(person.id);
  }
  Task<void> join(std::string channel, std::string key) override {
    done.push_back("join " + channel + " " + key);
    if (failure) co_return tl::unexpected<Failure>(*failure);
    co_return ok();
  }
  Task<void> leave(std::string channel) override {
    done.push_back("leave " + channel);
    if (failure) co_return tl::unexpected<Failure>(*failure);
    co_return ok();
  }
};

// On the master "ci": linux (#7 runs, #6 succeeded), "my builder" (#3 failed), windows (its worker is away),
// old (not configured any more).
inline std::shared_ptr<FakeMaster> sample_master(const std::string& name = "ci") {
  auto made = std::make_shared<FakeMaster>(name);
  made->answer("builders", R"({"builders": [
    {"builderid": 1, "name": "linux", "tags": ["fast"], "masterids": [1]},
    {"builderid": 4, "name": "my builder", "tags": [], "masterids": [1]},
    {"builderid": 2, "name": "windows", "tags": ["slow"], "masterids": [1]},
    {"builderid": 3, "name": "old", "tags": [], "masterids": []}]})");
  made->answer("workers", R"({"workers": [
    {"workerid": 1, "name": "w1", "connected_to": [{"masterid": 1}],
     "configured_on": [{"builderid": 1, "masterid": 1}, {"builderid": 4, "masterid": 1}]},
    {"workerid": 2, "name": "w2", "connected_to": [], "configured_on": [{"builderid": 2, "masterid": 1}]},
    {"workerid": 3, "name": "w3", "connected_to": [], "configured_on": []}]})");
  made->answer("builds?complete=false", R"({"builds": [
    {"buildid": 70, "number": 7, "builderid": 1, "buildrequestid": 13, "complete_at": null, "results": null,
     "state_string": "building"}]})");
  made->answer("builds/70/steps?complete=false&order=number", R"({"steps": [
    {"stepid": 5, "number": 2, "started_at": 1700000000, "state_string": "compiling"},
    {"stepid": 6, "number": 3, "started_at": null, "state_string": "pending"}]})");
  made->answer("builds/70", R"({"builds": [{"buildid": 70, "number": 7, "builderid": 1, "results": null}]})");
  // The clock starts at 1700000000.
  made->answer("builds?complete=true&order=-buildid&limit=500", R"({"builds": [
    {"buildid": 60, "number": 6, "builderid": 1, "complete_at": 1699999700, "results": 0,
     "state_string": "build successful"},
    {"buildid": 50, "number": 5, "builderid": 1, "complete_at": 1699990000, "results": 2,
     "state_string": "failed"}]})");
  made->answer("builders/4/builds?complete=true&order=-number&limit=1", R"({"builds": [
    {"buildid": 9, "number": 3, "builderid": 4, "complete_at": 1699992800, "results": 2,
     "state_string": "failed 'make'\r\nQUIT"}]})");
  made->answer("builders/2/builds?complete=true&order=-number&limit=1", R"({"builds": []})");
  made->answer("builders/3/builds?complete=true&order=-number&limit=1", R"({"builds": []})");
  return made;
}

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
  std::vector<std::shared_ptr<master::Master>> masters_ = {ci_};
  chat::World world_{[this] { return masters_; },
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
