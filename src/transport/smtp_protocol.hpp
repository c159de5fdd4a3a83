// An SMTP client (RFC 5321) as a state machine without I/O: replies in, bytes to write and outcomes out.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "transport/smtp_body.hpp"
#include "transport/smtp_data.hpp"
#include "transport/smtp_reply.hpp"

namespace carillon::smtp {

struct Mail {
  // Address only; empty: the null sender.
  std::string from;
  // Addresses only.
  std::vector<std::string> recipients;
  // The message, RFC 5322; outlives the sending.
  std::string_view data;
  // The message, instead of data; likewise, and begun before it is sent.
  Body* body = nullptr;
  // Where the header holds UTF-8 (RFC 6532): for a relay without SMTPUTF8.
  std::string ascii_head;
  // How many bytes at the beginning it replaces.
  std::size_t head_size = 0;

  std::uint64_t size() const;
  bool eight_bit() const;
};

// What became of one recipient.
struct RecipientOutcome {
  enum class Kind { delivered, retry, refused };
  std::string address;
  Kind kind = Kind::retry;
  // The reply that decided, one printable line.
  std::string answer;
};

struct Outcome {
  // One for each of Mail::recipients, in that order.
  std::vector<RecipientOutcome> recipients;
  // The last reply: "250 2.0.0 Ok: queued as 4F1".
  std::string answer;
};

// How to introduce ourselves to a relay.
struct Login {
  enum class Tls {
    none,      // in the clear; but with a user name STARTTLS is used where it is offered, and needed unless
               // loopback
    starttls,  // STARTTLS or nothing
    implicit,  // the connection is TLS from its first byte
  };
  // For EHLO.
  std::string client_name = "localhost";
  Tls tls = Tls::none;
  // The relay is on this host: a password may go over a connection without TLS.
  bool loopback = false;
  // empty: no AUTH.
  std::string user;
  Secret password;
  // For XOAUTH2, instead of a password; may be empty.
  Secret token;
};

// One connection. The driver asks step() what to do, does it, tells the result, and asks again:
//
//   write      write output(), then wrote()
//   read       read some bytes, then received(); at the end of the stream or on an error lost()
//   feed       read the next piece of Mail::body, then feed()
//   start_tls  do the TLS handshake, then tls_started()
//   ready      begin(mail) or quit()
//   done       take_outcome()
//   failed     failure() says why; the connection is of no use any more
//   closed     the connection is to be closed
//
// A failure concerns the whole attempt, and may pass: a mail in progress was not answered for any recipient.
// That goes for 421 and 221 at any time, and for a mail that the relay does not take without a login (530).
// Once the relay has answered for the mail, nothing that it says changes the outcome: if it says more, the
// connection is closed after take_outcome().
// Once a recipient has been refused for good, trouble on the way yields an outcome instead, in which the
// others are to retry. Texts name what the relay said and never hold the user name or the password.
class Session {
 public:
  enum class Step { write, read, feed, start_tls, ready, done, failed, closed };

  explicit Session(Login login);

  Step step();
  // A part of what is to be written, at most about 128 KB; stays valid until wrote().
  std::string_view output() const { return out_; }
  void wrote() { out_.clear(); }
  void received(std::string_view bytes);
  // piece: empty at the end of the message; then, and not before, the relay may accept it.
  void feed(std::string_view piece);
  void tls_started();
  // The connection is gone or a time-out passed; why: "connection closed", "no answer within 300 s".
  void lost(std::string_view why);

  // Only at `ready`. Whatever cannot be said in SMTP is refused without asking the relay: an address with
  // control characters or unquoted spaces, a non-ASCII address without SMTPUTF8, a message over the announced
  // SIZE.
  void begin(Mail mail);
  // Only at `done`.
  Outcome take_outcome();
  void quit();

  const std::string& failure() const { return failure_; }
  // Whether it failed because the relay refused the password for good: who asks again soon may lock the
  // account.
  bool password_refused() const { return password_refused_; }
  // Whether the end of the current mail's data has been handed out: from then on the relay may have accepted
  // it.
  bool committed() const { return committed_; }
  // The largest message that the relay says it takes, in bytes; 0: it does not say.
  std::uint64_t max_size() const { return offers_.max_size; }
  // What is being waited for: "the greeting", "the reply to RCPT", "the reply to the message".
  std::string_view waiting_for() const;

 private:
  enum class Await {
    greeting,
    ehlo,
    helo,
    starttls,
    auth_plain,
    auth_plain_again,
    auth_login,
    auth_user,
    auth_password,
    auth_cram,
    auth_cram_response,
    auth_token,
    auth_token_end,
    rset,
    mail,
    rcpt,
    data,
    abandoned_data,
    data_end,
    quit
  };
  enum class Mechanism { plain, login, cram_md5, xoauth2 };
  struct Command {
    Await await;
    // Of rcpt.
    std::size_t recipient = 0;
    std::string line;
  };
  enum class Decision { open, accepted, settled };

  void fill();
  void send(Await await, std::string line);
  void handle(const Reply& reply, const Command& command);
  void handle_unasked(const Reply& reply);
  void handle_login(const Reply& reply, Await await);
  void handle_mail(const Reply& reply, const Command& command);
  void after_hello();
  void authenticate();
  void begin_mechanism();
  void answer_challenge(const Reply& reply);
  // Goes on with the next mechanism where that may help, else fails.
  void handle_refused_login(const Reply& reply);
  void queue_transaction();
  bool with_ascii_head() const { return !offers_.smtputf8 && !mail_.ascii_head.empty(); }
  std::uint64_t message_size() const;
  void begin_data();
  void end_data();
  void settle(std::size_t recipient, RecipientOutcome::Kind kind, const std::string& answer);
  // Settles every recipient that is open or accepted.
  void settle_rest(RecipientOutcome::Kind kind, const std::string& answer);
  void settle_rest(const Reply& reply);
  // Likewise, and the mail is done.
  void conclude(const Reply& reply);
  bool any_accepted() const;
  void finish();
  void fail(std::string why);
  // Ends a mail in progress: an outcome when somebody was refused already, otherwise a failure.
  void give_up(const std::string& why);
  std::string text_of(const Reply& reply) const;
  // The text, or the other one where it could show the password.
  std::string hide(std::string text, std::string instead) const;

  Login login_;
  ReplyParser parser_;
  Capabilities offers_;
  bool in_tls_ = false;
  bool starting_tls_ = false;
  bool authenticated_ = false;
  // Still to be tried, the current one first.
  std::deque<Mechanism> mechanisms_;
  bool password_refused_ = false;

  std::string out_;
  // To be sent.
  std::deque<Command> queue_;
  // Sent, not answered.
  std::deque<Command> awaited_;
  DataEncoder encoder_;
  bool sending_data_ = false;
  // Of Mail::data.
  std::string_view rest_;
  // Bytes of Mail::body that are still to be left out.
  std::size_t skip_ = 0;

  Mail mail_;
  bool in_mail_ = false;
  // A transaction has been begun before.
  bool used_ = false;
  bool committed_ = false;
  bool done_ = false;
  // No further mail on this connection.
  bool closing_ = false;
  bool closed_ = false;
  std::vector<Decision> decisions_;
  Outcome outcome_;
  std::string failure_;
};

// Whether the address can be put between "<" and ">" of a command.
bool sendable(std::string_view address);

}  // namespace carillon::smtp
