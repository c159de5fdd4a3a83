// The beginning of a connection: capabilities, login, nick, up to 001. Pure: lines in, lines out.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "reporter/irc/irc_line.hpp"

namespace carillon::reporter::irc {

struct Identity {
  // is_nick().
  std::string nick;
  // Likewise.
  std::string user;
  std::string real_name;
  // Of the nick's services account; may be empty.
  Secret password;
  // Of the server or bouncer (PASS); empty: `password` is said, unless SASL takes it.
  Secret server_password;
  // The name of the account; empty: the nick.
  std::string sasl_user;
};

// The nick to try next when `nick` is taken. attempt: from 1.
std::string other_nick(std::string_view nick, int attempt);

class Registration {
 public:
  enum class State { under_way, done, failed };

  explicit Registration(const Identity& identity) : identity_(identity), nick_(identity.nick) {}

  // What is said first, with CR LF.
  std::vector<std::string> start();

  // The server has not answered for capability_time: whether there is SASL is not known, and PASS must stand
  // before NICK. What is said now; nothing where nothing waits for the answer.
  bool waits_for_capabilities() const { return !introduced_; }
  std::vector<std::string> hurry() { return introduce(); }

  // What is said to a line of the server (PING is the caller's). After done and failed: nothing.
  std::vector<std::string> hear(const Line& line);

  State state() const { return state_; }
  const std::string& failure() const { return failure_; }  // when failed; holds no secret
  const std::string& nick() const { return nick_; }        // when done: ours
  const std::set<std::string>& capabilities() const { return enabled_; }
  bool logged_in() const { return logged_in_; }      // by SASL
  const std::string& note() const { return note_; }  // why there was no login by SASL; empty: nothing to tell

 private:
  std::vector<std::string> introduce();
  std::vector<std::string> hear_capabilities(const Line& line);
  std::vector<std::string> ask_for(const std::set<std::string>& wanted);
  std::vector<std::string> end_when_all_is_answered();
  std::vector<std::string> end_negotiation();
  std::vector<std::string> authenticate(const Line& line);
  std::vector<std::string> next_nick(const Line& line);

  const Identity& identity_;
  std::string nick_;
  int nicks_tried_ = 0;
  std::set<std::string> offered_;
  std::set<std::string> enabled_;
  // Asked for, not answered.
  std::set<std::string> pending_;
  // SASL PLAIN is offered.
  bool plain_ = false;
  // NICK and USER are said.
  bool introduced_ = false;
  // And PASS.
  bool passed_ = false;
  bool negotiating_ = true;
  bool asked_one_by_one_ = false;
  bool authenticating_ = false;
  bool logged_in_ = false;
  State state_ = State::under_way;
  std::string failure_;
  std::string note_;
};

}  // namespace carillon::reporter::irc
