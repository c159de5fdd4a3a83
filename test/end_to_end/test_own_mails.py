"""Notifiers of a configuration's own: subclasses that change the mail, its recipients or its words."""

import http.server
import json
import ssl
import threading
import unittest

from carillon_test.case import ServerTest
from carillon_test.certificates import Certificates
from carillon_test.events import build
from carillon_test.waiting import wait_for

HEAD = "from twisted.internet import defer\n"

# As written for Buildbot 2: createEmail gets the builder's name.
MARKED = """
class Marked(reporters.MailNotifier):
    @defer.inlineCallbacks
    def createEmail(self, msgdict, builderName, title, results, builds=None, patches=None, logs=None):
        msgdict = dict(msgdict, subject='%s of %s: %s' % (title, builderName, util.Results[results]))
        m = yield super().createEmail(msgdict, builderName, title, results, builds, patches, logs)
        m['X-Build'] = str(builds[0]['number'])
        m['X-Logs'] = ', '.join(log['name'] for log in logs)
        return m
    def processRecipients(self, blamelist, m):
        m['To'] = 'tower@example.org'
        return ['tower@example.org'] + [one for one in blamelist if one.endswith('@example.org')]
c['services'] = [Marked('ci@example.org', relayhost='127.0.0.1', smtpPort={port}, sendToInterestedUsers=True,
                        extraRecipients=['dev@example.org'], addLogs=True)]
"""

# As for Buildbot 3 and 4, with a message made from nothing.
PLAIN = """
from email.mime.text import MIMEText
class Plain(reporters.MailNotifier):
    def createEmail(self, msgdict, title, results, builds=None, patches=None, logs=None):
        m = MIMEText('In short: %s \\N{{BELL}}' % msgdict['body'].split()[0], 'plain', 'utf-8')
        m['Subject'] = 'Shorter'
        return m
f = reporters.MessageFormatter(template='{{{{ summary }}}}')
c['services'] = [Plain('ci@example.org', relayhost='127.0.0.1', smtpPort={port}, sendToInterestedUsers=False,
                       extraRecipients=['J\\xfcrgen <dev@example.org>'],
                       generators=[reporters.BuildStatusGenerator(message_formatter=f)])]
"""

CHANGED = """
class Changed(reporters.MailNotifier):
    def sendMessage(self, body, subject=None, type=None, builderName=None, results=None, builds=None, users=None,
                    patches=None, logs=None, worker=None):
        if builds[0]['number'] == 2:
            return None
        if builds[0]['number'] == 3:
            raise KeyError('bell')
        return super().sendMessage(body + 'And more.', subject=subject + '!', type=type, builderName=builderName,
                                   results=results, builds=builds, users=users + ['eve@example.org'])
c['services'] = [Changed('ci@example.org', relayhost='127.0.0.1', smtpPort={port}, mode='failing',
                         extraRecipients=['dev@example.org'], watchedWorkers=None,
                         messageFormatter=reporters.MessageFormatter(template='{{{{ summary }}}}\\n'))]
"""

BROKEN = """
class Broken(reporters.MailNotifier):
    def createEmail(self, msgdict, *args):
        return 'no message'
c['services'] = [Broken('ci@example.org', relayhost='127.0.0.1', smtpPort={port}, sendToInterestedUsers=False,
                        extraRecipients=['dev@example.org'])]
"""

NOBODY = """
class Nobody(reporters.MailNotifier):
    def processRecipients(self, blamelist, m):
        return []
c['services'] = [Nobody('ci@example.org', relayhost='127.0.0.1', smtpPort={port},
                        extraRecipients=['dev@example.org'])]
"""


PASSED_ON = """
class Passed(reporters.MailNotifier):
    def createEmail(self, msgdict, title, results, builds=None, patches=None, logs=None):
        return super().createEmail(msgdict, title, results, builds, patches, [])
c['services'] = [Passed('ci@example.org', relayhost='127.0.0.1', smtpPort={port}, extraRecipients=['dev@example.org'],
                        addLogs=True)]
"""

NAMED = """
seen = []
class Named(reporters.MailNotifier):
    def getResponsibleUsersForBuild(self, master, buildid):
        return ['Zo\xeb Q <zoe@example.org>', None, ['ann@example.org']]
    def processRecipients(self, blamelist, m):
        print('blamed: %s' % blamelist)
        return super().processRecipients(blamelist, m)
c['services'] = [Named('ci@example.org', relayhost='127.0.0.1', smtpPort={port},
                       generators=[reporters.BuildStatusGenerator()])]
"""

WORDLESS = """
class Wordless(reporters.BuildStatusGenerator):
    def generate(self, master, reporter, key, build):
        return {{'body': 5, 'type': 'plain', 'subject': 's'}}
c['services'] = [reporters.MailNotifier('ci@example.org', relayhost='127.0.0.1', smtpPort={port},
                 extraRecipients=['dev@example.org'], sendToInterestedUsers=False, generators=[Wordless()])]
"""


class OwnMails:
    def setUp(self):
        super().setUp()
        self.smtp = self.smtp_sink()

    def run_with(self, text):
        carillon = self.carillon(start=False)
        carillon.configure(HEAD + text.format(port=self.smtp.port))
        done = carillon.check()
        self.checked = done.stdout + done.stderr
        carillon.start()
        return carillon

    def over(self, carillon, count):
        def rows():
            found = carillon.deliveries()
            done = len(found) == count and all(row["state"] != "waiting" for row in found)
            return found if done else None

        return wait_for(rows, lambda: f"{count} deliveries that are over: {carillon.deliveries()}")


class OwnMailsTest(OwnMails, ServerTest):
    def test_a_changed_mail_and_its_recipients(self):
        carillon = self.run_with(MARKED)
        long = {"name": "stdio", "type": "s", "content": "".join(f"oline {n}\n" for n in range(20000))}
        short = {"name": "notes", "type": "t", "content": "short\n"}
        step = {"number": 0, "name": "compile", "logs": [short, long]}
        owners = {"owners": [["ann@example.org", "bob@elsewhere.example"], "Try"]}
        carillon.ingest(build(1, "linux", 2, properties=owners, steps=[step]))
        (got,) = self.smtp.wait_for(1)
        self.assertEqual(got.subject, "Test Bells of linux: failure")
        self.assertEqual(got.message["X-Build"], "1")
        self.assertEqual(got.message["X-Logs"], "notes, stdio")
        self.assertEqual(got.message.get_all("To"), ["tower@example.org"])
        self.assertIsNone(got.message["Cc"])
        self.assertEqual(sorted(got.recipients), ["ann@example.org", "tower@example.org"])
        self.assertIn("linux", got.text)
        self.assertEqual(got.attachments["compile.notes"].replace("\r\n", "\n"), "short\n")
        self.assertEqual(got.attachments["compile.stdio"].replace("\r\n", "\n"),
                         "".join(f"line {n}\n" for n in range(20000)))
        row = self.over(carillon, 1)[0]
        self.assertEqual((row["state"], row.get("note") or ""), ("delivered", ""))

    def test_a_mail_made_from_nothing(self):
        carillon = self.run_with(PLAIN)
        self.assertIn("is fine", self.checked)
        carillon.ingest(build(1, "linux", 2))
        (got,) = self.smtp.wait_for(1)
        self.assertEqual(got.subject, "Shorter")
        self.assertRegex(got.text, "^In short: [A-Z]\\w+ \N{BELL}")
        self.assertEqual(got.recipients, ["dev@example.org"])
        self.assertEqual(got.message["To"], "J\xfcrgen <dev@example.org>")
        for header in ("Date", "From", "Message-ID", "Subject", "To", "MIME-Version"):
            self.assertEqual(len(got.message.get_all(header, [])), 1, header)
        self.over(carillon, 1)

    def test_changed_words(self):
        carillon = self.run_with(CHANGED)
        carillon.ingest([build(number, "linux", results) for number, results in ((1, 2), (2, 2), (3, 2), (4, 0))])
        rows = self.over(carillon, 3)
        self.assertEqual(sorted(row["state"] for row in rows), ["delivered", "delivered", "skipped"])
        got = {mail.subject: mail for mail in self.smtp.wait_for(2)}
        own = "Buildbot failure in Test Bells on linux"
        self.assertEqual(sorted(got), [own, own + "!"])
        self.assertTrue(got[own + "!"].text.rstrip().endswith("And more."), got[own + "!"].text)
        self.assertEqual(sorted(got[own + "!"].recipients), ["dev@example.org", "eve@example.org"])
        self.assertEqual(got[own].recipients, ["dev@example.org"])
        notes = sorted(row["note"] for row in rows if row["note"])
        self.assertEqual(len(notes), 2, notes)
        self.assertRegex(notes[0], r"^sendMessage of .*:\d+ failed, so the reporter's own words are sent: .*'bell'")
        self.assertRegex(notes[1], r"^sendMessage of .*:\d+ sends nothing for this build$")

    def test_a_method_that_fails_loses_no_mail(self):
        carillon = self.run_with(BROKEN)
        self.assertIn("createEmail returned no message but str", self.checked)
        carillon.ingest(build(1, "linux", 2))
        (got,) = self.smtp.wait_for(1)
        self.assertIn("linux", got.subject)
        note = self.over(carillon, 1)[0]["note"]
        self.assertRegex(note, r"a method of .*:\d+ failed, so the mail is sent as it was: ")
        self.assertIn("createEmail returned no message but str", note)

    def test_nobody_is_left(self):
        carillon = self.run_with(NOBODY)
        carillon.ingest(build(1, "linux", 2))
        row = self.over(carillon, 1)[0]
        self.assertEqual(row["state"], "skipped")
        self.assertRegex(row["note"], r"^nobody to tell: processRecipients of .*:\d+ names nobody$")


class RecipientsTest(OwnMails, ServerTest):
    def test_whoever_is_interested_stays_so(self):
        carillon = self.run_with(PASSED_ON)
        step = {"number": 0, "name": "make", "logs": [{"name": "stdio", "type": "t", "content": "x\n"}]}
        carillon.ingest(build(1, "linux", 2, properties={"owner": ["ann@example.org", "Try"]}, steps=[step]))
        (got,) = self.smtp.wait_for(1)
        self.assertEqual(sorted(got.recipients), ["ann@example.org", "dev@example.org"])
        self.assertEqual((got.message["To"], got.message["Cc"]), ("ann@example.org", "dev@example.org"))
        self.assertEqual(got.attachments, {}, "the logs are not passed on")

    def test_users_of_ones_own(self):
        carillon = self.run_with(NAMED)
        one = build(1, "linux", 2)
        for name in ("buildid", "buildrequestid", "builderid"):
            one.pop(name, None)
        carillon.ingest(one)
        (got,) = self.smtp.wait_for(1)
        self.assertEqual(got.recipients, ["zoe@example.org"])
        self.assertEqual(str(got.message["To"]), "Zo\xeb Q <zoe@example.org>")
        self.assertIn("blamed: ['Zo\xeb Q <zoe@example.org>']", carillon.process.text())
        note = self.over(carillon, 1)[0]["note"]
        self.assertIn("getResponsibleUsersForBuild gave something that is not a text: null", note)
        self.assertIn('getResponsibleUsersForBuild gave something that is not a text: ["ann@example.org"]', note)

    def test_a_report_without_words(self):
        carillon = self.run_with(WORDLESS)
        carillon.ingest(build(1, "linux", 2))
        (got,) = self.smtp.wait_for(1)
        self.assertIn("linux", got.text)
        self.assertIn("the generator failed, so plain words are sent: the formatter returned no text as 'body'",
                      self.over(carillon, 1)[0]["note"])


class ShownCertificateTest(ServerTest):
    def test_the_server_sees_who_posts(self):
        made = Certificates(self.folder / "certificates")
        context = made.server_context()
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(made.ca)
        posts = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                posts.append((dict(x[0] for x in self.connection.getpeercert()["subject"]), json.loads(body)["number"]))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        carillon = self.carillon(start=False)
        place = carillon.config.parent
        (place / "own.pem").write_text(made.certificate.read_text() + made.key.read_text())
        text = "c['services'] = [reporters.HttpStatusPush('https://127.0.0.1:%d/', verify=False, cert=%r)]\n"
        carillon.configure(HEAD + text % (server.server_port, "none.pem"))
        refused = carillon.check()
        self.assertNotEqual(refused.returncode, 0)
        self.assertRegex(refused.stderr, r"cert=\.\.\.\): '.*/none\.pem' cannot be read")
        carillon.configure(HEAD + text % (server.server_port, "own.pem"))
        carillon.start()
        carillon.ingest(build(1, "linux", 0, complete=True))
        wait_for(lambda: posts, "a post")
        self.assertEqual(posts[0], ({"commonName": "localhost"}, 1))


if __name__ == "__main__":
    unittest.main()
