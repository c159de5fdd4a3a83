#include "base/gate.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "fakes/run.hpp"

namespace carillon {
namespace {

asio::awaitable<void> pass(Gate& gate, int number, std::vector<int>& inside, std::vector<int>& order,
                           std::size_t& most) {
  const Gate::Place place = co_await gate.enter();
  inside.push_back(number);
  order.push_back(number);
  most = std::max(most, inside.size());
  co_await sleep_for(std::chrono::milliseconds(1));
  std::erase(inside, number);
}

TEST(Gate, LetsAFewThroughInTheOrderOfAsking) {
  asio::io_context io;
  Gate gate(2);
  std::vector<int> inside;
  std::vector<int> order;
  std::size_t most = 0;
  for (int i = 0; i < 10; ++i)
    asio::co_spawn(io, pass(gate, i, inside, order, most), asio::detached);
  ASSERT_TRUE(test::run_until(io, [&] { return order.size() == 10 && inside.empty(); }));
  EXPECT_EQ(most, 2U);
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

asio::awaitable<int> two_places(Gate& gate) {
  Gate::Place first = co_await gate.enter();
  Gate::Place copy = first;
  first.reset();
  copy.reset();
  const Gate::Place again = co_await gate.enter();
  co_return 1;
}

TEST(Gate, APlaceIsFreeWhenItsLastCopyIsGone) {
  asio::io_context io;
  Gate gate(1);
  EXPECT_EQ(test::run(io, two_places(gate)), 1);
}

}  // namespace
}  // namespace carillon
