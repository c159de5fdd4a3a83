// Steps and logs by their ids: those that were posted, and ours for the others.
#include "source/heard/posted_steps.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "model/build.hpp"
#include "model/members.hpp"
#include "source/heard/posted_objects.hpp"

namespace carillon::source::heard {
namespace {

constexpr std::size_t max_remembered = 2000;    // steps and logs that were asked for
constexpr std::size_t max_posted_ids = 50'000;  // of steps, and of logs

}  // namespace

// Which builds gave steps and logs which ids: what was posted since it was asked for last.
Task<void> PostedBuilds::learn_ids() {
  store::BuildsQuery which;
  which.after = learnt_;
  auto events = co_await journal().builds(name(), std::move(which));
  if (!events) co_return failed(events);
  std::ranges::reverse(*events);
  for (const store::KnownBuild& known : *events) {
    if (known.row <= learnt_) continue;  // another call was here meanwhile
    learnt_ = known.row;
    const std::string build = build_named(known.event);
    const auto note = [&](std::map<std::int64_t, Giver>& ids, const json::object& object, const char* name) {
      const auto id = posted_number(object, name);
      if (!id) return;
      if (ids.size() >= max_posted_ids) ids.clear();
      Giver& giver = ids[*id];
      giver.shared = giver.shared || (!giver.build.empty() && giver.build != build);
      giver.build = build;
      giver.row = known.row;
    };
    for (const json::object& step : objects_of(BuildView(known.event.body).steps())) {
      note(step_ids_, step, "stepid");
      for (const json::object& log : objects_of(array_at(step, "logs")))
        note(log_ids_, log, "logid");
    }
  }
  co_return ok();
}

Task<std::vector<PostedBuilds::Step>> PostedBuilds::steps_of(const store::KnownBuild& known) {
  if (auto learnt = co_await learn_ids(); !learnt) co_return failed(learnt);
  if (steps_.size() + logs_.size() > max_remembered) {
    steps_.clear();
    logs_.clear();
  }
  const std::string build = build_named(known.event);
  std::set<std::int64_t> taken;
  // The posted id, unless another build has it, too: then it means the newest of them.
  const auto id_of = [&](const std::map<std::int64_t, Giver>& ids, std::optional<std::int64_t> posted,
                         const std::string& path) {
    const auto giver = posted ? ids.find(*posted) : ids.end();
    const bool ambiguous = giver != ids.end() && (giver->second.shared || giver->second.build != build);
    if (posted && !ambiguous && taken.insert(*posted).second) return *posted;
    return first_own_id + builder_id(build + "\n" + path);
  };
  std::vector<Step> steps;
  for (json::object& told : objects_of(BuildView(known.event.body).steps())) {
    const std::string place = std::to_string(steps.size());
    Step step;
    const std::vector<json::object> logs = objects_of(array_at(told, "logs"));
    step.shown = std::move(told);
    step.shown.erase("logs");
    step.posted = posted_number(step.shown, "stepid");
    const std::int64_t id = id_of(step_ids_, step.posted, place);
    step.shown["stepid"] = id;
    if (!integer_at(step.shown, "number")) step.shown["number"] = static_cast<std::int64_t>(steps.size());
    steps.push_back(std::move(step));
    for (const json::object& one : logs) {
      Log log;
      log.shown = one;
      log.shown.erase("content");
      log.posted = posted_number(one, "logid");
      steps.back().logs.push_back(std::move(log));
      steps.back().logs.back().contents["content"] = log_text(one);
    }
  }
  taken.clear();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (std::size_t j = 0; j < steps[i].logs.size(); ++j) {
      Log& log = steps[i].logs[j];
      const std::int64_t id = id_of(log_ids_, log.posted, std::to_string(i) + "/" + std::to_string(j));
      log.shown["logid"] = id;
      log.shown["stepid"] = steps[i].shown.at("stepid");
      text_or(log.shown, "slug", text_or(log.shown, "name", ""));
      log.contents["logid"] = id;
      log.contents["firstline"] = 0;
      logs_[id] = std::make_shared<const Log>(log);
    }
    steps_[steps[i].shown.at("stepid").as_int64()] = std::make_shared<const Step>(steps[i]);
  }
  co_return steps;
}

// The build that gave the id last; null: none is known.
Task<std::optional<store::KnownBuild>> PostedBuilds::giver_of(const std::map<std::int64_t, Giver>& ids,
                                                              std::int64_t id) {
  if (auto learnt = co_await learn_ids(); !learnt) co_return failed(learnt);
  const auto at = ids.find(id);
  if (at == ids.end()) co_return std::nullopt;
  store::BuildsQuery which;
  which.row = at->second.row;
  auto events = co_await journal().builds(name(), std::move(which));
  if (!events) co_return failed(events);
  if (events->empty()) co_return std::nullopt;
  co_return std::move(events->front());
}

Task<std::shared_ptr<const PostedBuilds::Step>> PostedBuilds::step_of_id(std::int64_t id) {
  const auto known = co_await giver_of(step_ids_, id);
  if (!known) co_return failed(known);
  if (*known) {
    const auto steps = co_await steps_of(**known);
    if (!steps) co_return failed(steps);
    const auto at = std::ranges::find_if(*steps, [&](const Step& one) { return one.posted == id; });
    if (at != steps->end()) co_return std::make_shared<const Step>(*at);
  }
  const auto at = steps_.find(id);
  co_return at != steps_.end() ? at->second : nullptr;
}

Task<std::shared_ptr<const PostedBuilds::Log>> PostedBuilds::log_of_id(std::int64_t id) {
  const auto known = co_await giver_of(log_ids_, id);
  if (!known) co_return failed(known);
  if (*known) {
    const auto steps = co_await steps_of(**known);
    if (!steps) co_return failed(steps);
    for (const Step& step : *steps) {
      const auto at = std::ranges::find_if(step.logs, [&](const Log& one) { return one.posted == id; });
      if (at != step.logs.end()) co_return std::make_shared<const Log>(*at);
    }
  }
  const auto at = logs_.find(id);
  co_return at != logs_.end() ? at->second : nullptr;
}

}  // namespace carillon::source::heard
