#include "server/filtered.hpp"

#include <gmock/gmock.h>

#include "fakes/reporter_fixture.hpp"

namespace carillon::server {
namespace {

using testing::IsEmpty;

// One delivery, named after the builds that it is about.
class Naming final : public reporter::Reporter {
 public:
  reporter::Needs needs() const override { return {.properties = false, .steps = true}; }
  Task<std::vector<Delivery>> compose(const reporter::Details& details) override {
    Delivery delivery;
    for (const json::object& build : details.builds)
      delivery.key += std::to_string(build.at("number").as_int64()) + " ";
    co_return std::vector{delivery};
  }
  Task<Receipt> send(const Delivery&) override { co_return Receipt{"taken", {}, {}}; }
};

class FilteredTest : public test::ReporterTest {
 protected:
  std::shared_ptr<test::FakeObject> saying(std::vector<std::string> overridden, Result<json::value> answer) {
    auto object = test::fake_object(std::move(answer));
    object->overridden = std::move(overridden);
    return object;
  }
  std::shared_ptr<Naming> inner_ = std::make_shared<Naming>();
};

TEST_F(FilteredTest, WhatHasNoSuchMethodStaysAsItIs) {
  EXPECT_EQ(filtered(inner_, nullptr), inner_);
  EXPECT_EQ(filtered(inner_, saying({"getResponsibleUsersForBuild"}, json::value(true))), inner_);
}

TEST_F(FilteredTest, ANoIsASkippedDeliveryWithItsReason) {
  for (const json::value& no : {json::value(false), json::value(nullptr)}) {
    const auto self = saying({"filterBuilds"}, no);
    const auto reporter = filtered(inner_, self);
    EXPECT_TRUE(reporter->needs().properties);
    EXPECT_TRUE(reporter->needs().steps);
    const auto deliveries = compose(*reporter, test::order_of(test::sample_build(2)));
    ASSERT_EQ(deliveries.size(), 1U);
    EXPECT_TRUE(deliveries[0].skip);
    EXPECT_EQ(deliveries[0].note, "filterBuilds of x.cfg:9 said no");
    EXPECT_EQ(deliveries[0].key, "filter:ci/builds/7/finished");
    ASSERT_EQ(self->seen.size(), 1U);
    EXPECT_EQ(self->seen[0].args.at(0).at("number").as_int64(), 3);
    EXPECT_EQ(self->seen[0].source, "ci");
  }
}

TEST_F(FilteredTest, AYesAndAFailureAreReported) {
  const reporter::Details details = test::order_of(test::sample_build(2));
  auto deliveries = compose(*filtered(inner_, saying({"isMessageNeeded"}, json::value(true))), details);
  ASSERT_EQ(deliveries.size(), 1U);
  EXPECT_EQ(deliveries[0].key, "3 ");
  EXPECT_THAT(deliveries[0].note, IsEmpty());
  deliveries =
      compose(*filtered(inner_, saying({"isMessageNeeded"}, rejected("x.cfg:11: KeyError"))), details);
  ASSERT_EQ(deliveries.size(), 1U);
  EXPECT_FALSE(deliveries[0].skip);
  EXPECT_EQ(deliveries[0].note, "isMessageNeeded failed, so it counts as a yes: x.cfg:11: KeyError");
}

TEST_F(FilteredTest, NothingIsCalledForAPlainOrder) {
  const auto self = saying({"filterBuilds"}, json::value(false));
  reporter::Details details = test::order_of(test::sample_build(2));
  details.plain = true;
  const auto deliveries = compose(*filtered(inner_, self), details);
  ASSERT_EQ(deliveries.size(), 1U);
  EXPECT_EQ(deliveries[0].key, "3 ");
  EXPECT_THAT(self->seen, IsEmpty());
}

// Says no to builds with an odd number.
class EvenOnly final : public settings::Object {
 public:
  Task<json::value> call(std::string_view, json::array args, std::string_view) override {
    co_return json::value(args.at(0).at("number").as_int64() % 2 == 0);
  }
  json::value attribute(std::string_view) const override { return {}; }
  bool overrides(std::string_view method) const override { return method == "isMessageNeeded"; }
  std::string where() const override { return "x.cfg:5"; }
};

TEST_F(FilteredTest, ABuildsetIsAboutTheWantedBuilds) {
  reporter::Details details = test::order_of(test::sample_build(2));
  details.kind = EventKind::buildset_complete;
  for (const int number : {4, 5, 6}) {
    json::object build = test::sample_build(0);
    build["number"] = number;
    details.builds.push_back(std::move(build));
  }
  const auto deliveries = compose(*filtered(inner_, std::make_shared<EvenOnly>()), details);
  ASSERT_EQ(deliveries.size(), 1U);
  EXPECT_EQ(deliveries[0].key, "4 6 ");
}

}  // namespace
}  // namespace carillon::server
