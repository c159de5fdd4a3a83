#include "source/hook/shape.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace carillon::source::hook {
namespace {

constexpr Millis longest_duration = Millis{10} * 366 * 24 * 3600 * 1000;

Granularity granularity_of(const settings::Arguments& args) {
  const std::string text = args.string("builds");
  if (text == "run") return Granularity::run;
  if (text == "job") return Granularity::job;
  if (text == "both") return Granularity::both;
  args.fail("builds", "must be 'run', 'job' or 'both', not '" + text + "'");
}

// "%(repo)s" and the like; a '%' by itself is '%%'.
void check_pattern(const settings::Arguments& args, const std::string& pattern) {
  if (expand(pattern, {}, nullptr)) return;
  args.fail("builder",
            "may hold %(repo)s, %(workflow)s and %(job)s, and %% for a percent sign; found: " + pattern);
}

std::map<std::string, std::string, std::less<>> people_of(const settings::Arguments& args) {
  std::map<std::string, std::string, std::less<>> people;
  if (!args.given("people")) return people;
  const auto* given = args.at("people").as<settings::Dict>();
  for (std::size_t i = 0; given != nullptr && i < given->keys.size(); ++i) {
    const auto* login = given->keys[i].as<std::string>();
    const auto* mail = given->values[i].as<std::string>();
    if (login == nullptr || mail == nullptr || mail->find('@') == std::string::npos)
      args.fail("people", "must hold logins and addresses: {'octocat': 'octo@example.org'}");
    people.emplace(*login, *mail);
  }
  return people;
}

}  // namespace

void add_shape_arguments(settings::Schema& schema) {
  using settings::Type;
  using settings::Value;
  const std::vector<settings::Argument> shared = {
      {.name = "builds",
       .types = {Type::string},
       .fallback = Value{std::string("run")},
       .doc = "'run': a pipeline is one build, its jobs are steps; 'job': each job is one; 'both'"},
      {.name = "builder",
       .types = {Type::string, Type::callable},
       .doc = "names of builders, or a function of a dictionary (repo, workflow, job, branch, ...); default: "
              "'%(repo)s/%(workflow)s', of jobs with '/%(job)s' behind it"},
      {.name = "tags", .types = {Type::strings}, .doc = "what builders are tagged with, too"},
      {.name = "max_age",
       .types = {Type::string, Type::integer},
       .fallback = Value{std::string("3d")},
       .doc = "what ended longer ago when it is first heard of is not reported: '3d', '12h', seconds"},
      {.name = "forks",
       .types = {Type::string},
       .fallback = Value{std::string("names")},
       .doc = "'names': no mail goes to addresses out of a fork's commits; 'trust': they count"},
      {.name = "people",
       .types = {Type::dict},
       .doc = "addresses of logins: {'octocat': 'octo@example.org'}"},
  };
  schema.arguments.insert(schema.arguments.end(), shared.begin(), shared.end());
}

std::optional<Millis> duration_of(std::string_view text) {
  text = trim(text);
  Millis unit = 1000;
  if (!text.empty()) {
    constexpr std::string_view units = "smhdw";
    constexpr Millis in_millis[] = {1000, 60'000, 3'600'000, 86'400'000, 604'800'000};
    if (const auto at = units.find(text.back()); at != std::string_view::npos) {
      unit = in_millis[at];
      text.remove_suffix(1);
    }
  }
  if (!is_digits(text) || text.size() > 12) return std::nullopt;
  Millis count = 0;
  for (const char c : text)
    count = count * 10 + (c - '0');
  if (count == 0 || count > longest_duration / unit) return std::nullopt;
  return count * unit;
}

Millis duration_of(const settings::Arguments& args, std::string_view argument) {
  const auto* number = args.at(argument).as<std::int64_t>();
  const auto duration = duration_of(number != nullptr ? std::to_string(*number) : args.string(argument));
  if (!duration) args.fail(argument, "must be a duration: '90s', '5m', '2h', '3d', '1w', or seconds");
  return *duration;
}

std::chrono::seconds interval_of(const settings::Arguments& args, std::string_view argument,
                                 std::chrono::seconds least) {
  const auto interval = std::chrono::seconds(duration_of(args, argument) / 1000);
  if (interval < least) args.fail(argument, "must be " + std::to_string(least.count()) + " seconds or more");
  return interval;
}

Shape Shape::from(const settings::Arguments& args, std::string ci) {
  Shape shape;
  shape.source = args.name().empty() ? ci : args.name();
  shape.ci = std::move(ci);
  if (key_part(shape.source) != shape.source)
    args.fail("name", "is part of an address here: letters, digits, '.', '_' and '-' only");
  shape.builds = granularity_of(args);
  if (const auto* function = args.at("builder").as<settings::ObjectPtr>(); function != nullptr && *function) {
    shape.name_builder = *function;
  } else {
    shape.builder = args.optional_string("builder").value_or("");
    check_pattern(args, shape.builder);
  }
  shape.tags = args.strings("tags").value_or(std::vector<std::string>());
  shape.max_age = duration_of(args, "max_age");
  const std::string forks = args.string("forks");
  if (forks != "names" && forks != "trust")
    args.fail("forks", "must be 'names' or 'trust', not '" + forks + "'");
  shape.trusts_forks = forks == "trust";
  shape.people = people_of(args);
  return shape;
}

}  // namespace carillon::source::hook
