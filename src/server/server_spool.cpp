// The place for long logs: whose it is, and where they were before.
#include "server/roster_record.hpp"
#include "server/running_server.hpp"
#include "server/spool_place.hpp"

namespace carillon::server {
namespace {

constexpr std::chrono::seconds between_tries{1};  // of a store that is away
constexpr std::chrono::seconds between_looks_at_spool{10};
constexpr const char* id_key = "spool";
constexpr const char* places_key = "spool places";

}  // namespace

// Null: nothing was kept.
asio::awaitable<json::value> Server::recalled(std::string key) {
  auto known = co_await store_->recall(server_owner, key);
  while (!known) {
    co_await sleep_for(between_tries);
    known = co_await store_->recall(server_owner, key);
  }
  const auto at = known->find(key);
  co_return at == known->end() ? json::value() : at->second;
}

asio::awaitable<void> Server::kept(std::string key, json::value value) {
  while (!co_await store_->remember(server_owner, key, value, clock_.now()))
    co_await sleep_for(between_tries);
}

// Until it is known. Meanwhile nothing is written there.
asio::awaitable<std::string> Server::claim_place(std::string id, bool was_there) {
  auto claimed = co_await claim_spool(*http_, database_, spool_place_, id, was_there);
  while (!claimed) {
    const std::string trouble = "the place for long logs cannot be used: " + claimed.error().what;
    if (trouble != spool_trouble_) log_.warning("spool", trouble);
    spool_trouble_ = trouble;
    spool_room_->close(trouble);
    co_await sleep_for(between_looks_at_spool);
    claimed = co_await claim_spool(*http_, database_, spool_place_, id, was_there);
  }
  if (!spool_trouble_.empty() && claimed->empty()) log_.info("spool", "the place for long logs can be used");
  spool_room_->open();
  co_return std::move(*claimed);
}

// Nothing is removed before it is known whose the place is, and nothing is taken for gone before it is known
// where else it may be.
asio::awaitable<void> Server::keep_spool() {
  const bool is_named = spool_place_ != settings::SpoolPlace();
  const std::string current = is_named ? shown_spool(database_, spool_place_) : "";
  const json::value before = co_await recalled(places_key);
  SpoolRecord places = spool_record(before, current, clock_.now());
  if (is_named) {
    json::value id = co_await recalled(id_key);
    if (!id.is_string()) {
      id = json::string(random_text());
      co_await kept(id_key, id);
    }
    spool_trouble_ = co_await claim_place(std::string(id.get_string()), places.was_there);
  }
  if (!spool_trouble_.empty()) {
    log_.error("spool", spool_trouble_);
    spool_room_->close(spool_trouble_);
    spool_->set_elsewhere(std::move(places.elsewhere));
    co_return;
  }
  const bool is_new = before.is_object() ? places.record != before.get_object() : !places.record.empty();
  if (is_new) co_await kept(places_key, std::move(places.record));
  for (const std::string& place : places.elsewhere) {
    log_.warning(
        "spool",
        "long logs were in " + place +
            ", which c['spool'] does not name: reports that wait for them wait for up to three days");
  }
  spool_->set_elsewhere(std::move(places.elsewhere));
  co_await spool_room_->run();
}

}  // namespace carillon::server
