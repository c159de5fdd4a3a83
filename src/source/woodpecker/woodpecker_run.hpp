// Woodpecker's objects as runs. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "source/hook/run.hpp"

namespace carillon::source::woodpecker {

// A pipeline, with its workflows where they are told; repository: whose it is. url: of the pages, ends in
// '/'. Failure (rejected): the path of what is missing. An unknown status is an exception, with a note.
Result<hook::Run> run_of(const json::object& pipeline, const json::object& repository, const std::string& url,
                         std::vector<std::string>& notes);

}  // namespace carillon::source::woodpecker
