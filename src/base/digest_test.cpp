#include "base/digest.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/encoding.hpp"

namespace carillon {
namespace {

TEST(DigestTest, KnownAnswers) {
  EXPECT_EQ(hex_encode(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231, 2
  EXPECT_EQ(hex_encode(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(DigestTest, RandomTextsDiffer) {
  std::set<std::string> texts;
  for (int i = 0; i < 100; ++i) {
    const std::string text = random_text();
    EXPECT_EQ(text.size(), 43U);
    texts.insert(text);
  }
  EXPECT_EQ(texts.size(), 100U);
}

TEST(DigestTest, EqualSecrets) {
  EXPECT_TRUE(equal_secrets("", ""));
  EXPECT_TRUE(equal_secrets("abc", "abc"));
  EXPECT_FALSE(equal_secrets("abc", "abd"));
  EXPECT_FALSE(equal_secrets("abc", "abcd"));
  EXPECT_FALSE(equal_secrets("abab", "ab")) << "repeated";
  EXPECT_FALSE(equal_secrets("", "a"));
  EXPECT_FALSE(equal_secrets("a", ""));
}

TEST(DigestTest, Base64OfUrls) {
  EXPECT_EQ(base64_url_encode("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(base64_url_encode("a"), "YQ");
  for (const char* text : {"", "a", "ab", "abc", "\xfb\xff\xfe\x01"})
    EXPECT_EQ(base64_url_decode(base64_url_encode(text)), text);
  for (const char* wrong : {"YQ==", "+/", "YR", "Y", "Y Q", "Y\nQ"})
    EXPECT_EQ(base64_url_decode(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace carillon
