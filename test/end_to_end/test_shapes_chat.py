"""Configurations of IRC bots as Buildbot's users write them: what is announced, and what is not."""

import re
import unittest

from carillon_test.case import ServerTest
from carillon_test.github_fake import GitHubFake
from carillon_test.irc_client import IrcClient
from carillon_test.irc_server import InspIrcd, NgIrcd
from carillon_test.irc_services import IrcServices
from carillon_test.shapes import Shaped, begun, missing, sha, step, told

GOOD, WARN, BAD, EXCEPTION, CANCELLED = 0, 1, 2, 4, 6


class Chat(Shaped):
    """A bot "bells" in #bells, where Ann listens."""

    password = None  # of the server

    def setUp(self):
        super().setUp()
        self.context = None
        self.server = self.make_server()
        self.addCleanup(self.server.close)
        self.server.start()
        self.port = self.server.tls_port if self.context else self.server.port
        self.ann = IrcClient(self.port, "Ann", tls=self.context, password=self.password).join("#bells")
        self.addCleanup(self.ann.quit)

    def make_server(self):
        return NgIrcd(self._new("ircd"), password=self.password)

    def bot(self, text, **more):
        """A Carillon with this configuration whose bot is in the channel."""
        made = self.shape(text, IRC_PORT=self.port, **more)
        self.ann.wait_until_joined("bells", "#bells")
        return made

    @staticmethod
    def ends(*results):
        """Builds 1, 2, ... of linux that ended so."""
        return [told(number, results=result) for number, result in enumerate(results, 1)]

    def said(self, count):
        """What the bot has said in the channel; the last is to be the last of all."""
        return self.ann.wait_for_texts(count, "#bells", "bells", 120)

    def numbers(self, count, builder="linux"):
        """The numbers of the builds that it told of."""
        return [int(re.search(rf"#(\d+) of {builder} ", text)[1]) for text in self.said(count)]


def words(number, what, color="", builder="linux"):
    """An announcement as it is said."""
    shown = f"\x03{color}{what}\x0f" if color else what
    results = {"completed successfully": GOOD, "failed": BAD, "stopped with exception": EXCEPTION}
    one = told(number, builder, results[what])
    state = "." if what == "completed successfully" else f": {one['state_string']}"
    return f"Build #{number} of {builder} {shown}{state} {one['url']}"


NOTICES_AND_STATUSES = """
gs = reporters.GitHubStatusPush(token=TOKEN, baseURL=GITHUB, context=util.Interpolate("buildbot/%(prop:buildername)s"),
                                verbose=True)
irc = reporters.IRC(host="127.0.0.1", port=IRC_PORT, nick="bells", channels=["#bells"], noticeOnChannel=True,
                    notify_events={'started': 1, 'success': 1, 'failure': 1, 'exception': 1})
c['services'].append(irc)
c['services'].append(gs)
"""

NO_EVENTS = """
c['services'].append(reporters.IRC("127.0.0.1", "bells", port=IRC_PORT, useColors=True,
                                   channels=[{"channel": "#bells"}], password="pull-hard", notify_events={}))
"""

CHANGES = """
c['services'] = [reporters.IRC("127.0.0.1", "bells", port=IRC_PORT, useColors=False, channels=[{"channel": "#bells"}],
    notify_events={'exception': 1, 'successToFailure': 1, 'failureToSuccess': 1})]
"""

CHANGES_AND_MAIL = """
c['services'].append(reporters.IRC("127.0.0.1", "bells", port=IRC_PORT, useColors=False,
    channels=[{"channel": "#bells"}],
    notify_events={'exception': 1, 'successToFailure': 1, 'failureToSuccess': 1}))
c['services'].append(reporters.MailNotifier(fromaddr="ci@example.org", sendToInterestedUsers=False, smtpPort=SMTP,
                                            extraRecipients=['dev@example.org']))
"""

NO_FORCING = """
c["services"] = [reporters.IRC("127.0.0.1", "bells", port=IRC_PORT, useColors=True, allowForce=False,
    notify_events={'failure': 1, 'exception': 1, 'failureToSuccess': 1, 'exceptionToSuccess': 1},
    channels=[{'channel': '#bells'}])]
"""


class DictionaryTest(Chat, ServerTest):
    """The keys of notify_events count, whatever their values."""

    def test_notices_in_the_channel_beside_statuses(self):
        github = GitHubFake("octo/bell")
        self.addCleanup(github.close)
        carillon = self.bot(NOTICES_AND_STATUSES, TOKEN=github.token, GITHUB=github.api)
        carillon.ingest([begun(1), told(1), told(2, results=WARN), told(3, results=CANCELLED), told(4, results=BAD),
                         told(5, results=EXCEPTION)])
        self.assertEqual(self.said(4), [
            f"Build #1 of linux started. {told(1)['url']}", words(1, "completed successfully", "03"),
            words(4, "failed", "04"), words(5, "stopped with exception", "06")])
        self.assertEqual({said.command for said in self.ann.heard("#bells", "bells")}, {"NOTICE"})
        self.assertEqual(self.outcomes(carillon, 10), {"IRC": ["delivered"] * 4, "GitHubStatusPush": ["delivered"] * 6})
        self.assertEqual([github.states("octo/bell", sha(number), "buildbot/linux") for number in range(1, 6)],
                         [["pending", "success"], ["success"], ["error"], ["failure"], ["error"]])

    def test_changes_between_good_and_bad_without_colours(self):
        carillon = self.bot(CHANGES)
        carillon.ingest([begun(1), *self.ends(GOOD, BAD, BAD, GOOD, EXCEPTION, GOOD, WARN, BAD, GOOD)])
        self.assertEqual(self.said(4), [words(2, "failed"), words(4, "completed successfully"),
                                        words(5, "stopped with exception"), words(9, "completed successfully")])
        self.assertEqual(self.outcomes(carillon, 4), {"IRC": ["delivered"] * 4})

    def test_changes_in_the_channel_and_every_end_by_mail(self):
        smtp = self.smtp_sink()
        carillon = self.bot(CHANGES_AND_MAIL, SMTP=smtp.port)
        carillon.ingest([begun(1), *self.ends(GOOD, GOOD, EXCEPTION, WARN, GOOD, BAD)])
        self.assertEqual(self.numbers(2), [3, 6])
        mails = smtp.wait_for(5)
        self.assertEqual(sorted(mail.subject.split()[1] for mail in mails),
                         ["failure", "success", "success", "success", "warnings"])
        self.assertEqual({(mail.sender, *mail.recipients) for mail in mails}, {("ci@example.org", "dev@example.org")})
        self.assertEqual(self.outcomes(carillon, 7), {"IRC": ["delivered"] * 2, "MailNotifier": ["delivered"] * 5})

    def test_bad_ones_and_what_follows_them(self):
        carillon = self.bot(NO_FORCING)
        carillon.ingest([begun(1), *self.ends(GOOD, BAD, BAD, GOOD, GOOD, EXCEPTION, GOOD, EXCEPTION, WARN, GOOD,
                                              CANCELLED, GOOD, BAD)])
        self.assertEqual(self.numbers(7), [2, 3, 4, 6, 7, 8, 13])
        self.assertEqual([said for said in self.said(7) if "#4 " in said], [words(4, "completed successfully", "03")])
        self.ann.say("#bells", "bells: force build linux")
        self.ann.wait_for_text("You shall not pass, Ann!", "#bells", "bells")
        self.assertEqual(self.outcomes(carillon, 7), {"IRC": ["delivered"] * 7})


LIST = """
c["services"].append(reporters.IRC("127.0.0.1", "bells", port=IRC_PORT, password="pull-hard", channels=["#bells"],
                                   notify_events=["exception", "problem", "recovery"]))
"""


class PasswordTest(Chat, ServerTest):
    password = "pull-hard"

    def test_no_events_at_all(self):
        carillon = self.bot(NO_EVENTS)
        carillon.ingest([begun(1), *self.ends(GOOD, BAD, WARN, EXCEPTION, GOOD)])
        self.assertEqual(carillon.explain("linux/5")["events"][0]["deliveries"], [])
        self.ann.say("bells", "notify on success")
        self.ann.wait_for_text("notified: success", nick="bells")
        carillon.ingest(told(6))
        self.ann.wait_for_text("#6 of linux", nick="bells")
        self.ann.say("#bells", "bells: version")
        self.assertRegex(self.said(1)[-1], "^This is Carillon ")
        self.assertEqual(len(self.ann.heard("#bells", "bells")), 1)
        self.assertEqual(self.outcomes(carillon, 1), {"IRC": ["delivered"]})
        self.assertNotIn(self.password, carillon.process.text())

    def test_a_list_of_events(self):
        carillon = self.bot(LIST)
        carillon.ingest([begun(1), *self.ends(BAD, GOOD, GOOD, WARN, EXCEPTION, EXCEPTION, BAD, WARN, BAD, BAD, GOOD)])
        self.assertEqual(self.numbers(6), [2, 5, 6, 8, 9, 11])
        self.assertEqual(self.said(6)[0], words(2, "completed successfully", "03"))
        self.assertEqual(self.outcomes(carillon, 6), {"IRC": ["delivered"] * 6})


REVISIONS_OVER_TLS = """
from buildbot.reporters.irc import IRC
c['services'] = [IRC(host="localhost", port=IRC_PORT, useSSL=True, nick="bells", password="pull-hard",
    channels=["#bells"], lostDelay=2, failedDelay=60, useRevisions=True,
    notify_events={"failureToSuccess": True, "exceptionToSuccess": True, "failure": True, "exception": True})]
"""

MAIL_CHAT_AND_STATUSES = """
c['secretsProviders'] = [{'statuses_token': TOKEN}]
builders = ['lint', 'linux']
c['services'] = [
    reporters.MailNotifier(fromaddr="ci@example.com", sendToInterestedUsers=False, relayhost="localhost", smtpPort=SMTP,
                           mode='failing', extraRecipients=["dev@example.com"]),
    reporters.IRC(host="localhost", nick="bells", useSSL=True, port=IRC_PORT, channels=[{"channel": "#bells"}],
        password="pull-hard",
        notify_events={'exception': True, 'successToFailure': True, 'failureToSuccess': True}),
    reporters.GitHubStatusPush(token=util.Secret('statuses_token'), baseURL=GITHUB, builders=builders)]
"""


class TlsTest(Chat, ServerTest):
    def make_server(self):
        made = self.certificates()
        self.context, self.env = made.client_context(), {"SSL_CERT_FILE": str(made.ca)}
        return InspIrcd(self._new("ircd"), made, services=True)

    def setUp(self):
        super().setUp()
        self.services = IrcServices(self.server.services_port, {"bells": "pull-hard"})
        self.addCleanup(self.services.close)

    def test_revisions_with_an_account(self):
        carillon = self.bot(REVISIONS_OVER_TLS, env=self.env)
        carillon.ingest([begun(1), *self.ends(GOOD, BAD, GOOD, EXCEPTION, GOOD, GOOD, BAD)])
        texts = self.said(5)
        self.assertEqual([text.split(" ")[:6] for text in texts],
                         [["Build", "containing", "revision(s)", f"[{sha(1)[:7]}]", "on", "linux"]] * 5)
        self.assertEqual([re.sub(r"\x03\d\d|\x0f", "", text).split(" linux ")[1].split(" http")[0] for text in texts], [
            "failed: failed make", "completed successfully.", "stopped with exception: exception make",
            "completed successfully.", "failed: failed make"])
        self.assertEqual(self.services.logins, [("sasl", "bells")])
        self.assertEqual(self.outcomes(carillon, 5), {"IRC": ["delivered"] * 5})

    def test_mail_chat_and_statuses_with_a_secret(self):
        smtp, github = self.smtp_sink(), GitHubFake("octo/bell")
        self.addCleanup(github.close)
        carillon = self.bot(MAIL_CHAT_AND_STATUSES, SMTP=smtp.port, TOKEN=github.token, GITHUB=github.api, env=self.env)
        carillon.ingest([begun(1, "mac"), told(1, "mac", BAD), begun(1), *self.ends(GOOD, EXCEPTION, WARN, GOOD, BAD)])
        self.assertEqual(self.numbers(2), [2, 5])
        self.assertEqual(sorted(mail.subject for mail in smtp.wait_for(2)),
                         [f"Buildbot failure in Test Bells on {builder}" for builder in ("linux", "mac")])
        self.assertEqual(self.outcomes(carillon, 10), {
            "IRC": ["delivered"] * 2, "MailNotifier": ["delivered"] * 2, "GitHubStatusPush": ["delivered"] * 6})
        self.assertEqual({context for _, _, context in github.statuses}, {"buildbot/linux"})
        self.assertEqual(github.states("octo/bell", sha(1), "buildbot/linux"), ["pending", "success"])
        self.assertNotIn(github.token, carillon.process.text())


LABORATORY = """
import re
from zope.interface import implementer
from buildbot import interfaces
from buildbot import util as bb_util
from twisted.internet import defer
from buildbot.process.results import FAILURE, SUCCESS, WARNINGS, statusToString
from buildbot.process.properties import Interpolate
from buildbot.reporters.generators.build import BuildStatusGenerator, BuildStartEndStatusGenerator
from buildbot.reporters.github import GitHubCommentPush
from buildbot.reporters.message import MessageFormatter, MessageFormatterBase, MessageFormatterMissingWorker
from buildbot.reporters.utils import getDetailsForBuild
@implementer(interfaces.IEmailLookup)
class People(bb_util.ComparableMixin):
    compare_attrs = ("noreply",)
    def __init__(self):
        self.noreply = re.compile(r"\\bnoreply\\b", re.I)
    def getAddress(self, name):
        return None if '@' not in name or self.noreply.search(name) else name
class Telling(MessageFormatter):
    def buildAdditionalContext(self, master, ctx):
        ctx.update(self.context)
        failed = [s for s in ctx['build']['steps'] if s['results'] == FAILURE]
        ctx.update({'cracked_step': failed[0]['name'] if failed else '?', 'details': ''.join(
            l['content']['content'] for s in failed for l in s['logs'])})
MAIL = Telling(template="{{ status_detected }} on {{ buildername }}\\n{{ summary }}\\nat {{ cracked_step }}\\n"
                            "{{ details }}",
                   template_type="plain", want_logs=True, want_logs_content=True, want_properties=True, want_steps=True)
class TellingMail(BuildStatusGenerator):
    def __init__(self, mode=("problem",), message_formatter=MAIL, **kwargs):
        super().__init__(mode=mode, message_formatter=message_formatter, **kwargs)
class ShortMail(BuildStatusGenerator):
    def __init__(self, mode=("failing",), **kwargs):
        formatter = MessageFormatter(subject="Broken: {{ buildername }}")
        super().__init__(mode=mode, message_formatter=formatter, **kwargs)
class CrackComment(BuildStatusGenerator):
    def __init__(self, builders=None, message_formatter=MAIL):
        super().__init__(mode=("problem",), builders=builders)
        self.formatter = message_formatter
    def is_message_needed_by_results(self, build):
        prev = build.get("prev_build")
        return build["results"] == FAILURE and bool(prev) and prev["results"] in (SUCCESS, WARNINGS)
    @defer.inlineCallbacks
    def generate(self, master, reporter, key, build):
        yield getDetailsForBuild(master, build, want_properties=True, want_steps=True, want_previous_build=True,
                                 want_logs=True, want_logs_content=True)
        if not self.is_message_needed_by_props(build) or not self.is_message_needed_by_results(build):
            return None
        changes = yield master.data.get(("builds", build["buildid"], "changes"))
        m = re.search(r"\\(#(\\d+)\\)$", changes[0]["comments"].split("\\n")[0]) if len(changes) == 1 else None
        if not m:
            return None
        info = build.copy()
        info["properties"] = dict(build["properties"], issue=(m.group(1), None))
        report = yield self.build_message(self.formatter, master, reporter, info)
        return report
class CrackComments(GitHubCommentPush):
    name = "CrackComments"
    def _extract_issue(self, props):
        return props.getProperty("issue")
    @defer.inlineCallbacks
    def createStatus(self, repo_user, repo_name, sha, state, props=None, target_url=None, context=None, issue=None,
                     description=None):
        comments = yield self._http.get("/repos/%s/%s/issues/%s/comments" % (repo_user, repo_name, issue))
        known = yield comments.json()
        return (yield self._http.post("/repos/%s/%s/issues/%s/comments" % (repo_user, repo_name, issue),
                                      json={"body": "%d: %s" % (len(known), description)}))
class Words(MessageFormatterBase):
    def __init__(self, label=None):
        self.label = label
        super().__init__(want_logs=True, want_logs_content=True, want_properties=True, want_steps=True)
    def format_message_for_build(self, master, build, **kwargs):
        return {"body": self.label, "type": "plain", "subject": None, "extra_info": None}
c['services'] += [
    reporters.IRC(useColors=False, host="127.0.0.1", port=IRC_PORT, nick="bells", channels="#bells".split(','),
                  useRevisions=False, showBlameList=True, notify_events="exception,problem,recovery".split(',')),
    CrackComments(token=TOKEN, baseURL=GITHUB, generators=[CrackComment(builders=["a"])]),
    reporters.GitHubStatusPush(token=TOKEN, baseURL=GITHUB, context=Interpolate("%(prop:buildername)s"), verbose=True,
        generators=[BuildStartEndStatusGenerator(builders=["a", "b"], start_formatter=Words("Going"))]),
    reporters.MailNotifier(fromaddr="lab@example.org", extraRecipients=["lab@example.org"], lookup=People(),
        dumpMailsToLog=True, smtpPort=SMTP, extraHeaders={
            "Reply-To": "lab@example.org", "X-Tag": Interpolate("builder=%(prop:buildername)s")},
        generators=[TellingMail(builders=["a"])]),
    reporters.MailNotifier(fromaddr="lab@example.org", sendToInterestedUsers=False, extraRecipients=["x@example.org"],
        smtpPort=SMTP, generators=[ShortMail(mode="problem", builders=["b"]),
        reporters.WorkerMissingGenerator(workers=["w"], message_formatter=MessageFormatterMissingWorker())])]
"""


class LaboratoryTest(Chat, ServerTest):
    def test_comments_mail_and_statuses_of_own_generators(self):
        smtp, github = self.smtp_sink(), GitHubFake("octo/bell")
        self.addCleanup(github.close)
        carillon = self.bot(LABORATORY, SMTP=smtp.port, TOKEN=github.token, GITHUB=github.api,
                            warnings=["dumpMailsToLog"])

        def built(number, name, results, people=(), comments="Mend the rope (#12)\n\nIt broke."):
            first = 10 * number + 100 * ord(name)
            steps = [step(first, "fetch"), step(first + 1, "ring", results, stdio=f"cracked {number}\n")]
            one = told(number, name, results, people=people, steps=steps)
            for change in one["changes"]:
                change["comments"] = comments
            return one

        ann = "ann@example.org"
        carillon.ingest([
            begun(1, "a"), built(1, "a", GOOD, [ann]), built(2, "a", BAD, [ann]), built(3, "a", BAD, [ann]),
            built(4, "a", GOOD), built(5, "a", BAD, ["ben", "me@noreply.example.org"], "No number"), told(1, "b", WARN),
            told(2, "b", BAD), told(3, "b", BAD), told(1, "other"), told(2, "other", BAD),
            missing(8, "v", "vera@example.org"), missing(9, "w", "will@example.org")])
        mails = {mail.message["To"]: mail for mail in smtp.wait_for(4)}
        self.assertEqual(sorted(mails), ["ann@example.org", "lab@example.org", "will@example.org", "x@example.org"])
        mail = mails[ann]
        self.assertEqual(
            (mail.subject.partition(" ")[2], mail.message["Cc"], mail.message["Reply-To"], mail.message["X-Tag"]),
            ("Buildbot (Test Bells): a - failed make (main)", "lab@example.org", "lab@example.org", "builder=a"))
        text = "new failure on a\nBUILD FAILED: failed make\nat ring\ncracked {}"
        self.assertEqual(mail.text.splitlines()[:4], text.format(2).splitlines())
        self.assertEqual(mails["lab@example.org"].text.splitlines()[:4], text.format(5).splitlines())
        self.assertEqual(mails["x@example.org"].subject, "Broken: b")
        for part in ("new failure", "octo/bell", told(2, "b")["url"], "BUILD FAILED: failed make"):
            self.assertIn(part, mails["x@example.org"].text)
        self.assertRegex(mails["will@example.org"].subject, "^Buildbot .*worker w missing$")
        self.assertIn("an hour ago", mails["will@example.org"].text)
        self.assertEqual(sorted(self.numbers(5, r"\w+")), [2, 2, 2, 4, 5])
        states = [row["state"] for row in carillon.settled(28) if row["reporter"] == "CrackComments"]
        self.assertEqual((states.count("delivered"), states.count("skipped")), (1, 9))
        self.assertEqual([body.strip() for body in github.bodies_of("octo/bell", 12)], ["0: " + text.format(2)])
        self.assertEqual(len(smtp.received()), 4)
        self.assertEqual([github.states("octo/bell", sha(number), "a") for number in range(1, 6)],
                         [["pending", "success"], ["failure"], ["failure"], ["success"], ["failure"]])
        self.assertEqual([github.states("octo/bell", sha(number), "b") for number in range(1, 5)],
                         [["success"], ["failure"], ["failure"], []])
        self.assertEqual({context for _, _, context in github.statuses}, {"a", "b"})
        self.assertEqual(github.statuses["octo/bell", sha(1), "a"][0]["description"], "Going")
        self.assertEqual(list(github.comments), [("octo/bell", 12)])


if __name__ == "__main__":
    unittest.main()
