#include "source/jenkins/job_list.hpp"

#include "source/hook/moments.hpp"
#include "source/jenkins/build_name.hpp"

namespace carillon::source::jenkins {
namespace {

constexpr int levels = 4;

bool is_true(const json::object& object, std::string_view path) {
  const json::value* value = find(object, path);
  return value != nullptr && value->is_bool() && value->get_bool();
}

// How many there are in the list.
std::size_t read_level(const json::object& page, JobList& list, int level) {
  const auto jobs = objects_at(page, "jobs");
  for (const json::object* job : jobs) {
    const std::string name = text_at(*job, "fullName");
    if (!is_job(name)) continue;
    if (const auto last = integer_at(*job, "lastBuild.number"))
      list.jobs.push_back({name, *last, is_true(*job, "lastBuild.building"),
                           hook::moment_at(*job, "lastBuild.timestamp").value_or(0)});
    if (level < levels && read_level(*job, list, level + 1) >= jobs_in_a_page)
      list.more.push_back({name, jobs_in_a_page});
  }
  return jobs.size();
}

}  // namespace

std::string jobs_tree(std::size_t from) {
  std::string tree;
  for (int level = levels; level >= 1; --level) {
    const std::size_t first = level == 1 ? from : 0;
    tree = "jobs[fullName,url,color,lastBuild[number,building,timestamp]" + (tree.empty() ? "" : "," + tree) +
           "]{" + std::to_string(first) + "," + std::to_string(first + jobs_in_a_page) + "}";
  }
  return tree;
}

void read_jobs(const json::object& page, const std::string& folder, std::size_t from, JobList& list) {
  if (read_level(page, list, 1) >= jobs_in_a_page) list.more.push_back({folder, from + jobs_in_a_page});
}

bool is_made_again(const ListedJob& job, const KnownJob& known) {
  return job.last < known.last || (job.last == known.last && job.began != known.began);
}

bool has_news(const ListedJob& job, const KnownJob* known, std::int64_t since) {
  if (known == nullptr) return job.building || job.began >= since;
  return job.last != known->last || job.began != known->began || job.building != known->building ||
         !known->running.empty();
}

bool is_news(const hook::Run& run, const KnownJob* known, std::int64_t since) {
  if (run.state.phase != hook::Phase::ended) return true;
  if (known != nullptr) return run.number > known->last || known->running.contains(run.number);
  return run.started.value_or(since) >= since || run.ended.value_or(since) >= since;
}

}  // namespace carillon::source::jenkins
