// What stands in the header of a request: cookies, origins, tokens, peers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/cookie.hpp"
#include "access/origin.hpp"
#include "access/peers.hpp"
#include "access/tokens.hpp"
#include "base/encoding.hpp"

namespace carillon::access {
namespace {

web::Head head_with(std::map<std::string, std::string, std::less<>> headers) {
  web::Head head;
  head.headers = std::move(headers);
  return head;
}

TEST(CookieTest, IsFoundByItsWholeName) {
  const auto value = [](const char* header) {
    return std::string(cookie_of(head_with({{"cookie", header}}), "carillon"));
  };
  EXPECT_EQ(value("carillon=abc"), "abc");
  EXPECT_EQ(value("a=b; carillon=abc;c=d"), "abc");
  EXPECT_EQ(value("carillon=first; carillon=second"), "first");
  EXPECT_EQ(value("carillon=a=b"), "a=b");
  EXPECT_EQ(value("xcarillon=abc; carillon-login=x; carillonx=y; carillon; Carillon=z"), "");
  EXPECT_EQ(value(""), "");
  EXPECT_EQ(cookie_of(web::Head(), "carillon"), "");
}

TEST(CookieTest, ACommaInAnotherOneBeginsNone) {
  EXPECT_EQ(cookie_of(head_with({{"cookie", "other=x, carillon=planted"}}), "carillon"), "");
}

TEST(CookieTest, IsTiedDown) {
  EXPECT_EQ((Cookie{"__Host-carillon", "abc", std::chrono::seconds(60), true}.text()),
            "__Host-carillon=abc; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax");
  EXPECT_EQ((Cookie{"carillon", "", std::chrono::seconds(0), false}.text()),
            "carillon=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
}

TEST(OriginTest, Loopback) {
  for (const char* host : {"localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"})
    EXPECT_TRUE(is_loopback(host)) << host;
  for (const char* host :
       {"", "localhost.example.org", "128.0.0.1", "127.0.0.1.nip.io", "::", "bell", "127.1x"})
    EXPECT_FALSE(is_loopback(host)) << host;
}

TEST(OriginTest, OfAnAddress) {
  EXPECT_EQ(origin_of("https://Bell.Example.org:443/x?y"), "https://bell.example.org");
  EXPECT_EQ(origin_of("http://bell:8020/"), "http://bell:8020");
  EXPECT_EQ(origin_of("http://bell:443"), "http://bell:443");
  for (const char* none : {"", "null", "bell", "ftp://bell", "//bell"})
    EXPECT_EQ(origin_of(none), "") << none;
}

TEST(OriginTest, TheBrowsersWordCountsFirst) {
  const auto judged = [](const char* site) {
    return origin_of(head_with({{"host", "bell"}, {"origin", "http://bell"}, {"sec-fetch-site", site}}), "");
  };
  EXPECT_EQ(judged("same-origin"), Origin::ours);
  for (const char* site : {"same-site", "cross-site", "none", "anything"})
    EXPECT_EQ(judged(site), Origin::foreign) << site;
}

TEST(OriginTest, ElseItIsOursOrAtTheHostThatIsAsked) {
  const auto judged = [](const char* origin, const char* host, const char* url) {
    return origin_of(head_with({{"host", host}, {"origin", origin}}), url);
  };
  const char* url = "https://bell.example.org/carillon/";
  EXPECT_EQ(judged("https://bell.example.org", "127.0.0.1:8020", url), Origin::ours);
  EXPECT_EQ(judged("http://localhost:8020", "localhost:8020", ""), Origin::ours);
  EXPECT_EQ(judged("http://localhost", "localhost:80", ""), Origin::ours);
  for (const char* origin :
       {"null", "https://evil.example.org", "http://bell.example.org", "https://bell.example.org.evil.org",
        "https://bell.example.org:444", "garbage", "https://bell.example.org/path"})
    EXPECT_EQ(judged(origin, "127.0.0.1:8020", url), Origin::foreign) << origin;
  EXPECT_EQ(judged("http://localhost:1", "localhost:8020", ""), Origin::foreign);
  EXPECT_EQ(judged("http://x", "", ""), Origin::foreign);
  EXPECT_EQ(judged("", "bell", url), Origin::unsaid);
}

TEST(OriginTest, HostOfARequest) {
  EXPECT_EQ(host_of(head_with({{"host", "Bell.example.org:8020"}})), "bell.example.org");
  EXPECT_EQ(host_of(head_with({{"host", "[::1]:8020"}})), "[::1]");
  EXPECT_EQ(host_of(head_with({})), "");
}

TEST(TokensTest, AreKnownByTheirText) {
  const Tokens tokens(
      {{"wall", "viewer", Secret("token-of-the-wall")}, {"ccmenu", "feeds", Secret("other")}});
  ASSERT_NE(tokens.find("token-of-the-wall"), nullptr);
  EXPECT_EQ(tokens.find("token-of-the-wall")->name, "wall");
  EXPECT_EQ(tokens.find("other")->role, Role::feeds);
  for (const char* wrong : {"", "token-of-the-wal", "token-of-the-walls", "OTHER"})
    EXPECT_EQ(tokens.find(wrong), nullptr) << wrong;
  EXPECT_EQ(Tokens().find(""), nullptr);
}

TEST(TokensTest, WhatTheHeaderShows) {
  EXPECT_EQ(shown_in("Bearer abc")->bearer, "abc");
  EXPECT_EQ(shown_in("bearer   abc ")->bearer, "abc");
  const auto basic = shown_in("Basic " + base64_encode("alice:pass:word"));
  ASSERT_TRUE(basic && basic->basic);
  EXPECT_EQ(basic->user, "alice");
  EXPECT_EQ(basic->password, "pass:word");
  for (const char* wrong : {"", "Bearer", "Bearer ", "Digest abc", "Basic !", "Basic YWxpY2U=", "abc"})
    EXPECT_FALSE(shown_in(wrong)) << wrong;
}

class PeersTest : public testing::Test {
 protected:
  static web::Head from(const std::string& peer, const std::string& forwarded = "") {
    web::Head head;
    head.peer = peer;
    head.address = peer;
    if (!forwarded.empty()) head.headers["x-forwarded-for"] = forwarded;
    return head;
  }
  Peers peers_{{"10.0.0.0/8", "::1/128"}};
};

TEST_F(PeersTest, OnlyThoseThatAreListedAreBelieved) {
  for (const char* peer : {"10.1.2.3", "::1"})
    EXPECT_TRUE(peers_.believed(from(peer))) << peer;
  for (const char* peer : {"11.1.2.3", "::2", "127.0.0.1", "", "10.0.0.0/8"})
    EXPECT_FALSE(peers_.believed(from(peer))) << peer;
  EXPECT_FALSE(Peers().believed(from("10.1.2.3"))) << "none is listed";
}

TEST_F(PeersTest, WhoAsksIsTheLastThatIsNoProxy) {
  EXPECT_EQ(peers_.address_of(from("10.1.2.3", "192.0.2.7")), "192.0.2.7");
  EXPECT_EQ(peers_.address_of(from("10.1.2.3", "203.0.113.9, 192.0.2.7, 10.9.9.9")), "192.0.2.7");
  EXPECT_EQ(peers_.address_of(from("10.1.2.3", "2001:db8::7")), "2001:db8::/64");
  EXPECT_EQ(peers_.address_of(from("10.1.2.3", "192.0.2.7, unknown")), "10.1.2.3");
  EXPECT_EQ(peers_.address_of(from("10.1.2.3")), "10.1.2.3");
  EXPECT_EQ(peers_.address_of(from("192.0.2.1", "203.0.113.9")), "192.0.2.1") << "it is no proxy";
}

}  // namespace
}  // namespace carillon::access
