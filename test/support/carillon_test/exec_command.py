"""`carillon exec` as a cron job would call it."""

import os
import subprocess

from carillon_test.carillon import TOKEN, program
from carillon_test.waiting import PATIENCE


class Exec:
    """Calls with one server and one spool. Nothing of the caller's environment but PATH matters."""

    def __init__(self, folder, url, token=TOKEN):
        self.folder = folder
        self.url, self.token = url, token
        self.state = folder / "state"
        self.spool = self.state / "carillon" / "spool"

    def arguments(self, *options, command=(), builder="backup"):
        named = ["--builder", builder] if builder else []
        ending = ["--", *command] if command else []
        return [str(part) for part in (program(), "exec", *named, *options, *ending)]

    def environment(self, **more):
        known = {"CARILLON_URL": self.url, "XDG_STATE_HOME": str(self.state), **more}
        if self.token is not None:
            known["CARILLON_TOKEN"] = self.token
        inherited = {name: os.environ[name] for name in ("PATH", "LANG", "ASAN_OPTIONS") if name in os.environ}
        return {**inherited, **known}

    def run(self, *options, command=(), builder="backup", stdin=b"", timeout=2 * PATIENCE, env=None, **popen):
        """To its end; bytes come out. As cron has it, there is no terminal."""
        return subprocess.run(
            self.arguments(*options, command=command, builder=builder),
            input=stdin, capture_output=True, timeout=timeout, cwd=self.folder,
            env=self.environment(**(env or {})), start_new_session=True, check=False, **popen,
        )

    def shell(self, script, *options, **more):
        """A line of shell as the command."""
        return self.run(*options, command=("sh", "-c", script), **more)

    def start(self, *options, command=(), builder="backup", **popen):
        """A process under way; its output can be read."""
        return subprocess.Popen(
            self.arguments(*options, command=command, builder=builder),
            stdin=subprocess.DEVNULL, cwd=self.folder, env=self.environment(), start_new_session=True,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **popen},
        )

    def kept(self):
        """The names of the reports that wait."""
        return sorted(path.name for path in self.spool.glob("*.report"))

    def refused(self):
        return sorted(path.name for path in (self.spool / "refused").glob("*.report"))
