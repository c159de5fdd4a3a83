"""kill -9 in the middle of the work: what was acknowledged is delivered all the same."""

import collections
import os
import random
import threading
import unittest

from carillon_test.case import ServerTest
from carillon_test.chaos import Chaos
from carillon_test.events import build
from carillon_test.http_sink import Answer
from carillon_test.services import TERSE, http_push, mail
from carillon_test.stream import UNDER_WAY
from carillon_test.waiting import wait_for

# Of a reporter, at its target.
AT_ONCE = 64


class CrashTest(ServerTest):
    def test_nothing_acknowledged_is_lost(self):
        rounds, http, smtp = 3, self.http_sink(), self.smtp_sink()
        http.default = Answer(delay=0.01)
        carillon = self.carillon(http_push(http) + mail(smtp, mode="all", messageFormatter=TERSE))
        acknowledged = []
        number = 0
        # What had arrived at a kill and was not noted by the store, and what was at the target then, may be made twice.
        may_double = {"HttpStatusPush": 0, "MailNotifier": 0}

        def arrived():
            return {
                "HttpStatusPush": len({body["number"] for body in http.bodies()}),
                "MailNotifier": len({mail.subject for mail in smtp.received()}),
            }

        def under_way():
            for reporter, count in arrived().items():
                (noted,) = carillon.stored(
                    f"SELECT count(*) FROM deliveries WHERE state = 1 AND reporter = '{reporter}'")
                not_noted = count - int(noted)
                self.assertLessEqual(not_noted, UNDER_WAY)
                may_double[reporter] += max(not_noted, 0) + AT_ONCE

        for _ in range(rounds):
            stop = threading.Event()
            done = len(acknowledged)

            def stream():
                nonlocal number
                while not stop.is_set():
                    batch = [build(number + n) for n in range(1, 11)]
                    number += len(batch)
                    try:
                        reply = carillon.ingest(batch)
                    except OSError:
                        return  # killed in the middle: not acknowledged
                    if reply.status == 202:
                        acknowledged.extend(b["number"] for b in batch)

            thread = threading.Thread(target=stream)
            thread.start()
            try:
                wait_for(lambda: len(acknowledged) >= done + 100, "100 more acknowledged events")
                carillon.kill9()
            finally:
                stop.set()
                thread.join()
            under_way()
            carillon.start()

        def reported():
            return collections.Counter(body["number"] for body in http.bodies())

        wait_for(
            lambda: set(acknowledged) <= set(reported()),
            lambda: f"{len(set(acknowledged) - set(reported()))} builds to be posted", 120,
        )

        def mailed():
            return collections.Counter(m.subject for m in smtp.received())

        # What was being worded at a kill is worded alone, one after the other: not all mails are in the ledger yet.
        subjects = {f"pass/{n}=0" for n in acknowledged}
        wait_for(lambda: subjects <= set(mailed()), lambda: f"{len(subjects - set(mailed()))} mails", 120)
        wait_for(lambda: not carillon.deliveries("--state", "waiting"), "the ledger to settle", 120)
        counts = reported()
        doubled = sum(count - 1 for count in counts.values())
        self.assertLessEqual(doubled, may_double["HttpStatusPush"])
        self.assertLessEqual(max(counts.values()), rounds + 1)

        self.assertLessEqual(sum(count - 1 for count in mailed().values()), may_double["MailNotifier"])
        self.assertNotIn("malformed", carillon.process.text())

    def test_the_same_events_after_a_crash_are_duplicates(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http))
        batch = [build(n) for n in range(1, 21)]
        self.assertEqual(carillon.ingest(batch).status, 202)
        carillon.kill9()
        carillon.start()
        self.assertEqual(carillon.ingest(batch).status, 202)
        carillon.ingest(build(21))
        wait_for(lambda: {b["number"] for b in http.bodies()} == set(range(1, 22)), "all of them", 60)
        wait_for(lambda: not carillon.deliveries("--state", "waiting"), "the ledger to be settled")
        self.assertEqual(len(carillon.deliveries()), 21)

    def test_a_crash_before_the_target_is_up(self):
        http = self.http_sink()
        http.down()
        carillon = self.carillon(http_push(http))
        for number in range(1, 11):
            self.assertEqual(carillon.ingest(build(number)).status, 202)
        carillon.kill9()
        carillon.start()
        http.up()
        http.wait_for(10, timeout=60)
        self.assertEqual(sorted(b["number"] for b in http.bodies()), list(range(1, 11)))


class RandomKillTest(ServerTest):
    def test_kills_at_random_points(self):
        """`scripts/chaos` does the same for longer; CARILLON_SEED repeats a run as far as chance decided it."""
        seed = int(os.environ.get("CARILLON_SEED") or random.SystemRandom().randrange(1_000_000))
        outcome = Chaos(self.folder, seed, kills=8).run()
        self.assertEqual(outcome.violations, [], outcome.line())
        self.assertGreater(outcome.builds, 0, outcome.line())


if __name__ == "__main__":
    unittest.main()
