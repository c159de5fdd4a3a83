"""buildbot.reporters.utils: what a build is surrounded by, through the master's data API."""

import functools

from carillon import _waiting
from carillon._master import Filter
from carillon._renderables import renderer
from carillon._results import RETRY


def _promised(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return _waiting.promise(function(*args, **kwargs))

    return wrapper


@_promised
async def getPreviousBuild(master, build):
    number = build["number"] - 1
    while number >= 0:
        previous = await master.data.get(("builders", build["builderid"], "builds", number))
        if previous and previous["results"] != RETRY:
            return previous
        number -= 1
    return None


@_promised
async def getDetailsForBuildset(
    master, bsid, wantProperties=False, wantSteps=False, wantPreviousBuild=False, wantLogs=False
):
    buildset = await master.data.get(("buildsets", bsid))
    requests = await master.data.get(("buildrequests",), filters=[Filter("buildsetid", "eq", [bsid])])
    builds = []
    for request in requests:
        builds += await master.data.get(("buildrequests", request["buildrequestid"], "builds"))
    await getDetailsForBuilds(master, buildset, builds, wantProperties, wantSteps, wantPreviousBuild, wantLogs)
    return {"buildset": buildset, "builds": builds}


@_promised
async def getDetailsForBuild(
    master, build, wantProperties=False, wantSteps=False, wantPreviousBuild=False, wantLogs=False
):
    build["buildrequest"] = await master.data.get(("buildrequests", build["buildrequestid"]))
    buildset = await master.data.get(("buildsets", build["buildrequest"]["buildsetid"]))
    await getDetailsForBuilds(master, buildset, [build], wantProperties, wantSteps, wantPreviousBuild, wantLogs)


@_promised
async def getDetailsForBuilds(
    master, buildset, builds, wantProperties=False, wantSteps=False, wantPreviousBuild=False, wantLogs=False
):
    builders = {}
    for build in builds:
        builderid = build["builderid"]
        if builderid not in builders:
            builders[builderid] = await master.data.get(("builders", builderid))
        build["builder"] = builders[builderid]
        build["buildset"] = buildset
        build["url"] = getURLForBuild(master, builderid, build["number"])
        if wantProperties:
            build["properties"] = await master.data.get(("builds", build["buildid"], "properties"))
        if wantPreviousBuild:
            build["prev_build"] = await getPreviousBuild(master, build)
        if wantSteps:
            build["steps"] = list(await master.data.get(("builds", build["buildid"], "steps")))
            for step in build["steps"] if wantLogs else ():
                step["logs"] = list(await master.data.get(("steps", step["stepid"], "logs")))
                for log in step["logs"]:
                    log["content"] = await master.data.get(("logs", log["logid"], "contents"))


@_promised
async def getResponsibleUsersForSourceStamp(master, sourcestampid):
    users = {change["author"] for change in await master.data.get(("sourcestamps", sourcestampid, "changes"))}
    stamp = await master.data.get(("sourcestamps", sourcestampid))
    if stamp.get("patch"):
        users.add(stamp["patch"]["author"])
    return sorted(users)


@_promised
async def getResponsibleUsersForBuild(master, buildid):
    users = {change["author"] for change in await master.data.get(("builds", buildid, "changes"))}
    properties = await master.data.get(("builds", buildid, "properties"))
    for name in ("owner", "owners"):
        value = (properties.get(name) or [[]])[0]
        users.update([value] if isinstance(value, str) else value)
    return sorted(users)


def getURLForBuild(master, builderid, build_number):
    return "%s#builders/%d/builds/%d" % (master.config.buildbotURL, builderid, build_number)


@renderer
def URLForBuild(props):
    build = props.getBuild()
    return build.getUrl() if build is not None else ""
