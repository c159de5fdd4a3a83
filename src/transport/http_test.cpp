#include "transport/http.hpp"

#include <gmock/gmock.h>

namespace carillon::http {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t now = 1'700'000'000;  // Tue, 14 Nov 2023 22:13:20 GMT

Response answer(int status, std::vector<std::pair<std::string, std::string>> headers = {},
                std::string body = {}) {
  return {status, std::move(headers), std::move(body)};
}

TEST(Response, FindsTheFirstHeaderOfAName) {
  const auto response = answer(200, {{"a", "1"}, {"b", "2"}, {"a", "3"}});
  EXPECT_EQ(response.header("a"), "1");
  EXPECT_EQ(response.header("c"), std::nullopt);
}

TEST(RetryAfter, UnderstandsSecondsAndAllDateForms) {
  struct Case {
    std::string_view text;
    std::optional<std::int64_t> seconds;
  };
  const Case cases[] = {
      {"120", 120},
      {" 0 ", 0},
      {"1.2", 2},
      {"Tue, 14 Nov 2023 22:15:20 GMT", 120},
      {"Tuesday, 14-Nov-23 22:15:20 GMT", 120},
      {"Tue Nov 14 22:15:20 2023", 120},
      {"Sun Nov  6 08:49:37 1994", 0},
      {"Sunday, 06-Nov-94 08:49:37 GMT", 0},
      {"Thu, 29 Feb 2024 00:00:00 GMT", 9164800},
      {"99999999999999999999999999", 31622400},
      {"9e9", std::nullopt},
      {"-5", std::nullopt},
      {"", std::nullopt},
      {"soon", std::nullopt},
      {"inf", std::nullopt},
      {"Tue, 31 Feb 2023 22:15:20 GMT", std::nullopt},
      {"Tue, 14 Nov 2023 25:15:20 GMT", std::nullopt},
      {"Tue, 14 Nov 2023 22:15:20 CET", std::nullopt},
  };
  for (const auto& c : cases) {
    const auto got = parse_retry_after(c.text, now);
    EXPECT_EQ(got.has_value(), c.seconds.has_value()) << c.text;
    if (got && c.seconds) {
      EXPECT_EQ(got->count(), *c.seconds) << c.text;
    }
  }
}

TEST(Judge, KnowsWhatAStatusMeans) {
  using Kind = Failure::Kind;
  struct Case {
    Response response;
    std::optional<Kind> kind;
    std::optional<std::int64_t> wait;
  };
  const Case cases[] = {
      {answer(200), {}, {}},
      {answer(204, {{"x-ratelimit-remaining", "0"}}), {}, {}},
      {answer(42), Kind::unreachable, {}},
      {answer(101), Kind::unreachable, {}},
      {answer(302), Kind::unreachable, {}},
      {answer(302, {{"retry-after", "7"}}), Kind::throttled, 7},
      {answer(304), Kind::unreachable, {}},
      {answer(407), Kind::unreachable, {}},
      {answer(600), Kind::unreachable, {}},
      {answer(400), Kind::rejected, {}},
      {answer(404), Kind::rejected, {}},
      {answer(408), Kind::unreachable, {}},
      {answer(425), Kind::unreachable, {}},
      {answer(429), Kind::throttled, {}},
      {answer(429, {{"retry-after", "7"}}), Kind::throttled, 7},
      {answer(403, {{"retry-after", "7"}}), Kind::throttled, 7},
      {answer(403, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1700000060"}}), Kind::throttled,
       60},
      {answer(403, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "30"}}), Kind::throttled, 30},
      {answer(429, {{"retry-after", "junk"}, {"x-ratelimit-reset", "1600000000"}}), Kind::throttled, 0},
      {answer(403, {{"x-ratelimit-remaining", "12"}}), Kind::rejected, {}},
      {answer(400, {{"retry-after", "7"}}), Kind::rejected, {}},
      {answer(422, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1700000060"}}),
       Kind::rejected,
       {}},
      {answer(500), Kind::unreachable, {}},
      {answer(503, {{"retry-after", "9"}}), Kind::throttled, 9},
  };
  for (const auto& c : cases) {
    const auto verdict = judge(c.response, now);
    ASSERT_EQ(verdict.has_value(), !c.kind.has_value()) << c.response.status;
    if (verdict) continue;
    EXPECT_EQ(verdict.error().kind, *c.kind) << c.response.status;
    ASSERT_EQ(verdict.error().retry_after.has_value(), c.wait.has_value()) << c.response.status;
    if (c.wait) {
      EXPECT_EQ(verdict.error().retry_after->count(), *c.wait);
    }
  }
}

TEST(Judge, ShowsTheBeginningOfTheBodyOnOneLine) {
  const auto verdict = judge(answer(400, {}, "no such\r\nroom " + std::string(10'000, 'x')), now);
  ASSERT_FALSE(verdict);
  EXPECT_THAT(verdict.error().what, HasSubstr("HTTP 400: no such room xxx"));
  EXPECT_THAT(verdict.error().what, Not(HasSubstr("\n")));
  EXPECT_LT(verdict.error().what.size(), 300U);
}

TEST(Judge, SaysWhereARedirectLeadsButNotItsQuery) {
  const auto what_of = [](int status, const std::string& location) {
    return judge(answer(status, {{"location", location}}, "moved"), now).error().what;
  };
  EXPECT_EQ(what_of(302, "https://u:hush@h/a?back=hush#x"), "HTTP 302 to https://h/a: moved");
  EXPECT_EQ(what_of(307, "/login?key=hush"), "HTTP 307 to /login: moved");
  EXPECT_EQ(what_of(404, "/login"), "HTTP 404: moved");
  EXPECT_LT(what_of(301, "/" + std::string(5000, 'x')).size(), 300U);
  EXPECT_THAT(what_of(301, "/a\r\nb"), Not(HasSubstr("\n")));
}

}  // namespace
}  // namespace carillon::http
