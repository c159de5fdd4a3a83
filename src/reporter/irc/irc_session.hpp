// One connection to an IRC server, without its I/O: bytes and times in, bytes and events out.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reporter/irc/irc_line.hpp"
#include "reporter/irc/irc_members.hpp"
#include "reporter/irc/irc_outbox.hpp"
#include "reporter/irc/irc_registration.hpp"
#include "reporter/irc/irc_rooms.hpp"

namespace carillon::reporter::irc {

struct Registered {};  // the server knows us; messages may be sent
struct Spoken {
  // As written.
  std::string nick;
  // A channel as written, or our nick.
  std::string target;
  // May begin a CTCP.
  std::string text;
  // "": none; nullopt: the server does not say.
  std::optional<std::string> account;
};
struct Entered {
  // As the server writes it.
  std::string channel;
};
struct Left {
  std::string channel;
  std::string why;
};
struct JoinRefused {
  std::string channel;
  std::string why;
};
struct AccountTold {  // the answer to ask_account()
  // Folded.
  std::string nick;
  // empty: none, or nobody has the nick.
  std::string account;
};
struct Renamed {  // somebody else
  // Folded.
  std::string from;
  // Likewise.
  std::string to;
};
struct Noted {  // for the log
  std::string text;
};
struct Ended {  // nothing more will come of this connection: close it
  std::string why;
  // The server took us for a flood.
  bool flooded = false;
};
using Event = std::variant<Registered, Spoken, Entered, Left, JoinRefused, AccountTold, Renamed, Noted,
                           Outbox::Done, Ended>;

class Session {
 public:
  static constexpr Millis registration_time = 60'000;
  // Of them, for the server to say what it can.
  static constexpr Millis capability_time = 5'000;
  // Without a word of the server, then a PING.
  static constexpr Millis quiet_time = 60'000;
  // To any PING.
  static constexpr Millis answer_time = 120'000;
  static constexpr Millis regain_interval = 60'000;
  // After 001, before channels are joined without its end.
  static constexpr Millis motd_time = 5'000;

  // identity and rooms outlive the session; the rooms are those of all its successors, too. gap: the pace
  // that a predecessor learned.
  Session(const Identity& identity, Rooms& rooms, Millis gap, Millis now);

  void received(std::string_view bytes, Millis now);
  // Does what time has brought. Call it when wake_at() has come, and after each of the other calls.
  void tick(Millis now);
  Millis wake_at(Millis now) const;
  // What is to be written now; empty: nothing.
  std::string output(Millis now);
  std::vector<Event> take_events();

  // The texts without CR LF and within room(). command: PRIVMSG or NOTICE. target: a name that can be said.
  Outbox::Ticket say(Outbox::Rank rank, std::string_view command, const std::string& target,
                     const std::vector<std::string>& texts);
  bool withdraw(Outbox::Ticket ticket) { return outbox_.withdraw(ticket); }
  std::size_t unsaid(Outbox::Rank rank) const { return outbox_.waiting(rank); }
  void part(const std::string& channel);
  void ask_account(const std::string& nick);
  // The goodbye; everything else is left unsaid.
  std::string quit(std::string_view words) const;

  bool registered() const { return registered_; }
  const std::string& nick() const { return nick_; }
  const Support& support() const { return support_; }
  const Members& members() const { return members_; }
  // What the server keeps telling of the account of somebody in our channels; nullopt: it does not.
  std::optional<std::string> known_account(std::string_view nick) const;
  std::size_t room(std::string_view command, std::string_view target) const;
  Millis gap() const { return outbox_.gap(); }

 private:
  void hear(const Line& line, Millis now);
  void hear_numeric(const Line& line, Millis now);
  void hear_people(const Line& line, Millis now);
  void hear_message(const Line& line);
  void leave_where_forwarded(const std::string& channel, std::string_view name);
  void on_welcome(Millis now);
  void on_own_nick(const std::string& nick, Millis now);
  void identify();
  void regain(Millis now);
  void end(std::string why);
  void control(std::string line);
  bool has(const char* capability) const { return registration_.capabilities().contains(capability); }
  bool is_me(std::string_view name) const { return support_.folded(name) == support_.folded(nick_); }

  const Identity& identity_;
  Rooms& rooms_;
  LineReader reader_;
  Registration registration_;
  Support support_;
  Members members_;
  Outbox outbox_;
  // Registration, PONG: not paced.
  std::string urgent_;
  std::vector<Event> events_;
  std::string nick_;
  // "nick!user@host" as others see it; empty: not known.
  std::string own_source_;
  // Channels that the server sends us to instead of those asked for; folded.
  std::set<std::string> forwarded_;
  // Nicks under WHOIS, and what was found.
  std::map<std::string, std::string> asked_accounts_;
  bool registered_ = false;
  // The MOTD has ended.
  bool joining_ = false;
  bool ended_ = false;
  Millis started_ = 0;
  Millis welcome_at_ = 0;
  Millis heard_at_ = 0;
  Millis regain_at_ = 0;
};

}  // namespace carillon::reporter::irc
