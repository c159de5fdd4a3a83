#include "source/circleci/circleci_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/clock.hpp"
#include "fakes/http_client.hpp"
#include "fakes/run.hpp"

namespace carillon::source::circleci {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CircleCIApiTest : public testing::Test {
 protected:
  CircleCIApiTest() {
    settings_->api = "https://circleci.com/api/v2/";
    settings_->token = Secret("hush");
    settings_->projects = {"github/acme/app", "github/acme/bells"};
    http_.otherwise = [this](const http::Request& request) { return answer(request.url); };
  }
  http::Response answer(const std::string& url) const {
    http::Response response;
    response.status = 200;
    if (url.find("project/github/acme/app/pipeline") != std::string::npos) {
      response.status = status_of_app_;
      response.body = R"({"items": []})";
    } else if (url.find("project/github/acme/bells/pipeline") != std::string::npos) {
      response.body = R"({"items": [{"id": "p1", "number": 7, "created_at": "2026-05-04T10:00:00Z"}])" +
                      std::string(endless_ ? R"(, "next_page_token": "more"})" : "}");
    } else {
      response.body = R"({"items": [{"id": "w1", "name": "ring", "status": "failed",
        "created_at": "2026-05-04T10:00:00Z", "stopped_at": "2026-05-04T10:07:00Z"}]})";
    }
    return response;
  }
  std::size_t look() {
    auto found = test::run(io_, api_.changed_since(1777880000, {}));
    if (!found) ADD_FAILURE() << found.error().what;
    return found ? found->size() : 0;
  }

  asio::io_context io_;
  test::FakeClock clock_;
  test::FakeHttpClient http_;
  std::shared_ptr<Settings> settings_ = std::make_shared<Settings>();
  CircleCIApi api_{settings_, http_, clock_};
  int status_of_app_ = 200;
  bool endless_ = false;
};

TEST_F(CircleCIApiTest, AProjectThatRefusesKeepsNobodyFromTheOthers) {
  status_of_app_ = 403;
  EXPECT_EQ(look(), 1U);
  EXPECT_THAT(api_.remarks(), ElementsAre(HasSubstr("the API does not show github/acme/app: ")));
}

TEST_F(CircleCIApiTest, AListThatNeverEndsIsCut) {
  endless_ = true;
  EXPECT_EQ(look(), 100U);
  EXPECT_THAT(api_.remarks(), ElementsAre(HasSubstr("more of github/acme/bells than a look reads")));
}

}  // namespace
}  // namespace carillon::source::circleci
