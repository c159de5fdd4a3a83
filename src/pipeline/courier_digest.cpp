// One message instead of many that had to wait long.
#include "pipeline/courier.hpp"

namespace carillon::pipeline {
namespace {

constexpr std::size_t min_digest = 3;  // deliveries
constexpr std::size_t max_digest = 500;

}  // namespace

asio::awaitable<std::optional<Courier::Digest>> Courier::digest(ReporterQueue& queue,
                                                                const std::string& lane_name,
                                                                const reporter::Reporter& reporter,
                                                                const Loaded& first) {
  if (!reporter.overdue(*first.delivery, first.created, clock_.now())) co_return std::nullopt;
  std::vector<RowId> rows = queue.lanes.first(lane_name, max_digest);
  if (rows.size() < min_digest) co_return std::nullopt;
  Digest digest;
  digest.rows.assign(rows.begin() + 1, rows.end());
  std::vector<Delivery> deliveries{*first.delivery};
  for (const RowId row : digest.rows) {
    auto other = co_await load(queue, row);
    if (!other) co_return std::nullopt;
    digest.gone.push_back(!other->has_value());
    digest.loaded.push_back(other->has_value() ? std::move(**other) : Loaded());
    if (!digest.gone.back()) deliveries.push_back(*digest.loaded.back().delivery);
  }
  std::optional<Delivery> one;
  try {
    one = reporter.digest(deliveries);
  } catch (const std::exception& error) {  // a bug: they go out one by one
    log_.error("courier", queue.name + ": internal error in a digest: " + error.what());
  }
  if (!one) co_return std::nullopt;
  digest.delivery = std::move(*one);
  co_return digest;
}

// The others end as the first one did; when it is to be tried again, they just wait on.
asio::awaitable<std::size_t> Courier::settle_others(ReporterQueue& queue, const Digest& digest,
                                                    const Verdict& verdict) {
  if (verdict.state == DeliveryState::waiting) co_return 0;
  for (std::size_t i = 0; i < digest.rows.size(); ++i) {
    if (digest.gone[i]) continue;
    co_await settle(queue, digest.rows[i], verdict, digest.loaded[i]);
  }
  co_return digest.rows.size();
}

}  // namespace carillon::pipeline
