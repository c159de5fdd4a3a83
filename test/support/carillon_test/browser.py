"""A headless Chromium (Debian's), driven by npm's playwright-core; axe-core looks for what shuts people out.

One Browser serves many tests: each makes contexts (profiles, which share nothing) and tabs in them.
"""

import contextlib
import itertools
import json
import os
import queue
import signal
import subprocess
import threading
from pathlib import Path

from carillon_test.installed import require
from carillon_test.prism import ROOT
from carillon_test.waiting import PATIENCE, wait_for

_CHROMIUM = "/usr/bin/chromium"
_MODULES = ROOT / "node_modules"
_DRIVER = Path(__file__).with_name("browser_driver.js")


class BrowserError(AssertionError):
    """What was asked of the browser did not work."""


class Browser:
    """`log` takes what Chromium and its driver print on stderr."""

    def __init__(self, log):
        require("node", Path(_CHROMIUM), _MODULES / "playwright-core", _MODULES / "axe-core")
        self._numbers = itertools.count(1)
        self._log = Path(log)
        with open(log, "ab") as errors:
            self._driver = subprocess.Popen(
                ["node", str(_DRIVER), str(_MODULES), _CHROMIUM],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True,
            )
        self._answers = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        begun = self._next(2 * PATIENCE)
        if "error" in begun:
            raise BrowserError(f"Chromium did not start: {begun['error']} ({log})")
        self._pid = begun["pid"]

    def context(self, **options):
        """A profile: width, height, scheme ("light" or "dark"), script (False: none), scale,
        locks (False: as over plain HTTP). Returns its name."""
        name = f"context-{next(self._numbers)}"
        self.do("context", context=name, **options)
        return name

    def cookies(self, context):
        """Those of a profile: dicts with name, value, httpOnly, sameSite, secure."""
        return self.do("cookies", context=context)

    def tab(self, context, url=None, *, clock=False):
        """`clock`: its time goes on by itself, and by forward()."""
        tab = Tab(self, f"tab-{next(self._numbers)}")
        self.do("tab", context=context, tab=tab.name, clock=clock)
        if url:
            tab.goto(url)
        return tab

    def do(self, what, **arguments):
        try:
            self._driver.stdin.write(json.dumps({"do": what, **arguments}) + "\n")
            self._driver.stdin.flush()
        except BrokenPipeError:
            raise BrowserError(f"{what} {arguments}: {self._ended()}") from None
        answer = self._next(2 * PATIENCE)  # the driver is to give up first
        if "error" in answer:
            raise BrowserError(f"{what} {arguments}: {answer['error']}")
        return answer["value"]

    def close(self):
        """May be called twice."""
        if self._driver.stdin.closed:
            return
        with contextlib.suppress(BrokenPipeError):  # of a driver that has ended, which do() has told
            self._driver.stdin.close()
        try:
            self._driver.wait(20)
        except subprocess.TimeoutExpired:
            self._driver.kill()
            self._driver.wait()
            os.kill(self._pid, signal.SIGKILL)
        self._reader.join()
        self._driver.stdout.close()
        wait_for(lambda: not Path(f"/proc/{self._pid}").exists(), "Chromium to end")

    def _read(self):
        for line in self._driver.stdout:
            self._answers.put(json.loads(line))
        self._answers.put({"error": self._ended()})

    def _ended(self):
        return f"the driver of the browser has ended; the end of its log:\n{self._log.read_text()[-2000:]}"

    def _next(self, timeout):
        try:
            return self._answers.get(timeout=timeout)
        except queue.Empty:
            raise BrowserError(f"the browser did not answer within {timeout:g} s") from None


class Tab:
    """One page."""

    def __init__(self, browser, name):
        self.browser, self.name = browser, name

    def goto(self, url):
        """The status of the answer."""
        return self._do("goto", url=url)

    def evaluate(self, code):
        """The value of a JavaScript expression."""
        return self._do("evaluate", code=code)

    def wait(self, code, timeout=PATIENCE):
        """Until the expression is true."""
        self._do("wait", code=code, milliseconds=timeout * 1000)

    def press(self, *keys):
        for key in keys:
            self._do("press", key=key)

    def type(self, text):
        self._do("type", text=text)

    def click(self, selector):
        self._do("click", selector=selector)

    def fill(self, selector, text):
        """A field, with that text and no other."""
        self._do("fill", selector=selector, text=text)

    def choose(self, selector, value):
        """An option of a list."""
        self._do("choose", selector=selector, value=value)

    def forward(self, seconds):
        """Its clock is put forward, and what is due then happens."""
        self._do("forward", milliseconds=int(seconds * 1000))

    def screenshot(self, path):
        """Of all of the page, as PNG."""
        self._do("screenshot", path=str(path))

    def axe(self):
        """Violations as texts. Fails where it has checked nothing."""
        found = self._do("axe")
        if not found["passed"]:
            raise BrowserError("axe has checked nothing")
        return [f"{one['rule']}: {one['help']}\n  " + "\n  ".join(one["nodes"]) for one in found["violations"]]

    def wrong(self):
        """Errors of scripts, violations of the policy, and dialogs, as texts."""
        return self._do("wrong")

    def loaded(self):
        """What came over the net, once nothing is under way: dicts with url, status, bytes (with the header, compressed as it came), kind."""
        return self._do("loaded")

    def text(self, selector="main"):
        return self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")

    def links(self):
        """Addresses of all links, absolute."""
        return self.evaluate("[...document.querySelectorAll('a[href]')].map(link => link.href)")

    def close(self):
        self._do("close")

    def _do(self, what, **arguments):
        return self.browser.do(what, tab=self.name, **arguments)
