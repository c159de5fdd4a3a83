#include "source/generic/mapping.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "settings/nearest.hpp"

namespace carillon::source::generic {
namespace {

using settings::Arguments;
using settings::Dict;
using settings::List;
using settings::Value;

constexpr std::array field_names = std::to_array<std::string_view>({
    "id",
    "occurrence",
    "number",
    "attempt",
    "builder",
    "project",
    "pipeline",
    "job",
    "results",
    "state",
    "state_string",
    "url",
    "branch",
    "base_branch",
    "revision",
    "repository",
    "started",
    "ended",
    "submitted",
    "owner",
    "reason",
    "event",
    "worker",
    "author",
    "mail",
    "message",
    "files",
    "pull_request",
    "pull_request_url",
    "head_repository",
    "head_branch",
    "tags",
    "tests.total",
    "tests.passed",
    "tests.failed",
    "tests.skipped",
    "tests.failed_names",
    "properties",
    "steps",
    "when",
});
constexpr std::array step_fields = std::to_array<std::string_view>(
    {"each", "name", "results", "state", "state_string", "started", "ended", "url", "worker"});
// Buildbot's names of the same.
constexpr std::pair<std::string_view, std::string_view> other_names[] = {
    {"builder.name", "builder"},   {"started_at", "started"}, {"complete_at", "ended"},
    {"submitted_at", "submitted"}, {"workername", "worker"},  {"scheduler", "event"},
    {"steps.each", "each"},
};

std::string field_of(std::string_view name) {
  const auto* other =
      std::ranges::find(other_names, name, &std::pair<std::string_view, std::string_view>::first);
  return std::string(other == std::end(other_names) ? name : other->second);
}

class MappingReader {
 public:
  MappingReader(const Arguments& args, Mapping& mapping) : args_(args), mapping_(mapping) {}

  void read() {
    const auto* given = args_.at("mapping").as<Dict>();
    if (given == nullptr || given->keys.empty()) fail("mapping", "", "is empty");
    each_of(*given, "mapping", "",
            [this](const std::string& name, const Value& value) { read_field(name, value); });
    const bool told = mapping_.fields.contains("results") || mapping_.fields.contains("state");
    if (!told) fail("mapping", "", "needs 'results' or 'state': how the build went, or goes");
    if (const auto* results = args_.at("results").as<Dict>()) read_words(*results);
    if (const auto* when = args_.at("when").as<Dict>()) {
      mapping_.when.clear();
      read_when(*when, "when", "");
    }
  }

 private:
  [[noreturn]] void fail(std::string_view argument, const std::string& field, const std::string& why) const {
    args_.fail(argument, field.empty() ? why : "'" + field + "': " + why);
  }

  template <class Each>
  void each_of(const Dict& dict, std::string_view argument, const std::string& field, Each each) const {
    for (std::size_t i = 0; i < dict.keys.size(); ++i) {
      const auto* name = dict.keys[i].as<std::string>();
      if (name == nullptr) fail(argument, field, "must have texts as keys, not " + describe(dict.keys[i]));
      each(*name, dict.values[i]);
    }
  }

  void read_field(const std::string& written, const Value& value) {
    const std::string name = field_of(written);
    if (value.is_none()) return;
    if (name == "tests" && value.as<Dict>() != nullptr) {
      each_of(*value.as<Dict>(), "mapping", written,
              [&](const std::string& member, const Value& way) { read_field("tests." + member, way); });
      return;
    }
    if (std::ranges::find(field_names, name) == field_names.end()) {
      const std::vector<std::string> known(field_names.begin(), field_names.end());
      const auto meant = settings::nearest(name, known);
      fail("mapping", written, "is no field of a build" + (meant ? "; did you mean '" + *meant + "'?" : ""));
    }
    if (name == "when") {
      const auto* when = value.as<Dict>();
      if (when == nullptr) fail("mapping", written, "must be a dictionary of paths and values");
      read_when(*when, "mapping", "when");
    } else if (name == "properties" && value.as<Dict>() != nullptr) {
      each_of(*value.as<Dict>(), "mapping", name, [&](const std::string& property, const Value& way) {
        mapping_.properties[property] = ways_of(way, "properties." + property, true);
      });
    } else if (name == "steps") {
      read_steps(value);
    } else if (name == "results" && with_words(value) != nullptr) {
      const List& pair = *with_words(value);
      mapping_.fields[name] = ways_of(pair[0], written, true);
      read_words(*pair[1].as<Dict>());
    } else {
      mapping_.fields[name] = ways_of(value, written, true);
    }
  }

  // Of ("$.status", {"error": "failure"}): the pair.
  static const List* with_words(const Value& value) {
    const auto* pair = value.as<List>();
    return pair != nullptr && pair->size() == 2 && (*pair)[1].as<Dict>() != nullptr ? pair : nullptr;
  }

  void read_steps(const Value& value) {
    const auto* given = value.as<Dict>();
    if (given == nullptr)
      fail("mapping", "steps", "must be a dictionary: {'each': '$.jobs[*]', 'name': '$.name'}");
    each_of(*given, "mapping", "steps", [&](const std::string& written, const Value& way) {
      const std::string name = field_of(written);
      const std::string place = "steps." + written;
      if (std::ranges::find(step_fields, name) == step_fields.end())
        fail("mapping", place, "is no field of a step");
      std::vector<Way> ways = ways_of(way, place, false);
      if (name != "each") {
        mapping_.step[name] = std::move(ways);
        return;
      }
      const auto* path = std::get_if<Path>(&ways.front());
      if (path == nullptr) fail("mapping", place, "must be a path like '$.jobs[*]'");
      mapping_.each_step = *path;
    });
    if (!mapping_.each_step || !mapping_.step.contains("name"))
      fail("mapping", "steps", "needs 'each' and 'name'");
  }

  std::vector<Way> ways_of(const Value& value, const std::string& field, bool functions) const {
    std::vector<Way> ways;
    if (const auto* list = value.as<List>()) {
      for (const Value& one : *list)
        ways.push_back(way_of(one, field, functions));
      if (ways.empty()) fail("mapping", field, "is an empty list");
    } else {
      ways.push_back(way_of(value, field, functions));
    }
    return ways;
  }

  Way way_of(const Value& value, const std::string& field, bool functions) const {
    if (const auto* object = value.as<settings::ObjectPtr>()) {
      if (!functions || !*object || !(*object)->is(settings::Role::callable))
        fail("mapping", field, "must be a path or a text, not " + describe(value));
      return *object;
    }
    const auto* text = value.as<std::string>();
    if (text == nullptr)
      fail("mapping", field, "must be a path, a text or a function, not " + describe(value));
    if (is_text(*text)) {
      auto made = text_of(*text);
      if (!made) fail("mapping", field, made.error().what);
      return std::move(*made);
    }
    auto path = path_of(*text);
    if (!path) {
      // What is always the same.
      fail("mapping", field,
           path.error().what + ", not '" + *text + "'; a fixed text is written \"{{ '" + *text + "' }}\"" +
               (field_of(field) == "builder" ? ", or as builder='" + *text + "' beside the mapping" : ""));
    }
    return std::move(*path);
  }

  void read_when(const Dict& when, std::string_view argument, const std::string& field) {
    each_of(when, argument, field, [&](const std::string& written, const Value& value) {
      Mapping::Condition condition;
      auto path = path_of(written);
      if (!path) fail(argument, field, path.error().what + ", not '" + written + "'");
      condition.path = std::move(*path);
      if (const auto* list = value.as<List>()) {
        for (const Value& one : *list)
          condition.values.push_back(plain(one, argument, written));
      } else {
        condition.values.push_back(plain(value, argument, written));
      }
      mapping_.when.push_back(std::move(condition));
    });
  }

  json::value plain(const Value& value, std::string_view argument, const std::string& field) const {
    json::value made = to_json(value);
    if (value.as<settings::ObjectPtr>() != nullptr || made.is_object() || made.is_array())
      fail(argument, field, "must be a text, a number, True, False or None, or a list of those");
    return made;
  }

  void read_words(const Dict& words) {
    for (std::size_t i = 0; i < words.keys.size(); ++i) {
      const std::string word = scalar_text(to_json(words.keys[i]));
      if (word.empty()) args_.fail("results", "must have words as keys, not " + describe(words.keys[i]));
      mapping_.words[word] = meaning_of(word, words.values[i]);
    }
  }

  hook::State meaning_of(const std::string& word, const Value& value) const {
    if (const auto* number = value.as<std::int64_t>()) {
      const auto results = results_from(*number);
      if (results && *results != Results::retry) return {hook::Phase::ended, *results};
    } else if (const auto* text = value.as<std::string>()) {
      if (const auto state = hook::state_of(*text)) return *state;
    }
    args_.fail("results", "'" + word +
                              "' must be 'success', 'warnings', 'failure', 'skipped', 'exception', "
                              "'cancelled', 'waiting' or 'running'");
  }

  const Arguments& args_;
  Mapping& mapping_;
};

}  // namespace

Mapping Mapping::from(const Arguments& args) {
  Mapping mapping;
  MappingReader(args, mapping).read();
  return mapping;
}

std::optional<hook::State> Mapping::state_of(std::string_view word) const {
  if (const auto known = words.find(word); known != words.end()) return known->second;
  if (const auto state = hook::state_of(word)) return state;
  // Buildbot's numbers.
  if (word.size() != 1 || !is_digits(word)) return std::nullopt;
  const auto results = results_from(word.front() - '0');
  if (!results || *results == Results::retry) return std::nullopt;
  return hook::State{hook::Phase::ended, *results};
}

std::string shown(const Way& way) {
  if (const auto* path = std::get_if<Path>(&way)) return path->text;
  if (const auto* text = std::get_if<Text>(&way)) return text->text;
  return "a function";
}

}  // namespace carillon::source::generic
