#include "dashboard/privacy.hpp"

#include "dashboard/aliases.hpp"

#include <gtest/gtest.h>

namespace carillon::dashboard {
namespace {

class PrivateAccess final : public access::Access {
 public:
  access::Caller caller(const web::Head& /*head*/) override { return {}; }
  std::optional<std::string> forged(const access::Caller& /*caller*/, const web::Head& /*head*/,
                                    std::string_view /*token*/) const override {
    return std::nullopt;
  }
  access::Login login() const override { return access::Login::form; }
  std::string hint(access::Role /*needed*/) const override { return {}; }
  bool is_private() const override { return is_private_; }
  bool is_private_ = true;
};

access::Caller caller(access::Role role, std::string who) {
  return {role, std::move(who), {}, false, {}};
}

TEST(Privacy, MasksAddressesOfOthersForViewers) {
  const PrivateAccess access;
  const Privacy mask(access, caller(access::Role::viewer, "bob@example.org"));
  EXPECT_EQ(mask("alice@example.org"), "a***@example.org");
  EXPECT_EQ(mask("to alice@example.org, BOB@example.org and \u00fcm@x.de."),
            "to a***@example.org, BOB@example.org and \u00fc***@x.de.");
  EXPECT_EQ(mask("&lt;alice.b+c@example.org&gt;: 250 ok"), "&lt;a***@example.org&gt;: 250 ok");
  EXPECT_EQ(mask("mail:root@buildhost:7"), "mail:r***@buildhost:7");
  EXPECT_EQ(mask("a@b@c.de"), "a***@b***@c.de");
  EXPECT_EQ(mask("to \"alice b\"@example.org, user@[10.0.0.1]"), "to \"***@example.org, u***@[10.0.0.1]");
  EXPECT_EQ(mask("<td>&quot;secret 7&quot;@example.org</td>"), "<td>&***@example.org</td>");
  EXPECT_EQ(mask("o'brien@x.org a!secretuser@x.org sales/x=hidden.person@x.org"),
            "o***@x.org a***@x.org s***@x.org");
  EXPECT_EQ(mask("carillon/demo@3fa92c1"), "carillon/demo@3fa92c1");
  EXPECT_EQ(mask("@dev, x@, @"), "@dev, x@, @");
  EXPECT_EQ(mask.in(json::parse(R"({"to": ["alice@example.org"], "n": 1})")),
            json::parse(R"({"to": ["a***@example.org"], "n": 1})"));
}

TEST(Privacy, LinksOfOursLeadToTheSamePageAndSayNothing) {
  const PrivateAccess access;
  const Aliases aliases("a key");
  const Privacy mask(access, caller(access::Role::viewer, "bob@example.org"), {}, &aliases, "/bell/");
  const auto meant = [&](std::string text, const std::string& before, const std::string& after) {
    EXPECT_TRUE(text.starts_with(before) && text.ends_with(after)) << text;
    text = text.substr(before.size(), text.size() - before.size() - after.size());
    return aliases.name_of(text).value_or("no alias: " + text);
  };
  const std::string name = "alice@example.org";
  EXPECT_EQ(meant(mask(R"(<a href="/bell/b/alice%40example.org/7?source=ci">)"), R"(<a href="/bell/b/)",
                  R"(/7?source=ci">)"),
            name);
  EXPECT_EQ(meant(mask("https://h:8020/bell/b/alice%40example.org/7"), "https://h:8020/bell/b/", "/7"), name);
  EXPECT_EQ(meant(mask("?limit=2&amp;builder=alice%40example.org"), "?limit=2&amp;builder=", ""), name);
  EXPECT_EQ(meant(mask("/bell/badge/a%20alice%40example.org.svg x"), "/bell/badge/", " x"),
            "a alice@example.org.svg");
  EXPECT_EQ(meant(mask("<id>tag:h,2026:carillon/build/ci/alice%40example.org/7/1"),
                  "<id>tag:h,2026:carillon/build/ci/", "/7/1"),
            name);
  EXPECT_EQ(meant(mask("?after=ci%2Falice%2540example.org"), "?after=", ""), "ci/alice%40example.org");
  const json::value page = mask.in(json::parse(R"({"next": "ci/alice%40example.org", "items": []})"));
  EXPECT_EQ(meant(std::string(page.at("next").as_string()), "", ""), "ci/alice%40example.org");
  EXPECT_EQ(mask.in(json::parse(R"({"next": "ci/linux"})")), json::parse(R"({"next": "ci/linux"})"));
  for (const char* same :
       {"/bell/b/bob%40example.org/7", "/bell/b/a%40/7", "/bell/b/acme%2Fx%403fa92c1", "%40%40"})
    EXPECT_EQ(mask(same), same);
}

TEST(Privacy, ForeignLinksAreMaskedAsTexts) {
  const PrivateAccess access;
  const Aliases aliases("a key");
  const Privacy mask(access, caller(access::Role::viewer, ""), {}, &aliases, "/bell/");
  EXPECT_EQ(mask("https://ci.example.org/job/alice%40example.org/7"),
            "https://ci.example.org/job/a%2A%2A%2A%40example.org/7");
  EXPECT_EQ(mask("//h/bell/b/alice%40x.org"), "//h/bell/b/a%2A%2A%2A%40x.org");
  EXPECT_EQ(mask("alice%40x.org"), "a%2A%2A%2A%40x.org");
  EXPECT_EQ(Privacy(access, caller(access::Role::viewer, ""))("/b/alice%40x.org"), "/b/a%2A%2A%2A%40x.org")
      << "there are no aliases";
}

TEST(Aliases, SayNothingAndAreReadWithTheirKeyOnly) {
  const Aliases aliases("a key");
  for (const std::string& name : {std::string("alice@example.org"), std::string(), std::string(5000, '\0')}) {
    const std::string alias = aliases.of(name);
    EXPECT_EQ(alias, Aliases("a key").of(name)) << "the same for the same";
    EXPECT_EQ(aliases.name_of(alias), name);
    EXPECT_EQ(Aliases("another").name_of(alias), std::nullopt);
    EXPECT_EQ(alias.find("alice"), std::string::npos);
    std::string changed = alias;
    changed[3] = changed[3] == 'a' ? 'b' : 'a';
    EXPECT_EQ(aliases.name_of(changed), std::nullopt);
  }
  for (const char* none : {"", "~", "linux", "~linux", "~.", "~!", "~AAAAAAAAAAAAAAAAAAAAAA"})
    EXPECT_EQ(aliases.name_of(none), std::nullopt) << none;
  EXPECT_NE(aliases.of("alice@example.org"), aliases.of("alicf@example.org"));
}

TEST(Privacy, MasksNothingElse) {
  PrivateAccess access;
  EXPECT_EQ(Privacy()("alice@example.org"), "alice@example.org");
  EXPECT_EQ(Privacy(access, caller(access::Role::operator_, "op"))("alice@example.org"), "alice@example.org");
  EXPECT_EQ(Privacy(access, caller(access::Role::viewer, ""), {"alice@example.org"})("Alice@example.org"),
            "Alice@example.org");
  access.is_private_ = false;
  EXPECT_EQ(Privacy(access, caller(access::Role::viewer, ""))("alice@example.org"), "alice@example.org");
}

}  // namespace
}  // namespace carillon::dashboard
