#include "spool/places.hpp"

#include <set>
#include <utility>

#include "base/text.hpp"

namespace carillon::spool {

Task<std::shared_ptr<const File>> Places::open(std::string name, std::uint64_t size) {
  Result<std::shared_ptr<const File>> none;
  for (const auto& place : places_) {
    auto file = co_await place->open(name, size);
    if (file && *file) co_return file;
    if (!file && none) none = std::move(file);
  }
  if (!none || (elsewhere_ && elsewhere_->empty())) co_return none;
  if (!elsewhere_) co_return unreachable("it is not known yet where long logs were before");
  co_return unreachable("a long log may be in " + joined(*elsewhere_, " or ") +
                        ", which c['spool'] of this server does not name");
}

Task<std::vector<Spool::Entry>> Places::entries() {
  std::vector<Entry> all;
  std::set<std::string> names;
  for (const auto& place : places_) {
    auto entries = co_await place->entries();
    if (!entries) co_return failed(entries);
    for (Entry& entry : *entries) {
      if (names.insert(entry.name).second) all.push_back(std::move(entry));
    }
  }
  co_return all;
}

Task<void> Places::remove(std::vector<std::string> names) {
  for (const auto& place : places_) {
    auto removed = co_await place->remove(names);
    if (!removed) co_return removed;
  }
  co_return ok();
}

}  // namespace carillon::spool
