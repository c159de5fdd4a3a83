#include "reporter/irc/irc_members.hpp"

#include <gtest/gtest.h>

namespace carillon::reporter::irc {
namespace {

class MembersTest : public testing::Test {
 protected:
  MembersTest() {
    support_.read({"PREFIX=(ohv)@%+", "CHANMODES=beI,k,l,imn"});
    members_.open("#a");
    for (const char* name : {"@Ann", "%+Ben", "cay", "+dot!~d@host", ""})
      members_.listed("#a", name, support_);
  }
  Support support_;
  Members members_;
};

TEST_F(MembersTest, NamesCarryTheirSymbols) {
  EXPECT_EQ(members_.symbols("#a", "ann"), "@");
  EXPECT_EQ(members_.symbols("#a", "ben"), "%+");
  EXPECT_EQ(members_.symbols("#a", "cay"), "");
  EXPECT_EQ(members_.symbols("#a", "dot"), "+");
  EXPECT_FALSE(members_.symbols("#a", "eve"));
  EXPECT_FALSE(members_.symbols("#b", "ann"));
  members_.listed("#b", "ann", support_);
  EXPECT_FALSE(members_.symbols("#b", "ann"));
}

TEST_F(MembersTest, ModesGiveAndTake) {
  members_.mode("#a", {"+ov-o", "cay", "cay", "ann"}, support_);
  EXPECT_EQ(members_.symbols("#a", "cay"), "@+");
  EXPECT_EQ(members_.symbols("#a", "ann"), "");
  // Parameters of other modes are stepped over: +b +k +l take one, -l and +i do not.
  members_.mode("#a", {"+bkl-l+io", "*!*@x", "key", "5", "Ann"}, support_);
  EXPECT_EQ(members_.symbols("#a", "ann"), "@");
  members_.mode("#a", {"+o"}, support_);
  members_.mode("#a", {}, support_);
  members_.mode("#a", {"+o", "nobody"}, support_);
  EXPECT_FALSE(members_.symbols("#a", "nobody"));
  members_.mode("#a", {"+oo", "ann", "ann"}, support_);
  members_.mode("#a", {"-o", "ann"}, support_);
  EXPECT_EQ(members_.symbols("#a", "ann"), "");
}

TEST_F(MembersTest, PeopleComeGoAndChangeTheirNick) {
  members_.joined("#a", "eve");
  EXPECT_EQ(members_.symbols("#a", "eve"), "");
  members_.renamed("ann", "anna");
  EXPECT_FALSE(members_.symbols("#a", "ann"));
  EXPECT_EQ(members_.symbols("#a", "anna"), "@");
  members_.left("#a", "anna");
  EXPECT_FALSE(members_.symbols("#a", "anna"));
  members_.quit("ben");
  EXPECT_FALSE(members_.shares_channel("ben"));
  members_.close("#a");
  EXPECT_FALSE(members_.symbols("#a", "cay"));
}

TEST_F(MembersTest, AnAccountIsThatOfAPersonAndNotOfANick) {
  members_.account("ann", "ann-at-services");
  EXPECT_EQ(members_.account("ann"), "ann-at-services");
  EXPECT_FALSE(members_.account("ben"));
  members_.renamed("ann", "anna");
  EXPECT_FALSE(members_.account("ann"));
  EXPECT_EQ(members_.account("anna"), "ann-at-services");
  members_.account("stranger", "x");
  EXPECT_FALSE(members_.account("stranger"));
  // Seen by us in another channel they are still the same person; out of sight they may be anybody.
  members_.open("#b");
  members_.joined("#b", "anna");
  members_.left("#a", "anna");
  EXPECT_EQ(members_.account("anna"), "ann-at-services");
  members_.left("#b", "anna");
  EXPECT_FALSE(members_.account("anna"));
  members_.account("ben", "b");
  members_.quit("ben");
  EXPECT_FALSE(members_.account("ben"));
  members_.account("cay", "c");
  members_.renamed("dot", "cay");
  EXPECT_FALSE(members_.account("cay"));
  members_.account("cay", "c");
  members_.close("#a");
  EXPECT_FALSE(members_.account("cay"));
}

}  // namespace
}  // namespace carillon::reporter::irc
