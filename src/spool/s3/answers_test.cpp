#include "spool/s3/answers.hpp"

#include <gmock/gmock.h>

namespace carillon::spool::s3 {
namespace {

using testing::HasSubstr;

TEST(S3Answers, Lists) {
  const auto objects = read_objects(
      R"(<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>true</IsTruncated>
      <Contents><Key>a&amp;b</Key><Size>12345678901</Size><ETag>&quot;e-2&quot;</ETag></Contents>
      <NextContinuationToken>t/=</NextContinuationToken></ListBucketResult>)");
  ASSERT_TRUE(objects) << objects.error().what;
  ASSERT_EQ(objects->list.size(), 1U);
  EXPECT_EQ(objects->list[0].key, "a&b");
  EXPECT_EQ(objects->list[0].size, 12345678901U);
  EXPECT_EQ(objects->list[0].etag, "\"e-2\"");
  EXPECT_EQ(objects->next, "t/=");
  const auto uploads = read_uploads(
      R"(<ListMultipartUploadsResult><Upload><Key>k</Key><UploadId>u</UploadId><Initiated>2010-11-10T20:48:33.000Z</Initiated>
      </Upload><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>)");
  ASSERT_TRUE(uploads) << uploads.error().what;
  ASSERT_EQ(uploads->list.size(), 1U);
  EXPECT_EQ(uploads->list[0].id, "u");
  EXPECT_EQ(uploads->list[0].begun, 1'289'422'113'000);
  EXPECT_EQ(uploads->next_key, "");
}

TEST(S3Answers, WhatIsNoSuchDocumentIsAFailure) {
  for (const char* wrong :
       {"", "<html>", "\xff\xfe", "<Other/>",
        "<ListBucketResult><Contents><Key>k</Key></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>k</Key><Size>-1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><ListBucketResult/>"}) {
    EXPECT_FALSE(read_objects(wrong)) << wrong;
    EXPECT_FALSE(read_uploads(wrong)) << wrong;
    EXPECT_FALSE(read_upload_id(wrong)) << wrong;
    EXPECT_FALSE(read_completed(wrong)) << wrong;
    EXPECT_EQ(read_refusal(wrong).code, "") << wrong;
  }
  EXPECT_FALSE(
      read_uploads("<ListMultipartUploadsResult><Upload><Key>k</Key><UploadId>u</UploadId>"
                   "<Initiated>soon</Initiated></Upload></ListMultipartUploadsResult>"));
  EXPECT_FALSE(read_upload_id("<InitiateMultipartUploadResult/>"));
}

TEST(S3Answers, RefusalsAreShortLines) {
  const Refusal refusal = read_refusal("<Error><Code>A\nB</Code><Message>" + std::string(5000, 'x') +
                                       "</Message><Region>eu-west-3</Region></Error>");
  EXPECT_EQ(refusal.code, "A B");
  EXPECT_LT(refusal.message.size(), 300U);
  EXPECT_EQ(refusal.region, "eu-west-3");
  const auto completed = read_completed("<Error><Code>InternalError</Code><Message>We</Message></Error>");
  ASSERT_FALSE(completed);
  EXPECT_THAT(completed.error().what, HasSubstr("InternalError: We"));
}

TEST(S3Answers, PartsInTheirOrder) {
  EXPECT_EQ(
      complete_text({"\"a\"", "\"b&\""}),
      "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<Part><PartNumber>1</PartNumber><ETag>&quot;a&quot;</ETag></Part>"
      "<Part><PartNumber>2</PartNumber><ETag>&quot;b&amp;&quot;</ETag></Part></CompleteMultipartUpload>");
}

}  // namespace
}  // namespace carillon::spool::s3
