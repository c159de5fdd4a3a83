#include "script/script_test.hpp"

namespace carillon::script {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class SpoolKeys : public ScriptTest {};

TEST_F(SpoolKeys, SizesAndFolders) {
  const auto spool = [this](const std::string& text) {
    const settings::Configuration c = load(text);
    return std::pair(c.spool_size, c.spool.dir);
  };
  EXPECT_EQ(spool(""), std::pair(std::int64_t{4'000'000'000}, std::string()));
  EXPECT_EQ(spool("c['spool'] = {'dir': '/mnt/carillon/', 'maxSize': None}"),
            std::pair(std::int64_t{0}, std::string("/mnt/carillon")));
  // Relative ones count from the folder of the configuration.
  EXPECT_EQ(spool("c['spool'] = {'dir': 'logs/../shared'}").second, path("shared"));
  EXPECT_EQ(spool("c['spool'] = {'dir': None}").second, "");
}

TEST_F(SpoolKeys, ABucket) {
  const std::string key = "'access_key': 'AKIA1', 'secret_key': util.Secret('s3')";
  const settings::Configuration c = load(
      "c['secretsProviders'] = [{'s3': 'half/of+a=key'}]\nc['spool'] = {'s3': "
      "'https://s3.example.org:9000/logs/ci/', 'region': 'eu-central-1', " +
      key + "}");
  ASSERT_TRUE(c.spool.s3);
  EXPECT_EQ(c.spool.s3->url, "https://s3.example.org:9000/logs/ci");
  EXPECT_EQ(c.spool.s3->region, "eu-central-1");
  EXPECT_EQ(c.spool.s3->access_key, "AKIA1");
  EXPECT_EQ(c.spool.s3->secret_key.reveal(), "half/of+a=key");
  EXPECT_TRUE(c.spool.s3->verify);
  EXPECT_EQ(c.spool.dir, "");
  // Also one that stands in the file as it is.
  const settings::Configuration plain = load(
      "c['spool'] = {'s3': 'http://127.0.0.1:9000/logs', 'region': 'us-east-1', 'access_key': 'a', "
      "'secret_key': 'stands-in-the-file'}");
  EXPECT_THAT(plain.secrets, testing::Contains(Secret("stands-in-the-file")));
  EXPECT_FALSE(load("c['spool'] = {'s3': 'http://s3.example.org/logs', 'verify': False, 'region': 'x', "
                    "'access_key': 'a', 'secret_key': 'bcde'}")
                   .spool.s3->verify);
}

TEST_F(SpoolKeys, KeysOfTheEnvironment) {
  const std::string spool = "c['spool'] = {'s3': 'https://h/b', 'region': 'r'}";
  EXPECT_THAT(error_of(spool),
              HasSubstr("c['spool']: access_key is missing, one half of the access key: "
                        "util.Secret('s3_access_key'), or the environment's AWS_ACCESS_KEY_ID"));
  const settings::Configuration c = load(
      "import os\nos.environ.update(AWS_ACCESS_KEY_ID='AKIA2', "
      "AWS_SECRET_ACCESS_KEY='of the environment'.replace(' ', '-'))\n" +
      spool);
  EXPECT_EQ(c.spool.s3->access_key, "AKIA2");
  EXPECT_EQ(c.spool.s3->secret_key.reveal(), "of-the-environment");
  EXPECT_THAT(c.secrets, testing::Contains(Secret("of-the-environment")));
  load("import os\ndel os.environ['AWS_ACCESS_KEY_ID'], os.environ['AWS_SECRET_ACCESS_KEY']");
}

TEST_F(SpoolKeys, WhatIsNoBucketIsRefusedWithoutItsSecrets) {
  const auto refused = [this](const std::string& more) {
    const std::string told =
        error_of("c['spool'] = {'access_key': 'AKIA1', 'secret_key': 's3cret', " + more + "}");
    EXPECT_THAT(told, StartsWith("master.cfg:5: c['spool']: "));
    EXPECT_THAT(told, testing::Not(HasSubstr("s3cret")));
    return told;
  };
  const std::string fine = "'region': 'eu-central-1', 's3': 'https://h/b'";
  EXPECT_THAT(refused(fine + ", 'dir': '/mnt'"), HasSubstr("names both 'dir' and 's3'"));
  EXPECT_THAT(refused("'dir': '/mnt'"), HasSubstr("access_key belongs to 's3', which is missing"));
  EXPECT_THAT(refused("'s3': 'https://h/b', 'regoin': 'x'"),
              HasSubstr("unknown key 'regoin'; did you mean 'region'?"));
  EXPECT_THAT(refused("'s3': 'https://h/b'"), HasSubstr("region must name the bucket's region, such as"));
  EXPECT_THAT(refused("'s3': 'https://h/b', 'region': 'a:b'"), HasSubstr("region must name"));
  EXPECT_THAT(refused(fine + ", 'verify': 0"), HasSubstr("verify must be True or False, not 0"));
  EXPECT_THAT(refused(fine + ", 'secret_key': 'two words'"),
              HasSubstr("secret_key must be a text without blanks"));
  EXPECT_THAT(refused(fine + ", 'secret_key': 7"), HasSubstr("secret_key must be a text without blanks"));
  EXPECT_THAT(refused(fine + ", 'access_key': 'a/b'"), HasSubstr("access_key must be the name of the key"));
  EXPECT_THAT(refused("'region': 'r', 's3': 'http://s3.example.org/b'"),
              HasSubstr("others can read logs that go over http://: write https://, or 'verify': False"));
  for (const char* url :
       {"https://h", "https://h/", "ftp://h/b", "https://u:s3cret@h/b", "https://h/b/../c",
        "https://h/b?X-Amz-Signature=s3cret", "https://h:port/b", "https://h/b c", "s3://b"}) {
    EXPECT_THAT(refused("'region': 'r', 's3': '" + std::string(url) + "'"),
                HasSubstr("s3 must be 'https://HOST/BUCKET'"))
        << url;
  }
}

}  // namespace
}  // namespace carillon::script
