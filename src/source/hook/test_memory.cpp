#include "source/hook/test_memory.hpp"

#include "source/hook/junit.hpp"

namespace carillon::source::hook {
namespace {

constexpr std::size_t most_reports = 200;  // of one run
constexpr Millis tests_kept_for = Millis{2} * 24 * 3600 * 1000;

constexpr std::string_view reports_prefix = "junit ";
constexpr std::string_view late_prefix = "late ";

std::string reports_of(const std::string& run) {
  return std::string(reports_prefix) + run + " ";
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

std::string late_tests_key(const std::string& run) {
  return std::string(late_prefix) + run;
}

TestMemory::TestMemory(std::string source, std::function<store::KeyValue*()> memory)
    : owner_("source " + std::move(source)), memory_(std::move(memory)) {}

Task<void> TestMemory::know_runs(store::KeyValue& memory) {
  const Gate::Place turn = co_await turns_.enter();
  if (runs_) co_return ok();
  auto known = co_await memory.recall(owner_, std::string(reports_prefix));
  if (!known) co_return failed(known);
  runs_.emplace();
  for (const auto& [key, report] : *known)
    runs_->insert(key.substr(reports_prefix.size(), key.rfind(' ') - reports_prefix.size()));
  co_return ok();
}

Task<bool> TestMemory::keep(const std::string& run, const std::string& of, const Tests& tests, Millis now) {
  store::KeyValue* memory = memory_ ? memory_() : nullptr;
  if (memory == nullptr) co_return rejected("nothing is kept here");
  const std::string key = reports_of(run) + of;
  const Gate::Place turn = co_await turns_.enter();
  auto known = co_await memory->recall(owner_, reports_of(run));
  if (!known) co_return failed(known);
  const bool is_known = known->contains(key);
  if (is_known && runs_) runs_->insert(run);
  if (is_known) co_return false;
  if (known->size() >= most_reports)
    co_return rejected("the run has " + std::to_string(most_reports) +
                       " reports of tests, and takes no more");
  if (auto kept = co_await memory->remember(owner_, key, report_of(tests), now); !kept)
    co_return failed(kept);
  if (runs_) runs_->insert(run);
  co_return true;
}

Task<void> TestMemory::came_late(const std::string& run, const Tests& tests, Millis now) {
  store::KeyValue* memory = memory_ ? memory_() : nullptr;
  if (memory == nullptr) co_return ok();
  const std::string key = late_tests_key(run);
  const Gate::Place turn = co_await turns_.enter();
  auto known = co_await memory->recall(owner_, key);
  if (!known) co_return failed(known);
  const auto same = known->find(key);
  const json::object none;
  const json::object& before =
      same != known->end() && same->second.is_object() ? same->second.get_object() : none;
  json::object late{{"reports", integer_at(before, "reports").value_or(0) + 1},
                    {"tests", integer_at(before, "tests").value_or(0) + tests.total},
                    {"failed", integer_at(before, "failed").value_or(0) + tests.failed}};
  co_return co_await memory->remember(owner_, key, std::move(late), now);
}

Task<std::optional<Tests>> TestMemory::of(const std::string& run) {
  std::optional<Tests> all;
  store::KeyValue* memory = memory_ ? memory_() : nullptr;
  if (memory == nullptr) co_return all;
  if (auto done = co_await know_runs(*memory); !done) co_return failed(done);
  if (!runs_->contains(run)) co_return all;
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
  if (auto done = co_await know_runs(*memory); !done) co_return done;
  if (runs_->erase(run) == 0) co_return ok();
  auto done = co_await memory->forget(owner_, reports_of(run), now + 1);
  if (!done && runs_) runs_->insert(run);
  co_return done;
}

Task<void> TestMemory::tidy(Millis now) {
  store::KeyValue* memory = memory_ ? memory_() : nullptr;
  if (memory == nullptr) co_return ok();
  auto done = co_await memory->forget(owner_, std::string(reports_prefix), now - tests_kept_for);
  if (done) done = co_await memory->forget(owner_, std::string(late_prefix), now - tests_kept_for);
  // What is left is seen with the next question.
  runs_.reset();
  co_return done;
}

}  // namespace carillon::source::hook
