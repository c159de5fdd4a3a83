"""Many services at once: what a report costs beside HttpStatusPush alone, and whether a slow one holds up others."""

import contextlib
import time

import ends
from figures import Figures, WrongResult, at_most, middle, times

from carillon_test.carillon import Carillon
from carillon_test.services import service
from carillon_test.waiting import DeadlinePassed, wait_for

ALONE = "Services: HttpStatusPush alone"
EIGHT_OF_THEM = "Services: eight, each told of each build"
BESIDE_SLOW = "Services: seven beside one that answers in 5 s"
BESIDE_FAST = "Services: seven beside one that answers at once"
RATIOS = []
_BUILDERS = 50


def _base(port, name):
    return f"http://127.0.0.1:{port}/services/{name}"


def eight(port, last="http"):
    """The source text of eight services; `last` is where HttpStatusPush, the eighth, posts to."""
    rooms = {f"linux-amd64-{number:02}": "builds" for number in range(_BUILDERS)}
    return "\n".join(
        (
            service("GitHubStatusPush", token="t0ken", baseURL=_base(port, "github")),
            service("GitLabStatusPush", token="t0ken", baseURL=_base(port, "gitlab")),
            service(
                "BitbucketStatusPush",
                oauth_key="key",
                oauth_secret="secret",
                base_url=_base(port, "bitbucket") + "/2.0",
                oauth_url=_base(port, "bitbucket") + "/oauth",
            ),
            service("BitbucketServerStatusPush", base_url=_base(port, "server"), user="bot", password="secret"),
            service("ZulipStatusPush", endpoint=_base(port, "zulip"), token="t0ken", stream="builds"),
            service("HipChatStatusPush", auth_token="t0ken", endpoint=_base(port, "hipchat"), builder_room_map=rooms),
            service("HttpStatusPush", name="second", serverUrl=_base(port, "second")),
            service("HttpStatusPush", name="eighth", serverUrl=_base(port, last)),
        )
    )


def alone(port):
    return service("HttpStatusPush", serverUrl=_base(port, "http"))


EIGHT = ("github", "gitlab", "bitbucket", "server", "zulip", "hipchat", "second", "http")
SEVEN = EIGHT[:-1]


_RUNS = {
    ALONE: (alone, ("http",)),
    EIGHT_OF_THEM: (eight, EIGHT),
    BESIDE_SLOW: (lambda port: eight(port, "slow"), SEVEN),
    BESIDE_FAST: (eight, SEVEN),
}


def steps(options):
    return [lambda o, folder, name=name: {name: _run(o, folder, *_RUNS[name])} for name in _RUNS]


def _run(options, folder, services, waited_for):
    """Feeds options.service_builds builds; waits until each of `waited_for` has had a post for every build."""
    receiver = ends.Receiver(options.programs, folder)
    carillon = Carillon(folder / "carillon", services(receiver.port))
    try:
        carillon.start()
        load = ends.Load([carillon.process.pid], receiver.pid)
        fed = ends.feed(
            options,
            carillon.port,
            builds=options.service_builds,
            batch=options.batch,
            connections=options.connections,
        )

        def posts():
            counts = receiver.services()
            return {name: counts.get(name, {}).get("posts", 0) for name in waited_for}

        with contextlib.suppress(DeadlinePassed):
            wait_for(lambda: all(count >= options.service_builds for count in posts().values()), "all posts", 300, 0.1)
        time.sleep(0.5)  # the last settlements, and whatever comes twice
        cpu, others, _ = load.stop()
        wrong = {name: count for name, count in posts().items() if count != options.service_builds}
        if wrong:
            raise WrongResult(f"not {options.service_builds} posts: {wrong}")
        counts = receiver.services()
        reports = options.service_builds * len(waited_for)
        seconds = (max(counts[name]["last_ns"] for name in waited_for) - fed["began_ns"]) / 1e9
        return Figures(rate=reports / seconds, cpu_ms=cpu * 1000 / reports, others=others, more={"seconds": seconds})
    finally:
        carillon.close()
        receiver.stop()
        ends.forget_database(carillon)


def targets(results):
    cost = times(middle(results, EIGHT_OF_THEM, "cpu_ms"), middle(results, ALONE, "cpu_ms"))
    delay = times(middle(results, BESIDE_FAST, "rate"), middle(results, BESIDE_SLOW, "rate"))
    return [
        at_most("CPU per report, eight services / HttpStatusPush alone", 1.3, cost, "{:.2f} x"),
        at_most("seconds until the last, beside a slow service / beside a fast one", 1.05, delay, "{:.2f} x"),
    ]
