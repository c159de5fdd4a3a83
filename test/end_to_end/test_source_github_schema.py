"""sources.GitHub takes, or ignores, whatever GitHub's schema of webhooks allows."""

import json

from carillon_test.case import ServerTest
from carillon_test.github_actions import GitHubActions, signature
from carillon_test.github_schema import Schema
from carillon_test.services import http_push
from carillon_test.waiting import stays

SECRET = GitHubActions.secret
# What a run is that has ended so; of others it has not ended.
RESULTS = {
    "success": 0, "neutral": 0, "failure": 2, "timed_out": 2, "skipped": 3, "startup_failure": 4, "cancelled": 6,
    "stale": 6,
}  # fmt: skip


class SchemaTest(ServerTest):
    def setUp(self):
        self.http = self.http_sink()
        self.server = self.carillon(http_push(self.http), sources=[
            f"sources.GitHub({SECRET!r}, events=['runs', 'checks', 'statuses'], max_age='3600d')"])

    def post(self, event, body):
        text = json.dumps(body).encode()
        return self.server.request("POST", "hook/github", text, {
            "Content-Type": "application/json", "X-GitHub-Event": event,
            "X-Hub-Signature-256": signature(SECRET, text)})

    def check(self, event, *editions):
        """Posts all that the schemas allow; the statuses of the answers."""
        posted = {}
        for edition in editions:
            for action, *words, variant, body in Schema(edition).bodies(event):
                key = json.dumps(body)
                if key in posted:
                    continue
                answer = self.post(event, body)
                posted[key] = answer.status
                self.assertIn(answer.status, (200, 202), (edition, event, action, words, variant, answer.body))
        self.assertIn(202, posted.values(), "some mean something")

    def test_runs(self):
        self.check("workflow_run", "api.github.com", "ghes-3.14")

    def test_jobs(self):
        self.check("workflow_job", "api.github.com", "ghes-3.14", "ghes-3.19")

    def test_check_suites(self):
        self.check("check_suite", "api.github.com", "ghes-3.14")

    def test_check_runs(self):
        self.check("check_run", "api.github.com", "ghes-3.14")

    def test_statuses(self):
        self.check("status", "api.github.com", "ghes-3.14", "ghes-3.19")

    def test_each_conclusion_has_its_result(self):
        ended = {conclusion: body for action, status, conclusion, variant, body
                 in Schema("api.github.com").bodies("workflow_run")
                 if (action, status, variant) == ("completed", "completed", "all")}
        self.assertLess(set(RESULTS), set(ended))
        numbers = {}
        for number, (conclusion, body) in enumerate(ended.items(), 1):
            body["workflow_run"].update(id=number, run_number=number)
            numbers[number] = conclusion
            self.assertIn(self.post("workflow_run", body).status, (200, 202))
        self.http.wait_for(len(RESULTS))
        stays(lambda: len(self.http.received()) == len(RESULTS), "no other end", 1)
        told = {numbers[end["number"]]: end["results"] for end in self.http.bodies() if end["complete"]}
        self.assertEqual(told, RESULTS)
