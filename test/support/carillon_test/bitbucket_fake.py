"""Strict stand-ins for Bitbucket Cloud (build statuses, OAuth) and Bitbucket Server (build statuses,
comments on pull requests)."""

import base64
import re
import urllib.parse

from carillon_test.chat_fakes import _answer, _fields, _form, _json_object, _need
from carillon_test.forge_fake import ForgeFake
from carillon_test.http_sink import Answer


def _basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _text(body, name, high, required=False):
    if name not in body:
        _need(not required, f"{name} is missing")
        return
    value = body[name]
    _need(isinstance(value, str), f"{name} is no text")
    _need(not required or value, f"{name} is empty")
    _need(len(value) <= high, f"{name} has {len(value)} characters, allowed are {high}")


class BitbucketCloudFake(ForgeFake):
    """Messages are ("token", n) and (repository, sha, body); `shown` is {(sha, key): body}."""

    key, secret = "0authKey", "0authS3cret"

    def __init__(self, repositories=("team/bell",), life=7200):
        self.repositories = repositories
        self._shown = {}
        self.life = life
        self._tokens = 0
        self._valid = None
        super().__init__()

    @property
    def shown(self):
        with self._lock:
            return dict(self._shown)

    @property
    def base_url(self):
        return self.url + "2.0/repositories"

    @property
    def oauth_url(self):
        return self.url + "site/oauth2/access_token"

    @property
    def token(self):
        """The one that is valid now."""
        return self._valid

    def revoke(self):
        self._valid = None

    def statuses(self):
        return [message for message in self.messages if message[0] != "token"]

    def accept(self, request):
        _need(request.method == "POST", "Method not allowed", 405)
        if request.path == "/site/oauth2/access_token":
            return self._give_token(request)
        found = re.fullmatch("/2.0/repositories/([^/?]+/[^/?]+)/commit/([^/?]+)/statuses/build", request.path)
        _need(found, "Resource not found", 404)
        given = request.headers.get("Authorization", "")
        _need(self._valid and given == "Bearer " + self._valid, "Access token expired or wrong", 401)
        repository, sha = urllib.parse.unquote(found[1]), found[2]
        _need(repository in self.repositories, f"Repository {repository} not found", 404)
        _need(re.fullmatch("[0-9a-f]{40}", sha), "Commit not found", 404)
        body = _json_object(request)
        unknown = set(body) - {"key", "state", "url", "name", "description", "refname"}
        _need(not unknown, f"extra keys not allowed: {sorted(unknown)}")
        _text(body, "key", 40, required=True)
        _text(body, "url", 2000, required=True)
        _text(body, "name", 255)
        _text(body, "description", 255)
        _need(re.match("https?://[^/]", body["url"]), "url is no URL")
        states = ("INPROGRESS", "SUCCESSFUL", "FAILED", "STOPPED")
        _need(body.get("state") in states, f"state is {body.get('state')!r}")
        new = (sha, body["key"]) not in self._shown
        self._shown[sha, body["key"]] = body
        return _answer(201 if new else 200, {**body, "type": "build"}), (repository, sha, body)

    def _give_token(self, request):
        _need(request.headers.get("Authorization") == _basic(self.key, self.secret), "invalid_client", 401)
        _need(_form(request) == {"grant_type": "client_credentials"}, "unsupported_grant_type")
        self._tokens += 1
        self._valid = f"acc3ss-t0ken-{self._tokens}="
        answer = {"access_token": self._valid, "expires_in": self.life, "token_type": "bearer",
                  "scopes": "repository:write", "refresh_token": "r3fresh"}
        return _answer(200, answer), ("token", self._tokens)

    def refusal(self, error):
        return _answer(error.status, {"type": "error", "error": {"message": error.text}})


class BitbucketServerFake(ForgeFake):
    """Messages are ("status", sha, body), ("add", path, text), ("change", path, text). `shown` is
    {(sha, key): body}; `comments` is {path: [{"id", "version", "text", "author"}]}."""

    user, password = "ann", "s3rver-passw0rd"

    def __init__(self, context="/ctx", pull_requests=("projects/PRO/repos/bell/pull-requests/20",), page=2):
        self._shown = {}
        self.comments = {path: [] for path in pull_requests}
        self.conflicts = 0  # so many changes are preceded by one of somebody else
        self._context = context
        self._page = page
        self._last_id = 100
        super().__init__()

    @property
    def shown(self):
        with self._lock:
            return dict(self._shown)

    @property
    def base_url(self):
        return self.url.rstrip("/") + self._context

    def pull_request_url(self, path):
        return f"{self.base_url}/{path}/overview"

    def say(self, path, text, author="bob"):
        """A comment of somebody."""
        with self._lock:
            self._last_id += 1
            comment = {"id": self._last_id, "version": 0, "text": text, "author": {"name": author}}
            self.comments[path].append(comment)
            return comment

    def texts(self, path):
        with self._lock:
            return [comment["text"] for comment in self.comments[path]]

    def writes(self):
        return [message for message in self.messages if message[0] != "look"]

    def accept(self, request):
        _need(request.headers.get("Authorization") == _basic(self.user, self.password), "Authentication failed", 401)
        path, _, query = request.path.partition("?")
        _need(path.startswith(self._context + "/rest/"), "no such page", 404)
        path = path[len(self._context + "/rest/"):]
        if found := re.fullmatch("build-status/1.0/commits/([0-9a-f]{40})", path):
            _need(not query, "a query")
            return self._status(request, found[1])
        pull_request = r"api/1\.0/((?:projects|users)/[^/]+/repos/[^/]+/pull-requests/\d+)"
        found = re.fullmatch(pull_request + r"/(activities|comments)(?:/(\d+))?", path)
        _need(found and found[1] in self.comments, "Pull request does not exist.", 404)
        where, what, ident = found.groups()
        if what == "activities":
            _need(request.method == "GET" and ident is None, "Method not allowed", 405)
            return self._activities(where, _fields(query, "query"))
        _need(not query, "a query")
        _need(request.method == ("PUT" if ident else "POST"), "Method not allowed", 405)
        return self._change(where, int(ident), request) if ident else self._add(where, request)

    def _status(self, request, sha):
        _need(request.method == "POST", "Method not allowed", 405)
        body = _json_object(request)
        unknown = set(body) - {"key", "state", "url", "name", "description"}
        _need(not unknown, f"unrecognised: {sorted(unknown)}")
        _need(body.get("state") in ("SUCCESSFUL", "FAILED", "INPROGRESS"), f"state is {body.get('state')!r}")
        _text(body, "key", 255, required=True)
        _text(body, "url", 450, required=True)
        _text(body, "name", 255)
        _text(body, "description", 255)
        _need(re.match("https?://[^/]", body["url"]), "url is no URL")
        self._shown[sha, body["key"]] = body
        return Answer(204), ("status", sha, body)

    def _activities(self, where, query):
        _need(set(query) <= {"limit", "start"}, "unknown parameter")
        start, limit = int(query.get("start", 0)), min(int(query.get("limit", 25)), self._page)
        newest_first = [{"id": 1, "action": "OPENED"}] + [
            {"id": c["id"] + 1000, "action": "COMMENTED", "commentAction": "ADDED", "comment": dict(c)}
            for c in self.comments[where]
        ]
        newest_first.reverse()
        values = newest_first[start:start + limit]
        last = start + limit >= len(newest_first)
        page = {"values": values, "size": len(values), "limit": limit, "start": start, "isLastPage": last,
                "nextPageStart": None if last else start + limit}
        return _answer(200, page), ("look", where, start)

    def _comment_text(self, body, names):
        _need(sorted(body) == names, f"fields are {sorted(body)}")
        _text(body, "text", 32768, required=True)
        _need(body["text"].strip(), "Please enter a comment.")
        return body["text"]

    def _add(self, where, request):
        text = self._comment_text(_json_object(request), ["text"])
        return _answer(201, self.say(where, text, self.user)), ("add", where, text)

    def _change(self, where, ident, request):
        body = _json_object(request)
        text = self._comment_text(body, ["text", "version"])
        comment = next((c for c in self.comments[where] if c["id"] == ident), None)
        _need(comment, "Comment does not exist.", 404)
        _need(comment["author"]["name"] == self.user, "You are not permitted to edit this comment", 403)
        if self.conflicts:
            self.conflicts -= 1
            comment["version"] += 1
        _need(body["version"] == comment["version"], "You are attempting to modify a comment out of date", 409)
        comment.update(text=text, version=comment["version"] + 1)
        return _answer(200, comment), ("change", where, text)

    def refusal(self, error):
        return _answer(error.status, {"errors": [{"context": None, "message": error.text}]})
