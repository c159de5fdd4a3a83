"""Long logs where several nodes may have to send them: in the database that they share, in a folder that all mount, or in
a bucket."""

import json
import unittest

from carillon_test.carillon import watch
from carillon_test.case import ServerTest
from carillon_test.cluster import Cluster
from carillon_test.http_sink import Answer
from carillon_test.long_logs import MIB, LongLogs, lines, sha
from carillon_test.prometheus import scrape
from carillon_test.s3_fake import S3Fake
from carillon_test.services import http_push
from carillon_test.waiting import wait_for


class SharedLogs(LongLogs):
    def setUp(self):
        super().setUp()
        self.server, self.http = self.postgres(), self.http_sink()

    def posts(self):
        return http_push(self.http, name="posts", wantSteps=True, wantLogs=True, builders=["slow"], maxLogSize=1 << 30)

    def cluster(self, spool=""):
        self.master = self.buildbot()
        made = Cluster(self.folder / "cluster", self.server, spool + self.posts(), nodes=2, sources=[watch(self.master)])
        self.addCleanup(made.close)
        made.start()
        made.serving().wait_until_following()
        return made

    def wait_for_logs(self, count):
        """So many are fetched, and named by the waiting report of the end. That of the start may have them, too: it is worded
        when Carillon comes to it."""
        named = ("SELECT count(*) FROM files f JOIN deliveries d ON d.id = f.delivery JOIN events e ON e.id = d.event "
                 "WHERE d.state = 0 AND e.key LIKE '%/finished'")
        wait_for(lambda: self.server.sql(named) == [str(count)], lambda: f"{count} logs: {self.server.sql(named)}", 300)

    def taken_over(self, cluster):
        """The node that serves is killed; the one that serves then."""
        killed = cluster.serving()
        killed.kill9()
        serving = cluster.serving()
        self.assertIsNot(serving, killed)
        return serving

    def posted(self):
        """{name: content} of the logs of the finished build that was posted."""

        def ended():
            return [body for body in self.http.bodies() if body["complete"] and body["steps"]]

        body = wait_for(ended, "the post about the end", 300)[-1]
        return {log["name"]: log["content"]["content"].encode() for log in body["steps"][0]["logs"] if "content" in log}

    def deliver(self):
        """From now on the target takes what comes."""
        self.http.clear()
        self.http.default = Answer()

    def kept(self):
        """How many logs the database has."""
        return int(self.server.sql("SELECT count(*) FROM log_files WHERE size IS NOT NULL")[0])


class InTheDatabaseTest(SharedLogs, ServerTest):
    def test_the_next_node_sends_the_whole_log(self):
        self.http.default = Answer(status=503)
        cluster = self.cluster()
        big, stream = lines(12 * MIB), lines(3 * MIB, b"o")
        self.build(big=("t", big), stream=("s", stream))
        self.wait_for_logs(2)
        self.assertGreaterEqual(self.kept(), 2)
        node = self.taken_over(cluster)
        self.deliver()
        logs = self.posted()
        self.assertEqual(sha(logs["big"]), sha(b"".join(big)))
        self.assertEqual(sha(logs["stream"]), sha(b"".join(stream)))
        rows = self.settled(node, 2)
        for each in cluster.nodes:
            self.assertFalse((each.folder / "postgres.postgresql.spool").exists(), "nothing on the machine of a node")
        wait_for(lambda: scrape(node).value("carillon_spool_files") == self.kept(), "the metric of the files")
        self.assertGreater(scrape(node).value("carillon_spool_bytes"), 15 * MIB)
        checked = node.check()
        self.assertIn("long logs are kept in the database\n", checked.stdout, checked.stderr)
        self.assertEqual(json.loads(node.cli("check", "--json", node.config).stdout)["long_logs"], "the database")

        # Sent again as long as it is kept, by whoever asks.
        newest = max(row["id"] for row in rows)
        config = ["--config", node.config]
        self.http.clear()
        again = node.cli("resend", *config, newest)
        self.assertEqual((again.returncode, again.stderr), (0, ""))
        self.assertEqual(sha(self.posted()["big"]), sha(b"".join(big)))
        self.settled(node, 2)
        self.server.sql("DELETE FROM log_files")
        gone = node.cli("resend", *config, newest)
        self.assertIn("big is not kept any more: it goes out without it", gone.stderr)

    def test_the_next_node_fetches_what_was_half_fetched(self):
        cluster = self.cluster()
        chunks = lines(14 * MIB)
        self.build(big=("t", chunks))
        wait_for(lambda: self.server.sql("SELECT EXISTS (SELECT 1 FROM log_chunks)") == ["t"], "the log to be fetched", 300)
        node = self.taken_over(cluster)
        self.assertEqual(sha(self.posted()["big"]), sha(b"".join(chunks)))
        self.settled(node, 2)

    def test_a_longer_one_keeps_head_and_tail_and_says_why(self):
        cluster = self.cluster()
        chunks = lines(20 * MIB)
        whole = b"".join(chunks)
        self.build(big=("t", chunks))
        content = self.posted()["big"]
        self.assertLessEqual(len(content), 16_000_000)
        self.assertGreater(len(content), 15_900_000)
        self.assertIn(b"lines left out", content)
        self.assertTrue(whole.startswith(content[:7_000_000]))
        self.assertTrue(whole.endswith(content[-7_000_000:]))
        notes = [row["note"] for row in self.settled(cluster.serving(), 2)]
        wanted = "worker_preparation.big is shortened: the database keeps 16 MB of a log; c['spool'] can name a folder ('dir') or a bucket ('s3'), which keep longer ones"
        self.assertTrue(any(wanted in note for note in notes), notes)


class InAFolderTest(SharedLogs, ServerTest):
    def test_the_next_node_sends_the_whole_log(self):
        self.http.default = Answer(status=503)
        shared = self.folder / "shared"
        shared.mkdir()
        cluster = self.cluster(f"c['spool'] = {{'dir': {str(shared)!r}}}\n")
        big = lines(20 * MIB)
        self.build(big=("t", big))
        self.wait_for_logs(1)
        self.assertGreaterEqual(len(list((shared / "postgres.postgresql.spool").glob("*-*"))), 1)
        self.assertEqual(self.kept(), 0)
        node = self.taken_over(cluster)
        self.deliver()
        self.assertEqual(sha(self.posted()["big"]), sha(b"".join(big)))
        notes = [row["note"] for row in self.settled(node, 2)]
        self.assertEqual([note for note in notes if "shortened" in note], [])
        self.assertIn(f"long logs are kept in the folder {shared}/postgres.postgresql.spool\n", node.check().stdout)


class InABucketTest(SharedLogs, ServerTest):
    def test_the_next_node_sends_the_whole_log(self):
        self.http.default = Answer(status=503)
        s3 = S3Fake()
        self.addCleanup(s3.close)
        cluster = self.cluster(s3.configured())
        big = lines(20 * MIB)
        self.build(big=("t", big))
        self.wait_for_logs(1)
        self.assertEqual(self.kept(), 0)
        node = self.taken_over(cluster)
        self.deliver()
        self.assertEqual(sha(self.posted()["big"]), sha(b"".join(big)))
        notes = [row["note"] for row in self.settled(node, 2)]
        self.assertEqual([note for note in notes if "shortened" in note], [])
        self.assertEqual({name.rpartition("/")[0] for name in s3.names()}, {"postgres.postgresql.spool"})


class UpgradeTest(SharedLogs, ServerTest):
    def test_what_waits_is_sent_with_the_files_of_the_version_before(self):
        """It kept them on its machine, and had no tables for them."""
        self.http.default = Answer(status=503)
        self.master = self.buildbot()
        state = self.folder / "state"
        state.mkdir()
        carillon = self.carillon(self.posts(), sources=[watch(self.master)], db_url=self.server.url(),
                                 env={"STATE_DIRECTORY": str(state)})
        carillon.wait_until_following()
        chunks = lines(3 * MIB)
        self.build(big=("t", chunks))
        self.wait_for_logs(1)
        self.assertEqual(carillon.stop(), 0)
        before = state / "postgres.postgresql.spool"
        before.mkdir()
        for row in self.server.sql(
                "SELECT name, encode(string_agg(body, ''::bytea ORDER BY number), 'hex') FROM log_files f "
                "JOIN log_chunks ON file = f.id GROUP BY name"):
            name, content = row.split("|")
            (before / name).write_bytes(bytes.fromhex(content))
        files = set(before.iterdir())
        self.server.sql("DROP TABLE log_chunks, log_files; UPDATE meta SET value = '2' WHERE key = 'schema'")
        carillon.start()
        self.deliver()
        self.assertEqual(sha(self.posted()["big"]), sha(b"".join(chunks)))
        self.assertEqual(self.server.sql("SELECT value FROM meta WHERE key = 'schema'"), ["3"])
        self.settled(carillon, 2)
        new = lines(MIB)
        self.http.clear()
        self.build(big=("t", new))
        self.assertEqual(sha(self.posted()["big"]), sha(b"".join(new)))
        self.assertEqual(set(before.iterdir()), files, "what was delivered may be sent again")
        self.assertGreaterEqual(self.kept(), 1)


if __name__ == "__main__":
    unittest.main()
