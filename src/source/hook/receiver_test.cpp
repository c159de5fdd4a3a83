// What comes at the same time, or while the store is slow.
#include "source/hook/receiver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/post.hpp>

#include "fakes/key_value.hpp"
#include "fakes/run.hpp"
#include "source/fake_environment.hpp"

namespace carillon::source::hook {
namespace {

using testing::ElementsAre;

// A store that takes each question and each value in turn, and answers later; or not at all for a while.
class SlowStore final : public store::KeyValue {
 public:
  explicit SlowStore(asio::io_context& io) : io_(io) {}

  test::FakeKeyValue inner;
  std::vector<std::string> recalled;
  std::vector<std::string> forgotten;
  bool hangs = false;

  Task<void> remember(std::string owner, std::string key, json::value value, Millis now) override {
    co_await wait();
    co_return co_await inner.remember(std::move(owner), std::move(key), std::move(value), now);
  }
  Task<std::map<std::string, json::value>> recall(std::string owner, std::string prefix) override {
    recalled.push_back(prefix);
    co_await wait();
    auto found = co_await inner.recall(std::move(owner), std::move(prefix));
    co_await wait();
    co_return found;
  }
  Task<void> forget(std::string owner, std::string prefix, Millis before) override {
    forgotten.push_back(prefix);
    co_await wait();
    co_return co_await inner.forget(std::move(owner), std::move(prefix), before);
  }

 private:
  asio::awaitable<void> wait() {
    co_await asio::post(io_, asio::use_awaitable);
    while (hangs)
      co_await sleep_for(std::chrono::milliseconds(10));
  }

  asio::io_context& io_;
};

// Of a body "ID PHASE" it makes a run.
class WordDialect final : public Dialect {
 public:
  bool jobs = false;

  bool may_be_right(const web::Head&) const override { return true; }
  bool is_right(const web::Head&, std::string_view, std::int64_t) const override { return true; }
  bool has_jobs() const override { return jobs; }
  Result<Heard> hear(const web::Head&, std::string_view body, Millis) const override {
    Heard heard;
    hook::Run run;
    run.id = body.substr(0, body.find(' '));
    run.project = "acme/app";
    run.pipeline = "CI";
    run.state = {body.ends_with(" runs") ? Phase::runs : Phase::ended, Results::success};
    heard.runs.push_back(std::move(run));
    return heard;
  }
  std::vector<std::string> advice(const std::string&) const override { return {}; }
};

class ListSink final : public Sink {
 public:
  std::vector<std::string> keys;

  Task<Accepted> accept(std::string_view, std::vector<Event> told, json::value) override {
    for (const Event& event : told)
      keys.push_back(event.key);
    co_return Accepted{std::vector<bool>(told.size(), false)};
  }
  bool wants(EventKind kind) const override { return kind != EventKind::buildset_complete; }
  Task<json::value> cursor(std::string_view) override { co_return nullptr; }
};

class ReceiverTest : public testing::Test {
 protected:
  ReceiverTest() {
    shape_.source = shape_.ci = "ci";
    shape_.max_age = test::day;
    Environment lent = environment_.lend();
    lent.memory = [this] { return &store_; };
    receiver_ = std::make_shared<Receiver>(shape_, dialect_, nullptr, lent);
  }
  web::Response deliver(const std::string& body) {
    web::Request request;
    request.body = body;
    return test::run(environment_.io, receiver_->route({"POST", "/hook/ci"}, sink_).handler(request));
  }
  web::Response post_tests(const std::string& run) {
    web::Request request;
    request.query = "id=" + run;
    request.body = "<testsuite><testcase name='a'/></testsuite>";
    return test::run(environment_.io, receiver_->route_of_tests({"POST", "/hook/ci"}).handler(request));
  }
  // Both at once; whether each was done.
  template <class T>
  std::vector<Result<T>> both(Task<T> one, Task<T> other) {
    std::vector<Result<T>> results;
    for (Task<T>* task : {&one, &other}) {
      asio::co_spawn(environment_.io, std::move(*task),
                     [&](std::exception_ptr, Result<T> result) { results.push_back(std::move(result)); });
    }
    EXPECT_TRUE(test::run_until(environment_.io, [&] { return results.size() == 2; }));
    return results;
  }
  static JobOfRun job(Phase phase) {
    JobOfRun made;
    made.run = "run-1";
    made.job.id = "7";
    made.job.name = "linux";
    made.job.state = {phase, Results::failure};
    if (phase == Phase::runs) made.job.started = 100;
    return made;
  }

  FakeEnvironment environment_;
  SlowStore store_{environment_.io};
  Shape shape_;
  std::shared_ptr<WordDialect> dialect_ = std::make_shared<WordDialect>();
  ListSink sink_;
  std::shared_ptr<Receiver> receiver_;
};

TEST_F(ReceiverTest, AnEndOfAJobThatComesBesideItsStartStays) {
  for (const bool end_first : {false, true}) {
    store_.inner.kept.clear();
    JobMemory jobs("ci", [this] { return &store_; });
    const auto done = both<void>(jobs.keep(job(end_first ? Phase::ended : Phase::runs), 1),
                                 jobs.keep(job(end_first ? Phase::runs : Phase::ended), 1));
    EXPECT_TRUE(done[0] && done[1]);
    const auto kept = test::run(environment_.io, jobs.of("run-1"));
    ASSERT_TRUE(kept);
    ASSERT_EQ(kept->size(), 1U);
    EXPECT_EQ(kept->front().state, (State{Phase::ended, Results::failure})) << end_first;
  }
}

TEST_F(ReceiverTest, TwoEndsAtOnceAreTwoAttempts) {
  Attempts attempts("ci", [this] { return &store_; });
  hook::Run first;
  first.id = "pipeline-1";
  first.state = {Phase::ended, Results::failure};
  first.occurrence = "100";
  hook::Run second = first;
  second.occurrence = "200";
  const auto done = both<bool>(attempts.count(first, 1), attempts.count(second, 1));
  EXPECT_TRUE(done[0] && done[1]);
  EXPECT_EQ(first.attempt, 1);
  EXPECT_EQ(second.attempt, 2);
  hook::Run third = first;
  third.occurrence = "300";
  ASSERT_TRUE(test::run(environment_.io, attempts.count(third, 1)));
  EXPECT_EQ(third.attempt, 3) << "none was lost";
}

TEST_F(ReceiverTest, OneReportTwiceAtOnceIsOne) {
  TestMemory tests("ci", [this] { return &store_; });
  const Tests some{.total = 1, .passed = 1};
  const auto done = both<bool>(tests.keep("run-1", "x", some, 1), tests.keep("run-1", "x", some, 1));
  ASSERT_TRUE(done[0] && done[1]);
  EXPECT_NE(*done[0], *done[1]) << "one of them is new";
  for (int i = 1; i < 199; ++i)
    ASSERT_TRUE(test::run(environment_.io, tests.keep("run-1", std::to_string(i), some, 1)));
  const auto last = both<bool>(tests.keep("run-1", "y", some, 1), tests.keep("run-1", "z", some, 1));
  EXPECT_NE(last[0].has_value(), last[1].has_value()) << "the run has as many as it may have";
}

TEST_F(ReceiverTest, OfWhatIsNeverToldTheStoreIsNotAsked) {
  EXPECT_EQ(deliver("first ends").status, 202);
  EXPECT_THAT(store_.recalled, ElementsAre("junit ")) << "once, whether there is any report";
  EXPECT_EQ(deliver("second ends").status, 202);
  EXPECT_EQ(store_.recalled.size(), 1U);
  EXPECT_TRUE(store_.forgotten.empty());
  dialect_->jobs = true;
  EXPECT_EQ(deliver("third ends").status, 202);
  EXPECT_THAT(store_.recalled, ElementsAre("junit ", "job third "));
  EXPECT_THAT(sink_.keys,
              ElementsAre("builds/first/finished", "builds/second/finished", "builds/third/finished"));
}

TEST_F(ReceiverTest, TestsAreReadWhereTheyWerePosted) {
  EXPECT_EQ(deliver("first ends").status, 202);
  EXPECT_EQ(post_tests("second").status, 202);
  store_.recalled.clear();
  EXPECT_EQ(deliver("second ends").status, 202);
  EXPECT_THAT(store_.recalled, ElementsAre("junit second "));
}

TEST_F(ReceiverTest, WhileTheStoreHangsTheSenderIsSentAwayInTime) {
  int gaps = 0;
  receiver_->on_gap([&] { ++gaps; });
  store_.hangs = true;
  const auto begin = std::chrono::steady_clock::now();
  const web::Response late = deliver("slow ends");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
  EXPECT_EQ(late.status, 503);
  EXPECT_THAT(late.headers, testing::Contains(testing::Key("Retry-After")));
  EXPECT_EQ(gaps, 1);
  EXPECT_EQ(post_tests("slow").status, 503);
  EXPECT_TRUE(sink_.keys.empty());
  // The work goes on by itself.
  store_.hangs = false;
  EXPECT_TRUE(test::run_until(environment_.io, [&] { return !sink_.keys.empty(); }));
  EXPECT_THAT(sink_.keys, ElementsAre("builds/slow/finished"));
}

TEST_F(ReceiverTest, AReportThatIsKeptAsTheSourceGoesComesAgain) {
  store_.hangs = true;
  std::optional<int> status;
  web::Request request;
  request.query = "id=run-1";
  request.body = "<testsuite><testcase name='a'/></testsuite>";
  asio::co_spawn(environment_.io, receiver_->route_of_tests({"POST", "/hook/ci"}).handler(request),
                 [&](std::exception_ptr, const web::Response& answer) { status = answer.status; });
  EXPECT_TRUE(test::run_until(environment_.io, [&] { return !store_.recalled.empty(); }));
  receiver_->close();
  store_.hangs = false;
  EXPECT_TRUE(test::run_until(environment_.io, [&] { return status.has_value(); }));
  EXPECT_EQ(*status, 503);
}

}  // namespace
}  // namespace carillon::source::hook
