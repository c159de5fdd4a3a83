"""Strict stand-ins for HipChat, Zulip, Pushover, Pushjet and Slack.

Each refuses, with the service's own status and error body, what the service's documentation
does not allow: an unknown path or field, a wrong type, a text over its limit, a wrong key.
What was accepted is in `messages`, what was not in `refused` (the reasons).
"""

import json
import re
import urllib.parse

from carillon_test.http_sink import Answer, HttpSink
from carillon_test.waiting import PATIENCE, wait_for


class Refusal(Exception):
    """The request is wrong; `status` is the HTTP status."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status
        self.text = text


class ChatFake(HttpSink):
    """Scripted answers (HttpSink.script) come before the service's own."""

    def __init__(self):
        self._messages = []
        self.refused = []
        super().__init__()

    @property
    def messages(self):
        """Those so far: what one of them has changed is there, too."""
        with self._lock:
            return list(self._messages)

    def wait_for_messages(self, count, timeout=PATIENCE):
        """The first `count` accepted messages, once there are that many."""
        return wait_for(
            lambda: len(self.messages) >= count and self.messages[:count],
            lambda: f"{count} messages; there are {len(self.messages)}, refused: {self.refused}",
            timeout,
        )

    def accept(self, request):
        """The answer to a right request, and what is kept of it; Refusal for a wrong one."""
        raise NotImplementedError

    def refusal(self, error):
        """The service's answer to a wrong request."""
        raise NotImplementedError

    def _take(self, request):
        with self._lock:
            self.requests.append(request)
            if self._script:
                return self._script.pop(0)
            try:
                answer, message = self.accept(request)
            except Refusal as error:
                self.refused.append(error.text)
                return self.refusal(error)
            self._messages.append(message)
            return answer


def _answer(status, body, kind="application/json", **headers):
    data = body if isinstance(body, str) else json.dumps(body)
    return Answer(status, {"Content-Type": kind, **headers}, data.encode())


def _split(request):
    """The path and the query as a dict; a doubled parameter is refused."""
    path, _, query = request.path.partition("?")
    return path, _fields(query, "query")


def _fields(text, where):
    try:
        pairs = urllib.parse.parse_qsl(text, True, strict_parsing=bool(text), errors="strict")
    except ValueError as error:
        raise Refusal(400, f"{where}: {error}") from None
    if len(dict(pairs)) != len(pairs):
        raise Refusal(400, f"{where}: a parameter is given twice")
    return dict(pairs)


def _need(condition, text, status=400):
    if not condition:
        raise Refusal(status, text)


def _json_object(request):
    _need(request.headers.get("Content-Type", "").split(";")[0] == "application/json", "not JSON by its type")
    try:
        body = json.loads(request.body.decode("utf-8"))
    except ValueError as error:
        raise Refusal(400, f"not JSON: {error}") from None
    _need(isinstance(body, dict), "not an object")
    return body


def _form(request):
    kind = request.headers.get("Content-Type", "").split(";")[0]
    _need(kind == "application/x-www-form-urlencoded", f"not a form by its type: {kind}")
    return _fields(request.body.decode("ascii"), "form")


def _text(body, name, low, high, required=True):
    if name not in body and not required:
        return
    value = body.get(name)
    _need(isinstance(value, str), f"{name} is no text")
    _need(low <= len(value) <= high, f"{name} has {len(value)} characters, allowed are {low} to {high}")


def _known(body, *names):
    _need(not set(body) - set(names), f"unknown: {sorted(set(body) - set(names))}")


class HipChatFake(ChatFake):
    """API v2. Messages are (kind, id, body): ("room", "Builds", {...})."""

    token = "hipchat-t0ken"
    _path = re.compile(r"/v2/(?:user/([^/]+)/message|room/([^/]+)/notification)\Z")

    def accept(self, request):
        path, query = _split(request)
        _need(request.method == "POST", "not a POST", 405)
        found = self._path.match(path)
        _need(found, f"no such resource: {path}", 404)
        _known(query, "auth_token")
        _need(query.get("auth_token") == self.token, "wrong token", 401)
        body = _json_object(request)
        _known(body, "message", "color", "notify", "message_format", "from", "card", "attach_to")
        _text(body, "message", 1, 10000)
        _text(body, "from", 1, 64, required=False)
        _need(body.get("color", "gray") in ("yellow", "green", "red", "purple", "gray", "random"), "wrong color")
        _need(isinstance(body.get("notify", False), bool), "notify is no boolean")
        _need(body.get("message_format", "html") in ("html", "text"), "wrong message_format")
        user, room = found.groups()
        kind, name = ("user", user) if user else ("room", room)
        return Answer(204), (kind, urllib.parse.unquote(name), body)

    def refusal(self, error):
        return _answer(error.status, {"error": {"code": error.status, "type": "Bad", "message": error.text}})


class ZulipFake(ChatFake):
    """The webhook of the Buildbot integration. Messages are (stream or None, body)."""

    key = "zulipApiKey0123456789"

    def accept(self, request):
        path, query = _split(request)
        _need(path == "/api/v1/external/buildbot", f"no such path: {path}", 404)
        _need(request.method == "POST", "not a POST", 405)
        _need(query.get("api_key") == self.key, "Invalid API key", 401)
        _known(query, "api_key", "stream")
        _need(query.get("stream", "x") != "", "stream is empty")
        body = _json_object(request)
        event = body.get("event")
        _need(event in ("new", "finished"), f"event is {event!r}")
        names = ["event", "buildid", "buildername", "url", "project", "timestamp"]
        names += ["results"] if event == "finished" else []
        _need(sorted(body) == sorted(names), f"fields are {sorted(body)}")
        for name in ("buildername", "url", "project"):
            _text(body, name, 0, 10000)
        for name in ("buildid", "timestamp", *names[6:]):
            _need(type(body[name]) is int, f"{name} is no integer")
        _need(0 <= body.get("results", 0) <= 6, "results out of range")
        return _answer(200, {"result": "success", "msg": ""}), (query.get("stream"), body)

    def refusal(self, error):
        code = "INVALID_API_KEY" if error.status == 401 else "BAD_REQUEST"
        return _answer(error.status, {"result": "error", "msg": error.text, "code": code})


class PushoverFake(ChatFake):
    """The message API. Messages are the bodies, without the keys."""

    token, user = "azGDORePK8gMaC0QOYAMyEEuzJnyUi", "uQiRzpo4DXghDmr9QzzfQu27cmVRsG"
    _names = ("token user message title url url_title priority sound timestamp device html retry expire"
              " callback monospace ttl tags").split()

    def accept(self, request):
        _need(request.path == "/1/messages.json", f"no such path, or a query: {request.path}", 404)
        _need(request.method == "POST", "not a POST", 405)
        if request.headers.get("Content-Type", "").startswith("application/json"):
            body = _json_object(request)
        else:
            body = _form(request)
        _known(body, *self._names)
        _need(body.get("token") == self.token, "application token is invalid")
        _need(body.get("user") == self.user, "user identifier is invalid")
        _text(body, "message", 1, 1024)
        _need(body["message"].strip(), "message cannot be blank")
        _text(body, "title", 1, 250, required=False)
        _text(body, "url", 1, 512, required=False)
        _text(body, "url_title", 1, 100, required=False)
        _text(body, "device", 1, 100, required=False)
        priority = self._number(body, "priority", -2, 2, 0)
        _need(str(body.get("html", 0)) in ("0", "1"), "html is not 0 or 1")
        self._number(body, "timestamp", 0, 10**11, 0)
        if priority == 2:
            _need("retry" in body and "expire" in body, "retry and expire are needed for priority 2")
            self._number(body, "retry", 30, 10800, None)
            self._number(body, "expire", 1, 10800, None)
        kept = {name: value for name, value in body.items() if name not in ("token", "user")}
        return _answer(200, {"status": 1, "request": "647d2300-702c-4b38-8b2f-d56326ae460b"}), kept

    @staticmethod
    def _number(body, name, low, high, otherwise):
        value = body.get(name, otherwise)
        if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
            value = int(value)
        _need(type(value) is int and low <= value <= high, f"{name} is {value!r}, not {low}..{high}")
        return value

    def refusal(self, error):
        return _answer(error.status, {"status": 0, "request": "x", "errors": [error.text]})


class PushjetFake(ChatFake):
    """The message API. Messages are the forms, without the secret. Its JSON is sent as text/html."""

    secret = "0123456789abcdefABCDEFghijklmnop"

    def accept(self, request):
        _need(request.path == "/message", f"no such path, or a query: {request.path}", 404)
        _need(request.method == "POST", "not a POST", 405)
        form = _form(request)
        _known(form, "secret", "message", "title", "level", "link")
        _need(re.fullmatch(r"[A-Za-z0-9]{32}", form.get("secret", "")), "Invalid secret")
        _need(form["secret"] == self.secret, "Service does not exist", 404)
        _text(form, "message", 1, 10**6)
        _text(form, "title", 0, 255, required=False)
        _need(form.get("level", "3") in "12345" and len(form.get("level", "3")) == 1, "Invalid level")
        kept = {name: value for name, value in form.items() if name != "secret"}
        return _answer(200, {"status": "ok"}, "text/html; charset=utf-8"), kept

    def refusal(self, error):
        number = {404: 2, 429: 7}.get(error.status, 1)
        return _answer(
            error.status, {"error": {"id": number, "message": error.text}}, "text/html; charset=utf-8"
        )


class SlackFake(ChatFake):
    """An incoming webhook. Messages are (channel or None, text as people see it)."""

    path = "services/T00000000/B00000000/s3cretWebhookKey"
    channels = ("#builds", "#other")

    @property
    def webhook(self):
        return self.url + self.path

    def accept(self, request):
        _need(request.path == "/" + self.path, "no_service", 404)
        _need(request.method == "POST", "invalid_payload")
        try:
            body = _json_object(request)
            _known(body, "text", "channel")
            _text(body, "text", 1, 40000)
        except Refusal as error:
            raise Refusal(400, f"invalid_payload ({error.text})") from None
        text = body["text"]
        _need(text.strip(), "no_text")
        bare = re.sub(r"&(amp|lt|gt);", "", text)
        _need(not re.search("[&<>]", bare), "invalid_payload (a special character is not escaped)")
        channel = body.get("channel")
        _need(channel is None or channel in self.channels, "channel_not_found", 404)
        shown = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        return _answer(200, "ok", "text/html"), (channel, shown)

    def refusal(self, error):
        return _answer(error.status, error.text.split()[0], "text/html")
