#include "access/openid.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/issuer_fixture.hpp"
#include "base/encoding.hpp"
#include "base/percent.hpp"
#include "base/text.hpp"
#include "fakes/clock.hpp"
#include "fakes/http_client.hpp"
#include "fakes/run.hpp"

namespace carillon::access {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string name_of_issuer = "https://id.example.org/realm";

class OpenIdTest : public testing::Test {
 protected:
  OpenIdTest() {
    settings_.issuer = name_of_issuer;
    settings_.client_id = "carillon";
    settings_.client_secret = Secret("client secret & more");
    settings_.user = "preferred_username";
    settings_.groups = "groups";
    settings_.scopes = {"openid", "profile"};
    http_.otherwise = [this](const http::Request& request) { return answer(request); };
    claims_ = {{"iss", name_of_issuer},
               {"aud", "carillon"},
               {"preferred_username", "alice"},
               {"groups", json::array{"ci", "ops"}}};
  }

  http::Response answer(const http::Request& request) {
    http::Response response;
    response.status = 200;
    if (request.url == name_of_issuer + "/.well-known/openid-configuration") {
      response.body = configuration_;
    } else if (request.url == "https://id.example.org/keys") {
      response.body = key_set({key_});
    } else if (request.url == "https://id.example.org/token") {
      response.status = token_status_;
      response.body = token_answer();
    } else {
      response.status = 404;
    }
    return response;
  }
  std::string token_answer() {
    if (token_status_ != 200) return R"({"error":"invalid_grant","error_description":"code is used"})";
    json::object claims = claims_;
    claims["iat"] = clock_.now() / 1000;
    claims["exp"] = clock_.now() / 1000 + 300;
    if (!claims.contains("nonce")) claims["nonce"] = field(address_, "nonce");
    return json::serialize(json::object{{"id_token", signer_->token(claims)}});
  }

  // A field of an address's query.
  static std::string field(const std::string& address, const std::string& name) {
    const std::string query = address.substr(address.find('?') + 1);
    for (const std::string_view one : words_of(query, "&")) {
      if (one.starts_with(name + "=")) return percent_decode(one.substr(name.size() + 1));
    }
    return "";
  }

  std::shared_ptr<OpenId> open() {
    return std::make_shared<OpenId>(settings_, "https://bell.example.org/login/back", "a key", http_, clock_);
  }
  // The whole way; the error, or "USER groups TO".
  std::string login(const std::shared_ptr<OpenId>& openid) {
    auto begun = test::run(io_, wrapped(openid->begin("/builds?x=1")));
    if (!begun) return begun.error().what;
    address_ = begun->address;
    ticket_ = begun->ticket;
    return back(openid, {"the-code", field(address_, "state"), "", "", ""});
  }
  std::string back(const std::shared_ptr<OpenId>& openid, CameBack came) {
    auto finished = test::run(io_, wrapped(openid->finish(ticket_, std::move(came))));
    if (!finished) return finished.error().what;
    return finished->person.user + " " + joined(finished->person.groups, ",") + " " + finished->to;
  }
  // run() wants a value that can be made of nothing.
  template <class T>
  static asio::awaitable<Result<T>> wrapped(Task<T> task) {
    co_return co_await std::move(task);
  }

  asio::io_context io_;
  test::FakeClock clock_;
  test::FakeHttpClient http_;
  settings::OpenIdConnect settings_;
  TestKey key_ = TestKey::elliptic("e1");
  const TestKey* signer_ = &key_;
  json::object claims_;
  int token_status_ = 200;
  std::string configuration_ = R"({"issuer":"https://id.example.org/realm",
    "authorization_endpoint":"https://id.example.org/auth?a=b","token_endpoint":"https://id.example.org/token",
    "jwks_uri":"https://id.example.org/keys"})";
  std::string address_;
  std::string ticket_;
};

TEST_F(OpenIdTest, TheWholeWay) {
  EXPECT_EQ(login(open()), "alice ci,ops /builds?x=1");
  EXPECT_THAT(address_, StartsWith("https://id.example.org/auth?a=b&response_type=code&"));
  EXPECT_EQ(field(address_, "client_id"), "carillon");
  EXPECT_EQ(field(address_, "redirect_uri"), "https://bell.example.org/login/back");
  EXPECT_EQ(field(address_, "scope"), "openid profile");
  EXPECT_EQ(field(address_, "code_challenge_method"), "S256");
  const http::Request& asked = http_.requests.at(1);
  EXPECT_EQ(asked.method, "POST");
  EXPECT_EQ(field("?" + asked.body, "code"), "the-code");
  EXPECT_EQ(base64_url_encode(sha256(field("?" + asked.body, "code_verifier"))),
            field(address_, "code_challenge"));
  EXPECT_THAT(asked.headers,
              testing::Contains(testing::Pair(
                  "Authorization", "Basic " + base64_encode("carillon:client%20secret%20%26%20more"))));
  EXPECT_THAT(asked.body, testing::Not(HasSubstr("secret")));
  EXPECT_EQ(asked.redirects, 0);
}

TEST_F(OpenIdTest, TheIssuerIsAskedOnce) {
  const auto openid = open();
  EXPECT_EQ(login(openid), "alice ci,ops /builds?x=1");
  EXPECT_EQ(login(openid), "alice ci,ops /builds?x=1");
  EXPECT_EQ(http_.requests.size(), 4U) << "its configuration, its keys, two codes";
  clock_.advance(2 * test::hour);
  EXPECT_EQ(login(openid), "alice ci,ops /builds?x=1");
  EXPECT_EQ(http_.requests.size(), 6U);
}

TEST_F(OpenIdTest, ANewKeyIsAskedFor) {
  const auto openid = open();
  EXPECT_EQ(login(openid), "alice ci,ops /builds?x=1");
  key_ = TestKey::rsa("r2");
  EXPECT_THAT(login(openid), HasSubstr("does not publish")) << "not more often than once a minute";
  clock_.advance(2 * test::minute);
  EXPECT_EQ(login(openid), "alice ci,ops /builds?x=1");
}

TEST_F(OpenIdTest, WhatIsOfAnotherLoginIsNotTaken) {
  const auto openid = open();
  login(openid);
  const std::string state = field(address_, "state");
  EXPECT_THAT(back(openid, {"c", "other", "", "", ""}), HasSubstr("another login (state)"));
  EXPECT_THAT(back(openid, {"c", "", "", "", ""}), HasSubstr("another login (state)"));
  EXPECT_THAT(back(openid, {"c", state, "https://evil.example.org", "", ""}), HasSubstr("another issuer"));
  EXPECT_THAT(back(openid, {"", state, "", "", ""}), HasSubstr("no code"));
  EXPECT_EQ(back(openid, {"", state, "", "access_denied", "not\nyou"}),
            "the issuer says: access_denied: not you");
  claims_["nonce"] = "other";
  EXPECT_THAT(login(openid), HasSubstr("another login (nonce)"));
}

TEST_F(OpenIdTest, TicketsAreOurs) {
  const auto openid = open();
  login(openid);
  const std::string state = field(address_, "state");
  const std::string good = ticket_;
  for (const std::string& wrong :
       {std::string(), std::string("a.b.c.d"), good + "x", "x" + good, good + ".e"}) {
    ticket_ = wrong;
    EXPECT_THAT(back(openid, {"c", state, "", "", ""}),
                testing::AnyOf(HasSubstr("begun"), HasSubstr("began")));
  }
  ticket_ = good;
  clock_.advance(11 * test::minute);
  EXPECT_THAT(back(openid, {"c", state, "", "", ""}), HasSubstr("longer than ten minutes"));
}

TEST_F(OpenIdTest, TroubleOfTheIssuerIsTold) {
  token_status_ = 400;
  EXPECT_EQ(login(open()), "the issuer does not take the code: HTTP 400, invalid_grant: code is used");
  token_status_ = 200;
  const TestKey other = TestKey::elliptic("e1");
  signer_ = &other;
  EXPECT_EQ(login(open()), "the token's signature is not that of its issuer");
  signer_ = &key_;
  configuration_ = R"({"issuer":"https://id.example.org/"})";
  const auto openid = open();
  EXPECT_EQ(login(openid),
            "the issuer https://id.example.org/realm cannot be used: it calls itself "
            "'https://id.example.org/': write that as www.OpenIDConnect(issuer=...), not "
            "'https://id.example.org/realm'");
  const std::size_t asked = http_.requests.size();
  login(openid);
  EXPECT_EQ(http_.requests.size(), asked) << "it is left alone for a while";
  clock_.advance(test::minute);
  login(openid);
  EXPECT_EQ(http_.requests.size(), asked + 1);
}

TEST_F(OpenIdTest, AddressesThatOthersCouldReadAlong) {
  const auto error = [](const char* auth) {
    const std::string text =
        std::string(R"({"issuer":"i","token_endpoint":"https://i/t","jwks_uri":"http://[::1]/k",)") +
        R"("authorization_endpoint":")" + auth + "\"}";
    const auto parsed = Issuer::parse(text, "i");
    return parsed ? std::string() : parsed.error().what;
  };
  EXPECT_EQ(error("https://i/a"), "");
  for (const char* wrong : {"http://i/a", "", "/a", "ftp://i/a", "https://i/a#b"})
    EXPECT_EQ(error(wrong), "its authorization_endpoint is no https:// address") << wrong;
  EXPECT_FALSE(Issuer::parse("no JSON", "i"));
}

TEST_F(OpenIdTest, TheSecretStandsWhereTheIssuerWantsIt) {
  configuration_.insert(1, R"("token_endpoint_auth_methods_supported":["client_secret_post"],)");
  EXPECT_EQ(login(open()), "alice ci,ops /builds?x=1");
  EXPECT_EQ(field("?" + http_.requests.at(1).body, "client_secret"), "client secret & more");
}

TEST_F(OpenIdTest, WhoItIs) {
  const auto who = [&](json::object claims) {
    const auto person = person_of(claims, settings_);
    return person ? person->user + " " + joined(person->groups, ",") : person.error().what;
  };
  EXPECT_EQ(who({{"preferred_username", "alice"}, {"groups", "ci"}}), "alice ci");
  EXPECT_EQ(who({{"preferred_username", "alice"}, {"groups", json::array{1, "ci", nullptr}}}), "alice ci");
  EXPECT_EQ(who({{"preferred_username", "alice"}}), "alice ");
  EXPECT_THAT(who({{"sub", "7"}, {"email", "a@b"}}),
              HasSubstr("no 'preferred_username' that can be a name; it has sub, email"));
  for (const json::value& wrong :
       {json::value(""), json::value(7), json::value("a\nb"), json::value(nullptr)})
    EXPECT_THAT(who({{"preferred_username", wrong}}), HasSubstr("that can be a name"));
  settings_.groups = "realm_access.roles";
  EXPECT_EQ(who({{"preferred_username", "a"}, {"realm_access", {{"roles", json::array{"x"}}}}}), "a x");
  settings_.groups = "https://b.org/groups";
  EXPECT_EQ(who({{"preferred_username", "a"}, {"https://b.org/groups", json::array{"x"}}}), "a x");
  settings_.user = "email";
  EXPECT_EQ(who({{"email", "a@b"}, {"email_verified", true}}), "a@b ");
  EXPECT_THAT(who({{"email", "a@b"}, {"email_verified", false}}), HasSubstr("not verified"));
}

}  // namespace
}  // namespace carillon::access
