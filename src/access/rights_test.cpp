#include "access/rights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "access/check_access.hpp"
#include "access/password_hash.hpp"
#include "base/encoding.hpp"
#include "fakes/clock.hpp"
#include "fakes/http_client.hpp"
#include "fakes/key_value.hpp"
#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "settings/error.hpp"

namespace carillon::access {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

web::Head request(std::map<std::string, std::string, std::less<>> headers = {},
                  const std::string& peer = "192.0.2.7") {
  web::Head head;
  head.method = "GET";
  head.path = "/";
  head.headers = std::move(headers);
  head.headers.try_emplace("host", "127.0.0.1:8020");
  head.peer = peer;
  head.address = peer;
  head.authorization = head.headers["authorization"];
  return head;
}
web::Head basic(const std::string& user, const std::string& password) {
  return request({{"authorization", "Basic " + base64_encode(user + ":" + password)}});
}

class RightsTest : public testing::Test {
 protected:
  RightsTest() { configuration_.www_host = "0.0.0.0"; }

  Rights& rights() {
    if (!rights_) {
      rights_ = std::make_unique<Rights>(
          Rights::Around{io_.get_executor(), http_, clock_, log_, [this] { return &memory_; }});
      rights_->apply(configuration_);
    }
    return *rights_;
  }
  void restart() { rights_.reset(); }
  void with_passwords() {
    std::ofstream(file_) << "alice:" << alice_ << "\nbob:" << alice_ << "\n";
    configuration_.access.auth = settings::PasswordFile{file_, {}};
    configuration_.access.roles = {{"viewer", {"*"}}, {"operator", {"alice"}}};
  }
  Caller proved(const web::Head& head) { return test::run(io_, rights().prove(head)); }
  Step log_in(const std::string& user, const std::string& password, const std::string& to = "/") {
    return test::run(io_, rights().log_in(request(), user, password, to));
  }
  // "carillon=..." of a Set-Cookie.
  static std::string cookie_in(const Step& step) {
    return step.cookies.at(0).substr(0, step.cookies.at(0).find(';'));
  }

  asio::io_context io_;
  test::FakeClock clock_;
  test::FakeHttpClient http_;
  test::FakeKeyValue memory_;
  Redactor redactor_;
  Log log_{Log::Level::error, redactor_};
  test::TempDir folder_;
  std::string file_ = folder_.file("users");
  inline static const std::string alice_ = hash_of("geheim");
  settings::Configuration configuration_;
  std::unique_ptr<Rights> rights_;
};

TEST_F(RightsTest, NothingSaidOnTheLoopbackEverybodyThereReads) {
  configuration_.www_host = "127.0.0.1";
  for (const char* host : {"127.0.0.1:8020", "localhost", "localhost:8020", "[::1]:8020", "127.0.0.1"})
    EXPECT_EQ(rights().caller(request({{"host", host}}, "127.0.0.1")).role, Role::viewer) << host;
  for (const char* host : {"evil.example.org", "", "127.0.0.1.evil.org"}) {
    const Caller caller = rights().caller(request({{"host", host}}, "127.0.0.1"));
    EXPECT_EQ(caller.role, Role::none) << host;
    EXPECT_THAT(caller.trouble, HasSubstr("ask for localhost"));
  }
  const Caller by_proxy = rights().caller(request({{"x-forwarded-for", "203.0.113.9"}}));
  EXPECT_EQ(by_proxy.role, Role::none);
  EXPECT_THAT(by_proxy.trouble, HasSubstr("a proxy passes this on"));
  const Caller by_node = rights().caller(request({}, "203.0.113.9"));
  EXPECT_EQ(by_node.role, Role::none);
  EXPECT_THAT(by_node.trouble, HasSubstr("it comes from 203.0.113.9"));
}

TEST_F(RightsTest, NothingSaidElsewhereNobodyMay) {
  EXPECT_EQ(rights().caller(request()).role, Role::none);
  restart();
  configuration_.www_host = "127.0.0.1";
  configuration_.www_url = "https://bell.example.org/";
  EXPECT_EQ(rights().caller(request()).role, Role::none) << "it is seen from elsewhere";
  EXPECT_THAT(rights().hint(Role::viewer), HasSubstr("'anonymous': 'viewer'"));
  restart();
  configuration_.access.anonymous = "viewer";
  EXPECT_EQ(rights().caller(request({{"host", "bell.example.org"}})).role, Role::viewer);
}

TEST_F(RightsTest, TokensOfPrograms) {
  configuration_.access.tokens = {{"wall", "operator", Secret("token-of-the-wall-1")},
                                  {"ccmenu", "feeds", Secret("token-of-ccmenu-111")}};
  const Caller wall = rights().caller(request({{"authorization", "Bearer token-of-the-wall-1"}}));
  EXPECT_EQ(wall.role, Role::operator_);
  EXPECT_EQ(wall.who, "token wall");
  EXPECT_TRUE(wall.program);
  EXPECT_EQ(rights().caller(basic("anybody", "token-of-ccmenu-111")).role, Role::feeds);
  web::Head address = request();
  address.query = "a=b&token=token-of-ccmenu-111";
  EXPECT_EQ(rights().caller(address).who, "token ccmenu");
  address.query = "token=token-of-the-wall-1";
  EXPECT_EQ(rights().caller(address).role, Role::none);
  EXPECT_THAT(rights().caller(address).trouble, HasSubstr("only when its role is feeds"));
  EXPECT_THAT(rights().caller(address).trouble, testing::Not(HasSubstr("of-the-wall")));
}

TEST_F(RightsTest, AWrongTokenHasNoRightsAtAll) {
  configuration_.access.anonymous = "viewer";
  configuration_.access.tokens = {{"wall", "operator", Secret("token-of-the-wall-1")}};
  const Caller wrong = rights().caller(request({{"authorization", "Bearer wrong"}}));
  EXPECT_EQ(wrong.role, Role::none);
  EXPECT_THAT(wrong.trouble, HasSubstr("none that is known"));
  for (int i = 0; i < 30; ++i)
    rights().caller(request({{"authorization", "Bearer wrong " + std::to_string(i)}}));
  const Caller right = rights().caller(request({{"authorization", "Bearer token-of-the-wall-1"}}));
  EXPECT_EQ(right.role, Role::none) << "the address is not listened to";
  EXPECT_TRUE(right.wait);
  EXPECT_EQ(rights().caller(request()).role, Role::viewer) << "who shows nothing guesses nothing";
}

TEST_F(RightsTest, BasicIsProvedOnceAndThenKnown) {
  with_passwords();
  EXPECT_TRUE(rights().caller(basic("alice", "geheim")).unproved);
  EXPECT_EQ(proved(basic("alice", "geheim")).role, Role::operator_);
  const Caller known = rights().caller(basic("alice", "geheim"));
  EXPECT_FALSE(known.unproved);
  EXPECT_EQ(known.who, "alice");
  EXPECT_EQ(proved(basic("bob", "geheim")).role, Role::viewer);
  EXPECT_TRUE(rights().caller(basic("alice", "other")).unproved) << "another password is not";
  clock_.advance(6 * test::minute);
  EXPECT_TRUE(rights().caller(basic("alice", "geheim")).unproved) << "not for ever";
}

TEST_F(RightsTest, FewWrongPasswordsAMinute) {
  with_passwords();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(proved(basic("alice", "wrong " + std::to_string(i))).trouble,
              "the name or the password is wrong");
  const Caller shut_out = proved(basic("alice", "geheim"));
  EXPECT_EQ(shut_out.role, Role::none);
  EXPECT_TRUE(shut_out.wait);
  EXPECT_THAT(log_in("alice", "geheim").error, HasSubstr("too many wrong passwords from 192.0.2.7: wait "));
  web::Head elsewhere = basic("alice", "geheim");
  elsewhere.peer = elsewhere.address = "192.0.2.8";
  EXPECT_EQ(proved(elsewhere).role, Role::operator_);
}

TEST_F(RightsTest, ManyAtOnceAreCountedAsWell) {
  with_passwords();
  int wrong = 0;
  int other = 0;
  constexpr int count = 30;
  for (int i = 0; i < count; ++i) {
    asio::co_spawn(io_, rights().prove(basic("alice", "wrong " + std::to_string(i))),
                   [&](const std::exception_ptr&, const Caller& caller) {
                     ++(caller.trouble == "the name or the password is wrong" ? wrong : other);
                   });
  }
  EXPECT_TRUE(test::run_until(io_, [&] { return wrong + other == count; }));
  EXPECT_EQ(wrong, 5);
}

TEST_F(RightsTest, ASessionLastsOverARestart) {
  with_passwords();
  const Step step = log_in("alice", "geheim", "/builds?a=b");
  EXPECT_EQ(step.error, "");
  EXPECT_EQ(step.to, "/builds?a=b");
  EXPECT_THAT(step.cookies.at(0), HasSubstr("; HttpOnly; SameSite=Lax"));
  const web::Head head = request({{"cookie", cookie_in(step)}});
  const Caller alice = rights().caller(head);
  EXPECT_EQ(alice.who, "alice");
  EXPECT_EQ(alice.role, Role::operator_);
  EXPECT_TRUE(alice.session);
  restart();
  EXPECT_EQ(proved(head).who, "alice");
  EXPECT_EQ(rights().caller(head).form_token, alice.form_token) << "forms that are open work, too";
  restart();
  configuration_.access.roles = {{"admin", {"alice"}}};
  EXPECT_EQ(proved(head).role, Role::admin) << "the role is that of the configuration";
}

TEST_F(RightsTest, ASessionEndsWithTheAccount) {
  with_passwords();
  const web::Head head = request({{"cookie", cookie_in(log_in("alice", "geheim"))}});
  EXPECT_EQ(rights().caller(head).who, "alice");
  std::ofstream(file_) << "bob:" << alice_ << "\n";
  EXPECT_TRUE(test::run_until(io_, [&] { return rights().caller(head).who.empty(); }));
  std::ofstream(file_) << "alice:" << hash_of("new") << "\n";
  test::run_until(io_, [&] { return proved(basic("alice", "new")).who == "alice"; });
  EXPECT_EQ(rights().caller(head).who, "") << "nor does it outlive the password";
}

TEST_F(RightsTest, ASessionEndsByLoggingOut) {
  with_passwords();
  const web::Head head = request({{"cookie", cookie_in(log_in("alice", "geheim"))}});
  const Step out = test::run(io_, rights().log_out(head));
  EXPECT_THAT(out.cookies.at(0), HasSubstr("carillon=; Path=/; Max-Age=0"));
  EXPECT_EQ(rights().caller(head).who, "");
  restart();
  EXPECT_EQ(proved(head).who, "");
}

TEST_F(RightsTest, WhoIsStillTheSame) {
  with_passwords();
  configuration_.access.tokens = {{"wall", "viewer", Secret("token-of-the-wall-1")}};
  const auto still = [&](const Caller& then, const web::Head& head, Role needed = Role::viewer) {
    return rights().still(then, head, needed);
  };
  const web::Head session = request({{"cookie", cookie_in(log_in("alice", "geheim"))}});
  const Caller alice = rights().caller(session);
  const web::Head token = request({{"authorization", "Bearer token-of-the-wall-1"}});
  const Caller wall = rights().caller(token);
  const web::Head password = basic("bob", "geheim");
  const Caller bob = proved(password);
  EXPECT_TRUE(still(alice, session));
  EXPECT_TRUE(still(alice, session, Role::operator_));
  EXPECT_FALSE(still(alice, session, Role::admin));
  EXPECT_FALSE(still(bob, session)) << "it is somebody else's";
  EXPECT_TRUE(still(wall, token));
  EXPECT_TRUE(still(bob, password));
  clock_.advance(6 * test::minute);
  EXPECT_TRUE(still(bob, password)) << "that nobody looked at it again is no reason";

  configuration_.access.roles = {{"operator", {"bob"}}};
  configuration_.access.anonymous = "viewer";
  rights_->apply(configuration_);
  EXPECT_TRUE(still(alice, session)) << "everybody may look";
  configuration_.access.anonymous = "none";
  configuration_.access.tokens.clear();
  rights_->apply(configuration_);
  EXPECT_FALSE(still(alice, session));
  EXPECT_FALSE(still(wall, token));
  for (int i = 0; i < 30; ++i)
    still(wall, token);
  EXPECT_FALSE(rights().caller(token).wait) << "to look at it is no guess";
}

TEST_F(RightsTest, LoggedOutIsNotTheSameAnyMore) {
  with_passwords();
  configuration_.access.anonymous = "viewer";
  const web::Head head = request({{"cookie", cookie_in(log_in("alice", "geheim"))}});
  const Caller alice = rights().caller(head);
  EXPECT_TRUE(rights().still(alice, head, Role::viewer));
  test::run(io_, rights().log_out(head));
  EXPECT_FALSE(rights().still(alice, head, Role::viewer)) << "though everybody may look";
  const Caller nobody = rights().caller(request());
  EXPECT_TRUE(rights().still(nobody, request(), Role::viewer));
}

TEST_F(RightsTest, ToBeLookedAtMakesNoSessionLastLonger) {
  with_passwords();
  const web::Head head = request({{"cookie", cookie_in(log_in("alice", "geheim"))}});
  const Caller alice = rights().caller(head);
  for (Millis passed = 0; passed <= Sessions::idle; passed += 10 * test::minute) {
    EXPECT_TRUE(rights().still(alice, head, Role::viewer)) << passed;
    clock_.advance(10 * test::minute);
  }
  EXPECT_FALSE(rights().still(alice, head, Role::viewer));
}

TEST_F(RightsTest, AForwardedUserIsTheSameAsLongAsTheConfigurationSaysSo) {
  configuration_.access.auth = settings::ForwardedUser{"x-forwarded-user", "", {"10.0.0.0/8"}};
  configuration_.access.roles = {{"viewer", {"alice"}}};
  const web::Head head = request({{"x-forwarded-user", "alice"}}, "10.1.2.3");
  const Caller alice = rights().caller(head);
  EXPECT_TRUE(rights().still(alice, head, Role::viewer));
  configuration_.access.roles = {{"viewer", {"bob"}}};
  rights_->apply(configuration_);
  EXPECT_FALSE(rights().still(alice, head, Role::viewer));
}

TEST_F(RightsTest, WhoIsNotKnownMayNotAskForTooMuch) {
  configuration_.access.auth = settings::PasswordFile{file_, {"10.0.0.0/8"}};
  configuration_.access.anonymous = "viewer";
  configuration_.access.tokens = {{"wall", "viewer", Secret("token-of-the-wall-1")}};
  std::ofstream(file_) << "alice:" << alice_ << "\n";
  // As many as it takes, and how many that were; 0: it never ends.
  const auto asked_until = [&](const web::Head& head) {
    for (int times = 1; times <= 1000; ++times) {
      if (rights().too_often(rights().caller(head))) return times;
    }
    return 0;
  };
  EXPECT_GT(asked_until(request()), 100);
  EXPECT_EQ(rights().too_often(rights().caller(request())), std::chrono::seconds(1));
  EXPECT_EQ(rights().too_often(rights().caller(request({}, "192.0.2.8"))), std::nullopt);
  const std::string token = "Bearer token-of-the-wall-1";
  EXPECT_EQ(asked_until(request({{"authorization", token}})), 0) << "who is known";
  EXPECT_EQ(asked_until(request({}, "127.0.0.1")), 0);
  EXPECT_EQ(asked_until(request({}, "::1")), 0);
  EXPECT_EQ(asked_until(request({}, "::/64")), 0) << "as the server calls it";
  // Behind a proxy that is listed each reader counts, and what he says himself does not help.
  const auto behind = [&](const std::string& said, const char* peer = "10.0.0.1") {
    return request({{"x-forwarded-for", said}}, peer);
  };
  EXPECT_GT(asked_until(behind("198.51.100.1")), 100);
  EXPECT_TRUE(rights().too_often(rights().caller(behind("192.0.2.1, 198.51.100.1"))));
  EXPECT_FALSE(rights().too_often(rights().caller(behind("198.51.100.2"))));
  // Of one that is not, the proxy itself.
  int refused = 0;
  for (int i = 0; i < 1000; ++i)
    refused +=
        rights().too_often(rights().caller(behind("198.51.101." + std::to_string(i % 250), "192.0.2.9"))) ? 1
                                                                                                          : 0;
  EXPECT_GT(refused, 500);
}

TEST_F(RightsTest, NobodyIsLedToAnotherSite) {
  with_passwords();
  for (const char* to : {"//evil.example.org", "https://evil.example.org", "/\\evil.example.org", "", "evil",
                         "/login?to=/login", "/a\r\nSet-Cookie: x", "/\x1b[2J", "/\x7f", "/a\tb"})
    EXPECT_EQ(log_in("alice", "geheim", to).to, "/") << to;
  EXPECT_EQ(log_in("alice", "geheim", std::string("/\0/x", 4)).to, "/");
  EXPECT_EQ(log_in("alice", "geheim", "/b/\u00fc?limit=1").to, "/b/\u00fc?limit=1");
}

TEST_F(RightsTest, CookiesAreOfTheHostOverHttps) {
  with_passwords();
  configuration_.www_url = "https://bell.example.org/carillon/";
  EXPECT_THAT(log_in("alice", "geheim").cookies.at(0),
              testing::AllOf(testing::StartsWith("__Host-carillon="), HasSubstr("; Path=/;"),
                             HasSubstr("; Secure;")));
}

TEST_F(RightsTest, FormsOfOtherSitesAreForged) {
  with_passwords();
  const std::string cookie = cookie_in(log_in("alice", "geheim"));
  const auto judged = [&](std::map<std::string, std::string, std::less<>> headers, const std::string& token) {
    headers["cookie"] = cookie;
    const web::Head head = request(std::move(headers));
    return rights().forged(rights().caller(head), head, token).value_or("");
  };
  const std::string token = rights().caller(request({{"cookie", cookie}})).form_token;
  EXPECT_NE(token, "");
  EXPECT_EQ(judged({{"sec-fetch-site", "same-origin"}}, token), "");
  EXPECT_EQ(judged({{"origin", "http://127.0.0.1:8020"}}, token), "");
  EXPECT_EQ(judged({{"sec-fetch-site", "same-origin"}, {"x-form-token", token}}, ""), "");
  EXPECT_THAT(judged({{"sec-fetch-site", "cross-site"}}, token), HasSubstr("another site"));
  EXPECT_THAT(judged({{"origin", "https://evil.example.org"}}, token), HasSubstr("another site"));
  EXPECT_THAT(judged({}, token), HasSubstr("does not say which page"));
  EXPECT_THAT(judged({{"sec-fetch-site", "same-origin"}}, ""), HasSubstr("load its page again"));
  EXPECT_THAT(judged({{"sec-fetch-site", "same-origin"}}, token + "x"), HasSubstr("load its page again"));
  const std::string others = cookie_in(log_in("bob", "geheim"));
  EXPECT_THAT(
      judged({{"sec-fetch-site", "same-origin"}}, rights().caller(request({{"cookie", others}})).form_token),
      HasSubstr("load its page again"));
}

TEST_F(RightsTest, ProgramsNeedNoFormButNoSiteSpeaksForThem) {
  configuration_.access.tokens = {{"wall", "operator", Secret("token-of-the-wall-1")}};
  web::Head head = request({{"authorization", "Bearer token-of-the-wall-1"}});
  EXPECT_EQ(rights().forged(rights().caller(head), head, ""), std::nullopt);
  head.headers["sec-fetch-site"] = "cross-site";
  EXPECT_TRUE(rights().forged(rights().caller(head), head, ""));
}

TEST_F(RightsTest, AForwardedUserOfAProxyThatIsListed) {
  configuration_.access.auth =
      settings::ForwardedUser{"x-forwarded-user", "x-forwarded-groups", {"10.0.0.0/8"}};
  configuration_.access.roles = {{"operator", {"alice", "group:ci"}}};
  const auto caller = [&](const char* user, const char* groups, const char* peer) {
    return rights().caller(request(
        {{"x-forwarded-user", user}, {"x-forwarded-groups", groups}, {"x-forwarded-for", "203.0.113.9"}},
        peer));
  };
  EXPECT_EQ(caller("alice", "", "10.1.2.3").role, Role::operator_);
  EXPECT_EQ(caller("alice", "", "10.1.2.3").address, "203.0.113.9");
  EXPECT_NE(caller("alice", "", "10.1.2.3").form_token, "");
  EXPECT_EQ(caller("carol", "x, ci", "10.1.2.3").role, Role::operator_);
  EXPECT_EQ(caller("carol", "x", "10.1.2.3").role, Role::none);
  for (const char* peer : {"11.1.2.3", "127.0.0.1", "::1", "192.0.2.7"}) {
    EXPECT_EQ(caller("alice", "ci", peer).role, Role::none) << peer;
    EXPECT_EQ(caller("alice", "ci", peer).who, "") << peer;
  }
  EXPECT_THAT(caller("alice, mallory", "", "10.1.2.3").trouble, HasSubstr("came twice"));
  web::Head passed_on =
      request({{"x-forwarded-user", "alice"}, {"authorization", "Bearer of-the-proxy"}}, "10.1.2.3");
  EXPECT_EQ(rights().caller(passed_on).who, "alice") << "what the proxy was shown is not for us";
  passed_on.peer = "11.1.2.3";
  EXPECT_THAT(rights().caller(passed_on).trouble, HasSubstr("none that is known"));
  EXPECT_FALSE(rights().has_login());
  EXPECT_THAT(rights().hint(Role::viewer), HasSubstr("x-forwarded-user"));
}

TEST_F(RightsTest, ABrowserIsNotAskedForBasic) {
  with_passwords();
  EXPECT_EQ(rights().challenges(request()).size(), 2U);
  EXPECT_EQ(rights().challenges(request({{"sec-fetch-mode", "navigate"}})).size(), 1U);
}

TEST_F(RightsTest, WhatIsWrongIsToldBefore) {
  configuration_.access.where = "carillon.cfg:3";
  configuration_.access.auth = settings::PasswordFile{file_, {}};
  try {
    check_access(configuration_);
    FAIL();
  } catch (const settings::ConfigError& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("carillon.cfg:3: www.Passwords(file=...): " + file_ +
                                                  ": cannot read it: "));
  }
  with_passwords();
  EXPECT_NO_THROW(check_access(configuration_));
}

TEST_F(RightsTest, WhatIsUnwise) {
  EXPECT_THAT(unwise_access(configuration_), testing::ElementsAre(HasSubstr("so nobody may")));
  configuration_.access.anonymous = "viewer";
  EXPECT_THAT(unwise_access(configuration_), IsEmpty());
  with_passwords();
  EXPECT_THAT(unwise_access(configuration_), testing::ElementsAre(HasSubstr("in clear")));
  configuration_.www_url = "https://bell.example.org/";
  EXPECT_THAT(unwise_access(configuration_), IsEmpty());
  configuration_ = {};
  EXPECT_THAT(unwise_access(configuration_), IsEmpty()) << "on the loopback";
}

}  // namespace
}  // namespace carillon::access
