"""Reloads: what the command says, reporters that come and go under load, and one server for each database."""

import json
import threading
import time
import unittest

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.http_sink import Answer
from carillon_test.services import finished, http_push
from carillon_test.waiting import stays, wait_for


class Reporters:
    """What the tests here share."""

    def reload(self, carillon, code=0):
        done = carillon.cli("reload", "--config", carillon.config)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done

    def reporter_states(self, carillon):
        return {row["reporter"]: row["reporter_state"] for row in carillon.deliveries()}


class ReloadCommandTest(Reporters, ServerTest):
    def test_taken_and_refused(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http, "a", name="a"))
        carillon.configure(http_push(http, "b", name="b") + "c['unknown_key'] = 1\n")
        done = self.reload(carillon)
        self.assertIn("1 reporter, 1 source", done.stdout)
        self.assertIn("unknown_key", done.stderr)
        carillon.ingest(build(1))
        http.wait_for(1, "/b")

        good = carillon.config.read_text(encoding="utf-8")
        carillon.config.write_text(good + "c['services'].append(reporters.HttpStatusPush(user='hush-hush-user'))\n")
        done = self.reload(carillon, 1)
        self.assertRegex(done.stderr, r"carillon\.cfg:\d+: .*serverUrl")
        # The database can be found, and the reporters are wrong: the server itself says so.
        database = f"sqlite:///{carillon.database}"
        done = carillon.cli("reload", "--db", database, "--json")
        self.assertEqual(done.returncode, 1)
        told = json.loads(done.stdout)
        self.assertFalse(told["done"])
        self.assertIn("serverUrl", told["error"])
        carillon.ingest(build(2))
        http.wait_for(2, "/b")
        carillon.config.write_text(good)
        self.assertTrue(json.loads(carillon.cli("reload", "--db", database, "--json").stdout)["done"])

    def test_nobody_is_running(self):
        carillon = self.carillon(http_push(self.http_sink()))
        self.assertEqual(carillon.stop(), 0)
        self.assertIn("no server is running", self.reload(carillon, 1).stderr)
        self.assertFalse(carillon.database.with_name("carillon.sqlite.control").exists())
        carillon.start()
        carillon.kill9()
        self.assertIn("no server is running", self.reload(carillon, 1).stderr)
        carillon.start()
        self.reload(carillon)

    def test_only_one_server_has_the_database(self):
        carillon = self.carillon(http_push(self.http_sink()))
        second = carillon.cli("run", carillon.config)
        self.assertEqual(second.returncode, 1)
        self.assertIn("another carillon is running", second.stderr)
        self.assertIn(str(carillon.process.pid), second.stderr)
        self.assertTrue(carillon.is_healthy())
        self.reload(carillon)

    def test_others_cannot_reach_it(self):
        carillon = self.carillon(http_push(self.http_sink()))
        for name in ("carillon.sqlite.control", "carillon.sqlite.lock"):
            self.assertEqual(carillon.database.with_name(name).stat().st_mode & 0o077, 0, name)


class DrainingTest(Reporters, ServerTest):
    def test_one_that_is_taken_out_delivers_what_it_has(self):
        http = self.http_sink()
        http.down()
        carillon = self.carillon(http_push(http, "old", name="old"))
        carillon.ingest([build(n) for n in range(1, 6)])
        wait_for(lambda: len(carillon.deliveries("--state", "waiting")) == 5, "five that wait")
        carillon.configure("")
        self.reload(carillon)
        carillon.ingest(build(6))
        self.assertEqual(self.reporter_states(carillon), {"old": "draining"})
        self.assertIn("it is removed when", carillon.cli("deliveries", "--config", carillon.config).stdout)
        http.up()
        wait_for(lambda: len(finished(http, "/old")) == 5, "the five", 120)
        carillon.process.wait_for_output("old has delivered everything and is gone")
        wait_for(lambda: self.reporter_states(carillon) == {"old": "missing"}, "it to be gone")
        stays(lambda: len(http.received()) == 5, "nothing that came later", 0.5)

    def test_after_a_restart_it_waits_until_it_is_back(self):
        http = self.http_sink()
        http.down()
        carillon = self.carillon(http_push(http, "old", name="old"))
        services = http_push(http, "old", name="old")
        carillon.ingest(build(1))
        wait_for(lambda: any(r["attempts"] for r in carillon.deliveries()), "an attempt")
        carillon.configure("")
        self.reload(carillon)
        carillon.restart()
        carillon.process.wait_for_output("old is not configured: 1 reports of it wait")
        self.assertEqual(self.reporter_states(carillon), {"old": "missing"})
        shown = carillon.cli("deliveries", "--config", carillon.config).stdout
        self.assertIn("old is not in the configuration", shown)
        self.assertIn("carillon drop --reporter old", shown)
        http.up()
        stays(lambda: not http.received(), "nothing while it is not configured", 1)
        carillon.configure(services)
        self.reload(carillon)
        http.wait_for(1, "/old", timeout=120)
        wait_for(lambda: self.reporter_states(carillon) == {"old": "configured"}, "it is back")

    def test_a_person_drops_all_of_it(self):
        http = self.http_sink()
        http.script(400)
        carillon = self.carillon(http_push(http, "old", name="old"))
        carillon.ingest(build(1))
        wait_for(lambda: carillon.deliveries("--state", "dead"), "a dead letter")
        http.down()
        carillon.ingest([build(2), build(3)])
        wait_for(lambda: len(carillon.deliveries("--state", "waiting")) == 2, "two that wait")
        carillon.configure("")
        self.reload(carillon)
        done = carillon.cli("drop", "--config", carillon.config, "--reporter", "old", "--yes")
        self.assertEqual((done.returncode, done.stdout), (0, "3 reports of old are dropped\n"))
        self.assertEqual([r["state"] for r in carillon.deliveries()], ["dropped"] * 3)
        carillon.process.wait_for_output("old has delivered everything and is gone")
        http.up()
        stays(lambda: len(http.received()) == 1, "only the first, which was refused", 1)

    def test_nothing_is_lost_or_doubled_under_load(self):
        http = self.http_sink()
        http.default = Answer(delay=0.02)
        steady = http_push(http, "steady", name="steady")
        carillon = self.carillon(steady)
        stop, sent, failed = threading.Event(), [], []

        def stream():
            number = 0
            while not stop.is_set():
                if len(sent) - len(http.bodies("/steady")) > 100:  # a slow machine: no more than it can send
                    time.sleep(0.05)
                    continue
                batch = [build(number + n) for n in range(1, 6)]
                number += len(batch)
                reply = carillon.ingest(batch)
                if reply.status != 202:
                    failed.append(reply.body)
                    return
                sent.extend(b["number"] for b in batch)
                time.sleep(0.01)

        thread = threading.Thread(target=stream)
        thread.start()
        try:
            for turn in range(6):
                coming_and_going = "".join(
                    http_push(http, name, name=name) for name in ("even", "odd") if (turn % 2 == 0) == (name == "even")
                )
                carillon.configure(steady + coming_and_going)
                count = len(sent)
                self.reload(carillon)
                wait_for(lambda: len(sent) >= count + 20 or failed, "events in between")
        finally:
            stop.set()
            thread.join()
        self.assertEqual(failed, [])

        def posted(*paths):
            return [b["number"] for path in paths for b in http.bodies(path)]

        def both_are_complete():
            return set(posted("/even", "/odd")) >= {n for n in sent if n >= min(posted("/even", "/odd"))}

        wait_for(lambda: len(posted("/steady")) >= len(sent), "every event to be posted", 120)
        wait_for(both_are_complete, "what came and went to be complete", 120)
        wait_for(lambda: not carillon.deliveries("--state", "waiting"), "the ledger to settle", 120)
        self.assertEqual(sorted(posted("/steady")), sent)
        # Between two reloads one of the two was there: together they have every event from the first reload on.
        both = posted("/even", "/odd")
        self.assertEqual(len(both), len(set(both)), "an event fell to both")
        first = min(both)
        self.assertEqual(sorted(both), [n for n in sent if n >= first])
        states = {row["state"] for row in carillon.deliveries("-n", 100000)}
        self.assertEqual(states, {"delivered"})


if __name__ == "__main__":
    unittest.main()
