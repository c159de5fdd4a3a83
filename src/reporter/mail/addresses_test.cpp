#include "reporter/mail/addresses.hpp"

#include <gmock/gmock.h>

namespace carillon::reporter::mail {
namespace {

TEST(Addresses, Parse) {
  struct Row {
    std::string text;
    std::optional<Address> expected;
  };
  const std::vector<Row> table = {
      {"full.name@example.net", Address{"", "full.name@example.net"}},
      {"Full Name <full.name@example.net>", Address{"Full Name", "full.name@example.net"}},
      {"<full.name@example.net>", Address{"", "full.name@example.net"}},
      {"Full Name <full.name@example.net>  ", Address{"Full Name", "full.name@example.net"}},
      {"'User' <user@foo.com>", Address{"'User'", "user@foo.com"}},
      {"\"Doe, \\\"J\\\" A.\" <j@x.org>", Address{"Doe, \"J\" A.", "j@x.org"}},
      {"J\xc3\xb6rg <j@x.org>", Address{"J\xc3\xb6rg", "j@x.org"}},
      {"buildbot@localhost", Address{"", "buildbot@localhost"}},
      {"x@example.org.", Address{"", "x@example.org"}},
      {"me+tag=1@[127.0.0.1]", Address{"", "me+tag=1@[127.0.0.1]"}},
      {"me@[IPv6:::1]", Address{"", "me@[IPv6:::1]"}},
      {"\"john doe\"@x.org", Address{"", "\"john doe\"@x.org"}},
      {"j\xc3\xb6rg@m\xc3\xbcller.example", Address{"", "j\xc3\xb6rg@xn--mller-kva.example"}},
      {"a <b> <c@d.e>", Address{"a <b>", "c@d.e"}},
      {"", std::nullopt},
      {"root", std::nullopt},
      {"@example.org", std::nullopt},
      {"x@", std::nullopt},
      {"x@.", std::nullopt},
      {"x@a..b", std::nullopt},
      {"x@exa mple.org", std::nullopt},
      {"a b@x.org", std::nullopt},
      {"a@x.org, b@x.org", std::nullopt},
      {"a@x.org,b@x.org", std::nullopt},
      {"<a@x.org", std::nullopt},
      {"a@x.org>", std::nullopt},
      {"a@b@x.org", std::nullopt},
      {"a@x.org\r\nBcc: b@x.org", std::nullopt},
      {"N\r\nBcc: b@x.org <a@x.org>", std::nullopt},
      {std::string("N\0 <a@x.org>", 12), std::nullopt},
      {"\xff <a@x.org>", std::nullopt},
      {"<>", std::nullopt},
      {"\"a\tb\"@x.org", std::nullopt},
      {std::string(3000, 'a') + "@x.org", std::nullopt},
  };
  for (const Row& row : table)
    EXPECT_EQ(parse_address(row.text), row.expected) << row.text;
}

TEST(Addresses, AreNoLongerThanSmtpTakesThem) {
  const std::string domain = "@" + std::string(60, 'd') + ".example.org";
  const std::string longest = std::string(254 - domain.size(), 'a') + domain;
  EXPECT_EQ(parse_address(longest), (Address{"", longest}));
  EXPECT_EQ(parse_address("Ann <" + longest + ".>"), (Address{"Ann", longest}));
  EXPECT_EQ(parse_address("a" + longest), std::nullopt);
  EXPECT_EQ(parse_address("Ann <a" + longest + ">"), std::nullopt);
  EXPECT_EQ(parse_address("\"x\"@[" + std::string(600, 'a') + "]"), std::nullopt);
  EXPECT_EQ(parse_user("a" + longest + "@host"), std::nullopt);
}

TEST(Addresses, UsersOfGit) {
  EXPECT_EQ(parse_user("'User' <user@foo.com>@foo.com"), (Address{"'User'", "user@foo.com"}));
  EXPECT_EQ(parse_user("user@foo.com"), (Address{"", "user@foo.com"}));
  EXPECT_EQ(parse_user("user"), std::nullopt);
  EXPECT_EQ(in_domain("user", "x.org"), "user@x.org");
  EXPECT_EQ(in_domain("User <u@y.org>", "x.org"), "User <u@y.org>");
}

TEST(Addresses, ToAndCc) {
  const Address a{"", "a@x.org"};
  const Address a_named{"A", "a@X.ORG"};
  const Address b{"", "b@x.org"};
  const Address c{"", "c@x.org"};
  auto both = choose_recipients({b, a, b}, {c, a_named});
  EXPECT_EQ(both.to, (std::vector{a, b}));
  EXPECT_EQ(both.cc, std::vector{c});
  EXPECT_EQ(both.addresses(), (std::vector<std::string>{"a@x.org", "b@x.org", "c@x.org"}));
  auto extra_only = choose_recipients({}, {c, b});
  EXPECT_EQ(extra_only.to, (std::vector{b, c}));
  EXPECT_TRUE(extra_only.cc.empty());
  EXPECT_TRUE(choose_recipients({}, {}).empty());
}

}  // namespace
}  // namespace carillon::reporter::mail
