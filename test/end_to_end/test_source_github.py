"""sources.GitHub: webhooks and API of GitHub Actions, from a delivery to a report."""

import json
import random
import time
import unittest

from carillon_test.case import ServerTest
from carillon_test.github_actions import GitHubActions, signature
from carillon_test.github_examples import examples
from carillon_test.github_fake import GitHubFake
from carillon_test.irc_client import IrcClient
from carillon_test.irc_server import NgIrcd
from carillon_test.prometheus import scrape
from carillon_test.services import Source, http_push, mail, service
from carillon_test.waiting import stays, wait_for


def source(*, secret=GitHubActions.secret, **arguments):
    given = "".join(f", {name}={value!r}" for name, value in arguments.items())
    return f"sources.GitHub({secret!r}{given})"


class Hooked:
    def setUp(self):
        self.github = GitHubActions()
        self.addCleanup(self.github.close)
        self.http = self.http_sink()

    def run_carillon(self, services=None, **arguments):
        return self.carillon(services or http_push(self.http, wantProperties=True), sources=[source(**arguments)])

    def with_api(self, services=None, **arguments):
        given = {"token": self.github.token, "api": self.github.url, "every": 30, "repos": ["acme/app"], **arguments}
        return self.run_carillon(services, **given)

    def reports(self):
        return [(b["builder"]["name"], b["number"], b.get("attempt"), b["complete"], b["results"])
                for b in self.http.messages()]


class HookTest(Hooked, ServerTest):
    def test_a_run_from_its_start_to_its_end(self):
        carillon = self.run_carillon()
        first = self.github.deliver(carillon, self.github.begin(42))
        self.assertEqual((first.status, first.json), (202, {"accepted": 1, "duplicate": False}))
        self.http.wait_for(1)
        self.assertEqual(self.github.deliver(carillon, self.github.job(42, "linux", "failure")).status, 202)
        self.assertEqual(self.github.deliver(carillon, self.github.job(42, "mac")).status, 202)
        self.assertEqual(self.github.deliver(carillon, self.github.end(42, "failure"), ident="d-9").status, 202)
        self.http.wait_for(2)
        self.assertEqual(self.reports(), [("acme/app/CI", 42, 1, False, None), ("acme/app/CI", 42, 1, True, 2)])
        end = self.http.bodies()[-1]
        self.assertEqual(end["state_string"], "failed: linux (1 of 2 jobs)")
        self.assertEqual(end["buildset"]["sourcestamps"][0]["repository"], "https://github.com/acme/app.git")
        self.assertEqual(end["buildset"]["sourcestamps"][0]["revision"], f"{42:040x}")
        self.assertEqual(end["properties"]["branch"][0], "main")
        again = self.github.deliver(carillon, self.github.end(42, "failure"))
        self.assertEqual((again.status, again.json), (202, {"accepted": 0, "duplicate": True}))
        explained = json.dumps(carillon.explain("acme/app/CI/42"))
        self.assertIn("hook, delivery d-9", explained)
        page = scrape(carillon)
        self.assertEqual(page.value("carillon_intake_requests_total", master="github", outcome="accepted"), 4)
        self.assertEqual(page.value("carillon_intake_requests_total", master="github", outcome="duplicate"), 1)
        stays(lambda: len(self.http.received()) == 2, "no report more", 1)

    def test_whoever_sets_up_a_hook_sees_why_nothing_comes(self):
        carillon = self.run_carillon()

        def told():
            (told,) = json.loads(carillon.cli("sources", "--json").stdout)
            return told

        self.assertEqual((told()["heard"], told()["refused"]), (None, None))
        self.assertIn("nothing was heard yet", carillon.cli("sources").stdout)
        self.assertEqual(self.github.deliver(carillon, self.github.begin(1), secret="wr0ng-secret").status, 401)
        self.assertEqual(told()["refused"]["status"], 401)
        self.assertIn("the signature or token is not this hook's", told()["refused"]["why"])
        self.assertRegex(carillon.cli("sources").stdout, r"refused at .* with 401: .*`carillon intake github`")
        page = carillon.request("GET", "sources").body.decode()
        self.assertRegex(page, "✗ refused <time[^>]*>[^<]*</time></span>: 401 the signature")
        self.assertNotIn("wr0ng", page)
        self.assertEqual(self.github.deliver(carillon, self.github.begin(1)).status, 202)
        self.assertIsNotNone(told()["heard"])

    def test_jobs_are_kept_over_a_restart(self):
        carillon = self.run_carillon()
        self.github.begin(1)
        self.assertEqual(self.github.deliver(carillon, self.github.job(1, "linux", "failure")).status, 202)
        carillon.kill9()
        carillon.start()
        self.assertEqual(self.github.deliver(carillon, self.github.end(1, "failure")).status, 202)
        self.http.wait_for(1)
        self.assertEqual(self.http.bodies()[0]["state_string"], "failed: linux")

    def test_a_repair_by_a_second_attempt_is_a_change(self):
        smtp = self.smtp_sink()
        carillon = self.run_carillon(mail(smtp, mode=("change",)))
        for number, conclusion in ((41, "success"), (42, "failure")):
            self.github.deliver(carillon, self.github.begin(number))
            self.github.deliver(carillon, self.github.end(number, conclusion))
        smtp.wait_for(1)
        self.github.deliver(carillon, self.github.begin(42, attempt=2))
        self.github.deliver(carillon, self.github.end(42, attempt=2))
        smtp.wait_for(2)
        carillon.restart()
        self.github.deliver(carillon, self.github.begin(43))
        self.github.deliver(carillon, self.github.end(43))
        wait_for(lambda: "acme/app/CI" in json.dumps(carillon.explain("acme/app/CI/43")), "43 to be known")
        stays(lambda: len(smtp.received()) == 2, "no mail of the next green run", 1)

    def test_what_is_not_wanted_is_answered_200(self):
        carillon = self.run_carillon()
        for event in ("ping", "push", "star", "check_run"):
            answer = self.github.deliver(carillon, (event, {"zen": "Ring."}))
            self.assertEqual((answer.status, answer.json), (200, {"ignored": event}))
        _, body = self.github.begin(1)
        body["action"] = "renamed"
        self.assertEqual(self.github.deliver(carillon, ("workflow_run", body)).status, 200)

    def test_who_has_not_the_secret_is_not_heard(self):
        carillon = self.run_carillon()
        delivery = self.github.begin(1)
        self.assertEqual(self.github.deliver(carillon, delivery, secret="wrong").status, 401)
        raw = json.dumps(delivery[1]).encode()
        kind = {"Content-Type": "application/json", "X-GitHub-Event": "workflow_run"}
        right = signature(self.github.secret, raw)
        for header in ({}, {"X-Hub-Signature-256": ""}, {"X-Hub-Signature-256": right[:-1]},
                       {"X-Hub-Signature-256": right.removeprefix("sha256=")}, {"X-Hub-Signature": right}):
            self.assertEqual(carillon.request("POST", "hook/github", raw, {**kind, **header}).status, 401, header)
        longer = carillon.request("POST", "hook/github", raw + b" ", {**kind, "X-Hub-Signature-256": right})
        self.assertEqual(longer.status, 401)
        self.assertEqual(carillon.request("GET", "hook/github").status, 405)
        self.assertEqual(carillon.request("POST", "hook/gitlab", raw, kind).status, 404)
        log = carillon.process.text()
        self.assertNotIn(self.github.secret, log)
        self.assertNotIn(right, log)
        self.assertEqual(self.http.received(), [])

    def test_two_secrets_while_one_takes_the_place_of_the_other(self):
        carillon = self.run_carillon(secret=["old one", "new one"])
        self.assertEqual(self.github.deliver(carillon, self.github.begin(1), secret="old one").status, 202)
        self.assertEqual(self.github.deliver(carillon, self.github.begin(2), secret="new one").status, 202)

    def test_what_cannot_be_understood_is_named(self):
        carillon = self.run_carillon()
        cases = [(b"not JSON", "not JSON"), (b"[]", "must be a JSON object, not a list"), (b"", "the body is empty"),
                 (b"{}", "workflow_run: missing"),
                 (b'{"action": "in_progress", "workflow_run": {"id": "x"}}', "workflow_run.id: must be a whole number"),
                 (b"[" * 100_000, "levels"), (b'{"a":' * 2_000_000, "JSON values")]
        for raw, why in cases:
            answer = self.github.deliver(carillon, ("workflow_run", raw))
            self.assertEqual(answer.status, 400, raw[:40])
            self.assertIn(why, answer.json["error"])
        self.assertEqual(self.github.deliver(carillon, ("workflow_run", self.github.begin(1)[1])).status, 202)

    def test_an_old_end_is_known_and_not_told(self):
        carillon = self.run_carillon()
        self.github.begin(1, at=time.time() - 13 * 86400)
        end = self.github.end(1, "failure", at=time.time() - 12 * 86400)
        self.assertEqual(self.github.deliver(carillon, end).status, 202)
        wait_for(lambda: "ended 12 days before it was heard of" in json.dumps(carillon.explain("acme/app/CI/1")),
                 "the reason")
        stays(lambda: not self.http.received(), "nothing is told", 1)

    def test_a_start_after_its_end_is_not_told(self):
        carillon = self.run_carillon()
        start = self.github.begin(1)
        self.github.deliver(carillon, self.github.end(1))
        self.http.wait_for(1)
        self.assertEqual(self.github.deliver(carillon, start).status, 202)
        stays(lambda: len(self.http.received()) == 1, "the start is not told", 1)

    def test_nobody_out_of_a_fork_is_mailed(self):
        smtp = self.smtp_sink()
        carillon = self.run_carillon(mail(smtp, mode=("failing",), extraRecipients=[], sendToInterestedUsers=True))
        self.github.begin(1, event="pull_request", fork="eve/app")
        self.github.deliver(carillon, self.github.end(1, "failure"))
        self.github.begin(2)
        self.github.deliver(carillon, self.github.end(2, "failure"))
        (only,) = smtp.wait_for(1)
        self.assertEqual(list(only.recipients), ["ann@example.org"])
        stays(lambda: len(smtp.received()) == 1, "one mail", 1)

    def test_each_job_is_a_build(self):
        carillon = self.run_carillon(builds="job")
        self.github.begin(1)
        self.github.deliver(carillon, self.github.job(1, "linux", "failure"))
        self.github.deliver(carillon, self.github.end(1, "failure"))
        self.http.wait_for(1)
        self.assertEqual([r[0] for r in self.reports()], ["acme/app/CI/linux"])
        stays(lambda: len(self.http.received()) == 1, "the run is none", 1)


class ApiTest(Hooked, ServerTest):
    def test_what_hooks_lost_is_found_once(self):
        self.github.begin(1)
        self.github.end(1, "failure", at=time.time() - 3600)
        carillon = self.with_api()
        wait_for(lambda: "ended before this source was observed" in json.dumps(carillon.explain("acme/app/CI/1")),
                 "the first look")
        self.github.deliver(carillon, self.github.begin(2))
        self.http.wait_for(1)
        self.github.end(2, "failure")
        carillon.restart()  # it looks at once
        self.http.wait_for(2)
        self.assertEqual(self.reports(), [("acme/app/CI", 2, 1, False, None), ("acme/app/CI", 2, 1, True, 2)])
        self.assertEqual(scrape(carillon).value("carillon_intake_caught_up_total", master="github"), 1)
        self.assertIn("a look at the API", json.dumps(carillon.explain("acme/app/CI/2")))
        late = self.github.deliver(carillon, self.github.end(2, "failure"))
        self.assertEqual(late.json, {"accepted": 0, "duplicate": True})
        self.assertEqual(self.github.refused, [])
        self.assertNotIn(self.github.token, carillon.process.text())

    def test_jobs_and_the_ends_of_their_logs(self):
        services = mail(smtp := self.smtp_sink(), mode=("failing",), addLogs=True)
        carillon = self.with_api(services)
        self.github.begin(1)
        self.github.job(1, "linux", "failure", log="compiling\nmake: *** failed\n")
        self.github.job(1, "mac", log="fine\n")
        self.assertEqual(self.github.deliver(carillon, self.github.end(1, "failure")).status, 202)
        (only,) = smtp.wait_for(1)
        attached = {part.get_filename(): part.get_content() for part in only.message.iter_attachments()}
        self.assertEqual([name for name in attached if name], ["linux.stdio"])
        self.assertIn("make: *** failed", attached["linux.stdio"])
        (fetched,) = self.github.storage.received()
        self.assertNotIn("Authorization", fetched.headers)
        self.assertNotIn("s1gned", carillon.process.text())

    def test_jobs_that_hooks_lost_are_builds(self):
        carillon = self.with_api(builds="job")
        wait_for(lambda: scrape(carillon).value("carillon_master_connected", master="github") == 1, "the first look")
        self.github.begin(1)
        self.github.job(1, "linux", "failure")
        self.github.job(1, "mac")
        self.github.end(1, "failure")
        carillon.restart()
        self.http.wait_for(2)
        self.assertEqual(sorted(self.reports()), [("acme/app/CI/linux", 70_001, 1, True, 2),
                                                  ("acme/app/CI/mac", 70_001, 1, True, 0)])
        stays(lambda: len(self.http.received()) == 2, "the run is none", 1)

    def test_a_token_that_is_not_taken_is_said_once(self):
        carillon = self.with_api(token="wrong-token")
        wait_for(lambda: "its API cannot be asked" in carillon.process.text(), "the complaint")
        self.assertIn("401", carillon.process.text())
        self.assertEqual(self.github.deliver(carillon, self.github.begin(1)).status, 202)
        self.assertEqual(scrape(carillon).value("carillon_master_connected", master="github"), 0)
        self.assertNotIn("wrong-token", carillon.process.text())

    def test_a_day_in_disorder_is_told_as_one_in_order(self):
        """Deliveries are shuffled, doubled, and lost; the server is killed among them; the API knows the truth."""
        carillon = self.with_api()
        wait_for(lambda: scrape(carillon).value("carillon_master_connected", master="github") == 1, "the first look")
        deliveries, truth = [], {}
        for number in range(1, 31):
            conclusion = ("success", "failure", "cancelled")[number % 3]
            deliveries += [self.github.begin(number), self.github.job(number, "linux", conclusion)]
            self.github.end(number, conclusion)
            deliveries.append(self.github._delivery("completed", self.github.attempts[70_000 + number, 1]))
            truth[number] = {"success": 0, "failure": 2, "cancelled": 6}[conclusion]
        chance = random.Random(18)
        sent = [d for d in deliveries if chance.random() > 0.3] * 2
        chance.shuffle(sent)
        for index, delivery in enumerate(sent):
            if index == len(sent) // 2:
                carillon.kill9()
                carillon.start()
            self.assertEqual(self.github.deliver(carillon, delivery).status, 202)
        carillon.restart()
        ends = wait_for(lambda: len(found := [r for r in self.reports() if r[3]]) >= 30 and found, "all ends")
        stays(lambda: len([r for r in self.reports() if r[3]]) == 30, "each end once", 1)
        self.assertEqual({r[1]: r[4] for r in ends}, truth)


class LookTest(Hooked, ServerTest):
    def test_preview_of_a_delivery(self):
        carillon = self.carillon(http_push(self.http), sources=[source()], start=False)
        self.github.begin(7)
        event, body = self.github.end(7, "failure")
        file = carillon.folder / "delivery.json"
        file.write_text(json.dumps(body), "utf-8")
        place = ("preview", "--config", carillon.config, "--hook", "github", "--header", f"X-GitHub-Event: {event}")
        done = carillon.cli(*place, file)
        self.assertEqual(done.returncode, 0, done.stderr)
        for part in ("build #7 of acme/app/CI (failure)", "builds/run-70007.1/finished", "branch: main",
                     "HttpStatusPush  yes: every finished build"):
            self.assertIn(part, done.stdout)
        (made,) = [one for one in json.loads(carillon.cli(*place, "--json", file).stdout)["events"]]
        self.assertEqual((made["build"]["number"], made["decisions"][0]["decision"]), (7, "report"))
        file.write_text("{}", "utf-8")
        done = carillon.cli(*place, file)
        self.assertEqual((done.returncode, done.stderr), (1, "it would be refused: workflow_run: missing\n"))
        done = carillon.cli("preview", "--config", carillon.config, "--hook", "gitlab", file)
        self.assertIn("there is no source 'gitlab'; there are github", done.stderr)

    def test_what_was_refused_is_shown(self):
        carillon = self.run_carillon()
        self.assertEqual(carillon.cli("intake", "--config", carillon.config).stdout,
                         "no delivery was refused within the last day\n")
        delivery = ("workflow_run", {"action": "completed", "note": self.github.secret})
        for _ in range(3):
            self.assertEqual(self.github.deliver(carillon, delivery).status, 400)
        self.assertEqual(self.github.deliver(carillon, delivery, secret="wrong").status, 401)

        def shown():
            return json.loads(carillon.cli("intake", "--config", carillon.config, "--json").stdout).get("github", [])

        wait_for(lambda: sum(one["times"] for one in shown()) >= 3, lambda: f"what was refused: {shown()}")
        (broken,) = [one for one in shown() if one["status"] == 400]
        self.assertEqual((broken["kind"], broken["why"], broken["times"]), ("workflow_run", "workflow_run: missing", 3))
        self.assertEqual(json.loads(broken["body"]), {"action": "completed", "note": "***"})
        text = carillon.cli("intake", "--config", carillon.config, "github").stdout
        self.assertIn("400  workflow_run: workflow_run: missing  (3 times)", text)
        self.assertNotIn(self.github.secret, text)
        self.assertNotIn(self.github.secret.encode(), carillon.database.read_bytes())


class ReportingBackTest(Hooked, ServerTest):
    def test_a_run_is_not_reported_to_itself(self):
        forge = GitHubFake("acme/app")
        self.addCleanup(forge.close)
        services = service("GitHubStatusPush", token=forge.token, baseURL=forge.api)
        services += service("GitHubStatusPush", token=forge.token, baseURL=forge.api, name="all", ownRuns=True,
                            context="again")
        carillon = self.run_carillon(services)
        self.github.begin(1)
        self.github.deliver(carillon, self.github.end(1, "failure"))
        rows = {row["reporter"]: row for row in carillon.settled(2)}
        self.assertEqual(rows["GitHubStatusPush"]["state"], "skipped")
        self.assertIn("the run is shown there already", rows["GitHubStatusPush"]["note"])
        self.assertEqual(rows["all"]["state"], "delivered")
        self.assertEqual(forge.states("acme/app", f"{1:040x}", "again"), ["failure"])


class ExamplesTest(Hooked, ServerTest):
    def test_every_example_of_githubs_is_taken(self):
        carillon = self.run_carillon(events=["runs", "checks", "statuses"], max_age="3600d")
        made = examples(self.github.secret)
        self.assertGreater(len(made), 250)
        counts = {}
        for event, body, signed in made:
            answer = carillon.request("POST", "hook/github", body, {
                "Content-Type": "application/json", "X-GitHub-Event": event, "X-Hub-Signature-256": signed})
            self.assertIn(answer.status, (200, 202), (event, answer.body, body[:300]))
            counts[event, answer.status] = counts.get((event, answer.status), 0) + 1
        self.assertEqual({event for event, status in counts if status == 202},
                         {"workflow_run", "workflow_job", "check_suite", "check_run", "status"})
        self.assertEqual(sum(count for (_, status), count in counts.items() if status == 200),
                         len(made) - sum(count for (_, status), count in counts.items() if status == 202))
        self.assertGreaterEqual(counts["workflow_run", 202], 2)
        self.assertGreaterEqual(counts["workflow_run", 200], 2, "those that only wait")
        self.assertEqual(counts["workflow_job", 202], 8)
        wait_for(lambda: [r for r in self.reports() if r[3]], "an end")


class BotTest(Hooked, ServerTest):
    def test_people_ask_and_stop(self):
        ircd = NgIrcd(self._new("ircd"))
        self.addCleanup(ircd.close)
        ircd.start()
        ann = IrcClient(ircd.port, "Ann")
        self.addCleanup(ann.quit)
        ann.join("#dev")
        carillon = self.with_api(service("IRC", host="127.0.0.1", port=ircd.port, nick="bells", channels=["#dev"],
                                         useColors=False, authz=Source("{'!': ['ann'], 'notify': True}")))
        ann.wait_until_joined("bells", "#dev")

        def ask(command, pattern):
            since = ann.mark()
            ann.say("#dev", f"bells: {command}")
            return ann.wait_for_text(pattern, "#dev", "bells", since=since).text

        self.assertEqual(self.github.deliver(carillon, self.github.begin(7, attempt=2)).status, 202)
        self.assertIn("acme/app/CI", ask("list builders", "acme"))
        self.assertIn("#7", ask("status acme/app/CI", "running"))
        ask("stop build acme/app/CI 'it hangs'", "^Build #7.* of acme/app/CI interrupted")
        self.assertEqual(self.github.cancelled, [70_007])
        self.github.deliver(carillon, self.github.end(7, "cancelled", attempt=2))
        self.assertIn("last build", ask("last acme/app/CI", "last build.*cancelled"))
        self.assertIn("no build is currently running", ask("stop build acme/app/CI again", "running"))
        self.assertEqual(self.github.refused, [])


class CheckTest(Hooked, ServerTest):
    def test_check_says_what_to_enter(self):
        carillon = self.carillon(http_push(self.http), sources=[source()], start=False)
        done = carillon.check()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("hook/github", done.stdout)
        self.assertIn("Workflow runs, Workflow jobs", done.stdout)
        self.assertIn("without a token of its API, deliveries that are lost stay lost", done.stdout)
        self.assertNotIn(self.github.secret, done.stdout + done.stderr)

    def test_arguments_that_cannot_be_meant(self):
        cases = (
            ({"secret": ""}, "empty"), ({"secret": []}, "empty list"), ({"builds": "jobs"}, "'run', 'job' or 'both'"),
            ({"repos": ["acme"]}, "acme/app"), ({"every": 5}, "30 seconds"), ({"max_age": "soon"}, "duration"),
            ({"builder": "%(name)s"}, "%(repo)s"), ({"events": ["pushes"]}, "'runs', 'checks' or 'statuses'"),
            ({"url": "github.com"}, "address"), ({"forks": "yes"}, "'names' or 'trust'"),
            ({"name": "a/b"}, "letters, digits"), ({"people": {"ann": "ann"}}, "addresses"))
        for arguments, why in cases:
            done = self.carillon(http_push(self.http), sources=[source(**arguments)], start=False).check()
            self.assertEqual(done.returncode, 1, arguments)
            self.assertIn(why, done.stderr, arguments)


if __name__ == "__main__":
    unittest.main()
