#include "pipeline/replays.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "base/text.hpp"

namespace carillon::pipeline {
namespace {

constexpr const char* replays_owner = "(replays)";
constexpr std::size_t most_kept = 50;
constexpr std::chrono::milliseconds load_again{2000};  // after a failure
constexpr std::chrono::milliseconds step_again{2000};
constexpr int most_steps = 5;  // of one block
constexpr std::chrono::milliseconds look_for_end{10};
constexpr std::chrono::milliseconds longest_end{10'000};  // of a block that asks a master that is slow
constexpr std::chrono::seconds busy_for{5};

// Names are in the order of their numbers.
std::string key_of(std::int64_t id) {
  const std::string digits = std::to_string(id);
  constexpr std::size_t width = 10;
  return "replay/" + std::string(width - std::min(digits.size(), width), '0') + digits;
}

std::string number_of(const ReplayJob& job) {
  return "replay " + std::to_string(job.id);
}

// Sets it for as long as it lives.
class Raised {
 public:
  explicit Raised(bool& flag) : flag_(flag) { flag_ = true; }
  ~Raised() { flag_ = false; }
  Raised(const Raised&) = delete;
  Raised& operator=(const Raised&) = delete;

 private:
  bool& flag_;
};

}  // namespace

asio::awaitable<void> Replays::load() {
  while (!stopping_) {
    const auto read = co_await read_kept();
    if (read) {
      loaded_ = true;
      ++changes_;
      co_return;
    }
    around_.log.error("replay", "cannot read what was replayed before: " + read.error().what);
    co_await sleep_for(load_again);
  }
}

Task<void> Replays::read_kept() {
  auto kept = co_await around_.memory.recall(replays_owner, "replay/");
  if (!kept) co_return failed(kept);
  jobs_.clear();
  for (const auto& [key, value] : *kept) {
    const auto known = replay_job_of(value);
    if (!known) {
      around_.log.warning("replay", "what is kept of " + key + " cannot be read, and is left alone");
      continue;
    }
    auto job = std::make_shared<Job>();
    static_cast<ReplayJob&>(*job) = *known;
    jobs_.push_back(job);
    if (!job->is_under_way()) continue;
    const bool nothing = job->begun == 0;
    job->state = ReplayState::interrupted;
    job->ended = around_.clock.now();
    job->trouble = nothing ? "the server ended while it was counted" : "the server ended in the middle";
    const std::string so_far =
        nothing ? "nothing is ordered" : progress_of(*job) + "; what is ordered goes out";
    around_.log.warning("replay", number_of(*job) + " was interrupted: " + so_far);
    By by;
    by.who = "the server";
    by.reason = job->trouble;
    auto noted = co_await note(by, "interrupted", number_of(*job) + ": " + so_far);
    if (!noted) co_return noted;
    auto done = co_await keep(*job);
    if (!done) co_return done;
  }
  co_return ok();
}

Result<void> Replays::is_free() const {
  if (!loaded_) return throttled("what was replayed before is not read yet", busy_for);
  for (const auto& job : jobs_) {
    if (job->is_under_way())
      return throttled(number_of(*job) + " is under way: stop it, or wait until it is done", busy_for);
  }
  return beginning_ ? Result<void>(throttled("another replay begins", busy_for)) : ok();
}

Task<std::int64_t> Replays::begin(ReplayWish wish, bool at_once, By by) {
  if (auto free = is_free(); !free) co_return failed(free);
  if (at_once && is_blank(by.reason)) co_return rejected("reason: say why; others will ask");
  const Raised beginning(beginning_);
  auto job = std::make_shared<Job>();
  job->wish = std::move(wish);
  job->who = by.who;
  job->why = by.reason;
  job->created = around_.clock.now();
  job->at_once = at_once;
  if (auto meant = reporters_of(*around_.roster(), job->wish.reporter); !meant) co_return failed(meant);
  Result<void> understood = ok();
  auto asked = co_await around_.ledger.ask(
      [&](store::Ledger& ledger) { understood = understand(*job, ledger, job->created); });
  if (!asked) co_return failed(asked);
  if (!understood) co_return failed(understood);
  job->id = jobs_.empty() ? 1 : jobs_.back()->id + 1;
  job->mark = job->created;
  for (const auto& before : jobs_)
    job->mark = std::max(job->mark, before->mark + 1);
  auto kept = co_await keep(*job);
  if (!kept) co_return failed(kept);
  jobs_.push_back(job);
  spawn(job, std::move(by));
  co_return job->id;
}

Task<void> Replays::go(std::int64_t id, By by) {
  const auto job = of(id);
  if (!job) co_return rejected("there is no replay " + std::to_string(id));
  if (auto free = is_free(); !free) co_return failed(free);
  if (is_blank(by.reason)) co_return rejected("reason: say why; others will ask");
  const RosterPtr roster = around_.roster();
  if (job->state == ReplayState::counted) {
    if (job->counted_by.lock() != roster)
      co_return rejected("the configuration was read again since it was counted: count again");
  } else if (!job->may_go_on()) {
    co_return rejected(number_of(*job) + (job->state == ReplayState::done
                                              ? " is done: nothing of it is left"
                                              : " was not counted to its end: count again"));
  }
  if (auto meant = reporters_of(*roster, job->wish.reporter); !meant) co_return failed(meant);
  const Raised beginning(beginning_);
  auto started = co_await start(*job, by);
  if (!started) co_return failed(started);
  spawn(job, std::move(by));
  co_return ok();
}

Task<void> Replays::end(std::int64_t id, By by) {
  const auto job = of(id);
  if (!job) co_return rejected("there is no replay " + std::to_string(id));
  if (!job->is_under_way()) co_return rejected(number_of(*job) + " is not under way");
  if (!ended_by_) ended_by_ = std::move(by);
  for (auto waited = std::chrono::milliseconds(0); job->is_under_way() && waited < longest_end && !stopping_;
       waited += look_for_end)
    co_await sleep_for(look_for_end);
  co_return ok();
}

std::vector<ReplayJob> Replays::all() const {
  std::vector<ReplayJob> list;
  for (auto job = jobs_.rbegin(); job != jobs_.rend(); ++job)
    list.push_back(**job);
  return list;
}

std::optional<ReplayJob> Replays::find(std::int64_t id) const {
  const auto job = of(id);
  return job ? std::optional<ReplayJob>(*job) : std::nullopt;
}

std::shared_ptr<Replays::Job> Replays::of(std::int64_t id) const {
  const auto at = std::ranges::find_if(jobs_, [id](const auto& job) { return job->id == id; });
  return at == jobs_.end() ? nullptr : *at;
}

void Replays::spawn(std::shared_ptr<Job> job, By by) {
  ++changes_;
  ended_by_.reset();
  planner_.reset();
  planned_by_.reset();
  asio::co_spawn(around_.io, run(std::move(job), std::move(by)), or_end);
}

asio::awaitable<void> Replays::run(std::shared_ptr<Job> job, By by) {
  Result<ReplayState> done = job->state;
  try {
    done = co_await run_to_its_end(*job, by);
  } catch (const std::exception& error) {  // a bug, in a rule or here: it ends this alone
    done = rejected(std::string("internal error: ") + error.what());
  }
  planner_.reset();
  planned_by_.reset();
  co_await finish(*job, by, done);
  ++changes_;
  co_await forget_old();
}

Task<ReplayState> Replays::run_to_its_end(Job& job, const By& by) {
  if (job.state == ReplayState::counting) {
    while (!is_to_end()) {
      auto more = co_await step(job, &ReplayWalk::count);
      if (!more) co_return failed(more);
      if (!*more) break;
    }
    if (is_to_end()) co_return job.state;
    job.counted_by = planned_by_;
    job.at = job.range.after;
    if (!job.at_once) co_return ReplayState::counted;
    auto started = co_await start(job, by);
    if (!started) co_return failed(started);
  }
  ReplayPace pace;
  while (!is_to_end()) {
    co_await wait_for_room(job, pace);
    if (is_to_end()) break;
    auto more = co_await step(job, &ReplayWalk::order);
    if (!more) co_return failed(more);
    if (!*more) co_return ReplayState::done;
    auto kept = co_await keep(job);
    if (!kept) co_return failed(kept);
    co_await around_.changed();
  }
  co_return job.state;
}

// Nothing is ordered before it is noted who wanted it.
Task<void> Replays::start(Job& job, const By& by) {
  ReplayJob begun = job;
  begun.state = ReplayState::ordering;
  begun.who = by.who;
  begun.why = by.reason;
  begun.ended = 0;
  begun.trouble.clear();
  begun.at_once = true;
  std::string about = title_of(begun) + ", " + subject_of(begun);
  if (begun.begun == 0) {
    begun.begun = around_.clock.now();
  } else {
    about = number_of(begun) + " goes on: " + progress_of(begun);
  }
  auto noted = co_await note(by, "replay", std::move(about));
  if (!noted) co_return noted;
  auto kept = co_await keep(begun);
  if (!kept) co_return kept;
  static_cast<ReplayJob&>(job) = std::move(begun);
  co_return ok();
}

// It is under way until all of its end is noted and kept.
asio::awaitable<void> Replays::finish(Job& job, const By& by, const Result<ReplayState>& done) {
  if (stopping_) co_return;  // the next server tells
  ReplayJob over = job;
  over.behind = 0;
  By noted = by;
  noted.reason.clear();
  std::string what;
  if (!done) {
    over.state = ReplayState::failed;
    over.trouble = around_.log.redacted(done.error().what);
    noted.reason = over.trouble;
    what = "replay failed";
  } else if (*done != job.state) {
    over.state = *done;
    if (over.state == ReplayState::done) what = "replayed";
  } else if (ended_by_) {
    over.state = ReplayState::stopped;
    over.trouble =
        "stopped by " + ended_by_->who + (ended_by_->reason.empty() ? "" : ": " + ended_by_->reason);
    noted = *ended_by_;
    what = "stop";
  }
  if (over.state != ReplayState::counted) over.ended = around_.clock.now();
  const std::string so_far = over.begun == 0 ? std::string("nothing is ordered") : progress_of(over);
  around_.log.info("replay", number_of(over) + " is " + std::string(name(over.state)) + ": " + so_far +
                                 (over.trouble.empty() ? "" : "; " + over.trouble));
  if (!what.empty()) {
    const auto told = co_await note(std::move(noted), std::move(what), number_of(over) + ": " + so_far);
    if (!told)
      around_.log.error("replay", "cannot note the end of " + number_of(over) + ": " + told.error().what);
  }
  const auto kept = co_await keep(over);
  if (!kept)
    around_.log.error("replay", "cannot keep the end of " + number_of(over) + ": " + kept.error().what);
  static_cast<ReplayJob&>(job) = std::move(over);
}

asio::awaitable<void> Replays::wait_for_room(Job& job, ReplayPace& pace) {
  while (!is_to_end()) {
    std::size_t open = 0;
    const auto asked =
        co_await around_.ledger.ask([&](store::Ledger& ledger) { open = ledger.open_order_count(); });
    if (!asked) co_return;  // the step that follows says what is wrong
    const bool room = pace.has_room(open);
    const std::size_t behind = room ? 0 : open;
    if (behind != job.behind) ++changes_;
    job.behind = behind;
    if (room) co_return;
    co_await sleep_for(ReplayPace::look);
  }
}

Task<bool> Replays::step(Job& job, Task<bool> (ReplayWalk::*what)(ReplayJob&)) {
  for (int tried = 1;; ++tried) {
    if (auto planned = plan_by_rules_of_now(job); !planned) co_return failed(planned);
    ReplayWalk walk(around_.ledger, *planner_);
    auto more = co_await (walk.*what)(job);
    ++changes_;
    if (more || tried == most_steps || is_to_end()) co_return more;
    around_.log.warning("replay", number_of(job) + " is tried again: " + more.error().what);
    co_await sleep_for(step_again);
  }
}

Result<void> Replays::plan_by_rules_of_now(const Job& job) {
  RosterPtr roster = around_.roster();
  if (planner_ && planned_by_ == roster) return ok();
  auto meant = reporters_of(*roster, job.wish.reporter);
  if (!meant) return failed(meant);
  planner_ =
      std::make_unique<Replay>(around_.journal, std::move(*meant), around_.find_source, job.wish.builder);
  planned_by_ = std::move(roster);
  return ok();
}

Task<void> Replays::keep(const ReplayJob& job) {
  co_return co_await around_.memory.remember(replays_owner, key_of(job.id), to_json(job),
                                             around_.clock.now());
}

asio::awaitable<void> Replays::forget_old() {
  while (jobs_.size() > most_kept) {
    const std::int64_t id = jobs_.front()->id;
    const auto forgotten =
        co_await around_.memory.remember(replays_owner, key_of(id), nullptr, around_.clock.now());
    if (!forgotten) {
      around_.log.warning("replay", "cannot forget an old one: " + forgotten.error().what);
      co_return;
    }
    jobs_.erase(jobs_.begin());
  }
}

Task<void> Replays::note(By by, std::string what, std::string about) {
  by.at = around_.clock.now();
  by.what = std::move(what);
  by.about = std::move(about);
  co_return co_await around_.ledger.change([&by](store::Ledger& ledger) { ledger.note(by); });
}

}  // namespace carillon::pipeline
