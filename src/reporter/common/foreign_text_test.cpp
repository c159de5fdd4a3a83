#include "reporter/common/foreign_text.hpp"

#include <gtest/gtest.h>

namespace carillon::reporter {
namespace {

TEST(Mentions, AreBrokenInAllTheirForms) {
  struct Case {
    std::string_view text;
    std::string_view broken;
  };
  const Case cases[] = {
      {"@everyone", "@\u200beveryone"},
      {"thanks @acme/team!", "thanks @\u200bacme/team!"},
      {"@**all** and @_**Ada**", "@\u200b**all** and @\u200b_**Ada**"},
      {"<!channel> <!subteam^S1>", "<\u200b!channel> <\u200b!subteam^S1>"},
      {"<@U123>", "<@\u200bU123>"},
      {"_@here_ \\@all (@x)", "_@\u200bhere_ \\@\u200ball (@\u200bx)"},
      {"\u00e9@team", "\u00e9@\u200bteam"},
      {"@", "@\u200b"},
      {"&#64;team &#0064;team &#X0040;team &Commat;team",
       "&#64;\u200bteam &#0064;\u200bteam &#X0040;\u200bteam &Commat;\u200bteam"},
      {"@@all", "@\u200b@\u200ball"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(without_mentions(c.text), c.broken);
    EXPECT_EQ(without_mentions(c.broken), c.broken) << "twice";
  }
}

TEST(Mentions, OtherTextsStayAsTheyAre) {
  for (const std::string_view text : {"", "ada@example.org", "Ada <ada@example.org>", "git@github.com:a/b",
                                      "a < b && !c", "&#65; &copy; &", "5<6"})
    EXPECT_EQ(without_mentions(text), text);
}

TEST(Mentions, AreBrokenInEveryTextOfAValue) {
  json::value value = json::parse(R"({"a": ["@all", 7, {"@b": "x", "c": "<!here>"}],
    "url": "https://host/@scope/pkg", "not": "https://host/ @all"})");
  break_mentions(value);
  EXPECT_EQ(value,
            json::parse("{\"a\": [\"@\u200ball\", 7, {\"@\u200b"
                        "b\": \"x\", \"c\": \"<\u200b!here>\"}],"
                        "\"url\": \"https://host/@scope/pkg\", \"not\": \"https://host/ @\u200ball\"}"));
}

TEST(OddLinks, AreDroppedWhereverABuildHasThem) {
  const json::value good = json::parse(R"({"url": "https://ci/7", "prev_build": {"url": "http://ci/6"},
    "steps": [{"urls": [{"url": "https://ci/log"}]}, {}], "changes": [{"revlink": "https://forge/1"}, {"revlink": null}]})");
  EXPECT_FALSE(has_odd_link(good.as_object()));
  for (const std::string_view odd :
       {"javascript:alert(1)", "JavaScript:x", "data:text/html,x", "//host/x", " javascript:x"}) {
    json::value build = good;
    build.at("url") = odd;
    EXPECT_TRUE(has_odd_link(build.as_object())) << odd;
    build.at_pointer("/prev_build/url") = odd;
    build.at_pointer("/steps/0/urls/0/url") = odd;
    build.at_pointer("/changes/0/revlink") = odd;
    drop_odd_links(build.as_object());
    EXPECT_EQ(build,
              json::parse(R"({"url": "", "prev_build": {"url": ""}, "steps": [{"urls": [{"url": ""}]}, {}],
      "changes": [{"revlink": ""}, {"revlink": null}]})"));
  }
}

}  // namespace
}  // namespace carillon::reporter
