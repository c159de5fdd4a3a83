#include "source/github/github_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/percent.hpp"
#include "fakes/clock.hpp"
#include "fakes/http_client.hpp"
#include "fakes/run.hpp"
#include "source/hook/moments.hpp"

namespace carillon::source::github {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t first_run = 1'700'000'000;

std::string rsa_pem() {
  EVP_PKEY* const key = EVP_RSA_gen(2048);
  BIO* const bytes = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bytes, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bytes, &text);
  std::string pem(text, static_cast<std::size_t>(size));
  BIO_free(bytes);
  EVP_PKEY_free(key);
  return pem;
}

// acme/app has runs, one each second; a search yields a thousand at most, as GitHub's do.
class GitHubApiTest : public testing::Test {
 protected:
  GitHubApiTest() {
    settings_->api = "https://api.github.com/";
    settings_->token = Secret("hush");
    settings_->repos = {"acme/app", "acme/bells"};
    settings_->runs = true;
    http_.otherwise = [this](const http::Request& request) { return answer(percent_decode(request.url)); };
  }

  static std::string value_in(const std::string& url, const std::string& name) {
    const auto at = url.find(name + "=");
    const auto begin = at + name.size() + 1;
    return at == std::string::npos ? "" : url.substr(begin, url.find('&', begin) - begin);
  }
  http::Response answer(const std::string& url) const {
    http::Response response;
    const bool is_app = url.find("repos/acme/app/") != std::string::npos;
    response.status = is_app ? 200 : status_of_others_;
    response.body = R"({"workflow_runs": []})";
    if (!is_app) return response;
    json::array page;
    std::string range = value_in(url, "created");
    std::int64_t until = first_run + runs_ - 1;
    if (const auto dots = range.find(".."); dots != std::string::npos)
      until = hook::moment_of(range.substr(dots + 2)).value_or(0);
    const std::int64_t number = std::stoll(value_in(url, "&page"));
    for (std::int64_t i = 100 * (number - 1); i < std::min<std::int64_t>(100 * number, 1000); ++i) {
      const std::int64_t at = step_ ? until - i : until;
      if (at < first_run) break;
      page.push_back(run_at(step_ ? at : until, step_ ? at : i));
    }
    response.body = json::serialize(json::object{{"workflow_runs", page}});
    return response;
  }
  static json::object run_at(std::int64_t at, std::int64_t id) {
    return {{"id", id},
            {"run_number", id},
            {"run_attempt", 1},
            {"name", "CI"},
            {"path", ".github/workflows/ci.yml"},
            {"status", "completed"},
            {"conclusion", "failure"},
            {"head_branch", "main"},
            {"head_sha", "abc"},
            {"event", "push"},
            {"created_at", hook::iso_of(at)},
            {"run_started_at", hook::iso_of(at)},
            {"updated_at", hook::iso_of(at + 5)},
            {"html_url", "https://github.com/acme/app/actions/runs/1"},
            {"repository", json::object{{"full_name", "acme/app"}}},
            {"head_repository", json::object{{"full_name", "acme/app"}}}};
  }
  std::size_t look(std::int64_t since) {
    auto found = test::run(io_, api_.changed_since(since, {}));
    if (!found) ADD_FAILURE() << found.error().what;
    return found ? found->size() : 0;
  }

  asio::io_context io_;
  test::FakeClock clock_{(first_run + 1'000'000) * 1000};
  test::FakeHttpClient http_;
  std::shared_ptr<Settings> settings_ = std::make_shared<Settings>();
  GitHubApi api_{settings_, http_, clock_};
  std::int64_t runs_ = 3;
  // Whether each run began in a second of its own.
  bool step_ = true;
  int status_of_others_ = 200;
};

TEST_F(GitHubApiTest, WhatASearchDoesNotYieldIsSearchedForAgain) {
  runs_ = 2'500;
  EXPECT_EQ(look(first_run - 10), 2'500U);
  EXPECT_THAT(api_.remarks(), IsEmpty());
}

TEST_F(GitHubApiTest, MoreThanALookReadsIsSaid) {
  runs_ = 22'000;
  EXPECT_EQ(look(first_run), 19'981U) << "each search begins with the last run of the one before";
  EXPECT_THAT(api_.remarks(), ElementsAre(HasSubstr("more of acme/app than a look reads")));
}

TEST_F(GitHubApiTest, AThousandRunsOfOneSecondAreNotSearchedForEver) {
  runs_ = 1'000;
  step_ = false;
  EXPECT_EQ(look(first_run), 1'000U);
  EXPECT_THAT(api_.remarks(), ElementsAre(HasSubstr("more of acme/app than a look reads")));
  EXPECT_LT(http_.requests.size(), 50U);
}

TEST_F(GitHubApiTest, AnAppFetchesATokenEachHourAndWhenItIsRefused) {
  settings_->token = Secret();
  settings_->app = GitHubApp{"1234", "77", Secret(rsa_pem())};
  GitHubApi api(settings_, http_, clock_);
  int fetched = 0;
  int status = 200;
  std::vector<std::string> shown;
  http_.otherwise = [&](const http::Request& request) {
    http::Response response;
    if (request.url == "https://api.github.com/app/installations/77/access_tokens") {
      response.status = 201;
      response.body = R"({"token": "t)" + std::to_string(++fetched) + R"("})";
      return response;
    }
    for (const auto& [name, value] : request.headers) {
      if (name == "Authorization") shown.push_back(value);
    }
    response.status = status;
    response.body = R"({"workflow_runs": []})";
    return response;
  };
  ASSERT_TRUE(test::run(io_, api.changed_since(first_run, {})));
  EXPECT_THAT(shown, ElementsAre("Bearer t1", "Bearer t1"));
  clock_.advance(test::hour);
  status = 401;
  EXPECT_FALSE(test::run(io_, api.changed_since(first_run, {})));
  status = 200;
  ASSERT_TRUE(test::run(io_, api.changed_since(first_run, {})));
  EXPECT_EQ(shown.back(), "Bearer t4") << "t2 and t3 were refused";
  http_.otherwise = [](const http::Request&) {
    http::Response response;
    response.status = 404;
    return response;
  };
  clock_.advance(test::hour);
  EXPECT_THAT(test::run(io_, api.changed_since(first_run, {})).error().what,
              HasSubstr("asking for the installation's token"));
}

TEST_F(GitHubApiTest, ARepositoryThatRefusesKeepsNobodyFromTheOthers) {
  status_of_others_ = 404;
  EXPECT_EQ(look(first_run), 3U);
  EXPECT_THAT(api_.remarks(),
              ElementsAre("the API does not show acme/bells: HTTP 404: it is not there, or the "
                          "token may not see it"));
}

}  // namespace
}  // namespace carillon::source::github
