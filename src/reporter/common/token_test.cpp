#include "reporter/common/token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/reporter_fixture.hpp"

namespace carillon::reporter {
namespace {

using test::fake_object;
using test::text;
using test::value_of;
using testing::ElementsAre;
using testing::HasSubstr;

class TokenTest : public test::ReporterTest {
 protected:
  static settings::Schema token_schema() {
    settings::Schema schema;
    schema.name = "Push";
    schema.arguments = {{"token", token_types(), true, settings::Value{}}};
    return schema;
  }
  Token token_of(settings::Value value) {
    return Token(bind(token_schema(), {{"token", std::move(value)}}), "token", environment());
  }
  // A secret out of a provider that has `now` meanwhile.
  Token token_from(const char* then, std::shared_ptr<test::FakeObject> now) {
    settings::Call call;
    call.class_name = "Push";
    call.where = "x.cfg:3";
    call.keywords = {{"token", settings::Value{Secret(then)}}};
    call.sources = {{Secret("other"), nullptr}, {Secret(then), std::move(now)}};
    return Token(settings::Arguments::bind(token_schema(), call), "token", environment());
  }
  // The tokens that a service got that takes only `valid`, and the last status.
  std::vector<std::string> tried(Token& token, const std::string& valid, int& status) {
    std::vector<std::string> seen;
    const auto call = [&](const Secret& given) -> Task<http::Response> {
      seen.push_back(given.reveal());
      http::Response response;
      response.status = given.reveal() == valid ? 201 : 401;
      co_return response;
    };
    const auto response = test::run(io_, with_token(token, call));
    status = response ? response->status : 0;
    if (!response) error_ = response.error();
    return seen;
  }
  int status_ = 0;
  Failure error_;
};

TEST_F(TokenTest, ATextIsTriedOnce) {
  Token token = token_of(text("fixed"));
  EXPECT_THAT(tried(token, "fixed", status_), ElementsAre("fixed"));
  EXPECT_EQ(status_, 201);
  EXPECT_THAT(tried(token, "other", status_), ElementsAre("fixed"));
  EXPECT_EQ(status_, 401);
  EXPECT_THAT(error_of([&] { token_of(text("")); }), HasSubstr("Push(token=...): must not be empty"));
}

TEST_F(TokenTest, ASecretIsReadAnewWhenItIsRefused) {
  const auto file = fake_object(json::value("today\n"));
  Token token = token_from("yesterday", file);
  EXPECT_THAT(tried(token, "yesterday", status_), ElementsAre("yesterday"));
  EXPECT_TRUE(file->seen.empty()) << "as long as it is good";
  EXPECT_THAT(tried(token, "today", status_), ElementsAre("yesterday", "today"));
  EXPECT_EQ(status_, 201);
  ASSERT_EQ(file->seen.size(), 1U);
  EXPECT_EQ(file->seen[0].method, "again");
  EXPECT_THAT(tried(token, "today", status_), ElementsAre("today"));
  EXPECT_THAT(tried(token, "tomorrow", status_), ElementsAre("today")) << "the same one is not tried twice";
  EXPECT_EQ(status_, 401);
}

TEST_F(TokenTest, AFunctionOrRenderableIsAskedOnceAndAfterARefusal) {
  const auto function = fake_object(json::value("first"));
  Token token = token_of(value_of(function));
  EXPECT_TRUE(function->seen.empty()) << "not before it is needed";
  EXPECT_THAT(tried(token, "first", status_), ElementsAre("first"));
  EXPECT_THAT(tried(token, "first", status_), ElementsAre("first"));
  EXPECT_EQ(function->seen.size(), 1U);
  function->result = json::value("second");
  EXPECT_THAT(tried(token, "second", status_), ElementsAre("first", "second"));
  EXPECT_EQ(status_, 201);
}

TEST_F(TokenTest, WhatGivesNoTokenIsAskedAgainLater) {
  const auto function = fake_object(rejected("x.cfg:9: OSError: no such file"));
  Token token = token_of(value_of(function));
  EXPECT_THAT(tried(token, "t", status_), ElementsAre());
  EXPECT_EQ(error_.kind, Failure::Kind::unreachable);
  EXPECT_EQ(error_.what, "token: x.cfg:9: OSError: no such file");
  for (const char* odd : {"null", "7", "\"\"", "\"two words\"", "\"a\\u0000b\""}) {
    function->result = json::parse(odd);
    EXPECT_THAT(tried(token, "t", status_), ElementsAre()) << odd;
    EXPECT_EQ(error_.what,
              "token (x.cfg:9) gave no token: it must be one word, and no build is known when it is "
              "called");
  }
  function->result = json::value("t");
  EXPECT_THAT(tried(token, "t", status_), ElementsAre("t"));
}

TEST_F(TokenTest, TheIdentityStaysWhateverTheTextIs) {
  const auto function = fake_object(json::value("first"));
  Token token = token_of(value_of(function));
  const Secret before = token.identity();
  tried(token, "none", status_);
  EXPECT_EQ(token.identity(), before);
  EXPECT_EQ(token_of(text("fixed")).identity(), Secret("fixed"));
}

}  // namespace
}  // namespace carillon::reporter
