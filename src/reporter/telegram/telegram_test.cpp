#include "reporter/telegram/telegram.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "reporter/telegram/telegram_fixture.hpp"
#include "reporter/telegram/telegram_receiver.hpp"
#include "reporter/webhooks.hpp"

namespace carillon::reporter::telegram {
namespace {

using settings::List;
using settings::Value;
using test::text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Value numbers(std::vector<std::int64_t> ids) {
  List list;
  for (const std::int64_t id : ids)
    list.push_back(Value{id});
  return Value{std::move(list)};
}

class TelegramTest : public TelegramFixture {
 protected:
  std::unique_ptr<chat::ConnectedReporter> make_it(test::Keywords keywords = {}) {
    return make(arguments(std::move(keywords)), bot_environment());
  }
  std::unique_ptr<chat::ConnectedReporter> announcer() {
    return make_it({{"chat_ids", numbers({-5, 12})}, {"notify_events", Value{List{text("finished")}}}});
  }
  std::string refused(test::Keywords keywords) {
    return error_of([&] { make_it(std::move(keywords)); });
  }
  // Of the first delivery.
  Result<Receipt> sent(Reporter& reporter) {
    return send(reporter, compose(reporter, test::order_of(test::sample_build(2))).at(0));
  }
};

TEST_F(TelegramTest, ArgumentsAreInBuildbotsOrder) {
  std::vector<std::string> names;
  for (const settings::Argument& argument : schema().arguments)
    names.push_back(argument.name);
  EXPECT_THAT(names, ElementsAre("bot_token", "chat_ids", "authz", "bot_username", "tags", "notify_events",
                                 "showBlameList", "useRevisions", "useWebhook", "certificate", "pollTimeout",
                                 "retryDelay", "usePolling", "baseURL", "verify", "digestAfter"));
}

TEST_F(TelegramTest, SettingsAreRead) {
  const auto read = [&](test::Keywords keywords) {
    return read_settings(arguments(std::move(keywords)), {"T", "https://ci.example.org/"});
  };
  const TelegramSettings usual = read({});
  EXPECT_EQ(usual.base_url, "https://api.telegram.org");
  EXPECT_EQ(usual.poll_timeout, std::chrono::seconds(50)) << "120 is more than Telegram takes";
  EXPECT_EQ(usual.retry_delay, std::chrono::seconds(30));
  EXPECT_FALSE(usual.webhook);
  EXPECT_TRUE(usual.verify);
  EXPECT_FALSE(usual.bot.show_blame_list);
  const TelegramSettings other =
      read({{"chat_ids", Value{List{Value{std::int64_t{-5}}, text("12"), text("@bells"), text("-5"),
                                    text("-100123/7"), text("-100123/1")}}},
            {"bot_username", text("@BellsBot")},
            {"pollTimeout", Value{std::int64_t{7}}},
            {"retryDelay", Value{0.25}},
            {"usePolling", Value{true}},
            {"baseURL", text("http://127.0.0.1:8081/")}});
  EXPECT_THAT(other.bot.places, ElementsAre("-5", "12", "@bells", "-100123/7", "-100123"));
  EXPECT_EQ(other.username, "BellsBot");
  EXPECT_EQ(other.poll_timeout, std::chrono::seconds(7));
  EXPECT_EQ(other.retry_delay, std::chrono::milliseconds(250));
  EXPECT_EQ(other.base_url, "http://127.0.0.1:8081");
  const TelegramSettings hook = read({{"useWebhook", Value{true}}});
  EXPECT_EQ(hook.webhook_url, std::string("https://ci.example.org/telegram") + token);
}

TEST_F(TelegramTest, WhatCannotWorkIsRefused) {
  EXPECT_THAT(refused({{"chat_ids", Value{List{text("bells")}}}}), HasSubstr("not 'bells'"));
  EXPECT_THAT(refused({{"chat_ids", Value{List{text("-5/x")}}}}), HasSubstr("not '-5/x'"));
  EXPECT_THAT(refused({{"chat_ids", Value{List{Value{1.5}}}}}), HasSubstr("TelegramBot(chat_ids=...)"));
  EXPECT_THAT(refused({{"notify_events", Value{List{text("boom")}}}}), HasSubstr("boom"));
  EXPECT_THAT(refused({{"pollTimeout", Value{std::int64_t{0}}}}), HasSubstr("at least 1 second"));
  EXPECT_THAT(refused({{"retryDelay", Value{-1.0}}}), HasSubstr("more than 0 seconds"));
  EXPECT_THAT(refused({{"usePolling", Value{false}}}), HasSubstr("hear nothing"));
  EXPECT_THAT(refused({{"useWebhook", Value{true}}, {"usePolling", Value{true}}}),
              HasSubstr("together with useWebhook"));
  EXPECT_THAT(refused({{"useWebhook", Value{true}}}), HasSubstr("https only"));
  EXPECT_THAT(refused({{"useWebhook", Value{true}}, {"baseURL", text("http://h")}}), HasSubstr("web server"));
  EXPECT_THAT(refused({{"useWebhook", Value{true}},
                       {"baseURL", text("http://h")},
                       {"certificate", text("/etc/ssl/cert.pem")}}),
              HasSubstr("content of a PEM file"));
  settings::Call call;
  call.class_name = "TelegramBot";
  call.where = "x.cfg:3";
  call.keywords.emplace_back("bot_token", text("1:s3cret/../x"));
  const std::string error =
      error_of([&] { make(settings::Arguments::bind(schema(), call), bot_environment()); });
  EXPECT_THAT(error, HasSubstr("TelegramBot(bot_token=...): is not a token"));
  EXPECT_THAT(error, Not(HasSubstr("s3cret")));
}

TEST_F(TelegramTest, NamesInAuthzAreToldOf) {
  settings::Dict rules;
  rules.keys = {text("force"), text("stop")};
  rules.values = {text("ann"), Value{List{Value{std::int64_t{12}}, text("@bob"), text("13")}}};
  EXPECT_THAT(odd_names(arguments({{"authz", Value{rules}}})), ElementsAre("ann", "@bob"));
}

TEST_F(TelegramTest, NumbersThatManyShareAreRefusedInAuthz) {
  for (const std::int64_t number : {1087968824, 136817688, 777000}) {
    settings::Dict rules;
    rules.keys = {text("force")};
    rules.values = {Value{List{Value{std::int64_t{12}}, Value{number}}}};
    const std::string why = refused({{"authz", Value{rules}}});
    EXPECT_THAT(why, HasSubstr("TelegramBot(authz=...): " + std::to_string(number) + " is the number of "));
    EXPECT_THAT(why, HasSubstr("/getid"));
    rules.values = {text(std::to_string(number))};
    EXPECT_THAT(refused({{"authz", Value{rules}}}), HasSubstr("also of strangers"));
  }
}

TEST_F(TelegramTest, AnnouncesInATopicAndInTheChatWhenThatIsClosed) {
  const auto reporter =
      make_it({{"chat_ids", text("-100123/7")}, {"notify_events", Value{List{text("finished")}}}});
  const auto deliveries = compose(*reporter, test::order_of(test::sample_build(2)));
  ASSERT_EQ(deliveries.size(), 1U);
  EXPECT_EQ(deliveries[0].target, "telegram -100123/7");
  const auto receipt = send(*reporter, deliveries[0]);
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->answer, "200");
  ASSERT_EQ(api_.calls.size(), 1U);
  EXPECT_EQ(api_.calls[0].parameters.at("chat_id"), -100123);
  EXPECT_EQ(api_.calls[0].parameters.at("message_thread_id"), 7);
  api_.refuse("sendMessage", 400, "Bad Request: TOPIC_CLOSED");
  clock_.advance(10'000);
  const auto fallen = send(*reporter, deliveries[0]);
  ASSERT_TRUE(fallen);
  EXPECT_EQ(fallen->answer, "200, in the chat itself: its topic 7 is closed or gone");
  EXPECT_FALSE(api_.calls.back().parameters.contains("message_thread_id"));
  // General is closed, too.
  api_.refuse("sendMessage", 400, "Bad Request: TOPIC_CLOSED");
  api_.refuse("sendMessage", 400, "Bad Request: TOPIC_CLOSED");
  clock_.advance(10'000);
  const auto closed = send(*reporter, deliveries[0]);
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().kind, Failure::Kind::rejected);
}

TEST_F(TelegramTest, AnnouncesABuildToEachChat) {
  const auto reporter = announcer();
  const auto deliveries = compose(*reporter, test::order_of(test::sample_build(2)));
  ASSERT_EQ(deliveries.size(), 2U);
  EXPECT_EQ(deliveries[0].key, "telegram ci/builds/7/finished -5");
  EXPECT_EQ(deliveries[0].lane, "-5");
  EXPECT_EQ(deliveries[0].target, "telegram -5");
  EXPECT_EQ(deliveries[1].target, "telegram 12");
  const auto receipt = send(*reporter, deliveries[0]);
  ASSERT_TRUE(receipt) << receipt.error().what;
  EXPECT_TRUE(receipt->parts.empty());
  ASSERT_EQ(api_.calls.size(), 1U);
  EXPECT_EQ(api_.calls[0].parameters.at("chat_id"), -5);
  EXPECT_EQ(api_.last_text(),
            "Build <a href=\"http://ci.example.org/#builders/2/builds/3\">#3</a> of <code>linux</code> "
            "failed\u2757: failed 'make'");
}

TEST_F(TelegramTest, FailuresSayWhetherToTryAgain) {
  const auto reporter = announcer();
  const auto kind = [&] {
    clock_.advance(120'000);
    const auto outcome = sent(*reporter);
    EXPECT_FALSE(outcome);
    EXPECT_THAT(outcome ? "" : outcome.error().what, Not(HasSubstr("s3cret")));
    return outcome ? Failure::Kind::rejected : outcome.error().kind;
  };
  api_.refuse("sendMessage", 403, "Forbidden: bot was kicked from the group chat");
  EXPECT_EQ(kind(), Failure::Kind::rejected);
  api_.refuse("sendMessage", 400, "Bad Request: chat not found");
  EXPECT_EQ(kind(), Failure::Kind::rejected);
  api_.refuse("sendMessage", 500, "Internal Server Error");
  EXPECT_EQ(kind(), Failure::Kind::unreachable);
  api_.script["sendMessage"].emplace_back(
      unreachable(std::string("POST https://api.telegram.org/bot") + token + "/sendMessage: no route"));
  EXPECT_EQ(kind(), Failure::Kind::unreachable);
  api_.refuse("sendMessage", 429, "Too Many Requests: retry after 7", R"({"retry_after": 7})");
  EXPECT_EQ(kind(), Failure::Kind::throttled);
}

TEST_F(TelegramTest, A429HoldsTheChatUntilItsTime) {
  const auto reporter = announcer();
  api_.refuse("sendMessage", 429, "Too Many Requests: retry after 7", R"({"retry_after": 7})");
  EXPECT_EQ(sent(*reporter).error().retry_after, std::chrono::seconds(7));
  clock_.advance(1000);
  const auto early = sent(*reporter);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().kind, Failure::Kind::throttled);
  EXPECT_EQ(early.error().retry_after, std::chrono::seconds(6));
  EXPECT_EQ(api_.calls.size(), 1U);
  clock_.advance(6000);
  EXPECT_TRUE(sent(*reporter));
}

TEST_F(TelegramTest, AGroupThatHasMovedIsFollowed) {
  const auto reporter = announcer();
  api_.refuse("sendMessage", 400, "Bad Request: group chat was upgraded to a supergroup chat",
              R"({"migrate_to_chat_id": -1005})");
  EXPECT_TRUE(sent(*reporter));
  ASSERT_EQ(api_.calls.size(), 2U);
  EXPECT_EQ(api_.calls[1].parameters.at("chat_id"), -1005);
  EXPECT_EQ(kept_.by_key.at("moved/-5").first, "-1005");
  const auto later = compose(*reporter, test::order_of(test::sample_build(2)));
  EXPECT_EQ(later.at(0).target, "telegram -1005");
}

TEST_F(TelegramTest, OfSeveralMessagesNoneIsSentTwice) {
  const auto reporter = announcer();
  Delivery delivery = compose(*reporter, test::order_of(test::sample_build(2))).at(0);
  chat::Text words;
  for (int i = 0; i < 600; ++i)
    words.plain("a line of some words\n");
  delivery.payload = json::serialize(json::object{{"place", "-5"}, {"at", 0}, {"text", words.to_json()}});
  api_.answer("sendMessage", 200, R"({"ok": true, "result": {}})");
  api_.refuse("sendMessage", 500, "Internal Server Error");
  const auto first = send(*reporter, delivery);
  ASSERT_TRUE(first) << first.error().what;
  ASSERT_EQ(first->parts.size(), 2U);
  EXPECT_EQ(first->parts[0].outcome, ReceiptPart::Outcome::delivered);
  EXPECT_EQ(first->parts[1].outcome, ReceiptPart::Outcome::retry);
  delivery.settled = {first->parts[0].name};
  clock_.advance(10'000);
  const auto second = send(*reporter, delivery);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->parts.size(), 3U);
  EXPECT_EQ(api_.calls.size(), 5U);
}

TEST_F(TelegramTest, AnythingElseIsNoAnnouncement) {
  const auto reporter = announcer();
  for (const char* payload : {"", "[]", "{}", R"({"place": 5, "text": []})"}) {
    Delivery delivery;
    delivery.payload = payload;
    EXPECT_EQ(send(*reporter, delivery).error().kind, Failure::Kind::rejected);
  }
}

TEST_F(TelegramTest, SecretsAreComparedWhole) {
  EXPECT_TRUE(same_secret("abc", "abc"));
  for (const char* other : {"", "a", "abd", "abcd", "abcabc"}) {
    EXPECT_FALSE(same_secret(other, "abc")) << other;
    EXPECT_FALSE(same_secret("abc", other)) << other;
  }
}

TEST_F(TelegramTest, AWebhookNeedsAPortThatTelegramCalls) {
  const auto read = [&](const std::string& url) {
    return error_of([&] { read_settings(arguments({{"useWebhook", Value{true}}}), {"T", url}); });
  };
  for (const char* url :
       {"https://h/", "https://h:443/", "https://h:88/bb/", "https://[::1]:8443/", "https://[::1]/"})
    EXPECT_EQ(read(url), "no error") << url;
  for (const char* url : {"https://h:8010/", "https://[::1]:8020/bb", "https://h:8020"})
    EXPECT_THAT(read(url), HasSubstr("443, 80, 88 and 8443 only")) << url;
}

class FakeWebhooks final : public Webhooks {
 public:
  std::map<std::string, Handler> handlers;
  std::shared_ptr<void> add(std::string path, Handler handler) override {
    handlers[path] = std::move(handler);
    return {nullptr, [this, path](void*) { handlers.erase(path); }};
  }
};

class RunningTest : public TelegramTest {
 protected:
  void start(test::Keywords keywords = {}, const Log* log = nullptr) {
    keywords.emplace_back("bot_username", text("BellsBot"));
    keywords.emplace_back("retryDelay", Value{0.01});
    chat::Environment environment = bot_environment(log);
    environment.webhooks = &webhooks_;
    bot_ = make(arguments(std::move(keywords)), environment);
    asio::co_spawn(io_, bot_->run(), asio::bind_cancellation_slot(cancel_.slot(), [this](std::exception_ptr) {
                     ended_ = true;
                   }));
  }
  void stop() {
    cancel_.emit(asio::cancellation_type::terminal);
    EXPECT_TRUE(test::run_until(io_, [&] { return ended_; }));
  }
  bool called(std::string_view method, std::size_t count = 1) {
    return test::run_until(io_, [&] { return api_.of(method).size() >= count; });
  }
  void updates(json::array list) {
    api_.answer("getUpdates", 200, json::serialize(json::object{{"ok", true}, {"result", std::move(list)}}));
  }
  int post(const std::string& secret, const std::string& body) {
    Webhooks::Call call;
    call.body = body;
    if (!secret.empty()) call.headers["x-telegram-bot-api-secret-token"] = secret;
    return test::run(io_, webhooks_.handlers.begin()->second(std::move(call)));
  }

  FakeWebhooks webhooks_;
  std::unique_ptr<chat::ConnectedReporter> bot_;
  asio::cancellation_signal cancel_;
  bool ended_ = false;
};

TEST_F(RunningTest, PollsAndConfirmsWhatItHasKept) {
  updates({message("/getid"), message("/hello")});
  start();
  ASSERT_TRUE(called("getUpdates", 2));
  EXPECT_EQ(api_.calls[0].method, "deleteWebhook");
  const auto polls = api_.of("getUpdates");
  EXPECT_FALSE(polls[0].parameters.contains("offset"));
  EXPECT_EQ(polls[0].parameters.at("timeout"), 50);
  EXPECT_EQ(polls[1].parameters.at("offset"), 3);
  ASSERT_TRUE(called("sendMessage", 2));
  stop();
}

TEST_F(RunningTest, ConflictsAreToldOnceAndTriedAgain) {
  for (int i = 0; i < 3; ++i)
    api_.refuse("getUpdates", 409, "Conflict: terminated by other getUpdates request");
  const Log log(Log::Level::warning, redactor_);
  testing::internal::CaptureStderr();
  start({}, &log);
  const bool four_times = called("getUpdates", 4);
  const std::string told = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(four_times);
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 1) << told;
  EXPECT_THAT(told, HasSubstr("another program receives with this token"));
  EXPECT_EQ(api_.of("deleteWebhook").size(), 1U);
  stop();
}

TEST_F(RunningTest, AWebhookOfSomebodyElseIsTakenAway) {
  api_.refuse("getUpdates", 409, "Conflict: can't use getUpdates method while webhook is active");
  start();
  ASSERT_TRUE(called("deleteWebhook", 2));
  ASSERT_TRUE(called("getUpdates", 2));
  stop();
}

TEST_F(RunningTest, AMemoryThatFailsConfirmsNothing) {
  updates({message("/getid")});
  updates({message("/getid")});
  int polls = 0;
  start();
  api_.on_call = [&](const FakeApi::Call& call) {
    if (call.method != "getUpdates") return;
    kept_.failure.reset();
    if (++polls == 1) kept_.failure = Failure{Failure::Kind::unreachable, "disk full", std::nullopt};
  };
  ASSERT_TRUE(called("getUpdates", 3));
  EXPECT_FALSE(api_.of("getUpdates")[1].parameters.contains("offset"));
  EXPECT_EQ(api_.of("getUpdates")[2].parameters.at("offset"), 3);
  ASSERT_TRUE(called("sendMessage"));
  stop();
}

TEST_F(RunningTest, AsksForItsNameWhenItHasNone) {
  chat::Environment environment = bot_environment();
  api_.script["getMe"].emplace_back(unreachable("no route"));
  api_.answer("getMe", 200, R"({"ok": true, "result": {"id": 99, "username": "NamedBot"}})");
  updates({message("/getid@NamedBot")});
  bot_ = make(arguments({{"retryDelay", Value{0.01}}}), environment);
  asio::co_spawn(io_, bot_->run(),
                 asio::bind_cancellation_slot(cancel_.slot(), [this](std::exception_ptr) { ended_ = true; }));
  ASSERT_TRUE(called("sendMessage"));
  EXPECT_EQ(api_.of("getMe").size(), 2U);
  stop();
}

TEST_F(RunningTest, TheWebhookWantsItsSecret) {
  start({{"useWebhook", Value{true}},
         {"baseURL", text("http://127.0.0.1:1")},
         {"certificate", text("-----BEGIN CERTIFICATE-----\nx\n")}});
  ASSERT_TRUE(called("setWebhook"));
  const auto call = api_.of("setWebhook").at(0);
  EXPECT_THAT(call.content_type, testing::StartsWith("multipart/form-data; boundary="));
  EXPECT_THAT(call.body, HasSubstr("name=\"certificate\"; filename=\"certificate.pem\""));
  EXPECT_THAT(call.body, HasSubstr("-----BEGIN CERTIFICATE-----\nx\n"));
  EXPECT_THAT(call.body,
              HasSubstr(std::string("name=\"url\"\r\n\r\nhttp://carillon/telegram") + token + "\r\n"));
  const std::string secret(kept_.by_key.at("webhook").first.as_string());
  EXPECT_EQ(secret.size(), 64U);
  EXPECT_THAT(call.body, HasSubstr(secret));
  ASSERT_EQ(webhooks_.handlers.begin()->first, std::string("/telegram") + token);

  const std::string body = json::serialize(message("/getid"));
  EXPECT_EQ(post("", body), 403);
  EXPECT_EQ(post(secret + "x", body), 403);
  EXPECT_EQ(post(secret, "{"), 400);
  EXPECT_EQ(post(secret, "{}"), 200);
  EXPECT_TRUE(api_.of("sendMessage").empty());
  EXPECT_EQ(post(secret, body), 200);
  EXPECT_EQ(post(secret, body), 200);
  ASSERT_TRUE(called("sendMessage"));
  EXPECT_EQ(api_.of("sendMessage").size(), 1U) << "the same update once";
  kept_.failure = Failure{Failure::Kind::unreachable, "disk full", std::nullopt};
  EXPECT_EQ(post(secret, json::serialize(message("/getid"))), 503);
  kept_.failure.reset();
  stop();
  EXPECT_TRUE(webhooks_.handlers.empty());
  EXPECT_TRUE(api_.of("deleteWebhook").empty()) << "updates wait at Telegram meanwhile";
}

TEST_F(RunningTest, TheWebhookIsFoundWithAndWithoutThePathOfTheSite) {
  chat::Environment environment = bot_environment();
  environment.webhooks = &webhooks_;
  environment.site.buildbot_url = "https://ci.example.org/bb/";
  bot_ = make(arguments({{"bot_username", text("BellsBot")}, {"useWebhook", Value{true}}}), environment);
  asio::co_spawn(io_, bot_->run(),
                 asio::bind_cancellation_slot(cancel_.slot(), [this](std::exception_ptr) { ended_ = true; }));
  ASSERT_TRUE(called("setWebhook"));
  EXPECT_EQ(std::string(api_.of("setWebhook").at(0).parameters.at("url").as_string()),
            std::string("https://ci.example.org/bb/telegram") + token);
  std::vector<std::string> paths;
  for (const auto& [path, handler] : webhooks_.handlers)
    paths.push_back(path);
  EXPECT_THAT(paths, ElementsAre(std::string("/bb/telegram") + token, std::string("/telegram") + token));
  stop();
  EXPECT_TRUE(webhooks_.handlers.empty());
}

}  // namespace
}  // namespace carillon::reporter::telegram
