#include "base/secret.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "base/json.hpp"

namespace carillon {
namespace {

TEST(Redactor, HidesEveryFormOfEverySecret) {
  Redactor redact;
  redact.add("s3cr3t/word");
  redact.add("s3cr3t/word-longer");
  EXPECT_EQ(redact("a s3cr3t/word b s3cr3t/word-longer"), "a *** b ***");
  EXPECT_EQ(redact("http://host/?k=s3cr3t%2Fword"), "http://host/?k=***");
  EXPECT_EQ(redact("http://host/?k=s3cr3t%2fword&l"), "http://host/?k=***&l");
  EXPECT_EQ(redact("Basic czNjcjN0L3dvcmQ="), "Basic ***");
}

TEST(Redactor, HidesWhatWasEscaped) {
  const std::string secret = "p\"a&s<s '\u00e4\U0001f514\\/w";
  Redactor redact;
  redact.add(secret);
  const std::string in_json = json::serialize(json::string(secret));
  const std::string forms[] = {
      secret,
      in_json.substr(1, in_json.size() - 2),
      R"(p\"a&s<s '\u00e4\ud83d\udd14\\\/w)",
      R"(p\"a&s<s \'\u00E4\U0001F514\\/w)",
      "p&quot;a&amp;s&lt;s '\u00e4\U0001f514\\/w",
      "p&#34;a&#38;s&#x3C;s &#39;&#228;&#x1f514;&#92;&#47;w",
      percent_encode(secret),
      "p%22a%26s%3cs+%27%c3%a4%f0%9f%94%94%5c%2fw",
      "p%22a%26s%3Cs+'%C3%A4%F0%9F%94%94%5C/w",
  };
  for (const std::string& form : forms)
    EXPECT_EQ(redact("<" + form + ">"), "<***>") << form;
}

TEST(Redactor, HidesBase64OfUserAndPassword) {
  Redactor redact;
  redact.add("hush-hush");
  for (const std::string user : {"u:", "us:", "use:", "somebody:"}) {
    const std::string form = base64_encode(user + "hush-hush");
    EXPECT_EQ(redact("Basic " + form + ", x"), "Basic ***, x") << user;
    EXPECT_EQ(redact("Basic " + base64_encode(user + "hush-hush" + "more")), "Basic ***") << user;
  }
  Redactor other;
  other.add("\xff\xfe?>~~~");
  EXPECT_EQ(other("a //4/Pn5+fg== b __4_Pn5-fg c %2F%2F4%2fPn5%2Bfg d \\/\\/4\\/Pn5+fg"),
            "a *** b *** c *** d ***");
}

TEST(Redactor, HidesASecretOfSeveralLines) {
  Redactor redact;
  redact.add("-----BEGIN KEY-----\nMIIBVgIBADAN\r\n\nbase64==\n-----END KEY-----\n");
  EXPECT_EQ(redact("-----BEGIN KEY-----\nMIIBVgIBADAN\r\n\nbase64==\n-----END KEY-----\n"), "***\n");
  EXPECT_EQ(redact("-----BEGIN KEY----- MIIBVgIBADAN base64== -----END KEY-----"), "***") << "folded";
  EXPECT_EQ(redact(R"(a -----BEGIN KEY-----\nMIIBVgIBADAN\r\n\nbase64==\n-----END KEY-----\n)"),
            R"(a ***\n)");
  EXPECT_EQ(redact("printed: MIIBVgIBADAN"), "printed: ***") << "line by line";
}

TEST(Redactor, HidesWhatIsLeftOfASecretThatWasCut) {
  Redactor redact;
  redact.add("0123456789/abcdef");
  const std::string text = "HTTP 400: no such key 0123456789/abcdef";
  for (std::size_t size = 28; size < text.size(); ++size) {
    EXPECT_EQ(redact(ellipsize(text, size) + "; next"), "HTTP 400: no such key ***\u2026; next") << size;
  }
  EXPECT_EQ(redact("k=0123456789%2Fab\u2026"), "k=***\u2026");
  EXPECT_EQ(redact("k=0123456789%2\u2026"), "k=***\u2026") << "in the middle of an escape";
  EXPECT_EQ(redact("Basic dTowMTIzNDU2\u2026"), "Basic ***\u2026");
  EXPECT_EQ(redact("0123456\u2026 and 01234567"), "***\u2026 and 01234567") << "only where it was cut";
}

TEST(Redactor, HidesThePartsOfASecretUrl) {
  Redactor redact;
  redact.add("https://bob:pa55w0rd@hooks.example.org/services/T0/B0/aBcDeFgH?key=k1k2k3k4");
  EXPECT_EQ(redact("POST https://hooks.example.org/services/T0/B0/aBcDeFgH: 404"),
            "POST https://hooks.example.org/***: 404");
  EXPECT_EQ(redact("no hook aBcDeFgH, key k1k2k3k4 of pa55w0rd"), "no hook ***, key *** of ***");
  EXPECT_EQ(redact("hooks.example.org says: services"), "hooks.example.org says: services");
}

TEST(Redactor, KnowsTheLastOfThosePassingBy) {
  Redactor redact;
  redact.add("lasting");
  for (int i = 0; i < 100; ++i)
    redact.add_passing("token-" + std::to_string(i) + "-x");
  EXPECT_EQ(redact("lasting token-99-x token-90-x token-1-x"), "*** *** *** token-1-x");
}

TEST(Redactor, LeavesInnocentTextAlone) {
  Redactor redact;
  redact.add("abc");  // too short to be told from other text
  redact.add("\n\n a\n\n");
  EXPECT_EQ(redact("abcdef a b"), "abcdef a b");
  redact.add("100%25 sure");
  EXPECT_EQ(redact("100%25 sure, 100%2525+sure, 100% sure"), "***, ***, 100% sure");
}

}  // namespace
}  // namespace carillon
