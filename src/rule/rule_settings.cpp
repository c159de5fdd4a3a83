// Rules out of the arguments of a reporter.
#include "rule/rule.hpp"

namespace carillon::rule {
namespace {

using settings::Arguments;
using settings::Value;

std::string known_modes() {
  std::string text;
  for (const std::string& word : Modes::all().names())
    text += (text.empty() ? "" : ", ") + word;
  return text;
}

Mode parse_mode(const Arguments& args, const std::string& word) {
  if (word == "all") args.fail("mode", "'all' is a shortcut and stands alone, not in a list");
  const auto mode = Modes::parse(word);
  if (!mode)
    args.fail("mode", "'" + word + "' is not a mode; the modes are " + known_modes() +
                          ", and the shortcuts 'all' and 'warnings'");
  return *mode;
}

Modes parse_modes(const Arguments& args) {
  Modes modes;
  const Value& value = args.at("mode");
  if (const auto* word = value.as<std::string>()) {
    if (*word == "all") return Modes::all();
    if (*word == "warnings") {
      modes.add(Mode::warnings);
      modes.add(Mode::failing);
      return modes;
    }
    modes.add(parse_mode(args, *word));
    return modes;
  }
  const auto words = args.strings("mode");
  if (!words || words->empty()) args.fail("mode", "no mode is given, so nothing would ever be reported");
  for (const std::string& word : *words)
    modes.add(parse_mode(args, word));
  return modes;
}

std::optional<std::set<std::string>> string_set(const Arguments& args, std::string_view name) {
  if (!args.has(name)) return std::nullopt;
  const auto list = args.strings(name);
  if (!list) return std::nullopt;
  return std::set<std::string>(list->begin(), list->end());
}

// None stands for builds of no branch, whose branch is empty here.
std::optional<std::set<std::string>> branch_set(const Arguments& args) {
  if (!args.has("branches") || !args.given("branches")) return std::nullopt;
  std::set<std::string> branches;
  for (const Value& item : *args.at("branches").as<settings::List>()) {
    const auto* branch = item.as<std::string>();
    if (branch == nullptr && !item.is_none())
      args.fail("branches", "must hold strings, or None for builds of no branch, not " + describe(item));
    branches.insert(branch != nullptr ? *branch : std::string());
  }
  return branches;
}

Filter parse_filter(const Arguments& args) {
  Filter filter;
  filter.builders = string_set(args, "builders");
  filter.tags = string_set(args, "tags");
  filter.schedulers = string_set(args, "schedulers");
  filter.branches = branch_set(args);
  if (filter.builders && filter.tags) args.fail("tags", "give either builders or tags, not both");
  return filter;
}

WatchedWorkers parse_workers(const Arguments& args) {
  WatchedWorkers workers;
  const Value& value = args.at("watchedWorkers");
  if (const auto* word = value.as<std::string>()) {
    if (*word != "all") args.fail("watchedWorkers", "must be 'all', None or a list of worker names");
    workers.all = true;
  } else if (const auto names = args.strings("watchedWorkers")) {
    workers.names.insert(names->begin(), names->end());
  }
  return workers;
}

Previous parse_previous(const Arguments& args) {
  const std::string word = args.string("previous");
  if (word == "builder") return Previous::builder;
  if (word == "branch") return Previous::branch;
  args.fail("previous", "must be 'builder' or 'branch', not '" + word + "'");
}

std::optional<std::set<std::string>> set_at(const json::object& object, std::string_view name) {
  const json::array* list = array_at(object, name);
  if (list == nullptr) return std::nullopt;
  std::set<std::string> found;
  for (const json::value& item : *list) {
    if (item.is_string()) found.emplace(item.get_string());
    if (item.is_null()) found.emplace();  // a build of no branch
  }
  return found;
}

bool flag_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

}  // namespace

Rule generator_rule(const Arguments& args, Rule otherwise) {
  if (!args.has("generators") || !args.given("generators")) return otherwise;
  const json::value given = settings::to_json(args.at("generators"));
  const json::array* parts = given.if_array();
  const json::object* facts = parts != nullptr && !parts->empty() ? parts->front().if_object() : nullptr;
  if (facts == nullptr) args.fail("generators", "must be a list of generators, such as BuildStatusGenerator");
  Rule rule;
  rule.workers.notify_needed = otherwise.workers.notify_needed;
  rule.generator = std::string(string_at(*facts, "generator").value_or(""));
  rule.started = flag_at(*facts, "started");
  rule.waiting = flag_at(*facts, "waiting");
  rule.every_finished = flag_at(*facts, "every_finished");
  rule.build_set_summary = flag_at(*facts, "buildsets");
  rule.summary_of_all = flag_at(*facts, "summary_of_all");
  for (const std::string& word : set_at(*facts, "mode").value_or(std::set<std::string>()))
    rule.modes.add(parse_mode(args, word));
  rule.filter.builders = set_at(*facts, "builders");
  rule.filter.tags = set_at(*facts, "tags");
  rule.filter.schedulers = set_at(*facts, "schedulers");
  rule.filter.branches = set_at(*facts, "branches");
  rule.workers.all = flag_at(*facts, "all_workers");
  rule.workers.names = set_at(*facts, "workers").value_or(std::set<std::string>());
  return rule;
}

Rule notifier_rule(const Arguments& args) {
  Rule rule;
  rule.modes = parse_modes(args);
  rule.filter = parse_filter(args);
  rule.build_set_summary = args.has("buildSetSummary") && args.boolean("buildSetSummary");
  if (args.has("watchedWorkers")) rule.workers = parse_workers(args);
  if (args.has("previous")) rule.previous = parse_previous(args);
  return rule;
}

Rule status_push_rule(const Arguments& args) {
  Rule rule;
  rule.started = true;
  rule.every_finished = true;
  rule.waiting = args.has("pendingDescription") && args.given("pendingDescription");
  rule.filter = parse_filter(args);
  return rule;
}

}  // namespace carillon::rule
