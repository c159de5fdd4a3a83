#include "source/push/normalize.hpp"

#include <cmath>
#include <utility>

#include "base/encoding.hpp"
#include "model/build.hpp"

namespace carillon::source::push {
namespace {

// The member as an object, made when missing or null.
Result<json::object*> object_member(json::object& parent, std::string_view key, std::string_view path) {
  set_default(parent, key, json::object());
  json::value& value = parent[key];
  if (!value.is_object()) return wrong(path, "an object", value);
  return &value.get_object();
}

// Integer epoch seconds out of a number or an ISO-like string is more than Buildbot ever sends: numbers only.
Result<void> normalize_time(json::object& build, std::string_view key) {
  set_default(build, key, nullptr);
  json::value& value = build[key];
  if (value.is_null() || value.is_int64()) return ok();
  if (const double* seconds = value.if_double(); seconds != nullptr && std::abs(*seconds) < 1e15) {
    value = static_cast<std::int64_t>(*seconds);
    return ok();
  }
  if (value.is_number()) return rejected(std::string(key) + ": is too large for seconds since the epoch");
  return wrong(key, "seconds since the epoch", value);
}

}  // namespace

void set_default(json::object& object, std::string_view key, json::value value) {
  json::value* present = object.if_contains(key);
  if (present == nullptr) {
    object.emplace(key, std::move(value));
  } else if (present->is_null() && !value.is_null()) {
    *present = std::move(value);
  }
}

tl::unexpected<Failure> wrong(std::string_view path, std::string_view expected, const json::value& got) {
  return rejected(std::string(path) + ": must be " + std::string(expected) + ", not " +
                  std::string(kind_name(got)));
}

tl::unexpected<Failure> no_whole_number(std::string_view path, const json::value& got) {
  const double* number = got.if_double();
  const bool too_large = got.is_uint64() || (number != nullptr && std::trunc(*number) == *number);
  if (number != nullptr && !too_large)
    return rejected(std::string(path) + ": must be a whole number, not a fraction");
  if (!too_large) return wrong(path, "a whole number", got);
  return rejected(std::string(path) + ": must be a whole number of at most 9223372036854775807, in digits");
}

Result<void> check_array(json::object& parent, std::string_view key, std::string_view path) {
  set_default(parent, key, json::array());
  if (!parent[key].is_array()) return wrong(path, "a list", parent[key]);
  return ok();
}

// Names stand in every row of a list; texts are cut there, names cannot be.
Result<void> check_length(std::string_view name, const std::string& place) {
  constexpr std::size_t longest = 20'000;
  if (name.size() <= longest) return ok();
  return rejected(place + ": has " + std::to_string(name.size()) + " bytes, and " + std::to_string(longest) +
                  " are the most that a name may have");
}

Result<void> normalize_results(json::object& build) {
  json::value* results = build.if_contains("results");
  if (results == nullptr || results->is_null()) {
    build["results"] = nullptr;
    return ok();
  }
  const auto number = BuildView(build).results();
  if (!number || !results_from(*number)) {
    return rejected("results: must be a number from 0 (success) to 6 (cancelled), or null");
  }
  *results = *number;
  return ok();
}

Result<void> normalize_sourcestamps(json::object& buildset) {
  if (auto checked = check_array(buildset, "sourcestamps", "buildset.sourcestamps"); !checked) return checked;
  std::size_t index = 0;
  for (json::value& item : buildset["sourcestamps"].get_array()) {
    const std::string path = "buildset.sourcestamps[" + std::to_string(index++) + "]";
    if (!item.is_object()) return wrong(path, "an object", item);
    for (const char* text : {"branch", "revision", "patch"})
      set_default(item.get_object(), text, nullptr);
    for (const char* text : {"project", "repository", "codebase"})
      set_default(item.get_object(), text, "");
  }
  return ok();
}

// A log's content may be posted as a text; the data API has an object.
void normalize_logs(json::object& build) {
  for (json::value& step : build["steps"].get_array()) {
    json::value* logs = step.is_object() ? step.get_object().if_contains("logs") : nullptr;
    if (logs == nullptr || !logs->is_array()) continue;
    for (json::value& item : logs->get_array()) {
      json::object* log = item.if_object();
      json::value* content = log != nullptr ? log->if_contains("content") : nullptr;
      if (content == nullptr || !content->is_string()) continue;
      json::object made;
      made["firstline"] = 0;
      if (const json::value* logid = log->if_contains("logid")) made["logid"] = *logid;
      made["content"] = std::move(*content);
      log->at("content") = std::move(made);
    }
  }
}

Result<void> normalize_build(json::object& build, const BuildPages& pages) {
  auto builder = object_member(build, "builder", "builder");
  if (!builder) return failed(builder);
  const auto given_name = string_at(**builder, "name");
  if (!given_name) {
    if (const json::value* given = (*builder)->if_contains("name"))
      return wrong("builder.name", "a string", *given);
    return rejected("builder.name: missing");
  }
  const std::string name(*given_name);  // a copy: the object moves its members as it grows
  if (trim(name).empty()) return rejected("builder.name: empty");
  if (auto checked = check_length(name, "builder.name"); !checked) return checked;
  if (auto checked = check_array(**builder, "tags", "builder.tags"); !checked) return checked;
  set_default(**builder, "description", nullptr);
  const json::value* number = build.if_contains("number");
  if (number == nullptr) return rejected("number: missing");
  if (!BuildView(build).number()) return no_whole_number("number", *number);
  if (*BuildView(build).number() < 0) return rejected("number: must not be negative");
  if (auto normal = normalize_results(build); !normal) return normal;
  if (json::value* complete = build.if_contains("complete"); complete == nullptr || complete->is_null()) {
    build["complete"] = !build.at("results").is_null();
  } else if (!complete->is_bool()) {
    return wrong("complete", "a boolean", *complete);
  }
  if (build.at("complete").as_bool() && build.at("results").is_null()) {
    return rejected("results: missing, and the build is complete");
  }
  for (const char* time : {"started_at", "complete_at"}) {
    if (auto normal = normalize_time(build, time); !normal) return normal;
  }
  set_default(build, "state_string", "");
  auto properties = object_member(build, "properties", "properties");
  if (!properties) return failed(properties);
  auto request = object_member(build, "buildrequest", "buildrequest");
  if (!request) return failed(request);
  auto buildset = object_member(build, "buildset", "buildset");
  if (!buildset) return failed(buildset);
  if (auto normal = normalize_sourcestamps(**buildset); !normal) return normal;
  if (auto checked = check_length(facts_of(build).branch, "branch"); !checked) return checked;
  if (auto checked = check_array(build, "steps", "steps"); !checked) return checked;
  normalize_logs(build);
  if (auto checked = check_array(build, "changes", "changes"); !checked) return checked;
  if (const json::value* url = build.if_contains("url"); url == nullptr || url->is_null())
    build["url"] = pages.of(name, *BuildView(build).number());
  if (!build.at("url").is_string()) return wrong("url", "a string", build.at("url"));
  return ok();
}

}  // namespace carillon::source::push
