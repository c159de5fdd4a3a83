"""The real Postfix runs from its folder: plain, STARTTLS and SMTPS with AUTH."""

import smtplib
import unittest

from carillon_test.case import ServerTest
from carillon_test.waiting import PATIENCE

MESSAGE = "From: a@example.org\r\nSubject: ding\r\n\r\ndong\r\n"


class PostfixTest(ServerTest):
    def test_plain_with_a_refused_recipient(self):
        server = self.postfix(refusals={"gone@example.org": "550 5.1.1 no such bell"})
        with smtplib.SMTP("127.0.0.1", server.port, timeout=PATIENCE) as client:
            refused = client.sendmail(
                "a@example.org", ["b@example.org", "gone@example.org"], MESSAGE
            )
        self.assertEqual(refused["gone@example.org"][0], 550)
        (mail,) = server.wait_for(1)
        self.assertEqual((mail.sender, mail.recipients), ("a@example.org", ["b@example.org"]))
        self.assertEqual((mail.subject, mail.text.strip(), mail.tls), ("ding", "dong", False))

    def test_starttls_and_login(self):
        certificates = self.certificates()
        server = self.postfix(tls="starttls", certificates=certificates, login=("ringer", "pull"))
        with smtplib.SMTP("127.0.0.1", server.port, timeout=PATIENCE) as client:
            with self.assertRaises(smtplib.SMTPException):
                client.sendmail("a@example.org", ["b@example.org"], MESSAGE)
            client.starttls(context=certificates.client_context())
            with self.assertRaises(smtplib.SMTPAuthenticationError):
                client.login("ringer", "wrong")
            client.login("ringer", "pull")
            client.sendmail("a@example.org", ["b@example.org"], MESSAGE)
        (mail,) = server.wait_for(1)
        self.assertEqual((mail.tls, mail.user), (True, "ringer@bells.example.org"))

    def test_smtps_and_login(self):
        certificates = self.certificates()
        server = self.postfix(tls="smtps", certificates=certificates, login=("ringer", "pull"))
        context = certificates.client_context()
        with smtplib.SMTP_SSL("127.0.0.1", server.port, context=context, timeout=PATIENCE) as client:
            client.login("ringer", "pull")
            client.sendmail("a@example.org", ["b@example.org"], MESSAGE)
        (mail,) = server.wait_for(1)
        self.assertEqual((mail.tls, mail.user), (True, "ringer@bells.example.org"))


if __name__ == "__main__":
    unittest.main()
