#include "settings/error.hpp"
#include "source/buildbot/buildbot_fixture.hpp"
#include "source/link_state.hpp"

namespace carillon::source::buildbot {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(BuildbotMaster, StartsFromNowAndAssemblesBuildsFromAnnouncements) {
  fake_.add_build(1, true);
  observe();
  EXPECT_THAT(sink_.keys, IsEmpty());
  fake_.start_build(2);
  fake_.finish_build(2);
  ASSERT_TRUE(until_events(3));
  EXPECT_THAT(sink_.keys, ElementsAre("builds/2/new", "builds/2/finished", "buildsets/2/complete"));
  const auto& event = sink_.events[1];
  EXPECT_EQ(event.source, "ci");
  EXPECT_EQ(event.at, 1'700'000'012'000);
  EXPECT_EQ(string_at(event.body, "builder.name"), "pass");
  EXPECT_EQ(integer_at(event.body, "buildrequest.buildsetid"), 2);
  EXPECT_EQ(string_at(event.body, "buildset.reason"), "because");
  EXPECT_EQ(string_at(event.body, "workername"), "bell-1");
  EXPECT_EQ(string_at(event.body, "url"), fake_.url() + "#builders/2/builds/2");
  EXPECT_EQ(find(event.body, "properties.branch")->as_array()[0], "main");
  EXPECT_THAT(fake_.asked_for("builders/"), testing::SizeIs(1));
  EXPECT_THAT(fake_.asked_for("builds/"), IsEmpty());
  EXPECT_THAT(fake_.asked_for("buildrequests"), IsEmpty());
}

TEST_F(BuildbotMaster, LinksAreThoseThatTheMastersVersionKnows) {
  fake_.version = "3.8.0";
  sink_.waiting = true;
  observe({{"public_url", text("https://ci.example.org/bb")}});
  fake_.start_build(2);
  fake_.wait_for_build(5);
  ASSERT_TRUE(until_events(3));
  EXPECT_EQ(string_at(sink_.events[0].body, "url"), "https://ci.example.org/bb/#/buildrequests/2");
  EXPECT_EQ(string_at(sink_.events[1].body, "url"), "https://ci.example.org/bb/#/builders/2/builds/2");
  EXPECT_EQ(string_at(sink_.events[2].body, "url"), "https://ci.example.org/bb/#/buildrequests/5");
  EXPECT_EQ(master_->build_page(3, 4), "https://ci.example.org/bb/#/builders/3/builds/4");
  fake_.version = "4.1.0";
  fake_.lose_links();
  ASSERT_TRUE(until([this] { return fake_.links() > 0; }));
  fake_.start_build(3);
  ASSERT_TRUE(until([this] { return std::ranges::count(sink_.keys, "builds/3/new") > 0; }));
  const auto started = std::ranges::find(sink_.keys, "builds/3/new") - sink_.keys.begin();
  EXPECT_EQ(string_at(sink_.events.at(static_cast<std::size_t>(started)).body, "url"),
            "https://ci.example.org/bb/#builders/2/builds/3")
      << "it was upgraded meanwhile";
}

TEST_F(BuildbotMaster, LinksOfAMasterThatIsOnlyAsked) {
  fake_.version = "4.0.1";
  master_ = make(arguments(fake_.url()), environment_);
  EXPECT_EQ(master_->build_page(3, 4), fake_.url() + "#builders/3/builds/4") << "nothing is known yet";
  asio::co_spawn(io_, master_->learn_pages(), [](const std::exception_ptr&) {});
  EXPECT_TRUE(until([this] { return master_->build_page(3, 4) == fake_.url() + "#/builders/3/builds/4"; }));
}

TEST_F(BuildbotMaster, ReportsARequestThatWaitsAndIsCancelled) {
  sink_.waiting = true;
  observe();
  fake_.wait_for_build(5);
  ASSERT_TRUE(until_events(1));
  fake_.end_request(5, 6);
  ASSERT_TRUE(until_events(2));
  EXPECT_THAT(sink_.keys, ElementsAre("buildrequests/5/new", "buildrequests/5/complete"));
  const auto& waits = sink_.events[0];
  EXPECT_EQ(waits.at, 1'700'000'005'000);
  EXPECT_EQ(string_at(waits.body, "builder.name"), "pass");
  EXPECT_EQ(string_at(waits.body, "url"), fake_.url() + "#buildrequests/5");
  EXPECT_EQ(find(waits.body, "properties.buildername")->as_array()[0], "pass");
  EXPECT_EQ(find(waits.body, "properties.revision")->as_array()[0], "abc1");
  EXPECT_TRUE(waits.body.at("results").is_null());
  EXPECT_FALSE(waits.body.contains("number"));
  EXPECT_EQ(array_at(waits.body, "buildset.sourcestamps")->size(), 1U);
  const auto& ended = sink_.events[1];
  EXPECT_EQ(ended.at, 1'700'000'010'000);
  EXPECT_EQ(integer_at(ended.body, "results"), 6);
  EXPECT_EQ(ended.body.at("retried"), false);
}

TEST_F(BuildbotMaster, ARequestWithABuildEndsWithTheBuild) {
  sink_.waiting = true;
  observe();
  fake_.wait_for_build(1);
  fake_.start_build(1);
  fake_.finish_build(1);
  fake_.end_request(1, 0);
  fake_.start_build(2);
  ASSERT_TRUE(until_events(6));
  EXPECT_THAT(sink_.keys, ElementsAre("buildrequests/1/new", "builds/1/new", "builds/1/finished",
                                      "buildsets/1/complete", "buildrequests/2/new", "builds/2/new"));
}

TEST_F(BuildbotMaster, NobodyAsksAboutWaitingRequests) {
  observe();
  fake_.wait_for_build(5);
  fake_.end_request(5, 6);
  fake_.start_build(6);
  ASSERT_TRUE(until_events(1));
  EXPECT_THAT(sink_.keys, ElementsAre("builds/6/new"));
  EXPECT_THAT(fake_.asked_for("buildrequests"), IsEmpty());
}

TEST_F(BuildbotMaster, ARetriedBuildWhoseRequestIsCancelledWhileNobodyListens) {
  observe();
  fake_.build_results = 5;
  fake_.start_build(1);
  fake_.finish_build(1);
  ASSERT_TRUE(until_events(2));
  stop();
  fake_.add_request(1, 6);
  observe();
  ASSERT_TRUE(until_events(4));
  EXPECT_EQ(sink_.keys[3], "buildrequests/1/complete");
  EXPECT_EQ(sink_.events[3].body.at("retried"), true);
  EXPECT_FALSE(sink_.stored.as_object().contains("requests"));
}

TEST_F(BuildbotMaster, CatchesUpWithRequestsThatCameWhileNobodyListened) {
  sink_.waiting = true;
  observe();
  fake_.wait_for_build(3);
  ASSERT_TRUE(until_events(1));
  stop();
  fake_.add_request(3, 3);
  fake_.add_request(4);
  observe();
  ASSERT_TRUE(until_events(3));
  EXPECT_THAT(sink_.keys,
              ElementsAre("buildrequests/3/new", "buildrequests/3/complete", "buildrequests/4/new"));
  stop();
  observe();
  fake_.start_build(9);
  ASSERT_TRUE(until_events(4));
  EXPECT_THAT(sink_.keys, testing::Not(testing::Contains("buildrequests/4/new").Times(2)));
}

TEST_F(BuildbotMaster, AsksForWhatItDidNotHear) {
  fake_.add_build(1, false);
  observe();
  fake_.finish_build(1);
  ASSERT_TRUE(until_events(2));
  EXPECT_THAT(sink_.keys, ElementsAre("builds/1/finished", "buildsets/1/complete"));
  const auto& body = sink_.events[0].body;
  EXPECT_EQ(string_at(body, "buildset.reason"), "because");
  EXPECT_EQ(string_at(body, "workername"), "bell-1");
}

TEST_F(BuildbotMaster, ReportsOnceWhatHappenedWhileTheLinkWasLost) {
  observe();
  fake_.start_build(1);
  ASSERT_TRUE(until_events(1));
  fake_.lose_links();
  fake_.finish_build(1);
  fake_.start_build(2);
  fake_.finish_build(2);
  fake_.start_build(3);
  ASSERT_TRUE(until_events(6));
  EXPECT_THAT(sink_.keys, ElementsAre("builds/1/new", "builds/3/new", "builds/1/finished",
                                      "builds/2/finished", "buildsets/1/complete", "buildsets/2/complete"));
  // What the master announces once more is known.
  fake_.announce_build(2, "finished");
  fake_.announce_build(3, "new");
  fake_.finish_build(3);
  ASSERT_TRUE(until_events(8));
  EXPECT_EQ(sink_.keys[6], "builds/3/finished");
  EXPECT_EQ(sink_.keys[7], "buildsets/3/complete");
  EXPECT_EQ(string_at(sink_.events[3].body, "builder.name"), "pass");
  EXPECT_EQ(string_at(sink_.events[3].body, "workername"), "bell-1");
}

TEST_F(BuildbotMaster, SaysHowItsLinkIs) {
  const auto link = [this] { return master_->link_state().value(); };
  observe();
  ASSERT_TRUE(until([&] { return link().up; }));
  EXPECT_GT(link().since, 0);
  EXPECT_EQ(link().trouble, "");
  fake_.lose_links();
  ASSERT_TRUE(until([&] { return !link().up && link().next > 0; }));
  EXPECT_FALSE(link().trouble.empty());
  ASSERT_TRUE(until([&] { return link().up; }));
}

TEST_F(BuildbotMaster, SaysWhatMayBeWrongWithARefusal) {
  int status = 404;
  fakes::HttpServer other(io_.get_executor(),
                          [&](const auto&) { return fakes::HttpServer::Reply{.status = status}; });
  const auto trouble_of = [&](int refusal) {
    status = refusal;
    master_ = make(arguments(other.url()), environment_);
    ++running_;
    asio::co_spawn(
        io_, master_->run(sink_),
        asio::bind_cancellation_slot(cancel_->slot(), [this](const std::exception_ptr&) { --running_; }));
    const auto link = [this] { return master_->link_state().value(); };
    EXPECT_TRUE(until([&] { return !link().trouble.empty(); }));
    std::string trouble = link().trouble;
    stop();
    return trouble;
  };
  EXPECT_THAT(trouble_of(404), testing::EndsWith("HTTP 404 (is this the address of its web server?)"));
  EXPECT_THAT(trouble_of(403), testing::EndsWith("HTTP 403 (does the master want auth=(user, password)?)"));
  EXPECT_THAT(trouble_of(410), testing::EndsWith("HTTP 410"));
}

TEST_F(BuildbotMaster, ContinuesFromTheStoredCursorAfterARestart) {
  observe();
  fake_.start_build(1);
  ASSERT_TRUE(until_events(1));
  stop();
  fake_.finish_build(1);
  fake_.start_build(2);
  observe();
  ASSERT_TRUE(until_events(4));
  EXPECT_THAT(sink_.keys,
              ElementsAre("builds/1/new", "builds/2/new", "builds/1/finished", "buildsets/1/complete"));
}

TEST_F(BuildbotMaster, WaitsForAStoreThatIsBehind) {
  observe();
  sink_.failures = 2;
  fake_.start_build(1);
  fake_.finish_build(1);
  ASSERT_TRUE(until_events(3));
  EXPECT_THAT(sink_.keys, ElementsAre("builds/1/new", "builds/1/finished", "buildsets/1/complete"));
}

TEST_F(BuildbotMaster, LogsInWhereTheMasterWantsIt) {
  fake_.wants_login = true;
  observe({{"auth", login("ann", "password")}});
  EXPECT_EQ(fake_.logins, 1);
  fake_.start_build(1);
  ASSERT_TRUE(until_events(1));
  fake_.session = "renewed";  // the session of before has expired
  fake_.lose_links();
  fake_.start_build(2);
  ASSERT_TRUE(until_events(2));
  EXPECT_EQ(fake_.logins, 2);
}

TEST_F(BuildbotMaster, SurvivesBrokenAnswersAndFrames) {
  fake_.broken_answers = 1;
  observe();
  fake_.announce("{\"k\":\"builds/1/finished\"");
  fake_.announce("\xff\xfe");
  fake_.announce(R"({"k":"builds/1/finished","m":{}})");
  fake_.announce(R"({"k":"buildsets/1/complete","m":{}})");
  fake_.announce(R"({"k":"workers/1/missing","m":{}})");
  fake_.announce(R"({"k":"workers/1/connected","m":{"notify":7}})");
  fake_.start_build(2);
  ASSERT_TRUE(until([this] { return !sink_.keys.empty() && sink_.keys.back() == "builds/2/new"; }));
}

TEST_F(BuildbotMaster, StartsFromNowWhenTheDatabaseWasRecreated) {
  fake_.add_build(5, true);
  observe();
  fake_.clear();
  fake_.add_build(1, true);
  fake_.lose_links();
  ASSERT_TRUE(until([this] { return integer_at(sink_.stored.as_object(), "build") == 1; }));
  fake_.start_build(2);
  ASSERT_TRUE(until_events(1));
  EXPECT_THAT(sink_.keys[0], testing::StartsWith("builds/2/new@"));
}

TEST_F(BuildbotMaster, AnswersTheDataApi) {
  fake_.add_build(1, true);
  master_ = make(arguments(fake_.url()), environment_);
  const auto builds = await(master_->ask("builds/1"));
  ASSERT_TRUE(builds);
  EXPECT_EQ(builds->at("builds").as_array().size(), 1U);
  EXPECT_TRUE(await(master_->ask("/builds/1")));
  const auto unknown = await(master_->ask("builds/77"));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, Failure::Kind::rejected);
  EXPECT_THAT(unknown.error().what, AllOf(HasSubstr("builds/77"), HasSubstr("404")));
  fake_.broken_answers = 1;
  const auto broken = await(master_->ask("builds/1"));
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().kind, Failure::Kind::unreachable);
  EXPECT_THAT(broken.error().what, HasSubstr("not a JSON object"));
  EXPECT_EQ(await(master_->ask("a b\r\n#\"ü")).error().kind, Failure::Kind::rejected);
}

TEST_F(BuildbotMaster, AWrongPasswordIsNotShown) {
  fake_.wants_login = true;
  master_ = make(arguments(fake_.url(), {{"auth", login("ann", "wrong-secret")}}), environment_);
  const auto answer = await(master_->ask("builds"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Failure::Kind::rejected);
  EXPECT_THAT(answer.error().what, AllOf(HasSubstr("ann"), HasSubstr("401"), Not(HasSubstr("secret"))));
}

TEST_F(BuildbotMaster, NonsenseFillsNoLog) {
  testing::internal::CaptureStderr();
  observe();
  for (int id = 901; id <= 950; ++id)
    fake_.announce(R"({"k": "builds/)" + std::to_string(id) + R"(/finished", "m": {}})");
  fake_.start_build(960);
  const bool went_on = until_events(1);
  const std::string log = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(went_on) << log;
  EXPECT_EQ(sink_.keys.front(), "builds/960/new");
  const auto first = log.find("builds/901: has no builderid or number");
  ASSERT_NE(first, std::string::npos) << log;
  EXPECT_EQ(log.find("has no builderid", log.find('\n', first)), std::string::npos) << log;
}

TEST_F(BuildbotMaster, TakesItsNameAndUrlFromTheConfiguration) {
  EXPECT_EQ(make(arguments("http://ci.example.org:8010", {}, ""), environment_)->name(),
            "ci.example.org:8010");
  EXPECT_EQ(make(arguments("https://ci.example.org/bb", {}, ""), environment_)->name(), "ci.example.org:443");
  EXPECT_EQ(make(arguments("https://ci.example.org/bb"), environment_)->url(), "https://ci.example.org/bb/");
  const auto linked =
      make(arguments("http://10.0.0.1/", {{"public_url", text("https://ci.example.org")}}), environment_);
  EXPECT_EQ(linked->url(), "https://ci.example.org/");
}

TEST_F(BuildbotMaster, RefusesBadArguments) {
  for (const auto* url : {"", "ci.example.org", "ftp://x/", "http://", "http://u:p@x/", "http://x/?a=b",
                          "http://x/#/", "http://x y/"}) {
    EXPECT_THROW(make(arguments(url), environment_), settings::ConfigError) << url;
  }
  settings::Value one;
  one.v = settings::List{text("ann")};
  EXPECT_THROW(make(arguments("http://x/", {{"auth", one}}), environment_), settings::ConfigError);
  EXPECT_THROW(make(arguments("http://x/", {{"auth", login("a:b", "p")}}), environment_),
               settings::ConfigError);
  settings::Value zero;
  zero.v = std::int64_t{0};
  EXPECT_THROW(make(arguments("http://x/", {{"missing_timeout", zero}}), environment_),
               settings::ConfigError);
}

}  // namespace
}  // namespace carillon::source::buildbot
