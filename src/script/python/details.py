"""buildbot.reporters.utils: what a build is surrounded by, through the master's data API."""

from __future__ import annotations

import contextvars
import functools
import operator
from typing import TYPE_CHECKING, Any

from carillon import _waiting
from carillon._master import DataError, Filter
from carillon._renderables import renderer
from carillon._results import RETRY
from carillon._types import Data, Function, Promise

if TYPE_CHECKING:
    from carillon._properties import Properties

# The builds that a reporter's method is told of, with all that was posted of them.
posted = contextvars.ContextVar("posted")


def _promised(function: Function) -> Function:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Promise:
        return _waiting.promise(function(*args, **kwargs))

    return wrapper


def _adopt_ids(build: Data) -> None:
    """A posted build may have its ids only in its parts."""
    for name, part in (("buildrequestid", "buildrequest"), ("builderid", "builder")):
        told = build.get(part)
        if build.get(name) is None and isinstance(told, dict) and told.get(name) is not None:
            build[name] = told[name]


@_promised
async def getPreviousBuild(master: Any, build: Data) -> Any:
    _adopt_ids(build)
    if build.get("builderid") is None:
        return None
    number = build["number"] - 1
    while number >= 0:
        try:
            previous = await master.data.get(("builders", build["builderid"], "builds", number))
        except DataError:
            return None  # nobody knows builds as old as that
        if previous and previous["results"] != RETRY:
            return previous
        number -= 1
    return None


_WANTS = {
    "wantProperties": "properties",
    "want_properties": "properties",
    "wantSteps": "steps",
    "want_steps": "steps",
    "wantPreviousBuild": "previous",
    "want_previous_build": "previous",
    "wantLogs": "logs",
    "want_logs": "logs",
    "want_logs_content": "content",
    "add_logs": "added",
}
_POSITIONS = ("properties", "steps", "previous", "logs", "content")


def _wanted(args: tuple[Any, ...], words: Any) -> Data:
    """What is wanted, in the words of all versions."""
    unknown = [word for word in words if word not in _WANTS]
    if unknown or len(args) > len(_POSITIONS):
        what = f"an unexpected argument {unknown[0]!r}" if unknown else "too many arguments"
        raise TypeError(f"getDetailsForBuild() got {what}; it knows {', '.join(_WANTS)}")
    wanted = dict(zip(_POSITIONS, args))
    for word, value in words.items():
        wanted[_WANTS[word]] = wanted.get(_WANTS[word]) or value
    # Buildbot 2 has one word for logs and their contents.
    wanted["content"] = wanted.get("content") or words.get("wantLogs") or len(args) > 3 and args[3]
    wanted["logs"] = wanted.get("logs") or wanted["content"] or wanted.get("added")
    # There logs need steps to be wanted, since Buildbot 3 they imply them.
    wanted["steps"] = wanted.get("steps") or (wanted["logs"] and not words.get("wantLogs"))
    return wanted


@_promised
async def getDetailsForBuildset(master: Any, bsid: int, *args: Any, **words: Any) -> Data:
    wanted = _wanted(args, words)
    buildset = await master.data.get(("buildsets", bsid))
    requests = await master.data.get(("buildrequests",), filters=[Filter("buildsetid", "eq", [bsid])])
    builds = []
    for request in requests:
        builds += await master.data.get(("buildrequests", request["buildrequestid"], "builds"))
    await _details_for(master, buildset, builds, wanted)
    return {"buildset": buildset, "builds": builds}


@_promised
async def getDetailsForBuild(master: Any, build: Data, *args: Any, **words: Any) -> None:
    wanted = _wanted(args, words)
    _adopt_ids(build)
    if build.get("buildrequestid") is None:  # posted without: what was posted stays
        await _details_for(master, build.get("buildset") or {}, [build], wanted)
        return
    try:
        build["buildrequest"] = await master.data.get(("buildrequests", build["buildrequestid"]))
        buildset = await master.data.get(("buildsets", build["buildrequest"]["buildsetid"]))
    except DataError:
        if not build.get("buildset"):
            raise
        buildset = build["buildset"]  # as it was posted with the build
    build["parentbuild"] = build["parentbuilder"] = None
    if buildset.get("parent_buildid"):
        try:
            build["parentbuild"] = parent = await master.data.get(("builds", buildset["parent_buildid"]))
            build["parentbuilder"] = await master.data.get(("builders", parent["builderid"]))
        except DataError:
            pass  # of what was posted, not every parent is known
    await _details_for(master, buildset, [build], wanted)


@_promised
async def getDetailsForBuilds(master: Any, buildset: Data, builds: list[Data], *args: Any, **words: Any) -> None:
    await _details_for(master, buildset, builds, _wanted(args, words))


async def _details_for(master: Any, buildset: Data, builds: list[Data], wanted: Data) -> None:
    builders = {}
    for build in builds:
        _adopt_ids(build)
        builderid = build.get("builderid")
        build["buildset"] = buildset
        if builderid is None or build.get("buildid") is None:
            _take_posted(build, wanted)
            continue
        known = build.get("builder") or {}
        if known.get("builderid") != builderid:  # else it is that of the build's own sender
            if builderid not in builders:
                builders[builderid] = await master.data.get(("builders", builderid))
            build["builder"] = builders[builderid]
        if not build.get("url"):  # a link that the build has is right
            build["url"] = getURLForBuild(master, builderid, build["number"])
        if wanted.get("properties"):
            build["properties"] = await master.data.get(("builds", build["buildid"], "properties"))
        if wanted.get("previous"):
            build["prev_build"] = await getPreviousBuild(master, build)
        if wanted["steps"]:
            build["steps"] = list(await master.data.get(("builds", build["buildid"], "steps")))
            for step in build["steps"] if wanted["logs"] else ():
                await _add_logs(master, build, step, wanted)


def _take_posted(build: Data, wanted: Data) -> None:
    """Of a build that was posted without ids, nothing can be asked for: what was posted with it is there."""
    for one in posted.get(()):
        same = (one.get("number"), one.get("builder")) == (build.get("number"), build.get("builder"))
        for name in ("properties", "steps") if same or len(posted.get()) == 1 else ():
            if wanted.get(name) and not build.get(name):
                build[name] = one.get(name) or ({} if name == "properties" else [])
    for step in build.get("steps") or ():
        for log in step.get("logs") or ():
            add_urls(log, build, step)


def add_urls(log: Data, build: Data, step: Data) -> None:
    """Where the log is, by the link of its build."""
    log.setdefault("stepname", step.get("name"))
    url = build.get("url")
    if not url:
        return
    log.setdefault("url", f"{url}/steps/{step.get('number')}/logs/{log.get('slug') or log.get('name')}")
    if log.get("logid") is not None and "#" in url:
        raw = f"{url.partition('#')[0]}api/v2/logs/{log['logid']}/raw"
        log.setdefault("url_raw", raw)
        log.setdefault("url_raw_inline", raw + "_inline")


async def _add_logs(master: Any, build: Data, step: Data, wanted: Data) -> None:
    step["logs"] = list(await master.data.get(("steps", step["stepid"], "logs")))
    for log in step["logs"]:
        add_urls(log, build, step)
        added = wanted.get("added")
        names = (log.get("name"), f"{step.get('name')}.{log.get('name')}")
        if wanted["content"] or added is True or (added and any(name in added for name in names)):
            log["content"] = await master.data.get(("logs", log["logid"], "contents"))


@_promised
async def get_details_for_buildrequest(master: Any, buildrequest: Data, build: Data) -> None:
    build["buildrequest"] = buildrequest
    build["buildset"] = await master.data.get(("buildsets", buildrequest["buildsetid"]))
    build["builderid"] = buildrequest["builderid"]
    build["builder"] = await master.data.get(("builders", buildrequest["builderid"]))
    build["url"] = getURLForBuildrequest(master, buildrequest["buildrequestid"])
    build["results"], build["complete"] = None, False


@_promised
async def getResponsibleUsersForSourceStamp(master: Any, sourcestampid: int) -> list[Any]:
    users = {change["author"] for change in await master.data.get(("sourcestamps", sourcestampid, "changes"))}
    stamp = await master.data.get(("sourcestamps", sourcestampid))
    if stamp.get("patch"):
        users.add(stamp["patch"]["author"])
    return sorted(users)


@_promised
async def getResponsibleUsersForBuild(master: Any, buildid: int) -> list[Any]:
    users = {change["author"] for change in await master.data.get(("builds", buildid, "changes"))}
    properties = await master.data.get(("builds", buildid, "properties"))
    for name in ("owner", "owners"):
        value = (properties.get(name) or [[]])[0]
        users.update([value] if isinstance(value, str) else value)
    return sorted(users)


def getURLForBuild(master: Any, builderid: int, build_number: int) -> str:
    return f"{master.config.buildbotURL}#builders/{builderid:d}/builds/{build_number:d}"


def getURLForBuildrequest(master: Any, buildrequestid: int) -> str:
    return f"{master.config.buildbotURL}#buildrequests/{buildrequestid:d}"


def get_url_for_log(master: Any, builderid: int, build_number: int, step_number: int, log_slug: str) -> str:
    return f"{getURLForBuild(master, builderid, build_number)}/steps/{step_number}/logs/{log_slug}"


def get_url_for_log_raw(master: Any, logid: int, suffix: str) -> str:
    return f"{master.config.buildbotURL}api/v2/logs/{logid}/{suffix}"


def merge_reports_prop(reports: list[Data], prop: str) -> Any:
    """What the reports have under the name, added up; None: none has it."""
    values = [report[prop] for report in reports if report.get(prop) is not None]
    return functools.reduce(operator.add, values) if values else None


def merge_reports_prop_take_first(reports: list[Data], prop: str) -> Any:
    return next((report[prop] for report in reports if report.get(prop) is not None), None)


@renderer
def URLForBuild(props: Properties) -> str:
    build = props.getBuild()
    return build.getUrl() if build is not None else ""
