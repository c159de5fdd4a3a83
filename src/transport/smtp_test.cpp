#include "transport/smtp.hpp"

#include <gmock/gmock.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <map>

#include "fakes/run.hpp"
#include "transport/lookups.hpp"

namespace carillon::smtp {
namespace {

using asio::ip::tcp;
using testing::HasSubstr;
constexpr auto quietly = asio::as_tuple(asio::use_awaitable);

// A relay on a local port that answers by a table. Connection N follows behaviours[N], the last one goes on
// for all further ones.
class FakeRelay {
 public:
  struct Behaviour {
    std::string greeting = "220 fake\r\n";
    std::string ehlo = "250-fake\r\n250-PIPELINING\r\n250 8BITMIME\r\n";
    std::map<std::string, std::string> replies;  // by the first word of a command, or "." for the message
    std::string silent_at;                       // says nothing from this word on
    std::string close_at;                        // closes instead of answering this word
    int mails_before_close = -1;                 // closes silently after so many mails
    std::string after_mail;                      // said a little after each mail, unasked
  };

  FakeRelay(asio::io_context& io, std::vector<Behaviour> behaviours)
      : io_(io),
        acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        behaviours_(std::move(behaviours)) {
    asio::co_spawn(io_, accept(), asio::detached);
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  std::vector<std::string> mails;
  std::vector<std::string> commands;
  int connections = 0;
  int open = 0;
  int spoken = 0;  // unasked, after a mail

 private:
  asio::awaitable<void> accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(quietly);
      if (error) co_return;
      const auto index =
          std::min<std::size_t>(static_cast<std::size_t>(connections++), behaviours_.size() - 1);
      asio::co_spawn(io_, serve(std::move(socket), behaviours_[index]), asio::detached);
    }
  }

  asio::awaitable<void> serve(tcp::socket socket, Behaviour how) {
    ++open;
    socket.set_option(tcp::no_delay(true));
    std::string buffer;
    bool in_data = false;
    int count = 0;
    std::string out = how.greeting;
    for (;;) {
      if (!out.empty()) co_await asio::async_write(socket, asio::buffer(out), quietly);
      out.clear();
      const std::string end = in_data ? "\r\n.\r\n" : "\r\n";
      const auto [error, size] =
          co_await asio::async_read_until(socket, asio::dynamic_buffer(buffer), end, quietly);
      if (error) break;
      std::string text = buffer.substr(0, size - end.size());
      buffer.erase(0, size);
      std::string word = in_data ? "." : text.substr(0, text.find(' '));
      if (!in_data) commands.push_back(text);
      if (word == how.close_at) break;
      if (word == how.silent_at) {
        char byte = 0;
        co_await socket.async_read_some(asio::buffer(&byte, 1), quietly);
        break;
      }
      out = how.replies.contains(word) ? how.replies[word]
            : word == "EHLO"           ? how.ehlo
            : word == "DATA"           ? "354 go\r\n"
            : word == "QUIT"           ? "221 bye\r\n"
                                       : "250 ok " + word + "\r\n";
      if (in_data) {
        mails.push_back(text);
        in_data = false;
        if (++count == how.mails_before_close) {
          co_await asio::async_write(socket, asio::buffer(out), quietly);
          break;
        }
        if (!how.after_mail.empty()) {
          co_await asio::async_write(socket, asio::buffer(out), quietly);
          co_await sleep_for(std::chrono::milliseconds(20));
          co_await asio::async_write(socket, asio::buffer(how.after_mail), quietly);
          ++spoken;
          out.clear();
        }
      } else if (word == "DATA" && out.starts_with("354")) {
        in_data = true;
      }
    }
    --open;
  }

  asio::io_context& io_;
  tcp::acceptor acceptor_;
  std::vector<Behaviour> behaviours_;
};

class SmtpClient : public testing::Test {
 protected:
  void start(std::vector<FakeRelay::Behaviour> behaviours, Limits with = {}) {
    relays_.push_back(std::make_unique<FakeRelay>(io, std::move(behaviours)));
    relay = relays_.back().get();
    Relay to;
    to.host = "127.0.0.1";
    to.port = relay->port();
    to.user = user;
    to.password = Secret(user.empty() || token ? "" : "a-password");
    to.token = token;
    client = make_client(io.get_executor(), to, with);
  }

  // Of what a test waits for; nothing else of it has a limit that a slow machine might reach.
  static Limits short_reply() {
    Limits limits;
    limits.reply = std::chrono::milliseconds(100);
    return limits;
  }

  Result<Outcome> send(std::string data = "Subject: x\r\n\r\nhello", Body* body = nullptr) {
    const Mail mail{"f@x", {"a@x"}, data, body};
    std::optional<Result<Outcome>> result;
    auto work = [&]() -> asio::awaitable<void> { result = co_await client->send(mail); };
    asio::co_spawn(io, work(), asio::detached);
    io.restart();
    while (!result)
      io.run_one();
    return *result;
  }

  asio::io_context io;
  std::string user;  // whom it logs in as; empty: nobody
  std::function<Task<Secret>()> token;
  FakeRelay* relay = nullptr;
  std::unique_ptr<Client> client;

 private:
  std::vector<std::unique_ptr<FakeRelay>> relays_;
};

TEST_F(SmtpClient, SendsAndReusesItsConnection) {
  start({{}});
  for (int i = 0; i < 3; ++i) {
    const auto outcome = send();
    ASSERT_TRUE(outcome) << outcome.error().what;
    EXPECT_EQ(outcome->answer, "250 ok .");
    EXPECT_EQ(outcome->recipients[0].kind, RecipientOutcome::Kind::delivered);
  }
  EXPECT_EQ(relay->connections, 1);
  EXPECT_EQ(relay->mails, std::vector<std::string>(3, "Subject: x\r\n\r\nhello"));
}

TEST_F(SmtpClient, AWrongPasswordIsTriedOnce) {
  FakeRelay::Behaviour how;
  how.ehlo = "250-fake\r\n250 AUTH PLAIN\r\n";
  how.replies["AUTH"] = "535 5.7.8 wrong\r\n";
  user = "me";
  start({how});
  const Mail mail{"f@x", {"a@x"}, "Subject: x\r\n\r\nhello"};
  std::vector<Result<Outcome>> results;
  const auto work = [&]() -> asio::awaitable<void> { results.push_back(co_await client->send(mail)); };
  for (int i = 0; i < 20; ++i)
    asio::co_spawn(io, work(), asio::detached);
  while (results.size() < 20)
    io.run_one();
  results.push_back(send());
  for (const auto& result : results) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, Failure::Kind::throttled);
    EXPECT_EQ(result.error().retry_after, std::chrono::seconds(3600));
    EXPECT_THAT(result.error().what,
                HasSubstr("refused the user name and password: 535 5.7.8 wrong; tried again in an hour"));
  }
  EXPECT_EQ(
      std::ranges::count_if(relay->commands, [](const std::string& one) { return one.starts_with("AUTH"); }),
      1);
}

TEST_F(SmtpClient, LogsInOnceForEachConnection) {
  FakeRelay::Behaviour how;
  how.ehlo = "250-fake\r\n250 AUTH PLAIN\r\n";
  how.replies["AUTH"] = "235 in\r\n";
  user = "me";
  Limits limits;
  limits.connections = 3;
  start({how}, limits);
  const Mail mail{"f@x", {"a@x"}, "Subject: x\r\n\r\nhello"};
  std::vector<Result<Outcome>> results;
  const auto work = [&]() -> asio::awaitable<void> { results.push_back(co_await client->send(mail)); };
  for (int i = 0; i < 20; ++i)
    asio::co_spawn(io, work(), asio::detached);
  while (results.size() < 20)
    io.run_one();
  for (const auto& result : results)
    EXPECT_TRUE(result) << result.error().what;
  EXPECT_EQ(relay->mails.size(), 20U);
  EXPECT_LE(relay->connections, 3);
}

TEST_F(SmtpClient, AsksForATokenBeforeEachLogin) {
  FakeRelay::Behaviour how;
  how.ehlo = "250-fake\r\n250 AUTH XOAUTH2\r\n";
  how.replies["AUTH"] = "535 5.7.8 old\r\n";
  FakeRelay::Behaviour takes = how;
  takes.replies["AUTH"] = "235 in\r\n";
  user = "me";
  int made = 0;
  token = [&]() -> Task<Secret> {
    if (++made == 3) co_return unreachable("the callback failed");
    co_return Secret("token-" + std::to_string(made));
  };
  start({how, takes});
  const auto refused = send();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Failure::Kind::unreachable) << "the next token may be right";
  ASSERT_TRUE(send());
  EXPECT_THAT(relay->commands, testing::Contains("AUTH XOAUTH2 dXNlcj1tZQFhdXRoPUJlYXJlciB0b2tlbi0yAQE="));
  start({takes});
  const auto failed = send();
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().what, HasSubstr("the callback failed"));
  EXPECT_EQ(relay->connections, 0);
}

TEST_F(SmtpClient, ClosesIdleConnectionsPolitely) {
  Limits limits;
  limits.idle = std::chrono::milliseconds(100);
  start({{}}, limits);
  ASSERT_TRUE(send());
  EXPECT_TRUE(test::run_until(io, [this] { return relay->open == 0; }));
  EXPECT_EQ(relay->commands.back(), "QUIT");
}

TEST_F(SmtpClient, SendsALargeMail) {
  start({{}});
  std::string line = "x" + std::string(70, 'y') + "\r\n";
  std::string large;
  for (int i = 0; i < 100000; ++i)
    large += line;
  const auto outcome = send(large);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(relay->mails[0] + "\r\n", large);
}

// So many lines, made up while they are sent.
class LongBody final : public Body {
 public:
  explicit LongBody(std::size_t lines) : lines_(lines) {}
  Task<void> begin(std::uint64_t) override {
    ++begun;
    sent_ = 0;
    if (unreadable) co_return unreachable("cannot read from the spool");
    co_return ok();
  }
  std::uint64_t size() const override { return lines_ * line_.size(); }
  bool eight_bit() const override { return false; }
  Task<std::string_view> read() override {
    if (sent_ == breaks_at) co_return unreachable("cannot read from the spool");
    co_return sent_++ < lines_ ? std::string_view(line_) : std::string_view();
  }

  int begun = 0;
  bool unreadable = false;
  std::size_t breaks_at = ~std::size_t{0};

 private:
  std::string line_ = "." + std::string(70, 'y') + "\r\n";
  std::size_t lines_;
  std::size_t sent_ = 0;
};

TEST_F(SmtpClient, SendsABodyFromItsBeginningAtEveryAttempt) {
  FakeRelay::Behaviour short_lived;
  short_lived.close_at = "RSET";
  start({short_lived, {}});
  LongBody body(2000);
  ASSERT_TRUE(send("", &body));
  ASSERT_TRUE(send("", &body));
  EXPECT_EQ(body.begun, 3);  // the connection was stale
  ASSERT_EQ(relay->mails.size(), 2U);
  for (const std::string& mail : relay->mails)
    EXPECT_EQ(mail.size(), body.size() + 2000 - 2);  // doubled dots; without the last line end
}

TEST_F(SmtpClient, ABodyThatCannotBeReadIsNotEnded) {
  start({{}});
  LongBody body(2000);
  body.breaks_at = 1000;
  const auto broken = send("", &body);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().kind, Failure::Kind::unreachable);
  EXPECT_THAT(broken.error().what, HasSubstr("cannot read from the spool"));
  EXPECT_TRUE(test::run_until(io, [this] { return relay->open == 0; }));
  EXPECT_TRUE(relay->mails.empty());
  body.unreadable = true;
  EXPECT_FALSE(send("", &body));
  body.unreadable = false;
  body.breaks_at = 3000;
  EXPECT_TRUE(send("", &body));
}

TEST_F(SmtpClient, ReplacesAStaleConnectionOnce) {
  FakeRelay::Behaviour short_lived;
  short_lived.mails_before_close = 1;
  start({short_lived, {}});
  ASSERT_TRUE(send());
  ASSERT_TRUE(send());
  EXPECT_EQ(relay->connections, 2);
  EXPECT_EQ(relay->mails.size(), 2U);
}

// The farewell in the packet of the reply: the mail is delivered once, and the next one has its own
// connection.
TEST_F(SmtpClient, AFarewellBesideTheReplyChangesNothing) {
  for (const std::string farewell : {"221 bye\r\n", "421 too many mails\r\n", "250 again\r\n", "what?\r\n"}) {
    FakeRelay::Behaviour hasty;
    hasty.replies["."] = "250 queued\r\n" + farewell;
    start({hasty});
    for (int i = 0; i < 2; ++i) {
      const auto outcome = send();
      ASSERT_TRUE(outcome) << farewell << outcome.error().what;
      EXPECT_EQ(outcome->answer, "250 queued");
      EXPECT_EQ(outcome->recipients[0].kind, RecipientOutcome::Kind::delivered);
    }
    EXPECT_EQ(relay->mails.size(), 2U);
    EXPECT_EQ(relay->connections, 2);
  }
}

// What a relay says later, unasked, would be taken for the reply to the next mail's first command.
TEST_F(SmtpClient, AConnectionThatSpokeWhileIdleIsNotUsedAgain) {
  for (const std::string unasked : {"221 bye\r\n", "421 idle\r\n", "250 again\r\n", "550 no\r\n"}) {
    FakeRelay::Behaviour talkative;
    talkative.after_mail = unasked;
    start({talkative});
    ASSERT_TRUE(send());
    ASSERT_TRUE(test::run_until(io, [this] { return relay->spoken == 1; }));
    ASSERT_TRUE(send());
    EXPECT_EQ(relay->mails.size(), 2U);
    EXPECT_EQ(relay->connections, 2);
    EXPECT_THAT(relay->commands, testing::Not(testing::Contains("RSET")));
  }
}

TEST_F(SmtpClient, ARelayThatWantsALoginIsAskedLater) {
  for (const char* word : {"MAIL", "RCPT", "DATA", "."}) {
    FakeRelay::Behaviour strict;
    strict.ehlo = "250 fake\r\n";
    strict.replies[word] = "530 5.7.0 must log in first\r\n";
    start({strict});
    const auto outcome = send();
    ASSERT_FALSE(outcome) << word;
    EXPECT_EQ(outcome.error().kind, Failure::Kind::unreachable);
    EXPECT_THAT(outcome.error().what, HasSubstr("wants a login: 530 5.7.0 must log in first"));
  }
}

TEST_F(SmtpClient, DoesNotRepeatAMailThatMayHaveBeenAccepted) {
  FakeRelay::Behaviour closing;
  closing.close_at = ".";
  start({closing});
  const auto first = send();
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().kind, Failure::Kind::unreachable);
  EXPECT_THAT(first.error().what,
              HasSubstr("connection closed by the relay while waiting for the reply to the message"));
  EXPECT_EQ(relay->connections, 1);
}

TEST_F(SmtpClient, HangsNowhere) {
  for (const char* word : {"EHLO", "MAIL", "DATA", "."}) {
    FakeRelay::Behaviour silent;
    silent.silent_at = word;
    start({silent}, short_reply());
    const auto outcome = send();
    ASSERT_FALSE(outcome) << word;
    EXPECT_THAT(outcome.error().what, HasSubstr("time-out while waiting for"));
    EXPECT_THAT(outcome.error().what, HasSubstr("127.0.0.1:" + std::to_string(relay->port()) + ": "));
  }
  FakeRelay::Behaviour mute;
  mute.greeting = "";
  start({mute}, short_reply());
  EXPECT_THAT(send().error().what, HasSubstr("time-out while waiting for the greeting"));
}

TEST_F(SmtpClient, TotalBoundHolds) {
  FakeRelay::Behaviour silent;
  silent.silent_at = "MAIL";
  Limits limits;
  limits.total = std::chrono::milliseconds(400);
  start({silent}, limits);
  EXPECT_THAT(send().error().what, HasSubstr("not done within 400 ms"));
}

TEST_F(SmtpClient, NamesWhatTheRelaySaid) {
  FakeRelay::Behaviour busy;
  busy.greeting = "421 4.7.0 too many connections\r\n";
  FakeRelay::Behaviour web;
  web.greeting = "HTTP/1.1 400 Bad Request\r\n";
  FakeRelay::Behaviour midway;
  midway.replies["RCPT"] = "421 4.3.2 shutting down\r\n";
  start({busy, web, midway});
  EXPECT_THAT(send().error().what, HasSubstr("421 4.7.0 too many connections"));
  EXPECT_THAT(send().error().what, HasSubstr("not a reply: HTTP/1.1 400 Bad Request"));
  EXPECT_THAT(send().error().what, HasSubstr("421 4.3.2 shutting down"));
}

TEST_F(SmtpClient, NobodyListens) {
  tcp::acceptor unused(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  Relay to;
  to.host = "127.0.0.1";
  to.port = unused.local_endpoint().port();
  unused.close();
  client = make_client(io.get_executor(), to);
  EXPECT_THAT(send().error().what, HasSubstr("connect: Connection refused"));
  to.host = "no-such-host.invalid";
  client = make_client(io.get_executor(), to);
  EXPECT_THAT(send().error().what,
              HasSubstr("no-such-host.invalid:" + std::to_string(to.port) + ": name lookup"));
}

TEST_F(SmtpClient, ConnectsOnlyWhereItIsAllowed) {
  start({{}});
  ASSERT_TRUE(send());
  auto& lookups = net::Lookups::of(io.get_executor());
  lookups.allow(net::Networks({"10.0.0.0/8"}));  // the connection is open still
  EXPECT_THAT(send().error().what, HasSubstr(": 127.0.0.1 is not in allowedNetworks"));
  EXPECT_EQ(relay->mails.size(), 1U);
  lookups.allow(net::Networks({"127.0.0.1/32"}));
  EXPECT_TRUE(send());
}

TEST_F(SmtpClient, TlsAgainstAPlainRelayFails) {
  start({{}});
  Relay to;
  to.host = "127.0.0.1";
  to.port = relay->port();
  to.tls = Login::Tls::implicit;
  client = make_client(io.get_executor(), to);
  EXPECT_THAT(send().error().what, HasSubstr("TLS handshake"));
  EXPECT_THROW(make_client(io.get_executor(), {.tls = Login::Tls::implicit, .ca_file = "/nonexistent.pem"}),
               std::runtime_error);
}

TEST_F(SmtpClient, KeepsToItsNumberOfConnections) {
  Limits limits;
  limits.connections = 2;
  start({{}}, limits);
  int done = 0;
  const Mail mail{"f@x", {"a@x"}, "data"};
  auto work = [&]() -> asio::awaitable<void> {
    const auto outcome = co_await client->send(mail);
    EXPECT_TRUE(outcome);
    ++done;
  };
  for (int i = 0; i < 20; ++i)
    asio::co_spawn(io, work(), asio::detached);
  while (done < 20)
    io.run_one();
  EXPECT_EQ(relay->connections, 2);
  EXPECT_EQ(relay->mails.size(), 20U);
}

TEST_F(SmtpClient, CancellationFreesThePlace) {
  FakeRelay::Behaviour silent;
  silent.silent_at = "MAIL";
  Limits limits;
  limits.connections = 1;
  start({silent, {}}, limits);
  const Mail mail{"f@x", {"a@x"}, "data"};
  int cancelled = 0;
  auto work = [&]() -> asio::awaitable<void> { co_await client->send(mail); };
  auto ended = [&](const std::exception_ptr& error) { cancelled += error ? 1 : 0; };
  std::array<asio::cancellation_signal, 2> stop;  // one under way, one waiting for its place
  for (auto& one : stop)
    asio::co_spawn(io, work(), asio::bind_cancellation_slot(one.slot(), ended));
  ASSERT_TRUE(test::run_until(
      io, [this] { return !relay->commands.empty() && relay->commands.back().starts_with("MAIL"); }));
  for (auto& one : stop)
    one.emit(asio::cancellation_type::terminal);
  EXPECT_TRUE(test::run_until(io, [&] { return cancelled == 2 && relay->open == 0; }));
  EXPECT_TRUE(send());
}

}  // namespace
}  // namespace carillon::smtp
