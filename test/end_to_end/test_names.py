"""Names that nobody answers for: the others are served as before."""

import unittest

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.name_server import NameServer
from carillon_test.services import finished, http_push, mail, service
from carillon_test.waiting import wait_for

LIVE = "live.carillon.test"


class NamesTest(ServerTest):
    def server_with_names(self, services):
        """A Carillon that asks a name server of ours, which knows LIVE only; skips where a test may not have one."""
        try:
            names = NameServer(LIVE)
        except PermissionError:
            self.skipTest("port 53 of the loopback needs root here")
        self.addCleanup(names.close)
        reason = names.unavailable(self.folder)
        if reason:
            self.skipTest(f"a program cannot have a /etc/resolv.conf of its own here: {reason}")
        server = self.carillon(services, start=False)
        server.prefix = names.prefix(self.folder)
        server.start()
        return server, names

    def test_dead_names_stop_neither_the_others_nor_the_end(self):
        sink, relay = self.http_sink(), self.smtp_sink()
        dead = [f"http://dead{i}.carillon.test/" for i in range(4)]
        services = "".join(service("HttpStatusPush", serverUrl=url) for url in dead)
        services += service("HttpStatusPush", serverUrl="https://dead5.carillon.test/")
        services += mail(relay, relayhost="dead6.carillon.test")
        services += service("IRC", host="dead7.carillon.test", nick="bell", channels=["#bells"])
        services += http_push(sink, "number")
        services += service("HttpStatusPush", serverUrl=f"http://{LIVE}:{sink.port}/name")
        services += mail(relay, relayhost="127.0.0.1", name="mail-by-number")
        server, names = self.server_with_names(services)
        wait_for(lambda: any("dead7" in name for name in names.asked), "the bot to ask for its server")
        for number in range(30):
            self.assertEqual(server.ingest(build(number)).status, 202)
        for path in ("/number", "/name"):
            wait_for(lambda: len(finished(sink, path)) == 30, f"30 reports at {path}", 120)
        wait_for(lambda: len(relay.mails) == 30, "30 mails", 120)
        wait_for(lambda: {f"dead{i}.carillon.test" for i in (0, 1, 2, 3, 5, 6)} <= set(names.asked), "all names asked for", 120)

        def notes():
            waiting = server.deliveries("--state", "waiting", "--limit", "1000")
            return {row["reporter"]: row["answer"] for row in waiting if row["answer"]}

        wait_for(lambda: len(notes()) == 6 and all("name lookup: " in note for note in notes().values()), notes, 120)
        self.assertEqual(server.stop(), 0)
        self.assertNotIn("did not end in time", server.process.text())

    def test_networks_that_are_not_allowed(self):
        sink, relay = self.http_sink(), self.smtp_sink()
        services = http_push(sink) + mail(relay, relayhost="127.0.0.1")
        server = self.carillon("c['allowedNetworks'] = ['192.0.2.0/24']\n" + services)
        self.assertEqual(server.ingest(build()).status, 202)

        def notes():
            return [row["answer"] for row in server.deliveries("--state", "waiting")]

        wait_for(lambda: len(notes()) == 2 and all("127.0.0.1 is not in allowedNetworks" in n for n in notes()), notes)
        self.assertEqual((sink.received(), relay.received()), ([], []))
        server.configure("c['allowedNetworks'] = ['127.0.0.1']\n" + services)
        server.reload()
        sink.wait_for(1, timeout=120)
        relay.wait_for(1, timeout=120)
        server.configure("c['allowedNetworks'] = ['127.0.0.1/8']\n" + services)
        refused = server.check()
        self.assertEqual(refused.returncode, 1)
        self.assertIn("write '127.0.0.0/8' for the network", refused.stderr + refused.stdout)


if __name__ == "__main__":
    unittest.main()
