// Why nothing is sent, for the ledger and `carillon explain`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reporter/reporter.hpp"

namespace carillon::reporter {

// The delivery that says so. details: about at least one build. service: begins the key ("github-comment").
Delivery skipped_delivery(std::string_view service, const Details& details, std::string target,
                          std::string why);

// The same as all there is to a report. None for one that is worded without the configuration's code: with it
// somebody might be told, so the pipeline keeps it.
std::vector<Delivery> nothing_to_send(std::string_view service, const Details& details, std::string target,
                                      std::string why);

}  // namespace carillon::reporter
