#include "reporter/common/push_notice.hpp"

#include <gmock/gmock.h>

#include "fakes/reporter_fixture.hpp"

namespace carillon::reporter {
namespace {

using settings::Value;
using test::order_of;
using test::sample_build;
using test::text;
using testing::HasSubstr;

class PushNoticeTest : public test::ReporterTest {
 protected:
  static settings::Schema schema() {
    settings::Schema schema;
    schema.name = "Pusher";
    add_notice_arguments(schema, NoticeArguments{});
    insert_own_arguments(schema, {{"levels", {settings::Type::dict}, false, Value{}, "mode -> level"}});
    return schema;
  }
  Levels read(Value key, Value level) {
    settings::Dict dict;
    dict.keys.push_back(std::move(key));
    dict.values.push_back(std::move(level));
    return read_levels(bind(schema(), {{"levels", Value{dict}}}), "levels", -2, 2);
  }
  std::string refused(Value key, Value level) {
    return error_of([&] { read(std::move(key), std::move(level)); });
  }
  // Of a failed build after one that ended with `before`.
  static std::optional<std::int64_t> level(const Levels& levels, std::vector<std::string> modes, int results,
                                           int before) {
    json::object build = sample_build(results);
    build["prev_build"] = json::object{{"results", before}};
    NoticeSettings settings;
    settings.modes = std::move(modes);
    return level_of(levels, settings, order_of(build), results_from(results));
  }
};

TEST_F(PushNoticeTest, OwnArgumentsStandWhereBuildbotHasThem) {
  std::vector<std::string> names;
  for (const auto& argument : schema().arguments)
    names.push_back(argument.name);
  EXPECT_THAT(names, testing::ElementsAre("mode", "tags", "builders", "buildSetSummary", "messageFormatter",
                                          "subject", "schedulers", "branches", "levels", "watchedWorkers",
                                          "messageFormatterMissingWorker", "previous"));
}

TEST_F(PushNoticeTest, LevelsAreChecked) {
  for (const char* mode :
       {"change", "failing", "passing", "problem", "warnings", "exception", "cancelled", "worker_missing"}) {
    EXPECT_EQ(read(text(mode), Value{std::int64_t{-2}}).at(mode), -2);
  }
  EXPECT_THAT(refused(text("failling"), Value{std::int64_t{1}}), HasSubstr("did you mean 'failing'?"));
  EXPECT_THAT(refused(Value{std::int64_t{1}}, Value{std::int64_t{1}}), HasSubstr("its keys are modes"));
  for (const Value& bad : {Value{std::int64_t{3}}, Value{std::int64_t{-3}}, text("1"), Value{true}}) {
    EXPECT_THAT(refused(text("failing"), bad),
                HasSubstr("x.cfg:3: Pusher(levels=...): the value of 'failing'"));
  }
  EXPECT_TRUE(read_levels(bind(schema(), {}), "levels", -2, 2).empty());
}

TEST_F(PushNoticeTest, ALevelBelongsToTheModeAndElseToTheResults) {
  const Levels both = {{"change", 2}, {"failing", 1}};
  EXPECT_EQ(level(both, {"change", "failing"}, 2, 0), 2);
  EXPECT_EQ(level(both, {"change", "failing"}, 2, 2), 1);
  EXPECT_EQ(level(both, {"failing"}, 2, 0), 1);
  EXPECT_EQ(level({{"failing", 1}}, {"change"}, 2, 0), 1) << "as in Buildbot";
  EXPECT_EQ(level({{"failing", 1}}, {"problem"}, 2, 0), 1);
  EXPECT_EQ(level({{"problem", 2}}, {"problem"}, 2, 0), 2);
  const Levels each = {{"passing", 0}, {"warnings", 1}, {"exception", 4}, {"cancelled", 6}};
  EXPECT_EQ(level(each, {"passing"}, 0, 0), 0);
  EXPECT_EQ(level(each, {"warnings"}, 1, 1), 1);
  EXPECT_EQ(level(each, {"exception"}, 4, 4), 4);
  EXPECT_EQ(level(each, {"cancelled"}, 6, 6), 6);
  for (const int other : {2, 3, 5})
    EXPECT_EQ(level(each, {"failing"}, other, other), std::nullopt) << other;
}

TEST_F(PushNoticeTest, AWorkerHasItsOwnLevel) {
  Details details;
  details.kind = EventKind::worker_missing;
  EXPECT_EQ(level_of({{"worker_missing", 2}}, NoticeSettings{}, details, std::nullopt), 2);
  EXPECT_EQ(level_of({{"failing", 2}}, NoticeSettings{}, details, std::nullopt), std::nullopt);
}

TEST_F(PushNoticeTest, KeysAndLanesOfBuildsBuildsetsAndWorkers) {
  Notice notice;
  notice.summary = "what";
  notice.note = "why";
  const Delivery build = notice_delivery("x", order_of(sample_build(2)), notice);
  EXPECT_EQ(build.key, "x:ci/builds/7/finished");
  EXPECT_EQ(build.lane, "ci/linux");
  EXPECT_EQ(build.summary, "what");
  EXPECT_EQ(build.note, "why");
  json::object odd = sample_build(2);
  odd.at("builder").as_object()["name"] = "a\r\nb";
  EXPECT_EQ(notice_delivery("x", order_of(odd), notice).lane, "ci/a b");
  Details set = order_of(sample_build(2));
  set.kind = EventKind::buildset_complete;
  set.event_id = "ci/buildsets/9/complete";
  EXPECT_EQ(notice_delivery("x", set, notice).key, "x:ci/buildsets/9/complete");
  EXPECT_EQ(notice_delivery("x", set, notice).lane, "ci/buildsets/9/complete");
  Details worker;
  worker.kind = EventKind::worker_missing;
  worker.event_id = "ci/workers/1/missing@5";
  EXPECT_EQ(notice_delivery("x", worker, notice).key, "x:ci/workers/1/missing@5");
}

TEST_F(PushNoticeTest, TemplatesGetWhatTheFormatterAskedFor) {
  json::object build = sample_build(2);
  build["steps"] = json::parse(R"([{"name": "make", "logs": [{"name": "stdio"}]}])");
  const auto seen = [&](json::object attributes) {
    const auto formatter = test::fake_object(json::parse(R"({"body": "x", "type": "plain"})"));
    formatter->attributes = std::move(attributes);
    NoticeSettings settings;
    settings.formatter = formatter;
    const Details details = order_of(build);
    const Environment env = environment();
    EXPECT_TRUE(test::run(
        io_,
        [](const NoticeSettings& of, const Environment& in, const Details& what) -> asio::awaitable<bool> {
          co_return (co_await word_notice(of, in, what)).has_value();
        }(settings, env, details)));
    return formatter->seen.at(0).args.at(0).as_object();
  };
  const json::object plain = seen({{"wantProperties", false}});
  EXPECT_EQ(plain.at("build").at("properties"), json::object());
  EXPECT_EQ(plain.at("workername"), "w1");
  EXPECT_FALSE(plain.at("build").as_object().contains("steps"));
  EXPECT_EQ(seen({{"wantSteps", true}}).at("build").at("steps"), json::parse(R"([{"name": "make"}])"));
  EXPECT_EQ(seen({{"wantSteps", true}, {"wantLogs", true}}).at("build").at("steps"), build["steps"]);
}

TEST_F(PushNoticeTest, FormsAreEncoded) {
  EXPECT_EQ(form_encode({{"a", "x y&z=\u00e9+"}, {"b c", ""}}), "a=x%20y%26z%3D%C3%A9%2B&b%20c=");
  EXPECT_EQ(form_encode({}), "");
}

}  // namespace
}  // namespace carillon::reporter
