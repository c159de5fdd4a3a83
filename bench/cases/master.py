"""What observing costs a Buildbot master: CPU time for each build, with no steps and no logs wanted.

A build costs a master some 160 ms of CPU, with a spread that hides what an observer adds. So the builds are built
beforehand, while the master's websockets hear nothing (bench/master_replay.py). Then the websockets are told of them,
and the master sends its messages and answers the observer's requests as ever. Its CPU time meanwhile, less that of
as long a rest, is what observing costs.
"""

import contextlib
import json
import socket
import time
from pathlib import Path

import ends
import measure
import peers
from cases import mail
from cases.posts import push
from figures import Figures, WrongResult, at_most, middle

from carillon_test.buildbot import Buildbot
from carillon_test.carillon import Carillon, watch
from carillon_test.waiting import wait_for

ROW = "Master: Buildbot's CPU for a build observed by HttpStatusPush"
MAIL_ROW = "Master: the same by MailNotifier, which asks for the changes"
RATIOS = []
_HERE = Path(__file__).resolve().parent.parent
_RATE = 20  # builds a second


def steps(options):
    return [_posts] if options.short else [_posts, _mails]


def _posts(options, folder):
    """A post when a build begins, and one when it has ended."""
    receiver, posts = ends.Receiver(options.programs, folder), 0

    def wait(names):
        nonlocal posts
        posts += 2 * len(names)
        receiver.wait_for(posts, 60)
        receiver.report(names, 2)

    try:
        return {ROW: _runs(options, folder, push(receiver), [receiver.pid], wait)}
    finally:
        receiver.stop()


def _mails(options, folder):
    with peers.smtp_sink(folder, "-c") as sink:
        mails = 0

        def wait(names):
            nonlocal mails
            mails += len(names)
            mail.wait_for_all(sink, mails, 60)

        return {MAIL_ROW: _runs(options, folder, mail.notifier(sink.port), [sink.process.pid], wait)}


def _runs(options, folder, services, far_ends, wait):
    """`wait` (names of builds): until the reports on them have come, and no others."""
    with master(folder / "buildbot") as buildbot:
        runs = [
            _observe(options, folder / f"run-{number}", buildbot, services, far_ends, wait)
            for number in range(options.observed_runs)
        ]
    figures = Figures(
        cpu_ms=measure.median([run["cpu_ms"] for run in runs]), others=measure.median([run["others"] for run in runs])
    )
    figures.more["runs"] = runs
    return figures


@contextlib.contextmanager
def master(folder):
    """A Buildbot whose websockets can be held."""
    buildbot = Buildbot(folder)
    configuration = buildbot.basedir / "master.cfg"
    lines = (
        "import sys",
        f"sys.path.insert(0, {str(_HERE)!r})",
        "import master_replay",
        'c["services"] = [master_replay.Replay()]',
    )
    configuration.write_text(configuration.read_text() + "\n" + "\n".join(lines) + "\n")
    try:
        yield buildbot.start()
    finally:
        buildbot.stop()


def _ask(buildbot, **command):
    port = int((buildbot.basedir / "master-replay.port").read_text())
    with socket.create_connection(("127.0.0.1", port), timeout=120) as connection:
        connection.sendall(json.dumps(command).encode() + b"\n")
        with connection.makefile() as lines:
            answer = json.loads(lines.readline())
    if "error" in answer:
        raise WrongResult(f"the replay in the master failed: {answer['error']}")
    return answer


def _observe(options, folder, buildbot, services, far_ends, wait):
    carillon, pid = Carillon(folder, services, sources=[watch(buildbot)]), buildbot.master.pid
    try:
        carillon.start().wait_until_following()
        _ask(buildbot, do="hold")
        names = _build(buildbot, options.observed_builds)
        load = ends.Load([pid], carillon.process.pid, *far_ends)
        asked, began = _asked(buildbot), time.monotonic()
        told = _ask(buildbot, do="replay", rate=_RATE)
        wait(names)
        ends.wait_until_settled(carillon)
        seconds, asked = time.monotonic() - began, _asked(buildbot) - asked
        busy, others, _ = load.stop()
    finally:
        carillon.close()
        ends.forget_database(carillon)
    rest = measure.cpu_seconds(pid)
    nobody = _ask(buildbot, do="replay", rate=len(names) / seconds)  # as long, and nobody is told
    rest = measure.cpu_seconds(pid) - rest
    if told["builds"] != len(names) or told["consumers"] == 0 or nobody["consumers"] != 0:
        raise WrongResult(f"the replay in the master told {told} of {len(names)} builds, then {nobody}")
    return {
        "cpu_ms": (busy - rest) * 1000 / len(names),
        "rest_ms": rest * 1000 / len(names),
        "others": others,
        "requests": asked / len(names),
        "events": told["events"] / len(names),
    }


def _build(buildbot, count):
    """`count` builds on the builder pass; their names for the receiver."""
    first = len(buildbot.builds("pass"))
    for number in range(count):
        buildbot.force("pass", revision=f"{number:040}", branch="main")

    def done():
        builds = buildbot.builds("pass")[first:]
        return len(builds) == count and all(build["complete"] for build in builds)

    wait_for(done, "the builds of the master", 300, 0.5)
    return [f"pass/{number}" for number in range(first + 1, first + count + 1)]


def _asked(buildbot):
    """Requests that the master has answered."""
    return (buildbot.basedir / "http.log").read_bytes().count(b"\n")


def targets(results):
    what = "ms of a Buildbot master's CPU for a build that {} observes, no steps or logs wanted"
    goals = [at_most(what.format("HttpStatusPush"), 3, middle(results, ROW, "cpu_ms"))]
    if MAIL_ROW in results:
        goals.append(at_most(what.format("MailNotifier"), 3, middle(results, MAIL_ROW, "cpu_ms")))
    return goals
