// How updates come in: by asking Telegram, or by its calls.
#pragma once

#include <memory>

#include "reporter/telegram/telegram_talk.hpp"

namespace carillon::reporter::telegram {

// Restores, finds out who the bot is, and receives until it is cancelled; then lets what is under way end,
// for at most two seconds. Tries again after retryDelay whatever goes wrong, and says in the log what does.
// Polling takes a webhook away; a webhook stays when this ends, so that updates wait at Telegram.
asio::awaitable<void> receive(std::shared_ptr<Talk> talk);

// Whether two secrets are equal, in a time that does not tell how alike they are.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace carillon::reporter::telegram
