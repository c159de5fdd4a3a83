#include "server/shown_json.hpp"

#include <gtest/gtest.h>

namespace carillon::server {
namespace {

using reporter::Shown;

std::string without_hunter2(std::string_view text) {
  std::string out(text);
  for (auto at = out.find("hunter2"); at != std::string::npos; at = out.find("hunter2"))
    out.replace(at, 7, "***");
  return out;
}

const std::string a_mail =
    "From: ci@example.org\r\nSubject: =?utf-8?q?L=C3=A4uft?=\r\nMIME-Version: 1.0\r\n"
    "Content-Type: text/plain\r\n\r\nHello hunter2\r\n";

TEST(ShownJson, HasTheContentAndWhatItMeans) {
  const json::object told = shown_json({"SMTP", Shown::Form::mail, a_mail});
  EXPECT_EQ(told.at("form"), "mail");
  EXPECT_EQ(told.at("content"), a_mail.c_str());
  EXPECT_EQ(told.at("mail").at("text"), "Hello hunter2\n");
  EXPECT_EQ(shown_json({"POST", Shown::Form::json, "[1]"}).at("json"), json::parse("[1]"));
  EXPECT_FALSE(shown_json({"POST", Shown::Form::json, "[1"}).contains("json"));
}

TEST(BoundedJson, HoldsNoSecret) {
  const json::object mail = bounded_json({"SMTP hunter2", Shown::Form::mail, a_mail}, without_hunter2);
  EXPECT_EQ(mail.at("mail").at("text"), "Hello ***\n");
  EXPECT_EQ(mail.at("how"), "SMTP ***");
  EXPECT_EQ(json::serialize(mail).find("hunter2"), std::string::npos);
  EXPECT_EQ(mail.at("size"), a_mail.size());
  EXPECT_EQ(mail.at("cut"), false);
  const json::object posted =
      bounded_json({"POST", Shown::Form::json, R"({"a": ["hunter2", 1]})"}, without_hunter2);
  EXPECT_EQ(posted.at("json"), json::parse(R"({"a": ["***", 1]})"));
  EXPECT_EQ(posted.at("content"), R"({"a": ["***", 1]})");
}

TEST(BoundedJson, EndsBetweenTwoCharacters) {
  std::string text(most_shown - 1, 'x');
  text += "\u00fc and more";
  const json::object told = bounded_json({"say", Shown::Form::text, text}, without_hunter2);
  EXPECT_EQ(told.at("content").as_string().size(), most_shown - 1);
  EXPECT_EQ(told.at("size"), text.size());
  EXPECT_EQ(told.at("cut"), true);
  const std::string list = "[\"" + text + "\"]";
  const json::object posted = bounded_json({"POST", Shown::Form::json, list}, without_hunter2);
  EXPECT_EQ(posted.at("form"), "text");
  EXPECT_FALSE(posted.contains("json"));
}

}  // namespace
}  // namespace carillon::server
