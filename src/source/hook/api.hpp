// What a CI's API is asked: what hooks leave out, and what they lost.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "source/hook/gaps.hpp"
#include "source/hook/place.hpp"
#include "source/hook/run.hpp"

namespace carillon::source::hook {

// What a list has on its pages.
struct Listed {
  json::array items;
  // Whether there was more than was read.
  bool cut = false;
};

// So many runs of a project a look reads at most; the pages of a list follow from it.
inline constexpr std::int64_t most_in_a_list = 20'000;

// One request at a time. Failures of all functions: unreachable, throttled (the account is to be left alone
// so long), rejected (the token may not ask that).
class Api {
 public:
  virtual ~Api() = default;

  // Runs that may have changed since that moment (seconds), in any order; projects: those that hooks told of.
  // It may yield more than asked.
  virtual Task<std::vector<Run>> changed_since(std::int64_t since, const std::set<std::string>& projects) = 0;

  // The run of that project as it is now; nullopt: there is none any more. id: Run::id.
  virtual Task<std::optional<Run>> run(const std::string& project, const std::string& id) = 0;

  // What changed_since() yielded last is on disk: the next may leave it out. It need not come: then the same
  // is asked for again.
  virtual void taken() {}

  // With its jobs and tests, as far as the CI tells them apart from the run.
  virtual Task<void> complete(Run& run) = 0;

  // The end of a job's log, at most so many bytes. job: Job::id; project: or Job::whole_run.
  virtual Task<std::string> log(const std::string& project, const std::string& job, std::size_t most) = 0;

  // Cancels the run. Failure (rejected): it is over, or the token may not; the text is for the person who
  // asked.
  virtual Task<void> stop(const std::string& project, const std::string& id);

  // What the operator should know, though it is no failure: a project that may not be asked for, a list that
  // was not read to its end. What was noted since the call before, and what there is of gaps.
  std::set<std::string> remarks();

  // What could not be seen, for the source's cursor.
  Gaps& gaps() { return gaps_; }

  // Requests that are left of the account's, as far as the CI says.
  virtual std::optional<std::int64_t> quota_left() const { return std::nullopt; }

 protected:
  void remark(std::string text) { remarks_.insert(std::move(text)); }
  // A list of what has happened was cut: of that stretch nothing was read. of: a project, or the like.
  void remark_cut(const std::string& of, std::int64_t since, std::int64_t until);
  void remark_jobs_cut(const Run& run, std::size_t most);

  // since: from when on the project was not seen yet.
  using Look = std::function<Task<void>(const std::string& project, std::int64_t since)>;
  // The looks, one after the other. A project that refuses keeps nobody from the others: that is a gap until
  // it can be read. Failure: any other than rejected; rejected, if all projects refuse and nothing has shown
  // that the token is good.
  Task<void> look_at_each(std::set<std::string> projects, std::int64_t since, Look look,
                          bool token_is_good = false);

  // How the projects of an owner are listed.
  struct Lists {
    // What may be asked for.
    std::function<bool(std::string_view)> is_project;
    // The paths of an owner's lists ("orgs/acme/repos"), of which the first is taken that has anything.
    std::function<std::vector<std::string>(const std::string& owner)> paths;
    // Null: there are no lists, and only hooks can tell.
    std::function<Task<Listed>(const std::string& path)> list;
    // What a project is called in the list.
    std::string_view member = "full_name";
  };
  // The paths of GitHub, and of who copied it.
  static std::vector<std::string> forge_lists(const std::string& owner);
  // Those that hooks told of, those that are named, and those that a pattern means. An owner whose list
  // refuses is remarked. Failure: any other than rejected; rejected, if there is nothing but refusing lists.
  // wanted and heard outlive the call.
  Task<std::set<std::string>> projects_of(const Repositories& wanted, const std::set<std::string>& heard,
                                          Lists lists);

 private:
  Task<void> list_owner(std::string pattern, const Lists& lists, std::set<std::string>& all);

  std::set<std::string> remarks_;
  Gaps gaps_;
};

}  // namespace carillon::source::hook
