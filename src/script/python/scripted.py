"""Reporters whose class sends by itself: `send` and `createStatus` of the user's, as Buildbot calls them.

What such a method sends is written down instead, and becomes deliveries of the program (reporter/common/scripted.hpp): the
ledger keeps them, they are tried again, and their order stays.
"""

import re

from carillon import _details, _interpolate, _mail, _master, _overrides, _records, _renderables, _session, _waiting
from carillon._client import HTTPClientService, text_of, value_of
from carillon._places import ConfigurationError
from carillon._properties import Properties


def _argument(self, name, default=None):
    args, kwargs = self._carillon_call
    names = list(self._carillon_schema["arguments"])
    index = names.index(name) if name in names else len(args)
    value = kwargs.get(name, args[index] if index < len(args) else None)
    return default if value is None else value


# -- GitHub ------------------------------------------------------------------

_GITHUB_STATES = ("success", "success", "failure", "success", "error", "pending", "error")
_PULL = re.compile(r"refs/pull/(\d+)/")


def _push_http(self):
    login = (_argument(self, "user"), _argument(self, "password")) if _argument(self, "user") else _argument(self, "auth")
    return HTTPClientService(_argument(self, "serverUrl"), auth=login, verify=_argument(self, "verify", True))


def _github_http(self):
    token = text_of(_argument(self, "token"))
    if not isinstance(token, str):
        raise ConfigurationError("a reporter that sends by itself needs a token that is a text or a util.Secret")
    base = _argument(self, "baseURL", "https://api.github.com")
    headers = {"Authorization": "token " + token, "Accept": "application/vnd.github.v3+json"}
    return HTTPClientService(base, headers=headers)


def _github_status(
    self, repo_user, repo_name, sha, state, target_url=None, context=None, issue=None, description=None
):
    body = {"state": state}
    for name, value in (("description", description), ("target_url", target_url), ("context", context)):
        if value is not None:
            body[name] = value
    return self._http.post("/repos/%s/%s/statuses/%s" % (repo_user, repo_name, sha), json=body)


def _github_comment(
    self, repo_user, repo_name, sha, state, target_url=None, context=None, issue=None, description=None
):
    return self._http.post(
        "/repos/%s/%s/issues/%s/comments" % (repo_user, repo_name, issue), json={"body": description}
    )


async def _github_send(self, build, words=None):
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
        if not owner or not sha:
            continue
        more = {"props": props} if "props" in _mail.named(self.createStatus) else {}
        sent = self.createStatus(
            repo_user=owner, repo_name=repo, sha=sha, state=state, target_url=build.get("url"),
            context=context, issue=issue, description=description, **more,
        )
        await _waiting.settle(sent)


def _built_revision(props, stamp, only):
    """What a forced or nightly build has built: `got_revision`, a text or a dictionary by codebase."""
    got = props.getProperty("got_revision")
    codebase = stamp.get("codebase") or ""
    if isinstance(got, dict):
        return got.get(codebase) or (next(iter(got.values())) if only and len(got) == 1 else None)
    return got if only or not codebase else None


def _github_issue(props):
    pull = _PULL.search(props.getProperty("branch") or "")
    return pull[1] if pull else None


def _no_http(self):
    name = self._carillon_schema["name"]
    text = "%s of your own has no self._http here; super().send(build) sends in its words" % name
    raise ConfigurationError(text, self._carillon_where)


_DEFAULTS = {
    "startDescription": "Build started.",
    "endDescription": "Build done.",
    "context": _interpolate.Interpolate("buildbot/%(prop:buildername)s"),
}
# Class -> (what `_http` is, createStatus, send in terms of createStatus).
_KNOWN = {
    "GitHubStatusPush": (_github_http, _github_status, _github_send),
    "GitHubCommentPush": (_github_http, _github_comment, _github_send),
    "HttpStatusPush": (_push_http, None, None),
}
_OTHERS = (_no_http, None, None)
# Classes of Buildbot's that send nothing by themselves -> the method that a user's class defines.
BASES = {"HttpStatusPushBase": "send", "ReporterBase": "sendMessage"}
_SETTING_UP = ("checkConfig", "reconfigService", "setDefaults")
_HARMLESS = ("name", "debug", "verify")  # what Buildbot's bases take besides


def sends(schema):
    """Whether classes of the user's may send by themselves."""
    return "send" in schema["methods"]


def bases(schema):
    """What the class of a reporter has besides its arguments."""
    if sends(schema):
        return (Sending,)
    found = _mail.bases(schema)
    return (*found, Service) if found else ()


def called(schema):
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

    def checkConfig(self, *args, **kwargs):
        pass

    def reconfigService(self, *args, **kwargs):
        """The arguments that a class passes on are those that count."""
        kwargs.pop("name", None)
        if self._carillon_schema["name"] in BASES:
            self.debug, self.verify = kwargs.get("debug"), kwargs.get("verify")
            names = self._carillon_schema["arguments"]
            for name in kwargs:
                if name not in names and name not in _HARMLESS:
                    text = "%s passes on %s=..., which %s does not take; it is ignored, as in Buildbot" % (
                        type(self).__name__, name, self._carillon_schema["name"])
                    _session.active().warn(text, self._carillon_where)
            wants = {**self.neededDetails, **kwargs}
            kwargs = {name: value for name, value in wants.items() if name in names and value is not None}
        self._carillon_call = (args, kwargs)
        if _overrides.overrides(self, "setDefaults"):
            names = ("context", "startDescription", "endDescription")
            self.setDefaults(*(_argument(self, name) for name in names))
        return _waiting.promise(value_of(None))

    def renderSecrets(self, *values):
        return _waiting.promise(self._carillon_rendered(values))

    async def _carillon_rendered(self, values):
        texts = [text_of(await _renderables.render(value, Properties())) for value in values]
        return texts[0] if len(texts) == 1 else texts


class Sending(Service):
    """What the generated classes above have besides: the methods that the user's may call."""

    @property
    def _http(self):
        found = self.__dict__.get("_carillon_http")
        name = self._carillon_schema["name"]
        if found is None and name not in BASES:
            found = self.__dict__["_carillon_http"] = _KNOWN.get(name, _OTHERS)[0](self)
        return found

    @_http.setter
    def _http(self, value):
        self.__dict__["_carillon_http"] = value

    def send(self, build):
        return _waiting.promise(self._carillon_send(build))

    async def _carillon_send(self, build):
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

    def _carillon_in_parts(self):
        return any(_overrides.overrides(self, name) for name in ("createStatus", "_extract_issue"))

    def _extract_issue(self, props):
        return _github_issue(props)

    def _get_auth_header(self, props):
        return _waiting.promise(value_of({}))  # every request has the login already

    def sendMessage(self, reports):
        return _waiting.promise(self._carillon_send_message(reports))

    def is_status_2xx(self, code):
        return code // 100 == 2

    isStatus2XX = is_status_2xx

    async def _carillon_send_message(self, reports):
        if self._carillon_schema["name"] in BASES:
            return
        known = _KNOWN.get(self._carillon_schema["name"], _OTHERS)
        for report in reports:
            if known[2] is not None and self._carillon_in_parts():
                await known[2](self, report["builds"][-1], report.get("body"))
            else:
                _records.report(report)

    def createStatus(self, repo_user, repo_name, sha, state, *args, **kwargs):
        kwargs.pop("props", None)
        if args and (isinstance(args[0], Properties) or len(args) > 4):
            args = args[1:]  # as Buildbot has it since 4.1
        create = _KNOWN.get(self._carillon_schema["name"], _OTHERS)[1]
        if create is None:
            raise ConfigurationError("%s has no createStatus here" % self._carillon_schema["name"])
        return create(self, repo_user, repo_name, sha, state, *args, **kwargs)

    def setDefaults(self, context, startDescription, endDescription):
        pass

    def filterBuilds(self, build):
        return True  # the rule of the program has let it pass

    async def _carillon_compose(self, build):
        """What the program asks: what send() sends of the build, written down."""
        return await _records.written_down(self.send, build)

    async def _carillon_compose_report(self, report, builds):
        """The same of what a generator made."""
        _details.posted.set(builds)
        builds = report.get("builds") or builds
        report.update(builds=builds, results=builds[-1].get("results"), users=report.get("users") or [])
        report.setdefault("buildset", builds[-1].get("buildset"))
        report.update(_mail.added(report, builds))
        return await _records.written_down(self.sendMessage, [report])

    async def _carillon_request(self, kept):
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


def default_of(self, name):
    """What Buildbot has where the argument is not given."""
    schema = self._carillon_schema
    usual = _DEFAULTS.get(name) if sends(schema) and name in _DEFAULTS else schema["defaults"].get(name)
    return _argument(self, name, usual)


def set_up(value):
    """Calls what Buildbot calls before a reporter's first report, where the user's class has it."""
    name = value._carillon_schema["name"]
    if not called(value._carillon_schema):
        return
    needed = BASES.get(name)
    if needed and not _overrides.overrides(value, needed):
        text = "%s does not define %s, so it would report nothing" % (type(value).__name__, needed)
        raise ConfigurationError(text, value._carillon_where)
    ours = {step for step in _SETTING_UP if _overrides.overrides(value, step)}
    if not ours and not needed:
        return
    args, kwargs = value._carillon_call
    before = _master.current.set(_master.MasterProxy("", _session.active()))
    try:
        for step in ("checkConfig", "reconfigService"):
            made = getattr(value, step)(*args, **kwargs)
            _waiting.at_once(made, "%s.%s" % (type(value).__name__, step))
    finally:
        _master.current.reset(before)
    _take_over(value)
    if name == "ReporterBase" and not value._carillon_call[1].get("generators"):
        raise ConfigurationError("%s has no generators=, so it would report nothing" % type(value).__name__,
                                 value._carillon_where)


def _take_over(value):
    """What setting up has put on self counts like an argument, as in Buildbot."""
    names = [name for name in _DEFAULTS if name in value._carillon_schema["arguments"]]
    put = {name: value.__dict__[name] for name in names if value.__dict__.get(name) is not None}
    if put and sends(value._carillon_schema) and not value._carillon_in_parts():
        args, kwargs = value._carillon_call
        kwargs = {**dict(zip(value._carillon_schema["arguments"], args)), **kwargs, **put}
        value._carillon_call = ((), kwargs)
