#include "server/health_monitor.hpp"

#include <gtest/gtest.h>

namespace carillon::server {
namespace {

TEST(Lateness, TellsTheWorstOfTheLastBeatsHoweverOftenItIsAsked) {
  using Seconds = Lateness::Seconds;
  Lateness lateness;
  EXPECT_EQ(lateness.worst(), Seconds(0));
  lateness.add(Seconds(0.25));
  lateness.add(Seconds(3));
  lateness.add(Seconds(-0.001));
  EXPECT_EQ(lateness.worst(), Seconds(3));
  EXPECT_EQ(lateness.worst(), Seconds(3));
  for (std::size_t beat = 2; beat < Lateness::beats; ++beat)
    lateness.add(Seconds(0.5));
  EXPECT_EQ(lateness.worst(), Seconds(3)) << "one of the last so many";
  lateness.add(Seconds(0.5));
  EXPECT_EQ(lateness.worst(), Seconds(0.5)) << "it is forgotten";
}

}  // namespace
}  // namespace carillon::server
