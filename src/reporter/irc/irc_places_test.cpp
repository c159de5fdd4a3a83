#include "reporter/irc/irc_places.hpp"

#include <gtest/gtest.h>

namespace carillon::reporter::irc {
namespace {

TEST(IrcPlaces, TheConfigurationsSpellingIsTheIdWhereTheServerTakesBothForTheSame) {
  Places places({"#Dev[x]", "Ann"});
  EXPECT_EQ(places.id_of("#DEV{X}"), "#dev[x]");  // RFC 1459 until the server says otherwise
  EXPECT_EQ(places.id_of("aNN"), "ann");
  EXPECT_EQ(places.id_of("Ben[]"), "ben{}");
  Support ascii;
  ascii.read({"CASEMAPPING=ascii"});
  places.server(ascii);
  EXPECT_EQ(places.id_of("#DEV{X}"), "#dev{x}");
  EXPECT_EQ(places.id_of("#dev[X]"), "#dev[x]");
  EXPECT_EQ(places.id_of("Ben[]"), "ben[]");
}

TEST(IrcPlaces, TwoNamesOfTheConfigurationStayTwo) {
  const Places places({"a[", "A{"});
  EXPECT_EQ(places.id_of("a{"), "a{");
  EXPECT_EQ(places.id_of("A["), "a[");
}

}  // namespace
}  // namespace carillon::reporter::irc
