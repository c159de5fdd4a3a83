#include "store/postgres/lease_keeper.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace carillon::store::postgres {
LeaseKeeper::LeaseKeeper(const asio::any_io_executor& io, std::int64_t self, LeaseTime since,
                         std::chrono::milliseconds lease, Beat beat)
    : timer_(io), self_(self), lease_(lease), until_(since + lease), beat_(std::move(beat)), pulses_(lease) {}

asio::awaitable<void> LeaseKeeper::run(std::shared_ptr<LeaseKeeper> self) {
  LeaseKeeper& keeper = *self;
  while (!keeper.stopped_) {
    const LeaseTime begin = lease_now();
    auto beaten = co_await keeper.beat_();
    if (keeper.stopped_) co_return;
    if (beaten) {
      if (!*beaten)
        throw Superseded("another node serves: this one was put out, as it had been silent for its lease");
      keeper.until_ = begin + keeper.lease_;
      keeper.nodes_ = std::move((*beaten)->nodes);
      keeper.pulses_.see(keeper.nodes_, lease_now());
      keeper.risk_ = std::move((*beaten)->risk);
    }
    keeper.timer_.expires_after(keeper.lease_ / beats_of_a_lease);
    boost::system::error_code woken;
    co_await keeper.timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

void LeaseKeeper::stop() {
  stopped_ = true;
  timer_.cancel();
}

LeaseKeeper::Beaten beat_of(Connection& db, std::int64_t self) {
  if (!beat(db, self)) return std::nullopt;
  forget_nodes(db);
  return LeaseKeeper::Told{read_nodes(db), risk_of(db)};
}

}  // namespace carillon::store::postgres
