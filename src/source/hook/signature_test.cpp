#include "source/hook/signature.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace carillon::source::hook {
namespace {

Secrets one(std::string text) {
  return {Secret(std::move(text))};
}

// GitHub's own vector, and the same with the prefix that it sends.
TEST(SignatureTest, OfGitHub) {
  const std::string shown = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  EXPECT_TRUE(signed_in_hex(shown, "sha256=", "Hello, World!", one("It's a Secret to Everybody")));
  EXPECT_TRUE(signed_in_hex(shown, "sha256=", "Hello, World!",
                            {Secret("an old one"), Secret("It's a Secret to Everybody")}));
  EXPECT_FALSE(signed_in_hex(shown, "sha256=", "Hello, World?", one("It's a Secret to Everybody")));
  EXPECT_FALSE(signed_in_hex(shown, "sha256=", "Hello, World!", one("another")));
  EXPECT_FALSE(signed_in_hex(shown, "sha256=", "Hello, World!", {}));
  EXPECT_FALSE(signed_in_hex(shown.substr(7), "sha256=", "Hello, World!", one("It's a Secret to Everybody")));
  EXPECT_FALSE(signed_in_hex(shown + "0", "sha256=", "Hello, World!", one("It's a Secret to Everybody")));
  EXPECT_FALSE(signed_in_hex("sha256=", "sha256=", "Hello, World!", one("It's a Secret to Everybody")));
  EXPECT_FALSE(signed_in_hex("", "sha256=", "", one("x")));
}

// Of the reference libraries of Standard Webhooks.
TEST(SignatureTest, OfStandardWebhooks) {
  web::Head head;
  head.headers = {{"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
                  {"webhook-timestamp", "1614265330"},
                  {"webhook-signature", "v1,AAAA v1a,x v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}};
  const std::string body = R"({"test": 2432232314})";
  const Secrets secrets = one("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  EXPECT_TRUE(signed_as_standard(head, body, secrets, 1'614'265'330));
  EXPECT_TRUE(signed_as_standard(head, body, secrets, 1'614'265'330 + 300));
  EXPECT_FALSE(signed_as_standard(head, body, secrets, 1'614'265'330 + 301));
  EXPECT_FALSE(signed_as_standard(head, body, secrets, 1'614'265'330 - 301));
  EXPECT_FALSE(signed_as_standard(head, body + " ", secrets, 1'614'265'330));
  EXPECT_FALSE(signed_as_standard(head, body, one("whsec_"), 1'614'265'330));
  head.headers["webhook-timestamp"] = "99999999999999999999";
  EXPECT_FALSE(signed_as_standard(head, body, secrets, 1'614'265'330));
  head.headers.erase("webhook-id");
  EXPECT_FALSE(signed_as_standard(head, body, secrets, 1'614'265'330));
}

// Each would be compared, and a body may be large.
TEST(SignatureTest, OfStandardWebhooksOnlyAFewAreLookedAt) {
  web::Head head;
  head.headers = {{"webhook-id", "1"}, {"webhook-timestamp", "1614265330"}};
  const std::string right = "v1," + base64_encode(hmac_sha256("key", "1.1614265330.{}"));
  const auto shown_after = [&](int wrong) {
    std::string shown;
    for (int i = 0; i < wrong; ++i)
      shown += "v1,AAAA ";
    head.headers["webhook-signature"] = shown + right;
    return signed_as_standard(head, "{}", one("key"), 1'614'265'330);
  };
  EXPECT_TRUE(shown_after(9));
  EXPECT_FALSE(shown_after(10));
}

TEST(SignatureTest, OfStandardWebhooksWithAKeyThatIsNoBase64) {
  web::Head head;
  const std::string bytes = "1.1614265330.{}";
  head.headers = {{"webhook-id", "1"},
                  {"webhook-timestamp", "1614265330"},
                  {"webhook-signature", "v1," + base64_encode(hmac_sha256("plain key", bytes))}};
  EXPECT_TRUE(signed_as_standard(head, "{}", one("plain key"), 1'614'265'330));
}

// Of CircleCI's documentation.
TEST(SignatureTest, OfCircleCi) {
  struct Vector {
    const char* body;
    const char* secret;
    const char* v1;
  };
  for (const Vector& vector :
       {Vector{"hello world", "secret", "734cc62f32841568f45715aeb9f4d7891324e6d948e4c6c60c0621cdac48623a"},
        Vector{"lalala", "another-secret",
               "daa220016c8f29a8b214fbfc3671aeec2145cfb1e6790184ffb38b6d0425fa00"},
        Vector{"an-important-request-payload", "hunter123",
               "9be2242094a9a8c00c64306f382a7f9d691de910b4a266f67bd314ef18ac49fa"}}) {
    web::Head head;
    head.headers = {{"circleci-signature", "v2=zz,v1=" + std::string(vector.v1)}};
    EXPECT_TRUE(signed_as_circleci(head, vector.body, one(vector.secret))) << vector.body;
    EXPECT_FALSE(signed_as_circleci(head, "another", one(vector.secret))) << vector.body;
    head.headers = {{"circleci-signature", "v2=" + std::string(vector.v1)}};
    EXPECT_FALSE(signed_as_circleci(head, vector.body, one(vector.secret))) << vector.body;
  }
}

TEST(SignatureTest, OfBuildkite) {
  web::Head head;
  head.headers = {
      {"x-buildkite-signature",
       "timestamp=1619071700,signature=41c8135fb6bb03beaec534a7d282ab6401383bfdcac9b8dfe3ff2c4cf6806e11"}};
  EXPECT_TRUE(signed_as_buildkite(head, R"({"event":"ping"})", one("example-token"), 1'619'071'700));
  EXPECT_FALSE(signed_as_buildkite(head, R"({"event":"ping"})", one("example-token"), 1'619'072'001));
  EXPECT_FALSE(signed_as_buildkite(head, R"({"event":"pong"})", one("example-token"), 1'619'071'700));
  EXPECT_FALSE(signed_as_buildkite(web::Head(), "", one("example-token"), 0));
}

TEST(SignatureTest, OfDrone) {
  // Mon, 04 May 2026 10:07:31 GMT
  constexpr std::int64_t then = 1'777'889'251;
  const std::string body = R"({"event":"build","action":"updated"})";
  const std::string shown =
      R"(keyId="hmac-key",algorithm="hmac-sha256",signature="TyqASpsozCZ+aYZF70T2wxY1xjoschOyP2fdQ2fl9lQ=",headers="date digest")";
  web::Head head;
  head.headers = {{"date", "Mon, 04 May 2026 10:07:31 GMT"},
                  {"digest", "SHA-256=ozf1tQoYclAqeCIyZOXItiFQE5H4tnDnaSrsTI0cmK8="},
                  {"signature", shown}};
  EXPECT_TRUE(signed_as_drone(head, body, one("example-secret"), then));
  EXPECT_TRUE(signed_as_drone(head, body, one("example-secret"), then + 299));
  EXPECT_TRUE(signed_as_drone(head, body, one("example-secret"), then - 299));
  EXPECT_FALSE(signed_as_drone(head, body, one("example-secret"), then + 302));
  EXPECT_FALSE(signed_as_drone(head, body, one("example-secret"), then - 302));
  EXPECT_FALSE(signed_as_drone(head, body + " ", one("example-secret"), then));
  EXPECT_FALSE(signed_as_drone(head, body, one("another"), then));
  head.headers["signature"] = shown.substr(0, shown.find(",headers")) + R"(,headers="date")";
  EXPECT_FALSE(signed_as_drone(head, body, one("example-secret"), then));  // the digest is not covered
}

TEST(SignatureTest, OfTravisNeedsAKey) {
  EXPECT_FALSE(signed_by_rsa_sha1("AAAA", "{}", "no key"));
  EXPECT_FALSE(signed_by_rsa_sha1("", "{}", ""));
}

}  // namespace
}  // namespace carillon::source::hook
