// The pages and the API of silences, asked as a browser or a program asks.
#include "dashboard/silences.hpp"

#include <gmock/gmock.h>

#include "fakes/clock.hpp"
#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "store/open.hpp"

namespace carillon::dashboard {
namespace {

using testing::HasSubstr;
using testing::Not;

// Everybody has that role, and no form is forged.
class OneRole final : public access::Access {
 public:
  access::Role role = access::Role::operator_;
  bool privacy = false;

  access::Caller caller(const web::Head& head) override {
    return {role, "alice", head.address, false, "t0ken"};
  }
  std::optional<std::string> forged(const access::Caller& /*caller*/, const web::Head& /*head*/,
                                    std::string_view /*token*/) const override {
    return std::nullopt;
  }
  access::Login login() const override { return access::Login::none; }
  std::string hint(access::Role /*needed*/) const override { return "ask the operator"; }
  bool is_private() const override { return privacy; }
};

class SilencePages : public testing::Test {
 protected:
  SilencePages() {
    store_ = store::open_store(io_.get_executor(), path_);
    std::vector<Place> places;
    add_silences(places, world_);
    add_api_silences(places, world_);
    routes_ = site_.serve(router_, std::move(places));
  }
  ~SilencePages() override { store_->close(); }

  web::Response ask(std::string method, std::string path, std::string body = {}, bool form = false) {
    web::Request request;
    request.method = std::move(method);
    const auto mark = path.find('?');
    request.path = path.substr(0, mark);
    if (mark != std::string::npos) request.query = path.substr(mark + 1);
    request.body = std::move(body);
    request.content_type = form ? "application/x-www-form-urlencoded" : "application/json";
    web::Router::Found found = router_.find(request);
    if (found.answer) return *found.answer;
    if (found.route->refuse) {
      if (auto refused = found.route->refuse(request)) return *refused;
    }
    return test::run(io_, answer(found.route, std::move(request))).value();
  }
  static Task<web::Response> answer(std::shared_ptr<const web::Route> route, web::Request request) {
    co_return co_await route->handler(std::move(request));
  }
  static json::object json_of(const web::Response& response) {
    return json::parse(response.body).as_object();
  }

  test::TempDir dir_;
  std::string path_ = dir_.file("c.sqlite");
  asio::io_context io_;
  test::FakeClock clock_;
  OneRole access_;
  Site site_{"Bells", Links(), access_};
  Archive archive_{io_.get_executor(), [this] { return store::open_ledger(path_); }};
  int changed_ = 0;
  World world_{
      .site = site_,
      .archive = archive_,
      .clock = clock_,
      .server = [] { return view::ServerStatus(); },
      .reporters = [] { return std::vector<ReporterFacts>(); },
      .queues = [] { return std::vector<store::Ledger::Queue>(); },
      .changed = [this]() -> asio::awaitable<void> {
        ++changed_;
        co_return;
      },
  };
  web::Router router_;
  std::unique_ptr<store::Store> store_;
  std::vector<std::shared_ptr<void>> routes_;
};

TEST_F(SilencePages, AProgramBeginsAndEndsOne) {
  const auto made = ask("POST", "/api/v1/silences",
                        R"({"builder": "linux*", "for": "2h", "why": "a <b>", "summary": true})");
  ASSERT_EQ(made.status, 201) << made.body;
  const json::object one = json_of(made);
  EXPECT_EQ(one.at("id"), 1);
  EXPECT_EQ(one.at("state"), "running");
  EXPECT_EQ(one.at("who"), "alice");
  EXPECT_EQ(one.at("summary"), true);
  EXPECT_EQ(one.at("until").as_int64(), clock_.now() + 2 * test::hour);
  EXPECT_EQ(changed_, 1) << "the server is to know it at once";
  EXPECT_EQ(json_of(ask("GET", "/api/v1/silences")).at("items").as_array().size(), 1U);
  EXPECT_EQ(json_of(ask("GET", "/api/v1/silences/1")), one);
  clock_.advance(test::minute);
  const auto ended = ask("DELETE", "/api/v1/silences/1");
  ASSERT_EQ(ended.status, 200) << ended.body;
  EXPECT_EQ(json_of(ended).at("state"), "ended");
  EXPECT_EQ(json_of(ended).at("ended_by"), "alice");
  EXPECT_EQ(ask("DELETE", "/api/v1/silences/1").status, 409);
  EXPECT_EQ(ask("DELETE", "/api/v1/silences/2").status, 404);
  EXPECT_EQ(ask("GET", "/api/v1/silences/x").status, 404);
}

TEST_F(SilencePages, AProgramIsToldWhatIsWrong) {
  const auto wrong = [&](std::string body) {
    const auto answer = ask("POST", "/api/v1/silences", std::move(body));
    EXPECT_EQ(answer.status, 400);
    return text_at(json_of(answer), "error");
  };
  EXPECT_THAT(wrong("[]"), HasSubstr("JSON object"));
  EXPECT_THAT(wrong(R"({"bulder": "x"})"), HasSubstr("bulder: is not known"));
  EXPECT_THAT(wrong(R"({"builder": ["x"]})"), HasSubstr("builder: must be"));
  EXPECT_THAT(wrong(R"({"builder": "x", "for": "2h"})"), HasSubstr("why: "));
  EXPECT_THAT(wrong(R"({"builder": "x", "why": "y"})"), HasSubstr("until: "));
  EXPECT_EQ(changed_, 0);
}

TEST_F(SilencePages, AProgramTriesOneOut) {
  const auto tried = ask("POST", "/api/v1/silences/preview", R"({"builder": "linux*"})");
  ASSERT_EQ(tried.status, 200) << tried.body;
  EXPECT_EQ(json_of(tried).at("held_back"), 0);
}

TEST_F(SilencePages, ATryNamesNobodyWhoseAddressIsMasked) {
  access_.privacy = true;
  const std::string about_people = R"({"target": "da*"})";
  EXPECT_EQ(ask("POST", "/api/v1/silences/preview", about_people).status, 200) << "an operator may";
  access_.role = access::Role::viewer;
  const auto refused = ask("POST", "/api/v1/silences/preview", about_people);
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(text_at(json_of(refused), "error"), HasSubstr("target: addresses are masked here"));
  EXPECT_THAT(refused.body, Not(HasSubstr("held_back")));
  EXPECT_EQ(ask("POST", "/api/v1/silences/preview", R"({"builder": "linux*"})").status, 200);
  EXPECT_EQ(ask("GET", "/silences/new?target=da*&preview=1").status, 403);
  access_.privacy = false;
  EXPECT_EQ(ask("POST", "/api/v1/silences/preview", about_people).status, 200);
}

TEST_F(SilencePages, APersonBeginsAndEndsOne) {
  const std::string ticked = R"(name="summary" value="yes" checked)";
  EXPECT_THAT(ask("GET", "/silences/new?builder=linux&why=x&for=2h").body, HasSubstr(ticked)) << "of a link";
  EXPECT_THAT(ask("GET", "/silences/new?why=x&summary=no").body, testing::Not(HasSubstr(ticked)));
  EXPECT_EQ(ask("GET", "/silences/new?builder=linux&builder=mac").status, 400) << "which of them?";
  const auto form = ask("GET", "/silences/new?builder=lin%3Cux&why=%22x");
  ASSERT_EQ(form.status, 200);
  EXPECT_THAT(form.body, HasSubstr("value=\"lin&lt;ux\""));
  EXPECT_THAT(form.body, HasSubstr("name=\"form_token\" value=\"t0ken\""));
  const auto tried = ask("POST", "/silences/new", "builder=x%3Cy&for=2h&preview=1", true);
  EXPECT_THAT(tried.body, HasSubstr("would have held back 0 of 0"));
  EXPECT_THAT(tried.body, HasSubstr(R"(name="builder" value="x&lt;y")"));
  EXPECT_THAT(tried.body, testing::Not(HasSubstr("formmethod")));
  const auto made = ask("POST", "/silences", "builder=linux&for=2h&until=&why=a+%3Cb%3E&summary=yes", true);
  ASSERT_EQ(made.status, 303) << made.body;
  EXPECT_EQ(changed_, 1);
  const auto list = ask("GET", "/silences");
  EXPECT_THAT(list.body, HasSubstr("a &lt;b&gt;"));
  EXPECT_THAT(list.body, HasSubstr("action=\"/silences/1/end\""));
  EXPECT_THAT(ask("GET", "/silences/1").body, HasSubstr("Silence 1"));
  clock_.advance(test::minute);
  EXPECT_EQ(ask("POST", "/silences/1/end", "", true).status, 303);
  const auto ended = ask("GET", "/silences/1");
  EXPECT_THAT(ended.body, HasSubstr("ended by"));
  EXPECT_THAT(ended.body, Not(HasSubstr("/silences/1/end")));
  EXPECT_EQ(ask("POST", "/silences/7/end", "", true).status, 404);
  EXPECT_EQ(ask("GET", "/silences/7").status, 404);
}

TEST_F(SilencePages, AFormThatIsWrongComesBackAsItWas) {
  const auto answer = ask("POST", "/silences", "builder=linux&for=2h&why=", true);
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("why: is needed"));
  EXPECT_THAT(answer.body, HasSubstr("value=\"linux\""));
  const auto until = ask("POST", "/silences", "builder=linux&for=2h&until=tomorrow&why=x", true);
  EXPECT_THAT(until.body, HasSubstr("value=\"tomorrow\""));
}

TEST_F(SilencePages, AViewerSeesAndDoesNothing) {
  access_.role = access::Role::viewer;
  EXPECT_EQ(ask("GET", "/silences").status, 200);
  EXPECT_EQ(ask("GET", "/silences/new").status, 403);
  EXPECT_EQ(ask("POST", "/silences", "builder=linux&for=2h&why=x", true).status, 403);
  EXPECT_EQ(ask("POST", "/silences/1/end", "", true).status, 403);
  EXPECT_EQ(ask("POST", "/api/v1/silences", "{}").status, 403);
  EXPECT_EQ(ask("DELETE", "/api/v1/silences/1").status, 403);
  EXPECT_EQ(ask("GET", "/api/v1/silences").status, 200);
}

}  // namespace
}  // namespace carillon::dashboard
