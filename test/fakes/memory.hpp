// A bot's memory that can fail.
#pragma once

#include <optional>

#include "chat/memory.hpp"

namespace carillon::test {

// What was kept; several bots may share it, one after the other.
struct KeptThings {
  std::map<std::string, std::pair<json::value, Millis>> by_key;
  // Of everything.
  std::optional<Failure> failure;
  // When things are kept.
  Millis now = 0;
};

class FakeMemory final : public chat::Memory {
 public:
  explicit FakeMemory(KeptThings& kept) : kept_(kept) {}

  Task<void> keep(std::string key, json::value value) override {
    if (kept_.failure) co_return tl::unexpected<Failure>(*kept_.failure);
    if (value.is_null()) {
      kept_.by_key.erase(key);
    } else {
      kept_.by_key.insert_or_assign(key, std::pair(std::move(value), kept_.now));
    }
    co_return ok();
  }
  Task<json::value> recall(std::string key) override {
    if (kept_.failure) co_return tl::unexpected<Failure>(*kept_.failure);
    const auto found = kept_.by_key.find(key);
    if (found == kept_.by_key.end()) co_return json::value(nullptr);
    co_return found->second.first;
  }
  Task<std::map<std::string, json::value>> recall_all(std::string prefix) override {
    if (kept_.failure) co_return tl::unexpected<Failure>(*kept_.failure);
    std::map<std::string, json::value> found;
    for (const auto& [key, value] : kept_.by_key) {
      if (key.starts_with(prefix)) found.emplace(key, value.first);
    }
    co_return found;
  }
  Task<void> forget(std::string prefix, Millis before) override {
    if (kept_.failure) co_return tl::unexpected<Failure>(*kept_.failure);
    std::erase_if(kept_.by_key, [&](const auto& one) {
      return one.first.starts_with(prefix) && one.second.second < before;
    });
    co_return ok();
  }

 private:
  KeptThings& kept_;
};

}  // namespace carillon::test
