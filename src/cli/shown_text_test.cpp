#include "cli/shown_text.hpp"

#include <gtest/gtest.h>

namespace carillon::cli {
namespace {

using reporter::Shown;

TEST(Pretty, IndentsWhatHoldsSomething) {
  EXPECT_EQ(
      pretty(json::parse(R"({"a": [1, {"b": "x\ny"}], "c": {}, "d": []})")),
      "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x\\ny\"\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}");
}

TEST(ShownText, JsonTextAndMail) {
  const Colours plain;
  EXPECT_EQ(shown_text({"POST http://h/", Shown::Form::json, R"({"a":1})"}, plain, "  "),
            "  POST http://h/\n  {\n    \"a\": 1\n  }\n");
  EXPECT_EQ(shown_text({"say", Shown::Form::text, "one\n  two\x1b[31m\n"}, plain, "> "),
            "> say\n> one\n>   two?[31m\n");
  const std::string mail =
      "From: ci@example.org\r\nSubject: =?utf-8?q?L=C3=A4uft?=\r\nMIME-Version: 1.0\r\n"
      "Content-Type: text/plain\r\n\r\nHello\r\n";
  EXPECT_EQ(shown_text({"SMTP", Shown::Form::mail, mail}, plain, ""),
            "SMTP\nFrom: ci@example.org\nSubject: L\u00e4uft\n\nHello\n");
  const json::object told = shown_json({"SMTP", Shown::Form::mail, mail});
  EXPECT_EQ(told.at("form"), "mail");
  EXPECT_EQ(told.at("content"), mail.c_str());
  EXPECT_EQ(told.at("mail").at("text"), "Hello\n");
  EXPECT_EQ(shown_json({"POST", Shown::Form::json, "[1]"}).at("json"), json::parse("[1]"));
}

}  // namespace
}  // namespace carillon::cli
