#include "pipeline/details.hpp"

#include <gtest/gtest.h>

#include "fakes/clock.hpp"
#include "fakes/master.hpp"
#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "spool/folder.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace carillon::pipeline {
namespace {

class DetailsTest : public testing::Test {
 protected:
  ~DetailsTest() override { store_->close(); }

  Result<void> complement_it(bool give_up = false) {
    const FindSource find = [this](std::string_view) { return master_; };
    Event event;
    event.source = "ci";
    return test::run(io_, complement(build_, needs_, event, {find, *store_, logs_}, give_up, order_));
  }
  void answer_log(const std::string& path, const std::string& text) {
    json::object chunk;
    chunk["content"] = text;
    json::object answer;
    answer["logchunks"] = json::array{chunk};
    master_->answers.insert_or_assign("logs/" + path, Result<json::value>(answer));
  }
  std::string content_of_log(std::size_t log) {
    const json::array& logs = build_["steps"].as_array()[0].as_object()["logs"].as_array();
    const auto text = string_at(logs[log].as_object(), "content.content");
    return text ? std::string(*text) : "none";
  }
  std::string at(const char* path) {
    const json::value* value = find(build_, path);
    return value == nullptr ? "missing" : json::serialize(*value);
  }

  test::TempDir dir_;
  asio::io_context io_;
  std::unique_ptr<store::Store> store_ = store::open_sqlite(io_.get_executor(), dir_.file("c.sqlite"));
  std::shared_ptr<test::FakeMaster> master_ = std::make_shared<test::FakeMaster>();
  json::object build_ =
      json::parse(R"({"buildid": 7, "number": 3, "builderid": 2, "builder": {"name": "linux"}})").as_object();
  reporter::Needs needs_;
  reporter::Details order_;
  std::vector<std::string>& notes_ = order_.notes;
  test::FakeClock clock_;
  Redactor redactor_;
  Log log_{Log::Level::error, redactor_};
  spool::Folder spool_{io_.get_executor(), dir_.path() / "spool", 0};
  SpoolRoom room_{spool_, *store_, log_};
  LogFetcher logs_{spool_, room_, clock_, log_};
};

TEST_F(DetailsTest, FetchesWhatIsNeededAndNothingElse) {
  master_->answer("builds/7/properties", R"({"properties": [{"owner": ["ann", "x"]}]})");
  master_->answer("builds/7/changes", R"({"changes": [{"author": "bob"}]})");
  needs_.changes = true;
  ASSERT_TRUE(complement_it());
  EXPECT_EQ(at("properties.owner"), R"(["ann","x"])");
  EXPECT_EQ(at("changes"), R"([{"author":"bob"}])");
  EXPECT_EQ(at("steps"), "missing");
  EXPECT_EQ(master_->asked.size(), 2U);
  EXPECT_TRUE(notes_.empty());
}

TEST_F(DetailsTest, WhatTheEventBroughtIsNotFetched) {
  for (const char* member : {"changes", "steps"})
    build_[member] = json::array();
  build_["properties"] = json::object();
  build_["prev_build"] = nullptr;
  needs_.changes = needs_.steps = needs_.previous_build = true;
  ASSERT_TRUE(complement_it());
  EXPECT_TRUE(master_->asked.empty());
}

TEST_F(DetailsTest, LogsThatAreWordedKeepHeadAndTail) {
  needs_.properties = false;
  needs_.logs = true;
  master_->answer("builds/7/steps", R"({"steps": [{"stepid": 4, "name": "make"}]})");
  master_->answer("steps/4/logs", R"({"logs": [{"logid": 8, "name": "stdio", "num_lines": 2},
      {"logid": 9, "name": "long", "num_lines": 4}]})");
  answer_log("8/contents?offset=0&limit=2", "oone\neother\n");
  const std::string line(max_log_bytes / 3, 'x');
  std::string whole;
  for (int i = 0; i < 4; ++i)
    whole += line + "\n";
  answer_log("9/contents?offset=0&limit=4", whole);
  answer_log("9/contents?offset=2&limit=2", line + "\n" + line + "\n");
  for (int i = 0; i < 4; ++i)
    answer_log("9/contents?offset=" + std::to_string(i) + "&limit=1", line + "\n");
  ASSERT_TRUE(complement_it());
  EXPECT_EQ(content_of_log(0), "oone\neother\n");
  EXPECT_EQ(content_of_log(1), line + "\n[... 2 lines left out ...]\n" + line + "\n");
  EXPECT_TRUE(order_.logs.empty());
}

TEST_F(DetailsTest, LogsThatAreSentAreFetchedWhenTheyAreWantedOnly) {
  needs_.properties = false;
  needs_.sent = {reporter::LogChoice{false, {"make.stdio", "long"}}, 1 << 20, true};
  master_->answer("builds/7/steps", R"({"steps": [{"stepid": 4, "name": "make"}]})");
  master_->answer("steps/4/logs", R"({"logs": [{"logid": 8, "name": "stdio", "num_lines": 1, "type": "s"},
      {"logid": 9, "name": "long", "num_lines": 2, "type": "s"}, {"logid": 10, "name": "other", "num_lines": 9}]})");
  answer_log("8/contents?offset=0&limit=1", "oone\n");
  const std::string line(short_log, 'x');
  answer_log("9/contents?offset=0&limit=2", "o" + line + "\no" + line + "\n");
  ASSERT_TRUE(complement_it());
  EXPECT_EQ(content_of_log(0), "oone\n");
  EXPECT_EQ(content_of_log(1), "none");
  EXPECT_EQ(content_of_log(2), "none");
  ASSERT_EQ(order_.logs.size(), 1U);
  EXPECT_EQ(order_.logs.at(9).size, 2 * (short_log + 1)) << "without the channel letters";
  EXPECT_EQ(master_->asked.size(), 4U);
  // A template that wants them, too, gets what fits into memory.
  build_.erase("steps");
  needs_.logs = true;
  answer_log("10/contents?offset=0&limit=9", "html\n");
  ASSERT_TRUE(complement_it());
  EXPECT_EQ(content_of_log(1), "o" + line + "\no" + line + "\n");
  EXPECT_EQ(content_of_log(2), "html\n");
  EXPECT_EQ(order_.logs.size(), 1U);
}

TEST_F(DetailsTest, ALogThatCannotBeFetchedIsNotedInTheEnd) {
  needs_.properties = false;
  needs_.sent = {reporter::LogChoice{true, {}}, 1 << 20, true};
  master_->answer("builds/7/steps", R"({"steps": [{"stepid": 4, "name": "make"}]})");
  master_->answer("steps/4/logs", R"({"logs": [{"logid": 8, "name": "stdio", "num_lines": 1}]})");
  master_->answers.insert_or_assign("logs/8/contents?offset=0&limit=1",
                                    Result<json::value>(unreachable("away")));
  EXPECT_FALSE(complement_it());
  ASSERT_TRUE(complement_it(true));
  EXPECT_EQ(notes_, std::vector<std::string>{"log 8 could not be fetched: away"});
  EXPECT_EQ(content_of_log(0), "");
}

TEST_F(DetailsTest, AMasterThatIsDownIsAskedAgainUntilItIsGivenUp) {
  master_->answers.insert_or_assign("builds/7/properties", Result<json::value>(unreachable("down")));
  const auto failed = complement_it();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, Failure::Kind::unreachable);
  EXPECT_TRUE(notes_.empty());
  ASSERT_TRUE(complement_it(true));
  EXPECT_EQ(notes_, std::vector<std::string>{"builds/7/properties could not be fetched: down"});
}

TEST_F(DetailsTest, WhatTheMasterDoesNotHaveIsNoted) {
  ASSERT_TRUE(complement_it());
  EXPECT_EQ(notes_, std::vector<std::string>{"builds/7/properties could not be fetched: 404"});
  EXPECT_EQ(at("properties"), "{}");
}

TEST_F(DetailsTest, NonsenseIsNoDetails) {
  master_->answer("builds/7/properties", R"(["nonsense"])");
  master_->answer("builds/7/steps", R"({"steps": [3, {"stepid": "x"}]})");
  needs_.logs = true;
  ASSERT_TRUE(complement_it());
  EXPECT_EQ(at("properties"), "{}");
}

TEST(IsComplete, WhenWhatIsNeededIsThere) {
  const json::object build =
      json::parse(R"({"buildid": 7, "properties": {}, "steps": [], "changes": null, "prev_build": null})")
          .as_object();
  reporter::Needs needs;
  EXPECT_TRUE(is_complete(build, needs));
  needs.steps = needs.previous_build = true;
  EXPECT_TRUE(is_complete(build, needs));
  needs.changes = true;
  EXPECT_FALSE(is_complete(build, needs)) << "null is not known yet";
  needs.changes = false;
  needs.logs = true;
  EXPECT_FALSE(is_complete(build, needs)) << "the logs of each step are looked for";
  json::object posted = json::parse(R"({"number": 7})").as_object();
  EXPECT_TRUE(is_complete(posted, reporter::Needs())) << "nobody can be asked without an id";
  needs.previous_build = true;
  EXPECT_FALSE(is_complete(posted, needs)) << "the store can be";
}

TEST_F(DetailsTest, ThePreviousBuildComesFromTheMasterWhereTheStoreHasNone) {
  needs_.properties = false;
  needs_.previous_build = true;
  master_->answer("builders/2/builds?number__lt=3&complete=true&results__ne=5&order=-number&limit=1",
                  R"({"builds": [{"number": 1, "results": 0}]})");
  ASSERT_TRUE(complement_it());
  EXPECT_EQ(at("prev_build.number"), "1");
}

TEST_F(DetailsTest, OfALaterTryTheOneBeforeIsThePreviousBuild) {
  needs_.properties = false;
  needs_.previous_build = true;
  build_["attempt"] = 3;
  master_->answer("builders/2/builds?number__le=3&complete=true&results__ne=5&order=-number&limit=20",
                  R"({"builds": [{"number": 3, "attempt": 3, "results": 0}, {"number": 3, "results": 4},
                      {"number": 3, "attempt": 2, "results": 2}, {"number": 2, "attempt": 7, "results": 1}]})");
  ASSERT_TRUE(complement_it());
  EXPECT_EQ(at("prev_build.results"), "2");
}

TEST_F(DetailsTest, LoginsInWhatTheMasterSaysAreHidden) {
  master_->answer("builds/7/properties", R"({"properties": [{"repo": ["https://ci:hunter2@h/r", "Git"]}]})");
  ASSERT_TRUE(complement_it());
  EXPECT_EQ(at("properties.repo"), R"(["https://ci:***@h/r","Git"])");
}

TEST_F(DetailsTest, ThePreviousBuildComesFromTheStore) {
  Event event;
  event.source = "ci";
  event.key = "builds/6/finished";
  event.body =
      json::parse(R"({"number": 2, "results": 2, "builder": {"name": "linux"}, "steps": []})").as_object();
  store::NewEvent stored;
  stored.kind = EventKind::build_finished;
  stored.facts = facts_of(event.body);
  event.text = std::make_shared<const ObjectText>(event.body);
  stored.event = std::make_shared<const Event>(std::move(event));
  std::vector<store::NewEvent> events;
  events.push_back(std::move(stored));
  ASSERT_TRUE(test::run(io_, store_->accept("ci", std::move(events), nullptr, 1)));
  needs_.properties = false;
  needs_.previous_build = true;
  ASSERT_TRUE(complement_it());
  EXPECT_EQ(at("prev_build"), R"({"number":2,"results":2})");
  EXPECT_TRUE(master_->asked.empty());
}

}  // namespace
}  // namespace carillon::pipeline
