#include <gmock/gmock.h>

#include "dashboard/site_fixture.hpp"

namespace carillon::dashboard {
namespace {

using testing::HasSubstr;

class PagesTest : public SiteTest {};

TEST_F(PagesTest, TheOverviewSaysWhatNeedsAPerson) {
  EXPECT_THAT(get("/").body, HasSubstr("No build was heard of yet"));
  settle(heard(1), DeliveryState::dead);
  heard(2, Results::success);
  const web::Response page = get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("1 report of mail is dead"));
  EXPECT_THAT(page.body, HasSubstr(R"(<a href="/bell/b/linux">linux</a>)"));
  EXPECT_THAT(page.body, HasSubstr(R"(href="/bell/b/linux/1?source=ci" title="#1 failure")"));
  EXPECT_THAT(get("/?unhappy").body, HasSubstr("None fails"));
  EXPECT_THAT(header(page, "Content-Security-Policy"), HasSubstr("default-src 'none'"));
}

TEST_F(PagesTest, ABuildsPageSaysWhoWasToldAndWhy) {
  const RowId id = heard(7);
  EXPECT_THAT(get("/b/linux/7?who=t").body, HasSubstr("was not told so far"));
  settle(id, DeliveryState::delivered);
  const std::string page = get("/b/linux/7").body;
  EXPECT_THAT(page, HasSubstr("finished: failure"));
  EXPECT_THAT(page, HasSubstr("✓ yes"));
  EXPECT_THAT(page, HasSubstr("/bell/deliveries/" + std::to_string(id)));
  EXPECT_THAT(get("/b/linux/7?who=T").body, HasSubstr("was told"));
  EXPECT_THAT(get("/b/linux/7?who=bob").body, HasSubstr("was not told"));
  EXPECT_EQ(get("/b/linux/8").status, 404);
  EXPECT_EQ(get("/b/linux/x").status, 404);
  const web::Response latest = get("/b/linux/latest?result=failure");
  EXPECT_EQ(latest.status, 302);
  EXPECT_EQ(header(latest, "Location"), "/bell/b/linux/7");
  EXPECT_EQ(get("/b/linux/latest?result=success").status, 404);
  EXPECT_EQ(get("/b/linux/latest?result=bad").status, 400);
}

TEST_F(PagesTest, ListsGoOnAndAreFiltered) {
  for (int number = 1; number <= 3; ++number)
    heard(number);
  EXPECT_THAT(get("/builds?limit=2").body, HasSubstr(R"(<a rel="next" href="?limit=2&amp;before=)"));
  EXPECT_THAT(get("/b/linux?limit=2").body, HasSubstr(R"(rel="next")"));
  EXPECT_THAT(get("/builds?result=success").body, HasSubstr("no such build"));
  EXPECT_EQ(get("/builds?result=bad").status, 400);
  EXPECT_EQ(get("/builds?limit=0").status, 400);
  EXPECT_THAT(get("/deliveries?state=waiting&to=t").body, HasSubstr("/bell/deliveries/3"));
  EXPECT_THAT(get("/deliveries?state=waiting&to=u").body, HasSubstr("no such delivery"));
  EXPECT_EQ(get("/deliveries?state=bad").status, 400);
  EXPECT_EQ(get("/b/nonesuch").status, 404);
  EXPECT_EQ(get("/deliveries/99").status, 404);
  EXPECT_EQ(get("/reporters/nonesuch").status, 404);
}

TEST_F(PagesTest, ReportersAndSourcesAreDescribed) {
  heard(1);
  store::open_ledger(path_)->hold({"mail", clock_.now() + 3'600'000, "moving", "alice"});
  const std::string page = get("/reporters").body;
  EXPECT_THAT(page, HasSubstr("ends of mode failing"));
  EXPECT_THAT(page, HasSubstr("1 waiting"));
  EXPECT_THAT(get("/reporters/mail").body, HasSubstr("paused until"));
  status_.sources.push_back({"ci", "http://ci/", source::LinkState{false, 1, "HTTP 404", 0}});
  EXPECT_THAT(get("/sources").body, HasSubstr("HTTP 404"));
}

TEST_F(PagesTest, OnlyThePartIsSentToWhoAsksForIt) {
  const web::Response part = ask("GET", "/", {}, {{"x-part", "main"}});
  EXPECT_THAT(part.body, testing::StartsWith("<h1>Overview"));
}

TEST_F(PagesTest, StaticFilesAreKeptForEver) {
  const std::string page = get("/").body;
  const auto at = page.find("/bell/static/base.");
  ASSERT_NE(at, std::string::npos);
  const std::string address = page.substr(at + 5, page.find('"', at) - at - 5);
  access_.known.role = access::Role::none;
  const web::Response sheet = get(address);
  EXPECT_EQ(sheet.status, 200);
  EXPECT_THAT(header(sheet, "Cache-Control"), HasSubstr("immutable"));
  EXPECT_THAT(sheet.body, HasSubstr("color-scheme"));
}

TEST_F(PagesTest, WhoMayNotSeeIsToldWhy) {
  access_.known = {access::Role::none, "", "127.0.0.1", false, ""};
  EXPECT_EQ(header(get("/builds?q=1"), "Location"), "/bell/login?to=%2Fbuilds%3Fq%3D1");
  EXPECT_EQ(get("/api/v1/builds").status, 401);
  access_.known = {access::Role::viewer, "bob", "127.0.0.1", true, "t"};
  EXPECT_EQ(get("/builds").status, 200);
  EXPECT_EQ(get("/log").status, 403);
  EXPECT_EQ(ask("POST", "/api/v1/deliveries/1/drop", "{}").status, 403);
  EXPECT_EQ(ask("POST", "/deliveries/1/drop", "form_token=t").status, 403);
}

TEST_F(PagesTest, FormsWorkForOperatorsAndAreNoted) {
  const RowId id = heard(1);
  settle(id, DeliveryState::dead);
  const std::string at = "/deliveries/" + std::to_string(id);
  EXPECT_THAT(get(at).body, HasSubstr(R"(name="form_token" value="form-token")"));
  EXPECT_EQ(ask("POST", at + "/resend", "form_token=wrong").status, 403);
  const web::Response done = ask("POST", at + "/resend", "form_token=form-token&reason=disk");
  EXPECT_EQ(done.status, 303);
  EXPECT_EQ(header(done, "Location"), "/bell" + at);
  EXPECT_EQ(looked_, 1);
  EXPECT_THAT(get(at).body, HasSubstr("resend asked for by alice: disk"));
  EXPECT_EQ(ask("POST", "/deliveries", "form_token=form-token&deed=drop&id." + std::to_string(id) + "=on").status,
            200);
  EXPECT_THAT(get(at).body, HasSubstr("dropped by alice"));
  EXPECT_EQ(ask("POST", "/deliveries", "form_token=form-token&deed=drop").status, 400);
  EXPECT_EQ(ask("POST", at + "/burn", "form_token=form-token").status, 404);
  EXPECT_EQ(ask("POST", "/reporters/mail/pause", "form_token=form-token&until=1h&reason=").status, 400);
  EXPECT_EQ(ask("POST", "/reporters/mail/pause", "form_token=form-token&until=72h&reason=x").status, 400);
  EXPECT_EQ(ask("POST", "/reporters/mail/pause", "form_token=form-token&until=1h&reason=moving").status, 200);
  EXPECT_THAT(get("/reporters/mail").body, HasSubstr("moving"));
  EXPECT_EQ(ask("POST", "/reporters/mail/go", "form_token=form-token").status, 200);
  EXPECT_EQ(ask("POST", "/reporters/mail/go", "form_token=form-token").status, 409);
  EXPECT_EQ(ask("POST", "/reporters/nonesuch/pause", "form_token=form-token&until=1h&reason=x").status, 404);
  const std::string log = get("/log").body;
  for (const char* deed : {"resend", "drop", "pause", "go", "moving"})
    EXPECT_THAT(log, HasSubstr(deed));
}

}  // namespace
}  // namespace carillon::dashboard
