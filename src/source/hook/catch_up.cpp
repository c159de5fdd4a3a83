#include "source/hook/catch_up.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/json.hpp"
#include "source/hook/moments.hpp"

namespace carillon::source::hook {
namespace {

constexpr std::int64_t overlap = 15 * 60;  // lists are made of what was updated, and clocks differ
constexpr std::int64_t remembered_at_first = 24 * 3600;  // so far back the first look goes
constexpr std::int64_t silent_for = 10 * 60;             // an open run that nothing was heard of is asked for
constexpr std::int64_t gone_for = 24 * 3600;
constexpr std::chrono::seconds after_gap{30};
constexpr std::chrono::seconds refused_pause{3600};
constexpr std::size_t open_in_one_look = 50;
constexpr std::size_t in_one_transaction = 200;

// What has to be told of an open run that is gone when it is asked for.
json::object to_json(const Run& run) {
  return {{"project", run.project},
          {"pipeline", run.pipeline},
          {"number", run.number},
          {"attempt", run.attempt},
          {"numeric_id", moment_or_null(run.numeric_id)},
          {"submitted", moment_or_null(run.submitted)},
          {"started", moment_or_null(run.started)},
          {"url", run.url},
          {"repository", run.repository},
          {"revision", run.revision},
          {"branch", run.branch},
          {"event", run.event},
          {"owner", run.owner}};
}

Run open_run(std::string_view id, const json::object& kept) {
  Run run;
  run.state = {Phase::runs};
  run.id = id;
  run.project = text_at(kept, "project");
  run.pipeline = text_at(kept, "pipeline");
  run.number = integer_at(kept, "number").value_or(0);
  run.attempt = integer_at(kept, "attempt").value_or(1);
  run.numeric_id = integer_at(kept, "numeric_id");
  run.submitted = integer_at(kept, "submitted");
  run.started = integer_at(kept, "started");
  run.url = text_at(kept, "url");
  run.repository = text_at(kept, "repository");
  run.revision = text_at(kept, "revision");
  run.branch = text_at(kept, "branch");
  run.event = text_at(kept, "event");
  run.owner = text_at(kept, "owner");
  return run;
}

}  // namespace

void CatchUp::gap() {
  const auto soon = std::chrono::steady_clock::now() + after_gap;
  if (timer_.expiry() > soon) timer_.expires_at(soon);
}

asio::awaitable<void> CatchUp::run(Sink& sink) {
  link_.since = environment_.clock.now();
  for (;;) {
    const std::chrono::seconds pause = co_await look(sink);
    timer_.expires_after(pause);
    // A gap moves the moment: the wait is then cut short, and begun again.
    while (timer_.expiry() > std::chrono::steady_clock::now()) {
      boost::system::error_code cut_short;
      co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, cut_short));
      const auto state = co_await asio::this_coro::cancellation_state;
      if (state.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
    }
  }
}

asio::awaitable<std::chrono::seconds> CatchUp::look(Sink& sink) {
  const Millis now = environment_.clock.now();
  link_.next = 0;
  const auto done = co_await look_once(sink);
  std::chrono::seconds pause = every_;
  if (done) {
    if (!link_.up) {
      if (!link_.trouble.empty()) environment_.log.info("sources", source_ + ": its API answers again");
      link_.up = true;
      link_.since = now;
      link_.trouble.clear();
    }
  } else {
    const Failure& failure = done.error();
    if (link_.up || link_.trouble != failure.what) {
      environment_.log.warning("sources", source_ + ": its API cannot be asked: " + failure.what);
    }
    if (link_.up) link_.since = now;
    link_.up = false;
    link_.trouble = failure.what;
    if (failure.kind == Failure::Kind::rejected) pause = std::max(pause, refused_pause);
    if (failure.retry_after) pause = std::max(pause, std::min(*failure.retry_after, longest_asked_pause));
  }
  link_.next = environment_.clock.now() + pause.count() * 1000;
  co_return pause;
}

Task<void> CatchUp::look_once(Sink& sink) {
  if (auto loaded = co_await load(sink); !loaded) co_return failed(loaded);
  Gaps before = api_->gaps();
  kept_ = false;
  auto done = co_await round(sink);
  // What it saw is not on disk.
  if (!kept_) api_->gaps() = std::move(before);
  co_return done;
}

Task<void> CatchUp::load(Sink& sink) {
  if (loaded_) co_return ok();
  auto kept = co_await sink.cursor(source_);
  if (!kept) co_return failed(kept);
  if (const json::object* object = kept->if_object()) {
    since_ = integer_at(*object, "since").value_or(0);
    first_ = integer_at(*object, "first").value_or(since_);
    if (const json::array* projects = array_at(*object, "projects")) {
      for (const json::value& project : *projects) {
        if (project.is_string()) receiver_->know_project(std::string(project.get_string()));
      }
    }
    if (const json::object* gaps = object_at(*object, "gaps")) api_->gaps() = Gaps::from(*gaps);
    if (const json::object* open = object_at(*object, "open")) {
      for (const auto& [id, kept_run] : *open) {
        if (const json::object* run = kept_run.if_object())
          receiver_->open().try_emplace(id, Receiver::Open{open_run(id, *run), 0});
      }
    }
  }
  loaded_ = true;
  co_return ok();
}

json::value CatchUp::cursor(std::int64_t since) const {
  json::object open;
  for (const auto& [id, one] : receiver_->open())
    open[id] = to_json(one.run);
  json::array projects;
  for (const std::string& project : receiver_->projects())
    projects.emplace_back(project);
  return json::object{{"since", since},
                      {"first", first_},
                      {"open", std::move(open)},
                      {"projects", std::move(projects)},
                      {"gaps", api_->gaps().to_json()}};
}

// Of open runs that nothing was heard of for a while: those whose turn it is.
Task<void> CatchUp::look_at_open(std::vector<Run>& found, const std::set<std::string>& listed,
                                 std::int64_t now) {
  std::vector<std::pair<std::string, std::string>> silent;
  for (const auto& [id, one] : receiver_->open()) {
    if (!listed.contains(id) && now - one.heard / 1000 >= silent_for && silent.size() < open_in_one_look)
      silent.emplace_back(id, one.run.project);
  }
  for (const auto& [id, project] : silent) {
    auto run = co_await api_->run(project, id);
    // Of one that may not be asked for the others are no worse.
    if (!run && run.error().kind != Failure::Kind::rejected) co_return failed(run);
    const auto open = receiver_->open().find(id);
    if (open == receiver_->open().end()) continue;  // its end was heard meanwhile
    open->second.heard = now * 1000;                // the others have their turn
    if (!run) continue;
    if (*run) {
      gone_.erase(id);
      found.push_back(std::move(**run));
      continue;
    }
    const std::int64_t since = gone_.try_emplace(id, now).first->second;
    if (now - since < gone_for) continue;
    // It was deleted while it ran, or nothing says any more how it ended.
    gone_.erase(id);
    Run ended = open->second.run;
    ended.state = {Phase::ended, Results::cancelled};
    ended.said = "it was deleted before it was seen to end";
    ended.ended = now;
    found.push_back(std::move(ended));
  }
  co_return ok();
}

Task<void> CatchUp::round(Sink& sink) {
  const std::int64_t now = environment_.clock.now() / 1000;
  const bool is_first = since_ == 0;
  if (is_first) first_ = now;
  auto changed = co_await api_->changed_since(is_first ? now - remembered_at_first : since_ - overlap,
                                              receiver_->projects());
  if (!changed) co_return failed(changed);
  std::vector<Run> found = std::move(*changed);
  // Lists overlap.
  std::erase_if(
      found, [&](const Run& run) { return run.state.phase == Phase::ended && receiver_->knows_end_of(run); });
  std::set<std::string> listed;
  for (const Run& run : found)
    listed.insert(run.id);
  std::vector<Run> before;
  std::vector<Run> ours;
  for (Run& run : found) {
    const bool old = run.state.phase == Phase::ended && run.ended && *run.ended < first_;
    (old ? before : ours).push_back(std::move(run));
  }
  std::size_t ends = 0;
  const auto take = [&](std::vector<Run>& runs, const std::string& quiet) -> Task<void> {
    for (std::size_t at = 0; at < runs.size(); at += in_one_transaction) {
      const auto end = std::min(at + in_one_transaction, runs.size());
      std::vector<Run> some(std::make_move_iterator(runs.begin() + static_cast<std::ptrdiff_t>(at)),
                            std::make_move_iterator(runs.begin() + static_cast<std::ptrdiff_t>(end)));
      auto taken = co_await receiver_->take(std::move(some), sink, nullptr, quiet, "a look at the API");
      if (!taken) co_return failed(taken);
      ends += quiet.empty() ? taken->ends : 0;
    }
    co_return ok();
  };
  if (auto done = co_await take(before, "ended before this source was observed"); !done) co_return done;
  if (auto done = co_await take(ours, ""); !done) co_return done;
  // What the lists told is on its way before any single run is asked for.
  std::vector<Run> asked;
  const auto looked = co_await look_at_open(asked, listed, now);
  if (auto done = co_await take(asked, ""); !done) co_return done;
  // With the open runs as they are now.
  api_->gaps().forget(now);
  auto kept = co_await receiver_->take({}, sink, cursor(now), "", "");
  if (!kept) co_return failed(kept);
  since_ = now;
  kept_ = true;
  api_->taken();
  if (has_hooks_ && ends > 0) {
    if (environment_.numbers != nullptr) environment_.numbers->caught_up.of({source_}).add(ends);
    environment_.log.info("sources", source_ + ": found " + std::to_string(ends) +
                                         (ends == 1 ? " end" : " ends") + " of builds that no hook told of");
  }
  say(api_->remarks());
  co_return looked;
}

// Once, until it is true no more.
void CatchUp::say(std::set<std::string> remarks) {
  for (const std::string& remark : remarks) {
    if (!said_.contains(remark)) environment_.log.warning("sources", source_ + ": " + remark);
  }
  said_ = std::move(remarks);
  link_.unseen.assign(said_.begin(), said_.end());
}

}  // namespace carillon::source::hook
