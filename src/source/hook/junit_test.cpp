#include "source/hook/junit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/xml.hpp"

namespace carillon::source::hook {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string counts_of(std::string_view text) {
  const auto tests = tests_of_junit(text);
  if (!tests) return tests.error().what;
  return std::to_string(tests->total) + ": " + std::to_string(tests->passed) + " " +
         std::to_string(tests->failed) + " " + std::to_string(tests->skipped);
}

TEST(JunitTest, CasesAreCountedAndNamed) {
  const auto tests = tests_of_junit(R"(<?xml version="1.0" encoding="UTF-8"?>
    <!-- of a tool -->
    <testsuites tests="100" failures="0">
      <testsuite name="a">
        <properties><property name="x" value="y"/></properties>
        <testcase classname="org.Bell" name="rings"/>
        <testcase classname="org.Bell" name="opens &amp; &#x2014; closes"><failure message="no"/></testcase>
        <testsuite name="b">
          <testcase name="alone"><error>boom</error><failure/></testcase>
          <testcase classname="org.Bell" name="waits"><skipped/></testcase>
        </testsuite>
      </testsuite>
      <testsuite name="c"><system-out><![CDATA[<testcase/>]]></system-out></testsuite>
    </testsuites>)");
  ASSERT_TRUE(tests) << tests.error().what;
  EXPECT_EQ(tests->total, 4);
  EXPECT_EQ(tests->passed, 1);
  EXPECT_EQ(tests->failed, 2);
  EXPECT_EQ(tests->skipped, 1);
  EXPECT_THAT(tests->failed_names, ElementsAre("org.Bell.opens & — closes", "alone"));
}

TEST(JunitTest, OneSuiteIsEnough) {
  EXPECT_EQ(counts_of("<testsuite><testcase/></testsuite>"), "1: 1 0 0");
  EXPECT_EQ(counts_of("<testsuites/>"), "0: 0 0 0");
  EXPECT_EQ(
      counts_of("\xef\xbb\xbf<j:testsuite xmlns:j='x'><j:testcase><j:error/></j:testcase></j:testsuite>"),
      "1: 0 1 0");
}

TEST(JunitTest, WhatIsNoReport) {
  EXPECT_EQ(counts_of("<html/>"), "must be <testsuites> or <testsuite>, not <html>");
  EXPECT_EQ(counts_of(" \n"), "the body is empty");
  EXPECT_THAT(counts_of("{}"), HasSubstr("not XML: "));
  EXPECT_THAT(counts_of("<testsuite><testcase></testsuite>"), HasSubstr("at byte 24"));
}

TEST(JunitTest, NoDocumentTypesAndNoEntities) {
  const std::string type = R"(<!DOCTYPE testsuite [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>)";
  EXPECT_EQ(counts_of(type + "<testsuite/>"), "has a document type (DTD), which is not read");
  const auto tests = tests_of_junit("<testsuite><testcase name='&b;'><error/></testcase></testsuite>");
  ASSERT_TRUE(tests);
  EXPECT_THAT(tests->failed_names, ElementsAre("&b;"));
}

TEST(JunitTest, SizesAreBounded) {
  std::string deep;
  for (int i = 0; i < 65; ++i)
    deep += "<testsuite>";
  std::string closed = deep;
  for (int i = 0; i < 65; ++i)
    closed += "</testsuite>";
  EXPECT_EQ(counts_of(closed), "has more than 64 levels of suites");
  std::string many = "<testsuite>";
  for (std::size_t i = 0; i <= 2 * most_elements; ++i)
    many += "<a/>";
  EXPECT_EQ(counts_of(many + "</testsuite>"), "has more than 1000000 elements");
  std::string failing = "<testsuite>";
  for (int i = 0; i < 60; ++i)
    failing += "<testcase name='t'><error/></testcase>";
  const auto tests = tests_of_junit(failing + "</testsuite>");
  ASSERT_TRUE(tests);
  EXPECT_EQ(tests->failed, 60);
  EXPECT_EQ(tests->failed_names.size(), most_failed_names);
}

TEST(JunitTest, ReportsAddUp) {
  Tests all{.total = 3, .passed = 1, .failed = 1, .skipped = 1, .failed_names = {"a"}};
  add(all, {.total = 2, .passed = 1, .failed = 1, .skipped = 0, .failed_names = {"b"}});
  EXPECT_EQ(all.total, 5);
  EXPECT_EQ(all.passed, 2);
  EXPECT_EQ(all.failed, 2);
  EXPECT_EQ(all.skipped, 1);
  EXPECT_THAT(all.failed_names, ElementsAre("a", "b"));
}

TEST(XmlTest, ContentTypes) {
  const auto by = [](std::string type) {
    web::Head head;
    head.content_type = std::move(type);
    return is_xml(head);
  };
  EXPECT_TRUE(by("application/xml"));
  EXPECT_TRUE(by("Text/XML; charset=utf-8"));
  EXPECT_FALSE(by("application/json"));
  EXPECT_FALSE(by(""));
}

}  // namespace
}  // namespace carillon::source::hook
