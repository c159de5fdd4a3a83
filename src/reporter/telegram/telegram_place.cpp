#include "reporter/telegram/telegram_place.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace carillon::reporter::telegram {
namespace {

constexpr std::size_t most_digits = 18;
constexpr std::int64_t general = 1;  // has that number, but Telegram takes it for none of a message's

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

}  // namespace

std::string place_with(std::string_view chat, std::int64_t topic) {
  std::string place(chat);
  if (topic != general) place += "/" + std::to_string(topic);
  return place;
}

std::string_view chat_of(std::string_view place) {
  return place.substr(0, place.find('/'));
}

std::optional<std::int64_t> topic_of(std::string_view place) {
  const auto slash = place.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  return whole_number(place.substr(slash + 1));
}

bool is_place(std::string_view text) {
  const std::string_view chat = chat_of(text);
  if (chat.size() < text.size()) {
    const std::string_view topic = text.substr(chat.size() + 1);
    if (!is_digits(topic) || topic.size() > most_digits || topic.front() == '0') return false;
  }
  if (chat.starts_with('@')) return chat.size() > 1;
  const std::string_view digits = chat.starts_with('-') ? chat.substr(1) : chat;
  return is_digits(digits) && digits.size() <= most_digits;
}

json::value chat_id(std::string_view place) {
  const std::string_view chat = chat_of(place);
  if (const auto number = whole_number(chat)) return *number;
  return json::value(chat);
}

}  // namespace carillon::reporter::telegram
