#include "script/script_test.hpp"

namespace carillon::script {
namespace {

using testing::HasSubstr;

class Renderables : public ScriptTest {
 protected:
  static constexpr const char* kBuild = R"({
    "number": 7, "workername": "w1", "builder": {"name": "linux"}, "url": "http://ci/7",
    "properties": {"owner": ["zoe", "Force"], "empty": ["", "x"], "none": [null, "x"], "zero": [0, "x"],
                   "list": [["a", ["b"]], "x"], "long_name.x": ["dotted", "x"]},
    "changes": [{"author": "adam", "files": ["f1", "f2"]}],
    "buildset": {"sourcestamps": [
      {"codebase": "", "branch": "main", "revision": "abc", "project": null},
      {"codebase": "lib", "branch": null, "revision": "def"}]}})";

  std::string of(const std::string& value, const std::string& body = "") {
    return rendered(value, kBuild, body);
  }
  std::string interpolated(const std::string& format) { return of("util.Interpolate('" + format + "')"); }
  std::string refused(const std::string& value) { return error_of("x = " + value); }
};

TEST_F(Renderables, InterpolateProperties) {
  EXPECT_EQ(interpolated("a %(prop:owner)s b"), R"("a zoe b")");
  EXPECT_EQ(interpolated("%(prop:missing)s|%(prop:none)s|%(prop:empty)s|%(prop:zero)s"), R"("|||0")");
  EXPECT_EQ(interpolated("%(prop:long_name.x)s 100%%"), R"("dotted 100%")");
  EXPECT_EQ(interpolated("%(prop:buildername)s/%(prop:buildnumber)s/%(prop:workername)s"), R"("linux/7/w1")");
}

TEST_F(Renderables, InterpolateDefaults) {
  EXPECT_EQ(interpolated("%(prop:owner:-x)s %(prop:missing:-x)s %(prop:empty:-x)s"), R"("zoe x ")");
  EXPECT_EQ(interpolated("%(prop:owner:~x)s %(prop:missing:~x)s %(prop:empty:~x)s %(prop:zero:~x)s"),
            R"("zoe x x x")");
  EXPECT_EQ(interpolated("%(prop:owner:+x)s %(prop:missing:+x)s %(prop:empty:+x)s"), R"("x  x")");
  EXPECT_EQ(interpolated("%(prop:owner:?:y:n)s %(prop:missing:?:y:n)s %(prop:empty:?:y:n)s"), R"("y n y")");
  EXPECT_EQ(interpolated("%(prop:owner:#?|y|n)s %(prop:missing:#?|y|n)s %(prop:empty:#?|y|n)s"),
            R"("y n n")");
  EXPECT_EQ(interpolated("%(prop:missing:-%(prop:owner)s)s"), R"("zoe")");
  EXPECT_EQ(interpolated("%(prop:owner:?:%(src::branch:-x)s:%(prop:zero)s)s"), R"("main")");
}

TEST_F(Renderables, InterpolateOtherSelectors) {
  EXPECT_EQ(
      interpolated("%(src::revision)s %(src:lib:revision)s %(src:lib:branch)s%(src:other:revision:-?)s"),
      R"("abc def ?")");
  EXPECT_EQ(of("util.Interpolate('%(kw:a)s %(kw:b:-none)s %(kw:c)s', a=util.Property('owner'), c=[1, 2])"),
            R"("zoe none [1, 2]")");
  EXPECT_EQ(of("util.Interpolate('%s-%s', util.Property('owner'), 'x')"), R"("zoe-x")");
  EXPECT_EQ(of("util.Interpolate('%(kw:a)s', a=util.renderer(lambda props: 'r' + props['owner']))"),
            R"("rzoe")");
}

TEST_F(Renderables, InterpolateRefusesMistakes) {
  EXPECT_THAT(refused("util.Interpolate('%(prop:x')"),
              HasSubstr("master.cfg:5: Interpolate('%(prop:x'): bad format"));
  EXPECT_THAT(refused("util.Interpolate('%(prop:x)d')"), HasSubstr("bad format"));
  EXPECT_THAT(refused("util.Interpolate('%s')"), HasSubstr("positional"));
  EXPECT_THAT(refused("util.Interpolate('%(x)s')"), HasSubstr("no selector"));
  EXPECT_THAT(refused("util.Interpolate('%(foo:x)s')"), HasSubstr("unknown selector 'foo'"));
  EXPECT_THAT(refused("util.Interpolate('%(prop:a b)s')"), HasSubstr("alphanumeric"));
  EXPECT_THAT(refused("util.Interpolate('%(src:x)s')"), HasSubstr("a codebase and an attribute"));
  EXPECT_THAT(refused("util.Interpolate('%(prop:x:!y)s')"), HasSubstr("unknown default"));
  EXPECT_THAT(refused("util.Interpolate('%(prop:x:)s')"), HasSubstr("unknown default"));
  EXPECT_THAT(refused("util.Interpolate('%(prop:x:?)s')"), HasSubstr("delimiter"));
  EXPECT_THAT(refused("util.Interpolate('%(prop:x:?(a(b)s')"), HasSubstr("Interpolate"));
  EXPECT_THAT(refused("util.Interpolate('%(prop:x:?:a)s')"), HasSubstr("two parts"));
  EXPECT_THAT(refused("util.Interpolate('%s', 1, a=2)"), HasSubstr("not both"));
  EXPECT_THAT(refused("util.Interpolate(3)"), HasSubstr("must be a string"));
  EXPECT_THAT(refused("util.WithProperties('%(a)s', a=3)"), HasSubstr("must be a function"));
  EXPECT_THAT(refused("util.renderer(3)"), HasSubstr("needs a function"));
}

TEST_F(Renderables, Property) {
  EXPECT_EQ(of("util.Property('owner')"), R"("zoe")");
  EXPECT_EQ(of("util.Property('missing')"), "null");
  EXPECT_EQ(of("util.Property('missing', default='d')"), R"("d")");
  EXPECT_EQ(of("util.Property('empty', 'd')"), R"("d")");
  EXPECT_EQ(of("util.Property('empty', 'd', defaultWhenFalse=False)"), R"("")");
  EXPECT_EQ(of("util.Property('missing', util.Interpolate('%(prop:owner)s'))"), R"("zoe")");
  EXPECT_EQ(of("util.Property('owner') == 'zoe'"), "true");
  EXPECT_EQ(of("util.Property('zero', defaultWhenFalse=False) > 1"), "false");
  EXPECT_EQ(of("util.FlattenList(util.Property('list'))"), R"(["a","b"])");
  EXPECT_EQ(of("util.Transform(lambda a, b: a + b, util.Property('owner'), b='!')"), R"("zoe!")");
  EXPECT_EQ(of("util.URLForBuild"), R"("http://ci/7")");
}

TEST_F(Renderables, WithProperties) {
  EXPECT_EQ(of("util.WithProperties('%(owner)s %(none)s %(missing:-x)s %(empty:~y)s %(owner:+z)s')"),
            R"("zoe  x y z")");
  EXPECT_EQ(of("util.WithProperties('%s!', 'owner')"), R"("zoe!")");
  EXPECT_EQ(of("util.WithProperties('%(n)s', n=lambda build: build.getProperty('zero') + 1)"), R"("1")");
  EXPECT_THAT(of("util.WithProperties('%(missing)s')"), HasSubstr("error: master.cfg:6: KeyError"));
}

TEST_F(Renderables, Renderer) {
  const std::string body = R"(
@util.renderer
def sync(props):
    assert props.hasProperty('owner') and 'owner' in props and not props.hasProperty('x')
    build = props.getBuild()
    stamp = props.getSourceStamp('lib')
    return [props.getProperty('x', 'd'), props['owner'], build['number'], build.getUrl(), stamp['revision'],
            props.files, props.getPropertySource('owner'), util.Interpolate('%(prop:owner)s'), props.master.name]
@util.renderer
async def waits(props, word, more=None):
    return word + await props.render(util.Property('owner')) + more
from twisted.internet import defer
@util.renderer
@defer.inlineCallbacks
def deferred(props):
    steps = yield props.master.data.get(('builders', props.getProperty('buildername'), 'steps'))
    logs = []
    for step in steps:
        if step['results'] == util.Results.index('failure'):
            log = yield props.master.data.get(("logs", step['stepid'], 'contents'))
            logs.append(log['content'] + util.Results[step['results']])
    defer.returnValue('\n'.join(logs))
class Own:
    def getRenderingFor(self, props):
        return props.render([util.Property('owner')])
)";
  script().set_data_source([](std::string, std::string path) -> Task<json::value> {
    if (path == "logs/2/contents") co_return json::value{{"content", "text "}};
    co_return json::parse(R"([{"stepid": 1, "results": 0}, {"stepid": 2, "results": 2}])");
  });
  EXPECT_EQ(of("sync", body), R"(["d","zoe",7,"http://ci/7","def",["f1","f2"],"Force","zoe","main"])");
  EXPECT_EQ(of("waits.withArgs('a', more=util.Property('zero', '!'))", body), R"("azoe!")");
  EXPECT_EQ(of("deferred", body), R"("text failure")");
  EXPECT_EQ(of("Own()", body), R"(["zoe"])");
  EXPECT_TRUE(object()->is(settings::Role::renderable));
}

TEST_F(Renderables, NestedInListsTheyStayObjects) {
  load("c['services'].append(reporters.HttpStatusPush({'a': [util.Property('owner')]}))");
  const auto* dict = configuration_.services.at(0).positional.at(0).as<settings::Dict>();
  ASSERT_NE(dict, nullptr);
  const auto* list = dict->values.at(0).as<settings::List>();
  ASSERT_NE(list, nullptr);
  EXPECT_NE(list->at(0).as<settings::ObjectPtr>(), nullptr);
}

TEST_F(Renderables, TheConstants) {
  const auto c = load(
      "c['services'].append(reporters.HttpStatusPush([util.Results, util.SUCCESS, util.WARNINGS, "
      "util.FAILURE, "
      "util.SKIPPED, util.EXCEPTION, util.RETRY, util.CANCELLED]))");
  EXPECT_EQ(json::serialize(settings::to_json(c.services.at(0).positional.at(0))),
            R"([["success","warnings","failure","skipped","exception","retry","cancelled"],0,1,2,3,4,5,6])");
}

class Secrets : public Renderables {};

TEST_F(Secrets, ComeFromFilesEnvironmentAndDictionaries) {
  write("secrets/password", "from a file\n");
  std::filesystem::permissions(path("secrets/password"), std::filesystem::perms::owner_read);
  const auto c = load(R"(
c['services'].append(reporters.HttpStatusPush(util.Secret("password"), [util.Secret("th"), util.Secret("key")]))
url = util.Interpolate("http://u:%(secret:password)s@h/%(prop:owner)s")
c['services'].append(reporters.HttpStatusPush(url))
c['db'] = {'db_url': util.Interpolate("postgresql://u:%(secret:key)s@h/d")}
from buildbot.plugins import secrets
c['secretsProviders'] = [secrets.SecretInAFile(dirname="secrets"),
                         secrets.SecretsInEnvironment(prefix="PA"), {"key": "from a dictionary"}]
)");
  const auto& positional = c.services.at(0).positional;
  EXPECT_EQ(positional.at(0).as<Secret>()->reveal(), "from a file");
  EXPECT_EQ(positional.at(1).as<settings::List>()->at(0).as<Secret>()->reveal(), getenv("PATH"));
  EXPECT_EQ(c.db_url, "postgresql://u:from a dictionary@h/d");
  ASSERT_EQ(c.secrets.size(), 3U);
  const auto url = *c.services.at(1).positional.at(0).as<settings::ObjectPtr>();
  EXPECT_EQ(called(url, "render", {json::parse(kBuild)}), R"("http://u:from a file@h/zoe")");
}

TEST_F(Secrets, CanBeReadAnew) {
  write("secrets/password", "of yesterday\n");
  std::filesystem::permissions(path("secrets/password"), std::filesystem::perms::owner_all);
  const auto c = load(R"(
from buildbot.plugins import secrets
c['secretsProviders'] = [secrets.SecretInAFile(dirname="secrets"), {"key": "constant"}]
c['services'].append(reporters.HttpStatusPush(util.Secret("password"), util.Secret("key"), "plain"))
)");
  const settings::Call& call = c.services.at(0);
  ASSERT_EQ(call.sources.size(), 2U);
  EXPECT_EQ(call.sources[0].first.reveal(), "of yesterday");
  EXPECT_EQ(called(call.sources[1].second, "again", {}), R"("constant")");
  write("secrets/password", "of today\n");
  EXPECT_EQ(called(call.sources[0].second, "again", {}), R"("of today")");
  std::filesystem::remove(path("secrets/password"));
  EXPECT_THAT(called(call.sources[0].second, "again", {}), HasSubstr("SecretInAFile: cannot read"));
}

TEST_F(Secrets, UnknownOnesAreNamed) {
  EXPECT_EQ(error_of("x = util.Secret('hush')"),
            "master.cfg:5: secret 'hush': c['secretsProviders'] has no provider");
  EXPECT_EQ(error_of("c['secretsProviders'] = [{'a': 'b'}]\nx = util.Interpolate('%(secret:hush)s')"),
            "master.cfg:6: no provider in c['secretsProviders'] knows the secret 'hush'");
  EXPECT_EQ(
      error_of("c['secretsProviders'] = [secrets.SecretsInEnvironment(prefix='MY_')]\nutil.Secret('hush')"),
      "master.cfg:6: no provider in c['secretsProviders'] knows the secret 'hush'; looked for the "
      "environment variable MY_HUSH");
  EXPECT_THAT(error_of("c['secretsProviders'] = [3]"), HasSubstr("[0] is not a provider of secrets"));
  EXPECT_THAT(error_of("c['secretsProviders'] = [secrets.SecretInAFile('nowhere')]"),
              HasSubstr("master.cfg:5: SecretInAFile: cannot read nowhere: No such file"));
  EXPECT_THAT(error_of("secrets.SecretInPass('x')"),
              HasSubstr("master.cfg:5: secrets.SecretInPass is not built in"));
  write("open/secret", "x");
  EXPECT_THAT(error_of("c['secretsProviders'] = [secrets.SecretInAFile('open')]"),
              HasSubstr("master.cfg:5: SecretInAFile: open/secret can be read by others"));
}

TEST_F(Renderables, WhatIsMadeOfSecretsIsASecret) {
  options_.reporters.back().arguments.push_back(Argument{.name = "password", .types = {Type::any}});
  options_.reporters.back().arguments.push_back(Argument{.name = "auth", .types = {Type::any}});
  const auto text_of = [&](const std::string& value) -> std::string {
    load(
        "c['secretsProviders'] = [{'a': 'hush', 'b': 'ding'}]\n"
        "c['services'].append(reporters.HttpStatusPush('x', password=" +
        value + "))\n");
    const settings::Value& found = configuration_.services.at(0).keywords.at(0).second;
    const auto* secret = found.as<Secret>();
    return secret != nullptr ? secret->reveal() : "no secret";
  };
  EXPECT_EQ(text_of("util.Interpolate('u-%(secret:a)s')"), "u-hush");
  EXPECT_EQ(text_of("util.Interpolate('%(kw:x)s/%(secret:b)s', x=util.Secret('a'))"), "hush/ding");
  EXPECT_EQ(text_of("util.Interpolate('%s.%s', util.Secret('a'), 'x')"), "hush.x");
  EXPECT_EQ(text_of("util.Secret('a') + '-' + util.Secret('b')"), "hush-ding");
  EXPECT_EQ(text_of("util.Interpolate('%(secret:a)s %(prop:b)s')"), "no secret") << "it needs a build";
  EXPECT_EQ(text_of("util.Interpolate('plain')"), "no secret");
  load(
      "c['secretsProviders'] = [{'a': 'hush'}]\n"
      "c['services'].append(reporters.HttpStatusPush('x', auth=('ann', "
      "util.Interpolate('%(secret:a)s!'))))\n");
  const auto* pair = configuration_.services.at(0).keywords.at(0).second.as<settings::List>();
  ASSERT_NE(pair, nullptr);
  ASSERT_NE(pair->at(1).as<Secret>(), nullptr);
  EXPECT_EQ(pair->at(1).as<Secret>()->reveal(), "hush!");
}

}  // namespace
}  // namespace carillon::script
