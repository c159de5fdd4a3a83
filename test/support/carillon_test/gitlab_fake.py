"""A strict stand-in for a GitLab server: projects and commit statuses of API v4."""

import re
import urllib.parse

from carillon_test.chat_fakes import Refusal, _answer, _fields, _json_object, _need
from carillon_test.forge_fake import ForgeFake

_STATES = ("pending", "running", "success", "failed", "canceled", "skipped")
_FIELDS = ("state", "ref", "name", "context", "target_url", "description", "coverage", "pipeline_id")
_EVENTS = {"pending": "enqueue", "running": "run", "success": "success", "failed": "drop",
           "canceled": "cancel", "skipped": "skip"}
_FROM = {"pending": ("created",), "running": ("created", "pending")}
_LIVE = ("created", "pending", "running")


class GitLabFake(ForgeFake):
    """Messages are (project number, sha, body). `jobs` is what GitLab shows: as the real one does,
    a status for a name whose last job has ended opens another job."""

    token = "glpat-t0psecret"

    def __init__(self, projects=None, states=_STATES):
        self.projects = projects or {"group/sub/bell": 42}
        self._jobs = []
        self._states = states
        super().__init__()

    @property
    def jobs(self):
        with self._lock:
            return [dict(job) for job in self._jobs]

    def shown(self, sha, name=None):
        """[(name, state)] of the jobs of a commit, in the order they were opened."""
        return [(job["name"], job["status"]) for job in self.jobs
                if job["sha"] == sha and name in (None, job["name"])]

    def accept(self, request):
        _need(request.headers.get("PRIVATE-TOKEN") == self.token, "401 Unauthorized", 401)
        path, _, query = request.path.partition("?")
        if found := re.fullmatch("/api/v4/projects/([^/]+)/repository/commits/([0-9a-f]{40})/statuses", path):
            _need(request.method == "GET", "405 Not Allowed", 405)
            number = self._number(urllib.parse.unquote(found[1]))
            return _answer(200, self._listed(number, found[2], _fields(query, "query"))), ("GET", number)
        _need(not query, "404 Not Found", 404)
        found = re.fullmatch("/api/v4/projects/([^/]+)(?:/statuses/([^/]+))?", path)
        _need(found, "404 Not Found", 404)
        number = self._number(urllib.parse.unquote(found[1]))
        sha = found[2]
        if sha is None:
            _need(request.method == "GET", "405 Not Allowed", 405)
            return _answer(200, {"id": number, "path_with_namespace": found[1]}), ("GET", number)
        _need(request.method == "POST", "405 Not Allowed", 405)
        _need(re.fullmatch("[0-9a-f]{40}", sha), "404 Commit Not Found", 404)
        body = _json_object(request)
        self._check(body)
        return _answer(201, self._move(number, sha, body)), (number, sha, body)

    def statuses(self):
        """The accepted posts, without the look-ups."""
        return [message for message in self.messages if message[0] != "GET"]

    def _number(self, name):
        numbers = {str(number): number for number in self.projects.values()}
        number = numbers.get(name, self.projects.get(name))
        _need(number is not None, "404 Project Not Found", 404)
        return number

    def _listed(self, number, sha, wanted):
        """The latest job of each name and ref."""
        _need(set(wanted) <= {"ref", "name", "stage", "all"}, "unknown parameter")
        latest = {(job["ref"], job["name"]): job for job in self.jobs
                  if (job["project"], job["sha"]) == (number, sha)}
        return [job for job in latest.values() if all(job[name] == value for name, value in wanted.items())]

    def _check(self, body):
        for name, value in body.items():
            if name not in _FIELDS:
                raise Refusal(400, {"error": f"{name} is unknown"})
            if not isinstance(value, str):
                raise Refusal(400, {"error": f"{name} is invalid"})
        if "state" not in body:
            raise Refusal(400, {"error": "state is missing"})
        if body["state"] not in self._states:
            raise Refusal(400, {"error": "state does not have a valid value"})
        for name in ("name", "target_url", "description"):
            if len(body.get(name, "")) > 255:
                raise Refusal(400, {"message": {name: ["is too long (maximum is 255 characters)"]}})
        if "target_url" in body and not re.match("https?://", body["target_url"]):
            raise Refusal(400, {"message": {"target_url": ["is blocked"]}})

    def _move(self, number, sha, body):
        state = body["state"]
        key = {"project": number, "sha": sha, "ref": body.get("ref"),
               "name": body.get("name") or body.get("context") or "default"}
        live = [job for job in self._jobs
                if job["status"] in _LIVE and all(job[name] == value for name, value in key.items())]
        job = live[-1] if live else {"id": len(self._jobs) + 1, "status": "created", **key}
        if job["status"] not in _FROM.get(state, _LIVE):
            raise Refusal(400, {"message": f"Cannot transition status via :{_EVENTS[state]} from "
                                           f":{job['status']} (Reason(s): Status cannot transition)"})
        if not live:
            self._jobs.append(job)
        job.update(status=state, target_url=body.get("target_url"), description=body.get("description"))
        return job

    def refusal(self, error):
        body = error.text if isinstance(error.text, dict) else {"message": error.text}
        return _answer(error.status, body)
