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
        """Once each, and then all is well. Where it says success nobody needs the rest of the answer."""
        cases = ("close", "garbage")
        enough = ("cut", "half-close", "headers", "flood")
        sinks = {how: self.http_sink() for how in cases + enough}
        good = self.http_sink()
        for how, sink in sinks.items():
            sink.script(Answer(how=how))
        services = "".join(http_push(sink, name=how) for how, sink in sinks.items())
        carillon = self.carillon(services + http_push(good, name="good"))
        carillon.ingest(build(1))
        good.wait_for(1)
        for how in cases:
            with self.subTest(how=how):
                first, second = sinks[how].wait_for(2, timeout=120)
                self.assertEqual(first.body, second.body)
        wait_for(lambda: not carillon.deliveries("--state", "waiting"), "all settled")
        self.assertEqual({row["state"] for row in carillon.deliveries()}, {"delivered"})
        self.assertEqual({how: len(sinks[how].received()) for how in enough}, dict.fromkeys(enough, 1))
        for how in ("headers", "flood"):
            self.assertLess(sinks[how].poured, 40 * MEGABYTE, how)  # its buffers and the system's included
        self.assertEqual(len(good.received()), 1)

    def test_what_is_odd_but_says_success_is_success(self):
        """What libcurl reads as 200 where there is TLS is 200 without."""
        odd = {
            "interim": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "line-feeds": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
            "no-reason": b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
            "blank": b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\nX : y\r\n\r\nok",
            "both": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        }
        sinks = {name: self.http_sink() for name in odd}
        for name, sink in sinks.items():
            sink.default = Answer(how="raw", body=odd[name])
        carillon = self.carillon("".join(http_push(sink, name=name) for name, sink in sinks.items()))
        carillon.ingest([build(1), build(2)])
        wait_for(lambda: len(carillon.deliveries("--state", "delivered")) == 2 * len(odd), carillon.deliveries)
        self.assertEqual({row["attempts"] for row in carillon.deliveries()}, {1})
        self.assertEqual({name: len(sink.received()) for name, sink in sinks.items()}, dict.fromkeys(odd, 2))

    def test_one_that_hangs_half_way_through_its_answer(self):
        hanging, good = self.http_sink(), self.http_sink()
        hanging.default = Answer(how="stall")
        carillon = self.carillon(http_push(hanging, name="hangs") + http_push(good, name="good"))
        carillon.ingest([build(n) for n in range(1, 101)])
        good.wait_for(100, timeout=120)
        hanging.wait_for(1)
        self.assertEqual(carillon.deliveries("--reporter", "hangs", "--state", "delivered"), [])


class RedirectTest(ServerTest):
    def test_on_the_same_host_it_is_followed(self):
        http = self.http_sink()
        http.script(Answer(307, headers={"Location": "/moved?a=b"}))
        carillon = self.carillon(http_push(http, "hook", user="ann", password="s3cret"))
        carillon.ingest(build(1))
        first, second = http.wait_for(2)
        self.assertEqual([first.path, second.path], ["/hook", "/moved?a=b"])
        self.assertEqual([second.method, second.body], ["POST", first.body])
        self.assertEqual(second.headers["Authorization"], first.headers["Authorization"])
        self.assertTrue(second.headers["Authorization"].startswith("Basic "))
        rows = wait_for(lambda: carillon.deliveries("--state", "delivered"), carillon.deliveries)
        self.assertEqual(rows[0]["attempts"], 1)

    def test_to_anywhere_else_it_waits(self):
        """A maintenance page: at another host, or by a status that says nothing about what was posted."""
        away, page, other = self.http_sink(), self.http_sink(), self.http_sink()
        away.script(Answer(307, headers={"Location": other.url + "sorry?token=hush"}))
        page.script(Answer(302, headers={"Location": "/maintenance"}), Answer(303, headers={"Location": "/login"}))
        carillon = self.carillon(http_push(away, name="away") + http_push(page, name="page"))
        carillon.ingest(build(1))
        away.wait_for(2)
        page.wait_for(3)
        wait_for(lambda: not carillon.deliveries("--state", "waiting"), carillon.deliveries)
        self.assertEqual({row["state"] for row in carillon.deliveries()}, {"delivered"})
        self.assertEqual({request.path for request in away.received() + page.received()}, {"/"})
        self.assertEqual(other.received(), [])
        told = carillon.cli("explain", "--config", carillon.config, "pass/1").stdout
        self.assertIn(f"HTTP 307 to {other.url}sorry", told)
        self.assertIn("HTTP 302 to /maintenance", told)
        self.assertNotIn("hush", told)


class RetryAfterTest(ServerTest):
    def test_both_forms(self):
        """Seconds, and an HTTP date, which knows no fractions."""
        seconds, date = self.http_sink(), self.http_sink()
        carillon = self.carillon(http_push(seconds, name="seconds") + http_push(date, name="date"))
        seconds.script(Answer(429, headers={"Retry-After": "3"}))
        until = int(time.time()) + 4
        date.script(Answer(503, headers={"Retry-After": email.utils.formatdate(until, usegmt=True)}))
        carillon.ingest(build(1))
        first, second = seconds.wait_for(2, timeout=120)
        self.assertGreaterEqual(second.at - first.at, 2.9)
        date.wait_for(2, timeout=120)
        self.assertGreaterEqual(time.time(), until)
        wait_for(lambda: not carillon.deliveries("--state", "waiting"), "both settled")
        self.assertEqual({row["attempts"] for row in carillon.deliveries()}, {2})


if __name__ == "__main__":
    unittest.main()
