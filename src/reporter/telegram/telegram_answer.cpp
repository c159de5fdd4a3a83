#include "reporter/telegram/telegram_answer.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/letters.hpp"

namespace carillon::reporter::telegram {
namespace {

using Kind = Reply::Kind;

constexpr std::size_t max_what = 300;

// By the number and the words; the words are all that tells some refusals apart.
Kind kind_of(std::int64_t code, std::string_view description) {
  const std::string words = lower(description);
  const auto says = [&](std::string_view what) { return words.find(what) != std::string::npos; };
  if (code == 429) return Kind::throttled;
  if (code == 409) return Kind::conflict;
  if (code == 401 || code == 404) return Kind::bad_token;
  if (code >= 500) return Kind::unreachable;
  if (says("message is not modified")) return Kind::done;
  if (says("can't parse entities")) return Kind::bad_markup;
  if (says("topic_closed") || says("topic_deleted") || says("message thread not found"))
    return Kind::no_topic;
  if (code == 403 || says("chat not found") || says("user is deactivated") ||
      says("group chat was deleted") || says("group chat was deactivated"))
    return Kind::gone;
  return Kind::rejected;
}

}  // namespace

Reply reply_of(const http::Response& response, std::int64_t now) {
  Reply reply;
  reply.what = std::to_string(response.status);
  boost::system::error_code error;
  const json::value body = json::parse(response.body, error);
  const json::object* object = error ? nullptr : body.if_object();
  const json::value* ok = object != nullptr ? object->if_contains("ok") : nullptr;
  if (ok == nullptr || !ok->is_bool()) {
    // Not the Bot API: a proxy in between, or no server of Telegram's.
    const auto judged = http::judge(response, now);
    reply.what = judged ? "HTTP " + reply.what + ", but no answer of the Bot API" : judged.error().what;
    if (!judged && judged.error().kind == Failure::Kind::throttled) reply.kind = Kind::throttled;
    if (!judged && judged.error().kind == Failure::Kind::rejected) reply.kind = Kind::rejected;
    if (!judged && judged.error().retry_after)
      reply.retry_after = std::min(*judged.error().retry_after, longest_asked_pause);
    return reply;
  }
  if (ok->get_bool()) {
    reply.kind = Kind::done;
    if (const json::value* result = object->if_contains("result")) reply.result = *result;
    return reply;
  }
  const std::string_view description = string_at(*object, "description").value_or("no description");
  const std::int64_t code = integer_at(*object, "error_code").value_or(response.status);
  reply.kind = kind_of(code, description);
  reply.what = ellipsize(fold_to_line(std::to_string(code) + " " + std::string(description)), max_what);
  if (const auto seconds = integer_at(*object, "parameters.retry_after")) {
    reply.retry_after =
        std::clamp(std::chrono::seconds(*seconds), std::chrono::seconds(1), longest_asked_pause);
    reply.kind = Kind::throttled;
  } else if (const auto chat = integer_at(*object, "parameters.migrate_to_chat_id")) {
    reply.new_chat = std::to_string(*chat);
    reply.kind = Kind::migrated;
  }
  return reply;
}

Failure failure_of(const Reply& reply) {
  Failure failure{Failure::Kind::rejected, reply.what, reply.retry_after};
  if (reply.kind == Kind::throttled) failure.kind = Failure::Kind::throttled;
  if (reply.kind == Kind::unreachable) failure.kind = Failure::Kind::unreachable;
  return failure;
}

}  // namespace carillon::reporter::telegram
