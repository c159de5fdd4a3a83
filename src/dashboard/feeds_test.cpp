#include "dashboard/feeds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pugixml.hpp>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "fakes/clock.hpp"
#include "store/open.hpp"
#include "store/store_fixture.hpp"

namespace carillon::dashboard {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Who shows "Bearer feeds" or "Basic ...:feeds" has that role.
class FakeAccess final : public access::Access {
 public:
  access::Role of_nobody = access::Role::none;

  access::Caller caller(const web::Head& head) override {
    const std::string& shown = head.authorization;
    access::Caller made;
    made.role = of_nobody;
    for (const access::Role role : {access::Role::feeds, access::Role::admin}) {
      const std::string word(access::name(role));
      if (shown == "Bearer " + word || shown == "Basic " + base64_encode("u:" + word)) {
        made.role = role;
        made.who = word;
      }
    }
    return made;
  }
  std::optional<std::string> forged(const access::Caller&, const web::Head&,
                                    std::string_view) const override {
    return std::nullopt;
  }
  access::Login login() const override { return access::Login::form; }
  std::string hint(access::Role) const override { return ""; }
  std::vector<std::string> challenges(const web::Head&) const override {
    return {R"(Basic realm="carillon", charset="UTF-8")"};
  }
  bool privacy = false;
  bool is_private() const override { return privacy; }
};

class FeedsTest : public store::StoreCalls {
 protected:
  FeedsTest() {
    store_ = store::open_store(io_.get_executor(), path_);
    routes_ = site_.serve(router_, pages(world_));
  }

  struct Build {
    std::string builder = "linux";
    int number = 1;
    std::optional<Results> results = Results::success;
    std::string branch = "main";
    std::vector<std::string> tags = {};
    std::string source = "ci";
    int attempt = 1;
    std::string state = "done";
  };
  store::NewEvent event_of(const Build& build) {
    store::NewEvent made = store::build_event(build.number, build.results.value_or(Results::success),
                                              build.branch.c_str(), build.results.has_value(), build.attempt);
    Event event = *made.event;
    event.source = build.source;
    event.key = "builds/" + build.builder + event.key.substr(6);
    event.at = 1'700'000'000'000 + ++heard_ * test::minute;
    event.body["builder"] = json::object{{"name", build.builder}, {"tags", json::value_from(build.tags)}};
    event.body["state_string"] = build.state;
    event.body["started_at"] = 1'700'000'000;
    event.text = std::make_shared<const ObjectText>(event.body);
    made.facts = facts_of(event.body);
    made.event = std::make_shared<const Event>(std::move(event));
    return made;
  }
  void heard(const Build& build) {
    std::vector<store::NewEvent> events;
    events.push_back(event_of(build));
    ASSERT_TRUE(store::run(io_, store_->accept(build.source, std::move(events), nullptr, 5)));
  }
  // A build that was told to that target.
  RowId told(int number, const std::string& target, DeliveryState state = DeliveryState::delivered,
             const std::string& builder = "linux") {
    Build build{.builder = builder, .number = number};
    std::vector<store::NewEvent> events;
    events.push_back(store::wanted(event_of(build), "mails"));
    const Notification notification = accept(std::move(events)).front().notifications.front();
    Delivery delivery = store::delivery("key" + std::to_string(number));
    delivery.target = target;
    delivery.summary = "mail: build #" + std::to_string(number) + " of " + builder;
    const RowId id = compose(notification, {std::move(delivery)}).front().id;
    settle(id, state);
    return id;
  }

  web::Response get(const std::string& address, const std::string& authorization = "",
                    const std::string& known_tag = "") {
    web::Request request;
    request.method = "GET";
    const auto query = address.find('?');
    request.path = address.substr(0, query);
    if (query != std::string::npos) request.query = address.substr(query + 1);
    request.authorization = authorization;
    request.headers["host"] = "bell.example.org:8020";
    if (!known_tag.empty()) request.headers["if-none-match"] = known_tag;
    const web::Router::Found found = router_.find(request);
    if (found.answer) return *found.answer;
    if (auto refused = found.route->refuse(request)) return *refused;
    return test::run(io_, found.route->handler(std::move(request)));
  }
  static std::string header(const web::Response& response, std::string_view name) {
    for (const auto& [of, value] : response.headers) {
      if (of == name) return value;
    }
    return {};
  }
  pugi::xml_document xml(const std::string& address, const std::string& authorization = "Bearer feeds") {
    const web::Response response = get(address, authorization);
    EXPECT_EQ(response.status, 200) << response.body;
    pugi::xml_document document;
    EXPECT_TRUE(document.load_buffer(response.body.data(), response.body.size())) << response.body;
    return document;
  }
  // What the badge says to somebody who may.
  std::string badge(const std::string& address) {
    return xml(address).child("svg").attribute("aria-label").value();
  }
  // "linux Sleeping Success 7" of each project.
  std::vector<std::string> projects(const std::string& address) {
    const pugi::xml_document document = xml(address);
    std::vector<std::string> all;
    for (const pugi::xml_node project : document.child("Projects").children("Project")) {
      std::string line = project.attribute("name").value();
      for (const char* name : {"activity", "lastBuildStatus", "lastBuildLabel"})
        line += std::string(" ") + project.attribute(name).value();
      all.push_back(std::move(line));
    }
    return all;
  }
  std::vector<std::string> titles(const std::string& address) {
    const pugi::xml_document document = xml(address);
    std::vector<std::string> all;
    for (const pugi::xml_node entry : document.child("feed").children("entry"))
      all.emplace_back(entry.child_value("title"));
    return all;
  }

  FakeAccess access_;
  test::FakeClock clock_;
  FeedFacts facts_;
  Archive archive_{io_.get_executor(), [this] { return store::open_ledger(path_); }};
  Site site_{"Bells", Links("/"), access_};
  web::Router router_;
  World world_{
      .site = site_,
      .archive = archive_,
      .clock = clock_,
      .server = [] { return view::ServerStatus(); },
      .reporters = [] { return std::vector<ReporterFacts>(); },
      .queues = [] { return std::vector<store::Ledger::Queue>(); },
      .feeds = [this] { return facts_; },
      .metrics = []() -> asio::awaitable<std::string> { co_return "up 1\n"; },
  };
  std::vector<std::shared_ptr<void>> routes_;
  int heard_ = 0;
};

TEST_F(FeedsTest, ABadgeTellsTheLastRealEnd) {
  EXPECT_EQ(badge("/badge/linux.svg"), "linux: unknown");
  heard({.number = 1, .results = std::nullopt});
  EXPECT_EQ(badge("/badge/linux.svg"), "linux: running");
  heard({.number = 1, .results = Results::failure});
  EXPECT_EQ(badge("/badge/linux.svg"), "linux: failure");
  heard({.number = 2, .results = Results::cancelled});
  heard({.number = 3, .results = Results::retry});
  heard({.number = 4, .results = Results::skipped});
  heard({.number = 5, .results = Results::skipped});
  heard({.number = 6, .results = std::nullopt});
  EXPECT_EQ(badge("/badge/linux.svg"), "linux: failure");
  heard({.number = 7, .results = Results::success, .branch = "dev"});
  EXPECT_EQ(badge("/badge/linux.svg"), "linux: success");
  EXPECT_EQ(badge("/badge/linux.svg?branch=main"), "linux: failure");
  EXPECT_EQ(badge("/badge/linux.svg?branch=none"), "linux: unknown");
  EXPECT_EQ(badge("/badge/linux.svg?label=my%20build"), "my build: success");
  EXPECT_EQ(badge("/badge/linux.svg?label="), "success");
  heard({.builder = "docs", .number = 1, .results = Results::skipped});
  EXPECT_EQ(badge("/badge/docs.svg"), "docs: skipped") << "there is nothing better";
}

TEST_F(FeedsTest, ABuilderMayHaveAnyName) {
  heard({.builder = "a/b \u00fc.svg", .results = Results::warnings});
  EXPECT_EQ(badge("/badge/a%2Fb%20%C3%BC.svg.svg"), "a/b \u00fc.svg: warnings");
  EXPECT_EQ(get("/badge/a%2Fb%20%C3%BC.png", "Bearer feeds").status, 404);
  EXPECT_EQ(get("/badge/.svg", "Bearer feeds").status, 404);
}

TEST_F(FeedsTest, OfSeveralSourcesTheLastEndCounts) {
  heard({.number = 9, .results = Results::success, .source = "one"});
  heard({.number = 1, .results = Results::failure, .source = "two"});
  EXPECT_EQ(badge("/badge/linux.svg"), "linux: failure");
  EXPECT_EQ(badge("/badge/linux.svg?source=one"), "linux: success");
  EXPECT_THAT(projects("/cc.xml"),
              ElementsAre("linux (one) Sleeping Success 9", "linux (two) Sleeping Failure 1"));
}

TEST_F(FeedsTest, ShieldsReadTheBadgeAsJson) {
  heard({.results = Results::exception});
  const web::Response response = get("/badge/linux.json?style=square", "Bearer feeds");
  EXPECT_EQ(json::parse(response.body), json::parse(R"({"schemaVersion": 1, "label": "linux",
      "message": "exception", "color": "#7b1fa2", "style": "flat-square"})"));
  EXPECT_EQ(get("/badge/linux.svg?style=round", "Bearer feeds").status, 400);
}

TEST_F(FeedsTest, BadgesAreAskedForEachTime) {
  heard({.results = Results::success});
  const web::Response response = get("/badge/linux.svg", "Bearer feeds");
  EXPECT_EQ(response.content_type, "image/svg+xml; charset=utf-8");
  EXPECT_EQ(header(response, "Cache-Control"), "no-cache");
  const std::string tag = header(response, "ETag");
  EXPECT_FALSE(tag.empty());
  EXPECT_EQ(get("/badge/linux.svg", "Bearer feeds", tag).status, 304);
  heard({.number = 2, .results = Results::failure});
  EXPECT_EQ(get("/badge/linux.svg", "Bearer feeds", tag).status, 200);
}

TEST_F(FeedsTest, TheWorstOfAGroup) {
  EXPECT_EQ(badge("/badge/-/group.svg?tag=nightly"), "nightly: unknown");
  heard({.builder = "a", .results = Results::success, .tags = {"nightly"}});
  heard({.builder = "b", .results = Results::warnings, .tags = {"x", "nightly"}});
  heard({.builder = "c", .results = Results::failure, .tags = {"x"}});
  heard({.builder = "d", .results = std::nullopt, .tags = {"nightly"}});
  EXPECT_EQ(badge("/badge/-/group.svg?tag=nightly"), "nightly: warnings");
  EXPECT_EQ(badge("/badge/-/group.svg?tag=x"), "x: failure");
  EXPECT_EQ(badge("/badge/-/group.svg"), "builds: failure");
  heard({.builder = "e", .results = Results::exception});
  EXPECT_THAT(get("/badge/-/group.json?label=all", "Bearer feeds").body, HasSubstr("exception"));
}

TEST_F(FeedsTest, OnlyOpenBadgesAreForEverybody) {
  heard({.builder = "linux", .results = Results::success});
  heard({.builder = "secret", .results = Results::failure});
  EXPECT_EQ(get("/badge/linux.svg").status, 401);
  EXPECT_EQ(get("/badge/-/group.svg").status, 401);
  facts_.open_badges = {"lin*"};
  EXPECT_EQ(get("/badge/linux.svg").status, 200);
  EXPECT_EQ(get("/badge/linux.json").status, 200);
  EXPECT_EQ(get("/badge/linear.svg").status, 200) << "which does not exist";
  EXPECT_EQ(get("/badge/secret.svg").status, 401);
  EXPECT_EQ(get("/badge/none.svg").status, 401) << "as one that exists";
  EXPECT_THAT(get("/badge/-/group.svg").body, HasSubstr("builds: success")) << "of those that are open";
  EXPECT_EQ(badge("/badge/-/group.svg"), "builds: failure");
}

TEST_F(FeedsTest, WhoIsNotKnownIsAskedForBasic) {
  heard({});
  for (const char* address : {"/cc.xml", "/cctray.xml", "/feed.atom", "/b/linux/feed.atom"}) {
    const web::Response refused = get(address);
    EXPECT_EQ(refused.status, 401) << address;
    EXPECT_THAT(refused.headers, Contains(std::pair<std::string, std::string>(
                                     "WWW-Authenticate", R"(Basic realm="carillon", charset="UTF-8")")));
    EXPECT_EQ(get(address, "Basic " + base64_encode("u:wrong")).status, 401) << address;
    EXPECT_EQ(get(address, "Basic " + base64_encode("u:feeds")).status, 200) << address;
  }
  access_.of_nobody = access::Role::viewer;
  EXPECT_EQ(get("/cc.xml").status, 200);
}

TEST_F(FeedsTest, ProjectsOfCCTray) {
  EXPECT_THAT(projects("/cc.xml"), IsEmpty());
  heard({.builder = "a", .number = 7, .results = Results::warnings, .tags = {"t"}});
  heard({.builder = "a", .number = 8, .results = std::nullopt, .branch = "dev"});
  heard({.builder = "b", .number = 3, .results = Results::failure, .attempt = 2});
  heard({.builder = "b", .number = 4, .results = Results::retry});
  heard({.builder = "c", .number = 1, .results = std::nullopt});
  heard({.builder = "d/\u00fc <&\">", .number = 5, .results = Results::exception});
  EXPECT_THAT(projects("/cc.xml"), ElementsAre("a Building Success 7", "b Sleeping Failure 3 :: 2",
                                               "c Building Unknown ", "d/\u00fc <&\"> Sleeping Exception 5"));
  EXPECT_THAT(projects("/cctray.xml?branch=main&tag=t"), ElementsAre("a Sleeping Success 7"));
  EXPECT_THAT(projects("/cc.xml?builder=a&branch=main"), ElementsAre("a Sleeping Success 7"));
  EXPECT_THAT(projects("/cc.xml?branch=dev"), ElementsAre("a Building Unknown "));
  EXPECT_THAT(projects("/cc.xml?builder=d*"), ElementsAre("d/\u00fc <&\"> Sleeping Exception 5"));
  const pugi::xml_document document = xml("/cc.xml?builder=d*");
  const pugi::xml_node project = document.child("Projects").child("Project");
  EXPECT_STREQ(project.attribute("webUrl").value(),
               "http://bell.example.org:8020/b/d%2F%C3%BC%20%3C%26%22%3E/5");
  EXPECT_STREQ(project.attribute("lastBuildTime").value(), "2023-11-14T22:19:20Z");
  facts_.url = "https://bells.example.org/x";
  EXPECT_STREQ(xml("/cc.xml?builder=d*").select_node("//Project/@webUrl").attribute().value(),
               "https://bells.example.org/x/b/d%2F%C3%BC%20%3C%26%22%3E/5");
}

TEST_F(FeedsTest, EntriesOfAtom) {
  heard({.number = 1, .results = Results::failure, .state = "failed <make> \x1b"});
  heard({.number = 2, .results = std::nullopt});
  heard({.builder = "mac", .number = 1, .results = Results::exception, .branch = "dev", .attempt = 2});
  EXPECT_THAT(titles("/feed.atom"),
              ElementsAre("\u26a1 mac #1, attempt 2: exception", "\u2717 linux #1: failure"));
  EXPECT_THAT(titles("/b/linux/feed.atom"), ElementsAre("\u2717 linux #1: failure"));
  EXPECT_THAT(titles("/feed.atom?branch=dev"), ElementsAre("\u26a1 mac #1, attempt 2: exception"));
  EXPECT_THAT(titles("/feed.atom?result=success,running"), ElementsAre("\u25b6 linux #2: running"));
  EXPECT_THAT(titles("/feed.atom?result=failure,exception"), testing::SizeIs(2));
  EXPECT_THAT(titles("/b/none/feed.atom"), IsEmpty());
  EXPECT_EQ(get("/feed.atom?result=failed", "Bearer feeds").status, 400);

  facts_.authority = "bells.example.org";
  const pugi::xml_document document = xml("/b/linux/feed.atom?result=failure&token=hush");
  const pugi::xml_node feed = document.child("feed");
  EXPECT_STREQ(feed.child_value("id"), "tag:bells.example.org,2026:carillon/feed/linux?result=failure");
  EXPECT_STREQ(feed.child_value("title"), "Bells: linux");
  EXPECT_STREQ(feed.child_value("updated"), "2023-11-14T22:14:20Z");
  EXPECT_STREQ(feed.find_child_by_attribute("link", "rel", "self").attribute("href").value(),
               "http://bell.example.org:8020/b/linux/feed.atom?result=failure")
      << "without the token";
  const pugi::xml_node entry = feed.child("entry");
  EXPECT_STREQ(entry.child_value("id"), "tag:bells.example.org,2026:carillon/build/ci/linux/1/1");
  EXPECT_STREQ(entry.child_value("updated"), "2023-11-14T22:14:20Z");
  EXPECT_STREQ(entry.child_value("published"), "2023-11-14T22:13:20Z");
  EXPECT_STREQ(entry.child_value("summary"), "branch main\nfailed <make> ?");
  EXPECT_STREQ(entry.child("link").attribute("href").value(), "http://bell.example.org:8020/b/linux/1");
  EXPECT_STREQ(entry.child("category").attribute("term").value(), "failure");
}

TEST_F(FeedsTest, AFeedHasFiftyEntriesAndChangesOnlyWithThem) {
  for (int number = 1; number <= 60; ++number)
    heard({.number = number, .results = number % 2 == 0 ? Results::failure : Results::success});
  const std::vector<std::string> all = titles("/feed.atom");
  ASSERT_EQ(all.size(), 50U);
  EXPECT_EQ(all.front(), "\u2717 linux #60: failure");
  EXPECT_EQ(titles("/b/linux/feed.atom").size(), 50U);
  EXPECT_EQ(titles("/b/linux/feed.atom?result=failure").size(), 30U);
  const std::string tag = header(get("/feed.atom", "Bearer feeds"), "ETag");
  heard({.number = 61, .results = std::nullopt});
  clock_.advance(test::day);
  EXPECT_EQ(get("/feed.atom", "Bearer feeds", tag).status, 304) << "nothing has ended";
  heard({.number = 61, .results = Results::success});
  EXPECT_EQ(get("/feed.atom", "Bearer feeds", tag).status, 200);
}

TEST_F(FeedsTest, WhatAnAddressWasTold) {
  told(1, "alice@example.org, bob@example.org");
  told(2, "malice@example.org");
  told(3, "alice@example.org", DeliveryState::dead);
  told(4, "<Alice@Example.org>", DeliveryState::delivered, "mac");
  const std::string who = "/feed.atom?who=ALICE%40example.org&token=hush";
  EXPECT_EQ(get(who, "Bearer feeds").status, 403) << "feeds may not know who was told";
  const web::Response response = get(who, "Bearer admin");
  ASSERT_EQ(response.status, 200) << response.body;
  pugi::xml_document document;
  ASSERT_TRUE(document.load_buffer(response.body.data(), response.body.size())) << response.body;
  const pugi::xml_node feed = document.child("feed");
  EXPECT_STREQ(feed.child_value("title"), "Bells, told to ALICE@example.org");
  EXPECT_STREQ(feed.child_value("id"), "tag:localhost,2026:carillon/feed?who=ALICE%40example.org");
  EXPECT_STREQ(feed.find_child_by_attribute("link", "rel", "self").attribute("href").value(),
               "http://bell.example.org:8020/feed.atom?who=ALICE%40example.org");
  std::vector<std::string> entries;
  for (const pugi::xml_node entry : feed.children("entry"))
    entries.emplace_back(entry.child_value("title"));
  EXPECT_THAT(entries, ElementsAre("mail: build #4 of mac", "mail: build #1 of linux"));
  const pugi::xml_node last = feed.children("entry").begin()->next_sibling("entry");
  EXPECT_STREQ(last.child_value("id"), "tag:localhost,2026:carillon/delivery/1");
  EXPECT_STREQ(last.child("link").attribute("href").value(), "http://bell.example.org:8020/deliveries/1");
  EXPECT_THAT(last.child_value("summary"),
              testing::StartsWith("by mails to alice@example.org, bob@example.org: "));
  EXPECT_THAT(get("/b/mac/feed.atom?who=alice@example.org", "Bearer admin").body,
              testing::AllOf(HasSubstr("#4 of mac"), testing::Not(HasSubstr("#1 of linux"))));
  EXPECT_THAT(get("/feed.atom?who=carol@example.org", "Bearer admin").body,
              testing::Not(HasSubstr("<entry>")));
  for (const char* other : {"result=failure", "branch=main", "source=ci"})
    EXPECT_EQ(get("/feed.atom?who=alice&" + std::string(other), "Bearer admin").status, 400) << other;
}

TEST_F(FeedsTest, OthersAreMaskedAsOnThePages) {
  told(1, "alice@example.org, bob@example.org");
  access_.privacy = true;
  access_.of_nobody = access::Role::viewer;
  const std::string feed = get("/feed.atom?who=alice@example.org").body;
  EXPECT_THAT(feed, HasSubstr("to alice@example.org, b***@example.org: "));
  EXPECT_THAT(feed, testing::Not(HasSubstr("bob@")));
  EXPECT_THAT(get("/feed.atom?who=alice@example.org", "Bearer admin").body, HasSubstr("bob@example.org"));
}

TEST_F(FeedsTest, OfTooManyBuildersNoneIsLeftOut) {
  std::vector<store::NewEvent> events;
  for (int i = 1; i <= 2000; ++i)
    events.push_back(event_of({.builder = (i % 2 == 0 ? "even-" : "odd-") + std::to_string(i), .number = i}));
  ASSERT_TRUE(store::run(io_, store_->accept("ci", std::move(events), nullptr, 5)));
  EXPECT_THAT(projects("/cc.xml"), testing::SizeIs(2000));
  EXPECT_EQ(badge("/badge/-/group.svg"), "builds: success");
  heard({.builder = "one-more", .results = Results::failure});
  const web::Response refused = get("/cc.xml", "Bearer feeds");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("more than 2000 builders"));
  EXPECT_THAT(refused.body, HasSubstr("?builder="));
  EXPECT_EQ(get("/cc.xml?builder=*", "Bearer feeds").status, 400);
  EXPECT_EQ(get("/cc.xml?branch=main", "Bearer feeds").status, 400);
  EXPECT_THAT(projects("/cc.xml?builder=odd-*"), testing::SizeIs(1000));
  EXPECT_THAT(projects("/cc.xml?builder=one-*"), ElementsAre("one-more Sleeping Failure 1"));
  EXPECT_EQ(badge("/badge/-/group.svg"), "builds: too many");
  EXPECT_EQ(badge("/badge/-/group.svg?builder=even-*"), "builds: success");
  EXPECT_EQ(badge("/badge/one-more.svg"), "one-more: failure");
  // Of another source, too: it counts as one more, and each is named with it.
  heard({.builder = "one-more", .source = "other"});
  EXPECT_THAT(projects("/cc.xml?builder=one-*"),
              ElementsAre("one-more (ci) Sleeping Failure 1", "one-more (other) Sleeping Success 1"));
}

TEST_F(FeedsTest, MetricsAreForTheRoleFeeds) {
  EXPECT_EQ(get("/metrics").status, 401);
  const web::Response page = get("/metrics", "Bearer feeds");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(page.body, "up 1\n");
  access_.of_nobody = access::Role::feeds;
  EXPECT_EQ(get("/metrics").status, 200);
}

TEST_F(FeedsTest, ABuildersFeedIsNotItsBuild) {
  heard({});
  EXPECT_EQ(get("/b/linux/feed.atom", "Bearer feeds").content_type, "application/atom+xml; charset=utf-8");
  EXPECT_THAT(get("/b/linux/1", "Bearer admin").content_type, HasSubstr("text/html"));
}

TEST_F(FeedsTest, RobotsStayOutside) {
  EXPECT_EQ(get("/robots.txt").body, "User-agent: *\nDisallow: /\n");
}

TEST_F(FeedsTest, OldLinksAreReadWhereTheyArrive) {
  EXPECT_THAT(get("/", "Bearer admin").body, HasSubstr("old_links."));
  EXPECT_THAT(get("/builds", "Bearer admin").body, testing::Not(HasSubstr("old_links.")));
}

TEST_F(FeedsTest, AnOddHostMakesNoLinks) {
  Asked asked;
  asked.request.headers["host"] = "evil\"><script>";
  EXPECT_EQ(absolute_links(world_, asked).to("builds"), "/builds");
  asked.request.headers["host"] = "[::1]:8020";
  EXPECT_EQ(absolute_links(world_, asked).to("builds"), "http://[::1]:8020/builds");
}

}  // namespace
}  // namespace carillon::dashboard
