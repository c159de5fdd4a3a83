#!/usr/bin/python3
"""Carillon beside Debian's Buildbot on the same work; see doc/performance.md. Run by scripts/bench."""

import argparse
import dataclasses
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import measure

_TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(_TOP / "test" / "support"))

from carillon_test.carillon import TOKEN, Carillon  # noqa: E402
from carillon_test.processes import PYTHON, Process  # noqa: E402
from carillon_test.services import service  # noqa: E402
from carillon_test.waiting import DeadlinePassed, wait_for  # noqa: E402

import services  # noqa: E402

LEAST_RATE = 3000
LEAST_RATIO = 50
QUIET = 0.10  # others' share of the CPUs above which figures tell more about the others
LATENCY_RATE = 100
PEER_LATENCY_RATE = 10  # Buildbot cannot keep up with LATENCY_RATE
CARILLON = "Carillon"
PEERS = {  # (HTTP client, where its data API reads); the last is no target, see buildbot_replay.py
    "Buildbot, treq": ("treq", "database"),
    "Buildbot, txrequests": ("txrequests", "database"),
    "Buildbot without its database, treq": ("treq", "memory"),
}


class WrongResult(Exception):
    """A report is missing, doubled or unreadable."""


@dataclasses.dataclass
class Figures:
    """Of one run."""

    rate: float = 0.0
    cpu_ms: float = 0.0
    rss_mb: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    body_bytes: float = 0.0
    others: float = 0.0  # share of the machine that others used, in the worse of both phases
    bench_cpu_ms: float = 0.0  # of feeder and receiver, per report
    refused: int = 0


class Receiver:
    """bench_receiver, as a process."""

    def __init__(self, programs, folder):
        self.process = Process("receiver", [programs / "bench_receiver"], output=folder / "receiver.log")
        self.port = int(self.process.wait_for_output(r"listening on port (\d+)")[1])

    def _get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=30) as answer:
            return json.load(answer)

    def wait_for(self, posts, timeout):
        """Until so many came in all, or the time is over: report() tells what is missing."""
        try:
            wait_for(lambda: self._get("posts") >= posts, "the reports", timeout, 0.1)
        except DeadlinePassed:
            pass

    def report(self, builds):
        """What came. WrongResult unless each of `builds` came, and nothing twice."""
        report = self._get("report")
        missing = [build for build in builds if build not in report["arrived_ns"]]
        wrong = []
        if missing:
            wrong.append(f"{len(missing)} of {len(builds)} builds were not reported, for example {missing[0]}")
        if report["doubled"]:
            example = next(iter(report["doubled"]))
            wrong.append(f"{len(report['doubled'])} builds were reported twice, for example {example}")
        if report["unreadable"]:
            wrong.append(f"{report['unreadable']} posts name no build")
        if wrong:
            raise WrongResult("; ".join(wrong))
        return report

    def services(self):
        """{name: {"posts", "last_ns"}} of what came below /services/."""
        return self._get("report")["services"]

    def stop(self):
        self.process.stop(10)


def feed(options, port, **arguments):
    """Runs the feeder to its end; what it tells, and its CPU seconds."""
    before = os.times()
    argv = [options.programs / "bench_feeder", "--port", port, "--token", TOKEN, "--builders", options.builders]
    for name, value in arguments.items():
        argv += [f"--{name}", value]
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise WrongResult(f"the feeder failed: {done.stderr.strip()}")
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return json.loads(done.stdout), cpu


def _latencies_ms(sent_ns, arrived_ns):
    return [(arrived_ns[build] - at) / 1e6 for build, at in sent_ns.items()]


def _wait_until_settled(carillon):
    """Until the ledger knows of every delivery that it was delivered."""
    def settled():
        return carillon.deliveries("--state", "waiting", "--limit", "1") == []

    wait_for(settled, "the ledger to settle", 30, 0.2)


def run_carillon(options, folder):
    receiver = Receiver(options.programs, folder)
    carillon = Carillon(
        folder / "carillon",
        service("HttpStatusPush", serverUrl=f"http://127.0.0.1:{receiver.port}/", wantProperties=True),
    )
    try:
        carillon.start()
        figures = Figures()
        _throughput(options, carillon, receiver, figures)
        _latency(options, carillon, receiver, figures)
        return figures
    finally:
        carillon.close()
        receiver.stop()
        for file in (folder / "carillon").glob("carillon.sqlite*"):
            file.unlink()  # about 100 MB for each round


def _throughput(options, carillon, receiver, figures):
    pid = carillon.process.pid
    busy = measure.Busy()
    cpu, receiver_cpu = measure.cpu_seconds(pid), measure.cpu_seconds(receiver.process.pid)
    fed, feeder_cpu = feed(
        options, carillon.port, builds=options.builds, batch=options.batch, connections=options.connections
    )
    receiver.wait_for(options.builds, 120)
    receiver_cpu = measure.cpu_seconds(receiver.process.pid) - receiver_cpu
    used, there = busy.seconds()
    _wait_until_settled(carillon)
    cpu = measure.cpu_seconds(pid) - cpu
    report = receiver.report(fed["sent_ns"])
    figures.rate = options.builds / ((report["last_answered_ns"] - fed["began_ns"]) / 1e9)
    figures.cpu_ms = cpu * 1000 / options.builds
    figures.rss_mb = measure.memory_mb(pid, "VmHWM")
    figures.body_bytes = report["bytes"] / report["posts"]
    figures.others = max(0.0, used - cpu - feeder_cpu - receiver_cpu) / there
    figures.bench_cpu_ms = (feeder_cpu + receiver_cpu) * 1000 / options.builds
    figures.refused = fed["refused"]


def _latency(options, carillon, receiver, figures):
    count = int(options.latency_seconds * LATENCY_RATE)
    pids = (carillon.process.pid, receiver.process.pid)
    busy, cpu = measure.Busy(), sum(map(measure.cpu_seconds, pids))
    fed, feeder_cpu = feed(
        options, carillon.port, builds=count, first=1_000_000, connections=8, rate=LATENCY_RATE
    )
    receiver.wait_for(options.builds + count, 60)
    used, there = busy.seconds()
    cpu = sum(map(measure.cpu_seconds, pids)) - cpu
    figures.others = max(figures.others, (used - cpu - feeder_cpu) / there)
    _wait_until_settled(carillon)
    report = receiver.report(fed["sent_ns"])
    taken = _latencies_ms(fed["sent_ns"], report["arrived_ns"])
    figures.p50_ms, figures.p99_ms = measure.percentile(taken, 50), measure.percentile(taken, 99)


def run_buildbot(options, folder, client, data):
    figures = Figures()
    receiver = Receiver(options.programs, folder)
    try:
        busy = measure.Busy()
        receiver_cpu = measure.cpu_seconds(receiver.process.pid)
        told = _replay(options, folder, receiver, (client, data), first=1, builds=options.peer_builds)
        receiver_cpu = measure.cpu_seconds(receiver.process.pid) - receiver_cpu
        used, there = busy.seconds()
        report = receiver.report(told["sent_ns"])
        figures.rate = told["builds"] / ((told["ended_ns"] - told["began_ns"]) / 1e9)
        figures.cpu_ms = told["cpu_ns"] / 1e6 / told["builds"]
        figures.rss_mb = told["rss_kb"] / 1024
        figures.body_bytes = report["bytes"] / report["posts"]
        figures.others = max(0.0, used - told["process_cpu"] - receiver_cpu) / there
        count = int(options.latency_seconds * PEER_LATENCY_RATE)
        busy = measure.Busy()
        told = _replay(
            options, folder, receiver, (client, data), first=1_000_000, builds=count, rate=PEER_LATENCY_RATE
        )
        used, there = busy.seconds()
        figures.others = max(figures.others, (used - told["process_cpu"]) / there)
        report = receiver.report(told["sent_ns"])
        taken = _latencies_ms(told["sent_ns"], report["arrived_ns"])
        figures.p50_ms, figures.p99_ms = measure.percentile(taken, 50), measure.percentile(taken, 99)
        return figures
    finally:
        receiver.stop()


def _replay(options, folder, receiver, way, *, first, builds, rate=None):
    warm_up = 20
    work = folder / "builds.ndjson"
    with open(work, "wb") as file:
        subprocess.run(
            [options.programs / "bench_feeder", "--print", "--builders", str(options.builders),
             "--first", str(first), "--builds", str(builds + warm_up)],
            stdout=file, check=True,
        )
    before = os.times()
    argv = [
        PYTHON, _TOP / "bench" / "buildbot_replay.py", "--port", receiver.port, "--http", way[0],
        "--data", way[1], "--folder", folder, "--builds", work, "--warm-up", warm_up,
    ]
    if rate:
        argv += ["--rate", rate]
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, timeout=600)
    after = os.times()
    if done.returncode != 0:
        raise WrongResult(f"Buildbot's reporter failed: {done.stderr.strip()[-2000:]}")
    told = json.loads(done.stdout)
    if told["errors"]:
        raise WrongResult(f"Buildbot's reporter logged: {told['errors'][0]}")
    told["process_cpu"] = (
        after.children_user + after.children_system - before.children_user - before.children_system
    )
    return told


# -- the table ----------------------------------------------------------------


def _middle(runs, field):
    return measure.median([getattr(run, field) for run in runs])


def _cell(runs, field, form):
    values = [getattr(run, field) for run in runs]
    text = form.format(measure.median(values))
    if len(values) > 1:
        text += f" ({form.format(min(values))}-{form.format(max(values))})"
    return text


def _share(ours, theirs):
    return f"1/{theirs / ours:.1f}" if ours <= theirs else f"{ours / theirs:.1f} x"


_COLUMNS = (
    ("reports/s", "rate", "{:.0f}"), ("CPU ms per report", "cpu_ms", "{:.3f}"),
    ("memory MB", "rss_mb", "{:.0f}"),
    ("p50 ms", "p50_ms", "{:.2f}"), ("p99 ms", "p99_ms", "{:.2f}"),
    ("others' CPU", "others", "{:.0%}"),
)


def table(all_runs):
    """Lines of a Markdown table: medians, with the range of several rounds."""
    rows = [["", *(title for title, _, _ in _COLUMNS)]]
    for name, runs in all_runs.items():
        rows.append([name, *(_cell(runs, field, form) for _, field, form in _COLUMNS)])
    ours = next(iter(all_runs.values()))
    for name, runs in list(all_runs.items())[1:]:
        ratios = [
            f"{_middle(ours, 'rate') / _middle(runs, 'rate'):.0f} x",
            *(_share(_middle(ours, f), _middle(runs, f)) for f in ("cpu_ms", "rss_mb", "p50_ms", "p99_ms")),
        ]
        rows.append([f"Carillon / {name}", *ratios, ""])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return lines


def targets(all_runs):
    """[(what, reached)]; the peer is the faster of Buildbot's two HTTP clients."""
    rate = _middle(all_runs[CARILLON], "rate")
    goals = [(f"at least {LEAST_RATE} reports/s: {rate:.0f}", rate >= LEAST_RATE)]
    peers = [
        _middle(all_runs[name], "rate")
        for name, (_, data) in PEERS.items()
        if data == "database" and name in all_runs
    ]
    if peers:
        ratio = rate / max(peers)
        goals.append((f"at least {LEAST_RATIO} x Buildbot: {ratio:.0f} x", ratio >= LEAST_RATIO))
    return goals


def _options():
    parser = argparse.ArgumentParser(
        description="Measures Carillon and Debian's Buildbot HttpStatusPush on the same work. Exit code 1: a "
        "report was lost or doubled, or a program failed; slowness is no error."
    )
    parser.add_argument("--short", action="store_true", help="one round, fewer builds: under 3 minutes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures of every round there")
    parser.add_argument("--rounds", type=int, help="of everything (default 3; short 1)")
    parser.add_argument("--builds", type=int, help="in a throughput run (default 30000; short 10000)")
    parser.add_argument("--builders", type=int, default=50, help="that the builds belong to (default 50)")
    parser.add_argument("--batch", type=int, default=100, help="builds in one post to /ingest (default 100)")
    parser.add_argument("--connections", type=int, default=4, help="of the feeder (default 4)")
    parser.add_argument("--latency-seconds", type=float, help="of a latency run (default 20; short 8)")
    parser.add_argument("--peer-builds", type=int, help="that Buildbot reports (default 500; short 200)")
    parser.add_argument("--service-builds", type=int, default=10000, help="for the eight services (default 10000)")
    parser.add_argument("--only", choices=("peer", "services"), help="one of both parts")
    parser.add_argument("--no-peer", action="store_true", help="Carillon alone")
    parser.add_argument("--folder", type=Path, default=_TOP / "build" / "bench",
                        help="on a real disk; the databases go there (default build/bench)")
    parser.add_argument("--programs", type=Path, default=_TOP / "build" / "release", help=argparse.SUPPRESS)
    options = parser.parse_args()
    for name, full, short in (
        ("rounds", 3, 1), ("builds", 30000, 10000), ("latency_seconds", 20.0, 8.0), ("peer_builds", 500, 200)
    ):
        if getattr(options, name) is None:
            setattr(options, name, short if options.short else full)
    options.programs = options.programs.resolve()
    return options


def _measure_services(options, folder):
    runs = {name: [] for name in services.RUNS}
    for number in range(1, options.rounds + 1):
        for name, (configuration, waited_for) in services.RUNS.items():
            place = Path(tempfile.mkdtemp(prefix="run-", dir=folder))
            last = services.run(sys.modules[__name__], options, place, configuration, waited_for)
            runs[name].append(last)
            print(f"round {number}: {name}: {last.cpu_ms:.3f} ms per report, {last.seconds:.2f} s; "
                  f"others used {last.others:.0%} of the CPUs", file=sys.stderr)
            shutil.rmtree(place)
    return runs


def _measure_all(options, folder):
    runs = {name: [] for name in [CARILLON, *([] if options.no_peer else PEERS)]}
    for number in range(1, options.rounds + 1):
        for name, of in runs.items():
            place = Path(tempfile.mkdtemp(prefix="run-", dir=folder))
            if name == CARILLON:
                of.append(run_carillon(options, place))
            else:
                of.append(run_buildbot(options, place, *PEERS[name]))
            last = of[-1]
            print(f"round {number}: {name}: {last.rate:.0f}/s, {last.cpu_ms:.3f} ms, p50 {last.p50_ms:.2f} ms, "
                  f"p99 {last.p99_ms:.2f} ms; others used {last.others:.0%} of the CPUs", file=sys.stderr)
            shutil.rmtree(place)
    return runs


def main():
    options = _options()
    os.environ["CARILLON_BIN"] = str(options.programs / "carillon")
    options.folder.mkdir(parents=True, exist_ok=True)
    kind = measure.filesystem(options.folder)
    if kind in ("tmpfs", "ramfs"):
        sys.exit(f"bench: {options.folder} is on {kind}; give --folder on a real disk")
    about = {
        "date": datetime.date.today().isoformat(), "machine": measure.machine(), "filesystem": kind,
        "fsync_ms": round(measure.fsync_ms(options.folder), 2), "load": os.getloadavg()[0],
    }
    print(f"{about['machine']}; {kind}, fsync {about['fsync_ms']} ms; load {about['load']:.1f}",
          file=sys.stderr)
    try:
        runs = _measure_all(options, options.folder) if options.only != "services" else {}
        of_services = _measure_services(options, options.folder) if options.only != "peer" else {}
    except (WrongResult, AssertionError) as error:
        print(f"bench: WRONG: {error}", file=sys.stderr)
        print(f"the files of the failed run are in {options.folder}", file=sys.stderr)
        return 1
    goals = (targets(runs) if runs else []) + (services.targets(of_services) if of_services else [])
    if options.json:
        options.json.write_text(json.dumps({
            **about, "builds": options.builds, "builders": options.builders, "batch": options.batch,
            "runs": {name: [dataclasses.asdict(run) for run in of] for name, of in {**runs, **of_services}.items()},
            "targets": [{"what": what, "reached": reached} for what, reached in goals],
        }, indent=1) + "\n", encoding="utf-8")
    print(f"\n{about['date']}, {about['machine']}, {kind}, fsync {about['fsync_ms']} ms")
    everything = {**runs, **of_services}
    if runs:
        _print_peers(options, runs)
    if of_services:
        print(f"{options.service_builds} builds, every report to eight services\n")
        print("\n".join(services.lines(of_services)) + "\n")
    for what, reached in goals:
        print(f"{'reached' if reached else 'NOT reached'}: {what}")
    if max(_middle(of, "others") for of in everything.values()) > QUIET:
        print(f"The machine was busy with other work (more than {QUIET:.0%}): run this again when it is quiet.")
    return 0


def _print_peers(options, runs):
    size = ", ".join(f"{name} {_middle(of, 'body_bytes') / 1000:.1f}" for name, of in runs.items())
    print(f"{options.builds} builds of {options.builders} builders (Buildbot: {options.peer_builds}); "
          f"nothing missing, nothing doubled\nKB a report: {size}\n"
          f"p50 and p99 at {LATENCY_RATE}/s (Buildbot: {PEER_LATENCY_RATE}/s); "
          "others' CPU: what something else used of the machine meanwhile\n")
    print("\n".join(table(runs)))
    print()


if __name__ == "__main__":
    sys.exit(main())
