// How Jenkins' jobs and builds are called. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::source::jenkins {

struct BuildName {
  // "team/app/main".
  std::string job;
  std::int64_t number = 0;
  // Its place in Jenkins' queue, which tells it apart from another build of that number, of a job that was
  // made again; 0: whoever told of it does not say.
  std::int64_t queue = 0;

  friend bool operator==(const BuildName&, const BuildName&) = default;
};

// Whether a job may be called so: nothing else becomes part of an address.
bool is_job(std::string_view path);

// "team/app/main" of "job/team/job/app/job/main/"; each part is decoded once. "": a part of a job, as a
// configuration of a matrix is. nullopt: no job's address.
std::optional<std::string> job_of_address(std::string_view address);

// The inverse, below Jenkins' own address; ends in '/'.
std::string address_of_job(std::string_view job);
std::string address_of_build(const BuildName& build);
// Where the API tells so much (`tree`) of what has that address.
std::string api_address(const std::string& address, std::string_view tree);

// "team%2Fapp%2Fmain-42.1234": Run::id, however the build was heard of; without ".1234" where its place in
// the queue is not known.
std::string id_of(const BuildName& build);
// nullopt: no id of a build.
std::optional<BuildName> build_of_id(std::string_view id);

}  // namespace carillon::source::jenkins
