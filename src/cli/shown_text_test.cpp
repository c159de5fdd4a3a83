#include "cli/shown_text.hpp"

#include <gtest/gtest.h>

namespace carillon::cli {
namespace {

using reporter::Shown;

TEST(ShownText, IsIndentedAndDecoded) {
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
}

}  // namespace
}  // namespace carillon::cli
