#include "view/builds.hpp"

#include <algorithm>
#include <map>

#include "base/encoding.hpp"
#include "base/percent.hpp"
#include "model/build.hpp"

namespace carillon::view {

json::object to_json(const store::ListedBuild& build) {
  const BuildView body(build.event.body);
  const auto text = [](const std::optional<std::string_view>& given) {
    return given && !given->empty() ? json::value(*given) : json::value(nullptr);
  };
  std::optional<std::string_view> revision;
  if (const json::array* stamps = body.sourcestamps(); stamps != nullptr && !stamps->empty()) {
    if (const json::object* stamp = stamps->front().if_object()) revision = string_at(*stamp, "revision");
  }
  json::object out;
  out["source"] = build.event.source;
  out["builder"] = build.builder;
  out["number"] = build.run.number;
  out["attempt"] = build.run.attempt;
  out["results"] =
      build.results ? json::value(static_cast<std::int64_t>(*build.results)) : json::value(nullptr);
  out["result"] = build.results ? name(*build.results) : "running";
  out["branch"] = text(build.branch);
  out["revision"] = text(revision);
  out["state_string"] = text(body.state_string());
  out["url"] = text(body.url());
  out["at"] = build.event.at;
  out["heard"] = build.heard;
  return out;
}

json::object to_json(const store::ListedBuilder& builder) {
  json::object out;
  out["source"] = builder.source;
  out["builder"] = builder.builder;
  json::array builds;
  for (const store::ListedBuild& build : builder.newest)
    builds.push_back(to_json(build));
  out["builds"] = std::move(builds);
  return out;
}

json::object to_json(const store::BuildsPage& page) {
  json::object out;
  json::array items;
  for (const store::ListedBuild& build : page.builds)
    items.push_back(to_json(build));
  out["items"] = std::move(items);
  out["next"] = page.next ? json::value(*page.next) : json::value(nullptr);
  return out;
}

json::object to_json(const std::vector<store::ListedBuilder>& builders, std::size_t most) {
  json::array items;
  for (const store::ListedBuilder& builder : builders)
    items.push_back(to_json(builder));
  json::object out;
  out["items"] = std::move(items);
  out["next"] = nullptr;
  if (!builders.empty() && builders.size() == most)
    out["next"] = cursor_of({builders.back().source, builders.back().builder});
  return out;
}

std::string cursor_of(const store::BuilderName& name) {
  return percent_encode(name.source) + "/" + percent_encode(name.builder);
}

Result<store::BuilderName> builder_behind(std::string_view cursor) {
  const auto slash = cursor.find('/');
  if (slash == std::string_view::npos && !cursor.empty()) return rejected("after: is no `next` of an answer");
  if (cursor.empty()) return store::BuilderName();
  return store::BuilderName{percent_decode(cursor.substr(0, slash)),
                            percent_decode(cursor.substr(slash + 1))};
}

void add_heard(std::vector<source::Observed>& sources, store::Ledger& ledger) {
  constexpr std::size_t most_builders = 5'000;
  std::map<std::string, Millis> known;
  for (const store::ListedBuilder& builder :
       ledger.newest_builds(1, most_builders, store::Bodies::left_out)) {
    Millis& at = known[builder.source];
    for (const store::ListedBuild& build : builder.newest)
      at = std::max(at, build.heard);
  }
  for (source::Observed& source : sources) {
    if (const auto kept = known.find(source.name); kept != known.end())
      source.heard_at = std::max(kept->second, source.heard_at.value_or(0));
  }
}

const source::Refused* fresh_refusal(const source::Observed& source, Millis now) {
  constexpr Millis a_day = Millis{24} * 3600 * 1000;
  return source.refused && now - source.refused->at < a_day ? &*source.refused : nullptr;
}

}  // namespace carillon::view
