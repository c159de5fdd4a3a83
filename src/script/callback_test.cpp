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
