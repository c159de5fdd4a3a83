"""HTTPClientService: an address that reporters of the configuration send to. What changes something is written down."""

from __future__ import annotations

import base64
import http.client
import json
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from carillon import _records, _renderables, _session, _standins, _times, _waiting
from carillon._places import ConfigurationError
from carillon._types import Data, Promise

may_ask = True  # False: `carillon check` asks nobody
_TIME_TO_ASK = 10  # seconds
_MOST_READ = 4 << 20  # bytes
_SECRET = re.compile("authorization|cookie|token|key|secret", re.IGNORECASE)
_NAME = re.compile(r"~?(?=[\w.-]*[\w-])[\w.-]+", re.ASCII)
_COMMIT = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|(?!\d+\Z)[0-9a-fA-F]{7,39}")


def is_name(text: Any) -> bool:
    """Whether it may stand for an owner or a repository in a path. Whoever posts a build chooses it: "..", "a?b" and
    the like would lead the reporter's login elsewhere."""
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


def in_path(text: Any) -> str:
    """The text as one part of a path, whatever stands in it."""
    quoted = urllib.parse.quote(str(text), safe="~")
    if not quoted.strip("."):
        raise ValueError(f"{text!r} cannot be a part of an address")
    return quoted


def is_commit(text: Any) -> bool:
    """The same for a commit: a whole hash, or an abbreviated one."""
    return isinstance(text, str) and _COMMIT.fullmatch(text) is not None


class Response:
    """The answer to a request. One that is kept has this one for now: the program sends it afterwards."""

    def __init__(self, code: int = 200, content: Any = b"{}") -> None:
        self.code, self._content = code, content

    def content(self) -> Promise:
        return _waiting.promise(value_of(self._content))

    def json(self) -> Promise:
        return _waiting.promise(value_of(json.loads(self._content)))


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None  # what goes along is for this host


def _fetch(url: str, headers: dict[str, Any], verify: Any) -> Response:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    handlers = urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context), _NoRedirects()
    try:
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.build_opener(*handlers).open(request, timeout=_TIME_TO_ASK) as answer:
            return Response(answer.status, answer.read(_MOST_READ))
    except urllib.error.HTTPError as error:
        with error:
            return Response(error.code, error.read(_MOST_READ))
    except (OSError, http.client.HTTPException) as error:
        place = urllib.parse.urlsplit(url)
        reason = getattr(error, "reason", error)
        raise _records.TryAgain(f"GET {place.scheme}://{place.hostname}: {reason}") from None


async def value_of(value: Any) -> Any:
    return value


class HTTPClientService:
    """An address with what goes along; its requests become deliveries."""

    def __init__(
        self,
        base_url: str,
        auth: Any = None,
        headers: dict[str, Any] | None = None,
        debug: bool | None = False,
        verify: Any = True,
        **_: Any,
    ) -> None:
        self._carillon_session = _session.active()
        self._carillon_base = (base_url.rstrip("/"), auth, dict(headers or {}), verify is not False)

    @classmethod
    def getService(cls, master: Any, base_url: str, *args: Any, **kwargs: Any) -> Promise:
        return _waiting.promise(value_of(cls(base_url, *args, **kwargs)))

    @staticmethod
    def checkAvailable(name: str) -> None:
        pass

    def updateHeaders(self, headers: dict[str, Any]) -> None:
        self._carillon_base[2].update(headers)

    def get(self, ep: str, params: Any = None, headers: dict[str, Any] | None = None, **_: Any) -> Promise:
        """Asked at once, within ten seconds: only a request that changes something is kept."""
        if params:
            ep += ("&" if "?" in ep else "?") + urllib.parse.urlencode(params)
        return _waiting.promise(self._asked(ep, headers))

    async def _asked(self, ep: str, headers: dict[str, Any]) -> Any:
        base, auth, ours, verify = self._carillon_base
        if not may_ask:
            raise ConfigurationError(f"no server is asked here for {ep.partition('?')[0]}")
        if self._carillon_session.allowed_networks:
            raise ConfigurationError("c['allowedNetworks'] is set, so a reporter of your own cannot ask others")
        every = {name: str(text_of(value)) for name, value in {**ours, **(headers or {})}.items()}
        if auth:
            login = ":".join(text_of(one) for one in auth)
            every["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
        return await _waiting.loop.run_in_executor(None, _fetch, base + ep, every, verify)

    def post(self, ep: str, **kwargs: Any) -> Any:
        return self._keep("POST", ep, **kwargs)

    def put(self, ep: str, **kwargs: Any) -> Any:
        return self._keep("PUT", ep, **kwargs)

    def patch(self, ep: str, **kwargs: Any) -> Any:
        return self._keep("PATCH", ep, **kwargs)

    def delete(self, ep: str, **kwargs: Any) -> Any:
        return self._keep("DELETE", ep, **kwargs)

    def _keep(
        self,
        method: str,
        ep: str,
        params: Any = None,
        headers: dict[str, Any] | None = None,
        data: Any = None,
        json: Any = None,
        timeout: float | None = None,
        **others: Any,
    ) -> Promise:
        for name in others:
            text = f"{method.lower()}({name}=...) is not taken; a login, headers and verify belong into "
            raise ConfigurationError(text + "HTTPClientService.getService(...)")
        if not ep.startswith(("/", "?")) and ep:
            raise ConfigurationError(f"{ep!r}: the address must begin with /")
        for name in headers or ():
            if _SECRET.search(name):
                text = f"the header {name} would be kept: give it to HTTPClientService.getService(..., headers=...)"
                raise ConfigurationError(text)
        if params:
            ep += ("&" if "?" in ep else "?") + urllib.parse.urlencode(params)
        kept = {"method": method, "path": ep, "headers": dict(headers or {})}
        kept.update(_body(data, json))
        for part in (kept["path"], kept["body"]):
            if _standins.MARK in part:
                name = _standins.named_in(part)
                raise ConfigurationError(f"the request holds a name of Buildbot that does nothing here: {name}")
        self._carillon_session.hide_secrets(kept)
        _records.add({"request": kept, "base": self._carillon_base[0]})
        return _waiting.promise(value_of(Response()))


def _body(data: Any, value: Any) -> Data:
    if value is not None:
        return {"body": json.dumps(value, default=_times.to_json), "type": "application/json"}
    if data is None:
        return {"body": "", "type": ""}
    if isinstance(data, (bytes, str)):
        if isinstance(data, str):
            return {"body": data, "type": ""}
        try:
            return {"body": data.decode(), "type": ""}
        except UnicodeDecodeError:
            return {"body": base64.b64encode(data).decode(), "type": "", "binary": True}
    return {"body": urllib.parse.urlencode(data, doseq=True), "type": "application/x-www-form-urlencoded"}


def text_of(value: Any) -> Any:
    return value.reveal() if isinstance(value, _renderables.Secret) else value


class HTTPSession(HTTPClientService):
    """The same, as it is called since Buildbot 4.1."""

    def __init__(self, http: Any, base_url: str, **kwargs: Any) -> None:
        super().__init__(base_url, **kwargs)


NAMES = {"HTTPClientService": HTTPClientService, "HTTPSession": HTTPSession}
