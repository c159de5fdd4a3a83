"""Targets that misbehave: every report arrives all the same, no other target notices, and memory is bounded."""

import email.utils
import time
import unittest

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.http_sink import Answer
from carillon_test.services import http_push
from carillon_test.waiting import wait_for

MEGABYTE = 1 << 20


class BrokenAnswerTest(ServerTest):
    def test_whatever_is_answered_the_report_is_made_again(self):
        """Once each, and then all is well."""
        cases = ("close", "cut", "half-close", "garbage", "headers", "flood")
        sinks = {how: self.http_sink() for how in cases}
        good = self.http_sink()
        for how, sink in sinks.items():
            sink.script(Answer(how=how))
        services = "".join(http_push(sink, name=how) for how, sink in sinks.items())
        carillon = self.carillon(services + http_push(good, name="good"))
        carillon.ingest(build(1))
        good.wait_for(1)
        for how, sink in sinks.items():
            with self.subTest(how=how):
                first, second = sink.wait_for(2, timeout=60)
                self.assertEqual(first.body, second.body)
        wait_for(lambda: not carillon.deliveries("--state", "waiting"), "all settled")
        self.assertEqual({row["state"] for row in carillon.deliveries()}, {"delivered"})
        told = carillon.cli("explain", "--config", carillon.config, "pass/1").stdout
        self.assertEqual(told.count("larger than"), 2, told)
        for how in ("headers", "flood"):
            self.assertLess(sinks[how].poured, 40 * MEGABYTE, how)  # its buffers and the system's included
        self.assertEqual(len(good.received()), 1)

    def test_one_that_hangs_half_way_through_its_answer(self):
        hanging, good = self.http_sink(), self.http_sink()
        hanging.default = Answer(how="stall")
        carillon = self.carillon(http_push(hanging, name="hangs") + http_push(good, name="good"))
        carillon.ingest([build(n) for n in range(1, 101)])
        good.wait_for(100, timeout=60)
        hanging.wait_for(1)
        self.assertEqual(carillon.deliveries("--reporter", "hangs", "--state", "delivered"), [])


class RetryAfterTest(ServerTest):
    def test_both_forms(self):
        """Seconds, and an HTTP date, which knows no fractions."""
        seconds, date = self.http_sink(), self.http_sink()
        seconds.script(Answer(429, headers={"Retry-After": "3"}))
        until = int(time.time()) + 4
        date.script(Answer(503, headers={"Retry-After": email.utils.formatdate(until, usegmt=True)}))
        carillon = self.carillon(http_push(seconds, name="seconds") + http_push(date, name="date"))
        carillon.ingest(build(1))
        first, second = seconds.wait_for(2, timeout=60)
        self.assertGreaterEqual(second.at - first.at, 2.9)
        date.wait_for(2, timeout=60)
        self.assertGreaterEqual(time.time(), until)
        wait_for(lambda: not carillon.deliveries("--state", "waiting"), "both settled")
        self.assertEqual({row["attempts"] for row in carillon.deliveries()}, {2})


if __name__ == "__main__":
    unittest.main()
