"""A strict stand-in for GitHub's REST API: commit statuses, and comments on pull requests."""

import json
import re
import time
import urllib.parse

from carillon_test.chat_fakes import Refusal
from carillon_test.http_sink import Answer, HttpSink

_STATUSES = re.compile(r"/repos/([^/]+)/([^/]+)/statuses/([^/]+)")
_COMMENTS = re.compile(r"/repos/([^/]+)/([^/]+)/issues/([^/]+)/comments")
_COMMENT = re.compile(r"/repos/([^/]+)/([^/]+)/issues/comments/([^/]+)")
_STATES = ("error", "failure", "pending", "success")


class GitHubFake(HttpSink):
    """`statuses` is {(repository, sha, context): [body, ...]}, as they were taken; `comments` is
    {(repository, pull request): [{"id", "body", "updated_at"}, ...]}; `refused` the texts of what it did not take.

    `base` stands before all paths, as "/api/v3" on a GitHub Enterprise server. Scripted answers (HttpSink.script)
    come first: such a request changes nothing.
    """

    token = "gh-t0ken-0123456789"

    def __init__(self, *repositories, base=""):
        self.repositories = set(repositories or ["octo/bell"])
        self.statuses, self.comments, self.refused = {}, {}, []
        self._base = base
        self._lost = []
        self._limited_until = 0
        self._ids = 100
        self._foreign = set()
        super().__init__()
        self.api = self.url.rstrip("/") + base

    def lose(self, *how):
        """The next writes take effect, but their answers do not arrive: "hang" or "garbage" (http_sink.Answer)."""
        with self._lock:
            self._lost += how

    def limit(self, seconds):
        """No calls are left for so long."""
        with self._lock:
            self._limited_until = time.time() + seconds

    def states(self, repository, sha, context):
        with self._lock:
            return [body["state"] for body in self.statuses.get((repository, sha, context), [])]

    def bodies_of(self, repository, number):
        """The texts of the comments."""
        with self._lock:
            return [comment["body"] for comment in self.comments.get((repository, number), [])]

    def add_comment(self, repository, number, body, at="2030-01-01T00:00:00Z"):
        """By a person: the token may not edit it."""
        with self._lock:
            made = self._store(repository, number, body, at)
            self._foreign.add(made["id"])
            return made["id"]

    def delete_comment(self, repository, number, ident):
        with self._lock:
            there = self.comments[repository, number]
            there[:] = [comment for comment in there if comment["id"] != ident]

    def _take(self, request):
        with self._lock:
            self.requests.append(request)
            if self._script:
                return self._script.pop(0)
            try:
                status, body, headers = self._serve(request)
            except Refusal as error:
                self.refused.append(f"{request.method} {request.path}: {error.text}")
                status, headers = error.status, {}
                body = {"message": error.text, "documentation_url": "https://docs.github.com/rest"}
                if status == 429:
                    status = 403
                    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Limit": "5000",
                               "X-RateLimit-Reset": str(int(self._limited_until) + 1)}
            else:
                if self._lost and request.method != "GET":
                    return Answer(how=self._lost.pop(0))
            headers = {"Content-Type": "application/json; charset=utf-8", **headers}
            return Answer(status, headers, json.dumps(body).encode())

    def _serve(self, request):
        _need(request.headers.get("User-Agent"), 403, "Request forbidden by administrative rules. Please make sure "
              "your request has a User-Agent header")
        _need(request.headers.get("Authorization") == f"token {self.token}", 401, "Bad credentials")
        _need(time.time() >= self._limited_until, 429, "API rate limit exceeded for user ID 1.")
        accepts = request.headers.get("Accept", "")
        _need("application/vnd.github.v3+json" in accepts, 415, "Must accept 'application/vnd.github.v3+json'")
        path, _, query = request.path.partition("?")
        _need(path.startswith(self._base + "/"), 404, "Not Found")
        path = path[len(self._base):]
        for pattern, serve in ((_STATUSES, self._status), (_COMMENTS, self._issue), (_COMMENT, self._comment)):
            found = pattern.fullmatch(path)
            if found:
                owner, name, last = (urllib.parse.unquote(part) for part in found.groups())
                _need(f"{owner}/{name}" in self.repositories, 404, "Not Found")
                return serve(request, f"{owner}/{name}", last, query)
        raise Refusal(404, "Not Found")

    def _status(self, request, repository, sha, query):
        _need(request.method == "POST" and not query, 404, "Not Found")
        body = _json_object(request, {"state", "target_url", "description", "context"})
        _need(re.fullmatch(r"[0-9a-fA-F]{4,64}", sha), 422, f"No commit found for SHA: {sha}")
        _need(body.get("state") in _STATES, 422, "Validation Failed: state is not included in the list")
        for name, most in (("description", 140), ("context", 255), ("target_url", 10000)):
            value = body.get(name)
            _need(value is None or isinstance(value, str), 422, f"Validation Failed: {name} is no string")
            _need(len(value or "") <= most, 422, f"Validation Failed: {name} is too long (maximum is {most})")
        url = body.get("target_url") or "https://x"
        _need(re.match("https?://", url), 422, "Validation Failed: target_url must use http(s) scheme")
        kept = self.statuses.setdefault((repository, sha, body.get("context", "default")), [])
        _need(len(kept) < 1000, 422, "Validation Failed: This SHA and context has reached the maximum number of "
              "statuses.")
        kept.append(body)
        return 201, {"id": len(kept), **body}, {}

    def _issue(self, request, repository, number, query):
        _need(number.isascii() and number.isdigit(), 404, "Not Found")
        if request.method == "POST":
            _need(not query, 404, "Not Found")
            text = self._body(request)
            return 201, self._store(repository, int(number), text, _now()), {}
        _need(request.method == "GET", 404, "Not Found")
        asked = dict(urllib.parse.parse_qsl(query, strict_parsing=bool(query)))
        _need(set(asked) <= {"per_page", "page", "since"}, 422, f"unknown: {sorted(asked)}")
        size, page = int(asked.get("per_page", 30)), int(asked.get("page", 1))
        _need(1 <= size <= 100 and page >= 1, 422, "per_page or page out of range")
        since = asked.get("since", "")
        _need(not since or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", since), 422, "since is no time")
        there = [c for c in self.comments.get((repository, int(number)), []) if c["updated_at"] >= since]
        start = (page - 1) * size
        headers = {}
        if start + size < len(there):
            headers["Link"] = f'<{self.api}/repos/{repository}/issues/{number}/comments?page={page + 1}>; rel="next"'
        return 200, there[start:start + size], headers

    def _comment(self, request, repository, ident, query):
        _need(ident.isascii() and ident.isdigit() and not query, 404, "Not Found")
        lists = [there for (where, _), there in self.comments.items() if where == repository]
        found = [comment for there in lists for comment in there if comment["id"] == int(ident)]
        _need(found, 404, "Not Found")
        if request.method == "PATCH":
            _need(int(ident) not in self._foreign, 403, "Must have write access to edit this comment.")
            found[0].update(body=self._body(request), updated_at=_now())
        else:
            _need(request.method == "GET", 404, "Not Found")
        return 200, found[0], {}

    def _body(self, request):
        text = _json_object(request, {"body"}).get("body")
        _need(isinstance(text, str) and text.strip(), 422, "Validation Failed: body can't be blank")
        _need(len(text) <= 65536, 422, "Validation Failed: body is too long (maximum is 65536 characters)")
        return text

    def _store(self, repository, number, body, at):
        self._ids += 1
        made = {"id": self._ids, "body": body, "updated_at": at}
        self.comments.setdefault((repository, number), []).append(made)
        return made


def _now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _need(condition, status, text):
    if not condition:
        raise Refusal(status, text)


def _json_object(request, names):
    kind = request.headers.get("Content-Type", "").split(";")[0]
    _need(kind == "application/json", 415, f"Content-Type is {kind}")
    try:
        body = json.loads(request.body.decode("utf-8"))
    except ValueError:
        raise Refusal(400, "Problems parsing JSON") from None
    _need(isinstance(body, dict), 400, "Body should be a JSON object")
    _need(set(body) <= names, 422, f"unknown fields: {sorted(set(body) - names)}")
    return body
