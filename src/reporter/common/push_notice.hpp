// What the notifiers that push short messages (Pushover, Pushjet, Slack) share beside notice.hpp.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reporter/common/notice.hpp"

namespace carillon::reporter {

// Mode -> urgency, as in `priorities` and `levels`.
using Levels = std::map<std::string, std::int64_t, std::less<>>;

// The argument's dictionary, checked: keys are modes of the manual, "cancelled" and "worker_missing"; values
// are integers of min..max. Throws settings::ConfigError.
Levels read_levels(const settings::Arguments& args, std::string_view argument, std::int64_t min,
                   std::int64_t max);

// The level of the mode that chose the report (notice_mode()). A "change" or "problem" without a level of its
// own counts as what the build's results stand for, as in Buildbot. nullopt: no level is given.
std::optional<std::int64_t> level_of(const Levels& levels, const NoticeSettings& settings,
                                     const Details& details, std::optional<Results> results);

// Key, lane, summary and note of the one delivery of a report; no target and no payload. Deliveries about one
// builder go out in order.
Delivery notice_delivery(std::string_view service, const Details& details, const Notice& notice);

// Puts the arguments before `watchedWorkers`: there Buildbot has those of the service itself.
void insert_own_arguments(settings::Schema& schema, std::vector<settings::Argument> own);

// application/x-www-form-urlencoded.
std::string form_encode(const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace carillon::reporter
