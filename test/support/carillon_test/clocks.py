"""A clock on the wall that a test sets, for one program: set_clock.c is preloaded into it. (libfaketime does not work
with the address sanitizer.)"""

import os
import shutil
import struct
import subprocess
import unittest
from pathlib import Path

_SOURCE = Path(__file__).resolve().parents[1] / "set_clock.c"
DAY = 86400


class Clock:
    """`env` is for the environment of the program, which may run as another user."""

    def __init__(self, folder, name):
        self._file = Path(folder) / f"clock-{name}"
        self.set(0)
        self._file.chmod(0o644)
        self.env = {"LD_PRELOAD": str(_library(Path(folder))), "CARILLON_TEST_CLOCK": str(self._file)}

    def set(self, seconds):
        """It shows so much more than the machine's, at once."""
        with open(self._file, "r+b" if self._file.exists() else "wb") as file:
            file.write(struct.pack("=q", seconds))


def _library(folder):
    made = folder / "set_clock.so"
    if made.exists():
        return made
    compiler = os.environ.get("CC") or shutil.which("clang-19") or shutil.which("cc")
    if not compiler:
        raise unittest.SkipTest("there is no C compiler")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", made, _SOURCE], check=True)
    return made
