"""POST /ingest: what is taken, what is refused, and what is said about it."""

import base64
import json
import unittest

from carillon_test.carillon import TOKEN
from carillon_test.case import ServerTest
from carillon_test.events import build, ndjson
from carillon_test.services import finished, http_push
from carillon_test.waiting import stays, wait_for


class IngestTest(ServerTest):
    def setUp(self):
        self.http = self.http_sink()
        self.server = self.carillon(http_push(self.http))

    def test_a_build_and_the_same_again(self):
        first = self.server.ingest(build(1))
        self.assertEqual(first.status, 202)
        self.assertFalse(first.json.get("duplicate"))
        again = self.server.ingest(build(1))
        self.assertEqual((again.status, again.json["duplicate"]), (202, True))
        self.http.wait_for(1)
        stays(lambda: len(self.http.received()) == 1, "one post", 1)

    def test_the_least_that_is_needed(self):
        self.assertEqual(
            self.server.ingest(
                {"builder": {"name": "tiny"}, "number": 3, "complete": True, "results": 2}
            ).status,
            202,
        )
        self.http.wait_for(1)
        self.assertEqual(finished(self.http), {"tiny/3": 2})

    def test_the_shape_of_the_websocket(self):
        message = {"k": "builds/7/finished", "m": build(7, "linux", 1, buildid=7)}
        self.assertEqual(self.server.ingest(message).status, 202)
        again = self.server.ingest([message])
        self.assertEqual(again.status, 202)
        self.http.wait_for(1)
        self.assertEqual(finished(self.http), {"linux/7": 1})

    def test_batches(self):
        batch = [build(n) for n in range(1, 2001)]
        self.assertEqual(self.server.ingest(ndjson(batch) + b"\n").status, 202)
        wait_for(lambda: len(self.http.received()) >= 2000, "2000 posts", 60)
        self.assertEqual(finished(self.http), {f"pass/{n}": 0 for n in range(1, 2001)})

    def test_who_may_post(self):
        for token in ("wrong", "", TOKEN + "x", None):
            reply = self.server.ingest(build(1), token=token)
            self.assertEqual(reply.status, 401, token)
            self.assertIn("WWW-Authenticate", reply.headers)
            self.assertNotIn(TOKEN.encode(), reply.body)
        basic = "Basic " + base64.b64encode(f"anybody:{TOKEN}".encode()).decode()
        body = json.dumps(build(2)).encode()
        reply = self.server.request("POST", "ingest", body, {"Authorization": basic})
        self.assertEqual(reply.status, 202)
        self.http.wait_for(1)
        self.assertEqual(finished(self.http), {"pass/2": 0})

    def test_other_methods_and_paths(self):
        self.assertEqual(self.server.request("GET", "ingest").status, 405)
        self.assertEqual(self.server.request("GET", "nothing/here").status, 404)
        self.assertEqual(self.server.request("GET", "health").status, 200)


class MalformedTest(ServerTest):
    """Each is 400 with the place, nothing of its batch is taken, and the server lives on."""

    def test_malformed_bodies(self):
        http = self.http_sink()
        server = self.carillon(http_push(http))
        number, name = r"number", r"builder"
        cases = [
            (b"", "."),
            (b"{", "."),
            (b"[1, 2]", "."),
            (b"null", "."),
            (b'"text"', "."),
            (b"\xff\xfe{}", "."),
            (b'{"builder": {"name": "x"}, "number": 1' + b"}" * 2, "."),
            (b"[" * 100000, "."),
            (b"{}", name),
            ({"number": 1, "complete": True, "results": 0}, name),
            ({"builder": "x", "number": 1, "complete": True, "results": 0}, name),
            ({"builder": {"name": 5}, "number": 1, "complete": True, "results": 0}, r"builder.*name"),
            ({"builder": {"name": "x"}, "complete": True, "results": 0}, number),
            ({"builder": {"name": "x"}, "number": "1", "complete": True, "results": 0}, number),
            ({"builder": {"name": "x"}, "number": 1.5, "complete": True, "results": 0}, number),
            ({"builder": {"name": "x"}, "number": 1, "complete": True, "results": 99}, "results"),
            ({"builder": {"name": "x"}, "number": 1, "complete": True, "results": "0"}, "results"),
            ({"builder": {"name": "x"}, "number": 1, "complete": "yes", "results": 0}, "complete"),
            ({"k": "builds/1/finished"}, "m"),
            ({"k": 5, "m": build(1)}, "k"),
            ({"k": "builds/1/finished", "m": []}, "m"),
        ]
        for body, place in cases:
            with self.subTest(body=str(body)[:80]):
                reply = server.ingest(body)
                self.assertEqual(reply.status, 400, reply.body)
                self.assertRegex(reply.body.decode(), place)
        self.assertEqual(server.ingest(build(1, "good")).status, 202)
        http.wait_for(1)
        stays(lambda: finished(http) == {"good/1": 0}, "only the good one", 1)

    def test_a_batch_is_refused_whole(self):
        http = self.http_sink()
        server = self.carillon(http_push(http))
        bad = build(3)
        bad["results"] = "broken"
        reply = server.ingest([build(1), build(2), bad, build(4)])
        self.assertEqual(reply.status, 400)
        self.assertRegex(reply.body.decode(), r"results")
        self.assertRegex(reply.body.decode(), r"\b(line 3|2|3)\b")
        half = ndjson([build(5), build(6)])[:-20]
        self.assertEqual(server.ingest(half).status, 400)
        server.ingest(build(9))
        http.wait_for(1)
        stays(lambda: finished(http) == {"pass/9": 0}, "nothing of the refused batches", 1)

    def test_too_many_lines(self):
        http = self.http_sink()
        server = self.carillon(http_push(http))
        small = [
            {"builder": {"name": "many"}, "number": n, "complete": True, "results": 0}
            for n in range(1, 10002)
        ]
        self.assertIn(server.ingest(small).status, (400, 413))
        self.assertEqual(http.received(), [])

    def test_hostile_values_stay_values(self):
        http = self.http_sink()
        server = self.carillon(http_push(http))
        names = ["a/b", "..", "\N{BELL}" * 50, "a\r\nX-Evil: 1", "\x00", "'; DROP TABLE events; --", "%s%n"]
        for index, name in enumerate(names, 1):
            status = server.ingest(build(index, name)).status
            self.assertIn(status, (202, 400), repr(name))
        server.ingest(build(1, "last"))
        wait_for(lambda: "last/1" in finished(http), "the last one")
        self.assertTrue(server.process.is_running())


if __name__ == "__main__":
    unittest.main()
