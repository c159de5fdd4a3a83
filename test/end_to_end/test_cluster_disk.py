"""The disk under PostgreSQL is full: its data, and its write-ahead log."""

import os
import subprocess
import unittest

from carillon_test.case import ServerTest
from carillon_test.cluster_case import Nodes
from carillon_test.postgres import Postgres, Refused
from carillon_test.waiting import wait_for

_SIZE = "120m"  # of which a new cluster takes two thirds


class FullDiskTest(Nodes, ServerTest):
    def postgres(self):
        """On a disk of its own, which is small."""
        folder = self.folder / "disk"
        folder.mkdir()
        if os.getuid() != 0:
            self.skipTest("only root may mount a disk")
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "none", folder],
                                 capture_output=True, text=True, check=False)
        if mounted.returncode != 0:
            self.skipTest(f"a disk cannot be mounted here: {mounted.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "--lazy", folder], check=True)
        made = Postgres(folder)
        self.addCleanup(made.close)
        return made.start()

    def fill(self):
        """To the last byte."""
        with open(self.folder / "disk" / "filler", "ab", buffering=0) as file:
            for size in (1 << 20, 4096):
                try:
                    while True:
                        file.write(b"\0" * size)
                except OSError:
                    continue

    def test_until_there_is_room_again(self):
        cluster = self.cluster(nodes=2)
        serving = cluster.serving()

        def fill(acknowledged):
            self.more(acknowledged, 20)
            self.fill()
            self.cannot_work(serving)
            (self.folder / "disk" / "filler").unlink()
            self.recover()
            self.more(acknowledged, 20)

        self.check(self.stream(cluster, fill), 2)
        cluster.wait_for_all()

    def recover(self):
        """As a service manager does where it gave up."""
        wait_for(self.answers_or_ended, "PostgreSQL to recover, or to end")
        if not self.server.is_running():
            self.server.start()

    def answers_or_ended(self):
        if not self.server.is_running():
            return True
        try:
            return self.server.sql("SELECT 1") == ["1"]
        except Refused:
            return False


if __name__ == "__main__":
    unittest.main()
