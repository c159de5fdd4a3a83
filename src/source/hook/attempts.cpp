#include "source/hook/attempts.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/text.hpp"

namespace carillon::source::hook {
namespace {

constexpr Millis ends_kept_for = Millis{366} * 24 * 3600 * 1000;
constexpr std::size_t most_ends = 1000;

// Moments are numbers: the longer is the later.
bool is_before(const std::string& one, const std::string& other) {
  return one.size() != other.size() ? one.size() < other.size() : one < other;
}

std::int64_t moment_of_end(const std::string& occurrence) {
  return is_digits(occurrence) && occurrence.size() < 18 ? std::strtoll(occurrence.c_str(), nullptr, 10) : 0;
}

std::string key_of(const Run& run) {
  return "ends " + (run.tries_of.empty() ? run.id : run.tries_of);
}

}  // namespace

bool join(Run& run, std::vector<std::string>& known) {
  const auto at = std::ranges::lower_bound(known, run.occurrence, is_before);
  const bool is_known = at != known.end() && *at == run.occurrence;
  if (!is_known && at != known.end()) return false;
  const std::int64_t before = at == known.begin() ? 0 : moment_of_end(*std::prev(at));
  run.attempt = std::max<std::int64_t>(run.attempt, std::distance(known.begin(), at) + 1);
  std::optional<std::int64_t> begun;
  for (const Job& job : run.jobs) {
    if (job.started && *job.started >= before && (!begun || *job.started < *begun)) begun = job.started;
  }
  if (before > 0 && begun && run.tries_of.empty()) run.started = begun;
  if (!is_known && known.size() < most_ends) known.push_back(run.occurrence);
  return true;
}

Attempts::Attempts(std::string source, std::function<store::KeyValue*()> memory)
    : owner_("source " + std::move(source)), memory_(std::move(memory)) {}

Task<bool> Attempts::count(Run& run, Millis now) {
  store::KeyValue* memory = memory_ ? memory_() : nullptr;
  // What is no moment is not in order.
  if (memory == nullptr || run.state.phase != Phase::ended || !is_digits(run.occurrence)) co_return true;
  const std::string key = key_of(run);
  const Gate::Place turn = co_await turns_.enter();
  auto kept = co_await memory->recall(owner_, key);
  if (!kept) co_return failed(kept);
  std::vector<std::string> known;
  const auto found = kept->find(key);
  const json::array* ends = found == kept->end() ? nullptr : found->second.if_array();
  for (std::size_t i = 0; ends != nullptr && i < ends->size(); ++i) {
    if ((*ends)[i].is_string()) known.emplace_back((*ends)[i].get_string());
  }
  const std::size_t before = known.size();
  Run counted = run;
  const bool news = join(counted, known);
  if (known.size() != before) {
    json::array all;
    for (const std::string& end : known)
      all.emplace_back(end);
    auto remembered = co_await memory->remember(owner_, key, std::move(all), now);
    if (!remembered) co_return failed(remembered);
  }
  run = std::move(counted);
  co_return news;
}

Task<void> Attempts::tidy(Millis now) {
  store::KeyValue* memory = memory_ ? memory_() : nullptr;
  if (memory == nullptr) co_return ok();
  co_return co_await memory->forget(owner_, "ends ", now - ends_kept_for);
}

}  // namespace carillon::source::hook
