"""Builds that are tried again under the number that they had."""

import unittest

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.services import TERSE, http_push, mail


class AttemptsTest(ServerTest):
    def decisions(self, carillon, name):
        """[[reporter, decision, reason], ...] of each event of the build, in the order they were heard."""
        return [
            [(d["reporter"], d["decision"], d["reason"]) for d in event["decisions"]]
            for event in carillon.explain(name)["events"]
        ]

    def test_a_repair_is_told_and_the_next_green_build_is_not(self):
        for restarts in (False, True):
            with self.subTest(restarts=restarts):
                smtp = self.smtp_sink()
                carillon = self.carillon(mail(smtp, name="mails", mode=["change", "problem"], messageFormatter=TERSE))

                def heard(number, results, attempt, carillon=carillon, restarts=restarts):
                    told = build(number, "linux", results, attempt=attempt)
                    self.assertEqual(carillon.ingest(told).json, {"accepted": 1, "duplicate": False})
                    self.assertEqual(carillon.ingest(told).json, {"accepted": 0, "duplicate": True})
                    if restarts:
                        carillon.restart()

                heard(41, 0, 1)
                heard(42, 2, 1)
                heard(42, 0, 2)
                heard(43, 0, 1)
                smtp.wait_for(2)
                carillon.settled(2)
                self.assertEqual([m.subject for m in smtp.received()], ["linux/42=2", "linux/42=0"])
                first, second = self.decisions(carillon, "linux/42")
                self.assertEqual(first, [("mails", "report", "mode change: success before, failure now")])
                self.assertEqual(second, [("mails", "report", "mode change: failure before, success now")])
                ((third,),) = self.decisions(carillon, "linux/43")
                self.assertEqual(third[1], "ignore")
                self.assertEqual(len(self.decisions(carillon, "linux")), 1, "the newest is 43")
                carillon.stop()

    def test_the_build_before_is_the_try_before(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http, wantPreviousBuild=True))
        carillon.ingest([build(41, "linux", 4), build(42, "linux", 2), build(42, "linux", 0, attempt=2)])
        http.wait_for(3)
        before = {b["results"]: (b["prev_build"] or {}).get("results") for b in http.bodies()}
        self.assertEqual(before, {4: None, 2: 4, 0: 2})

    def test_an_end_that_comes_behind_that_of_a_later_try_is_told_to_nobody(self):
        http = self.http_sink()
        for restart in (False, True):
            with self.subTest(restart=restart):
                builder = f"linux-{restart}"
                carillon = self.carillon(http_push(http))
                carillon.ingest([build(42, builder, 0, attempt=2), build(43, builder, 0)])
                http.wait_for(2)
                if restart:
                    carillon.restart()
                carillon.ingest([build(42, builder, 2)])
                ((late,),) = [made for made in self.decisions(carillon, f"{builder}/42") if made[0][1] == "ignore"]
                self.assertEqual(late, ("HttpStatusPush", "ignore", "attempt 2 has ended already"))
                self.assertIn("attempt 2 has ended already",
                              carillon.cli("explain", "--config", carillon.config, f"{builder}/42").stdout)
                # Of an earlier number it is told as before.
                carillon.ingest([build(41, builder, 2)])
                http.wait_for(3)
                self.assertEqual([b["number"] for b in http.bodies()][-1], 41)
                carillon.stop()
                http.clear()

    def test_a_later_try_is_named(self):
        smtp = self.smtp_sink()
        carillon = self.carillon(mail(smtp, name="mails", mode="all"))
        carillon.ingest([build(42, "linux", 2), build(42, "linux", 0, attempt=2)])
        smtp.wait_for(2)
        rows = carillon.settled(2)
        self.assertEqual(sorted(row["summary"] for row in rows),
                         ["mail: build #42 of linux: failure", "mail: build #42, attempt 2, of linux: success"])
        first, second = sorted(smtp.received(), key=lambda message: "attempt" in message.subject)
        self.assertNotIn("attempt", first.subject + first.text)
        self.assertTrue(second.subject.endswith(" on linux (build #42, attempt 2)"), second.subject)
        self.assertIn("Build: #42, attempt 2\r\n", second.text)
        said = carillon.cli("explain", "--config", carillon.config, "linux/42").stdout
        self.assertIn("finished: failure", said)
        self.assertIn("finished, attempt 2: success", said)
        self.assertEqual([event["attempt"] for event in carillon.explain("linux/42")["events"]], [1, 2])
        shown = carillon.cli("preview", "--config", carillon.config, "mails", "linux/42").stdout
        self.assertIn("build #42, attempt 2, of linux (success)", shown)
        self.assertIn("Build: #42, attempt 2\n", shown)


if __name__ == "__main__":
    unittest.main()
