// How a session asks for what was missed, and reports it in the order in which it happened.
#include <algorithm>

#include "source/buildbot/session.hpp"

#include "model/build.hpp"

namespace carillon::source::buildbot {
namespace {

constexpr std::size_t catch_up_at_once = 50;

}  // namespace

Task<void> Session::catch_up(std::optional<Cursor> known) {
  CatchUp plan(std::move(known), environment_.clock.now(), was_down_);
  while (const auto path = plan.next()) {
    auto document = co_await rest_.get(*path);
    if (!document) co_return failed(document);
    auto understood = plan.answer(*document);
    if (!understood) co_return understood;
  }
  cursor_ = plan.cursor();
  const auto now_at =
      "build " + std::to_string(cursor_.build()) + ", buildset " + std::to_string(cursor_.buildset());
  if (plan.outcome() == CatchUp::Outcome::began) {
    environment_.log.info(where_, "connected for the first time; starting from now (" + now_at + ")");
  } else if (plan.outcome() == CatchUp::Outcome::recreated) {
    environment_.log.warning(where_, "its database was recreated; starting from now (" + now_at + ")");
  } else {
    environment_.log.info(where_,
                          "connected; " + std::to_string(plan.due().size()) + " events happened in between");
  }
  if (cursor_.to_json() != stored_) co_await deliver();
  auto reported = co_await report(plan.due());
  if (!reported) co_return reported;
  co_return co_await catch_up_requests(plan.outcome() == CatchUp::Outcome::resumed);
}

Task<void> Session::report(const std::vector<Due>& due) {
  for (std::size_t begin = 0; begin < due.size(); begin += catch_up_at_once) {
    const auto end = std::min(due.size(), begin + catch_up_at_once);
    const std::vector<Due> some(due.begin() + static_cast<std::ptrdiff_t>(begin),
                                due.begin() + static_cast<std::ptrdiff_t>(end));
    auto reported = co_await report_some(some);
    co_await deliver();
    if (!reported) co_return reported;
  }
  co_return ok();
}

Task<void> Session::report_some(const std::vector<Due>& due) {
  auto builds = co_await fetch_builds(due);
  if (!builds) co_return failed(builds);
  auto buildsets = co_await fetch_buildsets(due);
  if (!buildsets) co_return failed(buildsets);
  for (const auto& item : due) {
    if (item.what == Due::What::buildset_complete) {
      const auto found = buildsets->find(item.id);
      std::optional<json::object> buildset;
      if (found != buildsets->end()) {
        buildset = std::move(found->second);
      } else {  // the answer for all of them was broken: this one alone
        auto alone = co_await rest_.object("buildsets/" + std::to_string(item.id), "buildsets");
        if (!alone) co_return failed(alone);
        buildset = std::move(*alone);
      }
      if (buildset) add_buildset(std::move(*buildset), item.id);
      cursor_.buildset_complete(item.id);
      continue;
    }
    if (item.what == Due::What::worker_back) {
      auto worker = co_await rest_.object("workers/" + std::to_string(item.id), "workers");
      if (!worker) co_return failed(worker);
      if (*worker) add_back(std::move(**worker), item.id);
      continue;
    }
    const auto found = builds->find(item.id);
    // Empty when the answer for all of them was broken: add_build asks for this one alone.
    json::object build = found != builds->end() ? std::move(found->second) : json::object();
    const auto* complete = build.if_contains("complete");
    const bool ended = complete != nullptr && complete->is_bool() && complete->get_bool();
    const bool finished = item.what == Due::What::build_finished || ended;
    auto added = co_await add_build(std::move(build), item.id, finished);
    if (!added) co_return added;
  }
  co_return ok();
}

Task<Session::ById> Session::fetch_builds(const std::vector<Due>& due) {
  std::vector<std::int64_t> ids;
  for (const auto& item : due) {
    if (item.what == Due::What::build_started || item.what == Due::What::build_finished)
      ids.push_back(item.id);
  }
  ById by_id;
  if (ids.empty()) co_return by_id;
  auto builds = co_await rest_.objects("builds?" + any_of("buildid", ids) + "&property=*", "builds");
  if (!builds) co_return failed(builds);
  std::vector<std::int64_t> requests;
  for (auto& build : *builds) {
    const auto id = BuildView(build).buildid();
    if (!id) continue;
    auto* properties = build.if_contains("properties");
    if (properties != nullptr && properties->is_object()) {
      assembler_.learn_properties(*id, std::move(properties->get_object()), 2000);
    }
    if (const auto request = BuildView(build).requestid()) requests.push_back(*request);
    by_id[*id] = std::move(build);
  }
  auto fetched = co_await fetch_requests(std::move(requests));
  if (!fetched) co_return failed(fetched);
  co_return by_id;
}

Task<void> Session::fetch_requests(std::vector<std::int64_t> requests) {
  if (requests.empty()) co_return ok();
  auto found = co_await rest_.objects("buildrequests?" + any_of("buildrequestid", requests), "buildrequests");
  if (!found) co_return failed(found);
  std::vector<std::int64_t> buildsets;
  for (auto& request : *found) {
    if (const auto bsid = integer_at(request, "buildsetid")) buildsets.push_back(*bsid);
    assembler_.learn_buildrequest(std::move(request), 500);
  }
  std::sort(buildsets.begin(), buildsets.end());
  buildsets.erase(std::unique(buildsets.begin(), buildsets.end()), buildsets.end());
  if (buildsets.empty()) co_return ok();
  found = co_await rest_.objects("buildsets?" + any_of("bsid", buildsets), "buildsets");
  if (!found) co_return failed(found);
  for (auto& buildset : *found)
    assembler_.learn_buildset(std::move(buildset), 2000);
  co_return ok();
}

Task<Session::ById> Session::fetch_buildsets(const std::vector<Due>& due) {
  std::vector<std::int64_t> ids;
  for (const auto& item : due) {
    if (item.what == Due::What::buildset_complete) ids.push_back(item.id);
  }
  ById by_id;
  if (ids.empty()) co_return by_id;
  auto buildsets = co_await rest_.objects("buildsets?" + any_of("bsid", ids), "buildsets");
  if (!buildsets) co_return failed(buildsets);
  for (auto& buildset : *buildsets) {
    if (const auto id = integer_at(buildset, "bsid")) by_id[*id] = std::move(buildset);
  }
  co_return by_id;
}

}  // namespace carillon::source::buildbot
