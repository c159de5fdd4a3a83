"""The dashboard's pages in a real browser: for all eyes and hands, without script, with foreign text in them.

Screenshots stay in build/screenshots ($CARILLON_SCREENSHOTS), for people to look at.
"""

import html.parser
import unittest
import urllib.parse

from carillon_test.case import ServerTest
from carillon_test.dashboard import HOSTILE, PAGES, SCREENSHOTS, WINDOWS, WRONG_PAGES, Dashboard, ended

_KB = 1024


def _some_builds():
    results = [0, 2, 1, 4, 3, 5, 6, 0]
    return [ended(number, "linux", one) for number, one in enumerate(results, 1)] + [
        ended(1, "mac", 2, state_string="tests failed"), ended(2, "mac", complete=False),
    ]


class EverybodyTest(Dashboard, ServerTest):
    """Pages for whoever looks, in whatever window."""

    def test_no_page_shuts_anybody_out(self):
        carillon = self.dashboard(*_some_builds())
        for name, window in WINDOWS.items():
            tab = self.tab(carillon, **window)
            pages = {**{page: (path, 200) for page, path in PAGES.items()}, **WRONG_PAGES}
            for page, (path, status) in pages.items():
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

    def test_rows_are_cards_on_a_phone(self):
        carillon = self.dashboard(*_some_builds())
        tab = self.tab(carillon, "builds", **WINDOWS["phone"])
        # A row is as wide as the page, and higher than one line.
        width, height = tab.evaluate("(row => [row.offsetWidth, row.offsetHeight])(document.querySelector('tbody tr'))")
        self.assertGreater(width, 280)
        self.assertLessEqual(width, 320)
        self.assertGreater(height, 30)

    def test_a_first_visit_weighs_little(self):
        carillon = self.dashboard(*_some_builds())
        for page, path in PAGES.items():
            with self.subTest(page=page):
                tab = self.tab(carillon, path)
                tab.wait("document.querySelector('#live').textContent.includes('live')")
                loaded = [one for one in tab.loaded() if one["kind"] != "fetch"]  # what is news comes later
                by_kind = {kind: sum(one["bytes"] for one in loaded if one["kind"] == kind)
                           for kind in ("document", "stylesheet", "script")}
                self.assertEqual(set(one["status"] for one in loaded), {200})
                for kind, of_kind in by_kind.items():
                    self.assertGreater(of_kind, 0, kind)
                self.assertLess(by_kind["script"], 8 * _KB)
                self.assertLess(by_kind["stylesheet"], 6 * _KB)
                self.assertLess(sum(one["bytes"] for one in loaded), 30 * _KB, loaded)
                tab.close()

    def test_all_of_it_works_without_script(self):
        carillon = self.dashboard(*_some_builds())
        tab = self.tab(carillon, script=False)
        self.assertIn("linux", tab.text())
        tab.click("main tbody a")
        tab.wait("location.pathname === '/b/linux'")
        tab.evaluate("document.querySelector('main [name=result]').value = 'failure'")
        tab.click("main form.filter button")
        tab.wait("location.search.includes('result=failure')")
        self.assertIn("#2", tab.text())
        self.assertNotIn("#3", tab.text())
        tab.click("main tbody a")
        tab.wait("location.pathname === '/b/linux/2'")
        self.assertIn("Was I told?", tab.text())
        tab.click(".search input")
        tab.type("mac/1")
        tab.press("Enter")
        tab.wait("location.pathname === '/b/mac/1'")
        self.assertIn("tests failed", tab.text())
        tab.goto(carillon.url + "builds?refresh=30")
        self.assertEqual(tab.evaluate("document.querySelector('meta[http-equiv=refresh]').content"), "30")
        self.assertEqual(tab.text("#live"), "")

    def test_keys_alone_will_do(self):
        carillon = self.dashboard(*_some_builds())
        tab = self.tab(carillon, "builds")
        tab.press("Tab")
        self.assertEqual(tab.evaluate("document.activeElement.className"), "skip", "the first thing skips the rest")
        tab.press("Enter")
        tab.wait("document.activeElement.id === 'main'")
        tab.press("/")
        self.assertEqual(tab.evaluate("document.activeElement.name"), "q")
        tab.type("j")  # is text there
        self.assertEqual(tab.evaluate("document.activeElement.value"), "j")
        tab.evaluate("document.activeElement.value = ''; document.activeElement.blur()")
        rows = "[...document.querySelectorAll('tbody tr')].findIndex(row => row.contains(document.activeElement))"
        tab.press("j", "j")
        self.assertEqual(tab.evaluate(rows), 1)
        self.assertNotEqual(tab.evaluate("getComputedStyle(document.activeElement).outlineStyle"), "none")
        tab.press("k")
        self.assertEqual(tab.evaluate(rows), 0)
        target = tab.evaluate("document.activeElement.href")
        tab.press("o")
        tab.wait(f"location.href === {target!r}")

    def test_keys_are_explained_and_can_be_turned_off(self):
        carillon = self.dashboard(ended(1))
        tab = self.tab(carillon, "builds")
        tab.press("?")
        self.assertIn("next row", tab.text("dialog[open]"))
        self.assertEqual(tab.axe(), [])
        tab.click("dialog input")
        tab.press("Escape")
        self.assertFalse(tab.evaluate("document.querySelector('dialog').open"))
        tab.wait("document.activeElement === document.body")  # a dialog gives the focus back a moment later
        tab.press("j")
        self.assertTrue(tab.evaluate("document.activeElement === document.body"), "j is off")
        tab.press("?")
        self.assertTrue(tab.evaluate("document.querySelector('dialog').open"), "the way back")
        self.assertEqual(tab.wrong(), [])

    def test_foreign_text_stays_text(self):
        urls = ["javascript:alert(5)", "https://ci.example.org/1", "data:text/html,<script>alert(6)</script>"]
        builds = [ended(1, name, 2, state_string=name, url=urls[at % 3]) for at, name in enumerate(HOSTILE)]
        carillon = self.dashboard(*builds)
        tab = self.tab(carillon)
        for name in HOSTILE:
            for path in ("", "builds", "deliveries", f"b/{_quoted(name)}", f"b/{_quoted(name)}/1",
                         f"search?q={_quoted(name)}", f"builds?builder={_quoted(name)}&branch={_quoted(name)}"):
                with self.subTest(name=name[:40], path=path[:60]):
                    if len(path) > 8000:
                        continue  # the server refuses such a header
                    self.assertLess(tab.goto(carillon.url + path), 500)
                    self.assertFalse(
                        tab.evaluate("[...document.querySelectorAll('a')].some(a => !/^https?:$/.test(a.protocol))"))
                    made = tab.evaluate("document.querySelectorAll('main script, main img, main [onmouseover]').length")
                    self.assertEqual(made, 0)
        self.assertEqual(tab.wrong(), [])
        tab.goto(carillon.url)
        shown = tab.text()
        for name in HOSTILE[:4]:
            self.assertIn(name, shown)
        self.assertNotIn("\u202e", shown)
        tab.screenshot(SCREENSHOTS / "hostile-light.png")
        phone = self.tab(carillon, **WINDOWS["phone"])
        phone.screenshot(SCREENSHOTS / "hostile-phone.png")
        self.assertLessEqual(phone.evaluate("document.documentElement.scrollWidth - window.innerWidth"), 0)
        self.assertEqual(phone.axe(), [])


class LinksTest(Dashboard, ServerTest):
    """Where the pages lead."""

    def test_no_link_leads_nowhere(self):
        carillon = self.dashboard(*_some_builds(), *(ended(1, name) for name in HOSTILE[:6]))
        seen, waiting = {}, ["/"]
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            reply = carillon.request("GET", path.lstrip("/"))
            seen[path] = reply.status
            if reply.headers.get("Content-Type", "").startswith("text/html"):
                waiting += [urllib.parse.urljoin(path, one) for one in _links(reply.body.decode())
                            if not urllib.parse.urlsplit(one).netloc]
        wrong = {path: status for path, status in seen.items() if status != 200}
        self.assertEqual(wrong, {})
        self.assertGreater(len(seen), 40)


def _quoted(name):
    return urllib.parse.quote(name, safe="")


def _links(text):
    found = []

    class Reader(html.parser.HTMLParser):
        def handle_starttag(self, tag, attributes):
            values = dict(attributes)
            target = values.get("href") if tag in ("a", "link") else values.get("src")
            if target:
                found.append(urllib.parse.urldefrag(target).url or "/")

    Reader().feed(text)
    return found


if __name__ == "__main__":
    unittest.main()
