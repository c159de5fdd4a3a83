"""A database file that is damaged or is not Carillon's: refused by name, and left as it is."""

import json
import os
import sqlite3
import subprocess
import unittest

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.services import http_push
from carillon_test.waiting import PATIENCE, stays, wait_for


def altered(path, statement):
    """The bytes of a copy of the database after the statement."""
    copy = path.with_name("copy.sqlite")
    copy.write_bytes(path.read_bytes())
    with sqlite3.connect(copy) as database:
        database.execute(statement)
    database.close()
    made = copy.read_bytes()
    copy.unlink()
    return made


class RefusalTest(ServerTest):
    def setUp(self):
        super().setUp()
        http = self.http_sink()
        http.down()
        self.stopped = self.carillon(http_push(http))
        for number in range(1, 60):
            self.assertEqual(self.stopped.ingest(build(number, state_string="x" * 3000)).status, 202)
        self.assertEqual(self.stopped.stop(), 0)

    def refused(self, what):
        """What `run` says; it ends with 1 and changes nothing beside the database either."""
        path = self.stopped.database
        before = {file.name: file.read_bytes() for file in path.parent.glob(path.name + "*") if file.is_file()}
        done = self.stopped.cli("run", self.stopped.config)
        self.assertEqual(done.returncode, 1, f"{what}: {done.stderr}")
        self.assertIn(str(path), done.stderr, what)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, f"{what}: {done.stderr}")
        after = {name: (path.parent / name).read_bytes() for name in before}
        self.assertEqual(before, after, f"{what}: the file was changed")
        return done.stderr

    def test_what_is_no_database_of_ours(self):
        path = self.stopped.database
        good = path.read_bytes()
        other = self.folder / "other.sqlite"
        with sqlite3.connect(other) as database:
            database.execute("CREATE TABLE bells (name)")
        database.close()
        damage = bytearray(good)
        for at in range(len(good) // 2, len(good) - 300, 512):
            damage[at:at + 300] = b"\xa5" * 300
        cases = {
            "text": (b"bells and whistles\n" * 500, "not a database"),
            "cut to a half": (good[:len(good) // 2], "damaged"),
            "cut in the first page": (good[:1000], "damaged"),
            "damaged in the middle": (bytes(damage), "damaged"),
            "newer": (altered(path, "PRAGMA user_version = 999"), "newer Carillon"),
            "another program's": (other.read_bytes(), "not one of Carillon's"),
        }
        for name, (content, reason) in cases.items():
            path.write_bytes(content)
            self.assertIn(reason, self.refused(name), name)
        path.unlink()
        path.mkdir()
        self.refused("a folder")
        path.rmdir()
        path.write_bytes(good)
        self.stopped.start()
        self.assertEqual(len(self.stopped.deliveries("--state", "waiting", "--limit", "100")), 59)

    def test_one_of_another_program_with_work_not_merged_yet(self):
        """Its -wal file belongs to it, too."""
        path = self.stopped.database
        path.unlink()
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("CREATE TABLE bells (name)")
            database.commit()
            copies = {name: path.with_name(name).read_bytes() for name in (path.name, path.name + "-wal")}
        database.close()
        for name, content in copies.items():
            path.with_name(name).write_bytes(content)
        self.assertTrue(copies[path.name + "-wal"])
        self.assertIn("not one of Carillon's", self.refused("with a -wal file"))

    def test_one_that_cannot_be_written(self):
        path = self.stopped.database
        if os.geteuid() == 0:  # who may write everywhere but on a disk that is read-only
            disk = self.folder / "disk"
            disk.mkdir()
            done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)],
                                  capture_output=True, text=True)
            if done.returncode != 0:
                self.skipTest(f"cannot mount a small disk here: {done.stderr}")
            self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=True)
            moved = disk / path.name
            moved.write_bytes(path.read_bytes())
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
            text = self.stopped.config.read_text().replace(str(path), str(moved))
            self.stopped.config.write_text(text)
            self.stopped.database = moved
        else:
            path.chmod(0o444)
            self.addCleanup(path.chmod, 0o644)
        self.refused("read-only")


class DamageTest(ServerTest):
    def test_damage_that_appears_while_it_runs_is_told_and_nothing_is_acknowledged(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http))
        self.assertEqual(carillon.ingest(build(1)).status, 202)
        http.wait_for(1)
        wait_for(lambda: not carillon.deliveries("--state", "waiting"), "the ledger to be settled")
        with sqlite3.connect(carillon.database, timeout=PATIENCE) as database:
            database.execute("DROP TABLE notifications")
        database.close()
        reply = carillon.ingest(build(2))
        self.assertEqual(reply.status, 503, reply.body)
        self.assertIn("notifications", reply.json["error"])
        self.assertGreater(int(reply.headers["Retry-After"]), 0)
        self.assertTrue(carillon.is_healthy())


class GoneTest(ServerTest):
    """The file goes away under a running server: nothing more is acknowledged, and it is said."""

    def setUp(self):
        super().setUp()
        self.http = self.http_sink()
        self.server = self.carillon(http_push(self.http))
        self.assertEqual(self.server.ingest(build(1)).status, 202)
        self.http.wait_for(1)
        wait_for(lambda: not self.server.deliveries("--state", "waiting"), "the ledger to be settled")
        self.assertEqual(self.server.request("GET", "ready").status, 200)

    def noticed(self, what):
        """A post is refused, though nobody looked before; then the pulse tells whoever asks."""
        reply = self.server.ingest(build(2))
        self.assertEqual(reply.status, 503, reply.body)
        self.assertRegex(reply.json["error"], what)
        self.assertGreater(int(reply.headers["Retry-After"]), 0)
        self.unready(what)

    def unready(self, what):
        def answer():
            reply = self.server.request("GET", "ready")
            return reply if reply.status == 503 else None

        self.assertRegex(json.dumps(wait_for(answer, "/ready to say 503").json["wrong"]), what)
        self.server.process.wait_for_output(f"(?i)error.*store.*{what}")

    def test_removed(self):
        """Also without any post."""
        self.server.database.unlink()
        self.unready("is gone")
        self.noticed("is gone")
        self.assertTrue(self.server.is_healthy(), "a restart would begin with nothing")

    def test_moved_away_and_put_back(self):
        elsewhere = self.server.database.with_name("elsewhere.sqlite")
        self.server.database.rename(elsewhere)
        self.noticed("is gone")
        elsewhere.rename(self.server.database)
        wait_for(lambda: self.server.request("GET", "ready").status == 200, "/ready to say 200 again")
        self.assertEqual(self.server.ingest(build(3)).status, 202)
        self.http.wait_for(2)
        self.server.restart()
        self.assertEqual(len(self.server.deliveries()), 2)

    def test_replaced_by_a_copy(self):
        self.server.merge()
        copy = self.server.database.with_name("copy.sqlite")
        copy.write_bytes(self.server.database.read_bytes())
        copy.replace(self.server.database)
        self.noticed("is another file now")

    def test_written_over(self):
        """As `cp` does it: the file is the same, what stands in it is not."""
        before = self.folder / "before.sqlite"
        with sqlite3.connect(before) as database:
            database.execute("CREATE TABLE bells (name)")
        database.close()
        self.server.merge()
        self.server.database.write_bytes(before.read_bytes())
        self.noticed("was (overwritten|cut|put back)")

    def test_cut(self):
        self.server.merge()
        self.assertEqual(self.server.ingest(build(4)).status, 202)
        self.http.wait_for(2)
        wait_for(lambda: not self.server.deliveries("--state", "waiting"), "the ledger to be settled")
        os.truncate(self.server.database, 8192)
        self.noticed("was cut")

    def test_what_is_not_merged_yet_is_removed(self):
        self.server.database.with_name(self.server.database.name + "-wal").unlink()
        self.noticed("-wal is gone")


class OneServerTest(ServerTest):
    def test_a_second_server_is_refused_whatever_it_calls_the_file(self):
        http = self.http_sink()
        first = self.carillon(http_push(http))
        for make in (os.symlink, os.link):
            second = self.carillon(http_push(http), start=False)
            make(first.database, second.database)
            done = second.cli("run", second.config)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("another carillon is running", done.stderr)
        self.assertEqual(first.ingest(build(1)).status, 202)
        http.wait_for(1)
        stays(lambda: len(http.received()) == 1, "one post", 1)

    def test_commands_find_the_server_by_a_link(self):
        server = self.carillon(http_push(self.http_sink()))
        link = server.database.with_name("link.sqlite")
        link.symlink_to(server.database)
        server.config.write_text(server.config.read_text().replace(str(server.database), str(link)))
        done = server.cli("reload", "--config", server.config)
        self.assertEqual(done.returncode, 0, done.stderr)


class RightsTest(ServerTest):
    def test_nobody_else_can_read_what_it_keeps(self):
        server = self.carillon(http_push(self.http_sink()), start=False)
        before = os.umask(0)
        self.addCleanup(os.umask, before)
        server.start()
        self.assertEqual(server.ingest(build(1)).status, 202)
        made = {file.name: file.stat().st_mode & 0o777
                for file in server.database.parent.glob(server.database.name + "*")}
        for beside in ("", "-wal", "-shm", ".lock", ".control"):
            self.assertIn(server.database.name + beside, made)
        for name, rights in made.items():
            self.assertEqual(rights & 0o077, 0, f"{name}: {rights:o}")


if __name__ == "__main__":
    unittest.main()
