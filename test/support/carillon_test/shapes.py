"""Whole configurations as Buildbot's users write them: what the tests of such shapes share."""

import time

from carillon_test.carillon import TOKEN
from carillon_test.events import build
from carillon_test.prometheus import scrape
from carillon_test.waiting import wait_for

REPOSITORY = "https://forge.example.org/octo/bell.git"
STATES = ("build successful", "warnings make", "failed make", "skipped", "exception make", "retry make", "cancelled")

_HEAD = f"""\
from buildbot.plugins import *
from carillon.plugins import sources
c = BuildmasterConfig = {{}}
c['title'], c['buildbotURL'] = "Test Bells", "http://ci.example.org/"
c['db'] = {{'db_url': 'sqlite:///{{database}}'}}
c['www'] = {{'port': 'tcp:{{port}}:interface=127.0.0.1'}}
c['sources'] = [sources.Push(token={TOKEN!r})]
c['services'] = []
"""


def sha(number):
    """The revision that the build of that number has built."""
    return f"{number:040x}"


def told(number, builder="linux", results=0, *, complete=True, people=(), tags=(), properties=None, stamp=None,
         buildset=None, **fields):
    """A build with the properties that Buildbot gives every build; complete=False: it has just begun.

    people: the authors of its changes. stamp, buildset: what is different about its source stamp and its buildset.
    """
    now = int(time.time())
    one = build(number, builder, results, complete=complete, started_at=now - 60, complete_at=now if complete else None,
                state_string=STATES[results] if complete else "starting")
    ours = {"branch": "main", "revision": sha(number), "project": "octo/bell", "repository": REPOSITORY}
    ours.update(stamp or {})
    one["buildset"]["sourcestamps"][0].update(ours)
    one["buildset"].update(buildset or {})
    one["buildrequest"]["buildsetid"] = one["buildset"]["bsid"]
    one["builder"]["tags"] = list(tags)
    every = {"buildername": builder, "buildnumber": number, "workername": "bell-1", "scheduler": "all"}
    every.update((name, ours[name]) for name in ("branch", "revision", "project", "repository"))
    one["properties"] = {name: [value, "test"] for name, value in {**every, **(properties or {})}.items()}
    one["changes"] = [{"changeid": number, "author": author, "comments": "Tune it", "files": [],
                       "revision": sha(number), "when_timestamp": now} for author in people]
    return {**one, **fields}


def begun(number, builder="linux", **arguments):
    """The start of told(number, builder, ...)."""
    return told(number, builder, complete=False, **arguments)


def step(number, name, results=0, *, urls=(), **logs):
    """A step; `number` is its id, too, its last digit the number within the build. logs: names and contents."""
    found = []
    for ident, (log, content) in enumerate(logs.items(), 100 * number):
        chunk = {"logid": ident, "firstline": 0, "content": content}
        found.append({"logid": ident, "stepid": number, "name": log, "slug": log, "type": "s", "complete": True,
                      "num_lines": content.count("\n"), "content": chunk})
    return {"stepid": number, "number": number % 10, "name": name, "results": results, "complete": True,
            "state_string": STATES[results], "urls": list(urls), "logs": found}


def buildset(bsid, results=0):
    """The event that a buildset is complete."""
    return {"k": f"buildsets/{bsid}/complete", "m": {"bsid": bsid, "results": results, "complete": True}}


def missing(number, name, *notify):
    """The event that a worker is missing."""
    return {"k": f"workers/{number}/missing",
            "m": {"workerid": number, "name": name, "notify": list(notify), "last_connection": "an hour ago",
                  "workerinfo": {"admin": "Quasimodo"}}}


class Shaped:
    """For tests of shapes; stands before ServerTest."""

    def shape(self, text, *, warnings=(), env=None, **names):
        """A running Carillon with this configuration, in which `names` are variables. `carillon check` accepts it
        and warns of these things (parts of its lines), and of nothing else but what its examples lack."""
        given = "".join(f"{name} = {value!r}\n" for name, value in names.items())
        made = self.carillon(config=_HEAD + given + text, start=False, env=env)
        done = made.check()
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        lines = [line for line in done.stderr.splitlines() if line.startswith("warning: ")]
        for part in warnings:
            self.assertTrue(any(part in line for line in lines), f"no warning has {part!r}: {lines}")
        for line in lines:
            of_example = ", a build " in line or "no reporter tells of" in line or "nobody will be told" in line
            self.assertTrue(of_example or any(part in line for part in warnings), line)
        return made.start()

    def tell(self, carillon, events):
        """Posts them, and waits after each start until its reports are over: a state that waits while a later one
        comes is superseded, and a busy machine would decide which are."""
        gathered = []
        for event in events:
            gathered.append(event)
            if event.get("complete") is False:
                carillon.ingest(gathered)
                gathered = []
                wait_for(lambda: scrape(carillon).value("carillon_orders_pending") == 0
                         and not carillon.deliveries("--state", "waiting"), "the reports of a start")
        if gathered:
            carillon.ingest(gathered)

    def outcomes(self, carillon, count):
        """{reporter: its states, sorted} of so many deliveries that are over."""
        found = {}
        for row in carillon.settled(count):
            found.setdefault(row["reporter"], []).append(row["state"])
        return {name: sorted(states) for name, states in found.items()}
