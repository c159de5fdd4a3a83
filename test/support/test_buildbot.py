"""The real Buildbot builds what the tests ask for, in every way a build can end."""

import unittest

from carillon_test.buildbot import RESULTS
from carillon_test.case import ServerTest
from carillon_test.waiting import wait_for


class BuildbotTest(ServerTest):
    def names(self, server):
        return {b["builderid"]: b["name"] for b in server.get("builders")["builders"]}

    def outcome(self, build):
        return RESULTS[build["results"]]

    def test_every_way_to_end(self):
        server = self.buildbot()
        for builder, outcome in (
            ("pass", "success"), ("warn", "warnings"), ("fail", "failure"),
            ("exception", "exception"), ("logs", "success"),
        ):
            self.assertEqual(self.outcome(server.build(builder)), outcome, builder)

        self.assertEqual(self.outcome(server.build("chosen", outcome="fail")), "failure")

        attempts = server.wait_buildset(server.force("retry"))
        self.assertEqual([self.outcome(b) for b in attempts], ["retry", "success"])

        server.force("slow")
        server.stop_build(server.wait_running("slow")["buildid"])
        self.assertEqual(self.outcome(server.wait_build("slow")), "cancelled")
        server.force("slow")
        server.wait_running("slow")
        server.release_slow()
        self.assertEqual(self.outcome(server.wait_build("slow", 2)), "success")

    def test_one_buildset_with_three_builds_of_one_change(self):
        server = self.buildbot()
        changeid = server.change(project="together", author="Ann <ann@example.org>", branch="dev")
        bsid = wait_for(server.newest_buildset, "the buildset")
        builds = server.wait_buildset(bsid)
        names = self.names(server)
        self.assertEqual(
            {names[b["builderid"]]: self.outcome(b) for b in builds},
            {"pass": "success", "warn": "warnings", "fail": "failure"},
        )
        (change,) = server.get(f"builds/{builds[0]['buildid']}/changes")["changes"]
        self.assertEqual((change["changeid"], change["branch"]), (changeid, "dev"))

    def test_properties_owner_patch_and_logs(self):
        server = self.buildbot()
        build = server.build("pass", owner="ann@example.org", branch="dev", revision="abc",
                             properties={"colour": "red", "size": "small"})
        (properties,) = server.get(f"builds/{build['buildid']}/properties")["properties"]
        self.assertEqual(properties["owner"][0], "ann@example.org")
        self.assertEqual((properties["colour"][0], properties["size"][0]), ("red", "small"))
        self.assertEqual((properties["branch"][0], properties["revision"][0]), ("dev", "abc"))
        build = server.build("chosen", owner_list=["a@example.org", "b@example.org"])
        (properties,) = server.get(f"builds/{build['buildid']}/properties")["properties"]
        self.assertEqual(properties["owners"][0], ["a@example.org", "b@example.org"])

        bsid = server.try_patch("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n")
        server.wait_buildset(bsid)
        (stamp,) = server.get(f"buildsets/{bsid}")["buildsets"][0]["sourcestamps"]
        self.assertEqual(stamp["patch"]["author"], "Pat Patcher <pat@example.org>")

        build = server.build("logs")
        step = server.get(f"builds/{build['buildid']}/steps/1")["steps"][0]["stepid"]
        logs = {log["name"]: log["logid"] for log in server.get(f"steps/{step}/logs")["logs"]}
        self.assertEqual(set(logs), {"stdio", "summary", "report"})
        text = server.get(f"logs/{logs['stdio']}/contents")["logchunks"][0]["content"]
        self.assertIn("\N{BELL}", text)

    def test_restart_crash_and_a_lost_worker(self):
        server = self.buildbot(missing_timeout=1)
        url = server.url
        server.restart_master()
        server.kill_master()
        server.start_master()
        server.wait_for_worker()
        self.assertEqual(server.url, url)
        self.assertEqual(self.outcome(server.build("pass")), "success")
        server.stop_worker()
        wait_for(
            lambda: not server.get("workers")["workers"][0]["connected_to"],
            "the worker to be gone",
        )
        server.start_worker()


if __name__ == "__main__":
    unittest.main()
