#include "cli/moment.hpp"

#include <gmock/gmock.h>

#include "settings/error.hpp"

namespace carillon::cli {
namespace {

TEST(Moment, LengthsAreNoMoments) {
  constexpr Millis noon = 1'750'000'000'000;
  EXPECT_EQ(length_of("--for", "90m", noon), 5'400'000);
  EXPECT_EQ(length_of("--for", "1h 30m", noon), 5'400'000);
  EXPECT_THROW(length_of("--for", "2026-11-20 10:00", noon), settings::ConfigError);
  EXPECT_THROW(length_of("--for", "soon", noon), WrongOption);
  EXPECT_THROW(moment_of("--since", "noon", noon), WrongOption);
}

}  // namespace
}  // namespace carillon::cli
