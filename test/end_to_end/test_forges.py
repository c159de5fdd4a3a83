"""Statuses on GitHub and GitLab of builds of a real Buildbot: waiting, started, ended, repeated, cancelled."""

import unittest

from carillon_test.carillon import watch
from carillon_test.case import ServerTest
from carillon_test.github_fake import GitHubFake
from carillon_test.gitlab_fake import GitLabFake
from carillon_test.services import service
from carillon_test.waiting import PATIENCE, stays, wait_for

REPOSITORY = "https://forge.example.org/octo/bell.git"
QUIET = 1.0


def sha(number):
    return f"{number:040x}"


class ForgesTest(ServerTest):
    def setUp(self):
        self.github, self.gitlab = GitHubFake("octo/bell"), GitLabFake({"octo/bell": 42})
        self.addCleanup(self.github.close)
        self.addCleanup(self.gitlab.close)

    def services(self, **arguments):
        return (
            service("GitHubStatusPush", token=self.github.token, baseURL=self.github.api, **arguments)
            + service("GitLabStatusPush", token=self.gitlab.token, baseURL=self.gitlab.url, **arguments)
        )

    def on_github(self, number, builder):
        return self.github.states("octo/bell", sha(number), "buildbot/" + builder)

    def on_gitlab(self, number):
        return [state for _, of, body in self.gitlab.statuses() if of == sha(number) for state in [body["state"]]]

    def force(self, buildbot, builder, number):
        return buildbot.force(builder, branch="main", revision=sha(number), repository=REPOSITORY)

    def last(self, number, builder):
        """The last state at both, or None."""
        return (self.on_github(number, builder) or [None])[-1], (self.on_gitlab(number) or [None])[-1]

    def expect(self, number, builder, github, gitlab):
        wait_for(lambda: self.last(number, builder) == (github, gitlab),
                 lambda: f"{github} and {gitlab}: {self.on_github(number, builder)} {self.on_gitlab(number)}", 2 * PATIENCE)

    def test_builds_from_the_start_to_the_end(self):
        buildbot = self.buildbot()
        carillon = self.carillon(self.services(), sources=[watch(buildbot)])
        carillon.wait_until_following()
        expected = {"pass": ("success", "success"), "warn": ("success", "success"), "fail": ("failure", "failed"),
                    "exception": ("error", "failed"), "retry": ("success", "success")}
        for number, builder in enumerate(expected, 1):
            self.force(buildbot, builder, number)
        for number, (builder, states) in enumerate(expected.items(), 1):
            self.expect(number, builder, *states)
        self.force(buildbot, "slow", 9)
        self.expect(9, "slow", "pending", "running")
        buildbot.stop_build(buildbot.wait_running("slow")["buildid"])
        self.expect(9, "slow", "error", "canceled")
        stays(lambda: self.last(9, "slow") == ("error", "canceled"), "the last word", QUIET)
        self.assertEqual(self.github.refused, [])

    def test_a_request_that_waits_and_is_cancelled(self):
        buildbot = self.buildbot(worker=False)
        carillon = self.carillon(self.services(pendingDescription="Waiting for a bell."), sources=[watch(buildbot)])
        carillon.wait_until_following()
        for number in (1, 2, 3):
            self.force(buildbot, "pass", number)
        for number in (1, 2, 3):
            self.expect(number, "pass", "pending", "pending")
        requests = {}
        for request in buildbot.get("buildrequests")["buildrequests"]:
            stamps = buildbot.get(f"buildsets/{request['buildsetid']}")["buildsets"][0]["sourcestamps"]
            requests[stamps[0]["revision"]] = request["buildrequestid"]
        buildbot.control(f"buildrequests/{requests[sha(1)]}", "cancel", {"reason": "not needed"})
        self.expect(1, "pass", "error", "canceled")
        # One is cancelled while nobody listens.
        carillon.kill9()
        buildbot.control(f"buildrequests/{requests[sha(2)]}", "cancel", {"reason": "not needed"})
        carillon.start()
        self.expect(2, "pass", "error", "canceled")
        # The third gets its worker in the end.
        buildbot.start_worker()
        self.expect(3, "pass", "success", "success")
        self.assertEqual(self.on_github(3, "pass").count("success"), 1)
        stays(lambda: self.last(1, "pass") == ("error", "canceled"), "the last word", QUIET)

    def test_both_were_down_meanwhile(self):
        buildbot = self.buildbot()
        carillon = self.carillon(self.services(), sources=[watch(buildbot)])
        carillon.wait_until_following()
        self.github.down()
        self.gitlab.down()
        self.force(buildbot, "fail", 5)
        buildbot.wait_build("fail")
        wait_for(lambda: len(carillon.deliveries()) == 4, "both reports of both services in the ledger")
        carillon.kill9()
        self.github.up()
        self.gitlab.up()
        carillon.start()
        self.expect(5, "fail", "failure", "failed")
        stays(lambda: self.last(5, "fail") == ("failure", "failed"), "the last word", QUIET)
        self.assertNotIn("pending", self.on_github(5, "fail"))
        states = sorted(row["state"] for row in carillon.settled(4))
        self.assertEqual(states, ["delivered", "delivered", "superseded", "superseded"])


if __name__ == "__main__":
    unittest.main()
