// Reports of past builds, made again: what the pages, the API and the server have in common.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "model/replay_job.hpp"
#include "store/ledger.hpp"

namespace carillon::dashboard {

namespace asio = boost::asio;

// What the server can do. by: who, from where, and why.
struct Replays {
  // Those that are kept, the newest first.
  std::function<std::vector<ReplayJob>()> all;
  std::function<std::optional<ReplayJob>(std::int64_t id)> find;
  // Counts, and, if at once, orders; its number. Failure (rejected): what is wrong with the wish, by the name
  // of the field; (throttled): another one is under way; (unreachable): the store.
  std::function<asio::awaitable<Result<std::int64_t>>(ReplayWish wish, bool at_once, store::Deed by)> begin;
  // Orders what was counted, or goes on with the rest. Failure (rejected): why it cannot; else as above.
  std::function<asio::awaitable<Result<void>>(std::int64_t id, store::Deed by)> go;
  // Ends it after the block that is under way. Failure (rejected): it is not under way.
  std::function<asio::awaitable<Result<void>>(std::int64_t id, store::Deed by)> end;
};

}  // namespace carillon::dashboard
