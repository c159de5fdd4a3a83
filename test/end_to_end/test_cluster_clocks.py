"""Nodes, and a database, whose clocks differ by days, and jump."""

import unittest

from carillon_test.case import ServerTest
from carillon_test.clocks import DAY, Clock
from carillon_test.cluster_case import Nodes
from carillon_test.events import build
from carillon_test.waiting import wait_for


class ClocksTest(Nodes, ServerTest):
    def noted(self, node):
        """What whoever serves has noted of its clock: once in five minutes, and when that was set."""
        return wait_for(lambda: node.stored("SELECT value FROM memory WHERE key = 'clock'"), "a look at the clock")

    def clock_of(self, name):
        return Clock(self.folder, name)

    def test_they_differ_by_a_day_and_jump(self):
        cluster = self.cluster(start=False)
        clocks = {}
        for node, by in zip(cluster.nodes, (DAY, -DAY, 0), strict=True):
            clocks[node] = self.clock_of(node.name)
            clocks[node].set(by)
            node.env.update(clocks[node].env)
        cluster.start()

        self.noted(cluster.nodes[0])

        def kill_and_jump(acknowledged):
            for by in (-2 * DAY, 3 * DAY):
                self.more(acknowledged, 20)
                killed = cluster.serving()
                before = self.noted(killed)
                clocks[killed].set(by)
                wait_for(lambda before=before: self.noted(cluster.serving()) != before, "a note that the clock was set")
                self.more(acknowledged, 20)
                killed.kill9()
                self.assertIsNot(cluster.serving(), killed)
                killed.start()
                cluster.wait_for_all()
            self.more(acknowledged, 20)

        self.check(self.stream(cluster, kill_and_jump), 2)

    def test_a_report_that_rests_does_not_rest_for_a_day(self):
        cluster = self.cluster(nodes=2, start=False)
        ahead, right = cluster.nodes
        clock = self.clock_of("ahead")
        clock.set(DAY)
        ahead.env.update(clock.env)
        ahead.start()
        wait_for(ahead.serves, "the one with the wrong clock serves")
        right.start()
        cluster.wait_for_all()
        self.http.down()
        self.assertEqual(right.ingest(build(1)).status, 202)
        wait_for(lambda: right.stored("SELECT attempts FROM deliveries") != ["0"], "a try")
        self.noted(right)
        ahead.kill9()
        wait_for(right.serves, "the other one serves")
        self.http.up()
        self.http.wait_for(1)
        self.assertIn("behind that of whoever served before", right.log.read_text())

    def clock_of_database(self):
        clock = self.clock_of("database")
        self.server.stop()
        self.server.env.update(clock.env)
        self.server.start()
        return clock

    def test_it_gives_nothing_to_a_dead_one(self):
        """Which looks as if it had just been heard when the database's clock is put back."""
        clock = self.clock_of_database()
        cluster = self.cluster(nodes=2)
        serving, other = cluster.serving(), cluster.others()[0]
        other.kill9()
        wait_for(lambda: " silent " in serving.cli("nodes", "--config", serving.config).stdout, "it to be known as silent")
        clock.set(-DAY)
        self.assertEqual(serving.cli("nodes", "drain", serving.name, "--config", serving.config).returncode, 0)
        self.more_beats(cluster, serving, 9)
        self.assertTrue(serving.serves())
        self.assertEqual(serving.log.read_text().count("this node serves"), 1)

    def test_the_database_has_another_one(self):
        """It jumps by days; nobody is put out for that."""
        clock = self.clock_of_database()
        cluster = self.cluster(nodes=2)
        serving = cluster.serving()
        started = self.shown()

        def jump(acknowledged):
            for days in (2, -2, 0):
                clock.set(days * DAY)
                self.assertAlmostEqual(self.shown(), started + days * DAY, delta=DAY / 2)
                self.more_beats(cluster, serving, 9)
                self.more(acknowledged, 20)

        self.assertEqual(self.check(self.stream(cluster, jump), 0), 0)
        cluster.wait_for_all()
        self.assertEqual(serving.log.read_text().count("this node serves"), 1)

    def shown(self):
        return int(self.server.sql("SELECT extract(epoch FROM clock_timestamp())::bigint")[0])


if __name__ == "__main__":
    unittest.main()
