#include "server/spool_place.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "fakes/temp_dir.hpp"
#include "settings/error.hpp"

namespace carillon::server {
namespace {

using testing::HasSubstr;

TEST(SpoolPlace, IsToldToPeopleAndTheSameOnEveryNode) {
  const store::Address file("/srv/bells.sqlite");
  EXPECT_EQ(shown_spool(file, ""), "the folder /srv/bells.sqlite.spool");
  EXPECT_EQ(shown_spool(file, "/mnt/logs"), "the folder /mnt/logs/bells.sqlite.spool");
  const auto node = [](const std::string& home) {
    return store::Address::of_postgres("postgresql://u:s3cret@h/bells", home + "/bells.postgresql");
  };
  EXPECT_EQ(shown_spool(node("/a"), ""), "the database");
  EXPECT_EQ(shown_spool(node("/a"), "/mnt/logs"), "the folder /mnt/logs/bells.postgresql.spool");
  EXPECT_EQ(shown_spool(node("/b"), "/mnt/logs"), shown_spool(node("/a"), "/mnt/logs"));
}

TEST(SpoolPlace, AFolderIsOneDatabases) {
  const test::TempDir dir;
  const std::string shared = dir.path().string();
  const store::Address first("/a/bells.sqlite");
  const store::Address second("/b/bells.sqlite");
  EXPECT_EQ(claim_spool_folder(first, shared, "id-1"), "");
  EXPECT_EQ(claim_spool_folder(first, shared, "id-1"), "") << "another node of it";
  EXPECT_EQ(claim_spool_folder(second, shared, "id-2"),
            "c['spool']: " + shared +
                "/bells.sqlite.spool belongs to another database of that name: name another dir");
  EXPECT_EQ(claim_spool_folder("/b/other.sqlite", shared, "id-2"), "");
}

TEST(SpoolPlace, AFolderThatIsNotThereIsRefusedByName) {
  const test::TempDir dir;
  settings::Configuration configuration;
  configuration.file = "/etc/carillon.cfg";
  const auto refused = [&](const std::string& path) -> std::string {
    configuration.spool_dir = path;
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
