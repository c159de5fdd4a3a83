"""A disk that is full: nothing is acknowledged that is not kept, nothing is lost, and it goes on without a restart."""

import os
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

    def test_ingest_says_503_and_recovers(self):
        http = self.http_sink()
        http.down()
        carillon = self.carillon(http_push(http), start=False)
        carillon.config.write_text(carillon.config.read_text().replace(str(carillon.database),
                                                                       str(self.disk / "carillon.sqlite")))
        carillon.start()
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
        wait_for(lambda: carillon.ingest(build(1)).status == 202, "room again", 30)
        wait_for(lambda: set(acknowledged) | {1} <= {body["number"] for body in http.bodies()},
                 "everything acknowledged to be posted", 120)


if __name__ == "__main__":
    unittest.main()
