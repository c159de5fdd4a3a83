#include "source/hook/account.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/clock.hpp"
#include "fakes/http_client.hpp"
#include "fakes/run.hpp"

namespace carillon::source::hook {
namespace {

class AccountTest : public testing::Test {
 protected:
  std::vector<std::string> asked() const {
    std::vector<std::string> urls;
    for (const http::Request& request : http_.requests)
      urls.push_back(request.url);
    return urls;
  }
  std::string list(std::string path, int most_pages = 9) {
    auto items = test::run(io_, account_.list(std::move(path), most_pages));
    return items ? json::serialize(items->items) + (items->cut ? " and more" : "") : items.error().what;
  }

  asio::io_context io_;
  test::FakeHttpClient http_;
  test::FakeClock clock_;
  Account account_{
      http_, clock_, {.base = "https://ci.example.org/api/", .headers = {{"PRIVATE-TOKEN", "hush"}}}};
};

TEST_F(AccountTest, PagesAreWhereLinkSays) {
  http_.answer(200, "[1,2]",
               {{"link",
                 "<https://ci.example.org/api/x?cursor=1>; rel=\"prev\", "
                 "<https://evil.example.org/y?cursor=2&per_page=2>; rel=\"next\""}});
  http_.answer(200, "[3]", {{"link", "<https://ci.example.org/api/x?cursor=1>; rel=\"first\""}});
  EXPECT_EQ(list("x?per_page=2"), "[1,2,3]");
  // Of the address only the query counts: the token goes nowhere else.
  EXPECT_THAT(asked(), testing::ElementsAre("https://ci.example.org/api/x?per_page=2",
                                            "https://ci.example.org/api/x?cursor=2&per_page=2"));
}

TEST_F(AccountTest, PagesHaveNumbers) {
  http_.answer(200, "[1]", {{"x-next-page", "2"}});
  http_.answer(200, "[2]", {{"x-next-page", "3"}});
  http_.answer(200, "[3]", {{"x-next-page", ""}});
  EXPECT_EQ(list("x?a=b"), "[1,2,3]");
  EXPECT_THAT(asked(), testing::ElementsAre("https://ci.example.org/api/x?a=b",
                                            "https://ci.example.org/api/x?a=b&page=2",
                                            "https://ci.example.org/api/x?a=b&page=3"));
}

TEST_F(AccountTest, ThereAreOnlySoManyPages) {
  http_.otherwise = [](const http::Request&) {
    http::Response response;
    response.status = 200;
    response.body = "[1]";
    response.headers = {{"x-next-page", "2"}};
    return response;
  };
  EXPECT_EQ(list("x", 3), "[1,1,1] and more");
  const auto enough = [](const json::array&) { return true; };
  const auto items = test::run(io_, account_.list("x", 3, enough));
  ASSERT_TRUE(items);
  EXPECT_EQ(items->items.size(), 1U);
  EXPECT_FALSE(items->cut);
}

TEST_F(AccountTest, WhatIsNoListIsEmpty) {
  http_.answer(404, "{}");
  EXPECT_EQ(list("x"), "[]");
  http_.answer(200, "{}");
  EXPECT_EQ(list("x"), "[]");
  http_.answer(200, "<html>");
  EXPECT_THAT(list("x"), testing::StartsWith("the answer is not JSON"));
}

TEST_F(AccountTest, TheEndOfALog) {
  http_.answer(206, "cdef");
  EXPECT_EQ(test::run(io_, account_.tail("log", 4)), "cdef");
  EXPECT_THAT(http_.requests.back().headers, testing::Contains(std::pair("Range", "bytes=-4")));
  EXPECT_THAT(http_.requests.back().headers, testing::Contains(std::pair("PRIVATE-TOKEN", "hush")));
  http_.answer(200, "abcdef");
  EXPECT_EQ(test::run(io_, account_.tail("log", 4)), "cdef");
  http_.answer(416);
  EXPECT_EQ(test::run(io_, account_.tail("log", 4)), "");
  http_.answer(404);
  EXPECT_EQ(test::run(io_, account_.tail("log", 4)).error().kind, Failure::Kind::rejected);
}

}  // namespace
}  // namespace carillon::source::hook
