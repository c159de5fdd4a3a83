#include <gmock/gmock.h>

#include <set>

#include "dashboard/site_fixture.hpp"

namespace carillon::dashboard {
namespace {

using testing::HasSubstr;
using testing::Not;

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
  EXPECT_THAT(get("/b/linux/7").body, Not(HasSubstr("✓ yes")));
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

TEST_F(PagesTest, BuildersWhoseNamesBrowsersFoldAwayHavePages) {
  heard_of("..", 7);
  EXPECT_THAT(get("/builds").body, HasSubstr(R"(href="/bell/b/~../7?source=ci")"));
  EXPECT_EQ(get("/b/~../7").status, 200);
  EXPECT_EQ(get("/b/%2E%2E/7").status, 200);
  EXPECT_EQ(api("b/~../7").at("events").as_array().size(), 1U);
}

TEST_F(PagesTest, ABrowserGetsAPageOfWhatIsNotThere) {
  const Headers browser{{"accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}};
  const auto see = [&](const std::string& method, const std::string& target) {
    return ask(method, target, "", browser);
  };
  web::Response page = see("GET", "/no/such/page");
  EXPECT_EQ(page.status, 404);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(page.body, HasSubstr("There is no such page."));
  EXPECT_THAT(page.body, HasSubstr("<nav"));
  EXPECT_THAT(header(page, "Content-Security-Policy"), HasSubstr("default-src 'none'"));
  page = see("POST", "/builds");
  EXPECT_EQ(page.status, 405);
  EXPECT_THAT(page.body, HasSubstr("That cannot be done here."));
  EXPECT_EQ(header(page, "Allow"), "GET, HEAD");
  for (const auto& [target, accept] :
       {std::pair("/no/such/page", "application/json"), std::pair("/no/such/page", "*/*"),
        std::pair("/api/v1/no/such", "text/html")}) {
    page = ask("GET", target, "", {{"accept", accept}});
    EXPECT_EQ(page.status, 404);
    EXPECT_EQ(page.content_type, "application/json") << target << accept;
  }
  access_.known.role = access::Role::none;
  page = see("GET", "/no/such/page");
  EXPECT_EQ(page.status, 404);
  EXPECT_THAT(page.body, HasSubstr("There is no such page."));
  EXPECT_THAT(page.body, Not(HasSubstr("<nav")));
  access_.known.role = access::Role::admin;
  access_.known.unproved = true;
  EXPECT_THAT(see("GET", "/no/such/page").body, Not(HasSubstr("<nav")));
}

TEST_F(PagesTest, WhereAPageBreaksItIsAPage) {
  web::Request page = request("GET", "/builds");
  const web::Response broken = router_.find(page).route->broken();
  EXPECT_EQ(broken.status, 500);
  EXPECT_EQ(broken.content_type, "text/html; charset=utf-8");
  web::Request api = request("GET", "/api/v1/builds");
  EXPECT_FALSE(router_.find(api).route->broken);
}

TEST_F(PagesTest, ABuildsPageNamesTheStateOfWhatDidNotArrive) {
  settle(heard(7), DeliveryState::dead, {"dev@example.org", "!nobody@example.org"});
  const std::string page = get("/b/linux/7").body;
  EXPECT_THAT(page, HasSubstr(R"(</a></td><td><span class="state bad">✗ dead</span></td>)"));
  EXPECT_THAT(page, Not(HasSubstr("✓ yes")));
  settle(heard(8), DeliveryState::dropped);
  EXPECT_THAT(get("/b/linux/8").body,
              HasSubstr(R"(</a></td><td><span class="state dim">– dropped</span></td>)"));
  const std::string dev = get("/b/linux/7?who=dev@example.org").body;
  EXPECT_THAT(dev, HasSubstr("<b>dev@example.org</b> was told:"));
  EXPECT_THAT(dev, HasSubstr(R"(for this address: <span class="state good">✓ delivered</span>)"));
  EXPECT_THAT(get("/b/linux/7?who=nobody@example.org").body,
              HasSubstr("<b>nobody@example.org</b> was not told so far:"));
  EXPECT_THAT(get("/b/linux/7?who=carol").body, HasSubstr("mail reports it to others: t"));
}

TEST_F(PagesTest, ABuildsPageDoesNotLinkToItself) {
  const auto page = [&](int number, const std::string& url) {
    store::NewEvent event = store::build_event(number, Results::failure);
    Event made = *event.event;
    made.body["url"] = url;
    made.text = std::make_shared<const ObjectText>(made.body);
    event.event = std::make_shared<const Event>(std::move(made));
    std::vector<store::NewEvent> events;
    events.push_back(std::move(event));
    accept(std::move(events));
    return get("/b/linux/" + std::to_string(number)).body;
  };
  EXPECT_THAT(page(7, "http://localhost:8020/bell/b/linux/7"), Not(HasSubstr("the build's own page")));
  EXPECT_THAT(page(8, "http://ci.example.org/8"), HasSubstr("the build's own page"));
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
  status_.sources.push_back({"push", "http://b/", std::nullopt});
  const std::string sources = get("/sources").body;
  EXPECT_THAT(sources, HasSubstr("HTTP 404"));
  EXPECT_THAT(sources, HasSubstr(R"(<td><time datetime="1970-01-01T00:00:00Z")")) << "when ci was heard of";
  EXPECT_THAT(sources, HasSubstr("builds are posted to it</span></td><td>-</td>"));
  EXPECT_THAT(sources, Not(HasSubstr("refused")));
  status_.sources.back().refused = source::Refused{clock_.now() - 60'000, 401, "<b>: no such token"};
  EXPECT_THAT(get("/sources").body,
              testing::ContainsRegex("✗ refused <time.*</time></span>: 401 &lt;b&gt;: no such token"));
  status_.sources.back().refused->at -= 24 * 3'600'000;
  EXPECT_THAT(get("/sources").body, Not(HasSubstr("refused"))) << "after a day it is no news";
}

TEST_F(PagesTest, ATargetThatDoesNotAnswerIsSeen) {
  heard(1);
  heard(2);
  status_.silent = {{"mail", clock_.now() - 60'000, "connection refused"}};
  EXPECT_THAT(get("/").body, HasSubstr("mail has delivered nothing for 1 minute: connection refused"));
  EXPECT_THAT(get("/").body, Not(HasSubstr("✗ mail has delivered nothing"))) << "a note at first";
  for (const char* page : {"/reporters", "/reporters/mail", "/deliveries/1"})
    EXPECT_THAT(get(page).body, HasSubstr("the target does not answer since <time")) << page;
  EXPECT_THAT(get("/deliveries").body,
              HasSubstr("not tried yet; the target does not answer: connection refused"));
  for (const char* page : {"/deliveries/2", "/deliveries", "/reporters/mail"})
    EXPECT_THAT(get(page).body, HasSubstr("waits behind #1 of the same lane")) << page;
  EXPECT_THAT(get("/b/linux/2").body, HasSubstr("due: waits behind #1 of the same lane"));
  EXPECT_THAT(get("/b/linux/1").body, HasSubstr("due: not tried yet; the target does not answer"));
  status_.silent.front().since -= 240'000;
  const std::string overview = get("/").body;
  EXPECT_THAT(
      overview,
      HasSubstr(
          R"(<a href="/bell/deliveries?state=waiting&amp;reporter=mail">✗ mail has delivered nothing)"));
}

TEST_F(PagesTest, WhatIsPausedSaysSoInEveryList) {
  heard(1);
  store::open_ledger(path_)->hold({"mail", clock_.now() + 3'600'000, "moving", "alice"});
  for (const char* page : {"/deliveries", "/reporters/mail", "/b/linux/1"})
    EXPECT_THAT(get(page).body, HasSubstr(": moving")) << page;
}

TEST_F(PagesTest, LongTextsAreCutInLists) {
  store::NewEvent event = store::build_event(1, Results::failure);
  Event made = *event.event;
  made.body["state_string"] = "begin " + std::string(3'000, 'x') + " end";
  made.text = std::make_shared<const ObjectText>(made.body);
  event.event = std::make_shared<const Event>(std::move(made));
  std::vector<store::NewEvent> events;
  events.push_back(std::move(event));
  accept(std::move(events));
  EXPECT_THAT(get("/builds").body, HasSubstr("x…</span>"));
  EXPECT_THAT(get("/builds").body, HasSubstr(R"(<span title="begin x)"));
  EXPECT_THAT(get("/b/linux/1").body, HasSubstr("x end</dd>")) << "whole on its own page";
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

TEST_F(PagesTest, WhatTakesTooLongIsSaidInTheFrame) {
  takes_too_long_ = true;
  // These ask for nothing that is kept.
  const std::set<std::string> others{"/sources", "/config",       "/login",  "/login/back",
                                     "/search",  "/silences/new", "/replay", "/replay/{id}"};
  // Of these less can be asked for, by a form.
  const std::set<std::string> lists{"/builds", "/b/{builder}", "/deliveries", "/grid"};
  std::size_t looked = 0;
  for (const Place& place : pages(world_)) {
    if (place.method != "GET" || place.for_programs || place.path.starts_with("/static/") ||
        place.path == "/robots.txt" || others.contains(place.path))
      continue;
    std::string path = place.path;
    for (const auto& [part, value] : {std::pair<std::string, std::string>{"{builder}", "linux"},
                                      {"{number}", "1"},
                                      {"{id}", "1"},
                                      {"{name}", "mail"},
                                      {"{reporter}", "mail"}}) {
      if (const auto at = path.find(part); at != std::string::npos) path.replace(at, part.size(), value);
    }
    if (path == "/deliveries/all") path += "?state=dead";
    SCOPED_TRACE(path);
    const web::Response response = get(path);
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(header(response, "Retry-After"), "5");
    EXPECT_THAT(response.body, HasSubstr("the question takes too long"));
    EXPECT_THAT(response.body, HasSubstr("<nav "));
    EXPECT_THAT(response.body, HasSubstr(R"(<form class="search")"));
    const bool has_form = response.body.find("Ask for less") != std::string::npos;
    EXPECT_EQ(has_form, lists.contains(place.path));
    EXPECT_EQ(has_form, response.body.find(R"(<form class="filter">)") != std::string::npos);
    ++looked;
  }
  EXPECT_GE(looked, 14U);
  EXPECT_EQ(ask("POST", "/silences/new", "form_token=form-token&builder=x&for=2h&preview=1").status, 503);
  EXPECT_THAT(get("/deliveries?state=dead&to=x").body, HasSubstr(R"(name="to" value="x")"))
      << "as it was asked for";
  EXPECT_THAT(ask("GET", "/builds", {}, {{"x-part", "main"}}).body, testing::StartsWith("<h1>Not now"));
}

TEST_F(PagesTest, ButtonsAreForOperators) {
  const RowId id = heard(1);
  settle(id, DeliveryState::dead);
  const std::string tick = "name=\"id." + std::to_string(id) + "\"";
  EXPECT_THAT(get("/deliveries").body, HasSubstr(tick));
  EXPECT_THAT(get("/deliveries").body, Not(HasSubstr("/deliveries/all")));
  EXPECT_THAT(get("/deliveries?state=dead&reporter=mail").body,
              HasSubstr("/bell/deliveries/all?reporter=mail&amp;state=dead"));
  EXPECT_THAT(get("/reporters/mail").body, HasSubstr("/bell/reporters/mail/pause"));
  EXPECT_THAT(get("/reporters/mail").body, HasSubstr("/bell/reporters/mail/test"));
  EXPECT_EQ(ask("POST", "/reporters/mail/pause", "form_token=form-token&until=1h&reason=moving").status, 200);
  EXPECT_THAT(get("/reporters/mail").body, HasSubstr("/bell/reporters/mail/go"));
  EXPECT_THAT(get("/reporters/mail").body, Not(HasSubstr("/bell/reporters/mail/pause")));
  access_.known = {access::Role::viewer, "bob", "127.0.0.1", true, "t"};
  for (const char* page : {"/deliveries", "/deliveries?state=dead", "/reporters/mail"}) {
    EXPECT_THAT(get(page).body, Not(HasSubstr("checkbox"))) << page;
    EXPECT_THAT(get(page).body, Not(HasSubstr("name=\"reason\""))) << page;
    EXPECT_THAT(get(page).body, Not(HasSubstr("/deliveries/all"))) << page;
  }
  EXPECT_EQ(get("/deliveries/all?state=dead").status, 403);
}

TEST_F(PagesTest, AllThatMatchAreThoseThatWereCounted) {
  for (int number = 1; number <= 3; ++number)
    settle(heard(number), DeliveryState::dead);
  const std::string page = get("/deliveries/all?state=dead").body;
  EXPECT_THAT(page, HasSubstr("All that match: 3 reports"));
  EXPECT_THAT(page, HasSubstr(R"(name="expect" value="3")"));
  EXPECT_THAT(page, HasSubstr(R"(name="up_to" value="3")"));
  const std::string form = "form_token=form-token&state=dead&deed=drop&up_to=3&expect=";
  EXPECT_EQ(ask("POST", "/deliveries", form + "2").status, 409);
  settle(heard(4), DeliveryState::dead);
  const web::Response grown = ask("POST", "/deliveries", form + "3");
  EXPECT_EQ(grown.status, 409);
  EXPECT_THAT(grown.body, HasSubstr("There are 4 by now, and 3 were seen: look again."));
  EXPECT_EQ(ask("POST", "/deliveries", form + "4").status, 409) << "the newest one was not seen";
  EXPECT_THAT(get("/deliveries?state=dropped").body, HasSubstr("no such delivery"));
  const std::string all = "form_token=form-token&state=dead&deed=drop&up_to=4&expect=4";
  EXPECT_THAT(ask("POST", "/deliveries", all).body, HasSubstr("4 reports are dropped."));
  EXPECT_THAT(get("/deliveries/all?state=dead").body, HasSubstr("no such delivery any more"));
  for (const char* odd : {"", "?state=delivered", "?state=odd", "?state=dead&since=odd"})
    EXPECT_EQ(get("/deliveries/all" + std::string(odd)).status, 400) << odd;
  for (const char* odd :
       {"expect=0&up_to=1", "expect=x&up_to=1", "expect=1&up_to=x", "expect=1&up_to=1&state=odd"})
    EXPECT_EQ(ask("POST", "/deliveries", "form_token=form-token&deed=drop&" + std::string(odd)).status, 400)
        << odd;
}

TEST_F(PagesTest, WhoIsNotKnownWaitsAfterTooMuch) {
  access_.known = {access::Role::viewer, "", "192.0.2.7", false, ""};
  EXPECT_EQ(get("/builds").status, 200);
  access_.waits = std::chrono::seconds(7);
  const web::Response page = get("/builds");
  EXPECT_EQ(page.status, 429);
  EXPECT_EQ(header(page, "Retry-After"), "7");
  EXPECT_THAT(page.content_type, HasSubstr("text/html"));
  EXPECT_THAT(page.body, HasSubstr("192.0.2.7 asks for too much"));
  EXPECT_THAT(json::parse(get("/api/v1/builds").body).at("error").as_string(),
              HasSubstr("asks for too much"));
  for (const char* counted : {"/api/v1/builds", "/cc.xml", "/feed.atom", "/metrics", "/search?q=x"})
    EXPECT_EQ(get(counted).status, 429) << counted;
  for (const char* free : {"/login", "/robots.txt", "/badge/linux.svg", "/badge/-/group.svg"})
    EXPECT_EQ(get(free).status, 200) << free;
  access_.known.role = access::Role::none;
  EXPECT_EQ(get("/api/v1/builds").status, 401) << "who may not is told that";
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
  EXPECT_EQ(
      ask("POST", "/deliveries", "form_token=form-token&deed=drop&id." + std::to_string(id) + "=on").status,
      200);
  EXPECT_THAT(get(at).body, HasSubstr("dropped by alice"));
  EXPECT_EQ(ask("POST", "/deliveries", "form_token=form-token&deed=drop").status, 400);
  EXPECT_EQ(ask("POST", at + "/burn", "form_token=form-token").status, 404);
  EXPECT_EQ(ask("POST", "/reporters/mail/pause", "form_token=form-token&until=1h&reason=").status, 400);
  EXPECT_EQ(ask("POST", "/reporters/mail/pause", "form_token=form-token&until=72h&reason=x").status, 400);
  EXPECT_EQ(ask("POST", "/reporters/mail/pause", "form_token=form-token&until=1h&reason=moving").status, 200);
  EXPECT_THAT(get("/reporters/mail").body, HasSubstr("moving"));
  const RowId paused = heard(2);
  settle(paused, DeliveryState::dead);
  const std::string resend = "/api/v1/deliveries/" + std::to_string(paused) + "/resend";
  EXPECT_THAT(ask("POST", resend, "{}").body, HasSubstr("mail is paused until then, moving"));
  EXPECT_EQ(ask("POST", "/reporters/mail/go", "form_token=form-token").status, 200);
  EXPECT_EQ(ask("POST", "/reporters/mail/go", "form_token=form-token").status, 409);
  EXPECT_EQ(ask("POST", "/reporters/nonesuch/pause", "form_token=form-token&until=1h&reason=x").status, 404);
  const std::string log = get("/log").body;
  for (const char* deed : {"resend", "drop", "pause", "go", "moving"})
    EXPECT_THAT(log, HasSubstr(deed));
}

}  // namespace
}  // namespace carillon::dashboard
