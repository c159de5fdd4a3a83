// What the build statuses of Bitbucket Cloud and Bitbucket Server have in common. Pure.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "message/formatter.hpp"
#include "reporter/common/progress.hpp"

namespace carillon::reporter::bitbucket {

using States = std::array<const char*, 7>;  // by Results

// INPROGRESS until the build has ended.
const char* state_of(const States& states, const Progress& progress);

// The build's page, which each status must have; the start page of the master, with a note, where the build
// has none or one longer than max_chars. Both services want an absolute URL.
std::string link_of(const json::object& build, const message::Site& site, std::size_t max_chars,
                    std::vector<std::string>& notes);

}  // namespace carillon::reporter::bitbucket
