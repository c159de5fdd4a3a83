"""Nodes that differ: in their configurations, and in their versions."""

import unittest

from carillon_test.case import ServerTest
from carillon_test.cluster_case import Nodes, begun_and_ended
from carillon_test.events import build
from carillon_test.services import http_push
from carillon_test.waiting import stays, wait_for


class ConfigurationsTest(Nodes, ServerTest):
    """One node has a reporter more."""

    def setUp(self):
        super().setUp()
        self.more_http = self.http_sink()
        self.both = http_push(self.http, name="posts") + http_push(self.more_http, name="more")

    def told_more(self):
        return [body["number"] for body in self.more_http.bodies() if body["complete"]]

    def two(self):
        cluster = self.cluster(nodes=2, start=False)
        first, second = cluster.nodes
        second.configure(self.both)
        first.start()
        wait_for(first.serves, "the one with one reporter serves")
        second.start()
        cluster.wait_for_all()
        return cluster, first, second

    def give_away(self, serving, other):
        self.assertEqual(serving.stop(), 0)
        wait_for(other.serves, f"{other.name} serves")

    def test_what_waits_for_a_reporter_waits_for_a_node_that_has_it(self):
        cluster, first, second = self.two()
        for number in range(1, 4):
            self.assertEqual(cluster.ingest(begun_and_ended(number)).status, 202)
        wait_for(lambda: self.ended() == {1, 2, 3}, "what the first one decided")
        self.give_away(first, second)
        self.more_http.down()
        for number in range(4, 7):
            self.assertEqual(second.ingest(begun_and_ended(number)).status, 202)
        wait_for(lambda: self.ended() == set(range(1, 7)), "what the second one decided for the target that is up")
        waiting = "SELECT count(*) FROM deliveries WHERE reporter = 'more' AND state = 0"
        wait_for(lambda: second.stored(waiting) == ["6"], "the other six to wait")
        first.start()
        self.give_away(second, first)
        first.process.wait_for_output("more is not configured: 6 reports of it wait")
        self.more_http.up()
        self.assertEqual(first.ingest(begun_and_ended(7)).status, 202)
        wait_for(lambda: self.ended() == set(range(1, 8)), "what the first one decided meanwhile")
        self.assertEqual(first.stored(waiting), ["6"])
        self.assertEqual({row["state"] for row in first.deliveries("--reporter", "more")}, {"waiting"})
        second.start()
        self.give_away(first, second)
        wait_for(lambda: sorted(self.told_more()) == [4, 5, 6], lambda: f"all of them: {self.told_more()}")
        stays(lambda: len(self.more_http.received()) == 6 and len(self.posted()) == 14, "nothing twice", 0.5)

    def test_one_that_is_broken_does_not_start_and_is_no_node(self):
        cluster, first, second = self.two()
        self.assertEqual(second.stop(), 0)
        second.configure("nonsense(")
        second.launch()
        self.assertEqual(second.process.wait(), 1)
        self.assertIn("carillon.cfg", second.process.text())
        self.assertEqual(cluster.sql("SELECT name FROM nodes WHERE state < 2"), [first.name])
        self.assertEqual(first.ingest(build(1)).status, 202)
        self.http.wait_for(1)


class VersionsTest(Nodes, ServerTest):
    def test_a_newer_one_was_at_the_tables(self):
        """The one that serves goes on until it loses its session; nobody else takes over."""
        cluster = self.cluster(nodes=2)
        serving, other = cluster.serving(), cluster.others()[0]
        newer = "was written by a newer Carillon (schema 99, this one knows 3)"

        def upgrade(acknowledged):
            self.more(acknowledged, 10)
            cluster.sql("UPDATE meta SET value = '99' WHERE key = 'schema'")
            self.cannot_work(other, why=newer)
            self.more(acknowledged, 5)
            self.assertTrue(serving.serves())
            told = serving.cli("nodes", "--config", serving.config)
            self.assertEqual((told.returncode, told.stdout), (1, ""))
            self.assertIn(newer, told.stderr)
            cluster.sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
            self.cannot_work(serving, other, why=newer)
            third = self.carillon(db_url=self.server.url(), start=False)
            self.assertIn(newer, third.cli("run", third.config).stderr)
            cluster.sql("UPDATE meta SET value = '3' WHERE key = 'schema'")
            self.more(acknowledged, 10)

        self.check(self.stream(cluster, upgrade), 1)
        cluster.wait_for_all()
        self.assertIn(newer, other.log.read_text())

    def test_an_older_one_serves(self):
        """The new one stands by, and brings the tables up to date when it takes over."""
        cluster = self.cluster(nodes=2)
        serving, other = cluster.serving(), cluster.others()[0]

        def upgrade(acknowledged):
            self.more(acknowledged, 10)
            cluster.sql("DROP TABLE log_chunks, log_files")
            cluster.sql("UPDATE meta SET value = '2' WHERE key = 'schema'")
            told = other.cli("nodes", "--config", other.config)
            self.assertEqual(told.returncode, 1)
            self.assertIn("was written by an older Carillon (schema 2, this one needs 3); `carillon run` brings it up to date",
                          told.stderr)
            # Its look at the tables is one second old at most.
            stays(lambda: other.ready().status == 200, lambda: f"{other.ready()}", 1.5)
            self.more(acknowledged, 10)
            serving.kill9()
            wait_for(other.serves, "the new one serves")
            self.assertEqual(cluster.sql("SELECT value FROM meta WHERE key = 'schema'"), ["3"])
            self.more(acknowledged, 10)

        self.check(self.stream(cluster, upgrade), 1)
        self.assertEqual(other.cli("nodes", "--config", other.config).returncode, 0)


if __name__ == "__main__":
    unittest.main()
