#include "cli/known_names.hpp"

#include <gmock/gmock.h>

#include "fakes/temp_dir.hpp"
#include "settings/error.hpp"
#include "store/sqlite/sqlite_ledger.hpp"

namespace carillon::cli {
namespace {

class KnownNames : public testing::Test {
 protected:
  KnownNames() {
    auto database = std::make_unique<store::Database>(dir_.file("c.sqlite"), store::Database::Access::create);
    database->execute(R"sql(
INSERT INTO events (id, source, key, occurrence, kind, at, heard, builder, number, decisions, body) VALUES
  (1, 'ci', 'builds/1/finished', '', 1, 0, 0, 'linux', 7, '[]', '{}'),
  (2, 'ci', 'builds/2/finished', '', 1, 0, 0, 'linux', 61, '[]', '{}'),
  (3, 'ci', 'builds/3/finished', '', 1, 0, 0, 'windows', 1, '[]', '{}');
INSERT INTO notifications (event, reporter) VALUES (1, 'gone-posts');
INSERT INTO memory VALUES ('(server)', 'roster', '{"configured": ["mails"], "draining": []}', 0);
)sql");
    ledger_ = std::make_unique<store::SqliteLedger>(std::move(database));
  }

  template <class F>
  static std::string error_of(F&& step) {
    try {
      step();
    } catch (const settings::ConfigError& error) {
      return error.what();
    }
    return "";
  }
  std::string reporter_error(const std::string& name) {
    return error_of([&] { require_reporter(*ledger_, server::RosterRecord(*ledger_, true), name); });
  }
  std::string builder_error(const std::string& name) {
    return error_of([&] { require_builder(*ledger_, name); });
  }

  test::TempDir dir_;
  std::unique_ptr<store::Ledger> ledger_;
};

TEST_F(KnownNames, Reporters) {
  EXPECT_EQ(reporter_error("mails"), "") << "the server has it, though it told of nothing yet";
  EXPECT_EQ(reporter_error("gone-posts"), "") << "it has something left";
  EXPECT_EQ(reporter_error("mail"), "there is no reporter 'mail'; did you mean 'mails'?");
  EXPECT_EQ(reporter_error("irc"), "there is no reporter 'irc' (there are: mails, gone-posts)");
}

TEST_F(KnownNames, Builders) {
  EXPECT_EQ(builder_error("linux"), "");
  EXPECT_EQ(builder_error("linx"), "there is no builder 'linx'; did you mean 'linux'?");
  EXPECT_EQ(builder_error("mac"), "there is no builder 'mac' (there are: linux, windows)");
}

TEST_F(KnownNames, Builds) {
  EXPECT_EQ(nothing_heard(*ledger_, "linx"),
            "nothing was heard of the build 'linx'; did you mean the builder 'linux'?");
  EXPECT_EQ(nothing_heard(*ledger_, "linux/999"),
            "nothing was heard of the build 'linux/999'; those of 'linux' are 7 to 61");
  EXPECT_EQ(nothing_heard(*ledger_, "windows/2"),
            "nothing was heard of the build 'windows/2'; the only one of 'windows' is 1");
  EXPECT_EQ(nothing_heard(*ledger_, "7"), "nothing was heard of the build '7'");
}

}  // namespace
}  // namespace carillon::cli
