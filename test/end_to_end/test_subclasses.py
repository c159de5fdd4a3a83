"""Reporters of a configuration's own: subclasses that send by themselves, as Buildbot's users write them."""

import json
import unittest

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.github_fake import GitHubFake
from carillon_test.http_sink import Answer
from carillon_test.waiting import wait_for

SHA = "0123456789abcdef0123456789abcdef01234567"

LINKS = """
class Linked(reporters.GitHubStatusPush):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.wanted = kwargs.get('builders')
    @defer.inlineCallbacks
    def reconfigService(self, token, **kwargs):
        token = yield self.renderSecrets(token)
        self.place = "https://logs.example.net/%s/%d"
        yield super().reconfigService(token, **kwargs)
    def send(self, build):
        build = dict(build)
        build['url'] = self.place % (self.wanted[0], build['number']) if build['complete'] else None
        return super().send(build)
c['services'] = [Linked(token={token!r}, baseURL={url!r}, context=util.Interpolate('x/%(prop:buildername)s'),
                        builders=['linux'])]
"""

WORDS = """
class Cited(reporters.GitHubStatusPush):
    @defer.inlineCallbacks
    def send(self, build):
        if build['complete']:
            props = yield defer.succeed(build['properties'])
            self.endDescription = util.Interpolate('%(kw:r)s of %(prop:buildername)s, %(kw:n)s',
                                                   r=util.Results[build['results']], n=props['team'][0])
        yield reporters.GitHubStatusPush.send(self, build)
c['services'] = [Cited(baseURL={url!r}, token={token!r})]
"""

OWN = """
from buildbot.process.properties import Properties
class Status(reporters.GitHubStatusPush):
    @defer.inlineCallbacks
    def send(self, build):
        props = Properties.fromDict(build['properties'])
        props.master = self.master
        words = yield props.render(self.endDescription if build['complete'] else self.startDescription)
        context = yield props.render(self.context)
        for stamp in build['buildset'].get('sourcestamps'):
            yield self.createStatus(repo_user='octo', repo_name='bell', sha=stamp['revision'],
                                    state='success' if build['results'] == 0 else 'failure',
                                    target_url=build['url'], context=context, issue=5, description=words)
class Comment(Status):
    def setDefaults(self, context, startDescription, endDescription):
        self.context = ''
        self.startDescription, self.endDescription = startDescription, endDescription or 'Over.'
    def createStatus(self, repo_user, repo_name, sha, state, target_url=None, context=None, issue=None,
                     description=None):
        return self._http.post('/repos/%s/%s/issues/%s/comments' % (repo_user, repo_name, issue),
                               json={{'body': description}})
c['services'] = [Status({token!r}, baseURL={url!r}, context=util.Interpolate('own/%(prop:buildername)s')),
                 Comment({token!r}, baseURL={url!r}, startDescription='Begun.', name='Comment')]
"""

CHOOSING = """
class Chosen(reporters.GitHubStatusPush):
    def filterBuilds(self, build):
        if self.builders is not None:
            return build['builder']['name'] in self.builders
        return self.startDescription == 'Go.' and build['number'] > 1
c['services'] = [Chosen({token!r}, baseURL={url!r}, startDescription='Go.')]
"""


OWN_PUSH = """
from buildbot import config
from buildbot.reporters.http import HttpStatusPushBase
from buildbot.util import httpclientservice
class Push(HttpStatusPushBase):
    name = "Push"
    neededDetails = dict(wantProperties=True)
    def checkConfig(self, place, report_on, **kwargs):
        if not isinstance(place, str):
            config.error("place must be a string")
        super().checkConfig(**kwargs)
    @defer.inlineCallbacks
    def reconfigService(self, place, report_on, **kwargs):
        yield super().reconfigService(**kwargs)
        self.report_on = report_on
        self._http = yield httpclientservice.HTTPClientService.getService(
            self.master, place, headers={{'X-Token': {token!r}}}, debug=self.debug, verify=self.verify)
    def filterBuilds(self, build):
        return build['complete'] and util.Results[build['results']] in self.report_on and super().filterBuilds(build)
    @defer.inlineCallbacks
    def send(self, build):
        known = yield self._http.get('/known', params={{'n': build['number']}})
        people = yield known.json()
        answer = yield self._http.post('/ends', json={{'of': build['properties']['team'][0], 'to': people['to']}})
        assert answer.code == 200
c['services'] = [Push({url!r}, report_on={{'failure'}}, builders=['linux'])]
"""

OWN_REPORTER = """
from buildbot.reporters.base import ReporterBase
from buildbot.reporters.generators.build import BuildStatusGenerator
from buildbot.util import httpclientservice
class Issues(ReporterBase):
    name = "Issues"
    def checkConfig(self, owner, generators=None, **kwargs):
        super().checkConfig(generators=generators, **kwargs)
        httpclientservice.HTTPClientService.checkAvailable(self.__class__.__name__)
    def _create_default_generators(self):
        return [BuildStatusGenerator(mode=('failing',), message_formatter=words)]
    @defer.inlineCallbacks
    def reconfigService(self, owner, generators, **kwargs):
        generators = generators or self._create_default_generators()
        yield super().reconfigService(generators=generators, **kwargs)
        self._path = '/%s/issues' % owner
        self._http = yield httpclientservice.HTTPClientService.getService(self.master, {url!r}, debug=False)
    @defer.inlineCallbacks
    def sendMessage(self, reports):
        for report in reports:
            yield self._http.post(self._path, json={{'title': report['subject'], 'body': report['body'],
                                                   'n': report['builds'][0]['number']}})
words = reporters.MessageFormatter(subject='{{{{ buildername }}}}', template='{{{{ result_names[results] }}}}')
c['services'] = [Issues(owner='o', generators=[BuildStatusGenerator(mode=('failing',), message_formatter=words)])]
"""


OWN_NOTIFIER = """
from buildbot.reporters.notifier import NotifierBase
from buildbot.util import httpclientservice
class Pager(NotifierBase):
    def checkConfig(self, place, **kwargs):
        super().checkConfig(**kwargs)
    @defer.inlineCallbacks
    def reconfigService(self, place, **kwargs):
        yield super().reconfigService(**kwargs)
        self._http = yield httpclientservice.HTTPClientService.getService(self.master, place)
    def isMessageNeeded(self, build):
        return build['number'] > 1 and super().isMessageNeeded(build)
    @defer.inlineCallbacks
    def getResponsibleUsersForBuild(self, master, buildid):
        properties = yield master.data.get(('builds', buildid, 'properties'))
        return [properties['team'][0]]
    def sendMessage(self, body, subject=None, type=None, builderName=None, results=None, builds=None, users=None,
                    patches=None, logs=None, worker=None):
        return self._http.post('/page', json={{'body': body, 'of': builderName, 'results': results, 'to': users,
                                              'subject': subject, 'type': type, 'since': builds[0]['started_at']}})
words = reporters.MessageFormatter(
    template='{{{{ build.number }}}} after {{{{ build.complete_at - build.started_at }}}}')
c['services'] = [Pager({url!r}, mode='failing', messageFormatter=words), Pager({url!r}, mode='passing', tags=['none'])]
"""

CORE = """
c['secretsProviders'] = [{{'bitbucket': {token!r}}}]
c['services'] = [reporters.BitbucketServerCoreAPIStatusPush({url!r}, token=util.Secret('bitbucket'),
                                                            statusSuffix=util.Interpolate(' [%(prop:team)s]'))]
"""

# Asks for more of the build by the ids that it was told.
ASKING = """
from buildbot.reporters import utils
@defer.inlineCallbacks
def more(build):
    master = push.master
    properties = yield master.data.get(('builds', build['buildid'], 'properties'))
    again = {{'buildid': build['buildid'], 'number': build['number'], 'builderid': build['builderid'],
             'buildrequestid': build['buildrequestid']}}
    yield utils.getDetailsForBuild(master, again, want_properties=True, want_steps=True)
    whole = yield utils.getDetailsForBuildset(master, build['buildset']['bsid'], wantProperties=True)
    return {{'id': build['buildid'], 'team': properties['team'][0], 'again': again['properties']['team'][0],
            'builder': again['builder']['name'], 'set': [one['buildid'] for one in whole['builds']],
            'build': build, 'took': str(build['complete_at'] - build['started_at'])}}
push = reporters.HttpStatusPush({url!r}, format_fn=lambda build: more(build) if build['complete'] else None)
c['services'] = [push]
"""


class Configured:
    def run_with(self, text, token, url):
        carillon = self.carillon("from twisted.internet import defer\n" + text.format(token=token, url=url.rstrip("/")))
        self.addCleanup(lambda: self.assertNotIn(token, carillon.process.text()))
        return carillon

    def over(self, carillon, count):
        def rows():
            found = carillon.deliveries("--limit", 100)
            return len(found) == count and all(row["state"] in ("delivered", "skipped") for row in found) and found

        return wait_for(rows, lambda: f"{count} deliveries that are over: {carillon.deliveries()}")


class OwnReportersTest(Configured, ServerTest):
    def setUp(self):
        super().setUp()
        self.sink = self.http_sink()

    def posts(self):
        return [(request.path, json.loads(request.body)) for request in self.sink.requests if request.method == "POST"]

    def test_a_push_of_ones_own(self):
        self.sink.script(Answer(200, {"Content-Type": "application/json"}, b'{"to": "ringers"}'))
        carillon = self.run_with(OWN_PUSH, "hush-0123456789", self.sink.url)
        carillon.ingest([build(1, "linux", 0), build(2, "linux", 2, properties={"team": ["tower", "x"]}),
                         build(3, "other", 2)])
        rows = self.over(carillon, 2)
        self.assertEqual(sorted(row["state"] for row in rows), ["delivered", "skipped"])
        self.assertEqual(self.posts(), [("/ends", {"of": "tower", "to": "ringers"})])
        self.assertEqual([request.path for request in self.sink.requests], ["/known?n=2", "/ends"])
        self.assertEqual({request.headers["X-Token"] for request in self.sink.requests}, {"hush-0123456789"})
        self.assertEqual({row["reporter"] for row in rows}, {"Push"})

    def test_its_posts_are_kept_and_tried_again(self):
        self.sink.script(Answer(503))
        carillon = self.run_with(OWN_REPORTER, "hush-0123456789", self.sink.url)
        carillon.ingest([build(1, "linux", 0), build(2, "linux", 2)])
        rows = self.over(carillon, 1)
        self.assertEqual(self.posts(), [("/o/issues", {"title": "linux", "body": "failure", "n": 2})] * 2)
        self.assertEqual(rows[0]["attempts"], 2)

    def test_a_report_that_its_class_loses_is_a_dead_letter(self):
        text = (
            "from buildbot.reporters.http import HttpStatusPushBase\n"
            "class Push(HttpStatusPushBase):\n"
            "    def send(self, build):\n"
            "        {body}\n"
            "c['services'] = [Push()]\n"
        )
        carillon = self.run_with(text.replace("{body}", "raise KeyError('tower')"), "hush-0123456789", self.sink.url)
        carillon.ingest([build(1, "linux", 2)])
        wait_for(lambda: [row["state"] for row in carillon.deliveries()] == ["dead"], carillon.deliveries)
        (row,) = carillon.deliveries()
        self.assertRegex(row["note"], r"^send of .*:\d+ failed, so the report is lost: .*:\d+: KeyError: 'tower'$")
        self.assertIn("mend it, and report the build again with `carillon replay`", row["answer"])

    def test_a_notifier_of_buildbot_2(self):
        carillon = self.run_with(OWN_NOTIFIER, "hush-0123456789", self.sink.url)
        team = {"team": ["tower", "x"]}
        carillon.ingest([build(1, "linux", 2, properties=team), build(2, "linux", 0, properties=team),
                         build(3, "linux", 2, properties=team)])
        rows = self.over(carillon, 2)
        self.assertEqual(sorted(row["state"] for row in rows), ["delivered", "skipped"])
        self.assertEqual(self.posts(), [("/page", {
            "body": "3 after 0:01:00", "of": "linux", "results": 2, "to": ["tower"], "type": "plain",
            "subject": "Buildbot failure in Test Bells on linux", "since": 1700000000})])
        self.assertEqual({row["reporter"] for row in rows}, {"Pager"})

    def test_bitbuckets_newer_statuses(self):
        carillon = self.run_with(CORE, "hush-0123456789", self.sink.url)
        builds = [build(4, "linux", 1, properties={"team": ["tower", "x"], "tests_successful": [7, "x"]}, complete=end,
                        buildset={"sourcestamps": [{"repository": "ssh://git@h:7999/octo/bell.git", "branch": "dev",
                                                    "revision": SHA}, {"repository": "octo", "revision": SHA}]})
                  for end in (False, True)]
        carillon.ingest(builds)
        rows = self.over(carillon, 2)
        started = {"state": "INPROGRESS", "url": builds[0]["url"], "key": "linux", "buildNumber": "4",
                   "parent": "linux", "description": "Build started.", "name": "linux #4 [tower]", "ref": "refs/heads/dev"}
        ended = {**started, "state": "SUCCESSFUL", "description": "Build done.", "duration": 60000,
                 "testResults": {"failed": 0, "skipped": 0, "successful": 7}}
        path = f"/rest/api/1.0/projects/octo/repos/bell/commits/{SHA}/builds"
        self.assertEqual(self.posts(), [(path, started), (path, ended)])
        self.assertEqual({request.headers["Authorization"] for request in self.sink.requests},
                         {"Bearer hush-0123456789"})
        self.assertEqual({row["reporter"] for row in rows}, {"BitbucketServerCoreAPIStatusPush"})

    def test_what_a_build_says_leads_the_login_nowhere_else(self):
        carillon = self.run_with(CORE, "hush-0123456789", self.sink.url)
        good = "ssh://git@h:7999/octo/bell.git"
        odd = [(good, "../../../../../../../admin/users?x="), (good, "main"), (good, "1234567"),
               ("https://h/scm/../../../../x?y/r.git", SHA), ("https://h/scm/../..", SHA), ("https://h/o/r#q", SHA)]
        stamps = [{"repository": repository, "revision": revision} for repository, revision in odd]
        carillon.ingest(build(5, "linux", 0, buildset={"sourcestamps": [
            *stamps, {"repository": "https://h/scm/~alice/bell.git", "revision": SHA[:12]}]}))
        self.over(carillon, 1)
        self.assertEqual([path for path, _ in self.posts()],
                         [f"/rest/api/1.0/projects/~alice/repos/bell/commits/{SHA[:12]}/builds"])

    def test_ids_and_times_of_posted_builds(self):
        carillon = self.run_with(ASKING, "hush-0123456789", self.sink.url)
        posted = []
        for ident, team in ((2, "bell"), (1, "clapper")):  # the ids are not in the order of posting
            one = build(ident, "linux", 0, properties={"team": [team, "x"]})
            one.update(buildid=ident, buildrequestid=10 + ident)
            one["buildrequest"] = {"buildrequestid": 10 + ident, "buildsetid": 20 + ident, "submitted_at": 1699999990}
            one["buildset"]["bsid"] = 20 + ident
            posted.append(one)
        of_another_set = {"buildrequestid": 15, "buildrequest": {"buildrequestid": 15, "buildsetid": 25},
                          "buildset": {**posted[0]["buildset"], "bsid": 25}}
        carillon.ingest([{**posted[0], **of_another_set, "number": 7, "buildid": 5, "complete": False,
                          "results": None, "complete_at": None}, *posted])
        rows = self.over(carillon, 3)
        self.assertEqual(sorted(row["state"] for row in rows), ["delivered", "delivered", "skipped"])
        self.assertIn("format_fn returned None", next(row["note"] for row in rows if row["state"] == "skipped"))
        told = sorted((post for _, post in self.posts()), key=lambda post: post["id"])
        for post, ident, team in zip(told, (1, 2), ("clapper", "bell"), strict=True):
            self.assertEqual([post[name] for name in ("id", "team", "again", "builder", "set", "took")],
                             [ident, team, team, "linux", [ident], "0:01:00"])
            self.assertEqual([post["build"][name] for name in ("buildid", "started_at", "complete_at")],
                             [ident, 1700000000, 1700000060])

    def test_a_build_that_was_posted_without_ids_keeps_its_details(self):
        carillon = self.run_with(
            "from buildbot.reporters import utils\n"
            "async def more(build):\n"
            "    await utils.getDetailsForBuild(push.master, build, wantProperties=True, wantPreviousBuild=True)\n"
            "    return {{'of': build['builder']['name'], 'team': build['properties']['team'][0]}}\n"
            "push = reporters.HttpStatusPush({url!r}, format_fn=more, wantProperties=True)\n"
            "c['services'] = [push]\n", "hush-0123456789", self.sink.url)
        carillon.ingest({"builder": {"name": "min"}, "number": 1, "results": 0, "properties": {"team": ["bell", "x"]}})
        self.over(carillon, 1)
        self.assertEqual([body for _, body in self.posts()], [{"of": "min", "team": "bell"}])

    def test_what_cannot_be_is_refused(self):
        carillon = self.carillon(start=False)
        for text, told in (
            ("class Mine(HttpStatusPushBase):\n    pass\n", "Mine does not define send, so it would report nothing"),
            ("from buildbot.reporters.notifier import NotifierBase\nclass Mine(NotifierBase):\n"
             "    def sendMessage(self, *args, **kwargs):\n        pass\n"
             "    def workerMissing(self, key, worker):\n        pass\n",
             "of NotifierBase it calls checkConfig, getResponsibleUsersForBuild, isMessageNeeded"),
            ("class Mine(HttpStatusPushBase):\n    def checkConfig(self):\n        raise ValueError('no bell')\n"
             "    def send(self, build):\n        pass\n", "no bell"),
        ):
            carillon.configure("from buildbot.reporters.http import HttpStatusPushBase\n" + text +
                               "c['services'] = [Mine()]\n")
            done = carillon.check()
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(told, done.stderr)
            self.assertRegex(done.stderr, r"carillon\.cfg:\d+")


class SubclassesTest(Configured, ServerTest):
    def setUp(self):
        super().setUp()
        self.github = GitHubFake("octo/bell")
        self.addCleanup(self.github.close)

    def github_with(self, text):
        return self.run_with(text, self.github.token, self.github.url)

    @staticmethod
    def build(number, results=0, **fields):
        made = build(number, "linux", results, **fields)
        made["buildset"]["sourcestamps"][0].update(project="octo/bell", revision=SHA)
        return made

    def statuses(self):
        return [body for bodies in self.github.statuses.values() for body in bodies]

    def test_a_changed_build(self):
        carillon = self.github_with(LINKS)
        carillon.ingest([self.build(4, complete=False), self.build(4)])
        self.over(carillon, 2)
        self.assertEqual([(s["state"], s.get("target_url"), s["context"]) for s in self.statuses()], [
            ("pending", None, "x/linux"), ("success", "https://logs.example.net/linux/4", "x/linux")])

    def test_changed_words(self):
        carillon = self.github_with(WORDS)
        carillon.ingest([self.build(4, 2, properties={"team": ["ringers", "x"]})])
        self.over(carillon, 1)
        self.assertEqual([s["description"] for s in self.statuses()], ["failure of linux, ringers"])

    def test_own_statuses_and_requests(self):
        carillon = self.github_with(OWN)
        properties = {"buildername": ["linux", "Builder"]}  # as of a master: its code looks there, and nowhere else
        carillon.ingest([self.build(4, complete=False, properties=properties), self.build(4, properties=properties)])
        rows = self.over(carillon, 4)
        self.assertEqual([(s["state"], s["description"], s["context"]) for s in self.statuses()], [
            ("failure", "Build started.", "own/linux"), ("success", "Build done.", "own/linux")])
        self.assertEqual(self.github.bodies_of("octo/bell", 5), ["Begun.", "Over."])
        self.assertEqual({row["target"].rpartition("/repos/")[2] for row in rows},
                         {f"octo/bell/statuses/{SHA}", "octo/bell/issues/5/comments"})

    def test_a_build_without_a_revision_reports_on_what_was_built(self):
        carillon = self.github_with(
            "class Short(reporters.GitHubStatusPush):\n"
            "    def createStatus(self, *args, **kwargs):\n"
            "        return super().createStatus(*args, **{{**kwargs, 'context': 'short'}})\n"
            "c['services'] = [Short({token!r}, baseURL={url!r})]\n")
        built = self.build(4, properties={"got_revision": [SHA, "Git"]})
        built["buildset"]["sourcestamps"][0]["revision"] = None
        carillon.ingest([built])
        self.over(carillon, 1)
        self.assertEqual(list(self.github.statuses), [("octo/bell", SHA, "short")])

    def test_their_arguments_are_there(self):
        carillon = self.github_with(CHOOSING)
        carillon.ingest([self.build(1), self.build(2)])
        rows = self.over(carillon, 2)
        self.assertEqual(sorted(row["state"] for row in rows), ["delivered", "skipped"])
        self.assertEqual(len(self.statuses()), 1)

    def test_a_method_that_fails_loses_no_report(self):
        carillon = self.github_with(
            "class Broken(reporters.GitHubStatusPush):\n"
            "    def send(self, build):\n"
            "        raise KeyError('bell')\n"
            "c['services'] = [Broken({token!r}, baseURL={url!r})]\n")
        carillon.ingest([self.build(4)])
        rows = self.over(carillon, 1)
        self.assertIn("failed, so the reporter's own words are sent", rows[0]["note"])
        self.assertIn("KeyError: 'bell'", rows[0]["note"])
        self.assertEqual([s["state"] for s in self.statuses()], ["success"])


if __name__ == "__main__":
    unittest.main()
