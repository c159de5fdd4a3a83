// How fast Telegram lets a bot talk: about one message a second in a chat, 20 a minute in a group, 30 a
// second in all. Pure: the time is passed in.
#pragma once

#include <deque>
#include <map>
#include <string>

#include "base/clock.hpp"

namespace carillon::reporter::telegram {

class Pacing {
 public:
  enum class What {
    answer,        // to somebody who waits
    announcement,  // leaves room for answers, and waits where one of them waits
  };

  // 0: the message may go now, and counts as sent. Else how long to wait before asking again; an answer that
  // has to wait keeps announcements to the chat back meanwhile.
  Millis take(const std::string& chat, What what, Millis now);

  // Nothing goes to the chat before that time: what a 429 asked for.
  void pause(const std::string& chat, Millis until);

 private:
  using Times = std::deque<Millis>;  // of messages, the oldest first
  struct Chat {
    Times sent;
    Millis paused_until = 0;
    // An answer waits.
    Millis answer_until = 0;
  };
  void tidy(Millis now);

  std::map<std::string, Chat> chats_;
  Times all_;
};

}  // namespace carillon::reporter::telegram
