// Jenkins' builds as the hooks of its plugins say them, as runs. Pure.
//
// Failures of all (rejected): the path of what is missing. An unknown result is an exception, with a note.
#pragma once

#include <string>
#include <string_view>

#include "source/jenkins/run_parts.hpp"

namespace carillon::source::jenkins {

// Of the Notification plugin, and with it of the CloudEvents plugin. phase: "started", "completed",
// "finalized", in small letters.
Result<hook::Run> run_of_notification(const Settings& settings, const std::string& job,
                                      const json::object& body, std::string_view phase, Notes& notes);

// Of the Statistics Gatherer.
Result<hook::Run> run_of_statistics(const Settings& settings, const json::object& body, Notes& notes);

}  // namespace carillon::source::jenkins
