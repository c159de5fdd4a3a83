#include "reporter/common/generated.hpp"

#include <gmock/gmock.h>

#include "fakes/reporter_fixture.hpp"

namespace carillon::reporter {
namespace {

using settings::Value;
using test::order_of;
using test::sample_build;
using testing::HasSubstr;

// Keeps what it was to word.
class Listener final : public Reporter {
 public:
  explicit Listener(std::vector<Details>& heard) : heard_(heard) {}
  Needs needs() const override { return Needs{}; }
  Task<std::vector<Delivery>> compose(const Details& details) override {
    heard_.push_back(details);
    std::vector<Delivery> deliveries(1);
    deliveries.front().note = "own note";
    co_return deliveries;
  }
  Task<Receipt> send(const Delivery&) override { co_return Receipt{}; }

 private:
  std::vector<Details>& heard_;
};

class GeneratedTest : public test::ReporterTest {
 protected:
  std::unique_ptr<Reporter> make_it(json::object facts = {}, bool describes = false) {
    settings::Schema schema;
    schema.name = "Teller";
    if (describes)
      schema.arguments.push_back({"startDescription", {settings::Type::string}, false, Value{}, ""});
    add_generators_argument(schema);
    settings::Dict dict;
    for (const auto& member : facts) {
      dict.keys.push_back(Value{std::string(member.key())});
      dict.values.push_back(Value{member.value().as_bool()});
    }
    const settings::List parts = {Value{dict}, test::value_of(generator_)};
    const auto args = bind(schema, {{"generators", Value{parts}}});
    return generated(std::make_unique<Listener>(heard_), args, environment());
  }

  std::shared_ptr<test::FakeObject> generator_ = std::make_shared<test::FakeObject>();
  std::vector<Details> heard_;
};

TEST_F(GeneratedTest, TheReportGoesAlongWithTheOrder) {
  generator_->result = json::parse(R"({"body": "words", "type": "plain", "subject": null})");
  const auto reporter = make_it();
  EXPECT_FALSE(compose(*reporter, order_of(sample_build(2))).front().skip);
  ASSERT_EQ(heard_.size(), 1U);
  ASSERT_TRUE(heard_.front().report);
  EXPECT_EQ(heard_.front().report->at("body"), "words");
  ASSERT_EQ(generator_->seen.size(), 1U);
  const auto& seen = generator_->seen.front();
  EXPECT_EQ(seen.method, "report");
  EXPECT_EQ(seen.args.at(0), "finished");
  EXPECT_EQ(seen.args.at(1).at(0).at("buildername"), "linux");
  EXPECT_FALSE(seen.args.at(1).at(0).at("build").as_object().contains("steps"));
  EXPECT_EQ(seen.args.at(3), settings::Object::master_argument());
  EXPECT_EQ(seen.source, "ci");
  compose(*reporter, order_of(sample_build(-1)));
  EXPECT_EQ(generator_->seen.back().args.at(0), "new");
}

TEST_F(GeneratedTest, StepsComeWithoutTheLogsThatNobodyAskedFor) {
  json::object build = sample_build(2);
  build["steps"] = json::parse(R"([{"name": "make", "logs": [{"name": "stdio"}]}])");
  const auto steps = [&](json::object facts) {
    compose(*make_it(std::move(facts)), order_of(build));
    const json::object& seen = generator_->seen.back().args.at(1).at(0).at("build").as_object();
    return json::serialize(seen.contains("steps") ? seen.at("steps") : json::value());
  };
  EXPECT_EQ(steps({}), "null");
  EXPECT_EQ(steps({{"steps", true}}), R"([{"name":"make"}])");
  EXPECT_EQ(steps({{"logs", true}}), R"([{"name":"make","logs":[{"name":"stdio"}]}])");
}

TEST_F(GeneratedTest, NoReportAndNoBodyAreSkippedWithTheReason) {
  const auto reporter = make_it();
  const auto unwanted = compose(*reporter, order_of(sample_build(2)));
  ASSERT_EQ(unwanted.size(), 1U);
  EXPECT_TRUE(unwanted.front().skip);
  EXPECT_THAT(unwanted.front().note, HasSubstr("does not want it"));
  generator_->result = json::parse(R"({"body": null, "type": "json"})");
  const auto empty = compose(*reporter, order_of(sample_build(2)));
  ASSERT_EQ(empty.size(), 1U);
  EXPECT_TRUE(empty.front().skip);
  EXPECT_THAT(empty.front().note, HasSubstr("no body"));
  EXPECT_TRUE(heard_.empty());
  // A status of a commit needs no description.
  compose(*make_it({}, true), order_of(sample_build(2)));
  EXPECT_EQ(heard_.size(), 1U);
}

TEST_F(GeneratedTest, AFailureLosesNoReport) {
  generator_->result = rejected("x.cfg:9: KeyError: 'x'");
  const auto deliveries = compose(*make_it(), order_of(sample_build(2)));
  ASSERT_EQ(deliveries.size(), 1U);
  EXPECT_FALSE(deliveries.front().skip);
  EXPECT_THAT(deliveries.front().note, HasSubstr("x.cfg:9: KeyError: 'x'"));
  EXPECT_THAT(deliveries.front().note, HasSubstr("own note"));
  ASSERT_EQ(heard_.size(), 1U);
  EXPECT_FALSE(heard_.front().report);
}

TEST_F(GeneratedTest, APlainOrderAndAWorkerDoNotAskIt) {
  Details plain = order_of(sample_build(2));
  plain.plain = true;
  compose(*make_it(), plain);
  Details worker;
  worker.kind = EventKind::worker_missing;
  compose(*make_it(), worker);
  EXPECT_EQ(heard_.size(), 2U);
  EXPECT_TRUE(generator_->seen.empty());
}

TEST_F(GeneratedTest, ItsNeedsComeOnTop) {
  EXPECT_FALSE(make_it()->needs().steps);
  const Needs needs = make_it({{"logs", true}, {"previous", true}, {"changes", true}})->needs();
  EXPECT_TRUE(needs.steps && needs.logs && needs.previous_build && needs.changes);
}

}  // namespace
}  // namespace carillon::reporter
