#include "source/hook/kin.hpp"

#include <map>

#include "base/encoding.hpp"
#include "base/json.hpp"

namespace carillon::source::hook {
namespace {

constexpr Millis kin_kept_for = Millis{2} * 24 * 3600 * 1000;
constexpr std::string_view alone_prefix = "alone ";

std::string tests_prefix(const std::string& of) {
  return "tests " + of + " ";
}

// A name that any text has, of a few letters.
std::string chain_key(const std::string& chain) {
  return "chain " + short_hash(chain);
}

void count_test(Tests& tests, Results results, const std::string& name) {
  ++tests.total;
  if (results == Results::success || results == Results::warnings) {
    ++tests.passed;
  } else if (results == Results::skipped) {
    ++tests.skipped;
  } else {
    ++tests.failed;
    tests.failed_names.push_back(name);
  }
}

}  // namespace

Kin::Kin(std::string source, std::function<store::KeyValue*()> memory)
    : owner_("source " + std::move(source)), memory_(std::move(memory)) {}

Task<void> Kin::note(Run& run, Millis now) {
  if (memory() == nullptr) co_return ok();
  const std::string key = "run " + run.id;
  auto known = co_await memory()->recall(owner_, key);
  if (!known) co_return failed(known);
  if (const auto before = known->find(key); before != known->end() && before->second.is_object()) {
    const json::object& moments = before->second.get_object();
    if (!run.started) run.started = integer_at(moments, "started");
    if (!run.submitted) run.submitted = integer_at(moments, "submitted");
  }
  json::object moments;
  if (run.started) moments["started"] = *run.started;
  if (run.submitted) moments["submitted"] = *run.submitted;
  if (auto kept = co_await memory()->remember(owner_, key, std::move(moments), now); !kept) co_return kept;
  if (run.chain.empty()) co_return ok();
  if (run.state.phase != Phase::ended)
    co_return co_await memory()->remember(owner_, chain_key(run.chain), json::value(run.id), now);
  auto under_way = co_await run_of_chain(run.chain);
  if (!under_way) co_return failed(under_way);
  if (*under_way != run.id) co_return ok();
  co_return co_await memory()->remember(owner_, chain_key(run.chain), nullptr, now);
}

Task<std::string> Kin::run_of_chain(std::string chain) {
  if (memory() == nullptr || chain.empty()) co_return std::string();
  auto known = co_await memory()->recall(owner_, chain_key(chain));
  if (!known) co_return failed(known);
  if (known->empty() || !known->begin()->second.is_string()) co_return std::string();
  co_return std::string(known->begin()->second.get_string());
}

Task<bool> Kin::knows(std::string run) {
  if (memory() == nullptr) co_return false;
  const std::string key = "run " + run;
  auto known = co_await memory()->recall(owner_, key);
  if (!known) co_return failed(known);
  co_return known->contains(key);
}

Task<void> Kin::keep_tests(std::string of, std::vector<TestOfRun> tests, Millis now) {
  if (memory() == nullptr) co_return ok();
  json::array kept;
  for (const TestOfRun& test : tests)
    kept.push_back(json::array{test.id, test.name, static_cast<std::int64_t>(test.results)});
  const std::string key = tests_prefix(of) + short_hash(json::serialize(kept));
  co_return co_await memory()->remember(owner_, key, std::move(kept), now);
}

Task<std::optional<Tests>> Kin::tests_of(std::vector<std::string> of) {
  if (memory() == nullptr) co_return std::nullopt;
  std::map<std::string, std::pair<std::string, Results>> by_id;
  for (const std::string& one : of) {
    auto known = co_await memory()->recall(owner_, tests_prefix(one));
    if (!known) co_return failed(known);
    for (const auto& [key, value] : *known) {
      const json::array* tests = value.if_array();
      for (std::size_t i = 0; tests != nullptr && i < tests->size(); ++i) {
        const json::array* test = tests->at(i).if_array();
        if (test == nullptr || test->size() != 3 || !test->at(0).is_string() || !test->at(1).is_string() ||
            !test->at(2).is_int64())
          continue;
        const Results results = results_from(test->at(2).get_int64()).value_or(Results::exception);
        by_id.insert_or_assign(one + " " + std::string(test->at(0).get_string()),
                               std::pair(std::string(test->at(1).get_string()), results));
      }
    }
  }
  if (by_id.empty()) co_return std::nullopt;
  Tests all;
  for (const auto& [id, test] : by_id)
    count_test(all, test.second, test.first);
  co_return all;
}

Task<void> Kin::keep_alone(std::string run, Event event, Millis now) {
  if (memory() == nullptr) co_return ok();
  const std::string key = std::string(alone_prefix) + event.key;
  json::object kept{{"run", run},        {"key", event.key},       {"occurrence", event.occurrence},
                    {"at", event.at},    {"untold", event.untold}, {"heard", now},
                    {"body", event.body}};
  co_return co_await memory()->remember(owner_, key, std::move(kept), now);
}

Task<std::vector<Kin::Alone>> Kin::alone(Millis now) {
  std::vector<Alone> due;
  if (memory() == nullptr) co_return due;
  auto known = co_await memory()->recall(owner_, std::string(alone_prefix));
  if (!known) co_return failed(known);
  for (auto& [key, value] : *known) {
    const json::object* kept = value.if_object();
    if (kept == nullptr) continue;
    auto has_come = co_await knows(text_at(*kept, "run"));
    if (!has_come) co_return failed(has_come);
    if (*has_come) {
      due.push_back({key, std::nullopt});
      continue;
    }
    if (now - integer_at(*kept, "heard").value_or(0) < waits_for_run) continue;
    Event event;
    event.key = text_at(*kept, "key");
    event.occurrence = text_at(*kept, "occurrence");
    event.at = integer_at(*kept, "at").value_or(now);
    event.untold = text_at(*kept, "untold");
    if (const json::object* body = object_at(*kept, "body")) event.body = *body;
    due.push_back({key, std::move(event)});
  }
  co_return due;
}

Task<void> Kin::forget_alone(std::string key, Millis now) {
  if (memory() == nullptr) co_return ok();
  co_return co_await memory()->remember(owner_, std::move(key), nullptr, now);
}

Task<void> Kin::tidy(Millis now) {
  if (memory() == nullptr) co_return ok();
  for (const char* prefix : {"run ", "chain ", "tests "}) {
    if (auto forgotten = co_await memory()->forget(owner_, prefix, now - kin_kept_for); !forgotten)
      co_return forgotten;
  }
  co_return ok();
}

}  // namespace carillon::source::hook
