#include "transport/socket.hpp"

#include <gmock/gmock.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include "fakes/names.hpp"
#include "fakes/run.hpp"
#include "transport/quietly.hpp"

namespace carillon::net {
namespace {

using asio::ip::tcp;
using testing::MatchesRegex;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Two addresses with the same port: 127.0.0.1 and 127.0.0.2. At each somebody listens, or nobody.
class SocketTest : public testing::Test {
 protected:
  SocketTest() {
    names_.use(io_.get_executor());
    names_.means("one.test", {"127.0.0.1"});
    names_.means("both.test", {"127.0.0.1", "127.0.0.2"});
    const auto bind = [](tcp::acceptor& at, const tcp::endpoint& to) {
      at.open(tcp::v4());
      at.bind(to);  // while nobody listens it refuses
    };
    bind(first_, {asio::ip::make_address("127.0.0.1"), 0});
    bind(second_, {asio::ip::make_address("127.0.0.2"), first_.local_endpoint().port()});
  }

  Result<void> connect(const std::string& host, Clock::duration limit = test::patience) {
    const auto port = std::to_string(first_.local_endpoint().port());
    return test::run(io_, socket_->connect(host, port, Clock::now() + limit));
  }

  // From now on it answers nobody: its queue is full.
  void silence(tcp::acceptor& acceptor) {
    acceptor.listen(0);
    for (int i = 0; i < 3; ++i) {
      auto& filler = fillers_.emplace_back(std::make_unique<tcp::socket>(io_, tcp::v4()));
      filler->async_connect(acceptor.local_endpoint(), [](const boost::system::error_code&) {});
    }
    io_.run_one();
  }

  std::string reached() const { return socket_->tcp_socket().remote_endpoint().address().to_string(); }

  asio::io_context io_{1};
  fakes::Names names_;
  tcp::acceptor first_{io_};
  tcp::acceptor second_{io_};
  std::vector<std::unique_ptr<tcp::socket>> fillers_;
  std::shared_ptr<Socket> socket_ = std::make_shared<Socket>(io_.get_executor());
};

TEST_F(SocketTest, TakesTheSecondAddressWhereTheFirstRefuses) {
  second_.listen();
  const auto connected = connect("both.test");
  ASSERT_TRUE(connected) << connected.error().what;
  EXPECT_EQ(reached(), "127.0.0.2");
}

TEST_F(SocketTest, NamesEachAddressThatRefuses) {
  EXPECT_EQ(connect("both.test").error().what, "connect: Connection refused (127.0.0.1, 127.0.0.2)");
  EXPECT_EQ(connect("one.test").error().what, "connect: Connection refused");
  EXPECT_EQ(connect("one.test").error().kind, Failure::Kind::unreachable);
  EXPECT_EQ(connect("none.test").error().what, "name lookup: Name or service not known");
}

TEST_F(SocketTest, TriesOnlyWhatIsAllowed) {
  first_.listen();
  second_.listen();
  Lookups::of(io_.get_executor()).allow(Networks({"127.0.0.2/32"}));
  ASSERT_TRUE(connect("both.test"));
  EXPECT_EQ(reached(), "127.0.0.2");
  EXPECT_TRUE(socket_->quiet());
  Lookups::of(io_.get_executor()).allow(Networks({"10.0.0.0/8"}));
  EXPECT_FALSE(socket_->quiet());
  EXPECT_EQ(connect("both.test").error().what, "127.0.0.1 is not in allowedNetworks");
}

TEST_F(SocketTest, AnAddressThatNeverAnswersTakesItsPartOfTheTimeAndNoMore) {
  silence(first_);
  const auto begun = Clock::now();
  EXPECT_THAT(connect("both.test", 400ms).error().what,
              MatchesRegex(R"(connect: no answer within [12][0-9]+ ms \(127\.0\.0\.1\); )"
                           R"(Connection refused \(127\.0\.0\.2\))"));
  EXPECT_GE(Clock::now() - begun, 150ms);
  second_.listen();
  const auto connected = connect("both.test", 2s);
  ASSERT_TRUE(connected) << connected.error().what;
  EXPECT_EQ(reached(), "127.0.0.2");
  EXPECT_FALSE(socket_->timed_out());
}

TEST_F(SocketTest, SaysHowLongASingleAddressWasWaitedFor) {
  silence(first_);
  EXPECT_THAT(connect("one.test", 50ms).error().what, MatchesRegex("connect: no answer within [0-9]+ ms"));
  names_.hangs("dead.test");
  EXPECT_EQ(connect("dead.test", 50ms).error().what, "name lookup: no answer within 50 ms");
}

TEST_F(SocketTest, EndsWhenItIsClosedOrCancelled) {
  silence(first_);
  asio::steady_timer soon(io_, 20ms);
  soon.async_wait([this](const auto&) { socket_->close(); });
  EXPECT_THAT(connect("one.test").error().what, testing::EndsWith("closed"));
  EXPECT_TRUE(socket_->closed());

  socket_ = std::make_shared<Socket>(io_.get_executor());
  asio::cancellation_signal cancel;
  std::exception_ptr thrown;
  bool ended = false;
  auto done = [&](std::exception_ptr error, const Result<void>&) {
    thrown = error;
    ended = true;
  };
  const auto port = std::to_string(first_.local_endpoint().port());
  asio::co_spawn(io_, socket_->connect("one.test", port, Clock::now() + test::patience),
                 asio::bind_cancellation_slot(cancel.slot(), done));
  soon.expires_after(20ms);
  soon.async_wait([&](const auto&) { cancel.emit(asio::cancellation_type::terminal); });
  ASSERT_TRUE(test::run_until(io_, [&] { return ended; }));
  ASSERT_TRUE(thrown);
  EXPECT_THROW(std::rethrow_exception(thrown), boost::system::system_error);
}

TEST_F(SocketTest, AStepEndsByItsDeadline) {
  first_.listen();
  ASSERT_TRUE(connect("one.test"));
  const auto read = [this]() -> asio::awaitable<std::string> {
    std::array<char, 1> byte{};
    const auto [error, size] = co_await socket_->tcp_socket().async_read_some(asio::buffer(byte), quietly);
    co_return socket_->why(error);
  };
  socket_->allow(Clock::now() + 1h);
  socket_->allow(Clock::now() + 20ms);   // sooner
  socket_->allow(Clock::now() + 100ms);  // later: the timer is there already
  const auto begun = Clock::now();
  EXPECT_EQ(test::run(io_, read()), "time-out");
  EXPECT_GE(Clock::now() - begun, 90ms);
  EXPECT_TRUE(socket_->timed_out());
}

TEST_F(SocketTest, WhatHasNoDeadlineKeepsNothingRunning) {
  first_.listen();
  ASSERT_TRUE(connect("one.test"));
  socket_->allow(Clock::now() + 20ms);
  socket_->rest();
  io_.restart();
  io_.run_for(50ms);
  EXPECT_TRUE(socket_->tcp_socket().is_open());
  EXPECT_FALSE(socket_->timed_out());
}

TEST_F(SocketTest, IsNotUsedAgainWhenTheServerSaidSomethingOrClosed) {
  first_.listen();
  ASSERT_TRUE(connect("one.test"));
  tcp::socket server = first_.accept();
  EXPECT_TRUE(socket_->quiet());
  asio::write(server, asio::buffer("x", 1));
  EXPECT_FALSE(socket_->quiet());
  std::array<char, 1> byte{};
  socket_->tcp_socket().read_some(asio::buffer(byte));
  EXPECT_TRUE(socket_->quiet());
  server.close();
  EXPECT_FALSE(socket_->quiet());
}

}  // namespace
}  // namespace carillon::net
