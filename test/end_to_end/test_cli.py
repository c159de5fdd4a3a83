"""The command line: what it prints, for people and for programs, and how it ends."""

import json
import os
import pty
import subprocess
import time
import unittest

from carillon_test.carillon import program, push
from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.http_sink import Answer
from carillon_test.ports import ReservedPort
from carillon_test.services import http_push, mail
from carillon_test.waiting import stays, wait_for

COMMANDS = (
    "run", "reload", "check", "adopt", "stubs", "status", "deliveries", "explain", "preview", "intake", "test-send", "resend", "resume", "replay",
    "drop", "silence", "sources", "builders", "builds", "watch", "routes", "pause", "go", "copy-db", "nodes",
)


class UsageTest(ServerTest):
    def test_help_and_version(self):
        carillon = self.carillon(start=False)
        told = carillon.cli("--help")
        self.assertEqual(told.returncode, 0)
        for command in COMMANDS:
            self.assertIn(command, told.stdout)
            one = carillon.cli(command, "--help")
            self.assertEqual(one.returncode, 0, command)
            self.assertIn(command, one.stdout)
        version = carillon.cli("--version")
        self.assertEqual(version.returncode, 0)
        self.assertRegex(version.stdout, r"\d+\.\d+")

    def test_wrong_usage(self):
        carillon = self.carillon(start=False)
        for arguments in (
            ("ring",), ("run",), ("check",), ("deliveries", "--nothing"), ("explain",), ("drop",), ("resume",),
            ("drop", "7", "--reporter", "mail"),
            ("deliveries", "--config", carillon.config, "--state", "lost"),
            ("resend", "--config", carillon.config, "first"),
        ):
            done = carillon.cli(*arguments)
            self.assertGreater(done.returncode, 0, arguments)
            self.assertTrue(done.stderr.strip(), arguments)

    def test_words_that_mean_nothing_are_guessed(self):
        carillon = self.carillon(start=False)
        for arguments, told in (
            (("chek",), "'chek' is not a command; did you mean 'check'?"),
            (("help", "deliveris"), "did you mean 'deliveries'?"),
            (("deliveries", "--stat", "dead"), "--stat: `carillon deliveries` has no such option; did you mean --state?"),
            (("check", "--josn", carillon.config), "did you mean --json?"),
            (("explain", "--josn"), "did you mean --json?"),
            (("exec", "--bulider", "x", "--", "true"), "did you mean --builder?"),
            (("--foo",), "'--foo' is not an option"),
        ):
            done = carillon.cli(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertIn(told, done.stderr)
        nothing = carillon.cli()
        self.assertEqual((nothing.returncode, nothing.stdout), (2, ""))
        self.assertEqual(nothing.stderr, carillon.cli("help").stdout)
        self.assertEqual(carillon.cli("help", "check").stdout, carillon.cli("check", "--help").stdout)
        self.assertEqual(carillon.cli("version").stdout, carillon.cli("--version").stdout)

    def test_empty_values_are_refused(self):
        """They mostly come of a variable that is not set."""
        carillon = self.carillon(start=False)
        for arguments, named in (
            (("replay", "--since", ""), "--since"),
            (("replay", "--since", "1h", "--until", ""), "--until"),
            (("replay", "--since="), "--since"),
            (("deliveries", "--reporter", ""), "--reporter"),
            (("deliveries", "--builder", ""), "--builder"),
            (("deliveries", "--target", ""), "--target"),
            (("deliveries", "--state", ""), "--state"),
            (("deliveries", "-n", ""), "--limit"),
            (("status", "-c", ""), "--config"),
            (("status", "--db", ""), "--db"),
            (("resend", ""), "ID"),
            (("drop", ""), "ID"),
            (("drop", "--reporter", ""), "--reporter"),
            (("resume", ""), "REPORTER"),
            (("explain", ""), "BUILD"),
            (("preview", "posts", ""), "BUILD"),
            (("preview", "posts", "linux/1", "--open", ""), "--open"),
            (("preview", "posts", "linux/1", "--open="), "--open"),
            (("test-send", ""), "REPORTER"),
            (("check", ""), "CONFIG"),
            (("run", ""), "CONFIG"),
            (("adopt", "", "-o", "x"), "MASTER_CFG"),
            (("completion", ""), "SHELL"),
            (("help", ""), "COMMAND"),
            (("exec", "--builder", "", "--", "true"), "--builder"),
            (("exec", "--builder", "b", "--branch", "", "true"), "--branch"),
        ):
            done = carillon.cli(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertIn(f"carillon: {named}: must not be empty\n", done.stderr, arguments)
        spool = ("--spool", carillon.folder / "spool")
        for words in (("--", "printf", "<%s>", ""), ("printf", "<%s>", "")):
            done = carillon.cli("exec", "--builder", "b", "--url", "http://127.0.0.1:9/", *spool, *words)
            self.assertEqual((done.returncode, done.stdout), (0, "<>"), done.stderr)

    def test_output_that_cannot_be_written(self):
        carillon = self.carillon(http_push(self.http_sink(), name="posts"))
        carillon.ingest(build(1, "linux"))
        wait_for(lambda: carillon.deliveries("--state", "delivered"), "the delivery")
        place = ("--config", str(carillon.config))

        def run(arguments, stdout):
            return subprocess.run(
                [str(program()), *arguments], stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, text=True,
                cwd=carillon.folder, env={**os.environ, **carillon.env}, timeout=60, check=False,
            )

        for arguments in (
            ("deliveries", "--json", *place), ("explain", *place, "linux/1"), ("preview", *place, "posts", "linux/1"),
            ("check", str(carillon.config)), ("status", *place), ("completion", "bash"), ("manual-page",), ("--help",),
            ("help", "run"), ("version",),
        ):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = run(arguments, full)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertEqual(done.stderr, "carillon: cannot write the output: No space left on device\n", arguments)
            reader, writer = os.pipe()
            os.close(reader)
            with os.fdopen(writer, "w", encoding="utf-8") as closed:
                self.assertEqual(run(arguments, closed).stderr, "", arguments)

    def test_without_a_file_the_way_to_name_one_is_told(self):
        carillon = self.carillon(start=False)
        carillon.config.unlink()
        for command in (("deliveries",), ("preview", "mails", "linux/1")):
            done = carillon.cli(*command)
            self.assertEqual(done.returncode, 1)
            self.assertIn("give -c FILE, or set CARILLON_CONFIG", done.stderr)

    def test_port_zero_is_chosen_and_told(self):
        carillon = self.carillon(start=False)
        text = carillon.config.read_text(encoding="utf-8")
        carillon.config.write_text(text.replace(f"tcp:{carillon.port}:", "tcp:0:"))
        carillon.launch()
        match = carillon.process.wait_for_output(r"listening on http://127\.0\.0\.1:(\d+)/")
        carillon.url = f"http://127.0.0.1:{match[1]}/"
        wait_for(carillon.is_healthy, "an answer on the chosen port")
        self.assertEqual(carillon.stop(), 0)


class LedgerTest(ServerTest):
    def states(self, carillon):
        return {row["reporter"]: row["state"] for row in carillon.deliveries()}

    def test_deliveries_and_explain(self):
        http, smtp = self.http_sink(), self.smtp_sink()
        services = http_push(http, name="posts", auth=("u", "hush-hush"))
        services += mail(smtp, name="mails", mode=["failing"])
        carillon = self.carillon(services)
        carillon.ingest([build(1, "linux", 0), build(2, "linux", 2)])
        http.wait_for(2)
        smtp.wait_for(1)
        wait_for(lambda: not carillon.deliveries("--state", "waiting"), "all settled")

        rows = carillon.deliveries()
        self.assertEqual(sorted(r["reporter"] for r in rows), ["mails", "posts", "posts"])
        self.assertEqual({r["state"] for r in rows}, {"delivered"})
        self.assertEqual(len({r["id"] for r in rows}), 3)
        self.assertEqual(len(carillon.deliveries("--reporter", "mails")), 1)
        self.assertEqual(carillon.deliveries("--state", "dead"), [])

        plain = carillon.cli("deliveries", "--config", carillon.config)
        self.assertEqual(plain.returncode, 0)
        self.assertIn("delivered", plain.stdout)
        self.assertNotIn("\x1b", plain.stdout, "no colour when the output is no terminal")

        good = carillon.cli("explain", "--config", carillon.config, "linux/1").stdout
        bad = carillon.cli("explain", "--config", carillon.config, "linux/2").stdout
        for told in (good, bad):
            self.assertIn("posts", told)
            self.assertIn("mails", told)
        self.assertIn("delivered", bad)
        self.assertIn("200", good)
        self.assertIn("failing", bad)
        told = json.dumps(carillon.explain("linux/2"))
        self.assertIn("mails", told)
        self.assertIn("failing", told)
        self.assertNotIn("hush-hush", told + good + bad + plain.stdout)

        unknown = carillon.cli("explain", "--config", carillon.config, "linux/99")
        self.assertGreater(unknown.returncode, 0)
        self.assertIn("linux/99", unknown.stderr)

    def test_what_does_not_exist_is_an_error(self):
        carillon = self.carillon(http_push(self.http_sink(), name="posts"))
        carillon.ingest([build(7, "linux"), build(9, "linux")])
        wait_for(lambda: len(carillon.deliveries("--state", "delivered")) == 2, "the deliveries")
        config = ("--config", carillon.config)
        for arguments, told in (
            (("deliveries", *config, "--reporter", "post"), "there is no reporter 'post'; did you mean 'posts'?"),
            (("deliveries", *config, "--builder", "linx"), "there is no builder 'linx'; did you mean 'linux'?"),
            (("drop", *config, "--reporter", "Nosuch"), "there is no reporter 'Nosuch'"),
            (("replay", *config, "--since", "1h", "--builder", "linus"), "did you mean 'linux'?"),
            (("explain", *config, "linx/7"), "did you mean the builder 'linux'?"),
            (("explain", *config, "linux/8"), "those of 'linux' are 7 to 9"),
            (("preview", *config, "posts", "linux/8"), "those of 'linux' are 7 to 9"),
        ):
            done = carillon.cli(*arguments)
            self.assertEqual((done.returncode, done.stdout), (1, ""), arguments)
            self.assertIn(told, done.stderr)
        done = carillon.cli("deliveries", *config, "--since", "noon")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("--since: 'noon' is not a time", done.stderr)
        (line,) = carillon.cli("deliveries", *config, "--oneline", "--builder", "linux", "-n", "1").stdout.splitlines()
        self.assertRegex(line, r"^#2 delivered \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d posts -> http://")
        self.assertEqual(carillon.deliveries("--target", "no.such.host"), [])
        self.assertEqual(len(carillon.deliveries("--since", "1h", "--target", "127.0.0.1")), 2)

    def status(self, carillon, code):
        done = carillon.cli("status", "--config", carillon.config)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def test_status_says_whether_a_person_is_needed(self):
        http = self.http_sink()
        port = ReservedPort()
        self.addCleanup(port.close)
        away = f"sources.Buildbot('http://127.0.0.1:{port.number}/', name='ci')"
        carillon = self.carillon(http_push(http, name="posts"), sources=[push(), away])
        carillon.process.wait_for_output("cannot connect: ")
        told = self.status(carillon, 0)
        self.assertRegex(told, r"source +push .*: builds are posted to it")
        self.assertRegex(told, r"source +ci .*: not connected since .*refused")
        self.assertIn("nothing needs a person", told)
        ready = carillon.request("GET", "ready")
        self.assertEqual((ready.status, ready.json["status"]), (200, "ready"))
        self.assertRegex(ready.json["notes"][0], "^the source ci is not connected for .*refused")
        self.assertIn('carillon_master_connected{master="ci"} 0', carillon.request("GET", "metrics").body.decode())
        http.script(400)
        carillon.ingest(build(1))
        wait_for(lambda: carillon.deliveries("--state", "dead"), "a dead letter")
        self.assertRegex(self.status(carillon, 1), r"! 1 report of posts is dead: `carillon deliveries")
        told = carillon.cli("status", "--config", carillon.config, "--json")
        self.assertEqual(told.returncode, 1)
        sources = json.loads(told.stdout)["server"]["sources"]
        self.assertEqual([(one["name"], one["connected"]) for one in sources], [("push", None), ("ci", False)])
        # A source that is away for a minute would need a person, too.
        carillon.configure(http_push(http, name="posts"), sources=[push()])
        self.assertEqual(carillon.cli("reload", "--config", carillon.config).returncode, 0)
        self.drop_all(carillon)
        self.status(carillon, 0)
        carillon.stop()
        self.assertIn("! no server is running", self.status(carillon, 1))

    def drop_all(self, carillon):
        asked = carillon.cli("drop", "--config", carillon.config, "--reporter", "posts")
        self.assertEqual((asked.returncode, asked.stdout), (1, ""))
        self.assertIn("1 report of posts would be dropped: nobody can be asked here, so say --yes", asked.stderr)
        done = carillon.cli("drop", "--config", carillon.config, "--reporter", "posts", "--yes")
        self.assertEqual((done.returncode, done.stdout), (0, "1 report of posts is dropped\n"), done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "needs another user")
    def test_whoever_may_read_may_look(self):
        carillon = self.carillon(http_push(self.http_sink(), name="posts"))
        carillon.ingest(build(1, "linux"))
        wait_for(lambda: carillon.deliveries("--state", "delivered"), "the delivery")
        for path in (carillon.database, *carillon.folder.glob("carillon.sqlite-*")):
            path.chmod(0o644)

        def as_nobody(*arguments):
            command = [str(program()), *arguments, "--db", f"sqlite:///{carillon.database}"]
            return subprocess.run(
                command, user="nobody", group="nogroup", extra_groups=[], cwd="/", capture_output=True, text=True,
                timeout=60, check=False,
            )

        for running in (True, False):
            if not running:
                carillon.stop()
            for command in (("deliveries",), ("explain", "linux/1")):
                done = as_nobody(*command)
                self.assertEqual((done.returncode, done.stderr), (0, ""), (running, command))
                self.assertIn("delivered", done.stdout)
            refused = as_nobody("resend", "1")
            self.assertEqual(refused.returncode, 1)
            self.assertRegex(refused.stderr, "cannot be written to by nobody: run this as root, who owns it")

    def test_a_terminal_without_colours(self):
        carillon = self.carillon(http_push(self.http_sink()))
        carillon.ingest(build(1))
        wait_for(lambda: carillon.deliveries("--state", "delivered"), "the delivery")

        def shown(terminal):
            ours, theirs = pty.openpty()
            command = [str(program()), "deliveries", "--config", str(carillon.config)]
            done = subprocess.run(command, stdout=theirs, env={**os.environ, "TERM": terminal}, timeout=60, check=False)
            os.close(theirs)
            with open(ours, "rb", closefd=True, buffering=0) as screen:
                text = screen.read(65536)
            self.assertEqual(done.returncode, 0)
            return text

        self.assertIn(b"\x1b[", shown("xterm"))
        plain = shown("dumb")
        self.assertIn(b"delivered", plain)
        self.assertNotIn(b"\x1b", plain)

    def test_resend_a_dead_letter(self):
        http = self.http_sink()
        http.script(400)
        carillon = self.carillon(http_push(http))
        carillon.ingest(build(1))
        (dead,) = wait_for(lambda: carillon.deliveries("--state", "dead"), "a dead letter")
        self.assertIn("400", carillon.cli("explain", "--config", carillon.config, "pass/1").stdout)
        carillon.process.wait_for_output(rf"#{dead['id']} \(.*pass.*\) dead: HTTP 400")
        done = carillon.resend(dead["id"])
        self.assertEqual((done.returncode, done.stdout), (0, f"delivery {dead['id']} is due now\n"), done.stderr)
        first, second = http.wait_for(2)
        self.assertEqual(first.body, second.body)
        wait_for(lambda: carillon.deliveries("--state", "delivered"), "the delivery")

    def test_drop_what_waits(self):
        http = self.http_sink()
        http.default = Answer(503, headers={"Retry-After": "2"})
        carillon = self.carillon(http_push(http))
        carillon.ingest(build(1))
        http.wait_for(1)
        (waiting,) = wait_for(lambda: carillon.deliveries("--state", "waiting"), "a waiting delivery")
        wait_for(lambda: any(r["attempts"] for r in carillon.deliveries()), "the attempt in the ledger")
        done = carillon.drop(waiting["id"])
        made = len(http.received())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([r["state"] for r in carillon.deliveries()], ["dropped"])
        # One may have begun before the drop, and arrives now.
        stays(lambda: len(http.received()) <= made + 1, "no further attempt", 6)

    def test_a_pause_is_told_by_resend_and_ended_by_resume(self):
        http = self.http_sink()
        http.script(Answer(429, headers={"Retry-After": "99999999999999"}))
        carillon = self.carillon(http_push(http, name="posts"))
        carillon.ingest(build(1))
        http.wait_for(1)
        (waiting,) = wait_for(lambda: [r for r in carillon.deliveries() if r["paused_until"]], "a pause")
        self.assertLess(waiting["paused_until"], (time.time() + 3600 + 60) * 1000, "an hour, whatever is asked for")
        sent = carillon.resend(waiting["id"])
        self.assertEqual(sent.returncode, 0, sent.stderr)
        for said in ("posts is paused until then", "HTTP 429", "`carillon go posts`"):
            self.assertIn(said, sent.stdout)
        told = json.loads(carillon.cli("resend", "--config", carillon.config, "--json", waiting["id"]).stdout)
        self.assertEqual(told["paused_until"], waiting["paused_until"])
        stays(lambda: len(http.received()) == 1, "nothing is sent while it is paused", 2)
        listed = carillon.cli("deliveries", "--config", carillon.config).stdout
        self.assertIn("`carillon go posts` ends it", listed)
        done = carillon.cli("resume", "--config", carillon.config, "--json", "posts")
        self.assertEqual(json.loads(done.stdout), {"reporter": "posts", "done": True, "resumed": ["posts"]})
        http.wait_for(2)
        wait_for(lambda: [r["state"] for r in carillon.deliveries()] == ["delivered"], "the delivery")
        again = carillon.cli("resume", "--config", carillon.config, "posts")
        self.assertEqual(again.returncode, 1)
        self.assertIn("no pause holds up the reporter 'posts'", again.stderr)

    def test_unknown_ids(self):
        carillon = self.carillon()
        for command in (carillon.resend, carillon.drop):
            done = command(12345)
            self.assertGreater(done.returncode, 0)
            self.assertIn("12345", done.stderr)
            done = command("99999999999999999999")
            self.assertEqual((done.returncode, done.stderr), (1, "carillon: there is no delivery 99999999999999999999\n"))

    def test_a_build_is_found_by_the_link_that_is_shown_of_it(self):
        carillon = self.carillon(http_push(self.http_sink()))
        for number, name in enumerate(("bü", "a/b", "a b%2F", "12")):
            told = build(number + 1, name)
            del told["url"]
            told.pop("builderid", None)
            told["builder"].pop("builderid", None)
            self.assertEqual(carillon.ingest(told).status, 202)
            shown = carillon.cli("explain", "--config", carillon.config, f"{name}/{number + 1}").stdout
            link = shown.splitlines()[0].split()[-1]
            again = carillon.cli("explain", "--config", carillon.config, link)
            self.assertEqual(again.returncode, 0, again.stderr)
            self.assertIn(f"build #{number + 1} of {name} ", again.stdout)

    def test_the_ledger_is_read_while_nothing_runs(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http))
        carillon.ingest(build(1))
        http.wait_for(1)
        self.assertEqual(carillon.stop(), 0)
        self.assertEqual([r["state"] for r in carillon.deliveries()], ["delivered"])


if __name__ == "__main__":
    unittest.main()
