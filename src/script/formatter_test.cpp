#include "message/formatter.hpp"

#include <set>

#include "script/script_test.hpp"

namespace carillon::script {
namespace {

using testing::HasSubstr;

class Formatters : public ScriptTest {
 protected:
  static json::object context() {
    const json::object build = json::parse(R"({
      "number": 7, "results": 2, "state_string": "failed <b>", "url": "http://ci/7",
      "properties": {"reason": ["because", "Force"], "workername": ["w1", "x"]},
      "steps": [{"name": "compile", "results": 2}, {"name": "test", "results": 0}],
      "changes": [{"author": "adam"}], "prev_build": {"results": 0},
      "buildset": {"sourcestamps": [{"codebase": "", "branch": "main", "revision": "abc"}]}})")
                                   .as_object();
    return message::build_context({"The title", "http://ci/"}, {"failing"}, "linux", build);
  }

  std::string formatted(const std::string& value, const std::string& body = "") {
    const auto formatter = object(body, value);
    return called(formatter, "format", {context()});
  }

  std::string of_template(const std::string& text, const std::string& more = "") {
    const auto answer =
        call(object("", "reporters.MessageFormatter(template='''" + text + "'''" + more + ")"), "format",
             {context()});
    return answer ? std::string(answer->at("body").as_string()) : "error: " + shortened(answer.error().what);
  }

  std::string refused(const std::string& arguments) {
    return error_of("x = reporters.MessageFormatter(" + arguments + ")");
  }
};

TEST_F(Formatters, EveryNameOfTheManual) {
  EXPECT_EQ(of_template("STATUS: {{ summary }}"), "STATUS: BUILD FAILED: failed <b>");
  EXPECT_EQ(of_template(
                "{{ buildername }} {{ projects }} {{ mode | join(',') }} {{ build_url }} {{ buildbot_url }}"),
            "linux The title failing http://ci/7 http://ci/");
  EXPECT_EQ(of_template("{{ statuses[results] }}", ", ctx=dict(statuses=util.Results)"), "failure");
  EXPECT_EQ(
      of_template("{{ build['properties']['reason'][0] }} {{ workername }} {{ blamelist | join(', ') }} "
                  "{{ previous_results }} {{ status_detected }}"),
      "because w1 adam 0 failed build");
  EXPECT_EQ(
      of_template("{% for step in build['steps'] %}{{ step['name'] }}={{ step['results'] }} {% endfor %}"),
      "compile=2 test=0 ");
}

TEST_F(Formatters, HtmlEscapesValues) {
  EXPECT_EQ(of_template("<p>{{ summary }}</p>", ", template_type='html'"),
            "<p>BUILD FAILED: failed &lt;b&gt;</p>");
  EXPECT_EQ(
      formatted("reporters.MessageFormatter(template='x', template_type='html', subject='{{ summary }}')"),
      R"({"body":"x","type":"html","subject":"BUILD FAILED: failed <b>"})");
}

TEST_F(Formatters, TheDefaultsSayTheEssentials) {
  const auto answer = formatted("reporters.MessageFormatter()");
  EXPECT_THAT(answer, HasSubstr("BUILD FAILED: failed <b>"));
  EXPECT_THAT(answer, HasSubstr("Reason: because\\nChanges by: adam\\nSource: branch main"));
  EXPECT_EQ(answer.find("ttempt"), std::string::npos);
  json::object again = context();
  again["build"].as_object()["attempt"] = 2;
  again["attempt"] = 2;
  EXPECT_THAT(called(object("", "reporters.MessageFormatter()"), "format", {again}),
              HasSubstr("\\nBuild: #7, attempt 2\\n"));
  json::object tested = context();
  tested["build"].as_object()["tests"] =
      json::object{{"total", 12}, {"failed", 2}, {"failed_names", json::array{"peal", "toll"}}};
  EXPECT_THAT(called(object("", "reporters.MessageFormatter()"), "format", {tested}),
              HasSubstr("\\nFailed tests (2 of 12): peal, toll\\n"));
  EXPECT_EQ(of_template("{{ attempt }} {{ build['attempt'] or 1 }}"), "1 1");
  const auto missing = object("", "reporters.MessageFormatterMissingWorkers()");
  EXPECT_TRUE(missing->is(settings::Role::missing_worker_formatter));
  EXPECT_FALSE(missing->is(settings::Role::formatter));
  const json::object worker{
      {"name", "w1"}, {"last_connection", "1 hour ago"}, {"notify", json::array{"a@b"}}};
  EXPECT_THAT(called(missing, "format", {message::worker_context({"T", "http://ci/"}, worker)}),
              HasSubstr("'w1' of T is missing"));
  const auto worded =
      object("", "reporters.MessageFormatterMissingWorker(template='{{ worker.notify[0] }}')");
  EXPECT_THAT(called(worded, "format", {message::worker_context({"T", "http://ci/"}, worker)}),
              HasSubstr("a@b"));
}

TEST_F(Formatters, FilesAndSubjects) {
  write("templates/body.txt", "{% include 'part.txt' %} of {{ buildername }}");
  write("templates/part.txt", "{{ summary }}");
  write("templates/subject.txt", "first\n\n {{ buildername }}");
  EXPECT_EQ(formatted("reporters.MessageFormatter(template_dir='templates', template_filename='body.txt', "
                      "subject_filename='subject.txt')"),
            R"({"body":"BUILD FAILED: failed <b> of linux","type":"plain","subject":"first linux"})");
  const auto c = load(
      "c['services'].append(reporters.HttpStatusPush(reporters.MessageFormatter("
      "template_dir='templates', template_name='part.txt', wantSteps=True)))");
  EXPECT_THAT(c.warnings.at(0), HasSubstr("master.cfg:5: MessageFormatter(template_name=...) is deprecated"));
  EXPECT_EQ(object()->attribute("wantSteps"), true);
  EXPECT_EQ(object()->attribute("wantProperties"), true);
  EXPECT_EQ(object()->attribute("wantLogs"), false);
  EXPECT_EQ(object()->attribute("template_type"), "plain");
  EXPECT_EQ(object()->attribute("built_in"), false);
  EXPECT_EQ(object("", "reporters.MessageFormatter(subject='s', ctx={'a': 1})")->attribute("built_in"), true);
  EXPECT_EQ(object("", "reporters.MessageFormatter(template='x')")->attribute("built_in"), false);
}

TEST_F(Formatters, Subclasses) {
  const std::string body = R"(
from twisted.internet import defer
from buildbot.reporters.message import MessageFormatter
class Sync(MessageFormatter):
    def buildAdditionalContext(self, master, ctx):
        super().buildAdditionalContext(master, ctx)
        ctx['more'] = master.config.title + ctx['buildername']
class Async(MessageFormatter):
    template_type = 'html'
    async def buildAdditionalContext(self, master, ctx):
        ctx['more'] = (await master.data.get(("builders", 1)))['name']
class Deferred(MessageFormatter):
    @defer.inlineCallbacks
    def buildAdditionalContext(self, master, ctx):
        yield super().buildAdditionalContext(master, ctx)
        builder = yield master.data.get(("builders", 1))
        ctx['more'] = builder['name']
class Whole(MessageFormatter):
    @defer.inlineCallbacks
    def formatMessageForBuildResults(self, mode, buildername, buildset, build, master, previous_results, blamelist):
        build['state_string'] = 'changed'
        message = yield super().formatMessageForBuildResults(mode, buildername + '!', buildset, build, master,
                                                             previous_results, blamelist)
        message['body'] += buildername
        return message
class Rendering(MessageFormatter):
    def renderMessage(self, ctx):
        return {'body': 'own', 'type': 'plain'}
)";
  script().set_data_source(
      [](std::string, std::string) -> Task<json::value> { co_return json::value{{"name", "<n>"}}; });
  const std::string text = "(template='{{ more }}')";
  EXPECT_EQ(formatted("Sync(template='{{ more }}{{ x }}', ctx={'x': 1})", body),
            R"({"body":"Carillonlinux1","type":"plain"})");
  EXPECT_EQ(formatted("Async" + text, body), R"({"body":"&lt;n&gt;","type":"html"})");
  EXPECT_EQ(formatted("Deferred" + text, body), R"({"body":"<n>","type":"plain"})");
  EXPECT_EQ(formatted("Whole(template='{{ buildername }} {{ build.state_string }} ')", body),
            R"({"body":"linux! changed linux","type":"plain"})");
  EXPECT_EQ(formatted("Rendering()", body), R"({"body":"own","type":"plain"})");
}

TEST_F(Formatters, BuildbotsFunctionsSayWhatTheProgramSays) {
  const std::string body = R"(
from types import SimpleNamespace
from buildbot.reporters.message import get_detected_status_text, get_message_source_stamp_text
from buildbot.reporters.message import get_message_summary_text, get_projects_text
names = dict(detected=get_detected_status_text, stamps=get_message_source_stamp_text,
             summarized=get_message_summary_text, named=get_projects_text,
             master=SimpleNamespace(config=SimpleNamespace(title='The title')))
text = '{{ status_detected }}/{{ summary }}/{{ sourcestamps }}/{{ projects }}|'
text += '{{ detected(mode, results, previous_results) }}/{{ summarized(build, results) }}/'
text += '{{ stamps(buildset.sourcestamps) }}/{{ named(buildset.sourcestamps, master) }}'
)";
  const auto formatter = object(body, "reporters.MessageFormatter(ctx=names, template=text)");
  const json::value stamps = json::parse(R"([
      {"project": "a", "branch": "b", "revision": "c", "codebase": "d", "patch": {"body": "x"}},
      {"project": "a"}, {"project": "e", "revision": null}])");
  std::set<std::string> seen;
  for (int results = -1; results < 7; ++results) {
    for (int before = -1; before < 7; ++before) {
      for (const std::string mode : {"failing", "change", "problem"}) {
        json::object build;
        build["results"] = results < 0 ? json::value(nullptr) : json::value(results);
        build["state_string"] = before % 2 == 0 ? "words" : "";
        if (before >= 0) build["prev_build"] = json::object{{"results", before}};
        build["buildset"] = json::object{{"sourcestamps", mode == "change" ? stamps : json::array()}};
        const auto answer =
            call(formatter, "format",
                 {message::build_context({"The title", "http://ci/"}, {mode}, "linux", build)});
        ASSERT_TRUE(answer) << answer.error().what;
        const std::string said(answer->at("body").as_string());
        const auto middle = said.find('|');
        ASSERT_NE(middle, std::string::npos) << said;
        EXPECT_EQ(said.substr(0, middle), said.substr(middle + 1));
        seen.insert(said);
      }
    }
  }
  EXPECT_GT(seen.size(), 20U);
}

TEST_F(Formatters, WordsOfOnesOwn) {
  const std::string body = R"(
class Own(reporters.MessageFormatter):
    def getDetectedStatus(self, mode, results, previous_results):
        return 'own ' + super().getDetectedStatus(mode, results, previous_results)
    def messageSummary(self, build, results):
        return '%s %d' % (super().messageSummary(build, results), build['number'])
    def messageSourceStamps(self, source_stamps):
        return super().messageSourceStamps(source_stamps).upper().strip()
    def getProjects(self, source_stamps, master):
        return super().getProjects(source_stamps, master) + '!'
text = '{{ status_detected }}, {{ summary }}, {{ sourcestamps }}, {{ projects }}'
)";
  const std::string own = formatted("Own(template=text)", body);
  EXPECT_THAT(own,
              HasSubstr("own failed build, BUILD FAILED: failed <b> 7, SOURCE: BRANCH MAIN, REVISION ABC, "));
  EXPECT_THAT(own, HasSubstr("!\""));
}

TEST_F(Formatters, ContentsOfNamedLogsOnly) {
  json::object given = context();
  given["build"] = json::parse(R"({"steps": [{"name": "test", "logs": [
      {"name": "stdio", "content": {"content": "a"}}, {"name": "notes", "content": {"content": "b"}}]},
      {"name": "other", "logs": [{"name": "notes", "content": {"content": "c"}}]}]})");
  const std::string text =
      "{% for s in build.steps %}{% for l in s.logs %}{{ l.content.content if l.content }};{% endfor %}{% "
      "endfor %}";
  const auto formatter = object(
      "", "reporters.MessageFormatter(want_logs_content=['stdio', 'other.notes'], template='" + text + "')");
  EXPECT_EQ(call(formatter, "format", {given})->at("body"), "a;;c;");
}

TEST_F(Formatters, InlineTemplatesMayUseWhatIsNotThereAsInBuildbot) {
  EXPECT_EQ(of_template("{% if nothing %}x{% endif %}a{{ nothing }}"), "a");
}

TEST_F(Formatters, ANameThatLooksLikeAnotherIsWarnedOf) {
  const auto warnings = [this](const std::string& arguments) {
    return load("x = reporters.MessageFormatter(" + arguments + ")").warnings;
  };
  const auto told = warnings("template='{{ buildernaem }} {% for x in range(2) %}{{ x }}{% endfor %}'");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(shortened(told.front()),
              testing::AllOf(
                  testing::StartsWith("master.cfg:5: template: there is no {{ buildernaem }}; did you mean "),
                  HasSubstr("buildername")));
  EXPECT_TRUE(warnings("template='{{ nothing_like_it }}{{ sumary }}', ctx={'sumary': 1}").empty());
  EXPECT_EQ(warnings("template='x', subject='{{ proejcts }}'").size(), 1U);
}

TEST_F(Formatters, FailuresAtRunTimeNameTheTemplate) {
  EXPECT_EQ(of_template("a\n{{ nothing.more }}"),
            "error: master.cfg:6: template:2: UndefinedError: 'nothing' is undefined");
  write("t/strict.txt", "{{ build['nothing'] }}");
  EXPECT_EQ(formatted("reporters.MessageFormatter(template_dir='t', template_filename='strict.txt')"),
            "error: t/strict.txt:1: UndefinedError: 'dict object' has no attribute 'nothing'");
  write("t/body.txt", "\n\n{{ 1 / 0 }}");
  EXPECT_EQ(formatted("reporters.MessageFormatter(template_dir='t', template_filename='body.txt')"),
            "error: t/body.txt:3: ZeroDivisionError: division by zero");
}

TEST_F(Formatters, ASubjectThatFailsKeepsTheBody) {
  EXPECT_THAT(
      formatted("reporters.MessageFormatter(template='good', subject='{{ nothing.more }}')"),
      testing::AllOf(HasSubstr(R"({"body":"good","type":"plain","note":"the subject's template failed: )"),
                     HasSubstr(R"(subject:1: UndefinedError: 'nothing' is undefined"})")));
  EXPECT_THAT(formatted("reporters.MessageFormatter(template='{{ nothing.more }}', subject='good')"),
              HasSubstr("template:1: UndefinedError"));
}

TEST_F(Formatters, MistakesAreRefused) {
  EXPECT_EQ(refused("template='{{ x'"),
            "master.cfg:5: template:1: template syntax error: unexpected end of template, "
            "expected 'end of print statement'.");
  EXPECT_EQ(refused("template='{% if x %}\\n{% endfor %}'").substr(0, 43),
            "master.cfg:5: template:2: template syntax e");
  EXPECT_THAT(refused("template='x', template_dir='t'"),
              HasSubstr("master.cfg:5: MessageFormatter(template=...): give"));
  EXPECT_THAT(refused("template_dir='t', template_filename='f'"),
              HasSubstr("master.cfg:5: MessageFormatter(template_filename=...): cannot read"));
  EXPECT_THAT(refused("template_type='pdf'"), HasSubstr("must be 'plain', 'html' or 'json', not 'pdf'"));
  EXPECT_THAT(refused("ctx=[1]"), HasSubstr("MessageFormatter(ctx=...): must be a dictionary, not list"));
  EXPECT_THAT(refused("subject='a', subject_filename='b'"), HasSubstr("not both"));
  EXPECT_THAT(refused("template=3"), HasSubstr("MessageFormatter(template=...): must be a string, not int"));
  EXPECT_THAT(refused("wantSteps='yes'"), HasSubstr("must be True or False"));
  EXPECT_EQ(refused("subjekt='yes'"),
            "master.cfg:5: MessageFormatter(subjekt=...): unknown argument; did you mean 'subject'?");
  write("t/bad.txt", "ok\n{{ }}");
  EXPECT_THAT(refused("template_dir='t', template_filename='bad.txt'"),
              HasSubstr("t/bad.txt:2: template syntax error"));
}

}  // namespace
}  // namespace carillon::script
