"""The command line: what it prints, for people and for programs, and how it ends."""

import json
import unittest

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.http_sink import Answer
from carillon_test.services import http_push, mail
from carillon_test.waiting import stays, wait_for

COMMANDS = (
    "run", "reload", "check", "deliveries", "explain", "preview", "test-send", "resend", "replay", "drop",
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
            ("ring",), ("run",), ("check",), ("deliveries", "--nothing"), ("explain",), ("drop",),
            ("drop", "7", "--reporter", "mail"),
            ("deliveries", "--config", carillon.config, "--state", "lost"),
            ("resend", "--config", carillon.config, "first"),
        ):
            done = carillon.cli(*arguments)
            self.assertGreater(done.returncode, 0, arguments)
            self.assertTrue(done.stderr.strip(), arguments)

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

    def test_resend_a_dead_letter(self):
        http = self.http_sink()
        http.script(400)
        carillon = self.carillon(http_push(http))
        carillon.ingest(build(1))
        (dead,) = wait_for(lambda: carillon.deliveries("--state", "dead"), "a dead letter")
        self.assertIn("400", carillon.cli("explain", "--config", carillon.config, "pass/1").stdout)
        done = carillon.resend(dead["id"])
        self.assertEqual(done.returncode, 0, done.stderr)
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
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([r["state"] for r in carillon.deliveries()], ["dropped"])
        # An attempt may have begun before the drop; the ledger counts it when it has ended.
        wait_for(lambda: carillon.deliveries()[0]["attempts"] == len(http.received()), "every attempt in the ledger")
        made = len(http.received())
        stays(lambda: len(http.received()) == made, "no further attempt", 4)

    def test_unknown_ids(self):
        carillon = self.carillon()
        for command in (carillon.resend, carillon.drop):
            done = command(12345)
            self.assertGreater(done.returncode, 0)
            self.assertIn("12345", done.stderr)

    def test_the_ledger_is_read_while_nothing_runs(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http))
        carillon.ingest(build(1))
        http.wait_for(1)
        self.assertEqual(carillon.stop(), 0)
        self.assertEqual([r["state"] for r in carillon.deliveries()], ["delivered"])


if __name__ == "__main__":
    unittest.main()
