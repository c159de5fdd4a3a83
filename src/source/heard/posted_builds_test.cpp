#include "source/heard/posted_builds.hpp"

#include <gtest/gtest.h>

#include "base/secret.hpp"
#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "source/data_api.hpp"
#include "store/open.hpp"

namespace carillon::source::heard {
namespace {

class PostedBuildsTest : public testing::Test {
 protected:
  PostedBuildsTest() : store_(store::open_store(io_.get_executor(), dir_.file("c.sqlite"))) {}
  ~PostedBuildsTest() override { store_->close(); }

  void heard(const std::string& builder, int number, std::optional<int> results, json::object more = {}) {
    json::object body = std::move(more);
    body["builder"] = json::object{{"name", builder}, {"tags", json::array{"t-" + builder}}};
    body["number"] = number;
    body["results"] = results ? json::value(*results) : json::value(nullptr);
    body["buildset"] = json::object{{"bsid", 40 + number}, {"sourcestamps", json::array()}};
    body["properties"] = json::object{{"branch", json::array{"main", "x"}}};
    Event event;
    event.source = std::string("push");
    const json::value* id = body.if_contains("buildid");
    event.key = "builds/" + (id != nullptr ? json::serialize(*id) + ":" : "") + builder + "/" +
                std::to_string(number) + mark_of_try(body) + (results ? "/finished" : "/new");
    event.body = body;
    store::NewEvent item;
    item.kind = kind_of(event.key);
    item.facts = facts_of(event.body);
    event.text = std::make_shared<const ObjectText>(event.body);
    item.event = std::make_shared<const Event>(std::move(event));
    std::vector<store::NewEvent> items;
    items.push_back(std::move(item));
    ASSERT_TRUE(test::run(io_, store_->accept(std::string("push"), std::move(items), nullptr, 1)));
  }
  static std::string mark_of_try(const json::object& body) {
    const auto attempt = integer_at(body, "attempt");
    return attempt ? "." + std::to_string(*attempt) : "";
  }
  // As a callback's master.data.get() sees it.
  json::value ask(const std::string& path) {
    auto answer = test::run(io_, archive_.get(path));
    if (!answer) return json::string("refused: " + answer.error().what);
    return data_of_rest(path, std::move(*answer));
  }
  // The named field of every object of a list.
  std::string fields(const std::string& path, const std::string& field) {
    const json::value found = ask(path);
    if (!found.is_array()) return json::serialize(found);
    std::string text;
    for (const json::value& one : found.get_array())
      text += (text.empty() ? "" : " ") + json::serialize(one.at(field));
    return text;
  }

  test::TempDir dir_;
  asio::io_context io_;
  std::unique_ptr<store::Store> store_;
  PostedBuilds archive_{"push", "http://ci/", [this] { return static_cast<store::Journal*>(store_.get()); }};
};

TEST_F(PostedBuildsTest, KnowsBuildersAndTheirBuilds) {
  heard("linux", 1, 0);
  heard("linux", 2, std::nullopt);
  heard("linux", 2, 2);
  heard("mac os", 7, std::nullopt);
  EXPECT_EQ(fields("builders", "name"), R"("linux" "mac os")");
  EXPECT_EQ(fields("builders", "tags"), R"(["t-linux"] ["t-mac os"])");
  EXPECT_EQ(fields("builds?complete=false", "number"), "7");
  EXPECT_EQ(fields("builds?complete=true&order=-number", "number"), "2 1");
  EXPECT_EQ(fields("builders/linux/builds?complete__eq=true&order=-number&limit=1", "results"), "2");
  EXPECT_EQ(fields("builders/mac%20os/builds", "complete"), "false");
  const json::value linux_id = ask("builders/linux").at("builderid");
  EXPECT_EQ(fields("builders/" + json::serialize(linux_id) + "/builds", "number"), "2 1");
  EXPECT_EQ(fields("builds?builderid=" + json::serialize(linux_id), "number"), "2 1");
  EXPECT_EQ(ask("builders/linux/builds/2").at("results"), 2);
  EXPECT_EQ(ask("builders/linux/builds/2").at("builderid"), linux_id);
}

TEST_F(PostedBuildsTest, AStartThatIsToldOfLateDoesNotReopenABuild) {
  heard("linux", 3, 0);
  heard("linux", 3, std::nullopt);
  EXPECT_EQ(fields("builds", "complete"), "true");
  EXPECT_EQ(fields("builders/linux/builds", "complete"), "true");
}

TEST_F(PostedBuildsTest, ALaterTryOfANumberIsABuildOfItsOwnAndTheNewer) {
  heard("linux", 42, 2, {{"buildid", 20}});
  heard("linux", 41, 0, {{"buildid", 19}});
  heard("linux", 42, std::nullopt, {{"buildid", 20}, {"attempt", 2}});
  EXPECT_EQ(fields("builders/linux/builds?complete=true&order=-number&limit=1", "results"), "2");
  EXPECT_EQ(fields("builds?complete=false", "attempt"), "2");
  heard("linux", 42, 0, {{"buildid", 20}, {"attempt", 2}});
  EXPECT_EQ(fields("builders/linux/builds?order=-number", "results"), "0 2 0");
  EXPECT_EQ(fields("builders/linux/builds?order=number", "results"), "0 2 0");
  EXPECT_EQ(fields("builders/linux/builds?complete=true&order=-number&limit=1", "attempt"), "2");
  EXPECT_EQ(ask("builders/linux/builds/42").at("attempt"), 2);
  EXPECT_EQ(ask("builds/20").at("attempt"), 2);
  EXPECT_EQ(fields("builds?number__lt=42", "number"), "41");
}

TEST_F(PostedBuildsTest, GivesStepsAndLogsAsAMasterWould) {
  const json::object log{
      {"logid", 1}, {"name", "stdio"}, {"content", json::object{{"content", "ohi\nethere\n"}}}};
  json::object step{{"stepid", 1}, {"name", "test"}, {"results", 2}, {"logs", json::array{log}}};
  heard("linux", 1, 2, {{"steps", json::array{step, json::object{{"name", "none"}}}}});
  const json::value steps = ask("builders/linux/builds/1/steps");
  ASSERT_EQ(steps.as_array().size(), 2U);
  EXPECT_EQ(steps.at(0).at("name"), "test");
  EXPECT_FALSE(steps.at(0).as_object().contains("logs"));
  const json::value logs = ask("steps/" + json::serialize(steps.at(0).at("stepid")) + "/logs");
  ASSERT_EQ(logs.as_array().size(), 1U);
  EXPECT_EQ(logs.at(0).at("name"), "stdio");
  const json::value content = ask("logs/" + json::serialize(logs.at(0).at("logid")) + "/contents");
  EXPECT_EQ(content.at("content"), "ohi\nethere\n");
  EXPECT_TRUE(ask("steps/" + json::serialize(steps.at(1).at("stepid")) + "/logs").as_array().empty());
  const json::value id = ask("builds").at(0).at("buildid");
  EXPECT_EQ(fields("builds/" + json::serialize(id) + "/steps", "name"), R"("test" "none")");
  EXPECT_EQ(ask("builds/" + json::serialize(id) + "/properties").at("branch").at(0), "main");
  EXPECT_TRUE(ask("builds/" + json::serialize(id) + "/changes").as_array().empty());
  EXPECT_EQ(ask("buildsets/41").at("bsid"), 41);
}

// Paths go on below a build, as Buildbot's do.
TEST_F(PostedBuildsTest, GivesOneStepAndOneLogOfABuild) {
  const auto log = [](const char* name, const char* text) {
    return json::object{{"name", name}, {"content", text}};
  };
  const json::object fetch{{"name", "fetch"}, {"results", 0}, {"logs", json::array{log("stdio", "got")}}};
  json::object test{{"name", "test_result"},
                    {"number", 4},
                    {"logs", json::array{log("stdio", "3 of 5"), log("summary.txt", "2 failed")}}};
  test["logs"].as_array()[1].as_object()["slug"] = "summary_txt";
  heard("linux", 1, 2, {{"buildid", 7}, {"steps", json::array{fetch, test}}});
  for (const std::string build : {"builds/7", "builders/linux/builds/1"}) {
    EXPECT_EQ(ask(build + "/steps/test_result").at("name"), "test_result");
    EXPECT_EQ(ask(build + "/steps/4").at("name"), "test_result");
    EXPECT_EQ(ask(build + "/steps/0").at("name"), "fetch");
    EXPECT_EQ(fields(build + "/steps/test_result/logs", "name"), R"("stdio" "summary.txt")");
    EXPECT_EQ(fields(build + "/steps/4/logs?name=summary.txt", "slug"), R"("summary_txt")");
    const json::value one = ask(build + "/steps/test_result/logs/stdio");
    EXPECT_EQ(one.at("name"), "stdio");
    EXPECT_EQ(one.at("slug"), "stdio");
    EXPECT_FALSE(one.as_object().contains("content"));
    EXPECT_EQ(ask(build + "/steps/test_result/logs/stdio/contents"),
              json::value({{"logid", one.at("logid")}, {"firstline", 0}, {"content", "3 of 5"}}));
    EXPECT_EQ(ask(build + "/steps/4/logs/summary_txt/contents").at("content"), "2 failed");
    EXPECT_EQ(fields(build + "/steps?name=nonesuch", "name"), "");
    EXPECT_EQ(fields(build + "/steps?name=fetch", "name"), R"("fetch")");
    EXPECT_EQ(fields(build + "/steps?order=-number&limit=1", "number"), "4");
    for (const char* missing :
         {"/steps/nonesuch", "/steps/3", "/steps/fetch/logs/nonesuch", "/steps/fetch/logs/stdio/nonsense",
          "/steps/fetch/logs/stdio/contents/more", "/steps/fetch/nonsense",
          "/steps/nonesuch/logs/stdio/contents", "/properties/branch", "/changes/1"}) {
      const json::value answer = ask(build + missing);
      ASSERT_TRUE(answer.is_string()) << missing;
      EXPECT_TRUE(answer.get_string().starts_with("refused: ")) << missing;
    }
  }
}

TEST_F(PostedBuildsTest, StepsAndLogsHaveTheIdsThatTheyWerePostedWith) {
  const auto steps = [](int id, const char* text) {
    const json::object log{{"logid", id + 1}, {"name", "stdio"}, {"content", text}};
    return json::array{json::object{{"stepid", id}, {"name", "test"}, {"logs", json::array{log}}}};
  };
  heard("linux", 1, 0, {{"buildid", 7}, {"steps", steps(30, "one")}});
  // Of builds that nobody has listed.
  EXPECT_EQ(fields("steps/30/logs", "logid"), "31");
  EXPECT_EQ(ask("logs/31/contents").at("content"), "one");
  EXPECT_EQ(ask("steps/30").at("name"), "test");
  EXPECT_EQ(ask("logs/31").at("stepid"), 30);
  EXPECT_EQ(ask("steps/30/logs/stdio/contents").at("content"), "one");
  EXPECT_EQ(fields("builds/7/steps", "stepid"), "30");
  EXPECT_TRUE(ask("steps/99/logs").as_array().empty());
  EXPECT_TRUE(ask("logs/99/contents").is_null());
  // Another build counts them from the same number: the newest is meant, and a list tells both apart.
  heard("mac", 5, 0, {{"buildid", 8}, {"steps", steps(30, "two")}});
  EXPECT_EQ(fields("steps/30/logs", "name"), R"("stdio")");
  EXPECT_EQ(ask("logs/31/contents").at("content"), "two");
  for (const auto& [build, text] : {std::pair("builds/7", "one"), std::pair("builds/8", "two")}) {
    const json::value step = ask(build + std::string("/steps")).at(0).at("stepid");
    const json::value log = ask("steps/" + json::serialize(step) + "/logs").at(0).at("logid");
    EXPECT_EQ(ask("logs/" + json::serialize(log) + "/contents").at("content"), text);
  }
}

TEST_F(PostedBuildsTest, BuildersHaveTheIdsThatTheyWerePostedWith) {
  heard("linux", 5, 0, {{"buildid", 12}, {"builderid", 560}, {"buildrequestid", 8}});
  heard("mac", 1, 0, {{"buildid", 13}});
  EXPECT_EQ(ask("builds/12").at("builderid"), 560);
  EXPECT_EQ(ask("builders/560").at("name"), "linux");
  EXPECT_EQ(ask("builders/560").at("builderid"), 560);
  EXPECT_EQ(ask("builders/linux").at("builderid"), 560);
  EXPECT_EQ(ask("builders/linux").at("tags").at(0), "t-linux");
  EXPECT_EQ(ask("builders/560/builds/5").at("builderid"), 560);
  EXPECT_EQ(ask("buildrequests/8").at("builderid"), 560);
  EXPECT_EQ(fields("builders?name=linux", "builderid"), "560");
  EXPECT_EQ(fields("builds?builderid=560", "number"), "5");
  EXPECT_EQ(fields("builds?builderid__ne=560", "number"), "1");
  EXPECT_EQ(fields("buildrequests?builderid=560", "buildrequestid"), "8");
  EXPECT_EQ(ask("workers").at(0).at("configured_on").at(0).at("builderid"), 560);
  const json::value made_up = ask("builds/13").at("builderid");
  EXPECT_EQ(ask("builders/" + json::serialize(made_up)).at("name"), "mac");
  EXPECT_FALSE(ask("builds?number=5").at(0).as_object().contains("carillon_builder"));
}

TEST_F(PostedBuildsTest, FiltersAsBuildbotsRestApiDoes) {
  heard("linux", 1, 0, {{"labels", json::array{"a", "b"}}, {"state_string", "all well"}});
  heard("linux", 2, 2, {{"labels", json::array{"c"}}, {"started_at", 1700000000}});
  heard("mac", 10, std::nullopt, {{"share", 0.5}});
  const auto numbers = [&](const std::string& query) {
    return fields("builds?" + query + "&order=number", "number");
  };
  EXPECT_EQ(numbers("number__lt=2"), "1");
  EXPECT_EQ(numbers("number__le=2"), "1 2");
  EXPECT_EQ(numbers("number__gt=2"), "10") << "by number, not by text";
  EXPECT_EQ(numbers("number__ge=2"), "2 10");
  EXPECT_EQ(numbers("number__ne=2"), "1 10");
  EXPECT_EQ(numbers("number__ne=2&number__ne=1"), "10");
  EXPECT_EQ(numbers("number=1&number=10"), "1 10");
  EXPECT_EQ(numbers("number__eq=1&number__eq=10"), "1 10");
  EXPECT_EQ(numbers("number__in=1&number__in=10"), "1 10");
  EXPECT_EQ(numbers("number__in=2"), "2");
  EXPECT_EQ(numbers("number__notin=1&number__notin=10"), "2");
  EXPECT_EQ(numbers("number__gt=1&number__lt=10"), "2");
  EXPECT_EQ(numbers("labels__contains=b"), "1");
  EXPECT_EQ(numbers("labels__contains=b&labels__contains=c"), "1 2");
  EXPECT_EQ(numbers("state_string__contains=well"), "1");
  EXPECT_EQ(numbers("results__ne=0"), "2 10");
  EXPECT_EQ(numbers("results__ge=0"), "1 2") << "nothing is neither less nor more";
  EXPECT_EQ(numbers("started_at__gt=1600000000"), "2");
  EXPECT_EQ(numbers("share__lt=0.75"), "10");
  for (const char* yes : {"True", "true", "on", "1", "yes"})
    EXPECT_EQ(numbers("complete=" + std::string(yes)), "1 2") << yes;
  for (const char* no : {"False", "off", "0"})
    EXPECT_EQ(numbers("complete__eq=" + std::string(no)), "10") << no;
  EXPECT_EQ(numbers("complete__ne=True"), "10");
  EXPECT_EQ(numbers("number=nonsense"), "");
  EXPECT_EQ(
      ask("builds?number__like=1").get_string(),
      "refused: the filter 'number__like' is not known: after the field's name there may be __eq, __ne, "
      "__lt, __le, __gt, __ge, __contains, __in or __notin");
  EXPECT_EQ(ask("builds?number__lt=1&number__lt=2").get_string(),
            "refused: the filter 'number__lt' takes one value");
}

// Whoever is told of a build asks for more of it by the ids that it has.
TEST_F(PostedBuildsTest, BuildsAreFoundByTheIdsThatTheyWerePostedWith) {
  const auto posted = [](int id, const char* owner) {
    return json::object{{"buildid", id},
                        {"builderid", 3},
                        {"buildrequestid", 200 + id},
                        {"changes", json::array{json::object{{"author", owner}}}}};
  };
  heard("linux", 5, 0, posted(2, "ann"));
  heard("linux", 6, std::nullopt, posted(1, "bob"));
  heard("linux", 6, 2, posted(1, "bob"));
  heard("mac", 1, 0, {{"buildid", 70}});
  EXPECT_EQ(fields("builds/1/changes", "author"), R"("bob")");
  EXPECT_EQ(fields("builds/2/changes", "author"), R"("ann")");
  EXPECT_EQ(ask("builds/1").at("results"), 2);
  EXPECT_EQ(fields("builds?order=-buildid", "buildid"), "70 1 2") << "the newest first, whatever its id";
  EXPECT_EQ(ask("builders/3").at("name"), "linux");
  EXPECT_EQ(fields("builds?builderid=3", "number"), "6 5");
  EXPECT_EQ(ask("buildrequests/201").at("buildsetid"), 46);
  EXPECT_EQ(fields("buildrequests?buildsetid__eq=45", "buildrequestid"), "202");
  EXPECT_EQ(fields("buildrequests/202/builds", "number"), "5");
  const json::value refused = ask("builds/7");
  ASSERT_TRUE(refused.is_string()) << "70 begins with 7";
}

TEST_F(PostedBuildsTest, OfSeveralWithOneIdTheNewestIsMeant) {
  heard("linux", 5, 0, {{"buildid", 9}});
  heard("mac", 8, 2, {{"buildid", 9}});
  heard("mac", 9, 0);
  EXPECT_EQ(ask("builds/9").at("number"), 8);
  const json::value builds = ask("builds?order=buildid");
  ASSERT_EQ(builds.as_array().size(), 3U);
  for (const json::value& one : builds.as_array()) {
    const json::value again = ask("builds/" + json::serialize(one.at("buildid")));
    EXPECT_EQ(again.at("number"), one.at("number"));
  }
}

TEST_F(PostedBuildsTest, WhoeverPostsStandsForAllWorkers) {
  EXPECT_TRUE(ask("workers").as_array().empty());
  heard("linux", 1, 0);
  EXPECT_EQ(fields("workers", "name"), "\"(posted)\"");
  EXPECT_EQ(ask("workers").at(0).at("configured_on").at(0).at("builderid"),
            ask("builders/linux").at("builderid"));
}

TEST_F(PostedBuildsTest, SaysWhatItDoesNotKnow) {
  heard("linux", 1, 0);
  for (const char* path :
       {"builders/mac", "builders/linux/builds/x", "builders/linux/builds/9", "builds/99",
        "builders/linux/forceschedulers", "builds/1/nonsense", "masters", "", "buildsets/1"}) {
    const json::value answer = ask(path);
    ASSERT_TRUE(answer.is_string()) << path;
    EXPECT_TRUE(answer.get_string().starts_with("refused: ")) << path;
  }
  EXPECT_TRUE(ask("forceschedulers").as_array().empty());
}

}  // namespace
}  // namespace carillon::source::heard
