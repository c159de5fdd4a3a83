"""Old history is forgotten while the server works; nothing that is needed goes."""

import sqlite3
import unittest

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.prometheus import scrape
from carillon_test.services import finished, http_push, mail
from carillon_test.waiting import stays, wait_for

DAY = 86_400_000


class HistoryTest(ServerTest):
    def age(self, carillon, days, where="1"):
        """Make what is there older, while no server runs."""
        with sqlite3.connect(carillon.database) as database:
            database.execute(f"UPDATE events SET heard = heard - ? WHERE {where}", (days * DAY,))
            database.execute("UPDATE deliveries SET created = created - ?1, settled_at = settled_at - ?1 "
                             f"WHERE settled_at IS NOT NULL AND event IN (SELECT id FROM events WHERE {where})", (days * DAY,))
        database.close()

    def counts(self, carillon):
        with sqlite3.connect(f"file:{carillon.database}?mode=ro", uri=True) as database:
            tables = ("events", "deliveries", "payloads", "attempts", "notifications")
            found = {t: database.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables}
        database.close()
        return found

    def test_by_age(self):
        http, smtp = self.http_sink(), self.smtp_sink()
        http.script(404)
        services = http_push(http, name="posts") + mail(smtp, name="mails", mode=["change"])
        carillon = self.carillon(services)
        carillon.ingest(build(1, "dead"))
        wait_for(lambda: carillon.deliveries("--state", "dead"), "a dead letter")
        carillon.ingest([build(n, "linux", 2) for n in range(1, 41)])
        wait_for(lambda: len(finished(http)) == 41, "the posts")
        carillon.settled(41)
        http.down()
        carillon.ingest([build(1, "waits"), build(2, "waits")])
        wait_for(lambda: len(carillon.deliveries("--state", "waiting")) == 2, "two that wait")
        carillon.stop()
        self.age(carillon, 100)
        carillon.start()
        carillon.process.wait_for_output("forgot 40 deliveries and 39 events")
        # linux/40 is the build before the next one: nothing changes, so there is no mail.
        carillon.ingest(build(41, "linux", 2))
        decisions = {d["reporter"]: d["decision"] for e in carillon.explain("linux/41")["events"] for d in e["decisions"]}
        self.assertEqual(decisions, {"posts": "report", "mails": "ignore"})
        self.assertEqual(self.counts(carillon)["events"], 5)
        wait_for(lambda: len(carillon.deliveries()) == 4, "the last one in the ledger")
        rows = carillon.deliveries()
        self.assertEqual(sorted(r["state"] for r in rows), ["dead", "waiting", "waiting", "waiting"])
        self.assertEqual(scrape(carillon).value("carillon_history_forgotten_total", what="deliveries"), 40)
        self.assertEqual(smtp.received(), [])
        self.assertEqual(self.counts(carillon)["payloads"], 4)
        http.up()
        wait_for(lambda: len(finished(http)) == 44, "what waited", 60)

    def test_by_size_with_a_file_that_shrinks(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http, name="posts"))
        for number in range(0, 400, 20):
            carillon.ingest([build(number + n, state_string="x" * 40_000) for n in range(20)])
        wait_for(lambda: len(http.received()) == 400, "the posts", 120)
        wait_for(lambda: not carillon.deliveries("--state", "waiting"), "all settled")
        carillon.stop()
        size = carillon.database.stat().st_size
        self.assertGreater(size, 12_000_000)
        self.age(carillon, 1)
        carillon.configure(http_push(http, name="posts") + "c['history'] = {'maxAge': None, 'maxSize': '4MB'}\n")
        carillon.start()
        wait_for(lambda: scrape(carillon).value("carillon_database_used_bytes") < 4_000_000, "the rest to go", 60)
        # Free pages beyond a few megabytes are given back.
        wait_for(lambda: scrape(carillon).value("carillon_database_bytes") < size * 0.8, "a smaller file", 60)
        self.assertGreater(len(carillon.deliveries("-n", 10_000)), 10, "no more than needed")
        (event,) = carillon.explain("pass/399")["events"]
        self.assertEqual([d["state"] for d in event["deliveries"]], ["delivered"])
        gone = carillon.cli("explain", "--config", carillon.config, "pass/1")
        self.assertEqual(gone.returncode, 1, "the oldest goes first")
        stays(lambda: len(http.received()) == 400, "nothing is sent again", 0.5)

    def test_limits_that_make_no_sense(self):
        carillon = self.carillon(start=False)
        for value, word in (("3", "dictionary"), ("{'maxage': 1}", "maxAge"), ("{'maxAge': '1 moon'}", "maxAge"),
                            ("{'maxAge': 60}", "an hour"), ("{'maxSize': '1kB'}", "1 MB"),
                            ("{'maxSize': True}", "maxSize"), ("{'maxAge': -5}", "maxAge")):
            with self.subTest(value=value):
                carillon.configure(f"c['history'] = {value}\n")
                done = carillon.check()
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertRegex(done.stderr, rf"carillon\.cfg:\d+: c\['history'\]: .*{word}")
        for value in ("{}", "{'maxAge': '2w'}", "{'maxAge': '90 d', 'maxSize': '2GB'}", "{'maxSize': 5e9}",
                      "{'maxAge': __import__('datetime').timedelta(days=3)}", "{'maxAge': None, 'maxSize': None}"):
            with self.subTest(value=value):
                carillon.configure(f"c['history'] = {value}\n")
                self.assertEqual(carillon.check().returncode, 0)


if __name__ == "__main__":
    unittest.main()
