// Buttons whose command is longer than Telegram carries.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "chat/memory.hpp"

namespace carillon::reporter::telegram {

inline constexpr std::size_t max_callback_data = 64;  // bytes

// A command that does not fit is kept under "button/<hash>" and sent as "#<hash>". It is forgotten when no
// keyboard has shown it for 60 days. Anybody can send any data, so what comes back is judged like a command
// that somebody typed.
class Buttons {
 public:
  // The references outlive this.
  Buttons(chat::Memory& memory, const Clock& clock) : memory_(memory), clock_(clock) {}

  // What to send as callback_data; 1 to 64 bytes. Failure: as Memory.
  Task<std::string> data_for(std::string command);

  // The command of the pressed button; nullopt when it is not known (any more). Failure: as Memory.
  Task<std::optional<std::string>> command_of(std::string data) const;

  // Forgets what is too old. Failure: as Memory.
  Task<void> tidy();

 private:
  chat::Memory& memory_;
  const Clock& clock_;
};

}  // namespace carillon::reporter::telegram
