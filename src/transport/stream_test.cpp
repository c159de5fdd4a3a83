#include "transport/stream.hpp"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <fstream>

#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "fakes/tls_server.hpp"

namespace carillon::net {
namespace {

using fakes::TlsServer;
using testing::HasSubstr;
using namespace std::chrono_literals;

class StreamTest : public testing::Test {
 protected:
  // A stream that trusts the server's authority. host: of the server's address, as it is written.
  std::unique_ptr<Stream> stream(const TlsServer& server, const std::string& host = "127.0.0.1",
                                 bool verify = true) {
    const std::string file = (folder_.path() / "authority.pem").string();
    std::ofstream(file) << server.authority();
    return std::make_unique<Stream>(io_.get_executor(),
                                    Peer{.host = host, .port = server.port(), .tls = true, .verify = verify},
                                    trust(file));
  }

  Result<void> open(Stream& stream, std::chrono::milliseconds limit = test::patience) {
    return test::run(io_, stream.open(limit));
  }

  std::string echo(Stream& stream) {
    const auto written = test::run(io_, stream.write("hello", test::patience));
    if (!written) return written.error().what;
    const auto read = test::run(io_, stream.read());
    return read ? std::string(*read) : read.error().what;
  }

  asio::io_context io_{1};
  test::TempDir folder_;
};

TEST_F(StreamTest, SpeaksTlsWithWhomItTrusts) {
  const TlsServer server(io_.get_executor(), {});
  const auto by_address = stream(server);
  const auto opened = open(*by_address);
  ASSERT_TRUE(opened) << opened.error().what;
  EXPECT_EQ(echo(*by_address), "hello");
  EXPECT_TRUE(by_address->quiet());

  const TlsServer named(io_.get_executor(), {.of = "DNS:localhost"});
  const auto by_name = stream(named, "localhost");
  ASSERT_TRUE(open(*by_name));
  EXPECT_EQ(echo(*by_name), "hello");
}

TEST_F(StreamTest, RefusesACertificateThatIsNotTheHosts) {
  const TlsServer other(io_.get_executor(), {.of = "DNS:other.test"});
  EXPECT_EQ(open(*stream(other, "localhost")).error().what,
            "TLS: the certificate is not accepted: hostname mismatch");
  EXPECT_EQ(open(*stream(other)).error().what, "TLS: the certificate is not accepted: IP address mismatch");
  EXPECT_EQ(open(*stream(other)).error().kind, Failure::Kind::unreachable);
}

TEST_F(StreamTest, RefusesACertificateThatHasExpired) {
  const TlsServer server(io_.get_executor(), {.expired = true});
  EXPECT_EQ(open(*stream(server)).error().what,
            "TLS: the certificate is not accepted: certificate has expired");
}

TEST_F(StreamTest, RefusesACertificateOfNobodyItTrusts) {
  const TlsServer server(io_.get_executor(), {.self_signed = true});
  EXPECT_THAT(open(*stream(server)).error().what,
              testing::MatchesRegex("TLS: the certificate is not accepted: self.signed certificate"));
  const TlsServer stranger(io_.get_executor(), {});
  Stream without(io_.get_executor(), {.host = "127.0.0.1", .port = stranger.port(), .tls = true}, trust(""));
  EXPECT_THAT(open(without).error().what, HasSubstr("TLS: the certificate is not accepted: unable to get"));
}

TEST_F(StreamTest, TakesAnyCertificateWhereItIsNotToVerify) {
  for (const auto& certificate : {TlsServer::Certificate{.self_signed = true},
                                  TlsServer::Certificate{.of = "DNS:other.test", .expired = true}}) {
    const TlsServer server(io_.get_executor(), certificate);
    const auto trusting = stream(server, "127.0.0.1", false);
    const auto opened = open(*trusting);
    ASSERT_TRUE(opened) << opened.error().what;
    EXPECT_EQ(echo(*trusting), "hello");
  }
}

TEST_F(StreamTest, BeginsTlsWhenTheProtocolHasGotThere) {
  const TlsServer server(io_.get_executor(), {}, "may be secured\n");
  const auto upgraded = stream(server);
  ASSERT_TRUE(test::run(io_, upgraded->connect(Socket::Time::clock::now() + test::patience)));
  EXPECT_EQ(*test::run(io_, upgraded->read()), "may be secured\n");
  ASSERT_TRUE(test::run(io_, upgraded->write("do so\n", test::patience)));
  const auto secured = test::run(io_, upgraded->secure(Socket::Time::clock::now() + test::patience));
  ASSERT_TRUE(secured) << secured.error().what;
  EXPECT_EQ(echo(*upgraded), "hello");
}

TEST_F(StreamTest, AHandshakeThatNeverEndsIsGivenUp) {
  asio::ip::tcp::acceptor mute(io_, {asio::ip::address_v4::loopback(), 0});
  Stream waiting(io_.get_executor(), {.host = "127.0.0.1", .port = mute.local_endpoint().port(), .tls = true},
                 trust(""));
  EXPECT_EQ(open(waiting, 50ms).error().what, "TLS handshake: time-out");
}

TEST_F(StreamTest, SaysThatTheOtherSideHasClosed) {
  asio::ip::tcp::acceptor brief(io_, {asio::ip::address_v4::loopback(), 0});
  Stream plain(io_.get_executor(), {.host = "127.0.0.1", .port = brief.local_endpoint().port()}, nullptr);
  ASSERT_TRUE(open(plain));
  brief.accept().close();
  EXPECT_EQ(test::run(io_, plain.read()).error().what, "connection closed by the other side");
}

TEST_F(StreamTest, NeedsAuthoritiesThatCanBeRead) {
  EXPECT_THROW(trust("/nonexistent.pem"), std::runtime_error);
}

}  // namespace
}  // namespace carillon::net
