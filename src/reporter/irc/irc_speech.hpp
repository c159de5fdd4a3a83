// Which messages are meant for the bot. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "reporter/irc/irc_names.hpp"

namespace carillon::reporter::irc {

// The command in a message to a channel: "bot: status", "bot, status" in any case; nullopt: it is not
// addressed to one of our names.
std::optional<std::string> addressed(std::string_view text, std::string_view nick, const Support& support);

// The command in a message to us alone: may begin with our nick as above, or with "!". nullopt: it says
// nothing.
std::optional<std::string> confided(std::string_view text, std::string_view nick, const Support& support);

// What the bot does when somebody does something to it ("/me kicks bot"): the words of its own action;
// nullopt: nothing was done to it.
std::optional<std::string> reaction(std::string_view action, std::string_view nick, std::string_view who,
                                    const Support& support);

// The words of an action (CTCP ACTION) in a message; nullopt: it is none.
std::optional<std::string_view> action_of(std::string_view text);

// The answer to a CTCP PING, for a notice to who asked; nullopt: it is none.
std::optional<std::string> pong_for(std::string_view text);

// Whether it is another CTCP request, which is not meant for people.
bool is_ctcp(std::string_view text);

}  // namespace carillon::reporter::irc
