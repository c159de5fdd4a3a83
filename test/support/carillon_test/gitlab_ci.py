"""A strict stand-in for GitLab CI: what happens there, its webhooks' deliveries, and the API that knows it all."""

import base64
import hashlib
import hmac
import json
import re
import time
import urllib.parse

from carillon_test.chat_fakes import Refusal
from carillon_test.http_sink import Answer, HttpSink

_PARAMETERS = {
    "pipelines": {"updated_after", "order_by", "sort", "source", "per_page", "page"},
    "jobs": {"include_retried", "per_page", "page"},
    "bridges": {"per_page", "page"},
    "projects": {"simple", "archived", "include_subgroups", "per_page", "page"},
}


def iso(moment):
    """As the API writes it."""
    return None if moment is None else time.strftime("%Y-%m-%dT%H:%M:%S.789Z", time.gmtime(moment))


def utc(moment):
    """As hooks write it."""
    return None if moment is None else time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(moment))


def signature(key, ident, timestamp, body):
    """The value of webhook-signature."""
    text = f"{ident}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


class GitLabCi(HttpSink):
    """What runs at GitLab. `begin`, `job`, `retry` and `end` make it happen; `hook` and `job_hook` are the bodies
    that GitLab posts of it now.

    Its API answers only with the token, only what the reference has, and in pages of at most `page_size`.
    """

    token = "glpat-ci-t0ken"
    secret = "gl-hook-s3cret"

    def __init__(self, project="team/app"):
        self.project = project
        self.pipelines, self.traces, self.reports, self.refused = {}, {}, {}, []
        self.merge_requests = {}
        self.page_size = 100
        self.remaining = 2000
        self._ids = 1000
        super().__init__()

    # -- what happens -------------------------------------------------------

    def begin(self, number, *, at=None, ref="main", source="push", merge_request=None, name=None):
        """A pipeline has begun. merge_request: its number, of `merge_requests`."""
        at = int(at or time.time())
        self.pipelines[number] = {
            "id": 7000 + number, "iid": number, "name": name, "ref": ref, "source": source, "status": "running",
            "label": "running", "created": at - 20, "started": at, "finished": None, "updated": at,
            "merge_request": merge_request, "jobs": [], "bridges": [],
        }
        return number

    def request_merge(self, number, *, source_project=5):
        """A merge request is open; source_project: 5 is the project itself."""
        self.merge_requests[number] = {
            "iid": number, "title": f"Merge {number}", "source_branch": "main", "source_project_id": source_project,
            "target_branch": "main", "target_project_id": 5,
        }

    def job(self, number, name, status="success", *, stage="test", trace="", reason=None, allow=False, at=None):
        """A job of the pipeline has ended."""
        at = int(at or time.time())
        self._ids += 1
        self.pipelines[number]["jobs"].append({
            "id": self._ids, "name": name, "stage": stage, "status": status, "allow_failure": allow, "at": at,
            "failure_reason": reason or "script_failure"})
        self.traces[self._ids] = trace
        return self._ids

    def end(self, number, status="success", *, label=None, at=None):
        at = int(at or time.time())
        self.pipelines[number].update(status=status, label=label or status, finished=at, updated=at)
        return number

    # -- its webhook --------------------------------------------------------

    def hook(self, number):
        """A pipeline's hook: a pair of the event's name and the body."""
        pipeline = self.pipelines[number]
        latest = {job["name"]: job for job in pipeline["jobs"]}
        stages = list(dict.fromkeys(job["stage"] for job in pipeline["jobs"]))
        request = self.merge_requests.get(pipeline["merge_request"])
        page = f"{self.url}{self.project}"
        return "Pipeline Hook", {
            "object_kind": "pipeline",
            "object_attributes": {
                "id": pipeline["id"], "iid": number, "name": pipeline["name"], "ref": pipeline["ref"], "tag": False,
                "sha": f"{number:040x}", "source": pipeline["source"], "status": pipeline["status"],
                "detailed_status": pipeline["label"], "stages": stages, "created_at": utc(pipeline["created"]),
                "finished_at": utc(pipeline["finished"]), "variables": [{"key": "PASSWORD", "value": "hunter2"}],
                "url": f"{page}/-/pipelines/{pipeline['id']}"},
            "merge_request": request and {**request, "url": f"{page}/-/merge_requests/{request['iid']}"},
            "user": {"username": "ann", "email": "[REDACTED]"},
            "project": {"id": 5, "path_with_namespace": self.project, "web_url": page, "git_http_url": page + ".git"},
            "commit": {"id": f"{number:040x}", "message": f"Ring {number}", "timestamp": iso(pipeline["created"]),
                       "author": {"name": "Ann", "email": "ann@example.org"}},
            "builds": [{**self._job(job, utc), "runner": {"description": "runner 6"}}
                       for job in reversed(latest.values())],
        }

    def job_hook(self, number, ident):
        (job,) = [job for job in self.pipelines[number]["jobs"] if job["id"] == ident]
        told = {f"build_{name}": value for name, value in self._job(job, utc).items()}
        pipeline = self.pipelines[number]
        tries = [other for other in pipeline["jobs"] if other["name"] == job["name"] and other["id"] < ident]
        page = f"{self.url}{self.project}"
        return "Job Hook", {
            **told, "object_kind": "build", "ref": pipeline["ref"], "tag": False, "sha": f"{number:040x}",
            "retries_count": len(tries), "pipeline_id": pipeline["id"], "project_id": 5, "project_name": "Team / App",
            "runner": {"description": "runner 6", "tags": ["linux"]}, "user": {"username": "ann"},
            "commit": {"id": pipeline["id"], "name": pipeline["name"], "message": f"Ring {number}",
                       "author_name": "Ann", "author_email": "ann@example.org"},
            "repository": {"homepage": page, "git_http_url": page + ".git"}}

    def deliver(self, carillon, delivery, *, secret=None, ident="d-1", instance=None, key=None, name="gitlab"):
        """Posts it as GitLab does, and yields the answer. key: it is signed, and no secret token is shown."""
        event, body = delivery
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "User-Agent": "GitLab/17.4", "X-Gitlab-Event": event,
                   "X-Gitlab-Instance": instance or self.url.rstrip("/"), "X-Gitlab-Event-UUID": "e-1",
                   "Idempotency-Key": ident}
        if key is None:
            headers["X-Gitlab-Token"] = secret or self.secret
        else:
            now = str(int(time.time()))
            headers |= {"webhook-id": ident, "webhook-timestamp": now,
                        "webhook-signature": signature(key, ident, now, raw)}
        return carillon.request("POST", f"hook/{name}", raw, headers)

    def tell(self, carillon, number, **how):
        return self.deliver(carillon, self.hook(number), **how)

    # -- its API ------------------------------------------------------------

    def _take(self, request):
        with self._lock:
            self.requests.append(request)
            if self._script:
                return self._script.pop(0)
            headers = {"Content-Type": "application/json", "RateLimit-Limit": "2000",
                       "RateLimit-Remaining": str(self.remaining), "RateLimit-Reset": str(int(time.time()) + 60)}
            try:
                body, more = self._serve(request)
            except Refusal as error:
                self.refused.append(f"{request.method} {request.path}: {error.text}")
                return Answer(error.status, headers, json.dumps({"message": error.text}).encode())
            self.remaining -= 1
            if isinstance(body, Answer):
                return body
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            return Answer(200, headers | more, raw)

    def _serve(self, request):
        _need(request.headers.get("PRIVATE-TOKEN") == self.token, 401, "401 Unauthorized")
        _need(request.method == "GET", 405, "405 Not Allowed")
        path, _, query = request.path.partition("?")
        asked = dict(urllib.parse.parse_qsl(query, strict_parsing=bool(query)))
        parts = [urllib.parse.unquote(part) for part in path.removeprefix("/api/v4/").split("/")]
        _need(path.startswith("/api/v4/"), 404, "404 Not Found")
        _need(set(asked) <= _PARAMETERS.get(parts[-1], set()), 400, f"unknown: {sorted(asked)}")
        if parts[0] == "groups" and parts[2:] == ["projects"]:
            _need(parts[1] == self.project.rpartition("/")[0], 404, "404 Group Not Found")
            there = [{"id": 6, "path_with_namespace": parts[1] + "/a-wiki"},
                     {"id": 5, "path_with_namespace": self.project}]
            return self._page(path, there, asked)
        if parts[0] == "projects" and parts[1].endswith("/a-wiki"):  # it has no CI
            return Answer(403, {}, b'{"message": "403 Forbidden"}'), {}
        _need(parts[0] == "projects" and parts[1] == self.project, 404, "404 Project Not Found")
        kind, rest = parts[2], parts[3:]
        if kind == "pipelines" and not rest:
            return self._page(path, self._listed(asked), asked)
        if kind == "merge_requests" and len(rest) == 1:
            found = self.merge_requests.get(int(rest[0]))
            _need(found, 404, "404 Not found")
            return {**found, "web_url": f"{self.url}{self.project}/-/merge_requests/{rest[0]}"}, {}
        if kind == "jobs" and rest[1:] == ["trace"]:
            _need(int(rest[0]) in self.traces, 404, "404 Not found")
            return self.traces[int(rest[0])].encode(), {"Content-Type": "text/plain"}  # whatever Range asks for
        _need(kind == "pipelines" and len(rest) <= 2, 404, "404 Not Found")
        found = [pipeline for pipeline in self.pipelines.values() if str(pipeline["id"]) == rest[0]]
        _need(found, 404, "404 Not found")
        return self._of_pipeline(path, found[0], rest[1:], asked)

    def _of_pipeline(self, path, pipeline, rest, asked):
        if not rest:
            group = "success-with-warnings" if pipeline["label"] == "passed with warnings" else pipeline["status"]
            return {**self._basic(pipeline), "tag": False, "user": {"username": "ann"},
                    "started_at": iso(pipeline["started"]), "finished_at": iso(pipeline["finished"]),
                    "detailed_status": {"label": pipeline["label"], "group": group}}, {}
        if rest == ["jobs"]:
            jobs = pipeline["jobs"]
            if asked.get("include_retried") != "true":
                jobs = list({job["name"]: job for job in jobs}.values())
            commit = {"id": f"{pipeline['iid']:040x}", "message": f"Ring {pipeline['iid']}", "author_name": "Ann",
                      "author_email": "ann@example.org", "created_at": iso(pipeline["created"])}
            return self._page(path, [
                {**self._job(job, iso), "commit": commit, "ref": self._ref(pipeline), "tag": False,
                 "user": {"username": "ann"}, "runner": {"description": "runner 6"},
                 "web_url": f"{self.url}{self.project}/-/jobs/{job['id']}"}
                for job in sorted(jobs, key=lambda job: -job["id"])], asked)
        if rest == ["bridges"]:
            return self._page(path, pipeline["bridges"], asked)
        _need(rest == ["test_report"], 404, "404 Not Found")
        return self.reports.get(pipeline["iid"], {"total_count": 0, "test_suites": []}), {}

    def _listed(self, asked):
        after = asked.get("updated_after", "")
        _need(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", after), 400, "updated_after is invalid")
        _need(asked.get("order_by") == "updated_at" and asked.get("sort") == "desc", 400, "order")
        child = asked.get("source") == "parent_pipeline"
        _need(child or "source" not in asked, 400, "source does not have a valid value")
        there = [pipeline for pipeline in self.pipelines.values()
                 if iso(pipeline["updated"]) >= after and (pipeline["source"] == "parent_pipeline") == child]
        there.sort(key=lambda pipeline: (pipeline["updated"], pipeline["id"]), reverse=True)
        return [self._basic(pipeline) for pipeline in there]

    def _basic(self, pipeline):
        return {"id": pipeline["id"], "iid": pipeline["iid"], "project_id": 5, "sha": f"{pipeline['iid']:040x}",
                "ref": self._ref(pipeline), "status": pipeline["status"], "source": pipeline["source"],
                "name": pipeline["name"], "created_at": iso(pipeline["created"]),
                "updated_at": iso(pipeline["updated"]),
                "web_url": f"{self.url}{self.project}/-/pipelines/{pipeline['id']}"}

    @staticmethod
    def _ref(pipeline):
        """The API names what is checked out, and hooks the branch that it is from."""
        number = pipeline["merge_request"]
        return pipeline["ref"] if number is None else f"refs/merge-requests/{number}/head"

    @staticmethod
    def _job(job, written):
        ended = job["status"] in ("success", "failed", "canceled")
        return {"id": job["id"], "stage": job["stage"], "name": job["name"], "status": job["status"],
                "created_at": written(job["at"] - 9), "started_at": written(job["at"] - 5 if ended else None),
                "finished_at": written(job["at"] if ended else None), "allow_failure": job["allow_failure"],
                "failure_reason": job["failure_reason"] if job["status"] == "failed" else None}

    def _page(self, path, there, asked):
        size, page = int(asked.get("per_page", 20)), int(asked.get("page", 1))
        _need(1 <= size <= 100 and page >= 1, 400, "per_page or page out of range")
        size = min(size, self.page_size)
        more = {}
        if page * size < len(there):
            query = urllib.parse.urlencode({**asked, "page": page + 1})
            more["Link"] = f'<{self.url.rstrip("/")}{path}?{query}>; rel="next", <{self.url}x?page=1>; rel="first"'
        return there[(page - 1) * size:page * size], more


def _need(condition, status, text):
    if not condition:
        raise Refusal(status, text)
