"""Many services at once: what a report costs beside HttpStatusPush alone, and whether a slow service holds up others."""

import dataclasses
import time

import measure

from carillon_test.carillon import Carillon
from carillon_test.services import service
from carillon_test.waiting import wait_for

MOST_COST = 1.3  # CPU per report, all services to HttpStatusPush alone
MOST_DELAY = 1.05  # of the others, a service that answers in 5 s to one that answers at once
BUILDERS = 50


@dataclasses.dataclass
class Figures:
    reports: int = 0
    cpu_ms: float = 0.0  # per report
    seconds: float = 0.0  # until the last report of those that are waited for
    others: float = 0.0  # share of the machine that others used


def _base(port, name):
    return f"http://127.0.0.1:{port}/services/{name}"


def eight(port, last="http"):
    """The source text of eight services; `last` is where HttpStatusPush, the eighth, posts to."""
    rooms = {f"linux-amd64-{number:02}": "builds" for number in range(BUILDERS)}
    return "\n".join((
        service("GitHubStatusPush", token="t0ken", baseURL=_base(port, "github")),
        service("GitLabStatusPush", token="t0ken", baseURL=_base(port, "gitlab")),
        service("BitbucketStatusPush", oauth_key="key", oauth_secret="secret",
                base_url=_base(port, "bitbucket") + "/2.0", oauth_url=_base(port, "bitbucket") + "/oauth"),
        service("BitbucketServerStatusPush", base_url=_base(port, "server"), user="bot", password="secret"),
        service("ZulipStatusPush", endpoint=_base(port, "zulip"), token="t0ken", stream="builds"),
        service("HipChatStatusPush", auth_token="t0ken", endpoint=_base(port, "hipchat"), builder_room_map=rooms),
        service("HttpStatusPush", name="second", serverUrl=_base(port, "second")),
        service("HttpStatusPush", name="eighth", serverUrl=_base(port, last)),
    ))


def alone(port):
    return service("HttpStatusPush", serverUrl=_base(port, "http"))


EIGHT = ("github", "gitlab", "bitbucket", "server", "zulip", "hipchat", "second", "http")
SEVEN = EIGHT[:-1]


def run(bench, options, folder, services, waited_for):
    """Feeds options.service_builds builds; waits until each of `waited_for` has had a post for every build."""
    receiver = bench.Receiver(options.programs, folder)
    carillon = Carillon(folder / "carillon", services(receiver.port))
    try:
        carillon.start()
        pid = carillon.process.pid
        busy = measure.Busy()
        cpu, far = measure.cpu_seconds(pid), measure.cpu_seconds(receiver.process.pid)
        fed, near = bench.feed(
            options, carillon.port, builds=options.service_builds, batch=options.batch,
            connections=options.connections,
        )

        def posts():
            counts = receiver.services()
            return {name: counts.get(name, {}).get("posts", 0) for name in waited_for}

        try:
            wait_for(lambda: all(count >= options.service_builds for count in posts().values()), "all posts", 300, 0.1)
        except bench.DeadlinePassed:
            pass
        time.sleep(0.5)  # the last settlements, and whatever comes twice
        cpu, far = measure.cpu_seconds(pid) - cpu, measure.cpu_seconds(receiver.process.pid) - far
        used, there = busy.seconds()
        wrong = {name: count for name, count in posts().items() if count != options.service_builds}
        if wrong:
            raise bench.WrongResult(f"not {options.service_builds} posts: {wrong}")
        figures = Figures()
        figures.reports = options.service_builds * len(waited_for)
        figures.cpu_ms = cpu * 1000 / figures.reports
        counts = receiver.services()
        figures.seconds = (max(counts[name]["last_ns"] for name in waited_for) - fed["began_ns"]) / 1e9
        figures.others = max(0.0, used - cpu - near - far) / there
        return figures
    finally:
        carillon.close()
        receiver.stop()
        for file in (folder / "carillon").glob("carillon.sqlite*"):
            file.unlink()


RUNS = {
    "HttpStatusPush alone": (alone, ("http",)),
    "eight services": (eight, EIGHT),
    "seven beside a slow one": (lambda port: eight(port, "slow"), SEVEN),
    "seven beside a fast one": (eight, SEVEN),
}


def lines(all_runs):
    """A Markdown table of the medians."""
    out = ["| | reports | CPU ms per report | seconds until the last | others' CPU |", "|---|---|---|---|---|"]
    for name, runs in all_runs.items():
        middle = {field: measure.median([getattr(run, field) for run in runs]) for field in ("cpu_ms", "seconds", "others")}
        out.append(f"| {name} | {runs[0].reports} | {middle['cpu_ms']:.3f} | {middle['seconds']:.2f} | {middle['others']:.0%} |")
    return out


def targets(all_runs):
    def middle(name, field):
        return measure.median([getattr(run, field) for run in all_runs[name]])

    cost = middle("eight services", "cpu_ms") / middle("HttpStatusPush alone", "cpu_ms")
    delay = middle("seven beside a slow one", "seconds") / middle("seven beside a fast one", "seconds")
    return [
        (f"eight services cost at most {MOST_COST} x the CPU per report of HttpStatusPush alone: {cost:.2f} x", cost <= MOST_COST),
        (f"a service that answers in 5 s makes the others at most {MOST_DELAY} x as slow: {delay:.2f} x", delay <= MOST_DELAY),
    ]
