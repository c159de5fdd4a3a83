"""Debian's Buildbot in scripts/bench: its own HttpStatusPush or MailNotifier reports given builds.

--data database: out of a real master's data API over its database (SQLite), as in a master, without the rest of
one. The builds are in the database already; only the reporter's work is measured.
--data memory: the data API is a stand-in that answers at once. No master can be that fast; it tells what the
reporter itself and its HTTP client cost.
"""

import argparse
import copy
import datetime
import json
import sys
import tempfile
import time

import buildbot
from buildbot.master import BuildMaster
from buildbot.reporters.http import HttpStatusPush
from buildbot.reporters.mail import MailNotifier
from buildbot.util import httpclientservice, service
from twisted.internet import defer, reactor, task
from twisted.python import log


class _Events:
    """In place of the message queue: remembers who consumes finished builds."""

    def __init__(self):
        self.finished = None

    def startConsuming(self, callback, key):
        if key[-1] == "finished":
            self.finished = callback
        return defer.succeed(self)

    def stopConsuming(self):
        return defer.succeed(None)


# -- out of memory ------------------------------------------------------------


def _times(value):
    """The data API has datetimes where its JSON has seconds."""
    if isinstance(value, dict):
        return {
            key: datetime.datetime.fromtimestamp(item, datetime.UTC)
            if key.endswith("_at") and isinstance(item, int)
            else _times(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_times(item) for item in value]
    return value


class _Memory:
    """The part of the data API that the reporter asks for, out of the builds' own parts."""

    def __init__(self, builds):
        self._objects = {}
        for build in builds:
            number, request, buildset = build["buildid"], build["buildrequest"], build["buildset"]
            properties = {name: tuple(pair) for name, pair in build["properties"].items()}
            left_out = ("buildrequest", "buildset", "builder", "parentbuild", "parentbuilder", "url")
            event = _times({key: value for key, value in build.items() if key not in left_out})
            self._objects["builds", number] = {**event, "properties": {}}
            self._objects["buildrequests", request["buildrequestid"]] = _times(request)
            self._objects["buildsets", buildset["bsid"]] = _times(buildset)
            self._objects["builders", build["builderid"]] = build["builder"]
            self._objects["builds", number, "properties"] = properties
            self._objects["builds", number, "changes"] = []

    def get(self, path, **_):
        return defer.succeed(copy.copy(self._objects[path]))


class _Config:
    title = "Bench"
    buildbotURL = "http://ci.example.org/"


class _MemoryMaster(service.MasterService):
    def __init__(self, builds):
        super().__init__()
        self.config, self.data, self.mq, self.reactor = _Config(), _Memory(builds), _Events(), reactor


# -- out of a database --------------------------------------------------------


async def _database_master(builds, folder):
    master = BuildMaster(folder, reactor=reactor)
    master.config.db["db_url"] = "sqlite:///state.sqlite"
    master.config.title, master.config.buildbotURL = _Config.title, _Config.buildbotURL
    await master.db.setup(check_version=False, verbose=False)
    await master.db.model.upgrade()
    await master.db.pool.do(_fill, master.db.model, builds)
    master.mq = _Events()
    return master


def _fill(connection, model, builds):
    """The rows that a master would have of these builds, one change each."""
    rows = {}

    def add(table, **values):
        rows.setdefault(table, {})[tuple(values.values())[0]] = values

    add("masters", id=1, name="bench", name_hash="m", active=1, last_active=0)
    add("workers", id=3, name="bell-3", info={}, paused=0, graceful=0)
    properties, stamps, owners, tags = [], [], {}, {}
    for build in builds:
        builder, request, buildset = build["builder"], build["buildrequest"], build["buildset"]
        builderid, name = builder["builderid"], builder["name"]
        add("builders", id=builderid, name=name, description=builder["description"], name_hash=name)
        owners[builderid] = {"builderid": builderid, "masterid": 1}
        for tag in builder["tags"]:
            tags.setdefault(tag, set()).add(builderid)
        add(
            "buildsets",
            id=buildset["bsid"],
            **_columns(
                buildset,
                "external_idstring reason submitted_at complete complete_at results parent_buildid parent_relationship",
            ),
        )
        for stamp in buildset["sourcestamps"]:
            ssid = stamp["ssid"]
            add(
                "sourcestamps",
                id=ssid,
                ss_hash=str(ssid),
                **_columns(stamp, "branch revision repository codebase project created_at"),
            )
            stamps.append({"buildsetid": buildset["bsid"], "sourcestampid": ssid})
        stamp = buildset["sourcestamps"][0]
        add(
            "changes",
            changeid=stamp["ssid"],
            author="Ada Lovelace <ada@example.org>",
            comments="Louder bells",
            when_timestamp=stamp["created_at"],
            sourcestampid=stamp["ssid"],
            **_columns(stamp, "branch revision repository codebase project"),
        )
        add(
            "buildrequests",
            id=request["buildrequestid"],
            **_columns(request, "buildsetid builderid priority complete results submitted_at complete_at waited_for"),
        )
        add("buildrequest_claims", brid=request["buildrequestid"], masterid=1, claimed_at=request["claimed_at"])
        add(
            "builds",
            id=build["buildid"],
            **_columns(
                build,
                "number builderid buildrequestid workerid masterid started_at complete_at state_string results",
            ),
        )
        properties += [
            {"buildid": build["buildid"], "name": key, "value": json.dumps(value), "source": source}
            for key, (value, source) in build["properties"].items()
        ]
    transaction = connection.begin()
    for table, by_id in rows.items():
        connection.execute(getattr(model, table).insert(), list(by_id.values()))
    for number, (tag, of) in enumerate(tags.items(), 1):
        connection.execute(model.tags.insert(), [{"id": number, "name": tag, "name_hash": tag}])
        connection.execute(model.builders_tags.insert(), [{"builderid": each, "tagid": number} for each in of])
    connection.execute(model.builder_masters.insert(), list(owners.values()))
    connection.execute(model.build_properties.insert(), properties)
    connection.execute(model.buildset_sourcestamps.insert(), stamps)
    transaction.commit()


def _columns(source, names):
    return {name: source[name] for name in names.split()}


# -- the run ------------------------------------------------------------------


def _memory_kb():
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))


def _reporter(options):
    if options.reporter == "http":
        return HttpStatusPush(serverUrl=f"http://127.0.0.1:{options.port}")
    return MailNotifier(
        fromaddr="ci@example.org", relayhost="127.0.0.1", smtpPort=options.port, extraRecipients=[options.recipient]
    )


async def _replay(options, folder):
    with open(options.builds, encoding="utf-8") as file:
        builds = [json.loads(line) for line in file]
    if options.data == "memory":
        master = _MemoryMaster(builds)
        await master.startService()
    else:
        master = await _database_master(builds, folder)
    events = [await master.data.get(("builds", build["buildid"])) for build in builds]
    reporter = _reporter(options)
    await reporter.setServiceParent(master)
    if options.data == "database":  # the rest of the master stays off
        await reporter.startService()
        for child in list(master.namedServices.values()):
            if isinstance(child, httpclientservice.HTTPClientService):
                await child.startService()

    def report(event):
        return master.mq.finished(("builds", str(event["buildid"]), "finished"), event)

    for event in events[: options.warm_up]:
        await report(event)
    work = list(zip(builds, events))[options.warm_up :]
    sent, pending = {}, []
    began, cpu = time.monotonic_ns(), time.process_time_ns()
    for index, (build, event) in enumerate(work):
        if options.rate:
            wait = began / 1e9 + index / options.rate - time.monotonic()
            if wait > 0:
                await task.deferLater(reactor, wait, lambda: None)
        sent[f"{build['builder']['name']}/{build['number']}"] = time.monotonic_ns()
        pending.append(report(event))
    await defer.gatherResults(pending)
    return {
        "version": buildbot.version,
        "builds": len(work),
        "warm_up": options.warm_up,
        "began_ns": began,
        "ended_ns": time.monotonic_ns(),
        "cpu_ns": time.process_time_ns() - cpu,
        "rss_kb": _memory_kb(),
        "sent_ns": sent,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True, help="of the receiver, or of the mail server")
    parser.add_argument("--reporter", choices=("http", "mail"), default="http")
    parser.add_argument("--recipient", help="of every mail, beside those that the build names")
    parser.add_argument("--builds", required=True, help="file with one build a line")
    parser.add_argument("--http", choices=("treq", "txrequests"), default="treq", help="Buildbot's HTTP client")
    parser.add_argument("--data", choices=("database", "memory"), default="database")
    parser.add_argument("--folder", help="for the database")
    parser.add_argument("--warm-up", type=int, default=20, help="so many builds first, not measured")
    parser.add_argument("--rate", type=float, help="so many a second; default: all at once")
    options = parser.parse_args()
    if getattr(httpclientservice, options.http) is None:
        sys.exit(f"python3-{options.http} is not installed")
    httpclientservice.HTTPClientService.PREFER_TREQ = options.http == "treq"
    errors = []
    log.addObserver(lambda event: errors.append(log.textFromEventDict(event)) if event["isError"] else None)

    with tempfile.TemporaryDirectory(dir=options.folder, prefix="buildbot-") as folder:

        def start(_):
            done = defer.ensureDeferred(_replay(options, folder))
            done.addCallback(lambda result: print(json.dumps({**result, "errors": errors[:3]})))
            return done

        task.react(start)


if __name__ == "__main__":
    main()
