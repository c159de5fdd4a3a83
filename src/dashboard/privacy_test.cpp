#include "dashboard/privacy.hpp"

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
  EXPECT_EQ(mask("o'brien@x.org a!secretuser@x.org sales/x=hidden.person@x.org"),
            "o***@x.org a***@x.org s***@x.org");
  EXPECT_EQ(mask("carillon/demo@3fa92c1"), "carillon/demo@3fa92c1");
  EXPECT_EQ(mask("@dev, x@, @"), "@dev, x@, @");
  EXPECT_EQ(mask.in(json::parse(R"({"to": ["alice@example.org"], "n": 1})")),
            json::parse(R"({"to": ["a***@example.org"], "n": 1})"));
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
