#include "source/hook/forcing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/secret.hpp"
#include "fakes/run.hpp"
#include "source/hook/run_event.hpp"

namespace carillon::source::hook {
namespace {

class KnownPaths final : public Queries {
 public:
  std::map<std::string, const char*> answers;
  Task<json::value> get(std::string path) override {
    const auto found = answers.find(path);
    if (found == answers.end()) co_return rejected("nobody knows " + path);
    co_return json::parse(found->second);
  }
};

class FakeStarter final : public Starter {
 public:
  Form made;
  std::string branch = "not asked";
  std::vector<std::string> started;
  Result<std::string> answer = std::string("run-7.1");

  Task<Form> form(const Pipeline& pipeline, const std::string& of) override {
    branch = of;
    if (pipeline.project.empty()) co_return rejected("it is no workflow");
    co_return made;
  }
  Task<std::string> start(const Pipeline& pipeline, const Form& /*form*/, const Order& order) override {
    std::string text = pipeline.project + " " + pipeline.run + " " +
                       text_at(pipeline.properties, "workflow") + " on " + order.branch;
    for (const auto& [name, value] : order.values)
      text += " " + name + "=" + value;
    started.push_back(text);
    co_return answer;
  }
};

class ForcingTest : public testing::Test {
 protected:
  ForcingTest() {
    asked_.answers = {
        {"builders", R"({"builders": [{"name": "acme/app/CI", "builderid": 3}, {"name": "acme/app/x"}]})"},
        {"builders/3", R"({"builders": [{"name": "acme/app/CI", "builderid": 3}]})"},
        {"builders/3/builds?order=-number&limit=1", R"({"builds": [{"properties": {
            "project": ["acme/app", "github"], "run": ["run-6.1", "github"], "workflow": ["ci.yml", "github"],
            "odd": 7, "empty": [], "list": [[1], "github"]}}]})"},
        {"builders/4", R"({"builders": [{"name": "x"}]})"},
        {"builders/4/builds?order=-number&limit=1", R"({"builds": []})"},
        {"builds/9", R"({"builds": []})"},
    };
    starter_->made.branch = "main";
    starter_->made.fields = {{.name = "level", .required = true}};
  }
  json::value ask(const std::string& path) {
    auto answer = test::run(io_, forcing_.get(path));
    return answer ? *answer : json::value("refused: " + answer.error().what);
  }
  json::value force(json::object params, const std::string& scheduler = "github") {
    auto answer = test::run(io_, forcing_.force(scheduler, std::move(params)));
    return answer ? *answer : json::value("refused: " + answer.error().what);
  }

  asio::io_context io_;
  Redactor redactor_;
  Log log_{Log::Level::error, redactor_};
  KnownPaths asked_;
  std::shared_ptr<FakeStarter> starter_ = std::make_shared<FakeStarter>();
  Forcing forcing_{"github", asked_, starter_, "", log_};
};

TEST_F(ForcingTest, TheListAsksTheCiForNothing) {
  const json::value all = ask("forceschedulers");
  ASSERT_EQ(all.at("forceschedulers").get_array().size(), 1U);
  const json::object& one = all.at("forceschedulers").at(0).get_object();
  EXPECT_EQ(one.at("name"), "github");
  EXPECT_EQ(one.at("builder_names"), json::array({"acme/app/CI", "acme/app/x"}));
  EXPECT_FALSE(one.contains("all_fields"));
  EXPECT_EQ(starter_->branch, "not asked");
}

TEST_F(ForcingTest, OfABuilderItHasTheFormOfItsPipeline) {
  const json::value all = ask("builders/3/forceschedulers");
  const json::object& one = all.at("forceschedulers").at(0).get_object();
  EXPECT_EQ(one.at("builder_names"), json::array({"acme/app/CI"}));
  EXPECT_EQ(one.at("all_fields").get_array().size(), 3U);
  EXPECT_EQ(starter_->branch, "");
  EXPECT_EQ(ask("builders/4/forceschedulers"),
            "refused: no run of it is known, so nobody can tell what is to be started");
  EXPECT_EQ(ask("builders/5/forceschedulers"), "refused: nobody knows builders/5");
  EXPECT_EQ(json::serialize(ask("builds/9")), R"({"builds":[]})");
}

TEST_F(ForcingTest, ItStartsAndSaysWhichBuildsetThatIs) {
  const json::value answer = force({{"builderid", 3}, {"branch", "next"}, {"level", "2"}, {"owner", "Ann"}});
  EXPECT_THAT(starter_->started, testing::ElementsAre("acme/app run-6.1 ci.yml on next level=2"));
  EXPECT_EQ(starter_->branch, "next");
  ASSERT_TRUE(answer.is_array()) << answer;
  EXPECT_EQ(answer.at(0), buildset_number("run-7.1"));
  starter_->answer = std::string();
  EXPECT_TRUE(force({{"builderid", 3}, {"level", "2"}}).is_null());
}

TEST_F(ForcingTest, WhatIsWrongIsSaidAndNothingStarts) {
  EXPECT_EQ(force({{"level", "2"}}), "refused: builderid: required");
  EXPECT_EQ(force({{"builderid", 3}}), "refused: level: required");
  EXPECT_EQ(force({{"builderid", 3}, {"level", "2"}}, "other"),
            "refused: there is no force scheduler 'other'");
  EXPECT_TRUE(starter_->started.empty());
  starter_->answer = rejected("GitHub says no");
  EXPECT_EQ(force({{"builderid", 3}, {"level", "2"}}), "refused: GitHub says no");
}

TEST_F(ForcingTest, WithoutAStarterItSaysWhatToConfigure) {
  Forcing off("github", asked_, nullptr, "a token is needed", log_);
  for (const char* path : {"forceschedulers", "builders/3/forceschedulers"}) {
    const auto all = test::run(io_, off.get(path));
    ASSERT_TRUE(all);
    const json::object& one = all->at("forceschedulers").at(0).get_object();
    EXPECT_EQ(one.at("enabled"), false) << path;
    EXPECT_EQ(one.at("why"), "a token is needed") << path;
  }
  EXPECT_EQ(test::run(io_, off.force("github", {{"builderid", 3}})).error().what, "a token is needed");
  Forcing never("travis", asked_, nullptr, "", log_);
  const auto none = test::run(io_, never.get("forceschedulers"));
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->at("forceschedulers").get_array().empty());
}

}  // namespace
}  // namespace carillon::source::hook
