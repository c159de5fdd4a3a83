"""The real IRC servers run from their folder, and the person of the tests hears what is said."""

import unittest

from carillon_test.case import ServerTest
from carillon_test.irc_client import IrcClient
from carillon_test.irc_server import InspIrcd, NgIrcd


class IrcServerTest(ServerTest):
    def setUp(self):
        self.made = self.certificates()

    def _talk(self, kind):
        server = kind(self._new("ircd"), self.made)
        self.addCleanup(server.close)
        server.start()
        ann = IrcClient(server.port, "Ann")
        self.addCleanup(ann.quit)
        ben = IrcClient(server.tls_port, "Ben", tls=self.made.client_context())
        self.addCleanup(ben.quit)
        ann.join("#a")
        ben.join("#A")
        ann.wait_until_joined("ben", "#a")
        self.assertEqual(sorted(ann.names("#a")), ["@Ann", "Ben"])
        ben.say("#a", "ding \N{BELL}")
        heard = ann.wait_for_text("ding", "#a")
        self.assertEqual((heard.command, heard.nick, heard.text), ("PRIVMSG", "Ben", "ding \N{BELL}"))
        ann.say("ben", "dong")
        ben.wait_for_text("^dong$", nick="ann")
        ann.kick("#a", "Ben")
        ben.wait_for(r"KICK #a Ben")
        server.restart()
        again = IrcClient(server.port, "Ann")
        self.addCleanup(again.quit)
        self.assertEqual(again.join("#a").names("#a"), ["@Ann"])

    def test_ngircd(self):
        self._talk(NgIrcd)

    def test_inspircd(self):
        self._talk(InspIrcd)


if __name__ == "__main__":
    unittest.main()
