#include "source/buildbot/ws_protocol.hpp"

#include <gmock/gmock.h>

namespace carillon::source::buildbot {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

template <class T>
const T* only(const std::vector<WsProtocol::Action>& actions) {
  return actions.size() == 1 ? std::get_if<T>(&actions.front()) : nullptr;
}

WsProtocol subscribed() {
  WsProtocol protocol({"builds/*/new"});
  protocol.start(0);
  protocol.receive(R"({"msg":"OK","code":200,"_id":1})");
  return protocol;
}

TEST(Split, TakesRoutingKeysApart) {
  struct Case {
    std::string_view key, kind;
    std::int64_t id;
    std::string_view verb;
  };
  const Case cases[] = {{"builds/7/finished", "builds", 7, "finished"},
                        {"builds/7/properties/update", "builds", 7, "properties/update"},
                        {"builds/x/new", "builds", -1, "new"},
                        {"builds/-7/new", "builds", -1, "new"},
                        {"builds/99999999999999999999/new", "builds", -1, "new"},
                        {"builds/7", "builds", 7, ""},
                        {"builds", "builds", -1, ""},
                        {"", "", -1, ""},
                        {"//", "", -1, ""}};
  for (const auto& c : cases) {
    const auto key = split(c.key);
    EXPECT_EQ(key.kind, c.kind) << c.key;
    EXPECT_EQ(key.id, c.id) << c.key;
    EXPECT_EQ(key.verb, c.verb) << c.key;
  }
}

TEST(WsProtocol, SubscribesToEveryPathAndWaitsForAllAnswers) {
  WsProtocol protocol({"builds/*/new", "workers/*/*"});
  EXPECT_FALSE(protocol.subscribed());
  const auto start = protocol.start(1000);
  ASSERT_THAT(start, SizeIs(2));
  EXPECT_EQ(json::parse(std::get<WsProtocol::Send>(start[1]).text),
            json::parse(R"({"_id":2,"cmd":"startConsuming","path":"workers/*/*"})"));
  EXPECT_THAT(protocol.receive(R"({"msg":"OK","code":200,"_id":2})"), IsEmpty());
  EXPECT_FALSE(protocol.subscribed());
  EXPECT_NE(only<WsProtocol::Subscribed>(protocol.receive(R"({"msg":"OK","code":200,"_id":1})")), nullptr);
  EXPECT_TRUE(protocol.subscribed());
  EXPECT_THAT(protocol.tick(1'000'000), IsEmpty());
}

TEST(WsProtocol, HandsOutWhatTheMasterAnnouncesAlsoBeforeTheAnswers) {
  WsProtocol protocol({"builds/*/new", "workers/*/*"});
  protocol.start(0);
  const std::string frame = R"({"k":"builds/7/new","m":{"buildid":7,"future":true},"later":1})";
  const auto actions = protocol.receive(frame);
  const auto* heard = only<Heard>(actions);
  ASSERT_NE(heard, nullptr);
  EXPECT_EQ(heard->key, "builds/7/new");
  EXPECT_EQ(integer_at(heard->message, "buildid"), 7);
  EXPECT_EQ(heard->size, frame.size());
}

TEST(WsProtocol, GivesUpWhenAPathIsRefused) {
  WsProtocol protocol({"builds/*/new"});
  protocol.start(0);
  const auto actions = protocol.receive(R"({"error":"invalid path","code":400,"_id":1})");
  const auto* end = only<WsProtocol::GiveUp>(actions);
  ASSERT_NE(end, nullptr);
  EXPECT_THAT(end->why, HasSubstr("builds/*/new"));
  EXPECT_THAT(end->why, HasSubstr("400"));
  EXPECT_THAT(end->why, HasSubstr("invalid path"));
  EXPECT_FALSE(protocol.subscribed());
  EXPECT_THAT(protocol.receive(R"({"k":"a/1/b","m":{}})"), IsEmpty());
}

TEST(WsProtocol, GivesUpWhenAnAnswerIsOverdue) {
  WsProtocol protocol({"builds/*/new"});
  protocol.start(1000);
  EXPECT_THAT(protocol.tick(30'999), IsEmpty());
  const auto actions = protocol.tick(31'000);
  ASSERT_NE(only<WsProtocol::GiveUp>(actions), nullptr);
  EXPECT_THAT(only<WsProtocol::GiveUp>(actions)->why, HasSubstr("builds/*/new"));
  EXPECT_THAT(protocol.tick(40'000), IsEmpty());
}

TEST(WsProtocol, GarbageIsNotedAndIgnored) {
  auto protocol = subscribed();
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  for (const std::string frame :
       {"", "garbage\r\nline", "[1,2]", "42", "{\"k\":1,\"m\":{}}", "{\"k\":\"a/1/b\"}",
        "{\"k\":\"a/1/b\",\"m\":[]}", "{}", "{\"k\":\"builds/1/new\",\"m\":{\"x\":NaN}}",
        "{\"k\":\"\xff\xfe\",\"m\":{}}", deep.c_str()}) {
    const auto actions = protocol.receive(frame);
    const auto* note = only<WsProtocol::Note>(actions);
    ASSERT_NE(note, nullptr) << frame;
    EXPECT_EQ(note->text.find('\n'), std::string::npos);
    EXPECT_LT(note->text.size(), 400U);
  }
  EXPECT_NE(only<Heard>(protocol.receive(R"({"k":"builds/1/new","m":{}})")), nullptr);
}

TEST(WsProtocol, AnswersNobodyAskedForAreHarmless) {
  auto protocol = subscribed();
  EXPECT_THAT(protocol.receive(R"({"msg":"OK","code":200,"_id":77})"), IsEmpty());
  EXPECT_THAT(protocol.receive(R"({"msg":"OK","code":200,"_id":{"a":[]}})"), IsEmpty());
  EXPECT_NE(only<WsProtocol::Note>(protocol.receive(R"({"error":"no such command","code":404,"_id":null})")),
            nullptr);
  EXPECT_TRUE(protocol.subscribed());
}

}  // namespace
}  // namespace carillon::source::buildbot
