"""BitbucketServerCoreAPIStatusPush: statuses with parent, ref, duration and results of tests, as Bitbucket Server 7.4
and newer take them. Written as a reporter of one's own, so what it posts are deliveries (_scripted)."""

from __future__ import annotations

import re
from typing import Any

from carillon import _client, _generators, _interpolate, _renderables, _waiting
from carillon._formatter import MessageFormatterRenderable
from carillon._places import ConfigurationError
from carillon._properties import Properties
from carillon._types import Data, Promise

_STATES = ("SUCCESSFUL", "SUCCESSFUL", "FAILED", "SUCCESSFUL", "FAILED", "INPROGRESS", "FAILED")
_REPOSITORY = re.compile(r".*/([^/]+)/([^/]+?)(?:\.git)?/?")
_COUNTS = ("failed", "skipped", "successful")


def _tests_of(props: Properties) -> Data | None:
    found = {name: props.getProperty("tests_" + name, 0) for name in _COUNTS}
    return found if any(found.values()) else None


class _Methods:
    __module__ = "buildbot.reporters"  # to the program it is a class of the user's
    _carillon_statuses = True

    def checkConfig(self, base_url: str, token: Any = None, auth: Any = None, **kwargs: Any) -> None:
        name = "BitbucketServerCoreAPIStatusPush"
        if not isinstance(base_url, str) or not base_url.startswith(("http://", "https://")):
            text = f"{name}(base_url=...): must begin with http:// or https://"
            raise ConfigurationError(text, self._carillon_where)
        if token is not None and auth is not None:
            raise ConfigurationError(f"{name}(auth=...): give token or auth, not both", self._carillon_where)

    def reconfigService(
        self,
        base_url: str,
        token: Any = None,
        auth: Any = None,
        statusName: Any = None,
        statusSuffix: Any = None,
        key: str | None = None,
        parentName: Any = None,
        buildNumber: Any = None,
        ref: Any = None,
        duration: Any = None,
        testResults: Any = None,
        verbose: bool = False,
        debug: bool | None = None,
        verify: Any = None,
        generators: Any = None,
        startDescription: Any = None,
        endDescription: Any = None,
        **kwargs: Any,
    ) -> Any:
        self._words = {
            "key": key or _interpolate.Interpolate("%(prop:buildername)s"),
            "number": buildNumber or _interpolate.Interpolate("%(prop:buildnumber)s"),
            "name": statusName,
            "suffix": statusSuffix,
            "parent": parentName,
            "ref": ref,
            "duration": duration,
            "tests": testResults or _renderables.renderer(_tests_of),
        }
        if generators is None:
            start = MessageFormatterRenderable("Build started." if startDescription is None else startDescription)
            end = MessageFormatterRenderable("Build done." if endDescription is None else endDescription)
            generators = [_generators.BuildStartEndStatusGenerator(start_formatter=start, end_formatter=end)]
        headers = {}
        if token is not None:
            headers["Authorization"] = _renderables.SecretText(_interpolate.Interpolate("Bearer %(kw:t)s", t=token))
        self._http = _client.HTTPClientService(base_url, auth=auth, headers=headers, verify=verify)
        return super().reconfigService(generators=generators, **kwargs)

    def sendMessage(self, reports: list[Data]) -> Promise:
        return _waiting.promise(self._send(reports[0]))

    async def _send(self, report: Data) -> None:
        build = report["builds"][0]
        props = Properties.of_build(build, self.master)
        said = {name: await _renderables.render(value, props) for name, value in self._words.items()}
        parent = (build.get("parentbuilder") or {}).get("name")
        name = said["name"]
        if not name:
            name = f"{props.getProperty('buildername')} #{props.getProperty('buildnumber') or '(build request)'}"
            if parent:
                parent_number = build["parentbuild"]["number"]
                name = f"{parent} #{parent_number} \N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK} {name}"
        status = {
            "state": _STATES[build["results"]] if build.get("complete") else "INPROGRESS",
            "url": build.get("url"),
            "key": said["key"],
            "buildNumber": said["number"],
            "description": report.get("body"),
            "parent": said["parent"] or parent or build["builder"]["name"],
            "name": name + (said["suffix"] or ""),
        }
        if build.get("complete"):
            status.update(duration=said["duration"] or _milliseconds(build), testResults=said["tests"])
        for stamp in build["buildset"].get("sourcestamps") or ():
            place = _REPOSITORY.fullmatch(stamp.get("repository") or "")
            if place and all(map(_client.is_name, place.groups())) and _client.is_commit(stamp.get("revision")):
                own = {**status, "ref": said["ref"] or _ref_of(stamp.get("branch"))}
                own = {name: value for name, value in own.items() if value is not None}
                project, repository = place.groups()
                path = f"/rest/api/1.0/projects/{project}/repos/{repository}/commits/{stamp['revision']}/builds"
                await _waiting.settle(self._http.post(path, json=own))


def _milliseconds(build: Data) -> int | None:
    began, ended = build.get("started_at"), build.get("complete_at")
    return int((ended - began).total_seconds() * 1000) if began and ended else None


def _ref_of(branch: str | None) -> str | None:
    if not branch:
        return None
    return branch if branch.startswith("refs/") else "refs/heads/" + branch


def make_class(reporter_base: type) -> type:
    """The class, on top of ReporterBase."""
    return type("BitbucketServerCoreAPIStatusPush", (_Methods, reporter_base), {"__module__": _Methods.__module__})
