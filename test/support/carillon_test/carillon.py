"""The program under test: $CARILLON_BIN, run with a configuration written for the test."""

import contextlib
import dataclasses
import json
import os
import signal
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from carillon_test.ports import ReservedPort
from carillon_test.postgres import Refused, ask
from carillon_test.processes import Process
from carillon_test.sanitizers import check_sanitizers
from carillon_test.waiting import PATIENCE, wait_for

TOKEN = "ingest-token-of-the-test"

_CONFIG = """\
from buildbot.plugins import reporters, util
from carillon.plugins import sources
c = BuildmasterConfig = {{}}
c['title'], c['buildbotURL'] = {title!r}, {url!r}
c['db'] = {{'db_url': {db_url!r}}}
c['www'] = {{'port': 'tcp:{port}:interface=127.0.0.1'}}
c['sources'] = [{sources}]
c['services'] = []
{services}
"""


def program():
    """The path of the binary. Skips nothing: without it the tests cannot run."""
    default = Path(__file__).resolve().parents[3] / "build" / "dev" / "carillon"
    return Path(os.environ.get("CARILLON_BIN") or default)


@dataclasses.dataclass
class Reply:
    """An HTTP answer of Carillon's web server."""

    status: int
    headers: object
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclasses.dataclass
class _Asked:
    """What a command was asked last, when, with what in the database, and its answer."""

    arguments: tuple
    written: object
    at: float
    text: str


def push(token=TOKEN, **arguments):
    """The source text of the ingest master."""
    extra = "".join(f", {name}={value!r}" for name, value in arguments.items())
    return f"sources.Push(token={token!r}{extra})"


def watch(buildbot, **arguments):
    """The source text of a master that observes this Buildbot."""
    extra = "".join(f", {name}={value!r}" for name, value in arguments.items())
    return f"sources.Buildbot({buildbot.url!r}{extra})"


class Carillon:
    """One configuration and one database in `folder`; at most one running process.

    `services` is Python text: lines `c['services'].append(reporters....)`, with anything
    before them. `sources` is a list of source texts (push(), watch(buildbot)).
    """

    def __init__(self, folder, services="", *, sources=None, config=None, env=None,
                 title="Test Bells", buildbot_url="http://ci.example.org/", db_url=None):
        """`config` replaces the whole configuration text; {port} and {database} in it are
        filled in when it contains them. `env` is added to the environment. `db_url`: instead
        of a file."""
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._port = ReservedPort()
        self.port = self._port.number
        self.url = f"http://127.0.0.1:{self.port}/"
        self.config = self.folder / "carillon.cfg"
        self.database = self.folder / "carillon.sqlite"
        self.log = self.folder / "carillon.log"
        self.env = dict(env or {})
        self.prefix = []  # a program that runs it, with arguments: ["prlimit", ...]
        self.process = None
        self._asked = None
        self._title, self._buildbot_url = title, buildbot_url
        self._db_url = db_url or f"sqlite:///{self.database}"
        self._sources = [push()] if sources is None else sources
        self.configure(services, config=config)

    # -- configuration ------------------------------------------------------

    def configure(self, services="", *, config=None, sources=None):
        """Write the configuration file anew. A running Carillon reads it at reload()."""
        if sources is not None:
            self._sources = sources
        if config is None:
            text = _CONFIG.format(
                title=self._title, url=self._buildbot_url, db_url=self._db_url, port=self.port,
                sources=", ".join(self._sources), services=services,
            )
        else:
            text = config.replace("{port}", str(self.port)).replace("sqlite:///{database}", self._db_url)
            text = text.replace("{database}", str(self.database))
        self.config.write_text(text, encoding="utf-8")

    # -- life ---------------------------------------------------------------

    def launch(self):
        """The process only, without waiting for anything."""
        self.process = Process(
            "carillon", [*self.prefix, program(), "run", self.config],
            output=self.log, cwd=self.folder, env=self.env,
        )

    def start(self):
        """Up: GET /health answers 200."""
        self.launch()
        self.process.wait_until(self.is_healthy, "GET /health answers 200")
        return self

    def stop(self, timeout=PATIENCE):
        """SIGTERM; what is in flight ends first. Returns the exit code (0 is clean)."""
        return self.process.stop(timeout)

    def kill9(self):
        self.process.kill()

    def restart(self):
        self.stop()
        return self.start()

    def reload(self):
        """SIGHUP. Wait for what the log or the behaviour shows."""
        self.process.signal(signal.SIGHUP)

    def close(self):
        if self.process:
            self.process.stop(10)
            self.process.kill_group()
        self._port.close()
        if self.log.exists():
            check_sanitizers(self.log.read_text(encoding="utf-8", errors="replace"))

    def is_healthy(self):
        try:
            return self.request("GET", "health").status == 200
        except OSError:
            return False

    def wait_until_following(self, sources=1, timeout=PATIENCE):
        """Until the starting point of that many Buildbot sources is stored. Carillon reports
        from its very first connection on; a build forced before may go unreported."""

        def stored():
            try:
                return len(self.stored("SELECT source FROM cursors")) >= sources
            except (sqlite3.OperationalError, Refused):  # no tables yet
                return False

        wait_for(
            stored,
            lambda: f"Carillon to follow {sources} masters; its log:\n{self.process.tail()}",
            timeout,
        )
        return self

    def wait_until_answered(self, timeout=PATIENCE):
        """Until every Telegram update that came is noted as done. An answer may be seen before: whoever kills the
        server in between makes it answer again, and rightly so."""

        def open_updates():
            values = self.stored("SELECT value FROM memory WHERE key LIKE 'update/%'")
            return [value for value in values if value != "true"] if values else ["none has come"]

        wait_for(lambda: not open_updates(), lambda: f"updates to be done: {open_updates()}", timeout)
        return self

    def stored(self, select):
        """The first column of the answer, as texts, from whatever database it has."""
        if not self._db_url.startswith("sqlite:"):
            return ask(self._db_url, select)
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            return [str(row[0]) for row in database.execute(select)]

    def merge(self):
        """All that it has written is in the database's own file, and its write-ahead log is empty."""

        def merged():
            with contextlib.closing(sqlite3.connect(self.database, timeout=PATIENCE)) as database:
                return database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0  # 1: somebody was at it

        wait_for(merged, "the write-ahead log to be merged")

    # -- its web server -----------------------------------------------------

    def request(self, method, path, body=None, headers=None, timeout=PATIENCE):
        """Any status is an answer; OSError when there is none."""
        request = urllib.request.Request(
            self.url + path, data=body, headers=headers or {}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return Reply(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, error.headers, error.read())

    def ingest(self, what, token=TOKEN, timeout=PATIENCE):
        """POST /ingest: a dict as one JSON object, a list as NDJSON, bytes as they are."""
        if isinstance(what, bytes):
            body, kind = what, "application/json"
        elif isinstance(what, list):
            body = b"".join(json.dumps(item).encode() + b"\n" for item in what)
            kind = "application/x-ndjson"
        else:
            body, kind = json.dumps(what).encode(), "application/json"
        headers = {"Content-Type": kind}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return self.request("POST", "ingest", body, headers, timeout)

    # -- its command line ---------------------------------------------------

    def cli(self, *arguments, timeout=2 * PATIENCE, env=None):
        """Run the program to its end; text output, never a check of the exit code."""
        done = subprocess.run(
            [str(program()), *map(str, arguments)],
            cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=timeout, env={**os.environ, **self.env, **(env or {})},
        )
        check_sanitizers(done.stderr)
        return done

    def check(self):
        return self.cli("check", self.config)

    def deliveries(self, *arguments):
        """`carillon deliveries --json`, parsed: a list of dicts (id, reporter, state, ...). Who waits asks again and again:
        within a second the answer is the one from before, unless something was written to the database."""
        written, now = self._written(), time.monotonic()
        asked = self._asked
        if asked is None or written is None or now - asked.at > 1 or (
                (asked.arguments, asked.written) != (arguments, written)):
            text = self._told("deliveries", *self.place(), "--json", *arguments)
            asked = self._asked = _Asked(arguments, written, now, text)
        return _rows(json.loads(asked.text))

    def settled(self, count=None, timeout=PATIENCE):
        """The rows of the ledger, once there are `count` of them (None: any) and none waits. A target has a report
        before the ledger says so."""

        def is_quiet():
            # Cheaper than to start the program again and again; what it says counts.
            if self._db_url.startswith("sqlite:") and not self.database.exists():
                return True
            try:
                there = self.stored("SELECT count(CASE WHEN state = 0 THEN 1 END) || '/' || count(*) FROM deliveries")
            except (sqlite3.OperationalError, Refused):  # no tables yet
                return False
            return there == [f"0/{count}"] if count is not None else there[0].startswith("0/")

        def rows():
            if not is_quiet():
                return []
            found = self.deliveries("--limit", 100_000)
            there = len(found) == count if count is not None else found
            return there and all(row["state"] != "waiting" for row in found) and found

        return wait_for(rows, lambda: f"{count or 'the'} settled deliveries: {self.deliveries()}", timeout)

    def explain(self, build):
        """`carillon explain --json BUILDER/NUMBER`, parsed; without `events` where nothing was heard of it, yet."""
        return json.loads(self._told("explain", *self.place(), "--json", build, unheard=True))

    def resend(self, delivery):
        return self.cli("resend", *self.place(), delivery)

    def drop(self, delivery):
        return self.cli("drop", *self.place(), delivery)

    def place(self):
        """Its database, as commands are told of it. Tests ask again and again; to read the configuration for that, with
        Python, would cost six times as much CPU."""
        if self._db_url in self.config.read_text(encoding="utf-8"):
            return ["--db", self._db_url]
        return ["--config", self.config]

    def _written(self):
        """Another value where something was written to its file since; None: nobody knows."""
        if not self._db_url.startswith("sqlite:"):
            return None
        try:
            files = [os.stat(file) for file in (self.database, f"{self.database}-wal")]
        except FileNotFoundError:
            return None
        return [(file.st_ino, file.st_size, file.st_mtime_ns) for file in files]

    def _told(self, *arguments, unheard=False):
        done = self.cli(*arguments)
        is_unheard = unheard and done.returncode == 1 and "nothing was heard of" in done.stderr
        if done.returncode != 0 and not is_unheard:
            raise AssertionError(
                f"carillon {arguments[0]} ended with {done.returncode}:\n{done.stderr}{done.stdout}"
            )
        return done.stdout


def _rows(value):
    return value["deliveries"] if isinstance(value, dict) else value
