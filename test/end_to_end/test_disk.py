"""A disk that is full: nothing is acknowledged that is not kept, nothing is lost, and it goes on without a restart."""

import collections
import os
import sqlite3
import subprocess
import unittest

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.services import http_push
from carillon_test.waiting import wait_for


class FullDiskTest(ServerTest):
    """Uses a small tmpfs, which only root can mount."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("mounting a small disk needs root")
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(self.disk)],
                                 capture_output=True, text=True)
        if mounted.returncode != 0:
            self.skipTest(f"cannot mount a small disk here: {mounted.stderr}")
        # Lazily: whatever still has it open keeps it until it ends.
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.disk)], check=True)

    def on_the_disk(self, services):
        carillon = self.carillon(services, start=False)
        moved = self.disk / carillon.database.name
        carillon.config.write_text(carillon.config.read_text().replace(str(carillon.database), str(moved)))
        carillon.database = moved
        return carillon.start()

    def test_ingest_says_503_and_recovers(self):
        http = self.http_sink()
        http.down()
        carillon = self.on_the_disk(http_push(http))
        acknowledged, refused = [], None
        for number in range(1, 200):
            reply = carillon.ingest([build(number * 100 + n, state_string="x" * 3000) for n in range(20)])
            if reply.status != 202:
                refused = reply
                break
            acknowledged += [number * 100 + n for n in range(20)]
        self.assertIsNotNone(refused, "3 MB never became full")
        self.assertEqual(refused.status, 503, refused.body)
        self.assertGreater(int(refused.headers["Retry-After"]), 0)
        self.assertIn("full", refused.json["error"])
        self.assertTrue(acknowledged)
        self.assertTrue(carillon.is_healthy())

        subprocess.run(["mount", "-o", "remount,size=100m", str(self.disk)], check=True)
        http.up()
        wait_for(lambda: carillon.ingest(build(1)).status == 202, "room again")
        wait_for(lambda: set(acknowledged) | {1} <= {body["number"] for body in http.bodies()},
                 "everything acknowledged to be posted", 120)

    def test_what_was_sent_while_it_is_full_is_settled_afterwards_and_not_sent_again(self):
        http = self.http_sink()
        http.down()
        carillon = self.on_the_disk(http_push(http))
        self.assertEqual(carillon.ingest([build(n, state_string="x" * 500) for n in range(1, 101)]).status, 202)
        wait_for(lambda: any(row["attempts"] for row in carillon.deliveries("--limit", "100")), "a try")
        # The write-ahead log is taken away from under it, so that it cannot write into what it has of the disk.
        carillon.merge()
        with open(self.disk / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 4096)
            except OSError as error:
                self.assertIn("No space", str(error))
        http.up()
        http.wait_for(1, timeout=120)
        carillon.process.wait_for_output("cannot settle delivery", 120)
        self.assertEqual(carillon.ingest(build(1000)).status, 503)
        (self.disk / "filler").unlink()
        http.wait_for(100, timeout=120)

        def settled():
            with sqlite3.connect(f"file:{carillon.database}?mode=ro", uri=True) as database:
                return database.execute("SELECT count(*) FROM deliveries WHERE state = 1").fetchone()[0] == 100

        wait_for(settled, "all to be settled", 120)
        counts = collections.Counter(body["number"] for body in http.bodies())
        self.assertEqual(set(counts.values()), {1}, "sent again, though nobody was killed")


if __name__ == "__main__":
    unittest.main()
