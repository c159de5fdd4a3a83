#include "dashboard/standing.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "model/build.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::size_t most_standing = 2000;
constexpr std::size_t newest_of_each = 3;
constexpr std::size_t looked_at_for_ends = 300;
constexpr std::size_t looked_at_for_runs = 50;

const std::vector<Results>& real_ends() {
  static const std::vector<Results> ends{Results::success, Results::warnings, Results::failure,
                                         Results::exception};
  return ends;
}

bool is_real_end(const store::ListedBuild& build) {
  return build.results && std::ranges::find(real_ends(), *build.results) != real_ends().end();
}

bool has_tag_in(const store::ListedBuild& build, const std::string& tag) {
  const json::array* tags = BuildView(build.event.body).tags();
  return tags != nullptr && std::ranges::any_of(*tags, [&](const json::value& one) {
           return one.is_string() && std::string_view(one.get_string()) == tag;
         });
}

std::optional<store::ListedBuild> first_of(store::Ledger& ledger, store::BuildsFilter filter) {
  filter.limit = 1;
  store::BuildsPage page = ledger.builds(filter);
  if (page.builds.empty()) return std::nullopt;
  return std::move(page.builds.front());
}

// Of a builder whose newest builds are known; those of other branches are skipped.
Standing standing_of(store::Ledger& ledger, store::ListedBuilder& known, const std::string& branch) {
  Standing made;
  made.source = known.source;
  made.builder = known.builder;
  for (store::ListedBuild& build : known.newest) {
    if (!branch.empty() && build.branch != branch) continue;
    if (!build.results) made.running = true;
    if (!made.last && is_real_end(build)) made.last = build;
    if (!made.newest) made.newest = std::move(build);
  }
  store::BuildsFilter filter;
  filter.source = known.source;
  filter.builder = known.builder;
  filter.branch = branch;
  if (!made.newest) {
    filter.running = true;
    filter.look_at = looked_at_for_runs;
    made.newest = first_of(ledger, filter);
    made.running = made.newest.has_value();
  }
  if (!made.last) {
    filter.running = false;
    filter.results = real_ends();
    filter.look_at = looked_at_for_ends;
    made.last = first_of(ledger, filter);
  }
  if (!made.newest) made.newest = made.last;
  return made;
}

// All of those names, with their newest builds; nullopt: there are too many.
std::optional<std::vector<store::ListedBuilder>> builders_meant(store::Ledger& ledger,
                                                                const BuilderChoice& choice) {
  std::vector<store::ListedBuilder> found;
  if (choice.builder.empty()) {
    found = ledger.newest_builds(newest_of_each, most_standing + 1);
    return found.size() > most_standing ? std::nullopt : std::optional(std::move(found));
  }
  std::vector<std::string> names = ledger.builders();
  std::erase_if(names, [&](const std::string& name) {
    return name != choice.builder && !matches(choice.builder, name);
  });
  if (names.size() > most_standing) return std::nullopt;
  for (const std::string& source : ledger.sources()) {
    for (const std::string& name : names) {
      if (found.size() > most_standing) return std::nullopt;
      store::BuildsFilter filter;
      filter.source = source;
      filter.builder = name;
      filter.limit = newest_of_each;
      filter.look_at = looked_at_for_ends;
      found.push_back({source, name, ledger.builds(filter).builds});
      if (found.back().newest.empty()) found.pop_back();
    }
  }
  return found;
}

}  // namespace

Result<std::vector<Standing>> standings(store::Ledger& ledger, const BuilderChoice& choice) {
  auto builders = builders_meant(ledger, choice);
  if (!builders) {
    return rejected(
        "there are more than " + std::to_string(most_standing) +
        " builders, and some may not be left out: choose by ?builder=, where * stands for anything");
  }
  std::map<std::string, int> sources_of;
  for (const store::ListedBuilder& builder : *builders)
    ++sources_of[builder.builder];
  std::vector<Standing> found;
  for (store::ListedBuilder& builder : *builders) {
    if (builder.newest.empty()) continue;
    if (!choice.source.empty() && builder.source != choice.source) continue;
    if (!choice.tag.empty() && std::ranges::none_of(builder.newest, [&](const store::ListedBuild& build) {
          return has_tag_in(build, choice.tag);
        }))
      continue;
    Standing one = standing_of(ledger, builder, choice.branch);
    one.shared = sources_of[builder.builder] > 1;
    if (one.newest) found.push_back(std::move(one));
  }
  return found;
}

std::optional<Standing> standing(store::Ledger& ledger, const std::string& builder,
                                 const BuilderChoice& choice) {
  std::optional<Standing> best;
  for (const std::string& source : ledger.sources()) {
    if (!choice.source.empty() && source != choice.source) continue;
    store::BuildsFilter filter;
    filter.source = source;
    filter.builder = builder;
    filter.limit = newest_of_each;
    filter.look_at = looked_at_for_ends;
    store::ListedBuilder known{source, builder, ledger.builds(filter).builds};
    Standing one = standing_of(ledger, known, choice.branch);
    const auto when = [](const Standing& of) { return of.last ? of.last->event.at : 0; };
    if (one.newest && (!best || when(*best) < when(one))) best = std::move(one);
  }
  return best;
}

}  // namespace carillon::dashboard
