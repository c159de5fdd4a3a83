#include "reporter/mail/readable.hpp"

#include <gtest/gtest.h>

#include "reporter/mail/mime.hpp"

namespace carillon::reporter::mail {
namespace {

Letter long_letter() {
  Letter made;
  made.from = {"Järn Glocke", "ci@example.org"};
  made.to = {{"Dev, The", "dev@example.org"}, {"", "ops@example.org"}};
  made.subject =
      "linux: Läuft wieder — \xF0\x9F\x94\x94 und zwar so lange, dass die Zeile mehrfach umbrochen wird";
  made.message_id = "carillon.1@example.org";
  made.body = "Grüße\nzweite Zeile\n";
  return made;
}

TEST(Readable, FieldsAndTextComeBack) {
  const Letter sent = long_letter();
  const Readable read = read_message(compose(sent).text);
  EXPECT_EQ(read.field("subject"), sent.subject);
  EXPECT_EQ(read.field("from"), "Järn Glocke <ci@example.org>");
  EXPECT_EQ(read.field("to"), "\"Dev, The\" <dev@example.org>, ops@example.org");
  EXPECT_EQ(read.field("message-id"), "<carillon.1@example.org>");
  EXPECT_EQ(read.field("x-none"), "");
  EXPECT_EQ(read.type, "text/plain");
  EXPECT_EQ(read.text, sent.body);
  EXPECT_TRUE(read.files.empty());
}

TEST(Readable, EveryEncodingOfTheBody) {
  Letter sent = long_letter();
  sent.markup = message::Markup::html;
  for (const std::string& body :
       {std::string("plain = as it is\n"), "<p>" + std::string(2000, 'x') + " = </p>\n",
        std::string(400, 'a') + std::string("\xC3\xA4") + std::string(1200, 'b') + "\n"}) {
    sent.body = body;
    const Readable read = read_message(compose(sent).text);
    EXPECT_EQ(read.text, body);
    EXPECT_EQ(read.type, "text/html");
  }
  std::string umlauts;
  for (int i = 0; i < 1000; ++i)
    umlauts += "ä";
  sent.body = umlauts + "\n";  // base64
  EXPECT_EQ(read_message(compose(sent).text).text, sent.body);
}

TEST(Readable, Attachments) {
  Letter sent = long_letter();
  sent.attachments = {{"compile.stdio", std::string(1000, '\0')}, {"Übersetzung \"1\".log", "hello\n"}};
  const Readable read = read_message(compose(sent).text);
  EXPECT_EQ(read.text, sent.body);
  ASSERT_EQ(read.files.size(), 2U);
  EXPECT_EQ(read.files[0].name, "compile.stdio");
  EXPECT_EQ(read.files[0].size, 1000U);
  EXPECT_EQ(read.files[1].name, "Übersetzung \"1\".log");
  EXPECT_EQ(read.files[1].size, 6U);
}

TEST(Readable, NonsenseIsShownAsItIs) {
  EXPECT_EQ(read_message("Subject: =?utf-8?q?=4?=\r\n\r\nx").field("subject"), "=4");
  EXPECT_EQ(read_message("Subject: =?latin-1?q?x?= =?\r\n\r\nx").field("subject"), "=?latin-1?q?x?= =?");
  EXPECT_EQ(read_message("").text, "");
  EXPECT_EQ(read_message("no field\r\n\r\ntext").text, "text");
  EXPECT_TRUE(read_message("Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b").files.empty());
}

}  // namespace
}  // namespace carillon::reporter::mail
