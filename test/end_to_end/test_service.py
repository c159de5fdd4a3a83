"""Carillon as a service: what it says of its state to systemd, to probes, and in its log."""

import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import threading
import time
import unittest

from carillon_test.carillon import program
from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.service_manager import FakeServiceManager
from carillon_test.services import Source, http_push
from carillon_test.waiting import wait_for

UNIT = pathlib.Path(__file__).resolve().parents[2] / "contrib" / "systemd" / "carillon.service"


class NotifyTest(ServerTest):
    def manager(self, **arguments):
        made = FakeServiceManager(self.folder, **arguments)
        self.addCleanup(made.close)
        return made

    def test_the_whole_life(self):
        manager = self.manager(watchdog=30)
        carillon = self.carillon(env=manager.env)
        manager.wait_for("READY=1")
        manager.wait_for("WATCHDOG=1", 2)
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        carillon.reload()
        (reloading,) = manager.wait_for("RELOADING=1")
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self.assertTrue(before <= int(reloading["MONOTONIC_USEC"]) <= after)
        manager.wait_for("READY=1", 2)
        carillon.config.write_text("this is no python(\n")
        carillon.reload()
        manager.wait_for("RELOADING=1", 2)
        manager.wait_for("READY=1", 3)
        self.assertEqual(manager.told("STOPPING=1"), [])
        self.assertEqual(carillon.stop(), 0)
        manager.wait_for("STOPPING=1")
        self.assertEqual(len(manager.told("READY=1")), 3)

    def test_an_abstract_socket_and_no_watchdog(self):
        manager = self.manager(abstract=True)
        carillon = self.carillon(env=manager.env)
        manager.wait_for("READY=1")
        self.assertEqual(manager.told("WATCHDOG=1"), [])
        self.assertEqual(carillon.stop(), 0)
        manager.wait_for("STOPPING=1")

    def test_a_bad_start_is_never_ready(self):
        manager = self.manager()
        carillon = self.carillon(start=False, env=manager.env)
        carillon.config.write_text("this is no python(\n")
        self.assertEqual(carillon.cli("run", carillon.config).returncode, 1)
        self.assertEqual(manager.messages, [])


# A callback in native code, which nothing can interrupt: it opens a FIFO that nobody writes to.
STUCK = """\
def stuck(build):
    open({fifo!r}).close()
    return build
"""


class StuckPythonTest(ServerTest):
    """50 s are allowed: Python's own limit is 30 s, and some more to interrupt what takes longer."""

    def test_health_says_so_and_the_watchdog_is_not_fed(self):
        manager = FakeServiceManager(self.folder, watchdog=30)
        self.addCleanup(manager.close)
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        carillon = self.carillon(
            STUCK.format(fifo=str(fifo)) + http_push(self.http_sink(), format_fn=Source("stuck")), env=manager.env)
        manager.wait_for("WATCHDOG=1")
        self.assertEqual(carillon.ingest(build(1)).status, 202)
        wait_for(lambda: carillon.request("GET", "health").status == 503, "/health to say that Python is stuck", 120)
        health = carillon.request("GET", "health").json
        self.assertRegex(health.pop("python"), r"^has been at one piece of work for \d+ s$")
        self.assertEqual(health, {"status": "wrong", "io": "ok", "store": "ok"})
        self.assertEqual(carillon.request("GET", "ready").status, 503)
        self.assertEqual(carillon.ingest(build(2)).status, 202, "what is heard is kept all the same")
        fed = len(manager.told("WATCHDOG=1"))
        time.sleep(2.5)  # two beats
        self.assertEqual(len(manager.told("WATCHDOG=1")), fed)
        with open(fifo, "w", encoding="utf-8"):
            wait_for(carillon.is_healthy, "Python to respond again", 120)
            manager.wait_for("WATCHDOG=1", fed + 1)


class StuckStoreTest(ServerTest):
    def test_health_says_so_and_the_watchdog_is_not_fed(self):
        """Another process keeps the database locked: each transaction waits for it, one after the other."""
        manager = FakeServiceManager(self.folder, watchdog=30)
        self.addCleanup(manager.close)
        http = self.http_sink()
        carillon = self.carillon(http_push(http), env=manager.env)
        manager.wait_for("WATCHDOG=1")
        answers = []
        with sqlite3.connect(carillon.database, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            posts = [threading.Thread(target=lambda n=n: answers.append(carillon.ingest(build(n), timeout=200).status))
                     for n in range(1, 6)]
            for post in posts:
                post.start()
            try:
                wait_for(lambda: carillon.request("GET", "health").status == 503, "/health to say that it is stuck", 120)
                fed = len(manager.told("WATCHDOG=1"))
                health = carillon.request("GET", "health").json
                self.assertRegex(health.pop("store"), r"^has not answered for \d+ s$")
                self.assertEqual(health, {"status": "wrong", "io": "ok", "python": "ok"})
            finally:
                other.execute("ROLLBACK")
                for post in posts:
                    post.join()
        wait_for(carillon.is_healthy, "the store to respond again", 120)
        manager.wait_for("WATCHDOG=1", fed + 1)
        self.assertEqual(len(answers), 5)
        self.assertLessEqual(set(answers), {202, 503})
        wait_for(lambda: len(http.received()) >= answers.count(202), "what was accepted to be reported")


class ProbesTest(ServerTest):
    def test_health_and_ready(self):
        carillon = self.carillon(http_push(self.http_sink()))
        health = carillon.request("GET", "health")
        self.assertEqual(health.status, 200)
        self.assertEqual(health.json, {"status": "ok", "io": "ok", "store": "ok", "python": "ok"})
        wait_for(lambda: carillon.request("GET", "ready").status == 200, "it to be ready")
        self.assertEqual(carillon.request("GET", "ready").json, {"status": "ready", "wrong": [], "notes": []})
        self.assertEqual(carillon.request("POST", "ready").status, 405)


class FullDiskReadyTest(ServerTest):
    """Uses a small tmpfs, which only root can mount."""

    def test_not_ready_while_the_disk_is_full(self):
        if os.geteuid() != 0:
            self.skipTest("mounting a small disk needs root")
        disk = self.folder / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)],
                                 capture_output=True, text=True)
        if mounted.returncode != 0:
            self.skipTest(f"cannot mount a small disk here: {mounted.stderr}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=True)
        carillon = self.carillon(start=False)
        text = carillon.config.read_text(encoding="utf-8").replace(str(carillon.database), str(disk / "c.sqlite"))
        carillon.config.write_text(text, encoding="utf-8")
        carillon.start()
        wait_for(lambda: carillon.request("GET", "ready").status == 200, "it to be ready")
        numbers = iter(range(1, 10_000))
        wait_for(lambda: carillon.ingest(build(next(numbers), state_string="x" * 50_000)).status == 503, "a full disk")
        ready = carillon.request("GET", "ready")
        self.assertEqual(ready.status, 503)
        self.assertEqual(ready.json["status"], "not ready")
        self.assertRegex(ready.json["wrong"][0], "^store: .*full")
        self.assertTrue(carillon.is_healthy(), "it is alive all the same")
        subprocess.run(["mount", "-o", "remount,size=100m", str(disk)], check=True)
        # Nobody writes: a probe finds out that it is over.
        wait_for(lambda: carillon.request("GET", "ready").status == 200, "it to be ready again")


class JsonLogTest(ServerTest):
    def lines(self, text):
        return [json.loads(line) for line in text.splitlines()]

    def test_every_line_is_an_object(self):
        carillon = self.carillon(http_push(self.http_sink(), auth=("u", "hush-hush-password")), start=False)
        carillon.config.write_text(carillon.config.read_text("utf-8") + "print('printed hush-hush-password')\n", "utf-8")
        done = subprocess.Popen(
            [program(), "run", "--log-format", "json", "--log-level", "debug", str(carillon.config)],
            cwd=carillon.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        try:
            wait_for(carillon.is_healthy, "it to run")
            carillon.ingest(build(1))
        finally:
            done.terminate()
            out, err = done.communicate(timeout=120)
        self.assertEqual((done.returncode, out), (0, ""))
        lines = self.lines(err)
        for line in lines:
            self.assertEqual(list(line), ["time", "level", "part", "message"])
            self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertIn(line["level"], ("debug", "info", "warning", "error"))
        self.assertIn(("carillon", "stopped"), [(line["part"], line["message"]) for line in lines])
        self.assertIn(("python", "printed ***"), [(line["part"], line["message"]) for line in lines])
        self.assertNotIn("hush-hush-password", err)

    def test_a_bad_start_too(self):
        carillon = self.carillon(start=False)
        carillon.config.write_text("this is no python(\n")
        done = carillon.cli("run", "--log-format", "json", carillon.config)
        self.assertEqual(done.returncode, 1)
        (line,) = self.lines(done.stderr)
        self.assertEqual((line["level"], line["part"]), ("error", "carillon"))
        self.assertIn("SyntaxError", line["message"])


class UnitFileTest(unittest.TestCase):
    def setUp(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not installed")

    def test_systemd_understands_it(self):
        """What it says of a program that is not installed is not about the file."""
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(UNIT)], capture_output=True, text=True)
        said = [line for line in done.stderr.splitlines() if "carillon" in line and "is not executable" not in line]
        self.assertEqual(said, [])

    def test_it_is_hardened(self):
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNIT)],
                              capture_output=True, text=True)
        match = re.search(r"Overall exposure level for carillon\.service: ([\d.]+)", done.stdout)
        self.assertTrue(match, done.stdout + done.stderr)
        self.assertLess(float(match[1]), 2.5, done.stdout)


class UnitLimitsTest(unittest.TestCase):
    def test_no_core_and_not_all_the_memory(self):
        lines = UNIT.read_text(encoding="utf-8").splitlines()
        self.assertIn("LimitCORE=0", lines)
        self.assertIn("MemoryMax=2G", lines)


if __name__ == "__main__":
    unittest.main()
