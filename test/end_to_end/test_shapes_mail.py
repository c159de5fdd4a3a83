"""Configurations of mail as Buildbot's users write them: who gets which words of which builds, and who does not."""

import unittest

from carillon_test.case import ServerTest
from carillon_test.gerrit_ssh import GerritSsh
from carillon_test.shapes import Shaped, begun, buildset, missing, sha, step, told

SKULL, FINGER = "\N{SKULL AND CROSSBONES}", "\N{WHITE UP POINTING INDEX}"

EVERYTHING_BY_LOGIN = """
c['services'].append(reporters.MailNotifier(fromaddr="bells@example.org", sendToInterestedUsers=True,
    extraRecipients=["tower@example.org"], relayhost="localhost", smtpPort=SMTP, smtpUser="ring@example.com",
    smtpPassword="pull-hard"))
"""

SETTINGS_FROM_A_DICTIONARY = """
config = dict(mail_host="localhost", mail_port=SMTP, mail_starttls=True, mail_tls=False, mail_user="ringer",
              mail_password="pull-hard", mail_sender="bells@localhost",
              mail_recipients=["ann@localhost", "ben@localhost"])
c["services"] += [reporters.MailNotifier(relayhost=config["mail_host"], smtpPort=config["mail_port"],
    useTls=config["mail_starttls"], useSmtps=config["mail_tls"], smtpUser=config["mail_user"],
    smtpPassword=config["mail_password"], fromaddr=config["mail_sender"], extraRecipients=config["mail_recipients"],
    sendToInterestedUsers=False)]
"""

EXCEPTIONS_BESIDE_A_SERVICE = """
from buildbot.util import httpclientservice, service
from twisted.internet import defer
class Events(service.BuildbotService):
    def __init__(self, where, prefix='', name='Events'):
        service.BuildbotService.__init__(self, name=name)
        self.host = where
    @defer.inlineCallbacks
    def startService(self):
        yield service.BuildbotService.startService(self)
        self._consumers = [(yield self.master.mq.startConsuming(self.buildFinished, ('builds', None, 'finished')))]
    def buildFinished(self, key, build):
        pass
c['services'] = [Events(where="h", prefix='tower'),
    reporters.MailNotifier(fromaddr='bells@example.org', sendToInterestedUsers=False, smtpPort=SMTP,
                           extraRecipients=['dev@example.org'], mode=('exception'), addPatch=False)]
"""

OLD_KEY = """
mn = reporters.MailNotifier(fromaddr='bells@example.org', sendToInterestedUsers=True, builders=["chime"], mode=('all'),
                            extraRecipients=["dev@example.org"], relayhost='localhost', smtpPort=SMTP, useTls=True)
c['status'] = [mn]
"""

FAILURES_BY_A_GENERATOR = """
generator = reporters.BuildStatusGenerator(mode=('failing',))
c['services'].append(reporters.MailNotifier(fromaddr="bells@example.org", sendToInterestedUsers=False,
    generators=[generator], extraRecipients=["dev@example.net"], relayhost="localhost", smtpPort=SMTP))
"""


class PlainTest(Shaped, ServerTest):
    def test_every_end_to_those_whose_changes_are_in_it(self):
        smtp = self.smtp_sink(login=("ring@example.com", "pull-hard"))
        carillon = self.shape(EVERYTHING_BY_LOGIN, SMTP=smtp.port)
        ann, ben = "Ann <ann@example.org>", "ben@example.org"
        carillon.ingest([
            begun(1, people=[ann]), told(1, people=[ann]), told(2, results=2, people=[ben, ann]), told(3, results=4),
            told(4, results=6), told(5, results=1, people=["nobody"]),
            told(6, properties={"owner": "cora@example.org"}),
        ])
        mails = {mail.subject: mail for mail in smtp.wait_for(4)}
        self.assertEqual(len(carillon.settled(4)), 4)
        self.assertEqual({mail.user for mail in mails.values()}, {"ring@example.com"})
        subjects = [f"Buildbot {word} in Test Bells on linux" for word in ("success", "failure", "warnings")]
        self.assertEqual(sorted(mails), sorted(subjects))
        self.assertEqual({(mail.message["To"], mail.message["Cc"]) for mail in smtp.received()}, {
            (ann, "tower@example.org"), (f"{ann}, {ben}", "tower@example.org"), ("tower@example.org", None),
            ("cora@example.org", "tower@example.org")})
        self.assertIn("BUILD FAILED: failed make", mails[subjects[1]].text)

    def test_settings_from_a_dictionary(self):
        certificates = self.certificates()
        smtp = self.smtp_sink(tls="starttls", certificates=certificates, login=("ringer", "pull-hard"))
        carillon = self.shape(SETTINGS_FROM_A_DICTIONARY, SMTP=smtp.port, env={"SSL_CERT_FILE": str(certificates.ca)})
        carillon.ingest([told(1, people=["ann@example.org"]), told(2, results=2)])
        for mail in smtp.wait_for(2):
            self.assertEqual((sorted(mail.recipients), mail.sender, mail.tls, mail.user),
                             (["ann@localhost", "ben@localhost"], "bells@localhost", True, "ringer"))
        self.assertEqual(self.outcomes(carillon, 2), {"MailNotifier": ["delivered"] * 2})

    def test_exceptions_only_beside_a_service_that_is_left_out(self):
        smtp = self.smtp_sink()
        carillon = self.shape(EXCEPTIONS_BESIDE_A_SERVICE, SMTP=smtp.port, warnings=["Events"])
        patch = {"patchid": 1, "body": "--- a\n+++ b\n", "level": 0, "author": "zoe@example.org", "comment": "",
                 "subdir": "."}
        carillon.ingest([told(1), told(2, results=2), told(3, results=6), told(4, results=4, stamp={"patch": patch})])
        (mail,) = smtp.wait_for(1)
        self.assertEqual((mail.subject, mail.recipients, mail.attachments),
                         ("Buildbot exception in Test Bells on linux", ["dev@example.org"], {}))
        self.assertEqual(self.outcomes(carillon, 1), {"MailNotifier": ["delivered"]})

    def test_the_key_of_old_is_ignored_with_a_warning(self):
        carillon = self.shape(OLD_KEY, SMTP=1, warnings=["c['status'] is ignored, as in Buildbot since 0.9"])
        carillon.ingest(told(1, "chime", 2))
        (event,) = carillon.explain("chime/1")["events"]
        self.assertEqual((event["decisions"], event["deliveries"], event["not_worded_yet"]), ([], [], []))

    def test_failures_by_a_generator_and_no_missing_workers(self):
        smtp = self.smtp_sink()
        carillon = self.shape(FAILURES_BY_A_GENERATOR, SMTP=smtp.port)
        carillon.ingest([told(1), missing(3, "bell-1", "owner@example.org"), told(2, results=4), told(3, results=1),
                         told(4, results=2, people=["ann@example.org"], properties={"reason": "a push"},
                              steps=[step(40, "fetch"), step(41, "make", 2, stdio="broken\n")])])
        (mail,) = smtp.wait_for(1)
        self.assertEqual(mail.recipients, ["dev@example.net"])
        self.assertEqual(mail.subject, f"{SKULL} Buildbot (Test Bells): linux - failed make (main)")
        for part in ("failed build", "linux", "octo/bell", told(4)["url"], "failed make", "a push", "bell-1",
                     "ann@example.org"):
            self.assertIn(part, mail.text)
        self.assertEqual(self.outcomes(carillon, 1), {"MailNotifier": ["delivered"]})


DIRECTORY_AND_A_PLUGIN = """
c['services'].append(reporters.Prometheus(port=9101))
from buildbot import interfaces
from buildbot import util as bb_util
from zope.interface import implementer
@implementer(interfaces.IEmailLookup)
class Book(bb_util.ComparableMixin):
    def __init__(self, known=None):
        self.known = known or {}
    def getAddress(self, user):
        return self.known.get(user, user + "@example.org")
template = u'''\\
<h4>{{ summary }}</h4><p>{{ workername }}</p>
{% for step in build['steps'] %}<p>{{ step['name'] }}: {{ step['result'] }}</p>{% endfor %}
'''
c['services'].append(reporters.MailNotifier(
    fromaddr="bells@localhost", tags=["loud"], sendToInterestedUsers=True,
    lookup=Book({'robot': 'robot@example.com'}),
    extraRecipients=["dev@example.org"], buildSetSummary=True, smtpPort=SMTP,
    messageFormatter=reporters.MessageFormatter(template=template, template_type='html', wantProperties=True,
                                                wantSteps=True)))
"""

LOOKUP_THAT_KNOWS_SOME = """
from buildbot import interfaces
from zope.interface import implementer
@implementer(interfaces.IEmailLookup)
class Few:
    def __init__(self, m): self.m = m
    def getAddress(self, n): return self.m.get(n)
template = u'''<h4>{{ summary }}</h4>
{% for step in build['steps'] %}<p>{{ step['name'] }}: {{step['state_string']}}</p>{% endfor %}'''
m = reporters.MailNotifier(fromaddr="bells@example.com", tags=["peal"], lookup=Few({'robot': 'robot@example.com'}),
    buildSetSummary=True, smtpPort=SMTP, messageFormatter=reporters.MessageFormatter(
        template=template, template_type='html', wantProperties=True, wantSteps=True))
c['services'].append(m)
"""


class BuildsetTest(Shaped, ServerTest):
    @staticmethod
    def of_set(bsid, number, builder, results=0, **fields):
        return told(number, builder, results, buildset={"bsid": bsid}, **fields)

    def test_one_mail_of_the_builds_with_a_tag_and_a_plugin_left_out(self):
        smtp = self.smtp_sink()
        carillon = self.shape(DIRECTORY_AND_A_PLUGIN, SMTP=smtp.port, warnings=["Prometheus"])
        carillon.ingest([
            self.of_set(7, 1, "linux", 2, tags=["loud"], people=["bob", "robot"], steps=[step(10, "make", 2)]),
            self.of_set(7, 1, "mac", tags=["old", "loud"], steps=[step(11, "ring")]),
            self.of_set(7, 1, "win", 1, tags=["old"], people=["zoe"], steps=[step(12, "peal", 1)]),
            buildset(7, 2), self.of_set(8, 2, "win", 2, tags=["old"]), buildset(8, 2),
            self.of_set(9, 2, "linux", tags=["loud"]), buildset(9),
        ])
        first, second = sorted(smtp.wait_for(2), key=lambda mail: mail.subject)
        self.assertEqual((first.subject, first.message.get_content_type()),
                         ("Buildbot failure in Test Bells on whole buildset", "text/html"))
        self.assertEqual((first.message["To"], first.message["Cc"]),
                         ("bob@example.org, robot@example.com", "dev@example.org"))
        self.assertEqual("".join(first.text.splitlines()),
                         "<h4>BUILD FAILED: failed make</h4><p>bell-1</p><p>make: </p>"
                         "<h4>Build succeeded!</h4><p>bell-1</p><p>ring: </p>")
        self.assertEqual((second.subject, second.recipients),
                         ("Buildbot success in Test Bells on whole buildset", ["dev@example.org"]))
        self.assertEqual(self.outcomes(carillon, 2), {"MailNotifier": ["delivered"] * 2})

    def test_a_lookup_that_knows_only_some(self):
        smtp = self.smtp_sink()
        carillon = self.shape(LOOKUP_THAT_KNOWS_SOME, SMTP=smtp.port)
        carillon.ingest([
            self.of_set(7, 1, "quiet", 2, people=["robot"]), buildset(7, 2),
            self.of_set(8, 1, "loud", 2, tags=["peal"], people=["zoe"]), buildset(8, 2),
            self.of_set(9, 2, "loud", 2, tags=["peal"], people=["robot", "zoe"], steps=[step(20, "make", 2)]),
            self.of_set(9, 1, "high", tags=["peal"], steps=[step(21, "ring")]), buildset(9, 2),
        ])
        (mail,) = smtp.wait_for(1)
        self.assertEqual((mail.recipients, mail.message["Cc"]), (["robot@example.com"], None))
        self.assertEqual("".join(mail.text.splitlines()),
                         "<h4>BUILD FAILED: failed make</h4><p>make: failed make</p>"
                         "<h4>Build succeeded!</h4><p>ring: build successful</p>")
        self.assertEqual(self.outcomes(carillon, 2), {"MailNotifier": ["delivered", "skipped"]})


OWN_CLASSES = """
from twisted.internet import defer
from buildbot.reporters import gerrit, utils, mail
from buildbot.reporters.generators import build as generators_build
from buildbot.reporters.base import ReporterBase
class GerritStatusPush(gerrit.GerritStatusPush):
    def isBuildReported(self, build):
        return build['properties']['buildername'][0].startswith('~')
    def send_start(self, build):
        url = utils.getURLForBuild(self.master, build['builder']['builderid'], build['number'])
        self.sendCodeReviews(build, {'message': 'started ' + url, 'labels': {'Verified': 0}})
class BuildStatusGenerator(generators_build.BuildStatusGenerator):
    def is_message_needed_by_props(self, build):
        if 'tell' not in build['properties']:
            return False
        return super().is_message_needed_by_props(build)
class Printer(ReporterBase):
    def sendMessage(self, reports):
        for one in reports:
            print('REPORT', one['subject'])
class MailNotifier(mail.MailNotifier):
    @defer.inlineCallbacks
    def getResponsibleUsersForBuild(self, master, buildid):
        props = yield master.data.get(("builds", buildid, 'properties'))
        result = list(filter(None, (it.strip() for it in props.get('tell', [''])[0].split(','))))
        if 'owner' in result:
            result.remove('owner')
            extra = yield super().getResponsibleUsersForBuild(master, buildid)
            result.extend(extra)
        return result
c['services'] += [
    GerritStatusPush(**GERRIT),
    MailNotifier(fromaddr="bells@example.org", generators=[BuildStatusGenerator(mode=('failing',))], smtpPort=SMTP),
    Printer(generators=[BuildStatusGenerator(mode="all"),
                            generators_build.BuildStatusGenerator(builders=['~try'])])]
"""

SUMMARY_OF_SOME_BUILDERS = """
from buildbot.reporters import utils
from buildbot.util import service
from twisted.internet import defer
from buildbot.process.results import SUCCESS, WARNINGS
class Collector(service.BuildbotService):
    name = "Collector"
    wantSteps = wantProperties = True
    def checkConfig(self, uri, user, password, **kwargs):
        service.BuildbotService.checkConfig(self)
    @defer.inlineCallbacks
    def reconfigService(self, uri, user, password, **kwargs):
        yield service.BuildbotService.reconfigService(self)
        self.uri = uri
    @defer.inlineCallbacks
    def startService(self):
        yield service.BuildbotService.startService(self)
        self._done = yield self.master.mq.startConsuming(self.buildFinished, ('builds', None, 'finished'))
    @defer.inlineCallbacks
    def buildFinished(self, key, build):
        yield utils.getDetailsForBuild(self.master, build, want_properties=True, want_steps=True)
c['services'].append(Collector("http://127.0.0.1:1/", "u", "p"))
formatter = reporters.MessageFormatter(template="{{ summary }}")
generator = reporters.BuildStatusGenerator(mode=('failing', 'warnings', 'exception', 'cancelled'),
                                           message_formatter=formatter, builders=['peal-full', 'peal-quick'])
c['services'].append(reporters.MailNotifier(fromaddr="bells@example.org", extraRecipients=["list@example.org"],
                                            generators=[generator], smtpPort=SMTP))
"""


class ChosenTest(Shaped, ServerTest):
    def test_recipients_named_by_a_property_and_an_own_reporter(self):
        gerrit = GerritSsh(self._new("gerrit"))
        self.addCleanup(gerrit.close)
        gerrit.start()
        smtp = self.smtp_sink()
        carillon = self.shape(OWN_CLASSES, SMTP=smtp.port, GERRIT=gerrit.arguments())
        change = {"event.change.id": "I1", "event.change.project": "bell", "event.patchSet.revision": sha(1)}
        carillon.ingest([
            told(1, results=2, people=["cora@example.org"]), begun(2, properties={"tell": "ann@example.org"}),
            told(2, results=2, people=["cora@example.org"], properties={"tell": "ann@example.org, ben@example.org"}),
            told(3, properties={"tell": "ann@example.org"}), told(4, results=4, properties={"tell": "ann@example.org"}),
            told(5, results=2, people=["cora@example.org"], properties={"tell": "owner,ben@example.org"}),
            told(1, "~try", properties=change, buildset={"bsid": 7}),
            told(1, "gate", 2, properties=change, buildset={"bsid": 7}), buildset(7, 2),
        ])
        mails = smtp.wait_for(2)
        (review,) = gerrit.wait_for(1)
        self.assertEqual(sorted(sorted(mail.recipients) for mail in mails),
                         [["ann@example.org", "ben@example.org"], ["ben@example.org", "cora@example.org"]])
        self.assertEqual(review["labels"], {"Verified": 1})
        self.assertIn("Builder ~try succeeded", review["message"])
        self.assertNotIn("gate", review["message"])
        carillon.process.wait_for_output(r"REPORT .*~try - build successful")
        delivered = [row["reporter"] for row in carillon.settled(13) if row["state"] == "delivered"]
        self.assertEqual(sorted(delivered), ["GerritStatusPush", "MailNotifier", "MailNotifier"])
        told_of = [line.rpartition(": ")[2] for line in carillon.process.text().splitlines() if "REPORT" in line]
        self.assertEqual(sorted(told_of), sorted([
            "linux - failed make (main)", "linux - build successful (main)", "linux - exception make (main)",
            "linux - failed make (main)", "~try - build successful (main)"]))

    def test_a_summary_of_some_builders_beside_a_service_that_is_left_out(self):
        smtp = self.smtp_sink()
        carillon = self.shape(SUMMARY_OF_SOME_BUILDERS, SMTP=smtp.port, warnings=["Collector"])
        carillon.ingest([
            told(1, "peal-full"), told(1, "toll-full", 2), told(2, "peal-full", 1), told(1, "peal-quick", 4),
            told(3, "peal-full", 6), told(4, "peal-full", 2)])
        mails = smtp.wait_for(4)
        self.assertEqual({mail.subject: mail.text.strip() for mail in mails}, {
            f"{sign} Buildbot (Test Bells): {rest} (main)": text for sign, rest, text in (
                (FINGER, "peal-full - warnings make", "Build Had Warnings: warnings make"),
                (FINGER, "peal-quick - exception make", "BUILD FAILED: exception make"),
                (FINGER, "peal-full - cancelled", "Build was cancelled"),
                (SKULL, "peal-full - failed make", "BUILD FAILED: failed make"))})
        self.assertEqual({tuple(mail.recipients) for mail in mails}, {("list@example.org",)})
        self.assertEqual(self.outcomes(carillon, 4), {"MailNotifier": ["delivered"] * 4})


EXPANDED_STEPS = """
import re
from buildbot.data.resultspec import Filter
from buildbot.reporters import utils
from buildbot.reporters.message import MessageFormatter
from buildbot.reporters.mail import MailNotifier
from twisted.internet import defer
class Detailed(MessageFormatter):
    @defer.inlineCallbacks
    def buildAdditionalContext(self, master, ctx):
        ctx.update(self.ctx)
        for step in ctx['build']['steps']:
            step['triggered'] = []
            for url in [u for u in step['urls'] if re.match(r'^https?://.*/#buildrequests/\\d+$', u['url'])]:
                build = yield self.triggered(master, url['name'].split('#')[-1])
                if build:
                    step['triggered'].append(build)
        log = yield self.ring_log(master, ctx['build']['buildid'])
        ctx['build']['rung'] = log['content'] if log else ''
    def triggered(self, master, request):
        def info(build):
            if build:
                return master.data.get(("builds", build[0]['buildid'], 'properties')).addCallback(lambda p: {
                    'name': (p.get('shown_as') or p.get('buildername'))[0], 'results': build[0]['results'],
                    'build_url': utils.getURLForBuild(master, build[0]['builderid'], build[0]['number'])})
        return master.data.get(('buildrequests', request, 'builds')).addCallback(info)
    def ring_log(self, master, build):
        def log(step):
            if step:
                return master.data.get(('builds', build, 'steps', 'ring_all', 'logs', 'stdout', 'contents'))
        steps = master.data.get(('builds', build, 'steps'), filters=[Filter("name", "eq", ["ring_all"])])
        return steps.addCallback(log)
class PealNotifier(MailNotifier):
    def isMessageNeeded(self, build):
        if build["buildset"].get("parent_buildid") and build["buildset"].get("reason") != "rebuild":
            return False
        return super().isMessageNeeded(build)
c['services'].append(PealNotifier(fromaddr="bells@example.org",
    mode=('failing', 'passing', 'warnings', 'cancelled'),
    extraRecipients=["dev@example.org"], builders=["peal_all"],
    messageFormatter=Detailed(template="<a href='{{ build_url }}'>{{ buildername }}</a>{% for step in build['steps'] %}"
        "[{{ step['name'] }}: {{ colors[step['results']] }} {{ statuses[step['results']] }}"
        "{% for one in step['triggered'] %} {{ one.name }} {{ statuses[one.results] }} {{ one.build_url }}{% endfor %}]"
        "{% endfor %} {{ build['rung'] }}",
        template_type='html', wantProperties=True, wantSteps=True, subject="[bells] {{ buildername }}-"
        "{{ build['properties']['buildnumber'][0] }} ended with {{ statuses[build['results']].upper() }}",
        ctx=dict(statuses=util.Results, colors=["#8d4", "#fa3", "#e88", "#ade", "#c6c", "#ecc", "#ecc"])),
    sendToInterestedUsers=True, relayhost="localhost", smtpPort=SMTP, useTls=False, smtpUser=None, smtpPassword=None))
"""


class ExpandedTest(Shaped, ServerTest):
    def test_steps_with_what_they_have_triggered_and_no_mail_of_that(self):
        smtp = self.smtp_sink()
        carillon = self.shape(EXPANDED_STEPS, SMTP=smtp.port)
        child = told(8, "peal_one", 2, properties={"shown_as": "peal-arm"}, buildset={"parent_buildid": 1})
        request = child["buildrequestid"]
        urls = [{"name": f"peal_one #{request}", "url": f"http://ci.example.org/#buildrequests/{request}"},
                {"name": "notes", "url": "https://example.org/notes"}]
        steps = [step(10, "trigger", 2, urls=urls), step(12, "lists_all", lists="none\n"),
                 step(11, "ring_all", stdout="3 < 4 rang\n")]
        carillon.ingest([
            child, told(2, "peal_all", 2, buildset={"parent_buildid": 1}), begun(3, "peal_all"),
            told(4, "peal_all", 4), told(5, "peal_all", buildset={"parent_buildid": 1, "reason": "rebuild"}),
            told(6, "peal_all", 2, people=["ann@example.org"], steps=steps),
        ])
        good, bad = sorted(smtp.wait_for(2), key=lambda mail: mail.subject)
        self.assertEqual((good.subject, good.recipients),
                         ("[bells] peal_all-5 ended with SUCCESS", ["dev@example.org"]))
        self.assertEqual((bad.subject, bad.message["To"], bad.message["Cc"], bad.message.get_content_type()),
                         ("[bells] peal_all-6 ended with FAILURE", "ann@example.org", "dev@example.org", "text/html"))
        here, there = told(6, "peal_all")["url"], child["url"]
        self.assertEqual(bad.text.strip().removeprefix(f"<a href='{here}'>peal_all</a>"),
                         f"[trigger: #e88 failure peal-arm failure {there}][lists_all: #8d4 success]"
                         "[ring_all: #8d4 success] 3 &lt; 4 rang")
        self.assertEqual(self.outcomes(carillon, 3), {"MailNotifier": ["delivered", "delivered", "skipped"]})


if __name__ == "__main__":
    unittest.main()
