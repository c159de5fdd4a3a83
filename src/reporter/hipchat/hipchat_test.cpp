#include "reporter/hipchat/hipchat.hpp"

#include <gmock/gmock.h>

#include "fakes/reporter_fixture.hpp"

namespace carillon::reporter::hipchat {
namespace {

using settings::Value;
using test::Keywords;
using test::order_of;
using test::sample_build;
using test::text;
using testing::HasSubstr;
using testing::Not;

constexpr const char* secret = "t0ken/+ secret";
constexpr const char* url = "http://ci.example.org/#builders/2/builds/3";

Value map_of(std::string builder, Value id) {
  settings::Dict dict;
  dict.keys.push_back(text(std::move(builder)));
  dict.values.push_back(std::move(id));
  return Value{std::move(dict)};
}

std::string said(const json::object& object, const char* key) {
  return std::string(object.at(key).as_string());
}

class HipChatTest : public test::ReporterTest {
 protected:
  std::unique_ptr<Reporter> make_it(Keywords keywords, settings::ObjectPtr self = nullptr) {
    keywords.emplace_back("auth_token", text(secret));
    return make(bind(schema(), std::move(keywords), std::move(self)), environment());
  }
  // To room 7.
  std::unique_ptr<Reporter> to_room(settings::ObjectPtr self = nullptr) {
    return make_it({{"builder_room_map", map_of("linux", text("7"))}}, std::move(self));
  }
  std::string refused(Keywords keywords) {
    return error_of([&] { make_it(std::move(keywords)); });
  }
  static json::object body(const Delivery& delivery) {
    return json::parse(delivery.payload).at("body").as_object();
  }
  // A subclass whose methods answer so.
  static std::shared_ptr<test::FakeObject> subclass(
      std::vector<std::pair<std::string, Result<json::value>>> methods) {
    auto self = std::make_shared<test::FakeObject>();
    for (const auto& [name, answer] : methods)
      self->overridden.push_back(name);
    self->by_method = std::move(methods);
    return self;
  }
  // The one delivery to room 7 with this answer of getExtraParams.
  Delivery with_extra(const char* answer) {
    auto reporter = to_room(subclass({{"getExtraParams", json::parse(answer)}}));
    return compose(*reporter, order_of(sample_build(0))).at(0);
  }
};

TEST_F(HipChatTest, TheDefaultMessageIsTheManuals) {
  const std::vector<std::string> words = {"success",   "warnings", "failure",  "skipped",
                                          "exception", "retry",    "cancelled"};
  auto reporter = to_room();
  const auto started = compose(*reporter, order_of(sample_build(-1)));
  ASSERT_EQ(started.size(), 1U);
  EXPECT_EQ(body(started[0]),
            (json::object{{"message", std::string("Buildbot started build linux here: ") + url}}));
  for (int results = 0; results < 7; ++results) {
    const auto finished = compose(*reporter, order_of(sample_build(results)));
    ASSERT_EQ(finished.size(), 1U);
    EXPECT_EQ(body(finished[0]), (json::object{{"message", "Buildbot finished build linux with result " +
                                                               words[results] + " here: " + url}}));
    EXPECT_EQ(finished[0].note, "");
  }
}

TEST_F(HipChatTest, UserAndRoomAreTwoDeliveries) {
  auto reporter = make_it({{"builder_room_map", map_of("linux", Value{std::int64_t{12}})},
                           {"builder_user_map", map_of("linux", text("ann+x@example.org"))}});
  const auto made = compose(*reporter, order_of(sample_build(2)));
  ASSERT_EQ(made.size(), 2U);
  EXPECT_EQ(made[0].key, "hipchat:ci/builds/7/finished#user");
  EXPECT_EQ(made[1].key, "hipchat:ci/builds/7/finished#room");
  EXPECT_NE(made[0].lane, made[1].lane) << "one that is stuck holds up no other";
  EXPECT_EQ(made[1].target, "https://api.hipchat.com room 12");
  EXPECT_EQ(json::parse(made[0].payload).at("path"), "/v2/user/ann%2Bx%40example.org/message");
  EXPECT_EQ(json::parse(made[1].payload).at("path"), "/v2/room/12/notification");
  for (const Delivery& delivery : made)
    EXPECT_EQ(body(delivery).size(), 1U) << "recipients do not stay in the body";
}

TEST_F(HipChatTest, NobodyIsToldOfOtherBuilders) {
  auto reporter = make_it({{"builder_room_map", map_of("windows", text("7"))}});
  const Delivery nobody = compose(*reporter, order_of(sample_build(0))).at(0);
  EXPECT_TRUE(nobody.skip);
  EXPECT_EQ(nobody.note, "neither a user nor a room for linux");
  const Delivery silent =
      compose(*to_room(subclass({{"getMessage", json::value("")}})), order_of(sample_build(0))).at(0);
  EXPECT_TRUE(silent.skip);
  EXPECT_EQ(silent.note, "the message is empty");
}

TEST_F(HipChatTest, SendsWithTheTokenInTheQueryOnly) {
  auto reporter = make_it({{"builder_room_map", map_of("linux", text("a room/7"))},
                           {"endpoint", text("https://chat.example.org/")},
                           {"verify", Value{false}}});
  const Delivery delivery = compose(*reporter, order_of(sample_build(0))).at(0);
  http_.answer(204);
  const auto receipt = send(*reporter, delivery);
  ASSERT_TRUE(receipt);
  const http::Request& request = http_.requests.at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://chat.example.org/v2/room/a%20room%2F7/notification");
  EXPECT_EQ(request.secret_query, "auth_token=t0ken%2F%2B%20secret");
  EXPECT_FALSE(request.verify);
  EXPECT_EQ(json::parse(request.body), body(delivery));
  http_.answer(401, "no such token");
  const auto failed = send(*reporter, delivery);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, Failure::Kind::rejected);
  http_.answer(429, "", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "30"}});
  const auto slow = send(*reporter, delivery);
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().retry_after, std::chrono::seconds(30));
  for (const std::string& shown :
       {delivery.key, delivery.lane, delivery.target, delivery.summary, delivery.note, delivery.payload,
        receipt->answer, failed.error().what, reporter->account()}) {
    EXPECT_THAT(shown, Not(HasSubstr("t0ken")));
  }
}

TEST_F(HipChatTest, OverriddenMethodsDecide) {
  auto self =
      subclass({{"getRecipientList", json::parse(R"({"room_id_or_name": "All", "id_or_email": 12})")},
                {"getMessage", json::value("done")},
                {"getExtraParams", json::parse(R"({"color": "red", "notify": true, "card": {"id": "x"}})")}});
  auto reporter = make_it({}, self);
  const auto made = compose(*reporter, order_of(sample_build(2)));
  ASSERT_EQ(made.size(), 2U);
  EXPECT_EQ(made[0].target, "https://api.hipchat.com user 12");
  EXPECT_EQ(body(made[1]),
            json::parse(R"({"message": "done", "color": "red", "notify": true, "card": {"id": "x"}})"));
  ASSERT_EQ(self->seen.size(), 3U);
  for (const auto& seen : self->seen) {
    ASSERT_EQ(seen.args.size(), 2U);
    EXPECT_EQ(seen.args[0].at("builder").at("name"), "linux");
    EXPECT_TRUE(seen.args[0].at("properties").as_object().empty()) << "nobody asked for them";
    EXPECT_FALSE(seen.args[0].as_object().contains("steps"));
    EXPECT_EQ(seen.args[1], "finished");
    EXPECT_EQ(seen.source, "ci");
  }
  self->seen.clear();
  compose(*reporter, order_of(sample_build(-1)));
  EXPECT_EQ(self->seen.at(0).args[1], "new");
}

TEST_F(HipChatTest, WhatABuildBringsAlongCallsNobody) {
  json::object build = sample_build(2);
  build.at("builder").as_object()["name"] = "@all";
  auto plain = make_it({{"builder_room_map", map_of("@all", text("7"))}});
  EXPECT_EQ(body(compose(*plain, order_of(build)).at(0)).at("message"),
            "Buildbot finished build @\u200b"
            "all with result failure here: http://ci.example.org/#builders/2/builds/3");
  auto self =
      subclass({{"getMessage", json::value("@here look")}, {"getRecipientList", json::value(nullptr)}});
  auto own = make_it({{"builder_room_map", map_of("@all", text("7"))}}, self);
  compose(*own, order_of(build));
  ASSERT_EQ(self->seen.size(), 2U);
  for (const auto& seen : self->seen) {
    EXPECT_EQ(seen.args[0].at("builder").at("name"), seen.method == "getMessage" ? "@\u200b"
                                                                                   "all"
                                                                                 : "@all");
  }
}

TEST_F(HipChatTest, OnlyWhatIsOverriddenIsCalled) {
  auto self = subclass({{"getMessage", json::value("mine")}});
  auto reporter = to_room(self);
  const auto made = compose(*reporter, order_of(sample_build(0)));
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(self->seen.size(), 1U);
  EXPECT_EQ(body(made[0]).at("message"), "mine");
}

TEST_F(HipChatTest, NothingIsSentWithoutMessageOrRecipient) {
  const auto count = [&](std::string method, json::value answer) {
    const auto made =
        compose(*to_room(subclass({{std::move(method), std::move(answer)}})), order_of(sample_build(0)));
    EXPECT_EQ(made.size(), 1U);
    EXPECT_EQ(made.at(0).skip, !made.at(0).note.empty()) << "the reason is told";
    return std::ranges::count(made, false, &Delivery::skip);
  };
  EXPECT_EQ(count("getMessage", ""), 0);
  EXPECT_EQ(count("getMessage", nullptr), 0);
  EXPECT_EQ(count("getRecipientList", json::object()), 0);
  EXPECT_EQ(count("getRecipientList", nullptr), 0);
  EXPECT_EQ(count("getRecipientList", json::object{{"room_id_or_name", nullptr}}), 0);
  EXPECT_EQ(count("getExtraParams", nullptr), 1U);
}

TEST_F(HipChatTest, MethodsThatFailAreReplacedByTheDefault) {
  for (const char* method : {"getRecipientList", "getMessage", "getExtraParams"}) {
    for (const Result<json::value>& answer :
         {Result<json::value>(rejected("x.cfg:12: KeyError: 'x'")), Result<json::value>(json::array{1})}) {
      const auto made = compose(*to_room(subclass({{method, answer}})), order_of(sample_build(0)));
      ASSERT_EQ(made.size(), 1U) << method;
      EXPECT_EQ(made[0].target, "https://api.hipchat.com room 7");
      EXPECT_EQ(said(body(made[0]), "message"),
                std::string("Buildbot finished build linux with result success here: ") + url);
      EXPECT_THAT(made[0].note, HasSubstr(method));
      if (!answer) {
        EXPECT_THAT(made[0].note, HasSubstr("x.cfg:12: KeyError"));
      }
    }
  }
}

TEST_F(HipChatTest, ParametersThatHipChatRefusesAreLeftOut) {
  for (const char* good : {R"({"color": "yellow"})", R"({"color": "random"})", R"({"notify": false})",
                           R"({"message_format": "text"})", R"({"from": "CI"})"}) {
    const Delivery delivery = with_extra(good);
    EXPECT_EQ(body(delivery).size(), 2U) << good;
    EXPECT_EQ(delivery.note, "") << good;
  }
  for (const char* bad : {R"({"color": "blue"})", R"({"color": 3})", R"({"notify": "yes"})",
                          R"({"message_format": "markdown"})", R"({"from": 3})"}) {
    const Delivery delivery = with_extra(bad);
    EXPECT_EQ(body(delivery).size(), 1U) << bad;
    EXPECT_THAT(delivery.note, HasSubstr("left out")) << bad;
  }
  EXPECT_EQ(body(with_extra(R"({"notify": 1})")).at("notify"), true);
  EXPECT_EQ(body(with_extra(R"({"message": "instead"})")).at("message"), "instead");
}

TEST_F(HipChatTest, TextsAreCutAtTheLimitAndNamesAreNoMarkup) {
  std::string long_text;
  for (int i = 0; i < 10001; ++i)
    long_text += "\U0001F514";
  auto reporter = to_room(subclass({{"getMessage", json::value(long_text)}}));
  const json::object cut = body(compose(*reporter, order_of(sample_build(0))).at(0));
  EXPECT_EQ(said(cut, "message"), long_text.substr(0, 9999 * 4) + "\u2026");

  const std::string html = "<b>" + std::string(9996, 'x') + "</b>";
  auto rich = to_room(subclass({{"getMessage", json::value(html)}}));
  const json::object plain = body(compose(*rich, order_of(sample_build(0))).at(0));
  EXPECT_EQ(said(plain, "message"), std::string(9996, 'x'));
  EXPECT_EQ(plain.at("message_format"), "text");

  auto named = make_it({{"builder_room_map", map_of("<b>\r\nx", text("7"))}});
  json::object build = sample_build(0);
  build.at("builder").as_object()["name"] = "<b>\r\nx";
  const Delivery odd = compose(*named, order_of(build)).at(0);
  EXPECT_EQ(odd.lane, "ci/<b> x/3 room");
  EXPECT_EQ(odd.summary, "build #3 of <b> x: success");
  const json::object safe = body(odd);
  EXPECT_EQ(safe.at("message_format"), "text");
  EXPECT_THAT(std::string(safe.at("message").as_string()), HasSubstr("build <b> x with"));
}

TEST_F(HipChatTest, AnIdIsNoStepInThePath) {
  for (const char* id : {"..", "."}) {
    auto self = subclass({{"getRecipientList", json::object{{"room_id_or_name", id}}}});
    const Delivery delivery = compose(*make_it({}, self), order_of(sample_build(0))).at(0);
    EXPECT_TRUE(delivery.skip);
    EXPECT_THAT(delivery.note, HasSubstr("room_id_or_name is neither an id nor a name"));
  }
}

TEST_F(HipChatTest, NeedsFollowTheArguments) {
  EXPECT_FALSE(to_room()->needs().properties);
  EXPECT_FALSE(to_room(subclass({{"getMessage", json::value("")}}))->needs().properties);
  const auto full = make_it({{"wantProperties", Value{true}},
                             {"wantSteps", Value{true}},
                             {"wantLogs", Value{true}},
                             {"wantPreviousBuild", Value{true}}});
  EXPECT_TRUE(full->needs().properties && full->needs().steps && full->needs().logs &&
              full->needs().previous_build);
  EXPECT_FALSE(make_it({{"wantLogs", Value{true}}})->needs().logs);
}

TEST_F(HipChatTest, MethodsGetWhatWasAskedFor) {
  json::object build = sample_build(0);
  build["steps"] = json::parse(R"([{"name": "make", "logs": [{"name": "stdio"}]}])");
  build["changes"] = json::parse(R"([{"author": "ann"}])");
  const auto seen = [&](Keywords keywords) {
    auto self = subclass({{"getMessage", json::value("")}});
    keywords.emplace_back("builder_room_map", map_of("linux", text("7")));
    compose(*make_it(std::move(keywords), self), order_of(build));
    return self->seen.at(0).args.at(0).as_object();
  };
  const json::object plain = seen({});
  EXPECT_EQ(plain.at("properties"), json::object());
  EXPECT_FALSE(plain.contains("steps") || plain.contains("changes"));
  EXPECT_EQ(seen({{"wantSteps", Value{true}}}).at("steps"), json::parse(R"([{"name": "make"}])"));
  const json::object full =
      seen({{"wantSteps", Value{true}}, {"wantLogs", Value{true}}, {"wantProperties", Value{true}}});
  EXPECT_EQ(full.at("steps"), build["steps"]);
  EXPECT_TRUE(full.at("properties").as_object().contains("buildername"));
}

TEST_F(HipChatTest, BadArgumentsAreRefused) {
  EXPECT_THAT(refused({{"endpoint", text("chat.example.org")}}),
              HasSubstr("HipChatStatusPush(endpoint=...)"));
  EXPECT_THAT(refused({{"builder_room_map", text("x")}}), HasSubstr("a dictionary"));
  EXPECT_THAT(refused({{"builder_user_map", map_of("linux", Value{settings::List{}})}}),
              HasSubstr("the value of 'linux'"));
  EXPECT_THAT(refused({{"builder_rooms", text("x")}}), HasSubstr("unknown argument"));
}

}  // namespace
}  // namespace carillon::reporter::hipchat
