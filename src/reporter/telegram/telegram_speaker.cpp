#include "reporter/telegram/telegram_speaker.hpp"

#include <algorithm>

namespace carillon::reporter::telegram {
namespace {

using chat::Answer;
using Kind = Reply::Kind;

constexpr Millis longest_wait = 3000;  // of an announcement for its turn
constexpr int most_turns = 200;        // how often an answer asks for its turn
constexpr int most_tries = 5;          // of an answer
constexpr std::chrono::seconds longest_pause{60};
constexpr std::size_t most_buttons = 100;
constexpr std::size_t max_caption = 100;
constexpr std::size_t max_note = 200;

json::object message_of(const Part& part) {
  return {{"text", part.html},
          {"parse_mode", "HTML"},
          {"link_preview_options", json::object{{"is_disabled", true}}}};
}

std::chrono::seconds seconds_of(Millis millis) {
  return std::chrono::seconds((millis + 999) / 1000);
}

bool pressed(const Update& to) {
  return to.kind == Update::Kind::button && to.message_id != 0;
}

}  // namespace

Task<Receipt> Speaker::announce(std::string place, chat::Text text, std::vector<std::string> settled) {
  const std::vector<Part> parts = messages_of(text.without_mentions());
  Receipt receipt;
  receipt.answer = parts.empty() ? "nothing to say" : "200";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    ReceiptPart part;
    part.name = "message " + std::to_string(i + 1);
    if (std::find(settled.begin(), settled.end(), part.name) != settled.end()) continue;
    const auto sent = co_await send_part(place, parts[i]);
    if (sent) {
      part.answer = *sent;
      receipt.answer = *sent;
    } else {
      // Those before it must not be sent again.
      if (receipt.parts.empty()) co_return failed(sent);
      part.answer = sent.error().what;
      part.outcome = sent.error().kind == Failure::Kind::rejected ? ReceiptPart::Outcome::refused
                                                                  : ReceiptPart::Outcome::retry;
    }
    receipt.parts.push_back(std::move(part));
    if (!sent) break;
  }
  if (parts.size() == 1) receipt.parts.clear();
  co_return receipt;
}

json::array Speaker::shown(const std::string& place, const chat::Text& text) {
  json::array messages;
  for (const Part& part : messages_of(text.without_mentions())) {
    json::object message = message_of(part);
    message["chat_id"] = chat_id(place);
    if (const auto topic = topic_of(place)) message["message_thread_id"] = *topic;
    messages.push_back(std::move(message));
  }
  return messages;
}

Task<std::string> Speaker::send_part(const std::string& place, const Part& part) {
  Millis waited = 0;
  const std::string chat(chat_of(chats_.now(place)));
  while (const Millis wait = pacing_.take(chat, Pacing::What::announcement, env_.clock.now())) {
    if (waited + wait > longest_wait) {
      co_return throttled("Telegram's limits: one message a second in a chat, 20 a minute in a group",
                          seconds_of(wait));
    }
    co_await sleep_for(std::chrono::milliseconds(wait));
    waited += wait;
  }
  const Post post{"sendMessage", place, message_of(part)};
  Reply reply = co_await once(post);
  if (reply.kind == Kind::migrated) reply = co_await once(post);
  if (reply.ok()) co_return reply.note.empty() ? "200" : "200, " + reply.note;
  if (reply.kind == Kind::gone) co_await chats_.gone(std::string(chat_of(place)));
  co_return failed(failure_of(reply));
}

asio::awaitable<Reply> Speaker::once(Post post) {
  const std::string place = chats_.now(post.place);
  const std::string chat(chat_of(place));
  post.parameters["chat_id"] = chat_id(place);
  const auto topic = post.method == "sendMessage" ? topic_of(place) : std::nullopt;
  if (topic) post.parameters["message_thread_id"] = *topic;
  Reply reply = co_await api_.call(post.method, post.parameters);
  if (topic && reply.kind == Kind::no_topic) {
    std::string note = "in the chat itself: its topic " + std::to_string(*topic) + " is closed or gone";
    post.parameters.erase("message_thread_id");
    reply = co_await api_.call(post.method, std::move(post.parameters));
    reply.note = std::move(note);
  }
  if (reply.kind == Kind::throttled) {
    const auto pause = reply.retry_after.value_or(std::chrono::seconds(1));
    pacing_.pause(chat, env_.clock.now() + pause.count() * 1000);
  }
  if (reply.kind == Kind::migrated) co_await chats_.moved(chat, reply.new_chat);
  co_return reply;
}

asio::awaitable<void> Speaker::wait_for_turn(const std::string& place) {
  for (int i = 0; i < most_turns; ++i) {
    const std::string chat(chat_of(chats_.now(place)));
    const Millis wait = pacing_.take(chat, Pacing::What::answer, env_.clock.now());
    if (wait == 0) co_return;
    co_await sleep_for(std::chrono::milliseconds(wait));
  }
}

asio::awaitable<Reply> Speaker::insist(Post post) {
  std::chrono::milliseconds pause{1000};
  for (int i = 1;; ++i) {
    co_await wait_for_turn(post.place);
    Reply reply = co_await once(post);
    const bool again =
        reply.kind == Kind::migrated || reply.kind == Kind::unreachable ||
        (reply.kind == Kind::throttled && reply.retry_after.value_or(longest_pause) <= longest_pause);
    if (!again || i == most_tries) co_return reply;
    if (reply.kind == Kind::unreachable) {
      co_await sleep_for(pause);
      pause *= 2;
    }
  }
}

// With our markup, and should Telegram not understand that, without any.
asio::awaitable<Reply> Speaker::show(Post post, const Part& part) {
  for (const auto& one : message_of(part))
    post.parameters[one.key()] = one.value();
  Reply reply = co_await insist(post);
  if (reply.kind != Kind::bad_markup) co_return reply;
  env_.log.error("telegram", "the markup of an answer is wrong: " + reply.what);
  post.parameters.erase("parse_mode");
  post.parameters["text"] = part.plain;
  co_return co_await insist(std::move(post));
}

asio::awaitable<void> Speaker::report(const std::string& place, const Reply& reply) {
  if (reply.ok()) co_return;
  env_.log.warning("telegram", "an answer in " + place + " was not taken: " + reply.what);
  if (reply.kind == Kind::gone) co_await chats_.gone(std::string(chat_of(place)));
}

asio::awaitable<json::object> Speaker::markup_of(const std::vector<std::vector<chat::Button>>& keyboard,
                                                 Buttons& buttons) {
  json::array rows;
  std::size_t count = 0;
  for (const auto& row : keyboard) {
    json::array made;
    for (const chat::Button& button : row) {
      if (++count > most_buttons) break;
      const auto data = co_await buttons.data_for(button.command);
      if (!data) {
        env_.log.warning("telegram", "a button is left out, it cannot be kept: " + data.error().what);
        continue;
      }
      const std::string caption = cut_units(button.caption, max_caption);
      made.push_back(json::object{{"text", caption.empty() ? "?" : caption}, {"callback_data", *data}});
    }
    if (!made.empty()) rows.push_back(std::move(made));
  }
  co_return json::object{{"inline_keyboard", std::move(rows)}};
}

asio::awaitable<void> Speaker::send_parts(const Update& to, const Answer& answer, std::vector<Part> parts,
                                          std::size_t from, json::object markup) {
  for (std::size_t i = from; i < parts.size(); ++i) {
    Post post{"sendMessage", to.place.id, {}};
    const bool a_reply = answer.reply || (answer.wants_text && !to.place.is_private);
    if (i == 0 && a_reply && to.kind == Update::Kind::message && to.message_id != 0) {
      post.parameters["reply_parameters"] =
          json::object{{"message_id", to.message_id}, {"allow_sending_without_reply", true}};
    }
    if (i + 1 == parts.size() && !markup.empty()) post.parameters["reply_markup"] = markup;
    const Reply reply = co_await show(std::move(post), parts[i]);
    co_await report(to.place.id, reply);
    if (!reply.ok()) co_return;
  }
}

asio::awaitable<void> Speaker::say(const Update& to, const Answer& answer, Buttons& buttons) {
  json::object markup;
  chat::Text text = answer.text.without_mentions();
  if (!answer.keyboard.empty()) {
    markup = co_await markup_of(answer.keyboard, buttons);
  } else if (answer.wants_text && !to.place.is_private) {
    // Selective: for whom it replies to, or whom it names. In private chats the apps ask again and again.
    const bool names = to.kind == Update::Kind::button && !to.username.empty();
    if (names) text = chat::Text("@" + to.username + ", ").append(text);
    if (names || to.kind == Update::Kind::message)
      markup = json::object{{"force_reply", true}, {"selective", true}};
  }
  std::vector<Part> parts = messages_of(text);
  co_await send_parts(to, answer, std::move(parts), 0, std::move(markup));
}

asio::awaitable<void> Speaker::edit(const Update& to, const Answer& answer, Buttons& buttons) {
  std::vector<Part> parts = messages_of(answer.text.without_mentions());
  if (parts.empty()) co_return;
  json::object markup = co_await markup_of(answer.keyboard, buttons);
  Post post{"editMessageText", to.place.id, {}};
  post.parameters["message_id"] = to.message_id;
  if (parts.size() == 1) post.parameters["reply_markup"] = markup;
  const Reply reply = co_await show(std::move(post), parts.front());
  // A message that is too old, or deleted, cannot be edited.
  const bool refused = reply.kind == Kind::rejected;
  if (!refused) co_await report(to.place.id, reply);
  if (!refused && !reply.ok()) co_return;
  if (answer.keyboard.empty()) markup.clear();
  co_await send_parts(to, answer, std::move(parts), refused ? 0 : 1, std::move(markup));
}

asio::awaitable<void> Speaker::take_keyboard(const Update& of) {
  if (of.message_id == 0) co_return;
  json::object none{{"inline_keyboard", json::array()}};
  co_await put_keyboard(of, std::move(none));
}

asio::awaitable<void> Speaker::put_keyboard(const Update& on, json::object markup) {
  Post post{"editMessageReplyMarkup", on.place.id, {}};
  post.parameters["message_id"] = on.message_id;
  post.parameters["reply_markup"] = std::move(markup);
  const Reply reply = co_await insist(std::move(post));
  co_await report(on.place.id, reply);
}

asio::awaitable<void> Speaker::acknowledge(std::string query, std::string_view note) {
  json::object parameters{{"callback_query_id", std::move(query)}};
  if (!note.empty()) parameters["text"] = cut_units(note, max_note);
  const Reply reply = co_await api_.call("answerCallbackQuery", std::move(parameters));
  // The person pressed long ago, or pressed again: nobody waits.
  if (!reply.ok()) env_.log.debug("telegram", "a pressed button was not acknowledged: " + reply.what);
}

asio::awaitable<void> Speaker::answer(const Update& to, std::vector<Answer> answers, Buttons& buttons) {
  if (to.place.id.empty()) co_return;
  for (const Answer& answer : answers) {
    if (answer.how == Answer::How::message || (answer.how == Answer::How::edit && !pressed(to))) {
      co_await say(to, answer, buttons);
    } else if (answer.how == Answer::How::edit) {
      co_await edit(to, answer, buttons);
    } else if (!pressed(to)) {
      continue;
    } else if (answer.how == Answer::How::edit_keyboard) {
      json::object markup = co_await markup_of(answer.keyboard, buttons);
      co_await put_keyboard(to, std::move(markup));
    } else {
      co_await drop(to);
    }
  }
}

asio::awaitable<void> Speaker::drop(const Update& of) {
  Post post{"deleteMessage", of.place.id, {}};
  post.parameters["message_id"] = of.message_id;
  const Reply reply = co_await insist(std::move(post));
  // After two days a message can only lose its buttons.
  if (reply.kind == Kind::rejected) {
    co_await take_keyboard(of);
  } else {
    co_await report(of.place.id, reply);
  }
}

}  // namespace carillon::reporter::telegram
