#include "source/hook/job_memory.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

#include "source/hook/moments.hpp"
#include "source/hook/shape.hpp"

namespace carillon::source::hook {
namespace {

constexpr std::size_t most_jobs = 500;
constexpr Millis kept_for = Millis{2} * 24 * 3600 * 1000;

std::string prefix_of(const std::string& run) {
  return "job " + run + " ";
}

json::value to_json(const Job& job) {
  return json::object{{"id", job.id},
                      {"name", job.name},
                      {"phase", static_cast<int>(job.state.phase)},
                      {"results", static_cast<int>(job.state.results)},
                      {"said", job.said},
                      {"started", moment_or_null(job.started)},
                      {"ended", moment_or_null(job.ended)},
                      {"url", job.url},
                      {"worker", job.worker},
                      {"has_log", job.has_log},
                      {"log", job.log},
                      {"instead_of", job.instead_of}};
}

Job from_json(const json::object& kept) {
  Job job;
  job.id = text_at(kept, "id");
  job.name = text_at(kept, "name");
  const std::int64_t phase = integer_at(kept, "phase").value_or(0);
  job.state.phase = phase == 2 ? Phase::ended : phase == 1 ? Phase::runs : Phase::waits;
  job.state.results = results_from(integer_at(kept, "results").value_or(0)).value_or(Results::exception);
  job.said = text_at(kept, "said");
  job.started = integer_at(kept, "started");
  job.ended = integer_at(kept, "ended");
  job.url = text_at(kept, "url");
  job.worker = text_at(kept, "worker");
  job.instead_of = text_at(kept, "instead_of");
  const json::value* log = kept.if_contains("has_log");
  job.has_log = log != nullptr && log->is_bool() && log->get_bool();
  job.log = text_at(kept, "log");
  return job;
}

}  // namespace

JobMemory::JobMemory(std::string source, std::function<store::KeyValue*()> memory)
    : owner_("source " + std::move(source)), memory_(std::move(memory)) {}

Task<void> JobMemory::keep(const JobOfRun& job, Millis now) {
  store::KeyValue* memory = memory_ ? memory_() : nullptr;
  if (memory == nullptr) co_return ok();
  const std::string key = prefix_of(job.run) + key_part(job.job.id);
  Job kept = job.job;
  const Gate::Place turn = co_await turns_.enter();
  if (kept.state.phase != Phase::ended || !kept.started) {
    auto known = co_await memory->recall(owner_, key);
    if (!known) co_return failed(known);
    const auto same = known->find(key);
    if (same != known->end() && same->second.is_object()) {
      const Job before = from_json(same->second.get_object());
      if (kept.state.phase != Phase::ended && before.state.phase == Phase::ended) co_return ok();
      // Some ends do not say it again.
      if (!kept.started) kept.started = before.started;
    }
  }
  co_return co_await memory->remember(owner_, key, to_json(kept), now);
}

Task<std::vector<Job>> JobMemory::of(const std::string& run) {
  std::vector<Job> jobs;
  store::KeyValue* memory = memory_ ? memory_() : nullptr;
  if (memory == nullptr) co_return jobs;
  auto known = co_await memory->recall(owner_, prefix_of(run));
  if (!known) co_return failed(known);
  for (const auto& [key, value] : *known) {
    if (value.is_object() && jobs.size() < most_jobs) jobs.push_back(from_json(value.get_object()));
  }
  std::set<std::string> tried_again;
  for (const Job& job : jobs) {
    if (!job.instead_of.empty()) tried_again.insert(job.instead_of);
  }
  std::erase_if(jobs, [&](const Job& job) { return tried_again.contains(job.id); });
  std::ranges::sort(jobs, {}, [](const Job& job) {
    return std::tuple(job.started.value_or(std::numeric_limits<std::int64_t>::max()), job.name, job.id);
  });
  co_return jobs;
}

Task<void> JobMemory::tidy(Millis now) {
  store::KeyValue* memory = memory_ ? memory_() : nullptr;
  if (memory == nullptr) co_return ok();
  co_return co_await memory->forget(owner_, "job ", now - kept_for);
}

}  // namespace carillon::source::hook
