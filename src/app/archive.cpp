#include "app/archive.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <set>

#include "base/encoding.hpp"

namespace carillon::app {
namespace {

constexpr std::size_t max_remembered = 2000;  // steps and logs
constexpr std::string_view poster = "(posted)";
constexpr std::int64_t first_own_id = std::int64_t{1} << 40U;  // no sender counts so far
constexpr std::string_view row_member = "carillon_row";        // for sorting by age

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

json::object builder_object(const std::string& name, const json::array* tags) {
  return {{"builderid", builder_id(name)},
          {"name", name},
          {"masterids", json::array{1}},
          {"description", nullptr},
          {"tags", tags != nullptr ? *tags : json::array()}};
}

// The sender's id of the build, else one of ours.
std::int64_t build_id(const store::KnownBuild& known) {
  const auto posted = integer_at(known.event.body, "buildid");
  return posted && *posted >= 0 && *posted < first_own_id ? *posted : first_own_id + known.row;
}

// The build as the data API has it: without what Carillon's events carry beside.
json::object build_object(const store::KnownBuild& known, std::int64_t id) {
  json::object build = known.event.body;
  const std::string name(string_at(build, "builder.name").value_or(""));
  for (const char* extra : {"builder", "buildset", "buildrequest", "steps", "changes", "prev_build"})
    build.erase(extra);
  build["buildid"] = id;
  build["builderid"] = builder_id(name);
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
  request["builderid"] = builder_id(string_at(build, "builder.name").value_or(""));
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

}  // namespace

struct Archive::Query {
  std::vector<std::pair<std::string, std::string>> equal;
  std::string order;
  std::size_t limit = 200;
  std::size_t offset = 0;

  static Query of(const boost::urls::url_view& url) {
    Query query;
    for (const auto& param : url.params()) {
      std::string name(param.key);
      const std::string value(param.value);
      if (name.ends_with("__eq")) name.resize(name.size() - 4);
      if (name == "order") {
        query.order = value;
      } else if (name == "limit") {
        query.limit = static_cast<std::size_t>(number_of(value).value_or(200));
      } else if (name == "offset") {
        query.offset = static_cast<std::size_t>(number_of(value).value_or(0));
      } else if (name != "field") {
        query.equal.emplace_back(std::move(name), value);
      }
    }
    return query;
  }

  bool fits(const json::object& object) const {
    return std::all_of(equal.begin(), equal.end(), [&](const auto& wanted) {
      return shown(object.if_contains(wanted.first)) == wanted.second;
    });
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
      items.push_back(std::move(objects[i]));
    }
    return items;
  }
};

Task<json::value> Archive::get(std::string path) {
  const std::string target = "/" + path;  // `url` is a view of it
  const auto url = boost::urls::parse_origin_form(target);
  if (!url || url->segments().empty()) co_return rejected("not a path of the data API: '" + path + "'");
  Parts parts;
  for (const std::string& part : url->segments())
    parts.push_back(part);
  const Query query = Query::of(*url);
  const std::string& first = parts.front();
  const std::string second = parts.size() > 1 ? parts[1] : "";
  if (first == "builders") co_return co_await builders(parts, query);
  if (first == "builds" && parts.size() == 1) co_return co_await builds(std::nullopt, query);
  if (first == "builds" && number_of(second)) {
    store::BuildsQuery which;
    const std::int64_t id = *number_of(second);
    (id < first_own_id ? which.posted_id : which.row) = id < first_own_id ? id : id - first_own_id;
    const Parts rest(parts.begin() + 2, parts.end());
    co_return co_await of_build(std::move(which), rest);
  }
  if (first == "buildrequests" && parts.size() == 1) co_return co_await requests(query);
  if (first == "buildrequests" && parts.size() == 2)
    co_return co_await recent_part("buildrequest", "buildrequestid", second);
  if (first == "buildrequests" && parts.size() == 3 && parts[2] == "builds") {
    Query of_request = query;
    of_request.equal.emplace_back("buildrequestid", second);
    co_return co_await builds(std::nullopt, std::move(of_request));
  }
  if (parts.size() == 2 && first == "buildsets") co_return co_await recent_part("buildset", "bsid", second);
  if (parts.size() == 3 && first == "steps" && parts[2] == "logs") co_return log_list(second);
  if (parts.size() == 3 && first == "logs" && parts[2] == "contents") co_return log_contents(second);
  if (parts.size() == 1 && first == "workers") co_return co_await workers();
  for (const std::string_view none : {"changes", "schedulers", "forceschedulers"}) {
    if (parts.size() == 1 && first == none) co_return document(none, json::array());
  }
  co_return rejected("builds were posted by '" + name() + "', which cannot be asked for " + path);
}

Task<json::value> Archive::builders(const Parts& parts, const Query& query) {
  auto names = co_await store_->builders(name());
  if (!names) co_return tl::unexpected<Failure>(names.error());
  if (parts.size() == 1) {
    std::vector<json::object> found;
    for (const std::string& one : *names) {
      store::BuildsQuery latest;
      latest.builder = one;
      latest.limit = 1;
      const auto builds = co_await store_->builds(name(), std::move(latest));
      if (!builds) co_return tl::unexpected<Failure>(builds.error());
      const json::array* tags =
          builds->empty() ? nullptr : array_at(builds->front().event.body, "builder.tags");
      found.push_back(builder_object(one, tags));
    }
    co_return document("builders", query.apply(std::move(found)));
  }
  const auto meant = co_await builder_named(parts[1]);
  if (!meant) co_return tl::unexpected<Failure>(meant.error());
  if (meant->empty()) co_return rejected("'" + name() + "' has told of no builder '" + parts[1] + "'");
  if (parts.size() == 2) co_return document("builders", builder_object(*meant, nullptr));
  if (parts[2] != "builds") co_return rejected("posted builders have no " + parts[2]);
  if (parts.size() == 3) co_return co_await builds(*meant, query);
  store::BuildsQuery which;
  which.builder = *meant;
  which.number = number_of(parts[3]);
  if (!which.number) co_return rejected("'" + parts[3] + "' is no build number");
  const Parts rest(parts.begin() + 4, parts.end());
  co_return co_await of_build(std::move(which), rest);
}

Task<std::string> Archive::builder_named(std::string text) {
  const auto names = co_await store_->builders(name());
  if (!names) co_return tl::unexpected<Failure>(names.error());
  const auto at = std::find_if(names->begin(), names->end(), [&](const std::string& one) {
    return one == text || std::to_string(builder_id(one)) == text;
  });
  if (at != names->end()) co_return *at;
  if (!number_of(text)) co_return std::string();
  const auto events = co_await store_->builds(name(), {});
  if (!events) co_return tl::unexpected<Failure>(events.error());
  for (const store::KnownBuild& one : *events) {
    if (shown(find(one.event.body, "builderid")) == text)
      co_return std::string(string_at(one.event.body, "builder.name").value_or(""));
  }
  co_return std::string();
}

Task<json::value> Archive::requests(const Query& query) {
  auto events = co_await store_->builds(name(), {});
  if (!events) co_return tl::unexpected<Failure>(events.error());
  std::vector<json::object> found;
  std::set<std::string> seen;
  for (const store::KnownBuild& one : newest_of_each(std::move(*events))) {
    json::object request = request_object(one.event.body);
    if (seen.insert(shown(request.if_contains("buildrequestid"))).second) found.push_back(std::move(request));
  }
  co_return document("buildrequests", query.apply(std::move(found)));
}

Task<json::value> Archive::builds(std::optional<std::string> builder, Query query) {
  for (auto& [field, value] : query.equal) {
    if (field != "builderid") continue;
    const auto meant = co_await builder_named(value);
    if (!meant) co_return tl::unexpected<Failure>(meant.error());
    if (!meant->empty()) value = std::to_string(builder_id(*meant));
  }
  store::BuildsQuery which;
  which.builder = std::move(builder);
  auto events = co_await store_->builds(name(), std::move(which));
  if (!events) co_return tl::unexpected<Failure>(events.error());
  std::vector<json::object> found;
  std::set<std::int64_t> ids;
  for (const store::KnownBuild& one : newest_of_each(std::move(*events))) {
    const std::int64_t id = build_id(one);
    found.push_back(build_object(one, ids.insert(id).second ? id : first_own_id + one.row));
    found.back()[row_member] = one.row;
  }
  co_return document("builds", query.apply(std::move(found)));
}

Task<json::value> Archive::of_build(store::BuildsQuery which, const Parts& rest) {
  const auto posted_id = which.posted_id;
  auto events = co_await store_->builds(name(), std::move(which));
  if (!events) co_return tl::unexpected<Failure>(events.error());
  // The sender may have given a key that says something else than the build's id.
  const auto is_another = [&](const store::KnownBuild& one) { return build_id(one) != *posted_id; };
  if (posted_id) std::erase_if(*events, is_another);
  if (posted_id && events->empty()) {
    events = co_await store_->builds(name(), {});
    if (!events) co_return tl::unexpected<Failure>(events.error());
    std::erase_if(*events, is_another);
  }
  const auto known = newest_of_each(std::move(*events));
  if (known.empty()) co_return rejected("'" + name() + "' has told of no such build");
  const json::object& body = known.front().event.body;
  if (rest.empty()) co_return document("builds", build_object(known.front(), build_id(known.front())));
  if (rest.front() == "steps") co_return document("steps", remember_steps(body));
  if (rest.front() == "properties") {
    const json::object* properties = object_at(body, "properties");
    co_return document("properties", properties != nullptr ? *properties : json::object());
  }
  if (rest.front() == "changes") {
    const json::array* changes = array_at(body, "changes");
    co_return document("changes", changes != nullptr ? *changes : json::array());
  }
  co_return rejected("posted builds have no " + rest.front());
}

Task<json::value> Archive::recent_part(std::string part, std::string id_name, std::string id) {
  auto events = co_await store_->builds(name(), {});
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
Task<json::value> Archive::workers() {
  auto names = co_await store_->builders(name());
  if (!names) co_return tl::unexpected<Failure>(names.error());
  json::array configured;
  for (const std::string& one : *names)
    configured.push_back(json::object{{"builderid", builder_id(one)}, {"masterid", 1}});
  if (configured.empty()) co_return document("workers", json::array());
  co_return document("workers", json::object{{"workerid", 1},
                                             {"name", poster},
                                             {"connected_to", json::array{json::object{{"masterid", 1}}}},
                                             {"configured_on", std::move(configured)}});
}

json::array Archive::remember_steps(const json::object& body) {
  json::array steps;
  const json::array* told = array_at(body, "steps");
  if (told == nullptr) return steps;
  if (logs_.size() + logs_of_step_.size() > max_remembered) {
    logs_.clear();
    logs_of_step_.clear();
  }
  const std::string build =
      std::string(string_at(body, "builder.name").value_or("")) + "/" + shown(find(body, "number")) + "/";
  for (std::size_t i = 0; i < told->size(); ++i) {
    const json::object* of = (*told)[i].if_object();
    if (of == nullptr) continue;
    json::object step = *of;
    step.erase("logs");
    // Ids of our own: those that were posted need not be unique.
    const std::int64_t id = builder_id(build + std::to_string(i));
    step["stepid"] = id;
    json::array logs;
    const json::array* own = array_at(*of, "logs");
    for (std::size_t j = 0; own != nullptr && j < own->size(); ++j) {
      const json::object* log = (*own)[j].if_object();
      if (log == nullptr) continue;
      const std::int64_t log_id = builder_id(build + std::to_string(i) + "/" + std::to_string(j));
      json::object listed = *log;
      listed.erase("content");
      listed["logid"] = log_id;
      listed["stepid"] = id;
      logs.push_back(std::move(listed));
      const json::object* content = object_at(*log, "content");
      const std::string text(content != nullptr ? string_at(*content, "content").value_or("") : "");
      logs_[std::to_string(log_id)] = {{"logid", log_id}, {"firstline", 0}, {"content", text}};
    }
    logs_of_step_[std::to_string(id)] = std::move(logs);
    steps.push_back(std::move(step));
  }
  return steps;
}

json::value Archive::log_list(const std::string& step) const {
  const auto at = logs_of_step_.find(step);
  return document("logs", at != logs_of_step_.end() ? at->second : json::array());
}

json::value Archive::log_contents(const std::string& log) const {
  const auto at = logs_.find(log);
  if (at == logs_.end()) return document("logchunks", json::array());
  return document("logchunks", at->second);
}

}  // namespace carillon::app
