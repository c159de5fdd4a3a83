// Every state of a session x every kind of reply: alone, cut into bytes, with more in the same packet, and
// pipelined.
#include <gmock/gmock.h>

#include <array>

#include "transport/smtp_protocol.hpp"

namespace carillon::smtp {
namespace {

using Step = Session::Step;

constexpr std::array<const char*, 18> replies = {"220", "221", "235", "250", "251", "334",
                                                 "354", "421", "451", "452", "500", "502",
                                                 "530", "535", "550", "552", "554", "junk"};

enum class Stage { greeting, tls, plain_auth, login_auth, second_mail, mail, body, quit };

// One letter for each of `replies`:
//   >  goes on                     K  ready for a mail        S  the TLS handshake comes
//   D  delivered                   T  outcome: try again      R  outcome: refused for good
//   F  the attempt failed, and may be repeated                C  closed
struct StateRow {
  const char* name;
  Stage stage;
  std::vector<std::string> before;  // what the relay says before, one entry a read
  std::string_view cells;
};

const std::vector<StateRow>& state_rows() {
  static const std::string hello = "250 relay\r\n";
  static const std::string plain = "250-relay\r\n250 AUTH PLAIN\r\n";
  static const std::string login = "250-relay\r\n250 AUTH LOGIN\r\n";
  static const std::string both = "250-relay\r\n250 AUTH PLAIN LOGIN\r\n";
  static const std::string tls = "250-relay\r\n250 STARTTLS\r\n";
  static const std::string pipelining = "250-relay\r\n250 PIPELINING\r\n";
  static const std::string hi = "220 hi\r\n";
  static const std::string ok = "250 ok\r\n";
  static const std::string go = "354 go\r\n";
  static const std::vector<StateRow> rows = {
      //                                                     2222233444555555
      {"greeting", Stage::greeting, {}, ">FFFFFFFFFFFFFFFFF"},
      {"EHLO", Stage::greeting, {hi}, "FFFKFFFFFF>>>>>>>F"},
      {"HELO", Stage::greeting, {hi, "502 what\r\n"}, "FFFKFFFFFFFFFFFFFF"},
      {"STARTTLS", Stage::tls, {hi, tls}, "SFFFFFFFFFFFFFFFFF"},
      {"AUTH PLAIN", Stage::plain_auth, {hi, plain}, "FFKFF>FFFFFFFFFFFF"},
      {"AUTH PLAIN beside LOGIN", Stage::plain_auth, {hi, both}, "FFKFF>FFFFFFF>FFFF"},
      {"AUTH PLAIN's response", Stage::plain_auth, {hi, plain, "334 \r\n"}, "FFKFFFFFFFFFFFFFFF"},
      {"AUTH LOGIN", Stage::login_auth, {hi, login}, "FFFFF>FFFFFFFFFFFF"},
      {"the user name", Stage::login_auth, {hi, login, "334 \r\n"}, "FFFFF>FFFFFFFFFFFF"},
      {"the password", Stage::login_auth, {hi, login, "334 \r\n", "334 \r\n"}, "FFKFFFFFFFFFFFFFFF"},
      {"RSET", Stage::second_mail, {hi, hello, ok, ok, go, ok}, ">F>>>FFFFFFFFFFFFF"},
      {"MAIL", Stage::mail, {hi, hello}, ">F>>>FFFTTRRFFRRRF"},
      {"RCPT", Stage::mail, {hi, hello, ok}, ">F>>>FFFTTRRFFRRRF"},
      {"DATA", Stage::mail, {hi, hello, ok, ok}, "FFFFFF>FTTRRFFRRRF"},
      {"the message under way", Stage::body, {hi, hello, ok, ok, go}, "FTFFFFFTTTRRFFRRRF"},
      {"the message", Stage::mail, {hi, hello, ok, ok, go}, "DTDDDFFTTTRRFFRRRF"},
      {"the empty message to nobody",
       Stage::mail,
       {hi, pipelining, "250 ok\r\n550 no\r\n354 go\r\n"},
       "RRRRRRRRRRRRRRRRRR"},
      {"QUIT", Stage::quit, {hi, hello}, "CCCCCCCCCCCCCCCCCF"},
  };
  return rows;
}

// A message that has no end yet.
class EndlessBody final : public Body {
 public:
  Task<void> begin(std::uint64_t) override { co_return ok(); }
  std::uint64_t size() const override { return 1000; }
  bool eight_bit() const override { return false; }
  Task<std::string_view> read() override { co_return std::string_view(); }
};

class Conversation {
 public:
  explicit Conversation(Stage stage) : stage_(stage), session(login_for(stage)) {}

  // Does what the session wants until it wants to hear the relay, or has come to an end.
  Step settle() {
    for (;;) {
      const Step step = session.step();
      if (step == Step::write) {
        session.wrote();
      } else if (step == Step::ready && begin_next()) {
        continue;
      } else if (step == Step::done && stage_ == Stage::second_mail && mails_ == 1) {
        session.take_outcome();
      } else {
        return step;
      }
    }
  }

  // The relay says this in one packet, or byte by byte.
  void hears(std::string_view text, bool bytewise = false) {
    if (!bytewise) return session.received(text);
    for (const char byte : text)
      session.received(std::string_view(&byte, 1));
  }

  // The state of things as a letter of the table.
  char letter() {
    switch (settle()) {
      case Step::failed:
        EXPECT_FALSE(session.failure().empty());
        return 'F';
      case Step::ready:
        return 'K';
      case Step::start_tls:
        return 'S';
      case Step::closed:
        return 'C';
      case Step::done: {
        const Outcome outcome = session.take_outcome();
        EXPECT_EQ(outcome.recipients.size(), 1U);
        const auto kind = outcome.recipients.at(0).kind;
        return kind == RecipientOutcome::Kind::delivered ? 'D'
               : kind == RecipientOutcome::Kind::refused ? 'R'
                                                         : 'T';
      }
      default:
        return '>';
    }
  }

 private:
  static Login login_for(Stage stage) {
    Login login;
    login.loopback = true;
    if (stage == Stage::tls) login.tls = Login::Tls::starttls;
    if (stage == Stage::plain_auth || stage == Stage::login_auth) {
      login.user = "me";
      login.password = Secret("a password");
    }
    return login;
  }

  bool begin_next() {
    const int wanted = stage_ == Stage::second_mail                     ? 2
                       : stage_ == Stage::mail || stage_ == Stage::body ? 1
                                                                        : 0;
    if (mails_ < wanted) {
      ++mails_;
      session.begin({"f@x", {"a@x"}, "text\r\n", stage_ == Stage::body ? &body_ : nullptr});
      return true;
    }
    if (stage_ == Stage::quit && mails_++ == 0) {
      session.quit();
      return true;
    }
    return false;
  }

  Stage stage_;
  int mails_ = 0;
  EndlessBody body_;

 public:
  Session session;
};

std::string line_of(std::string_view reply) {
  return reply == "junk" ? "what?\r\n" : std::string(reply) + " said\r\n";
}

// Brought into the state of the row.
void bring(Conversation& with, const StateRow& row) {
  for (const std::string& text : row.before) {
    ASSERT_EQ(with.settle(), Step::read);
    with.hears(text);
  }
  with.settle();
}

TEST(SmtpStates, EveryReplyInEveryState) {
  for (const StateRow& row : state_rows()) {
    ASSERT_EQ(row.cells.size(), replies.size()) << row.name;
    for (std::size_t i = 0; i < replies.size(); ++i) {
      for (const bool bytewise : {false, true}) {
        SCOPED_TRACE(std::string(row.name) + " answered with " + replies[i]);
        Conversation with(row.stage);
        bring(with, row);
        with.hears(line_of(replies[i]), bytewise);
        EXPECT_EQ(with.letter(), row.cells[i]);
      }
    }
  }
}

// What follows in the same packet changes no outcome; the connection is not used again.
TEST(SmtpStates, MoreInTheSamePacket) {
  for (const StateRow& row : state_rows()) {
    for (std::size_t i = 0; i < replies.size(); ++i) {
      for (const std::string more :
           {"221 bye\r\n", "421 bye\r\n", "250 ok\r\n", "550 no\r\n", "what?\r\n", "2"}) {
        for (const bool bytewise : {false, true}) {
          SCOPED_TRACE(std::string(row.name) + " answered with " + replies[i] + " and " + more);
          Conversation with(row.stage);
          bring(with, row);
          with.hears(line_of(replies[i]) + more, bytewise);
          const char letter = with.letter();
          const std::string_view final = "DTRFC";
          if (final.find(row.cells[i]) != std::string_view::npos) {
            EXPECT_EQ(letter, row.cells[i]);
          } else {
            EXPECT_NE(letter, 'D') << "nobody accepted it";
          }
          if (std::string_view("DTR").find(letter) != std::string_view::npos) {
            EXPECT_EQ(with.session.step(), Step::closed);
          }
        }
      }
    }
  }
}

// The end of the connection is a failure, unless the mail's outcome is known.
TEST(SmtpStates, LossInEveryState) {
  for (const StateRow& row : state_rows()) {
    SCOPED_TRACE(row.name);
    Conversation with(row.stage);
    bring(with, row);
    with.session.lost("connection closed");
    const bool settled = row.cells.find_first_not_of('R') == std::string_view::npos;
    EXPECT_EQ(with.letter(), settled ? 'R' : row.stage == Stage::quit ? 'C' : 'F');
  }
}

struct PipelinedRow {
  std::string before;  // replies to the commands before
  std::string after;   // and to those after, when this one is not taken
  std::string taken;   // and when it is
  std::string_view cells;
};

TEST(SmtpStates, EveryReplyToWhatIsPipelined) {
  const std::vector<PipelinedRow> rows = {
      {"", "503 first MAIL\r\n503 first RCPT\r\n", "250 ok\r\n354 go\r\n", "DFDDDFFFTTRRFFRRRF"},
      {"250 ok\r\n", "554 no valid recipients\r\n", "354 go\r\n", "DFDDDFFFTTRRFFRRRF"},
      {"250 ok\r\n250 ok\r\n", "", "", "FFFFFFDFTTRRFFRRRF"},
  };
  for (const PipelinedRow& row : rows) {
    for (std::size_t i = 0; i < replies.size(); ++i) {
      for (const std::string farewell : {"", "221 bye\r\n", "421 bye\r\n"}) {
        for (const bool bytewise : {false, true}) {
          SCOPED_TRACE(row.before + replies[i] + "\n" + row.after + farewell);
          Conversation with(Stage::mail);
          with.settle();
          with.hears("220 hi\r\n");
          with.settle();
          with.hears("250-relay\r\n250 PIPELINING\r\n");
          ASSERT_EQ(with.settle(), Step::read);
          const bool taken = row.cells[i] == 'D';
          const std::string group = row.before + line_of(replies[i]) + (taken ? row.taken : row.after);
          with.hears(taken ? group : group + farewell, bytewise);
          if (taken) {
            ASSERT_EQ(with.settle(), Step::read);
            with.hears("250 queued\r\n" + farewell, bytewise);
          }
          const char letter = with.letter();
          EXPECT_EQ(letter, row.cells[i]);
          if (letter != 'F') {
            EXPECT_EQ(with.session.step(), farewell.empty() ? Step::ready : Step::closed);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace carillon::smtp
