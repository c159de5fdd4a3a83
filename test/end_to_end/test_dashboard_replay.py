"""Replay in the browser and by the API: counted first, then ordered, stopped, interrupted, gone on with."""

import unittest

from carillon_test.accounts import PASSWORD, passwords
from carillon_test.case import ServerTest
from carillon_test.dashboard import SCREENSHOTS, WINDOWS, Dashboard
from carillon_test.events import build
from carillon_test.openapi import Description
from carillon_test.services import Source, http_push
from carillon_test.visitor import Visitor
from carillon_test.waiting import stays, wait_for

TOKEN = "token-of-an-operator-0123456789"
OPERATOR = f"""\
c['secretsProviders'] = [{{'operator': {TOKEN!r}}}]
c['www']['tokens'] = {{'operator': ('operator', util.Secret('operator'))}}
"""
# A reporter's words that wait until a file is there: meanwhile nothing is worded.
HELD_UP = """\
import os, time
def words(build):
    while not os.path.exists({file!r}):
        time.sleep(0.05)
    return {{'number': build['number']}}
"""


class Replays:
    def ask(self, method, path, body=None, **headers):
        """As an operator's program. Judged by the description of the API."""
        sent = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", **headers}
        reply = self.server.request(method, "api/v1/" + path, None if body is None else body, sent)
        parts = path.partition("?")[0].split("/")
        described = "/" + "/".join("{id}" if part.isdigit() else part for part in parts)
        self.description.judge(described, method.lower(), reply)
        return reply

    def serve(self, services):
        self.server = self.carillon(OPERATOR + services)
        self.description = Description(self.server.request("GET", "openapi.yaml", headers={
            "Authorization": f"Bearer {TOKEN}"}).body)
        return self.server

    def job(self, number):
        return self.ask("GET", f"replay/{number}").json

    def ended(self, number):
        return wait_for(lambda: (lambda job: job["state"] not in ("counting", "ordering") and job)(self.job(number)),
                        lambda: f"the end of {self.job(number)}", 120)

    def deeds(self):
        items = self.ask("GET", "log?limit=500").json["items"]
        return [(one["who"], one["what"], one["about"], one["reason"]) for one in reversed(items)]

    def settled(self):
        wait_for(lambda: not self.server.deliveries("--state", "waiting"), "all settled", 120)


class ApiTest(Replays, ServerTest):
    def test_it_is_counted_ordered_and_noted(self):
        sink = self.http_sink()
        server = self.serve(http_push(sink, "a", name="a"))
        server.ingest([build(number, "linux", number % 2 * 2) for number in range(1, 6)] + [build(1, "mac")])
        sink.wait_for(6, "/a")
        self.settled()
        server.configure(OPERATOR + http_push(sink, "a", name="a") + http_push(sink, "b", name="b"))
        self.assertEqual(server.cli("reload", "--config", server.config).returncode, 0)

        wait = {"Prefer": "wait=30"}
        wish = b'{"since": "1h", "builder": "linux", "dry_run": true}'
        counted = self.ask("POST", "replay", wish, **wait)
        self.assertEqual(counted.status, 200)
        job = counted.json
        self.assertEqual((job["state"], job["events"], job["builds"], job["reports"]), ("counted", 6, 5, 10))
        self.assertEqual(job["reporters"], {"a": 5, "b": 5})
        self.assertEqual(job["delivered_before"], {"a": 5, "b": 0})
        self.assertEqual(self.deeds(), [], "nothing is done")
        stays(lambda: len(sink.received()) == 6, "nothing goes out", 1)

        self.assertEqual(self.ask("POST", "replay/1/go", b"{}").status, 400)
        done = self.ask("POST", "replay/1/go", b'{"reason": "b is new"}', **wait)
        self.assertEqual((done.status, done.json["state"], done.json["ordered"]), (200, "done", 10))
        sink.wait_for(16)
        self.settled()
        self.assertEqual((len(sink.received("/a")), len(sink.received("/b"))), (11, 5))
        begun, replayed = self.deeds()
        self.assertEqual(begun[:2] + begun[3:], ("token operator", "replay", "b is new"))
        self.assertRegex(begun[2], "^replay 1: 10 reports of 6 events, heard .* UTC, builder linux$")
        self.assertEqual(replayed[:3], ("token operator", "replayed", "replay 1: 10 of 10 reports are ordered, up to event 6"))
        mark = f"~replay{done.json['mark']}"
        self.assertEqual(sum(mark in row["key"] for row in server.deliveries("-n", "100")), 10)

        # At once, once for each key, and by one reporter.
        key = {"Idempotency-Key": "k1", **wait}
        wish = b'{"since": "1h", "reporter": "b", "reason": "once more"}'
        first = self.ask("POST", "replay", wish, **key).json
        self.assertEqual((first["state"], first["ordered"]), ("done", 6))
        self.assertEqual(self.ask("POST", "replay", wish, **key).json, first)
        sink.wait_for(11, "/b")
        self.settled()
        self.assertEqual([one["id"] for one in self.ask("GET", "replay").json["items"]], [2, 1])
        self.assertEqual(len(sink.received()), 22)

    def test_what_is_wrong_is_said(self):
        server = self.serve(http_push(self.http_sink(), name="posts"))
        server.ingest(build(1))
        server.settled(1)
        for wish, status, said in (
            (b'{"since": "noon", "dry_run": true}', 400, "since: 'noon' is not a time"),
            (b'{"since": "1h", "reporter": "post", "dry_run": true}', 400, "there is no reporter 'post' (there are: posts)"),
            (b'{"since": "1h", "builder": "x", "dry_run": true}', 400, "there is no builder 'x' (there are: pass)"),
            (b'{"since": "1h"}', 400, "reason: say why"),
            (b'{"sinse": "1h"}', 400, "sinse: is not known here"),
        ):
            with self.subTest(wish):
                reply = self.ask("POST", "replay", wish)
                self.assertEqual(reply.status, status)
                self.assertIn(said, reply.json["error"])
        self.assertEqual(self.ask("GET", "replay/1").status, 404)
        self.assertEqual(self.ask("DELETE", "replay/1").status, 404)
        self.assertEqual(self.ask("POST", "replay/1/go", b'{"reason": "x"}').status, 404)
        nobody = server.request("GET", "replay")
        self.assertEqual(nobody.status, 401)


class HeldUpTest(Replays, ServerTest):
    """A replay that waits in the middle, as what is ordered cannot be worded."""

    BUILDS = 600
    LATER = [f"later{number}" for number in range(5)]

    def setUp(self):
        self.sink = self.http_sink()
        self.go = self.folder / "go"
        old = http_push(self.sink, "old", name="old")
        self.serve(old)
        for begin in range(1, self.BUILDS, 200):
            self.server.ingest([build(number, f"b{number % 7}") for number in range(begin, begin + 200)])
        self.sink.wait_for(self.BUILDS, "/old", timeout=120)
        self.settled()
        later = "".join(http_push(self.sink, name, name=name, format_fn=Source("words")) for name in self.LATER)
        self.server.configure(OPERATOR + HELD_UP.format(file=str(self.go)) + old + later)
        self.assertEqual(self.server.cli("reload", "--config", self.server.config).returncode, 0)

    def begin(self):
        """In the middle: it waits until there is room."""
        begun = self.ask("POST", "replay", b'{"since": "1h", "reason": "they are new"}')
        self.assertEqual(begun.status, 202)
        wait_for(lambda: self.job(1)["behind"] > 2000, lambda: f"a replay that waits: {self.job(1)}", 120)
        return self.job(1)

    def numbers(self, name):
        return sorted(body["number"] for body in self.sink.bodies("/" + name))

    def all_sent(self):
        for name in self.LATER:
            self.sink.wait_for(self.BUILDS, "/" + name, timeout=120)
        self.settled()
        for name in self.LATER:
            self.assertEqual(self.numbers(name), list(range(1, self.BUILDS + 1)), f"{name}: each once")

    def test_a_fresh_build_is_not_held_up_and_it_can_be_stopped(self):
        self.begin()
        self.server.ingest(build(1, "fresh"))
        wait_for(lambda: "fresh" in [body["builder"]["name"] for body in self.sink.bodies("/old")], "the fresh build")
        self.assertIn("replay 1 is under way", self.ask("POST", "replay", b'{"since": "1h", "dry_run": true}').json["error"])
        stopped = self.ask("DELETE", "replay/1?reason=too%20many")
        self.assertEqual((stopped.status, stopped.json["state"]), (200, "stopped"))
        ordered = stopped.json["ordered"]
        self.assertTrue(2000 < ordered < 6 * self.BUILDS, ordered)
        self.assertEqual(self.ask("DELETE", "replay/1").status, 409)
        self.assertEqual(self.deeds()[-1][1:], (
            "stop", f"replay 1: {ordered} of {6 * self.BUILDS} reports are ordered, up to event {stopped.json['at']}",
            "too many"))
        self.go.touch()
        self.assertEqual(self.ask("POST", "replay/1/go", b'{"reason": "after all"}').status, 202)
        self.assertEqual(self.ended(1)["ordered"], 6 * self.BUILDS)
        self.sink.wait_for(self.BUILDS + 1, "/later0", timeout=120)  # and the fresh one
        self.settled()
        for name in self.LATER:
            self.assertEqual(self.numbers(name), [1, *range(1, self.BUILDS + 1)])

    def test_a_server_that_is_killed_in_the_middle_loses_nothing_silently(self):
        before = self.begin()
        self.server.kill9()
        self.go.touch()
        self.server.start()
        job = wait_for(lambda: self.ask("GET", "replay").json["items"], "what is kept of it")[0]
        self.assertEqual((job["state"], job["trouble"]), ("interrupted", "the server ended in the middle"))
        self.assertGreater(job["ordered"], 0)
        self.assertLessEqual(job["ordered"], before["ordered"] + 6 * 200)
        wait_for(lambda: self.deeds()[-1][1] == "interrupted", "a note of it")
        who, what, about, reason = self.deeds()[-1]
        self.assertEqual((who, what, reason), ("the server", "interrupted", job["trouble"]))
        self.assertIn(f"replay 1: {job['ordered']} of {6 * self.BUILDS} reports are ordered, up to event {job['at']}", about)
        self.assertIn("replay 1 was interrupted", self.server.log.read_text())
        page = self.server.request("GET", "replay/1", headers={"Authorization": f"Bearer {TOKEN}"}).body.decode()
        self.assertIn("✗ interrupted", page)
        self.assertIn("Go on with the rest", page)
        self.ask("POST", "replay/1/go", b'{"reason": "the rest"}')
        self.assertEqual(self.ended(1)["state"], "done")
        self.all_sent()


class BrowserTest(Dashboard, ServerTest):
    def serve(self):
        self.sink = self.http_sink()
        carillon = self.carillon(passwords(self.folder / "users", "alice", "bob") + http_push(self.sink, name="posts"))
        for number in range(1, 5):
            self.post(carillon, build(number, "linux", 2))
        self.sink.wait_for(4)
        return carillon

    def logged_in(self, carillon, user="alice", to="replay", **window):
        tab = self.tab(carillon, f"login?to=/{to}", **window)
        tab.click("[name=user]")
        tab.type(user)
        tab.click("[name=password]")
        tab.type(PASSWORD)
        tab.click("main form button")
        tab.wait(f"location.pathname === '/{to}'")
        return tab

    def count(self, tab):
        tab.click("main form.filter button")
        tab.wait(r"/^\/replay\/\d+$/.test(location.pathname)")

    def counted(self, tab):
        self.count(tab)
        tab.wait("document.querySelector('main').innerText.includes('◷ counted')")

    def test_a_person_counts_and_orders(self):
        carillon = self.serve()
        tab = self.logged_in(carillon)
        self.assertEqual(tab.evaluate("document.querySelector('nav [aria-current]').textContent"), "Replay")
        self.counted(tab)
        self.assertIn("4 reports of 4 events, 4 ended builds among them", tab.text())
        tab.click("main [name=reason]")
        tab.type("the target lost its data")
        tab.click("main form.filter button")
        tab.wait("document.querySelector('main').innerText.includes('✓ done')")
        self.assertIn("4 of 4 reports are ordered", tab.text())
        self.sink.wait_for(8)
        tab.goto(carillon.url + "log")
        self.assertIn("the target lost its data", tab.text())
        self.assertIn("replay 1: 4 reports of 4 events", tab.text())
        self.assertEqual(tab.wrong(), [])

    def test_all_of_it_works_without_script(self):
        carillon = self.serve()
        tab = self.logged_in(carillon, script=False)
        self.count(tab)

        def again_until(text):
            def seen():
                tab.goto(tab.evaluate("location.href"))
                return text in tab.text()

            wait_for(seen, text)

        again_until("◷ counted")
        tab.click("main [name=reason]")
        tab.type("why not")
        tab.click("main form.filter button")
        again_until("✓ done")
        self.sink.wait_for(8)

    def test_no_page_shuts_anybody_out(self):
        carillon = self.serve()
        for name, window in WINDOWS.items():
            tab = self.logged_in(carillon, **window)
            self.counted(tab)
            counted = tab.evaluate("location.pathname.slice(1)")
            for page, path, status in (("replay", "replay", 200), ("replay-counted", counted, 200),
                                       ("replay-none", "replay/99", 404)):
                with self.subTest(page=page, window=name):
                    self.assertEqual(tab.goto(carillon.url + path), status)
                    tab.wait("document.querySelector('#live').textContent.includes('live')")
                    tab.screenshot(SCREENSHOTS / f"{page}-{name}.png")
                    self.assertEqual(tab.axe(), [])
                    self.assertLessEqual(
                        tab.evaluate("document.documentElement.scrollWidth - window.innerWidth"), 0,
                        "the page scrolls sideways",
                    )
            self.assertEqual(tab.wrong(), [])
            tab.close()

    def test_whoever_may_not_is_refused(self):
        carillon = self.serve()
        bob = Visitor(carillon)
        bob.log_in("bob", PASSWORD)
        self.assertNotIn(b">Replay<", bob.get("/").body)
        self.assertEqual(bob.get("/replay").status, 403)
        alice = Visitor(carillon)
        alice.log_in("alice", PASSWORD)
        form = {"since": "1h", "form_token": alice.form_token("/replay")}
        self.assertEqual(bob.post("/replay", {**form, "form_token": bob.form_token()}).status, 403)
        self.assertEqual(alice.post("/replay", {**form, "form_token": "x"}).status, 403)
        self.assertEqual(alice.post("/replay", form, Sec_Fetch_Site="cross-site").status, 403)
        self.assertEqual(alice.post("/replay", form).headers["Location"], "/replay/1")


if __name__ == "__main__":
    unittest.main()
