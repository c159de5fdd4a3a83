"""CIs that take orders: strict stand-ins for starting and stopping runs."""

import base64
import json
import re
import urllib.parse

from carillon_test.chat_fakes import Refusal
from carillon_test.gitlab_ci import GitLabCi
from carillon_test.http_sink import Answer

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


