#include "reporter/mail/mime.hpp"

#include <gmock/gmock.h>

#include "reporter/mail/body_text.hpp"
#include "reporter/mail/header_text.hpp"

namespace carillon::reporter::mail {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// What every message must be, whatever it was made of.
void expect_well_formed(const std::string& text) {
  std::size_t line = 0;
  bool header = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    EXPECT_NE(c, '\0');
    if (c == '\r') {
      ASSERT_TRUE(i + 1 < text.size() && text[i + 1] == '\n') << "lone CR at " << i;
      if (line == 0) header = false;
      EXPECT_LE(line, 998U);
      line = 0;
      ++i;
      continue;
    }
    ASSERT_NE(c, '\n') << "lone LF at " << i;
    if (header) {
      EXPECT_LT(static_cast<unsigned char>(c), 0x80U);
    }
    ++line;
  }
}

std::string head_of(const std::string& text) {
  return text.substr(0, text.find("\r\n\r\n") + 2);
}
std::string body_of(const std::string& text) {
  return text.substr(text.find("\r\n\r\n") + 4);
}

Letter letter() {
  Letter out;
  out.from = {"Bells", "ci@example.org"};
  out.to = {{"", "dev@example.org"}};
  out.subject = "done";
  out.date = 1136214245000;
  out.message_id = "carillon.1@example.org";
  out.body = "hello\n";
  return out;
}

TEST(Mime, Plain) {
  const Composed composed = compose(letter());
  EXPECT_EQ(composed.text,
            "Date: Mon, 02 Jan 2006 15:04:05 +0000\r\n"
            "From: Bells <ci@example.org>\r\n"
            "To: dev@example.org\r\n"
            "Subject: done\r\n"
            "Message-ID: <carillon.1@example.org>\r\n"
            "Auto-Submitted: auto-generated\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=\"utf-8\"\r\n"
            "Content-Transfer-Encoding: 7bit\r\n\r\n"
            "hello\r\n");
  EXPECT_THAT(composed.notes, ElementsAre());
}

TEST(Mime, SubjectsFoldAndAreEncoded) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"a\r\nBcc: x@y", "Subject: a Bcc: x@y\r\n"},
      {"h\xc3\xa4llo w\xc3\xb6rld of builds", "Subject: =?utf-8?q?h=C3=A4llo_w=C3=B6rld_of_builds?=\r\n"},
      {"\xf0\x9f\x94\xa5\xf0\x9f\x94\xa5", "Subject: =?utf-8?b?8J+UpfCflKU=?=\r\n"},
      {"looks =?utf-8?q?like?= one", "Subject: =?utf-8?q?looks_=3D=3Futf-8=3Fq=3Flike=3F=3D_one?=\r\n"},
      {"two  spaces", "Subject: two  spaces\r\n"},
      {"bell \x07 and esc \x1b[31m", "Subject: bell   and esc  [31m\r\n"},
      {"", "Subject:\r\n"},
  };
  for (const auto& [subject, expected] : table)
    EXPECT_EQ(text_field("Subject", subject), expected);
  EXPECT_EQ(
      text_field("Subject",
                 "The quick brown fox jumps over the lazy dog, and the lazy dog does not care at all"),
      "Subject: The quick brown fox jumps over the lazy dog, and the lazy dog does\r\n not care at all\r\n");
}

TEST(Mime, HostileTextsStayInTheirPlace) {
  const std::string nul("a\0b", 3);
  for (const std::string& text :
       {std::string("\r\n\r\nbody"), std::string("x\nBcc: evil@x.org"), nul, std::string("\xff\xfe\xc3"),
        std::string(5000, 'x'), std::string(5000, ' ') + "x", std::string("\xf0\x9f\x94\xa5<b>\xed\xa0\x80"),
        std::string(3000, '\r')}) {
    Letter hostile = letter();
    hostile.subject = text;
    hostile.from.name = text;
    hostile.extra = {{"X-Text", text}, {text, "value"}, {"X-Bad: \r\nBcc", "v"}};
    hostile.body = text;
    hostile.attachments = {{text, text}};
    const Composed composed = compose(hostile);
    expect_well_formed(composed.text);
    EXPECT_THAT(head_of(composed.text), Not(HasSubstr("\r\nBcc:")));
    EXPECT_THAT(composed.notes, testing::Contains(HasSubstr("its name is not possible")));
  }
}

TEST(Mime, AddressesAreNeverEncoded) {
  EXPECT_EQ(address_field("To", {{"J\xc3\xb6rg", "j@x.org"}, {"Doe, J", "d@x.org"}, {"", "e@x.org"}}),
            "To: =?utf-8?b?SsO2cmc=?= <j@x.org>, \"Doe, J\" <d@x.org>, e@x.org\r\n");
  EXPECT_EQ(address_field("To", {{"a \"b\" \\", "a@x.org"}}), "To: \"a \\\"b\\\" \\\\\" <a@x.org>\r\n");
  std::vector<Address> many;
  for (int i = 0; i < 50; ++i)
    many.push_back({"", "somebody" + std::to_string(i) + "@example.org"});
  const std::string field = address_field("To", many);
  EXPECT_THAT(field, HasSubstr(",\r\n somebody3@"));
  for (std::size_t at = 0; at < field.size();) {
    const auto end = field.find("\r\n", at);
    EXPECT_LE(end - at, 76U);
    at = end + 2;
  }
}

std::size_t longest_line_of(const std::string& field) {
  std::size_t longest = 0;
  for (std::size_t at = 0; at < field.size();) {
    const auto end = field.find("\r\n", at);
    longest = std::max(longest, end - at);
    at = end + 2;
  }
  return longest;
}

TEST(Mime, NoLineWithEncodedWordsIsLongerThan76) {
  std::string words;
  std::string letters;
  for (int i = 0; i < 60; ++i) {
    words += "w\xc3\xb6rter ";
    letters += "\xf0\x9f\x94\xa5";
  }
  const std::string url = "http://ci.example.org/" + std::string(200, 'a');
  for (std::size_t shift = 0; shift < 20; ++shift) {
    const std::string x(shift, 'x');
    for (const std::string& text :
         {x + words, x + letters, x + " see " + url, x + std::string(90, ' ') + "x"}) {
      for (const std::string& name : {std::string("Subject"), "X-" + std::string(shift * 3, 'n')}) {
        const std::string field = text_field(name, text);
        if (field.find("=?") != std::string::npos || name == "Subject") {
          EXPECT_LE(longest_line_of(field), 76U) << field;
        }
      }
      const std::string field =
          address_field("Disposition-Notification-To", {{text, "a@x.org"}, {text, "b@x.org"}});
      EXPECT_LE(longest_line_of(field), 76U) << field;
      EXPECT_LE(longest_line_of("X" + parameter("filename", text) + "\r\n"), 76U);
    }
  }
  EXPECT_THAT(text_field("X-Url", url), HasSubstr(url)) << "a machine reads it";
}

TEST(Mime, ExtraHeadersAreNotDoubled) {
  Letter one = letter();
  one.references = {"thread@x"};
  one.list = {"Project", "project.x"};
  one.extra = {{"to", "x@y"},
               {"X-A", "1"},
               {"x-a", "2"},
               {"references", "<mine@x>"},
               {"Content-Type", "text/html"},
               {"Reply-To", "J\xc3\xb6rg <j@x.org>, k@x.org"}};
  const Composed composed = compose(one);
  EXPECT_THAT(composed.notes, ElementsAre(HasSubstr("already: to"), HasSubstr("already: x-a"),
                                          HasSubstr("already: Content-Type")));
  const std::string head = head_of(composed.text);
  EXPECT_THAT(head, HasSubstr("X-A: 1\r\n"));
  EXPECT_THAT(head, HasSubstr("In-Reply-To: <thread@x>\r\n"));
  EXPECT_THAT(head, HasSubstr("List-Id: Project <project.x>\r\nAuto-Submitted: auto-generated\r\n"));
  one.extra = {{"List-ID", "<own.x>"}, {"Auto-Submitted", "no"}};
  const std::string other = head_of(compose(one).text);
  EXPECT_THAT(other, HasSubstr("List-ID: <own.x>\r\n"));
  EXPECT_THAT(other, HasSubstr("Auto-Submitted: no\r\n"));
  EXPECT_THAT(other, Not(HasSubstr("project.x")));
  EXPECT_THAT(other, Not(HasSubstr("auto-generated")));
  EXPECT_THAT(head, HasSubstr("references: <mine@x>\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("References: <thread@x>")));
  EXPECT_THAT(head, HasSubstr("Reply-To: =?utf-8?b?SsO2cmc=?= <j@x.org>, k@x.org\r\n"));
}

TEST(Mime, BodiesFindTheirEncoding) {
  struct Row {
    std::string body;
    std::string encoding;
    std::string text;
  };
  const std::string long_line(1200, 'x');
  std::string emoji;
  for (int i = 0; i < 300; ++i)
    emoji += "\xf0\x9f\x94\xa5";
  const std::vector<Row> table = {
      {"a\rb\nc\r\nd", "7bit", "a\r\nb\r\nc\r\nd\r\n"},
      {"gr\xc3\xbc\xc3\x9f", "base64", "Z3LDvMOfDQo=\r\n"},
      {"gr\xc3\xbc\xc3\x9f from the build server", "quoted-printable",
       "gr=C3=BC=C3=9F from the build server\r\n"},
      {"lines that end\n" + std::string("a\0b", 3), "quoted-printable", "lines that end\r\na=EF=BF=BDb\r\n"},
      {"no text: \xff (one byte)", "quoted-printable", "no text: =EF=BF=BD (one byte)\r\n"},
      {std::string(998, 'x'), "7bit", std::string(998, 'x') + "\r\n"},
      {"a = b \n" + long_line, "quoted-printable", "a =3D b=20\r\nxxx"},
      {emoji, "base64", "8J+UpfCflKX"},
      {"", "7bit", ""},
  };
  for (const Row& row : table) {
    Letter one = letter();
    one.body = row.body;
    const std::string text = compose(one).text;
    EXPECT_THAT(text, HasSubstr("Content-Transfer-Encoding: " + row.encoding + "\r\n\r\n"));
    EXPECT_THAT(body_of(text), testing::StartsWith(row.text));
    expect_well_formed(text);
  }
}

TEST(Mime, AttachmentsInBase64) {
  Letter one = letter();
  one.markup = message::Markup::html;
  one.body = "<b>bold</b>";
  one.attachments = {
      {"step \"a\".stdio", "log\nlines"}, {"gr\xc3\xbc\xc3\x9f.txt", ""}, {std::string(200, 'n'), "x"}};
  const std::string text = compose(one).text;
  expect_well_formed(text);
  EXPECT_THAT(text, HasSubstr("Content-Type: multipart/mixed; boundary=\"=_carillon_"));
  EXPECT_THAT(text, HasSubstr("Content-Type: text/html; charset=\"utf-8\"\r\n"));
  EXPECT_THAT(
      text,
      HasSubstr(
          "Content-Disposition: attachment;\r\n filename=\"step \\\"a\\\".stdio\"\r\n\r\nbG9nCmxpbmVz\r\n"));
  EXPECT_THAT(text, HasSubstr("filename*0*=utf-8''gr%C3%BC%C3%9F.txt\r\n"));
  EXPECT_THAT(text, HasSubstr(";\r\n filename*1*=nnn"));
}

TEST(Mime, ABodyCannotEndItsPart) {
  Letter one = letter();
  one.attachments = {{"a", "b"}};
  const std::string first = compose(one).text;
  const auto at = first.find("=_carillon_");
  ASSERT_NE(at, std::string::npos);
  const std::string boundary = first.substr(at, first.find('"', at) - at);
  one.body = "x\n--" + boundary + "--\nhidden";
  EXPECT_THAT(compose(one).text, Not(HasSubstr("boundary=\"" + boundary)));
}

TEST(Mime, TakesALargeBody) {
  Letter one = letter();
  for (int i = 0; i < 200000; ++i)
    one.body += "a line of a log that is fifty characters long ....\n";
  const std::string text = compose(one).text;
  EXPECT_GT(text.size(), 10'000'000U);
  EXPECT_EQ(compose(one).text, text);
}

TEST(Mime, StableIds) {
  const Address from{"", "ci@example.org"};
  EXPECT_EQ(stable_id("key", from), stable_id("key", from));
  EXPECT_NE(stable_id("key", from), stable_id("key2", from));
  EXPECT_THAT(stable_id("a\r\n<>", from), testing::MatchesRegex("carillon\\.[0-9a-f]{32}@example\\.org"));
  EXPECT_EQ(list_of("The C++ project!", from),
            (Address{"The C++ project!", "the-c-project.carillon.example.org"}));
  EXPECT_EQ(list_of("\u4f8b", {"", "ci@[127.0.0.1]"}), (Address{"\u4f8b", "builds.carillon.localhost"}));
  EXPECT_EQ(list_of(std::string(100, 'a'), from).address, std::string(40, 'a') + ".carillon.example.org");
  EXPECT_THAT(stable_id("a", {"", "ci@m\xc3\xbcller"}), testing::EndsWith("@localhost"));
}

}  // namespace
}  // namespace carillon::reporter::mail
