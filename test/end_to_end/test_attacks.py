"""Clients that mean harm, or are broken: the others are served as before, and what goes out goes out."""

import http.client
import re
import socket
import time
import unittest

from carillon_test.carillon import TOKEN
from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.services import Source, finished, http_push
from carillon_test.waiting import PATIENCE, stays, wait_for

LARGE = 63_000_000


def connected(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


def ingest_header(token, length, *more):
    lines = ["POST /ingest HTTP/1.1", "Host: x", f"Authorization: Bearer {token}", f"Content-Length: {length}", *more]
    return "\r\n".join([*lines, "", ""]).encode()


def status_of(connection):
    """Of the answer that comes; 0: the connection is closed without one."""
    with connection.makefile("rb") as answer:
        first = answer.readline()
    return int(first.split()[1]) if first else 0


def refused(server, why):
    """What the metric says."""
    page = server.request("GET", "metrics").body.decode()
    found = re.search(rf'^carillon_http_refused_total{{why="{why}"}} (\d+)$', page, re.MULTILINE)
    return int(found[1]) if found else 0


class ConnectionsTest(ServerTest):
    def test_idle_connections_hold_up_neither_posts_nor_reports(self):
        sink = self.http_sink()
        server = self.carillon(http_push(sink), start=False)
        server.prefix = ["prlimit", "--nofile=256:256"]
        server.start()
        idle = []
        for _ in range(300):
            idle.append(connected(server))
            self.addCleanup(idle[-1].close)
        for number in range(20):
            self.assertEqual(server.ingest(build(number)).status, 202)
        wait_for(lambda: len(finished(sink)) == 20, "20 reports")
        complaints = [line for line in server.process.text().splitlines() if "cannot accept" in line]
        self.assertLessEqual(len(complaints), 1)
        self.assertNotIn("Too many open files", server.process.text())

    def test_the_limit_of_open_files_is_raised(self):
        server = self.carillon(start=False)
        server.prefix = ["prlimit", "--nofile=256:2048"]
        server.start()
        limits = dict(
            re.findall(r"^(process_max_fds) (\d+)$", server.request("GET", "metrics").body.decode(), re.MULTILINE)
        )
        self.assertEqual(limits, {"process_max_fds": "2048"})


class BodiesTest(ServerTest):
    def test_a_wrong_token_is_refused_before_the_body(self):
        server = self.carillon()
        senders = [connected(server) for _ in range(40)]
        for sender in senders:
            self.addCleanup(sender.close)
            sender.sendall(ingest_header("wrong", LARGE) + b"{" + b" " * 100_000)
        self.assertEqual([status_of(sender) for sender in senders], [401] * 40)
        self.assertEqual(refused(server, "token"), 40)

    def test_large_bodies_under_way_are_bounded(self):
        sink = self.http_sink()
        server = self.carillon(http_push(sink))
        senders = []
        for _ in range(2):  # as many as there is room for
            senders.append(connected(server))
            self.addCleanup(senders[-1].close)
            senders[-1].sendall(ingest_header(TOKEN, LARGE, "Expect: 100-continue"))
            self.assertEqual(status_of(senders[-1]), 100)
        for _ in range(38):
            sender = connected(server)
            self.addCleanup(sender.close)
            sender.sendall(ingest_header(TOKEN, LARGE))
            answer = http.client.HTTPResponse(sender)
            answer.begin()
            self.assertEqual(answer.status, 503)
            self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        self.assertEqual(refused(server, "bodies"), 38)
        self.assertEqual(server.ingest(build(1)).status, 202)  # a small one gets through
        for sender in senders:
            sender.close()
        large = build(2, state_string="x" * 1_000_000)
        wait_for(lambda: server.ingest(large).status == 202, "room for a large one")
        wait_for(lambda: finished(sink) == {"pass/1": 0, "pass/2": 0}, "both reports")


class GuessesTest(ServerTest):
    def guess(self, server, tokens):
        """The statuses, and the answer to the last."""
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        self.addCleanup(connection.close)
        statuses = []
        for token in tokens:
            connection.request("POST", "/ingest", headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        return statuses, answer

    def test_are_few_told_once_and_counted(self):
        sink = self.http_sink()
        server = self.carillon(http_push(sink))
        begin = time.monotonic()
        statuses, last = self.guess(server, (f"guess-{number}" for number in range(2000)))
        took = time.monotonic() - begin
        self.assertEqual(set(statuses), {401, 429})
        self.assertEqual(statuses[:20], [401] * 20)
        self.assertLess(statuses.count(401), 100 + took / 3)  # one more every 3 seconds
        self.assertGreaterEqual(int(last.headers["Retry-After"]), 1)
        self.assertEqual(refused(server, "token") + refused(server, "guessing"), 2000)
        told = [line for line in server.process.text().splitlines() if "refused POST /ingest from 127.0.0.1" in line]
        self.assertTrue(1 <= len(told) <= 2 + took / 60, told)  # one a minute
        self.assertNotIn("guess-", server.process.text())
        wait_for(lambda: server.ingest(build(1)).status == 202, "the right token to be looked at again")
        self.assertEqual(server.request("GET", "health").status, 200)

    def test_an_old_token_shuts_nobody_out(self):
        server = self.carillon()
        statuses, _ = self.guess(server, ["the-one-of-yesterday"] * 100)
        self.assertEqual(statuses, [401] * 100)
        self.assertEqual(server.ingest(build(1)).status, 202)


class EnvironmentTest(ServerTest):
    def test_a_secret_leaves_the_environment(self):
        sink = self.http_sink()
        services = (
            "from buildbot.plugins import secrets\n"
            "import subprocess\n"
            "c['secretsProviders'] = [secrets.SecretsInEnvironment(prefix='BELL_')]\n"
            "def shown(build):\n"
            "    env = subprocess.run(['env'], capture_output=True, text=True).stdout\n"
            "    return {'complete': build['complete'], 'env': env}\n"
            + http_push(sink, user="ann", password=Source("util.Secret('password')"), format_fn=Source("shown"))
        )
        server = self.carillon(services, env={"BELL_PASSWORD": "tower-and-rope", "BELL_TOWER": "high"})
        for number in (1, 2):
            self.assertEqual(server.ingest(build(number)).status, 202)
            request = sink.wait_for(number)[-1]
            self.assertEqual(request.headers["Authorization"], "Basic YW5uOnRvd2VyLWFuZC1yb3Bl")
            self.assertIn("BELL_TOWER=high", request.json["env"])
            self.assertNotIn("tower-and-rope", request.json["env"])
            done = server.cli("reload", "--config", server.config)  # knows the secret yet
            self.assertEqual(done.returncode, 0, done.stderr)
        stays(lambda: len(sink.received()) == 2, "two posts", 1)


if __name__ == "__main__":
    unittest.main()
