"""HttpStatusPush against a scripted HTTP server."""

import base64
import dataclasses
import unittest

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.http_sink import Answer
from carillon_test.services import Source, finished, http_push
from carillon_test.waiting import stays, wait_for
from carillon_test.webhooks import KEY, OTHER_KEY, verdict

QUIET = 1.5


class BodyTest(ServerTest):
    def test_the_build_object_arrives(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http, "hook?a=b", wantProperties=True))
        sent = build(7, "fail", 2, properties={"owner": ["ann", "Force"]}, state_string="broken \N{BELL}",
                     unknown_field={"kept": [1, 2]})
        self.assertEqual(carillon.ingest(sent).status, 202)
        (got,) = http.wait_for(1)
        self.assertEqual((got.method, got.path), ("POST", "/hook?a=b"))
        self.assertEqual(got.headers["Content-Type"].split(";")[0], "application/json")
        for key in ("buildid", "number", "builderid", "results", "complete", "state_string", "url",
                    "started_at", "complete_at", "properties", "unknown_field"):
            self.assertEqual(got.json[key], sent[key], key)
        self.assertEqual(got.json["builder"]["name"], "fail")
        self.assertEqual(got.json["buildset"]["sourcestamps"], sent["buildset"]["sourcestamps"])
        self.assertEqual(got.json["buildrequest"]["buildrequestid"], sent["buildrequestid"])

    def test_start_and_end_in_order(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http))
        carillon.ingest([build(1, complete=False), build(1)])
        wait_for(lambda: finished(http), "the end")
        self.assertEqual([b["complete"] for b in http.bodies()][-1], True)

    def test_both_ways_to_give_the_login(self):
        http = self.http_sink()
        services = http_push(http, "a", user="ann", password="s3cret")
        services += http_push(http, "b", name="b", auth=("ann", "s3cret"))
        carillon = self.carillon(services)
        carillon.ingest(build(1))
        expected = "Basic " + base64.b64encode(b"ann:s3cret").decode()
        for path in ("/a", "/b"):
            self.assertEqual(http.wait_for(1, path)[0].headers["Authorization"], expected)
        self.assertNotIn("s3cret", carillon.process.text() + str(carillon.deliveries()))

    def test_filters(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http, builders=["linux"]))
        carillon.ingest([build(1, "windows"), build(1, "linux")])
        http.wait_for(1)
        stays(lambda: finished(http) == {"linux/1": 0}, "only linux", QUIET)

    def test_format_functions(self):
        http = self.http_sink()
        functions = """
from twisted.internet import defer
def sync(build):
    return {'text': build['builder']['name']}
async def coroutine(build):
    return {'text': build['builder']['name']}
def deferred(build):
    return defer.succeed({'text': build['builder']['name']})
def raises(build):
    raise ValueError('no such bell')
"""
        for name in ("sync", "coroutine", "deferred"):
            functions += http_push(http, name, name=name, format_fn=Source(name))
        functions += http_push(http, "raises", name="raises", format_fn=Source("raises"))
        carillon = self.carillon(functions)
        carillon.ingest(build(1, "linux"))
        for name in ("sync", "coroutine", "deferred"):
            self.assertEqual(http.wait_for(1, f"/{name}")[0].json, {"text": "linux"}, name)

        def told():
            return carillon.cli("explain", "--config", carillon.config, "linux/1").stdout

        wait_for(lambda: "no such bell" in told(), told)


class OutcomeTest(ServerTest):
    def states(self, carillon):
        return sorted(row["state"] for row in carillon.deliveries())

    def test_a_target_that_was_down_gets_everything_in_order(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http))
        carillon.ingest(build(1))
        carillon.settled(1)
        http.down()
        for number in range(2, 12):
            carillon.ingest([build(number, complete=False), build(number)])
        wait_for(lambda: any(r["attempts"] for r in carillon.deliveries("--state", "waiting")), "a try")
        http.up()
        http.wait_for(21)
        for number in range(2, 12):  # the order is kept within a build, not between builds
            states = [b["complete"] for b in http.bodies() if b["number"] == number]
            self.assertEqual(states, [False, True], number)
        wait_for(lambda: set(self.states(carillon)) == {"delivered"}, "all settled")

    def test_retry_after_is_obeyed_and_pauses_one_target_only(self):
        http = self.http_sink()
        other = self.http_sink()
        http.script(Answer(429, headers={"Retry-After": "3"}))
        carillon = self.carillon(http_push(http, name="slow") + http_push(other, name="other"))
        carillon.ingest(build(1))
        first, second = http.wait_for(2)
        self.assertGreaterEqual(second.at - first.at, 2.9)
        carillon.settled(2)
        http.script(Answer(429, headers={"Retry-After": "3600"}))
        carillon.ingest(build(2))
        wait_for(lambda: any(row["paused_until"] for row in carillon.deliveries()), "a long pause")
        carillon.ingest(build(3))
        other.wait_for(3)
        self.assertEqual(finished(other), {"pass/1": 0, "pass/2": 0, "pass/3": 0})
        stays(lambda: len(http.received()) == 3, "nothing is sent while it is paused", QUIET)

    def test_the_pause_survives_a_restart(self):
        http = self.http_sink()
        http.script(Answer(503, headers={"Retry-After": "5"}))
        carillon = self.carillon(http_push(http))
        carillon.ingest(build(1))
        http.wait_for(1)
        wait_for(lambda: any(r["attempts"] for r in carillon.deliveries()), "the attempt in the ledger")
        carillon.restart()
        first, second = http.wait_for(2)
        self.assertGreaterEqual(second.at - first.at, 4.9)

    def test_what_is_tried_again_and_what_is_not(self):
        cases = {
            "500": Answer(500), "408": Answer(408), "garbage": Answer(how="garbage"),
            "cut": Answer(how="cut"), "400": Answer(400), "404": Answer(404), "204": Answer(204),
        }
        sinks = {name: self.http_sink() for name in cases}
        for name, answer in cases.items():
            sinks[name].script(answer)
        services = "".join(http_push(sink, name=name) for name, sink in sinks.items())
        carillon = self.carillon(services)
        carillon.ingest(build(1))
        for name in ("500", "408", "garbage"):
            sinks[name].wait_for(2)
        wait_for(
            lambda: len(self.states(carillon)) == len(cases) and "waiting" not in self.states(carillon),
            "all settled",
        )
        states = {row["reporter"]: row["state"] for row in carillon.deliveries()}
        self.assertEqual({states[n] for n in ("500", "408", "garbage", "cut", "204")}, {"delivered"})
        self.assertEqual({states[n] for n in ("400", "404")}, {"dead"})
        for name in ("400", "404", "204", "cut"):
            self.assertEqual(len(sinks[name].received()), 1, name)

    def test_a_target_that_hangs_slows_no_other(self):
        hanging, good = self.http_sink(), self.http_sink()
        hanging.default = Answer(how="hang")
        carillon = self.carillon(http_push(hanging, name="hangs") + http_push(good, name="good"))
        carillon.ingest([build(n) for n in range(1, 101)])
        good.wait_for(100)
        self.assertEqual(len(finished(good)), 100)

    def test_a_stop_ends_what_is_in_flight(self):
        http = self.http_sink()
        http.script(Answer(delay=1.0))
        carillon = self.carillon(http_push(http))
        carillon.ingest(build(1))
        http.wait_for(1)
        self.assertEqual(carillon.stop(), 0)
        carillon.start()
        stays(lambda: len(http.received()) == 1, "one post", QUIET)
        self.assertEqual(self.states(carillon), ["delivered"])


class SignedTest(ServerTest):
    def test_the_receiver_can_tell_that_it_is_ours(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http, sign=Source("util.Secret('webhook')")),
                                 start=False, env={"WEBHOOK": KEY})
        carillon.config.write_text(carillon.config.read_text("utf-8").replace(
            "c['services'] = []", "from buildbot.plugins import secrets\n"
            "c['secretsProviders'] = [secrets.SecretsInEnvironment()]\nc['services'] = []"), "utf-8")
        carillon.start()
        http.script(500)
        carillon.ingest(build(7, "b\N{BELL}.", 2, state_string="\N{BELL} broken"))
        first, second = http.wait_for(2)
        for request in (first, second):
            self.assertEqual(verdict(request), "verified")
            self.assertNotIn("Idempotency-Key", request.headers)
        self.assertEqual(verdict(second, OTHER_KEY), "No matching signature found")
        self.assertEqual(verdict(dataclasses.replace(second, body=second.body + b" ")), "No matching signature found")
        self.assertEqual(first.headers["webhook-id"], second.headers["webhook-id"], "the same at every attempt")
        wait_for(lambda: carillon.deliveries("--state", "delivered"), "it to be delivered")
        shown = carillon.process.text() + str(carillon.deliveries()) + str(carillon.explain("b\N{BELL}./7"))
        self.assertIn("delivered", shown)
        self.assertNotIn(KEY, shown)
        self.assertNotIn(KEY.removeprefix("whsec_"), shown)

    def test_without_a_key_repeats_can_be_told(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http))
        http.script(500)
        carillon.ingest(build(1))
        first, second = http.wait_for(2)
        carillon.ingest(build(2))
        third = http.wait_for(3)[2]
        keys = [request.headers["Idempotency-Key"] for request in (first, second, third)]
        self.assertEqual(keys[0], keys[1])
        self.assertNotEqual(keys[1], keys[2])
        self.assertRegex(keys[0], r'^"[!-~]+"$')
        self.assertNotIn("webhook-id", first.headers)

    def test_what_is_no_key_is_refused_at_load(self):
        carillon = self.carillon(http_push(self.http_sink(), sign="hush-hush"), start=False)
        done = carillon.check()
        self.assertEqual(done.returncode, 1)
        self.assertIn("HttpStatusPush(sign=...): is not a Standard Webhooks key", done.stderr + done.stdout)
        self.assertNotIn("hush-hush", done.stderr + done.stdout)


if __name__ == "__main__":
    unittest.main()
