// What was heard of runs becomes events in the sink; deliveries of hooks get their answers.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "source/environment.hpp"
#include "source/hook/api.hpp"
#include "source/hook/attempts.hpp"
#include "source/hook/counter.hpp"
#include "source/hook/dialect.hpp"
#include "source/hook/job_memory.hpp"
#include "source/hook/kin.hpp"
#include "source/hook/refusals.hpp"
#include "source/hook/shape.hpp"
#include "source/hook/test_memory.hpp"
#include "source/source.hpp"

namespace carillon::source::hook {

class Receiver : public std::enable_shared_from_this<Receiver> {
 public:
  // It outlives its source, as deliveries hold it that are under way when a reload takes the source out. api:
  // null where there is none.
  Receiver(Shape shape, std::shared_ptr<const Dialect> dialect, std::shared_ptr<Api> api,
           const Environment& environment)
      : shape_(std::move(shape)),
        dialect_(std::move(dialect)),
        api_(std::move(api)),
        environment_(environment),
        jobs_(shape_.source, environment.memory),
        tests_(shape_.source, environment.memory),
        attempts_(shape_.source, environment.memory),
        refusals_(shape_.source, environment.memory, environment.redact),
        counter_(shape_.source, environment.memory) {
    if (dialect_ && dialect_->has_kin()) kin_.emplace(shape_.source, environment.memory);
  }

  // The source is gone: what comes now is sent away, to come again.
  void close() {
    closed_ = true;
    on_gap_ = nullptr;
  }
  bool is_closed() const { return closed_; }
  web::Response gone();

  // A route for one path of the dialect. The sink outlives it.
  web::Route route(const Dialect::Path& path, Sink& sink);
  // The one below it, which takes reports of tests (junit.hpp) of the run that the query names: ?id=ID.
  web::Route route_of_tests(const Dialect::Path& path);

  // What of it was not known yet.
  struct Taken {
    std::size_t events = 0;
    // Runs that wait, and that no reporter wants to hear of.
    std::size_t unwanted = 0;
    std::size_t ends = 0;
  };
  // The runs in the sink, with the jobs that belong to them, and the cursor, in one transaction. quiet: they
  // are to be known, and not reported; the reason. heard_by: for people.
  Task<Taken> take(std::vector<Run> runs, Sink& sink, json::value cursor, std::string quiet,
                   std::string heard_by);

  // Of jobs that are told of apart from their run.
  JobMemory& jobs() { return jobs_; }

  // Jobs whose run was not heard of in time, as builds of their own.
  Task<void> tell_alone(Sink& sink);

  // Where runs come from, by project; and which have begun and not ended, by Run::id, with their project.
  const std::set<std::string>& projects() const { return projects_; }
  struct Open {
    // Without jobs and commit.
    Run run;
    Millis heard = 0;
  };
  std::map<std::string, Open>& open() { return open_; }
  // Whether it is new.
  bool know_project(const std::string& project);

  // Forgets what was kept of runs long ago.
  Task<void> tidy(Millis now);

  // Whether the end of the run was taken since the start, so that nothing need be asked of it any more.
  bool knows_end_of(const Run& run) const { return ends_.contains(end_name(run)); }

  // The answer to what is refused, which is counted, told, and kept for people. kind: of the delivery, as far
  // as that is known; body: what was delivered, where the sender is known.
  web::Response refuse(const web::Head& request, int status, const std::string& why, const std::string& kind,
                       std::string_view body = {});
  // Those of strangers are kept only now and then: to be called once a minute.
  asio::awaitable<void> keep_refusals();

  // When the last delivery was taken; nullopt: none yet.
  std::optional<Millis> heard_at() const { return heard_at_; }
  // What was refused last, as of Source.
  const std::optional<Refused>& refused() const { return refusals_.last(); }

  // To be called when a delivery was sent away although it is ours, as the store is behind.
  void on_gap(std::function<void()> told) { on_gap_ = std::move(told); }

 private:
  asio::awaitable<web::Response> answer(web::Request request, Sink& sink);
  asio::awaitable<web::Response> answer_tests(web::Request request);
  Task<web::Response> keep_tests(std::string run, std::string of, Tests tests);
  // Of all routes: who may, and in which encoding.
  std::optional<web::Response> refuse_head(const web::Head& head);
  // nullopt: what is_right() needs is there; else the answer.
  asio::awaitable<std::optional<web::Response>> get_ready(bool was_wrong);
  Task<web::Response> work(std::shared_ptr<const web::Request> request, Sink& sink);
  Task<web::Response> take_delivery(Heard heard, Sink& sink);
  Task<void> add_jobs(Run& run);
  // Failures of the user's function are told.
  asio::awaitable<void> add_name(Run& run);
  Task<void> add_number(Run& run);
  // What belongs to runs is kept for them; what is told of now becomes a run.
  Task<void> keep_jobs(std::vector<JobOfRun> jobs, std::vector<Run>& runs);
  Task<void> keep_tests_of_runs(std::vector<TestOfRun> tests, std::vector<Run>& runs);
  Task<void> keep_alone(const JobOfRun& job);
  void make_sure_of_branch(JobOfRun& job) const;
  void write_refusals();
  web::Response count(web::Response response, const char* outcome);
  void note_progress(const Run& run);
  static std::string end_name(const Run& run) { return run.id + "@" + run.occurrence; }
  void note_end(const Run& run);

  const Shape shape_;
  std::shared_ptr<const Dialect> dialect_;
  std::shared_ptr<Api> api_;
  Environment environment_;
  JobMemory jobs_;
  TestMemory tests_;
  Attempts attempts_;
  Refusals refusals_;
  Counter counter_;
  // nullopt: the CI tells of everything with its run.
  std::optional<Kin> kin_;
  web::Guesses told_;
  std::set<std::string> projects_;
  std::map<std::string, Open> open_;
  std::set<std::string> ends_;
  // Runs that have ended, by what tests are posted for them; of a while ago only.
  struct EndedRun {
    Millis at = 0;
    std::string id;
  };
  std::map<std::string, EndedRun> ended_;
  std::optional<Millis> heard_at_;
  std::function<void()> on_gap_;
  bool closed_ = false;
  // Ends that the API was asked to complete, and that it has not answered.
  std::size_t asking_ = 0;
};

// Closes it when a source is no longer observed, however that comes.
struct Closing {
  Receiver& receiver;
  ~Closing() { receiver.close(); }
};

}  // namespace carillon::source::hook
