#include "settings/arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::settings {
namespace {

using testing::HasSubstr;

class Formatter final : public Object {
 public:
  Task<json::value> call(std::string_view, json::array, std::string_view) override { co_return nullptr; }
  json::value attribute(std::string_view) const override { return nullptr; }
  bool overrides(std::string_view) const override { return false; }
  std::string where() const override { return "master.cfg:3"; }
  bool is(Role role) const override { return role == Role::formatter; }
  std::string describe() const override { return "a MessageFormatter"; }
};

Value text(std::string s) {
  return Value{std::move(s)};
}

Schema schema() {
  Schema s;
  s.name = "MailNotifier";
  s.arguments = {
      {.name = "fromaddr", .types = {Type::string}, .required = true},
      {.name = "mode", .types = {Type::string, Type::strings}, .fallback = Value{List{text("failing")}}},
      {.name = "smtpPort", .types = {Type::integer}, .fallback = Value{std::int64_t{25}}},
      {.name = "smtpPassword", .types = {Type::secret}},
      {.name = "builders", .types = {Type::strings}},
      {.name = "useTls", .types = {Type::boolean}, .fallback = Value{false}},
      {.name = "messageFormatter", .types = {Type::formatter}},
      {.name = "timeout", .types = {Type::number}, .fallback = Value{2.5}},
  };
  return s;
}

Call call(std::vector<std::pair<std::string, Value>> keywords, List positional = {}) {
  Call c;
  c.class_name = "MailNotifier";
  c.where = "master.cfg:12";
  c.positional = std::move(positional);
  c.keywords = std::move(keywords);
  return c;
}

std::string error_of(const Call& c) {
  try {
    Arguments::bind(schema(), c);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "no error";
}

TEST(Arguments, FillsInDefaults) {
  const auto a = Arguments::bind(schema(), call({{"fromaddr", text("a@b")}}));
  EXPECT_EQ(a.string("fromaddr"), "a@b");
  EXPECT_EQ(a.strings("mode"), std::vector<std::string>{"failing"});
  EXPECT_EQ(a.integer("smtpPort"), 25);
  EXPECT_EQ(a.number("smtpPort"), 25.0);
  EXPECT_EQ(a.number("timeout"), 2.5);
  EXPECT_TRUE(a.secret("smtpPassword").empty());
  EXPECT_FALSE(a.strings("builders").has_value());
  EXPECT_FALSE(a.boolean("useTls"));
  EXPECT_EQ(a.object("messageFormatter"), nullptr);
  EXPECT_TRUE(a.given("fromaddr"));
  EXPECT_FALSE(a.given("mode"));
}

TEST(Arguments, NoneMeansTheDefault) {
  const auto a = Arguments::bind(schema(), call({{"fromaddr", text("a@b")}, {"smtpPort", Value{}}}));
  EXPECT_EQ(a.integer("smtpPort"), 25);
  EXPECT_FALSE(a.given("smtpPort"));
}

TEST(Arguments, PositionalArgumentsComeFirst) {
  const auto a = Arguments::bind(schema(), call({{"useTls", Value{true}}}, {text("a@b"), text("all")}));
  EXPECT_EQ(a.string("mode"), "all");
  EXPECT_TRUE(a.boolean("useTls"));
}

TEST(Arguments, PlainTextBecomesASecretWhereOneIsWanted) {
  const auto a = Arguments::bind(schema(), call({{"fromaddr", text("a@b")}, {"smtpPassword", text("hush")}}));
  EXPECT_EQ(a.secret("smtpPassword").reveal(), "hush");
  EXPECT_NE(a.at("smtpPassword").as<Secret>(), nullptr);
}

TEST(Arguments, RefusesWithPlaceAndReason) {
  const Value from = text("a@b");
  EXPECT_EQ(error_of(call({{"fromadr", from}})),
            "master.cfg:12: MailNotifier(fromadr=...): unknown argument; did you mean 'fromaddr'?");
  EXPECT_EQ(error_of(call({{"fromaddr", from}, {"zzzzzz", from}})),
            "master.cfg:12: MailNotifier(zzzzzz=...): unknown argument");
  EXPECT_EQ(error_of(call({})), "master.cfg:12: MailNotifier(fromaddr=...): this argument is required");
  EXPECT_EQ(error_of(call({{"fromaddr", Value{}}})),
            "master.cfg:12: MailNotifier(fromaddr=...): must not be None");
  EXPECT_EQ(error_of(call({{"fromaddr", from}}, {from})),
            "master.cfg:12: MailNotifier(fromaddr=...): given twice");
  EXPECT_EQ(error_of(call({{"fromaddr", Value{std::int64_t{3}}}})),
            "master.cfg:12: MailNotifier(fromaddr=...): must be a string, not an integer");
  EXPECT_EQ(error_of(call({{"fromaddr", from}, {"builders", text("all")}})),
            "master.cfg:12: MailNotifier(builders=...): must be a list of strings, not a string");
  EXPECT_EQ(error_of(call({{"fromaddr", from}, {"mode", Value{List{text("x"), Value{true}}}}})),
            "master.cfg:12: MailNotifier(mode=...): must be a string or a list of strings, not a list with a "
            "boolean");
  EXPECT_EQ(error_of(call({{"fromaddr", from}, {"smtpPort", Value{true}}})),
            "master.cfg:12: MailNotifier(smtpPort=...): must be an integer, not a boolean");
  EXPECT_THAT(error_of(call({}, List(9, from))), HasSubstr("takes at most 8 arguments, 9 are given"));
  EXPECT_THAT(error_of(call({{"fromaddr", from}, {"messageFormatter", text("x")}})),
              HasSubstr("must be a reporters.MessageFormatter, not a string"));
}

TEST(Arguments, ObjectsAreCheckedByRole) {
  Schema s = schema();
  s.arguments.push_back({.name = "lookup", .types = {Type::callable}});
  const ObjectPtr formatter = std::make_shared<Formatter>();
  const auto a =
      Arguments::bind(s, call({{"fromaddr", text("a@b")}, {"messageFormatter", Value{formatter}}}));
  EXPECT_EQ(a.object("messageFormatter"), formatter);
  const Call wrong = call({{"fromaddr", text("a@b")}, {"lookup", Value{formatter}}});
  EXPECT_THROW(Arguments::bind(s, wrong), ConfigError);
}

TEST(Arguments, FingerprintHidesSecretsAndTellsThemApart) {
  const auto with = [](std::string secret) {
    return Arguments::bind(schema(),
                           call({{"fromaddr", text("a@b")}, {"smtpPassword", text(std::move(secret))}}))
        .fingerprint();
  };
  EXPECT_EQ(with("hush-hush"), with("hush-hush"));
  EXPECT_NE(with("hush-hush"), with("other-one"));
  EXPECT_THAT(with("hush-hush"), testing::Not(HasSubstr("hush-hush")));
}

TEST(Arguments, FailNamesTheArgument) {
  const auto a = Arguments::bind(schema(), call({{"fromaddr", text("a@b")}}));
  try {
    a.fail("mode", "'foo' is not a mode");
  } catch (const ConfigError& e) {
    EXPECT_STREQ(e.what(), "master.cfg:12: MailNotifier(mode=...): 'foo' is not a mode");
  }
}

TEST(Arguments, WrongGetterIsABug) {
  const auto a = Arguments::bind(schema(), call({{"fromaddr", text("a@b")}}));
  EXPECT_THROW(a.integer("fromaddr"), std::logic_error);
  EXPECT_THROW(a.string("nothing"), std::logic_error);
}

TEST(Value, AsJsonWithoutSecrets) {
  Dict dict;
  dict.keys = {text("a"), Value{List{text("force"), text("stop")}}};
  dict.values = {Value{Secret("hush")}, Value{List{Value{true}, Value{}, Value{1.5}}}};
  EXPECT_EQ(json::serialize(to_json(Value{dict})), R"({"a":"***","[\"force\",\"stop\"]":[true,null,1.5E0]})");
  EXPECT_EQ(describe(Value{dict}), "a dictionary");
  EXPECT_EQ(describe(Value{Secret("x")}), "a secret");
}

TEST(Arguments, KnowsItsSecretsAlsoThoseWrittenAsPlainText) {
  Schema with_login = schema();
  with_login.arguments.push_back({.name = "auth", .types = {Type::list, Type::object}, .login = true});
  Call call;
  call.class_name = "MailNotifier";
  call.positional = {text("a@example.org")};
  call.keywords = {{"smtpPassword", text("first")}, {"auth", Value{List{text("ann"), text("second")}}}};
  const auto secrets = Arguments::bind(with_login, call).secrets();
  EXPECT_THAT(secrets, testing::UnorderedElementsAre(Secret("first"), Secret("second")));
  EXPECT_TRUE(
      Arguments::bind(with_login, Call{.class_name = "MailNotifier", .positional = {text("a@example.org")}})
          .secrets()
          .empty());
}

}  // namespace
}  // namespace carillon::settings
