#include "script/script_test.hpp"

#include <csignal>

// Python, and the native modules that it loads, keep what they allocate until the process ends: it is never
// finalised.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizer asks for this name.
extern "C" const char* __lsan_default_suppressions();
// NOLINTNEXTLINE(bugprone-reserved-identifier)
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libpython3\nleak:libcrypto\nleak:dist-packages\n";
}

namespace carillon::script {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(ScriptTest, ReadsTheKeys) {
  const auto c = load_text(R"(from carillon.plugins import sources
c = BuildmasterConfig = {}
c['title'], c['buildbotURL'] = "Example", "http://ci.example.org"
c['titleURL'] = "http://example.org/"
c['sources'] = [sources.Buildbot("http://ci/", name="main")]
c['db'] = {'db_url': 'sqlite:///x.sqlite'}
c['www'] = {'port': 'tcp:8021:interface=127.0.0.2'}
c['builders'] = c['workers'] = c['schedulers'] = []
c['protocols'] = {'pb': {'port': 9989}}
)");
  EXPECT_EQ(c.file, path());
  EXPECT_EQ(c.title, "Example");
  EXPECT_EQ(c.title_url, "http://example.org/");
  EXPECT_EQ(c.buildbot_url, "http://ci.example.org/");
  EXPECT_EQ(c.db_url, "sqlite:///x.sqlite");
  EXPECT_EQ(c.www_host, "127.0.0.2");
  EXPECT_EQ(c.www_port, 8021);
  EXPECT_TRUE(c.warnings.empty());
  ASSERT_EQ(c.sources.size(), 1U);
  EXPECT_EQ(c.sources[0].class_name, "Buildbot");
  EXPECT_EQ(c.sources[0].keywords.at(0).first, "name");
  EXPECT_EQ(shortened(c.sources[0].where), "master.cfg:5");
}

TEST_F(ScriptTest, KeysHaveDefaults) {
  const auto c = load_text("c = BuildmasterConfig = {}\n");
  EXPECT_EQ(c.title, "Carillon");
  EXPECT_EQ(c.buildbot_url, "http://localhost:8020/");
  EXPECT_EQ(c.www_port, 8020);
  EXPECT_EQ(c.www_host, "127.0.0.1");
  EXPECT_EQ(load("c['www'] = {'port': None}").www_port, -1);
  EXPECT_EQ(load("c['www'] = {'port': 0}").www_port, 0);
  EXPECT_EQ(load("c['www'] = {'port': 80}").www_host, "0.0.0.0");
  EXPECT_EQ(load("c['db_url'] = 'postgresql://h/d'").db_url, "postgresql://h/d");
  EXPECT_THAT(load("c['titel'] = 'x'").warnings.at(0),
              HasSubstr("master.cfg:5: unknown key c['titel']; did you mean"));
}

TEST_F(ScriptTest, ReadsACall) {
  const auto c = load(R"(
m = reporters.MailNotifier("a@b", {('force', 'stop'): ["x", 1, 2.5, None, True, b"raw", {1}]},
                           name="first", extra=("t", reporters))
c['services'].append(m)
)");
  const settings::Call& call = c.services.at(0);
  EXPECT_EQ(call.class_name, "MailNotifier");
  EXPECT_EQ(call.name, "first");
  EXPECT_EQ(shortened(call.where), "master.cfg:6");
  EXPECT_EQ(call.self, nullptr);
  EXPECT_EQ(*call.positional.at(0).as<std::string>(), "a@b");
  EXPECT_EQ(json::serialize(settings::to_json(call.positional.at(1))),
            R"({"[\"force\",\"stop\"]":["x",1,2.5E0,null,true,"raw",[1]]})");
  EXPECT_EQ(call.keywords.at(0).first, "extra");
}

TEST_F(ScriptTest, SubclassesKeepTheirSelf) {
  const auto c = load(R"(
from buildbot.reporters.http import HttpStatusPush
class Mine(HttpStatusPush):
    name = "Mine"
    colour = "red"
    def __init__(self, room):
        super().__init__("http://" + room, wantSteps=True)
        self.room = room
    def getMessage(self, build, event):
        return {"colour": self.colour, "master": self.master.name, "title": self.master.config.title}
    async def ask(self, build):
        return await self.master.data.get(("builders", build["builderid"]))
c['services'].append(Mine("here"))
)");
  const settings::Call& call = c.services.at(0);
  EXPECT_EQ(call.class_name, "HttpStatusPush");
  EXPECT_EQ(call.name, "Mine");
  EXPECT_EQ(shortened(call.where), "master.cfg:17");
  EXPECT_EQ(*call.positional.at(0).as<std::string>(), "http://here");
  ASSERT_NE(call.self, nullptr);
  EXPECT_TRUE(call.self->overrides("getMessage"));
  EXPECT_FALSE(call.self->overrides("getResponsibleUsersForBuild"));
  EXPECT_EQ(call.self->attribute("room"), "here");
  EXPECT_EQ(call.self->attribute("colour"), "red");
  EXPECT_EQ(call.self->attribute("nothing"), nullptr);
  EXPECT_EQ(call.self->describe(), "a Mine");
  EXPECT_EQ(called(call.self, "getMessage", {nullptr, "new"}),
            R"({"colour":"red","master":"main","title":"Carillon"})");
  script().set_data_source([](std::string master, std::string path) -> Task<json::value> {
    co_return json::value{{"master", master}, {"path", path}};
  });
  EXPECT_EQ(called(call.self, "ask", {json::value{{"builderid", 7}}}),
            R"({"master":"main","path":"builders/7"})");
}

TEST_F(ScriptTest, CallbacksOfEveryKind) {
  const std::string body = R"(
from twisted.internet import defer
def plain(build): return {"a": (1, 2), "b": {3}, "c": b"x", 4: float("inf")}
async def waits(build):
    import asyncio
    await asyncio.sleep(0.01)
    return build["n"] + 1
@defer.inlineCallbacks
def deferred(build):
    n = yield defer.succeed(build["n"])
    try:
        yield defer.fail(ValueError("no"))
    except ValueError as e:
        defer.returnValue([n, str(e)])
class Callable:
    def __call__(self, build): return "called"
    def method(self, build): return "method"
async def mixed(build):
    return [await waits(build), (await deferred(build))[1], await defer.gatherResults([defer.succeed(1)])]
def generator(build): yield 1
)";
  const json::array build{json::value{{"n", 1}}};
  const auto run = [&](const std::string& value) { return called(object(body, value), "", build); };
  EXPECT_EQ(run("plain"), R"({"a":[1,2],"b":[3],"c":"x","4":null})");
  EXPECT_EQ(run("waits"), "2");
  EXPECT_EQ(run("deferred"), R"([1,"no"])");
  EXPECT_EQ(run("Callable()"), R"("called")");
  EXPECT_EQ(run("Callable().method"), R"("method")");
  EXPECT_EQ(run("lambda build: mixed(build)"), R"([2,"no",[1]])");
  EXPECT_EQ(run("generator"), "error: master.cfg:24: cannot convert generator to JSON");
  EXPECT_TRUE(object(body, "plain")->is(settings::Role::callable));
  EXPECT_FALSE(object(body, "plain")->is(settings::Role::renderable));
  EXPECT_EQ(object(body, "plain")->describe(), "a function");
  EXPECT_EQ(shortened(object(body, "plain")->where()), "master.cfg:7");
}

TEST_F(ScriptTest, TheBuiltInDeferredsDoTheSame) {
  options_.installed_twisted = false;
  const std::string body = R"(
from twisted.internet import defer
from zope.interface import implementer
from buildbot.interfaces import IEmailLookup
@implementer(IEmailLookup)
class Lookup:
    @defer.inlineCallbacks
    def getAddress(self, name):
        first = yield defer.succeed(name)
        rest = yield self.rest()
        try:
            yield defer.maybeDeferred(lambda: 1 / 0)
        except ZeroDivisionError:
            defer.returnValue(first + rest)
    async def rest(self):
        a, b = await defer.gatherResults([defer.succeed("@"), self.slow()])
        return a + b
    def slow(self):
        import asyncio
        d = defer.Deferred()
        asyncio.get_event_loop().call_later(0.01, d.callback, "slow")
        d.addCallback(lambda text: defer.succeed(text + "er"))
        d.addErrback(lambda failure: failure.trap(KeyError))
        return d
    def bad(self):
        return defer.fail(KeyError("k"))
)";
  const auto lookup = object(body, "Lookup()");
  EXPECT_TRUE(lookup->is(settings::Role::lookup));
  EXPECT_EQ(called(lookup, "getAddress", {"me"}), R"("me@slower")");
  EXPECT_EQ(called(lookup, "bad", {}), "error: master.cfg:11: KeyError: 'k'");
}

TEST_F(ScriptTest, ErrorsNameThePlaceInTheUsersFile) {
  write("helpers.py", "def deep(build):\n    return build['missing']\n");
  const std::string body = R"(
import helpers, json
def fails(build):
    return helpers.deep(build)
def outside(build):
    return json.loads("{")
async def later(build):
    raise RuntimeError("two\nlines")
def leaves(build):
    import sys
    sys.exit(3)
from twisted.internet import defer
@defer.inlineCallbacks
def deferred(build):
    yield defer.succeed(None)
    helpers.deep(build)
)";
  const json::array build{json::object()};
  EXPECT_EQ(called(object(body, "deferred"), "", build), "error: helpers.py:2: KeyError: 'missing'");
  EXPECT_EQ(called(object(body, "lambda build: helpers.missing"), "", build),
            "error: master.cfg:22: AttributeError: module 'helpers' has no attribute 'missing'");
  EXPECT_EQ(called(object(body, "fails"), "", build), "error: helpers.py:2: KeyError: 'missing'");
  EXPECT_THAT(called(object(body, "outside"), "", build),
              HasSubstr("error: master.cfg:10: JSONDecodeError: Expecting"));
  EXPECT_EQ(called(object(body, "later"), "", build), "error: master.cfg:12: RuntimeError: two lines");
  EXPECT_EQ(called(object(body, "leaves"), "", build), "error: master.cfg:15: it calls sys.exit(3)");
  EXPECT_THAT(called(object(body, "fails"), "nothing", build), HasSubstr("AttributeError"));
}

TEST_F(ScriptTest, NamesThatAreNotImportedAreFoundWithAWarning) {
  const auto c = load_text(R"(c = BuildmasterConfig = {}
class Mine(HttpStatusPush): pass
c['services'] = [HttpStatusPush(Interpolate('%(prop:x)s')), Mine(renderer(lambda props: defer.succeed(FAILURE)))]
)");
  EXPECT_EQ(c.warnings.size(), 3U);
  EXPECT_THAT(shortened(c.warnings.at(1)),
              HasSubstr("master.cfg:3: 'Interpolate' is not imported; util.Interpolate"));
  EXPECT_EQ(called(*c.services.at(1).positional.at(0).as<settings::ObjectPtr>(), "render", {json::object()}),
            "2");
  EXPECT_EQ(error_of("Interpolat"), "master.cfg:5: NameError: name 'Interpolat' is not defined");
}

TEST_F(ScriptTest, DataIsAskedForAsTheRestApiHasIt) {
  std::vector<std::string> paths;
  script().set_data_source([&paths](std::string, std::string path) -> Task<json::value> {
    paths.push_back(path);
    if (path == "bad") co_return unreachable("the master is away");
    co_return json::value(nullptr);
  });
  const std::string body = R"(
from buildbot.data import resultspec
async def ask(build):
    from carillon import _master
    master = _master.get_current()
    await master.data.get("builders/1/builds", order=["-number"], limit=1)
    await master.data.get(("builders", "a b/c", "builds", 7))
    await master.data.get(("buildrequests",), filters=[resultspec.Filter("buildsetid", "eq", [3])])
    await master.data.get(("bad",))
)";
  EXPECT_EQ(called(object(body, "ask"), "", {nullptr}),
            "error: master.cfg:13: DataError: the master is away");
  EXPECT_THAT(paths, ElementsAre("builders/1/builds?order=-number&limit=1", "builders/a%20b%2Fc/builds/7",
                                 "buildrequests?buildsetid__eq=3", "bad"));
}

TEST_F(ScriptTest, TheModulesComeCompiledAndAnotherPythonCompilesThem) {
  EXPECT_EQ(error_of(R"(
from carillon import _loader as ours
shipped, get = dict(ours.CODES), ours.SourceLoader().get_code
assert {*shipped} == {*ours.SOURCES} - {'carillon'}, 'not all are compiled'
assert get('carillon._texts').co_filename == '<carillon._texts>'
loaded = {name: get(name) for name in shipped}
ours.CODES.clear()
compiled = {name: get(name) for name in shipped}
ours.CODES.update(shipped)
assert loaded == compiled, 'the code is not that of the text'
)"),
            "");
}

TEST_F(ScriptTest, TheInterruptHandlerStays) {
  struct sigaction before{};
  struct sigaction after{};
  sigaction(SIGINT, nullptr, &before);
  load("import signal, asyncio");
  sigaction(SIGINT, nullptr, &after);
  EXPECT_EQ(reinterpret_cast<void*>(before.sa_handler), reinterpret_cast<void*>(after.sa_handler));
}

TEST_F(ScriptTest, ManyCallsAtOnce) {
  const auto adds = object("", "lambda n: n + 1");
  int sum = 0;
  for (int i = 0; i < 1000; ++i) {
    json::array args{i};
    asio::co_spawn(io_, adds->call("", std::move(args), "main"),
                   [&](const std::exception_ptr&, Result<json::value> result) {
                     sum += static_cast<int>(result->as_int64());
                   });
  }
  io_.run();
  EXPECT_EQ(sum, 1000 * 1001 / 2);
}

TEST_F(ScriptTest, ObjectsOutliveTheScript) {
  const auto adds = object("", "lambda n: n + 1");
  script_.reset();
  EXPECT_EQ(called(adds, "", {1}), "error: Carillon is stopping");
}

}  // namespace
}  // namespace carillon::script
