"""Both ends of a run: the feeder and the receiver; and what is measured between them."""

import contextlib
import json
import os
import shutil
import subprocess
import time
import urllib.request

import measure
from figures import WrongResult

from carillon_test.carillon import TOKEN
from carillon_test.processes import Process
from carillon_test.waiting import DeadlinePassed, wait_for

LATENCY_RATE = 100


class Receiver:
    """bench_receiver, as a process."""

    def __init__(self, programs, folder):
        self.process = Process("receiver", [programs / "bench_receiver"], output=folder / "receiver.log")
        self.pid = self.process.pid
        self.port = int(self.process.wait_for_output(r"listening on port (\d+)")[1])
        self.url = f"http://127.0.0.1:{self.port}/"

    def _get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return json.load(answer)

    def posts(self):
        return self._get("posts")

    def wait_for(self, posts, timeout):
        """Until so many came in all, or the time is over: report() tells what is missing."""
        with contextlib.suppress(DeadlinePassed):
            wait_for(lambda: self.posts() >= posts, "the reports", timeout, 0.05)

    def wait_for_builds(self, builds, timeout):
        """The same by builds, where one post may be about many."""
        with contextlib.suppress(DeadlinePassed):
            wait_for(lambda: self._get("builds") >= builds, "the reports", timeout, 0.05)

    def told(self):
        """All that came, whatever it is."""
        return self._get("report")

    def report(self, builds, posts=1):
        """What came. WrongResult unless there are so many posts about each of `builds`, and none more."""
        report = self.told()
        counts = {build: report["doubled"].get(build, 1) for build in report["arrived_ns"]}
        missing = [build for build in builds if counts.get(build, 0) < posts]
        doubled = [build for build, count in counts.items() if count > posts]
        wrong = []
        if missing:
            wrong.append(f"{len(missing)} of {len(builds)} builds were not reported, for example {missing[0]}")
        if doubled:
            wrong.append(f"{len(doubled)} builds were reported twice, for example {doubled[0]}")
        if report["unreadable"]:
            wrong.append(f"{report['unreadable']} posts name no build")
        if wrong:
            raise WrongResult("; ".join(wrong))
        return report

    def services(self):
        """{name: {"posts", "last_ns"}} of what came below /services/."""
        return self.told()["services"]

    def stop(self):
        self.process.stop(10)


class Load:
    """CPU time from its making to stop(): of the measured processes, and of all that is not of the bench."""

    def __init__(self, measured, *ends):
        """pids; `ends` belong to the bench. CPU seconds of children that have ended count as the bench's."""
        self._measured, self._ends = list(measured), list(ends)
        self._busy, self._own = measure.Busy(), self._bench()
        self._cpu = self._sum(self._measured)

    @staticmethod
    def _sum(pids):
        return sum(measure.cpu_seconds(pid) for pid in pids)

    def _bench(self):
        now = os.times()
        return now.user + now.system + now.children_user + now.children_system + self._sum(self._ends)

    def stop(self):
        """(CPU seconds of the measured, share of the machine that others used, CPU seconds of the bench)"""
        used, there = self._busy.seconds()
        cpu, own = self._sum(self._measured) - self._cpu, self._bench() - self._own
        return cpu, max(0.0, used - cpu - own) / there, own


def feed(options, port, **arguments):
    """Runs the feeder to its end; what it tells. True: an option without a value."""
    argv = [options.programs / "bench_feeder", "--port", port, "--token", TOKEN]
    for name, value in {"builders": options.builders, **arguments}.items():
        argv += [f"--{name}"] if value is True else [f"--{name}", value]
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise WrongResult(f"the feeder failed: {done.stderr.strip()}")
    return json.loads(done.stdout)


def latencies_ms(sent_ns, arrived_ns):
    return [(arrived_ns[build] - at) / 1e6 for build, at in sent_ns.items()]


def wait_until_settled(carillon):
    """Until the ledger knows of every delivery that it was delivered."""

    def settled():
        return carillon.deliveries("--state", "waiting", "--limit", "1") == []

    wait_for(settled, "the ledger to settle", 60, 0.2)


def started(carillon):
    """Starts it; milliseconds until it answered GET /health with 200."""
    began = time.monotonic()
    carillon.launch()
    while not carillon.is_healthy():
        if not carillon.process.is_running() or time.monotonic() > began + 120:
            raise WrongResult(f"Carillon did not start:\n{carillon.process.tail()}")
        time.sleep(0.001)
    return (time.monotonic() - began) * 1000


def forget_database(carillon):
    """About 10 KB for each build."""
    for path in carillon.folder.glob("carillon.sqlite*"):
        if path.is_dir():  # the spool
            shutil.rmtree(path)
        else:
            path.unlink()
