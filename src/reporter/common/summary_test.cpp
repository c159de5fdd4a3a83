#include "reporter/common/summary.hpp"

#include <gtest/gtest.h>

#include "fakes/reporter_fixture.hpp"

namespace carillon::reporter {
namespace {

using message::Markup;
using test::order_of;
using test::sample_build;

message::Message said(std::string body, Markup markup = Markup::plain) {
  message::Message made;
  made.body = std::move(body);
  made.markup = markup;
  return made;
}

TEST(JoinedTextTest, OnlyOurOwnTextsAreSetOffByAnEmptyLine) {
  JoinedText templates;
  templates.add(said("a\n"));
  templates.add(said("b\n"));
  EXPECT_EQ(templates.text, "a\nb\n");
  templates.add(said("own\n"), true);
  templates.add(said("c"));
  EXPECT_EQ(templates.text, "a\nb\n\nown\n\nc");
}

TEST(JoinedTextTest, PlainTextAmongHtmlIsShownAsItIs) {
  JoinedText text;
  text.add(said("1 < 2 \"quoted\"\n"));
  text.add(said("<b>html</b>", Markup::html));
  text.add(said("a & b"));
  EXPECT_EQ(text.markup, Markup::html);
  EXPECT_EQ(text.text, "<pre>1 &lt; 2 &quot;quoted&quot;\n</pre>\n<b>html</b><pre>a &amp; b</pre>\n");
}

TEST(ReportSummaryTest, IsOfABuildOrOfABuildset) {
  EXPECT_EQ(report_summary(order_of(sample_build(2))), "build #3 of linux: failure");
  Details set = order_of(sample_build(2));
  set.kind = EventKind::buildset_complete;
  EXPECT_EQ(report_summary(set), "buildset ? (1 build): failure") << "its last build stands for its results";
  set.builds.push_back(sample_build(0));
  set.buildset = {{"bsid", 9}, {"results", 4}};
  EXPECT_EQ(report_summary(set), "buildset 9 (2 builds): exception");
  EXPECT_EQ(report_subject("%(result)s on %(builder)s in %(title)s", "linux", set,
                           {.title = "T", .buildbot_url = ""}),
            "exception on whole buildset in T");
}

}  // namespace
}  // namespace carillon::reporter
