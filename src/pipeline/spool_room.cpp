#include "pipeline/spool_room.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace carillon::pipeline {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t batch = 100;  // names that the store is asked about in one step
constexpr milliseconds first_look{3'000};
constexpr milliseconds between_looks{600'000};
constexpr milliseconds look_for_change{1'000};
constexpr std::uint64_t some_more =
    16;  // when files go, this part of the limit goes, so that it is not soon again

}  // namespace

SpoolRoom::SpoolRoom(spool::Spool& spool, store::Files& store, const Log& log)
    : spool_(spool), store_(store), log_(log) {}

Task<void> SpoolRoom::learn() {
  const std::uint64_t removals = removals_;
  const bool removing = removing_ > 0;
  auto entries = co_await spool_.entries();
  if (!entries) co_return failed(entries);
  // Some that are listed may be gone since.
  if (known_ && (removing || removing_ > 0 || removals != removals_)) co_return ok();
  known_ = true;
  for (const spool::Spool::Entry& entry : *entries) {
    if (!files_.try_emplace(entry.name, Entry{entry.size, {}, 0}).second) continue;
    used_ += entry.size;
  }
  co_return ok();
}

SpoolRoom::Hold SpoolRoom::add(const std::string& name, std::uint64_t size) {
  const Hold hold = std::make_shared<const int>(0);
  if (const auto learnt = files_.find(name); learnt != files_.end()) give_back(learnt->second.size);
  files_.insert_or_assign(name, Entry{size, hold, ++versions_});
  return hold;
}

SpoolRoom::Hold SpoolRoom::hold(const std::string& name) {
  const auto at = files_.find(name);
  if (at == files_.end()) return nullptr;
  Hold hold = at->second.held.lock();
  if (hold == nullptr) hold = std::make_shared<const int>(0);
  at->second.held = hold;
  at->second.version = ++versions_;
  return hold;
}

void SpoolRoom::give_back(std::uint64_t bytes) {
  used_ -= std::min(bytes, used_);
}

Task<bool> SpoolRoom::take(std::uint64_t bytes) {
  if (!closed_.empty()) co_return unreachable(closed_);
  if (!known_) {
    if (auto learnt = co_await learn(); !learnt) co_return failed(learnt);
  }
  if (bytes > left()) {
    auto files = co_await idle();
    if (!files) co_return failed(files);
    // First those that nobody will want again.
    std::ranges::sort(*files, {}, [](const Idle& one) { return one.use.delivered.value_or(0); });
    const std::uint64_t all = used_ + bytes;
    std::uint64_t wanted = all > limit_ ? all - limit_ + limit_ / some_more : 0;
    std::vector<Idle> going;
    for (Idle& one : *files) {
      if (wanted == 0) break;
      wanted -= std::min(wanted, files_.at(one.name).size);
      going.push_back(std::move(one));
    }
    auto freed = co_await remove(going);
    if (!freed) co_return failed(freed);
    if (*freed > 0) log_.info("spool", "freed " + megabytes(*freed) + " of logs of delivered reports");
  }
  if (bytes > left()) co_return false;
  used_ += bytes;
  co_return true;
}

Task<std::vector<SpoolRoom::Idle>> SpoolRoom::idle() {
  std::vector<Idle> candidates;
  for (const auto& [name, entry] : files_) {
    if (entry.held.expired()) candidates.push_back({name, entry.version, {}});
  }
  std::vector<Idle> found;
  for (std::size_t begin = 0; begin < candidates.size(); begin += batch) {
    const std::size_t end = std::min(begin + batch, candidates.size());
    std::vector<std::string> names;
    for (std::size_t i = begin; i < end; ++i)
      names.push_back(candidates[i].name);
    auto uses = co_await store_.file_uses(std::move(names));
    if (!uses) co_return failed(uses);
    for (std::size_t i = begin; i < end; ++i) {
      candidates[i].use = (*uses)[i - begin];
      if (!candidates[i].use.needed) found.push_back(std::move(candidates[i]));
    }
  }
  // Who took hold of one meanwhile may have stored a delivery that the answers do not know.
  std::erase_if(found, [this](const Idle& one) {
    const auto at = files_.find(one.name);
    return at == files_.end() || at->second.version != one.version;
  });
  co_return found;
}

Task<std::uint64_t> SpoolRoom::remove(const std::vector<Idle>& which) {
  std::uint64_t bytes = 0;
  std::vector<std::string> names;
  std::map<std::string, Entry> going;
  for (const Idle& one : which) {
    const auto at = files_.find(one.name);
    if (at == files_.end() || at->second.version != one.version) continue;
    bytes += at->second.size;
    names.push_back(one.name);
    going.insert(*at);
    files_.erase(at);  // from now on nobody can take hold of it
  }
  give_back(bytes);
  if (names.empty()) co_return bytes;
  ++removing_;
  auto removed = co_await spool_.remove(std::move(names));
  --removing_;
  ++removals_;
  if (!removed) {
    files_.merge(going);  // some are gone perhaps; the next look finds out
    used_ += bytes;
    co_return failed(removed);
  }
  co_return bytes;
}

Task<void> SpoolRoom::tidy() {
  if (auto learnt = co_await learn(); !learnt) co_return learnt;
  auto files = co_await idle();
  if (!files) co_return failed(files);
  std::erase_if(*files, [](const Idle& one) { return one.use.delivered.has_value(); });
  auto freed = co_await remove(*files);
  if (!freed) co_return failed(freed);
  if (*freed > 0) log_.info("spool", "removed " + megabytes(*freed) + " of unused log files");
  co_return ok();
}

asio::awaitable<void> SpoolRoom::run() {
  co_await sleep_for(first_look);
  while (true) {
    soon_ = false;
    const Result<void> done = co_await tidy();
    if (!done) log_.warning("spool", "cannot be tidied now: " + done.error().what);
    for (milliseconds rested{0}; rested < between_looks && !soon_; rested += look_for_change)
      co_await sleep_for(look_for_change);
  }
}

}  // namespace carillon::pipeline
