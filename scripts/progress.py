#!/usr/bin/python3
"""Runs a build by ninja and shows how far it is.

usage: scripts/progress.py LOG COMMAND [ARGUMENT...]

Everything that the command prints goes into the file LOG. Shown are the files done, of all, the percentage and the
time:
on a terminal one line that is written anew, elsewhere (or with TERM=dumb) a line now and then. The exit code is the
command's; when it fails, what failed is shown from the log.
"""

import os
import re
import selectors
import shutil
import subprocess
import sys
import time

# Ninja's own status: edges finished, of all. The edges are sources to compile and programs to link, mostly.
_FORMAT = "[%f/%t] "
_STATUS = re.compile(rb"\[(\d+)/(\d+)\] ")
# CMake's own step before the build: its total says nothing of the build's, whose first file may take a minute.
_BEFORE = (b"Re-checking globbed directories", b"Re-running CMake")
_LINES_OF_ERRORS = 100
_LINES_OF_TAIL = 30
_SECONDS_BETWEEN_LINES = 15.0


def minutes(seconds):
    """As people read it: 42 s, 4 min 07 s."""
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{whole} s"


class Build:
    """How far a build is, by the lines that it prints."""

    def __init__(self):
        self.begun = False
        self.done = self.total = 0

    def read(self, line):
        found = _STATUS.match(line)
        if not found:
            return
        self.begun = True
        if not line[found.end() :].startswith(_BEFORE):
            self.done, self.total = int(found[1]), int(found[2])

    def told(self, seconds):
        if not self.total:
            return f"{'building' if self.begun else 'configuring'}, {minutes(seconds)}"
        percent = 100 * self.done // self.total
        return f"building: {self.done} of {self.total} files, {percent} %, {minutes(seconds)}"


class RewrittenLine:
    """For terminals: one line, cut to the terminal's width."""

    interval = 0.5  # seconds

    def show(self, text):
        width = shutil.get_terminal_size().columns - 1
        print("\r" + text[:width] + "\x1b[K", end="", flush=True)

    def clear(self):
        print("\r\x1b[K", end="", flush=True)


class LineNowAndThen:
    """For files and pipes."""

    def __init__(self, interval):
        self.interval = interval

    def show(self, text):
        print(text, flush=True)

    def clear(self):
        pass


def screen_of(stream):
    if stream.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        return RewrittenLine()
    return LineNowAndThen(_SECONDS_BETWEEN_LINES)


def run(command, log, screen):
    """The exit code of the command. Calls screen.show() at its start and then every screen.interval seconds."""
    build = Build()
    started = time.monotonic()
    shown = started - screen.interval
    with (
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "NINJA_STATUS": _FORMAT},
        ) as process,
        selectors.DefaultSelector() as ready,
    ):
        ready.register(process.stdout, selectors.EVENT_READ)
        rest = b""
        while True:
            now = time.monotonic()
            if now - shown >= screen.interval:
                screen.show(build.told(now - started))
                shown = now
            if not ready.select(shown + screen.interval - now):
                continue
            data = os.read(process.stdout.fileno(), 65536)
            if not data:
                break
            log.write(data)
            log.flush()
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                build.read(line)
    screen.clear()
    took = minutes(time.monotonic() - started)
    if process.returncode == 0:
        print(f"built {build.done} files in {took}" if build.done else f"nothing to build ({took})", flush=True)
    else:
        print(f"the build failed after {took}", flush=True)
    return process.returncode


def what_failed(text):
    """Of the output of a failed build: from ninja's first failure on, or else the end. A list of lines."""
    lines = text.splitlines()
    first = next((number for number, line in enumerate(lines) if line.startswith("FAILED: ")), None)
    if first is None:
        return lines[-_LINES_OF_TAIL:]
    kept = [line for line in lines[first:] if not _STATUS.match(line.encode())]
    more = len(kept) - _LINES_OF_ERRORS
    return kept if more <= 0 else [*kept[:_LINES_OF_ERRORS], f"... and {more} more lines in the log"]


def main():
    if len(sys.argv) < 3 or sys.argv[1] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    path, *command = sys.argv[1:]
    screen = screen_of(sys.stdout)
    try:
        with open(path, "wb") as log:
            code = run(command, log, screen)
    except KeyboardInterrupt:  # the build has got the signal, too, and has ended
        screen.clear()
        return 130
    if code != 0:
        with open(path, encoding="utf-8", errors="replace") as log:
            print("\n".join(what_failed(log.read())), file=sys.stderr)
        print(f"the log of the build: {path}", file=sys.stderr)
        return code if code > 0 else 128 - code
    return 0


if __name__ == "__main__":
    sys.exit(main())
