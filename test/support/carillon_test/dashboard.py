"""A Carillon with builds on its dashboard, and what people with a browser see of it."""

import os
import time
from pathlib import Path

from carillon_test.browser import Browser
from carillon_test.events import build
from carillon_test.services import http_push
from carillon_test.waiting import wait_for

# What the tests leave for people to look at.
SCREENSHOTS = Path(
    os.environ.get("CARILLON_SCREENSHOTS") or Path(__file__).resolve().parents[3] / "build" / "screenshots"
)

PAGES = {
    "overview": "",
    "unhappy": "?unhappy",
    "builds": "builds",
    "builds-none": "builds?branch=no-such-branch",
    "builder": "b/linux",
    "build": "b/linux/3",
    "build-told": "b/linux/3?who=dev@example.org",
    "deliveries": "deliveries",
    "delivery": "deliveries/1",
    "reporters": "reporters",
    "reporter": "reporters/HttpStatusPush",
    "sources": "sources",
    "grid": "grid",
    "silences": "silences",
}
# The same frame, another status.
WRONG_PAGES = {"nothing": ("b/no-such-builder", 404), "wrong-filter": ("builds?result=odd", 400), "lost": ("no/such/page", 404)}

WINDOWS = {
    "light": {},
    "dark": {"scheme": "dark"},
    "phone": {"width": 320, "height": 640, "scale": 2},
    "zoomed": {"width": 640, "height": 400, "scale": 2},  # 1280 pixels at 200 %
}

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    '"><script>alert(2)</script>',
    "' onmouseover='alert(3)",
    "javascript:alert(4)",
    "\u202egnp.exe",
    "\U0001fa9f windows / \u00fcmlaut & co",
    "long-" + "x" * 10_000,
)


def ended(number, builder="linux", results=0, **fields):
    """A build that has ended a minute ago."""
    now = int(time.time())
    return build(number, builder, results, started_at=now - 300, complete_at=now - 60, **fields)


class Dashboard:
    """For a class of tests: one browser for all of them, and a Carillon for each that asks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        cls.browser = Browser(SCREENSHOTS / f"{cls.__name__}.log")
        cls.addClassCleanup(cls.browser.close)

    def dashboard(self, *builds):
        """A running Carillon with these builds, each reported to an HTTP server by a reporter that it answers well."""
        self.sink = self.http_sink()
        made = self.carillon(http_push(self.sink))
        for one in builds:
            self.post(made, one)
        if builds:
            self.sink.wait_for(len(builds))
            wait_for(lambda: not made.deliveries("--state", "waiting"), "the deliveries to be settled")
        return made

    def post(self, carillon, one):
        self.assertIn(carillon.ingest(one).status, (200, 202))

    def tab(self, carillon, page="", *, clock=False, **window):
        """A tab in a profile of its own."""
        return self.browser.tab(self.browser.context(**window), carillon.url + page, clock=clock)
