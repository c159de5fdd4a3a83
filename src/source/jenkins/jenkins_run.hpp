// Jenkins' builds as its API says them, as runs. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "source/hook/run.hpp"
#include "source/jenkins/run_parts.hpp"

namespace carillon::source::jenkins {

// A build with build_fields. Failure (rejected): the path of what is missing. An unknown result is an
// exception, with a note.
Result<hook::Run> run_of_build(const Settings& settings, const std::string& job, const json::object& build,
                               Notes& notes);

// What to ask of a build: the value of tree=.
inline constexpr std::string_view build_fields =
    "number,building,result,timestamp,duration,queueId,url,displayName,"
    "actions[causes[shortDescription,userId],parameters[name,value],"
    "lastBuiltRevision[SHA1,branch[name]],remoteUrls,failCount,skipCount,totalCount],"
    "changeSets[items[commitId,msg,timestamp,author[fullName],authorEmail]],"
    "changeSet[items[commitId,msg,timestamp,author[fullName],authorEmail]],culprits[fullName]";

// What is missing in a run that a hook told of, out of the same as the API says it.
void fill_in(hook::Run& run, const hook::Run& known);
// Gives a build whose hook does not say its place in the queue the name that looks give it.
void rename(hook::Run& run, const hook::Run& known);

// The tests in a `testReport` that failed: "org.example.AppTest.opens".
std::vector<std::string> failed_tests(const json::object& report);

}  // namespace carillon::source::jenkins
