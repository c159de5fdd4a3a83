#include "reporter/github/app_token.hpp"

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/encoding.hpp"
#include "fakes/reporter_fixture.hpp"
#include "reporter/github/github.hpp"

namespace carillon::reporter::github {
namespace {

using testing::HasSubstr;
using testing::Not;

EVP_PKEY* rsa_key() {
  static EVP_PKEY* const key = EVP_RSA_gen(2048);
  return key;
}

std::string rsa_pem() {
  BIO* const bytes = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bytes, rsa_key(), nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bytes, &text);
  std::string pem(text, static_cast<std::size_t>(size));
  BIO_free(bytes);
  return pem;
}

std::string from_base64_url(std::string text) {
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  return base64_decode(text).value_or("");
}

bool is_signed(const std::string& jwt) {
  const auto dot = jwt.rfind('.');
  const std::string signature = from_base64_url(jwt.substr(dot + 1));
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  const bool good = EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, rsa_key()) == 1 &&
                    EVP_DigestVerify(context, bytes(signature), signature.size(), bytes(jwt), dot) == 1;
  EVP_MD_CTX_free(context);
  return good;
}

settings::Value app_of(const std::string& key, settings::Value installation) {
  settings::Dict dict;
  for (const char* name : {"app_id", "installation_id", "private_key"})
    dict.keys.push_back(test::text(name));
  dict.values = {settings::Value{std::int64_t{1234}}, std::move(installation), settings::Value{Secret(key)}};
  return settings::Value{dict};
}

class AppTest : public test::ReporterTest {
 protected:
  std::unique_ptr<Reporter> with_app(const std::string& key = rsa_pem(),
                                     settings::Value installation = settings::Value{std::int64_t{77}}) {
    return make_status(bind(status_schema(), {{"token", app_of(key, std::move(installation))}}),
                       environment());
  }
};

TEST_F(AppTest, TheTokenOfTheInstallationIsFetchedAndRenewed) {
  const auto reporter = with_app();
  const Delivery delivery = compose(*reporter, test::order_of(test::sample_build(0))).at(0);
  http_.answer(201, R"({"token": "ghs_one", "expires_at": "2026-11-28T21:00:00Z"})");
  http_.answer(201);
  http_.answer(401);
  http_.answer(201, R"({"token": "ghs_two"})");
  http_.answer(201);
  ASSERT_TRUE(send(*reporter, delivery));
  ASSERT_TRUE(send(*reporter, delivery));
  ASSERT_EQ(http_.requests.size(), 5U);
  const auto authorization = [&](std::size_t index) {
    for (const auto& [name, value] : http_.requests.at(index).headers) {
      if (name == "Authorization") return value;
    }
    return std::string("none");
  };
  EXPECT_EQ(http_.requests[0].method, "POST");
  EXPECT_EQ(http_.requests[0].url, "https://api.github.com/app/installations/77/access_tokens");
  EXPECT_EQ(authorization(1), "token ghs_one");
  EXPECT_EQ(authorization(2), "token ghs_one");
  EXPECT_EQ(http_.requests[3].url, http_.requests[0].url);
  EXPECT_EQ(authorization(4), "token ghs_two");
  ASSERT_TRUE(authorization(0).starts_with("Bearer "));
  const std::string jwt = authorization(0).substr(7);
  EXPECT_TRUE(is_signed(jwt));
  const std::string claims =
      from_base64_url(jwt.substr(jwt.find('.') + 1, jwt.rfind('.') - jwt.find('.') - 1));
  const std::int64_t now = clock_.now() / 1000;
  EXPECT_EQ(json::parse(claims),
            json::value(json::object{{"iat", now - 60}, {"exp", now + 540}, {"iss", "1234"}}));
  EXPECT_EQ(from_base64_url(jwt.substr(0, jwt.find('.'))), R"({"alg":"RS256","typ":"JWT"})");
}

TEST_F(AppTest, ARefusalOfTheAppIsTriedLaterAndShowsNoKey) {
  const auto reporter = with_app();
  const Delivery delivery = compose(*reporter, test::order_of(test::sample_build(0))).at(0);
  http_.answer(404, R"({"message": "Not Found"})");
  const auto outcome = send(*reporter, delivery);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Failure::Kind::unreachable);
  EXPECT_THAT(outcome.error().what, HasSubstr("token: asking for the installation's token: HTTP 404"));
  EXPECT_THAT(outcome.error().what + reporter->account(), Not(HasSubstr("PRIVATE KEY")));
}

TEST_F(AppTest, WhatIsNoApp) {
  EXPECT_THAT(error_of([&] { with_app("no key"); }),
              HasSubstr("GitHubStatusPush(token=...): its private_key is not an RSA key in PEM"));
  EXPECT_THAT(error_of([&] { with_app(rsa_pem(), test::text("../7")); }),
              HasSubstr("installation_id (a number)"));
  settings::Dict odd;
  odd.keys = {test::text("app")};
  odd.values = {test::text("7")};
  EXPECT_THAT(
      error_of([&] { make_status(bind(status_schema(), {{"token", settings::Value{odd}}}), environment()); }),
      HasSubstr("knows app_id, installation_id and private_key, not 'app'"));
}

}  // namespace
}  // namespace carillon::reporter::github
