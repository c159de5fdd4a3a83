"""GET /metrics after known events, read by a strict parser."""

import time
import unittest

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.http_sink import Answer
from carillon_test.prometheus import scrape
from carillon_test.services import http_push, mail
from carillon_test.waiting import wait_for

SECRET = "hush-hush-password"


class MetricsTest(ServerTest):
    def test_counts_what_happened(self):
        http, smtp = self.http_sink(), self.smtp_sink()
        http.script(500, 200, 404)
        odd = 'po"st\\s'
        services = http_push(http, name=odd, auth=("u", SECRET)) + mail(smtp, name="mails", mode=["failing"])
        carillon = self.carillon(services)
        self.assertEqual(scrape(carillon).total("carillon_events_total"), 0)
        carillon.ingest(build(1, "a", complete=False))
        http.wait_for(2)  # refused with 500, then taken
        carillon.ingest(build(1, "a", 2))
        http.wait_for(3)
        smtp.wait_for(1)
        carillon.ingest(build(1, "a", 2))
        carillon.ingest([build(2, "b"), build(3, "b")])
        http.wait_for(5)
        wait_for(lambda: not carillon.deliveries("--state", "waiting"), "all settled")

        wait_for(lambda: scrape(carillon).total("carillon_deliveries_waiting") == 0, "nothing waits")
        m = scrape(carillon)
        for (kind, count) in (("build_started", 1), ("build_finished", 3), ("worker_missing", 0)):
            self.assertEqual(m.value("carillon_events_total", master="push", kind=kind), count, kind)
        self.assertEqual(m.value("carillon_events_duplicate_total", master="push"), 1)
        self.assertEqual(m.value("carillon_decisions_total", reporter=odd, outcome="report"), 4)
        self.assertEqual(m.value("carillon_decisions_total", reporter="mails", outcome="report"), 1)
        self.assertEqual(m.value("carillon_decisions_total", reporter="mails", outcome="ignore"), 3)
        self.assertEqual(m.value("carillon_deliveries_settled_total", reporter=odd, state="delivered"), 3)
        self.assertEqual(m.value("carillon_deliveries_settled_total", reporter=odd, state="dead"), 1)
        self.assertEqual(m.value("carillon_deliveries_settled_total", reporter="mails", state="delivered"), 1)
        self.assertEqual(m.value("carillon_attempts_total", reporter=odd), 5)
        self.assertEqual(m.value("carillon_retries_total", reporter=odd), 1)
        self.assertEqual(m.value("carillon_send_seconds_count", reporter=odd), 5)
        self.assertEqual(m.value("carillon_event_to_delivery_seconds_count", reporter=odd), 3)
        self.assertEqual(m.value("carillon_event_to_delivery_seconds_count", reporter="mails"), 1)
        self.assertEqual(m.value("carillon_oldest_waiting_seconds", reporter=odd), 0)
        self.assertGreater(m.value("carillon_store_commit_seconds_count"), 4)
        self.assertGreaterEqual(m.total("carillon_store_batch_jobs_sum"), m.value("carillon_store_batch_jobs_count"))
        self.assertGreater(m.value("carillon_python_busy_seconds_total"), 0)
        self.assertGreater(m.value("carillon_database_bytes"), 0)
        self.assertEqual(m.value("carillon_reporters", state="configured"), 2)
        self.assertGreater(m.value("process_resident_memory_bytes"), 1_000_000)
        self.assertGreater(m.value("process_cpu_seconds_total"), 0)
        self.assertGreater(m.value("process_open_fds"), 5)
        self.assertGreater(m.value("process_max_fds"), m.value("process_open_fds"))
        self.assertGreater(m.value("process_start_time_seconds"), 1_700_000_000)
        self.assertEqual(m.total("carillon_build_info"), 1)
        self.assertNotIn(SECRET, carillon.request("GET", "metrics").body.decode())

    def test_looking_changes_nothing(self):
        """How late the main thread was stays to be seen by all who ask, for a minute."""
        carillon = self.carillon(http_push(self.http_sink()))
        with carillon.process.paused():
            time.sleep(2.5)  # its beat of a second is late by one and a half at least

        def late():
            return scrape(carillon).value("carillon_io_lag_seconds")

        wait_for(lambda: late() >= 1, "it to be late")
        for _ in range(3):
            self.assertGreaterEqual(late(), 1)

    def test_what_waits(self):
        http = self.http_sink()
        http.default = Answer(429, headers={"Retry-After": "600"})
        carillon = self.carillon(http_push(http, name="posts"))
        carillon.ingest([build(1), build(2)])
        wait_for(lambda: scrape(carillon).value("carillon_deliveries_waiting", reporter="posts") == 2, "two that wait")
        wait_for(lambda: scrape(carillon).value("carillon_reporter_pause_seconds", reporter="posts") > 500, "a pause")
        wait_for(lambda: scrape(carillon).value("carillon_oldest_waiting_seconds", reporter="posts") > 0, "an age")
        self.assertEqual(scrape(carillon).total("carillon_deliveries_settled_total"), 0)
        for row in carillon.deliveries():
            carillon.drop(row["id"])
        wait_for(
            lambda: carillon.deliveries("--state", "dropped") and not carillon.deliveries("--state", "waiting"), "dropped",
        )

    def test_reloads_and_superseded(self):
        http = self.http_sink()
        http.down()
        carillon = self.carillon(
            f"c['services'].append(reporters.GitLabStatusPush(token='t', baseURL={http.url!r}, name='gitlab'))\n"
        )
        project = {"source_project_id": [17, "x"]}
        carillon.ingest(build(1, complete=False, properties=project))
        wait_for(lambda: carillon.deliveries("--state", "waiting"), "the first state")
        carillon.ingest(build(1, properties=project))
        wait_for(lambda: carillon.deliveries("--state", "superseded"), "the later state")
        def superseded():
            return scrape(carillon).value("carillon_deliveries_settled_total", reporter="gitlab", state="superseded")

        wait_for(superseded, "it to be counted")
        self.assertEqual(superseded(), 1)
        carillon.cli("reload", "--config", carillon.config)
        good = carillon.config.read_text(encoding="utf-8")
        carillon.config.write_text(good + "c['services'].append(reporters.HttpStatusPush())\n")
        carillon.reload()
        wait_for(lambda: scrape(carillon).value("carillon_reloads_total", outcome="refused") == 1, "a refused reload")
        self.assertEqual(scrape(carillon).value("carillon_reloads_total", outcome="taken"), 1)


if __name__ == "__main__":
    unittest.main()
