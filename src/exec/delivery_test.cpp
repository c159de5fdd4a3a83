#include "exec/delivery.hpp"

#include <gtest/gtest.h>

namespace carillon::exec {
namespace {

TEST(Delivery, TheAddressForReports) {
  EXPECT_EQ(ingest_url("http://bell:8020"), "http://bell:8020/ingest");
  EXPECT_EQ(ingest_url("http://bell:8020/"), "http://bell:8020/ingest");
  EXPECT_EQ(ingest_url("https://bell/carillon/"), "https://bell/carillon/ingest");
  EXPECT_EQ(ingest_url("https://bell/carillon/ingest"), "https://bell/carillon/ingest");
  EXPECT_EQ(ingest_url("http://bell:8020/ingest/"), "http://bell:8020/ingest");
  EXPECT_EQ(ingest_urls("http://a:1, http://b:1/ http://c/ingest"),
            "http://a:1/ingest,http://b:1/ingest,http://c/ingest");
  EXPECT_EQ(ingest_urls("http://bell:8020"), "http://bell:8020/ingest");
  EXPECT_EQ(ingest_url("http://ingest"), "http://ingest/ingest") << "the host is called so";
}

}  // namespace
}  // namespace carillon::exec
