"""Child processes of a test: started, watched, and always gone at the end."""

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import threading
from pathlib import Path

from carillon_test.waiting import PATIENCE, DeadlinePassed, wait_for

PYTHON = "/usr/bin/python3"
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class ProcessFailed(AssertionError):
    """A child ended, or did not get ready. The text ends with its last output."""


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """One child in a process group of its own; output and errors go into a file.

    It dies with the test process, even when that one is killed, if it was started
    from the main thread. `stop` and `kill` may be called any number of times.
    """

    def __init__(self, name, argv, *, output, cwd=None, env=None):
        """`env` is added to the environment. `output` is appended to."""
        self.name = name
        self.output = Path(output)
        self._offset = self.output.stat().st_size if self.output.exists() else 0
        in_main = threading.current_thread() is threading.main_thread()
        with open(self.output, "ab") as out:
            self._popen = subprocess.Popen(
                [str(a) for a in argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env={**os.environ, **(env or {})},
                start_new_session=True,
                preexec_fn=_die_with_parent if in_main else None,
            )
        self.pid = self._popen.pid

    def is_running(self):
        return self._popen.poll() is None

    @property
    def exit_code(self):
        """None while it runs; negative: ended by that signal."""
        return self._popen.poll()

    def text(self):
        """Everything this process (not an earlier one with the same file) has printed."""
        with open(self.output, "rb") as file:
            file.seek(self._offset)
            return file.read().decode("utf-8", "replace")

    def tail(self, lines=30):
        return "\n".join(self.text().splitlines()[-lines:])

    def wait_for_output(self, pattern, timeout=PATIENCE):
        """The first match of the regular expression in the output. Fails early when it ends."""
        regex = re.compile(pattern)

        def found():
            match = regex.search(self.text())
            if match:
                return match
            if not self.is_running():
                match = regex.search(self.text())
                if match:
                    return match
                raise ProcessFailed(
                    f"{self.name} ended with {self.exit_code} before it printed /{pattern}/:\n"
                    f"{self.tail()}"
                )
            return None

        return wait_for(
            found, lambda: f"{self.name} to print /{pattern}/; it printed:\n{self.tail()}", timeout
        )

    def wait_until(self, ready, what, timeout=PATIENCE):
        """Wait for ready() to be true while the process runs."""

        def check():
            if ready():
                return True
            if not self.is_running():
                raise ProcessFailed(
                    f"{self.name} ended with {self.exit_code} before {what}:\n{self.tail()}"
                )
            return False

        wait_for(check, lambda: f"{self.name}: {what}; it printed:\n{self.tail()}", timeout, 0.03)

    def wait(self, timeout=PATIENCE):
        """The exit code, once it has ended by itself."""
        try:
            return self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise DeadlinePassed(
                f"waited {timeout:g} s for {self.name} to end:\n{self.tail()}"
            ) from None

    def signal(self, number):
        if self.is_running():
            os.kill(self.pid, number)

    @contextlib.contextmanager
    def paused(self):
        """It does nothing at all meanwhile."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    def stop(self, timeout=PATIENCE):
        """SIGTERM, wait, then SIGKILL of this process only. Returns the exit code."""
        if self.is_running():
            self.signal(signal.SIGTERM)
            try:
                self._popen.wait(timeout)
            except subprocess.TimeoutExpired:
                pass
        return self.kill()

    def kill(self):
        """kill -9 of the process, as a crash. Returns the exit code."""
        if self.is_running():
            os.kill(self.pid, signal.SIGKILL)
        return self._popen.wait()

    def kill_group(self):
        """At the very end: nothing that this process started in its group stays behind."""
        self.kill()
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
