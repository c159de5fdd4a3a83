#include "dashboard/html.hpp"

#include <gtest/gtest.h>

#include "dashboard/words.hpp"

namespace carillon::dashboard {
namespace {

TEST(Html, OnlyLiteralsAreMarkup) {
  const std::string foreign = R"("><img src=x onerror=alert(1)>&amp;)";
  EXPECT_EQ(html(R"(<a href="{}">{}</a> {})", foreign, html("<b>{}</b>", 7), "<i>").str(),
            R"(<a href="&quot;&gt;&lt;img src=x onerror=alert(1)&gt;&amp;amp;"><b>7</b></a> &lt;i&gt;)");
  EXPECT_EQ(html("{}{}", "{}", "x").str(), "{}x") << "what is put in is no pattern";
}

TEST(Html, WhatTurnsWritingAroundIsShown) {
  EXPECT_EQ(text("a\xE2\x80\xAE"
                 "b\x1b[31m")
                .str(),
            "a?b?[31m");
  EXPECT_EQ(text("one\r\ntwo\tthree").str(), "one\ntwo\tthree");
  EXPECT_EQ(text("\xff").str(), "\xEF\xBF\xBD");
}

TEST(Html, OnlyHttpIsALink) {
  EXPECT_EQ(foreign_link("https://ci/x?a=\"b", "page").str(),
            R"(<a href="https://ci/x?a=&quot;b" rel="noopener noreferrer" target="_blank">page</a>)");
  for (const char* url : {"javascript:alert(1)", "data:text/html,x", " https://ci/", "//ci/x", ""})
    EXPECT_EQ(foreign_link(url, "page").str(), "page") << url;
}

TEST(Words, TimesSayHowLongAgo) {
  constexpr Millis now = 1'764'500'000'000;
  EXPECT_NE(ago(now - 5'000, now).str().find(">5 s ago<"), std::string::npos);
  EXPECT_NE(ago(now - 7'200'000, now).str().find(">2 h ago<"), std::string::npos);
  EXPECT_NE(ago(now + 90'000, now).str().find(">in 1 m 30 s<"), std::string::npos);
  EXPECT_EQ(ago(0, now).str(), "never");
  EXPECT_EQ(iso(now), "2025-11-30T10:53:20Z");
  EXPECT_EQ(duration(252'000), "4 m 12 s");
  EXPECT_EQ(duration(3'600'000), "1 h");
  EXPECT_EQ(duration(86'400'000LL * 3), "3 d");
}

TEST(Words, EveryStateHasAWord) {
  for (std::int64_t number = 0; const auto results = results_from(number); ++number) {
    EXPECT_NE(result(results).str().find(name(*results)), std::string::npos);
    EXPECT_NE(sign(results), "?");
  }
  EXPECT_NE(result(std::nullopt).str().find("running"), std::string::npos);
}

}  // namespace
}  // namespace carillon::dashboard
