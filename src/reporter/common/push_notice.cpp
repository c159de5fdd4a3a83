#include "reporter/common/push_notice.hpp"

#include <algorithm>
#include <array>

#include "base/encoding.hpp"
#include "settings/nearest.hpp"

namespace carillon::reporter {
namespace {

constexpr std::array<const char*, 8> level_keys = {"change",   "failing",   "passing",   "problem",
                                                   "warnings", "exception", "cancelled", "worker_missing"};

// The mode that results stand for by themselves.
std::string_view plain_mode(Results results) {
  switch (results) {
    case Results::success:
      return "passing";
    case Results::warnings:
      return "warnings";
    case Results::failure:
      return "failing";
    case Results::exception:
      return "exception";
    case Results::cancelled:
      return "cancelled";
    case Results::skipped:
    case Results::retry:
      break;
  }
  return {};
}

}  // namespace

Levels read_levels(const settings::Arguments& args, std::string_view argument, std::int64_t min,
                   std::int64_t max) {
  Levels levels;
  const auto* dict = args.at(argument).as<settings::Dict>();
  if (dict == nullptr) return levels;
  const std::vector<std::string> known(level_keys.begin(), level_keys.end());
  for (std::size_t i = 0; i < dict->keys.size(); ++i) {
    const auto* mode = dict->keys[i].as<std::string>();
    if (mode == nullptr) args.fail(argument, "its keys are modes, not " + describe(dict->keys[i]));
    if (std::ranges::find(known, *mode) == known.end()) {
      const auto meant = settings::nearest(*mode, known);
      args.fail(argument,
                "'" + *mode + "' is not a mode" + (meant ? "; did you mean '" + *meant + "'?" : ""));
    }
    const auto* level = dict->values[i].as<std::int64_t>();
    if (level == nullptr || *level < min || *level > max) {
      args.fail(argument, "the value of '" + *mode + "' must be an integer from " + std::to_string(min) +
                              " to " + std::to_string(max));
    }
    levels[*mode] = *level;
  }
  return levels;
}

std::optional<std::int64_t> level_of(const Levels& levels, const NoticeSettings& settings,
                                     const Details& details, std::optional<Results> results) {
  if (const auto found = levels.find(notice_mode(settings, details)); found != levels.end())
    return found->second;
  if (details.kind == EventKind::worker_missing || !results) return std::nullopt;
  const auto found = levels.find(plain_mode(*results));
  return found != levels.end() ? std::optional(found->second) : std::nullopt;
}

Delivery notice_delivery(std::string_view service, const Details& details, const Notice& notice) {
  Delivery delivery;
  delivery.key = std::string(service) + ":" + details.event_id;
  const bool of_builder = details.kind == EventKind::build_finished && !details.builds.empty();
  delivery.lane =
      of_builder ? details.source + "/" + fold_to_line(valid_utf8(facts_of(details.builds.front()).builder))
                 : details.event_id;
  delivery.summary = notice.summary;
  delivery.note = notice.note;
  return delivery;
}

void insert_own_arguments(settings::Schema& schema, std::vector<settings::Argument> own) {
  const auto at = std::ranges::find(schema.arguments, "watchedWorkers", &settings::Argument::name);
  schema.arguments.insert(at, std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
}

std::string form_encode(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string body;
  for (const auto& [name, value] : fields) {
    body += (body.empty() ? "" : "&") + percent_encode(name) + "=" + percent_encode(value);
  }
  return body;
}

}  // namespace carillon::reporter
