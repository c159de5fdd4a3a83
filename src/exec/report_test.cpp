#include "exec/report.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace carillon::exec {
namespace {

Job example() {
  Job job;
  job.notes.builder = "backup";
  job.command = {"/usr/local/bin/backup.sh", "--all"};
  job.id = "1700000000123-0011223344556677";
  job.host = "bell";
  job.started = 1'700'000'000'123;
  return job;
}

json::object parsed(const std::string& line) {
  EXPECT_TRUE(line.ends_with("\n"));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  return json::parse(line).as_object();
}

TEST(Report, StartAndEndAreOneBuild) {
  const json::object start = parsed(start_line(example()));
  const json::object end = parsed(end_line(example(), Ending{.code = 3}, {}, 1'700'000'060'999, "one\ntwo"));
  EXPECT_EQ(string_at(start, "k"), "builds/1700000000123-0011223344556677/new");
  EXPECT_EQ(string_at(end, "k"), "builds/1700000000123-0011223344556677/finished");
  for (const json::object* line : {&start, &end}) {
    EXPECT_EQ(string_at(*line, "m.builder.name"), "backup");
    EXPECT_EQ(integer_at(*line, "m.number"), 1'700'000'000'123);
    EXPECT_EQ(integer_at(*line, "m.started_at"), 1'700'000'000);
    EXPECT_EQ(integer_at(*line, "m.buildrequest.submitted_at"), 1'700'000'000);
  }
  EXPECT_TRUE(find(start, "m.results")->is_null());
  EXPECT_EQ(integer_at(end, "m.results"), 2);
  EXPECT_EQ(integer_at(end, "m.complete_at"), 1'700'000'060);
  EXPECT_EQ(string_at(end, "m.state_string"), "exit code 3");
}

TEST(Report, TheOutputIsTheLogOfItsOneStep) {
  const json::object end = parsed(end_line(example(), Ending{.code = 0}, {}, 1'700'000'060'999, "one\ntwo"));
  const json::array& steps = *array_at(end, "m.steps");
  ASSERT_EQ(steps.size(), 1U);
  const json::object& step = steps.front().as_object();
  EXPECT_EQ(string_at(step, "name"), "backup.sh");
  EXPECT_EQ(integer_at(step, "results"), 0);
  const json::object& log = array_at(step, "logs")->front().as_object();
  EXPECT_EQ(string_at(log, "name"), "stdio");
  EXPECT_EQ(string_at(log, "content.content"), "one\ntwo");
  EXPECT_EQ(integer_at(log, "num_lines"), 2);
}

TEST(Report, SourceStampsOnlyWhenSomethingIsSaidOfThem) {
  Job job = example();
  EXPECT_TRUE(array_at(parsed(start_line(job)), "m.buildset.sourcestamps")->empty());
  job.notes.revision = "abc";
  job.notes.project = "bells/ring";
  const json::object start = parsed(start_line(job));
  const json::object& stamp = array_at(start, "m.buildset.sourcestamps")->front().as_object();
  EXPECT_EQ(string_at(stamp, "revision"), "abc");
  EXPECT_EQ(string_at(stamp, "project"), "bells/ring");
  EXPECT_TRUE(find(stamp, "branch")->is_null());
  const json::object& properties = *object_at(start, "m.properties");
  EXPECT_EQ(array_at(properties, "revision")->front(), "abc");
  EXPECT_FALSE(properties.contains("branch"));
}

TEST(Report, TheUsersPropertiesStandBeforeOurs) {
  Job job = example();
  job.notes.number = 17;
  job.notes.properties = {{"workername", "other"}, {"owner", "ann@example.org"}};
  const json::object start = parsed(start_line(job));
  EXPECT_EQ(integer_at(start, "m.number"), 17);
  const json::object& properties = *object_at(start, "m.properties");
  EXPECT_EQ(array_at(properties, "workername")->front(), "other");
  EXPECT_EQ(array_at(properties, "owner")->front(), "ann@example.org");
  EXPECT_EQ(array_at(properties, "buildnumber")->front(), 17);
}

TEST(Report, AnyBytesMakeUtf8) {
  Job job = example();
  job.notes.builder = "\xff";
  job.notes.reason = "a\nb\xc3";
  job.notes.properties = {{"x\xfe", "\x80"}};
  job.command = {"\xf0\x9f"};
  job.host = "\xaa";
  const std::string line = end_line(job, Ending{.code = 0}, {}, 0, "");
  EXPECT_EQ(string_at(parsed(line), "m.builder.name"), "\uFFFD");
}

TEST(Report, ARunThatWasLostIsAnException) {
  const json::object lost = parsed(lost_line(example()));
  EXPECT_EQ(string_at(lost, "k"), "builds/1700000000123-0011223344556677/finished");
  EXPECT_EQ(integer_at(lost, "m.results"), 4);
  EXPECT_EQ(find(lost, "m.complete_at"), nullptr);
}

}  // namespace
}  // namespace carillon::exec
