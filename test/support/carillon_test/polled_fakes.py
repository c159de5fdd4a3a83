"""Strict stand-ins for CIs that are asked: Woodpecker, Concourse, TeamCity, Azure Pipelines."""

import base64
import re
import time

from carillon_test.chat_fakes import Refusal
from carillon_test.ci_fake import CiFake, only, page


class WoodpeckerFake(CiFake):
    """`pipelines` is [pipeline, ...] of acme/bells, newest last."""

    def __init__(self):
        self.pipelines = []
        super().__init__()

    def pipeline(self, number, ended, **changes):
        return {"id": 900 + number, "number": number, "author": "ann", "author_email": "ann@example.org",
                "event": "push", "status": "failure", "created": ended - 65, "started": ended - 60, "finished": ended,
                "commit": "abc", "branch": "main", "ref": "refs/heads/main", "title": "Ring", "message": "Ring\n",
                "timestamp": ended - 70, "rerun_count": 0, **changes}

    def answer(self, path, query):
        if path == "/api/repos/lookup/acme/bells":
            only(query)
            return {"id": 3, "full_name": "acme/bells", "clone_url": f"{self.url}acme/bells.git", "active": True}
        if path == "/api/repos/3/pipelines":
            only(query, "after", "page", "perPage")
            after = query.get("after", "")
            if after and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", after):
                raise Refusal(400, "after is no moment")
            return page(self.pipelines[::-1], query, "perPage", 50)
        if found := re.fullmatch(r"/api/repos/3/pipelines/(\d+)", path):
            only(query)
            for one in self.pipelines:
                if one["number"] == int(found[1]):
                    steps = [{"name": "tenor", "state": "failure"}]
                    return {**one, "workflows": [{"id": 1, "name": "tower", "state": one["status"],
                                                  "started": one["started"], "finished": one["finished"],
                                                  "children": steps}]}
        raise Refusal(404, "not found")


class ConcourseFake(CiFake):
    """`builds` is [build, ...], newest last."""

    def __init__(self):
        self.builds = []
        super().__init__()

    def build(self, ident, ended, **changes):
        return {"id": ident, "team_name": "main", "name": str(ident), "status": "failed", "job_name": "tenor",
                "pipeline_name": "bells", "start_time": ended - 60, "end_time": ended, **changes}

    def answer(self, path, query):
        if path == "/api/v1/builds":
            only(query, "limit")
            return self.builds[::-1][:int(query["limit"])]
        if found := re.fullmatch(r"/api/v1/builds/(\d+)(/resources)?", path):
            only(query)
            for one in self.builds:
                if one["id"] == int(found[1]):
                    return {"inputs": [{"name": "git", "version": {"ref": "abc"}}]} if found[2] else one
        raise Refusal(404, "not found")


class TeamCityFake(CiFake):
    """`builds` is [build, ...], newest last."""

    def __init__(self):
        self.builds = []
        super().__init__()

    def build(self, ident, ended, **changes):
        def moment(seconds):
            return time.strftime("%Y%m%dT%H%M%S+0000", time.gmtime(seconds))

        return {"id": ident, "buildTypeId": "Bells_Peal", "number": str(ident), "status": "FAILURE",
                "state": "finished", "branchName": "main", "statusText": "Tests failed: 2", "queuedDate":
                moment(ended - 65), "startDate": moment(ended - 60), "finishDate": moment(ended),
                "buildType": {"id": "Bells_Peal", "name": "Peal", "projectName": "Bells"},
                "revisions": {"revision": [{"version": "abc", "vcsBranchName": "refs/heads/main"}]}, **changes}

    def answer(self, path, query):
        only(query, "locator", "fields")
        if path == "/app/rest/builds":
            pattern = r"sinceDate:\d{8}T\d{6}\+0000,state:any,branch:default:any,count:(\d+),start:(\d+)"
            found = re.fullmatch(pattern, query["locator"])
            if not found:
                raise Refusal(400, "locator")
            count, start = int(found[1]), int(found[2])
            return {"build": self.builds[::-1][start:start + count]}
        if found := re.fullmatch(r"/app/rest/builds/id:(\d+)", path):
            for one in self.builds:
                if one["id"] == int(found[1]):
                    return one
        raise Refusal(404, "not found")


class AzureFake(CiFake):
    """`builds` is [build, ...] of the project Bells, oldest first."""

    scheme = "Basic"
    password = "azure-t0ken"
    token = base64.b64encode(f"carillon:{password}".encode()).decode()

    def __init__(self):
        self.builds = []
        super().__init__()

    def build(self, ident, ended, **changes):
        def moment(seconds):
            return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))

        return {"id": ident, "buildNumber": f"Peal_{ident}", "status": "completed", "result": "failed",
                "queueTime": moment(ended - 65), "startTime": moment(ended - 60), "finishTime": moment(ended),
                "reason": "manual", "definition": {"id": 2, "name": "Peal"}, "project": {"id": "be9b", "name": "Bells"},
                "sourceBranch": "refs/heads/main", "sourceVersion": "abc",
                "requestedFor": {"displayName": "Ann", "uniqueName": "ann"}, **changes}

    def answer(self, path, query):
        if query.pop("api-version", "") != "6.0":
            raise Refusal(400, "no api-version")
        if path == "/_apis/projects":
            only(query, "$top")
            return {"value": [{"id": "be9b", "name": "Bells"}]}
        if path == "/Bells/_apis/build/builds":
            only(query, "minTime", "queryOrder", "continuationToken")
            return {"value": self.builds}
        if found := re.fullmatch(r"/Bells/_apis/build/builds/(\d+)", path):
            for one in self.builds:
                if one["id"] == int(found[1]):
                    return one
        raise Refusal(404, "not found")
