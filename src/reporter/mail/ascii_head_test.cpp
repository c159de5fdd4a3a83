#include "reporter/mail/ascii_head.hpp"

#include <gmock/gmock.h>

#include "base/text.hpp"

namespace carillon::reporter::mail {
namespace {

TEST(AsciiHead, Domains) {
  EXPECT_EQ(ascii_domain("Example.org"), "Example.org");
  EXPECT_EQ(ascii_domain("b\u00fccher.example"), "xn--bcher-kva.example");
  EXPECT_EQ(ascii_domain("B\u00dcCHER.example"), "xn--bcher-kva.example");
  EXPECT_EQ(ascii_domain("fa\u00df.example"), "xn--fa-hia.example");
  EXPECT_EQ(ascii_domain("\u4f8b\u3048.\u30c6\u30b9\u30c8"), "xn--r8jz45g.xn--zckzah");
  EXPECT_EQ(ascii_domain("a\u2028b.example"), std::nullopt);
}

TEST(AsciiHead, AddressesThatNeedUtf8BecomeGroups) {
  const std::string message =
      "From: Bells <ci@x.org>\r\n"
      "To: =?utf-8?b?SsO2cmc=?= <j\u00f6rg@x.org>, \"Doe, J\" <doe@x.org>,\r\n"
      " k\u00f6nig@x.org\r\n"
      "Subject: done\r\n"
      "\r\n"
      "gr\u00fc\u00df\r\n\r\nend\r\n";
  const auto head = ascii_head(message);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->text,
            "From: Bells <ci@x.org>\r\n"
            "To: =?utf-8?b?SsO2cmc=?= =?utf-8?b?asO2cmdAeC5vcmc=?= :;, \"Doe, J\"\r\n"
            " <doe@x.org>, =?utf-8?b?a8O2bmlnQHgub3Jn?= :;\r\n"
            "Subject: done\r\n"
            "\r\n");
  EXPECT_EQ(message.substr(head->instead_of), "gr\u00fc\u00df\r\n\r\nend\r\n");
}

TEST(AsciiHead, AnAsciiHeaderStays) {
  EXPECT_FALSE(ascii_head("To: a@x.org\r\n\r\ngr\u00fc\u00df\r\n"));
  EXPECT_FALSE(ascii_head("gr\u00fc\u00df"));
}

}  // namespace
}  // namespace carillon::reporter::mail
