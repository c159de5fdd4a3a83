#include "source/hook/test_memory.hpp"

#include "source/hook/junit.hpp"

namespace carillon::source::hook {
namespace {

constexpr std::size_t most_reports = 200;  // of one run
constexpr Millis tests_kept_for = Millis{2} * 24 * 3600 * 1000;

std::string reports_of(const std::string& run) {
  return "junit " + run + " ";
}

json::value report_of(const Tests& tests) {
  json::array names;
  for (const std::string& name : tests.failed_names)
    names.emplace_back(name);
  return json::object{{"passed", tests.passed},
                      {"failed", tests.failed},
                      {"skipped", tests.skipped},
                      {"failed_names", std::move(names)}};
}

Tests tests_of(const json::object& report) {
  Tests tests;
  tests.passed = integer_at(report, "passed").value_or(0);
  tests.failed = integer_at(report, "failed").value_or(0);
  tests.skipped = integer_at(report, "skipped").value_or(0);
  tests.total = tests.passed + tests.failed + tests.skipped;
  if (const json::array* names = array_at(report, "failed_names")) {
    for (const json::value& name : *names) {
      if (name.is_string()) tests.failed_names.emplace_back(name.get_string());
    }
  }
  return tests;
}

}  // namespace

TestMemory::TestMemory(std::string source, std::function<store::KeyValue*()> memory)
    : owner_("source " + std::move(source)), memory_(std::move(memory)) {}

Task<bool> TestMemory::keep(const std::string& run, const std::string& of, const Tests& tests, Millis now) {
  store::KeyValue* memory = memory_ ? memory_() : nullptr;
  if (memory == nullptr) co_return rejected("nothing is kept here");
  const std::string key = reports_of(run) + of;
  const Gate::Place turn = co_await turns_.enter();
  auto known = co_await memory->recall(owner_, reports_of(run));
  if (!known) co_return failed(known);
  if (known->contains(key)) co_return false;
  if (known->size() >= most_reports)
    co_return rejected("the run has " + std::to_string(most_reports) +
                       " reports of tests, and takes no more");
  if (auto kept = co_await memory->remember(owner_, key, report_of(tests), now); !kept)
    co_return failed(kept);
  co_return true;
}

Task<std::optional<Tests>> TestMemory::of(const std::string& run) {
  std::optional<Tests> all;
  store::KeyValue* memory = memory_ ? memory_() : nullptr;
  if (memory == nullptr) co_return all;
  auto known = co_await memory->recall(owner_, reports_of(run));
  if (!known) co_return failed(known);
  for (const auto& [key, report] : *known) {
    if (!report.is_object()) continue;
    if (!all) all.emplace();
    add(*all, tests_of(report.get_object()));
  }
  co_return all;
}

Task<void> TestMemory::forget(const std::string& run, Millis now) {
  store::KeyValue* memory = memory_ ? memory_() : nullptr;
  if (memory == nullptr) co_return ok();
  co_return co_await memory->forget(owner_, reports_of(run), now + 1);
}

Task<void> TestMemory::tidy(Millis now) {
  store::KeyValue* memory = memory_ ? memory_() : nullptr;
  if (memory == nullptr) co_return ok();
  co_return co_await memory->forget(owner_, "junit ", now - tests_kept_for);
}

}  // namespace carillon::source::hook
