"""Pages that keep themselves up to date: the stream that tells them, and what they do with it."""

import contextlib
import http.client
import unittest

from carillon_test.case import ServerTest
from carillon_test.dashboard import SCREENSHOTS, Dashboard, ended
from carillon_test.live import Stream
from carillon_test.waiting import wait_for

_LIVE = "document.querySelector('#live').textContent.includes('live')"
_NEWS = "document.querySelector('#live').className === 'news'"


def _shows(text):
    return f"document.querySelector('main').innerText.includes({text!r})"


class StreamTest(Dashboard, ServerTest):
    """The stream as a program sees it."""

    def stream(self, carillon, **headers):
        made = Stream(carillon, headers)
        self.addCleanup(made.close)
        return made

    def test_it_says_what_kind_of_thing_has_changed_and_nothing_else(self):
        carillon = self.dashboard(ended(1))
        stream = self.stream(carillon)
        self.assertEqual(stream.answer.status, 200)
        self.assertEqual(stream.answer.getheader("Content-Type"), "text/event-stream; charset=utf-8")
        self.assertEqual(stream.answer.getheader("X-Accel-Buffering"), "no")
        self.assertIsNone(stream.answer.getheader("Content-Encoding"))
        self.assertEqual(stream.event(), {"retry": "2000"})
        first = stream.event()
        self.assertEqual((first["event"], first["data"]), ("beat", "ok"))
        self.post(carillon, ended(1, "a-secret-builder"))
        heard = set()
        while "builds" not in heard:
            event = stream.next("change")
            self.assertEqual(set(event), {"id", "event", "data"})
            self.assertGreater(int(event["id"]), int(first["id"]))
            self.assertRegex(event["data"], r"^((builds|deliveries|reporters|sources|silences) ?)+$")
            heard |= set(event["data"].split())
        self.assertIn("deliveries", heard)

    def test_who_comes_again_is_told_once(self):
        carillon = self.dashboard(ended(1))
        first = self.stream(carillon)
        number = int(first.next("beat")["id"])
        self.post(carillon, ended(2))
        wait_for(lambda: "builds" in first.next("change")["data"], "the build to be heard of")
        again = self.stream(carillon, **{"Last-Event-ID": str(number)})
        self.assertEqual(again.event(), {"retry": "2000"})
        missed = again.event()
        self.assertEqual(missed["event"], "change")
        self.assertIn("builds", missed["data"].split())
        older = self.stream(carillon, **{"Last-Event-ID": "1"})
        self.assertEqual(older.next("change")["data"], "builds deliveries reporters sources silences replays")

    def test_what_others_change_and_a_reload_are_heard_of(self):
        carillon = self.dashboard()
        self.sink.script(404)
        self.post(carillon, ended(1))
        wait_for(lambda: carillon.deliveries("--state", "dead"), "the dead delivery")
        stream = self.stream(carillon)
        stream.next("beat")
        carillon.drop(1)
        self.assertIn("deliveries", stream.next("change")["data"])
        carillon.configure()
        carillon.reload()
        wait_for(lambda: "reporters" in stream.next("change")["data"], "the reload to be heard of")

    def test_it_ends_with_the_server(self):
        carillon = self.dashboard()
        stream = self.stream(carillon)
        stream.next("beat")
        self.assertEqual(carillon.stop(), 0)
        with contextlib.suppress(ConnectionError, http.client.IncompleteRead):
            wait_for(lambda: stream.next("change") is None, "the end, after what changed before")

    def test_streams_leave_room_for_pages(self):
        carillon = self.dashboard(ended(1))
        streams = []
        self.addCleanup(lambda: [one.close() for one in streams])
        while len(streams) <= 201:
            streams.append(Stream(carillon))
            if streams[-1].answer.status != 200:
                break
        refused = streams[-1].answer
        self.assertEqual(refused.status, 503)
        self.assertEqual(refused.getheader("Retry-After"), "30")
        self.assertGreater(len(streams), 50)
        for _ in range(20):
            self.assertEqual(carillon.request("GET", "builds").status, 200)

        # A browser asks for its page from time to time instead.
        tab = self.tab(carillon, "builds", clock=True)
        tab.wait("document.querySelector('#live').textContent.includes('every 15 s')")
        self.post(carillon, ended(2))
        tab.forward(16)
        tab.wait(_shows("#2"))
        tab.screenshot(SCREENSHOTS / "polling-light.png")

        # Who has gone makes room at once.
        for one in streams[:10]:
            one.close()

        def taken():
            made = Stream(carillon)
            made.close()
            return made.answer.status == 200

        wait_for(taken, "a place for a new stream")
        tab.forward(31)
        tab.wait(_LIVE)


class LiveTest(Dashboard, ServerTest):
    """What people see."""

    def test_a_posted_build_is_seen(self):
        carillon = self.dashboard(ended(1))
        tabs = [self.tab(carillon, page) for page in ("", "builds", "b/linux", "deliveries")]
        for tab in tabs:
            tab.wait(_LIVE)
        self.post(carillon, ended(2, results=2, complete=False))
        tabs[1].wait(_shows("running"))
        self.post(carillon, ended(2, results=2))
        for tab in tabs[:3]:
            tab.wait(_shows("failure"))
        tabs[3].wait(_shows("build #2 of linux: failure"))
        for tab in tabs:
            self.assertEqual(tab.wrong(), [])

    def test_ten_tabs_share_one_stream_and_the_next_takes_over(self):
        carillon = self.dashboard(ended(1))
        context = self.browser.context()
        tabs = [self.browser.tab(context, carillon.url + "builds") for _ in range(10)]
        for tab in tabs:
            tab.wait(_LIVE)
        self.post(carillon, ended(2))
        for tab in tabs:
            tab.wait(_shows("#2"))
        tabs.pop(0).close()  # it was the first, so it had the stream
        self.post(carillon, ended(3))
        for tab in tabs:
            tab.wait(_shows("#3"))
        tabs[0].goto(carillon.url + "deliveries")  # the next one, to another page
        self.post(carillon, ended(4))
        for tab in tabs[1:]:
            tab.wait(_shows("#4"))
        tabs[0].wait(_shows("build #4"))

    def test_over_plain_http_there_is_one_stream_too(self):
        """Where browsers have no locks (Web Locks are for secure addresses only)."""
        carillon = self.dashboard(ended(1))
        context = self.browser.context(locks=False)
        tabs = [self.browser.tab(context, carillon.url + "builds") for _ in range(8)]
        self.assertEqual(tabs[0].evaluate("String(navigator.locks)"), "undefined")
        for tab in tabs:
            tab.wait(_LIVE)
        self.post(carillon, ended(2))
        for tab in tabs:
            tab.wait(_shows("#2"))
        self.assertEqual(tabs[0].evaluate("localStorage.length"), 1, "the note of who holds the stream")
        tabs.pop(0).close()
        self.post(carillon, ended(3))
        for tab in tabs:
            tab.wait(_shows("#3"))

    def test_a_server_that_comes_back_is_heard_again(self):
        carillon = self.dashboard(ended(1))
        tab = self.tab(carillon, "builds")
        tab.wait(_LIVE)
        carillon.stop()
        carillon.start()
        self.post(carillon, ended(2))
        tab.wait(_shows("#2"))
        tab.wait(_LIVE)

    def test_nothing_moves_under_the_readers_hands(self):
        carillon = self.dashboard(ended(1))
        uses = {
            "a field with the focus": ("document.querySelector('main [name=branch]').focus()", "true"),
            "an edited field": (
                "document.querySelector('main [name=branch]').value = 'mine'",
                "document.querySelector('main [name=branch]').value === 'mine'"),
            "a chosen option": (
                "document.querySelector('main select').selectedIndex = 2",
                "document.querySelector('main select').selectedIndex === 2"),
            "a ticked box": (
                "main.insertAdjacentHTML('beforeend', '<input type=checkbox>'); main.lastChild.checked = true",
                "main.lastChild.checked"),
            "open details": (
                "main.insertAdjacentHTML('beforeend', '<details open><summary>s</summary>t</details>')",
                "main.lastChild.open"),
            "selected text": (
                "getSelection().selectAllChildren(document.querySelector('main h1'))",
                "getSelection().toString() === 'Builds'"),
        }
        for number, (use, (begin, kept)) in enumerate(uses.items(), 2):
            with self.subTest(use=use):
                tab = self.tab(carillon, "builds")
                tab.wait(_LIVE)
                tab.evaluate(begin)
                self.post(carillon, ended(number))
                tab.wait(_NEWS)
                self.assertFalse(tab.evaluate(_shows(f"#{number}")))
                self.assertTrue(tab.evaluate(kept), "it was lost")
                if number == 2:
                    tab.screenshot(SCREENSHOTS / "news-light.png")
                    self.assertEqual(tab.axe(), [])
                tab.click("#live button")
                tab.wait(_shows(f"#{number}"))
                tab.wait(_LIVE)
                tab.close()

    def test_the_focus_stays_on_its_row(self):
        carillon = self.dashboard(ended(1))
        tab = self.tab(carillon, "builds")
        tab.wait(_LIVE)
        tab.evaluate("document.querySelector('main a[href^=\"/b/linux/1\"]').focus()")
        focused = tab.evaluate("document.activeElement.getAttribute('href')")
        self.post(carillon, ended(2))
        tab.wait(_shows("#2"))
        self.assertEqual(tab.evaluate("document.activeElement.getAttribute('href')"), focused)

    def test_a_lost_connection_fades_the_page(self):
        carillon = self.dashboard(ended(1))
        tab = self.tab(carillon, "builds", clock=True)
        tab.wait(_LIVE)
        with carillon.process.paused():
            tab.forward(36)
            tab.wait("document.body.classList.contains('stale')")
            tab.wait("getComputedStyle(document.querySelector('main')).opacity < 0.6")
            self.assertIn("connection lost", tab.text("#live"))
            tab.screenshot(SCREENSHOTS / "lost-light.png")
        self.post(carillon, ended(2))
        tab.wait(_shows("#2"))
        tab.wait("!document.body.classList.contains('stale')")
        tab.wait(_LIVE)


if __name__ == "__main__":
    unittest.main()
