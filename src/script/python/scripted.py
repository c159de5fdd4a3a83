"""Reporters whose class sends by itself: `send` and `createStatus` of the user's, as Buildbot calls them.

What such a method sends is written down instead, and becomes deliveries of the program: the
ledger keeps them, they are tried again, and their order stays.
"""

from __future__ import annotations

import re
from typing import Any

from carillon import _details, _interpolate, _mail, _master, _overrides, _records, _renderables, _session, _waiting
from carillon._client import HTTPClientService, in_path, is_commit, is_name, text_of, value_of
from carillon._places import ConfigurationError
from carillon._properties import Properties
from carillon._types import Data, Promise


def _argument(self: Any, name: str, default: Any = None) -> Any:
    args, kwargs = self._carillon_call
    names = list(self._carillon_schema["arguments"])
    index = names.index(name) if name in names else len(args)
    value = kwargs.get(name, args[index] if index < len(args) else None)
    return default if value is None else value


# -- GitHub ------------------------------------------------------------------

_GITHUB_STATES = ("success", "success", "failure", "success", "error", "pending", "error")
_PULL = re.compile(r"refs/pull/(\d+)/")


def _push_http(self: Any) -> HTTPClientService:
    login = (
        (_argument(self, "user"), _argument(self, "password")) if _argument(self, "user") else _argument(self, "auth")
    )
    return HTTPClientService(_argument(self, "serverUrl"), auth=login, verify=_argument(self, "verify", True))


def _github_http(self: Any) -> HTTPClientService:
    token = text_of(_argument(self, "token"))
    if not isinstance(token, str):
        raise ConfigurationError("a reporter that sends by itself needs a token that is a text or a util.Secret")
    base = _argument(self, "baseURL", "https://api.github.com")
    headers = {"Authorization": "token " + token, "Accept": "application/vnd.github.v3+json"}
    return HTTPClientService(base, headers=headers)


def _github_create(
    self: Any,
    repo_user: str,
    repo_name: str,
    sha: str,
    state: str,
    target_url: str | None = None,
    context: Data | None = None,
    issue: Any = None,
    description: str | None = None,
) -> Any:
    """createStatus of both classes: a status, or a comment."""
    repository = f"/repos/{in_path(repo_user)}/{in_path(repo_name)}"
    if self._carillon_schema["name"] == "GitHubCommentPush":
        return self._http.post(f"{repository}/issues/{in_path(issue)}/comments", json={"body": description})
    words = {"description": description, "target_url": target_url, "context": context}
    body = {"state": state, **{name: value for name, value in words.items() if value is not None}}
    return self._http.post(f"{repository}/statuses/{in_path(sha)}", json=body)


async def _github_send(self: Any, build: Data, words: str | None = None) -> None:
    """What send() and sendMessage() do where a part of them is the user's: createStatus for each commit.
    words: what a generator made, instead of the descriptions."""
    complete = bool(build.get("complete"))
    props = Properties.of_build(build, self.master)
    context = await _renderables.render(self.context, props)
    description = words
    if description is None:
        description = await _renderables.render(self.endDescription if complete else self.startDescription, props)
    state = _GITHUB_STATES[build["results"]] if complete else "pending"
    issue = self._extract_issue(props)
    stamps = build["buildset"].get("sourcestamps") or ()
    for stamp in stamps:
        sha = stamp.get("revision") or _built_revision(props, stamp, len(stamps) == 1)
        owner, _, repo = (stamp.get("project") or "").partition("/")
        if not repo:
            from carillon._utilities import giturlparse

            parts = giturlparse(stamp.get("repository") or "")
            owner, repo = (parts.owner, parts.repo) if parts is not None else (None, None)
        if not is_name(owner) or not is_name(repo) or not is_commit(sha):
            continue
        more = {"props": props} if "props" in _mail.named(self.createStatus) else {}
        sent = self.createStatus(
            repo_user=owner,
            repo_name=repo,
            sha=sha,
            state=state,
            target_url=build.get("url"),
            context=context,
            issue=issue,
            description=description,
            **more,
        )
        await _waiting.settle(sent)


def _built_revision(props: Properties, stamp: Data, only: bool) -> Any:
    """What a forced or nightly build has built: `got_revision`, a text or a dictionary by codebase."""
    got = props.getProperty("got_revision")
    codebase = stamp.get("codebase") or ""
    if isinstance(got, dict):
        return got.get(codebase) or (next(iter(got.values())) if only and len(got) == 1 else None)
    return got if only or not codebase else None


def _github_issue(props: Properties) -> Any:
    pull = _PULL.search(props.getProperty("branch") or "")
    return pull[1] if pull else None


def _no_http(self: Any) -> None:
    name = self._carillon_schema["name"]
    text = f"{name} of your own has no self._http here; super().send(build) sends in its words"
    raise ConfigurationError(text, self._carillon_where)


_DEFAULTS = {
    "startDescription": "Build started.",
    "endDescription": "Build done.",
    "context": _interpolate.Interpolate("buildbot/%(prop:buildername)s"),
}
# Class -> (what `_http` is, createStatus, send in terms of createStatus).
_KNOWN = {
    "GitHubStatusPush": (_github_http, _github_create, _github_send),
    "GitHubCommentPush": (_github_http, _github_create, _github_send),
    "HttpStatusPush": (_push_http, None, None),
}
_OTHERS = (_no_http, None, None)
# Classes of Buildbot's that send nothing by themselves -> the method that a user's class defines.
BASES = {"HttpStatusPushBase": "send", "ReporterBase": "sendMessage"}
_SETTING_UP = ("checkConfig", "reconfigService", "setDefaults")
_HARMLESS = ("name", "debug", "verify")  # what Buildbot's bases take besides


def sends(schema: Data) -> bool:
    """Whether classes of the user's may send by themselves."""
    return "send" in schema["methods"]


def bases(schema: Data) -> tuple[type, ...]:
    """What the class of a reporter has besides its arguments."""
    if sends(schema):
        return (Sending,)
    found = _mail.bases(schema)
    return (*found, Service) if found else ()


def called(schema: Data) -> list[str]:
    """The methods that a subclass of the reporter may override besides those that the program calls itself."""
    if not sends(schema) and not _mail.is_notifier(schema):
        return []
    found = ["checkConfig", "reconfigService"]
    if schema["name"] in _KNOWN and _KNOWN[schema["name"]][1]:
        found += ["createStatus", "setDefaults", "_extract_issue"]
    return found


class Service:
    """How a class of the user's passes on what it takes."""

    neededDetails = {}

    def checkConfig(self, *args: Any, **kwargs: Any) -> None:
        pass

    def reconfigService(self, *args: Any, **kwargs: Any) -> Promise:
        """The arguments that a class passes on are those that count."""
        kwargs.pop("name", None)
        if self._carillon_schema["name"] in BASES:
            self.debug, self.verify = kwargs.get("debug"), kwargs.get("verify")
            names = self._carillon_schema["arguments"]
            for name in kwargs:
                if name not in names and name not in _HARMLESS:
                    base = self._carillon_schema["name"]
                    text = f"{type(self).__name__} passes on {name}=..., which {base} does not take; it is ignored, "
                    text += "as in Buildbot"
                    _session.active().warn(text, self._carillon_where)
            wants = {**self.neededDetails, **kwargs}
            kwargs = {name: value for name, value in wants.items() if name in names and value is not None}
        self._carillon_call = (args, kwargs)
        if _overrides.overrides(self, "setDefaults"):
            names = ("context", "startDescription", "endDescription")
            self.setDefaults(*(_argument(self, name) for name in names))
        return _waiting.promise(value_of(None))

    def renderSecrets(self, *values: Any) -> Promise:
        return _waiting.promise(self._carillon_rendered(values))

    async def _carillon_rendered(self, values: Any) -> Any:
        texts = [text_of(await _renderables.render(value, Properties())) for value in values]
        return texts[0] if len(texts) == 1 else texts


class Sending(Service):
    """What the generated classes above have besides: the methods that the user's may call."""

    @property
    def _http(self) -> Any:
        found = self.__dict__.get("_carillon_http")
        name = self._carillon_schema["name"]
        if found is None and name not in BASES:
            found = self.__dict__["_carillon_http"] = _KNOWN.get(name, _OTHERS)[0](self)
        return found

    @_http.setter
    def _http(self, value: Any) -> None:
        self.__dict__["_carillon_http"] = value

    def send(self, build: Data) -> Promise:
        return _waiting.promise(self._carillon_send(build))

    async def _carillon_send(self, build: Data) -> None:
        name = self._carillon_schema["name"]
        if name in BASES:
            return
        known = _KNOWN.get(name, _OTHERS)
        if known[2] is not None and self._carillon_in_parts():
            await known[2](self, build)
            return
        entry = {"own": dict(build)}
        name = "endDescription" if build.get("complete") else "startDescription"
        if name in self.__dict__ and name in self._carillon_schema["arguments"]:
            props = Properties.of_build(build, self.master)
            body = await _renderables.render(self.__dict__[name], props)
            entry["report"] = {"body": body, "type": "plain"}
        context = self.__dict__.get("context")
        if context is not None and context is not _argument(self, "context"):
            raise ConfigurationError("self.context is set too late; give context=... to super().__init__()")
        _records.add(entry)

    def _carillon_in_parts(self) -> bool:
        return any(_overrides.overrides(self, name) for name in ("createStatus", "_extract_issue"))

    def _extract_issue(self, props: Properties) -> Any:
        return _github_issue(props)

    def _get_auth_header(self, props: Properties) -> Promise:
        return _waiting.promise(value_of({}))  # every request has the login already

    def sendMessage(self, reports: list[Data]) -> Promise:
        return _waiting.promise(self._carillon_send_message(reports))

    def is_status_2xx(self, code: int) -> bool:
        return code // 100 == 2

    isStatus2XX = is_status_2xx

    async def _carillon_send_message(self, reports: list[Data]) -> None:
        if self._carillon_schema["name"] in BASES:
            return
        known = _KNOWN.get(self._carillon_schema["name"], _OTHERS)
        for report in reports:
            if known[2] is not None and self._carillon_in_parts():
                await known[2](self, report["builds"][-1], report.get("body"))
            else:
                _records.report(report)

    def createStatus(self, repo_user: str, repo_name: str, sha: str, state: str, *args: Any, **kwargs: Any) -> Any:
        kwargs.pop("props", None)
        if args and (isinstance(args[0], Properties) or len(args) > 4):
            args = args[1:]  # as Buildbot has it since 4.1
        create = _KNOWN.get(self._carillon_schema["name"], _OTHERS)[1]
        if create is None:
            raise ConfigurationError(f"{self._carillon_schema['name']} has no createStatus here")
        return create(self, repo_user, repo_name, sha, state, *args, **kwargs)

    def setDefaults(self, context: Data, startDescription: Any, endDescription: Any) -> None:
        pass

    def filterBuilds(self, build: Data) -> bool:
        return True  # the rule of the program has let it pass

    async def _carillon_compose(self, build: Data) -> Any:
        """What the program asks: what send() sends of the build, written down."""
        return await _records.written_down(self.send, build)

    async def _carillon_compose_report(self, report: Data, builds: list[Data]) -> Any:
        """The same of what a generator made."""
        _details.posted.set(builds)
        builds = report.get("builds") or builds
        report.update(builds=builds, results=builds[-1].get("results"), users=report.get("users") or [])
        report.setdefault("buildset", builds[-1].get("buildset"))
        report.update(_mail.added(report, builds))
        return await _records.written_down(self.sendMessage, [report])

    async def _carillon_request(self, kept: Data) -> Data:
        """What goes along with a request that was written down, and is no business of the ledger."""
        base, auth, headers, verify = self._http._carillon_base
        session = self._http._carillon_session
        headers = {**headers, **kept["headers"]}
        if kept["type"]:
            headers.setdefault("Content-Type", kept["type"])
        headers = [[name, session.show_secrets(kept, str(text_of(value)))] for name, value in headers.items()]
        login = [text_of(one) for one in auth] if auth else None
        path, body = (session.show_secrets(kept, kept[name]) for name in ("path", "body"))
        return {"base": base, "path": path, "body": body, "headers": headers, "auth": login, "verify": verify}


def default_of(self: Any, name: str) -> Any:
    """What Buildbot has where the argument is not given."""
    schema = self._carillon_schema
    usual = _DEFAULTS.get(name) if sends(schema) and name in _DEFAULTS else schema["defaults"].get(name)
    return _argument(self, name, usual)


def set_up(value: Any) -> None:
    """Calls what Buildbot calls before a reporter's first report, where the user's class has it."""
    name = value._carillon_schema["name"]
    if not called(value._carillon_schema):
        return
    needed = BASES.get(name)
    if needed and not _overrides.overrides(value, needed):
        text = f"{type(value).__name__} does not define {needed}, so it would report nothing"
        raise ConfigurationError(text, value._carillon_where)
    ours = {step for step in _SETTING_UP if _overrides.overrides(value, step)}
    if not ours and not needed:
        return
    args, kwargs = value._carillon_call
    before = _master.current.set(_master.MasterProxy("", _session.active()))
    try:
        for step in ("checkConfig", "reconfigService"):
            made = getattr(value, step)(*args, **kwargs)
            _waiting.at_once(made, f"{type(value).__name__}.{step}")
    finally:
        _master.current.reset(before)
    _take_over(value)
    if name == "ReporterBase" and not value._carillon_call[1].get("generators"):
        raise ConfigurationError(
            f"{type(value).__name__} has no generators=, so it would report nothing", value._carillon_where
        )


def _take_over(value: Any) -> None:
    """What setting up has put on self counts like an argument, as in Buildbot."""
    names = [name for name in _DEFAULTS if name in value._carillon_schema["arguments"]]
    put = {name: value.__dict__[name] for name in names if value.__dict__.get(name) is not None}
    if put and sends(value._carillon_schema) and not value._carillon_in_parts():
        args, kwargs = value._carillon_call
        kwargs = {**dict(zip(value._carillon_schema["arguments"], args)), **kwargs, **put}
        value._carillon_call = ((), kwargs)
