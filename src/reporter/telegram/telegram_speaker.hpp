// Sends messages to chats: announcements once, answers until they are there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "chat/message.hpp"
#include "reporter/reporter.hpp"
#include "reporter/telegram/telegram_api.hpp"
#include "reporter/telegram/telegram_buttons.hpp"
#include "reporter/telegram/telegram_chats.hpp"
#include "reporter/telegram/telegram_pacing.hpp"
#include "reporter/telegram/telegram_place.hpp"
#include "reporter/telegram/telegram_text.hpp"
#include "reporter/telegram/telegram_update.hpp"

namespace carillon::reporter::telegram {

class Speaker {
 public:
  // The references outlive this.
  Speaker(const chat::Environment& environment, const Api& api, Chats& chats)
      : env_(environment), api_(api), chats_(chats) {}

  // For Reporter::send(): the text to the place, in as many messages as it needs. A group that has moved is
  // followed at once; what is for a topic that is closed
  // goes to the chat, and the receipt says so. Waits a few seconds at most for Telegram's limits, else it is
  // throttled. When some of several messages are sent, the receipt has them as parts; `settled`: those of
  // earlier attempts.
  Task<Receipt> announce(std::string place, chat::Text text, std::vector<std::string> settled);

  // What that sends: the parameters of sendMessage, once for each message.
  static json::array shown(const std::string& place, const chat::Text& text);

  // The answers to the update, in order. What Telegram does not take is tried again for a minute or so, and
  // then left out with a line in the log. buttons: keeps long commands.
  asio::awaitable<void> answer(const Update& to, std::vector<chat::Answer> answers, Buttons& buttons);

  // Ends the waiting of a pressed button; note: shown to the person, empty for none.
  asio::awaitable<void> acknowledge(std::string query, std::string_view note);

  // Takes the buttons of the message away.
  asio::awaitable<void> take_keyboard(const Update& of);

 private:
  struct Post {  // a call about a chat
    std::string method;
    std::string place;
    // Without chat_id and topic.
    json::object parameters;
  };
  asio::awaitable<Reply> once(Post post);
  asio::awaitable<Reply> insist(Post post);
  asio::awaitable<void> wait_for_turn(const std::string& place);

  Task<std::string> send_part(const std::string& place, const Part& part);
  asio::awaitable<void> say(const Update& to, const chat::Answer& answer, Buttons& buttons);
  asio::awaitable<void> edit(const Update& to, const chat::Answer& answer, Buttons& buttons);
  asio::awaitable<void> send_parts(const Update& to, const chat::Answer& answer, std::vector<Part> parts,
                                   std::size_t from, json::object markup);
  asio::awaitable<void> put_keyboard(const Update& on, json::object markup);
  asio::awaitable<void> drop(const Update& of);
  asio::awaitable<Reply> show(Post post, const Part& part);
  asio::awaitable<json::object> markup_of(const std::vector<std::vector<chat::Button>>& keyboard,
                                          Buttons& buttons);
  asio::awaitable<void> report(const std::string& place, const Reply& reply);

  chat::Environment env_;
  const Api& api_;
  Chats& chats_;
  Pacing pacing_;
};

}  // namespace carillon::reporter::telegram
