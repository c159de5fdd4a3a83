// TelegramBot: announces builds in Telegram's chats, and does what people tell it there
// (doc/reporters/TelegramBot.md).
#pragma once

#include <memory>

#include "chat/connected_reporter.hpp"
#include "reporter/reporter.hpp"
#include "settings/arguments.hpp"

namespace carillon::reporter::telegram {

settings::Schema schema();

// Throws settings::ConfigError (what can be no token or chat, an unknown event, a webhook that Telegram could
// not reach, polling and webhook together). Connects to nothing.
std::unique_ptr<chat::ConnectedReporter> make(const settings::Arguments& args,
                                              const chat::Environment& environment);

}  // namespace carillon::reporter::telegram
