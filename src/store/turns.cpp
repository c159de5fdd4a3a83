#include "store/turns.hpp"

#include "model/build.hpp"

namespace carillon::store {
namespace {

std::string chain_of(const Notification& notification) {
  std::string chain = notification.reporter;
  chain += '\0';
  chain += notification.event->source;
  chain += '\0';
  chain += BuildView(notification.event->body).builder().value_or("");
  return chain;
}

}  // namespace

std::vector<RowId> Turns::before(const Notification& notification) const {
  const auto chain = tried_.find(chain_of(notification));
  if (chain == tried_.end()) return {};
  return {chain->second.begin(), chain->second.lower_bound(notification.id)};
}

void Turns::take(const Notification& notification) {
  tried_[chain_of(notification)].insert(notification.id);
}

void Turns::over(const Notification& of, RowId id) {
  const auto chain = tried_.find(chain_of(of));
  if (chain == tried_.end()) return;
  chain->second.erase(id);
  if (chain->second.empty()) tried_.erase(chain);
}

}  // namespace carillon::store
