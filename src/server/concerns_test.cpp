#include "server/concerns.hpp"

#include <gmock/gmock.h>

#include "fakes/temp_dir.hpp"
#include "server/ledger_place.hpp"
#include "settings/error.hpp"

namespace carillon::server {
namespace {

using testing::HasSubstr;

pipeline::RosterEntry reporter_with(std::initializer_list<rule::Mode> modes) {
  pipeline::RosterEntry entry;
  for (const rule::Mode mode : modes)
    entry.rule.modes.add(mode);
  return entry;
}

std::string untold(std::vector<pipeline::RosterEntry> entries) {
  pipeline::Roster roster;
  roster.entries = std::move(entries);
  return untold_ends(roster).value_or("");
}

TEST(Concerns, EndsThatNobodyTellsOf) {
  using rule::Mode;
  EXPECT_EQ(untold({}), "") << "that there is no reporter is said already";
  EXPECT_EQ(untold({reporter_with({Mode::failing, Mode::passing, Mode::warnings})}),
            "no reporter tells of a build that ends with exception or cancelled: nobody hears of a job that "
            "is late, cannot be started or takes too long (add it to the mode of a reporter)");
  EXPECT_EQ(untold({reporter_with({Mode::failing, Mode::exception})}),
            "no reporter tells of a build that ends with cancelled (add it to the mode of a reporter)");
  EXPECT_EQ(untold({reporter_with({Mode::failing}), reporter_with({Mode::cancelled, Mode::exception})}), "");
  EXPECT_EQ(untold({reporter_with({Mode::change})}), "") << "as seldom as it may be";
  pipeline::RosterEntry summary = reporter_with({Mode::failing, Mode::exception, Mode::cancelled});
  summary.rule.build_set_summary = true;
  summary.rule.filter.builders = {"nothing of the example"};
  EXPECT_EQ(untold({summary}), "");
  pipeline::RosterEntry every;
  every.rule.every_finished = true;
  EXPECT_EQ(untold({every}), "");
}

TEST(Concerns, NobodyToTellAndNothingToHear) {
  settings::Configuration configuration;
  configuration.warnings = {"one of before"};
  Assembly assembly;
  assembly.roster = std::make_shared<pipeline::Roster>();
  add_concerns(configuration, assembly);
  EXPECT_EQ(configuration.warnings,
            (std::vector<std::string>{"one of before", "c['services'] names no reporter: nobody will be told",
                                      "c['sources'] is empty: no builds will be heard of"}));
  configuration.warnings.clear();
  assembly.roster->entries.push_back(reporter_with({rule::Mode::failing}));
  assembly.sources.emplace_back();
  add_concerns(configuration, assembly);
  EXPECT_TRUE(configuration.warnings.empty());
  assembly.roster->entries.back().name = "Mail";
  assembly.roster->entries.back().rule.filter.tags.emplace();
  add_concerns(configuration, assembly);
  EXPECT_EQ(configuration.warnings,
            (std::vector<std::string>{"Mail: its list of tags is empty, so it tells of no build"}));
}

TEST(Concerns, ADatabaseThatCannotBeIsRefused) {
  const test::TempDir dir;
  settings::Configuration configuration;
  configuration.file = dir.file("carillon.cfg");
  const auto error = [&](const std::string& url) -> std::string {
    configuration.db_url = url;
    try {
      return database_of(configuration).beside();
    } catch (const settings::ConfigError& refused) {
      return refused.what();
    }
  };
  const std::string where = configuration.file + ": c['db']: ";
  EXPECT_EQ(error("sqlite:///x.sqlite"), dir.file("x.sqlite"));
  EXPECT_EQ(
      error("mysql://u:hush@h/d"),
      where +
          "only sqlite:///FILE or postgresql://USER@HOST/DATABASE is supported, not 'mysql:...'; for the "
          "master.cfg of a Buildbot run `carillon adopt`");
  EXPECT_THAT(error("host=h password=hush"), testing::Not(testing::HasSubstr("hush")));
  EXPECT_EQ(error("postgresql://u:hush%zz@h/d"),
            where +
                "the URL of the database cannot be read: invalid percent-encoded token; where the password "
                "has / # ? @ : or %, write %2F %23 %3F %40 %3A %25");
  EXPECT_EQ(error("postgresql://u:hush@h/bells"), dir.file("bells.postgresql"));
  configuration.history_size = 1'000'000;
  EXPECT_EQ(error("postgresql://u:hush@h/bells"),
            configuration.file +
                ": c['history']: maxSize is not there with PostgreSQL, whose tables do not become smaller by "
                "themselves; give maxAge");
  EXPECT_EQ(error("sqlite:///" + dir.file("no/x.sqlite")),
            where + "the folder " + dir.file("no") + " does not exist");
}

}  // namespace
}  // namespace carillon::server
