"""Configurations of statuses, comments and reviews as Buildbot's users write them: what commits show, and what not."""

import unittest

from carillon_test.case import ServerTest
from carillon_test.gerrit_ssh import GerritSsh
from carillon_test.github_fake import GitHubFake
from carillon_test.gitlab_fake import GitLabFake
from carillon_test.shapes import Shaped, begun, buildset, sha, step, told


class Forges(Shaped):
    def setUp(self):
        super().setUp()
        self.github = GitHubFake("octo/bell", "octo/auto")
        self.addCleanup(self.github.close)

    def shape(self, text, **more):
        return super().shape(text, TOKEN=self.github.token, GITHUB=self.github.api, **more)

    def statuses(self, *names):
        """[(build, context, value of each name ...)] of what GitHub has taken."""
        with self.github._lock:
            found = [(int(revision, 16), context, *(body.get(name) for name in names))
                     for (_, revision, context), bodies in self.github.statuses.items() for body in bodies]
        return sorted(found, key=lambda one: (one[0], one[1]))

    def gerrit(self):
        made = GerritSsh(self._new("gerrit"))
        self.addCleanup(made.close)
        return made.start()


PLAIN = """
c['services'] = [reporters.GitHubStatusPush(token=TOKEN, baseURL=GITHUB)]
"""

WORDED = """
c['services'].append(reporters.GitHubStatusPush(token=TOKEN, baseURL=GITHUB,
    context=util.Interpolate("belfry/%(prop:buildername)s"), startDescription='Ringing.', endDescription='Rung.'))
"""

CONTEXT_OF_PROPERTIES = """
c["services"].append(reporters.GitHubStatusPush(TOKEN, baseURL=GITHUB, verbose=True, context=util.Interpolate(
    "cb%(prop:SUITE:+/)s%(prop:SUITE)s%(prop:SUITE:+/)s%(prop:LUA)s%(prop:SUITE:+/os:)s%(prop:IMAGE)s"
    "%(prop:SUITE:+/db:)s%(prop:DB)s")))
"""

SHARED_GENERATOR = """
from buildbot.reporters.generators.build import BuildStartEndStatusGenerator
status_generator = BuildStartEndStatusGenerator(start_formatter=reporters.MessageFormatterRenderable('Ringing.'),
                                                end_formatter=reporters.MessageFormatterRenderable('Rung out.'))
c['services'].append(reporters.GitHubStatusPush(token=TOKEN, baseURL=GITHUB, verbose=True,
    context=util.Interpolate("buildbot/%(prop:buildername)s"), generators=[status_generator]))
c['services'].append(reporters.GiteaStatusPush('https://git.example.net:3000/', "tok", verbose=True,
                                               generators=[status_generator]))
"""

NOBODY_AND_TWO_FORGES = """
c["services"].append(reporters.MailNotifier(fromaddr="bells@example.com", extraRecipients=[], relayhost="192.0.2.229",
                                            sendToInterestedUsers=False))
c["services"].append(reporters.GitHubStatusPush(token=TOKEN, baseURL=GITHUB, verbose=True))
c["services"].append(reporters.GitLabStatusPush(token=GITLAB_TOKEN, baseURL=GITLAB, verbose=True))
"""

OWN_BASE_AND_A_GENERATOR = """
from buildbot.reporters.gitlab import GitLabStatusPush
from buildbot.reporters.generators.build import BuildStatusGenerator, BuildStartEndStatusGenerator
from buildbot.reporters.message import MessageFormatter
from buildbot.reporters.base import ReporterBase
from buildbot.reporters.irc import IrcStatusFactory
from buildbot.util import service, ssl
from twisted.internet import defer
c['secretsProviders'] = [{'gitlabToken': GITLAB_TOKEN}]
class ChannelPush(ReporterBase):
    name = "ChannelPush"
    secrets = ['password']
    def checkConfig(self, host, nick, channels, generators=None, **kwargs):
        super().checkConfig(generators=generators)
    @defer.inlineCallbacks
    def reconfigService(self, host, nick, channels, generators=None, **kwargs):
        yield super().reconfigService(generators=generators)
        self.f = IrcStatusFactory(nick, None, channels, [], {}, [], {})
    def sendMessage(self, reports):
        print('IRC', [report['body'] for report in reports])
c['services'] += [
    ChannelPush("irc.example.net", "gcb", channels=[{"channel": "#bells"}], noticeOnChannel=True,
            generators=[BuildStatusGenerator(message_formatter=MessageFormatter(
                template="{{ build['properties']['peal'][0] }} {{ build_url }}"),
                builders=['log'], mode=['failing', 'warnings'])]),
    GitLabStatusPush(token=util.Secret("gitlabToken"), baseURL=GITLAB, verbose=True,
                     generators=[BuildStartEndStatusGenerator(builders=['log'])])]
"""


class StatusTest(Forges, ServerTest):
    def gitlab(self):
        made = GitLabFake({"octo/bell": 42})
        self.addCleanup(made.close)
        return made

    def test_nothing_but_a_token(self):
        carillon = self.shape(PLAIN)
        self.tell(carillon, [begun(1), told(1, results=2), begun(2, "mac")])
        self.assertEqual(self.outcomes(carillon, 3), {"GitHubStatusPush": ["delivered"] * 3})
        url = told(1)["url"]
        self.assertEqual(self.statuses("state", "description", "target_url"), [
            (1, "buildbot/linux", "pending", "Build started.", url),
            (1, "buildbot/linux", "failure", "Build done.", url),
            (2, "buildbot/mac", "pending", "Build started.", told(2, "mac")["url"])])

    def test_words_of_ones_own(self):
        carillon = self.shape(WORDED)
        self.tell(carillon, [begun(1), told(1), told(2, results=1), told(3, results=3), told(4, results=4),
                         told(5, results=6)])
        self.assertEqual(self.outcomes(carillon, 6), {"GitHubStatusPush": ["delivered"] * 6})
        states = self.statuses("state", "description")
        self.assertEqual(states[0], (1, "belfry/linux", "pending", "Ringing."))
        self.assertEqual(states[1:], [(number, "belfry/linux", state, "Rung.") for number, state in enumerate(
            ("success", "success", "success", "error", "error"), 1)])

    def test_a_context_put_together_of_properties_that_may_be_there(self):
        carillon = self.shape(CONTEXT_OF_PROPERTIES)
        carillon.ingest([
            told(1, properties={"SUITE": "peal", "LUA": "5.4", "IMAGE": "trixie", "DB": "sqlite"}),
            told(2, properties={"SUITE": "peal", "LUA": "5.4", "IMAGE": "trixie"}), told(3, properties={"LUA": "5.1"}),
            told(4)])
        self.assertEqual(self.outcomes(carillon, 4), {"GitHubStatusPush": ["delivered"] * 4})
        self.assertEqual(self.statuses(), [(1, "cb/peal/5.4/os:trixie/db:sqlite"), (2, "cb/peal/5.4/os:trixie/db:"),
                                           (3, "cb5.1"), (4, "cb")])

    def test_a_generator_shared_with_a_plugin_that_is_left_out(self):
        carillon = self.shape(SHARED_GENERATOR, warnings=["GiteaStatusPush"])
        self.tell(carillon, [begun(1), told(1, results=2)])
        self.assertEqual(self.outcomes(carillon, 2), {"GitHubStatusPush": ["delivered"] * 2})
        self.assertEqual(self.statuses("state", "description"), [(1, "buildbot/linux", "pending", "Ringing."),
                                                                 (1, "buildbot/linux", "failure", "Rung out.")])

    def test_two_forges_and_a_mail_to_nobody(self):
        gitlab = self.gitlab()
        carillon = self.shape(NOBODY_AND_TWO_FORGES, GITLAB=gitlab.url, GITLAB_TOKEN=gitlab.token)
        self.tell(carillon, [begun(1, people=["ann@example.org"]), told(1, results=2, people=["ann@example.org"])])
        self.assertEqual(self.outcomes(carillon, 5), {
            "GitHubStatusPush": ["delivered"] * 2, "GitLabStatusPush": ["delivered"] * 2, "MailNotifier": ["skipped"]})
        self.assertEqual(self.statuses("state"), [(1, "buildbot/linux", "pending"), (1, "buildbot/linux", "failure")])
        url = told(1)["url"]
        self.assertEqual(gitlab.statuses(), [
            (42, sha(1), {"state": "running", "ref": "main", "name": "buildbot/linux", "target_url": url,
                          "description": "Build started."}),
            (42, sha(1), {"state": "failed", "ref": "main", "name": "buildbot/linux", "target_url": url,
                          "description": "Build done."})])

    def test_a_reporter_of_ones_own_beside_statuses_of_one_builder(self):
        gitlab = self.gitlab()
        carillon = self.shape(OWN_BASE_AND_A_GENERATOR, GITLAB=gitlab.url, GITLAB_TOKEN=gitlab.token)
        peal = {"peal": "Grandsire"}
        self.tell(carillon, [begun(1, "other"), told(1, "other", 2, properties=peal), begun(2, "log", properties=peal),
                         told(2, "log", properties=peal), told(3, "log", 2, properties=peal)])
        self.assertEqual(self.outcomes(carillon, 4),
                         {"GitLabStatusPush": ["delivered"] * 3, "ChannelPush": ["skipped"]})
        carillon.process.wait_for_output(r"IRC \['Grandsire " + told(3, "log")["url"])
        self.assertEqual(sorted((of, body["state"], body["name"]) for _, of, body in gitlab.statuses()), [
            (sha(2), "running", "buildbot/log"), (sha(2), "success", "buildbot/log"),
            (sha(3), "failed", "buildbot/log")])
        self.assertEqual(carillon.process.text().count("IRC ["), 1)
        self.assertNotIn(gitlab.token, carillon.process.text())


LINKS_ELSEWHERE = """
from buildbot.worker import libvirt as lv_worker
from buildbot.process import properties
class LinkedStatus(reporters.GitHubStatusPush):
    def __init__(self, *args, **kwargs):
        super(LinkedStatus, self).__init__(*args, **kwargs)
        self.builder_names = kwargs.get('builders')
    @lv_worker.defer.inlineCallbacks
    def reconfigService(self, token, **kwargs):
        token = yield self.renderSecrets(token)
        self.place = "https://logs.example.org/%s"
        res = yield super(LinkedStatus, self).reconfigService(token, **kwargs)
        return res
    def send(self, build):
        build = build.copy()
        build['url'] = self.place % build['number'] if build['complete'] else None
        return super(LinkedStatus, self).send(build)
c['services'] = [LinkedStatus(token=TOKEN, baseURL=GITHUB, startDescription='Ringing.', endDescription='Rung.',
                               context=properties.Interpolate('guests/%(prop:buildername)s'), builders=["guest-arm"])]
"""

WORDS_OF_STEPS = """
from buildbot.reporters.github import GitHubStatusPush
from buildbot.process import results
from twisted.internet import defer
class Counted(GitHubStatusPush):
    @defer.inlineCallbacks
    def send(self, build):
        if build['complete']:
            steps = yield self.master.data.get(('builds', build['buildid'], "steps"))
            self.endDescription = util.Interpolate('Build %(kw:state)s. steps:%(kw:n)s',
                                                   state=results.Results[build['results']], n=str(len(steps)))
        yield GitHubStatusPush.send(self, build)
c['services'] = [Counted(baseURL=GITHUB, token=TOKEN, verbose=True)]
"""

FILTER = """
class Choosy(reporters.GitHubStatusPush):
    def filterBuilds(self, build):
        repository = build['properties']['repository'][0].split('/')[-1][:-4]
        if repository not in ['auto']:
            if self.builders is not None:
                return build['builder']['name'] in self.builders
            return True
        return False
c["services"] = [Choosy(token=TOKEN, baseURL=GITHUB, context=util.Interpolate("buildbot/%(prop:buildername)s"),
                        startDescription="Started", endDescription="Done", verbose=True)]
"""

STATUSES_AND_COMMENTS = """
from buildbot.reporters.github import GitHubStatusPush
from twisted.internet import defer
from buildbot.process.properties import Properties, Interpolate
from buildbot.process.results import SUCCESS
from buildbot.reporters import http
from buildbot.util import httpclientservice
from buildbot.util.giturlparse import giturlparse
class ChangeStatus(GitHubStatusPush):
    @defer.inlineCallbacks
    def send(self, build):
        props = Properties.fromDict(build['properties'])
        props.master = self.master
        description = yield props.render(self.endDescription if build['complete'] else self.startDescription)
        context = yield props.render(self.context)
        for stamp in build['buildset'].get('sourcestamps'):
            url = giturlparse(stamp['repository'])
            yield self.createStatus(repo_user=url.owner, repo_name=url.repo, sha=stamp['revision'],
                                    state='success' if build['results'] == SUCCESS else 'failure',
                                    target_url=build['url'], context=context, issue=props.getProperty('change'),
                                    description=description)
class ChangeComment(ChangeStatus):
    neededDetails = dict(wantProperties=True)
    def setDefaults(self, context, startDescription, endDescription):
        self.context = ''
        self.startDescription, self.endDescription = startDescription, endDescription or 'Rung out.'
    def createStatus(self, repo_user, repo_name, sha, state, target_url=None, context=None, issue=None,
                     description=None):
        return self._http.post('/repos/%s/%s/issues/%s/comments' % (repo_user, repo_name, issue),
                               json={'body': description})
c['services'] += [ChangeStatus(TOKEN, baseURL=GITHUB, context=Interpolate("buildbot/%(prop:buildername)s")),
                  ChangeComment(TOKEN, baseURL=GITHUB, startDescription="Ringing.", name="ChangeComment")]
"""

COMMENT_BY_A_RENDERER = """
from twisted.internet import defer
from buildbot.reporters.generators.build import BuildStatusGenerator
from buildbot.reporters.message import MessageFormatterRenderable
from buildbot.reporters.github import GitHubCommentPush
@util.renderer
@defer.inlineCallbacks
def failed_steps(props):
    lines = []
    master = props.master
    steps = yield props.master.data.get(('builders', props.getProperty('buildername'), 'builds',
                                         props.getProperty('buildnumber'), 'steps'))
    for step in steps:
        if step['results'] == util.Results.index('failure'):
            logs = yield master.data.get(("steps", step['stepid'], 'logs'))
            lines.append('Step : {0} Result : {1} Logs : {2}'.format(step['name'], util.Results[step['results']],
                                                                     len(logs)))
    return '\\n'.join(lines)
generator = BuildStatusGenerator(message_formatter=MessageFormatterRenderable(failed_steps))
c['services'].append(GitHubCommentPush(token=TOKEN, baseURL=GITHUB, generators=[generator], verbose=True, debug=True,
                                       verify=False))
"""


class SubclassTest(Forges, ServerTest):
    def test_links_to_another_place(self):
        carillon = self.shape(LINKS_ELSEWHERE)
        self.tell(carillon, [told(1, "mac"), begun(2, "guest-arm"), told(2, "guest-arm", 2)])
        self.assertEqual(self.outcomes(carillon, 2), {"GitHubStatusPush": ["delivered"] * 2})
        self.assertEqual(self.statuses("state", "description", "target_url"), [
            (2, "guests/guest-arm", "pending", "Ringing.", None),
            (2, "guests/guest-arm", "failure", "Rung.", "https://logs.example.org/2")])

    def test_words_that_count_the_steps(self):
        carillon = self.shape(WORDS_OF_STEPS)
        self.tell(carillon, [begun(1), told(1, steps=[step(10, "fetch"), step(11, "ring")]),
                         told(2, results=4, steps=[step(20, "fetch")])])
        self.assertEqual(self.outcomes(carillon, 3), {"GitHubStatusPush": ["delivered"] * 3})
        self.assertEqual(self.statuses("state", "description"), [
            (1, "buildbot/linux", "pending", "Build started."),
            (1, "buildbot/linux", "success", "Build success. steps:2"),
            (2, "buildbot/linux", "error", "Build exception. steps:1")])

    def test_a_repository_that_is_filtered_out(self):
        carillon = self.shape(FILTER)
        auto = {"repository": "https://forge.example.org/octo/auto.git", "project": "octo/auto"}
        self.tell(carillon, [begun(1, stamp=auto), told(1, stamp=auto), begun(2), told(2, results=2)])
        self.assertEqual(self.outcomes(carillon, 4), {"GitHubStatusPush": ["delivered"] * 2 + ["skipped"] * 2})
        self.assertEqual(self.statuses("state", "description"), [(2, "buildbot/linux", "pending", "Started"),
                                                                 (2, "buildbot/linux", "failure", "Done")])

    def test_statuses_and_comments_sent_by_their_own_methods(self):
        carillon = self.shape(STATUSES_AND_COMMENTS)
        made = {"stamp": {"project": "", "repository": "git@forge.example.org:octo/bell.git"},
                "properties": {"change": 12}}
        self.tell(carillon, [begun(1, **made), told(1, **made), told(2, "mac", 2, **made)])
        self.assertEqual(self.outcomes(carillon, 6),
                         {"GitHubStatusPush": ["delivered"] * 3, "ChangeComment": ["delivered"] * 3})
        self.assertEqual(self.statuses("state", "description", "target_url"), [
            (1, "buildbot/linux", "failure", "Build started.", told(1)["url"]),
            (1, "buildbot/linux", "success", "Build done.", told(1)["url"]),
            (2, "buildbot/mac", "failure", "Build done.", told(2, "mac")["url"])])
        self.assertEqual(sorted(self.github.bodies_of("octo/bell", 12)), ["Ringing.", "Rung out.", "Rung out."])

    def test_a_comment_with_the_steps_that_failed(self):
        carillon = self.shape(COMMENT_BY_A_RENDERER)
        pull = {"branch": "refs/pull/12/merge"}
        self.tell(carillon, [
            begun(1, stamp=pull), told(1, stamp=pull, results=4), told(2, results=2, steps=[step(20, "fetch", 2)]),
            told(3, stamp=pull, results=2, steps=[step(30, "fetch"), step(31, "ring", 2, stdio="x\n", tests="y\n"),
                                                  step(32, "tell", 2)])])
        self.assertEqual(self.outcomes(carillon, 2), {"GitHubCommentPush": ["delivered", "skipped"]})
        (text,) = self.github.bodies_of("octo/bell", 12)
        self.assertEqual(text.split("\n\n<!--")[0].splitlines(), [
            "Step : ring Result : failure Logs : 2", "Step : tell Result : failure Logs : 0"])


CHANGED_AFTERWARDS = """
@util.renderer
def context_of_cause(props):
    if "cause" not in props:
        return "belfry"
    return "belfry" + ":" + props.getProperty("cause")
_reporters = []
_reporters.append(reporters.GitHubStatusPush(TOKEN, context=context_of_cause, verbose=True, baseURL=GITHUB))
byName = dict([(r.name, r) for r in _reporters])  # names are read back
reporter = reporters.GerritStatusPush(**GERRIT, builders=[])
reporter.name = "GerritReporter(gerrit.example.org,29418,u)"
reporter._config_kwargs['builders'] = ["gate"]       # and arguments are changed afterwards
_reporters.append(reporter)
c['services'] = _reporters
"""

REVIEWS_BY_GENERATORS = """
from buildbot.reporters.gerrit import GerritBuildStartStatusGenerator, GerritBuildEndStatusGenerator
def start(builderName, build, callback_arg):
    if not build.get('properties', {}).get('event.change.project'):
        return dict()
    return dict(message="started %s" % build.get('url', callback_arg), labels={'Verified': 0})
def end(builderName, build, results, master, callback_arg):
    if results == util.RETRY:
        return dict()
    return dict(message="%s %s" % (util.Results[results].upper(), build['url']),
                labels={'Verified': -1 if results != util.SUCCESS else 1})
c['services'].append(reporters.GerritStatusPush(**GERRIT, generators=[
    GerritBuildStartStatusGenerator(callback=start, callback_arg='http://ci.example.org', builders=None,
                                    want_steps=False, want_logs=False),
    GerritBuildEndStatusGenerator(callback=end, callback_arg=None, builders=None, want_steps=True, want_logs=False)]))
c['services'].append(util.OldBuildCanceller(
    "canceller", branch_key=lambda b: b['branch'],
    filters=[(["a"], util.SourceStampFilter(filter_fn=lambda ss: True))]))
"""


class ReviewTest(Forges, ServerTest):
    change = {"event.change.id": "I1", "event.change.project": "bell", "event.patchSet.revision": sha(1)}

    def test_names_and_arguments_changed_after_the_call(self):
        gerrit = self.gerrit()
        carillon = self.shape(CHANGED_AFTERWARDS, GERRIT=gerrit.arguments())
        made = {"properties": self.change, "buildset": {"bsid": 7}}
        carillon.ingest([told(1, "other", 2, **made), told(2, "gate", properties={**self.change, "cause": "a push"},
                                                           buildset={"bsid": 7}), buildset(7, 2)])
        (review,) = gerrit.wait_for(1)
        self.assertEqual((review["labels"], review["revision"]), ({"Verified": 1}, sha(1)))
        self.assertIn("Builder gate succeeded", review["message"])
        self.assertNotIn("other", review["message"])
        self.assertEqual(self.outcomes(carillon, 3), {"GerritReporter(gerrit.example.org,29418,u)": ["delivered"],
                                                      "GitHubStatusPush": ["delivered"] * 2})
        self.assertEqual(self.statuses("state"), [(1, "belfry", "failure"), (2, "belfry:a push", "success")])

    def test_reviews_by_generators_beside_a_service_that_is_left_out(self):
        gerrit = self.gerrit()
        carillon = self.shape(REVIEWS_BY_GENERATORS, GERRIT=gerrit.arguments(), warnings=["OldBuildCanceller"])
        self.tell(carillon, [begun(1, properties=self.change), told(1, results=5, properties=self.change), begun(2),
                         told(1, "mac", 2, properties=self.change), told(3, properties=self.change)])
        states = [row["state"] for row in carillon.settled(5)]
        self.assertEqual((states.count("delivered"), states.count("skipped")), (3, 2))
        self.assertEqual(sorted((one["labels"]["Verified"], one["message"]) for one in gerrit.reviews()), [
            (-1, "FAILURE " + told(1, "mac")["url"]), (0, "started " + told(1)["url"]),
            (1, "SUCCESS " + told(3)["url"])])


if __name__ == "__main__":
    unittest.main()
