#include "pipeline/history.hpp"

namespace carillon::pipeline {
namespace {

constexpr std::size_t max_entries = 20'000;

}  // namespace

History::Key History::key_of(std::string_view master, std::string_view builder, std::string_view branch) {
  Key key(master);
  key += '\0';
  key += builder;
  key += '\0';
  key += branch;
  return key;
}

Task<std::optional<store::PreviousBuild>> History::newest(const std::string& master,
                                                          const std::string& builder,
                                                          const std::optional<std::string>& branch) {
  const Key key = key_of(master, builder, branch.value_or(""));
  if (!newest_.contains(key)) {
    auto loaded = co_await store_.previous(master, builder, branch, after_all_runs);
    if (!loaded) co_return failed(loaded);
    if (newest_.size() >= max_entries) newest_.clear();
    newest_.try_emplace(key, *loaded);
  }
  co_return newest_.at(key);
}

Task<std::optional<store::PreviousBuild>> History::previous(std::string master, std::string builder,
                                                            std::optional<std::string> branch,
                                                            RunNumber before) {
  auto last = co_await newest(master, builder, branch);
  if (!last || !*last || (*last)->run < before) co_return last;
  co_return co_await store_.previous(master, builder, branch, before);
}

Task<std::optional<std::int64_t>> History::later_try(std::string master, std::string builder, RunNumber run) {
  auto last = co_await newest(master, builder, std::nullopt);
  if (!last) co_return failed(last);
  if (!*last || (*last)->run <= run) co_return std::nullopt;
  if ((*last)->run.number != run.number) {
    last = co_await store_.previous(master, builder, std::nullopt, RunNumber{run.number + 1, 0});
    if (!last) co_return failed(last);
  }
  if (!*last || (*last)->run <= run) co_return std::nullopt;
  co_return (*last)->run.attempt;
}

void History::finished(const std::string& master, const BuildFacts& build) {
  if (!build.results || *build.results == Results::retry) return;
  store::PreviousBuild finished;
  finished.run = build.run();
  finished.results = *build.results;
  note(key_of(master, build.builder, ""), finished);
  if (!build.branch.empty()) note(key_of(master, build.builder, build.branch), finished);
}

void History::note(const Key& key, const store::PreviousBuild& build) {
  const auto at = newest_.find(key);
  if (at == newest_.end()) return;
  if (!at->second || at->second->run < build.run) at->second = build;
}

}  // namespace carillon::pipeline
