"""GitLab, Jenkins and Gitea that take orders: strict stand-ins for starting and stopping runs."""

import base64
import json
import re
import time
import urllib.parse

from carillon_test.chat_fakes import Refusal
from carillon_test.gitea_fake import GiteaFake, moment
from carillon_test.gitlab_ci import GitLabCi
from carillon_test.http_sink import Answer
from carillon_test.jenkins_fake import JenkinsFake

CI_FILE = """\
spec:
  inputs:
    level: {type: number, default: 1}
---
include: more.yml
variables:
  SECRETS: nobody is asked for it
  TARGET: {description: Where to, value: staging, options: [staging, production]}
build:
  script: [make]
"""
MERGED = """\
---
variables:
  TARGET: {description: Where to, value: staging, options: [staging, production]}
  WHO: {description: Greeting}
  requested_by: {description: Who asked}
"""
_FILE = re.compile(r"/api/v4/projects/team%2Fapp/repository/files/([^/]+)")
_PIPELINE = "/api/v4/projects/team%2Fapp"


def _need(condition, status, text):
    if not condition:
        raise Refusal(status, text)


def _json(status, body):
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(body).encode())


class GitLabOrders(GitLabCi):
    """`dispatched` lists (ref, {variable: value}, inputs); `cancelled` ids of pipelines. `developer`: the token has the
    scope api and the role; `reads_files`: and may read the repository.
    """

    def __init__(self):
        self.dispatched, self.cancelled = [], []
        self.developer = self.reads_files = True
        self.files = {".gitlab-ci.yml": CI_FILE}
        super().__init__()

    def _serve(self, request):
        _need(request.headers.get("PRIVATE-TOKEN") == self.token, 401, "401 Unauthorized")
        path, _, query = request.path.partition("?")
        asked = dict(urllib.parse.parse_qsl(query, strict_parsing=bool(query)))
        if request.method == "GET" and path == _PIPELINE:
            return {"id": 5, "path_with_namespace": self.project, "default_branch": "main", "ci_config_path": ""}, {}
        if request.method == "GET" and (found := _FILE.fullmatch(path)):
            _need(self.reads_files, 403, "403 Forbidden")
            _need(asked == {"ref": "main"} or asked == {"ref": "next"}, 404, "404 Commit Not Found")
            name = urllib.parse.unquote(found[1])
            _need(name in self.files, 404, "404 File Not Found")
            return {"file_name": name, "encoding": "base64", "ref": asked["ref"],
                    "content": base64.b64encode(self.files[name].encode()).decode()}, {}
        if request.method == "GET" and path == _PIPELINE + "/ci/lint":
            _need(self.reads_files, 403, "403 Forbidden")
            _need(set(asked) <= {"content_ref", "dry_run", "dry_run_ref", "include_jobs"}, 400, "unknown parameter")
            return {"valid": True, "merged_yaml": MERGED, "errors": [], "warnings": []}, {}
        if request.method == "POST" and path == _PIPELINE + "/pipeline":
            return self._create(json.loads(request.body)), {}
        found = re.fullmatch(_PIPELINE + r"/pipelines/(\d+)/cancel", path)
        if request.method == "POST" and found:
            _need(self.developer, 403, "403 Forbidden")
            (pipeline,) = [one for one in self.pipelines.values() if one["id"] == int(found[1])]
            if pipeline["status"] == "running":
                self.cancelled.append(pipeline["id"])
                pipeline["status"] = "canceled"
            return self._basic(pipeline), {}
        return super()._serve(request)

    def _create(self, body):
        _need(self.developer, 403, "insufficient_scope")
        _need(set(body) <= {"ref", "variables", "inputs"} and isinstance(body.get("ref"), str), 400, "ref is missing")
        variables = {one["key"]: one["value"] for one in body.get("variables", [])}
        for one in body.get("variables", []):
            _need(set(one) == {"key", "value"} and isinstance(one["value"], str), 400, "variables is invalid")
        if body["ref"] not in ("main", "next"):
            return _json(400, {"message": {"base": ["Reference not found"]}})
        inputs = body.get("inputs", {})
        if set(inputs) - {"level"} or not isinstance(inputs.get("level", 1), int):
            return _json(400, {"message": {"base": [f"Given inputs not defined in the `spec` section: {inputs}"]}})
        number = 200 + len(self.dispatched)
        self.dispatched.append((body["ref"], variables, inputs))
        self.begin(number, ref=body["ref"], source="api")
        return _json(201, self._basic(self.pipelines[number]))


class JenkinsOrders(JenkinsFake):
    """`parameters` is {job: [definition]}; `started` lists (job, {name: value} or None); `stopped` (job, number).
    `may`: what the user may do. crumbs: POST needs one, as when a password is shown.
    """

    def __init__(self, *, crumbs=False):
        self.parameters, self.started, self.stopped = {}, [], []
        self.may = {"build", "cancel"}
        self._crumbs = crumbs
        super().__init__()

    def _serve(self, request):
        login = base64.b64encode(f"{self.user}:{self.token}".encode()).decode()
        _need(request.headers.get("Authorization") == f"Basic {login}", 401, "Invalid password/token for user")
        address, _, query = request.path.partition("?")
        asked = dict(urllib.parse.parse_qsl(query, strict_parsing=bool(query)))
        if request.method == "GET" and address == "/crumbIssuer/api/json":
            _need(self._crumbs, 404, "Not Found")
            return Answer(200, {"Content-Type": "application/json", "Set-Cookie": "JSESSIONID.1=s3ss10n; Path=/; HttpOnly"},
                          b'{"crumb": "cr0mb", "crumbRequestField": "Jenkins-Crumb"}')
        if request.method == "GET" and (found := re.fullmatch(r"/queue/item/(\d+)/api/json", address)):
            _need(asked == {"tree": "cancelled,executable[number]"}, 400, "tree= is another")
            number = int(found[1]) - 5000
            return _json(200, {"_class": "hudson.model.Queue$LeftItem", "cancelled": False,
                               "executable": {"number": number}})
        if request.method == "GET" and "property" in asked.get("tree", ""):
            job = self._job(address, "api/json")
            _need(asked == {"tree": "property[parameterDefinitions[name,type,description,choices,"
                                    "defaultParameterValue[value]]]"}, 400, "tree= is another")
            properties = [{"_class": "jenkins.model.BuildDiscarderProperty"}]
            if job in self.parameters:
                properties.append({"parameterDefinitions": self.parameters[job]})
            return _json(200, {"property": properties})
        if request.method == "GET" and asked == {"tree": "building"}:
            return super()._serve(request)
        if request.method != "POST":
            return super()._serve(request)
        if self._crumbs:
            shown = request.headers.get("Jenkins-Crumb") == "cr0mb" and request.headers.get("Cookie") == "JSESSIONID.1=s3ss10n"
            _need(shown, 403, "No valid crumb was included in the request")
        if found := re.fullmatch(r"(/.*/)(\d+)/stop", address):
            _need("cancel" in self.may, 403, "bot is missing the Job/Cancel permission")
            self.stopped.append((self._job(found[1] + "x", "x"), int(found[2])))
            return Answer(302, {"Location": self.url}, b"")
        return self._build(address, asked, request)

    def _build(self, address, asked, request):
        verb = address.rpartition("/")[2]
        job = self._job(address, verb)
        _need(verb in ("build", "buildWithParameters"), 404, "Not Found")
        _need("build" in self.may, 403, "bot is missing the Job/Build permission")
        _need(asked == {"delay": "0sec"}, 400, "unknown parameter")
        _need(request.headers.get("Content-Type") == "application/x-www-form-urlencoded", 400, "no form")
        definitions = self.parameters.get(job)
        _need((definitions is not None) == (verb == "buildWithParameters"), 500, f"{job} is not parameterized")
        given = dict(urllib.parse.parse_qsl(request.body.decode(), keep_blank_values=True,
                                            strict_parsing=bool(request.body)))
        for one in definitions or []:
            choices = one.get("choices")
            _need(choices is None or given.get(one["name"], choices[0]) in choices, 400,
                  f"Illegal choice for parameter {one['name']}")
        self.started.append((job, given if definitions is not None else None))
        number = max(self.jobs[job]) + 1
        return Answer(201, {"Location": f"http://jenkins.example.org/prefix/queue/item/{5000 + number}/"}, b"")

    def _job(self, address, rest):
        parts = address.strip("/").removesuffix(rest).strip("/").split("/")
        _need(parts[::2] == ["job"] * (len(parts) // 2), 404, "Not Found")
        job = "/".join(urllib.parse.unquote(part) for part in parts[1::2])
        _need(job in self.jobs, 404, "Not Found")
        return job


class GiteaOrders(GiteaFake):
    """`dispatched` lists (ref, inputs), `cancelled` ids of runs. cancels: whether its API knows how."""

    workflow = "on:\n  workflow_dispatch:\n    inputs:\n      target: {required: true}\n"

    def __init__(self, *, forgejo=False, cancels=True):
        self.dispatched, self.cancelled = [], []
        self._cancels = cancels
        super().__init__(forgejo)

    def _take(self, request):
        if request.method != "POST":
            return super()._take(request)
        with self._lock:
            self.requests.append(request)
            try:
                _need(request.headers.get("Authorization") == f"{self.scheme} {self.token}", 401, "invalid token")
                return self._order(*request.path.partition("?")[::2], request.body)
            except Refusal as error:
                self.refused.append(f"{request.path}: {error.text}")
                return _json(error.status, {"message": error.text})

    def _order(self, path, query, body):
        base = f"/api/v1/repos/{self.repository}/actions/"
        if path == base + "workflows/peal.yml/dispatches":
            order = json.loads(body)
            _need(order["ref"] == "main", 404, "object does not exist")
            _need(set(order.get("inputs", {})) <= {"target"}, 422, "unknown input")
            self.dispatched.append((order["ref"], order.get("inputs", {})))
            ident = 500 + len(self.dispatched)
            if self._forgejo:
                return _json(201, {"id": ident, "run_number": ident, "jobs": []})
            if query != "return_run_details=true":
                return Answer(204, {}, b"")
            return _json(200, {"workflow_run_id": ident, "run_url": "", "html_url": ""})
        found = re.fullmatch(base + r"runs/(\d+)/cancel", path)
        _need(found and self._cancels, 404, "not found")
        running = [run for run in self.runs if run["id"] == int(found[1]) and run["status"] == "in_progress"]
        _need(running, 409, "the run is done")
        self.cancelled.append(int(found[1]))
        return _json(202, {})

    def answer(self, path, query):
        base = f"/api/v1/repos/{self.repository}"
        if path == base and not query:
            return {**self._repository(), "default_branch": "main"}
        if path == base + ("/contents/.forgejo/workflows/peal.yml" if self._forgejo else
                           "/contents/.gitea/workflows/peal.yml"):
            return {"type": "file", "encoding": "base64", "content": base64.b64encode(self.workflow.encode()).decode()}
        return super().answer(path, query)

    def begun(self, ident, **changes):
        """A run that is under way."""
        return self.run(ident, int(time.time()), status="in_progress", conclusion=None, completed_at=None,
                        started_at=moment(time.time()), **changes)
