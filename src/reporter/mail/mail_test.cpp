#include "reporter/mail/mail.hpp"

#include <gmock/gmock.h>

#include <map>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "fakes/clock.hpp"
#include "fakes/run.hpp"
#include "fakes/temp_dir.hpp"
#include "reporter/mail/envelope.hpp"
#include "spool/folder.hpp"

namespace carillon::reporter::mail {
namespace {

using settings::Value;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// Answers calls by a table: method to a function of the first argument.
class FakeObject final : public settings::Object {
 public:
  using Method = std::function<Result<json::value>(const json::array&)>;
  std::map<std::string, Method, std::less<>> methods;
  std::map<std::string, json::value, std::less<>> attributes;
  std::vector<std::string> overridden;

  Task<json::value> call(std::string_view method, json::array args, std::string_view) override {
    const auto found = methods.find(method);
    if (found == methods.end()) co_return rejected("no method " + std::string(method));
    co_return found->second(args);
  }
  json::value attribute(std::string_view name) const override {
    const auto found = attributes.find(name);
    return found == attributes.end() ? json::value() : found->second;
  }
  bool overrides(std::string_view method) const override {
    return std::ranges::find(overridden, method) != overridden.end();
  }
  std::string where() const override { return "master.cfg:1"; }
};

class FakeSmtp final : public smtp::Client {
 public:
  Task<smtp::Outcome> send(const smtp::Mail& mail) override {
    sent.push_back(mail);
    data.emplace_back(mail.data);
    if (mail.body != nullptr) {
      auto begun = co_await mail.body->begin(max_size);
      if (!begun) co_return tl::unexpected(begun.error());
      while (true) {
        auto piece = co_await mail.body->read();
        if (!piece) co_return tl::unexpected(piece.error());
        if (piece->empty()) break;
        data.back() += *piece;
      }
      EXPECT_EQ(data.back().size(), mail.body->size());
    }
    if (failure) co_return tl::unexpected(*failure);
    smtp::Outcome outcome;
    outcome.answer = "250 ok";
    for (const std::string& one : mail.recipients) {
      const auto kind = one.starts_with("refused") ? smtp::RecipientOutcome::Kind::refused
                        : one.starts_with("later") ? smtp::RecipientOutcome::Kind::retry
                                                   : smtp::RecipientOutcome::Kind::delivered;
      outcome.recipients.push_back({one, kind, "answer for " + one});
      if (secret_max > 0 && data.back().size() > secret_max)
        outcome.recipients.back() = {one, smtp::RecipientOutcome::Kind::refused, "552 5.3.4 Message too big"};
    }
    co_return outcome;
  }
  std::vector<smtp::Mail> sent;
  std::vector<std::string> data;
  std::optional<Failure> failure;
  std::uint64_t max_size = 0;    // of the relay
  std::uint64_t secret_max = 0;  // likewise, but it does not say so before it has the mail
};

class NoHttp final : public http::Client {
 public:
  Task<http::Response> request(http::Request) override { co_return unreachable("not here"); }
};

Value str(std::string text) {
  return Value{std::move(text)};
}
Value list(std::vector<std::string> texts) {
  settings::List out;
  for (auto& text : texts)
    out.push_back(str(std::move(text)));
  return Value{out};
}

class MailNotifierTest : public testing::Test {
 protected:
  using Keywords = std::vector<std::pair<std::string, Value>>;

  settings::Arguments arguments(Keywords keywords, settings::ObjectPtr self = nullptr) const {
    settings::Call call;
    call.class_name = "MailNotifier";
    call.where = "master.cfg:12";
    call.keywords.emplace_back("fromaddr", str("Bells <ci@example.org>"));
    for (auto& one : keywords)
      call.keywords.push_back(std::move(one));
    call.self = std::move(self);
    return settings::Arguments::bind(schema(), call);
  }

  std::unique_ptr<Reporter> reporter(Keywords keywords, settings::ObjectPtr self = nullptr) {
    auto client = std::make_unique<FakeSmtp>();
    smtp = client.get();
    Environment env{io.get_executor(), {"Project", "http://ci/"}, clock, log, http};
    env.spool = &spool;
    return make(arguments(std::move(keywords), std::move(self)), env, std::move(client));
  }

  std::string refusal(Keywords keywords) {
    try {
      reporter(std::move(keywords));
    } catch (const settings::ConfigError& error) {
      return error.what();
    }
    return "accepted";
  }

  static json::object build(std::string builder = "linux") {
    json::object out = json::parse(R"({
      "buildid": 7, "number": 3, "results": 2, "state_string": "failed shell", "url": "http://ci/#/builders/1/builds/3",
      "builder": {"builderid": 1, "tags": []},
      "properties": {"owner": ["olga@example.org", "Force"], "branch": ["main", "x"]},
      "changes": [{"author": "Alice <alice@example.org>"}, {"author": "bob"}],
      "buildset": {"bsid": 4, "sourcestamps": [{"branch": "main", "patch": {"author": "pat@example.org", "body": "--- a"}}]},
      "steps": [{"name": "shell", "logs": [{"name": "stdio", "content": {"content": "oout\n"}},
                                           {"name": "err.html", "content": {"content": "<b>"}}]}]
    })")
                           .as_object();
    out["builder"].as_object()["name"] = builder;
    return out;
  }

  static std::string long_text(int lines) {
    std::string text;
    for (int i = 0; i < lines; ++i)
      text += "line \u20ac " + std::to_string(i) + " of a long log\n";
    return text;
  }
  // The build with a log "big", which stands in the file "f".
  Details order_with_file(const std::string& text) {
    auto writer = spool.create("f");
    EXPECT_TRUE(test::run(io, writer->write_at(0, text)));
    EXPECT_TRUE(test::run(io, writer->finish(text.size())));
    json::object of = build();
    of["steps"].as_array()[0].as_object()["logs"].as_array().push_back(
        json::parse(R"({"name": "big", "logid": 8, "type": "s"})"));
    Details made = order(of);
    made.logs[8] = LogFile{"f", text.size(), 0, nullptr};
    return made;
  }
  static std::string attached(std::string_view message, const std::string& name) {
    const auto head = message.find("filename=\"" + name + "\"\r\n\r\n");
    if (head == std::string_view::npos) return "not attached";
    message.remove_prefix(message.find("\r\n\r\n", head) + 4);
    std::string text(message.substr(0, message.find("\r\n--")));
    std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
    return base64_decode(text).value_or("no base64");
  }

  static Details order(json::object of) {
    Details out;
    out.event_id = "m/builds/7/finished";
    out.source = "m";
    out.builds.push_back(std::move(of));
    return out;
  }

  std::vector<Delivery> compose_all(Reporter& with, const Details& what) {
    auto result = test::run(io, with.compose(what));
    EXPECT_TRUE(result) << (result ? "" : result.error().what);
    return result ? *result : std::vector<Delivery>{};
  }
  Delivery compose_one(Reporter& with, const Details& what) {
    auto all = compose_all(with, what);
    EXPECT_THAT(all, SizeIs(1));
    return all.empty() ? Delivery{} : all.front();
  }
  static std::string message_of(const Delivery& delivery) {
    return std::string(parse_payload(delivery.payload)->message);
  }

  test::TempDir dir;
  asio::io_context io;
  spool::Folder spool{io.get_executor(), dir.path() / "spool", 0};
  test::FakeClock clock;
  Redactor redactor;
  Log log{Log::Level::error, redactor};
  NoHttp http;
  FakeSmtp* smtp = nullptr;
};

TEST_F(MailNotifierTest, InterestedUsersAreToAndExtraOnesCc) {
  auto mailer = reporter(
      {{"extraRecipients", list({"List <builds@lists.example.org>"})}, {"lookup", str("users.org")}});
  const Delivery delivery = compose_one(*mailer, order(build()));
  EXPECT_EQ(delivery.key, "mail:m/builds/7/finished");
  EXPECT_EQ(delivery.lane, "m/linux/main");
  EXPECT_EQ(delivery.summary, "mail: build #3 of linux: failure");
  EXPECT_EQ(delivery.target,
            "alice@example.org, bob@users.org, olga@example.org, pat@example.org, builds@lists.example.org");
  const std::string message = message_of(delivery);
  EXPECT_THAT(message, HasSubstr("From: Bells <ci@example.org>\r\n"));
  EXPECT_THAT(
      message,
      HasSubstr("To: Alice <alice@example.org>, bob@users.org, olga@example.org,\r\n pat@example.org\r\n"));
  EXPECT_THAT(message, HasSubstr("CC: List <builds@lists.example.org>\r\n"));
  EXPECT_THAT(message, HasSubstr("Subject: Buildbot failure in Project on linux\r\n"));
  EXPECT_THAT(message, Not(HasSubstr("In-Reply-To"))) << "only with threading";
  EXPECT_THAT(message, HasSubstr("List-Id: Project <project.carillon.example.org>\r\n"));
  EXPECT_THAT(message, HasSubstr("Auto-Submitted: auto-generated\r\n"));
  EXPECT_THAT(message, HasSubstr("filename=\"source patch 0\""));
  EXPECT_THAT(message, Not(HasSubstr("shell.stdio")));
}

TEST_F(MailNotifierTest, WithoutLookupOnlyAddressesCount) {
  auto mailer = reporter({});
  const Delivery delivery = compose_one(*mailer, order(build()));
  EXPECT_EQ(delivery.target, "alice@example.org, olga@example.org, pat@example.org");
  EXPECT_THAT(delivery.note, HasSubstr("no e-mail address of bob"));
}

TEST_F(MailNotifierTest, ExtraRecipientsAloneAreTo) {
  auto mailer =
      reporter({{"extraRecipients", list({"dev@example.org"})}, {"sendToInterestedUsers", Value{false}}});
  const Delivery delivery = compose_one(*mailer, order(build()));
  EXPECT_EQ(delivery.target, "dev@example.org");
  EXPECT_THAT(message_of(delivery), HasSubstr("To: dev@example.org\r\n"));
  EXPECT_THAT(message_of(delivery), Not(HasSubstr("CC:")));
}

TEST_F(MailNotifierTest, NobodyToTell) {
  auto mailer = reporter({{"sendToInterestedUsers", Value{false}}});
  const Delivery off = compose_one(*mailer, order(build()));
  EXPECT_TRUE(off.skip);
  EXPECT_EQ(off.note, "nobody to tell: sendToInterestedUsers is off, and there are no extraRecipients");
  EXPECT_THAT(compose_all(*mailer, Details{}), IsEmpty());
  json::object lonely = build();
  lonely["changes"] = json::array();
  lonely["properties"] = json::object();
  lonely["buildset"].as_object().erase("sourcestamps");
  const Delivery nobody = compose_one(*reporter({}), order(lonely));
  EXPECT_TRUE(nobody.skip);
  EXPECT_EQ(nobody.note,
            "nobody to tell: there are no extraRecipients, and nobody is interested: no author, no owner");
  Details plain = order(lonely);
  plain.plain = true;
  EXPECT_THAT(compose_all(*reporter({}), plain), IsEmpty()) << "kept: a callback may know somebody";
}

std::string field_of(const std::string& message, const std::string& name) {
  const auto at = message.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "none";
  const auto begin = at + name.size() + 4;
  return message.substr(begin, message.find("\r\n", begin) - begin);
}

TEST_F(MailNotifierTest, MailsAboutOneBuilderAndBranchAreAThread) {
  auto mailer = reporter({{"extraRecipients", list({"dev@example.org"})}, {"threading", Value{true}}});
  const auto thread_of = [&](json::object of, const std::string& branch, const char* property = nullptr,
                             const char* value = "", int id = 7) {
    of["properties"].as_object()["branch"] = json::array{branch, "x"};
    if (property != nullptr) of["properties"].as_object()[property] = json::array{value, "x"};
    Details what = order(std::move(of));
    what.event_id = "m/builds/" + std::to_string(id) + "/finished";
    const std::string message = message_of(compose_one(*mailer, what));
    EXPECT_EQ(field_of(message, "References"), field_of(message, "In-Reply-To"));
    EXPECT_NE(field_of(message, "References"), field_of(message, "Message-ID"));
    EXPECT_THAT(field_of(message, "References"),
                testing::MatchesRegex("<carillon\\.[0-9a-f]{32}@example\\.org>"));
    return field_of(message, "References");
  };
  const std::string main = thread_of(build(), "main");
  EXPECT_EQ(thread_of(build(), "main", nullptr, "", 8), main);
  EXPECT_NE(thread_of(build(), "other"), main);
  EXPECT_NE(thread_of(build("windows"), "main"), main);
  const std::string pull = thread_of(build(), "refs/pull/12/merge");
  EXPECT_EQ(thread_of(build(), "refs/pull/12/head"), pull);
  EXPECT_NE(thread_of(build(), "refs/pull/13/head"), pull);
  const std::string change = thread_of(build(), "main", "event.change.id", "I1234");
  EXPECT_NE(change, main);
  EXPECT_EQ(thread_of(build(), "refs/changes/1/2/3", "event.change.id", "I1234"), change);
  const std::string url = "https://bb.example.org/projects/P/repos/R/pull-requests/4";
  const std::string request = thread_of(build(), "feature", "pullrequesturl", url.c_str());
  EXPECT_NE(request, thread_of(build(), "feature"));
  EXPECT_EQ(thread_of(build(), "feature-2", "pullrequesturl", url.c_str()), request);
}

TEST_F(MailNotifierTest, SameOrderSameMessageId) {
  auto one = reporter({{"extraRecipients", list({"dev@example.org"})}});
  auto same = reporter({{"extraRecipients", list({"dev@example.org"})}});
  auto other = reporter({{"extraRecipients", list({"ops@example.org"})}});
  const Delivery first = compose_one(*one, order(build()));
  EXPECT_EQ(compose_one(*same, order(build())).payload, first.payload);
  auto id = [](const Delivery& delivery) {
    const std::string message = message_of(delivery);
    const auto at = message.find("Message-ID: ");
    return message.substr(at, message.find("\r\n", at) - at);
  };
  EXPECT_NE(id(compose_one(*other, order(build()))), id(first));
}

TEST_F(MailNotifierTest, FormatterGivesBodySubjectAndType) {
  auto formatter = std::make_shared<FakeObject>();
  json::value seen;
  formatter->methods["format"] = [&](const json::array& args) -> Result<json::value> {
    seen = args[0];
    return json::object{{"body", "<b>x</b>"}, {"type", "html"}, {"subject", "s\r\nBcc: x"}};
  };
  formatter->attributes["wantSteps"] = true;
  auto mailer = reporter({{"messageFormatter", Value{settings::ObjectPtr(formatter)}},
                          {"mode", str("all")},
                          {"addPatch", Value{false}}});
  EXPECT_TRUE(mailer->needs().steps);
  EXPECT_FALSE(mailer->needs().logs);
  EXPECT_TRUE(mailer->needs().previous_build);
  const std::string message = message_of(compose_one(*mailer, order(build())));
  EXPECT_THAT(message, HasSubstr("Subject: s Bcc: x\r\n"));
  EXPECT_THAT(message, HasSubstr("Content-Type: text/html"));
  EXPECT_THAT(message, testing::EndsWith("<b>x</b>\r\n\r\n"));
  const json::object& context = seen.as_object();
  EXPECT_EQ(context.at("buildername").as_string(), "linux");
  EXPECT_EQ(context.at("blamelist").as_array().size(), 4U);
  EXPECT_EQ(find(context, "build.steps")->as_array()[0].as_object().if_contains("logs"), nullptr);
}

TEST_F(MailNotifierTest, TemplatesGetWhatTheFormatterAskedFor) {
  const auto seen = [&](json::object attributes) {
    auto formatter = std::make_shared<FakeObject>();
    json::object context;
    formatter->methods["format"] = [&](const json::array& args) -> Result<json::value> {
      context = args[0].as_object();
      return json::object{{"body", "x"}, {"type", "plain"}};
    };
    for (const auto& one : attributes)
      formatter->attributes[one.key()] = one.value();
    compose_one(*reporter({{"messageFormatter", Value{settings::ObjectPtr(formatter)}}}), order(build()));
    return context;
  };
  const json::object plain = seen({{"wantProperties", false}});
  EXPECT_EQ(*find(plain, "build.properties"), json::object());
  EXPECT_EQ(plain.at("blamelist").as_array().size(), 4U) << "owners are told all the same";
  EXPECT_EQ(find(plain, "build.steps"), nullptr);
  const json::object steps = seen({{"wantProperties", true}, {"wantSteps", true}});
  EXPECT_NE(find(steps, "build.properties.owner"), nullptr);
  EXPECT_EQ(*find(steps, "build.steps"), json::parse(R"([{"name": "shell"}])"));
  EXPECT_EQ(*find(seen({{"wantSteps", true}, {"wantLogs", true}}), "build.steps"), build().at("steps"));
}

TEST_F(MailNotifierTest, ALaterTryIsNamed) {
  json::object again = build();
  again["attempt"] = 2;
  const Delivery delivery = compose_one(*reporter({{"addPatch", Value{false}}}), order(again));
  EXPECT_EQ(delivery.summary, "mail: build #3, attempt 2, of linux: failure");
  const std::string message = message_of(delivery);
  EXPECT_THAT(message, HasSubstr("Subject: Buildbot failure in Project on linux (build #3, attempt 2)\r\n"));
  EXPECT_THAT(message, HasSubstr("Build: #3, attempt 2\r\n"));
}

TEST_F(MailNotifierTest, AFailingFormatterIsNoted) {
  auto formatter = std::make_shared<FakeObject>();
  auto mailer = reporter({{"messageFormatter", Value{settings::ObjectPtr(formatter)}}});
  const Delivery delivery = compose_one(*mailer, order(build()));
  EXPECT_THAT(delivery.note, HasSubstr("no method format"));
  EXPECT_THAT(message_of(delivery), HasSubstr("Subject: Buildbot failure in Project on linux\r\n"));
}

TEST_F(MailNotifierTest, LookupObjects) {
  auto lookup = std::make_shared<FakeObject>();
  lookup->methods["getAddress"] = [](const json::array& args) -> Result<json::value> {
    if (args[0].as_string() == "bob") return "'Bob' <bob@b.org>@users.org";
    if (args[0].as_string() == "olga@example.org") return rejected("LDAP is down");
    return nullptr;
  };
  auto mailer = reporter({{"lookup", Value{settings::ObjectPtr(lookup)}}});
  const Delivery delivery = compose_one(*mailer, order(build()));
  EXPECT_EQ(delivery.target, "bob@b.org");
  EXPECT_THAT(delivery.note, HasSubstr("lookup of olga@example.org: LDAP is down"));
  lookup->methods["getAddress"] = [](const json::array&) -> Result<json::value> {
    return rejected("LDAP is down");
  };
  const auto nobody = test::run(io, mailer->compose(order(build())));
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().kind, Failure::Kind::unreachable);
}

TEST_F(MailNotifierTest, ALookupThatGivesNoTextKeepsItsReason) {
  auto lookup = std::make_shared<FakeObject>();
  lookup->methods["getAddress"] = [](const json::array& args) -> Result<json::value> {
    if (args[0].as_string() == "bob") return json::value(json::array{"bob@b.org", "bob@c.org"});
    return nullptr;
  };
  auto mailer = reporter({{"lookup", Value{settings::ObjectPtr(lookup)}}});
  const Delivery nobody = compose_one(*mailer, order(build()));
  EXPECT_TRUE(nobody.skip);
  EXPECT_EQ(nobody.target, "nobody");
  EXPECT_EQ(nobody.key, "mail:m/builds/7/finished");
  EXPECT_EQ(nobody.summary, "mail: build #3 of linux: failure");
  EXPECT_EQ(
      nobody.note,
      "nobody to tell: the lookup knows no address of Alice <alice@example.org>; "
      "lookup of bob gave no text but [\"bob@b.org\",\"bob@c.org\"]; "
      "the lookup knows no address of olga@example.org; the lookup knows no address of pat@example.org");
  auto others = reporter(
      {{"lookup", Value{settings::ObjectPtr(lookup)}}, {"extraRecipients", list({"dev@example.org"})}});
  const Delivery mail = compose_one(*others, order(build()));
  EXPECT_FALSE(mail.skip);
  EXPECT_EQ(mail.target, "dev@example.org");
  EXPECT_THAT(mail.note, HasSubstr("lookup of bob gave no text"));
  EXPECT_THAT(mail.note, Not(HasSubstr("knows no address"))) << "that is what a lookup may say";
}

TEST_F(MailNotifierTest, WhoIsNoAddressIsNamedWhereThereIsNobodyElse) {
  json::object of = build();
  of["properties"].as_object()["owner"] = json::array{"a@x.org, b@x.org", "Force"};
  of.erase("changes");
  of["buildset"].as_object().erase("sourcestamps");
  auto mailer = reporter({});
  const Delivery nobody = compose_one(*mailer, order(of));
  EXPECT_TRUE(nobody.skip);
  EXPECT_EQ(nobody.note, "nobody to tell: not one e-mail address: a@x.org, b@x.org");
}

TEST_F(MailNotifierTest, ADomainCountsWithoutCase) {
  json::object of = build();
  of["properties"].as_object()["owner"] = json::array{"alice@EXAMPLE.org", "Force"};
  of["buildset"].as_object().erase("sourcestamps");
  auto mailer =
      reporter({{"extraRecipients",
                 list({"Alice <alice@Example.Org>", "dev@B\u00dcCHER.example", "dev@b\u00fccher.example"})}});
  EXPECT_EQ(compose_one(*mailer, order(of)).target, "alice@EXAMPLE.org, dev@xn--bcher-kva.example");
}

TEST_F(MailNotifierTest, ASubjectThatFailsKeepsTheBody) {
  auto formatter = std::make_shared<FakeObject>();
  formatter->methods["format"] = [](const json::array&) -> Result<json::value> {
    return json::object{{"body", "good"}, {"type", "plain"}, {"note", "the subject's template failed: x"}};
  };
  auto mailer =
      reporter({{"messageFormatter", Value{settings::ObjectPtr(formatter)}}, {"addPatch", Value{false}}});
  const Delivery delivery = compose_one(*mailer, order(build()));
  EXPECT_THAT(message_of(delivery), HasSubstr("Subject: Buildbot failure in Project on linux\r\n"));
  EXPECT_THAT(message_of(delivery), testing::EndsWith("\r\n\r\ngood\r\n\r\n"));
  EXPECT_THAT(delivery.note, HasSubstr("the subject's template failed: x"));
}

TEST_F(MailNotifierTest, SubclassesChooseTheUsers) {
  auto self = std::make_shared<FakeObject>();
  self->overridden = {"getResponsibleUsersForBuild"};
  self->methods["getResponsibleUsersForBuild"] = [](const json::array& args) -> Result<json::value> {
    EXPECT_EQ(args[0], settings::Object::master_argument());
    EXPECT_EQ(args[1].as_int64(), 7);
    return json::array{"boss@example.org"};
  };
  auto mailer = reporter({}, self);
  EXPECT_EQ(compose_one(*mailer, order(build())).target, "boss@example.org");
  self->methods.clear();
  const Delivery delivery = compose_one(*mailer, order(build()));
  EXPECT_THAT(delivery.target, HasSubstr("alice@example.org"));
  EXPECT_THAT(delivery.note, HasSubstr("getResponsibleUsersForBuild: no method"));
}

TEST_F(MailNotifierTest, AReportsWordsTakeTheirPlace) {
  auto mailer = reporter({});
  Details what = order(build());
  what.report =
      json::parse(R"({"body": "of a generator", "type": "plain", "subject": "its own"})").as_object();
  const std::string message = message_of(compose_one(*mailer, what));
  EXPECT_THAT(message, HasSubstr("Subject: its own\r\n"));
  EXPECT_THAT(message, HasSubstr("of a generator"));
}

TEST_F(MailNotifierTest, LogsByNameOrAll) {
  auto all = reporter({{"addLogs", Value{true}}});
  EXPECT_TRUE(all->needs().sent.choice.all);
  EXPECT_TRUE(all->needs().sent.plain);
  EXPECT_FALSE(all->needs().logs) << "no template wants them";
  const std::string message = message_of(compose_one(*all, order(build())));
  EXPECT_THAT(message, HasSubstr("filename=\"shell.stdio\"\r\n\r\nb291dAo=\r\n"));
  EXPECT_THAT(message, HasSubstr("filename=\"shell.err.html\""));
  auto some = reporter({{"addLogs", list({"shell.stdio"})}, {"maxLogSize", Value{std::int64_t{1024}}}});
  json::object large = build();
  large["steps"].as_array()[0].as_object()["logs"].as_array()[0].as_object()["content"] =
      std::string(5000, 'x');
  const Delivery delivery = compose_one(*some, order(large));
  EXPECT_THAT(message_of(delivery), Not(HasSubstr("err.html")));
  EXPECT_LT(message_of(delivery).size(), 4000U);
  EXPECT_THAT(delivery.note, HasSubstr("attachments cut to fit: shell.stdio"));
}

TEST_F(MailNotifierTest, LongLogsAreAttachedOutOfFiles) {
  const std::string text = long_text(60'000);
  const Details what = order_with_file(text);
  auto mails = reporter({{"addLogs", list({"big"})}, {"maxLogSize", Value{std::int64_t{1} << 30}}});
  const Delivery delivery = compose_one(*mails, what);
  ASSERT_THAT(delivery.files, SizeIs(1));
  EXPECT_EQ(delivery.files[0].label, "shell.big");
  EXPECT_LT(delivery.payload.size(), 5000U);
  for (int attempt = 0; attempt < 2; ++attempt) {
    ASSERT_TRUE(test::run(io, mails->send(delivery)));
    EXPECT_EQ(attached(smtp->data.back(), "shell.big"), text);
    EXPECT_THAT(smtp->data.back(), HasSubstr("\r\n--=_carillon_"));
    EXPECT_THAT(smtp->data.back(), testing::EndsWith("--\r\n"));
  }
  EXPECT_EQ(smtp->data[0], smtp->data[1]);
}

TEST_F(MailNotifierTest, ARelayThatTakesLessGetsLess) {
  const std::string text = long_text(60'000);
  auto mails = reporter({{"addLogs", list({"big"})}, {"maxLogSize", Value{std::int64_t{1} << 30}}});
  const Delivery delivery = compose_one(*mails, order_with_file(text));
  smtp->max_size = 200'000;
  const auto receipt = test::run(io, mails->send(delivery));
  EXPECT_LE(smtp->data.back().size(), 200'000U);
  EXPECT_THAT(attached(smtp->data.back(), "shell.big"), HasSubstr("is left out ...]"));
  EXPECT_THAT(receipt->answer, HasSubstr("attachments cut to what the relay takes: shell.big"));
}

// 50 logs of 55 KB, none of them long enough for a file, and a patch.
Details order_with_many_logs(const json::object& build) {
  json::object of = build;
  json::array& logs = of["steps"].as_array()[0].as_object()["logs"].as_array();
  for (int i = 0; i < 50; ++i) {
    json::object log;
    log["name"] = "log" + std::to_string(i);
    log["content"] =
        json::object{{"content", std::string(55'000 - 60, 'x') + "\nthe end of log " + std::to_string(i)}};
    logs.push_back(std::move(log));
  }
  Details out;
  out.event_id = "m/builds/7/finished";
  out.source = "m";
  out.builds.push_back(std::move(of));
  return out;
}

TEST_F(MailNotifierTest, PostedLogsAreCutToWhatTheRelayTakes) {
  auto mails = reporter({{"addLogs", Value{true}}, {"extraRecipients", list({"dev@example.org"})}});
  const Delivery delivery = compose_one(*mails, order_with_many_logs(build()));
  EXPECT_GT(delivery.payload.size(), 3'000'000U);
  EXPECT_THAT(delivery.files, IsEmpty());
  smtp->max_size = 2'097'152;
  auto receipt = test::run(io, mails->send(delivery));
  ASSERT_TRUE(receipt);
  EXPECT_LE(smtp->data.back().size(), 2'097'152U);
  EXPECT_GT(smtp->data.back().size(), 1'900'000U);
  const std::string cut = attached(smtp->data.back(), "shell.log49");
  EXPECT_THAT(cut, testing::StartsWith("xxx"));
  EXPECT_THAT(cut, HasSubstr("is left out ...]"));
  EXPECT_THAT(cut, testing::EndsWith("the end of log 49"));
  EXPECT_EQ(attached(smtp->data.back(), "source patch 0"), "--- a") << "what is short is whole";
  EXPECT_THAT(receipt->answer,
              testing::StartsWith("250 ok; attachments cut to what the relay takes: shell.log"));
  smtp->max_size = 0;
  receipt = test::run(io, mails->send(delivery));
  EXPECT_EQ(smtp->data.back(), message_of(delivery));
  EXPECT_EQ(receipt->answer, "250 ok");
}

TEST_F(MailNotifierTest, APatchIsCutToWhatTheRelayTakes) {
  auto mails = reporter({{"extraRecipients", list({"dev@example.org"})}});
  json::object of = build();
  of["buildset"].as_object()["sourcestamps"].as_array()[0].as_object()["patch"].as_object()["body"] =
      "--- a\n" + std::string(60'000, '+') + "\n+++ end\n";
  const Delivery delivery = compose_one(*mails, order(of));
  smtp->max_size = 30'000;
  const auto receipt = test::run(io, mails->send(delivery));
  EXPECT_LE(smtp->data.back().size(), 30'000U);
  EXPECT_THAT(attached(smtp->data.back(), "source patch 0"), testing::EndsWith("+++ end\n"));
  EXPECT_THAT(receipt->answer, HasSubstr("attachments cut to what the relay takes: source patch 0"));
}

TEST_F(MailNotifierTest, ARelayThatHidesItsLimitGetsASmallerMail) {
  auto mails = reporter({{"addLogs", Value{true}},
                         {"extraRecipients", list({"dev@example.org", "refused@example.org"})},
                         {"sendToInterestedUsers", Value{false}}});
  const Delivery delivery = compose_one(*mails, order_with_many_logs(build()));
  smtp->secret_max = 1'500'000;
  auto receipt = test::run(io, mails->send(delivery));
  ASSERT_TRUE(receipt);
  ASSERT_THAT(smtp->sent, SizeIs(2));
  EXPECT_LE(smtp->data.back().size(), std::size_t{1} << 20U);
  ASSERT_THAT(receipt->parts, SizeIs(2));
  EXPECT_EQ(receipt->parts[0].outcome, ReceiptPart::Outcome::delivered);
  EXPECT_EQ(receipt->parts[1].outcome, ReceiptPart::Outcome::refused);
  EXPECT_EQ(receipt->parts[1].answer, "answer for refused@example.org");
  EXPECT_THAT(receipt->answer, HasSubstr("attachments cut to what the relay takes: "));
  smtp->secret_max = 10;  // nothing helps
  receipt = test::run(io, mails->send(delivery));
  ASSERT_THAT(smtp->sent, SizeIs(2 + 4));
  EXPECT_EQ(receipt->parts[0].outcome, ReceiptPart::Outcome::refused);
  EXPECT_THAT(receipt->parts[0].answer, HasSubstr("5.3.4"));
}

TEST_F(MailNotifierTest, SeveralLongLogsShareTheRoomThatAMailHas) {
  const std::string text = long_text(300'000);
  Details what = order_with_file(text);
  auto mails = reporter({{"addLogs", Value{true}}, {"maxLogSize", Value{std::int64_t{7} << 20}}});
  json::object twice = what.builds.front();
  twice["steps"].as_array().push_back(
      json::parse(R"({"name": "shell", "logs": [{"name": "again", "logid": 9}]})"));
  what.builds = {};
  what.builds.push_back(twice);
  what.logs[9] = what.logs[8];
  const Delivery delivery = compose_one(*mails, what);
  EXPECT_THAT(delivery.note, HasSubstr("attachments cut to fit: shell.big, shell.again"));
  ASSERT_TRUE(test::run(io, mails->send(delivery)));
  EXPECT_LT(smtp->data.back().size(), (std::size_t{7} << 20U) / 57 * 78 + 10'000);
}

TEST_F(MailNotifierTest, AMailWhoseFileIsGoneGoesOutAndSaysSo) {
  auto mails = reporter({{"addLogs", list({"big"})}});
  const Delivery delivery = compose_one(*mails, order_with_file(long_text(1000)));
  ASSERT_TRUE(test::run(io, spool.remove({"f"})));
  const auto receipt = test::run(io, mails->send(delivery));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(attached(smtp->data.back(), "shell.big"), "[this log is not kept any more]\n");
  EXPECT_THAT(receipt->answer, HasSubstr("without logs that are not kept any more: shell.big"));
}

TEST_F(MailNotifierTest, StreamLogsComeWithoutTheirChannelLetters) {
  auto all = reporter({{"addLogs", Value{true}}});
  json::object streamed = build();
  json::object& log = streamed["steps"].as_array()[0].as_object()["logs"].as_array()[0].as_object();
  log["type"] = "s";
  log["content"] = "oout\neerr\n\nhend";
  // base64 of "out\nerr\n\nend"
  EXPECT_THAT(message_of(compose_one(*all, order(streamed))), HasSubstr("\r\n\r\nb3V0CmVycgoKZW5k\r\n"));
}

TEST_F(MailNotifierTest, APatchWithoutItsTextIsNoted) {
  json::object patched = build();
  patched["buildset"].as_object()["sourcestamps"] =
      json::parse(R"([{"patch": {"author": "p", "body": null}}])");
  EXPECT_THAT(compose_one(*reporter({}), order(patched)).note, HasSubstr("does not give its text"));
}

TEST_F(MailNotifierTest, SummariesOfBuildsets) {
  auto formatter = std::make_shared<FakeObject>();
  formatter->methods["format"] = [](const json::array& args) -> Result<json::value> {
    const auto& context = args[0].as_object();
    const std::string worker(string_at(context, "build.builder.name").value_or(""));
    if (worker == "broken") return rejected("template");
    return json::object{{"body", "<p>" + worker + "</p>"}, {"type", "html"}, {"subject", "about " + worker}};
  };
  auto mailer = reporter({{"messageFormatter", Value{settings::ObjectPtr(formatter)}},
                          {"buildSetSummary", Value{true}},
                          {"addLogs", list({"stdio"})}});
  Details whole = order(build("a"));
  whole.builds.push_back(build("broken"));
  whole.builds.push_back(build("c"));
  whole.kind = EventKind::buildset_complete;
  whole.event_id = "m/buildsets/4/complete";
  whole.buildset = json::object{{"bsid", 4}, {"results", 4}};
  whole.notes = {"steps of a could not be fetched"};
  const Delivery delivery = compose_one(*mailer, whole);
  const std::string message = message_of(delivery);
  EXPECT_THAT(message, HasSubstr("Subject: about c\r\n"));
  EXPECT_THAT(message, HasSubstr("<p>a</p>"));
  EXPECT_THAT(message, HasSubstr("<pre>"));
  EXPECT_THAT(message, HasSubstr("<p>c</p>"));
  EXPECT_THAT(message, HasSubstr("filename=\"a.shell.stdio\""));
  EXPECT_THAT(message, Not(HasSubstr("source patch 1")));
  EXPECT_EQ(delivery.summary, "mail: buildset 4 (3 builds): exception");
  EXPECT_EQ(delivery.lane, "m/whole buildset/main");
  EXPECT_THAT(delivery.note, HasSubstr("steps of a could not be fetched"));

  auto plain = reporter({{"buildSetSummary", Value{true}}});
  EXPECT_THAT(message_of(compose_one(*plain, whole)),
              HasSubstr("Subject: Buildbot exception in Project on whole buildset\r\n"));
}

TEST_F(MailNotifierTest, AnEmptyLineIsBetweenOurOwnTextsOfASummary) {
  Details whole = order(build("a"));
  whole.builds.push_back(build("b"));
  whole.kind = EventKind::buildset_complete;
  whole.event_id = "m/buildsets/4/complete";
  whole.buildset = json::object{{"bsid", 4}, {"results", 2}};
  const auto said = [&](std::shared_ptr<FakeObject> formatter) {
    Keywords keywords = {{"buildSetSummary", Value{true}}, {"addPatch", Value{false}}};
    if (formatter != nullptr) {
      formatter->methods["format"] = [](const json::array& args) -> Result<json::value> {
        const std::string name(string_at(args[0].as_object(), "buildername").value_or(""));
        return json::object{{"body", "text of " + name + "\n"}, {"type", "plain"}};
      };
      keywords.emplace_back("messageFormatter", Value{settings::ObjectPtr(formatter)});
    }
    return message_of(compose_one(*reporter(std::move(keywords)), whole));
  };
  auto built_in = std::make_shared<FakeObject>();
  built_in->attributes["built_in"] = true;
  EXPECT_THAT(said(built_in), HasSubstr("text of a\r\n\r\ntext of b\r\n"));
  EXPECT_THAT(said(nullptr), HasSubstr("\r\n\r\nBUILD FAILED: failed shell\r\n\r\nBuilder: b\r\n"));
  EXPECT_THAT(said(std::make_shared<FakeObject>()), HasSubstr("text of a\r\ntext of b\r\n"))
      << "a template of the user's says itself what stands between";
}

TEST_F(MailNotifierTest, ExtraHeadersAreRendered) {
  auto interpolate = std::make_shared<FakeObject>();
  interpolate->methods["render"] = [](const json::array& args) -> Result<json::value> {
    return json::value("X-" + std::string(string_at(args[0].as_object(), "builder.name").value_or("")));
  };
  auto broken = std::make_shared<FakeObject>();
  settings::Dict headers;
  headers.keys = {str("X-Plain"), Value{settings::ObjectPtr(interpolate)}, str("X-Broken"), str("X-Number")};
  headers.values = {str("a\r\nBcc: evil@x.org"), Value{settings::ObjectPtr(interpolate)},
                    Value{settings::ObjectPtr(broken)}, Value{std::int64_t{5}}};
  auto mailer = reporter({{"extraHeaders", Value{headers}}});
  const Delivery delivery = compose_one(*mailer, order(build()));
  const std::string message = message_of(delivery);
  EXPECT_THAT(message, HasSubstr("X-Plain: a Bcc: evil@x.org\r\n"));
  EXPECT_THAT(message, HasSubstr("X-linux: X-linux\r\n"));
  EXPECT_THAT(message, HasSubstr("X-Number: 5\r\n"));
  EXPECT_THAT(message, Not(HasSubstr("X-Broken")));
  EXPECT_THAT(delivery.note, HasSubstr("header left out: no method render"));
}

TEST_F(MailNotifierTest, MissingWorkers) {
  auto mailer = reporter({{"extraRecipients", list({"dev@example.org"})}});
  Details missing;
  missing.kind = EventKind::worker_missing;
  missing.event_id = "m/workers/2/missing@1";
  missing.source = "m";
  missing.worker = json::parse(R"({"name": "w1\r\nBcc: x", "notify": ["Ada <ada@example.org>", "nobody", 7],
                                   "last_connection": "yesterday"})")
                       .as_object();
  const Delivery delivery = compose_one(*mailer, missing);
  EXPECT_EQ(delivery.target, "ada@example.org");
  EXPECT_THAT(message_of(delivery), HasSubstr("To: Ada <ada@example.org>\r\n"));
  EXPECT_THAT(message_of(delivery), HasSubstr("Subject: Buildbot worker w1 Bcc: x missing\r\n"));
  EXPECT_EQ(delivery.lane.find('\n'), std::string::npos);
  EXPECT_THAT(delivery.note, HasSubstr("not an e-mail address: nobody"));
  missing.worker["notify"] = json::array{"nobody"};
  const Delivery nobody = compose_one(*mailer, missing);
  EXPECT_TRUE(nobody.skip);
  EXPECT_EQ(nobody.note, "nobody to tell: notify: not an e-mail address: nobody");
  missing.worker.erase("notify");
  EXPECT_EQ(compose_one(*mailer, missing).note, "nobody to tell: the worker has no notify list");
}

TEST_F(MailNotifierTest, SendsToWhoIsNotSettled) {
  auto mailer = reporter({{"extraRecipients", list({"a@x.org", "later@x.org", "refused@x.org"})},
                          {"sendToInterestedUsers", Value{false}}});
  Delivery delivery = compose_one(*mailer, order(build()));
  auto receipt = test::run(io, mailer->send(delivery));
  ASSERT_TRUE(receipt);
  ASSERT_THAT(receipt->parts, SizeIs(3));
  EXPECT_EQ(receipt->parts[0].outcome, ReceiptPart::Outcome::delivered);
  EXPECT_EQ(receipt->parts[1].outcome, ReceiptPart::Outcome::retry);
  EXPECT_EQ(receipt->parts[2].outcome, ReceiptPart::Outcome::refused);
  EXPECT_EQ(receipt->parts[2].answer, "answer for refused@x.org");
  EXPECT_EQ(smtp->sent[0].from, "ci@example.org");
  delivery.settled = {"a@x.org", "refused@x.org"};
  receipt = test::run(io, mailer->send(delivery));
  EXPECT_THAT(smtp->sent[1].recipients, ElementsAre("later@x.org"));
  EXPECT_EQ(smtp->data[0], smtp->data[1]);
  delivery.settled.push_back("later@x.org");
  EXPECT_TRUE(test::run(io, mailer->send(delivery)));
  EXPECT_THAT(smtp->sent, SizeIs(2));
  delivery.payload = "broken";
  EXPECT_EQ(test::run(io, mailer->send(delivery)).error().kind, Failure::Kind::rejected);
  EXPECT_EQ(mailer->give_up_after(), Millis{5} * 24 * 3600 * 1000);
}

TEST_F(MailNotifierTest, WhatIsNotAsciiIsEncodedOrConverted) {
  auto mailer =
      reporter({{"extraRecipients", list({"J\u00f6rg <ci@b\u00fccher.example>", "k\u00f6nig@x.org"})},
                {"relayhost", str("smtp.b\u00fccher.example")},
                {"sendToInterestedUsers", Value{false}}});
  json::object of = build("gr\u00fcn");
  const Delivery delivery = compose_one(*mailer, order(of));
  EXPECT_EQ(delivery.target, "ci@xn--bcher-kva.example, k\u00f6nig@x.org");
  EXPECT_THAT(mailer->show(delivery).how, HasSubstr("smtp.xn--bcher-kva.example:25"));
  const std::string message = message_of(delivery);
  const auto end = message.find("\r\n\r\n");
  ASSERT_NE(end, std::string::npos);
  EXPECT_TRUE(is_ascii(message.substr(end)));
  EXPECT_THAT(message,
              HasSubstr("To: =?utf-8?b?SsO2cmc=?= <ci@xn--bcher-kva.example>, k\u00f6nig@x.org\r\n"));
  ASSERT_TRUE(test::run(io, mailer->send(delivery)));
  EXPECT_TRUE(is_ascii(smtp->sent[0].ascii_head));
  EXPECT_THAT(smtp->sent[0].ascii_head,
              HasSubstr("<ci@xn--bcher-kva.example>,\r\n =?utf-8?b?a8O2bmlnQHgub3Jn?= :;"));
  EXPECT_EQ(smtp->sent[0].head_size, end + 4);
}

TEST_F(MailNotifierTest, RefusesWrongArguments) {
  EXPECT_THAT(refusal({{"subject", str("a\nb")}}),
              HasSubstr("master.cfg:12: MailNotifier(subject=...): a subject is one line"));
  EXPECT_THAT(refusal({{"subject", str("100% of %(builder)s")}}), HasSubstr("not of the form"));
  EXPECT_THAT(refusal({{"extraRecipients", list({"a@x.org", "root"})}}),
              HasSubstr("'root' is not a valid e-mail address"));
  EXPECT_THAT(refusal({{"lookup", str("a@x.org")}}), HasSubstr("not a domain"));
  EXPECT_THAT(refusal({{"smtpUser", str("me")}}), HasSubstr("without smtpPassword or smtpToken"));
  EXPECT_THAT(refusal({{"smtpToken", str("hush-hush")}}),
              HasSubstr("smtpToken=...): is given without smtpUser"));
  EXPECT_THAT(refusal({{"smtpUser", str("me")}, {"smtpToken", str("a")}, {"smtpPassword", str("b")}}),
              HasSubstr("not both"));
  EXPECT_EQ(refusal({{"smtpUser", str("me")},
                     {"smtpToken", Value{settings::ObjectPtr(std::make_shared<FakeObject>())}}}),
            "accepted");
  EXPECT_THAT(refusal({{"smtpPassword", str("hush-hush")}}),
              testing::AllOf(HasSubstr("without smtpUser"), Not(HasSubstr("hush"))));
  EXPECT_THAT(refusal({{"smtpPort", Value{std::int64_t{70000}}}}), HasSubstr("1 to 65535"));
  EXPECT_THAT(refusal({{"relayhost", str("a b")}}), HasSubstr("not a host name"));
  EXPECT_THAT(refusal({{"relayhost", str("smtp.example.org:587")}}),
              HasSubstr("'smtp.example.org:587': the port belongs into smtpPort"));
  EXPECT_EQ(refusal({{"relayhost", str("::1")}}), "accepted") << "an address of IPv6";
  EXPECT_THAT(refusal({{"extraHeaders", Value{settings::Dict{{str("X Y")}, {str("v")}}}}}),
              HasSubstr("cannot be the name of a header"));
  EXPECT_THAT(refusal({{"extraHeaders", Value{settings::Dict{{str("X")}, {list({"v"})}}}}}),
              HasSubstr("must be a string or a renderable"));
  EXPECT_THAT(refusal({{"nope", str("v")}}), HasSubstr("unknown argument"));
  EXPECT_EQ(refusal({{"smtpUser", str("me")}, {"smtpPassword", str("hush-hush")}, {"useTls", Value{true}}}),
            "accepted");
  const auto bad_ca = arguments({{"caFile", str("/nonexistent.pem")}, {"useTls", Value{true}}});
  Environment env{io.get_executor(), {"Project", "http://ci/"}, clock, log, http};
  EXPECT_THROW(make(bad_ca, env), settings::ConfigError);
}

TEST_F(MailNotifierTest, ReportersThatLogInAlikePauseTogether) {
  const auto with = [&](const char* user, const char* password) {
    return reporter(
        {{"smtpUser", str(user)}, {"smtpPassword", Value{Secret(password)}}, {"relayhost", str("a.org")}});
  };
  EXPECT_EQ(with("me", "hush-hush")->account(), with("me", "hush-hush")->account());
  EXPECT_NE(with("me", "hush-hush")->account(), with("me", "changed")->account())
      << "a new one is tried at once";
  EXPECT_THAT(with("me", "hush-hush")->account(), testing::StartsWith("smtp smtp://a.org:25"));
  EXPECT_EQ(reporter({})->account(), "");
  auto mailer = with("me", "hush-hush");
  smtp->failure = Failure{Failure::Kind::throttled, "a.org:25: refused", std::chrono::seconds(3600)};
  const auto refused = test::run(io, mailer->send(compose_one(*mailer, order(build()))));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Failure::Kind::throttled);
  EXPECT_EQ(refused.error().retry_after, std::chrono::seconds(3600));
}

TEST_F(MailNotifierTest, NoSecretIsKeptOrShown) {
  auto mailer = reporter({{"smtpUser", str("me")}, {"smtpPassword", Value{Secret("hush-hush")}}});
  const Delivery delivery = compose_one(*mailer, order(build()));
  EXPECT_THAT(delivery.payload + delivery.key + delivery.lane + delivery.note, Not(HasSubstr("hush")));
}

}  // namespace
}  // namespace carillon::reporter::mail
