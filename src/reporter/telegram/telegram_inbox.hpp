// The updates that were received and are not handled yet.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/log.hpp"
#include "chat/memory.hpp"
#include "reporter/telegram/telegram_update.hpp"

namespace carillon::reporter::telegram {

// Telegram gives an update until it is confirmed. Here it is kept first, confirmed then, and handled: once,
// in the order of its chat, while other chats go on. Kept as "update/<id>": the update while it waits, then
// for two days that it was handled, so that one that comes again does nothing. (Telegram keeps updates for
// one day.) Only a crash in the middle of handling has an update handled again.
class Inbox {
 public:
  // The update lives until it ends. Throws nothing but cancellation.
  using Handle = std::function<asio::awaitable<void>(const Update&)>;

  // owner: of the memory, the clock and the log; nothing is handled when it is gone.
  Inbox(asio::any_io_executor executor, std::weak_ptr<void> owner, chat::Memory& memory, const Clock& clock,
        const Log& log, Handle handle);
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  // Takes up what waited when Carillon stopped. Call it once, before accept(). Failure: as Memory.
  Task<void> restore();

  // Keeps the update, and has it handled. One that is known does nothing. Failure: as Memory; Telegram is to
  // give it again.
  Task<void> accept(Update update, json::value raw);

  // How many wait or are under way.
  std::size_t size() const;

  // Begins nothing more, and resumes when nothing is under way, or after the grace time.
  asio::awaitable<void> stop(std::chrono::milliseconds grace);

 private:
  struct Self;
  std::shared_ptr<Self> self_;
};

}  // namespace carillon::reporter::telegram
