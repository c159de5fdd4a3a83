#include "store/postgres/place.hpp"

#include <gmock/gmock.h>

#include "store/error.hpp"

namespace carillon::store::postgres {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(PostgresPlace, ShowsNoSecret) {
  const Place whole("postgresql://bell:s3cret@db.example.org:5433/carillon?sslmode=require");
  EXPECT_EQ(whole.shown(), "postgresql://bell@db.example.org:5433/carillon");
  EXPECT_THAT(whole.secrets(), ElementsAre("s3cret"));
  EXPECT_EQ(whole.database(), "carillon");
  const Place beside("postgres:///carillon?host=/run/postgresql&password=s3cret&sslpassword=other");
  EXPECT_EQ(beside.shown(), "postgresql:///run/postgresql/carillon");
  EXPECT_THAT(beside.secrets(), testing::UnorderedElementsAre("s3cret", "other"));
  const Place several("postgresql://a,b:6000/carillon?target_session_attrs=primary");
  EXPECT_EQ(several.shown(), "postgresql://a,b:,6000/carillon");
  EXPECT_THAT(several.secrets(), IsEmpty());
}

TEST(PostgresPlace, WhatTheUrlSaysCounts) {
  const Place made("postgresql://h/d?connect_timeout=30");
  EXPECT_THAT(made.parameters(), testing::Contains(testing::Pair("connect_timeout", "30")));
  EXPECT_THAT(made.parameters(), Not(testing::Contains(testing::Pair("connect_timeout", "3"))));
  EXPECT_THAT(made.parameters(), testing::Contains(testing::Pair("client_encoding", "UTF8")));
}

TEST(PostgresPlace, NoErrorShowsTheUrl) {
  for (const char* url :
       {"postgresql://bell:s3cret%zz@h/d", "postgresql://bell:s3cret@h/d?nonsense=s3cret",
        "postgresql://bell:s3cret@[h/d", "postgresql://bell:s3c/ret@h/d", "postgresql://bell:12/s3cret@h/d",
        "postgresql://bell:x@s3cret@h/d", "postgresql://bell:s3cret@h:nonsense/d",
        "postgresql://bell:s3cret@h/d?password=s3cret%00"}) {
    try {
      const Place place(url);
      ADD_FAILURE() << url << " was taken";
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("the URL of the database cannot be read: ")) << url;
      EXPECT_THAT(error.what(), HasSubstr("write %2F %23 %3F %40 %3A %25")) << url;
      EXPECT_THAT(error.what(), Not(HasSubstr("s3c"))) << url;
    }
  }
}

TEST(PostgresPlace, IsKnownByItsScheme) {
  EXPECT_TRUE(is_url("postgresql://h/d"));
  EXPECT_TRUE(is_url("postgres://h/d"));
  EXPECT_FALSE(is_url("sqlite:///carillon.sqlite"));
  EXPECT_FALSE(is_url("postgresql+psycopg2://h/d"));
}

}  // namespace
}  // namespace carillon::store::postgres
