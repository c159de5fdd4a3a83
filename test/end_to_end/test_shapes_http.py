"""Configurations that post or write by functions and classes of their own, as Buildbot's users write them."""

import unittest

from carillon_test.case import ServerTest
from carillon_test.github_fake import GitHubFake
from carillon_test.shapes import Shaped, begun, sha, step, told


class Http(Shaped):
    def setUp(self):
        super().setUp()
        self.sink = self.http_sink()
        self.github = GitHubFake("octo/bell")
        self.addCleanup(self.github.close)

    def shape(self, text, **more):
        where = {"TOKEN": self.github.token, "GITHUB": self.github.api, "HTTP": self.sink.url.rstrip("/")}
        return super().shape(text, **where, **more)

    def posts(self):
        return [(request.path, request.json) for request in self.sink.received() if request.method == "POST"]

    def statuses(self):
        """[(build, context, state, description)] of what GitHub has taken."""
        with self.github._lock:
            return sorted((int(revision, 16), context, body["state"], body["description"])
                          for (_, revision, context), bodies in self.github.statuses.items() for body in bodies)


STATUSES_AND_A_FUNCTION = """
from buildbot.reporters.generators.build import BuildStartEndStatusGenerator, BuildStatusGenerator
from buildbot.process.results import FAILURE, EXCEPTION
names = ["bake_arm", "taste_arm"]
c['services'].append(reporters.GitHubStatusPush(token=TOKEN, baseURL=GITHUB,
    context=util.Interpolate("buildbot/%(prop:buildername)s"),
    generators=[BuildStartEndStatusGenerator(builders=names,
        start_formatter=reporters.MessageFormatterRenderable('Ringing.'),
        end_formatter=reporters.MessageFormatterRenderable('Rung.'))]))
def cracked(ctx):
    build = ctx['build']
    if build['results'] not in (FAILURE, EXCEPTION) or 'url' not in build:
        return
    return {'text': 'Builder %s on %s failed: %s' % (build['builder']['name'], build['properties']['workername'][0],
                                                     build['url'])}
c['services'].append(reporters.HttpStatusPush(serverUrl=HTTP + "/hook",
    generators=[BuildStatusGenerator(builders=names,
                                     message_formatter=reporters.MessageFormatterFunction(cracked, 'json'))]))
"""

ATTACHMENT_BY_A_FUNCTION = """
import buildbot
def chat(build):
    if build.get('results', None) is None:
        return
    ok = build['results'] == buildbot.process.results.SUCCESS
    fields = []
    if build['properties'].get('branch', [])[0]:
        fields.append(dict(title='Branch', value=build['properties']['branch'][0], short=True))
    return dict(text=' ', attachments=[dict(fallback=build['url'], color='good' if ok else 'failure', fields=fields)])
c['services'].append(reporters.HttpStatusPush(HTTP + "/hook", wantProperties=True, format_fn=chat))
"""

WHOLE_BUILDS = """
c['services'].append(reporters.GitHubStatusPush(token=TOKEN, baseURL=GITHUB, startDescription='Ringing.',
    endDescription='Rung.', context=util.Interpolate("%(prop:buildername)s")))
c['services'].append(reporters.HttpStatusPush(serverUrl=HTTP + "/submit.php"))
"""


class FunctionTest(Http, ServerTest):
    def test_statuses_and_a_post_of_failures(self):
        carillon = self.shape(STATUSES_AND_A_FUNCTION)
        self.tell(carillon, [begun(1, "other"), told(1, "other", 2), begun(2, "bake_arm"), told(2, "bake_arm"),
                         told(3, "taste_arm", 4), begun(4, "bake_arm"), told(4, "bake_arm", 2)])
        self.assertEqual(self.outcomes(carillon, 7), {
            "GitHubStatusPush": ["delivered"] * 5, "HttpStatusPush": ["delivered", "skipped"]})
        self.assertEqual(self.posts(), [
            ("/hook", {"text": f"Builder bake_arm on bell-1 failed: {told(4, 'bake_arm')['url']}"})])
        package = "buildbot/bake_arm"
        self.assertEqual(self.statuses(), [
            (2, package, "pending", "Ringing."), (2, package, "success", "Rung."),
            (3, "buildbot/taste_arm", "error", "Rung."),
            (4, package, "failure", "Rung."), (4, package, "pending", "Ringing.")])

    def test_an_attachment_whose_colour_is_the_result(self):
        carillon = self.shape(ATTACHMENT_BY_A_FUNCTION)
        self.tell(carillon, [begun(1), told(1), told(2, results=1), told(3, results=2, stamp={"branch": ""})])
        self.assertEqual(self.outcomes(carillon, 4), {"HttpStatusPush": ["delivered"] * 3 + ["skipped"]})
        branch = [{"title": "Branch", "value": "main", "short": True}]
        attachments = [{"fallback": told(number)["url"], "color": color, "fields": fields} for number, color, fields in
                       ((1, "good", branch), (2, "failure", branch), (3, "failure", []))]
        self.assertEqual(sorted(self.posts(), key=str), sorted(
            [("/hook", {"text": " ", "attachments": [one]}) for one in attachments], key=str))

    def test_statuses_and_whole_builds(self):
        carillon = self.shape(WHOLE_BUILDS)
        start, end = begun(1), told(1, results=2, people=["ann@example.org"], steps=[step(10, "make", 2)])
        self.tell(carillon, [start, end])
        self.assertEqual(self.outcomes(carillon, 4), {
            "GitHubStatusPush": ["delivered"] * 2, "HttpStatusPush": ["delivered"] * 2})
        self.assertEqual(self.statuses(), [(1, "linux", "failure", "Rung."), (1, "linux", "pending", "Ringing.")])
        for (path, body), one in zip(self.posts(), (start, end), strict=True):
            self.assertEqual((path, body["properties"]), ("/submit.php", {}))
            self.assertNotIn("steps", body)
            for name in ("number", "complete", "results", "state_string", "url", "started_at", "complete_at", "buildid",
                         "builder"):
                self.assertEqual(body[name], one[name], name)
            self.assertEqual(body["buildset"]["sourcestamps"][0]["revision"], sha(1))


LOG = """
from twisted.internet import defer
from buildbot.process.results import statusToString
from buildbot.reporters import utils, http
from buildbot.util.logger import Logger
logger = Logger()
class TowerPush(http.HttpStatusPushBase):
    name = "TowerPush"
    neededDetails = dict(wantProperties=True)
    def checkConfig(self, channel=None, **kwargs):
        if channel and not isinstance(channel, str):
            logger.warning("channel must be a string")
    @defer.inlineCallbacks
    def reconfigService(self, channel="#ci", **kwargs):
        yield super().reconfigService(**kwargs)
        self.channel = channel
    @defer.inlineCallbacks
    def send(self, build):
        owners = yield utils.getResponsibleUsersForBuild(self.master, build["buildid"])
        logger.info("%s: %s %s %s" % (self.channel, build["builder"]["name"], statusToString(build["results"]), owners))
c['services'].append(TowerPush(channel="#tower"))
"""

ISSUES = """
from twisted.internet import defer
from twisted.python import log
from buildbot import config
from buildbot.process.properties import Interpolate
from buildbot.reporters.base import ReporterBase
from buildbot.reporters.generators.build import BuildStatusGenerator
from buildbot.util import httpclientservice
class TicketPush(ReporterBase):
    name = "TicketPush"
    def checkConfig(self, owner, repo, token, generators=None, **kwargs):
        if generators is None:
            config.error("TicketPush: generators= is required")
        super().checkConfig(generators=generators, **kwargs)
        httpclientservice.HTTPClientService.checkAvailable(self.__class__.__name__)
    @defer.inlineCallbacks
    def reconfigService(self, owner, repo, token, generators, **kwargs):
        self._path = "/repos/{0}/{1}/issues".format(owner, repo)
        token = yield self.renderSecrets(token)
        yield super().reconfigService(generators=generators, **kwargs)
        self._http = yield httpclientservice.HTTPClientService.getService(
            self.master, HTTP, headers={"Authorization": "Bearer " + token}, debug=False, verify=True)
    @defer.inlineCallbacks
    def sendMessage(self, reports):
        for report in reports:
            response = yield self._http.post(self._path, json={
                "title": report.get("subject"), "body": report.get("body")})
            if response.code // 100 != 2:
                log.msg("failed")
c["services"].append(reporters.MailNotifier(fromaddr="bells@example.org", sendToInterestedUsers=False, smtpPort=SMTP,
    extraRecipients=["dev@example.org"], generators=[reporters.BuildStatusGenerator(
        mode=("warnings", "failing", "exception"),
        message_formatter=reporters.MessageFormatter(template="STATUS: {{ summary }}"))]))
c["services"].append(reporters.GitHubStatusPush(token=TOKEN, baseURL=GITHUB,
                                                context=Interpolate("buildbot/%(prop:buildername)s")))
issue = reporters.MessageFormatter(subject="[CI] {{ buildername }} - {{ summary }}", want_steps=True, want_logs=True,
template=\"\"\"{{ build['properties'].get('got_revision', ['?'])[0] }}
{% for step in build['steps'] %}- {{ step['number'] }}: {{ step['name'] }} {{ result_names[step['results']] }}{#
#}{% for log in step['logs'] %} [{{ log.name }}]({{ log.url }}){% endfor %}
{% endfor %}\"\"\")
c["services"].append(TicketPush(owner="o", repo="r", token="hush-0123456789", generators=[
    BuildStatusGenerator(builders=["plan9"], mode=("failing", "exception"), message_formatter=issue)]))
"""

PUSH_MAIL_AND_A_MIXIN = """
from buildbot import config
from buildbot.util.logger import Logger
from buildbot.util.giturlparse import giturlparse
from buildbot.reporters.http import HttpStatusPushBase
from buildbot.process.properties import Properties, Interpolate, renderer
from buildbot.process.results import Results
from buildbot.util import httpclientservice
from twisted.internet import defer
log = Logger()
def ensure_deferred(f):
    def wrapper(*args, **kwargs):
        return defer.ensureDeferred(f(*args, **kwargs))
    return wrapper
class Strike(HttpStatusPushBase):
    name = "Strike"
    neededDetails = dict(wantProperties=True)
    def __init__(self, baseURL, strike_on=None, builders=None, **kwargs):
        super().__init__(baseURL=baseURL, strike_on=strike_on, builders=builders, **kwargs)
    def checkConfig(self, baseURL, strike_on, **kwargs):
        if not isinstance(baseURL, str):
            config.error('`baseURL` must be a string')
        super().checkConfig(**kwargs)
    @ensure_deferred
    async def reconfigService(self, baseURL, strike_on, **kwargs):
        await super().reconfigService(**kwargs)
        self.strike_on = strike_on or set(Results)
        self._http = await httpclientservice.HTTPClientService.getService(self.master, baseURL)
    def filterBuilds(self, build):
        what = Results[build['results']] if build['complete'] else 'started'
        return what in self.strike_on and super().filterBuilds(build)
    @ensure_deferred
    async def send(self, build):
        props = Properties.fromDict(build['properties'])
        url = giturlparse(build['buildset']['sourcestamps'][0]['repository'])
        context = await props.render(Interpolate('u/%(prop:buildername)s'))
        await self._http.post("/x", json={'context': context, 'of': url.owner})
class RoomMail(reporters.MailNotifier):
    def __init__(self, room, fromaddr, template=None):
        super().__init__(fromaddr=fromaddr, extraRecipients=[room], sendToInterestedUsers=False, smtpPort=SMTP,
            messageFormatter=reporters.MessageFormatter(
                template=template or "<p>{{ summary }}</p>", template_type='html', wantProperties=True, wantSteps=True))
class OfBuilders:
    def __init__(self, *args, builders, **kwargs):
        super().__init__(*args, builders=[b.name for b in builders], **kwargs)
class Status(OfBuilders, reporters.GitHubStatusPush):
    pass
B = type("B", (), {"name": "a"})
c['services'] += [Strike(HTTP, strike_on={'failure'}), RoomMail("chat@example.org", "bells@example.org"),
                  Status(token=TOKEN, baseURL=GITHUB, builders=[B])]
"""


class OwnTest(Http, ServerTest):
    def test_lines_of_the_log(self):
        carillon = self.shape(LOG)
        whose = {"people": ["ben@example.org", "ann@example.org"], "properties": {"owner": "cora"}}
        self.tell(carillon, [begun(1, **whose), told(1, results=2, **whose), told(2, "mac")])
        for words in ("mac success", "linux not finished", "linux failure"):
            carillon.process.wait_for_output("#tower: " + words)
        lines = [line[line.index("#tower: "):] for line in carillon.process.text().splitlines() if "#tower: " in line]
        self.assertEqual(sorted(lines), ["#tower: linux failure ['ann@example.org', 'ben@example.org', 'cora']",
                                         "#tower: linux not finished ['ann@example.org', 'ben@example.org', 'cora']",
                                         "#tower: mac success []"])

    def test_issues_mail_and_statuses(self):
        smtp = self.smtp_sink()
        carillon = self.shape(ISSUES, SMTP=smtp.port)
        steps = [step(30, "fetch", stdio="ok\n"), step(31, "ring", 2, stdio="cracked\n", err="x\n")]
        self.tell(carillon, [begun(1, "plan9"), told(1, "plan9"), told(2, "plan9", 1), told(1, "linux", 4),
                         told(2, "linux", 6), told(3, "plan9", 2, steps=steps, properties={"got_revision": "f00d"})])
        url = told(3, "plan9")["url"]
        (path, body), = [(request.path, request.json) for request in self.sink.wait_for(1)]
        self.assertEqual((path, body["title"]), ("/repos/o/r/issues", "[CI] plan9 - BUILD FAILED: failed make"))
        self.assertEqual(body["body"].strip().splitlines(), [
            "f00d", f"- 0: fetch success [stdio]({url}/steps/0/logs/stdio)",
            f"- 1: ring failure [stdio]({url}/steps/1/logs/stdio) [err]({url}/steps/1/logs/err)"])
        self.assertEqual([request.headers["Authorization"] for request in self.sink.received()],
                         ["Bearer hush-0123456789"])
        mails = {mail.subject.partition(": ")[2]: mail.text.strip() for mail in smtp.wait_for(3)}
        self.assertEqual(sorted(mails), [
            "linux - exception make (main)", "plan9 - failed make (main)", "plan9 - warnings make (main)"])
        self.assertEqual(mails["linux - exception make (main)"], "STATUS: BUILD FAILED: exception make")
        self.assertEqual(self.outcomes(carillon, 10), {
            "MailNotifier": ["delivered"] * 3, "GitHubStatusPush": ["delivered"] * 6, "TicketPush": ["delivered"]})
        self.assertEqual([state for _, context, state, _ in self.statuses() if context == "buildbot/plan9"],
                         ["pending", "success", "success", "failure"])
        self.assertNotIn("hush-0123456789", carillon.process.text())

    def test_a_push_a_mail_and_a_mixin(self):
        smtp = self.smtp_sink()
        carillon = self.shape(PUSH_MAIL_AND_A_MIXIN, SMTP=smtp.port)
        self.tell(carillon, [begun(1, "a"), told(1, "a"), told(2, "b", 2), told(3, "b", 4), told(4, "a", 2)])
        self.assertEqual([text.strip() for text in sorted(mail.text for mail in smtp.wait_for(3))],
                         ["<p>BUILD FAILED: failed make</p>"] * 2 + ["<p>Build succeeded!</p>"])
        self.assertEqual(self.outcomes(carillon, 11), {
            "Strike": ["delivered"] * 2 + ["skipped"] * 3, "MailNotifier": ["delivered"] * 3,
            "GitHubStatusPush": ["delivered"] * 3})
        self.assertEqual(sorted(self.posts(), key=str),
                         [("/x", {"context": f"u/{name}", "of": "octo"}) for name in ("a", "b")])
        self.assertEqual({(*mail.recipients, mail.sender, mail.message.get_content_type()) for mail in smtp.received()},
                         {("chat@example.org", "bells@example.org", "text/html")})
        self.assertEqual([one[:3] for one in self.statuses()], [
            (1, "buildbot/a", "pending"), (1, "buildbot/a", "success"), (4, "buildbot/a", "failure")])


if __name__ == "__main__":
    unittest.main()
