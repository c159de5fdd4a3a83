"""A strict stand-in for GitHub Actions: what happens there, its webhooks' deliveries, and the API that knows it all."""

import hashlib
import hmac
import json
import re
import time
import urllib.parse

from carillon_test.chat_fakes import Refusal
from carillon_test.http_sink import Answer, HttpSink

_RUNS = re.compile(r"/repos/([\w.-]+/[\w.-]+)/actions/runs")
_ATTEMPT = re.compile(r"/repos/([\w.-]+/[\w.-]+)/actions/runs/(\d+)/attempts/(\d+)")
_JOBS = re.compile(r"/repos/([\w.-]+/[\w.-]+)/actions/runs/(\d+)/attempts/(\d+)/jobs")
_CANCEL = re.compile(r"/repos/([\w.-]+/[\w.-]+)/actions/runs/(\d+)/cancel")
_LOG = re.compile(r"/repos/([\w.-]+/[\w.-]+)/actions/jobs/(\d+)/logs")
_PULLS = re.compile(r"/repos/([\w.-]+/[\w.-]+)/commits/([0-9a-f]+)/pulls")
_REPOS = re.compile(r"/(orgs|users)/([\w.-]+)/repos")


def iso(moment):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def signature(secret, body):
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class GitHubActions(HttpSink):
    """What runs at GitHub. `begin`, `end` and `job` make it happen and yield the deliveries, as (event, body) pairs.

    Its API answers only with the token, only what the reference has, pages of `per_page`, ETags, and quotas.
    """

    token = "gh-actions-t0ken"
    secret = "gh-hook-s3cret"

    def __init__(self, repository="acme/app"):
        self.repository = repository
        self.attempts, self.jobs, self.logs, self.refused, self.pulls = {}, {}, {}, [], {}
        self.remaining = 5000
        self.cancelled = []
        self.storage = HttpSink()
        self._ids = 1000
        super().__init__()

    def close(self):
        self.storage.close()
        super().close()

    # -- what happens -------------------------------------------------------

    def begin(self, number, *, attempt=1, workflow="CI", at=None, event="push", branch="main", fork=None, run=None):
        """The delivery that the run has begun. fork: the other repository that its head is from."""
        at = int(at or time.time())
        ident = run or 70_000 + number
        earlier = self.attempts.get((ident, 1))
        made = {
            "id": ident, "name": workflow, "run_number": number, "run_attempt": attempt, "event": event,
            "status": "in_progress", "conclusion": None, "head_branch": branch, "head_sha": f"{number:040x}",
            "path": f".github/workflows/{workflow.lower()}.yml", "display_title": f"Ring {number}", "workflow_id": 9,
            "html_url": f"https://github.com/{self.repository}/actions/runs/{ident}",
            "created_at": earlier["created_at"] if earlier else iso(at), "run_started_at": iso(at),
            "updated_at": iso(at), "actor": {"login": "ann"}, "triggering_actor": {"login": "ann"},
            "repository": self._repository(), "head_repository": {"id": 6, "full_name": fork or self.repository},
            "pull_requests": [], "head_commit": {
                "id": f"{number:040x}", "message": f"Ring {number}", "timestamp": iso(at),
                "author": {"name": "Ann", "email": "ann@example.org"}},
        }
        self.attempts[ident, attempt] = made
        return self._delivery("in_progress", made)

    def job(self, number, name, conclusion="success", *, attempt=1, log="", run=None):
        """The delivery that a job of the run has ended."""
        self._ids += 1
        ident = run or 70_000 + number
        made = {
            "id": self._ids, "run_id": ident, "run_attempt": attempt, "name": name, "workflow_name": "CI",
            "status": "completed", "conclusion": conclusion, "head_sha": f"{number:040x}", "head_branch": "main",
            "labels": ["linux"], "runner_name": "runner-1", "started_at": iso(time.time() - 5),
            "completed_at": iso(time.time()), "created_at": iso(time.time() - 6),
            "html_url": f"https://github.com/{self.repository}/actions/runs/{ident}/job/{self._ids}",
            "steps": [{"name": "make", "number": 1, "status": "completed", "conclusion": conclusion}],
        }
        self.jobs.setdefault((ident, attempt), []).append(made)
        self.logs[self._ids] = log
        return "workflow_job", {"action": "completed", "workflow_job": made, "repository": self._repository()}

    def end(self, number, conclusion="success", *, attempt=1, at=None, run=None):
        """The delivery that the run has ended."""
        made = self.attempts[run or 70_000 + number, attempt]
        made.update(status="completed", conclusion=conclusion, updated_at=iso(int(at or time.time())))
        return self._delivery("completed", made)

    def _delivery(self, action, run):
        body = {key: value for key, value in run.items() if key != "repository"}
        return "workflow_run", {"action": action, "workflow_run": body, "workflow": {"name": run["name"]},
                                "repository": self._repository(), "sender": {"login": "ann"}}

    def _repository(self):
        return {"id": 5, "full_name": self.repository, "html_url": f"https://github.com/{self.repository}",
                "clone_url": f"https://github.com/{self.repository}.git"}

    # -- its webhook --------------------------------------------------------

    def deliver(self, carillon, delivery, *, name="github", secret=None, ident="d-1"):
        """Posts it as GitHub does, and yields the answer."""
        event, body = delivery
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return carillon.request("POST", f"hook/{name}", raw, {
            "Content-Type": "application/json", "User-Agent": "GitHub-Hookshot/1", "X-GitHub-Event": event,
            "X-GitHub-Delivery": ident, "X-Hub-Signature-256": signature(secret or self.secret, raw)})

    # -- its API ------------------------------------------------------------

    def _take(self, request):
        with self._lock:
            self.requests.append(request)
            if self._script:
                return self._script.pop(0)
            try:
                body, headers = self._serve(request)
            except Refusal as error:
                self.refused.append(f"{request.method} {request.path}: {error.text}")
                return Answer(error.status, {"Content-Type": "application/json"},
                              json.dumps({"message": error.text}).encode())
            if isinstance(body, Answer):
                return body
            self.remaining -= 1
            raw = json.dumps(body).encode()
            etag = '"' + hashlib.sha256(raw).hexdigest() + '"'
            headers = {"Content-Type": "application/json; charset=utf-8", "ETag": etag, "X-RateLimit-Limit": "5000",
                       "X-RateLimit-Remaining": str(self.remaining), "X-RateLimit-Reset": str(int(time.time()) + 60),
                       **headers}
            if request.headers.get("If-None-Match") == etag:
                self.remaining += 1
                return Answer(304, headers, b"")
            return Answer(200, headers, raw)

    def _serve(self, request):
        _need(request.headers.get("User-Agent"), 403, "a User-Agent header is needed")
        _need(request.headers.get("Authorization") == f"Bearer {self.token}", 401, "Bad credentials")
        _need(request.headers.get("Accept") == "application/vnd.github+json", 415, "Accept")
        path, _, query = request.path.partition("?")
        asked = dict(urllib.parse.parse_qsl(query, strict_parsing=bool(query)))
        found = _RUNS.fullmatch(path)
        if found and request.method == "GET":
            return self._runs(found[1], asked)
        found = _JOBS.fullmatch(path)
        if found and request.method == "GET":
            self._mine(found[1])
            return self._page("jobs", self.jobs.get((int(found[2]), int(found[3])), []), asked)
        found = _ATTEMPT.fullmatch(path)
        if found and request.method == "GET":
            self._mine(found[1])
            run = self.attempts.get((int(found[2]), int(found[3])))
            _need(run and not asked, 404, "Not Found")
            return run, {}
        found = _CANCEL.fullmatch(path)
        if found and request.method == "POST":
            self._mine(found[1])
            running = [run for (ident, _), run in self.attempts.items()
                       if ident == int(found[2]) and run["status"] != "completed"]
            _need(running, 409, "Cannot cancel a workflow run that is completed.")
            self.cancelled.append(int(found[2]))
            return Answer(202, {"Content-Type": "application/json"}, b"{}"), {}
        found = _LOG.fullmatch(path)
        if found and request.method == "GET":
            self._mine(found[1])
            text = self.logs.get(int(found[2]))
            _need(text is not None, 404, "Not Found")
            self.storage.script(Answer(206 if text else 200, {"Content-Type": "text/plain"}, text.encode()))
            return Answer(302, {"Location": self.storage.url + "log?sig=s1gned"}, b""), {}
        found = _PULLS.fullmatch(path)
        if found and request.method == "GET":
            self._mine(found[1])
            return self.pulls.get(found[2], []), {}
        found = _REPOS.fullmatch(path)
        if found and request.method == "GET":
            _need(found[1] == "orgs" and found[2] == self.repository.split("/")[0], 404, "Not Found")
            return [self._repository()] if asked.get("page") == "1" else [], {}
        raise Refusal(404, "Not Found")

    def _runs(self, repository, asked):
        self._mine(repository)
        _need(set(asked) <= {"created", "per_page", "page"}, 422, f"unknown: {sorted(asked)}")
        created = asked.get("created", "")
        moment = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"
        found = re.fullmatch(rf">={moment}|{moment}\.\.{moment}", created)
        _need(found, 422, "created is no range of times")
        least, most = found[1] or found[2], found[3] or "9999"
        newest = {}
        for (ident, _), run in sorted(self.attempts.items()):
            newest[ident] = run
        there = [run for run in newest.values() if least <= run["created_at"] <= most]
        there.sort(key=lambda run: run["created_at"], reverse=True)
        there = there[:1000]  # what a search yields, at most
        return self._page("workflow_runs", there, asked)

    def _page(self, member, there, asked):
        size, page = int(asked.get("per_page", 30)), int(asked.get("page", 1))
        _need(1 <= size <= 100 and page >= 1, 422, "per_page or page out of range")
        return {"total_count": len(there), member: there[(page - 1) * size:page * size]}, {}

    def _mine(self, repository):
        _need(repository == self.repository, 404, "Not Found")


def _need(condition, status, text):
    if not condition:
        raise Refusal(status, text)
