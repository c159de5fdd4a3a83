#include "web/connections.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace carillon::web {
namespace {

namespace ip = boost::asio::ip;

TEST(Connections, AnAddressIsWhatOneCustomerHas) {
  const auto of = [](const char* text) { return address_of(ip::make_address(text)); };
  EXPECT_EQ(of("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(of("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(of("2001:db8:1:2::9"), of("2001:db8:1:2:3:4:5:6"));
}

class ConnectionsTest : public testing::Test {
 protected:
  std::unique_ptr<Connections::Place> enter(const std::string& address, const std::string& name) {
    return table_.enter(address, [this, name] { closed_.push_back(name); });
  }
  Connections table_{4, 2};
  std::vector<std::string> closed_;
};

TEST_F(ConnectionsTest, TheLongestWaitingOfAnAddressMakesRoom) {
  const auto one = enter("a", "one");
  const auto two = enter("a", "two");
  one->wait();  // later than the second
  const auto three = enter("a", "three");
  ASSERT_TRUE(three);
  EXPECT_EQ(closed_, std::vector<std::string>{"two"});
  EXPECT_EQ(table_.size(), 2U);
  two->wait();  // its coroutine is not told yet
  EXPECT_EQ(table_.size(), 2U);
}

TEST_F(ConnectionsTest, ThoseAtWorkKeepTheirPlace) {
  const auto one = enter("a", "one");
  const auto two = enter("a", "two");
  one->work();
  two->work();
  EXPECT_FALSE(enter("a", "three"));
  const auto other = enter("b", "other");
  EXPECT_TRUE(other);
  EXPECT_TRUE(closed_.empty());
  two->wait();
  EXPECT_TRUE(enter("a", "three"));
  EXPECT_EQ(closed_, std::vector<std::string>{"two"});
}

TEST_F(ConnectionsTest, AreBoundedInAll) {
  std::vector<std::unique_ptr<Connections::Place>> places;
  for (const char* address : {"a", "b", "c", "d", "e"})
    places.push_back(enter(address, address));
  EXPECT_EQ(closed_, std::vector<std::string>{"a"});
  for (std::size_t i = 1; i < places.size(); ++i)
    places[i]->work();
  EXPECT_FALSE(enter("f", "f"));
  EXPECT_FALSE(table_.make_room());
  places.clear();
  EXPECT_EQ(table_.size(), 0U);
  EXPECT_TRUE(enter("a", "again"));
}

}  // namespace
}  // namespace carillon::web
