// list, status, last, watch
#include "fakes/bot_fixture.hpp"

namespace carillon::chat {
namespace {

class StatusTest : public test::BotFixture {
 protected:
  // So many builders, all idle.
  void make_builders(int count) {
    json::array builders;
    json::array on;
    for (int i = 1; i <= count; ++i) {
      std::string digits = std::to_string(1000 + i);
      builders.push_back({{"builderid", i}, {"name", "b" + digits}, {"tags", json::array()}});
      on.push_back({{"builderid", i}});
    }
    json::value worker{{"name", "w"}, {"connected_to", json::array{1}}, {"configured_on", on}};
    ci_->answers.insert_or_assign("builders", json::value{{"builders", builders}});
    ci_->answers.insert_or_assign("workers", json::value{{"workers", json::array{worker}}});
    ci_->answer("builds?complete=false", R"({"builds": []})");
  }
  static std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  }
};

TEST_F(StatusTest, ListsBuilders) {
  EXPECT_EQ(words("list builders"), "I found the following builders: linux, my builder");
  EXPECT_EQ(words("list all builders"),
            "I found the following builders: linux, my builder, old [offline], windows [offline]");
  settings_.traits = telegram();
  start();
  EXPECT_EQ(words("/list all builders"),
            "I found the following builders:\nlinux\nmy builder\nold \xe2\x9d\x8c\nwindows \xe2\x9d\x8c");
}

TEST_F(StatusTest, ListsWorkers) {
  EXPECT_EQ(words("list workers"), "I found the following workers: w1, w2 [disconnected]");
  EXPECT_EQ(words("list all workers"), "I found the following workers: w1, w2 [disconnected], w3 [offline]");
  settings_.tags = {"slow"};
  start();
  EXPECT_EQ(words("list all workers"), "I found the following workers: w2 [disconnected]");
}

TEST_F(StatusTest, ListsChanges) {
  ci_->answer("changes?order=-changeid&limit=10", R"({"changes": [
    {"changeid": 2, "comments": "second\nmore", "author": "ann", "when_timestamp": 1700000000,
     "repository": "r", "branch": "main", "revision": "abc", "revlink": "http://r/abc"},
    {"changeid": 1, "comments": "first", "author": "bob", "when_timestamp": 1699999000, "branch": null}]})");
  EXPECT_EQ(words("list changes"),
            "I found the following recent changes:\nfirst (bob, 2023-11-14 21:56)\n"
            "second (ann, 2023-11-14 22:13, r, main, abc)");
  ci_->answer("changes?order=-changeid&limit=2", R"({"changes": []})");
  EXPECT_EQ(words("list 2 changes"), "I found no changes.");
  settings_.traits = telegram();
  start();
  const auto answers = say("/list changes");
  EXPECT_EQ(words_of(answers),
            "I found the following recent changes:\n\nfirst\nAuthor: bob\nDate: 2023-11-14 21:56\n\n"
            "second\nAuthor: ann\nDate: 2023-11-14 22:13\nRepository: r\nBranch: main\nRevision: abc");
  EXPECT_TRUE(answers.front().keyboard.empty());
}

TEST_F(StatusTest, ManyChangesAreBounded) {
  json::array changes;
  for (int i = 120; i > 0; --i)
    changes.push_back({{"comments", "c" + std::to_string(i)}, {"when_timestamp", i}});
  const auto first = [&](std::size_t count) {
    return json::value{{"changes", json::array(changes.begin(), changes.begin() + count)}};
  };
  ci_->answers.insert_or_assign("changes?order=-changeid&limit=41", first(41));
  ci_->answers.insert_or_assign("changes?order=-changeid&limit=40", first(40));
  ci_->answers.insert_or_assign("changes?order=-changeid&limit=101", first(101));
  ci_->answers.insert_or_assign("changes?order=-changeid&limit=50", first(50));
  for (const char* command :
       {"list all changes", "list 1000000 changes", "list 99999999999999999999999 changes"}) {
    const std::string all = words(command);
    EXPECT_EQ(lines(all), 42U) << all;
    EXPECT_TRUE(all.ends_with("Older ones are left out; I list at most 40.")) << all;
  }
  settings_.traits = telegram();
  start();
  const auto asked = say("/list all changes");
  EXPECT_TRUE(words_of(asked).starts_with("There are more than 50 changes."));
  const auto shown = press(button(asked, "No, just show last 50"));
  EXPECT_NE(words_of(shown).find("\nc120\n"), std::string::npos);
  EXPECT_EQ(words_of(shown).find("\nc70\n"), std::string::npos);
  ci_->answers.insert_or_assign("changes?order=-changeid&limit=101", first(7));
  const std::string few = words("/list 500 changes");
  EXPECT_NE(few.find("c120"), std::string::npos);
  EXPECT_EQ(few.find("Older ones"), std::string::npos) << "there are none";
}

TEST_F(StatusTest, ListWantsToKnowWhat) {
  for (const char* text : {"list", "list 5", "list all", "list -1 changes", "list x changes",
                           "list 0 changes", "list 1x changes", "list changes now please", "list everything"})
    EXPECT_EQ(words(text), "Try 'list [all|N] builders|workers|changes'.") << text;
  settings_.traits = telegram();
  start();
  const auto answers = say("/list");
  EXPECT_EQ(words_of(answers), "What do you want to list?");
  EXPECT_EQ(words_of(press(button(answers, "Builders"))), words("/list builders"));
  EXPECT_EQ(button(answers, "Changes (last 10)").command, "/list changes");
}

TEST_F(StatusTest, TellsTheStatus) {
  EXPECT_EQ(words("status"),
            "linux: running: build #7 (compiling)\nmy builder: idle  last build 2 hours ago: Failure");
  EXPECT_EQ(words("status all"),
            "linux: running: build #7 (compiling)\nmy builder: idle  last build 2 hours ago: Failure\n"
            "old: offline\nwindows: offline");
  EXPECT_EQ(words("status 'my builder'"),
            "my builder: idle  last build 2 hours ago, failed: failed 'make' QUIT");
  EXPECT_EQ(words("status windows"), "windows: offline");
  EXPECT_EQ(words("status nosuch"), "no such builder 'nosuch'");
  EXPECT_EQ(words("status my builder"), "Try 'status [BUILDER|all]'.");
  ci_->answer("builds/70/steps?complete=false&order=number", R"({"steps": []})");
  EXPECT_EQ(words("status linux"), "linux: running: build #7 (no current step)");
  const auto answers = say("status linux");
  EXPECT_EQ(answers.front().text.spans().at(2).url, "http://ci/#builders/1/builds/7");
  ci_->answer("builds?complete=false", R"({"builds": [{"buildid": 70, "number": 7, "builderid": 1,
      "complete_at": null, "results": null, "state_string": "building", "url": "http://here/b/linux/7"}]})");
  EXPECT_EQ(say("status linux").front().text.spans().at(2).url, "http://here/b/linux/7") << "its own";
  settings_.traits = telegram();
  start();
  EXPECT_EQ(words("/status windows"), "windows: offline \xe2\x9d\x8c");
  EXPECT_EQ(words("/status linux"), "linux: running \xf0\x9f\x8c\x80: build #7 (no current step)");
}

TEST_F(StatusTest, TellsTheLastBuilds) {
  EXPECT_EQ(words("last"),
            "linux: last build completed successfully (5 minutes ago)\n"
            "my builder: last build failed (2 hours ago): failed 'make' QUIT");
  EXPECT_EQ(words("last linux"), "linux: last build completed successfully (5 minutes ago)");
  EXPECT_EQ(words("last windows"), "windows: no builds yet");
  EXPECT_TRUE(words("last all").ends_with("\nold: no builds yet\nwindows: no builds yet"));
  EXPECT_EQ(words("last nosuch"), "no such builder 'nosuch'");
  EXPECT_EQ(words("last a b"), "Try 'last [BUILDER|all]'.");
}

TEST_F(StatusTest, OnlyBuildersWithATagExist) {
  settings_.tags = {"slow", "other"};
  EXPECT_EQ(words("list all builders"), "I found the following builders: windows [offline]");
  EXPECT_EQ(words("status all"), "windows: offline");
  EXPECT_EQ(words("status linux"), "no such builder 'linux'");
  EXPECT_EQ(words("watch linux"), "no such builder 'linux'");
}

TEST_F(StatusTest, TwoHundredBuildersAreBoundedAndNotAskedOneByOne) {
  make_builders(200);
  json::array builds;
  for (int i = 1; i <= 200; ++i)
    builds.push_back(
        {{"buildid", i}, {"number", 1}, {"builderid", i}, {"results", 0}, {"complete_at", 1699999990}});
  ci_->answers.insert_or_assign("builds?complete=true&order=-buildid&limit=500",
                                json::value{{"builds", builds}});
  const std::string text = words("status");
  EXPECT_EQ(lines(text), 41U);
  EXPECT_TRUE(text.starts_with("b1001: idle  last build 10 seconds ago: Success\n")) << text;
  EXPECT_TRUE(text.ends_with("\nand 160 more")) << text;
  EXPECT_EQ(ci_->asked.size(), 4U);
  const std::string list = words("list builders");
  EXPECT_TRUE(list.ends_with(", b1150, and 50 more")) << list;
  ci_->answer("builds?complete=true&order=-buildid&limit=500", R"({"builds": []})");
  ci_->asked.clear();
  EXPECT_EQ(lines(words("last")), 41U);
  EXPECT_EQ(ci_->asked.size(), 3U + 40U);
}

TEST_F(StatusTest, AMasterThatIsNotThereIsNamed) {
  ci_->answers.clear();
  EXPECT_EQ(words("status"), "I could not ask 'ci': 404");
  EXPECT_EQ(words("list builders"), "I could not ask 'ci': 404");
  EXPECT_EQ(words("list workers"), "I could not ask 'ci': 404");
  EXPECT_EQ(words("list changes"), "I found no changes.\nI could not ask 'ci': 404");
  EXPECT_EQ(words("status linux"),
            "I do not know now whether there is a builder 'linux'\nI could not ask 'ci': 404");
  EXPECT_EQ(words("watch linux"),
            "I do not know now whether there is a builder 'linux'\nI could not ask 'ci': 404");
  sources_.clear();
  EXPECT_EQ(words("status"), "No builder has anything to tell.");
}

TEST_F(StatusTest, TwoMastersAreToldApart) {
  auto two = test::sample_master("two");
  two->answer("builders",
              R"({"builders": [{"builderid": 1, "name": "linux"}, {"builderid": 4, "name": "mac"}]})");
  auto pushed = std::make_shared<test::FakeMaster>("pushed");
  sources_ = {ci_, two, pushed};
  EXPECT_EQ(words("list builders"),
            "I found the following builders: ci/linux, mac, my builder, two/linux\n"
            "I could not ask 'pushed': 404");
  EXPECT_EQ(words("status linux"), "there are several builders 'linux': ci/linux, two/linux");
  EXPECT_EQ(words("status two/linux"), "two/linux: running: build #7 (compiling)");
  EXPECT_EQ(words("last mac"), "mac: last build failed (2 hours ago): failed 'make' QUIT");
  EXPECT_EQ(words("last two/mac"), "mac: last build failed (2 hours ago): failed 'make' QUIT");
  EXPECT_EQ(words("last ci/mac"),
            "I do not know now whether there is a builder 'ci/mac'\nI could not ask 'pushed': 404");
}

TEST_F(StatusTest, WatchesRunningBuilds) {
  EXPECT_EQ(words("watch linux"), "Watching build #7 of linux until it finishes...");
  BuildFacts facts;
  facts.builder = "linux";
  facts.number = 7;
  facts.results = Results::success;
  start();  // it was kept
  const auto listeners =
      bot_->subscriptions()->listeners(EventKind::build_finished, "ci", facts, std::nullopt);
  EXPECT_EQ(listeners, (std::map<std::string, std::string>{{"#dev", "watched"}}));
  EXPECT_EQ(words("watch windows"), "There are no currently running builds.");
  EXPECT_EQ(words("watch"), "Try 'watch BUILDER'.");
  EXPECT_EQ(words("watch a b"), "Try 'watch BUILDER'.");
}

TEST_F(StatusTest, ABuildThatEndsBeforeItIsWatchedIsTold) {
  ci_->answer("builds/70", R"({"builds": [{"buildid": 70, "number": 7, "builderid": 1, "results": 2}]})");
  EXPECT_EQ(words("watch linux"), "Build #7 of linux failed.");
}

TEST_F(StatusTest, WatchesBuildsByTheirRevisions) {
  settings_.use_revisions = true;
  ci_->answer("buildrequests/13", R"({"buildrequests": [{"buildrequestid": 13, "buildsetid": 9}]})");
  ci_->answer("buildsets/9", R"({"buildsets": [{"bsid": 9, "sourcestamps": [
    {"revision": "0123456789abcdef0123456789abcdef01234567"}]}]})");
  EXPECT_EQ(words("watch linux"),
            "Watching build containing revision(s) [0123456] on linux until it finishes...");
  ci_->answers.erase("buildsets/9");
  EXPECT_EQ(words("watch linux"), "Watching build #7 of linux until it finishes...");
}

TEST_F(StatusTest, WatchOffersWhatRuns) {
  settings_.traits = telegram();
  const auto answers = say("/watch");
  EXPECT_EQ(words_of(answers), "Which builder do you want to watch?");
  EXPECT_EQ(words_of(press(button(answers, "linux"))), "Watching build #7 of linux until it finishes...");
  ci_->answer("builds?complete=false", R"({"builds": []})");
  EXPECT_EQ(words("/watch"), "There are no currently running builds.");
  EXPECT_EQ(words("/watch linux"), "There are no currently running builds.");
}

TEST_F(StatusTest, AWatchThatCannotBeKeptSaysSo) {
  start();
  kept_.failure = Failure{Failure::Kind::unreachable, "disk full", std::nullopt};
  EXPECT_EQ(words("watch linux"),
            "Watching build #7 of linux until it finishes...\n"
            "I could not save that, so it holds only until I am restarted.");
}

TEST_F(StatusTest, TheLastTryOfANumberIsTheLastBuild) {
  ci_->answer(
      "builds?complete=true&order=-buildid&limit=500",
      R"({"builds": [{"buildid": 63, "number": 6, "attempt": 1, "builderid": 1, "results": 2, "complete_at": 1699999999},
                  {"buildid": 62, "number": 6, "attempt": 2, "builderid": 1, "results": 0, "complete_at": 1699999990},
                  {"buildid": 61, "number": 5, "attempt": 3, "builderid": 1, "results": 4}]})");
  EXPECT_EQ(words("last linux"), "linux: last build, attempt 2, completed successfully (10 seconds ago)");
  ci_->answer("builds?complete=false", R"({"builds": []})");
  EXPECT_EQ(words("status linux"),
            "linux: idle  last build, attempt 2, 10 seconds ago, completed successfully");
}

TEST_F(StatusTest, AWatchIsOfOneTry) {
  ci_->answer("builds?complete=false",
              R"({"builds": [{"buildid": 70, "number": 7, "attempt": 2, "builderid": 1}]})");
  EXPECT_EQ(words("status linux"), "linux: running: build #7, attempt 2 (compiling)");
  EXPECT_EQ(words("watch linux"), "Watching build #7, attempt 2, of linux until it finishes...");
  start();  // it was kept
  BuildFacts facts;
  facts.builder = "linux";
  facts.number = 7;
  facts.results = Results::failure;
  const auto told = [&] {
    return bot_->subscriptions()->listeners(EventKind::build_finished, "ci", facts, std::nullopt).size();
  };
  EXPECT_EQ(told(), 0U) << "the first one, late";
  facts.attempt = 2;
  EXPECT_EQ(told(), 1U);
}

TEST_F(StatusTest, BrokenAnswersAreHarmless) {
  for (const char* path :
       {"builders", "workers", "builds?complete=false", "builds/70", "forceschedulers",
        "builds?complete=true&order=-buildid&limit=500", "changes?order=-changeid&limit=10"}) {
    for (const char* answer :
         {"null", "7", "{}", R"({"builders": 7, "workers": {}, "builds": [7, null, {}]})",
          R"({"builders": [{}, {"builderid": "x", "name": 7}], "workers": [{"configured_on": [7]}],
                                   "changes": [{"comments": 7, "when_timestamp": -99999999999999999}]})"}) {
      ci_ = test::sample_master();
      sources_ = {ci_};
      ci_->answer(path, answer);
      for (const char* command : {"status", "status linux", "last all", "watch linux", "list all builders",
                                  "list all workers", "list changes"})
        EXPECT_NE(words(command), "Something bad happened (see logs)") << path << answer << command;
    }
  }
}

}  // namespace
}  // namespace carillon::chat
