#include "source/ping/ping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "fakes/key_value.hpp"
#include "fakes/run.hpp"
#include "settings/error.hpp"
#include "source/fake_environment.hpp"
#include "source/hook/refusals.hpp"
#include "source/ping/ping_source.hpp"
#include "source/ping/settings.hpp"
#include "web/router.hpp"

namespace carillon::source::ping {
namespace {

using settings::Dict;
using settings::Value;
using testing::ElementsAre;
using testing::HasSubstr;

Value text(const char* said) {
  return Value{std::string(said)};
}

Value dict(std::vector<std::pair<const char*, Value>> members) {
  Dict made;
  for (auto& [name, value] : members) {
    made.keys.push_back(text(name));
    made.values.push_back(std::move(value));
  }
  return Value{std::move(made)};
}

Value check(const char* every, const char* grace) {
  return dict({{"every", text(every)}, {"grace", text(grace)}});
}

settings::Arguments arguments(std::vector<std::pair<std::string, Value>> keywords) {
  settings::Call call;
  call.class_name = "Ping";
  call.where = "x.cfg:1";
  call.keywords = std::move(keywords);
  return settings::Arguments::bind(schema(), call);
}

Settings settings_of(std::vector<std::pair<std::string, Value>> keywords) {
  return Settings::from(arguments(std::move(keywords)));
}

std::string error_of(std::vector<std::pair<std::string, Value>> keywords) {
  try {
    settings_of(std::move(keywords));
  } catch (const settings::ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(PingSettings, ChecksHaveASchedule) {
  const Settings settings =
      settings_of({{"key", text("k1")},
                   {"checks", dict({{"backup", check("1d", "2h")},
                                    {"hourly", dict({{"every", Value{std::int64_t{3600}}}})},
                                    {"whenever", Value{}}})}});
  EXPECT_EQ(settings.checks.at("backup").every, 86'400'000);
  EXPECT_EQ(settings.checks.at("backup").grace, 7'200'000);
  EXPECT_EQ(settings.checks.at("hourly").every, 3'600'000);
  EXPECT_EQ(settings.checks.at("hourly").grace, 3'600'000);
  EXPECT_EQ(settings.checks.at("whenever").every, 0);
  EXPECT_FALSE(settings.create);
}

TEST(PingSettings, SlipsAreToldWithTheirPlace) {
  const auto with = [](Value checks) {
    return error_of({{"key", text("k")}, {"checks", std::move(checks)}});
  };
  EXPECT_EQ(with(dict({{"a b", check("1d", "1h")}})),
            "x.cfg:1: Ping(checks=...): must hold names of letters, digits, '.', '_' and '-', not 'a b'");
  EXPECT_THAT(with(dict({{"a", check("daily", "1h")}})), HasSubstr("'a': every must be a duration"));
  EXPECT_THAT(with(dict({{"a", dict({{"evry", text("1d")}})}})),
              HasSubstr("'a': must be util.Check(every=..., grace=...)"));
  EXPECT_THAT(with(dict({{"a", text("1d")}})), HasSubstr("'a': must be a util.Check(...), not a string"));
  EXPECT_THAT(error_of({{"key", text("k")}}), HasSubstr("is empty, so nothing could be pinged"));
  EXPECT_THAT(error_of({{"key", text("a/b")}, {"create", Value{true}}}),
              HasSubstr("Ping(key=...): is part of an address here"));
  EXPECT_THAT(error_of({{"key", text("")}, {"create", Value{true}}}), HasSubstr("is empty, so anybody"));
  EXPECT_EQ(error_of({{"key", text("k")}, {"create", Value{true}}}), "");
}

// Takes what it is given, unless told otherwise.
class FakeSink final : public Sink {
 public:
  Task<Accepted> accept(std::string_view, std::vector<Event> events, json::value cursor) override {
    if (failure) co_return tl::unexpected<Failure>(*failure);
    Accepted accepted;
    for (Event& event : events) {
      accepted.duplicate.push_back(false);
      taken.push_back(std::move(event));
    }
    if (!cursor.is_null()) kept = std::move(cursor);
    co_return accepted;
  }
  Task<json::value> cursor(std::string_view) override {
    if (failure) co_return tl::unexpected<Failure>(*failure);
    co_return kept;
  }
  bool wants(EventKind kind) const override { return kind != EventKind::buildset_complete; }

  std::vector<Event> taken;
  json::value kept;
  std::optional<Failure> failure;
};

class PingSourceTest : public testing::Test {
 protected:
  PingSourceTest() { restart(); }

  void restart() {
    Environment lent = lent_.lend();
    lent.memory = [this] { return &memory_; };
    lent.redact = [](std::string_view text) { return std::string(text); };
    router_ = std::make_unique<web::Router>();
    source_ = std::make_shared<PingSource>(
        settings_of({{"key", Value{settings::List{text("new-key"), text("old-key")}}},
                     {"checks", dict({{"backup", check("1d", "2h")}, {"second", check("1h", "1h")}})}}),
        lent, "x.cfg:1");
    for (Endpoint& endpoint : source_->endpoints(sink_)) {
      EXPECT_TRUE(endpoint.route.secret_path);
      router_->keep(endpoint.method, endpoint.path, std::move(endpoint.route));
    }
  }

  web::Response ping(const std::string& path, const std::string& body = "", const std::string& query = "",
                     const std::string& method = "POST") {
    web::Request request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.address = "127.0.0.1";
    request.body = body;
    web::Router::Found found = router_->find(request);
    if (found.answer) return *found.answer;
    return test::run(lent_.io, found.route->handler(std::move(request)));
  }
  int status(const std::string& path, const std::string& body = "") { return ping(path, body).status; }

  void look() { ASSERT_TRUE(test::run(lent_.io, source_->look(sink_))); }

  const json::object& last() const { return sink_.taken.back().body; }
  std::string log() const {
    const auto steps = objects_at(last(), "steps");
    if (steps.size() != 1) return "(" + std::to_string(steps.size()) + " steps)";
    const auto logs = objects_at(*steps[0], "logs");
    return logs.size() == 1 ? text_at(*logs[0], "content.content") : "(no log)";
  }

  FakeEnvironment lent_;
  FakeSink sink_;
  // What is kept across restarts.
  test::FakeKeyValue memory_;
  std::unique_ptr<web::Router> router_;
  std::shared_ptr<PingSource> source_;
};

TEST_F(PingSourceTest, APingIsABuild) {
  const web::Response response = ping("/ping/new-key/backup", "", "", "GET");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "OK");
  EXPECT_EQ(response.content_type, "text/plain");
  ASSERT_EQ(sink_.taken.size(), 1U);
  EXPECT_EQ(sink_.taken[0].source, "ping");
  EXPECT_EQ(sink_.taken[0].key, "builds/backup.1/finished");
  EXPECT_EQ(text_at(last(), "builder.name"), "backup");
  EXPECT_EQ(last().at("results").as_int64(), 0);
  EXPECT_EQ(source_->heard_at(), lent_.clock.now());
}

TEST_F(PingSourceTest, AnyKeyIsRightAndNoOther) {
  EXPECT_EQ(status("/ping/new-key/backup"), 200);
  EXPECT_EQ(status("/ping/old-key/backup"), 200);
  EXPECT_EQ(status("/ping/wrong/backup"), 401);
  EXPECT_EQ(ping("/ping/old-key/backup", "", "", "HEAD").status, 200);
  EXPECT_EQ(ping("/ping/old-key/backup", "", "", "DELETE").status, 405);
  EXPECT_EQ(sink_.taken.size(), 3U);
}

TEST_F(PingSourceTest, WhatIsWrongIsSaid) {
  EXPECT_EQ(ping("/ping/new-key/nonesuch").body, "no check is called 'nonesuch'");
  EXPECT_EQ(status("/ping/new-key/nonesuch"), 404);
  EXPECT_EQ(ping("/ping/new-key/nonesuch", "", "create=1").status, 404) << "this configuration makes none";
  EXPECT_EQ(status("/ping/new-key/backup/256"), 400);
  EXPECT_EQ(ping("/ping/new-key/backup", "", "rid=x").status, 400);
  EXPECT_TRUE(sink_.taken.empty());
}

TEST_F(PingSourceTest, WhatWasRefusedIsKeptForPeople) {
  using hook::Refusal;
  EXPECT_EQ(status("/ping/new-key/nonesuch"), 404);
  EXPECT_EQ(status("/ping/new-key/backup/256"), 400);
  const auto kept = [this] {
    std::vector<Refusal> refusals;
    const auto all = test::run(lent_.io, memory_.recall(hook::refusals_owner("ping"), ""));
    for (const auto& [key, value] : *all)
      refusals.push_back(hook::refusal_of(value));
    std::ranges::sort(refusals, {}, &Refusal::status);
    return refusals;
  };
  EXPECT_TRUE(test::run_until(lent_.io, [&] { return memory_.kept.size() == 2; }));
  const auto refusals = kept();
  ASSERT_EQ(refusals.size(), 2U);
  EXPECT_EQ(refusals[0].status, 400);
  EXPECT_EQ(refusals[1].why, "no check is called 'nonesuch'");
  EXPECT_EQ(refusals[1].times, 1);
}

// A reload has taken it out while the ping was on its way.
TEST_F(PingSourceTest, APingOverAReloadComesAgain) {
  asio::cancellation_signal cancel;
  bool ended = false;
  asio::co_spawn(lent_.io, source_->run(sink_),
                 asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr) { ended = true; }));
  EXPECT_EQ(status("/ping/new-key/backup/start"), 200);
  cancel.emit(asio::cancellation_type::terminal);
  ASSERT_TRUE(test::run_until(lent_.io, [&] { return ended; }));
  const web::Response late = ping("/ping/new-key/backup");
  EXPECT_EQ(late.status, 503);
  EXPECT_THAT(late.headers, testing::Contains(testing::Key("Retry-After")));
  EXPECT_EQ(status("/ping/new-key/backup/log", "lost?"), 503);
  EXPECT_EQ(sink_.taken.size(), 1U);
  restart();
  EXPECT_EQ(status("/ping/new-key/backup"), 200);
  EXPECT_EQ(sink_.taken.back().key, "builds/backup.1/finished");
}

TEST_F(PingSourceTest, StartAndEndAreOneBuild) {
  EXPECT_EQ(status("/ping/new-key/backup/start"), 200);
  lent_.clock.advance(test::minute);
  EXPECT_EQ(status("/ping/new-key/backup/3", "one\ntwo\n"), 200);
  ASSERT_EQ(sink_.taken.size(), 2U);
  EXPECT_EQ(sink_.taken[0].key, "builds/backup.1/new");
  EXPECT_EQ(sink_.taken[1].key, "builds/backup.1/finished");
  EXPECT_EQ(last().at("complete_at").as_int64() - last().at("started_at").as_int64(), 60);
  EXPECT_EQ(last().at("results").as_int64(), 2);
  EXPECT_EQ(text_at(last(), "state_string"), "exit status 3");
  EXPECT_EQ(log(), "one\ntwo\n");
}

TEST_F(PingSourceTest, LogsOfARunAreGatheredOverARestart) {
  EXPECT_EQ(status("/ping/new-key/backup/log", "before it began"), 200) << "belongs to nothing";
  EXPECT_EQ(status("/ping/new-key/backup/start"), 200);
  EXPECT_EQ(status("/ping/new-key/backup/log", "one"), 200);
  restart();
  EXPECT_EQ(status("/ping/new-key/backup/log", "two\n"), 200);
  EXPECT_EQ(status("/ping/new-key/backup", "three"), 200);
  EXPECT_EQ(log(), "one\ntwo\nthree");
  EXPECT_EQ(sink_.taken.size(), 2U);
}

TEST_F(PingSourceTest, OfLongOutputTheEndIsKept) {
  EXPECT_EQ(status("/ping/new-key/backup", std::string(5'000, 'a') + std::string(9'999, 'b') + "c"), 200);
  EXPECT_EQ(log(), std::string(9'999, 'b') + "c");
  EXPECT_EQ(status("/ping/new-key/backup", "\xC3\xA4" + std::string(9'999, 'b')), 200);
  EXPECT_EQ(log(), std::string(9'999, 'b')) << "no half of a character";
}

TEST_F(PingSourceTest, FivePingsAMinuteAreEnough) {
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(status("/ping/new-key/backup"), 200);
  const web::Response response = ping("/ping/new-key/backup");
  EXPECT_EQ(response.status, 429);
  EXPECT_THAT(response.headers, ElementsAre(std::pair<std::string, std::string>("Retry-After", "60")));
  EXPECT_EQ(status("/ping/new-key/second"), 200) << "each by itself";
  lent_.clock.advance(test::minute);
  EXPECT_EQ(status("/ping/new-key/backup"), 200);
  EXPECT_EQ(sink_.taken.size(), 7U);
}

TEST_F(PingSourceTest, WithoutTheStoreSendersComeAgain) {
  sink_.failure = Failure{Failure::Kind::throttled, "the disk is full", std::chrono::seconds(7)};
  EXPECT_EQ(status("/ping/new-key/backup"), 503);
  sink_.failure.reset();
  EXPECT_EQ(status("/ping/new-key/backup"), 200);
  sink_.failure = Failure{Failure::Kind::throttled, "the disk is full", std::chrono::seconds(7)};
  EXPECT_EQ(status("/ping/new-key/backup"), 503);
  sink_.failure.reset();
  EXPECT_EQ(status("/ping/new-key/backup"), 200);
  ASSERT_EQ(sink_.taken.size(), 2U);
  EXPECT_EQ(sink_.taken[1].key, "builds/backup.2/finished") << "no number is left out";
}

TEST_F(PingSourceTest, LateAndBackAreToldOnceAcrossRestarts) {
  EXPECT_EQ(status("/ping/new-key/backup"), 200);
  EXPECT_EQ(status("/ping/new-key/second/start"), 200);
  const auto pass = [&](int minutes) {
    for (int i = 0; i < minutes; ++i) {
      lent_.clock.advance(test::minute);
      if (i % 20 == 0 || i == minutes - 1) look();
      restart();
    }
  };
  // Each restart gives a grace: nothing can be late while it happens each minute.
  pass(180);
  EXPECT_EQ(sink_.taken.size(), 2U);
  for (int i = 0; i < 60; ++i) {
    look();
    lent_.clock.advance(test::minute);
  }
  look();
  ASSERT_EQ(sink_.taken.size(), 3U);
  EXPECT_EQ(sink_.taken[2].key, "builds/second.1/finished");
  EXPECT_EQ(text_at(last(), "state_string"), "it began 4 h ago and has not ended");
  EXPECT_EQ(last().at("results").as_int64(), 4);
  pass(60);
  EXPECT_EQ(sink_.taken.size(), 3U) << "told once";
  EXPECT_EQ(status("/ping/new-key/second"), 200);
  EXPECT_EQ(sink_.taken[3].key, "builds/second.2/finished");
  EXPECT_EQ(text_at(last(), "state_string"), "back after 5 h");
  EXPECT_EQ(last().at("results").as_int64(), 0);
}

TEST_F(PingSourceTest, WhatIsLateIsToldAgainWhenTheStoreFailed) {
  EXPECT_EQ(status("/ping/new-key/second"), 200);
  for (int i = 0; i < 119; ++i) {
    lent_.clock.advance(test::minute);
    look();
  }
  lent_.clock.advance(test::minute);
  sink_.failure = Failure{Failure::Kind::unreachable, "gone", std::nullopt};
  EXPECT_FALSE(test::run(lent_.io, source_->look(sink_)));
  sink_.failure.reset();
  look();
  look();
  EXPECT_EQ(sink_.taken.size(), 2U);
}

TEST_F(PingSourceTest, ItSaysWhatToCallAndNotTheKey) {
  EXPECT_THAT(source_->setup("http://ci/"),
              ElementsAre("at the end of the job: curl -fsS -m 10 --retry 5 -o /dev/null "
                          "http://ci/ping/KEY/backup; late after 26 h",
                          "at the end of the job: curl -fsS -m 10 --retry 5 -o /dev/null "
                          "http://ci/ping/KEY/second; late after 2 h"));
}

TEST(PingSourceAlone, NeedsAWebServer) {
  FakeEnvironment lent;
  EXPECT_THROW(make(arguments({{"key", text("k")}, {"create", Value{true}}}), lent.lend(false)),
               settings::ConfigError);
}

}  // namespace
}  // namespace carillon::source::ping
