"""GitHub Actions whose workflows people start: a strict stand-in for workflow_dispatch."""

import base64
import json
import re
import urllib.parse

from carillon_test.chat_fakes import Refusal
from carillon_test.github_actions import GitHubActions
from carillon_test.http_sink import Answer

_REPOSITORY = re.compile(r"/repos/([\w.-]+/[\w.-]+)")
_FILE = re.compile(r"/repos/([\w.-]+/[\w.-]+)/contents/([\w./%-]+)")
_ENVIRONMENTS = re.compile(r"/repos/([\w.-]+/[\w.-]+)/environments")
_RUN = re.compile(r"/repos/([\w.-]+/[\w.-]+)/actions/runs/(\d+)")
_WORKFLOW = re.compile(r"/repos/([\w.-]+/[\w.-]+)/actions/workflows/(\d+)(/runs|/dispatches)?")

CI = """\
name: CI
on:
  push:
    branches: [main]
  workflow_dispatch:
    inputs:
      target: &where  # GitHub takes anchors
        description: Where to
        type: choice
        options: [staging, production]
        required: true
      dry_run: {type: boolean, default: true}
      level: {type: number, description: "How loud"}
      place: {type: environment}
      reason: {description: Why}
      requested_by: {}
jobs:
  build: {runs-on: ubuntu-latest, steps: [{run: make}]}
"""
INPUTS = {"target": ["staging", "production"], "dry_run": ["true", "false"], "level": None, "place": ["blue", "green"],
          "reason": None, "requested_by": None}


class GitHubWorkflows(GitHubActions):
    """`files` is {(path, branch): text}; `inputs` is what GitHub makes of the workflow's: {name: choices or None};
    `required` of them must be sent. `rights` are those of the token. `dispatched` lists (ref, inputs) of what was
    started; `tells_runs` is whether it says which run that is, as an Enterprise Server does not.
    """

    workflow = ".github/workflows/ci.yml"

    def __init__(self, repository="acme/app"):
        self.files = {(self.workflow, "main"): CI, (self.workflow, "next"): CI}
        self.inputs, self.required = dict(INPUTS), ["target"]
        self.rights = {"actions:read", "actions:write", "contents:read"}
        self.dispatched = []
        self.tells_runs = True
        super().__init__(repository)

    def started(self):
        """The deliveries that the runs have begun which were started so."""
        return [self._delivery("in_progress", run) for run in self.attempts.values()
                if run["event"] == "workflow_dispatch"]

    def _serve(self, request):
        self._need(request.headers.get("Authorization") == f"Bearer {self.token}", 401, "Bad credentials")
        path, _, query = request.path.partition("?")
        asked = dict(urllib.parse.parse_qsl(query, strict_parsing=bool(query)))
        if (found := _REPOSITORY.fullmatch(path)) and request.method == "GET":
            self._mine(found[1])
            return {**self._repository(), "default_branch": "main"}, {}
        if (found := _FILE.fullmatch(path)) and request.method == "GET":
            self._mine(found[1])
            return self._file(urllib.parse.unquote(found[2]), asked), {}
        if (found := _ENVIRONMENTS.fullmatch(path)) and request.method == "GET":
            self._mine(found[1])
            self._need("actions:read" in self.rights, 403, "Resource not accessible by personal access token")
            return self._page("environments", [{"id": 1, "name": "blue"}, {"id": 2, "name": "green"}], asked)
        if (found := _RUN.fullmatch(path)) and request.method == "GET":
            self._mine(found[1])
            tries = [run for (ident, _), run in self.attempts.items() if ident == int(found[2])]
            self._need(tries, 404, "Not Found")
            return tries[-1], {}
        if found := _WORKFLOW.fullmatch(path):
            self._mine(found[1])
            self._need(found[2] == "9", 404, "Not Found")
            if found[3] == "/dispatches" and request.method == "POST":
                return self._dispatch(json.loads(request.body)), {}
            if found[3] == "/runs" and request.method == "GET":
                self._need(set(asked) <= {"event", "per_page", "page", "branch"}, 422, "unknown parameter")
                runs = [run for run in self.attempts.values() if run["event"] == asked.get("event", run["event"])]
                return self._page("workflow_runs", sorted(runs, key=lambda run: -run["id"]), asked)
            if not found[3] and request.method == "GET":
                return {"id": 9, "name": "CI", "path": self.workflow, "state": "active"}, {}
        return super()._serve(request)

    def _file(self, path, asked):
        self._need(set(asked) <= {"ref"}, 422, "unknown parameter")
        text = self.files.get((path, asked.get("ref", "main")))
        # GitHub does not say whether it is there to whoever may not read.
        self._need(text is not None and "contents:read" in self.rights, 404, "Not Found")
        lines = base64.encodebytes(text.encode()).decode()
        return {"type": "file", "encoding": "base64", "size": len(text), "path": path, "content": lines}

    def _dispatch(self, body):
        self._need("actions:write" in self.rights, 403, "Resource not accessible by personal access token")
        known = {"ref", "inputs"} | ({"return_run_details"} if self.tells_runs else set())
        for name in body:
            self._need(name in known, 422, f'Invalid request.\n\n"{name}" is not a permitted key.')
        ref, inputs = body.get("ref"), body.get("inputs", {})
        self._need((self.workflow, ref) in self.files, 422, f"No ref found for: {ref}")
        self._need("workflow_dispatch" in self.files[self.workflow, ref], 422,
                   "Workflow does not have 'workflow_dispatch' trigger")
        unexpected = sorted(set(inputs) - set(self.inputs))
        self._need(not unexpected, 422, f"Unexpected inputs provided: {json.dumps(unexpected)}")
        for name in self.required:
            self._need(inputs.get(name), 422, f"Required input '{name}' not provided")
        for name, value in inputs.items():
            self._need(isinstance(value, str), 422, f"For 'properties/{name}', {json.dumps(value)} is not a string.")
            choices = self.inputs[name]
            self._need(choices is None or value in choices, 422, f"Provided value '{value}' for input '{name}' not in "
                       "the list of allowed values")
        number = 100 + len(self.dispatched)
        self.dispatched.append((ref, inputs))
        self.begin(number, event="workflow_dispatch", branch=ref)
        if not body.get("return_run_details"):
            return Answer(204, {}, b"")
        ident = 70_000 + number
        told = {"workflow_run_id": ident, "run_url": f"{self.url}repos/{self.repository}/actions/runs/{ident}",
                "html_url": f"https://github.com/{self.repository}/actions/runs/{ident}"}
        return Answer(200, {"Content-Type": "application/json"}, json.dumps(told).encode())

    @staticmethod
    def _need(condition, status, text):
        if not condition:
            raise Refusal(status, text)
