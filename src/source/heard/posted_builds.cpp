#include "source/heard/posted_builds.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <set>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "model/build.hpp"
#include "source/heard/posted_objects.hpp"
#include "source/heard/posted_steps.hpp"

namespace carillon::source::heard {

Task<json::value> PostedBuilds::get(std::string path) {
  if (journal_() == nullptr) co_return rejected("no build is kept here, so nobody knows " + path);
  const std::string target = "/" + path;  // `url` is a view of it
  const auto url = boost::urls::parse_origin_form(target);
  if (!url || url->segments().empty()) co_return rejected("not a path of the data API: '" + path + "'");
  Parts parts;
  for (const std::string& part : url->segments())
    parts.push_back(part);
  auto asked = DataQuery::of(*url);
  if (!asked) co_return failed(asked);
  const DataQuery query = std::move(*asked);
  const std::string& first = parts.front();
  const std::string second = parts.size() > 1 ? parts[1] : "";
  if (first == "builders") co_return co_await builders(parts, query);
  if (first == "builds" && parts.size() == 1) co_return co_await builds(std::nullopt, query);
  if (first == "builds" && number_of(second)) {
    store::BuildsQuery which;
    const std::int64_t id = *number_of(second);
    (id < first_own_id ? which.posted_id : which.row) = id < first_own_id ? id : id - first_own_id;
    Parts rest(parts.begin() + 2, parts.end());
    co_return co_await of_build(std::move(which), std::move(rest), query);
  }
  if (first == "buildrequests" && parts.size() == 1) co_return co_await requests(query);
  if (first == "buildrequests" && parts.size() == 2)
    co_return co_await recent_part("buildrequest", "buildrequestid", second);
  if (first == "buildrequests" && parts.size() == 3 && parts[2] == "builds") {
    DataQuery of_request = query;
    of_request.conditions.push_back({"buildrequestid", Comparison::eq, {second}});
    co_return co_await builds(std::nullopt, std::move(of_request));
  }
  if (parts.size() == 2 && first == "buildsets") co_return co_await recent_part("buildset", "bsid", second);
  if (parts.size() > 1 && first == "steps") co_return co_await step(parts, query);
  if (parts.size() > 1 && first == "logs") co_return co_await log(parts);
  if (parts.size() == 1 && first == "workers") co_return co_await workers();
  for (const std::string_view none : {"changes", "schedulers", "forceschedulers"}) {
    if (parts.size() == 1 && first == none) co_return document(none, json::array());
  }
  co_return not_known(path);
}

Task<json::value> PostedBuilds::builders(const Parts& parts, const DataQuery& query) {
  auto names = co_await journal().builders(name());
  if (!names) co_return failed(names);
  if (parts.size() == 1) {
    std::vector<json::object> found;
    for (const std::string& one : *names) {
      auto told = co_await told_last(one);
      if (!told) co_return failed(told);
      found.push_back(builder_object(*told));
    }
    co_return document("builders", query.apply(std::move(found)));
  }
  const auto meant = co_await builder_named(parts[1]);
  if (!meant) co_return failed(meant);
  if (meant->empty()) co_return rejected("'" + name() + "' has told of no builder '" + parts[1] + "'");
  const std::string builder(BuildView(*meant).builder().value_or(""));
  if (parts.size() == 2) co_return document("builders", builder_object(*meant));
  if (parts[2] != "builds") co_return rejected("posted builders have no " + parts[2]);
  if (parts.size() == 3) co_return co_await builds(builder, query);
  store::BuildsQuery which;
  which.builder = builder;
  which.number = number_of(parts[3]);
  if (!which.number) co_return rejected("'" + parts[3] + "' is not a build number");
  Parts rest(parts.begin() + 4, parts.end());
  co_return co_await of_build(std::move(which), std::move(rest), query);
}

Task<json::object> PostedBuilds::told_last(std::string builder) {
  store::BuildsQuery latest;
  latest.builder = builder;
  latest.limit = 1;
  auto builds = co_await journal().builds(name(), std::move(latest));
  if (!builds) co_return failed(builds);
  if (!builds->empty()) co_return std::move(builds->front().event.body);
  co_return json::object{{"builder", json::object{{"name", builder}}}};
}

Task<json::object> PostedBuilds::builder_named(std::string text) {
  const auto names = co_await journal().builders(name());
  if (!names) co_return failed(names);
  if (std::ranges::find(*names, text) != names->end()) co_return co_await told_last(text);
  const auto id = number_of(text);
  if (!id) co_return json::object();
  auto events = co_await journal().builds(name(), {});
  if (!events) co_return failed(events);
  for (store::KnownBuild& one : *events) {
    if (posted_builder(one.event.body) == id) co_return std::move(one.event.body);
  }
  json::object made_up;
  for (const std::string& one : *names) {
    auto told = co_await told_last(one);
    if (!told) co_return failed(told);
    if (posted_builder(*told) == id) co_return std::move(*told);
    if (builder_id(one) == *id) made_up = std::move(*told);
  }
  co_return made_up;
}

Task<void> PostedBuilds::mean_builders(DataQuery& query) {
  for (Condition& condition : query.conditions) {
    if (condition.field != "builderid" || compares_order(condition.comparison)) continue;
    for (std::string& value : condition.values) {
      const auto meant = co_await builder_named(value);
      if (!meant) co_return failed(meant);
      value = meant->empty() ? "\n" : std::string(BuildView(*meant).builder().value_or(""));
    }
    condition.field = builder_member;
  }
  co_return ok();
}

Task<json::value> PostedBuilds::requests(DataQuery query) {
  if (auto meant = co_await mean_builders(query); !meant) co_return failed(meant);
  auto events = co_await journal().builds(name(), {});
  if (!events) co_return failed(events);
  std::vector<json::object> found;
  std::set<std::string> seen;
  for (const store::KnownBuild& one : newest_of_each(std::move(*events))) {
    json::object request = request_object(one.event.body);
    request[builder_member] = BuildView(one.event.body).builder().value_or("");
    if (seen.insert(shown(request.if_contains("buildrequestid"))).second) found.push_back(std::move(request));
  }
  co_return document("buildrequests", query.apply(std::move(found)));
}

Task<json::value> PostedBuilds::builds(std::optional<std::string> builder, DataQuery query) {
  if (auto meant = co_await mean_builders(query); !meant) co_return failed(meant);
  store::BuildsQuery which;
  which.builder = std::move(builder);
  auto events = co_await journal().builds(name(), std::move(which));
  if (!events) co_return failed(events);
  std::vector<json::object> found;
  std::set<std::int64_t> ids;
  for (const store::KnownBuild& one : newest_of_each(std::move(*events))) {
    const std::int64_t id = build_id(one);
    found.push_back(build_object(one, ids.insert(id).second ? id : first_own_id + one.row));
    found.back()[row_member] = one.row;
    found.back()[builder_member] = BuildView(one.event.body).builder().value_or("");
  }
  co_return document("builds", query.apply(std::move(found)));
}

Task<json::value> PostedBuilds::of_build(store::BuildsQuery which, Parts rest, DataQuery query) {
  const auto posted_id = which.posted_id;
  auto events = co_await journal().builds(name(), std::move(which));
  if (!events) co_return failed(events);
  // The sender may have given a key that says something else than the build's id.
  const auto is_another = [&](const store::KnownBuild& one) { return build_id(one) != *posted_id; };
  if (posted_id) std::erase_if(*events, is_another);
  if (posted_id && events->empty()) {
    events = co_await journal().builds(name(), {});
    if (!events) co_return failed(events);
    std::erase_if(*events, is_another);
  }
  const auto known = newest_of_each(std::move(*events));
  if (known.empty()) co_return rejected("'" + name() + "' has told of no such build");
  const json::object& body = known.front().event.body;
  if (rest.empty()) co_return document("builds", build_object(known.front(), build_id(known.front())));
  if (rest.front() == "steps") {
    const auto steps = co_await steps_of(known.front());
    if (!steps) co_return failed(steps);
    co_return within_steps(*steps, rest, query);
  }
  if (rest.front() == "properties" && rest.size() == 1) {
    const json::object* properties = BuildView(body).properties();
    co_return document("properties", properties != nullptr ? *properties : json::object());
  }
  if (rest.front() == "changes" && rest.size() == 1)
    co_return document("changes", query.apply(objects_of(BuildView(body).changes())));
  std::string path;
  for (const std::string& part : rest)
    path += (path.empty() ? "" : "/") + part;
  co_return rejected("posted builds have no " + path);
}

Task<json::value> PostedBuilds::recent_part(std::string part, std::string id_name, std::string id) {
  auto events = co_await journal().builds(name(), {});
  if (!events) co_return failed(events);
  for (const store::KnownBuild& one : *events) {
    const json::object* told = object_at(one.event.body, part);
    const json::object found = part == "buildrequest" ? request_object(one.event.body)
                               : told != nullptr      ? *told
                                                      : json::object();
    if (shown(found.if_contains(id_name)) == id) co_return document(part + "s", found);
  }
  co_return rejected("'" + name() + "' has told of no " + part + " " + id + " lately");
}

// Whoever posts has builds of every builder.
Task<json::value> PostedBuilds::workers() {
  auto names = co_await journal().builders(name());
  if (!names) co_return failed(names);
  json::array configured;
  for (const std::string& one : *names) {
    const auto told = co_await told_last(one);
    if (!told) co_return failed(told);
    configured.push_back(json::object{{"builderid", builder_of(*told)}, {"masterid", 1}});
  }
  if (configured.empty()) co_return document("workers", json::array());
  co_return document("workers", json::object{{"workerid", 1},
                                             {"name", poster},
                                             {"connected_to", json::array{json::object{{"masterid", 1}}}},
                                             {"configured_on", std::move(configured)}});
}

tl::unexpected<Failure> PostedBuilds::not_known(std::string_view path) const {
  return rejected("builds were posted by '" + name() + "', which cannot be asked for " + std::string(path));
}

// PATH: steps[/NUMBER or NAME[/logs...]]
Result<json::value> PostedBuilds::within_steps(const std::vector<Step>& steps, const Parts& path,
                                               const DataQuery& query) const {
  if (path.size() == 1) {
    std::vector<json::object> all;
    for (const Step& one : steps)
      all.push_back(one.shown);
    return document("steps", query.apply(std::move(all)));
  }
  const auto numbered = [&](const Step& one) { return shown(one.shown.if_contains("number")) == path[1]; };
  const auto named = [&](const Step& one) { return string_at(one.shown, "name") == path[1]; };
  auto at = is_digits(path[1]) ? std::ranges::find_if(steps, numbered) : steps.end();
  if (at == steps.end()) at = std::ranges::find_if(steps, named);
  if (at == steps.end())
    return rejected("'" + name() + "' has told of no step '" + path[1] + "' of that build");
  return within_step(*at, Parts(path.begin() + 2, path.end()), query);
}

// PATH: "", or logs[/SLUG[/contents]]
Result<json::value> PostedBuilds::within_step(const Step& step, const Parts& path,
                                              const DataQuery& query) const {
  if (path.empty()) return document("steps", step.shown);
  if (path.front() != "logs") return rejected("posted steps have no " + path.front());
  if (path.size() == 1) {
    std::vector<json::object> all;
    for (const Log& one : step.logs)
      all.push_back(one.shown);
    return document("logs", query.apply(std::move(all)));
  }
  const auto at = std::ranges::find_if(
      step.logs, [&](const Log& one) { return string_at(one.shown, "slug") == path[1]; });
  if (at == step.logs.end())
    return rejected("'" + name() + "' has told of no log '" + path[1] + "' of that step");
  if (path.size() == 2) return document("logs", at->shown);
  if (path.size() == 3 && path[2] == "contents") return document("logchunks", at->contents);
  return rejected("posted logs have no " + path[2]);
}

// PATH: steps/ID[/logs...]. A step that is not there has no logs, as Buildbot says it.
Task<json::value> PostedBuilds::step(Parts path, DataQuery query) {
  const auto id = number_of(path[1]);
  auto found = id ? co_await step_of_id(*id) : Result<std::shared_ptr<const Step>>();
  if (!found) co_return failed(found);
  if (*found) co_return within_step(**found, Parts(path.begin() + 2, path.end()), query);
  if (path.size() == 3 && path[2] == "logs") co_return document("logs", json::array());
  co_return rejected("'" + name() + "' has told of no step " + path[1] + " lately");
}

// PATH: logs/ID[/contents]
Task<json::value> PostedBuilds::log(Parts path) {
  const auto id = number_of(path[1]);
  auto found = id ? co_await log_of_id(*id) : Result<std::shared_ptr<const Log>>();
  if (!found) co_return failed(found);
  const bool contents = path.size() == 3 && path[2] == "contents";
  if (path.size() > 2 && !contents) co_return rejected("posted logs have no " + path[2]);
  if (*found)
    co_return contents ? document("logchunks", (*found)->contents) : document("logs", (*found)->shown);
  if (contents) co_return document("logchunks", json::array());
  co_return rejected("'" + name() + "' has told of no log " + path[1] + " lately");
}

}  // namespace carillon::source::heard
