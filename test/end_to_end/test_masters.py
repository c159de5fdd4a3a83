"""Builds of a real Buildbot master are reported, each once, whatever happens meanwhile."""

import unittest

from carillon_test.carillon import watch
from carillon_test.case import ServerTest
from carillon_test.services import TERSE, finished, http_push, mail
from carillon_test.waiting import stays, wait_for

QUIET = 1.5  # seconds without anything more, where a second report would be wrong


class ResultsTest(ServerTest):
    def test_every_way_to_end_is_reported_once(self):
        buildbot, http, smtp = self.buildbot(), self.http_sink(), self.smtp_sink()
        services = http_push(http) + mail(smtp, mode="all", messageFormatter=TERSE)
        self.carillon(services, sources=[watch(buildbot)]).wait_until_following()

        for builder in ("pass", "warn", "fail", "exception", "retry"):
            buildbot.build(builder)
        buildbot.force("slow")
        buildbot.stop_build(buildbot.wait_running("slow")["buildid"])
        buildbot.wait_build("slow")

        expected = {
            "pass/1": 0, "warn/1": 1, "fail/1": 2, "exception/1": 4, "slow/1": 6,
            "retry/1": 5, "retry/2": 0,
        }
        wait_for(lambda: len(finished(http)) >= len(expected), lambda: f"all: {finished(http)}", 120)
        self.assertEqual(finished(http), expected)

        del expected["retry/1"]  # no mode of the mails asks for a build that is built again
        smtp.wait_for(len(expected), timeout=120)
        stays(lambda: len(smtp.received()) == len(expected), "one mail for each build", QUIET)
        self.assertEqual(
            sorted(m.subject for m in smtp.received()),
            sorted(f"{name}={results}" for name, results in expected.items()),
        )

    def test_modes_and_filters_choose(self):
        buildbot, smtp = self.buildbot(), self.smtp_sink()
        services = (
            mail(smtp, "problem@example.org", name="p", mode=["problem"], messageFormatter=TERSE)
            + mail(smtp, "change@example.org", name="c", mode=["change"], messageFormatter=TERSE)
            + mail(smtp, "bad@example.org", name="b", tags=["bad"], mode="all", messageFormatter=TERSE)
            + mail(smtp, "dev@example.org", name="d", branches=["dev"], mode="all", messageFormatter=TERSE)
            + mail(smtp, "sched@example.org", name="s", schedulers=["force-pass"], mode="all",
                   messageFormatter=TERSE)
        )
        self.carillon(services, sources=[watch(buildbot)]).wait_until_following()
        for outcome in ("pass", "fail", "fail", "pass"):
            buildbot.build("chosen", outcome=outcome)
        buildbot.build("fail", branch="main")
        buildbot.build("pass", branch="dev")
        expected = {
            "problem@example.org": ["chosen/2=2"],
            "change@example.org": ["chosen/2=2", "chosen/4=0"],
            "bad@example.org": ["fail/1=2"],
            "dev@example.org": ["pass/1=0"],
            "sched@example.org": ["pass/1=0"],
        }
        for recipient, subjects in expected.items():
            mails = smtp.wait_for(len(subjects), recipient, timeout=120)
            self.assertEqual([m.subject for m in mails], subjects, recipient)
        total = sum(map(len, expected.values()))
        stays(lambda: len(smtp.received()) == total, "no other mail", QUIET)

    def test_one_mail_for_a_buildset(self):
        buildbot, smtp = self.buildbot(), self.smtp_sink()
        services = mail(smtp, mode="all", buildSetSummary=True, messageFormatter=TERSE)
        self.carillon(services, sources=[watch(buildbot)]).wait_until_following()
        buildbot.change(project="together")
        (summary,) = smtp.wait_for(1, timeout=120)
        for part in ("[pass:0]", "[warn:1]", "[fail:2]"):
            self.assertEqual(summary.text.count(part), 1, summary.text)
        buildbot.build("pass")
        _, second = smtp.wait_for(2, timeout=120)
        self.assertEqual(second.text.split(), ["[pass:0]"])
        stays(lambda: len(smtp.received()) == 2, "two mails for two buildsets", QUIET)


def as_text(content):
    return content.decode() if isinstance(content, bytes) else content


class ContentTest(ServerTest):
    def test_everything_a_post_may_carry(self):
        buildbot, http = self.buildbot(), self.http_sink()
        services = http_push(
            http, wantProperties=True, wantSteps=True, wantLogs=True, wantPreviousBuild=True
        )
        self.carillon(services, sources=[watch(buildbot)]).wait_until_following()
        buildbot.build("logs")
        buildbot.build("logs", owner="ann", branch="dev", revision="abc")
        wait_for(lambda: "logs/2" in finished(http), "both builds", 120)
        started = [b["number"] for b in http.bodies() if not b["complete"]]
        self.assertEqual(sorted(started)[:1], [1])
        body = next(b for b in http.bodies() if b["complete"] and b["number"] == 2)

        build = buildbot.wait_build("logs", 2)
        for key in ("buildid", "builderid", "buildrequestid", "workerid", "masterid", "state_string",
                    "started_at", "complete_at", "results", "number"):
            self.assertEqual(body[key], build[key], key)
        self.assertIs(type(body["complete_at"]), int)
        # Buildbot itself writes "#builders/", its newer front ends "#/builders/": both open the page.
        self.assertRegex(body["url"], f"^{buildbot.url}#/?builders/{build['builderid']}/builds/2$")
        self.assertEqual(body["builder"]["tags"], ["long", "good"])
        self.assertEqual(body["buildrequest"]["buildrequestid"], build["buildrequestid"])
        (stamp,) = body["buildset"]["sourcestamps"]
        self.assertEqual((stamp["branch"], stamp["revision"]), ("dev", "abc"))
        self.assertEqual(body["properties"]["owner"][0], "ann")
        self.assertEqual(body["prev_build"]["number"], 1)
        steps = {step["name"]: step for step in body["steps"]}
        logs = {log["name"]: log for log in steps["compile"]["logs"]}
        self.assertEqual(set(logs), {"stdio", "summary", "report"})
        self.assertIn("compiling b.cpp \N{BELL}", logs["stdio"]["content"]["content"])

    def test_logs_and_patches_are_attached(self):
        buildbot, smtp = self.buildbot(), self.smtp_sink()
        services = mail(smtp, mode="all", addLogs=["compile.stdio", "report"], messageFormatter=TERSE)
        carillon = self.carillon(services, sources=[watch(buildbot)])
        carillon.wait_until_following()
        buildbot.build("logs")
        (first,) = smtp.wait_for(1, timeout=120)
        self.assertEqual(set(first.attachments), {"compile.stdio", "compile.report"})
        text = as_text(first.attachments["compile.stdio"])
        self.assertIn("\ncompiling b.cpp \N{BELL}\n", "\n" + text.replace("\r\n", "\n"))
        # The API of this Buildbot answers null for a patch's text: the mail goes out all the same, and says so.
        buildbot.try_patch("--- a/bell.c\n+++ b/bell.c\n@@ -1 +1 @@\n-ding\n+dong\n")
        smtp.wait_for(2, timeout=120)
        notes = [delivery["note"] for delivery in carillon.settled(2)]
        self.assertIn("a patch is not attached", notes[-1])

    def test_mail_to_the_authors_of_the_changes_and_the_owners(self):
        buildbot, smtp = self.buildbot(), self.smtp_sink()
        services = mail(smtp, mode="all", sendToInterestedUsers=True, lookup="example.org",
                        messageFormatter=TERSE)
        self.carillon(services, sources=[watch(buildbot)]).wait_until_following()
        buildbot.change(project="alone", author="Ann Author <ann@example.com>")
        (first,) = smtp.wait_for(1, timeout=120)
        self.assertEqual(sorted(first.recipients), ["ann@example.com", "dev@example.org"])
        self.assertIn("ann@example.com", first.message["To"])
        self.assertEqual(first.message["Cc"], "dev@example.org")
        buildbot.build("chosen", owner_list=["bob", "cid"])
        _, second = smtp.wait_for(2, timeout=120)
        self.assertEqual(
            sorted(second.recipients), ["bob@example.org", "cid@example.org", "dev@example.org"]
        )


class InterruptionTest(ServerTest):
    def test_the_first_connection_starts_from_now(self):
        buildbot, http = self.buildbot(), self.http_sink()
        buildbot.build("pass")
        self.carillon(http_push(http), sources=[watch(buildbot)]).wait_until_following()
        buildbot.build("fail")
        wait_for(lambda: finished(http), "the build after the start", 120)
        stays(lambda: finished(http) == {"fail/1": 2}, "nothing of before the start", QUIET)

    def test_builds_while_carillon_is_down(self):
        buildbot, http, smtp = self.buildbot(), self.http_sink(), self.smtp_sink()
        services = http_push(http) + mail(smtp, mode="all", messageFormatter=TERSE)
        services += mail(smtp, "set@example.org", name="set", mode="all", buildSetSummary=True,
                         messageFormatter=TERSE)
        carillon = self.carillon(services, sources=[watch(buildbot)]).wait_until_following()
        buildbot.build("pass")
        wait_for(lambda: "pass/1" in finished(http), "the build before", 120)
        self.assertEqual(carillon.stop(), 0)
        buildbot.build("pass")
        buildbot.change(project="together")
        bsid = wait_for(lambda: (n := buildbot.newest_buildset()) > 2 and n, "the buildset")
        buildbot.wait_buildset(bsid)
        carillon.start()
        expected = {"pass/1": 0, "pass/2": 0, "pass/3": 0, "warn/1": 1, "fail/1": 2}
        wait_for(lambda: len(finished(http)) >= len(expected), lambda: str(finished(http)), 120)
        self.assertEqual(finished(http), expected)
        smtp.wait_for(len(expected), "dev@example.org", timeout=120)
        smtp.wait_for(3, "set@example.org", timeout=120)
        carillon.restart()
        stays(
            lambda: finished(http) == expected and len(smtp.received()) == len(expected) + 3,
            "each reported once, also after another start", QUIET,
        )

    def test_the_master_restarts_and_crashes(self):
        buildbot, http = self.buildbot(), self.http_sink()
        self.carillon(http_push(http), sources=[watch(buildbot)]).wait_until_following()
        buildbot.build("pass")
        buildbot.restart_master()
        buildbot.build("warn")
        buildbot.kill_master()
        buildbot.start_master()
        buildbot.wait_for_worker()
        buildbot.build("fail")
        expected = {"pass/1": 0, "warn/1": 1, "fail/1": 2}
        wait_for(lambda: len(finished(http)) >= 3, lambda: str(finished(http)), 120)
        stays(lambda: finished(http) == expected, lambda: str(finished(http)), QUIET)

    def test_a_missing_worker_becomes_a_mail(self):
        buildbot = self.buildbot(missing_timeout=1, notify_on_missing=["owner@example.org"])
        smtp = self.smtp_sink()
        services = mail(smtp, watchedWorkers=["bell-1"])
        services += mail(smtp, name="others", watchedWorkers=["bell-2"])
        self.carillon(services, sources=[watch(buildbot)]).wait_until_following()
        buildbot.stop_worker()
        (told,) = smtp.wait_for(1, timeout=120)
        self.assertEqual(told.recipients, ["owner@example.org"])
        self.assertEqual(told.message["To"], "owner@example.org")
        self.assertIn("bell-1", told.subject + told.text)
        stays(lambda: len(smtp.received()) == 1, "one mail", QUIET)

    def test_two_masters_at_once(self):
        first, second, http = self.buildbot(), self.buildbot(), self.http_sink()
        self.carillon(http_push(http), sources=[watch(first), watch(second)]).wait_until_following(2)
        first.build("pass")
        second.build("pass")
        wait_for(lambda: sum(b["complete"] for b in http.bodies()) >= 2, "both builds", 120)
        urls = {body["url"].partition("#")[0] for body in http.bodies() if body["complete"]}
        self.assertEqual(urls, {first.url, second.url})


if __name__ == "__main__":
    unittest.main()
