#include "reporter/telegram/telegram_inbox.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <map>

#include "base/lanes.hpp"

namespace carillon::reporter::telegram {
namespace {

constexpr std::string_view updates_prefix = "update/";
constexpr Millis known_for = Millis{2} * 24 * 3600 * 1000;
constexpr Millis tidied_every = Millis{3600} * 1000;
constexpr std::size_t most_at_once = 16;
constexpr std::chrono::milliseconds grace_step{20};

std::string key_of(std::int64_t id) {
  return std::string(updates_prefix) + std::to_string(id);
}

}  // namespace

struct Inbox::Self : std::enable_shared_from_this<Inbox::Self> {
  Self(asio::any_io_executor its_executor, std::weak_ptr<void> its_owner, chat::Memory& its_memory,
       const Clock& its_clock, const Log& its_log, Handle its_handle)
      : executor(std::move(its_executor)),
        owner(std::move(its_owner)),
        memory(its_memory),
        clock(its_clock),
        log(its_log),
        handle(std::move(its_handle)) {}

  asio::any_io_executor executor;
  std::weak_ptr<void> owner;
  chat::Memory& memory;
  const Clock& clock;
  const Log& log;
  Handle handle;
  Lanes<Update> chats;
  std::map<std::int64_t, Millis> known;
  Millis tidied = 0;
  std::size_t busy = 0;
  bool stopping = false;

  void add(Update update) {
    const std::string place = update.place.id;
    chats.add(place, std::move(update), 0, 0);
    pump();
  }

  void pump() {
    while (!stopping && busy < most_at_once) {
      auto place = chats.next(0);
      if (!place) return;
      ++busy;
      asio::co_spawn(executor, work(shared_from_this(), std::move(*place)), or_end);
    }
  }

  static asio::awaitable<void> work(std::shared_ptr<Self> self, std::string place) {
    co_await asio::post(self->executor, asio::use_awaitable);  // never inside of who added it
    const auto alive = self->owner.lock();
    if (!alive || self->stopping) {
      --self->busy;
      co_return;
    }
    const Update update = self->chats.first(place);
    const std::int64_t id = update.id;
    try {
      co_await self->handle(update);
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;
      self->log.error("telegram", std::string("an update could not be handled: ") + error.what());
    } catch (const std::exception& error) {
      self->log.error("telegram", std::string("an update could not be handled: ") + error.what());
    }
    json::value done = true;
    const auto kept = co_await self->memory.keep(key_of(id), std::move(done));
    if (!kept) self->log.warning("telegram", "an update may be handled again: " + kept.error().what);
    --self->busy;
    self->chats.settled(place);
    self->pump();
  }

  asio::awaitable<void> tidy() {
    const Millis now = clock.now();
    if (now - tidied < tidied_every) co_return;
    tidied = now;
    std::erase_if(known, [now](const auto& one) { return one.second < now - known_for; });
    const auto done = co_await memory.forget(std::string(updates_prefix), now - known_for);
    if (!done) log.warning("telegram", "old updates could not be forgotten: " + done.error().what);
  }
};

Inbox::Inbox(asio::any_io_executor executor, std::weak_ptr<void> owner, chat::Memory& memory,
             const Clock& clock, const Log& log, Handle handle)
    : self_(std::make_shared<Self>(std::move(executor), std::move(owner), memory, clock, log,
                                   std::move(handle))) {}

Inbox::~Inbox() = default;

Task<void> Inbox::restore() {
  Self& self = *self_;
  const auto kept = co_await self.memory.recall_all(std::string(updates_prefix));
  if (!kept) co_return failed(kept);
  std::map<std::int64_t, Update> waiting;
  for (const auto& [key, value] : *kept) {
    if (value.is_bool()) {
      const std::string id = key.substr(updates_prefix.size());
      self.known[std::strtoll(id.c_str(), nullptr, 10)] = self.clock.now();
    } else if (auto update = update_of(value)) {
      waiting.emplace(update->id, std::move(*update));
    }
  }
  for (auto& [id, update] : waiting) {
    self.known[id] = self.clock.now();
    self.add(std::move(update));
  }
  co_return ok();
}

Task<void> Inbox::accept(Update update, json::value raw) {
  Self& self = *self_;
  const std::int64_t id = update.id;
  if (!self.known.emplace(id, self.clock.now()).second) co_return ok();
  const auto kept = co_await self.memory.keep(key_of(id), std::move(raw));
  if (!kept) {
    self.known.erase(id);
    co_return failed(kept);
  }
  self.add(std::move(update));
  co_await self.tidy();
  co_return ok();
}

std::size_t Inbox::size() const {
  return self_->chats.size();
}

asio::awaitable<void> Inbox::stop(std::chrono::milliseconds grace) {
  self_->stopping = true;
  const auto self = self_;
  for (auto waited = std::chrono::milliseconds(0); self->busy > 0 && waited < grace; waited += grace_step)
    co_await sleep_for(grace_step);
}

}  // namespace carillon::reporter::telegram
