// Jenkins' list of jobs, and which of them have news. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "source/hook/run.hpp"

namespace carillon::source::jenkins {

// So many of a folder are listed at once.
inline constexpr std::size_t jobs_in_a_page = 500;

// The value of tree= that lists jobs, and those in folders to the depth of four.
std::string jobs_tree(std::size_t from);

// A job with its last build.
struct ListedJob {
  std::string job;
  std::int64_t last = 0;
  bool building = false;
  // Seconds.
  std::int64_t began = 0;
};

// What a page of the list says.
struct JobList {
  // Those that have a build.
  std::vector<ListedJob> jobs;
  // Folders ("": the top) that have more than the page shows, and from where on.
  struct More {
    std::string folder;
    std::size_t from = 0;
  };
  std::vector<More> more;
};

// page: an answer with jobs_tree(from), of a folder; "": the top.
void read_jobs(const json::object& page, const std::string& folder, std::size_t from, JobList& list);

// What is known of a job's builds.
struct KnownJob {
  std::int64_t last = 0;
  bool building = false;
  std::set<std::int64_t> running;
  // When the last one began, in seconds.
  std::int64_t began = 0;
};

// Whether the job was deleted and made again, as far as its last build tells: its numbers begin anew.
bool is_made_again(const ListedJob& job, const KnownJob& known);

// Whether its builds are to be asked for. known: null for a job that is seen for the first time; then what
// began before since (seconds) is no news.
bool has_news(const ListedJob& job, const KnownJob* known, std::int64_t since);

// Whether a build among those of the job is news; likewise.
bool is_news(const hook::Run& run, const KnownJob* known, std::int64_t since);

}  // namespace carillon::source::jenkins
