#include "model/delivery.hpp"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

namespace carillon {
namespace {

using enum DeliveryState;

TEST(DeliveryStates, HaveWordsThatAreReadBack) {
  ASSERT_EQ(all_delivery_states.size(), 6U);
  for (std::size_t number = 0; number < all_delivery_states.size(); ++number) {
    EXPECT_EQ(static_cast<std::size_t>(all_delivery_states[number]), number) << "as the database has it";
    EXPECT_EQ(delivery_state_from(name(all_delivery_states[number])), all_delivery_states[number]);
  }
  EXPECT_EQ(delivery_state_from("lost"), std::nullopt);
}

// Every state x every step: what is not written here must not happen.
TEST(DeliveryStates, FollowOneAnotherOnlyAsTheTableSays) {
  using Row = std::tuple<DeliveryState, DeliveryStep, DeliveryState>;
  const std::set<Row> allowed{
      {waiting, DeliveryStep::attempt, delivered}, {waiting, DeliveryStep::attempt, waiting},
      {waiting, DeliveryStep::attempt, dead},      {superseded, DeliveryStep::attempt, delivered},
      {dropped, DeliveryStep::attempt, delivered}, {waiting, DeliveryStep::supersede, superseded},
      {waiting, DeliveryStep::drop, dropped},      {dead, DeliveryStep::drop, dropped},
      {waiting, DeliveryStep::resend, waiting},    {delivered, DeliveryStep::resend, waiting},
      {dead, DeliveryStep::resend, waiting},       {superseded, DeliveryStep::resend, waiting},
      {dropped, DeliveryStep::resend, waiting},
  };
  for (const DeliveryState before : all_delivery_states) {
    for (const auto step :
         {DeliveryStep::attempt, DeliveryStep::supersede, DeliveryStep::drop, DeliveryStep::resend}) {
      for (const DeliveryState after : all_delivery_states) {
        EXPECT_EQ(may_become(before, step, after), allowed.contains({before, step, after}))
            << name(before) << " by step " << static_cast<int>(step) << " to " << name(after);
      }
    }
  }
}

}  // namespace
}  // namespace carillon
