#include "base/log.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "base/secret.hpp"

namespace carillon {
namespace {

std::string logged(Log::Format format, std::string_view where, std::string_view text) {
  Redactor redactor;
  redactor.add("hush-hush");
  testing::internal::CaptureStderr();
  {
    const Log log(Log::Level::info, redactor, format);
    log.debug(where, "too low to be seen");
    log.warning(where, text);
  }
  return testing::internal::GetCapturedStderr();
}

TEST(Log, TextCannotForgeALine) {
  const std::string line = logged(Log::Format::text, "courier", "a\nb hush-hush");
  EXPECT_NE(line.find(" warning courier: a\\nb ***\n"), std::string::npos) << line;
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST(Log, TextDoesNotPlayWithATerminal) {
  const std::string line = logged(Log::Format::text, "r\u202e", "a\x1b[2J\u009b2Jb\x9b\u2066c");
  EXPECT_NE(line.find(" warning r?: a?[2J?2Jb\ufffd?c\n"), std::string::npos) << line;
}

TEST(Log, JsonIsOneObjectPerLine) {
  const std::string line = logged(Log::Format::json, "bots", "a\n\"b\"\x01 \xff hush-hush");
  ASSERT_EQ(line.find('\n'), line.size() - 1);
  const json::object object = json::parse(line).as_object();
  EXPECT_EQ(object.size(), 4U);
  EXPECT_EQ(object.at("level"), "warning");
  EXPECT_EQ(object.at("part"), "bots");
  EXPECT_EQ(object.at("message"), "a\n\"b\"\x01 \xef\xbf\xbd ***");
  const std::string time(object.at("time").as_string());
  EXPECT_EQ(time.size(), std::string("2026-01-31T12:00:00.000Z").size());
  EXPECT_TRUE(time.ends_with('Z'));
}

}  // namespace
}  // namespace carillon
