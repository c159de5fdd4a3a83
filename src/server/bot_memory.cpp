#include "server/bot_memory.hpp"

namespace carillon::server {
namespace {

class BotMemory final : public chat::Memory {
 public:
  BotMemory(std::string owner, const std::unique_ptr<store::Store>& store, const Clock& clock)
      : owner_(std::move(owner)), store_(store), clock_(clock) {}

  Task<void> keep(std::string key, json::value value) override {
    return store_->remember(owner_, std::move(key), std::move(value), clock_.now());
  }

  Task<json::value> recall(std::string key) override {
    auto found = co_await store_->recall(owner_, key);
    if (!found) co_return failed(found);
    const auto at = found->find(key);
    if (at == found->end()) co_return json::value();
    co_return at->second;
  }

  Task<std::map<std::string, json::value>> recall_all(std::string prefix) override {
    return store_->recall(owner_, std::move(prefix));
  }

  Task<void> forget(std::string prefix, Millis before) override {
    return store_->forget(owner_, std::move(prefix), before);
  }

 private:
  std::string owner_;
  const std::unique_ptr<store::Store>& store_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<chat::Memory> make_bot_memory(std::string owner, const std::unique_ptr<store::Store>& store,
                                              const Clock& clock) {
  return std::make_unique<BotMemory>(std::move(owner), store, clock);
}

}  // namespace carillon::server
