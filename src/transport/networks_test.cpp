#include "transport/networks.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

namespace carillon::net {
namespace {

bool holds(const Networks& networks, const char* address) {
  return networks.hold(asio::ip::make_address(address));
}

TEST(Networks, HoldWhatLiesInOneOfThem) {
  const Networks networks({"10.0.0.0/8", "192.0.2.7/32", "2001:db8::/33", "fe80::/10"});
  for (const char* in : {"10.0.0.0", "10.255.255.255", "192.0.2.7", "2001:db8::1",
                         "2001:db8:7fff::", "::ffff:10.1.2.3", "fe80::1%1"}) {
    EXPECT_TRUE(holds(networks, in)) << in;
  }
  for (const char* out : {"9.255.255.255", "11.0.0.0", "192.0.2.6", "127.0.0.1", "0.0.0.0", "::1",
                          "2001:db8:8000::", "::ffff:11.0.0.1", "::10.1.2.3"}) {
    EXPECT_FALSE(holds(networks, out)) << out;
  }
}

TEST(Networks, AllOfOneKindHoldNoneOfTheOther) {
  EXPECT_TRUE(holds(Networks({"0.0.0.0/0"}), "203.0.113.9"));
  EXPECT_FALSE(holds(Networks({"0.0.0.0/0"}), "2001:db8::1"));
  EXPECT_FALSE(holds(Networks({"::/0"}), "203.0.113.9"));
  EXPECT_FALSE(holds(Networks({"::/0"}), "::ffff:203.0.113.9"));
  EXPECT_TRUE(holds(Networks({"::/0"}), "2001:db8::1"));
}

TEST(Networks, WithoutAListEverythingIsHeld) {
  EXPECT_TRUE(holds(Networks(), "203.0.113.9"));
  EXPECT_TRUE(holds(Networks(), "2001:db8::1"));
}

TEST(Networks, NonsenseIsNamed) {
  try {
    const Networks networks({"10.0.0.0/8", "10.0.0.0/33"});
    FAIL() << "it was taken";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "'10.0.0.0/33' is not a network");
  }
}

}  // namespace
}  // namespace carillon::net
