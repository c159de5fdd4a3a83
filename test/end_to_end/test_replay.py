"""carillon replay: what happened is reported again, in order, once, and no old state over a newer one."""

import json
import os
import pty
import re
import select
import shlex
import signal
import sqlite3
import subprocess
import unittest

from carillon_test.carillon import program
from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.github_fake import GitHubFake
from carillon_test.services import TERSE, http_push, mail, service
from carillon_test.waiting import stays, wait_for


class Replays:
    def replay(self, carillon, *arguments, code=0):
        done = carillon.cli("replay", "--config", carillon.config, *arguments, timeout=120)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done

    def numbers(self, sink, path):
        return [body["number"] for body in sink.bodies(path)]

    def settled(self, carillon):
        wait_for(lambda: not carillon.deliveries("--state", "waiting"), "all settled", 120)


class ReplayTest(Replays, ServerTest):
    def test_a_reporter_that_was_added_later(self):
        http, smtp = self.http_sink(), self.smtp_sink()
        first = http_push(http, "a", name="a")
        carillon = self.carillon(first)
        carillon.ingest([build(number, "linux", number % 3) for number in range(1, 8)])
        carillon.ingest(build(1, "mac"))
        http.wait_for(8, "/a")
        self.settled(carillon)
        later = http_push(http, "b", name="b") + mail(smtp, name="m", mode=["failing"], messageFormatter=TERSE)
        carillon.configure(first + later)
        self.assertIn("`carillon reload` first", self.replay(carillon, "--since", "1h", code=1).stderr)
        self.assertEqual(carillon.cli("reload", "--config", carillon.config).returncode, 0)

        done = self.replay(carillon, "--since", "1h", "--dry-run")
        self.assertIn("8 for a (8 a second time)\n", done.stdout)
        self.assertIn("2 for m\n", done.stdout)
        self.assertIn("18 reports would go out again, of 8 events", done.stdout)
        told = json.loads(self.replay(carillon, "--since", "1h", "--dry-run", "--json").stdout)
        self.assertEqual(told["reporters"], {"a": 8, "b": 8, "m": 2})
        self.assertEqual(told["delivered_before"], {"a": 8, "b": 0, "m": 0})
        self.assertEqual((told["builds"], told["events"]), (8, 8))

        done = self.replay(carillon, "--since", "1 hour ago", "--reporter", "b", "--builder", "linux")
        self.assertIn("7 of 7 reports are ordered again; the server sends them", done.stdout)
        http.wait_for(7, "/b")
        self.assertEqual(sorted(self.numbers(http, "/b")), list(range(1, 8)))
        told = json.loads(self.replay(carillon, "--since", "1h", "--reporter", "m", "--json").stdout)
        self.assertEqual((told["done"], told["ordered"]), (True, 2))
        self.assertEqual([sent.subject for sent in smtp.wait_for(2)], ["linux/2=2", "linux/5=2"])
        self.settled(carillon)
        self.assertEqual((len(http.received("/a")), len(http.received("/b"))), (8, 7))
        # What was decided anew can be explained.
        (event,) = carillon.explain("linux/2")["events"]
        self.assertEqual({d["reporter"] for d in event["decisions"] if d["decision"] == "report"}, {"a", "b", "m"})
        deeds = carillon.stored("SELECT about FROM audit WHERE what = 'replay'")
        self.assertRegex(deeds[0], "^7 of 7 reports are ordered, up to event 8, heard .*, builder linux, reporter b$")

        # And again: each replay is sent.
        self.replay(carillon, "--since", "1h", "--reporter", "m")
        ids = [sent.message["Message-ID"] for sent in smtp.wait_for(4)]
        self.assertEqual(len(set(ids)), 4, ids)

    def test_no_old_state_over_a_newer_one(self):
        github = GitHubFake("octo/bell")
        self.addCleanup(github.close)
        carillon = self.carillon(service("GitHubStatusPush", token=GitHubFake.token, baseURL=github.api))
        for number in (1, 2):
            for complete in (False, True):
                one = build(number, "linux", 2, complete=complete)
                one["buildset"]["sourcestamps"][0].update(project="octo/bell")
                one["properties"] = {"buildername": ["linux", "Builder"]}
                carillon.ingest(one)
            sha = f"{number:040x}"
            wait_for(
                lambda: github.states("octo/bell", sha, "buildbot/linux")[-1:] == ["failure"], "the last state"
            )
        self.settled(carillon)
        github.statuses.clear()  # it lost everything
        self.replay(carillon, "--since", "1h")
        for number in (1, 2):
            sha = f"{number:040x}"
            wait_for(lambda: github.states("octo/bell", sha, "buildbot/linux"), "the state")
        self.settled(carillon)
        self.assertEqual(set(map(len, github.statuses.values())), {1}, "only the last one")
        self.assertEqual(
            {body["state"] for bodies in github.statuses.values() for body in bodies}, {"failure"}
        )

    def test_what_waits_is_not_doubled(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http, name="posts"))
        carillon.ingest(build(1))
        http.wait_for(1)
        self.settled(carillon)
        http.down()
        carillon.ingest([build(number) for number in (2, 3)])
        wait_for(lambda: len(carillon.deliveries("--state", "waiting")) == 2, "two wait")
        self.replay(carillon, "--since", "1h")
        wait_for(lambda: len(carillon.deliveries("--state", "waiting")) == 3, "one more waits")
        http.up()
        http.wait_for(4)
        self.settled(carillon)
        self.assertEqual(sorted(self.numbers(http, "/")), [1, 1, 2, 3])

    def test_while_no_server_runs(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http, name="posts"))
        carillon.ingest([build(number) for number in (1, 2)])
        http.wait_for(2)
        self.settled(carillon)
        self.assertEqual(carillon.stop(), 0)
        done = self.replay(carillon, "--since", "2020-01-01", "--until", "2100-01-01T00:00:00Z")
        self.assertIn("no server is running", done.stdout)
        done = self.replay(carillon, "--since", "1h")
        self.assertIn("2 were not worded yet, and go out once", done.stdout)
        self.assertEqual(len(http.received()), 2)
        carillon.start()
        http.wait_for(4)
        self.settled(carillon)
        stays(lambda: len(http.received()) == 4, "each once", 1)

    def test_a_database_that_cannot_be_written_now(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http, name="posts"))
        carillon.ingest([build(number) for number in (1, 2)])
        http.wait_for(2)
        self.settled(carillon)
        self.assertEqual(carillon.stop(), 0)
        with sqlite3.connect(carillon.database, isolation_level=None) as database:
            database.execute("BEGIN IMMEDIATE")
            errors = self.replay(carillon, "--since", "1h", code=1).stderr
            database.execute("ROLLBACK")
        self.assertIn("locked: stopped after event 0", errors)
        further = shlex.split(re.search(r"\n  carillon (.*)\n", errors)[1])
        self.assertIn("2 of 2 reports", carillon.cli(*further).stdout)

    def test_wrong_usage(self):
        http = self.http_sink()
        services = http_push(http, name="posts")
        services += service("IRC", host="127.0.0.1", port=1, nick="bells", channels=["#dev"])
        carillon = self.carillon(services, start=False)
        self.assertIn("--since", self.replay(carillon, code=2).stderr)
        self.assertIn("does not exist yet", self.replay(carillon, "--since", "1h", code=1).stderr)
        carillon.configure(http_push(http, name="posts"))
        carillon.start()
        self.assertEqual(carillon.stop(), 0)
        carillon.configure(services)
        self.assertIn("'noon' is not a time", self.replay(carillon, "--since", "noon", code=2).stderr)
        self.assertIn("in the future", self.replay(carillon, "--since", "2100-01-01", code=1).stderr)
        self.assertIn("--until: is before since", self.replay(carillon, "--since", "1h", "--until", "2h", code=1).stderr)
        self.assertIn("did you mean", self.replay(carillon, "--since", "1h", "--reporter", "post", code=1).stderr)
        self.assertIn(
            "cannot repeat", self.replay(carillon, "--since", "1h", "--reporter", "IRC", code=1).stderr
        )
        self.assertIn("0 of 0 reports", self.replay(carillon, "--since", "1h").stdout)


class ManyTest(Replays, ServerTest):
    COUNT = 3000

    def test_interrupted_and_gone_on_with(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http, "old", name="posts"))
        for begin in range(1, self.COUNT, 500):
            carillon.ingest([build(number, f"b{number % 7}") for number in range(begin, begin + 500)])
        http.wait_for(self.COUNT, "/old", timeout=120)
        self.settled(carillon)
        carillon.configure(http_push(http, "old", name="posts") + http_push(http, "new", name="later"))
        self.assertEqual(carillon.cli("reload", "--config", carillon.config).returncode, 0)

        self.freeze(carillon)  # a server that words nothing: the replay holds back
        command = [str(program()), "replay", "--config", str(carillon.config), "--since", "1h", "--reporter", "later"]
        running = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            wait_for(lambda: self.orders(carillon) >= 2000, "orders", 120)
            running.send_signal(signal.SIGINT)
            out, errors = running.communicate(timeout=120)
        finally:
            running.kill()
            carillon.process.signal(signal.SIGCONT)
        self.assertEqual(running.returncode, 1, errors)
        self.assertRegex(errors, r"stopped after event \d+")
        ordered = int(re.match(r"(\d+) of 3000", out)[1])
        self.assertTrue(0 < ordered < self.COUNT, ordered)
        further = shlex.split(re.search(r"\n  carillon (.*)\n", errors)[1])
        done = carillon.cli(*further, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"{self.COUNT - ordered} of {self.COUNT - ordered} reports", done.stdout)
        http.wait_for(self.COUNT, "/new", timeout=120)
        self.settled(carillon)
        self.assertEqual(sorted(self.numbers(http, "/new")), list(range(1, self.COUNT + 1)), "each once")
        self.assertEqual(len(http.received("/old")), self.COUNT)

    def freeze(self, carillon):
        """Stops the server's process while it writes nothing."""

        def frozen():
            carillon.process.signal(signal.SIGSTOP)
            try:
                with sqlite3.connect(carillon.database, timeout=0.2, isolation_level=None) as database:
                    database.execute("BEGIN IMMEDIATE")
                    database.execute("ROLLBACK")
                return True
            except sqlite3.OperationalError:
                carillon.process.signal(signal.SIGCONT)
                return False

        wait_for(frozen, "a moment in which the server does not write")

    def orders(self, carillon):
        with sqlite3.connect(f"file:{carillon.database}?mode=ro", uri=True) as database:
            return database.execute("SELECT count(*) FROM notifications").fetchone()[0]


class TerminalTest(Replays, ServerTest):
    def test_it_asks_before_many_go_out(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http, name="posts"))
        carillon.ingest([build(number) for number in range(1, 102)])
        http.wait_for(101)
        self.settled(carillon)
        self.assertEqual(self.on_a_terminal(carillon, b"n\n")[0], 1)
        stays(lambda: len(http.received()) == 101, "nothing goes out", 1)
        code, shown = self.on_a_terminal(carillon, b"y\n")
        self.assertEqual(code, 0, shown)
        self.assertIn("101 of 101 reports, ", shown, "its progress")
        http.wait_for(202)
        self.settled(carillon)  # what waits would go out once
        code, shown = self.on_a_terminal(carillon, None, "--yes")
        self.assertEqual(code, 0, shown)
        self.assertNotIn("Go on?", shown)
        http.wait_for(303)

    def on_a_terminal(self, carillon, answer, *arguments):
        """The exit code, and what the terminal shows."""
        leader, follower = pty.openpty()
        command = [program(), "replay", "--config", carillon.config, "--since", "1h", *arguments]
        running = subprocess.Popen(list(map(str, command)), stdin=follower, stdout=follower, stderr=follower)
        os.close(follower)
        shown = b""
        try:
            while True:
                if not select.select([leader], [], [], 120)[0]:
                    self.fail(f"nothing happens after {shown!r}")
                try:
                    part = os.read(leader, 4096)
                except OSError:  # it has ended
                    break
                if not part:
                    break
                shown += part
                if answer and b"Go on?" in shown:
                    os.write(leader, answer)
                    answer = None
            return running.wait(120), shown.decode("utf-8", "replace")
        finally:
            running.kill()
            os.close(leader)


if __name__ == "__main__":
    unittest.main()
