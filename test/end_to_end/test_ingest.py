"""POST /ingest: what is taken, what is refused, and what is said about it."""

import base64
import json
import unittest

from carillon_test.carillon import TOKEN, push
from carillon_test.case import ServerTest
from carillon_test.events import build, ndjson
from carillon_test.services import TERSE, finished, http_push, mail
from carillon_test.waiting import stays, wait_for

ASKING = """
from twisted.internet import defer
from buildbot.data.resultspec import Filter
from buildbot.reporters import utils
@defer.inlineCallbacks
def asked(build):
    get, of = push.master.data.get, ('builds', build['buildid'])
    one = yield get(of)
    builder = yield get(('builders', 560))
    again = dict(one)
    yield utils.getDetailsForBuild(push.master, again, want_steps=True)
    steps = yield get(of + ('steps',), filters=[Filter('name', 'eq', ['nonesuch'])])
    step = yield get(of + ('steps', 'test_result'))
    contents = yield get(of + ('steps', 1, 'logs', 'stdout', 'contents'))
    logs = yield get(('steps', 7001, 'logs'))
    posted = yield get(('logs', 7002, 'contents'))
    complete = yield get(('builds',), filters=[Filter('complete', 'eq', [True]), Filter('number', 'gt', [4])])
    try:
        yield get(of + ('steps', 'nonesuch'))
        missing = None
    except Exception as error:
        missing = str(error)
    return {{'ids': [one['builderid'], builder['builderid'], again['builder']['builderid'], step['stepid']],
            'names': [builder['name'], step['name'], again['steps'][0]['name']], 'none': steps, 'missing': missing,
            'contents': contents, 'logs': [log['logid'] for log in logs], 'posted': posted['content'],
            'complete': [found['number'] for found in complete]}}
push = reporters.HttpStatusPush({url!r}, format_fn=asked)
c['services'] = [push]
"""


class AskedTest(ServerTest):
    def test_callbacks_ask_for_what_was_posted(self):
        http = self.http_sink()
        server = self.carillon(ASKING.format(url=http.url))
        logs = [{"logid": 7002, "name": "stdout", "content": "3 of 5 failed"}]
        steps = [{"stepid": 7000, "name": "fetch", "logs": []}, {"stepid": 7001, "name": "test_result", "logs": logs}]
        told = build(5, "linux", 2, buildid=43900008, builderid=560, steps=steps)
        told["builder"].pop("builderid", None)
        self.assertEqual(server.ingest(told).status, 202)
        http.wait_for(1)
        (body,) = http.bodies()
        missing = body.pop("missing")
        self.assertIn("has told of no step 'nonesuch' of that build", missing)
        self.assertEqual(
            body,
            {
                "ids": [560, 560, 560, 7001],
                "names": ["linux", "test_result", "fetch"],
                "none": [],
                "contents": {"logid": 7002, "firstline": 0, "content": "3 of 5 failed"},
                "logs": [7002],
                "posted": "3 of 5 failed",
                "complete": [5],
            },
        )


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

    def test_two_buildbots_with_one_token(self):
        """Each counts its builds, and their ids, from 1."""
        def of(host, builder):
            return build(1, builder, buildid=1, url=f"http://{host}/#/builders/1/builds/1")

        posts = [of(host, builder) for host in ("one.example.org", "two.example.org") for builder in ("a", "b")]
        for post in posts:
            self.assertEqual(self.server.ingest(post).json, {"accepted": 1, "duplicate": False})
        for post in posts:
            self.assertEqual(self.server.ingest(post).json, {"accepted": 0, "duplicate": True})
        self.http.wait_for(4)
        self.assertEqual(sorted(body["url"] for body in self.http.bodies()), sorted(post["url"] for post in posts))

    def test_buildsets_of_two_senders_with_one_token(self):
        """Each counts its buildsets from 1, and is told of its own builds."""
        smtp = self.smtp_sink()
        server = self.carillon(mail(smtp, mode="all", buildSetSummary=True, messageFormatter=TERSE))
        for host, submitted in (("one", 1700000000), ("two", 1700000500)):
            buildset = {"bsid": 1, "submitted_at": submitted, "complete": True, "results": 0, "sourcestamps": []}
            told = build(1, host, buildid=1, url=f"http://{host}.example.org/#/builders/1/builds/1", buildset=buildset)
            done = {"k": "buildsets/1/complete", "m": buildset}
            self.assertEqual(server.ingest([told, done]).json, {"accepted": 2, "duplicates": 0})
            self.assertEqual(server.ingest(done).json, {"accepted": 0, "duplicate": True})
        smtp.wait_for(2)
        self.assertEqual(sorted(message.text.strip() for message in smtp.received()), ["[one:0]", "[two:0]"])

    def test_a_start_that_comes_after_its_end(self):
        end, start = build(1), build(1, complete=False)
        self.assertEqual(self.server.ingest(end).status, 202)
        self.http.wait_for(1)
        self.assertEqual(self.server.ingest(start).json, {"accepted": 1, "duplicate": False})
        self.assertEqual(self.server.ingest(start).json, {"accepted": 0, "duplicate": True})
        self.assertEqual(self.server.ingest([build(2, complete=False), build(2)]).status, 202)
        self.http.wait_for(3)
        stays(lambda: len(self.http.received()) == 3, "three posts", 1)
        _, late = self.server.explain("pass/1")["events"]
        self.assertEqual(late["untold"], "its end was heard before")
        self.assertEqual([(d["decision"], d["reason"]) for d in late["decisions"]], [("ignore", late["untold"])])
        self.assertEqual([e["untold"] for e in self.server.explain("pass/2")["events"]], [None, None])

    def test_what_is_taken_otherwise_is_told(self):
        self.assertEqual(
            self.server.ingest({"k": "builds/finished", "m": {}}).json,
            {"accepted": 0, "duplicate": False, "ignored": 1,
             "warnings": ["line 1: k: nothing is reported of 'builds/finished'"]},
        )
        broken = json.dumps(build(2, "broken", state_string="a\ud83d")).encode()
        told = self.server.ingest(b"\n".join([json.dumps(build(1)).encode(), broken, json.dumps(build(3)).encode()]))
        self.assertEqual(
            told.json,
            {"accepted": 3, "duplicates": 0, "warnings": ["line 2: half a pair of surrogates in a text became U+FFFD"]},
        )
        self.http.wait_for(3)
        (body,) = [body for body in self.http.bodies() if body["builder"]["name"] == "broken"]
        self.assertEqual(body["state_string"], "a\ufffd")

    def test_refused_posts_are_in_the_log_once_a_minute(self):
        for _ in range(3):
            self.assertEqual(self.server.ingest(build(-1)).status, 400)
        self.assertEqual(self.server.ingest(build(1), token="wrong").status, 401)
        log = self.server.process.text
        wait_for(lambda: ": no valid token" in log(), "the line of the token")
        self.assertIn("with 400: line 1: number: must not be negative", log())
        self.assertEqual(log().count("refused POST /ingest from 127.0.0.1 with 400"), 1)

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
        wait_for(lambda: len(self.http.received()) >= 2000, "2000 posts", 120)
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

    def test_without_a_push_source_there_is_nothing_to_post_to(self):
        server = self.carillon(sources=[])
        for method in ("GET", "HEAD", "POST"):
            self.assertEqual(server.request(method, "ingest").status, 404)
        self.assertIn(b"no sources.Push is configured", server.request("POST", "ingest", b"{}").body)
        for sources, status in (([push()], 405), ([], 404)):
            server.configure(sources=sources)
            done = server.cli("reload", "--config", server.config)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(server.request("GET", "ingest").status, status)


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


class TokensTest(ServerTest):
    def test_two_at_once_and_what_each_may_report(self):
        http = self.http_sink()
        server = self.carillon(
            http_push(http),
            sources=[
                push(["new-token", "old-token"], name="all"),
                push("limited-token", name="team", builders=["team/*"], repositories=["https://git.example.org/*", "bell"]),
            ],
        )
        self.assertEqual(server.ingest(build(1), token="new-token").status, 202)
        self.assertEqual(server.ingest(build(2), token="old-token").status, 202)
        self.assertEqual(server.ingest(build(3, "team/linux"), token="limited-token").status, 202)
        other = server.ingest(build(4), token="limited-token")
        self.assertEqual((other.status, other.json["error"]), (403, "builder.name: this token may not report for 'pass'"))
        stamp = {"repository": "https://forge.example.org/victim", "project": "bell"}
        victim = build(6, "team/linux", buildset={"sourcestamps": [stamp]})
        reply = server.ingest([build(5, "team/linux"), victim], token="limited-token")
        self.assertEqual(reply.status, 403)
        self.assertRegex(reply.json["error"], r"^line 2: buildset\.sourcestamps\[0\]\.repository: .*/victim'")
        server.configure(http_push(http), sources=[push(["new-token"], name="all")])
        done = server.cli("reload", "--config", server.config)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(server.ingest(build(7), token="old-token").status, 401)
        self.assertEqual(server.ingest(build(8), token="new-token").status, 202)
        wait_for(lambda: len(finished(http)) >= 4, "the reports")
        self.assertEqual(finished(http), {"pass/1": 0, "pass/2": 0, "team/linux/3": 0, "pass/8": 0})


if __name__ == "__main__":
    unittest.main()
