#include "source/hook/builder_name.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.hpp"
#include "fakes/run.hpp"
#include "source/hook/run_event.hpp"

namespace carillon::source::hook {
namespace {

// It yields what the test wants, and remembers what it was asked.
class Namer final : public settings::Object {
 public:
  Result<json::value> yields = json::value("nightly");
  json::value asked;

  Task<json::value> call(std::string_view, json::array args, std::string_view) override {
    asked = std::move(args.at(0));
    co_return yields;
  }
  json::value attribute(std::string_view) const override { return nullptr; }
  bool overrides(std::string_view) const override { return false; }
  std::string where() const override { return "carillon.cfg:3"; }
};

class BuilderNameTest : public testing::Test {
 protected:
  BuilderNameTest() {
    shape_.source = shape_.ci = "ci";
    shape_.name_builder = namer_;
    run_.id = "run-1";
    run_.project = "acme/app";
    run_.pipeline = "CI";
    run_.branch = "main";
  }
  Result<void> ask() { return test::run(io_, name_builder(run_, shape_)); }

  asio::io_context io_;
  Shape shape_;
  std::shared_ptr<Namer> namer_ = std::make_shared<Namer>();
  hook::Run run_;
};

TEST_F(BuilderNameTest, AFunctionIsAskedForIt) {
  ASSERT_TRUE(ask());
  EXPECT_EQ(builder_of(run_, shape_), "nightly");
  EXPECT_EQ(text_at(namer_->asked.as_object(), "repo"), "acme/app");
  EXPECT_EQ(text_at(namer_->asked.as_object(), "workflow"), "CI");
  EXPECT_EQ(text_at(namer_->asked.as_object(), "branch"), "main");
  const Event event = event_of(run_, shape_, 1, "hook");
  EXPECT_EQ(text_at(event.body, "builder.name"), "nightly");
  EXPECT_FALSE(event.body.contains("heard_notes"));
}

TEST_F(BuilderNameTest, WhereItFailsTheNameIsTheOneWithoutItAndPeopleAreTold) {
  namer_->yields = rejected("carillon.cfg:3: KeyError: 'x'");
  EXPECT_EQ(ask().error().what, "builder=: carillon.cfg:3: KeyError: 'x'");
  EXPECT_EQ(builder_of(run_, shape_), "acme/app/CI");
  const Event event = event_of(run_, shape_, 1, "hook");
  EXPECT_EQ(json::serialize(event.body.at("heard_notes")), R"(["builder=: carillon.cfg:3: KeyError: 'x'"])");
  namer_->yields = json::value(7);
  EXPECT_THAT(ask().error().what, testing::HasSubstr("yielded no text"));
  namer_->yields = json::value("");
  EXPECT_FALSE(ask());
}

TEST_F(BuilderNameTest, WithoutAFunctionNothingIsAsked) {
  shape_.name_builder = nullptr;
  ASSERT_TRUE(ask());
  EXPECT_EQ(builder_of(run_, shape_), "acme/app/CI");
}

}  // namespace
}  // namespace carillon::source::hook
