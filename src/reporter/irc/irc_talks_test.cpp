#include "reporter/irc/irc_talks.hpp"

#include <gmock/gmock.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "chat/world.hpp"
#include "fakes/memory.hpp"
#include "fakes/reporter_fixture.hpp"
#include "reporter/irc/irc_fake_server.hpp"

namespace carillon::reporter::irc {
namespace {

using settings::List;
using settings::Value;
using test::text;

class TalksTest : public test::ReporterTest {
 protected:
  ~TalksTest() override {
    stop_.emit(asio::cancellation_type::terminal);
    test::run_until(io_, [&] { return !running_; });
    server_.drop();
    io_.restart();
    io_.poll();
  }
  void start() {
    test::Keywords keywords{{"host", text("127.0.0.1")},
                            {"nick", text("bot")},
                            {"channels", Value{List{text("#dev")}}},
                            {"port", Value{std::int64_t{server_.port()}}}};
    auto settings = std::make_shared<IrcSettings>(read_settings(bind(irc_schema(), std::move(keywords))));
    client_ = std::make_shared<Client>(io_.get_executor(), settings, log_);
    talks_ =
        std::make_shared<Talks>(io_.get_executor(), client_, settings->bot,
                                chat::BotEnvironment{world_, clock_, log_, {"Title", "http://ci/"}}, "irc");
    client_->on_spoken = [this](const Spoken& spoken) { talks_->hear(spoken); };
    running_ = true;
    asio::co_spawn(
        io_, client_->run(),
        asio::bind_cancellation_slot(stop_.slot(), [this](const std::exception_ptr&) { running_ = false; }));
    ASSERT_TRUE(test::run_until(io_, [&] { return server_.heard("JOIN #dev"); }));
  }

  test::KeptThings kept_;
  chat::World world_{[] { return std::vector<std::shared_ptr<source::Source>>(); },
                     [this](const std::string&) { return std::make_unique<test::FakeMemory>(kept_); }};
  FakeServer server_{io_};
  std::shared_ptr<Client> client_;
  std::shared_ptr<Talks> talks_;
  asio::cancellation_signal stop_;
  bool running_ = false;
};

TEST_F(TalksTest, WhoTalksTooMuchIsNotHeardAnyMore) {
  start();
  server_.answers_pings = false;  // so that hardly anything can be said
  std::string lines;
  for (int i = 0; i < 300; ++i)
    lines += ":ann!a@h PRIVMSG bot :version\r\n";
  server_.say(lines + ":ann!a@h PRIVMSG #dev :the last one");
  const auto heard = client_->on_spoken;
  bool all_heard = false;
  client_->on_spoken = [&](const Spoken& spoken) {
    if (spoken.text == "the last one") all_heard = true;
    heard(spoken);
  };
  ASSERT_TRUE(
      test::run_until(io_, [&] { return all_heard && client_->unsaid_answers() >= Talks::most_unsaid; }));
  EXPECT_EQ(client_->unsaid_answers(), Talks::most_unsaid);
}

TEST_F(TalksTest, WhatCannotBeReadIsNotRestored) {
  start();
  kept_.failure = Failure{Failure::Kind::unreachable, "disk", std::nullopt};
  EXPECT_FALSE(test::run(io_, talks_->restore()));
  kept_.failure.reset();
  kept_.by_key["channels"] = {json::parse(R"({"#a": "k", "#b": 7, "a b": "", "#c": "x y"})"), 0};
  EXPECT_TRUE(test::run(io_, talks_->restore()));
  EXPECT_TRUE(client_->wants("#a"));
  EXPECT_TRUE(client_->wants("#b"));
  EXPECT_FALSE(client_->wants("a b"));
  EXPECT_FALSE(client_->wants("#c"));
  EXPECT_TRUE(client_->wants("#dev"));
}

}  // namespace
}  // namespace carillon::reporter::irc
