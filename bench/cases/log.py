"""A log of 1 GB attached to a mail: how much memory that takes, from a real Buildbot master to smtp-sink.

The log stands in the master's database as Buildbot itself writes it (chunks of 64 KB, compressed), put there while
its build runs. What arrives is decoded and compared by its hash.
"""

import base64
import hashlib
import re
import time

import ends
import measure
import peers
from cases.mail import counted, notifier
from cases.master import master
from figures import Figures, WrongResult, at_most, middle

from carillon_test.carillon import Carillon, watch
from carillon_test.waiting import DeadlinePassed, wait_for

GOAL_MB, SHORT_MB = 1024, 64
ROW = "Log: {:,} MB attached to a mail, memory beyond the idle program's"
RATIOS = []
_MIB = 1 << 20
_LINE = (
    b"%010d [ 42%%] Building CXX object src/bells/CMakeFiles/bells.dir/ring.cpp.o: /usr/bin/clang++-19 -O2 -g -Wall\n"
)
_LINES_IN_CHUNK = 500
_TIMEOUT = 900


def steps(options):
    return [_run]


def _run(options, folder):
    size = options.log_mb * _MIB
    row = ROW.format(options.log_mb)
    dump = peers.writable_folder(folder / "mails") / "dump"
    with master(folder / "buildbot") as buildbot, peers.smtp_sink(folder, "-c", "-D", dump) as sink:
        services = notifier(sink.port, addLogs=["big"], maxLogSize=size + _MIB)
        carillon = Carillon(folder / "carillon", services, sources=[watch(buildbot)])
        try:
            carillon.start().wait_until_following()
            buildbot.build("pass")  # Jinja2 and all else that a mail needs is loaded
            _wait(sink, 1)
            buildbot.force("slow")
            written, digest = _write_log(buildbot, buildbot.wait_running("slow"), size)
            pid = carillon.process.pid
            measure.forget_peak(pid)
            before, load, began = measure.memory_mb(pid), ends.Load([pid], sink.process.pid), time.monotonic()
            buildbot.release_slow()
            _wait(sink, 2)
            seconds = time.monotonic() - began
            cpu, _, _ = load.stop()
            peak = measure.memory_mb(pid, "VmHWM")
        finally:
            carillon.close()
            ends.forget_database(carillon)
    arrived, same = _attachment(dump, digest)
    if arrived != written or not same:
        raise WrongResult(
            f"what was attached ({arrived / _MIB:,.1f} of {written / _MIB:,.1f} MB) is not the log of the build"
        )
    more = {"seconds": seconds, "cpu_s": cpu, "before_mb": before, "peak_mb": peak, "log_bytes": written}
    return {row: Figures(rss_mb=peak - before, more=more)}


def _wait(sink, mails):
    try:
        wait_for(lambda: counted(sink) >= mails, f"{mails} mails", _TIMEOUT, 0.1)
    except DeadlinePassed as passed:
        raise WrongResult(str(passed)) from None


# -- the log in the master's database -----------------------------------------


def _write_log(buildbot, build, size):
    """Adds the log "big" to the build's first step; its size in bytes (at least `size`), and its SHA-256."""
    digest, written = hashlib.sha256(), 0

    def chunks():
        nonlocal written
        line = 0
        while written < size:
            text = b"".join([_LINE % number for number in range(line, line + _LINES_IN_CHUNK)])
            line += _LINES_IN_CHUNK
            digest.update(text)
            written += len(text)
            yield text

    buildbot.add_log(build, "big", chunks())
    return written, digest.hexdigest()


# -- the mail -----------------------------------------------------------------


def _attachment(dump, digest):
    """(bytes, whether their SHA-256 is this one) of what is attached as the log."""
    found, size = hashlib.sha256(), 0
    for piece in _pieces(dump):
        found.update(piece)
        size += len(piece)
    return size, found.hexdigest() == digest


def _pieces(dump):
    with open(dump, "rb") as file:
        head, lines, inside = b"", [], False
        for line in file:
            if line.startswith(b"--"):
                inside, head = False, b""
                yield _decoded(lines)
                lines = []
            elif inside:
                lines.append(line)
                if len(lines) == 100_000:
                    yield _decoded(lines)
                    lines = []
            elif line == b"\n":
                inside = bool(re.search(rb"(?i)name=\S*big", head)) and b"base64" in head
                head = b""
            else:
                head += line
        yield _decoded(lines)


def _decoded(lines):
    return base64.b64decode(b"".join(lines))


def targets(results):
    short = ROW.format(GOAL_MB) not in results and ROW.format(SHORT_MB) in results
    log_mb = SHORT_MB if short else GOAL_MB
    what = f"MB more while a log of {log_mb:,} MB is attached to a mail"
    return [at_most(what, 32, middle(results, ROW.format(log_mb), "rss_mb"), "{:.0f}")]
