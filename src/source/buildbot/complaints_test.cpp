#include "source/buildbot/complaints.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/secret.hpp"
#include "fakes/clock.hpp"

namespace carillon::source::buildbot {
namespace {

using Kind = Complaints::Kind;

class ComplaintsTest : public testing::Test {
 protected:
  // What the log gets, without its times.
  std::string said(Kind kind, const std::string& text, int times = 1) {
    testing::internal::CaptureStderr();
    for (int i = 0; i < times; ++i)
      complaints_.add(kind, text);
    std::string lines = testing::internal::GetCapturedStderr();
    const auto begin = lines.find(' ');
    return begin == std::string::npos ? lines : lines.substr(begin + 1);
  }

  test::FakeClock clock_;
  Redactor redactor_;
  Log log_{Log::Level::debug, redactor_};
  Complaints complaints_{"master ci", log_, clock_};
};

TEST_F(ComplaintsTest, OneLineAMinuteOfEachKind) {
  EXPECT_EQ(said(Kind::frame, "garbage 'x'", 9000), "warning master ci: garbage 'x'\n");
  EXPECT_EQ(said(Kind::build, "builds/7: no number"), "error   master ci: builds/7: no number\n");
  clock_.advance(Complaints::pause - 1);
  EXPECT_EQ(said(Kind::frame, "garbage 'y'"), "");
  clock_.advance(1);
  EXPECT_EQ(said(Kind::frame, "garbage 'z'", 3),
            "warning master ci: garbage 'z' (and 9000 more of the kind before it)\n");
  clock_.advance(Complaints::pause);
  EXPECT_EQ(said(Kind::frame, "again"), "warning master ci: again (and 2 more of the kind before it)\n");
  clock_.advance(Complaints::pause);
  EXPECT_EQ(said(Kind::frame, "now and then"), "warning master ci: now and then\n");
}

TEST_F(ComplaintsTest, AClockThatIsPutBackSilencesNothing) {
  EXPECT_NE(said(Kind::answer, "a"), "");
  clock_.advance(-3'600'000);
  EXPECT_EQ(said(Kind::answer, "b"), "warning master ci: b\n");
}

}  // namespace
}  // namespace carillon::source::buildbot
