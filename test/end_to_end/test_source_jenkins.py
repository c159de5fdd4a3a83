"""sources.Jenkins: by polling, by the hooks of its plugins, and both at once."""

import json
import time
import unittest
from collections import Counter

from carillon_test.case import ServerTest
from carillon_test.jenkins_fake import JenkinsFake
from carillon_test.services import call, http_push, mail
from carillon_test.waiting import stays, wait_for


class Jenkins:
    def setUp(self):
        self.jenkins = JenkinsFake()
        self.addCleanup(self.jenkins.close)
        self.http = self.http_sink()

    def run_carillon(self, services=None, *, polls=True, hook=True, **arguments):
        if polls:
            arguments["auth"] = (self.jenkins.user, self.jenkins.token)
        if hook:
            arguments["token"] = self.jenkins.hook_token
        source = call("sources.Jenkins", url=self.jenkins.url, every=30, **arguments)
        return self.carillon(services or http_push(self.http, wantProperties=True, wantSteps=True), sources=[source])

    def look(self, carillon, action=None):
        """Another look at the API, at once: the first thing that it does."""
        carillon.stop()
        if action:
            action()
        before = len(self.jenkins.asked_for("list"))
        carillon.start()
        wait_for(lambda: len(self.jenkins.asked_for("list")) > before, "a look")

    def reports(self):
        return [(b["builder"]["name"], b["number"], b["complete"], b["results"]) for b in self.http.bodies()]


class PollingTest(Jenkins, ServerTest):
    def test_what_was_there_is_not_told_and_what_comes_is(self):
        self.jenkins.build("old", 6, "FAILURE", at=time.time() - 60)
        carillon = self.run_carillon(hook=False)
        wait_for(lambda: ("builds", "old") in self.jenkins.asked, "the first look")
        wait_for(lambda: "before this source was observed" in json.dumps(carillon.explain("old/6")), "the old one")

        def meanwhile():
            for number in range(1, 31):
                self.jenkins.build("team/app/main", number, "FAILURE" if number == 30 else "SUCCESS")
            self.jenkins.begin("team/app/PR-7", 1)

        time_of_end = int(time.time())
        self.look(carillon, meanwhile)
        self.http.wait_for(31)
        told = self.reports()
        self.assertEqual(sorted(t for t in told if t[0] == "team/app/main"),
                         [("team/app/main", n, True, 2 if n == 30 else 0) for n in range(1, 31)])
        self.assertIn(("team/app/PR-7", 1, False, None), told)
        (start,) = [b for b in self.http.bodies() if b["builder"]["name"] == "team/app/PR-7"]
        self.assertEqual(start["properties"]["branch"][0], "refs/pull/7/head")
        self.assertEqual(start["properties"]["pull_request"][0], 7)
        (end,) = [b for b in self.http.bodies() if b["number"] == 30]
        self.assertGreaterEqual(end["complete_at"], time_of_end)
        self.assertEqual(end["url"], self.jenkins.url + "job/team/job/app/job/main/30/")
        self.assertEqual(end["buildset"]["sourcestamps"][0]["repository"], "https://git.example.org/team/app.git")
        self.assertEqual(end["properties"]["scheduler"][0], "schedule")
        self.jenkins.end("team/app/PR-7", 1, "ABORTED")
        self.http.wait_for(32)  # by the next look
        self.assertEqual(self.reports()[-1], ("team/app/PR-7", 1, True, 6))
        self.assertEqual(self.jenkins.asked.count(("builds", "old")), 1 + 1)
        self.assertEqual(self.jenkins.refused, [])

    def test_builds_of_a_job_that_was_made_again_are_told(self):
        carillon = self.run_carillon()
        wait_for(lambda: self.jenkins.asked_for("list"), "the first look")

        def twice():
            for job in ("app/renovate", "app/same"):
                for number in (1, 2):
                    self.jenkins.build(job, number, "FAILURE")

        self.look(carillon, twice)
        self.http.wait_for(4)

        def again():
            for job, builds in (("app/renovate", 1), ("app/same", 2)):
                self.jenkins.delete(job)
                for number in range(1, builds + 1):
                    self.jenkins.build(job, number, "FAILURE", at=time.time() + 1)

        self.look(carillon, again)
        self.http.wait_for(7)
        self.assertEqual(Counter(self.reports()), Counter({
            ("app/renovate", 1, True, 2): 2, ("app/renovate", 2, True, 2): 1,
            ("app/same", 1, True, 2): 2, ("app/same", 2, True, 2): 2}))
        end = self.jenkins.notification("app/renovate", 1, "FINALIZED", status="FAILURE")
        self.assertEqual(self.jenkins.post(carillon, end).json, {"accepted": 0, "duplicate": True})
        self.jenkins.delete("app/renovate")
        self.jenkins.build("app/renovate", 1, "FAILURE")
        end = self.jenkins.notification("app/renovate", 1, "FINALIZED", status="FAILURE")
        self.assertEqual(self.jenkins.post(carillon, end).json, {"accepted": 1, "duplicate": False})
        self.http.wait_for(8)

    def test_only_jobs_with_news_are_asked(self):
        for number in range(3):
            self.jenkins.build(f"job{number}", 5, at=time.time() - 60)
        self.run_carillon(hook=False, jobs=["job0", "job1"])
        wait_for(lambda: len(self.jenkins.asked_for("builds")) == 2, "the first look")
        self.jenkins.build("job1", 6, "FAILURE", tests=(12, 2, 1), failed=("opens", "rings"))
        self.jenkins.build("job2", 6, "FAILURE")
        self.http.wait_for(1)
        self.assertEqual(self.reports(), [("job1", 6, True, 2)])
        (body,) = self.http.bodies()
        self.assertEqual(body["tests"], {"total": 12, "passed": 9, "failed": 2, "skipped": 1,
                                         "failed_names": ["org.example.opens", "org.example.rings"]})
        self.assertEqual(body["state_string"], "2 of 12 tests failed")
        self.assertEqual(sorted(job for _, job in self.jenkins.asked_for("builds")), ["job0", "job1", "job1"])
        self.assertEqual(self.jenkins.asked_for("report"), [("report", "job1", 6)])

    def test_the_end_of_a_log_that_is_long(self):
        smtp = self.smtp_sink()
        carillon = self.run_carillon(mail(smtp, mode=("failing",), addLogs=True), hook=False)
        wait_for(lambda: self.jenkins.asked_for("list"), "the first look")
        lines = "".join(f"line {n}\n" for n in range(40_000)) + "make: *** no bell\n"
        self.look(carillon, lambda: self.jenkins.build("app", 1, "FAILURE", log=lines))
        (message,) = smtp.wait_for(1)
        self.assertEqual([name for name in message.attachments if name], ["console.stdio"])
        self.assertTrue(message.attachments["console.stdio"].startswith("line "))
        self.assertIn("make: *** no bell", message.attachments["console.stdio"])
        self.assertNotIn("line 1\n", message.attachments["console.stdio"])
        starts = [start for *_, start in self.jenkins.asked_for("log")]
        self.assertEqual(starts[:2], [0, len(lines) - 256 * 1024])

    def test_a_wrong_token_is_said_once(self):
        self.jenkins.token = "another"
        carillon = self.run_carillon(hook=False, auth=("bot", "wr0ng"), polls=False)
        wait_for(lambda: "its API cannot be asked" in carillon.process.text(), "the warning")
        self.assertNotIn("wr0ng", carillon.process.text())
        self.assertEqual(len(self.jenkins.refused), 1)

    def test_one_job_that_jenkins_cannot_show_keeps_nobody_from_the_others(self):
        carillon = self.run_carillon(hook=False)
        wait_for(lambda: self.jenkins.asked_for("list"), "the first look")

        def meanwhile():
            self.jenkins.broken.add("bad")
            self.jenkins.build("bad", 1, "FAILURE")
            self.jenkins.build("good", 1)

        self.look(carillon, meanwhile)
        self.http.wait_for(1)
        self.assertEqual(self.reports(), [("good", 1, True, 0)])
        self.assertIn("the API does not show bad", carillon.process.text())
        self.jenkins.broken.clear()
        self.http.wait_for(2)  # by the next look
        self.assertEqual(self.reports()[1], ("bad", 1, True, 2))


class HookTest(Jenkins, ServerTest):
    def test_a_build_from_its_start_to_its_end(self):
        carillon = self.run_carillon(polls=False)
        post = lambda phase, **fields: self.jenkins.post(  # noqa: E731
            carillon, self.jenkins.notification("team/app/main", 42, phase, **fields))
        queued = post("QUEUED")
        self.assertEqual((queued.status, queued.json), (200, {"ignored": "phase QUEUED"}))
        self.assertEqual(post("STARTED").json, {"accepted": 1, "duplicate": False})
        self.assertEqual(post("COMPLETED", status="UNSTABLE").json, {"accepted": 1, "duplicate": False})
        self.assertEqual(post("FINALIZED", status="UNSTABLE").json, {"accepted": 0, "duplicate": True})
        self.http.wait_for(2)
        self.assertEqual(self.reports(), [("team/app/main", 42, False, None), ("team/app/main", 42, True, 1)])
        self.assertEqual(post("FINALIZED", status="FAILURE").json, {"accepted": 1, "duplicate": False})
        self.http.wait_for(3)
        self.assertEqual(self.reports()[-1], ("team/app/main", 42, True, 2))

    def test_the_forms_of_other_plugins(self):
        carillon = self.run_carillon(polls=False)
        event = {"userId": "dana", "url": "job/bell/", "build": {
            "number": 13, "timestamp": int(time.time() * 1000), "duration": 5583, "status": "SUCCESS"}}
        headers = {"ce-id": "9db7dda0", "ce-type": "org.jenkinsci.job.completed", "ce-specversion": "1.0"}
        self.assertEqual(self.jenkins.post(carillon, event, headers=headers).status, 202)
        gathered = {"ciUrl": "http://x/", "fullJobName": "bell", "number": 14, "result": "FAILURE",
                    "endTime": int(time.time()), "duration": 9452}
        self.assertEqual(self.jenkins.post(carillon, gathered).status, 202)
        self.http.wait_for(2)
        self.assertEqual(self.reports(), [("bell", 13, True, 0), ("bell", 14, True, 2)])
        headers["ce-type"] = "org.jenkinsci.queue.left"
        self.assertEqual(self.jenkins.post(carillon, b"?", headers=headers).json, {"ignored": "org.jenkinsci.queue.left"})
        refused = self.jenkins.post(carillon, b"CloudEvent{id='1', type='dev.cdevents.pipelinerun.finished.0.1.0'}")
        self.assertEqual(refused.status, 400)
        self.assertIn("Jenkins' CDEvents plugin", refused.json["error"])

    def test_the_token_in_the_path_is_in_no_log(self):
        carillon = self.run_carillon(polls=False)
        start = self.jenkins.notification("bell", 1, "STARTED")
        by_path = self.jenkins.post(carillon, start, token=None, path="hook/jenkins/" + self.jenkins.hook_token)
        self.assertEqual(by_path.status, 202)
        self.assertEqual(self.jenkins.post(carillon, start, token=None, path="hook/jenkins/wr0ng").status, 401)
        self.assertEqual(self.jenkins.post(carillon, start, token=None).status, 401)
        self.assertEqual(self.jenkins.post(carillon, start, token="wr0ng").status, 401)
        xml = self.jenkins.post(carillon, b"<job/>", headers={"Content-Type": "application/xml"})
        self.assertEqual(xml.status, 415)
        self.assertEqual(self.jenkins.post(carillon, b"no JSON").status, 400)
        self.assertEqual(self.jenkins.post(carillon, b"[" * 10_000_000).status, 400)
        self.http.wait_for(1)
        log = carillon.process.text()
        self.assertNotIn(self.jenkins.hook_token, log)
        self.assertNotIn("wr0ng", log)

    def test_check_says_what_to_enter(self):
        carillon = self.run_carillon(polls=False)
        told = carillon.check().stdout
        self.assertIn("any:TOKEN@", told)
        self.assertNotIn(self.jenkins.hook_token, told)


class BothTest(Jenkins, ServerTest):
    def test_hook_and_polling_tell_of_one_build_once(self):
        carillon = self.run_carillon()
        wait_for(lambda: self.jenkins.asked_for("list"), "the first look")
        self.jenkins.build("team/app/main", 42, "FAILURE", log="no bell\n", tests=(3, 1, 0), failed=("rings",))
        body = self.jenkins.notification("team/app/main", 42, "COMPLETED", status="FAILURE")
        self.assertEqual(self.jenkins.post(carillon, body).status, 202)
        self.http.wait_for(1)
        (told,) = self.http.bodies()
        self.assertEqual(told["properties"]["reason"][0], "Started by timer")  # only the API says so
        self.assertEqual(told["tests"]["failed_names"], ["org.example.rings"])
        self.jenkins.build("team/app/main", 43)  # its hook is lost
        self.look(carillon)
        self.http.wait_for(2)
        self.assertEqual(self.reports(), [("team/app/main", 42, True, 2), ("team/app/main", 43, True, 0)])
        wait_for(lambda: "found 1 end of builds that no hook told of" in carillon.process.text(), "the log")
        stays(lambda: len(self.http.received()) == 2, "no report more", 1)
        self.assertEqual(self.jenkins.refused, [])


class AttachedTestsTest(Jenkins, ServerTest):
    REPORT = b"""<?xml version="1.0"?><testsuites><testsuite name="a" tests="99">
        <testcase classname="org.example" name="opens"/>
        <testcase classname="org.example" name="rings"><failure>no</failure></testcase></testsuite></testsuites>"""

    def attach(self, carillon, report=REPORT, ident="team/app/main-42", headers=None, **how):
        headers = {"Content-Type": "application/xml", **(headers or {})}
        return self.jenkins.post(carillon, report, path="hook/jenkins/tests?id=" + ident, headers=headers, **how)

    def test_tests_that_come_before_the_end_are_told_with_it(self):
        carillon = self.run_carillon(polls=False)
        first = self.attach(carillon)
        self.assertEqual((first.status, first.json),
                         (202, {"accepted": 1, "duplicate": False, "tests": 2, "failed": 1}))
        self.assertEqual(self.attach(carillon).json["duplicate"], True)
        other = b"<testsuite><testcase name='alone'><skipped/></testcase></testsuite>"
        self.assertEqual(self.attach(carillon, other, ident="team%2Fapp%2Fmain-42").status, 202)
        self.assertEqual(self.attach(carillon, other, ident="team/app/main-4").status, 202)
        carillon.kill9()
        carillon.start()
        self.jenkins.post(carillon, self.jenkins.notification("team/app/main", 42, "COMPLETED", status="FAILURE"))
        self.http.wait_for(1)
        self.assertEqual(self.http.bodies()[0]["tests"], {"total": 3, "passed": 1, "failed": 1, "skipped": 1,
                                                          "failed_names": ["org.example.rings"]})
        late = self.attach(carillon, b"<testsuite/>")
        self.assertEqual(late.status, 202)
        self.assertIn("without them", late.json["late"])
        explained = carillon.cli("explain", "--config", carillon.config, "team/app/main/42").stdout
        self.assertIn("note: 1 report of 0 tests, 0 failed, came after the end was told", explained)

    def test_what_is_refused(self):
        carillon = self.run_carillon(polls=False)
        for why, answer in {
            401: self.attach(carillon, token="wr0ng"),
            415: self.attach(carillon, headers={"Content-Type": "application/json"}),
            413: self.attach(carillon, headers={"Content-Length": str(16 * 1024 * 1024 + 1)}),
        }.items():
            self.assertEqual(answer.status, why)
        for text, report, ident in (
            ("document type", b"<!DOCTYPE a [<!ENTITY b 'c'>]><testsuite/>", "a-1"),
            ("not XML", b"{}", "a-1"),
            ("must be <testsuites>", b"<html/>", "a-1"),
            ("id: missing", self.REPORT, ""),
            ("levels", b"<testsuite>" * 100 + b"</testsuite>" * 100, "a-1"),
        ):
            answer = self.attach(carillon, report, ident)
            self.assertEqual(answer.status, 400)
            self.assertIn(text, answer.json["error"])


if __name__ == "__main__":
    unittest.main()
