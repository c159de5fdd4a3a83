"""scripts/progress.py: what it shows of a build, here a small program that prints what ninja would."""

import contextlib
import io
import os
import pty
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[2] / "scripts" / "progress.py"
sys.path.insert(0, str(PROGRAM.parent))

import progress  # noqa: E402

from carillon_test.processes import PYTHON  # noqa: E402

GOOD = 'test "$NINJA_STATUS" = "[%f/%t] " && echo "[1/3] one.o" && echo "[3/3] program"'
BAD = """\
echo '-- configured'
echo '[1/3] one.o'
echo '[2/3] two.o'
echo 'FAILED: two.o'
echo 'two.cpp:7:1: error: nothing rings'
echo '[3/3] three.o'
exit 4"""


class ProgressTest(unittest.TestCase):
    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="carillon-test-")
        self.addCleanup(made.cleanup)
        self.folder = Path(made.name)
        self.log = self.folder / "build.log"

    def run_program(self, script, **more):
        return subprocess.run([PYTHON, PROGRAM, self.log, "sh", "-c", script], text=True, timeout=60, check=False,
                              **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more})

    def test_good_build(self):
        done = self.run_program(GOOD)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"\nbuilt 3 files in \d+ s\n$")
        self.assertNotIn("\x1b", done.stdout)
        self.assertEqual(self.log.read_text(), "[1/3] one.o\n[3/3] program\n")

    def test_failed_build(self):
        done = self.run_program(BAD)
        self.assertEqual(done.returncode, 4)
        self.assertIn("the build failed after", done.stdout)
        self.assertEqual(done.stderr, f"FAILED: two.o\ntwo.cpp:7:1: error: nothing rings\nthe log of the build: {self.log}\n")

    def test_failure_before_ninja(self):
        done = self.run_program("seq 100; echo Could NOT find Boost >&2; exit 1")
        self.assertEqual(done.returncode, 1)
        lines = done.stderr.splitlines()
        self.assertEqual((lines[0], lines[-2]), ("72", "Could NOT find Boost"))

    def test_nothing_to_build(self):
        done = self.run_program("echo 'ninja: no work to do.'")
        self.assertIn("nothing to build", done.stdout)

    def test_the_look_for_new_files_counts_for_nothing(self):
        build = progress.Build()
        told = [build.told(1)]
        for line in (b"[0/2] Re-checking globbed directories...", b"[1/40] one.o"):
            build.read(line)
            told.append(build.told(60))
        self.assertEqual(told, ["configuring, 1 s", "building, 1 min 00 s", "building: 1 of 40 files, 2 %, 1 min 00 s"])

    def test_killed_build(self):
        self.assertEqual(self.run_program("kill -9 $$").returncode, 137)

    def test_shows_while_it_builds(self):
        """The build goes on when its state has been shown, so this does not depend on the machine's speed."""
        go_on = self.folder / "go-on"

        class Screen:
            interval = 0.01
            shown = []

            def show(self, text):
                self.shown.append(text)
                if "1 of 4" in text:
                    go_on.touch()

            def clear(self):
                pass

        script = f"echo '[1/4] one.o'; until [ -e {go_on} ]; do sleep 0.01; done; echo '[4/4] program'"
        with open(self.log, "wb") as log, contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(progress.run(["sh", "-c", script], log, Screen()), 0)
        self.assertRegex(Screen.shown[0], r"^configuring, \d+ s$")
        self.assertTrue(any(text.startswith("building: 1 of 4 files, 25 %, ") for text in Screen.shown), Screen.shown)

    def test_terminal_has_one_line(self):
        shown = self.on_terminal("xterm")
        self.assertRegex(shown, r"^(\r[^\r\n]+\x1b\[K)+\r\x1b\[Kbuilt 3 files in \d+ s\r\n$")
        self.assertRegex(shown, r"^\rconfiguring, \d+ s")

    def test_dumb_terminal_has_plain_lines(self):
        shown = self.on_terminal("dumb")
        self.assertRegex(shown, r"^configuring, \d+ s\r\n(building: .*\r\n)*built 3 files in \d+ s\r\n$")

    def on_terminal(self, kind):
        ours, theirs = pty.openpty()
        try:
            done = self.run_program(GOOD, stdout=theirs, env={**os.environ, "TERM": kind})
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return os.read(ours, 65536).decode()
        finally:
            os.close(ours)
            os.close(theirs)

    def test_long_failures_are_cut(self):
        text = "[1/2] one.o\nFAILED: two.o\n" + "note\n" * 150
        told = progress.what_failed(text)
        self.assertEqual((told[0], told[99], told[100:]), ("FAILED: two.o", "note", ["... and 51 more lines in the log"]))

    def test_minutes(self):
        self.assertEqual([progress.minutes(s) for s in (0, 41.6, 60, 247.2)], ["0 s", "42 s", "1 min 00 s", "4 min 07 s"])


if __name__ == "__main__":
    unittest.main()
