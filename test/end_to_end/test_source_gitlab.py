"""sources.GitLab: webhooks and API of GitLab CI, from a delivery to a report."""

import base64
import json
import random
import time
import unittest

from carillon_test.case import ServerTest
from carillon_test.gitlab_ci import GitLabCi
from carillon_test.prometheus import scrape
from carillon_test.services import http_push, mail
from carillon_test.waiting import stays, wait_for

ACCEPTED = {"accepted": 1, "duplicate": False}
KNOWN = {"accepted": 0, "duplicate": True}


def source(url, **arguments):
    given = {"secret": GitLabCi.secret, **arguments, "url": url}
    listed = ", ".join(f"{name}={value!r}" for name, value in given.items())
    return f"sources.GitLab({listed})"


class Hooked:
    def setUp(self):
        self.gitlab = GitLabCi()
        self.addCleanup(self.gitlab.close)
        self.http = self.http_sink()

    def run_carillon(self, services=None, **arguments):
        return self.carillon(services or http_push(self.http, wantProperties=True),
                             sources=[source(self.gitlab.url, **arguments)])

    def with_api(self, services=None, **arguments):
        given = {"token": self.gitlab.token, "every": 30, "projects": ["team/*"], **arguments}
        return self.run_carillon(services, **given)

    def reports(self):
        return [(b["builder"]["name"], b["number"], b.get("attempt"), b["complete"], b["results"])
                for b in self.http.messages()]

    def accepted(self, carillon, delivery, **how):
        answer = self.gitlab.deliver(carillon, delivery, **how)
        self.assertEqual((answer.status, answer.json), (202, ACCEPTED))

    def looked(self, carillon):
        wait_for(lambda: scrape(carillon).value("carillon_master_connected", master="gitlab") == 1, "the first look")


class HookTest(Hooked, ServerTest):
    def test_a_pipeline_from_its_start_to_its_end(self):
        carillon = self.run_carillon()
        self.gitlab.begin(12)
        self.accepted(carillon, self.gitlab.hook(12))
        self.http.wait_for(1)
        self.gitlab.job(12, "compile", stage="build")
        self.gitlab.job(12, "unit", "failed")
        self.gitlab.job(12, "lint", "failed", allow=True)
        self.gitlab.end(12, "failed")
        self.accepted(carillon, self.gitlab.hook(12), ident="d-9")
        self.http.wait_for(2)
        self.assertEqual(self.reports(), [("team/app", 12, 1, False, None), ("team/app", 12, 1, True, 2)])
        end = self.http.bodies()[-1]
        self.assertEqual(end["state_string"], "failed: unit (1 of 3 jobs)")
        stamp = end["buildset"]["sourcestamps"][0]
        self.assertEqual((stamp["project"], stamp["branch"], stamp["revision"]), ("team/app", "main", f"{12:040x}"))
        self.assertEqual(end["url"], f"{self.gitlab.url}team/app/-/pipelines/7012")
        self.assertNotIn("hunter2", json.dumps(end))
        again = self.gitlab.tell(carillon, 12)
        self.assertEqual((again.status, again.json), (202, KNOWN))
        self.assertEqual(end["heard_by"], "hook, delivery d-9")
        page = scrape(carillon)
        self.assertEqual(page.value("carillon_intake_requests_total", master="gitlab", outcome="accepted"), 2)
        self.assertEqual(page.value("carillon_intake_requests_total", master="gitlab", outcome="duplicate"), 1)
        stays(lambda: len(self.http.received()) == 2, "no report more", 1)

    def test_a_retried_job_makes_another_attempt(self):
        smtp = self.smtp_sink()
        carillon = self.run_carillon(mail(smtp, mode=("change",)) + http_push(self.http))
        now = int(time.time())
        for number, status, at in ((1, "success", now - 90), (2, "failed", now - 60)):
            self.gitlab.begin(number, at=at - 9)
            self.gitlab.job(number, "unit", status, at=at)
            self.accepted(carillon, self.gitlab.hook(self.gitlab.end(number, status, at=at)))
        smtp.wait_for(1)
        self.http.wait_for(2)
        carillon.settled()  # nothing is under way, and so nothing comes twice
        carillon.kill9()
        carillon.start()
        self.gitlab.job(2, "unit", at=now - 30)
        self.accepted(carillon, self.gitlab.hook(self.gitlab.end(2, at=now - 30)))
        smtp.wait_for(2)
        self.http.wait_for(3)
        self.assertEqual(self.reports()[1:], [("team/app", 2, 1, True, 2), ("team/app", 2, 2, True, 0)])
        self.assertEqual(self.http.bodies()[2]["started_at"], now - 35)  # that of the job that was retried
        self.assertEqual(self.gitlab.tell(carillon, 2).json, KNOWN)
        # The first end comes again, late: it is known, and no third attempt.
        self.gitlab.end(2, "failed", at=now - 60)
        self.assertEqual(self.gitlab.tell(carillon, 2).json, KNOWN)
        self.gitlab.begin(3)
        self.accepted(carillon, self.gitlab.hook(self.gitlab.end(3)))
        self.http.wait_for(4)
        stays(lambda: len(smtp.received()) == 2, "no mail of the next green pipeline", 1)

    def test_warnings(self):
        carillon = self.run_carillon()
        self.gitlab.begin(1)
        self.gitlab.job(1, "lint", "failed", allow=True)
        self.accepted(carillon, self.gitlab.hook(self.gitlab.end(1, label="passed with warnings")))
        self.http.wait_for(1)
        self.assertEqual((self.http.bodies()[0]["results"], self.http.bodies()[0]["state_string"]),
                         (1, "passed with warnings"))

    def test_what_is_not_wanted_is_answered_200(self):
        carillon = self.run_carillon(children=False)
        for event in ("Push Hook", "Merge Request Hook", "Note Hook"):
            answer = self.gitlab.deliver(carillon, (event, {"object_kind": "x"}))
            self.assertEqual((answer.status, answer.json), (200, {"ignored": event}))
        answer = self.gitlab.deliver(carillon, ("Pipeline Hook", {"text": "of a custom template"}))
        self.assertEqual((answer.status, answer.json), (200, {"ignored": "Pipeline Hook without its object_kind"}))
        self.assertIn("custom template", carillon.process.text())
        self.gitlab.begin(1, source="parent_pipeline")
        self.assertEqual(self.gitlab.tell(carillon, 1).json, {"ignored": "a child pipeline, as children=False"})
        self.gitlab.begin(2)
        job = self.gitlab.job(2, "unit")
        self.assertEqual(self.gitlab.deliver(carillon, self.gitlab.job_hook(2, job)).status, 200)

    def test_who_has_not_the_secret_is_not_heard(self):
        carillon = self.run_carillon()
        self.gitlab.begin(1)
        for shown in ("wrong", self.gitlab.secret[:-1], self.gitlab.secret + "x", self.gitlab.secret.upper()):
            self.assertEqual(self.gitlab.tell(carillon, 1, secret=shown).status, 401, shown)
        self.assertEqual(self.gitlab.tell(carillon, 1, key=b"any").status, 401)
        kind = {"Content-Type": "application/json", "X-Gitlab-Event": "Pipeline Hook"}
        self.assertEqual(carillon.request("POST", "hook/gitlab", b"{}", kind).status, 401)
        self.assertIn("with 401: the signature or token is not this hook's", carillon.process.text())
        self.assertIn("with 401: no signature or token of this hook's", carillon.process.text())
        self.assertEqual(carillon.request("GET", "hook/gitlab").status, 405)
        elsewhere = self.gitlab.tell(carillon, 1, instance="https://gitlab.example.org")
        self.assertEqual(elsewhere.status, 400)
        self.assertIn("X-Gitlab-Instance", elsewhere.json["error"])
        self.assertNotIn(self.gitlab.secret, carillon.process.text())
        self.assertEqual(self.http.received(), [])
        self.assertEqual(self.gitlab.tell(carillon, 1).status, 202)

    def test_signed_deliveries(self):
        key = b"a key of 32 bytes, or so it says"
        carillon = self.run_carillon(secret=[self.gitlab.secret, "new"],
                                     signing="whsec_" + base64.b64encode(key).decode())
        self.gitlab.begin(1)
        self.assertEqual(self.gitlab.tell(carillon, 1, key=b"another").status, 401)
        self.assertEqual(self.gitlab.tell(carillon, 1, key=key).json, ACCEPTED)
        self.assertEqual(self.gitlab.tell(carillon, 1).json, KNOWN)
        self.assertEqual(self.gitlab.tell(carillon, 1, secret="new").json, KNOWN)

    def test_what_cannot_be_understood_is_named(self):
        carillon = self.run_carillon()
        cases = [(b"not JSON", "not JSON"), (b"[]", "must be a JSON object, not a list"), (b"", "the body is empty"),
                 (b'{"object_kind": "pipeline"}', "object_attributes: missing"),
                 (b"[" * 100_000, "levels"), (b'{"a":' * 2_000_000, "JSON values")]
        for raw, why in cases:
            answer = self.gitlab.deliver(carillon, ("Pipeline Hook", raw))
            self.assertEqual(answer.status, 400, raw[:40])
            self.assertIn(why, answer.json["error"])
        self.gitlab.begin(1)
        self.assertEqual(self.gitlab.tell(carillon, 1).status, 202)

    def test_nobody_out_of_a_fork_is_mailed(self):
        smtp = self.smtp_sink()
        carillon = self.run_carillon(mail(smtp, mode=("failing",), extraRecipients=[], sendToInterestedUsers=True)
                                     + http_push(self.http))
        self.gitlab.request_merge(7, source_project=666)
        self.gitlab.begin(1, source="merge_request_event", merge_request=7)
        self.accepted(carillon, self.gitlab.hook(self.gitlab.end(1, "failed")))
        self.gitlab.request_merge(8)
        self.gitlab.begin(2, source="merge_request_event", merge_request=8)
        self.accepted(carillon, self.gitlab.hook(self.gitlab.end(2, "failed")))
        (only,) = smtp.wait_for(1)
        self.assertEqual(list(only.recipients), ["ann@example.org"])
        self.http.wait_for(2)
        self.assertEqual([body["buildset"]["sourcestamps"][0]["branch"] for body in self.http.bodies()],
                         ["refs/merge-requests/7/head", "refs/merge-requests/8/head"])
        stays(lambda: len(smtp.received()) == 1, "one mail", 1)

    def test_each_job_is_a_build(self):
        carillon = self.run_carillon(builds="job")
        self.gitlab.begin(1, name="nightly")
        first = self.gitlab.job(1, "unit", "failed")
        self.accepted(carillon, self.gitlab.job_hook(1, first))
        second = self.gitlab.job(1, "unit")
        self.accepted(carillon, self.gitlab.job_hook(1, second))
        self.assertEqual(self.gitlab.tell(carillon, self.gitlab.end(1)).status, 202)
        self.http.wait_for(2)
        self.assertEqual(self.reports(), [("team/app/nightly/unit", first, 1, True, 2),
                                          ("team/app/nightly/unit", second, 2, True, 0)])
        stays(lambda: len(self.http.received()) == 2, "the pipeline is none", 1)


class ApiTest(Hooked, ServerTest):
    def test_what_hooks_lost_is_found_once(self):
        self.gitlab.page_size = 2
        for number in range(1, 6):
            self.gitlab.begin(number)
            self.gitlab.end(number, "failed", at=time.time() - 3600)
        carillon = self.with_api()
        wait_for(lambda: "ended before this source was observed" in json.dumps(carillon.explain("team/app/1")),
                 "the last page of the first look")
        self.gitlab.begin(6)
        self.accepted(carillon, self.gitlab.hook(6))
        self.http.wait_for(1)
        self.gitlab.job(6, "unit", "failed")
        self.gitlab.end(6, "failed")
        self.gitlab.begin(7, source="parent_pipeline")
        self.gitlab.end(7)
        carillon.restart()  # it looks at once
        self.http.wait_for(3)
        self.assertEqual(sorted(self.reports()[1:]), [("team/app", 6, 1, True, 2), ("team/app", 7, 1, True, 0)])
        (end,) = [body for body in self.http.bodies() if body["number"] == 6 and body["complete"]]
        self.assertEqual(end["state_string"], "failed: unit")
        wait_for(lambda: scrape(carillon).value("carillon_intake_caught_up_total", master="gitlab") == 2, "the count")
        self.assertEqual(end["heard_by"], "a look at the API")
        self.assertEqual(self.gitlab.tell(carillon, 6).json, KNOWN)
        self.assertEqual(self.gitlab.refused, [])
        self.assertNotIn(self.gitlab.token, carillon.process.text())

    def test_tests_and_the_ends_of_logs(self):
        smtp = self.smtp_sink()
        carillon = self.with_api(mail(smtp, mode=("failing",), addLogs=True) + http_push(self.http))
        self.looked(carillon)
        self.gitlab.reports[1] = {
            "total_count": 3, "success_count": 1, "failed_count": 1, "skipped_count": 0, "error_count": 1,
            "test_suites": [{"test_cases": [{"status": "success", "name": "a"},
                                            {"status": "failed", "name": "b", "classname": "Bell"},
                                            {"status": "error", "name": "c", "system_output": {"message": "x"}}]}]}
        self.gitlab.begin(1)
        self.gitlab.job(1, "unit", "failed", trace="compiling\nmake: *** failed\n")
        self.gitlab.job(1, "docs", trace="fine\n")
        self.accepted(carillon, self.gitlab.hook(self.gitlab.end(1, "failed")))
        (only,) = smtp.wait_for(1)
        attached = {part.get_filename(): part.get_content() for part in only.message.iter_attachments()}
        self.assertEqual([name for name in attached if name], ["unit.stdio"])
        self.assertIn("make: *** failed", attached["unit.stdio"])
        self.http.wait_for(1)
        self.assertEqual(self.http.bodies()[0]["tests"], {"total": 3, "passed": 1, "failed": 2, "skipped": 0,
                                                          "failed_names": ["Bell.b", "c"]})
        self.assertEqual(self.gitlab.refused, [])

    def test_a_merge_request_that_no_hook_told_of(self):
        smtp = self.smtp_sink()
        carillon = self.with_api(mail(smtp, mode=("failing",), extraRecipients=[], sendToInterestedUsers=True)
                                 + http_push(self.http, wantProperties=True))
        self.looked(carillon)
        for number, project in ((7, 666), (8, 5)):
            self.gitlab.request_merge(number, source_project=project)
            self.gitlab.begin(number, source="merge_request_event", merge_request=number)
            self.gitlab.job(number, "unit", "failed")
            self.gitlab.end(number, "failed")
        carillon.restart()
        self.http.wait_for(2)
        told = {body["number"]: body for body in self.http.bodies()}
        self.assertEqual({number: body["properties"]["source_project_id"][0] for number, body in told.items()},
                         {7: 666, 8: 5})
        self.assertEqual(told[7]["buildset"]["sourcestamps"][0]["branch"], "refs/merge-requests/7/head")
        (only,) = smtp.wait_for(1)
        self.assertEqual(list(only.recipients), ["ann@example.org"])
        stays(lambda: len(smtp.received()) == 1, "one mail", 1)

    def test_jobs_that_no_hook_told_of(self):
        carillon = self.with_api(builds="job")
        self.looked(carillon)
        self.gitlab.begin(1)
        first, second = self.gitlab.job(1, "unit", "failed"), self.gitlab.job(1, "unit")
        self.gitlab.end(1)
        self.accepted(carillon, self.gitlab.job_hook(1, first))
        self.http.wait_for(1)
        carillon.restart()
        self.http.wait_for(2)
        self.assertEqual(self.reports(), [("team/app/unit", first, 1, True, 2), ("team/app/unit", second, 2, True, 0)])
        self.assertEqual(self.gitlab.deliver(carillon, self.gitlab.job_hook(1, second)).json, KNOWN)
        stays(lambda: len(self.http.received()) == 2, "two jobs", 1)

    def test_a_token_that_is_not_taken_is_said_once(self):
        carillon = self.with_api(token="wrong-token")
        wait_for(lambda: "its API cannot be asked" in carillon.process.text(), "the complaint")
        self.assertIn("401", carillon.process.text())
        self.gitlab.begin(1)
        self.assertEqual(self.gitlab.tell(carillon, 1).status, 202)
        self.assertEqual(scrape(carillon).value("carillon_master_connected", master="gitlab"), 0)
        self.assertNotIn("wrong-token", carillon.process.text())

    def test_an_account_with_few_requests_left_is_left_alone(self):
        self.gitlab.remaining = 150  # of 2000
        self.gitlab.begin(1)
        carillon = self.with_api()
        wait_for(lambda: "less than a tenth" in carillon.process.text(), "the pause")
        self.assertEqual(scrape(carillon).value("carillon_master_connected", master="gitlab"), 0)

    def test_a_day_in_disorder_is_told_as_one_in_order(self):
        """Deliveries are shuffled, doubled, and lost; the server is killed among them; the API knows the truth."""
        carillon = self.with_api()
        self.looked(carillon)
        deliveries, truth = [], {}
        for number in range(1, 31):
            status = ("success", "failed", "canceled")[number % 3]
            self.gitlab.begin(number)
            deliveries.append(self.gitlab.hook(number))
            self.gitlab.job(number, "unit", status)
            self.gitlab.end(number, status)
            deliveries.append(self.gitlab.hook(number))
            truth[number] = {"success": 0, "failed": 2, "canceled": 6}[status]
        chance = random.Random(18)
        sent = [delivery for delivery in deliveries if chance.random() > 0.3] * 2
        chance.shuffle(sent)
        for index, delivery in enumerate(sent):
            if index == len(sent) // 2:
                carillon.kill9()
                carillon.start()
            self.assertEqual(self.gitlab.deliver(carillon, delivery).status, 202)
        carillon.restart()
        ends = wait_for(lambda: len(found := [r for r in self.reports() if r[3]]) >= 30 and found, "all ends")
        stays(lambda: len([r for r in self.reports() if r[3]]) == 30, "each end once", 1)
        self.assertEqual({r[1]: r[4] for r in ends}, truth)
        self.assertEqual({r[2] for r in ends}, {1})


class CheckTest(Hooked, ServerTest):
    def test_check_says_what_to_enter(self):
        carillon = self.carillon(http_push(self.http), sources=[source(self.gitlab.url)], start=False)
        done = carillon.check()
        self.assertEqual(done.returncode, 0, done.stderr)
        for text in ("hook/gitlab", "Pipeline events (and nothing else)", "Secret token: that of secret=",
                     "without a token of its API, deliveries that are lost stay lost"):
            self.assertIn(text, done.stdout)
        self.assertNotIn(self.gitlab.secret, done.stdout + done.stderr)

    def test_arguments_that_cannot_be_meant(self):
        cases = (({"secret": ""}, "empty"), ({"secret": None}, "is needed, or signing"), ({"signing": []}, "empty list"),
                 ({"projects": ["team"]}, "team/app"), ({"projects": ["team/../x"]}, "team/app"),
                 ({"every": 5}, "30 seconds"), ({"children": "no"}, "children"))
        for arguments, why in cases:
            made = self.carillon(http_push(self.http), sources=[source(self.gitlab.url, **arguments)], start=False)
            done = made.check()
            self.assertEqual(done.returncode, 1, arguments)
            self.assertIn(why, done.stderr, arguments)


if __name__ == "__main__":
    unittest.main()
