"""The dashboard on 1,000,000 stored builds (see stored.py): each page beside posts, and posts beside pages.

Ten browsers' worth of connections ask for all pages in turn, 50 a second, while builds are posted and reported.
"""

import http.client
import threading
import time

import ends
import measure
from cases.posts import push
from cases.stored import BUILDERS, carillon_on, filled, template, trim
from figures import Figures, WrongResult, at_least, at_most

ALONE, BESIDE, PAGE = "Dashboard: posts alone", "Dashboard: posts beside 50 pages/s", "Dashboard: GET {}"
RATIOS = []
_RATE = 50  # pages a second
_CONNECTIONS = 10
_PAGES = (
    "/",
    "/builds",
    "/builds?result=failure",
    "/builds?branch=no-such-branch",
    "/b/{builder}",
    "/b/{builder}/{number}",
    "/deliveries",
    "/deliveries?state=dead",
    "/deliveries?builder={builder}",
    "/deliveries/1",
    "/reporters",
    "/reporters/HttpStatusPush",
    "/sources",
)


def steps(options):
    return [_run]


def _run(options, folder):
    database, many = filled(options, template(options, folder))
    receiver = ends.Receiver(options.programs, folder)
    carillon = carillon_on(folder / "carillon", database, push(receiver), copied=False)
    out = {ALONE: [], BESIDE: []}
    taken = {}
    reported, first = 0, many // BUILDERS + 1
    try:
        carillon.start()
        builder, number = _one_build(carillon)
        paths = {page: page.format(builder=builder, number=number) for page in _PAGES}
        for turn in range(2 * options.dashboard_blocks + 1):  # each block beside pages has two neighbours
            with_pages = turn % 2 == 1
            load = ends.Load([carillon.process.pid], receiver.pid)
            readers = _Readers(carillon.port, paths) if with_pages else None
            began = time.monotonic()
            fed = ends.feed(
                options,
                carillon.port,
                builds=options.builds,
                first=first,
                batch=options.batch,
                connections=options.connections,
                builders=BUILDERS,
            )
            reported += options.builds
            receiver.wait_for(reported, 120)
            seconds = time.monotonic() - began
            for page, times in (readers.stop() if readers else {}).items():
                taken.setdefault(page, []).extend(times)
            _, others, _ = load.stop()
            report = receiver.report(fed["sent_ns"])
            rate = options.builds / ((report["last_answered_ns"] - fed["began_ns"]) / 1e9)
            out[BESIDE if with_pages else ALONE].append(Figures(rate=rate, others=others, more={"seconds": seconds}))
            ends.wait_until_settled(carillon)
            first += options.builds // BUILDERS + 1
    finally:
        carillon.close()
        receiver.stop()
        ends.forget_database(carillon)
        trim(database, many)
    rows = {
        name: Figures(rate=measure.median([one.rate for one in runs]), others=max(one.others for one in runs))
        for name, runs in out.items()
    }
    # The speed of a machine drifts.
    alone = [run.rate for run in out[ALONE]]
    neighbours = [(before + after) / 2 for before, after in zip(alone, alone[1:])]
    rows[BESIDE].more["ratio"] = measure.median(
        [run.rate / rate for run, rate in zip(out[BESIDE], neighbours, strict=True)]
    )
    for page, times in taken.items():
        rows[PAGE.format(page)] = Figures(
            p50_ms=measure.percentile(times, 50), p99_ms=measure.percentile(times, 99), more={"requests": len(times)}
        )
    return rows


def _one_build(carillon):
    """(builder, number) of one that is stored."""
    row = carillon.deliveries("--limit", "1")[0]
    return row["builder"], row["number"]


class _Readers:
    """Ask until stop(). A page that is not there, or late by more than a second, is a wrong result."""

    def __init__(self, port, paths):
        self._port, self._paths = port, list(paths.items())
        self._taken = {page: [] for page in paths}
        self._lock, self._over, self._asked, self._wrong = threading.Lock(), threading.Event(), 0, []
        self._began = time.monotonic()
        self._threads = [threading.Thread(target=self._read, daemon=True) for _ in range(_CONNECTIONS)]
        for thread in self._threads:
            thread.start()

    def stop(self):
        """{page: [milliseconds]}"""
        self._over.set()
        for thread in self._threads:
            thread.join()
        if self._wrong:
            raise WrongResult("; ".join(self._wrong[:3]))
        return self._taken

    def _read(self):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while True:
            with self._lock:
                number, self._asked = self._asked, self._asked + 1
            if self._over.wait(max(0.0, self._began + number / _RATE - time.monotonic())):
                break
            page, path = self._paths[number % len(self._paths)]
            began = time.monotonic()
            connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            answer.read()
            self._taken[page].append((time.monotonic() - began) * 1000)
            if answer.status != 200:
                self._wrong.append(f"GET {path}: {answer.status}")
        connection.close()


def targets(results):
    beside = results.get(BESIDE)
    ratio = measure.median([run.more["ratio"] for run in beside]) if beside else None
    pages = [runs for name, runs in results.items() if name.startswith(PAGE.format(""))]
    p50 = max((measure.median([run.p50_ms for run in runs]) for runs in pages), default=None)
    p99 = max((measure.median([run.p99_ms for run in runs]) for runs in pages), default=None)
    return [
        at_least("posts beside 50 pages/s / alone", 0.95, ratio, "{:.2f} x"),
        at_most("ms of the slowest page beside posts, p50", 10, p50),
        at_most("ms of the slowest page beside posts, p99", 50, p99),
    ]
