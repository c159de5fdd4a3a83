#include "access/jwt.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/issuer_fixture.hpp"

namespace carillon::access {
namespace {

using testing::HasSubstr;

constexpr std::int64_t now = 1'700'000'000;

json::object good_claims() {
  return {{"iss", "https://id.example.org/"},
          {"aud", "carillon"},
          {"nonce", "n1"},
          {"iat", now - 5},
          {"exp", now + 300},
          {"preferred_username", "alice"}};
}
const Expected expected{"https://id.example.org/", "carillon", "n1", now};

class JwtTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    rsa_ = new TestKey(TestKey::rsa("r1"));
    other_ = new TestKey(TestKey::rsa("r1"));
    elliptic_ = new TestKey(TestKey::elliptic("e1"));
  }
  static void TearDownTestSuite() {
    delete rsa_;
    delete other_;
    delete elliptic_;
  }

  static std::string verdict(const JsonWebKeys& keys, const std::string& token) {
    const auto parsed = Jwt::parse(token);
    if (!parsed) return parsed.error().what;
    const auto verified = keys.verify(*parsed);
    return verified ? "" : verified.error().what;
  }
  static JsonWebKeys keys() { return *JsonWebKeys::parse(key_set({*rsa_, *elliptic_})); }

  static TestKey* rsa_;
  static TestKey* other_;
  static TestKey* elliptic_;
};

TestKey* JwtTest::rsa_ = nullptr;
TestKey* JwtTest::other_ = nullptr;
TestKey* JwtTest::elliptic_ = nullptr;

TEST_F(JwtTest, TwoKindsOfSignatures) {
  EXPECT_EQ(keys().size(), 2U);
  EXPECT_EQ(verdict(keys(), rsa_->token(good_claims())), "");
  EXPECT_EQ(verdict(keys(), elliptic_->token(good_claims())), "");
}

TEST_F(JwtTest, AChangedTokenIsNotTaken) {
  for (const TestKey* key : {rsa_, elliptic_}) {
    const std::string token = key->token(good_claims());
    for (const std::size_t at : {token.find('.') + 5, token.size() - 10}) {
      std::string changed = token;
      changed[at] = changed[at] == 'A' ? 'B' : 'A';
      EXPECT_NE(verdict(keys(), changed), "") << at;
    }
    EXPECT_NE(verdict(keys(), token.substr(0, token.rfind('.') + 1)), "") << "no signature";
  }
  EXPECT_EQ(verdict(keys(), other_->token(good_claims())), "the token's signature is not that of its issuer");
}

TEST_F(JwtTest, OnlyWhatIsSignedWithKeysOfTheKind) {
  const std::string none =
      base64_url_encode(R"({"alg":"none"})") + "." + base64_url_encode(json::serialize(good_claims())) + ".";
  EXPECT_THAT(verdict(keys(), none), HasSubstr("RS256 and ES256 are"));
  for (const char* alg : {"none", "HS256", "RS512", "", "rs256"}) {
    EXPECT_THAT(verdict(keys(), rsa_->token(good_claims(), {{"alg", alg}})), HasSubstr("RS256 and ES256 are"))
        << alg;
  }
  // An RSA key signs nothing of ES256, and the other way round.
  EXPECT_NE(verdict(keys(), rsa_->token(good_claims(), {{"alg", "ES256"}})), "");
  EXPECT_NE(verdict(keys(), elliptic_->token(good_claims(), {{"alg", "RS256"}})), "");
  EXPECT_THAT(verdict(keys(), rsa_->token(good_claims(), {{"crit", json::array{"b64"}}})), HasSubstr("crit"));
}

TEST_F(JwtTest, AKeyThatIsNotThere) {
  const auto token = *Jwt::parse(rsa_->token(good_claims(), {{"kid", "r2"}}));
  EXPECT_THAT(keys().verify(token).error().what, HasSubstr("does not publish"));
}

TEST_F(JwtTest, KeysThatAreNotTaken) {
  const auto error = [](const std::string& text) {
    const auto parsed = JsonWebKeys::parse(text);
    return parsed ? std::string() : parsed.error().what;
  };
  EXPECT_THAT(error("[]"), HasSubstr("no JSON object"));
  EXPECT_THAT(error("{}"), HasSubstr("'keys'"));
  EXPECT_THAT(error(key_set({TestKey::rsa("weak", 1024)})), HasSubstr("none of the issuer's keys"));
  json::object encrypting = rsa_->jwk();
  encrypting["use"] = "enc";
  json::object off_curve = elliptic_->jwk();
  off_curve["y"] = off_curve["x"];
  json::object other_use = rsa_->jwk();
  other_use["alg"] = "PS256";
  json::object secret{{"kty", "oct"}, {"k", "AAAA"}};
  const json::array all{encrypting, off_curve, other_use, secret, 1, nullptr};
  EXPECT_THAT(error(json::serialize(json::object{{"keys", all}})), HasSubstr("none of the issuer's keys"));
}

TEST_F(JwtTest, WhatIsNoToken) {
  for (const std::string text : {"", "a", "a.b", "a.b.c", "....", "e30.e30", "e30.e30.e30.e30", "e30.W10.AA",
                                 "e30=.e30.AA", "e30.e30.!"})
    EXPECT_FALSE(Jwt::parse(text)) << text;
  EXPECT_FALSE(Jwt::parse(std::string(100'000, 'a') + ".e30.AA"));
  EXPECT_TRUE(Jwt::parse("e30.e30.AA"));
}

TEST(ClaimsTest, HaveToBeForUs) {
  EXPECT_TRUE(judge_claims(good_claims(), expected));
  const auto wrong = [](const char* name, json::value value) {
    json::object claims = good_claims();
    if (value.is_null()) {
      claims.erase(name);
    } else {
      claims[name] = std::move(value);
    }
    const auto judged = judge_claims(claims, expected);
    return judged ? std::string() : judged.error().what;
  };
  EXPECT_EQ(wrong("iss", "https://id.example.org"), "the token is of another issuer");
  EXPECT_EQ(wrong("aud", "other"), "the token is for another client");
  EXPECT_EQ(wrong("aud", nullptr), "the token is for another client");
  EXPECT_EQ(wrong("aud", json::array{"other", "carillon"}), "the token is for another client");
  EXPECT_EQ(wrong("aud", json::array{"carillon"}), "");
  EXPECT_EQ(wrong("azp", "other"), "the token was asked for by another client");
  EXPECT_EQ(wrong("nonce", "n2"), "the token is of another login (nonce)");
  EXPECT_EQ(wrong("nonce", nullptr), "the token is of another login (nonce)");
  EXPECT_THAT(wrong("exp", now - 61), HasSubstr("has expired"));
  EXPECT_EQ(wrong("exp", now - 59), "");
  EXPECT_EQ(wrong("exp", nullptr), "the token does not say when it expires");
  EXPECT_EQ(wrong("exp", "soon"), "the token does not say when it expires");
  EXPECT_THAT(wrong("iat", now + 61), HasSubstr("from the future"));
  EXPECT_EQ(wrong("iat", nullptr), "the token does not say when it was made");
  EXPECT_THAT(wrong("nbf", now + 61), HasSubstr("from the future"));
  json::object several = good_claims();
  several["aud"] = json::array{"carillon", "other"};
  several["azp"] = "carillon";
  EXPECT_TRUE(judge_claims(several, expected));
}

}  // namespace
}  // namespace carillon::access
