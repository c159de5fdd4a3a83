// Buildkite's objects as runs and jobs; hooks and API have them alike. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "source/hook/run.hpp"

namespace carillon::source::buildkite {

// A build of a pipeline. keep: names of meta-data and of the environment that become properties. Failure
// (rejected): the path of what is missing, from the objects' names on. An unknown state of what has ended is
// an exception, with a note.
Result<hook::Run> run_of(const json::object& build, const json::object& pipeline,
                         const std::vector<std::string>& keep, std::vector<std::string>& notes);

// A job of a build. nullopt: it runs no command, or was tried again. Failure: likewise.
Result<std::optional<hook::Job>> job_of(const json::object& job, std::vector<std::string>& notes);
// The same as a build of its own.
hook::Run alone_of(const hook::Job& job, hook::Run of);

// "git@github.com:acme/app.git", "ssh://git@github.com/acme/app" as "https://github.com/acme/app.git"; empty
// where it is none of these and not https.
std::string https_of(std::string_view repository);

}  // namespace carillon::source::buildkite
