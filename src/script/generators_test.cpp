// Generators of Buildbot 3 and 4: what the program gets of them, and what they make of a build.
#include "message/formatter.hpp"
#include "script/script_test.hpp"

namespace carillon::script {
namespace {

using testing::HasSubstr;

class Generators : public ScriptTest {
 protected:
  Generators() {
    settings::Schema notifier = mail();
    for (const char* name :
         {"mode", "relayhost", "addLogs", "watchedWorkers", "messageFormatterMissingWorker", "generators"})
      notifier.arguments.push_back(Argument{.name = name, .types = {Type::any}});
    settings::Schema status;
    status.name = "GitHubStatusPush";
    status.modules = {"buildbot.reporters.github"};
    for (const char* name : {"token", "startDescription", "endDescription", "generators"})
      status.arguments.push_back(Argument{.name = name, .types = {Type::any}});
    settings::Schema gerrit;
    gerrit.name = "GerritStatusPush";
    gerrit.modules = {"buildbot.reporters.gerrit"};
    for (const char* name : {"server", "username", "reviewCB", "startCB", "summaryCB", "summaryArg",
                             "reviewArg", "startArg", "wantSteps", "wantLogs", "generators"})
      gerrit.arguments.push_back(Argument{.name = name, .types = {Type::any}});
    options_.reporters = {notifier, push(), status, gerrit};
  }

  static json::object context_of_failure() {
    const json::object build =
        json::parse(R"({"number": 7, "buildid": 70, "results": 2, "state_string": "broken",
      "url": "http://ci/7", "builder": {"name": "linux", "tags": ["fast"]},
      "properties": {"branch": ["main", "x"], "cause": ["typo", "x"]}, "prev_build": {"results": 0},
      "steps": [{"name": "make", "number": 2, "results": 2, "logs": [{"name": "stdio", "slug": "stdio"}]}],
      "buildset": {"sourcestamps": []}})")
            .as_object();
    return message::build_context({"The title", "http://ci/"}, {"failing"}, "linux", build);
  }

  static std::string mailer(const std::string& generators) {
    return "c['services'].append(reporters.MailNotifier('a@b.org', generators=[" + generators + "]))\n";
  }

  static const settings::Value& keyword(const settings::Call& call, std::string_view name) {
    for (const auto& [key, value] : call.keywords) {
      if (key == name) return value;
    }
    throw std::logic_error("no keyword " + std::string(name));
  }

  // Of the service at `index`.
  json::object facts(std::size_t index = 0) const {
    const auto& call = configuration_.services.at(index);
    return settings::to_json(keyword(call, "generators")).at(0).as_object();
  }

  std::string reported(const std::string& generator, const std::string& event = "finished",
                       const std::string& before = "") {
    load(before + mailer(generator));
    const auto& parts = *keyword(configuration_.services.at(0), "generators").as<settings::List>();
    const auto part = *parts.at(1).as<settings::ObjectPtr>();
    const json::object set{{"bsid", 9}, {"results", 2}};
    return called(part, "report",
                  {event, json::array{context_of_failure(), context_of_failure()}, set,
                   settings::Object::master_argument()});
  }

  std::string body_of(const std::string& generator, const std::string& event = "finished",
                      const std::string& before = "") {
    const std::string answer = reported(generator, event, before);
    if (!answer.starts_with("{")) return answer;
    const json::value body = json::parse(answer).at("body");
    return body.is_string() ? std::string(body.get_string()) : json::serialize(body);
  }
};

TEST_F(Generators, OneIsTheRuleOfItsReporter) {
  load("from buildbot.reporters.generators.build import BuildStatusGenerator\n" +
       mailer("BuildStatusGenerator(mode='problem', builders=['linux'], add_logs=True)"));
  ASSERT_EQ(configuration_.services.size(), 1U);
  EXPECT_EQ(configuration_.services[0].name, "");
  EXPECT_THAT(shortened(std::string(facts().at("generator").as_string())),
              "BuildStatusGenerator at master.cfg:6");
  EXPECT_EQ(facts().at("mode"), (json::array{"problem"}));
  EXPECT_EQ(facts().at("builders"), (json::array{"linux"}));
  EXPECT_EQ(facts().at("started"), false);
  EXPECT_EQ(facts().at("every_finished"), false);
  EXPECT_EQ(facts().at("previous"), true);
}

TEST_F(Generators, SeveralAreAsManyReporters) {
  load(
      mailer("reporters.BuildStatusGenerator(), reporters.BuildStatusGenerator(report_new=True), "
             "reporters.WorkerMissingGenerator(workers=['w'])"));
  ASSERT_EQ(configuration_.services.size(), 3U);
  EXPECT_EQ(configuration_.services[0].name, "MailNotifier:BuildStatusGenerator");
  EXPECT_EQ(configuration_.services[1].name, "MailNotifier:BuildStatusGenerator-2");
  EXPECT_EQ(configuration_.services[2].name, "MailNotifier:WorkerMissingGenerator");
  EXPECT_EQ(facts(1).at("started"), true);
  EXPECT_EQ(facts(2).at("workers"), (json::array{"w"}));
}

TEST_F(Generators, StatusesOfACommitStayTogether) {
  load(
      "c['services'].append(reporters.GitHubStatusPush('t', generators=[reporters.BuildRequestGenerator(), "
      "reporters.BuildStartEndStatusGenerator()]))\n");
  ASSERT_EQ(configuration_.services.size(), 1U);
  EXPECT_EQ(facts().at("waiting"), true);
  EXPECT_EQ(facts().at("started"), true);
  EXPECT_EQ(facts().at("every_finished"), true);
}

TEST_F(Generators, GerritsAreItsCallbacks) {
  load(
      "from buildbot.reporters.gerrit import GerritBuildStartStatusGenerator, GerritBuildEndStatusGenerator\n"
      "f = lambda *args: None\n"
      "c['services'].append(reporters.GerritStatusPush('s', 'u', generators=[\n"
      "    GerritBuildStartStatusGenerator(f, 'arg', ['linux'], False, False),\n"
      "    GerritBuildEndStatusGenerator(f, None, None, True, False)]))\n");
  ASSERT_EQ(configuration_.services.size(), 2U);
  EXPECT_NE(keyword(configuration_.services[0], "startCB").as<settings::ObjectPtr>(), nullptr);
  EXPECT_TRUE(keyword(configuration_.services[0], "reviewCB").is_none());
  EXPECT_EQ(facts(0).at("builders"), (json::array{"linux"}));
  EXPECT_EQ(facts(0).at("every_finished"), false);
  EXPECT_EQ(facts(1).at("every_finished"), true);
}

TEST_F(Generators, OfGerritMayBeTheUsers) {
  load(R"(
from buildbot.reporters.gerrit import GerritBuildEndStatusGenerator, GerritStatusGeneratorBase
class Own(GerritStatusGeneratorBase):
    wanted_event_keys = [("builds", None, "finished")]
    def __init__(self): super().__init__(None, None, ['linux'], True, False)
    async def generate(self, master, reporter, key, message):
        if not self.is_build_reported(message):
            return None
        return {"body": "%s of %s" % (key[2], message["builder"]["name"]), "builds": [message],
                "extra_info": {"labels": {"Verified": 1}}}
class Louder(GerritBuildEndStatusGenerator):
    async def generate(self, *args):
        made = await super().generate(*args)
        return {**made, "body": made["body"].upper()}
def review(name, build, results, master, arg): return {"message": name + arg, "labels": {"V": results}}
c['services'].append(reporters.GerritStatusPush('s', 'u', generators=[Own(), Louder(review, '!')]))
)");
  ASSERT_EQ(configuration_.services.size(), 2U);
  EXPECT_EQ(facts(0).at("every_finished"), true);
  EXPECT_EQ(facts(0).at("started"), false);
  const auto said = [&](std::size_t index, const char* builder) {
    const auto review = *keyword(configuration_.services.at(index), "reviewCB").as<settings::ObjectPtr>();
    const json::object build{{"buildid", 7}, {"results", 2}, {"builder", json::object{{"name", builder}}}};
    return called(review, "", json::array{builder, build, 2, settings::Object::master_argument(), nullptr});
  };
  EXPECT_EQ(said(0, "linux"), R"({"message":"finished of linux","labels":{"Verified":1}})");
  EXPECT_EQ(said(0, "mac"), "null");
  EXPECT_EQ(said(1, "linux"), R"({"message":"LINUX!","labels":{"V":2}})");
}

TEST_F(Generators, ASettingWithoutEffectIsToldOf) {
  const auto warned =
      load("c['services'].append(reporters.MailNotifier('a@b.org', dumpMailsToLog=True))\n").warnings;
  ASSERT_EQ(warned.size(), 1U);
  EXPECT_THAT(warned.front(), HasSubstr("MailNotifier(dumpMailsToLog=...) has no effect"));
  load("c['services'].append(reporters.MailNotifier('a@b.org', dumpMailsToLog=False))\n");
  EXPECT_TRUE(configuration_.warnings.empty());
  EXPECT_TRUE(configuration_.services.at(0).keywords.empty());
}

TEST_F(Generators, EveryFormatterWordsTheReport) {
  const auto worded = [&](const std::string& formatter) {
    return body_of("reporters.BuildStatusGenerator(message_formatter=reporters." + formatter + ")");
  };
  EXPECT_EQ(
      worded(
          "MessageFormatter(template='{{ result_names[results] }} {{ buildbot_title }} {{ is_buildset }}', "
          "want_steps=True)"),
      "failure Carillon False");
  EXPECT_EQ(worded("MessageFormatter(template='{% for s in build.steps %}{{ s.logs[0].url }}{% endfor %}', "
                   "want_logs=True)"),
            "http://ci/7/steps/2/logs/stdio");
  EXPECT_EQ(worded("MessageFormatterRenderable(util.Interpolate('by %(prop:cause)s'))"), "by typo");
  EXPECT_EQ(worded("MessageFormatterFunction(lambda ctx: {'n': ctx['build']['number']}, 'json')"),
            R"({"n":7})");
  EXPECT_EQ(worded("MessageFormatterFunctionRaw(lambda master, ctx: {'body': ctx['buildername']})"), "linux");
  EXPECT_EQ(worded("MessageFormatterEmpty()"), "null");
}

TEST_F(Generators, StartsRequestsAndSetsHaveTheirWords) {
  EXPECT_EQ(body_of("reporters.BuildStartEndStatusGenerator()", "new"), "Build started.");
  EXPECT_EQ(body_of("reporters.BuildStartEndStatusGenerator()"), "Build done.");
  EXPECT_EQ(body_of("reporters.BuildRequestGenerator()", "request"), "Build pending.");
  EXPECT_EQ(body_of("reporters.BuildSetStatusGenerator(message_formatter=reporters.MessageFormatter("
                    "template='{{ buildername }} {{ is_buildset }};'))",
                    "complete"),
            "linux True;\n\nlinux True;");
  EXPECT_EQ(body_of("reporters.BuildSetCombinedStatusGenerator(reporters.MessageFormatter("
                    "template='{{ builds | length }} {{ buildset.bsid }}'))",
                    "complete"),
            "2 9");
}

TEST_F(Generators, OverriddenMethodsDecide) {
  const std::string own =
      "class Own(reporters.BuildStatusGenerator):\n"
      "    def is_message_needed_by_props(self, build):\n"
      "        return 'notify' in build['properties'] and super().is_message_needed_by_props(build)\n";
  EXPECT_EQ(reported("Own(builders=['mac'])", "finished", own), "null");
  EXPECT_FALSE(facts().contains("builders")) << "the method decides, not the rule";
  const std::string results =
      "class Own(reporters.BuildStatusGenerator):\n"
      "    def is_message_needed_by_results(self, build):\n"
      "        return build['prev_build']['results'] == util.SUCCESS\n";
  EXPECT_THAT(reported("Own(mode='passing')", "finished", results), HasSubstr(R"("type":"plain")"));
  EXPECT_EQ(facts().at("every_finished"), true);
  const std::string whole =
      "class Own(reporters.BuildStatusGenerator):\n"
      "    async def generate(self, master, reporter, key, build):\n"
      "        report = await self.build_message(self.formatter, master, reporter, build)\n"
      "        report['body'] = key[2] + reporter.name\n"
      "        return report\n";
  load(whole + "c['services'].append(reporters.MailNotifier('a@b.org', name='N', generators=[Own()]))\n");
  EXPECT_EQ(facts().at("every_finished"), true);
}

TEST_F(Generators, SubjectsAreThoseOfBuildbot) {
  EXPECT_THAT(reported("reporters.BuildStatusGenerator()"),
              HasSubstr("Buildbot (Carillon): linux - broken (main)"));
  EXPECT_THAT(reported("reporters.BuildStatusGenerator(message_formatter=reporters.MessageFormatter("
                       "subject='{{ buildername }} is red'))"),
              HasSubstr(R"("subject":"linux is red")"));
}

TEST_F(Generators, TheUsualSubjectsNameALaterTry) {
  json::object again = context_of_failure();
  again["build"].as_object()["attempt"] = 2;
  again["attempt"] = 2;
  const auto subject = [&](const std::string& arguments) {
    load(mailer("reporters.BuildStatusGenerator(" + arguments + ")"));
    const auto& parts = *keyword(configuration_.services.at(0), "generators").as<settings::List>();
    return called(*parts.at(1).as<settings::ObjectPtr>(), "report",
                  {"finished", json::array{again}, json::object(), settings::Object::master_argument()});
  };
  EXPECT_THAT(subject(""), HasSubstr("linux - broken (main) (build #7, attempt 2)\""));
  EXPECT_THAT(subject("subject='%(builder)s %(result)s'"), HasSubstr(R"("subject":"linux failure")"));
}

TEST_F(Generators, MistakesAreNamed) {
  const auto refused = [&](const std::string& arguments) {
    return error_of("c['services'].append(reporters.MailNotifier('a@b.org', " + arguments + "))");
  };
  EXPECT_THAT(refused("mode='failing', generators=[reporters.BuildStatusGenerator()]"),
              HasSubstr("MailNotifier(mode=...): goes with the old arguments and not with generators=; use "
                        "BuildStatusGenerator(mode=...), or leave generators= out"));
  EXPECT_THAT(refused("generators=[]"), HasSubstr("the list is empty"));
  EXPECT_THAT(refused("generators=[reporters.BuildStatusGenerator]"), HasSubstr("call it"));
  EXPECT_THAT(refused("generators=[reporters.BuildStatusGenerator(mode=('all',))]"),
              HasSubstr("stands alone"));
  EXPECT_THAT(refused("generators=[reporters.BuildStatusGenerator(builders='x')]"),
              HasSubstr("list of strings"));
  EXPECT_THAT(refused("generators=[reporters.BuildStatusGenerator(message_formatter='x')]"),
              HasSubstr("BuildStatusGenerator(message_formatter=...): must be a MessageFormatter, not str"));
  EXPECT_THAT(error_of("c['services'].append(reporters.GitHubStatusPush('t', "
                       "generators=[reporters.WorkerMissingGenerator()]))"),
              HasSubstr("GitHubStatusPush reports no missing workers"));
}

}  // namespace
}  // namespace carillon::script
