"""GitLabStatusPush against a strict stand-in that opens jobs as GitLab does."""

import json
import unittest
import urllib.error
import urllib.request

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.gitlab_fake import GitLabFake
from carillon_test.http_sink import Answer
from carillon_test.services import Source, service
from carillon_test.waiting import PATIENCE, stays, wait_for

QUIET = 1.0
REPOSITORY = "https://gitlab.example.org/group/sub/bell.git"
BELLS = "\N{BELL}" * 400


def on_gitlab(number=1, builder="linux", results=0, *, sha=None, repository=REPOSITORY, branch="main",
              submitted=1700000000, **fields):
    """A build of a commit of the project; `submitted` is when its request was made."""
    made = build(number, builder, results, **fields)
    stamp = made["buildset"]["sourcestamps"][0]
    stamp.update(repository=repository, branch=branch, revision=sha or stamp["revision"])
    made["buildset"]["submitted_at"] = submitted
    made["started_at"] = submitted + 5
    return made


def sha_of(event):
    return event["buildset"]["sourcestamps"][0]["revision"]


class GitLabTest(ServerTest):
    def gitlab(self, **arguments):
        made = GitLabFake(**arguments)
        self.addCleanup(made.close)
        return made

    def reporting(self, gitlab, **arguments):
        arguments.setdefault("baseURL", gitlab.url)
        return self.carillon(service("GitLabStatusPush", token=gitlab.token, **arguments))

    def test_every_result(self):
        gitlab = self.gitlab()
        carillon = self.reporting(gitlab, endDescription=Source("util.Interpolate('ended <b> %(prop:x)s')"))
        states = ["success", "success", "failed", "skipped", "failed", "pending", "canceled"]
        for results in range(7):
            carillon.ingest(on_gitlab(results + 1, results=results, properties={"x": ["\N{BELL}", "t"]}))
        carillon.settled(7)
        self.assertEqual(gitlab.refused, [])
        for results, state in enumerate(states):
            event = on_gitlab(results + 1)
            ((number, _, body),) = [m for m in gitlab.statuses() if m[1] == sha_of(event)]
            self.assertEqual(number, 42)
            self.assertEqual(
                body, {"state": state, "ref": "main", "name": "buildbot/linux", "target_url": event["url"],
                       "description": "ended <b> \N{BELL}"})
        lookups = [m for m in gitlab.messages if m[0] == "GET"]
        self.assertLessEqual(len(lookups), 7)
        carillon.ingest(on_gitlab(9))
        carillon.settled(8)
        self.assertEqual(len([m for m in gitlab.messages if m[0] == "GET"]), len(lookups), "cached")
        self.assertNotIn(gitlab.token, carillon.process.text() + json.dumps(carillon.deliveries()))

    def test_waiting_started_finished(self):
        gitlab = self.gitlab()
        carillon = self.reporting(gitlab, pendingDescription="waits")
        started = on_gitlab(complete=False)
        request = {name: started[name] for name in ("builder", "buildrequest", "buildset", "properties")}
        request["buildrequestid"] = started["buildrequestid"]
        key = f"buildrequests/{started['buildrequestid']}/new"
        self.assertEqual(carillon.ingest({"k": key, "m": request}).status, 202)
        wait_for(lambda: gitlab.shown(sha_of(started)) == [("buildbot/linux", "pending")], "pending")
        carillon.ingest(started)
        wait_for(lambda: gitlab.shown(sha_of(started)) == [("buildbot/linux", "running")], "running")
        carillon.ingest(on_gitlab(results=2))
        carillon.settled(3)
        self.assertEqual(gitlab.shown(sha_of(started)), [("buildbot/linux", "failed")], "all the time one job")
        self.assertEqual([body["description"] for _, _, body in gitlab.statuses()],
                         ["waits", "Build started.", "Build done."])

    def test_a_request_that_is_cancelled(self):
        gitlab = self.gitlab()
        carillon = self.reporting(gitlab, pendingDescription="waits")
        event = on_gitlab(complete=False)
        request = {name: event[name] for name in ("builder", "buildrequest", "buildset", "properties")}
        carillon.ingest({"k": "buildrequests/4/new", "m": request})
        carillon.ingest({"k": "buildrequests/4/complete", "m": {**request, "results": 6, "complete_at": 1700000009}})
        wait_for(lambda: gitlab.shown(sha_of(event)) == [("buildbot/linux", "canceled")], gitlab.jobs)

    def test_a_late_running_never_arrives(self):
        gitlab = self.gitlab()
        gitlab.script(*[Answer(503)] * 100)
        carillon = self.reporting(gitlab)
        carillon.ingest(on_gitlab(complete=False))
        wait_for(lambda: any(r["attempts"] for r in carillon.deliveries()), "a try in vain")
        carillon.ingest(on_gitlab())
        wait_for(lambda: any(r["state"] == "superseded" for r in carillon.deliveries()), "the start is obsolete")
        gitlab.unscript()
        wait_for(lambda: gitlab.shown(sha_of(on_gitlab())), "the end")
        carillon.ingest(on_gitlab(2, sha="b" * 40))  # and told in the wrong order
        carillon.ingest(on_gitlab(2, sha="b" * 40, complete=False))
        wait_for(lambda: gitlab.shown("b" * 40), "the second end")
        stays(lambda: [j["status"] for j in gitlab.jobs] == ["success", "success"], "no job is opened again", QUIET)
        self.assertNotIn("running", [body["state"] for _, _, body in gitlab.statuses()])

    def test_a_rebuild_is_a_new_job(self):
        gitlab = self.gitlab()
        carillon = self.reporting(gitlab)
        sha = "c" * 40
        for number, results in ((1, 2), (2, 0)):
            when = 1700000000 + number * 100
            carillon.ingest(on_gitlab(number, results=results, sha=sha, submitted=when, complete=False))
            carillon.ingest(on_gitlab(number, results=results, sha=sha, submitted=when))
        wait_for(lambda: gitlab.shown(sha)[-1:] == [("buildbot/linux", "success")], lambda: gitlab.jobs)

    def test_running_that_is_there_counts_as_delivered(self):
        gitlab = self.gitlab()
        gitlab.lose()
        carillon = self.reporting(gitlab)
        carillon.ingest(on_gitlab(complete=False))
        (row,) = carillon.settled(1)
        self.assertEqual(row["state"], "delivered")
        self.assertEqual(len(gitlab.refused), 1)
        self.assertIn("via :run from :running", str(gitlab.refused[0]))

    def test_a_lost_answer_opens_no_second_job(self):
        gitlab = self.gitlab()
        gitlab.lose()
        carillon = self.reporting(gitlab, context="a b/<\N{BELL}>&name=x")
        carillon.ingest(on_gitlab(results=2, branch="feature/x&y"))
        (row,) = carillon.settled(1)
        self.assertEqual((row["state"], gitlab.refused), ("delivered", []))
        self.assertEqual(len(gitlab.statuses()), 1)
        self.assertEqual(gitlab.shown(sha_of(on_gitlab())), [("a b/<\N{BELL}>&name=x", "failed")])

    def test_the_fork_of_a_merge_request(self):
        gitlab = self.gitlab(projects={"group/sub/bell": 42, "fork/bell": 77})
        carillon = self.reporting(gitlab, context="ci/bells", baseURL=gitlab.url.rstrip("/"))
        properties = {"source_project_id": [77, "Change"], "source_branch": ["topic", "Change"]}
        carillon.ingest(on_gitlab(properties=properties))
        carillon.settled(1)
        ((number, _, body),) = gitlab.messages
        self.assertEqual((number, body["ref"], body["name"]), (77, "topic", "ci/bells"))

    def test_limits_and_an_old_server(self):
        gitlab = self.gitlab(states=("pending", "running", "success", "failed", "canceled"))
        carillon = self.reporting(gitlab, endDescription=BELLS + "\r\n<b>", context=BELLS)
        carillon.ingest(on_gitlab(results=3, url="http://ci.example.org/" + "x" * 300))
        (row,) = carillon.settled(1)
        self.assertEqual(row["state"], "delivered")
        ((_, _, body),) = gitlab.statuses()
        self.assertEqual(body["state"], "success")
        self.assertEqual((len(body["description"]), len(body["name"])), (255, 255))
        self.assertNotIn("target_url", body)
        self.assertEqual(gitlab.refused, [{"error": "state does not have a valid value"}])

    def test_what_cannot_be_delivered_says_why(self):
        gitlab = self.gitlab()
        carillon = self.reporting(gitlab)
        carillon.ingest(on_gitlab(1, repository="https://gitlab.example.org/other/thing"))
        carillon.ingest(on_gitlab(2, repository="nowhere"))
        carillon.settled(2)
        told = carillon.cli("explain", "--config", carillon.config, "linux/1").stdout
        self.assertIn("no project other/thing", told)
        told = carillon.cli("explain", "--config", carillon.config, "linux/2").stdout
        self.assertIn("no project: neither", told)
        self.assertEqual(gitlab.statuses(), [])

    def test_a_wrong_token(self):
        gitlab = self.gitlab()
        carillon = self.carillon(service("GitLabStatusPush", token="wr0ng-token", baseURL=gitlab.url))
        carillon.ingest(on_gitlab())
        (row,) = carillon.settled(1)
        self.assertEqual(row["state"], "dead")
        self.assertIn("401", str(row))
        self.assertNotIn("wr0ng-token", carillon.process.text() + json.dumps(row))


class StrictTest(ServerTest):
    """The stand-in refuses what GitLab refuses."""

    def setUp(self):
        self.gitlab = GitLabFake(projects={"group/bell": 42})
        self.addCleanup(self.gitlab.close)

    def ask(self, path, body=None, token=GitLabFake.token):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "PRIVATE-TOKEN": token}
        request = urllib.request.Request(self.gitlab.url + path, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def test_refusals(self):
        path = "api/v4/projects/42/statuses/" + "a" * 40
        self.assertEqual(self.ask("api/v4/projects/group%2Fbell")[1]["id"], 42)
        self.assertEqual(self.ask("api/v4/projects/group%2Fno")[0], 404)
        self.assertEqual(self.ask("api/v4/projects/42/statuses/main", {"state": "success"})[0], 404)
        self.assertEqual(self.ask(path, {"state": "success"}, "x")[0], 401)
        for wrong in ({}, {"state": "cancelled"}, {"state": "success", "x": "y"}, {"state": "success", "ref": None},
                      {"state": "success", "name": "x" * 256}, {"state": "success", "description": "x" * 256},
                      {"state": "success", "target_url": "http://h/" + "x" * 255},
                      {"state": "success", "target_url": "h"}):
            self.assertEqual(self.ask(path, wrong)[0], 400, wrong)
        self.assertEqual(self.gitlab.jobs, [])

    def test_jobs(self):
        path = "api/v4/projects/42/statuses/" + "a" * 40
        self.assertEqual(self.ask(path, {"state": "running"})[0], 201)
        status, answer = self.ask(path, {"state": "running"})
        self.assertEqual(status, 400)
        self.assertIn("Cannot transition status via :run from :running", answer["message"])
        self.assertEqual(self.ask(path, {"state": "success"})[0], 201)
        self.assertEqual(len(self.gitlab.jobs), 1)
        self.assertEqual(self.ask(path, {"state": "running"})[0], 201)
        self.assertEqual([j["status"] for j in self.gitlab.jobs], ["success", "running"], "a late one opens a job")


if __name__ == "__main__":
    unittest.main()
