"""The tour of scripts/quickstart, without its installing and building."""

import os
import signal
import unittest
from pathlib import Path

from carillon_test.carillon import program
from carillon_test.case import ServerTest
from carillon_test.processes import PYTHON, Process

TOUR = Path(__file__).resolve().parents[2] / "demo" / "quickstart.py"


class QuickstartTest(ServerTest):
    def tour(self, *arguments, carillon=None):
        made = Process(
            "quickstart",
            [PYTHON, TOUR, "--carillon", carillon or program(), "--folder", self.folder / "tour", *arguments],
            output=self.folder / "quickstart.log",
        )
        self.addCleanup(made.kill_group)
        return made

    def test_once(self):
        tour = self.tour("--once", "--took", "packages=7", "--took", "build=247")
        self.assertEqual(tour.wait(240), 0, tour.text())
        shown = tour.text()
        for text in ("The mails that arrived: 6", "To: ann@example.org", "fail is broken",
                     "The HTTP posts that arrived (abridged): 8", "failed: linux (1 of 2 jobs)", '"complete": true', "explain fail/1"):
            self.assertIn(text, shown)
        self.assertRegex(shown, r"How long it took\npackages +7 s\nbuild +4 min 07 s\ndemo +\d")
        self.assertNotIn("Traceback", shown)
        self.assertNotIn("\x1b", shown)

    def test_stays_until_interrupted(self):
        tour = self.tour()
        tour.wait_for_output("Ctrl-C stops it all", 240)
        self.assertTrue(tour.is_running())
        tour.signal(signal.SIGINT)
        self.assertEqual(tour.wait(60), 0, tour.text())
        folder = str(self.folder / "tour").encode()
        left = [p for p in Path("/proc").glob("[0-9]*/cmdline") if folder in _read(p)]
        self.assertEqual(left, [])

    def test_says_what_failed(self):
        broken = self.folder / "broken"
        broken.write_text("#!/bin/sh\necho the bell is cracked >&2\nexit 3\n")
        os.chmod(broken, 0o755)
        tour = self.tour("--once", carillon=broken)
        self.assertEqual(tour.wait(240), 1)
        self.assertIn("quickstart failed", tour.text())
        self.assertIn("the bell is cracked", tour.text())
        self.assertNotIn("Traceback", tour.text())


def _read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    unittest.main()
