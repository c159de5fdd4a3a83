"""Several nodes with one PostgreSQL: what they deliver beside one server with a file, and how long reports wait when
the node that serves is killed, or stops."""

import threading

import ends
from cases import posts
from figures import Figures, WrongResult, at_least, at_most, middle, times

from carillon_test.carillon import Carillon
from carillon_test.cluster import Cluster
from carillon_test.postgres import Postgres
from carillon_test.stream import UNDER_WAY

FILE = "Nodes: one server, SQLite, beside them"
ONE = "Nodes: one node, PostgreSQL"
PASSED_ON = "Nodes: three nodes, posts to one that stands by"
KILLED = "Nodes: kill -9 of the one that serves, lease 3 s"
STOPPED = "Nodes: the one that serves stops"
RATIOS = [(ONE, FILE), (PASSED_ON, FILE)]
_RATE = 1500  # builds per second while one is killed, or stops
_SECONDS = 14
_LEASE = 3


def steps(options):
    return [_file, _one, _passed_on, _killed, _stopped]


def _file(options, folder):
    receiver = ends.Receiver(options.programs, folder)
    carillon = Carillon(folder / "carillon", posts.push(receiver))
    try:
        carillon.start()
        figures = Figures()
        posts.throughput(options, carillon, receiver, figures)
        return {FILE: figures}
    finally:
        carillon.close()
        receiver.stop()
        ends.forget_database(carillon)


class _Nodes:
    """A cluster, its database and its receiver, for one run."""

    def __init__(self, options, folder, count):
        folder.chmod(0o755)  # PostgreSQL, where it is run as another user, has its folder in it
        self._folder = folder / "nodes"
        (self._folder / "postgres").mkdir(parents=True)
        self.receiver = ends.Receiver(options.programs, folder)
        self.postgres = Postgres(self._folder / "postgres", durable=True).start()
        self.cluster = Cluster(self._folder, self.postgres, posts.push(self.receiver), nodes=count, lease=_LEASE)

    def __enter__(self):
        self.cluster.start()
        return self

    def __exit__(self, *_):
        self.cluster.close()
        self.postgres.close()
        self.receiver.stop()


def _one(options, folder):
    with _Nodes(options, folder, 1) as nodes:
        figures = Figures()
        posts.throughput(options, nodes.cluster.nodes[0], nodes.receiver, figures)
        posts.latency(options, nodes.cluster.nodes[0], nodes.receiver, figures)
        return {ONE: figures}


def _passed_on(options, folder):
    with _Nodes(options, folder, 3) as nodes:
        figures = Figures()
        posts.throughput(options, nodes.cluster.others()[0], nodes.receiver, figures)
        return {PASSED_ON: figures}


def _killed(options, folder):
    return {KILLED: _interrupted(options, folder, lambda node: node.kill9(), UNDER_WAY)}


def _stopped(options, folder):
    return {STOPPED: _interrupted(options, folder, lambda node: node.stop(), 0)}


def _interrupted(options, folder, end, most_doubled):
    """Posts to a node that stands by, while the one that serves ends in the middle."""
    builds = _RATE * _SECONDS
    with _Nodes(options, folder, 3) as nodes:
        serving, other = nodes.cluster.serving(), nodes.cluster.others()[0]
        load = ends.Load([], nodes.receiver.pid)
        interruption = threading.Timer(_SECONDS / 2, end, [serving])
        interruption.start()
        fed = ends.feed(options, other.port, builds=builds, connections=16, rate=_RATE)
        interruption.join()
        nodes.receiver.wait_for_builds(builds, 120)
        figures = Figures(others=load.stop()[1])
        report = nodes.receiver.told()
        missing = set(fed["sent_ns"]) - set(report["arrived_ns"])
        doubled = sum(count - 1 for count in report["doubled"].values())
        if missing or doubled > most_doubled:
            raise WrongResult(
                f"{len(missing)} builds are missing, {doubled} were reported twice (at most {most_doubled})"
            )
        taken = ends.latencies_ms(fed["sent_ns"], report["arrived_ns"])
        figures.more.update(longest_ms=max(taken), doubled=doubled)
        figures.rate = builds / _SECONDS
        return figures


def targets(results):
    def longest(row):
        values = [run.more["longest_ms"] for run in results.get(row, []) if "longest_ms" in run.more]
        return max(values) / 1000 if values else None

    file = middle(results, FILE, "rate")
    return [
        at_least(
            "one node on PostgreSQL / SQLite, deliveries per second",
            0.55,
            times(middle(results, ONE, "rate"), file),
            "{:.2f} x",
        ),
        at_least(
            "three nodes, posts to one that stands by / SQLite",
            0.85,
            times(middle(results, PASSED_ON, "rate"), file),
            "{:.2f} x",
        ),
        at_most("ms from event to post at 100/s on PostgreSQL, p50", 2, middle(results, ONE, "p50_ms")),
        at_most("ms from event to post at 100/s on PostgreSQL, p99", 20, middle(results, ONE, "p99_ms")),
        at_most("longest wait of a report at a kill, s", 3.8, longest(KILLED)),
        at_most("longest wait of a report when a node stops, s", 0.15, longest(STOPPED)),
    ]
