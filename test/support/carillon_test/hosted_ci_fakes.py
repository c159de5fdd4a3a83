"""Strict stand-ins for the APIs of CircleCI and Buildkite, as far as Carillon asks them."""

import json
import re
import urllib.parse

from carillon_test.chat_fakes import Refusal
from carillon_test.http_sink import Answer, HttpSink


class _Fake(HttpSink):
    """GET only; a wrong token is 401, an unknown path 404, an unknown parameter 400: all are in `refused`. Lists come
    in pages of two. Scripted answers (HttpSink.script) come first.
    """

    token = "ci-t0ken-0123456789"
    page = 2

    def __init__(self):
        self.refused = []
        super().__init__()

    def _is_allowed(self, headers):
        raise NotImplementedError

    def _answer(self, path, query):
        """JSON and headers."""
        raise NotImplementedError

    def _take(self, request):
        with self._lock:
            self.requests.append(request)
            if self._script:
                return self._script.pop(0)
            try:
                if request.method != "GET":
                    raise Refusal(405, "only GET")
                if not self._is_allowed(request.headers):
                    raise Refusal(401, "invalid token")
                path, _, query = request.path.partition("?")
                body, headers = self._answer(path, urllib.parse.parse_qs(query, strict_parsing=bool(query)))
                status = 200
            except Refusal as error:
                self.refused.append(f"{request.path}: {error.text}")
                body, headers, status = {"message": error.text}, {}, error.status
            return Answer(status, {"Content-Type": "application/json", **headers}, json.dumps(body).encode())


def _only(query, *names):
    for name in query:
        if name not in names:
            raise Refusal(400, f"unknown parameter {name}")


class CircleCIFake(_Fake):
    """`pipelines` is {slug: [pipeline, ...]}, the newest first. A pipeline has `workflows`, and these `jobs`, besides
    what the API tells of them."""

    def __init__(self):
        self.pipelines = {}
        super().__init__()

    def _is_allowed(self, headers):
        return headers.get("Circle-Token") == self.token

    def _answer(self, path, query):
        _only(query, "page-token")
        workflows = {w["id"]: (w, p) for all_of in self.pipelines.values() for p in all_of for w in p["workflows"]}
        pipelines = {p["id"]: p for all_of in self.pipelines.values() for p in all_of}
        if found := re.fullmatch(r"/api/v2/project/(.+)/pipeline", path):
            if found[1] not in self.pipelines:
                raise Refusal(404, "Project not found")
            return self._listed(self.pipelines[found[1]], query, "workflows")
        if found := re.fullmatch(r"/api/v2/pipeline/([^/]+)(/workflow)?", path):
            if found[1] not in pipelines:
                raise Refusal(404, "Pipeline not found")
            if found[2]:
                return self._listed(pipelines[found[1]]["workflows"], query, "jobs")
            return _without(pipelines[found[1]], "workflows"), {}
        if found := re.fullmatch(r"/api/v2/workflow/([^/]+)(/job)?", path):
            if found[1] not in workflows:
                raise Refusal(404, "Workflow not found")
            workflow, pipeline = workflows[found[1]]
            if found[2]:
                return self._listed(workflow["jobs"], query)
            return {**_without(workflow, "jobs"), "pipeline_id": pipeline["id"]}, {}
        raise Refusal(404, f"unknown path {path}")

    def _listed(self, items, query, inner=None):
        at = int(query.get("page-token", ["0"])[0])
        more = at + self.page < len(items)
        shown = [_without(item, inner) for item in items[at:at + self.page]]
        return {"items": shown, "next_page_token": str(at + self.page) if more else None}, {}


class BuildkiteFake(_Fake):
    """`builds` are those of the organization acme, with their pipelines and jobs; the newest first."""

    def __init__(self):
        self.builds = []
        super().__init__()

    def _is_allowed(self, headers):
        return headers.get("Authorization") == f"Bearer {self.token}"

    def _answer(self, path, query):
        _only(query, "finished_from", "state[]", "exclude_jobs", "exclude_pipeline", "per_page", "page")
        if found := re.fullmatch(r"/v2/organizations/acme/pipelines/([^/]+)/builds/(\d+)", path):
            for build in self.builds:
                if (build["pipeline"]["slug"], build["number"]) == (found[1], int(found[2])):
                    return build, {}
            raise Refusal(404, "No build found")
        builds = self.builds
        if found := re.fullmatch(r"/v2/organizations/acme/pipelines/([^/]+)/builds", path):
            builds = [build for build in builds if build["pipeline"]["slug"] == found[1]]
        elif path != "/v2/organizations/acme/builds":
            raise Refusal(404, f"unknown path {path}")
        if since := query.get("finished_from"):
            builds = [build for build in builds if (build["finished_at"] or "") >= since[0]]
        if states := query.get("state[]"):
            builds = [build for build in builds if build["state"] in states]
        if query.get("exclude_jobs") == ["true"]:
            builds = [_without(build, "jobs") for build in builds]
        number = int(query.get("page", ["1"])[0])
        headers = {}
        if number * self.page < len(builds):
            query["page"] = [str(number + 1)]
            following = f"{self.url.rstrip('/')}{path}?{urllib.parse.urlencode(query, doseq=True)}"
            headers["Link"] = f'<{following}>; rel="next"'
        return builds[(number - 1) * self.page:number * self.page], headers


def _without(item, name):
    return {key: value for key, value in item.items() if key != name}
