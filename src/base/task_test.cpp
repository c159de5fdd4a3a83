#include "base/task.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>
#include <stdexcept>

namespace carillon {
namespace {

asio::awaitable<int> throwing(std::exception_ptr thrown) {
  co_await sleep_for(std::chrono::milliseconds(1));
  if (thrown) std::rethrow_exception(thrown);
  co_return 1;
}

TEST(OrEnd, LetsAnExceptionEndTheLoop) {
  asio::io_context io;
  asio::co_spawn(io, throwing(std::make_exception_ptr(std::logic_error("a bug"))), or_end);
  EXPECT_THROW(io.run(), std::logic_error);
}

TEST(OrEnd, CancellationAndAValueAreNone) {
  asio::io_context io;
  const boost::system::system_error cancelled(asio::error::operation_aborted);
  asio::co_spawn(io, throwing(std::make_exception_ptr(cancelled)), or_end);
  asio::co_spawn(io, throwing(nullptr), or_end);
  EXPECT_NO_THROW(io.run());
}

}  // namespace
}  // namespace carillon
