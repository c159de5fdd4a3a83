#include "source/heard/posted_objects.hpp"

#include <algorithm>
#include <set>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "model/build.hpp"

namespace carillon::source::heard {

json::value document(std::string_view name, json::array items) {
  const auto total = static_cast<std::int64_t>(items.size());
  return json::object{{name, std::move(items)}, {"meta", json::object{{"total", total}}}};
}

json::value document(std::string_view name, json::value item) {
  json::array items;
  items.push_back(std::move(item));
  return document(name, std::move(items));
}

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

std::string shown(const json::value* value) {
  if (value == nullptr || value->is_null()) return "";
  if (value->is_bool()) return value->get_bool() ? "true" : "false";
  return id_text(*value);
}

std::optional<std::int64_t> posted_number(const json::object& object, std::string_view path) {
  const auto id = integer_at(object, path);
  return id && *id >= 0 && *id < first_own_id ? id : std::nullopt;
}

std::optional<std::int64_t> posted_builder(const json::object& build) {
  for (const char* path : {"builderid", "builder.builderid", "buildrequest.builderid"}) {
    if (const auto id = posted_number(build, path)) return id;
  }
  return std::nullopt;
}
std::int64_t builder_of(const json::object& build) {
  return posted_builder(build).value_or(builder_id(BuildView(build).builder().value_or("")));
}

json::object builder_object(const json::object& build) {
  const json::array* tags = BuildView(build).tags();
  const json::value* description = find(build, "builder.description");
  return {{"builderid", builder_of(build)},
          {"name", BuildView(build).builder().value_or("")},
          {"masterids", json::array{1}},
          {"description", description != nullptr ? *description : json::value(nullptr)},
          {"tags", tags != nullptr ? *tags : json::array()}};
}

std::int64_t build_id(const store::KnownBuild& known) {
  return posted_number(known.event.body, "buildid").value_or(first_own_id + known.row);
}

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
  return BuildView(a.event.body).run() == BuildView(b.event.body).run() &&
         BuildView(a.event.body).builder() == BuildView(b.event.body).builder() &&
         a.event.occurrence == b.event.occurrence;
}

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

std::vector<store::KnownBuild> newest_of_each(std::vector<store::KnownBuild> events) {
  std::vector<store::KnownBuild> builds;
  std::set<std::string> seen;
  for (store::KnownBuild& one : events) {
    const std::string key = std::string(BuildView(one.event.body).builder().value_or("")) + "\n" +
                            shown(find(one.event.body, "number")) + "\n" +
                            std::to_string(BuildView(one.event.body).run().attempt) + "\n" +
                            one.event.occurrence;
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

std::string text_or(json::object& object, const char* name, const std::string& otherwise) {
  if (const auto text = string_at(object, name)) return std::string(*text);
  object[name] = otherwise;
  return otherwise;
}

}  // namespace carillon::source::heard
