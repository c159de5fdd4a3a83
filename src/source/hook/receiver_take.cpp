// What was heard of becomes events.
#include "source/hook/builder_name.hpp"
#include "source/hook/receiver.hpp"
#include "source/hook/run_event.hpp"
#include "source/hook/within.hpp"

namespace carillon::source::hook {
namespace {

constexpr std::chrono::milliseconds jobs_within{1500};
constexpr std::size_t most_asking = 4;  // an API that hangs is not asked on and on
constexpr std::size_t most_projects = 2000;
constexpr std::size_t most_open = 5000;
constexpr std::size_t most_ends_known = 20'000;
constexpr Millis ends_matter_for = 10 * 60 * 1000;  // to reports of tests

// Of those that have ended, or of all others.
Task<void> note_runs(std::optional<Kin>& kin, std::vector<Run>& runs, bool ended, Millis now) {
  if (!kin) co_return ok();
  for (Run& run : runs) {
    if (!run.of_run.empty() || (run.state.phase == Phase::ended) != ended) continue;
    if (auto noted = co_await kin->note(run, now); !noted) co_return noted;
  }
  co_return ok();
}

const std::string& posted_as(const Run& run) {
  return run.posted_as.empty() ? run.id : run.posted_as;
}

}  // namespace

Task<void> Receiver::keep_jobs(std::vector<JobOfRun> jobs, std::vector<Run>& runs) {
  for (JobOfRun& job : jobs) {
    if (job.run.empty() && kin_) {
      auto run = co_await kin_->run_of_chain(job.chain);
      if (!run) co_return failed(run);
      job.run = job.alone.of_run = *run;
    }
    const bool has_no_run = job.run.empty();
    if (has_no_run && kin_ && !job.alone.id.empty()) {
      if (auto noted = co_await kin_->note(job.alone, environment_.clock.now()); !noted) co_return noted;
    }
    if ((has_no_run || shape_.builds != Granularity::run) && !job.alone.id.empty()) {
      make_sure_of_branch(job);
      runs.push_back(job.alone);
    }
    if (has_no_run || shape_.builds == Granularity::job) continue;
    if (auto kept = co_await jobs_.keep(job, environment_.clock.now()); !kept) co_return kept;
    if (auto kept = co_await keep_alone(job); !kept) co_return kept;
  }
  co_return ok();
}

// Never the bare branch of what may be a fork's: its "main" is not ours.
void Receiver::make_sure_of_branch(JobOfRun& job) const {
  Run& alone = job.alone;
  if (!alone.branch_unsure) return;
  const auto of = open_.find(job.run);
  if (of == open_.end()) {
    if (!alone.branch.empty()) alone.branch = "unknown:" + alone.branch;
    alone.from_fork = true;
    return;
  }
  const Run& run = of->second.run;
  alone.branch = run.branch;
  alone.from_fork = run.from_fork;
  alone.pull_request = run.pull_request;
  alone.pull_request_url = run.pull_request_url;
  alone.base_branch = run.base_branch;
  alone.head_repository = run.head_repository;
  alone.event = run.event;
}

Task<void> Receiver::keep_alone(const JobOfRun& job) {
  const bool may_be = kin_ && job.may_be_alone && shape_.builds == Granularity::run;
  if (!may_be || job.job.state.phase != Phase::ended) co_return ok();
  auto known = co_await kin_->knows(job.run);
  if (!known) co_return failed(known);
  if (*known) co_return ok();
  const Millis now = environment_.clock.now();
  Run alone = job.alone;
  co_await add_name(alone);
  if (auto numbered = co_await add_number(alone); !numbered) co_return numbered;
  Event event = event_of(alone, shape_, now, "hook, of a run that nothing was heard of");
  event.untold = too_old(alone, shape_, now);
  co_return co_await kin_->keep_alone(job.run, std::move(event), now);
}

Task<void> Receiver::keep_tests_of_runs(std::vector<TestOfRun> tests, std::vector<Run>& runs) {
  std::map<std::string, std::vector<TestOfRun>> of;
  for (TestOfRun& test : tests) {
    if (test.of.empty() && kin_) {
      auto run = co_await kin_->run_of_chain(test.chain);
      if (!run) co_return failed(run);
      test.of = *run;
    }
    if (!test.of.empty()) {
      of[test.of].push_back(std::move(test));
    } else if (!test.alone.id.empty()) {
      runs.push_back(std::move(test.alone));
    }
  }
  for (const auto& [run, some] : of) {
    if (auto kept = co_await kin_->keep_tests(run, some, environment_.clock.now()); !kept) co_return kept;
  }
  co_return ok();
}

Task<web::Response> Receiver::take_delivery(Heard heard, Sink& sink) {
  const Millis now = environment_.clock.now();
  std::vector<Run> runs;
  // A batch may tell of a run and of what belongs to it.
  auto kept = co_await note_runs(kin_, heard.runs, false, now);
  if (kept) kept = co_await keep_jobs(std::move(heard.jobs), runs);
  if (kept) kept = co_await keep_tests_of_runs(std::move(heard.tests), runs);
  if (kept) kept = co_await note_runs(kin_, heard.runs, true, now);
  if (shape_.builds != Granularity::job)
    runs.insert(runs.begin(), std::make_move_iterator(heard.runs.begin()),
                std::make_move_iterator(heard.runs.end()));
  if (!kept) co_return failed(kept);
  if (shape_.builds == Granularity::job)
    std::ranges::for_each(heard.runs, [this](const Run& run) { note_progress(run); });
  const std::size_t told = runs.size();
  const std::string by = "hook" + (heard.delivery.empty() ? "" : ", delivery " + heard.delivery);
  auto taken = co_await take(std::move(runs), sink, nullptr, "", by);
  if (!taken) co_return failed(taken);
  if (told > 0 && taken->unwanted == told && heard.answer.empty()) {
    const json::object ignored{{"ignored", "a run that waits: no reporter reports such"}};
    co_return count(json_answer(200, ignored), "ignored");
  }
  const bool duplicate = told > taken->unwanted && taken->events == 0;
  json::object body{{"accepted", taken->events > 0 ? 1 : 0}, {"duplicate", duplicate}};
  web::Response response = json_answer(202, body);
  if (!heard.answer.empty()) {
    response.status = 200;
    response.body = heard.answer;
    response.content_type = "text/plain";
  }
  co_return count(std::move(response), duplicate ? "duplicate" : "accepted");
}

Task<void> Receiver::tidy(Millis now) {
  if (auto tidied = co_await jobs_.tidy(now); !tidied) co_return failed(tidied);
  if (auto tidied = co_await tests_.tidy(now); !tidied) co_return failed(tidied);
  if (auto tidied = co_await refusals_.tidy(now); !tidied) co_return failed(tidied);
  if (auto tidied = co_await attempts_.tidy(now); !tidied) co_return failed(tidied);
  if (auto tidied = co_await counter_.tidy(now); !tidied) co_return failed(tidied);
  if (kin_) co_return co_await kin_->tidy(now);
  co_return ok();
}

bool Receiver::know_project(const std::string& project) {
  return !project.empty() && projects_.size() < most_projects && projects_.insert(project).second;
}

void Receiver::note_end(const Run& run) {
  const Millis now = environment_.clock.now();
  const Millis at = run.ended ? std::min(*run.ended * 1000, now) : now;
  if (ended_.size() >= most_open)
    std::erase_if(ended_, [&](const auto& one) { return now - one.second.at > ends_matter_for; });
  if (ended_.size() < most_open) ended_.insert_or_assign(posted_as(run), EndedRun{at, run.id});
}

void Receiver::note_progress(const Run& run) {
  // A look soon writes down which there are.
  if (know_project(run.project) && on_gap_) on_gap_();
  if (!run.of_run.empty()) return;
  if (run.state.phase == Phase::ended) {
    open_.erase(run.id);
    if (ends_.size() >= most_ends_known) ends_.clear();
    ends_.insert(end_name(run));
    note_end(run);
  } else if (open_.size() < most_open) {
    ended_.erase(posted_as(run));
    Open& open = open_[run.id];
    open = {run, environment_.clock.now()};
    open.run.jobs.clear();
    open.run.commit = {};
  }
}

// The CI knows more of a run that has ended than hooks tell; without an answer what hooks told has to do.
Task<void> Receiver::add_jobs(Run& run) {
  if (api_ && asking_ < most_asking) {
    auto asked = std::make_shared<Run>(run);
    const auto complete = [](std::shared_ptr<Receiver> self, std::shared_ptr<Run> of) -> Task<void> {
      ++self->asking_;
      auto done = co_await self->api_->complete(*of);
      --self->asking_;
      co_return done;
    };
    auto done = co_await within<void>(jobs_within, complete(shared_from_this(), asked));
    if (done && *done) run = *asked;
  }
  if (run.jobs.empty() && dialect_ && dialect_->has_jobs()) {
    auto jobs = co_await jobs_.of(run.id);
    if (!jobs) co_return failed(jobs);
    run.jobs = std::move(*jobs);
  }
  if (!kin_ || run.tests) co_return ok();
  std::vector<std::string> parts{run.id};
  for (const Job& job : run.jobs)
    parts.push_back(job.id);
  auto tests = co_await kin_->tests_of(std::move(parts));
  if (!tests) co_return failed(tests);
  run.tests = std::move(*tests);
  co_return ok();
}

asio::awaitable<void> Receiver::add_name(Run& run) {
  auto named = co_await name_builder(run, shape_);
  if (named) co_return;
  const std::string& why = named.error().what;
  if (const auto times = told_.to_tell("", why, std::chrono::steady_clock::now()))
    environment_.log.warning("sources", shape_.source + ": " + why + *times);
}

Task<void> Receiver::add_number(Run& run) {
  if (!run.counted || run.state.phase == Phase::waits) co_return ok();
  auto number = co_await counter_.number_of(builder_of(run, shape_), run.id, environment_.clock.now());
  if (!number) co_return failed(number);
  run.number = *number;
  co_return ok();
}

Task<void> Receiver::tell_alone(Sink& sink) {
  if (!kin_) co_return ok();
  const auto self = shared_from_this();
  const Millis now = environment_.clock.now();
  auto alone = co_await kin_->alone(now);
  if (!alone) co_return failed(alone);
  for (Kin::Alone& one : *alone) {
    if (one.event) {
      one.event->source = shape_.source;
      std::vector<Event> events;
      events.push_back(std::move(*one.event));
      if (auto taken = co_await sink.accept(shape_.source, std::move(events), nullptr); !taken)
        co_return failed(taken);
    }
    if (auto done = co_await kin_->forget_alone(one.key, now); !done) co_return done;
  }
  co_return ok();
}

Task<Receiver::Taken> Receiver::take(std::vector<Run> runs, Sink& sink, json::value cursor, std::string quiet,
                                     std::string heard_by) {
  const auto self = shared_from_this();
  if (closed_) co_return throttled("the source was taken out", come_again);
  const Millis now = environment_.clock.now();
  std::vector<Event> events;
  std::vector<bool> is_end;
  Taken taken;
  for (Run& run : runs) {
    if (run.state.phase == Phase::waits && !sink.wants(EventKind::request_waiting)) {
      ++taken.unwanted;
      note_progress(run);
      continue;
    }
    if (run.state.phase == Phase::ended && run.of_run.empty() && quiet.empty()) {
      if (auto added = co_await add_jobs(run); !added) co_return failed(added);
      // What was posted is meant, whatever the CI counted.
      auto tests = co_await tests_.of(posted_as(run));
      if (!tests) co_return failed(tests);
      if (*tests) run.tests = std::move(*tests);
    }
    const auto is_news = co_await attempts_.count(run, now);
    if (!is_news) co_return failed(is_news.error());
    if (!*is_news) continue;
    co_await add_name(run);
    if (auto numbered = co_await add_number(run); !numbered) co_return failed(numbered);
    Event event = event_of(run, shape_, now, heard_by);
    event.untold = quiet.empty() ? too_old(run, shape_, now) : quiet;
    const std::string untold = event.untold;
    events.push_back(std::move(event));
    is_end.push_back(run.state.phase == Phase::ended);
    if (run.state.phase == Phase::ended && run.of_run.empty() && sink.wants(EventKind::buildset_complete)) {
      Event buildset = buildset_event_of(run, shape_, now);
      buildset.untold = untold;
      events.push_back(std::move(buildset));
      is_end.push_back(false);
    }
  }
  if (!events.empty() || !cursor.is_null()) {
    const std::size_t count = events.size();
    auto accepted = co_await sink.accept(shape_.source, std::move(events), std::move(cursor));
    if (!accepted) co_return failed(accepted);
    for (std::size_t i = 0; i < count && i < accepted->duplicate.size(); ++i) {
      if (accepted->duplicate[i]) continue;
      ++taken.events;
      if (is_end[i]) ++taken.ends;
    }
  }
  for (const Run& run : runs) {
    const bool may_end_again = run.state.phase == Phase::ended && !run.occurrence.empty();
    if (!may_end_again) continue;
    if (auto forgotten = co_await tests_.forget(posted_as(run), now); !forgotten) co_return failed(forgotten);
  }
  for (const Run& run : runs)
    note_progress(run);
  co_return taken;
}

}  // namespace carillon::source::hook
