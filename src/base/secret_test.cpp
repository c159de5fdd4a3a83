#include "base/secret.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

TEST(Redactor, HidesEveryFormOfEverySecret) {
  Redactor redact;
  redact.add("s3cr3t/word");
  redact.add("s3cr3t/word-longer");
  EXPECT_EQ(redact("a s3cr3t/word b s3cr3t/word-longer"), "a *** b ***");
  EXPECT_EQ(redact("http://host/?k=s3cr3t%2Fword"), "http://host/?k=***");
  EXPECT_EQ(redact("Basic czNjcjN0L3dvcmQ="), "Basic ***");
}

TEST(Redactor, LeavesInnocentTextAlone) {
  Redactor redact;
  redact.add("abc");  // too short to be told from other text
  EXPECT_EQ(redact("abcdef"), "abcdef");
}

}  // namespace
}  // namespace carillon
