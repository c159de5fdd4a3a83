#include "rule/rule.hpp"

#include <gtest/gtest.h>

namespace carillon::rule {
namespace {

using Outcome = Decision::Outcome;

BuildFacts build(Results results) {
  BuildFacts facts;
  facts.builder = "linux";
  facts.number = 7;
  facts.results = results;
  facts.tags = {"fast"};
  facts.branch = "main";
  facts.scheduler = "nightly";
  return facts;
}

Rule with(std::initializer_list<Mode> modes) {
  Rule rule;
  for (const Mode mode : modes)
    rule.modes.add(mode);
  return rule;
}

struct Case {
  Mode mode;
  Results results;
  std::optional<Results> previous;
  bool wanted;
};

TEST(DecideBuild, FollowsTheModesOfTheManual) {
  const std::vector<Case> cases = {
      {Mode::failing, Results::failure, {}, true},
      {Mode::failing, Results::exception, {}, false},
      {Mode::passing, Results::success, {}, true},
      {Mode::passing, Results::warnings, {}, false},
      {Mode::warnings, Results::warnings, {}, true},
      {Mode::warnings, Results::failure, {}, false},
      {Mode::exception, Results::exception, {}, true},
      {Mode::cancelled, Results::cancelled, {}, true},
      {Mode::cancelled, Results::exception, {}, false},
      {Mode::problem, Results::failure, Results::success, true},
      {Mode::problem, Results::failure, Results::warnings, true},
      {Mode::problem, Results::failure, Results::failure, false},
      {Mode::problem, Results::failure, {}, false},
      {Mode::problem, Results::exception, Results::success, false},
      {Mode::change, Results::success, Results::failure, true},
      {Mode::change, Results::success, Results::success, false},
      {Mode::change, Results::failure, {}, false},
      {Mode::change, Results::cancelled, Results::success, true},
      {Mode::change, Results::retry, Results::success, false},
  };
  for (const Case& c : cases) {
    const Decision decision =
        decide_build(with({c.mode}), EventKind::build_finished, build(c.results), c.previous);
    EXPECT_EQ(decision.outcome, c.wanted ? Outcome::report : Outcome::ignore)
        << name(c.mode) << " with " << carillon::name(c.results) << ": " << decision.reason;
    EXPECT_FALSE(decision.reason.empty());
  }
}

TEST(DecideBuild, AllWantsEveryResultThatHasAMode) {
  Rule rule;
  rule.modes = Modes::all();
  for (const Results results :
       {Results::success, Results::warnings, Results::failure, Results::exception, Results::cancelled}) {
    EXPECT_EQ(decide_build(rule, EventKind::build_finished, build(results), results).outcome,
              Outcome::report);
  }
  EXPECT_EQ(decide_build(rule, EventKind::build_finished, build(Results::retry), Results::retry).outcome,
            Outcome::ignore);
}

TEST(DecideBuild, SaysWhatTheModesAre) {
  const auto reason = [](std::initializer_list<Mode> modes, std::optional<Results> previous) {
    return decide_build(with(modes), EventKind::build_finished, build(Results::exception), previous).reason;
  };
  EXPECT_EQ(reason({Mode::failing, Mode::passing, Mode::warnings}, {}),
            "its modes are failing, passing, warnings; this build ended with exception");
  EXPECT_EQ(reason({Mode::problem}, Results::success),
            "its mode is problem; this build ended with exception, the one before with success");
  EXPECT_EQ(reason({Mode::change}, {}),
            "its mode is change; this build ended with exception, and is the first");
}

TEST(DecideBuild, FiltersComeFirstAndSayWhich) {
  const auto decide = [](const Filter& filter) {
    Rule rule = with({Mode::failing});
    rule.filter = filter;
    return decide_build(rule, EventKind::build_finished, build(Results::failure), {});
  };
  Filter filter;
  filter.builders = {"linux"};
  filter.schedulers = {"nightly"};
  filter.branches = {"main"};
  EXPECT_EQ(decide(filter).outcome, Outcome::report);
  filter.branches = {"dev"};
  EXPECT_EQ(decide(filter).reason, "branch 'main' is not in branches");
  filter.schedulers = {"other"};
  EXPECT_EQ(decide(filter).reason, "scheduler 'nightly' is not in schedulers");
  filter.builders = {"mac"};
  EXPECT_EQ(decide(filter).reason, "builder 'linux' is not in builders");
  Filter tags;
  tags.tags = {"slow", "fast"};
  EXPECT_EQ(decide(tags).outcome, Outcome::report);
  tags.tags = {"slow"};
  EXPECT_EQ(decide(tags).reason, "builder 'linux' has none of the tags");
}

TEST(DecideBuild, StatusPushesWantStartsAndEveryEnd) {
  Rule rule;
  rule.started = true;
  rule.every_finished = true;
  EXPECT_EQ(decide_build(rule, EventKind::build_started, build(Results::success), {}).outcome,
            Outcome::report);
  for (int i = 0; i <= 6; ++i) {
    EXPECT_EQ(decide_build(rule, EventKind::build_finished, build(static_cast<Results>(i)), {}).outcome,
              Outcome::report);
  }
  EXPECT_EQ(
      decide_build(with({Mode::passing}), EventKind::build_started, build(Results::success), {}).outcome,
      Outcome::ignore);
}

TEST(DecideRequest, OnlyThoseWhoWantWaitingOnesHearOfThem) {
  Rule pushes;
  pushes.started = pushes.every_finished = true;
  BuildFacts request;
  request.builder = "linux";
  const auto outcome = [&](const Rule& rule, EventKind kind, bool retried) {
    return decide_request(rule, kind, request, retried).outcome;
  };
  EXPECT_EQ(outcome(pushes, EventKind::request_waiting, false), Decision::Outcome::ignore);
  EXPECT_EQ(outcome(pushes, EventKind::request_ended, false), Decision::Outcome::ignore);
  EXPECT_EQ(outcome(pushes, EventKind::request_ended, true), Decision::Outcome::report)
      << "the state of the retried build would stay";
  Rule notifier;
  notifier.modes = Modes::all();
  EXPECT_EQ(outcome(notifier, EventKind::request_ended, true), Decision::Outcome::ignore);
  pushes.waiting = true;
  EXPECT_EQ(outcome(pushes, EventKind::request_waiting, false), Decision::Outcome::report);
  EXPECT_EQ(outcome(pushes, EventKind::request_ended, false), Decision::Outcome::report);
  pushes.filter.builders = {"windows"};
  EXPECT_EQ(outcome(pushes, EventKind::request_waiting, false), Decision::Outcome::ignore);
}

TEST(DecideBuildset, SummarizesWhatItsBuildsWanted) {
  Rule rule = with({Mode::failing});
  rule.build_set_summary = true;
  EXPECT_EQ(decide_build(rule, EventKind::build_finished, build(Results::failure), {}).outcome,
            Outcome::summary);
  EXPECT_EQ(decide_buildset(rule, 0).outcome, Outcome::ignore);
  EXPECT_EQ(decide_buildset(rule, 2).outcome, Outcome::report);
  EXPECT_EQ(decide_buildset(with({Mode::failing}), 2).outcome, Outcome::ignore);
}

TEST(DecideBuildset, ASummaryOfAllTakesEveryFinishedBuildAndMayComeBesideTheReports) {
  Rule rule;
  rule.build_set_summary = true;
  rule.summary_of_all = true;
  rule.filter.builders = std::set<std::string>{"linux"};
  BuildFacts build;
  build.builder = "linux";
  for (const Results results : {Results::success, Results::skipped, Results::retry, Results::cancelled}) {
    build.results = results;
    const Decision decision = decide_build(rule, EventKind::build_finished, build, std::nullopt);
    EXPECT_EQ(decision.outcome, Decision::Outcome::summary) << name(results);
    EXPECT_TRUE(in_summary(rule, decision));
  }
  EXPECT_EQ(decide_build(rule, EventKind::build_started, build, std::nullopt).outcome,
            Decision::Outcome::ignore);
  rule.every_finished = true;
  const Decision both = decide_build(rule, EventKind::build_finished, build, std::nullopt);
  EXPECT_EQ(both.outcome, Decision::Outcome::report);
  EXPECT_TRUE(in_summary(rule, both));
  EXPECT_EQ(decide_buildset(rule, 1).outcome, Decision::Outcome::report);
  build.builder = "other";
  EXPECT_FALSE(in_summary(rule, decide_build(rule, EventKind::build_finished, build, std::nullopt)));
  build.builder = "linux";
  rule.build_set_summary = false;
  EXPECT_FALSE(in_summary(rule, decide_build(rule, EventKind::build_finished, build, std::nullopt)));
}

TEST(DecideWorker, WatchesAllOrNamedOnesThatHaveSomebodyToTell) {
  const json::object worker = json::parse(R"({"name": "w1", "notify": ["a@example.org"]})").as_object();
  Rule rule;
  EXPECT_EQ(decide_worker(rule, EventKind::worker_missing, worker).outcome, Outcome::ignore);
  rule.workers.all = true;
  EXPECT_EQ(decide_worker(rule, EventKind::worker_missing, worker).outcome, Outcome::report);
  rule.workers.all = false;
  rule.workers.names = {"w1"};
  rule.workers.notify_needed = true;
  EXPECT_EQ(decide_worker(rule, EventKind::worker_missing, worker).outcome, Outcome::report);
  EXPECT_EQ(decide_worker(rule, EventKind::worker_missing,
                          json::parse(R"({"name": "w1", "notify": []})").as_object())
                .outcome,
            Outcome::ignore);
}

settings::Schema schema() {
  using settings::Type;
  settings::Schema schema;
  schema.name = "R";
  for (const char* name : {"mode", "builders", "tags", "watchedWorkers", "branches", "previous"}) {
    settings::Argument argument;
    argument.name = name;
    argument.types = {Type::string, Type::strings};
    schema.arguments.push_back(argument);
  }
  schema.arguments.front().fallback.v = settings::List{{"failing"}, {"passing"}, {"warnings"}};
  schema.arguments.back().fallback.v = std::string("builder");
  schema.arguments[3].fallback.v = std::string("all");
  schema.arguments[3].none_is_value = true;
  schema.arguments[4].types = {Type::strings, Type::list};
  return schema;
}

settings::Value texts(std::initializer_list<const char*> words) {
  settings::List list;
  for (const char* word : words)
    list.push_back(settings::Value{std::string(word)});
  return settings::Value{list};
}

Rule parse(std::vector<std::pair<std::string, settings::Value>> keywords) {
  settings::Call call;
  call.class_name = "R";
  call.where = "x.cfg:3";
  call.keywords = std::move(keywords);
  return notifier_rule(settings::Arguments::bind(schema(), call));
}

std::string error_of(std::vector<std::pair<std::string, settings::Value>> keywords) {
  try {
    parse(std::move(keywords));
  } catch (const settings::ConfigError& error) {
    return error.what();
  }
  return "no error";
}

TEST(NotifierRule, KnowsTheDefaultsAndShortcuts) {
  EXPECT_EQ(parse({}).modes.names(), (std::vector<std::string>{"failing", "passing", "warnings"}));
  EXPECT_EQ(parse({{"mode", settings::Value{std::string("all")}}}).modes.names().size(), 7U);
  EXPECT_EQ(parse({{"mode", settings::Value{std::string("warnings")}}}).modes.names(),
            (std::vector<std::string>{"failing", "warnings"}));
  EXPECT_EQ(parse({{"mode", settings::Value{std::string("problem")}}}).modes.names(),
            std::vector<std::string>{"problem"});
}

TEST(NotifierRule, WatchedWorkersNoneMeansNobody) {
  EXPECT_TRUE(parse({}).workers.all);
  const Rule none = parse({{"watchedWorkers", settings::Value{}}});
  EXPECT_FALSE(none.workers.all);
  EXPECT_TRUE(none.workers.names.empty());
  EXPECT_EQ(parse({{"watchedWorkers", texts({"w1"})}}).workers.names, std::set<std::string>{"w1"});
}

TEST(NotifierRule, NoneAmongTheBranchesIsABuildOfNoBranch) {
  const settings::Value branches{settings::List{settings::Value{std::string("main")}, settings::Value{}}};
  EXPECT_EQ(parse({{"branches", branches}}).filter.branches, (std::set<std::string>{"", "main"}));
  EXPECT_EQ(parse({}).filter.branches, std::nullopt);
  EXPECT_NE(error_of({{"branches", settings::Value{settings::List{settings::Value{true}}}}})
                .find("R(branches=...): must hold strings, or None"),
            std::string::npos);
}

TEST(NotifierRule, RefusesWhatMakesNoSense) {
  EXPECT_EQ(error_of({{"mode", texts({"failing", "all"})}}),
            "x.cfg:3: R(mode=...): 'all' is a shortcut and stands alone, not in a list");
  EXPECT_NE(error_of({{"mode", texts({"faling"})}}).find("x.cfg:3: R(mode=...): 'faling' is not a mode"),
            std::string::npos);
  EXPECT_NE(error_of({{"mode", texts({})}}).find("no mode"), std::string::npos);
  EXPECT_EQ(error_of({{"builders", texts({"a"})}, {"tags", texts({"b"})}}),
            "x.cfg:3: R(tags=...): give either builders or tags, not both");
  EXPECT_NE(error_of({{"previous", settings::Value{std::string("tag")}}}).find("'builder' or 'branch'"),
            std::string::npos);
  EXPECT_NE(
      error_of({{"watchedWorkers", settings::Value{std::string("some")}}}).find("'all', None or a list"),
      std::string::npos);
}

Rule of_generator(json::object facts) {
  settings::Schema with_generators = schema();
  with_generators.arguments.push_back({"generators", {settings::Type::list}, false, settings::Value{}, ""});
  settings::Dict dict;
  for (const auto& member : facts) {
    dict.keys.push_back(settings::Value{std::string(member.key())});
    settings::Value value;
    if (member.value().is_bool()) value.v = member.value().get_bool();
    if (member.value().is_string()) value.v = std::string(member.value().get_string());
    if (member.value().is_array()) {
      settings::List list;
      for (const json::value& item : member.value().get_array())
        list.push_back(item.is_null() ? settings::Value{} : settings::Value{std::string(item.get_string())});
      value.v = std::move(list);
    }
    dict.values.push_back(std::move(value));
  }
  settings::Call call;
  call.class_name = "R";
  call.where = "x.cfg:3";
  call.keywords = {{"generators", settings::Value{settings::List{settings::Value{dict}}}}};
  const auto args = settings::Arguments::bind(with_generators, call);
  Rule otherwise;
  otherwise.workers.notify_needed = true;
  return generator_rule(args, otherwise);
}

TEST(GeneratorRule, IsWhatTheGeneratorSays) {
  const Rule rule =
      of_generator(json::parse(R"({"generator": "BuildStatusGenerator at x.cfg:2", "started": true,
    "mode": ["failing"], "builders": ["linux"], "branches": ["main", null], "workers": ["w1"]})")
                       .as_object());
  EXPECT_EQ(rule.modes.names(), std::vector<std::string>{"failing"});
  EXPECT_TRUE(rule.started);
  EXPECT_FALSE(rule.every_finished);
  EXPECT_TRUE(rule.workers.notify_needed);
  EXPECT_EQ(rule.workers.names, std::set<std::string>{"w1"});
  EXPECT_FALSE(rule.filter.schedulers);
  const Decision wanted = decide_build(rule, EventKind::build_finished, build(Results::failure), {});
  EXPECT_EQ(wanted.outcome, Outcome::report);
  EXPECT_EQ(wanted.reason, "mode failing (BuildStatusGenerator at x.cfg:2)");
  BuildFacts other = build(Results::failure);
  other.branch = "";
  EXPECT_EQ(decide_build(rule, EventKind::build_finished, other, {}).outcome, Outcome::report);
  other.builder = "mac";
  EXPECT_EQ(decide_build(rule, EventKind::build_finished, other, {}).reason,
            "builder 'mac' is not in builders (BuildStatusGenerator at x.cfg:2)");
}

TEST(GeneratorRule, WithoutOneTheOldArgumentsCount) {
  settings::Call call;
  call.class_name = "R";
  Rule otherwise;
  otherwise.waiting = true;
  EXPECT_TRUE(generator_rule(settings::Arguments::bind(schema(), call), otherwise).waiting);
}

}  // namespace
}  // namespace carillon::rule
