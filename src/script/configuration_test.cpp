#include <sys/stat.h>

#include "script/script_test.hpp"

namespace carillon::script {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Refused : public ScriptTest {};

TEST_F(Refused, PythonErrorsHaveAPlace) {
  EXPECT_EQ(error_of("\nx = y"), "master.cfg:6: NameError: name 'y' is not defined");
  EXPECT_THAT(error_of_text("c = BuildmasterConfig = {\n\n"),
              StartsWith("master.cfg:1: SyntaxError: '{' was never"));
  EXPECT_THAT(error_of("  x = 1"), StartsWith("master.cfg:5: IndentationError"));
  EXPECT_EQ(error_of("import sys\nsys.exit('no')"), "master.cfg:6: it calls sys.exit('no')");
  EXPECT_EQ(error_of("raise KeyboardInterrupt"), "master.cfg:5: KeyboardInterrupt");
  EXPECT_EQ(error_of("import json\njson.loads('')").substr(0, 31), "master.cfg:6: JSONDecodeError: ");
  write("mine.py", "def f():\n  return 1 / 0\n");
  EXPECT_EQ(error_of("import mine\nmine.f()"), "mine.py:2: ZeroDivisionError: division by zero");
  write("broken.py", "def f(:\n");
  EXPECT_EQ(error_of("import broken"), "broken.py:1: SyntaxError: invalid syntax");
  EXPECT_THAT(error_of_text(std::string("c = {}\0", 7)), HasSubstr("null bytes"));
  EXPECT_THAT(error_of_text("x = '\xff'"), StartsWith("master.cfg:1: SyntaxError: (unicode error)"));
}

TEST_F(Refused, FilesThatAreNone) {
  EXPECT_THAT(error_of_text("x = 1\n"), StartsWith("master.cfg: it sets no BuildmasterConfig"));
  EXPECT_THAT(error_of_text("BuildmasterConfig = []\n"), HasSubstr("must be a dictionary, not list"));
  try {
    script().load(path("absent.cfg"));
    FAIL();
  } catch (const settings::ConfigError& e) {
    EXPECT_EQ(shortened(e.what()), "absent.cfg: cannot read it: No such file or directory");
  }
}

TEST_F(Refused, SeveralMistakesAreAllTold) {
  const std::string told = error_of(R"(
c['www'] = {'prot': 1}
c['spool'] = {'maxSize': 'x'}
class Starting(reporters.MailNotifier):
    def startService(self):
        pass
c['services'] = [3, Starting('a@b.org'), Starting('c@d.org')])");
  for (const char* mistake : {"master.cfg:6: c['www']: unknown key 'prot'", "master.cfg:7: c['spool']: ",
                              "c['services']: item 0 is not one of reporters.*: 3",
                              "master.cfg:9: Starting overrides startService"}) {
    EXPECT_THAT(told, HasSubstr(mistake));
  }
  EXPECT_EQ(std::ranges::count(told, '\n'), 4) << told;
}

TEST_F(Refused, ATokenOfAnAppInParts) {
  load(
      "assert reporters.GitHubApp(1, 'k', installation=2) == dict(app_id=1, private_key='k', "
      "installation_id=2)");
  EXPECT_THAT(error_of("reporters.GitHubApp(1, 'k')"), HasSubstr("'installation'"));
}

TEST_F(Refused, WrongKeys) {
  EXPECT_EQ(error_of("c['title'] = 3"), "master.cfg:5: c['title']: must be a string, not int");
  EXPECT_THAT(error_of("c['buildbotURL'] = 'ci'"),
              StartsWith("master.cfg:5: c['buildbotURL']: must be an http://"));
  EXPECT_THAT(error_of("c['www'] = 8020"),
              StartsWith("master.cfg:5: c['www']: must be a dictionary, not int"));
  EXPECT_THAT(error_of("c['www'] = {'port': 'http:80'}"),
              StartsWith("master.cfg:5: c['www']: cannot read the port"));
  EXPECT_THAT(error_of("c['www'] = {'port': 70000}"), StartsWith("master.cfg:5: c['www']: port must be"));
  EXPECT_EQ(error_of("c['www'] = {'prot': 8020}"),
            "master.cfg:5: c['www']: unknown key 'prot'; did you mean 'port'?");
  EXPECT_THAT(error_of("c['db'] = {'url': 'sqlite:///x'}"),
              StartsWith("master.cfg:5: c['db']: unknown key 'url'"));
  EXPECT_THAT(error_of("c['db'] = 3"), StartsWith("master.cfg:5: c['db']: must be a dictionary"));
  EXPECT_THAT(error_of("c['services'] = 3"), HasSubstr("c['services']: must be a list, not int"));
  EXPECT_THAT(error_of("c['history'] = {'maxAge': '1 moon'}"),
              StartsWith("master.cfg:5: c['history']: maxAge must be a number of seconds"));
  EXPECT_THAT(error_of("c['history'] = {'maxAge': 60}"), HasSubstr("maxAge must be at least an hour"));
  EXPECT_THAT(error_of("c['history'] = {'maxSize': '2 bells'}"),
              HasSubstr("maxSize must be a number of bytes"));
  EXPECT_THAT(error_of("c['history'] = {'maxsize': 1}"), HasSubstr("unknown key 'maxsize'"));
  EXPECT_THAT(error_of("c['spool'] = {'maxSize': 'much'}"),
              StartsWith("master.cfg:5: c['spool']: maxSize must be a number of bytes"));
  EXPECT_THAT(error_of("c['spool'] = {'maxAge': 1}"), HasSubstr("c['spool']: unknown key 'maxAge'"));
  EXPECT_THAT(error_of("c['spool'] = {'dir': 7}"),
              StartsWith("master.cfg:5: c['spool']: dir must be the path of a folder, not 7"));
  EXPECT_THAT(error_of("c['spool'] = {'dir': ''}"), HasSubstr("dir must be the path of a folder"));
  EXPECT_THAT(error_of("c['spool'] = '2GB'"), HasSubstr("c['spool']: must be a dictionary"));
}

TEST_F(Refused, NetworksThatAreNone) {
  const auto allowed = [this](const std::string& value) {
    return load("import ipaddress\nc['allowedNetworks'] = " + value).allowed_networks;
  };
  EXPECT_THAT(load("").allowed_networks, testing::IsEmpty());
  EXPECT_THAT(allowed("None"), testing::IsEmpty());
  EXPECT_THAT(
      allowed("['10.0.0.0/8', ' 192.0.2.7', '172.16.0.0/255.240.0.0', '2001:DB8::/32', '::1']"),
      testing::ElementsAre("10.0.0.0/8", "192.0.2.7/32", "172.16.0.0/12", "2001:db8::/32", "::1/128"));
  EXPECT_THAT(allowed("(ipaddress.ip_network('10.0.0.0/8'), ipaddress.ip_address('::1'))"),
              testing::ElementsAre("10.0.0.0/8", "::1/128"));

  const auto refused = [this](const std::string& value) {
    return error_of("c['allowedNetworks'] = " + value);
  };
  EXPECT_THAT(refused("'10.0.0.0/8'"),
              StartsWith("master.cfg:5: c['allowedNetworks']: must be a list of networks"));
  EXPECT_THAT(refused("[]"), HasSubstr("c['allowedNetworks']: names no network"));
  for (const char* none :
       {"'intranet'", "'10.0.0.0/33'", "''", "10", "None", "True", "'example.org'", "'::/129'"}) {
    EXPECT_THAT(
        refused(std::string("['127.0.0.0/8', ") + none + "]"),
        HasSubstr(std::string("c['allowedNetworks']: ") + none + " is not a network: write '10.0.0.0/8'"));
  }
  EXPECT_THAT(refused("['10.1.2.3/8']"),
              HasSubstr("write '10.0.0.0/8' for the network, or '10.1.2.3' for it alone"));
  EXPECT_THAT(refused("['fe80::1%eth0']"), HasSubstr("a network has no zone"));
  EXPECT_THAT(refused("['::ffff:10.0.0.0/104']"), HasSubstr("write it as a network of IPv4"));
}

class History : public ScriptTest {};

TEST_F(History, AgesAndSizes) {
  const auto limits = [this](const std::string& text) {
    const settings::Configuration c = load(text);
    return std::pair(c.history_age, c.history_size);
  };
  constexpr std::int64_t day = 86400;
  EXPECT_EQ(limits(""), std::pair(90 * day, std::int64_t{0}));
  EXPECT_EQ(limits("c['history'] = {'maxAge': '2w', 'maxSize': '2GB'}"),
            std::pair(14 * day, std::int64_t{2'000'000'000}));
  EXPECT_EQ(limits("c['history'] = {'maxAge': 3600.0, 'maxSize': 5e6}"),
            std::pair(std::int64_t{3600}, std::int64_t{5'000'000}));
  EXPECT_EQ(
      limits("import datetime\nc['history'] = {'maxAge': datetime.timedelta(days=3), 'maxSize': '7 MB'}"),
      std::pair(3 * day, std::int64_t{7'000'000}));
  EXPECT_EQ(limits("c['history'] = {'maxAge': None, 'maxSize': None}"),
            std::pair(std::int64_t{0}, std::int64_t{0}));
}

class Printing : public ScriptTest {};

TEST_F(Printing, LinesGoToTheLog) {
  std::vector<std::string> lines;
  std::mutex mutex;
  script().set_output([&](std::string_view line) {
    const std::lock_guard lock(mutex);
    lines.emplace_back(line);
  });
  load("import sys\nprint('one\\ntwo', end='')\nprint(' and', 3)\nprint('\\udcff', file=sys.stderr)");
  script().set_output(nullptr);
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two and 3", "?"}));
}

TEST_F(Printing, WorkIsMeasured) {
  load("import time\ntime.sleep(0.2)");
  EXPECT_GE(script().worked(), std::chrono::milliseconds(200));
}

TEST_F(Refused, ServicesThatAreNone) {
  EXPECT_THAT(error_of("c['services'].append('x')"), HasSubstr("item 0 is not one of reporters.*: 'x'"));
  EXPECT_THAT(error_of("c['services'].append(reporters.MailNotifier)"),
              HasSubstr("the class MailNotifier itself; call it"));
  EXPECT_THAT(error_of("c['services'].append(worker.Worker)"), HasSubstr("the class Worker itself; call it"));
  EXPECT_THAT(error_of("c['sources'] = [reporters.MailNotifier('x')]"), HasSubstr("is not one of sources.*"));
  EXPECT_EQ(
      error_of("class A(reporters.MailNotifier):\n  def __init__(self): pass\nc['services'].append(A())"),
      "master.cfg:7: the __init__ of A does not call super().__init__(...)");
  EXPECT_THAT(error_of("reporters.MailNotifier('x', name=3)"),
              HasSubstr("master.cfg:5: MailNotifier(name=...)"));
  EXPECT_THAT(error_of("a = []\na.append(a)\nc['services'].append(reporters.MailNotifier(a))"),
              HasSubstr("too deep"));
}

TEST_F(Refused, UnknownNames) {
  EXPECT_EQ(error_of("reporters.MailNotifer()"),
            "master.cfg:5: reporters has no 'MailNotifer'; did you mean 'MailNotifier'?");
  EXPECT_THAT(error_of("util.Interpolat('x')"),
              HasSubstr("util has no 'Interpolat'; did you mean 'Interpolate'?"));
  EXPECT_THAT(error_of("sources.Jenkins()"), HasSubstr("sources has no 'Jenkins'"));
  EXPECT_EQ(error_of("import buildbot.scripts.jogger"),
            "master.cfg:5: Carillon has no module 'buildbot.scripts.jogger'");
  EXPECT_EQ(error_of("from buildbot import nothing"),
            "master.cfg:5: Carillon has no module 'buildbot.nothing'");
  EXPECT_THAT(error_of("from buildbot.reporters.mail import MailNotifer"),
              HasSubstr("buildbot.reporters.mail has no 'MailNotifer'; did you mean 'MailNotifier'?"));
  EXPECT_EQ(error_of("from buildbot.config import error\nerror('own words')"), "master.cfg:6: own words");
}

class Reload : public ScriptTest {
 protected:
  std::string reloaded() {
    std::string outcome = "nothing";
    const auto run = [&]() -> asio::awaitable<void> {
      try {
        configuration_ = co_await script().reload(path());
        outcome = configuration_.title;
      } catch (const settings::ConfigError& e) {
        outcome = shortened(e.what());
      }
    };
    asio::co_spawn(io_, run, [](const std::exception_ptr& e) {
      if (e) std::rethrow_exception(e);
    });
    io_.run();
    io_.restart();
    return outcome;
  }
};

TEST_F(Reload, SeesChangedModules) {
  write("words.py", "title = 'one'\n");
  load("import words\nc['title'] = words.title");
  EXPECT_EQ(configuration_.title, "one");
  write("words.py", "title = 'two'\n");
  EXPECT_EQ(reloaded(), "two");
}

TEST_F(Reload, ABadFileLeavesTheOldOneRunning) {
  write("words.py", "title = 'one'\n");
  const auto callback =
      object("import words\nc['title'] = words.title\ndef f(x):\n  import words\n  return words.title", "f");
  write("words.py", "title = 'two'\n");
  write("master.cfg", "import words\nraise ValueError(words.title)\n");
  EXPECT_EQ(reloaded(), "master.cfg:2: ValueError: two");
  EXPECT_EQ(called(callback, "", {nullptr}), R"("one")");
}

class Modules : public ScriptTest {};

TEST_F(Modules, WhatConfigurationsImport) {
  EXPECT_EQ(error_of(R"(
from buildbot.plugins import buildslave, changes, schedulers, secrets, steps, util, worker, webhooks, reporters
from buildbot.process.results import SUCCESS, statusToString, Results
from buildbot.process.properties import Interpolate, Property, Properties, renderer, WithProperties
from buildbot.process.factory import BuildFactory
from buildbot.process import buildstep, logobserver
from buildbot.reporters.mail import MailNotifier, Domain, MessageFormatter
from buildbot.reporters.http import HttpStatusPush, HTTPStatusPush
from buildbot.reporters import utils, mail
from buildbot.reporters.utils import getDetailsForBuild, getURLForBuild
from buildbot.interfaces import IEmailLookup
from buildbot.config import BuilderConfig
from buildbot.schedulers.basic import SingleBranchScheduler
from buildbot.changes.gitpoller import GitPoller
from buildbot.steps.source.git import Git
from buildbot.steps.shell import ShellCommand
from buildbot.worker import Worker
from buildbot.util import flatten, bytes2unicode
from buildbot.data.resultspec import Filter
from zope.interface import implementer
import buildbot
assert Domain("x.org").getAddress("me") == "me@x.org" and statusToString(2) == "failure"
@implementer(IEmailLookup)
class Lookup:
    def getAddress(self, user): return user
class Step(buildstep.ShellMixin, steps.BuildStep):
    def run(self): pass
factory = util.BuildFactory([steps.Git(repourl='x', mode='full')])
factory.addStep(steps.ShellCommand(command=["make"], env={'a': Interpolate('%(prop:x)s')}))
c['workers'] = [worker.Worker("w", "pass")]
c['change_source'] = changes.GitPoller('x', branch=True)
c['schedulers'] = [schedulers.SingleBranchScheduler(name="s", change_filter=util.ChangeFilter(branch='master')),
                   schedulers.ForceScheduler(name="force", builderNames=["b"],
                                             codebases=[util.CodebaseParameter("", project=util.FixedParameter("p"))])]
c['builders'] = [util.BuilderConfig(name="b", workernames=["w"], factory=factory, locks=[
    util.WorkerLock("l").access('counting')], nextBuild=lambda *a: None)]
c['www'] = dict(port=8010, plugins=dict(waterfall_view={}), auth=util.UserPasswordAuth({'a': 'b'}))
c['services'].append(MailNotifier("x", lookup=Lookup()))
c['services'].append(HTTPStatusPush("y"))
)"),
            "");
  EXPECT_EQ(configuration_.services.size(), 2U);
  EXPECT_EQ(configuration_.services.at(1).class_name, "HttpStatusPush");
}

TEST_F(Modules, DetailsOfABuild) {
  script().set_data_source([](std::string, std::string path) -> Task<json::value> {
    const std::map<std::string, const char*> answers{
        {"buildrequests/5", R"({"buildsetid": 6})"},
        {"buildsets/6", R"({"bsid": 6})"},
        {"builders/1", R"({"name": "linux"})"},
        {"builds/9/properties", R"({"owner": ["zoe", "x"], "owners": [["a", "b"], "x"]})"},
        {"builds/9/changes", R"([{"author": "adam"}])"},
        {"builds/9/steps", R"([{"stepid": 3}])"},
        {"steps/3/logs", R"([{"logid": 4}])"},
        {"logs/4/contents", R"({"content": "text"})"},
        {"builders/1/builds/6", R"({"results": 5})"},
        {"builders/1/builds/5", R"({"results": 0})"},
    };
    co_return json::parse(answers.at(path));
  });
  const auto details = object(R"(
from buildbot.reporters import utils
class Mine(reporters.MailNotifier):
    async def details(self, build):
        await utils.getDetailsForBuild(self.master, build, wantProperties=True, wantSteps=True,
                                       wantPreviousBuild=True, wantLogs=True)
        return [build, await self.getResponsibleUsersForBuild(self.master, build['buildid'])]
)",
                              "Mine('x').details");
  const json::value build{{"buildid", 9}, {"builderid", 1}, {"number", 7}, {"buildrequestid", 5}};
  const auto answer = call(details, "", {build});
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->at(0).at("url"), "http://localhost:8020/#builders/1/builds/7");
  EXPECT_EQ(answer->at(0).at("buildset").at("bsid"), 6);
  EXPECT_EQ(answer->at(0).at("prev_build").at("results"), 0);
  EXPECT_EQ(answer->at(0).at("steps").at(0).at("logs").at(0).at("content").at("content"), "text");
  EXPECT_EQ(json::serialize(answer->at(1)), R"(["a","adam","b","zoe"])");
}

TEST_F(Modules, TwistedsReactorRunsInTheSameThread) {
  const std::string body = R"(
from twisted.internet import defer, reactor, task
@defer.inlineCallbacks
def waits(x):
    yield task.deferLater(reactor, 0.01, lambda: None)
    builder = yield master_data()
    d = defer.Deferred()
    reactor.callFromThread(d.callback, builder)
    return (yield d)
def master_data():
    from carillon import _master
    return _master.get_current().data.get("builders/1")
async def awaits(x):
    await task.deferLater(reactor, 0.01, lambda: None)
    import asyncio
    a, b = await asyncio.gather(awaits_one(), awaits_one())
    return a + b
async def awaits_one():
    return await defer.ensureDeferred(two())
async def two():
    await defer.succeed(1)
    return 2
)";
  script().set_data_source(
      [](std::string, std::string) -> Task<json::value> { co_return json::value("linux"); });
  EXPECT_EQ(called(object(body, "waits"), "", {nullptr}), R"("linux")");
  EXPECT_EQ(called(object(body, "awaits"), "", {nullptr}), "4");
}

class TimeLimit : public ScriptTest {
 protected:
  // Long enough for what is fine, also where the machine is slow.
  TimeLimit() { options_.time_limit = std::chrono::seconds(1); }

  static constexpr const char* kBody = R"(
import asyncio
def spins(x):
    while True:
        pass
def swallows(x):
    for i in range(3):
        try:
            while True: pass
        except BaseException:
            pass
    while True: pass
async def waits(x):
    await asyncio.sleep(100)
async def stubborn(x):
    while True:
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            return 1
async def spins_later(x):
    await asyncio.sleep(0.01)
    while True: pass
def never(x):
    from twisted.internet import defer
    return defer.Deferred()
def hangs(fifo):
    open(fifo).close()
def fine(x):
    return "fine"
)";
};

TEST_F(TimeLimit, EndsWhateverTakesTooLong) {
  for (const std::string name : {"spins", "swallows"}) {
    EXPECT_THAT(called(object(kBody, name), "", {nullptr}),
                HasSubstr("interrupted, it takes longer than 1 s"))
        << name;
  }
  for (const std::string name : {"waits", "stubborn", "never", "spins_later"}) {
    EXPECT_THAT(called(object(kBody, name), "", {nullptr}), HasSubstr("it takes longer than 1 s")) << name;
  }
  EXPECT_THAT(called(object(kBody, "spins"), "", {nullptr}), StartsWith("error: master.cfg:8:"));
  EXPECT_EQ(called(object(kBody, "fine"), "", {nullptr}), R"("fine")");
}

TEST_F(TimeLimit, GivesUpOnNativeCode) {
  const std::string fifo = path("fifo");  // nothing can interrupt who waits for somebody to write to it
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(called(object(kBody, "hangs"), "", {json::value(json::string(fifo))}),
              HasSubstr("stuck in a callback"));
  std::ofstream(fifo).close();
  EXPECT_EQ(called(object(kBody, "fine"), "", {nullptr}), R"("fine")");
}

TEST_F(TimeLimit, OfTheFileItself) {
  options_.load_limit = std::chrono::seconds(5);
  EXPECT_EQ(error_of("while True: pass"), "master.cfg:5: the configuration takes longer than 5 s");
  script_.reset();
  options_.load_limit = std::chrono::seconds(60);
  EXPECT_EQ(error_of(""), "");
  // Longer than a callback may take, in native code that nothing can interrupt.
  EXPECT_EQ(error_of("import time\ntime.sleep(2.5)"), "");
}

}  // namespace
}  // namespace carillon::script
