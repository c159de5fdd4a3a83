#include "source/push/posted_builds.hpp"

#include <algorithm>
#include <array>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <set>

#include "base/encoding.hpp"
#include "base/letters.hpp"
#include "base/text.hpp"

namespace carillon::source::push {
namespace {

constexpr std::size_t max_remembered = 2000;    // steps and logs that were asked for
constexpr std::size_t max_posted_ids = 50'000;  // of steps, and of logs
constexpr std::string_view poster = "(posted)";
constexpr std::int64_t first_own_id = std::int64_t{1} << 40U;    // no sender counts so far
constexpr std::string_view row_member = "carillon_row";          // for sorting by age
constexpr std::string_view builder_member = "carillon_builder";  // its name, whichever id it has

json::value document(std::string_view name, json::array items) {
  const auto total = static_cast<std::int64_t>(items.size());
  return json::object{{name, std::move(items)}, {"meta", json::object{{"total", total}}}};
}

json::value document(std::string_view name, json::value item) {
  json::array items;
  items.push_back(std::move(item));
  return document(name, std::move(items));
}

// Stable, and no other builder of the master has it, as far as 31 bits can promise.
std::int64_t builder_id(std::string_view name) {
  return static_cast<std::int64_t>(std::stoull(short_hash(name), nullptr, 16) >> 33U) + 1;
}

std::optional<std::int64_t> number_of(std::string_view text) {
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  return std::stoll(std::string(text));
}

std::string id_text(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

// A field's value as a query writes it.
std::string shown(const json::value* value) {
  if (value == nullptr || value->is_null()) return "";
  if (value->is_bool()) return value->get_bool() ? "true" : "false";
  return id_text(*value);
}

// An id that a sender may give; ours are above.
std::optional<std::int64_t> posted_number(const json::object& object, std::string_view path) {
  const auto id = integer_at(object, path);
  return id && *id >= 0 && *id < first_own_id ? id : std::nullopt;
}

// The sender's id of the builder, else one of ours.
std::optional<std::int64_t> posted_builder(const json::object& build) {
  for (const char* path : {"builderid", "builder.builderid", "buildrequest.builderid"}) {
    if (const auto id = posted_number(build, path)) return id;
  }
  return std::nullopt;
}
std::int64_t builder_of(const json::object& build) {
  return posted_builder(build).value_or(builder_id(string_at(build, "builder.name").value_or("")));
}

// The builder as that build tells of it.
json::object builder_object(const json::object& build) {
  const json::array* tags = array_at(build, "builder.tags");
  const json::value* description = find(build, "builder.description");
  return {{"builderid", builder_of(build)},
          {"name", string_at(build, "builder.name").value_or("")},
          {"masterids", json::array{1}},
          {"description", description != nullptr ? *description : json::value(nullptr)},
          {"tags", tags != nullptr ? *tags : json::array()}};
}

// The sender's id of the build, else one of ours.
std::int64_t build_id(const store::KnownBuild& known) {
  return posted_number(known.event.body, "buildid").value_or(first_own_id + known.row);
}

// The build as the data API has it: without what Carillon's events carry beside.
json::object build_object(const store::KnownBuild& known, std::int64_t id) {
  json::object build = known.event.body;
  build["builderid"] = builder_of(build);
  for (const char* extra : {"builder", "buildset", "buildrequest", "steps", "changes", "prev_build"})
    build.erase(extra);
  build["buildid"] = id;
  build["complete"] = known.finished;
  return build;
}

bool same_build(const store::KnownBuild& a, const store::KnownBuild& b) {
  return integer_at(a.event.body, "number") == integer_at(b.event.body, "number") &&
         string_at(a.event.body, "builder.name") == string_at(b.event.body, "builder.name") &&
         a.event.occurrence == b.event.occurrence;
}

// The request of a build as the data API has it.
json::object request_object(const json::object& build) {
  const json::object* told = object_at(build, "buildrequest");
  json::object request = told != nullptr ? *told : json::object();
  const auto default_to = [&](const char* name, const json::value* value) {
    if (value != nullptr && !request.contains(name)) request[name] = *value;
  };
  default_to("buildrequestid", build.if_contains("buildrequestid"));
  default_to("buildsetid", find(build, "buildset.bsid"));
  request["builderid"] = builder_of(build);
  return request;
}

// The newest event of each build, the newest first.
std::vector<store::KnownBuild> newest_of_each(std::vector<store::KnownBuild> events) {
  std::vector<store::KnownBuild> builds;
  std::set<std::string> seen;
  for (store::KnownBuild& one : events) {
    const std::string key = std::string(string_at(one.event.body, "builder.name").value_or("")) + "\n" +
                            shown(find(one.event.body, "number")) + "\n" + one.event.occurrence;
    const bool is_new = seen.insert(key).second;
    if (is_new) {
      builds.push_back(std::move(one));
    } else if (one.finished) {
      // A start may be told of after the end.
      const auto at = std::find_if(builds.begin(), builds.end(),
                                   [&](const store::KnownBuild& known) { return same_build(known, one); });
      if (at != builds.end() && !at->finished) *at = std::move(one);
    }
  }
  return builds;
}

// Which build of which sender an event tells of.
std::string build_named(const Event& event) {
  return event.key.substr(0, event.key.rfind('/')) + "\n" + event.occurrence;
}

std::vector<json::object> objects_of(const json::array* list) {
  std::vector<json::object> objects;
  if (list == nullptr) return objects;
  for (const json::value& one : *list) {
    if (const json::object* object = one.if_object()) objects.push_back(*object);
  }
  return objects;
}

// A text, or as the data API has it: {"content": text}.
std::string content_of(const json::object& log) {
  if (const auto text = string_at(log, "content")) return std::string(*text);
  return text_at(log, "content.content");
}

// The text of a member, or else a default, which it gets.
std::string text_or(json::object& object, const char* name, const std::string& otherwise) {
  if (const auto text = string_at(object, name)) return std::string(*text);
  object[name] = otherwise;
  return otherwise;
}

enum class Comparison { eq, ne, lt, le, gt, ge, contains, in, notin };

std::optional<Comparison> comparison_named(std::string_view name) {
  constexpr std::array<std::string_view, 9> names = {"eq", "ne",       "lt", "le",   "gt",
                                                     "ge", "contains", "in", "notin"};
  const auto at = std::ranges::find(names, name);
  if (at == names.end()) return std::nullopt;
  return static_cast<Comparison>(at - names.begin());
}

bool compares_order(Comparison comparison) {
  return comparison >= Comparison::lt && comparison <= Comparison::ge;
}

std::optional<bool> boolean_of(std::string_view text) {
  const std::string word = lower(text);
  for (const std::string_view yes : {"true", "on", "yes", "1"}) {
    if (word == yes) return true;
  }
  for (const std::string_view no : {"false", "off", "no", "0"}) {
    if (word == no) return false;
  }
  return std::nullopt;
}

template <typename T>
std::optional<T> parsed(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A field beside the text of a query, which has the field's type: below 0, 0, or above 0; nullopt: one is
// neither the same as the other, nor less or more.
std::optional<int> compared(const json::value* field, std::string_view wanted) {
  const auto told = [](auto left, auto right) { return left < right ? -1 : right < left ? 1 : 0; };
  if (field == nullptr || field->is_null())
    return wanted.empty() || wanted == "None" ? std::optional(0) : std::nullopt;
  if (field->is_bool()) {
    const auto meant = boolean_of(wanted);
    return meant ? std::optional(told(field->get_bool(), *meant)) : std::nullopt;
  }
  if (field->is_int64()) {
    if (const auto whole = parsed<std::int64_t>(wanted)) return told(field->get_int64(), *whole);
  }
  if (field->is_number()) {
    const auto number = parsed<double>(wanted);
    return number ? std::optional(told(field->to_number<double>(), *number)) : std::nullopt;
  }
  return told(std::string_view(shown(field)).compare(wanted), 0);
}

bool holds(const json::value* field, std::string_view wanted) {
  if (field == nullptr) return false;
  if (const json::array* list = field->if_array())
    return std::ranges::any_of(*list, [&](const json::value& one) { return compared(&one, wanted) == 0; });
  return field->is_string() && std::string_view(field->get_string()).find(wanted) != std::string_view::npos;
}

// One of a query's conditions; of several values any is meant.
struct Condition {
  std::string field;
  Comparison comparison = Comparison::eq;
  std::vector<std::string> values;

  bool fits(const json::object& object) const {
    const json::value* value = object.if_contains(field);
    const auto any = [&](auto&& test) { return std::ranges::any_of(values, test); };
    const bool same = any([&](const std::string& wanted) { return compared(value, wanted) == 0; });
    // Nothing is neither less nor more.
    const bool is_null = value == nullptr || value->is_null();
    const int order =
        compares_order(comparison) && !is_null ? compared(value, values.front()).value_or(0) : 0;
    switch (comparison) {
      case Comparison::eq:
      case Comparison::in:
        return same;
      case Comparison::ne:
      case Comparison::notin:
        return !same;
      case Comparison::lt:
        return order < 0;
      case Comparison::le:
        return order < 0 || (!is_null && same);
      case Comparison::gt:
        return order > 0;
      case Comparison::ge:
        return order > 0 || (!is_null && same);
      case Comparison::contains:
        return any([&](const std::string& wanted) { return holds(value, wanted); });
    }
    return false;
  }
};

}  // namespace

struct PostedBuilds::Query {
  std::vector<Condition> conditions;
  std::string order;
  std::size_t limit = 200;
  std::size_t offset = 0;

  static Result<Query> of(const boost::urls::url_view& url) {
    Query query;
    for (const auto& param : url.params()) {
      const std::string name(param.key);
      const std::string value(param.value);
      if (name == "order") {
        query.order = value;
      } else if (name == "limit") {
        query.limit = static_cast<std::size_t>(number_of(value).value_or(200));
      } else if (name == "offset") {
        query.offset = static_cast<std::size_t>(number_of(value).value_or(0));
      } else if (name != "field" && name != "property") {
        auto added = query.add(name, value);
        if (!added) return tl::unexpected<Failure>(added.error());
      }
    }
    return query;
  }

  bool fits(const json::object& object) const {
    return std::ranges::all_of(conditions, [&](const Condition& one) { return one.fits(object); });
  }

  json::array apply(std::vector<json::object> objects) const {
    std::erase_if(objects, [this](const json::object& one) { return !fits(one); });
    if (!order.empty()) {
      const bool down = order.front() == '-';
      std::string field = order.substr(down ? 1 : 0);
      if (field == "buildid") field = row_member;  // two senders count each for itself
      std::sort(objects.begin(), objects.end(), [&](const json::object& a, const json::object& b) {
        const auto left = integer_at(a, field).value_or(0);
        const auto right = integer_at(b, field).value_or(0);
        return down ? right < left : left < right;
      });
    }
    json::array items;
    for (std::size_t i = offset; i < objects.size() && items.size() < limit; ++i) {
      objects[i].erase(row_member);
      objects[i].erase(builder_member);
      items.push_back(std::move(objects[i]));
    }
    return items;
  }

 private:
  // "number", "number__lt"
  Result<void> add(const std::string& name, const std::string& value) {
    Condition condition;
    const auto mark = name.rfind("__");
    condition.field = name.substr(0, mark);
    const auto named = mark == std::string::npos ? Comparison::eq : comparison_named(name.substr(mark + 2));
    if (!named) {
      return rejected("the filter '" + name + "' is not known: after the field's name there may be __eq, " +
                      "__ne, __lt, __le, __gt, __ge, __contains, __in or __notin");
    }
    condition.comparison = *named;
    const auto same = std::ranges::find_if(conditions, [&](const Condition& one) {
      return one.field == condition.field && one.comparison == condition.comparison;
    });
    if (same == conditions.end()) {
      condition.values.push_back(value);
      conditions.push_back(std::move(condition));
      return ok();
    }
    if (compares_order(same->comparison)) return rejected("the filter '" + name + "' takes one value");
    same->values.push_back(value);
    return ok();
  }
};

// A log as the data API has it, without its contents, and these.
struct PostedBuilds::Log {
  json::object shown;
  json::object contents;
  std::optional<std::int64_t> posted;  // its id
};

struct PostedBuilds::Step {
  json::object shown;
  std::vector<Log> logs;
  std::optional<std::int64_t> posted;  // its id
};

Task<json::value> PostedBuilds::get(std::string path) {
  if (journal_() == nullptr) co_return rejected("no build is kept here, so nobody knows " + path);
  const std::string target = "/" + path;  // `url` is a view of it
  const auto url = boost::urls::parse_origin_form(target);
  if (!url || url->segments().empty()) co_return rejected("not a path of the data API: '" + path + "'");
  Parts parts;
  for (const std::string& part : url->segments())
    parts.push_back(part);
  auto asked = Query::of(*url);
  if (!asked) co_return tl::unexpected<Failure>(asked.error());
  const Query query = std::move(*asked);
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
    Query of_request = query;
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

Task<json::value> PostedBuilds::builders(const Parts& parts, const Query& query) {
  auto names = co_await journal().builders(name());
  if (!names) co_return tl::unexpected<Failure>(names.error());
  if (parts.size() == 1) {
    std::vector<json::object> found;
    for (const std::string& one : *names) {
      auto told = co_await told_last(one);
      if (!told) co_return tl::unexpected<Failure>(told.error());
      found.push_back(builder_object(*told));
    }
    co_return document("builders", query.apply(std::move(found)));
  }
  const auto meant = co_await builder_named(parts[1]);
  if (!meant) co_return tl::unexpected<Failure>(meant.error());
  if (meant->empty()) co_return rejected("'" + name() + "' has told of no builder '" + parts[1] + "'");
  const std::string builder(string_at(*meant, "builder.name").value_or(""));
  if (parts.size() == 2) co_return document("builders", builder_object(*meant));
  if (parts[2] != "builds") co_return rejected("posted builders have no " + parts[2]);
  if (parts.size() == 3) co_return co_await builds(builder, query);
  store::BuildsQuery which;
  which.builder = builder;
  which.number = number_of(parts[3]);
  if (!which.number) co_return rejected("'" + parts[3] + "' is no build number");
  Parts rest(parts.begin() + 4, parts.end());
  co_return co_await of_build(std::move(which), std::move(rest), query);
}

Task<json::object> PostedBuilds::told_last(std::string builder) {
  store::BuildsQuery latest;
  latest.builder = builder;
  latest.limit = 1;
  auto builds = co_await journal().builds(name(), std::move(latest));
  if (!builds) co_return tl::unexpected<Failure>(builds.error());
  if (!builds->empty()) co_return std::move(builds->front().event.body);
  co_return json::object{{"builder", json::object{{"name", builder}}}};
}

Task<json::object> PostedBuilds::builder_named(std::string text) {
  const auto names = co_await journal().builders(name());
  if (!names) co_return tl::unexpected<Failure>(names.error());
  if (std::ranges::find(*names, text) != names->end()) co_return co_await told_last(text);
  const auto id = number_of(text);
  if (!id) co_return json::object();
  auto events = co_await journal().builds(name(), {});
  if (!events) co_return tl::unexpected<Failure>(events.error());
  for (store::KnownBuild& one : *events) {
    if (posted_builder(one.event.body) == id) co_return std::move(one.event.body);
  }
  json::object made_up;
  for (const std::string& one : *names) {
    auto told = co_await told_last(one);
    if (!told) co_return tl::unexpected<Failure>(told.error());
    if (posted_builder(*told) == id) co_return std::move(*told);
    if (builder_id(one) == *id) made_up = std::move(*told);
  }
  co_return made_up;
}

Task<void> PostedBuilds::mean_builders(Query& query) {
  for (Condition& condition : query.conditions) {
    if (condition.field != "builderid" || compares_order(condition.comparison)) continue;
    for (std::string& value : condition.values) {
      const auto meant = co_await builder_named(value);
      if (!meant) co_return tl::unexpected<Failure>(meant.error());
      value = meant->empty() ? "\n" : std::string(string_at(*meant, "builder.name").value_or(""));
    }
    condition.field = builder_member;
  }
  co_return ok();
}

Task<json::value> PostedBuilds::requests(Query query) {
  if (auto meant = co_await mean_builders(query); !meant) co_return tl::unexpected<Failure>(meant.error());
  auto events = co_await journal().builds(name(), {});
  if (!events) co_return tl::unexpected<Failure>(events.error());
  std::vector<json::object> found;
  std::set<std::string> seen;
  for (const store::KnownBuild& one : newest_of_each(std::move(*events))) {
    json::object request = request_object(one.event.body);
    request[builder_member] = string_at(one.event.body, "builder.name").value_or("");
    if (seen.insert(shown(request.if_contains("buildrequestid"))).second) found.push_back(std::move(request));
  }
  co_return document("buildrequests", query.apply(std::move(found)));
}

Task<json::value> PostedBuilds::builds(std::optional<std::string> builder, Query query) {
  if (auto meant = co_await mean_builders(query); !meant) co_return tl::unexpected<Failure>(meant.error());
  store::BuildsQuery which;
  which.builder = std::move(builder);
  auto events = co_await journal().builds(name(), std::move(which));
  if (!events) co_return tl::unexpected<Failure>(events.error());
  std::vector<json::object> found;
  std::set<std::int64_t> ids;
  for (const store::KnownBuild& one : newest_of_each(std::move(*events))) {
    const std::int64_t id = build_id(one);
    found.push_back(build_object(one, ids.insert(id).second ? id : first_own_id + one.row));
    found.back()[row_member] = one.row;
    found.back()[builder_member] = string_at(one.event.body, "builder.name").value_or("");
  }
  co_return document("builds", query.apply(std::move(found)));
}

Task<json::value> PostedBuilds::of_build(store::BuildsQuery which, Parts rest, Query query) {
  const auto posted_id = which.posted_id;
  auto events = co_await journal().builds(name(), std::move(which));
  if (!events) co_return tl::unexpected<Failure>(events.error());
  // The sender may have given a key that says something else than the build's id.
  const auto is_another = [&](const store::KnownBuild& one) { return build_id(one) != *posted_id; };
  if (posted_id) std::erase_if(*events, is_another);
  if (posted_id && events->empty()) {
    events = co_await journal().builds(name(), {});
    if (!events) co_return tl::unexpected<Failure>(events.error());
    std::erase_if(*events, is_another);
  }
  const auto known = newest_of_each(std::move(*events));
  if (known.empty()) co_return rejected("'" + name() + "' has told of no such build");
  const json::object& body = known.front().event.body;
  if (rest.empty()) co_return document("builds", build_object(known.front(), build_id(known.front())));
  if (rest.front() == "steps") {
    const auto steps = co_await steps_of(known.front());
    if (!steps) co_return tl::unexpected<Failure>(steps.error());
    co_return within_steps(*steps, rest, query);
  }
  if (rest.front() == "properties" && rest.size() == 1) {
    const json::object* properties = object_at(body, "properties");
    co_return document("properties", properties != nullptr ? *properties : json::object());
  }
  if (rest.front() == "changes" && rest.size() == 1)
    co_return document("changes", query.apply(objects_of(array_at(body, "changes"))));
  std::string path;
  for (const std::string& part : rest)
    path += (path.empty() ? "" : "/") + part;
  co_return rejected("posted builds have no " + path);
}

Task<json::value> PostedBuilds::recent_part(std::string part, std::string id_name, std::string id) {
  auto events = co_await journal().builds(name(), {});
  if (!events) co_return tl::unexpected<Failure>(events.error());
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
  if (!names) co_return tl::unexpected<Failure>(names.error());
  json::array configured;
  for (const std::string& one : *names) {
    const auto told = co_await told_last(one);
    if (!told) co_return tl::unexpected<Failure>(told.error());
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
                                               const Query& query) const {
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
Result<json::value> PostedBuilds::within_step(const Step& step, const Parts& path, const Query& query) const {
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
Task<json::value> PostedBuilds::step(Parts path, Query query) {
  const auto id = number_of(path[1]);
  auto found = id ? co_await step_of_id(*id) : Result<std::shared_ptr<const Step>>();
  if (!found) co_return tl::unexpected<Failure>(found.error());
  if (*found) co_return within_step(**found, Parts(path.begin() + 2, path.end()), query);
  if (path.size() == 3 && path[2] == "logs") co_return document("logs", json::array());
  co_return rejected("'" + name() + "' has told of no step " + path[1] + " lately");
}

// PATH: logs/ID[/contents]
Task<json::value> PostedBuilds::log(Parts path) {
  const auto id = number_of(path[1]);
  auto found = id ? co_await log_of_id(*id) : Result<std::shared_ptr<const Log>>();
  if (!found) co_return tl::unexpected<Failure>(found.error());
  const bool contents = path.size() == 3 && path[2] == "contents";
  if (path.size() > 2 && !contents) co_return rejected("posted logs have no " + path[2]);
  if (*found)
    co_return contents ? document("logchunks", (*found)->contents) : document("logs", (*found)->shown);
  if (contents) co_return document("logchunks", json::array());
  co_return rejected("'" + name() + "' has told of no log " + path[1] + " lately");
}

// Which builds gave steps and logs which ids: what was posted since it was asked for last.
Task<void> PostedBuilds::learn_ids() {
  store::BuildsQuery which;
  which.after = learnt_;
  auto events = co_await journal().builds(name(), std::move(which));
  if (!events) co_return tl::unexpected<Failure>(events.error());
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
    for (const json::object& step : objects_of(array_at(known.event.body, "steps"))) {
      note(step_ids_, step, "stepid");
      for (const json::object& log : objects_of(array_at(step, "logs")))
        note(log_ids_, log, "logid");
    }
  }
  co_return ok();
}

Task<std::vector<PostedBuilds::Step>> PostedBuilds::steps_of(const store::KnownBuild& known) {
  if (auto learnt = co_await learn_ids(); !learnt) co_return tl::unexpected<Failure>(learnt.error());
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
  for (json::object& told : objects_of(array_at(known.event.body, "steps"))) {
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
      steps.back().logs.back().contents["content"] = content_of(one);
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
  if (auto learnt = co_await learn_ids(); !learnt) co_return tl::unexpected<Failure>(learnt.error());
  const auto at = ids.find(id);
  if (at == ids.end()) co_return std::nullopt;
  store::BuildsQuery which;
  which.row = at->second.row;
  auto events = co_await journal().builds(name(), std::move(which));
  if (!events) co_return tl::unexpected<Failure>(events.error());
  if (events->empty()) co_return std::nullopt;
  co_return std::move(events->front());
}

Task<std::shared_ptr<const PostedBuilds::Step>> PostedBuilds::step_of_id(std::int64_t id) {
  const auto known = co_await giver_of(step_ids_, id);
  if (!known) co_return tl::unexpected<Failure>(known.error());
  if (*known) {
    const auto steps = co_await steps_of(**known);
    if (!steps) co_return tl::unexpected<Failure>(steps.error());
    const auto at = std::ranges::find_if(*steps, [&](const Step& one) { return one.posted == id; });
    if (at != steps->end()) co_return std::make_shared<const Step>(*at);
  }
  const auto at = steps_.find(id);
  co_return at != steps_.end() ? at->second : nullptr;
}

Task<std::shared_ptr<const PostedBuilds::Log>> PostedBuilds::log_of_id(std::int64_t id) {
  const auto known = co_await giver_of(log_ids_, id);
  if (!known) co_return tl::unexpected<Failure>(known.error());
  if (*known) {
    const auto steps = co_await steps_of(**known);
    if (!steps) co_return tl::unexpected<Failure>(steps.error());
    for (const Step& step : *steps) {
      const auto at = std::ranges::find_if(step.logs, [&](const Log& one) { return one.posted == id; });
      if (at != step.logs.end()) co_return std::make_shared<const Log>(*at);
    }
  }
  const auto at = logs_.find(id);
  co_return at != logs_.end() ? at->second : nullptr;
}

}  // namespace carillon::source::push
