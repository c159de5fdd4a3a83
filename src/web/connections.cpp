#include "web/connections.hpp"

#include <algorithm>
#include <boost/asio/ip/address_v6.hpp>
#include <utility>

namespace carillon::web {

namespace ip = boost::asio::ip;

std::string address_of(const ip::address& address) {
  if (address.is_v4()) return address.to_string();
  const ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, v6).to_string();
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return ip::address_v6(bytes).to_string() + "/64";
}

Connections::Place::Place(Connections& table, std::string address, std::function<void()> close)
    : table_(table), address_(std::move(address)), close_(std::move(close)) {
  at_ = table_.waiting_.insert(table_.waiting_.end(), this);
  ++table_.of_address_[address_];
}

Connections::Place::~Place() {
  leave();
}

void Connections::Place::leave() {
  if (std::exchange(gone_, true)) return;
  (waits_ ? table_.waiting_ : table_.working_).erase(at_);
  const auto count = table_.of_address_.find(address_);
  if (--count->second == 0) table_.of_address_.erase(count);
}

void Connections::Place::wait() {
  if (gone_) return;
  table_.waiting_.splice(table_.waiting_.end(), waits_ ? table_.waiting_ : table_.working_, at_);
  waits_ = true;
}

void Connections::Place::work() {
  if (gone_) return;
  table_.working_.splice(table_.working_.end(), waits_ ? table_.waiting_ : table_.working_, at_);
  waits_ = false;
}

void Connections::evict(Place& place) {
  place.leave();
  const auto close = std::exchange(place.close_, nullptr);
  close();
}

bool Connections::make_room() {
  if (waiting_.empty()) return false;
  evict(*waiting_.front());
  return true;
}

bool Connections::make_room_of(const std::string& address) {
  const auto at = std::find_if(waiting_.begin(), waiting_.end(),
                               [&](const Place* place) { return place->address_ == address; });
  if (at == waiting_.end()) return false;
  evict(**at);
  return true;
}

std::unique_ptr<Connections::Place> Connections::enter(std::string address, std::function<void()> close) {
  const auto count = of_address_.find(address);
  if (count != of_address_.end() && count->second >= per_address_ && !make_room_of(address)) return nullptr;
  if (size() >= in_all_ && !make_room()) return nullptr;
  return std::unique_ptr<Place>(new Place(*this, std::move(address), std::move(close)));
}

}  // namespace carillon::web
