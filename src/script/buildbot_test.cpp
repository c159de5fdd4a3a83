// What a whole master.cfg needs besides reporters: names of Buildbot, services of others, its folder.
#include "script/script_test.hpp"

namespace carillon::script {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class NamesOfBuildbot : public ScriptTest {};

TEST_F(NamesOfBuildbot, EveryModuleCanBeImported) {
  EXPECT_EQ(error_of(R"(
import buildbot
import buildbot.schedulers.trysched, buildbot.www.hooks.github, buildbot.util.subscription
from buildbot.scripts import runner
from buildbot.util import httpclientservice, logger, service, ssfilter
from buildbot.status.web import authz
from buildbot.db import connector
from buildbot_badges.pictures import Badge
assert buildbot.process.results.FAILURE == 2
assert buildbot.status.builder.FAILURE == 2
logger.Logger().info("built {n}", n=3)
assert httpclientservice.HTTPClientService.checkAvailable("me") is None
)"),
            "");
}

TEST_F(NamesOfBuildbot, AllOfThemComeWithAStar) {
  EXPECT_EQ(error_of("from buildbot.schedulers.forcesched import *\n"
                     "from buildbot.steps.shell import *\n"
                     "from buildbot.process.results import *\n"
                     "a = ForceScheduler(name='force', builderNames=['x'])\n"
                     "b = ShellCommand(command='true')\nassert EXCEPTION == 4\n"),
            "");
  EXPECT_THAT(error_of("from buildbot.steps.shell import *\nNightly()"), HasSubstr("name 'Nightly'"));
}

TEST_F(NamesOfBuildbot, WhatModulesImportedThemselvesIsTheRealThing) {
  load(R"(
from buildbot.worker import libvirt
from buildbot.steps import master
@libvirt.defer.inlineCallbacks
def f():
    got = yield libvirt.defer.succeed('from a Deferred')
    c['title'] = got + master.os.sep
f()
)");
  EXPECT_EQ(configuration_.title, "from a Deferred/");
}

TEST_F(NamesOfBuildbot, ASlipIsToldFrom) {
  EXPECT_THAT(error_of("from buildbot.reporters.mail import MailNotifer"),
              HasSubstr("did you mean 'MailNotifier'?"));
  EXPECT_THAT(error_of("util.Interploate('x')"), HasSubstr("'Interpolate'?"));
  EXPECT_EQ(error_of("reporters.GiteaStatusPush('http://x')\nutil.AvatarOfAPlugin()"), "");
}

class StandIns : public ScriptTest {};

TEST_F(StandIns, RememberWhatTheyWereGiven) {
  load(R"(
builders = [util.BuilderConfig(name='a', workername='w1'), util.BuilderConfig('b', workernames=['w1', 'w2'])]
workers = [worker.Worker('w1', 'secret'), worker.LocalWorker(name='w2')]
timed = schedulers.Nightly(name='n', builderNames=['b'], hour=3)
c['title'] = ' '.join([b.name for b in builders] + [w.workername for w in workers]
                      + builders[0].workernames + builders[1].workernames + timed.builderNames)
)");
  EXPECT_EQ(configuration_.title, "a b w1 w2 w1 w1 w2 b");
}

TEST_F(StandIns, CanBeSubclassedAndAskedForAnything) {
  EXPECT_EQ(error_of(R"(
import abc
from buildbot.interfaces import IWhatever
from buildbot.process.buildstep import BuildStep, ShellMixin
from buildbot.steps.cmake import CMake
from zope.interface import implementer
@implementer(IWhatever)
class Mine(ShellMixin, BuildStep, abc.ABC):
    name = 'mine'
    renderables = BuildStep.renderables + ['other']
    def __init__(self, **kwargs):
        super().__init__(**self.setupShellMixin(kwargs))
assert Mine().name == 'mine'
assert CMake.DEFAULT_CMAKE is not None
factory = util.BuildFactory([Mine()])
factory.addStep(Mine(haltOnFailure=True))
for step in factory.steps: pass
)"),
            "");
  // As an argument, one is shown with its place.
  const auto given = object("", "steps.ShellCommand()");
  ASSERT_TRUE(given);
  EXPECT_EQ(shortened(given->where()), "master.cfg:6");
  EXPECT_FALSE(given->is(settings::Role::renderable));
  EXPECT_FALSE(given->is(settings::Role::lookup));
}

class ServicesOfOthers : public ScriptTest {
 protected:
  std::vector<std::string> warnings_of(const std::string& body) {
    std::vector<std::string> warnings = load(body).warnings;
    for (std::string& one : warnings)
      one = shortened(one);
    return warnings;
  }
};

TEST_F(ServicesOfOthers, AreLeftOutWithAWarningThatNamesThem) {
  EXPECT_THAT(warnings_of(R"(
from buildbot.util import service
from buildbot.reporters.notifier import NotifierBase
class Counter(service.BuildbotService):
    def __init__(self, host): service.BuildbotService.__init__(self, name='counter')
class Own(NotifierBase):
    def sendMessage(self, *args): pass
c['services'] += [
    reporters.HttpStatusPush('x'),
    reporters.Prometheus(port=9100),
    Counter('h'),
    Own('http://x'),
    util.OldBuildCanceller('o', []),
])"),
              ElementsAre(HasSubstr("Prometheus is none of Carillon's reporters; it is left out"),
                          HasSubstr("Counter is none of"),
                          HasSubstr("Own is a reporter of your own; Carillon does not run it"),
                          HasSubstr("OldBuildCanceller is none of")));
  EXPECT_EQ(configuration_.services.size(), 1);
  EXPECT_THAT(
      warnings_of("c['status'] = [reporters.MailNotifier('x')]"),
      ElementsAre("master.cfg:5: c['status'] is ignored, as in Buildbot since 0.9; move its reporters to "
                  "c['services']"));
  EXPECT_THAT(warnings_of("c['status'] = []"), IsEmpty());
}

class Overrides : public ScriptTest {};

TEST_F(Overrides, ThatAreNeverCalledAreRefused) {
  const auto subclass = [](const std::string& method) {
    return "class Mine(reporters.MailNotifier):\n  def " + method +
           "(self, *args): return True\nc['services'].append(Mine('x'))\n";
  };
  EXPECT_EQ(
      error_of(subclass("reconfigService")),
      "master.cfg:6: Mine overrides reconfigService, which Carillon never calls; of MailNotifier it calls "
      "getResponsibleUsersForBuild, getMessage and isMessageNeeded");
  EXPECT_THAT(error_of(subclass("createEmail")), HasSubstr("Mine overrides createEmail"));
  EXPECT_EQ(error_of(subclass("getResponsibleUsersForBuild")), "");
  EXPECT_EQ(error_of(subclass("helper")), "");
  // These choose builds: C++ asks them; super() of them says yes, as our own rule did.
  load(
      "class Mine(reporters.MailNotifier):\n"
      "  def isMessageNeeded(self, build):\n"
      "    return build['number'] > 2 and super().isMessageNeeded(build)\n"
      "c['services'].append(Mine('x'))");
  ASSERT_TRUE(configuration_.services.at(0).self);
  EXPECT_TRUE(configuration_.services.at(0).self->overrides("isMessageNeeded"));
  EXPECT_EQ(called(configuration_.services.at(0).self, "isMessageNeeded", {json::object{{"number", 3}}}),
            "true");
  EXPECT_EQ(called(configuration_.services.at(0).self, "isMessageNeeded", {json::object{{"number", 1}}}),
            "false");
  EXPECT_THAT(error_of("class Base(reporters.HttpStatusPush):\n  def sendMessage(self, r): pass\n"
                       "class Mine(Base): pass\nc['services'].append(Mine('x'))"),
              HasSubstr("master.cfg:6: Base overrides sendMessage"));
}

class OwnProviders : public ScriptTest {};

TEST_F(OwnProviders, AreSetUpLikeBuildbots) {
  const std::string provider = R"(
from twisted.internet import defer
from buildbot.secrets.providers.base import SecretProviderBase
class Vault(SecretProviderBase):
    name = 'Vault'
    def checkConfig(self, prefix):
        if not prefix: raise ValueError('no prefix')
    def reconfigService(self, prefix):
        self.prefix = prefix
    @defer.inlineCallbacks
    def get(self, entry):
        found = yield defer.succeed(None if entry == 'absent' else self.prefix + entry)
        return found
)";
  load(provider +
       "c['secretsProviders'] = [Vault('my-'), {'absent': 'here'}]\nc['title'] = util.Secret('x')");
  EXPECT_EQ(configuration_.title, "my-x");
  load(provider +
       "c['secretsProviders'] = [Vault('my-'), {'absent': 'here'}]\nc['title'] = util.Secret('absent')");
  EXPECT_EQ(configuration_.title, "here");
  EXPECT_THAT(error_of(provider + "c['secretsProviders'] = [Vault('')]"), HasSubstr("ValueError: no prefix"));
  EXPECT_THAT(error_of("class Slow:\n  def get(self, entry):\n    return defer.Deferred()\n"
                       "c['secretsProviders'] = [Slow()]\nc['title'] = util.Secret('x')"),
              HasSubstr("the secret 'x' must not have to wait"));
}

class Ports : public ScriptTest {
 protected:
  std::string port(const std::string& description) {
    load("c['www'] = {'port': r'" + description + "'}");
    return configuration_.www_host + " " + std::to_string(configuration_.www_port);
  }
};

TEST_F(Ports, AreDescribedAsTwistedHasIt) {
  EXPECT_EQ(port("8030"), "0.0.0.0 8030");
  EXPECT_EQ(port("tcp:port=8030"), "0.0.0.0 8030");
  EXPECT_EQ(port(R"(tcp:interface=\:\::port=8030)"), ":: 8030");
  EXPECT_EQ(port("tcp6:8030"), ":: 8030");
  EXPECT_THAT(configuration_.warnings, IsEmpty());
  EXPECT_EQ(port("unix:/run/buildbot.sock"), "127.0.0.1 8020");
  EXPECT_THAT(configuration_.warnings, ElementsAre(HasSubstr("'unix:/run/buildbot.sock' is ignored")));
  EXPECT_EQ(port("ssl:8030:privateKey=k.pem"), "127.0.0.1 8020");
  EXPECT_THAT(configuration_.warnings, ElementsAre(HasSubstr("without TLS")));
  EXPECT_THAT(error_of("c['www'] = {'port': 'tcp:8030:8031'}"), HasSubstr("cannot read the port"));
}

class Folder : public ScriptTest {};

TEST_F(Folder, RelativePathsCountFromTheFile) {
  write("words.txt", "read");
  const std::filesystem::path before = std::filesystem::current_path();
  const auto callback =
      object("c['title'] = open('words.txt').read()\ndef f(x): return open('words.txt').read()", "f");
  EXPECT_EQ(configuration_.title, "read");
  EXPECT_EQ(called(callback, "", {nullptr}), R"("read")");
  EXPECT_EQ(std::filesystem::current_path(), before);
}

class Operators : public ScriptTest {};

TEST_F(Operators, MakeRenderablesOfRenderables) {
  const std::string build = R"({"buildid": 1, "properties": {"a": ["x", "t"], "n": [3, "t"]}})";
  EXPECT_EQ(rendered("util.Property('a') + 'b'", build), R"("xb")");
  EXPECT_EQ(rendered("'b' + util.Property('a')", build), R"("bx")");
  EXPECT_EQ(rendered("util.Interpolate('%(prop:a)s') + util.Interpolate('-')", build), R"("x-")");
  EXPECT_EQ(rendered("util.Property('n') * 2", build), "6");
  EXPECT_EQ(rendered("util.Property('n') == 3", build), "true");
  EXPECT_EQ(rendered("util.Property('a').in_(['x', 'y'])", build), "true");
  EXPECT_EQ(rendered("util.Interpolate(util.Interpolate('%%(prop:%(prop:a)s:-none)s'))", build), R"("none")");
  EXPECT_EQ(rendered("util.Interpolate(util.Property('a') + '%s', 'y')", build), R"("xy")");
}

}  // namespace
}  // namespace carillon::script
