"""Catching up: ends of runs that no hook told of, found by looking at GitHub's API, each reported once."""

import time

import ends
import measure
from cases import posts
from figures import Figures, at_most, middle

from carillon_test.carillon import Carillon
from carillon_test.github_actions import GitHubActions

CATCH_UP = "Catching up: Carillon, runs that only GitHub's API knows"
RATIOS = []
_WITHIN = 600  # seconds: the runs were created so far back, at most


def steps(options):
    return [_catch_up]


def _catch_up(options, folder):
    receiver = ends.Receiver(options.programs, folder)
    github = GitHubActions()
    github.remaining = 1_000_000  # GitHub's own quota would be what is measured
    source = (
        f"sources.GitHub({github.secret!r}, builder='%(workflow)s', token={github.token!r}, api={github.url!r}, "
        "repos=['acme/app'], every=30)"
    )
    carillon = Carillon(folder / "carillon", posts.push(receiver), sources=[source])
    try:
        carillon.start()
        # What ended before the first look was never Carillon's to report.
        carillon.wait_until_following()
        carillon.stop()
        builds = _happen(github, options.caught_up)
        carillon.start()
        load = ends.Load([carillon.process.pid], receiver.pid)
        receiver.wait_for(len(builds), 300)
        ends.wait_until_settled(carillon)
        cpu, others, _ = load.stop()
        receiver.report(builds)
        figures = Figures(others=others)
        figures.cpu_ms = cpu * 1000 / len(builds)
        figures.rss_mb = measure.memory_mb(carillon.process.pid, "VmHWM")
        figures.more["requests"] = len(github.received())
        return {CATCH_UP: figures}
    finally:
        carillon.close()
        github.close()
        receiver.stop()
        ends.forget_database(carillon)


def _happen(github, runs):
    """So many runs of one job, most of them green, that ended just now; their builds' names."""
    now = int(time.time())
    for number in range(1, runs + 1):
        conclusion = "failure" if number % 10 == 0 else "success"
        github.begin(number, at=now - _WITHIN + number * _WITHIN // (runs + 1))
        github.job(number, "linux", conclusion)
        github.end(number, conclusion, at=now)
    return [f"CI/{number}" for number in range(1, runs + 1)]


def targets(results):
    each = middle(results, CATCH_UP, "cpu_ms")
    goal = at_most("CPU of catching up, per 10,000 runs, s", 60, None if each is None else each * 10, "{:.1f}")
    return [goal]
