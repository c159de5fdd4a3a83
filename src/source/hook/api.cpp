#include "source/hook/api.hpp"

#include "base/text.hpp"
#include "source/hook/moments.hpp"

namespace carillon::source::hook {
namespace {

// What all projects that the pattern means belong to: "acme" of "acme/*", "team/sub" of "team/sub/*-docs";
// empty: no list has them all.
std::string owner_of(std::string_view pattern) {
  const auto slash = pattern.substr(0, pattern.find('*')).rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(pattern.substr(0, slash));
}

}  // namespace

Task<void> Api::stop(const std::string& /*project*/, const std::string& /*id*/) {
  co_return rejected("runs of this CI cannot be stopped from here");
}

std::set<std::string> Api::remarks() {
  std::set<std::string> all = gaps_.sentences();
  all.merge(std::exchange(remarks_, {}));
  return all;
}

void Api::remark_cut(const std::string& of, std::int64_t since, std::int64_t until) {
  gaps_.cut(of, since, until,
            "the API lists more of " + of + " than a look reads: what happened from " + iso_of(since) +
                " to " + iso_of(until) + " was not looked at");
}

void Api::remark_jobs_cut(const Run& run, std::size_t most) {
  remark(run.project + ", " + run.id + ": has more than " + std::to_string(most) +
         " jobs: the others are left out");
}

Task<void> Api::look_at_each(std::set<std::string> projects, std::int64_t since, Look look,
                             bool token_is_good) {
  gaps_.only(projects);
  std::size_t refused = 0;
  for (const std::string& project : projects) {
    auto looked = co_await look(project, gaps_.since(project, since));
    if (looked) {
      gaps_.seen(project);
      continue;
    }
    const bool is_refused = looked.error().kind == Failure::Kind::rejected;
    if (!is_refused || (++refused == projects.size() && !token_is_good)) co_return failed(looked);
    gaps_.refused(project, since, "the API does not show " + project + ": " + looked.error().what);
  }
  co_return ok();
}

std::vector<std::string> Api::forge_lists(const std::string& owner) {
  return {"orgs/" + owner + "/repos", "users/" + owner + "/repos"};
}

Task<void> Api::list_owner(std::string pattern, const Lists& lists, std::set<std::string>& all) {
  const std::string owner = owner_of(pattern);
  if (owner.empty() || !lists.list) co_return ok();  // only hooks can tell
  Result<Listed> listed = Listed();
  for (const std::string& path : lists.paths(owner)) {
    listed = co_await lists.list(path);
    if (!listed && listed.error().kind != Failure::Kind::rejected) co_return failed(listed);
    if (listed && !listed->items.empty()) break;
  }
  if (!listed) co_return failed(listed);
  for (const json::value& item : listed->items) {
    const std::string name = item.is_object() ? text_at(item.get_object(), lists.member) : "";
    if (lists.is_project(name) && matches(pattern, name)) all.insert(name);
  }
  if (listed->cut)
    remark("the API lists more than " + std::to_string(listed->items.size()) + " projects of " + owner +
           ": the others are not looked at until a hook tells of them");
  co_return ok();
}

Task<std::set<std::string>> Api::projects_of(const Repositories& wanted, const std::set<std::string>& heard,
                                             Lists lists) {
  std::set<std::string> all;
  for (const std::string& project : heard) {
    if (lists.is_project(project) && wants(wanted, project)) all.insert(project);
  }
  std::optional<Failure> refused;
  for (const std::string& pattern : wanted.value_or(std::vector<std::string>())) {
    if (pattern.find('*') == std::string::npos) {
      all.insert(pattern);
      continue;
    }
    auto done = co_await list_owner(pattern, lists, all);
    if (done) continue;
    if (done.error().kind != Failure::Kind::rejected) co_return failed(done);
    refused = done.error();
    remark("the API does not list " + pattern + ": " + refused->what);
  }
  if (refused && all.empty()) co_return failed(*refused);
  co_return all;
}

}  // namespace carillon::source::hook
