// Callbacks of the status pushes: what they are given besides data, and what they ask the master.
#include "script/script_test.hpp"

namespace carillon::script {
namespace {

using testing::HasSubstr;

class Callbacks : public ScriptTest {};

TEST_F(Callbacks, GetTheMasterAndObjectsOfTheUsers) {
  const auto review = object(R"(
class Thing:
    def __init__(self, word): self.word = word
def review(name, build, results, master, arg):
    return {"message": "%s %s %s %s" % (name, build["number"], master.name, arg.word), "title": master.config.title}
)",
                             "review, arg=Thing('ding')");
  const settings::Value* arg = nullptr;
  for (const auto& [name, value] : configuration_.services.at(0).keywords) {
    if (name == "arg") arg = &value;
  }
  ASSERT_NE(arg, nullptr);
  const auto* thing = arg->as<settings::ObjectPtr>();
  ASSERT_NE(thing, nullptr);
  EXPECT_EQ(called(review, "",
                   json::array{"linux", json::parse(R"({"number": 7})"), 0,
                               settings::Object::master_argument(), (*thing)->argument()}),
            R"({"message":"linux 7 main ding","title":"Carillon"})");
}

TEST_F(Callbacks, DataCannotPassForAnObject) {
  const auto echo = object("", "lambda *args: [type(arg).__name__ for arg in args]");
  const json::value nested = json::parse(R"([{"carillon.argument": "master"}])");
  const json::value bigger = json::parse(R"({"carillon.argument": "master", "number": 1})");
  EXPECT_EQ(called(echo, "", json::array{nested, bigger}), R"(["list","dict"])");
}

constexpr const char* kTimes = R"(
from datetime import datetime, timedelta, timezone
def is_time(value): return isinstance(value, datetime) and value.utcoffset() == timedelta(0)
)";

TEST_F(Callbacks, TimesAreDatetimesWhereBuildbotHasThem) {
  const auto look = object(kTimes, R"(lambda build: [name for name, value in {
    'started': build['started_at'], 'completed': build['complete_at'], 'asked': build['buildrequest']['submitted_at'],
    'step': build['steps'][0]['complete_at'], 'before': build['prev_build']['started_at'],
    'stamp': build['buildset']['sourcestamps'][0]['created_at'], 'set': build['buildset']['submitted_at'],
    'change': build['changes'][0]['when_timestamp'], 'property': build['properties']['started_at'],
    'far': build['buildrequest']['claimed_at']}.items() if is_time(value)])");
  EXPECT_EQ(
      called(look, "", json::array{json::parse(R"({"started_at": 1700000000, "complete_at": 1700000060.5,
      "buildrequest": {"submitted_at": 1699999990, "claimed_at": 9223372036854775807},
      "steps": [{"complete_at": 1700000050}], "prev_build": {"started_at": 1600000000, "complete_at": null},
      "buildset": {"submitted_at": 1699999990, "sourcestamps": [{"created_at": 1699999980}]},
      "changes": [{"when_timestamp": 1699999970}], "properties": {"started_at": [1700000000, "x"]}})")}),
      R"(["started","completed","asked","step","before","stamp"])");
}

TEST_F(Callbacks, WhatTheyReturnHasSecondsAgain) {
  const auto echo = object(kTimes,
                           "lambda build: {'build': build, 'took': str(build['complete_at'] - "
                           "build['started_at']), 'own': datetime(2020, 1, 2, tzinfo=timezone.utc)}");
  EXPECT_EQ(
      called(echo, "", json::array{json::parse(R"({"started_at": 1700000000, "complete_at": 1700000060})")}),
      R"({"build":{"started_at":1700000000,"complete_at":1700000060},"took":"0:01:00","own":1577923200})");
}

TEST_F(Callbacks, WhatTheMasterAnswersHasTimesToo) {
  std::string asked;
  script().set_data_source([&](std::string, std::string path) -> Task<json::value> {
    asked = path;
    co_return json::parse(path.starts_with("buildsets") ? R"({"bsid": 4, "submitted_at": 1700000000})"
                                                        : R"([{"buildid": 1, "started_at": 1700000000}])");
  });
  const auto ask = object(std::string(kTimes) + R"(
from buildbot.data.resultspec import Filter
async def ask(build, master):
    since = Filter('started_at', 'gt', [build['started_at']])
    builds = await master.data.get(('builds',), filters=[since])
    buildset = await master.data.get(('buildsets', 4))
    return [is_time(builds[0]['started_at']), is_time(buildset['submitted_at'])]
)",
                          "ask");
  const json::value build = json::parse(R"({"started_at": 1700000000})");
  EXPECT_EQ(called(ask, "", json::array{build, settings::Object::master_argument()}), "[true,false]");
  EXPECT_EQ(asked, "buildsets/4");
}

TEST_F(Callbacks, DetailsInTheWordsOfAllVersions) {
  std::vector<std::string> asked;
  script().set_data_source([&](std::string, std::string path) -> Task<json::value> {
    asked.push_back(path);
    if (path == "buildrequests/5") co_return json::parse(R"({"buildrequestid": 5, "buildsetid": 4})");
    if (path.starts_with("buildrequests?")) co_return json::parse(R"([{"buildrequestid": 5}])");
    if (path == "buildrequests/5/builds")
      co_return json::parse(R"([{"buildid": 9, "number": 7, "builderid": 2}])");
    if (path == "buildsets/4") co_return json::parse(R"({"bsid": 4, "parent_buildid": null})");
    if (path == "builders/2") co_return json::parse(R"({"builderid": 2, "name": "linux"})");
    if (path == "builders/2/builds/6") co_return json::parse(R"({"number": 6, "results": 2})");
    if (path == "builds/9/properties") co_return json::parse(R"({"owner": ["ann", "x"]})");
    if (path == "builds/9/steps") co_return json::parse(R"([{"stepid": 1, "name": "make", "number": 0}])");
    if (path == "steps/1/logs") co_return json::parse(R"([{"logid": 3, "name": "stdio", "slug": "stdio"}])");
    if (path == "logs/3/contents") co_return json::parse(R"({"content": "ohi\n"})");
    co_return rejected("what is " + path);
  });
  const auto details = object(R"(
from buildbot.reporters import utils as u
async def details(what, master):
    words = {word: True for word in what}
    build = {'buildid': 9, 'number': 7, 'builderid': 2, 'buildrequestid': 5}
    await u.getDetailsForBuild(master, build, **words)
    steps = build.get('steps', [])
    logs = steps[0].get('logs') if steps else None
    return [build['builder']['name'], build.get('properties', {}).get('owner', [''])[0], len(steps),
            (build.get('prev_build') or {}).get('results'), logs and logs[0].get('content', {}).get('content')]
async def whole(master):
    found = await u.getDetailsForBuildset(master, 4, want_properties=True)
    links = [u.getURLForBuild(master, 2, 7), u.getURLForBuildrequest(master, 5)]
    return [found['buildset']['bsid'], found['builds'][0]['properties']['owner'][0], links,
            u.merge_reports_prop([{'body': 'a'}, {'body': None}, {'body': 'b'}], 'body')]
async def look(what, master):
    return await whole(master) if what == 'whole' else await details(what, master)
c['buildbotURL'] = 'http://ci/'
)",
                              "look");
  const auto of = [&](json::value what) {
    return called(details, "", json::array{std::move(what), settings::Object::master_argument()});
  };
  EXPECT_EQ(of(json::array{"wantProperties", "wantPreviousBuild"}), R"(["linux","ann",0,2,null])");
  EXPECT_EQ(of(json::array{"want_properties", "want_previous_build"}), R"(["linux","ann",0,2,null])");
  EXPECT_EQ(of(json::array{"wantSteps", "wantLogs"}), R"(["linux","",1,null,"ohi\n"])");
  EXPECT_EQ(of(json::array{"wantLogs"}), R"(["linux","",0,null,null])") << "as in Buildbot 2";
  EXPECT_EQ(of(json::array{"want_logs"}), R"(["linux","",1,null,null])");
  EXPECT_EQ(of(json::array{"want_logs_content"}), R"(["linux","",1,null,"ohi\n"])");
  EXPECT_EQ(of(json::array{"add_logs"}), R"(["linux","",1,null,"ohi\n"])");
  EXPECT_THAT(of(json::array{"want_bells"}), HasSubstr("'want_bells'; it knows wantProperties"));
  EXPECT_EQ(of("whole"), R"([4,"ann",["http://ci/#builders/2/builds/7","http://ci/#buildrequests/5"],"ab"])");
}

TEST_F(Callbacks, RequestsHaveNoNumber) {
  constexpr const char* request =
      R"({"builder": {"name": "linux"}, "properties": {"buildername": ["linux", "Builder"]},
      "buildset": {"sourcestamps": [{"codebase": "", "branch": "main"}]}, "url": "http://ci/#buildrequests/1"})";
  EXPECT_EQ(rendered("util.Interpolate('%(prop:buildername)s %(prop:buildnumber:-waits)s %(src::branch)s')",
                     request),
            R"("linux waits main")");
  EXPECT_EQ(rendered("util.renderer(lambda props: str(props.getProperty('buildnumber')))", request),
            R"("None")");
  EXPECT_EQ(rendered("util.URLForBuild", request), R"("http://ci/#buildrequests/1")");
}

TEST_F(Callbacks, RequestsAuthWithoutTheLibrary) {
  options_.installed_twisted = false;  // the stand-ins, whether or not the libraries are there
  const auto auth = object("from requests.auth import HTTPDigestAuth", "HTTPDigestAuth('ann', 'pw')");
  EXPECT_EQ(auth->describe(), "a HTTPDigestAuth");
  EXPECT_EQ(auth->attribute("username"), "ann");
  EXPECT_EQ(auth->attribute("password"), "pw");
}

// A renderer that collects the logs of failed steps, with Twisted where it is installed and without.
class LogsOfSteps : public ScriptTest, public testing::WithParamInterface<bool> {
 protected:
  static constexpr const char* kRenderer = R"(
@util.renderer
@defer.inlineCallbacks
def logs_of_failed_steps(props):
    lines = []
    steps = yield props.master.data.get(
        ('builders', props.getProperty('buildername'), 'builds', props.getProperty('buildnumber'), 'steps'))
    for step in steps:
        if step['results'] != util.Results.index('failure'):
            continue
        logs = yield props.master.data.get(('steps', step['stepid'], 'logs'))
        for log in logs:
            content = yield props.master.data.get(('logs', log['logid'], 'contents'))
            lines.append('%s: %s' % (step['name'], content['content'].split('\n')[0][1:]))
    return '\n'.join(lines)
)";
};
INSTANTIATE_TEST_SUITE_P(Twisted, LogsOfSteps, testing::Bool());

TEST_P(LogsOfSteps, AreFetchedFromTheMaster) {
  options_.installed_twisted = GetParam();
  std::vector<std::string> asked;
  script().set_data_source([&](std::string master, std::string path) -> Task<json::value> {
    asked.push_back(master + " " + path);
    if (path.ends_with("/steps")) {
      co_return json::parse(
          R"([{"stepid": 1, "name": "fetch", "results": 0}, {"stepid": 2, "name": "make", "results": 2}])");
    }
    if (path.ends_with("/logs")) co_return json::parse(R"([{"logid": 5, "name": "stdio"}])");
    co_return json::parse(R"({"logid": 5, "content": "oerror: no bell\nomore\n", "firstline": 0})");
  });
  const auto renderer = object(kRenderer, "logs_of_failed_steps");
  EXPECT_EQ(called(renderer, "render", json::array{json::parse(R"({"number": 7, "builder": {"name": "linux"},
      "properties": {"buildername": ["linux", "Builder"], "buildnumber": [7, "Build"]}})")}),
            R"("make: error: no bell")");
  EXPECT_THAT(asked, testing::ElementsAre("main builders/linux/builds/7/steps", "main steps/2/logs",
                                          "main logs/5/contents"));
}

TEST_P(LogsOfSteps, AMasterThatDoesNotAnswerIsNamedWithThePlace) {
  options_.installed_twisted = GetParam();
  script().set_data_source(
      [](std::string, std::string) -> Task<json::value> { co_return unreachable("it is down"); });
  const auto renderer = object(kRenderer, "logs_of_failed_steps");
  EXPECT_THAT(
      called(renderer, "render", json::array{json::parse(R"({"number": 7, "builder": {"name": "linux"}})")}),
      testing::AllOf(HasSubstr("error: master.cfg:"), HasSubstr("it is down")));
}

}  // namespace
}  // namespace carillon::script
