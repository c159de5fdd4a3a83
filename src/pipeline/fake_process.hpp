// The whole way inside of one process, for tests: intake, rules, store, composer, courier, with scripted
// reporters; made anew over the same database it plays a restart.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>

#include "fakes/clock.hpp"
#include "fakes/reporter.hpp"
#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "pipeline/composer.hpp"
#include "pipeline/courier.hpp"
#include "pipeline/intake.hpp"
#include "pipeline/log_fetcher.hpp"
#include "spool/folder.hpp"
#include "store/open.hpp"
#include "store/store_kinds_fixture.hpp"

namespace carillon::pipeline {

using test::FakeReporter;
using test::run;
using test::run_until;

using test::day;
using test::hour;
using test::minute;

inline Event build_event(int number, Results results, const std::string& builder = "linux",
                         bool finished = true) {
  json::object build;
  json::object about;
  about["name"] = builder;
  build["builder"] = about;
  build["number"] = number;
  build["results"] = finished ? json::value(static_cast<int>(results)) : json::value(nullptr);
  build["properties"] = json::object();
  json::object buildset;
  buildset["bsid"] = 3;
  buildset["sourcestamps"] = json::array();
  build["buildset"] = buildset;
  Event event;
  event.source = "ci";
  event.key = "builds/" + builder + std::to_string(number) + (finished ? "/finished" : "/new");
  event.body = build;
  return event;
}

// A later try of a build that has ended.
inline Event tried_again(int number, int attempt, Results results, const std::string& builder = "linux") {
  Event event = build_event(number, results, builder);
  event.key = "builds/" + builder + std::to_string(number) + "." + std::to_string(attempt) + "/finished";
  event.body["attempt"] = attempt;
  return event;
}

inline rule::Rule every_build() {
  rule::Rule rule;
  rule.started = true;
  rule.every_finished = true;
  return rule;
}

// ctest runs these tests with either store (CMakeLists.txt).
inline bool on_postgres() {
  const char* kind = std::getenv("CARILLON_TEST_STORE");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return kind != nullptr && std::string_view(kind) == "postgres";
}

inline std::unique_ptr<store::Store> open_store_of_test(const asio::any_io_executor& io,
                                                        const std::string& path) {
  constexpr std::chrono::milliseconds poll{50};
  if (on_postgres()) return store::open_on_postgres(io, path, poll);
  return store::open_sqlite(io, path, {.poll = poll});
}

// One process: made anew over the same database to play a restart.
struct Process {
  Process(const std::string& path, const Clock& clock, const RosterPtr& roster)
      : reporters(roster),
        store(open_store_of_test(io.get_executor(), path)),
        spool(io.get_executor(), path + ".spool", 0),
        room(spool, *store, log),
        logs(spool, room, clock, log),
        courier(io.get_executor(), *store, clock, log, metrics, 1),
        begun(path + ".begun"),
        silences(*store, clock, log),
        composer(
            io.get_executor(), *store, metrics, clock, log, [this](auto) { return source; }, logs, begun,
            silences),
        intake(*store, composer, clock, log, metrics, no_master, silences) {
    silences.set_roster(roster);
    intake.set_roster(roster);
    composer.set_roster(roster);
    courier.set_roster(roster);
    asio::co_spawn(io, courier.run(), or_end);
    asio::co_spawn(io, composer.run(), or_end);
    EXPECT_TRUE(run(io, silences.look()));
  }
  ~Process() { store->close(); }

  Result<source::Sink::Accepted> accept(std::vector<Event> events) {
    return run(io, intake.accept("ci", std::move(events), nullptr));
  }
  Result<source::Sink::Accepted> accept(Event event) {
    std::vector<Event> events;
    events.push_back(std::move(event));
    return accept(std::move(events));
  }
  // Until all is read that the store holds, and what other connections have changed since.
  void recover() {
    // Before the courier knows the pauses it sends nothing.
    ASSERT_TRUE(run_until(io, [this] { return store->pending() == 0 && courier.caught_up(); }));
    ASSERT_TRUE(run(io, store->look()));
    ASSERT_TRUE(run_until(io, [this] { return store->pending() == 0 && store->backlog() == 0; }));
    if (const auto roster = reporters.lock())
      courier.set_roster(roster);  // the clock may have been set: what is due goes out
  }
  bool settle_all() {
    return run_until(io, [this] {
      return store->pending() == 0 && composer.pending() == 0 && courier.in_flight() == 0 &&
             store->backlog() == 0;
    });
  }

  static std::shared_ptr<source::Source> no_master(std::string_view) { return nullptr; }

  Redactor redactor;
  Log log{Log::Level::error, redactor};
  metrics::Registry registry;
  Metrics metrics{registry};
  std::weak_ptr<const Roster> reporters;
  asio::io_context io;
  std::unique_ptr<store::Store> store;
  // Asked for details; null: there is none.
  std::shared_ptr<source::Source> source;
  spool::Folder spool;
  SpoolRoom room;
  LogFetcher logs;
  Courier courier;
  Begun begun;
  Silences silences;
  Composer composer;
  Intake intake;
};

class PipelineTest : public testing::Test {
 protected:
  PipelineTest() { add("r", every_build(), reporter_); }

  void add(const std::string& name, const rule::Rule& rule, const std::shared_ptr<FakeReporter>& reporter) {
    RosterEntry entry;
    entry.name = name;
    entry.rule = rule;
    entry.reporter = reporter;
    roster_->entries.push_back(entry);
  }
  Process& start() {
    process_.reset();
    process_ = std::make_unique<Process>(dir_.file("c.sqlite"), clock_, roster_);
    return *process_;
  }
  std::unique_ptr<store::Ledger> ledger() {
    const std::string path = dir_.file("c.sqlite");
    return on_postgres() ? store::ledger_on_postgres(path) : store::open_ledger(path);
  }
  std::vector<DeliveryState> states() {
    std::vector<DeliveryState> all;
    for (const auto& row : ledger()->deliveries({}))
      all.push_back(row.state);
    return all;
  }

  test::TempDir dir_;
  test::FakeClock clock_;
  std::shared_ptr<FakeReporter> reporter_ = std::make_shared<FakeReporter>();
  std::shared_ptr<Roster> roster_ = std::make_shared<Roster>();
  std::unique_ptr<Process> process_;
};

}  // namespace carillon::pipeline
