"""The command line beside the dashboard: lists, what is new, pauses, routes, and all of it over a server's API."""

import contextlib
import json
import signal
import sqlite3
import types
import unittest

from carillon_test.carillon import program
from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.http_sink import Answer
from carillon_test.ports import ReservedPort
from carillon_test.processes import Process
from carillon_test.services import http_push, mail
from carillon_test.waiting import stays, wait_for

TOKEN = "cli-token-that-nobody-may-see"


class CommandLine:
    """What these tests do with the command line."""

    def run_cli(self, carillon, command, *arguments, env=None):
        return carillon.cli(command, "--config", carillon.config, *arguments, env=env)

    def good(self, carillon, command, *arguments):
        done = self.run_cli(carillon, command, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def deeds(self, carillon):
        """(who, what, about, reason), oldest first."""
        with contextlib.closing(sqlite3.connect(f"file:{carillon.database}?mode=ro", uri=True)) as database:
            return database.execute("SELECT who, what, about, reason FROM audit ORDER BY id").fetchall()

    def started(self, carillon, *arguments):
        """A command that goes on until it is interrupted."""
        self._started = getattr(self, "_started", 0) + 1
        process = Process(
            arguments[0], [program(), *arguments], output=self.folder / f"{arguments[0]}-{self._started}.out",
            cwd=carillon.folder,
        )
        self.addCleanup(process.kill)
        return process

    def lines(self, process):
        return process.output.read_text("utf-8").splitlines()


class ListsTest(CommandLine, ServerTest):
    def test_builds_and_builders(self):
        carillon = self.carillon(http_push(self.http_sink()))
        carillon.ingest([build(1, results=0), build(2, results=2), build(3, complete=False), build(7, "other")])
        carillon.settled(4)
        listed = json.loads(self.good(carillon, "builds", "--json"))
        self.assertEqual(
            [(b["builder"], b["number"], b["result"]) for b in listed],
            [("pass", 1, "success"), ("pass", 2, "failure"), ("pass", 3, "running"), ("other", 7, "success")],
        )
        for arguments, numbers in (
            (("--result", "failure"), [2]), (("--result", "running"), [3]), (("--builder", "other"), [7]),
            (("-n", "2"), [3, 7]), (("--branch", "stable"), []), (("--since", "1h"), [1, 2, 3, 7]),
        ):
            with self.subTest(arguments):
                listed = json.loads(self.good(carillon, "builds", "--json", *arguments))
                self.assertEqual([b["number"] for b in listed], numbers)
        self.assertRegex(self.good(carillon, "builds", "--result", "failure"), r"pass #2 +failure +main")
        self.assertIn("did you mean 'other'", self.run_cli(carillon, "builds", "--builder", "othr").stderr)
        builders = json.loads(self.good(carillon, "builders", "--json"))
        self.assertEqual({b["builder"]: b["builds"][0]["number"] for b in builders}, {"pass": 3, "other": 7})
        self.assertRegex(self.good(carillon, "builders"), r"(?m)^pass #3 +running")

    def test_sources(self):
        carillon = self.carillon()
        self.assertIn("builds are posted to it", self.good(carillon, "sources"))
        (source,) = json.loads(self.good(carillon, "sources", "--json"))
        self.assertIsNone(source["connected"])
        carillon.stop()
        done = self.run_cli(carillon, "sources")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no server is running", done.stderr)

    def test_whether_somebody_was_told(self):
        smtp = self.smtp_sink()
        carillon = self.carillon(mail(smtp, "dev@example.org", mode=("failing",)) + http_push(self.http_sink()))
        carillon.ingest([build(1, results=2), build(2, results=0)])
        carillon.settled(3)
        told = self.good(carillon, "explain", "pass/1", "--who", "DEV@example.org")
        self.assertIn("DEV@example.org was told by MailNotifier, of: finished: failure", told)
        self.assertNotIn("HttpStatusPush", told)
        other = self.good(carillon, "explain", "pass/1", "--who", "boss@example.org")
        self.assertIn("was not told, by any reporter", other)
        self.assertIn("MailNotifier  reports it to others: dev@example.org", other)
        why = self.good(carillon, "explain", "pass/2", "--who", "dev@example.org")
        self.assertIn("MailNotifier  its mode is failing; this build ended with success", why)
        as_json = json.loads(self.good(carillon, "explain", "pass/1", "--who", "dev@example.org", "--json"))
        self.assertEqual([d["reporter"] for d in as_json["who"]["told"]], ["MailNotifier"])

    def test_one_of_several_recipients_was_refused(self):
        smtp = self.smtp_sink()
        smtp.refuse("nobody@example.org", "550 5.1.1 no such user")
        carillon = self.carillon(mail(smtp, "dev@example.org", "nobody@example.org"))
        carillon.ingest(build(1, results=2))
        wait_for(lambda: carillon.deliveries("--state", "dead"), "the refusal")
        told = self.good(carillon, "explain", "pass/1", "--who", "dev@example.org")
        self.assertIn("dev@example.org was told by MailNotifier", told)
        self.assertIn("for this address: delivered", told)
        self.assertIn("nobody@example.org was not told by", self.good(
            carillon, "explain", "pass/1", "--who", "nobody@example.org"))
        for address, was_told in (("dev@example.org", True), ("nobody@example.org", False)):
            self.assertIs(carillon.request("GET", f"api/v1/b/pass/1?who={address}").json["who"]["was_told"], was_told)
        page = carillon.request("GET", "b/pass/1?who=dev@example.org").body.decode()
        self.assertIn("<b>dev@example.org</b> was told:", page)

    def test_a_target_that_is_down(self):
        port = ReservedPort()
        self.addCleanup(port.close)
        nobody = mail(types.SimpleNamespace(port=port.number), name="mails")
        carillon = self.carillon(nobody)
        carillon.ingest([build(1, results=2), build(2, results=2)])
        wait_for(lambda: b"the target does not answer since" in carillon.request("GET", "reporters/mails").body,
                 "the silence")
        self.assertRegex(self.run_cli(carillon, "status").stdout, r"no answer +mails, since .*: .+")
        self.assertIn(b"mails has delivered nothing for", carillon.request("GET", "").body)
        for number in (1, 2):
            self.assertRegex(self.good(carillon, "explain", f"pass/{number}"), r"answer: .+|waits: .+")
        self.good(carillon, "pause", "mails", "--for", "1h", "--why", "the disk moves")
        self.assertIn("paused mails until", self.good(carillon, "explain", "pass/1", "--who", "dev@example.org"))
        self.assertIn(b"the disk moves", carillon.request("GET", "deliveries").body)


class NewsTest(CommandLine, ServerTest):
    def test_deliveries_are_followed(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http))
        carillon.ingest(build(1))
        carillon.settled(1)
        follower = self.started(carillon, "deliveries", "--config", carillon.config, "--follow", "--oneline")
        as_json = self.started(carillon, "deliveries", "--config", carillon.config, "--follow", "--json")
        wait_for(lambda: "#1 delivered" in follower.tail(), "what was there")
        http.script(400)
        carillon.ingest(build(2))
        wait_for(lambda: "#2 dead" in follower.tail(), lambda: f"the new one: {follower.tail()}")
        self.assertTrue(follower.is_running())
        follower.signal(signal.SIGINT)
        self.assertEqual(wait_for(lambda: follower.exit_code is not None and [follower.exit_code], "its end"), [0])
        self.assertEqual(sum("#1 " in line for line in self.lines(follower)), 1, "nothing is told twice")
        as_json.stop()

    def test_changes_are_watched(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http, name="posts"))
        carillon.ingest(build(1))
        carillon.settled(1)
        for arguments in ((), ("--server", carillon.url)):
            with self.subTest(arguments):
                number = 2 + len(arguments)
                watcher = self.started(carillon, "watch", "--config", carillon.config, *arguments)
                seen = lambda text: wait_for(  # noqa: E731
                    lambda: text in watcher.tail(), lambda: f"{text!r}: {watcher.tail()}"
                )
                seen("watching")
                self.assertEqual(watcher.text(), "watching; Ctrl-C ends it\n", "nothing of what was there")
                carillon.ingest(build(number, results=2))
                seen(f"pass #{number}")
                seen("posts -> ")
                self.good(carillon, "pause", "posts", "--for", "1h", "--why", "the disk moves")
                seen("posts is paused until")
                self.good(carillon, "go", "posts")
                seen("posts goes on")
                if not arguments:
                    carillon.restart()
                watcher.signal(signal.SIGTERM)
                self.assertEqual(watcher.stop(), 0)


class ChangesTest(CommandLine, ServerTest):
    def test_a_pause_holds_until_go(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http, name="posts"))
        said = self.good(carillon, "pause", "posts", "--for", "90m", "--why", "the disk moves")
        self.assertIn("posts is paused until", said)
        number = 0

        def held_up():  # the server notices within a second: until then it may send some
            nonlocal number
            number += 1
            carillon.ingest(build(number))
            return [r for r in carillon.deliveries() if r["paused_until"]]

        wait_for(held_up, "a delivery that is held up", interval=0.5)
        self.assertIn("the disk moves", carillon.cli("status", "--config", carillon.config).stdout)
        sent = len(http.received())
        self.assertLess(sent, number)
        stays(lambda: len(http.received()) == sent, "nothing is sent", 2)
        self.good(carillon, "go", "posts")
        http.wait_for(number)
        who = {deed[0] for deed in self.deeds(carillon)}
        self.assertEqual([deed[1:] for deed in self.deeds(carillon)][1:], [("go", "reporter posts", "")])
        self.assertEqual(len(who), 1)
        self.assertRegex(who.pop(), r"^\w+.* \(command line\)$")
        self.assertEqual(self.deeds(carillon)[0][3], "the disk moves")

    def test_a_pause_that_may_not_be(self):
        carillon = self.carillon(http_push(self.http_sink(), name="posts"))
        for arguments, said in (
            (("posts", "--for", "49h", "--why", "x"), "--for: at most two days"),
            (("posts", "--until", "2020-01-01", "--why", "x"), "not in the future"),
            (("posts", "--until", "2h", "--why", "  "), "say why"),
            (("post", "--for", "1h", "--why", "x"), "did you mean 'posts'?"),
        ):
            with self.subTest(arguments):
                done = self.run_cli(carillon, "pause", *arguments)
                self.assertEqual(done.returncode, 1)
                self.assertIn(said, done.stderr)
        for arguments in (("posts", "--why", "x"), ("posts", "--for", "1h"),
                          ("posts", "--for", "1h", "--until", "2h", "--why", "x"),
                          ("posts", "--for", "2020-01-01", "--why", "x")):
            self.assertEqual(self.run_cli(carillon, "pause", *arguments).returncode, 2, arguments)
        self.assertEqual(self.deeds(carillon), [])

    def test_resend_waits_for_the_outcome(self):
        http = self.http_sink()
        http.script(400, 400, 503)
        carillon = self.carillon(http_push(http))
        carillon.ingest(build(1))
        (dead,) = wait_for(lambda: carillon.deliveries("--state", "dead"), "a dead letter")
        again = self.run_cli(carillon, "resend", dead["id"], "--wait")
        self.assertEqual(again.returncode, 1)
        self.assertIn(f"delivery {dead['id']} is dead: HTTP 400", again.stdout)
        later = self.run_cli(carillon, "resend", dead["id"], "--wait")
        self.assertEqual(later.returncode, 1)
        self.assertIn("was not delivered, and is tried again at", later.stdout)
        wait_for(lambda: carillon.deliveries("--state", "delivered"), "the delivery")
        good = self.run_cli(carillon, "resend", dead["id"], "--wait", "--json")
        self.assertEqual((good.returncode, json.loads(good.stdout)["state"]), (0, "delivered"), good.stderr)
        carillon.stop()
        unserved = self.run_cli(carillon, "resend", dead["id"], "--wait")
        self.assertEqual(unserved.returncode, 1)
        self.assertIn("no server is running", unserved.stdout)
        self.assertEqual([deed[1:3] for deed in self.deeds(carillon)], [("resend", "delivery 1")] * 4)

    def test_all_dead_ones_are_resent(self):
        http = self.http_sink()
        http.default = Answer(400)
        carillon = self.carillon(http_push(http, name="posts"))
        carillon.ingest([build(1), build(2), build(3)])
        wait_for(lambda: len(carillon.deliveries("--state", "dead")) == 3, "three dead letters")
        asked = self.run_cli(carillon, "resend", "--state", "dead", "--reporter", "posts")
        self.assertEqual(asked.returncode, 1)
        self.assertIn("3 dead reports of posts would be sent again", asked.stderr)
        http.default = Answer(200)
        said = self.good(carillon, "resend", "--state", "dead", "--reporter", "posts", "--yes")
        self.assertEqual(said, "3 reports of posts are due now\n")
        wait_for(lambda: len(carillon.deliveries("--state", "delivered")) == 3, "the deliveries")
        self.assertEqual([deed[1:3] for deed in self.deeds(carillon)], [("resend", "3 reports")])
        self.assertEqual(self.good(carillon, "resend", "--state", "dead", "--yes"), "0 reports are due now\n")
        for arguments in ((), ("1", "--state", "dead"), ("--reporter", "posts"), ("--state", "dead", "--wait")):
            self.assertEqual(self.run_cli(carillon, "resend", *arguments).returncode, 2, arguments)


class RoutesTest(CommandLine, ServerTest):
    def test_who_would_be_told(self):
        carillon = self.carillon(
            mail(self.smtp_sink(), mode=("change",), branches=["main"], name="changes")
            + mail(self.smtp_sink(), mode=("failing",), tags=["nightly"], name="nightly")
            + http_push(self.http_sink(), name="posts"), start=False,
        )
        self.assertFalse(carillon.database.exists())
        said = self.good(carillon, "routes", "linux", "--branch", "main").splitlines()
        depends = "yes after success, warnings, skipped, exception, cancelled; no after failure, or as the first"
        self.assertIn("changes  " + depends, said)
        self.assertIn("nightly  no: builder 'linux' has none of the tags", said)
        self.assertIn("posts  yes: every finished build", said)
        known = self.good(carillon, "routes", "linux", "--branch", "main", "--previous", "success", "--tag", "nightly")
        self.assertIn("changes  yes: mode change: success before, failure now", known)
        self.assertIn("nightly  yes: mode failing", known)
        other = self.good(carillon, "routes", "linux", "--branch", "x", "--result", "running")
        self.assertIn("changes  no: ", other)
        self.assertIn("posts  yes: every started build", other)
        listed = json.loads(self.good(carillon, "routes", "linux", "--json"))
        self.assertEqual([one["reporter"] for one in listed], ["changes", "nightly", "posts"])
        self.assertFalse(carillon.database.exists(), "nothing is written")


class ServerOptionTest(CommandLine, ServerTest):
    """--server: without the database, from anywhere."""

    def over(self, carillon, command, *arguments, env=None):
        """From a folder without a configuration."""
        self.folder.joinpath("laptop").mkdir(exist_ok=True)
        saved, carillon.folder = carillon.folder, self.folder / "laptop"
        try:
            return carillon.cli(command, "--server", carillon.url, *arguments, env=env)
        finally:
            carillon.folder = saved

    def test_what_is_read_is_the_same(self):
        smtp = self.smtp_sink()
        http = self.http_sink()
        http.script(200, 400)
        carillon = self.carillon(mail(smtp, mode=("failing",), name="mails") + http_push(http, name="posts"))
        carillon.ingest([build(1, results=2), build(2, "a/b ü")])
        carillon.settled(3)
        for arguments in (
            ("deliveries",), ("deliveries", "--json"), ("deliveries", "--state", "dead", "--oneline"),
            ("deliveries", "-n", "1"), ("deliveries", "--builder", "a/b ü", "--since", "1h"),
            ("builds",), ("builds", "--json", "--result", "failure"), ("builders",), ("builders", "--json"),
            ("sources",), ("sources", "--json"), ("status",),
            ("explain", "pass/1"), ("explain", "a/b ü"), ("explain", "pass/1", "--json"),
            ("explain", "pass/1", "--who", "dev@example.org"), ("explain", "pass/9"), ("explain", "pas/1"),
            ("deliveries", "--reporter", "mail"),
        ):
            with self.subTest(arguments):
                here = self.run_cli(carillon, *arguments)
                there = self.over(carillon, *arguments)
                self.assertEqual((there.returncode, there.stdout, there.stderr),
                                 (here.returncode, here.stdout, here.stderr))
        by_id = self.over(carillon, "explain", "17")
        self.assertEqual(by_id.returncode, 1)
        self.assertIn("BUILDER/NUMBER", by_id.stderr)

    def test_a_viewer_who_sees_no_addresses_may_ask_for_one(self):
        carillon = self.carillon(
            mail(self.smtp_sink(), "dev@example.org")
            + "c['secretsProviders'] = [{'wall': " + repr(TOKEN) + "}]\n"
            + "c['www'].update({'privacy': True, 'tokens': {'wall': ('viewer', util.Secret('wall'))}})\n"
        )
        carillon.ingest(build(1, results=2))
        carillon.settled(1)
        env = {"CARILLON_TOKEN": TOKEN}
        told = self.over(carillon, "explain", "pass/1", "--who", "dev@example.org", env=env)
        self.assertIn("dev@example.org was told by MailNotifier", told.stdout)
        other = self.over(carillon, "explain", "pass/1", env=env)
        self.assertIn("d***@example.org", other.stdout)

    def test_what_is_done_needs_to_be_somebody(self):
        carillon = self.carillon(http_push(self.http_sink(), name="posts"))
        carillon.ingest(build(1))
        carillon.settled(1)
        for arguments in (("resend", "1"), ("drop", "1"), ("go", "posts"),
                          ("pause", "posts", "--for", "1h", "--why", "x"),
                          ("resend", "--state", "dead", "--yes")):
            with self.subTest(arguments):
                done = self.over(carillon, *arguments)
                if arguments[1] == "--state":
                    self.assertEqual(done.returncode, 0, "there is none")
                    continue
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn("set CARILLON_TOKEN", done.stderr)
                self.assertIn("c['www']", done.stderr)
        wrong = self.over(carillon, "resend", "1", env={"CARILLON_TOKEN": TOKEN})
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("token in CARILLON_TOKEN", wrong.stderr)
        self.assertNotIn(TOKEN, wrong.stderr + wrong.stdout)
        self.assertEqual(self.deeds(carillon), [])
        self.assertIn("one by one", self.over(carillon, "drop", "--reporter", "posts").stderr)

    def test_addresses_that_are_none(self):
        carillon = self.carillon(start=False)
        sink = self.http_sink()
        port = ReservedPort()
        self.addCleanup(port.close)
        nobody = f"http://127.0.0.1:{port.number}/"
        for server, said in (
            (nobody, "cannot be asked"), (sink.url, "has no API of Carillon"),
            ("bell.example.org", "must be the server's URL"), ("http://me:hidden@127.0.0.1/", "password"),
        ):
            with self.subTest(server):
                done = carillon.cli("status", "--server", server, env={"CARILLON_TOKEN": TOKEN})
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn(said, done.stderr)
                self.assertNotIn(TOKEN, done.stderr)
                self.assertNotIn("hidden", done.stderr)
        self.assertEqual(carillon.cli("status", "--server", nobody, "--db", "sqlite:///x").returncode, 2)


if __name__ == "__main__":
    unittest.main()
