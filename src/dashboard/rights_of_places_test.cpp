// Every place that the dashboard declares, asked by every role.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "access/rights.hpp"
#include "dashboard/pages.hpp"
#include "fakes/clock.hpp"
#include "fakes/http_client.hpp"
#include "fakes/key_value.hpp"
#include "fakes/run.hpp"

namespace carillon::dashboard {
namespace {

using access::Role;

constexpr Role all_roles[] = {Role::none, Role::feeds, Role::viewer, Role::operator_, Role::admin};

std::string token_of(Role role) {
  return "token-of-role-" + std::string(access::name(role)) + "-0123456789";
}

// Whoever has no role may go there.
bool is_public(const Place& place) {
  for (const char* path : {"/login", "/login/back", "/logout", "/robots.txt"}) {
    if (place.path == path) return true;
  }
  return place.path.starts_with("/static/");
}

class RightsOfPlacesTest : public testing::Test {
 protected:
  RightsOfPlacesTest() {
    settings::Configuration configuration;
    for (const Role role : all_roles) {
      if (role != Role::none)
        configuration.access.tokens.push_back(
            {std::string(access::name(role)), std::string(access::name(role)), Secret(token_of(role))});
    }
    configuration.www_host = "0.0.0.0";
    rights_.apply(configuration);
  }

  web::Head asked_by(Role role, const Place& place) const {
    web::Head head;
    head.method = place.method;
    head.path = place.path;
    if (role != Role::none) head.authorization = "Bearer " + token_of(role);
    return head;
  }

  asio::io_context io_;
  test::FakeClock clock_;
  test::FakeHttpClient http_;
  test::FakeKeyValue memory_;
  Redactor redactor_;
  Log log_{Log::Level::error, redactor_};
  access::Rights rights_{{io_.get_executor(), http_, clock_, log_, [this] { return &memory_; }}};
  Site site_{"Bells", Links(), rights_};
  Archive archive_{io_.get_executor(), []() -> std::unique_ptr<store::Ledger> { return nullptr; }};
  World world_{
      .site = site_,
      .archive = archive_,
      .clock = clock_,
      .server = [] { return view::ServerStatus(); },
      .reporters = [] { return std::vector<ReporterFacts>(); },
      .queues = [] { return std::vector<store::Ledger::Queue>(); },
      .feeds = [] { return FeedFacts(); },
  };
};

TEST_F(RightsOfPlacesTest, OnlyAFewAreForEverybody) {
  const auto places = pages(world_);
  EXPECT_GT(places.size(), 10U);
  for (const Place& place : places)
    EXPECT_EQ(place.role == Role::none, is_public(place)) << place.method << " " << place.path;
}

TEST_F(RightsOfPlacesTest, WhatChangesSomethingIsForOperators) {
  for (const Place& place : pages(world_)) {
    // What only looks at what would be may be posted by viewers.
    if (place.method != "GET" && !is_public(place) && !place.path.ends_with("/preview"))
      EXPECT_GE(place.role, Role::operator_) << place.method << " " << place.path;
  }
}

TEST_F(RightsOfPlacesTest, EachRoleGetsWhereItMay) {
  for (const Place& declared : pages(world_)) {
    // Whether the handler is reached is what counts.
    int reached = 0;
    Place place = declared;
    place.handler = [&reached](const Asked& /*asked*/) -> asio::awaitable<web::Response> {
      ++reached;
      co_return web::Response();
    };
    web::Router router;
    const auto handles = site_.serve(router, {place});
    for (const Role role : all_roles) {
      SCOPED_TRACE(place.method + " " + place.path + " by " + std::string(access::name(role)));
      web::Head head = asked_by(role, place);
      const auto found = router.find(head);
      ASSERT_TRUE(found.route);
      const auto refused = found.route->refuse(head);
      EXPECT_EQ(!refused, role >= place.role);
      if (refused) EXPECT_EQ(refused->status, role == Role::none ? 401 : 403);
      // Nor does it help to get past the first look.
      const int before = reached;
      const web::Response response = test::run(io_, found.route->handler(web::Request{head, ""}));
      EXPECT_EQ(reached - before, role >= place.role ? 1 : 0) << response.status << " " << response.body;
    }
  }
}

}  // namespace
}  // namespace carillon::dashboard
