"""The base of all tests that need servers: a folder, and servers that always end."""

import os
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

from carillon_test import postfix
from carillon_test.buildbot import Buildbot
from carillon_test.carillon import Carillon
from carillon_test.certificates import Certificates
from carillon_test.http_sink import HttpSink
from carillon_test.postgres import Postgres
from carillon_test.smtp_sink import SmtpSink


class ServerTest(unittest.TestCase):
    """`self.folder` is removed after a good test; after a bad one it stays and the ends of
    its logs are printed. Every server that a method here makes is stopped in any case."""

    maxDiff = None

    def run(self, result=None):
        folder = Path(tempfile.mkdtemp(prefix="carillon-test-"))
        folder.chmod(0o755)
        self.folder = folder  # a test may set another one, for itself
        self._count = 0
        self._store, self._databases = None, 0
        before = _bad(result)
        answer = super().run(result)
        if _bad(result) == before and not os.environ.get("CARILLON_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)
        else:
            self._show_logs()
        return answer

    def buildbot(self, *, worker=True, **arguments):
        """A running Buildbot master, with its worker unless told otherwise."""
        made = Buildbot(self._new("buildbot"), **arguments)
        self.addCleanup(made.stop)
        made.start_master()
        if worker:
            made.start_worker()
        return made

    def http_sink(self):
        made = HttpSink()
        self.addCleanup(made.close)
        return made

    def smtp_sink(self, **arguments):
        made = SmtpSink(**arguments)
        self.addCleanup(made.close)
        return made

    def postfix(self, **arguments):
        """A running Postfix; skips the test where Postfix cannot run."""
        reason = postfix.unavailable()
        if reason:
            self.skipTest(reason)
        made = postfix.Postfix(self._new("postfix"), **arguments)
        self.addCleanup(made.stop)
        return made.start()

    def postgres(self):
        """A running PostgreSQL. Under CARILLON_STORE=postgres every Carillon that names no database has one of its
        own in another PostgreSQL."""
        made = Postgres(self._new("postgres"))
        self.addCleanup(made.close)
        return made.start()

    def certificates(self):
        return Certificates(self._new("certificates"))

    def carillon(self, services="", *, start=True, **arguments):
        """A Carillon with that configuration, running unless told otherwise."""
        if os.environ.get("CARILLON_STORE") == "postgres" and "db_url" not in arguments:
            arguments["db_url"] = self._new_database()
        made = Carillon(self._new("carillon"), services, **arguments)
        self.addCleanup(made.close)
        return made.start() if start else made

    def _new_database(self):
        if self._store is None:
            self._store = self.postgres()
        self._databases += 1
        return self._store.new_database(f"c{self._databases}")

    def _new(self, kind):
        self._count += 1
        path = self.folder / f"{kind}-{self._count}"
        path.mkdir()
        return path

    def _show_logs(self):
        print(f"\n=== {self.id()}: its files stay in {self.folder}", file=sys.stderr)
        for log in sorted(self.folder.glob("*/*.log")):
            lines = log.read_text("utf-8", "replace").splitlines()[-25:]
            print(f"--- end of {log.relative_to(self.folder)}", *lines, sep="\n", file=sys.stderr)


def _bad(result):
    return len(result.failures) + len(result.errors) if result is not None else 0
