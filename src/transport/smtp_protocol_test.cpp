#include "transport/smtp_protocol.hpp"

#include <gmock/gmock.h>

#include <functional>

namespace carillon::smtp {
namespace {

using Kind = RecipientOutcome::Kind;
using Step = Session::Step;
using testing::HasSubstr;
using testing::Not;

// Plays a relay: answers what the session writes with the next line of a script, cut into pieces of `piece`
// bytes.
class ScriptedRelay {
 public:
  explicit ScriptedRelay(Login login, std::size_t piece = 4096) : session(std::move(login)), piece_(piece) {}

  // The relay says this the next times it is read from, one entry a read.
  ScriptedRelay& says(std::vector<std::string> texts) {
    for (auto& text : texts)
      script_.push_back(std::move(text));
    return *this;
  }

  // Runs until the session wants something else than reading and writing, or the script is at its end.
  Step run() {
    for (;;) {
      const Step step = session.step();
      if (step == Step::write) {
        EXPECT_FALSE(session.output().empty());
        written += session.output();
        session.wrote();
      } else if (step == Step::read) {
        if (script_.empty()) return step;
        std::string text = std::move(script_.front());
        script_.erase(script_.begin());
        for (std::size_t i = 0; i < text.size(); i += piece_)
          session.received(text.substr(i, piece_));
      } else {
        return step;
      }
    }
  }

  std::string take_written() { return std::exchange(written, {}); }

  Session session;
  std::string written;

 private:
  std::size_t piece_;
  std::vector<std::string> script_;
};

Login plain_login() {
  Login login;
  login.client_name = "me.example";
  return login;
}

Mail mail_to(std::vector<std::string> recipients, std::string_view data = "Subject: x\r\n\r\nbody\r\n") {
  return {"from@example.org", std::move(recipients), data};
}

std::vector<Kind> kinds(const Outcome& outcome) {
  std::vector<Kind> out;
  for (const auto& one : outcome.recipients)
    out.push_back(one.kind);
  return out;
}

const std::string pipelining = "250-relay\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250 8BITMIME\r\n";

class SmtpProtocol : public testing::TestWithParam<std::size_t> {};

TEST_P(SmtpProtocol, SendsStepByStepWithoutPipelining) {
  ScriptedRelay relay(plain_login(), GetParam());
  relay.says({"220-hello\r\n220 there\r\n", "250 relay\r\n"});
  ASSERT_EQ(relay.run(), Step::ready);
  EXPECT_EQ(relay.take_written(), "EHLO me.example\r\n");
  relay.session.begin(mail_to({"a@x", "b@x"}));
  relay.says({"250 ok\r\n", "250 ok\r\n", "550 5.1.1 who?\r\n", "354 go\r\n", "250 2.0.0 queued as 1\r\n"});
  ASSERT_EQ(relay.run(), Step::done);
  EXPECT_EQ(relay.take_written(),
            "MAIL FROM:<from@example.org>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n"
            "Subject: x\r\n\r\nbody\r\n.\r\n");
  const Outcome outcome = relay.session.take_outcome();
  EXPECT_EQ(kinds(outcome), (std::vector{Kind::delivered, Kind::refused}));
  EXPECT_EQ(outcome.answer, "250 2.0.0 queued as 1");
  EXPECT_EQ(outcome.recipients[1].answer, "550 5.1.1 who?");
}

TEST_P(SmtpProtocol, PipelinesAndResetsBetweenMails) {
  ScriptedRelay relay(plain_login(), GetParam());
  relay.says({"220 hi\r\n", pipelining});
  ASSERT_EQ(relay.run(), Step::ready);
  relay.take_written();
  relay.session.begin(mail_to({"a@x"}, "h\xc3\xa4\r\n"));
  ASSERT_EQ(relay.run(), Step::read);
  EXPECT_EQ(relay.take_written(),
            "MAIL FROM:<from@example.org> SIZE=5 BODY=8BITMIME\r\nRCPT TO:<a@x>\r\nDATA\r\n");
  relay.says({"250 ok\r\n250 ok\r\n354 go\r\n", "250 done\r\n"});
  ASSERT_EQ(relay.run(), Step::done);
  EXPECT_EQ(kinds(relay.session.take_outcome()), std::vector{Kind::delivered});
  EXPECT_EQ(relay.run(), Step::ready);
  relay.take_written();
  relay.session.begin(mail_to({"b@x"}));
  EXPECT_EQ(relay.run(), Step::read);
  EXPECT_THAT(relay.take_written(), HasSubstr("RSET\r\nMAIL FROM"));
  relay.says({"250 reset\r\n250 ok\r\n450 4.2.0 greylisted\r\n554 no valid recipients\r\n"});
  ASSERT_EQ(relay.run(), Step::done);
  const Outcome outcome = relay.session.take_outcome();
  EXPECT_EQ(kinds(outcome), std::vector{Kind::retry});
  EXPECT_EQ(outcome.recipients[0].answer, "450 4.2.0 greylisted");
  relay.session.quit();
  relay.says({"221 bye\r\n"});
  EXPECT_EQ(relay.run(), Step::closed);
}

TEST_P(SmtpProtocol, EndsDataThatWasGrantedThoughAllRecipientsWereRefused) {
  ScriptedRelay relay(plain_login(), GetParam());
  relay.says({"220 hi\r\n", pipelining});
  relay.run();
  relay.take_written();
  relay.session.begin(mail_to({"a@x", "b@x"}));
  relay.says({"250 ok\r\n550 no\r\n451 later\r\n354 go on\r\n", "554 no recipients\r\n"});
  ASSERT_EQ(relay.run(), Step::done);
  EXPECT_TRUE(relay.written.ends_with("DATA\r\n.\r\n")) << relay.written;
  EXPECT_EQ(kinds(relay.session.take_outcome()), (std::vector{Kind::refused, Kind::retry}));
  EXPECT_EQ(relay.run(), Step::ready);
}

TEST_P(SmtpProtocol, NoDataWhenAllAreRefusedWithoutPipelining) {
  ScriptedRelay relay(plain_login(), GetParam());
  relay.says({"220 hi\r\n", "250 relay\r\n"});
  relay.run();
  relay.session.begin(mail_to({"a@x"}));
  relay.says({"250 ok\r\n", "553 no\r\n"});
  ASSERT_EQ(relay.run(), Step::done);
  EXPECT_THAT(relay.written, Not(HasSubstr("DATA")));
  EXPECT_EQ(kinds(relay.session.take_outcome()), std::vector{Kind::refused});
}

struct Answer {
  const char* name;
  std::vector<std::string> replies;  // to MAIL, RCPT a, RCPT b, DATA, the message
  std::vector<Kind> expected;        // empty: a failure
  const char* text;
};

TEST_P(SmtpProtocol, OutcomesByReply) {
  const std::vector<Answer> table = {
      {"mail refused", {"550 not you\r\n"}, {Kind::refused, Kind::refused}, "550 not you"},
      {"mail deferred", {"451 later\r\n"}, {Kind::retry, Kind::retry}, "451 later"},
      {"data refused",
       {"250 ok\r\n", "250 ok\r\n", "251 ok\r\n", "554 spam\r\n"},
       {Kind::refused, Kind::refused},
       "554"},
      {"data deferred",
       {"250 ok\r\n", "250 ok\r\n", "550 no\r\n", "451 x\r\n"},
       {Kind::retry, Kind::refused},
       "451 x"},
      {"message refused",
       {"250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "550 spam\r\n"},
       {Kind::refused, Kind::refused},
       "550 spam"},
      {"message deferred",
       {"250 ok\r\n", "250 ok\r\n", "550 no\r\n", "354 go\r\n", "451 disk\r\n"},
       {Kind::retry, Kind::refused},
       "451 disk"},
      {"421 after the message",
       {"250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "421 bye\r\n"},
       {Kind::retry, Kind::retry},
       "421 bye"},
      {"too many recipients",
       {"250 ok\r\n", "250 ok\r\n", "552 too many\r\n", "354 go\r\n", "250 ok\r\n"},
       {Kind::delivered, Kind::retry},
       "250 ok"},
      {"421 after a refusal",
       {"250 ok\r\n", "550 no\r\n", "421 bye\r\n"},
       {Kind::refused, Kind::retry},
       "421 bye"},
      {"421 at mail", {"421 4.3.0 shutting down\r\n"}, {}, "421 4.3.0 shutting down"},
      {"421 at data", {"250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "421 bye\r\n"}, {}, "421 bye"},
      {"garbage", {"250 ok\r\n", "hello\x01world\r\n"}, {}, "not a reply: hello?world"},
      {"positive to data",
       {"250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "250 what\r\n"},
       {},
       "answered DATA with 250"},
      {"code out of range", {"650 ok\r\n"}, {}, "not a reply: 650 ok"},
      {"codes differ", {"250-a\r\n550 b\r\n"}, {}, "code changes from 250: 550 b"},
      {"long line", {std::string(6000, 'x')}, {}, "more than 4096 octets: xxx"},
      {"intermediate reply to mail", {"354 what\r\n"}, {}, "answered MAIL with 354"},
      {"unasked reply", {"250 ok\r\n250 ok\r\n"}, {}, "unexpected reply: 250 ok"},
  };
  for (const Answer& row : table) {
    SCOPED_TRACE(row.name);
    ScriptedRelay relay(plain_login(), GetParam());
    relay.says({"220 hi\r\n", "250 relay\r\n"});
    ASSERT_EQ(relay.run(), Step::ready);
    relay.session.begin(mail_to({"a@x", "b@x"}));
    relay.says(row.replies);
    const Step step = relay.run();
    if (row.expected.empty()) {
      ASSERT_EQ(step, Step::failed);
      EXPECT_THAT(relay.session.failure(), HasSubstr(row.text));
      continue;
    }
    ASSERT_EQ(step, Step::done);
    const Outcome outcome = relay.session.take_outcome();
    EXPECT_EQ(kinds(outcome), row.expected);
    EXPECT_THAT(outcome.answer, HasSubstr(row.text));
  }
}

TEST_P(SmtpProtocol, OutcomesByReplyArePipelinedToo) {
  ScriptedRelay relay(plain_login(), GetParam());
  relay.says({"220 hi\r\n", pipelining});
  relay.run();
  relay.session.begin(mail_to({"a@x", "b@x"}));
  relay.says({"550 not you\r\n503 first MAIL\r\n503 first MAIL\r\n503 first RCPT\r\n"});
  ASSERT_EQ(relay.run(), Step::done);
  const Outcome outcome = relay.session.take_outcome();
  EXPECT_EQ(kinds(outcome), (std::vector{Kind::refused, Kind::refused}));
  EXPECT_EQ(outcome.recipients[1].answer, "550 not you");
}

TEST_P(SmtpProtocol, LoginFailures) {
  struct Row {
    std::vector<std::string> replies;
    const char* text;
  };
  const std::vector<Row> table = {
      {{"554 go away\r\n"}, "greeted with 554 go away"},
      {{"421 busy\r\n"}, "421 busy"},
      {{"SSH-2.0-OpenSSH\r\n"}, "not a reply: SSH-2.0-OpenSSH"},
      {{"220 hi\r\n", "451 dns\r\n"}, "answered EHLO with 451 dns"},
      {{"220 hi\r\n", "502 what\r\n", "550 no\r\n"}, "answered HELO with 550 no"},
      {{"220 hi\r\n250 early\r\n"}, "unexpected reply"},
  };
  for (const Row& row : table) {
    ScriptedRelay relay(plain_login(), GetParam());
    relay.says(row.replies);
    EXPECT_EQ(relay.run(), Step::failed) << row.text;
    EXPECT_THAT(relay.session.failure(), HasSubstr(row.text));
  }
}

TEST_P(SmtpProtocol, FallsBackToHelo) {
  ScriptedRelay relay(plain_login(), GetParam());
  relay.says({"220 hi\r\n", "502 what\r\n", "250 ok\r\n"});
  EXPECT_EQ(relay.run(), Step::ready);
  EXPECT_EQ(relay.written, "EHLO me.example\r\nHELO me.example\r\n");
}

INSTANTIATE_TEST_SUITE_P(Pieces, SmtpProtocol, testing::Values(1, 3, 4096));

TEST(SmtpProtocolTls, StartTlsForgetsWhatCameBeforeTheHandshake) {
  Login login = plain_login();
  login.tls = Login::Tls::starttls;
  login.user = "me";
  login.password = Secret("secret-password");
  ScriptedRelay relay(login);
  relay.says({"220 hi\r\n", "250-relay\r\n250-AUTH LOGIN\r\n250 STARTTLS\r\n",
              "220 go\r\n250-relay\r\n250 AUTH PLAIN\r\n235 injected\r\n"});
  ASSERT_EQ(relay.run(), Step::start_tls);
  EXPECT_EQ(relay.take_written(), "EHLO me.example\r\nSTARTTLS\r\n");
  relay.session.tls_started();
  ASSERT_EQ(relay.run(), Step::read);
  EXPECT_EQ(relay.take_written(), "EHLO me.example\r\n");
  relay.says({"250-relay\r\n250 AUTH PLAIN LOGIN\r\n", "235 2.7.0 in\r\n"});
  EXPECT_EQ(relay.run(), Step::ready);
  EXPECT_EQ(relay.written, "AUTH PLAIN AG1lAHNlY3JldC1wYXNzd29yZA==\r\n");
}

TEST(SmtpProtocolTls, RequiredAndNotOffered) {
  Login login = plain_login();
  login.tls = Login::Tls::starttls;
  login.loopback = true;
  ScriptedRelay relay(login);
  relay.says({"220 hi\r\n", "250 relay\r\n"});
  EXPECT_EQ(relay.run(), Step::failed);
  EXPECT_THAT(relay.session.failure(), HasSubstr("does not offer STARTTLS"));
  EXPECT_THAT(relay.written, Not(HasSubstr("MAIL")));
}

TEST(SmtpProtocolAuth, NeverInTheClearUnlessLoopback) {
  Login login = plain_login();
  login.user = "me";
  login.password = Secret("secret-password");
  ScriptedRelay far(login);
  far.says({"220 hi\r\n", "250-relay\r\n250 AUTH PLAIN LOGIN\r\n"});
  EXPECT_EQ(far.run(), Step::failed);
  EXPECT_THAT(far.session.failure(), HasSubstr("the password is not sent over a connection without TLS"));
  EXPECT_EQ(far.written, "EHLO me.example\r\n");

  ScriptedRelay upgraded(login);
  upgraded.says({"220 hi\r\n", "250-relay\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n", "220 go\r\n"});
  EXPECT_EQ(upgraded.run(), Step::start_tls);

  login.loopback = true;
  ScriptedRelay near(login);
  near.says({"220 hi\r\n", "250-relay\r\n250-STARTTLS\r\n250 AUTH=LOGIN\r\n", "334 VXNlcm5hbWU6\r\n",
             "334 UGFzc3dvcmQ6\r\n", "235 ok\r\n"});
  EXPECT_EQ(near.run(), Step::ready);
  EXPECT_EQ(near.written, "EHLO me.example\r\nAUTH LOGIN\r\nbWU=\r\nc2VjcmV0LXBhc3N3b3Jk\r\n");
}

TEST(SmtpProtocolAuth, RefusalsDoNotShowThePassword) {
  for (const std::string reply :
       {"535 5.7.8 bad: secret-password\r\n", "500 unknown command 'AUTH PLAIN AG1lAHNlY3JldC1w'\r\n",
        "535-c2VjcmV0\r\n535 LXBhc3N3b3Jk is wrong\r\n"}) {
    Login login = plain_login();
    login.tls = Login::Tls::implicit;
    login.user = "me";
    login.password = Secret("secret-password");
    ScriptedRelay relay(login);
    relay.says({"220 hi\r\n", "250-relay\r\n250 AUTH PLAIN\r\n", reply});
    EXPECT_EQ(relay.run(), Step::failed);
    EXPECT_THAT(relay.session.failure(), HasSubstr("refused the user name and password: 5"));
    EXPECT_THAT(relay.session.failure(), Not(HasSubstr("secret")));
    EXPECT_THAT(relay.session.failure(), Not(HasSubstr("c2Vj")));
    EXPECT_THAT(relay.session.failure(), Not(HasSubstr("AG1l")));
  }
}

TEST(SmtpProtocolAuth, GarbageDoesNotShowThePasswordEither) {
  Login login = plain_login();
  login.loopback = true;
  login.user = "me";
  login.password = Secret("secret-password");
  ScriptedRelay relay(login);
  relay.says({"220 hi\r\n", "250-relay\r\n250 AUTH PLAIN\r\n", "what is secret-password?\r\n"});
  EXPECT_EQ(relay.run(), Step::failed);
  EXPECT_EQ(relay.session.failure(), "the relay sent something that is not a reply");
}

TEST(SmtpProtocolAddresses, NothingBecomesACommand) {
  ScriptedRelay relay(plain_login());
  relay.says({"220 hi\r\n", pipelining});
  relay.run();
  relay.take_written();
  relay.session.begin(
      mail_to({"a@x\r\nRSET", "b@x> NOTIFY=NEVER", "c d@x", "\xc3\xa4@x", "\"o k\"@x", "", "g@x"}));
  relay.says({"250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n", "250 ok\r\n"});
  ASSERT_EQ(relay.run(), Step::done);
  EXPECT_THAT(relay.written, testing::StartsWith("MAIL FROM:<from@example.org> SIZE=20\r\n"
                                                 "RCPT TO:<\"o k\"@x>\r\nRCPT TO:<g@x>\r\nDATA\r\n"));
  EXPECT_EQ(kinds(relay.session.take_outcome()),
            (std::vector{Kind::refused, Kind::refused, Kind::refused, Kind::refused, Kind::delivered,
                         Kind::refused, Kind::delivered}));
  relay.session.begin({"x@y\nQUIT", {"a@x"}, "data"});
  ASSERT_EQ(relay.run(), Step::done);
  EXPECT_THAT(relay.session.take_outcome().answer, HasSubstr("sender"));
}

Login login_of(const std::string& user, const std::string& password) {
  Login login = plain_login();
  login.tls = Login::Tls::implicit;
  login.user = user;
  login.password = Secret(password);
  return login;
}

TEST(SmtpProtocolLogin, LoginWhenPlainIsRefused) {
  for (const std::string code : {"504 5.5.4", "535 5.7.8", "534 5.7.9"}) {
    ScriptedRelay relay(login_of("me", "secret-password"));
    relay.says({"220 hi\r\n", "250-relay\r\n250 AUTH LOGIN PLAIN\r\n"});
    relay.says({code + " not so\r\n", "334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n", "235 in\r\n"});
    ASSERT_EQ(relay.run(), Step::ready) << code << relay.session.failure();
    EXPECT_EQ(relay.written,
              "EHLO me.example\r\nAUTH PLAIN AG1lAHNlY3JldC1wYXNzd29yZA==\r\n"
              "AUTH LOGIN\r\nbWU=\r\nc2VjcmV0LXBhc3N3b3Jk\r\n");
    EXPECT_FALSE(relay.session.password_refused());
  }
}

// The example of RFC 2195.
TEST(SmtpProtocolLogin, CramMd5) {
  ScriptedRelay relay(login_of("tim", "tanstaaftanstaaf"));
  relay.says({"220 hi\r\n", "250-relay\r\n250 AUTH CRAM-MD5\r\n",
              "334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\r\n", "235 in\r\n"});
  ASSERT_EQ(relay.run(), Step::ready) << relay.session.failure();
  EXPECT_EQ(relay.written,
            "EHLO me.example\r\nAUTH CRAM-MD5\r\ndGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\r\n");
  ScriptedRelay odd(login_of("tim", "tanstaaftanstaaf"));
  odd.says({"220 hi\r\n", "250-relay\r\n250 AUTH CRAM-MD5\r\n", "334 ?\r\n"});
  ASSERT_EQ(odd.run(), Step::failed);
  EXPECT_THAT(odd.session.failure(), HasSubstr("not base64"));
}

TEST(SmtpProtocolLogin, XOAuth2) {
  Login login = login_of("me@x.org", "");
  login.token = Secret("ya29.token-of-mine");
  const std::string sent =
      "AUTH XOAUTH2 dXNlcj1tZUB4Lm9yZwFhdXRoPUJlYXJlciB5YTI5LnRva2VuLW9mLW1pbmUBAQ==\r\n";
  ScriptedRelay relay(login);
  relay.says({"220 hi\r\n", "250-relay\r\n250 AUTH PLAIN XOAUTH2\r\n", "235 in\r\n"});
  ASSERT_EQ(relay.run(), Step::ready) << relay.session.failure();
  EXPECT_EQ(relay.written, "EHLO me.example\r\n" + sent);
  ScriptedRelay refused(login);
  refused.says({"220 hi\r\n", "250-relay\r\n250 AUTH PLAIN XOAUTH2\r\n", "334 eyJzdGF0dXMiOiI0MDAifQ==\r\n",
                "535 5.7.8 ya29.token-of-mine is old\r\n"});
  ASSERT_EQ(refused.run(), Step::failed);
  EXPECT_EQ(refused.written, "EHLO me.example\r\n" + sent + "\r\n");
  EXPECT_EQ(refused.session.failure(), "refused the token: 535 (text left out: it repeats the credentials)");
  EXPECT_FALSE(refused.session.password_refused()) << "the next one may be right";
  ScriptedRelay old(login);
  old.says({"220 hi\r\n", "250-relay\r\n250 AUTH PLAIN\r\n"});
  ASSERT_EQ(old.run(), Step::failed);
  EXPECT_EQ(old.written, "EHLO me.example\r\n") << "a token is no password";
}

TEST(SmtpProtocolLogin, KnowsWhenThePasswordIsRefused) {
  struct Row {
    std::vector<std::string> says;
    bool refused;
  };
  const std::vector<Row> table = {
      {{"250-relay\r\n250 AUTH PLAIN\r\n", "535 5.7.8 no\r\n"}, true},
      {{"250-relay\r\n250 AUTH PLAIN LOGIN CRAM-MD5\r\n", "535 no\r\n", "334 \r\n", "334 \r\n", "535 no\r\n"},
       true},
      {{"250-relay\r\n250 AUTH PLAIN CRAM-MD5\r\n", "535 no\r\n"}, true},
      {{"250-relay\r\n250 AUTH PLAIN CRAM-MD5\r\n", "504 no\r\n", "334 PGE+\r\n", "535 no\r\n"}, true},
      {{"250-relay\r\n250 AUTH PLAIN\r\n", "454 4.7.0 later\r\n"}, false},
      {{"250-relay\r\n250 AUTH PLAIN\r\n", "504 what\r\n"}, false},
      {{"250-relay\r\n250 AUTH GSSAPI\r\n"}, false},
      {{"550 no\r\n", "550 no\r\n"}, false},
  };
  for (const Row& row : table) {
    ScriptedRelay relay(login_of("me", "secret-password"));
    relay.says({"220 hi\r\n"}).says(row.says);
    ASSERT_EQ(relay.run(), Step::failed) << row.says.back();
    EXPECT_EQ(relay.session.password_refused(), row.refused) << row.says.front() << row.says.back();
  }
}

TEST(SmtpProtocolAddresses, Utf8WhereOffered) {
  ScriptedRelay relay(plain_login());
  relay.says({"220 hi\r\n", "250-relay\r\n250 SMTPUTF8\r\n"});
  relay.run();
  relay.take_written();
  relay.session.begin(mail_to({"\xc3\xa4@x"}));
  relay.run();
  EXPECT_EQ(relay.written, "MAIL FROM:<from@example.org> SMTPUTF8\r\n");
}

// A header with UTF-8 in it goes only to relays that take it; others get the other one.
TEST(SmtpProtocolAddresses, TheHeaderIsAsciiForARelayWithoutSmtpUtf8) {
  const std::string text = "To: \xc3\xa4@x\r\n\r\n.body\r\n";
  for (const bool offered : {true, false}) {
    ScriptedRelay relay(plain_login());
    relay.says({"220 hi\r\n", offered ? "250-relay\r\n250-SIZE\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
                                      : "250-relay\r\n250-SIZE\r\n250 8BITMIME\r\n"});
    relay.run();
    relay.take_written();
    Mail mail = mail_to({"a@x", "\xc3\xa4@x"}, text);
    mail.ascii_head = "To: =?utf-8?b?w6RAeA==?= :;\r\n\r\n";
    mail.head_size = 12;
    relay.session.begin(mail);
    relay.says({"250 ok\r\n", "250 ok\r\n"});
    if (offered) relay.says({"250 ok\r\n"});
    relay.says({"354 go\r\n", "250 ok\r\n"});
    ASSERT_EQ(relay.run(), Step::done);
    EXPECT_EQ(relay.written,
              offered
                  ? "MAIL FROM:<from@example.org> SIZE=19 BODY=8BITMIME SMTPUTF8\r\n"
                    "RCPT TO:<a@x>\r\nRCPT TO:<\xc3\xa4@x>\r\nDATA\r\nTo: \xc3\xa4@x\r\n\r\n..body\r\n.\r\n"
                  : "MAIL FROM:<from@example.org> SIZE=38\r\nRCPT TO:<a@x>\r\nDATA\r\n"
                    "To: =?utf-8?b?w6RAeA==?= :;\r\n\r\n..body\r\n.\r\n");
    EXPECT_EQ(kinds(relay.session.take_outcome()),
              (std::vector{Kind::delivered, offered ? Kind::delivered : Kind::refused}));
  }
}

TEST(SmtpProtocolData, TooLargeForTheRelay) {
  ScriptedRelay relay(plain_login());
  relay.says({"220 hi\r\n", pipelining});
  relay.run();
  relay.take_written();
  const std::string large(1001, 'x');
  relay.session.begin(mail_to({"a@x"}, large));
  ASSERT_EQ(relay.run(), Step::done);
  EXPECT_EQ(relay.written, "");
  EXPECT_THAT(relay.session.take_outcome().answer, HasSubstr("1001 bytes"));
}

TEST(SmtpProtocolData, ManyRecipientsGoInGroups) {
  ScriptedRelay relay(plain_login());
  relay.says({"220 hi\r\n", pipelining});
  relay.run();
  std::vector<std::string> many;
  for (int i = 0; i < 250; ++i)
    many.push_back("user" + std::to_string(i) + "@x");
  relay.session.begin(mail_to(many));
  std::string hundred;
  for (int i = 0; i < 100; ++i)
    hundred += "250 ok\r\n";
  std::string rest;
  for (int i = 0; i < 51; ++i)
    rest += "250 ok\r\n";
  relay.says({hundred, hundred, rest + "354 go\r\n", "250 ok\r\n"});
  ASSERT_EQ(relay.run(), Step::done);
  EXPECT_EQ(kinds(relay.session.take_outcome()), std::vector<Kind>(250, Kind::delivered));
}

TEST(SmtpProtocolData, LossIsAFailureUnlessSomebodyIsSettled) {
  for (const bool refused : {false, true}) {
    ScriptedRelay relay(plain_login());
    relay.says({"220 hi\r\n", "250 relay\r\n"});
    relay.run();
    relay.session.begin(mail_to({"a@x", "b@x"}));
    relay.says({"250 ok\r\n", refused ? "550 no\r\n" : "250 ok\r\n", "250 ok\r\n", "354 go\r\n"});
    EXPECT_EQ(relay.run(), Step::read);
    EXPECT_TRUE(relay.session.committed());
    relay.session.lost("connection closed");
    if (refused) {
      ASSERT_EQ(relay.session.step(), Step::done);
      EXPECT_EQ(kinds(relay.session.take_outcome()), (std::vector{Kind::refused, Kind::retry}));
      EXPECT_EQ(relay.session.step(), Step::closed);
    } else {
      EXPECT_EQ(relay.session.step(), Step::failed);
      EXPECT_EQ(relay.session.failure(), "connection closed while waiting for the reply to the message");
    }
  }
}

// A message that the test hands over by itself.
class GivenBody final : public Body {
 public:
  explicit GivenBody(std::uint64_t size) : size_(size) {}
  Task<void> begin(std::uint64_t) override { co_return ok(); }
  std::uint64_t size() const override { return size_; }
  bool eight_bit() const override { return true; }
  Task<std::string_view> read() override { co_return std::string_view(); }

 private:
  std::uint64_t size_;
};

TEST(SmtpBody, AsksForABodyPieceByPiece) {
  GivenBody body(999);
  Mail mail = mail_to({"a@x"});
  mail.body = &body;
  ScriptedRelay relay(plain_login());
  relay.says({"220 hi\r\n", pipelining});
  relay.run();
  EXPECT_EQ(relay.session.max_size(), 1000U);
  relay.session.begin(mail);
  relay.take_written();
  relay.says({"250 ok\r\n250 ok\r\n354 go\r\n"});
  ASSERT_EQ(relay.run(), Step::feed);
  EXPECT_THAT(relay.take_written(), HasSubstr("MAIL FROM:<from@example.org> SIZE=999 BODY=8BITMIME"));
  relay.session.feed("x\r");
  ASSERT_EQ(relay.run(), Step::feed);
  relay.session.feed("\n.y");
  ASSERT_EQ(relay.run(), Step::feed);
  EXPECT_FALSE(relay.session.committed());
  relay.session.feed("");
  relay.says({"250 queued\r\n"});
  ASSERT_EQ(relay.run(), Step::done);
  EXPECT_TRUE(relay.session.committed());
  EXPECT_EQ(relay.take_written(), "x\r\n..y\r\n.\r\n");
  EXPECT_EQ(kinds(relay.session.take_outcome()), std::vector{Kind::delivered});
  EXPECT_EQ(relay.session.step(), Step::ready);
}

TEST(SmtpBody, TheHeaderIsAsciiForARelayWithoutSmtpUtf8) {
  GivenBody body(19);
  Mail mail = mail_to({"a@x"});
  mail.body = &body;
  mail.ascii_head = "To: other\r\n\r\n";
  mail.head_size = 12;
  ScriptedRelay relay(plain_login());
  relay.says({"220 hi\r\n", pipelining});
  relay.run();
  relay.take_written();
  relay.session.begin(mail);
  relay.says({"250 ok\r\n250 ok\r\n354 go\r\n"});
  ASSERT_EQ(relay.run(), Step::feed);
  EXPECT_THAT(relay.take_written(), testing::EndsWith("DATA\r\nTo: other\r\n\r\n"));
  for (const std::string piece : {"To: \xc3", "\xa4@x\r\n\r\n.bo", "dy\r\n"}) {
    relay.session.feed(piece);
    ASSERT_EQ(relay.run(), Step::feed);
  }
  relay.session.feed("");
  relay.says({"250 queued\r\n"});
  ASSERT_EQ(relay.run(), Step::done);
  EXPECT_EQ(relay.take_written(), "..body\r\n.\r\n");
}

TEST(SmtpBody, ABodyThatIsRefusedEarlyIsNotAskedForFurther) {
  GivenBody body(10);
  Mail mail = mail_to({"a@x"});
  mail.body = &body;
  ScriptedRelay relay(plain_login());
  relay.says({"220 hi\r\n", pipelining});
  relay.run();
  relay.session.begin(mail);
  relay.says({"250 ok\r\n250 ok\r\n354 go\r\n"});
  ASSERT_EQ(relay.run(), Step::feed);
  relay.session.received("552 5.3.4 too big\r\n");
  relay.session.feed("more");
  ASSERT_EQ(relay.run(), Step::done);
  EXPECT_EQ(kinds(relay.session.take_outcome()), std::vector{Kind::refused});
  EXPECT_EQ(relay.session.step(), Step::closed);
}

TEST(SmtpBody, ABodyOverTheLimitIsRefused) {
  GivenBody body(1001);
  Mail mail = mail_to({"a@x"});
  mail.body = &body;
  ScriptedRelay relay(plain_login());
  relay.says({"220 hi\r\n", pipelining});
  relay.run();
  relay.session.begin(mail);
  ASSERT_EQ(relay.run(), Step::done);
  EXPECT_THAT(relay.session.take_outcome().answer, HasSubstr("has 1001 bytes"));
}

}  // namespace
}  // namespace carillon::smtp
