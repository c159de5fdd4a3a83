#include "store/signal.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "fakes/run.hpp"

namespace carillon::store {
namespace {

asio::awaitable<void> count(Signal& signal, int& woken) {
  while (true) {
    co_await signal.wait();
    ++woken;
  }
}

TEST(Signal, TheWaiterRunsBeforeWhoRaisedItGoesOn) {
  asio::io_context io;
  Signal signal(io.get_executor());
  int woken = 0;
  asio::co_spawn(io, count(signal, woken), asio::detached);
  io.poll();
  EXPECT_EQ(woken, 0);
  signal.raise();
  EXPECT_EQ(woken, 1);
  signal.raise();
  EXPECT_EQ(woken, 2) << "it waits again at once";
}

TEST(Signal, WhatIsRaisedBeforeIsNotMissedAndCountsOnce) {
  asio::io_context io;
  Signal signal(io.get_executor());
  signal.raise();
  signal.raise();
  int woken = 0;
  asio::co_spawn(io, count(signal, woken), asio::detached);
  io.poll();
  EXPECT_EQ(woken, 1);
}

TEST(Signal, WaitsOnlySoLong) {
  asio::io_context io;
  Signal signal(io.get_executor());
  test::run(io, [](Signal& of) -> asio::awaitable<int> {
    co_await of.wait_for(std::chrono::milliseconds(1));
    co_return 0;
  }(signal));
  int woken = 0;
  asio::co_spawn(io, count(signal, woken), asio::detached);
  io.restart();
  io.poll();
  signal.raise();
  EXPECT_EQ(woken, 1);
}

}  // namespace
}  // namespace carillon::store
