"""A real Buildbot master and worker from Debian's packages, in a folder of their own.

Headless: Debian ships no web front end, so a "base" www plugin of a few lines is
registered by an entry point on the PYTHONPATH. Builders, one for each way to end
(see buildbot_master.cfg): pass warn fail exception slow retry logs chosen. A change
of the project "together" makes one buildset with builds on pass, warn and fail.
Each builder has a force scheduler force-NAME; "dialogue" forces chosen and pass and
has a parameter of each kind. The builder slow runs until release_slow().
"""

import contextlib
import importlib.metadata
import json
import os
import shutil
import sqlite3
import subprocess
import urllib.error
import urllib.parse
import urllib.request
import zlib
from pathlib import Path

from carillon_test.ports import ReservedPort
from carillon_test.processes import PYTHON, Process
from carillon_test.waiting import PATIENCE, wait_for

RESULTS = ("success", "warnings", "failure", "skipped", "exception", "retry", "cancelled")
_HERE = Path(__file__).parent
_BUILD = Path(__file__).resolve().parents[3] / "build"
_TWISTD = [
    PYTHON, "-c", "from twisted.scripts.twistd import run; run()",
    "--nodaemon", "--no_save", "--pidfile=twistd.pid", "--python=buildbot.tac",
]
_MASTER_TAC = """\
from twisted.application import service
from buildbot.master import BuildMaster
application = service.Application("buildmaster")
BuildMaster({basedir!r}, "master.cfg").setServiceParent(application)
"""
_WORKER_TAC = """\
from twisted.application import service
from buildbot_worker.bot import Worker
application = service.Application("buildbot-worker")
Worker("127.0.0.1", {port}, "bell-1", "pass", {basedir!r}, 30, maxdelay=1,
       umask=None, allow_shutdown=None).setServiceParent(application)
"""
_PLUGIN = """\
from buildbot.www.plugin import Application
ep = Application(__name__, "an empty page in place of the web front end")
"""


class RestError(AssertionError):
    """The master answered with an error; `status` is the HTTP status."""

    def __init__(self, status, text):
        super().__init__(f"HTTP {status}: {text}")
        self.status = status


class Buildbot:
    """One master and one worker ("bell-1"). Ports stay the same across restarts."""

    def __init__(self, folder, *, title="Test Bells", login=None, missing_timeout=3600,
                 notify_on_missing=("worker-owner@example.org",), services=""):
        """`login` = (user, password) makes the REST API and the websocket want a login
        for changes. `missing_timeout` (seconds): then a lost worker counts as missing.
        `services`: Python text that gives the master reporters of its own."""
        self.folder = Path(folder)
        self.www = ReservedPort()
        self.pb = ReservedPort()
        self.url = f"http://127.0.0.1:{self.www.number}/"
        self.master_log = self.folder / "master.log"
        self.worker_log = self.folder / "worker.log"
        self.go_file = self.folder / "go"
        self.master = None
        self.worker = None
        self._request_id = 0
        self._settings = {
            "title": title,
            "url": self.url,
            "www_port": f"tcp:{self.www.number}:interface=127.0.0.1",
            "pb_port": f"tcp:{self.pb.number}:interface=127.0.0.1",
            "login": login,
            "missing_timeout": missing_timeout,
            "notify_on_missing": list(notify_on_missing),
            "go_file": str(self.go_file),
            "services": services,
        }
        self._create()

    # -- life ---------------------------------------------------------------

    def start(self):
        """Master and worker up, connected, and ready to build."""
        self.start_master()
        self.start_worker()
        return self

    @property
    def basedir(self):
        """The master's directory; while it runs, twistd.pid is in it."""
        return self._master_dir

    def start_master(self):
        self._forget_pid(self._master_dir)
        self.master = Process(
            "buildbot master", _TWISTD, cwd=self._master_dir, output=self.master_log, env=self._env
        )
        self.master.wait_for_output(r"BuildMaster is running|configuration update aborted", 2 * PATIENCE)
        self.master.wait_until(self.www.is_answered, "its web port answers")

    def stop_master(self):
        if self.master:
            self.master.stop()

    def kill_master(self):
        if self.master:
            self.master.kill()

    def restart_master(self):
        """A clean stop and start; the worker reconnects by itself."""
        self.stop_master()
        self.start_master()
        self.wait_for_worker()

    def start_worker(self):
        self._forget_pid(self._worker_dir)
        self.worker = Process(
            "buildbot worker", _TWISTD, cwd=self._worker_dir, output=self.worker_log
        )
        self.wait_for_worker()

    def stop_worker(self):
        """The worker disconnects; after `missing_timeout` the master says it is missing."""
        if self.worker:
            self.worker.stop()

    def wait_for_worker(self):
        wait_for(
            lambda: any(w["connected_to"] for w in self.get("workers")["workers"]),
            "the worker to connect to the master",
            2 * PATIENCE,
            0.05,
        )

    def stop(self):
        """Everything of this Buildbot is gone afterwards. May be called twice."""
        for process in (self.worker, self.master):
            if process:
                process.stop(10)
                process.kill_group()
        self.www.close()
        self.pb.close()

    # -- builds -------------------------------------------------------------

    def force(self, builder, *, reason="forced by a test", branch="", revision="", project="",
              repository="", owner=None, owner_list=(), outcome=None, properties=None):
        """Request a build; returns the buildset id. `owner` becomes the property of that
        name, and Buildbot makes `owners` a list of it; at most two more `properties`.
        The builder chosen ends as `outcome` says (pass, warn, fail) and sets its property
        `owners` to `owner_list`."""
        params = {
            "builderid": self.builder_id(builder), "reason": reason, "branch": branch,
            "revision": revision, "project": project, "repository": repository,
        }
        if owner:
            params["username"] = params["owner"] = owner
        if owner_list:
            params["owner_list"] = ",".join(owner_list)
        if outcome:
            params["outcome"] = outcome
        for index, (name, value) in enumerate((properties or {}).items(), 1):
            params[f"extra{index}_name"], params[f"extra{index}_value"] = name, value
        return self.control(f"forceschedulers/force-{builder}", "force", params)[0]

    def change(self, *, project="alone", author="Ann Author <ann@example.org>", branch="main",
               revision="0123456789abcdef0123456789abcdef01234567",
               comments="Ring the bell", files=("bell.cpp",), repository="https://git.example.org/bell",
               category=None, properties=None):
        """Report a change. Project "alone" builds pass, "together" one buildset of
        pass, warn and fail; any other builds nothing. Returns the change id."""
        form = {
            "project": project, "author": author, "branch": branch, "revision": revision,
            "comments": comments, "files": json.dumps(list(files)), "repository": repository,
            "properties": json.dumps(properties or {}),
        }
        if category:
            form["category"] = category
        before = self._newest("changes", "changeid")
        self._http("POST", "change_hook/base", urllib.parse.urlencode(form).encode())
        return wait_for(
            lambda: self._newest("changes", "changeid") > before
            and self._newest("changes", "changeid"),
            "the master to store the change",
        )

    def try_patch(self, diff, *, who="Pat Patcher <pat@example.org>", branch="main", revision=None):
        """Build pass with a patch (`buildbot try`); the build's source stamp carries it.
        Returns the buildset id."""
        before = self.newest_buildset()
        patch = self.folder / "try.diff"
        patch.write_text(diff, encoding="utf-8")
        command = [
            PYTHON, "/usr/bin/buildbot", "try", "--connect=pb", f"--master=127.0.0.1:{self.pb.number}",
            "--username=try", "--passwd=trypw", "--vc=git", f"--diff={patch}", f"--who={who}",
            f"--branch={branch}", f"--baserev={revision or '1' * 40}", "--builder=pass",
            "--repository=https://git.example.org/bell", f"--topdir={self.folder}", "--comment=a try",
        ]
        subprocess.run(
            command, cwd=self.folder, check=True, capture_output=True, timeout=2 * PATIENCE,
            env={**os.environ, "HOME": str(self.folder)},
        )
        return wait_for(
            lambda: self.newest_buildset() > before and self.newest_buildset(),
            "the buildset of the try",
        )

    def release_slow(self):
        """Let the builds of the builder slow end well (until hold_slow)."""
        self.go_file.touch()

    def hold_slow(self):
        self.go_file.unlink(missing_ok=True)

    def stop_build(self, buildid, reason="stopped by a test"):
        """The build ends as cancelled."""
        self.control(f"builds/{buildid}", "stop", {"reason": reason})

    def wait_build(self, builder, number=None, *, timeout=2 * PATIENCE):
        """The finished build `number` of the builder (default: its newest), as a dict."""

        def finished():
            found = self.builds(builder)
            if number is not None:
                found = [b for b in found if b["number"] == number]
            return found and found[-1]["complete"] and found[-1]

        return wait_for(finished, f"build {builder}/{number or 'newest'} to finish", timeout, 0.05)

    def wait_running(self, builder, *, timeout=2 * PATIENCE):
        """The build that runs on the builder now, once a step of it has begun."""

        def running():
            for build in self.builds(builder):
                if not build["complete"] and self.get(f"builds/{build['buildid']}/steps")["steps"]:
                    return build
            return None

        return wait_for(running, f"a build to run on {builder}", timeout, 0.05)

    def wait_buildset(self, bsid, *, timeout=2 * PATIENCE):
        """Its builds, ordered by id, once the buildset is complete."""
        wait_for(
            lambda: self.get(f"buildsets/{bsid}")["buildsets"][0]["complete"],
            f"buildset {bsid} to be complete", timeout, 0.05,
        )
        requests = self.get("buildrequests", buildsetid=bsid)["buildrequests"]
        ids = {request["buildrequestid"] for request in requests}
        return [b for b in self.get("builds", order="buildid")["builds"] if b["buildrequestid"] in ids]

    def build(self, builder, **force_arguments):
        """Force, wait until the buildset is complete, return its last build."""
        return self.wait_buildset(self.force(builder, **force_arguments))[-1]

    def add_log(self, build, name, chunks, kind="t"):
        """Adds a log to the first step of the build, as the master itself writes it. `chunks`: texts of whole
        lines; `kind`: t, or s where every line begins with its channel."""
        step = self.get(f"builds/{build['buildid']}/steps")["steps"][0]["stepid"]
        packed = [(text.count(b"\n"), zlib.compress(text.removesuffix(b"\n"), 1)) for text in chunks]
        with contextlib.closing(sqlite3.connect(self.basedir / "state.sqlite", timeout=60)) as database, database:
            log = database.execute(
                "INSERT INTO logs (name, slug, stepid, complete, num_lines, type) VALUES (?, ?, ?, 1, 0, ?)",
                (name, name, step, kind),
            ).lastrowid
            line = 0
            for lines, content in packed:  # the master waits meanwhile, and not for long
                database.execute(
                    "INSERT INTO logchunks (logid, first_line, last_line, content, compressed) VALUES (?, ?, ?, ?, 1)",
                    (log, line, line + lines - 1, content),
                )
                line += lines
            database.execute("UPDATE logs SET num_lines = ? WHERE id = ?", (line, log))

    def builds(self, builder):
        """All builds of the builder, oldest first."""
        return self.get(f"builders/{builder}/builds", order="number")["builds"]

    def newest_buildset(self):
        return self._newest("buildsets", "bsid")

    # -- data API -----------------------------------------------------------

    def get(self, path, **query):
        """GET api/v2/<path>, parsed."""
        if query:
            path += "?" + urllib.parse.urlencode(query)
        return json.loads(self._http("GET", "api/v2/" + path))

    def control(self, path, method, params):
        """POST api/v2/<path>, JSON-RPC; returns the result."""
        self._request_id += 1
        body = {"jsonrpc": "2.0", "id": self._request_id, "method": method, "params": params}
        return json.loads(self._http("POST", "api/v2/" + path, json.dumps(body).encode(), True))["result"]

    def builder_id(self, name):
        return self.get(f"builders/{name}")["builders"][0]["builderid"]

    def _newest(self, kind, key):
        found = self.get(kind, order="-" + key, limit=1)[kind]
        return found[0][key] if found else 0

    def _http(self, method, path, body=None, is_json=False):
        request = urllib.request.Request(self.url + path, data=body, method=method)
        if is_json:
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise RestError(error.code, error.read().decode("utf-8", "replace")) from None

    # -- folder -------------------------------------------------------------

    @staticmethod
    def _forget_pid(directory):
        """After kill -9 the file is left; twistd would not start if its number is in use again."""
        (directory / "twistd.pid").unlink(missing_ok=True)

    def _create(self):
        self._master_dir = self.folder / "master"
        self._worker_dir = self.folder / "worker"
        plugin = self.folder / "plugin"
        package = plugin / "carillon_test_base_www"
        info = plugin / "carillon_test_base_www-1.0.dist-info"
        for directory in (self._master_dir, self._worker_dir / "info", package / "static", info):
            directory.mkdir(parents=True)
        (package / "__init__.py").write_text(_PLUGIN)
        (package / "VERSION").write_text("1.0\n")
        (package / "static" / "index.html").write_text("<title>Buildbot without a front end</title>\n")
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: carillon-test-base-www\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[buildbot.www]\nbase = carillon_test_base_www:ep\n")
        self._env = {"PYTHONPATH": str(plugin), "PYTHONWARNINGS": "ignore"}

        shutil.copy(_HERE / "buildbot_master.cfg", self._master_dir / "master.cfg")
        (self._master_dir / "settings.json").write_text(json.dumps(self._settings))
        (self._worker_dir / "buildbot.tac").write_text(
            _WORKER_TAC.format(port=self.pb.number, basedir=str(self._worker_dir))
        )
        (self._master_dir / "buildbot.tac").write_text(
            "# this is a buildmaster: service.Application('buildmaster')\n"
            + _MASTER_TAC.format(basedir=str(self._master_dir))
        )
        self._create_database()

    def _create_database(self):
        """Creating it costs half as much as a start of the master, so an empty one is kept and copied. It is put there
        at once, whole: other tests may be doing the same."""
        kept = _BUILD / f"buildbot-{importlib.metadata.version('buildbot')}.sqlite"
        if kept.exists():
            shutil.copyfile(kept, self._master_dir / "state.sqlite")
            return
        done = subprocess.run(
            [PYTHON, "/usr/bin/buildbot", "upgrade-master", "--quiet", self._master_dir],
            env={**os.environ, **self._env}, capture_output=True, text=True, timeout=120,
        )
        if done.returncode != 0:
            raise AssertionError(f"cannot create the master:\n{done.stdout}{done.stderr}")
        if os.access(_BUILD, os.W_OK):
            made = Path(f"{kept}-{os.getpid()}")
            shutil.copyfile(self._master_dir / "state.sqlite", made)
            made.replace(kept)
