#include "source/hook/gaps.hpp"

#include <algorithm>

namespace carillon::source::hook {
namespace {

constexpr std::int64_t gaps_matter_for = std::int64_t{3} * 24 * 3600;
constexpr std::size_t most_gaps = 1000;

std::string project_key(const std::string& project) {
  return "project " + project;
}

}  // namespace

void Gaps::add(const std::string& key, Gap gap) {
  if (gaps_.size() < most_gaps || gaps_.contains(key)) gaps_.insert_or_assign(key, std::move(gap));
}

void Gaps::refused(const std::string& project, std::int64_t since, std::string why) {
  add(project_key(project), {this->since(project, since), 0, std::move(why)});
}

void Gaps::seen(const std::string& project) {
  gaps_.erase(project_key(project));
}

void Gaps::only(const std::set<std::string>& projects) {
  std::set<std::string> keys;
  for (const std::string& project : projects)
    keys.insert(project_key(project));
  std::erase_if(gaps_, [&](const auto& one) { return one.second.until == 0 && !keys.contains(one.first); });
}

std::int64_t Gaps::since(const std::string& project, std::int64_t since) const {
  const auto gap = gaps_.find(project_key(project));
  return gap == gaps_.end() ? since : std::min(since, gap->second.since);
}

void Gaps::cut(const std::string& list, std::int64_t since, std::int64_t until, std::string why) {
  add("list " + list, {since, until, std::move(why)});
}

void Gaps::forget(std::int64_t now) {
  std::erase_if(gaps_, [&](const auto& one) {
    return one.second.until != 0 && one.second.until < now - gaps_matter_for;
  });
  for (auto& [key, gap] : gaps_)
    gap.since = std::max(gap.since, now - gaps_matter_for);
}

std::set<std::string> Gaps::sentences() const {
  std::set<std::string> all;
  for (const auto& [key, gap] : gaps_)
    all.insert(gap.why);
  return all;
}

json::object Gaps::to_json() const {
  json::object all;
  for (const auto& [key, gap] : gaps_)
    all[key] = json::object{{"since", gap.since}, {"until", gap.until}, {"why", gap.why}};
  return all;
}

Gaps Gaps::from(const json::object& kept) {
  Gaps gaps;
  for (const auto& [key, value] : kept) {
    const json::object* gap = value.if_object();
    if (gap == nullptr || !integer_at(*gap, "since")) continue;
    gaps.add(std::string(key),
             {*integer_at(*gap, "since"), integer_at(*gap, "until").value_or(0), text_at(*gap, "why")});
  }
  return gaps;
}

}  // namespace carillon::source::hook
