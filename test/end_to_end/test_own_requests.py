"""Requests of reporters of a configuration's own: what they hold, what they ask, and what stays secret."""

import base64
import json
import unittest

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.http_sink import Answer
from carillon_test.waiting import wait_for

SECRET = "tower-key-0123456789"
HEAD = """
from buildbot.plugins import secrets
from buildbot.reporters.base import ReporterBase
from buildbot.reporters.http import HttpStatusPushBase
from buildbot.util import httpclientservice
from twisted.internet import defer
class Provider(secrets.SecretProviderBase if hasattr(secrets, 'SecretProviderBase') else object):
    async def get(self, name):
        return {'tower': SECRET}.get(name)
c['secretsProviders'] = [Provider()]
SECRET = 'tower-key-' + '0123456789'
"""


class OwnRequestsTest(ServerTest):
    def setUp(self):
        super().setUp()
        self.sink = self.http_sink()

    def run_with(self, text):
        url = self.sink.url.rstrip("/")
        carillon = self.carillon(start=False)
        carillon.configure(HEAD + text.replace("{url}", repr(url)))
        return carillon.start()

    def over(self, carillon, *states):
        def found():
            rows = carillon.deliveries()
            return rows if sorted(row["state"] for row in rows) == sorted(states) else None

        return wait_for(found, carillon.deliveries)

    def bodies(self):
        return [(request.method, request.path, request.body) for request in self.sink.requests]

    def test_a_secret_is_sent_and_not_kept(self):
        carillon = self.run_with("""
class Telling(ReporterBase):
    @defer.inlineCallbacks
    def reconfigService(self, token, **kwargs):
        self.token = yield self.renderSecrets(token)
        yield super().reconfigService(**kwargs)
        self._http = yield httpclientservice.HTTPClientService.getService(self.master, {url})
    async def sendMessage(self, reports):
        await self._http.post('/bot%s/send' % self.token, json={'token': self.token, 'text': reports[0]['body']},
                              headers={'X-Place': 'at ' + self.token})
        return await super().sendMessage(reports)
c['services'] = [Telling(util.Secret('tower'), generators=[reporters.BuildStatusGenerator(
    message_formatter=reporters.MessageFormatter(template='{secret:tower:0:}'))])]
""")
        carillon.ingest(build(1, "linux", 2))
        self.over(carillon, "delivered")
        (request,) = self.sink.requests
        self.assertEqual(request.path, f"/bot{SECRET}/send")
        self.assertEqual(json.loads(request.body), {"token": SECRET, "text": "{secret:tower:0:}"})
        self.assertEqual(request.headers["X-Place"], "at " + SECRET)
        shown = carillon.cli("explain", "--config", carillon.config, "linux/1").stdout
        self.assertIn("/bot{secret:tower:0:", shown)
        carillon.stop()
        for text in (shown, carillon.process.text()):
            self.assertNotIn(SECRET, text)
        kept = b"".join(file.read_bytes() for file in carillon.folder.glob("*.sqlite*"))
        self.assertGreater(len(kept), 1000)
        self.assertNotIn(SECRET.encode(), kept)

    def test_a_secret_that_is_first_used_in_a_callback_is_masked(self):
        carillon = self.run_with("""
class Telling(HttpStatusPushBase):
    @defer.inlineCallbacks
    def send(self, build):
        token = yield self.renderSecrets(util.Interpolate('%(secret:tower)s'))
        print('with ' + str(token))
        raise ValueError('no ' + str(token))
c['services'] = [Telling()]
""")
        carillon.ingest(build(1, "linux", 2))
        (row,) = self.over(carillon, "dead")
        self.assertIn("ValueError: no ***", row["note"])
        wait_for(lambda: "with ***" in carillon.process.text(), carillon.process.text)
        self.assertNotIn(SECRET, carillon.process.text() + json.dumps(row))

    def test_what_is_asked_in_vain_is_asked_again(self):
        self.sink.down()
        carillon = self.run_with("""
class Asking(ReporterBase):
    def reconfigService(self, **kwargs):
        self._http = httpclientservice.HTTPSession(self.master.httpservice, {url})
        return super().reconfigService(**kwargs)
    async def sendMessage(self, reports):
        response = await self._http.get('/known')
        if not self.is_status_2xx(response.code) or not self.isStatus2XX(response.code):
            return
        await self._http.post('/told', data=b'\\x1f\\x8b\\xff', timeout=5)
c['services'] = [Asking(generators=[reporters.BuildStatusGenerator()])]
""")
        self.assertIn("is fine", carillon.check().stdout)
        carillon.ingest(build(1, "linux", 2))
        wait_for(lambda: "asked in vain: GET http://127.0.0.1" in carillon.process.text(), carillon.process.text)
        self.assertEqual(carillon.deliveries(), [])
        self.sink.up()
        self.over(carillon, "delivered")
        self.assertEqual(self.bodies()[-2:], [("GET", "/known", b""), ("POST", "/told", b"\x1f\x8b\xff")])

    def test_what_a_request_cannot_have_is_refused(self):
        carillon = self.run_with("""
class Telling(HttpStatusPushBase):
    @defer.inlineCallbacks
    def reconfigService(self, **kwargs):
        yield super().reconfigService(**kwargs)
        self._http = yield httpclientservice.HTTPClientService.getService(self.master, {url})
    def send(self, build):
        return self._http.post('/r', json={}, auth=('ann', 'x'))
c['services'] = [Telling()]
""")
        carillon.ingest(build(1, "linux", 2))
        (row,) = self.over(carillon, "dead")
        self.assertIn("post(auth=...) is not taken; a login, headers and verify belong into", row["note"])
        self.assertEqual(self.bodies(), [])

    def test_a_posted_text_sends_nothing_of_its_own(self):
        other = self.http_sink()
        carillon = self.run_with("""
class Passing(reporters.HttpStatusPush):
    def send(self, build):
        return super().send(build)
c['services'] = [Passing({url}, user='ann', password='pw-0123456789')]
""")
        forged = {"method": "DELETE", "path": "@" + other.url.split("//")[1], "headers": {}, "body": "x", "type": ""}
        posted = {"carillon_request": forged, **build(1, "linux", 2)}
        self.assertEqual(carillon.ingest(posted).status, 202)
        self.over(carillon, "delivered")
        self.assertEqual([request.method for request in self.sink.requests], ["POST"])
        self.assertEqual(json.loads(self.sink.requests[0].body)["number"], 1)
        login = base64.b64encode(b"ann:pw-0123456789").decode()
        self.assertEqual(self.sink.requests[0].headers["Authorization"], "Basic " + login)
        self.assertEqual(other.requests, [])

    def test_a_report_has_all_its_parts(self):
        carillon = self.run_with("""
class Telling(ReporterBase):
    async def reconfigService(self, **kwargs):
        await super().reconfigService(**kwargs)
        self._http = await httpclientservice.HTTPClientService.getService(self.master, {url})
    def sendMessage(self, reports):
        report = reports[0]
        return self._http.post('/all', json={
            'subject': report['subject'], 'more': report['extra_info'], 'set': report['buildset']['bsid'],
            'patches': [patch['body'] for patch in report['patches']],
            'logs': ['%s.%s' % (log['stepname'], log['name']) for log in report['logs']],
            'content': report['logs'][0]['content']['content']})
formatter = reporters.MessageFormatterFunction(lambda context: 'words', 'plain')
class Formatter(reporters.MessageFormatter):
    def render_message_extra_info(self, context):
        return {'of': context['buildername']}
c['services'] = [Telling(generators=[reporters.BuildStatusGenerator(add_logs=['test.notes'], add_patch=True,
                                     message_formatter=Formatter(template='x', subject='{{ buildername }}'))]),
                 Telling(generators=[reporters.BuildStatusGenerator(add_logs=True, add_patch=True,
                                     message_formatter=formatter)], name='second')]
""".replace("'more': report['extra_info']", "'more': report['extra_info'] or {}"))
        logs = [{"name": name, "type": "t", "content": {"content": name + "\n"}} for name in ("stdio", "notes")]
        stamps = [{"codebase": "", "project": "", "repository": "https://h/o/r", "branch": "main", "revision": "a" * 40,
                   "patch": {"body": "+1", "level": 1, "author": "ann", "comment": "", "subdir": ""}}]
        carillon.ingest(build(1, "linux", 2, steps=[{"number": 0, "name": "test", "logs": logs}],
                              buildset={"bsid": 5, "sourcestamps": stamps}))
        self.over(carillon, "delivered", "delivered")
        posts = sorted((json.loads(request.body) for request in self.sink.requests), key=lambda one: len(one["logs"]))
        self.assertEqual(posts[0], {"subject": "linux", "more": {"of": "linux"}, "set": 5, "patches": ["+1"],
                                    "logs": ["test.notes"], "content": "notes\n"})
        self.assertEqual(posts[1], {"subject": "Buildbot failure in Test Bells on linux", "more": {}, "set": 5,
                                    "patches": ["+1"], "logs": ["test.stdio", "test.notes"], "content": "stdio\n"})


class CopiedTest(ServerTest):
    """What plugins and real configurations do besides."""

    def test_contexts_made_by_hand_and_a_type_of_ones_own(self):
        sink = self.http_sink()
        carillon = self.carillon("""
import buildbot, importlib, sys
from buildbot import __version__
from buildbot.interfaces import IRenderable
from buildbot.reporters.base import ReporterBase
from buildbot.reporters.message import MessageFormatterBase, create_context_for_build
from buildbot.util import httpclientservice
from twisted.internet import defer
assert __version__[0] in '34' and IRenderable.providedBy(util.Interpolate('x')) and not IRenderable.providedBy('x')
assert __file__.endswith('carillon.cfg')
for module in list(sys.modules.values()):
    if (getattr(module, '__file__', None) or '').endswith('carillon.cfg'):
        importlib.reload(module)
class Cards(MessageFormatterBase):
    template_type = 'card'
    def format_message_for_build(self, master, build, is_buildset=False, users=None, mode=None):
        ctx = create_context_for_build(mode, build, is_buildset, master, users)
        return {'body': '%s of %s: %s' % (ctx['status_detected'], ctx['buildername'], ctx['summary']), 'type': 'card',
                'subject': ctx['buildbot_title']}
class Telling(ReporterBase):
    def reconfigService(self, color=None, **kwargs):
        self._http = httpclientservice.HTTPSession(self.master.httpservice, {url})
        return super().reconfigService(**kwargs)
    def sendMessage(self, reports):
        return self._http.post('/', json=[reports[0][name] for name in ('type', 'subject', 'body')])
class Tagged(reporters.BuildStatusGenerator):
    def _matches_any_tag(self, tags):
        return super()._matches_any_tag(tags) or 'always' in tags
c['services'] = [Telling(color='red', generators=[Tagged(message_formatter=Cards(), tags=['nightly']),
                                                  reporters.WorkerMissingGenerator()])]
""".replace("{url}", repr(sink.url.rstrip("/"))))
        checked = carillon.check()
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertIn("Telling is not told of missing workers; the WorkerMissingGenerator is left out", checked.stderr)
        made = [build(number, "linux", 2) for number in (1, 2, 3)]
        for one, tags in zip(made, (["nightly"], ["always"], ["other"])):
            one["builder"]["tags"] = tags
        carillon.ingest(made)
        wait_for(lambda: len(carillon.deliveries()) == 3, carillon.deliveries)
        sink.wait_for(2)
        words = ["card", "Test Bells", "failed build of linux: BUILD FAILED"]
        for request in sink.requests:
            got = json.loads(request.body)
            self.assertEqual([*got[:2], got[2][: len(words[2])]], words)
        self.assertEqual(len(sink.requests), 2)

    def test_a_name_that_does_nothing_is_never_sent(self):
        sink = self.http_sink()
        carillon = self.carillon(f"""
from buildbot.reporters.http import HttpStatusPushBase
from buildbot.reporters.message import default_subject_template
from buildbot.util.httpclientservice import HTTPClientService
class Telling(HttpStatusPushBase):
    async def reconfigService(self, **kwargs):
        await super().reconfigService(**kwargs)
        self._http = await HTTPClientService.getService(self.master, {sink.url.rstrip('/')!r})
    def send(self, build):
        return self._http.post('/', json={{'text': 'by %s' % default_subject_template}})
c['services'] = [Telling()]
""")
        carillon.ingest(build(1, "linux", 2))
        wait_for(lambda: [row["state"] for row in carillon.deliveries()] == ["dead"], carillon.deliveries)
        self.assertIn("holds a name of Buildbot that does nothing here", carillon.deliveries()[0]["note"])
        self.assertEqual(sink.requests, [])

    def test_methods_of_buildbot_2_are_refused(self):
        carillon = self.carillon(start=False)
        carillon.configure("""
from buildbot.reporters.http import HttpStatusPushBase
class Telling(HttpStatusPushBase):
    def buildStarted(self, key, build):
        return self.send(build)
    def send(self, build):
        pass
c['services'] = [Telling()]
""")
        done = carillon.check()
        self.assertEqual(done.returncode, 1)
        self.assertIn("Telling overrides buildStarted, which Carillon never calls", done.stderr)


class WordsTest(ServerTest):
    def test_a_template_of_json_is_the_document(self):
        sink = self.http_sink()
        carillon = self.carillon(f"""
words = reporters.MessageFormatter(template='{{"of": "{{{{ buildername }}}}"}}', template_type='json')
c['services'] = [reporters.HttpStatusPush({sink.url!r}, generators=[reporters.BuildStatusGenerator(message_formatter=words)])]
""")
        carillon.ingest(build(1, "linux", 2))
        sink.wait_for(1)
        self.assertEqual(sink.requests[0].body, b'{"of": "linux"}')

    def test_a_log_that_nobody_has_and_a_subject_of_the_sourcestamp(self):
        smtp = self.smtp_sink()
        carillon = self.carillon(f"""
c['services'] = [reporters.MailNotifier('ci@example.org', relayhost='127.0.0.1', smtpPort={smtp.port},
    sendToInterestedUsers=False, extraRecipients=['dev@example.org'],
    generators=[reporters.BuildStatusGenerator(add_logs=['make.stdio', 'notes'])])]
""")
        stamps = [{"codebase": "", "project": "", "repository": "https://h/o/r", "branch": "dev", "revision": "a" * 40}]
        step = {"number": 0, "name": "make", "logs": [{"name": "stdio", "type": "t", "content": "x\n"}]}
        carillon.ingest(build(1, "linux", 2, steps=[step], buildset={"sourcestamps": stamps}))
        (got,) = smtp.wait_for(1)
        self.assertTrue(got.subject.endswith("(dev)"), got.subject)
        self.assertEqual(list(got.attachments), ["make.stdio"])
        wait_for(lambda: carillon.deliveries()[0]["note"] == "no log is named notes", carillon.deliveries)


class OwnStatusesTest(ServerTest):
    def statuses(self, text, count, **members):
        sink = self.http_sink()
        sink.default = Answer(201)
        carillon = self.carillon(text.format(url=sink.url.rstrip("/")))
        stamps = [{"codebase": "", "project": "octo/bell", "repository": "https://127.0.0.1/octo/bell", "branch": "main",
                   "revision": "0123456789abcdef0123456789abcdef01234567"}]
        one = build(1, "linux", 0, buildset={"sourcestamps": stamps}, **members)
        if members:  # as `carillon exec` and minimal posts have it
            for name in ("buildid", "builderid", "buildrequestid", "buildrequest"):
                one.pop(name, None)
        carillon.ingest(one)
        sink.wait_for(count)
        return [json.loads(request.body) for request in sink.requests]

    def test_what_setting_up_puts_on_self_counts(self):
        (status,) = self.statuses("""
class Named(reporters.GitHubStatusPush):
    def setDefaults(self, context, startDescription, endDescription):
        self.context, self.endDescription = 'mine', 'Rung.'
c['services'] = [Named('t', baseURL={url!r})]
""", 1)
        self.assertEqual((status["context"], status["description"]), ("mine", "Rung."))

    def test_details_of_a_build_without_ids(self):
        posts = self.statuses("""
from buildbot.reporters.utils import getDetailsForBuild
class Telling(reporters.GitHubStatusPush):
    async def sendMessage(self, reports):
        build = reports[0]['builds'][0]
        await getDetailsForBuild(self.master, build, want_steps=True, want_logs=True, want_logs_content=True)
        log = build['steps'][0]['logs'][0]
        headers = await self._get_auth_header(None)
        await self._http.post('/told', headers=headers, json=[
            build['steps'][0]['name'], log['content']['content'], log['url'], log['url_raw'], log['stepname']])
c['services'] = [Telling('t', baseURL={url!r}, generators=[reporters.BuildStatusGenerator(mode='all')])]
""", 1, steps=[{"number": 0, "name": "test", "logs": [{"logid": 9, "name": "stdio", "type": "t", "content": "x\n"}]}],
            url="https://ci.example.org/#/builders/1/builds/1")
        url = "https://ci.example.org/#/builders/1/builds/1/steps/0/logs/stdio"
        self.assertEqual(posts, [["test", "x\n", url, "https://ci.example.org/api/v2/logs/9/raw", "test"]])

    def test_create_status_of_buildbot_4(self):
        (status,) = self.statuses("""
class Renamed(reporters.GitHubStatusPush):
    def createStatus(self, repo_user, repo_name, sha, state, props, target_url=None, context=None, issue=None,
                     description=None):
        return super().createStatus(repo_user, repo_name, sha, state, props, target_url,
                                    context + '/' + props.getProperty('buildername'), issue, description)
c['services'] = [Renamed('t', baseURL={url!r}, context='ci')]
""", 1)
        self.assertEqual((status["context"], status["state"]), ("ci/linux", "success"))


if __name__ == "__main__":
    unittest.main()
