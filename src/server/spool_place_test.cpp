#include "server/spool_place.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "settings/error.hpp"

namespace carillon::server {
namespace {

using testing::HasSubstr;

TEST(SpoolPlace, IsToldToPeopleAndTheSameOnEveryNode) {
  const store::Address file("/srv/bells.sqlite");
  const settings::SpoolPlace logs{.dir = "/mnt/logs"};
  EXPECT_EQ(shown_spool(file, {}), "the folder /srv/bells.sqlite.spool");
  EXPECT_EQ(shown_spool(file, logs), "the folder /mnt/logs/bells.sqlite.spool");
  const auto node = [](const std::string& home) {
    return store::Address::of_postgres("postgresql://u:s3cret@h/bells", home + "/bells.postgresql");
  };
  EXPECT_EQ(shown_spool(node("/a"), {}), "the database");
  EXPECT_EQ(shown_spool(node("/a"), logs), "the folder /mnt/logs/bells.postgresql.spool");
  EXPECT_EQ(shown_spool(node("/b"), logs), shown_spool(node("/a"), logs));
  const settings::SpoolPlace bucket{
      .s3 = settings::S3Bucket{.url = "https://s3.example.org/logs", .secret_key = Secret("s3cret")}};
  EXPECT_EQ(shown_spool(file, bucket), "the bucket https://s3.example.org/logs/bells.sqlite.spool");
  EXPECT_EQ(shown_spool("/srv/big bells.sqlite", bucket),
            "the bucket https://s3.example.org/logs/big%20bells.sqlite.spool");
}

TEST(SpoolPlace, AFolderIsOneDatabases) {
  const test::TempDir dir;
  const std::string shared = dir.path().string();
  asio::io_context io;
  const auto client = http::make_client(io.get_executor());
  const auto claim = [&](const store::Address& database, const std::string& id) {
    return test::run(io, claim_spool(*client, database, {.dir = shared}, id, false)).value();
  };
  EXPECT_EQ(claim("/a/bells.sqlite", "id-1"), "");
  EXPECT_EQ(claim("/a/bells.sqlite", "id-1"), "") << "another node of it";
  EXPECT_EQ(claim("/b/bells.sqlite", "id-2"),
            "c['spool']: the folder " + shared +
                "/bells.sqlite.spool belongs to another database of that name: name another dir");
  EXPECT_EQ(claim("/b/other.sqlite", "id-2"), "");
}

TEST(SpoolPlace, AFolderThatHadLogsAndIsEmptyIsAnotherOne) {
  const test::TempDir dir;
  asio::io_context io;
  const auto client = http::make_client(io.get_executor());
  const store::Address database("/a/bells.sqlite");
  const settings::SpoolPlace place{.dir = dir.path().string()};
  const auto claimed = test::run(io, claim_spool(*client, database, place, "id-1", true));
  ASSERT_FALSE(claimed);
  EXPECT_THAT(claimed.error().what, HasSubstr("is it mounted?"));
  EXPECT_TRUE(std::filesystem::is_empty(dir.path())) << "nothing is made there";
  ASSERT_TRUE(test::run(io, claim_spool(*client, database, place, "id-1", false)));
  EXPECT_EQ(test::run(io, claim_spool(*client, database, place, "id-1", true)).value(), "");
}

TEST(SpoolPlace, WhereLogsWereIsRememberedForThreeDays) {
  constexpr Millis day = Millis{24} * 3'600'000;
  const SpoolRecord first = spool_record(nullptr, "the bucket A", 5);
  EXPECT_FALSE(first.was_there);
  EXPECT_TRUE(first.elsewhere.empty());
  const SpoolRecord again = spool_record(first.record, "the bucket A", day);
  EXPECT_TRUE(again.was_there);
  const SpoolRecord moved = spool_record(again.record, "", 10 * day);
  EXPECT_FALSE(moved.was_there);
  EXPECT_EQ(moved.elsewhere, std::vector<std::string>{"the bucket A"});
  EXPECT_EQ(spool_record(moved.record, "", 13 * day).elsewhere.size(), 1U);
  const SpoolRecord later = spool_record(moved.record, "the folder B", 13 * day + 1);
  EXPECT_TRUE(later.elsewhere.empty());
  EXPECT_EQ(later.record, (json::object{{"the folder B", 0}}));
}

TEST(SpoolPlace, AFolderThatIsNotThereIsRefusedByName) {
  const test::TempDir dir;
  settings::Configuration configuration;
  configuration.file = "/etc/carillon.cfg";
  const auto refused = [&](const std::string& path) -> std::string {
    configuration.spool.dir = path;
    try {
      require_spool_folder(configuration);
    } catch (const settings::ConfigError& error) {
      return error.what();
    }
    return "no error";
  };
  std::ofstream(dir.path() / "file") << "x";
  EXPECT_EQ(refused(""), "no error");
  EXPECT_EQ(refused(dir.path().string()), "no error");
  EXPECT_THAT(refused(dir.file("none")), HasSubstr("/etc/carillon.cfg: c['spool']: dir: " + dir.file("none") +
                                                   " does not exist: make it, or mount it, first"));
  EXPECT_THAT(refused(dir.file("file")), HasSubstr("file is no folder"));
}

}  // namespace
}  // namespace carillon::server
