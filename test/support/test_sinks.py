"""The recording sinks do what the tests rely on."""

import http.client
import smtplib
import ssl
import unittest
import urllib.error
import urllib.request

from carillon_test.case import ServerTest
from carillon_test.http_sink import Answer
from carillon_test.waiting import PATIENCE, DeadlinePassed, wait_for

MESSAGE = "From: a@example.org\r\nSubject: =?utf-8?q?bell_=F0=9F=94=94?=\r\n\r\nding\r\n"


def post(url, body=b"{}"):
    request = urllib.request.Request(url, data=body, method="POST")
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return answer.status


class HttpSinkTest(ServerTest):
    def test_records_and_answers_as_scripted(self):
        sink = self.http_sink()
        sink.script(503, Answer(429, headers={"Retry-After": "1"}), 204)
        for expected in (503, 429):
            with self.assertRaises(urllib.error.HTTPError) as caught:
                post(sink.url + "a", b'{"n": 1}')
            self.assertEqual(caught.exception.code, expected)
            caught.exception.close()
        self.assertEqual(caught.exception.headers["Retry-After"], "1")
        self.assertEqual(post(sink.url + "b"), 204)
        self.assertEqual(post(sink.url + "b"), 200)
        self.assertEqual(sink.bodies("/a"), [{"n": 1}, {"n": 1}])
        self.assertEqual(len(sink.wait_for(2, "/b")), 2)
        self.assertEqual(sink.requests[0].headers["content-length"], "8")

    def test_garbage_and_half_an_answer(self):
        sink = self.http_sink()
        sink.script(Answer(how="garbage"), Answer(how="cut"))
        with self.assertRaises((http.client.BadStatusLine, urllib.error.URLError)):
            post(sink.url)
        connection = http.client.HTTPConnection("127.0.0.1", sink.port, timeout=PATIENCE)
        self.addCleanup(connection.close)
        connection.request("POST", "/", b"{}")
        with self.assertRaises(http.client.IncompleteRead):
            connection.getresponse().read()

    def test_hangs_until_closed_and_can_be_down(self):
        sink = self.http_sink()
        sink.script(Answer(how="hang"))
        connection = http.client.HTTPConnection("127.0.0.1", sink.port, timeout=0.2)
        self.addCleanup(connection.close)
        connection.request("POST", "/", b"{}")
        with self.assertRaises(TimeoutError):
            connection.getresponse()
        sink.down()
        with self.assertRaises(urllib.error.URLError) as caught:
            post(sink.url)
        self.assertIsInstance(caught.exception.reason, ConnectionRefusedError)
        sink.up()
        self.assertEqual(post(sink.url), 200)


class SmtpSinkTest(ServerTest):
    def send(self, client, *recipients):
        return client.sendmail("a@example.org", recipients, MESSAGE)

    def test_plain_with_refusals_and_pipelining(self):
        sink = self.smtp_sink()
        sink.refuse("later@example.org", "451 4.7.1 greylisted", times=1)
        sink.refuse("never@example.org", "550 5.1.1 unknown")
        with smtplib.SMTP("127.0.0.1", sink.port, timeout=PATIENCE) as client:
            client.ehlo()
            self.assertTrue(client.has_extn("pipelining"))
            refused = self.send(client, "b@example.org", "later@example.org", "never@example.org")
            self.assertEqual({a: r[0] for a, r in refused.items()},
                             {"later@example.org": 451, "never@example.org": 550})
            self.send(client, "later@example.org")
            sink.script_data("452 4.3.1 full")
            with self.assertRaises(smtplib.SMTPDataError):
                self.send(client, "b@example.org")
        first, second = sink.wait_for(2)
        self.assertEqual((first.sender, first.recipients), ("a@example.org", ["b@example.org"]))
        self.assertEqual((first.subject, first.text.strip()), ("bell \N{BELL}", "ding"))
        self.assertEqual(second.recipients, ["later@example.org"])
        self.assertFalse(first.tls)

    def test_starttls_and_login_are_required(self):
        certificates = self.certificates()
        sink = self.smtp_sink(tls="starttls", certificates=certificates, login=("u", "p"))
        with smtplib.SMTP("127.0.0.1", sink.port, timeout=PATIENCE) as client:
            with self.assertRaises(smtplib.SMTPSenderRefused):
                self.send(client, "b@example.org")
            client.starttls(context=certificates.client_context())
            with self.assertRaises(smtplib.SMTPAuthenticationError):
                client.login("u", "wrong")
            client.login("u", "p")
            self.send(client, "b@example.org")
        (mail,) = sink.wait_for(1)
        self.assertTrue(mail.tls)
        self.assertEqual(mail.user, "u")

    def test_smtps_with_login_and_verified_certificate(self):
        certificates = self.certificates()
        sink = self.smtp_sink(tls="smtps", certificates=certificates, login=("u", "p"))
        with self.assertRaises(ssl.SSLCertVerificationError):
            smtplib.SMTP_SSL("127.0.0.1", sink.port, context=ssl.create_default_context(), timeout=PATIENCE)
        context = certificates.client_context()
        with smtplib.SMTP_SSL("localhost", sink.port, context=context, timeout=PATIENCE) as client:
            client.login("u", "p")
            self.send(client, "b@example.org")
        (mail,) = sink.wait_for(1)
        self.assertEqual((mail.tls, mail.user), (True, "u"))

    def test_login_without_tls(self):
        sink = self.smtp_sink(login=("u", "p"))
        with smtplib.SMTP("127.0.0.1", sink.port, timeout=PATIENCE) as client:
            client.login("u", "p")
            self.send(client, "b@example.org")
        self.assertEqual(sink.wait_for(1)[0].user, "u")

    def test_hangs_and_closes_all_the_same(self):
        sink = self.smtp_sink()
        sink.hang_at = "RCPT"
        with smtplib.SMTP("127.0.0.1", sink.port, timeout=PATIENCE) as client:
            client.ehlo()
            client.mail("a@example.org")
            client.sock.settimeout(0.3)
            with self.assertRaises((TimeoutError, smtplib.SMTPServerDisconnected)):
                client.rcpt("b@example.org")


class WaitingTest(unittest.TestCase):
    def test_says_what_it_waited_for(self):
        with self.assertRaisesRegex(DeadlinePassed, "0.05 s for a bell"):
            wait_for(lambda: False, "a bell", timeout=0.05)


if __name__ == "__main__":
    unittest.main()
