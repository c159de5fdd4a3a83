"""MailNotifier against a scripted SMTP server, and against a real Postfix."""

import unittest

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.services import TERSE, Source, call, http_push, mail
from carillon_test.waiting import stays, wait_for

QUIET = 1.5


class MessageTest(ServerTest):
    def test_recipients_and_headers(self):
        smtp = self.smtp_sink()
        carillon = self.carillon(
            mail(smtp, sendToInterestedUsers=True, lookup="example.org", extraHeaders={"X-Bell": "big"})
        )
        carillon.ingest(build(1, "fail", 2, properties={"owner": ["ann", "Force Build Form"]}))
        (got,) = smtp.wait_for(1)
        self.assertEqual(got.sender, "carillon@example.org")
        self.assertEqual(sorted(got.recipients), ["ann@example.org", "dev@example.org"])
        self.assertEqual((got.message["To"], got.message["Cc"]), ("ann@example.org", "dev@example.org"))
        self.assertEqual(got.message["From"], "carillon@example.org")
        self.assertEqual(got.message["Auto-Submitted"], "auto-generated")
        self.assertEqual(got.message["X-Bell"], "big")
        for header in ("Date", "Message-ID", "Subject"):
            self.assertEqual(len(got.message.get_all(header, [])), 1, header)
        self.assertEqual(got.message.get_content_type(), "text/plain")
        self.assertIn("fail", got.subject)
        self.assertIn("fail", got.text)

    def test_line_breaks_in_a_subject_are_folded(self):
        smtp = self.smtp_sink()
        formatter = call(
            "reporters.MessageFormatter",
            subject="{{ build['properties']['title'][0] }}", template="x \N{BELL}\n.\n..y\n",
        )
        carillon = self.carillon(mail(smtp, messageFormatter=formatter))
        evil = "bell \N{BELL}\r\nBcc: evil@example.org\r\n\r\nbody"
        carillon.ingest(build(1, properties={"title": [evil, "test"]}))
        (got,) = smtp.wait_for(1)
        self.assertEqual(got.recipients, ["dev@example.org"])
        self.assertIsNone(got.message["Bcc"])
        self.assertTrue(got.subject.startswith("bell \N{BELL}"), got.subject)
        self.assertEqual(got.text.replace("\r\n", "\n").rstrip("\n"), "x \N{BELL}\n.\n..y")

    def test_a_template_that_fails_still_reports(self):
        smtp = self.smtp_sink()
        formatter = call("reporters.MessageFormatter", template="{{ build['properties']['none'][0] }}")
        carillon = self.carillon(mail(smtp, messageFormatter=formatter))
        carillon.ingest(build(1, "fail", 2))
        (got,) = smtp.wait_for(1)
        self.assertIn("fail", got.subject + got.text)


class OutcomeTest(ServerTest):
    def test_each_recipient_has_an_outcome_of_its_own(self):
        smtp = self.smtp_sink()
        smtp.refuse("later@example.org", "451 4.7.1 greylisted, come back", times=2)
        smtp.refuse("never@example.org", "550 5.1.1 no such user")
        recipients = ["good@example.org", "later@example.org", "never@example.org", "fine@example.org"]
        carillon = self.carillon(mail(smtp, *recipients))
        carillon.ingest(build(1, "fail", 2))
        smtp.wait_for(1, "later@example.org", timeout=60)
        stays(lambda: len(smtp.received()) == 2, "two messages", QUIET)
        for address, times in zip(recipients, (1, 1, 0, 1)):
            self.assertEqual(len(smtp.received(address)), times, address)
        self.assertEqual(smtp.attempts.count("never@example.org"), 1)
        self.assertEqual(smtp.attempts.count("good@example.org"), 1)
        first, second = smtp.received()
        self.assertEqual(first.message["Message-ID"], second.message["Message-ID"])
        wait_for(
            lambda: all(row["state"] != "waiting" for row in carillon.deliveries()),
            "the delivery to be settled",
        )
        self.assertIn("550", carillon.cli("explain", "--config", carillon.config, "fail/1").stdout)

    def test_greylisting_of_everybody(self):
        smtp = self.smtp_sink()
        recipients = ["a@example.org", "b@example.org", "c@example.org"]
        for address in recipients:
            smtp.refuse(address, "451 4.7.1 greylisted, come back", times=1)
        carillon = self.carillon(mail(smtp, *recipients))
        carillon.ingest(build(1, "fail", 2))
        (got,) = smtp.wait_for(1, timeout=60)
        self.assertEqual(got.recipients, recipients)
        self.assertEqual(smtp.attempts, recipients * 2)
        wait_for(lambda: [row["state"] for row in carillon.deliveries()] == ["delivered"], "it to be settled")

    def test_a_relay_that_closes_or_talks_garbage_after_the_message(self):
        """It may have been taken: it is sent again, and is the same mail."""
        smtp = self.smtp_sink()
        smtp.script_data("close", "\x00\xff what is a reply", "close")
        carillon = self.carillon(mail(smtp))
        carillon.ingest(build(1))
        (got,) = smtp.wait_for(1, timeout=120)
        self.assertEqual(smtp.attempts, ["dev@example.org"] * 4)
        wait_for(lambda: [row["state"] for row in carillon.deliveries()] == ["delivered"], "it to be settled")
        told = carillon.cli("explain", "--config", carillon.config, "pass/1").stdout
        self.assertIn("closed by the relay", told)
        self.assertIn("not a reply", told)

    def test_a_message_refused_for_now_is_sent_again(self):
        smtp = self.smtp_sink()
        smtp.script_data("452 4.3.1 disk full")
        carillon = self.carillon(mail(smtp))
        carillon.ingest(build(1))
        smtp.wait_for(1, timeout=60)
        stays(lambda: len(smtp.received()) == 1, "one mail", QUIET)

    def test_a_message_refused_for_ever_is_dead(self):
        smtp = self.smtp_sink()
        smtp.script_data("554 5.6.0 no")
        carillon = self.carillon(mail(smtp))
        carillon.ingest(build(1))
        wait_for(lambda: [r["state"] for r in carillon.deliveries()] == ["dead"], "a dead letter")
        self.assertEqual(smtp.received(), [])

    def test_a_server_that_hangs_slows_no_post(self):
        smtp, http = self.smtp_sink(), self.http_sink()
        smtp.hang_at = "RCPT"
        carillon = self.carillon(mail(smtp) + http_push(http))
        carillon.ingest([build(n) for n in range(1, 51)])
        http.wait_for(50)
        self.assertEqual(smtp.received(), [])
        smtp.hang_at = None
        smtp.wait_for(50, timeout=120)


def environment(certificates):
    return {"SSL_CERT_FILE": str(certificates.ca)}


def send_one(case, server, certificates, **arguments):
    """One build through a server with login; the mail that arrived."""
    services = mail(server, smtpUser="ringer", smtpPassword="pull", messageFormatter=TERSE, **arguments)
    carillon = case.carillon(services, env=environment(certificates))
    carillon.ingest(build(1, "fail", 2))
    (got,) = server.wait_for(1)
    case.assertEqual((got.subject, got.tls), ("fail/1=2", True))
    return got


class EncryptionTest(ServerTest):
    def test_starttls_and_login(self):
        certificates = self.certificates()
        smtp = self.smtp_sink(tls="starttls", certificates=certificates, login=("ringer", "pull"))
        self.assertEqual(send_one(self, smtp, certificates, useTls=True).user, "ringer")

    def test_smtps_and_login(self):
        certificates = self.certificates()
        smtp = self.smtp_sink(tls="smtps", certificates=certificates, login=("ringer", "pull"))
        self.assertEqual(send_one(self, smtp, certificates, useSmtps=True).user, "ringer")

    def test_login_on_the_loopback_needs_no_tls(self):
        smtp = self.smtp_sink(login=("ringer", "pull"))
        carillon = self.carillon(mail(smtp, smtpUser="ringer", smtpPassword="pull"))
        carillon.ingest(build(1))
        self.assertEqual(smtp.wait_for(1)[0].user, "ringer")

    def test_no_fallback_to_plain_and_no_unknown_authority(self):
        certificates = self.certificates()
        plain = self.smtp_sink()
        unknown = self.smtp_sink(tls="starttls", certificates=certificates, login=("u", "p"))
        login = {"smtpUser": "u", "smtpPassword": "p", "useTls": True}
        carillon = self.carillon(mail(plain, name="a", **login) + mail(unknown, name="b", **login))
        carillon.ingest(build(1))
        wait_for(
            lambda: [r["attempts"] > 0 for r in carillon.deliveries()] == [True, True],
            "both deliveries to be tried",
        )
        self.assertEqual(plain.received() + unknown.received(), [])
        self.assertEqual(unknown.logins, [])

    def test_a_wrong_password_is_told_but_not_shown(self):
        certificates = self.certificates()
        smtp = self.smtp_sink(tls="starttls", certificates=certificates, login=("ringer", "other"))
        services = mail(smtp, smtpUser="ringer", smtpPassword="pull-hard", useTls=True)
        carillon = self.carillon(services, env=environment(certificates))
        carillon.ingest(build(1))
        wait_for(lambda: any(r["attempts"] for r in carillon.deliveries()), "an attempt")
        shown = carillon.cli("explain", "--config", carillon.config, "pass/1").stdout
        self.assertIn("535", shown)
        self.assertIn("tried again in an hour", shown)
        carillon.process.wait_for_output("tried again in an hour")
        self.assertNotIn("pull-hard", shown + carillon.process.text())
        carillon.ingest([build(n) for n in range(2, 30)])
        stays(lambda: len(smtp.logins) == 2, "one try by PLAIN and one by LOGIN", QUIET)

    def test_a_token_is_made_for_each_login(self):
        certificates = self.certificates()
        smtp = self.smtp_sink(
            tls="starttls", certificates=certificates, login=("ringer", "token-2"), mechanisms=["XOAUTH2"]
        )
        make = "import itertools\nnumbers = itertools.count(1)\nasync def make(): return 'token-%d' % next(numbers)\n"
        services = make + mail(smtp, smtpUser="ringer", smtpToken=Source("make"), useTls=True)
        carillon = self.carillon(services, env=environment(certificates))
        carillon.ingest(build(1))
        (got,) = smtp.wait_for(1, timeout=60)
        self.assertEqual((got.tls, smtp.logins), (True, [("XOAUTH2", False), ("XOAUTH2", True)]))
        carillon.settled(1)
        shown = carillon.cli("explain", "--config", carillon.config, "pass/1").stdout
        self.assertIn("refused the token: 535", shown)
        self.assertNotIn("token-1", shown + carillon.process.text())


class PostfixTest(ServerTest):
    def test_starttls_and_login(self):
        certificates = self.certificates()
        postfix = self.postfix(tls="starttls", certificates=certificates, login=("ringer", "pull"))
        got = send_one(self, postfix, certificates, useTls=True)
        self.assertEqual(got.user, "ringer@bells.example.org")

    def test_smtps_and_login(self):
        certificates = self.certificates()
        postfix = self.postfix(tls="smtps", certificates=certificates, login=("ringer", "pull"))
        got = send_one(self, postfix, certificates, useSmtps=True)
        self.assertEqual(got.user, "ringer@bells.example.org")

    def test_one_refused_recipient(self):
        postfix = self.postfix(refusals={"gone@example.org": "550 5.1.1 no such bell"})
        carillon = self.carillon(mail(postfix, "a@example.org", "gone@example.org", "b@example.org"))
        carillon.ingest([build(n) for n in range(1, 21)])
        mails = postfix.wait_for(40, timeout=60)
        stays(lambda: len(postfix.received()) == 40, "40 mails", QUIET)
        self.assertEqual({m.recipients[0] for m in mails}, {"a@example.org", "b@example.org"})
        self.assertEqual(len({m.message["Message-ID"] for m in mails}), 20)

    def test_attachments_are_cut_to_what_the_relay_takes(self):
        """With SIZE, and by a Postfix that says only afterwards that it is too much."""
        said = self.postfix(settings={"message_size_limit": "300000"})
        hidden = self.postfix(
            settings={"message_size_limit": "300000", "smtpd_discard_ehlo_keywords": "size"}
        )
        services = mail(said, name="said", addLogs=True) + mail(hidden, name="hidden", addLogs=True)
        carillon = self.carillon(services)
        text = "".join(f"line {n} of a log of middling length\n" for n in range(1500))
        logs = [{"name": f"log{n}", "content": text} for n in range(10)]
        carillon.ingest(build(1, "fail", 2, steps=[{"name": "make", "results": 2, "logs": logs}]))
        for postfix in (said, hidden):
            (got,) = postfix.wait_for(1, timeout=60)
            self.assertLess(len(got.data), 301000)
            attached = got.attachments
            self.assertEqual(sorted(attached), [f"make.log{n}" for n in range(10)])
            for content in attached.values():
                self.assertTrue(content.startswith("line 0 of a log"), content[:50])
                self.assertIn("is left out ...]", content)
                self.assertTrue(content.rstrip().endswith("line 1499 of a log of middling length"))
        carillon.settled(2)
        told = carillon.cli("explain", "--config", carillon.config, "fail/1").stdout
        self.assertEqual(told.count("attachments cut to what the relay takes: make.log0"), 2, told)

    def test_a_relay_that_takes_ascii_only(self):
        postfix = self.postfix(
            settings={"smtpd_discard_ehlo_keywords": "8bitmime, smtputf8", "strict_7bit_headers": "yes"}
        )
        formatter = call("reporters.MessageFormatter", subject="Gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n", template="x \N{BELL}\n")
        carillon = self.carillon(
            mail(postfix, "dev@example.org", "j\N{LATIN SMALL LETTER O WITH DIAERESIS}rg@example.org", messageFormatter=formatter)
        )
        carillon.ingest(build(1))
        (got,) = postfix.wait_for(1)
        self.assertTrue(got.data.isascii())
        self.assertEqual((got.subject, got.text.strip()), ("Gr\N{LATIN SMALL LETTER U WITH DIAERESIS}n", "x \N{BELL}"))
        carillon.settled(1)
        told = carillon.cli("explain", "--config", carillon.config, "pass/1").stdout
        self.assertIn("needs SMTPUTF8", told)


if __name__ == "__main__":
    unittest.main()
