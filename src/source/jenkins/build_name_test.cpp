#include "source/jenkins/build_name.hpp"

#include <gtest/gtest.h>

namespace carillon::source::jenkins {
namespace {

TEST(BuildNameTest, AddressesOfJobsAreDecodedOnce) {
  EXPECT_EQ(job_of_address("job/team/job/app/job/main/"), "team/app/main");
  EXPECT_EQ(job_of_address("job/test2"), "test2");
  EXPECT_EQ(job_of_address("view/all/job/test2/"), "test2");
  EXPECT_EQ(job_of_address("job/app/job/feature%252Fbell/"), "app/feature%2Fbell");
  EXPECT_EQ(job_of_address("job/Ring%20the%20bell/"), "Ring the bell");
  EXPECT_EQ(job_of_address("job/job/"), "job");
}

TEST(BuildNameTest, PartsOfJobsAreNoJobs) {
  EXPECT_EQ(job_of_address("job/app/label=linux/"), "");
  EXPECT_EQ(job_of_address("job/app/org.example$bell/"), "");
}

TEST(BuildNameTest, WhatIsNoAddressOfAJob) {
  for (const char* text : {"", "app", "view/all/", "job/", "job/../", "job/a/job/%2e%2e/", "job/a%2Fb/"})
    EXPECT_EQ(job_of_address(text), std::nullopt) << text;
}

TEST(BuildNameTest, AddressesOfBuilds) {
  EXPECT_EQ(address_of_job("team/app/main"), "job/team/job/app/job/main/");
  EXPECT_EQ(address_of_job(""), "");
  EXPECT_EQ(address_of_build({"app/feature%2Fbell", 7}), "job/app/job/feature%252Fbell/7/");
}

TEST(BuildNameTest, IdsGoBothWays) {
  for (const BuildName& name :
       {BuildName{"team/app/main", 42}, BuildName{"a-1", 2}, BuildName{"a", 12},
        BuildName{"app/feature%2Fbell", 0}, BuildName{"Ring the bell", 3}, BuildName{"a-1.5", 2, 1234}}) {
    EXPECT_EQ(build_of_id(id_of(name)), name) << id_of(name);
  }
  EXPECT_EQ(id_of({"team/app/main", 42}), "team%2Fapp%2Fmain-42");
  EXPECT_EQ(id_of({"team/app/main", 42, 1234}), "team%2Fapp%2Fmain-42.1234");
  for (const char* text : {"", "a-1.", "a-1.x", "a-.1", "a-1.2.3", "42", "app", "app-", "app-x", "-42",
                           "..-42", "app-1234567890123456789"})
    EXPECT_EQ(build_of_id(text), std::nullopt) << text;
}

}  // namespace
}  // namespace carillon::source::jenkins
