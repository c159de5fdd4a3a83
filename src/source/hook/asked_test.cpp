#include "source/hook/asked.hpp"

#include <gtest/gtest.h>

#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "source/hook/run_event.hpp"
#include "store/open.hpp"

namespace carillon::source::hook {
namespace {

// It has one log of four lines.
class LogApi final : public Api {
 public:
  int asked = 0;

  Task<std::vector<hook::Run>> changed_since(std::int64_t, const std::set<std::string>&) override {
    co_return std::vector<hook::Run>();
  }
  Task<std::optional<hook::Run>> run(const std::string&, const std::string&) override {
    co_return std::nullopt;
  }
  Task<void> complete(hook::Run&) override { co_return ok(); }
  Task<std::string> log(const std::string& project, const std::string& job, std::size_t) override {
    ++asked;
    if (project != "acme/app" || job != "7") co_return rejected("no such job");
    co_return "one\ntwo\nthree\nfour";
  }
};

class AskedTest : public testing::Test {
 protected:
  AskedTest() : store_(store::open_store(io_.get_executor(), dir_.file("c.sqlite"))) {
    hook::Run run;
    run.id = "run-1";
    run.project = "acme/app";
    run.pipeline = "CI";
    run.number = 1;
    run.state = {Phase::ended, Results::failure};
    Job job;
    job.id = "7";
    job.name = "linux";
    job.state = run.state;
    job.has_log = true;
    run.jobs.push_back(job);
    Shape shape;
    shape.source = shape.ci = "ci";
    store::NewEvent item;
    Event event = event_of(run, shape, 1, "hook");
    event.source = "ci";
    item.kind = kind_of(event.key);
    item.facts = facts_of(event.body);
    event.text = std::make_shared<const ObjectText>(event.body);
    item.event = std::make_shared<const Event>(std::move(event));
    std::vector<store::NewEvent> items;
    items.push_back(std::move(item));
    EXPECT_TRUE(test::run(io_, store_->accept(std::string("ci"), std::move(items), nullptr, 1)));
  }
  ~AskedTest() override { store_->close(); }

  // "FIRSTLINE: CONTENT", or why not.
  std::string lines(const std::string& query) {
    const auto answer = test::run(io_, asked_.get("logs/7/contents" + query));
    if (!answer) return answer.error().what;
    const json::value& chunk = answer->at("logchunks").at(0);
    return json::serialize(chunk.at("firstline")) + ": " + std::string(chunk.at("content").get_string());
  }

  test::TempDir dir_;
  asio::io_context io_;
  std::unique_ptr<store::Store> store_;
  std::shared_ptr<LogApi> api_ = std::make_shared<LogApi>();
  Asked asked_{"ci", "http://ci/", [this] { return static_cast<store::Journal*>(store_.get()); }, api_};
};

TEST_F(AskedTest, LinesAreChosenAsInAnyOtherQuestion) {
  EXPECT_EQ(lines(""), "0: one\ntwo\nthree\nfour");
  EXPECT_EQ(lines("?offset=1&limit=2"), "1: two\nthree\n");
  EXPECT_EQ(lines("?offset=%31"), "1: two\nthree\nfour");
  EXPECT_EQ(lines("?offset=9&limit=9"), "4: ");
  EXPECT_EQ(lines("?limit=0"), "0: ");
  EXPECT_EQ(lines("?limit=18446744073709551615"), "0: one\ntwo\nthree\nfour");
  EXPECT_NE(lines("?offset__like=1").find("the filter 'offset__like' is not known"), std::string::npos);
  EXPECT_EQ(api_->asked, 1) << "the log is fetched once";
}

TEST_F(AskedTest, AStepSaysThatItHasALog) {
  const auto logs = test::run(io_, asked_.get("steps/7/logs"));
  ASSERT_TRUE(logs) << logs.error().what;
  EXPECT_EQ(logs->at("logs").at(0).at("num_lines").as_int64(), 4);
  EXPECT_FALSE(test::run(io_, asked_.get("nonsense")));
}

}  // namespace
}  // namespace carillon::source::hook
