#include "message/formatter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace carillon::message {
namespace {

using testing::HasSubstr;
using Modes = std::vector<std::string>;

const Site site{"The project", "http://ci/"};

json::object build(std::string_view text) {
  return json::parse(text).as_object();
}

json::object full_build() {
  return build(R"({
    "number": 7, "results": 2, "state_string": "failed compile", "url": "http://ci/#builders/1/builds/7",
    "properties": {"workername": ["w1", "Worker"], "owner": ["zoe", "Force"]},
    "prev_build": {"results": 0},
    "changes": [{"author": "adam"}],
    "buildset": {"bsid": 3, "sourcestamps": [
      {"project": "lib", "codebase": "lib", "branch": "main", "revision": "abc", "patch": null},
      {"project": "app", "codebase": "", "branch": null, "revision": null, "patch": {"author": "eve"}},
      {"project": "lib", "codebase": "x", "branch": null, "revision": "d", "patch": null}]}})");
}

TEST(BuildContext, HasEveryNameOfTheManual) {
  const json::object c = build_context(site, {"failing", "problem"}, "linux", full_build());
  EXPECT_EQ(c.at("results"), json::value(2));
  EXPECT_EQ(json::serialize(c.at("mode")), R"(["failing","problem"])");
  EXPECT_EQ(c.at("buildername"), "linux");
  EXPECT_EQ(c.at("workername"), "w1");
  EXPECT_EQ(c.at("buildset").at("bsid"), 3);
  EXPECT_EQ(c.at("build").at("number"), 7);
  EXPECT_EQ(c.at("attempt"), 1);
  EXPECT_EQ(c.at("projects"), "lib, app");
  EXPECT_EQ(c.at("previous_results"), 0);
  EXPECT_EQ(c.at("status_detected"), "new failure");
  EXPECT_EQ(c.at("build_url"), "http://ci/#builders/1/builds/7");
  EXPECT_EQ(c.at("buildbot_url"), "http://ci/");
  EXPECT_EQ(json::serialize(c.at("blamelist")), R"(["adam","eve","zoe"])");
  EXPECT_EQ(c.at("summary"), "BUILD FAILED: failed compile");
  EXPECT_EQ(c.at("sourcestamps"),
            "Source 'lib': branch main, revision abc\nSource: newest revision (with a patch)\n"
            "Source 'x': revision d\n");
}

TEST(BuildContext, ManagesWithNothing) {
  const json::object c = build_context(site, {}, "b", {});
  EXPECT_EQ(c.at("results"), nullptr);
  EXPECT_EQ(c.at("workername"), "<unknown>");
  EXPECT_EQ(c.at("projects"), "The project");
  EXPECT_EQ(c.at("status_detected"), "started build");
  EXPECT_EQ(c.at("summary"), "Build started");
  EXPECT_EQ(c.at("sourcestamps"), "");
  EXPECT_EQ(build_context(site, {}, "b", build(R"({"workername": "w"})")).at("workername"), "w");
}

struct Case {
  int now;
  int before;
  const char* mode;
  const char* detected;
  const char* summary;
};

TEST(BuildContext, StatusAndSummaryOfEachResult) {
  const std::vector<Case> cases{
      {0, 0, "change", "passing build", "Build succeeded!"},
      {0, 2, "change", "restored build", "Build succeeded!"},
      {0, 2, "passing", "passing build", "Build succeeded!"},
      {1, 0, "change", "problem in the build", "Build Had Warnings: st"},
      {2, 2, "change", "failed build", "BUILD FAILED: st"},
      {2, 0, "change", "new failure", "BUILD FAILED: st"},
      {2, 1, "problem", "new failure", "BUILD FAILED: st"},
      {2, 2, "problem", "failed build", "BUILD FAILED: st"},
      {2, -1, "problem", "failed build", "BUILD FAILED: st"},
      {3, 0, "change", "skipped build", "Build was skipped: st"},
      {4, 0, "change", "build exception", "BUILD FAILED: st"},
      {5, 0, "change", "retry build", "Build will be retried: st"},
      {6, 0, "change", "cancelled build", "Build was cancelled"},
  };
  for (const Case& c : cases) {
    json::object b = build(R"({"state_string": "st"})");
    b["results"] = c.now;
    if (c.before >= 0) b["prev_build"] = {{"results", c.before}};
    const json::object context = build_context(site, Modes{c.mode}, "b", b);
    EXPECT_EQ(context.at("status_detected"), c.detected) << c.now << " after " << c.before << " " << c.mode;
    EXPECT_EQ(context.at("summary"), c.summary) << c.now;
  }
}

TEST(PlainMessages, SayTheEssentials) {
  const Message m = plain_build_message(build_context(site, {}, "linux", full_build()));
  EXPECT_EQ(m.markup, Markup::plain);
  EXPECT_THAT(m.body, HasSubstr("BUILD FAILED: failed compile\n"));
  EXPECT_THAT(m.body, HasSubstr("Builder: linux\n"));
  EXPECT_THAT(m.body, HasSubstr("Changes by: adam, eve, zoe\n"));
  EXPECT_THAT(m.body, HasSubstr("http://ci/#builders/1/builds/7"));
  const Message w =
      plain_worker_message(worker_context(site, build(R"({"name": "w1", "last_connection": "1 hour ago"})")));
  EXPECT_THAT(w.body, HasSubstr("'w1' of The project"));
  EXPECT_THAT(w.body, HasSubstr("1 hour ago"));
}

TEST(PlainBuildMessage, NamesALaterTry) {
  json::object again = full_build();
  const std::string first = plain_build_message(build_context(site, {}, "linux", again)).body;
  EXPECT_EQ(first.find("ttempt"), std::string::npos);
  again["attempt"] = 2;
  const json::object context = build_context(site, {}, "linux", again);
  EXPECT_EQ(context.at("attempt"), 2);
  EXPECT_THAT(plain_build_message(context).body, HasSubstr("Builder: linux\nBuild: #7, attempt 2\n"));
}

TEST(PlainBuildMessage, NamesFailedTests) {
  json::object tested = full_build();
  EXPECT_EQ(plain_build_message(build_context(site, {}, "linux", tested)).body.find("Failed tests"),
            std::string::npos);
  tested["tests"] = json::object{{"total", 12}, {"failed", 2}, {"failed_names", json::array{"peal", "toll"}}};
  EXPECT_THAT(plain_build_message(build_context(site, {}, "linux", tested)).body,
              HasSubstr("Failed tests: 2 of 12: peal, toll\n"));
}

class FakeFormatter final : public settings::Object {
 public:
  explicit FakeFormatter(Result<json::value> answer) : answer_(std::move(answer)) {}
  Task<json::value> call(std::string_view method, json::array args, std::string_view master) override {
    EXPECT_EQ(method, "format");
    EXPECT_EQ(master, "main");
    EXPECT_TRUE(args.at(0).is_object());
    co_return answer_;
  }
  json::value attribute(std::string_view) const override { return nullptr; }
  bool overrides(std::string_view) const override { return false; }
  std::string where() const override { return "f:1"; }

 private:
  Result<json::value> answer_;
};

Message formatted(settings::ObjectPtr formatter) {
  asio::io_context io;
  Message message;
  const json::object context = build_context(site, {}, "linux", full_build());
  asio::co_spawn(io, format_build(std::move(formatter), context, "main"),
                 [&](const std::exception_ptr&, Message m) { message = std::move(m); });
  io.run();
  return message;
}

TEST(FormatBuild, TakesTheFormattersWords) {
  const auto m = formatted(std::make_shared<FakeFormatter>(
      json::value{{"body", "<b>x</b>"}, {"type", "html"}, {"subject", "one\r\nBcc: two"}}));
  EXPECT_EQ(m.body, "<b>x</b>");
  EXPECT_EQ(m.markup, Markup::html);
  EXPECT_EQ(m.subject, "one Bcc: two");
  EXPECT_EQ(m.note, "");
}

TEST(FormatBuild, FallsBackToPlainWordsWithANote) {
  const auto failed = formatted(std::make_shared<FakeFormatter>(rejected("master.cfg:3: KeyError: 'x'")));
  EXPECT_THAT(failed.body, HasSubstr("BUILD FAILED"));
  EXPECT_THAT(failed.note, HasSubstr("master.cfg:3: KeyError: 'x'"));
  EXPECT_FALSE(failed.subject.has_value());
  const auto strange = formatted(std::make_shared<FakeFormatter>(json::value("text")));
  EXPECT_THAT(strange.note, HasSubstr("did not return a dictionary"));
  const auto nobody = formatted(std::make_shared<FakeFormatter>(json::value{{"type", "plain"}}));
  EXPECT_THAT(nobody.note, HasSubstr("'body'"));
  EXPECT_EQ(formatted(nullptr).note, "");
}

}  // namespace
}  // namespace carillon::message
