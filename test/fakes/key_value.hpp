// What a store keeps under names, in memory.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "store/key_value.hpp"

namespace carillon::test {

class FakeKeyValue final : public store::KeyValue {
 public:
  // By owner and name: the value, and when it was remembered last.
  std::map<std::pair<std::string, std::string>, std::pair<json::value, Millis>> kept;
  // Nothing can be written.
  bool full = false;

  Task<void> remember(std::string owner, std::string key, json::value value, Millis now) override {
    if (full) co_return unreachable("the disk is full");
    if (value.is_null()) {
      kept.erase({owner, key});
    } else {
      kept.insert_or_assign({owner, key}, std::pair(std::move(value), now));
    }
    co_return ok();
  }
  Task<std::map<std::string, json::value>> recall(std::string owner, std::string prefix) override {
    std::map<std::string, json::value> found;
    for (const auto& [name, value] : kept) {
      if (name.first == owner && name.second.starts_with(prefix)) found.emplace(name.second, value.first);
    }
    co_return found;
  }
  Task<void> forget(std::string owner, std::string prefix, Millis before) override {
    std::erase_if(kept, [&](const auto& one) {
      return one.first.first == owner && one.first.second.starts_with(prefix) && one.second.second < before;
    });
    co_return ok();
  }
};

}  // namespace carillon::test
