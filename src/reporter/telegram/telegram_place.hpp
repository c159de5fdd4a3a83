// Where the bot talks: a chat, or a topic of one that is a forum. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace carillon::reporter::telegram {

// Places are written "-100123", "@channel", and with a topic "-100123/7". The topic of all that has none
// ("General") is the chat itself.
std::string place_with(std::string_view chat, std::int64_t topic);

std::string_view chat_of(std::string_view place);
std::optional<std::int64_t> topic_of(std::string_view place);  // nullopt: none

// Whether somebody can have meant a place by it.
bool is_place(std::string_view text);

// The chat of the place as chat_id wants it: a number, or "@channel".
json::value chat_id(std::string_view place);

}  // namespace carillon::reporter::telegram
