// The pages and the API of replays, asked as a browser or a program asks; the server is played.
#include <gmock/gmock.h>

#include "dashboard/site_fixture.hpp"

namespace carillon::dashboard {
namespace {

using testing::HasSubstr;
using testing::Not;

class ReplayPages : public SiteTest {
 protected:
  ReplayPages() {
    world_.replays = {.all = [this] { return std::vector<ReplayJob>(jobs_.rbegin(), jobs_.rend()); },
                      .find = [this](std::int64_t id) -> std::optional<ReplayJob> {
                        if (id < 1 || id > static_cast<std::int64_t>(jobs_.size())) return std::nullopt;
                        return jobs_[static_cast<std::size_t>(id) - 1];
                      },
                      .begin = [this](ReplayWish wish, bool at_once,
                                      store::Deed by) -> asio::awaitable<Result<std::int64_t>> {
                        if (refusal_) co_return failed(*refusal_);
                        ReplayJob job;
                        job.id = static_cast<std::int64_t>(jobs_.size()) + 1;
                        job.mark = 1;
                        job.state = at_once ? ReplayState::ordering : ReplayState::counted;
                        job.wish = std::move(wish);
                        job.since = clock_.now();
                        job.until = clock_.now();
                        job.range = {0, 200};
                        job.count.events = 8;
                        job.count.builds = 4;
                        job.count.by_reporter["m<b>"] = {7, 3, 1};
                        job.who = by.who;
                        jobs_.push_back(job);
                        by_ = std::move(by);
                        co_return job.id;
                      },
                      .go = [this](std::int64_t id, store::Deed by) -> asio::awaitable<Result<void>> {
                        if (refusal_) co_return failed(*refusal_);
                        at(id).state = ReplayState::done;
                        by_ = std::move(by);
                        co_return ok();
                      },
                      .end = [this](std::int64_t id, store::Deed by) -> asio::awaitable<Result<void>> {
                        if (refusal_) co_return failed(*refusal_);
                        at(id).state = ReplayState::stopped;
                        by_ = std::move(by);
                        co_return ok();
                      }};
    routes_.clear();
    routes_ = site_.serve(router_, pages(world_));
  }
  void refuse(Failure::Kind kind, std::string what) { refusal_ = Failure{kind, std::move(what), {}}; }
  ReplayJob& at(std::int64_t id) { return jobs_.at(static_cast<std::size_t>(id) - 1); }
  json::object post(const std::string& target, const std::string& body, int status,
                    std::map<std::string, std::string, std::less<>> headers = {}) {
    const web::Response response = ask("POST", "/api/v1/" + target, body, std::move(headers));
    EXPECT_EQ(response.status, status) << response.body;
    return json::parse(response.body).as_object();
  }

  std::vector<ReplayJob> jobs_;
  std::optional<Failure> refusal_;
  store::Deed by_;
};

TEST_F(ReplayPages, APersonCountsOrdersAndStops) {
  reporters_ = {{"mail", false, {}}, {"bot", false, {}, false, true}, {"old", true, {}}};
  const std::string form = get("/replay?builder=lin%22ux&reporter=mail").body;
  EXPECT_THAT(form, HasSubstr(R"(name="since" value="24h")"));
  EXPECT_THAT(form, HasSubstr(R"(value="lin&quot;ux")"));
  EXPECT_THAT(form, HasSubstr(R"(<option value="mail" selected>)"));
  EXPECT_THAT(form, Not(HasSubstr("bot</option>"))) << "it repeats nothing";
  EXPECT_THAT(form, Not(HasSubstr("old</option>")));
  EXPECT_THAT(form, HasSubstr("None yet."));

  EXPECT_EQ(ask("POST", "/replay", "form_token=wrong&since=2h").status, 403);
  const web::Response begun = ask("POST", "/replay", "form_token=form-token&since=2h&builder=linux");
  EXPECT_EQ(begun.status, 303);
  EXPECT_EQ(header(begun, "Location"), "/bell/replay/1");
  EXPECT_EQ(jobs_.at(0).wish.builder, "linux");
  EXPECT_EQ(by_.who, "alice");
  const std::string counted = get("/replay/1").body;
  EXPECT_THAT(counted, HasSubstr("7 reports of 8 events, 4 ended builds among them"));
  EXPECT_THAT(counted, HasSubstr("m&lt;b&gt;</a></td><td>7<span"));
  EXPECT_THAT(counted, HasSubstr("Send 7 reports again"));
  EXPECT_THAT(counted, HasSubstr("Nothing is ordered yet."));

  EXPECT_EQ(ask("POST", "/replay/1/go", "form_token=form-token&reason=+").status, 400);
  EXPECT_EQ(at(1).state, ReplayState::counted);
  EXPECT_EQ(ask("POST", "/replay/1/go", "form_token=form-token&reason=new+mailer").status, 303);
  EXPECT_EQ(by_.reason, "new mailer");
  EXPECT_EQ(at(1).state, ReplayState::done);
  EXPECT_THAT(get("/replay").body, HasSubstr("✓ done"));

  at(1).state = ReplayState::ordering;
  at(1).at = 50;
  at(1).behind = 2345;
  const std::string running = get("/replay/1").body;
  EXPECT_THAT(running, HasSubstr(R"(<progress max="200" value="50" aria-label="events looked at">)"));
  EXPECT_THAT(running, HasSubstr("2345 reports are not worded yet"));
  EXPECT_THAT(running, HasSubstr("Stop it"));
  EXPECT_EQ(ask("POST", "/replay/1/stop", "form_token=form-token").status, 303);
  at(1).begun = 1;
  EXPECT_THAT(get("/replay/1").body, HasSubstr("Go on with the rest"));
  EXPECT_EQ(ask("POST", "/replay/1/burn", "form_token=form-token").status, 404);
  EXPECT_EQ(ask("POST", "/replay/9/go", "form_token=form-token&reason=x").status, 404);
  EXPECT_EQ(get("/replay/9").status, 404);
}

TEST_F(ReplayPages, AFormThatIsWrongComesBackAsItWas) {
  refuse(Failure::Kind::rejected, "since: 'noon' is not a time");
  const web::Response wrong = ask("POST", "/replay", "form_token=form-token&since=noon&builder=%3Cx%3E");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.body, HasSubstr("is not a time"));
  EXPECT_THAT(wrong.body, HasSubstr(R"(value="&lt;x&gt;")"));
  refuse(Failure::Kind::throttled, "replay 1 is under way");
  EXPECT_EQ(ask("POST", "/replay", "form_token=form-token&since=2h").status, 409);
}

TEST_F(ReplayPages, AProgramDoesTheSame) {
  EXPECT_EQ(post("replay", R"({"since": "2h"})", 400).at("error"), "reason: say why; others will ask");
  const json::object counted = post("replay", R"({"since": "2h", "reporter": "mail", "dry_run": true})", 200);
  EXPECT_EQ(counted.at("state"), "counted");
  EXPECT_EQ(counted.at("reports"), 7);
  EXPECT_EQ(counted.at("delivered_before").at("m<b>"), 3);
  EXPECT_EQ(counted.at("reporter"), "mail");
  EXPECT_EQ(post("replay/1/go", R"({"reason": "new"})", 200).at("state"), "done");
  const json::object begun = post("replay", R"({"since": "2h", "reason": "r", "after": 3})", 202);
  EXPECT_EQ(begun.at("state"), "ordering") << "nobody said how long to wait";
  EXPECT_EQ(jobs_.at(1).wish.after, 3);
  EXPECT_EQ(api("replay/2").at("id"), 2);
  EXPECT_EQ(api("replay").at("items").as_array().size(), 2U);
  const web::Response stopped = ask("DELETE", "/api/v1/replay/2?reason=enough");
  EXPECT_EQ(stopped.status, 200);
  EXPECT_EQ(json::parse(stopped.body).at("state"), "stopped");
  EXPECT_EQ(by_.reason, "enough");
  refuse(Failure::Kind::rejected, "replay 2 is not under way");
  EXPECT_EQ(ask("DELETE", "/api/v1/replay/2").status, 409);
  EXPECT_EQ(ask("DELETE", "/api/v1/replay/7").status, 404);
  api("replay/7", 404);
  post("replay/7/go", R"({"reason": "x"})", 404);
  refuse(Failure::Kind::unreachable, "the disk is full");
  post("replay", R"({"since": "2h", "dry_run": true})", 503);
}

TEST_F(ReplayPages, AProgramIsToldWhatIsWrong) {
  const auto wrong = [&](const std::string& body) { return text_at(post("replay", body, 400), "error"); };
  EXPECT_EQ(wrong(R"({"sinse": "2h"})"), "sinse: is not known here");
  EXPECT_EQ(wrong(R"({"since": 2})"), "since: must be a text");
  EXPECT_EQ(wrong(R"({"after": "x"})"), "after: must be an event's number");
  EXPECT_EQ(wrong(R"({"up_to": -1})"), "up_to: must be an event's number");
  EXPECT_EQ(wrong(R"({"since": "2h", "dry_run": 1})"), "dry_run: must be true or false");
  EXPECT_TRUE(jobs_.empty());
}

TEST_F(ReplayPages, OnceForEachKey) {
  const std::map<std::string, std::string, std::less<>> key{{"idempotency-key", "k"}};
  const std::string body = R"({"since": "2h", "dry_run": true})";
  EXPECT_EQ(post("replay", body, 200, key), post("replay", body, 200, key));
  EXPECT_EQ(jobs_.size(), 1U);
}

TEST_F(ReplayPages, AViewerSeesNothingOfIt) {
  access_.known = {access::Role::viewer, "bob", "127.0.0.1", true, "t"};
  for (const char* path : {"/replay", "/replay/1", "/api/v1/replay", "/api/v1/replay/1"})
    EXPECT_EQ(get(path).status, 403) << path;
  EXPECT_THAT(get("/").body, Not(HasSubstr(">Replay<")));
  access_.known.role = access::Role::operator_;
  EXPECT_THAT(get("/").body, HasSubstr(">Replay<"));
}

}  // namespace
}  // namespace carillon::dashboard
