#include "reporter/irc/irc.hpp"

#include <gmock/gmock.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "chat/subscriptions.hpp"
#include "chat/world.hpp"
#include "fakes/memory.hpp"
#include "fakes/reporter_fixture.hpp"
#include "reporter/irc/irc_fake_server.hpp"

namespace carillon::reporter::irc {
namespace {

using settings::Dict;
using settings::List;
using settings::Value;
using test::Keywords;
using test::order_of;
using test::sample_build;
using test::text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Value names(std::initializer_list<const char*> all) {
  List list;
  for (const char* one : all)
    list.push_back(text(one));
  return Value{list};
}

Value dict(std::vector<std::pair<std::string, Value>> members) {
  Dict made;
  for (auto& [key, value] : members) {
    made.keys.push_back(text(key));
    made.values.push_back(std::move(value));
  }
  return Value{made};
}

class IrcTest : public test::ReporterTest {
 protected:
  ~IrcTest() override {
    if (running_) {
      stop_.emit(asio::cancellation_type::terminal);
      test::run_until(io_, [&] { return !running_; });
    }
    server_.drop();
    io_.restart();
    io_.poll();
  }

  std::unique_ptr<chat::ConnectedReporter> make_it(Keywords keywords = {}, Value channels = names({"#Dev"})) {
    keywords.emplace_back("host", text("127.0.0.1"));
    keywords.emplace_back("nick", text("bot"));
    keywords.emplace_back("channels", std::move(channels));
    keywords.emplace_back("port", Value{std::int64_t{server_.port()}});
    keywords.emplace_back("lostDelay", Value{0.01});
    keywords.emplace_back("failedDelay", Value{0.01});
    chat::Environment env{environment()};
    env.world = &world_;
    return make(bind(schema(), std::move(keywords)), env);
  }
  // Runs it until it is in its channels.
  void start(Keywords keywords = {}, Value channels = names({"#Dev"})) {
    reporter_ = make_it(std::move(keywords), std::move(channels));
    running_ = true;
    asio::co_spawn(io_, reporter_->run(),
                   asio::bind_cancellation_slot(stop_.slot(), [this](const std::exception_ptr& error) {
                     ended_ = error;
                     running_ = false;
                   }));
    ASSERT_TRUE(wait_for("JOIN #Dev"));
  }
  bool wait_for(const std::string& line) {
    return test::run_until(io_, [&] { return server_.heard(line); });
  }
  Delivery announcement(const std::string& place = "#dev") {
    Keywords keywords{{"notify_events", names({"finished"})}, {"pm_to_nicks", names({"ann"})}};
    const auto reporter = make_it(std::move(keywords));
    for (Delivery& delivery : compose(*reporter, order_of(sample_build(2)))) {
      if (delivery.lane == place) return delivery;
    }
    throw std::logic_error("no announcement for " + place);
  }
  std::string bad(Keywords keywords, Value channels = names({"#dev"})) {
    return error_of([&] { make_it(std::move(keywords), std::move(channels)); });
  }

  test::KeptThings kept_;
  chat::World world_{[] { return std::vector<std::shared_ptr<source::Source>>(); },
                     [this](const std::string& owner) {
                       owners_.push_back(owner);
                       return std::make_unique<test::FakeMemory>(kept_);
                     }};
  std::vector<std::string> owners_;
  FakeServer server_{io_};
  std::unique_ptr<chat::ConnectedReporter> reporter_;
  asio::cancellation_signal stop_;
  bool running_ = false;
  std::exception_ptr ended_;
};

TEST_F(IrcTest, ArgumentsAreBuildbots) {
  std::vector<std::string> details;
  for (const auto& argument : schema().arguments)
    details.push_back(argument.name);
  EXPECT_THAT(details, ElementsAre("host", "nick", "channels", "pm_to_nicks", "port", "allowForce", "tags",
                                   "password", "notify_events", "showBlameList", "useRevisions", "useSSL",
                                   "lostDelay", "failedDelay", "useColors", "allowShutdown",
                                   "noticeOnChannel", "authz", "digestAfter", "verify", "caFile", "username",
                                   "useSASL", "serverPassword", "saslUser"));
}

TEST_F(IrcTest, WrongShapesNameTheirArgument) {
  const auto one = [](Value value) { return Value{List{std::move(value)}}; };
  EXPECT_THAT(bad({}, one(Value{std::int64_t{7}})), HasSubstr("IRC(channels=...)"));
  EXPECT_THAT(bad({}, one(text("dev"))), HasSubstr("'dev' must begin with #"));
  EXPECT_THAT(bad({}, one(text("#a b"))), HasSubstr("'#a b' cannot be the name"));
  EXPECT_THAT(bad({}, one(dict({{"channel", text("#a")}, {"key", text("x")}}))),
              HasSubstr("'channel' and 'password'"));
  EXPECT_THAT(bad({}, one(dict({{"password", text("x")}}))), HasSubstr("cannot be the name"));
  const std::string key = bad({}, one(dict({{"channel", text("#a")}, {"password", text("s3 cret")}})));
  EXPECT_THAT(key, HasSubstr("a channel's password"));
  EXPECT_THAT(key, Not(HasSubstr("s3 cret")));
  EXPECT_EQ(bad({}, one(dict({{"channel", text("#a")}, {"password", Value{Secret("x")}}}))), "no error");
  EXPECT_EQ(bad({}, one(dict({{"channel", text("#a")}, {"password", Value{}}}))), "no error");
  EXPECT_THAT(bad({{"pm_to_nicks", names({"a b"})}}), HasSubstr("IRC(pm_to_nicks=...)"));
  EXPECT_THAT(bad({{"username", text("a b")}}), HasSubstr("IRC(username=...)"));
  EXPECT_THAT(bad({{"saslUser", text("a b")}}), HasSubstr("IRC(saslUser=...)"));
  EXPECT_THAT(bad({{"caFile", text("/nonexistent.pem")}}), HasSubstr("IRC(caFile=...)"));
  EXPECT_THAT(bad({{"notify_events", names({"never"})}}), HasSubstr("IRC(notify_events=...)"));
  EXPECT_THAT(bad({{"notify_events", dict({{"never", Value{true}}})}}), HasSubstr("'never' is not an event"));
  EXPECT_THAT(bad({{"notify_events", Value{Dict{{Value{true}}, {text("started")}}}}}),
              HasSubstr("its keys must be strings"));
  EXPECT_THAT(bad({{"allowForce", Value{true}}, {"authz", dict({{"", Value{true}}})}}),
              HasSubstr("IRC(allowForce=...)"));
  const auto refused = [&](const char* name, Value value) {
    Keywords keywords{{"host", text("h")}, {"nick", text("bot")}, {"channels", names({})}};
    std::erase_if(keywords, [&](const auto& one_of) { return one_of.first == name; });
    keywords.emplace_back(name, std::move(value));
    return error_of([&] { make(bind(schema(), std::move(keywords)), {environment()}); });
  };
  EXPECT_THAT(refused("host", text("a b")), HasSubstr("IRC(host=...)"));
  EXPECT_THAT(refused("nick", text("a!b")), HasSubstr("IRC(nick=...)"));
  EXPECT_THAT(refused("port", Value{std::int64_t{0}}), HasSubstr("IRC(port=...)"));
  EXPECT_THAT(refused("lostDelay", Value{-1.0}), HasSubstr("IRC(lostDelay=...)"));
  EXPECT_EQ(refused("failedDelay", Value{std::int64_t{7}}), "no error");
}

TEST_F(IrcTest, TakesTheKeysOfADictionaryOfEvents) {
  const auto reporter =
      make_it({{"notify_events", dict({{"problem", Value{std::int64_t{1}}}, {"finished", Value{false}}})},
               {"useSASL", Value{true}}});
  const auto deliveries = compose(*reporter, order_of(sample_build(2)));
  ASSERT_EQ(deliveries.size(), 1U);
  EXPECT_EQ(deliveries[0].lane, "#dev");
}

TEST_F(IrcTest, WordsAnnouncementsForTheConfiguredPlaces) {
  Keywords keywords{{"notify_events", names({"problem", "finished"})}, {"pm_to_nicks", names({"Ann"})}};
  const auto reporter = make_it(std::move(keywords));
  EXPECT_TRUE(reporter->audience()->compares());
  EXPECT_TRUE(reporter->needs().previous_build);
  EXPECT_FALSE(reporter->overdue({}, 0, 599'999));
  EXPECT_TRUE(reporter->overdue({}, 0, 600'000));
  const auto deliveries = compose(*reporter, order_of(sample_build(2)));
  ASSERT_EQ(deliveries.size(), 2U);
  EXPECT_EQ(deliveries[0].lane, "#dev");
  EXPECT_EQ(deliveries[0].target, "irc 127.0.0.1 #dev");
  EXPECT_EQ(deliveries[1].lane, "ann");
  EXPECT_TRUE(reporter->digest(deliveries));
  EXPECT_THAT(owners_, ElementsAre("irc 127.0.0.1:" + std::to_string(server_.port()) + " bot"));
}

TEST_F(IrcTest, AMessageIsDeliveredWhenTheServerHasTakenIt) {
  const Delivery delivery = announcement();
  start();
  const auto receipt = send(*reporter_, delivery);
  ASSERT_TRUE(receipt) << receipt.error().what;
  EXPECT_TRUE(receipt->parts.empty());
  EXPECT_TRUE(
      server_.heard("PRIVMSG #dev :Build #3 of linux \x03"
                    "04failed\x0f: failed 'make' "
                    "http://ci.example.org/#builders/2/builds/3"));
}

TEST_F(IrcTest, NoticesAndPlainTextWhereTheyAreWanted) {
  const Delivery to_channel = announcement();
  const Delivery to_ann = announcement("ann");
  start({{"noticeOnChannel", Value{true}}, {"useColors", Value{false}}});
  ASSERT_TRUE(send(*reporter_, to_channel));
  ASSERT_TRUE(send(*reporter_, to_ann));
  const std::string words =
      ":Build #3 of linux failed: failed 'make' http://ci.example.org/#builders/2/builds/3";
  EXPECT_TRUE(server_.heard("NOTICE #dev " + words));
  EXPECT_TRUE(server_.heard("PRIVMSG ann " + words));
}

TEST_F(IrcTest, WhoIsNotThereIsTriedAgain) {
  const Delivery to_channel = announcement();
  const Delivery to_ann = announcement("ann");
  server_.refusals = {{"PRIVMSG ann", "401 No such nick"}, {"PRIVMSG #dev", "404 Cannot send to channel"}};
  start();
  for (const auto& [delivery, part, why] : {std::tuple(to_ann, "ann", "401 No such nick"),
                                            std::tuple(to_channel, "#dev", "404 Cannot send to channel")}) {
    const auto receipt = send(*reporter_, delivery);
    ASSERT_TRUE(receipt);
    ASSERT_EQ(receipt->parts.size(), 1U);
    EXPECT_EQ(receipt->parts[0].name, part);
    EXPECT_EQ(receipt->parts[0].outcome, ReceiptPart::Outcome::retry);
    EXPECT_EQ(receipt->parts[0].answer, why);
  }
}

TEST_F(IrcTest, AChannelWithoutColoursIsToldWithoutThem) {
  const Delivery delivery = announcement();
  server_.colorless = {"#dev"};
  start();
  const std::string words =
      "PRIVMSG #dev :Build #3 of linux failed: failed 'make' http://ci.example.org/#builders/2/builds/3";
  for (int i = 1; i <= 2; ++i) {
    const auto receipt = send(*reporter_, delivery);
    ASSERT_TRUE(receipt);
    EXPECT_TRUE(receipt->parts.empty());
    EXPECT_EQ(std::count(server_.said.begin(), server_.said.end(), words), i);
  }
  const auto colored = std::count_if(server_.said.begin(), server_.said.end(), [](const std::string& line) {
    return line.find('\x03') != std::string::npos;
  });
  EXPECT_EQ(colored, 1) << "then it is known";
}

TEST_F(IrcTest, ARefusalForAnotherReasonIsTriedOnceWithoutColours) {
  const Delivery delivery = announcement();
  server_.refusals["PRIVMSG #dev"] = "404 Cannot send to channel (+m)";
  start();
  for (int i = 1; i <= 2; ++i) {
    const auto receipt = send(*reporter_, delivery);
    ASSERT_TRUE(receipt);
    ASSERT_EQ(receipt->parts.size(), 1U);
    EXPECT_EQ(receipt->parts[0].answer, "404 Cannot send to channel (+m)");
  }
  server_.refusals.clear();
  ASSERT_TRUE(send(*reporter_, delivery));
  EXPECT_THAT(server_.said.back(), HasSubstr("\x03")) << "it was not about colours";
}

TEST_F(IrcTest, APingOfAPersonIsAnswered) {
  start();
  ASSERT_TRUE(send(*reporter_, announcement()));
  server_.say(":ann!a@h PRIVMSG bot :\x01PING 17\x01");
  EXPECT_TRUE(wait_for("NOTICE ann :\x01PING 17\x01"));
}

TEST_F(IrcTest, AChannelThatIsClosedToUsIsTriedAgain) {
  const Delivery delivery = announcement();
  server_.refusals["JOIN #Dev"] = "475 Cannot join channel (+k)";
  start();
  const auto receipt = send(*reporter_, delivery);
  ASSERT_TRUE(receipt);
  ASSERT_EQ(receipt->parts.size(), 1U);
  EXPECT_EQ(receipt->parts[0].outcome, ReceiptPart::Outcome::retry);
  EXPECT_EQ(receipt->parts[0].answer, "not in the channel: 475 Cannot join channel (+k)");
}

TEST_F(IrcTest, WithoutAConnectionNothingIsDelivered) {
  const Delivery delivery = announcement();
  reporter_ = make_it();
  const auto never = send(*reporter_, delivery);
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().kind, Failure::Kind::unreachable);
  EXPECT_EQ(never.error().what,
            "127.0.0.1:" + std::to_string(server_.port()) + ": not connected: not connected yet");
}

TEST_F(IrcTest, AConnectionThatIsLostBeforeThePongLeavesItOpen) {
  const Delivery delivery = announcement();
  const Delivery to_ann = announcement("ann");
  server_.lurkers = {"ann"};
  start();
  ASSERT_TRUE(test::run_until(io_, [&] { return server_.heard("JOIN #Dev"); }));
  const auto lost = send(*reporter_, to_ann);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, Failure::Kind::unreachable);
  EXPECT_THAT(lost.error().what, HasSubstr("before the server had dealt with it"));
  // It comes back by itself.
  const auto sent = send(*reporter_, delivery);
  EXPECT_TRUE(sent) << sent.error().what;
  EXPECT_EQ(server_.connections, 2);
}

TEST_F(IrcTest, WhatIsNoAnnouncementOrHasNoPlaceIsRefused) {
  start();
  Delivery delivery = announcement();
  for (const char* payload : {"", "{}", "[]", R"({"place": "#dev"})"}) {
    delivery.payload = payload;
    EXPECT_EQ(send(*reporter_, delivery).error().kind, Failure::Kind::rejected) << payload;
  }
  for (const char* place : {"", "a b", "x\r\nQUIT", "#else", "#a b", "*", ":x"}) {
    delivery.payload = json::serialize(json::object{{"place", place}, {"text", json::array()}});
    EXPECT_EQ(send(*reporter_, delivery).error().kind, Failure::Kind::rejected) << place;
  }
  EXPECT_FALSE(server_.heard("QUIT"));
}

TEST_F(IrcTest, SaysGoodbye) {
  start();
  ASSERT_TRUE(send(*reporter_, announcement()));
  stop_.emit(asio::cancellation_type::terminal);
  ASSERT_TRUE(test::run_until(io_, [&] { return !running_ && server_.heard("QUIT :Carillon is leaving"); }));
  EXPECT_TRUE(ended_) << "the cancellation passes through";
  EXPECT_EQ(send(*reporter_, announcement()).error().kind, Failure::Kind::unreachable);
}

TEST_F(IrcTest, CommandsAreAnsweredWhereTheyWereGiven) {
  start();
  ASSERT_TRUE(send(*reporter_, announcement()));
  server_.say(":ann!a@h PRIVMSG #dev :Bot, version");
  EXPECT_TRUE(wait_for("PRIVMSG #dev :This is Carillon " CARILLON_VERSION " at your service"));
  server_.say(":Cay!a@h PRIVMSG bot :!version");
  EXPECT_TRUE(wait_for("PRIVMSG Cay :This is Carillon " CARILLON_VERSION " at your service"));
  server_.say(
      ":ann!a@h PRIVMSG #dev :\x01"
      "ACTION hugs bot\x01");
  EXPECT_TRUE(
      wait_for("PRIVMSG #dev :\x01"
               "ACTION hugs ann too\x01"));
  const auto before = server_.said.size();
  server_.say(":ann!a@h NOTICE bot :version");
  server_.say(":ann!a@h PRIVMSG #dev :version");
  server_.say(
      ":ann!a@h PRIVMSG bot :\x01"
      "VERSION\x01");
  server_.say(":ann!a@h PRIVMSG bot :bot: hustle");
  EXPECT_TRUE(test::run_until(io_, [&] { return server_.said.size() > before; }));
  EXPECT_EQ(server_.said.size(), before + 1);
  EXPECT_THAT(server_.said.back(), HasSubstr("PRIVMSG ann :"));
}

TEST_F(IrcTest, OperatorsMayWhatOthersMayNot) {
  start();
  ASSERT_TRUE(send(*reporter_, announcement()));
  server_.say(":ben!b@h PRIVMSG #dev :bot: notify on failure");
  ASSERT_TRUE(test::run_until(io_, [&] { return server_.said.back().find("ben") != std::string::npos; }));
  EXPECT_TRUE(
      reporter_->audience()->decide(EventKind::build_finished, "ci", facts_of(sample_build(2)), {}).outcome ==
      Decision::Outcome::ignore);
  server_.say(":ann!b@h PRIVMSG #dev :bot: notify on failure");
  EXPECT_TRUE(wait_for("PRIVMSG #dev :The following events are being notified: failure."));
  EXPECT_TRUE(kept_.by_key.contains("subscriptions"));
}

TEST_F(IrcTest, AnAccountIsAskedForWhereItMatters) {
  server_.accounts = {{"ann", "Annie"}};
  start({{"authz", dict({{"version", names({"account:annie"})}})}});
  ASSERT_TRUE(send(*reporter_, announcement()));
  server_.say(":ann!a@h PRIVMSG bot :version");
  EXPECT_TRUE(wait_for("WHOIS ann"));
  EXPECT_TRUE(wait_for("PRIVMSG ann :This is Carillon " CARILLON_VERSION " at your service"));
  server_.say(":ben!a@h PRIVMSG bot :version");
  EXPECT_TRUE(wait_for("WHOIS ben"));
  EXPECT_TRUE(
      test::run_until(io_, [&] { return server_.said.back().starts_with("PRIVMSG ben :You shall not"); }));
}

TEST_F(IrcTest, ChannelsJoinedAtRunTimeAreKept) {
  server_.refusals["JOIN #closed"] = "473 Cannot join channel (+i)";
  const Value all = dict({{"!", Value{true}}});
  start({{"authz", all}});
  ASSERT_TRUE(send(*reporter_, announcement()));
  server_.say(":ann!a@h PRIVMSG bot :join #new key");
  EXPECT_TRUE(wait_for("JOIN #new key"));
  EXPECT_TRUE(wait_for("PRIVMSG ann :I have joined #new."));
  server_.say(":ann!a@h PRIVMSG bot :join #closed");
  EXPECT_TRUE(wait_for("PRIVMSG ann :I cannot join #closed: 473 Cannot join channel (+i)"));
  server_.say(":ann!a@h PRIVMSG bot :join new");
  EXPECT_TRUE(wait_for("PRIVMSG ann :I cannot join new: that is not the name of a channel"));
  EXPECT_EQ(kept_.by_key.at("channels").first, json::parse(R"({"#new": "key"})"));
  // After a restart it is there again.
  stop_.emit(asio::cancellation_type::terminal);
  ASSERT_TRUE(test::run_until(io_, [&] { return !running_; }));
  server_.said.clear();
  start({{"authz", all}});
  EXPECT_TRUE(wait_for("JOIN #new key"));
  ASSERT_TRUE(send(*reporter_, announcement()));
  server_.say(":ann!a@h PRIVMSG bot :leave #NEW");
  EXPECT_TRUE(wait_for("PART #NEW"));
  EXPECT_TRUE(wait_for("PRIVMSG ann :I have left #NEW."));
  EXPECT_EQ(kept_.by_key.at("channels").first, json::parse("{}"));
  // A configured one comes back only with the next start; what is for it is not put off for ever.
  server_.say(":ann!a@h PRIVMSG bot :leave #dev");
  EXPECT_TRUE(wait_for("PART #dev"));
  EXPECT_EQ(send(*reporter_, announcement()).error().kind, Failure::Kind::rejected);
}

}  // namespace
}  // namespace carillon::reporter::irc
