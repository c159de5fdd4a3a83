#include "server/configuration_view.hpp"

#include <gmock/gmock.h>

#include "server/reporter_samples.hpp"

namespace carillon::server {
namespace {

using settings::Value;
using testing::HasSubstr;
using testing::Not;

std::string unchanged(std::string_view text) {
  return std::string(text);
}

class ConfigurationViewTest : public testing::Test {
 protected:
  void add(const std::string& class_name, std::vector<std::pair<std::string, Value>> keywords) {
    settings::Call call;
    call.class_name = class_name;
    call.where = "carillon.cfg:7";
    call.keywords = std::move(keywords);
    configuration_.services.push_back(std::move(call));
    pipeline::RosterEntry entry;
    entry.name = class_name;
    roster_->entries.push_back(std::move(entry));
  }
  json::object shown(const Redact& redact = unchanged) {
    Assembly assembly;
    assembly.roster = roster_;
    return configuration_json(configuration_, "the database", reporter_kinds(), assembly, redact);
  }
  json::object arguments() { return shown().at("reporters").at(0).at("arguments").as_object(); }

  settings::Configuration configuration_;
  std::shared_ptr<pipeline::Roster> roster_ = std::make_shared<pipeline::Roster>();
};

TEST_F(ConfigurationViewTest, HasNoSecretOfAnyReporter) {
  for (const ReporterKind& kind : reporter_kinds()) {
    const auto sample = samples().find(kind.schema.name);
    if (sample != samples().end()) add(kind.schema.name, sample->second.keywords);
  }
  const json::object told = shown();
  EXPECT_GT(told.at("reporters").as_array().size(), 10U);
  EXPECT_THAT(json::serialize(told), Not(HasSubstr(secret)));
  EXPECT_THAT(json::serialize(told), HasSubstr("***"));
}

TEST_F(ConfigurationViewTest, MasksWhatLooksLikeASecret) {
  settings::Dict headers;
  headers.keys = {test::text("Authorization"), test::text("X-Amz-Signature"), test::text("X-Site")};
  headers.values = {test::text("Bearer abc"), test::text("abc"),
                    test::text("bell, see <https://u:pw@h/x?X-Amz-Signature=abc> (\"http://h/?a\")")};
  add("HttpStatusPush", {{"serverUrl", test::text("http://u:p@h:1/x?token=abc")},
                         {"auth", Value{settings::List{test::text("user"), test::text("pw")}}},
                         {"headers", Value{headers}}});
  const json::object told = arguments();
  EXPECT_THAT(json::serialize(told.at("serverUrl")), Not(HasSubstr("abc")));
  EXPECT_THAT(json::serialize(told.at("auth")), Not(HasSubstr("pw")));
  EXPECT_EQ(told.at("headers").at("Authorization"), "***");
  EXPECT_EQ(told.at("headers").at("X-Amz-Signature"), "***");
  EXPECT_EQ(told.at("headers").at("X-Site"), R"(bell, see <https://***@h/x?***> ("http://h/?***"))");
  EXPECT_FALSE(told.contains("format_fn"));
}

TEST_F(ConfigurationViewTest, TellsOfTheFileAndRedactsAllOfIt) {
  configuration_.file = "/etc/carillon.cfg";
  configuration_.db_url = "postgresql://u:pw@h/x";
  configuration_.warnings = {"carillon.cfg:3: hunter2"};
  const json::object told = shown([](std::string_view text) {
    return text.ends_with("hunter2") ? std::string("***") : std::string(text);
  });
  EXPECT_EQ(told.at("file"), "/etc/carillon.cfg");
  EXPECT_EQ(told.at("warnings"), json::parse(R"(["***"])"));
  EXPECT_EQ(told.at("settings").at("db"), "postgresql://***@h/x");
  EXPECT_EQ(told.at("settings").at("www"), "127.0.0.1:8020");
  EXPECT_EQ(told.at("settings").at("spool"), "the database");
  EXPECT_TRUE(told.at("settings").at("spool: bytes").is_null());
}

}  // namespace
}  // namespace carillon::server
