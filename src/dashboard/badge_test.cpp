#include "dashboard/badge.hpp"

#include <gtest/gtest.h>

#include <pugixml.hpp>

namespace carillon::dashboard {
namespace {

pugi::xml_document parsed(const Badge& badge) {
  const std::string text = svg(badge);
  pugi::xml_document document;
  EXPECT_TRUE(document.load_buffer(text.data(), text.size(), pugi::parse_full)) << text;
  return document;
}

Badge failed(std::string label) {
  Badge badge = badge_of(Results::failure);
  badge.label = std::move(label);
  return badge;
}

TEST(BadgeTest, WidthsAreThoseOfVerdana) {
  EXPECT_EQ(width_of(""), 0);
  EXPECT_EQ(width_of("i"), 301);       // 0.274 * 11
  EXPECT_EQ(width_of("W"), 1088);      // 0.989 * 11
  EXPECT_EQ(width_of("linux"), 2647);  // (274 + 274 + 633 + 633 + 592) * 11 thousandths
  EXPECT_EQ(width_of("\u00fc"), width_of("u"));
  EXPECT_EQ(width_of("\u00ff"), width_of("y"));
  EXPECT_EQ(width_of("\u00a0"), width_of(" "));
  EXPECT_EQ(width_of("\u65e5"), 1100) << "a square";
  EXPECT_EQ(width_of("\u0416"), 756) << "as wide as it usually is";
  EXPECT_EQ(width_of("\xff"), 1100) << "what is no UTF-8 is one sign, too";
}

TEST(BadgeTest, SaysItInWords) {
  const pugi::xml_document document = parsed(failed("linux"));
  const pugi::xml_node root = document.child("svg");
  EXPECT_STREQ(root.attribute("role").value(), "img");
  EXPECT_STREQ(root.attribute("aria-label").value(), "linux: failure");
  EXPECT_STREQ(root.child_value("title"), "linux: failure");
  const auto texts = root.select_nodes("//text");
  ASSERT_EQ(texts.size(), 2U);
  EXPECT_STREQ(texts[0].node().child_value(), "linux");
  EXPECT_STREQ(texts[1].node().child_value(), "failure");
  EXPECT_STREQ(root.select_node("clipPath/rect").node().attribute("rx").value(), "3");
}

TEST(BadgeTest, PartsStandBesideEachOther) {
  Badge badge = failed("linux");
  badge.round = false;
  const pugi::xml_document document = parsed(badge);
  const pugi::xml_node root = document.child("svg");
  EXPECT_STREQ(root.select_node("clipPath/rect").node().attribute("rx").value(), "0");
  const auto parts = root.select_nodes("g[1]/rect");
  ASSERT_EQ(parts.size(), 2U);
  const int left = parts[0].node().attribute("width").as_int();
  EXPECT_EQ(left, (width_of("linux") + 1000 + 99) / 100);
  EXPECT_EQ(parts[1].node().attribute("x").as_int(), left);
  EXPECT_EQ(root.attribute("width").as_int(), left + parts[1].node().attribute("width").as_int());
  EXPECT_STREQ(parts[1].node().attribute("fill").value(), "#c0281f");
  const pugi::xml_node word = root.select_node("//text").node();
  EXPECT_DOUBLE_EQ(word.attribute("x").as_double(), left / 2.0);
  EXPECT_DOUBLE_EQ(word.attribute("textLength").as_double(), width_of("linux") / 100.0);
}

TEST(BadgeTest, WithoutALabelThereIsTheWordAlone) {
  const pugi::xml_document document = parsed(unknown_badge());
  EXPECT_STREQ(document.child("svg").attribute("aria-label").value(), "unknown");
  EXPECT_EQ(document.child("svg").select_nodes("//text").size(), 1U);
}

TEST(BadgeTest, ForeignTextStaysText) {
  const std::string odd = "</title><script>\"&'\u202e\x01\n\uffff\xff";
  const pugi::xml_document document = parsed(failed(odd));
  EXPECT_TRUE(document.select_nodes("//script").empty());
  EXPECT_STREQ(document.child("svg").child_value("title"), "</title><script>\"&'???\ufffd\ufffd: failure");
  const pugi::xml_document long_one = parsed(failed(std::string(10'000, 'W')));
  EXPECT_LT(long_one.child("svg").attribute("width").as_int(), 1000);
}

TEST(BadgeTest, EachResultHasItsWord) {
  for (std::int64_t number = 0; const auto results = results_from(number); ++number) {
    const Badge badge = badge_of(*results);
    EXPECT_EQ(badge.message, name(*results));
    EXPECT_EQ(badge.colour.size(), 7U) << badge.message;
  }
  EXPECT_EQ(running_badge().message, "running");
}

}  // namespace
}  // namespace carillon::dashboard
