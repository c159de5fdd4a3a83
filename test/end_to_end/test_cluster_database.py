"""What PostgreSQL, and those who look after it, may do to nodes: nothing acknowledged is lost, and all go on."""

import time
import unittest

from carillon_test.case import ServerTest
from carillon_test.cluster_case import Nodes
from carillon_test.events import build
from carillon_test.http_sink import Answer
from carillon_test.postgres import PASSWORD
from carillon_test.waiting import wait_for

# As whoever looks after a database may have set for all users.
_ODD_SETTINGS = {
    "statement_timeout": "'200ms'",
    "lock_timeout": "'1ms'",
    "idle_session_timeout": "'300ms'",
    "idle_in_transaction_session_timeout": "'5ms'",
    "default_transaction_isolation": "'serializable'",
    "default_transaction_deferrable": "on",
    "synchronous_commit": "off",
    "datestyle": "'German'",
    "timezone": "'Asia/Kathmandu'",
    "client_min_messages": "'debug1'",
    "enable_indexscan": "off",
}


class RestartTest(Nodes, ServerTest):
    def restarted(self, end):
        """PostgreSQL is away for twice the lease, in the middle of the work."""
        cluster = self.cluster(nodes=2, lease=2)

        def restart(acknowledged):
            self.more(acknowledged, 20)
            end(acknowledged)
            time.sleep(4)
            self.cannot_work(*cluster.nodes)
            self.server.start()
            self.more(acknowledged, 20)

        acknowledged = self.stream(cluster, restart)
        self.check(acknowledged, 1)
        cluster.wait_for_all()

    def test_fast(self):
        self.restarted(lambda acknowledged: self.server.stop())

    def test_immediate(self):
        self.restarted(lambda acknowledged: self.server.crash())

    def test_smart(self):
        """It waits for the sessions that there are, and those go on."""
        def end(acknowledged):
            self.server.stop_when_idle()
            self.more(acknowledged, 20)
            self.assertTrue(self.server.is_running())
            self.server.stop()

        self.restarted(end)


class SessionsTest(Nodes, ServerTest):
    def setUp(self):
        super().setUp()
        self.url = self.server.new_database("bells", owner="bell_ringer")

    def end_sessions(self):
        self.server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'bells'")

    def test_all_of_them_are_ended_again_and_again(self):
        cluster = self.cluster(nodes=2, db_url=self.url)
        serving = cluster.serving()

        def end_all(acknowledged):
            for _ in range(8):
                self.more(acknowledged, 5)
                self.end_sessions()
            self.more(acknowledged, 20)

        self.assertEqual(self.check(self.stream(cluster, end_all), 0), 0)
        self.assertTrue(serving.serves(), "it took the lock again")

    def test_there_is_no_room_for_another_one(self):
        cluster = self.cluster(nodes=2, db_url=self.url)

        def fill(acknowledged):
            self.more(acknowledged, 20)
            self.server.sql("ALTER ROLE bell_ringer CONNECTION LIMIT 0")
            self.more(acknowledged, 20)  # those that there are go on
            self.end_sessions()
            self.cannot_work(*cluster.nodes, why="too many connections for role")
            self.server.sql("ALTER ROLE bell_ringer CONNECTION LIMIT -1")
            self.more(acknowledged, 20)

        self.check(self.stream(cluster, fill), 1)
        cluster.wait_for_all()

    def test_odd_settings_of_the_user(self):
        for name, value in _ODD_SETTINGS.items():
            self.server.sql(f"ALTER ROLE bell_ringer SET {name} = {value}")
        self.http.default = Answer(delay=0.01)
        cluster = self.cluster(nodes=2, db_url=self.url)

        def take_over(acknowledged):
            self.more(acknowledged, 20)
            still = cluster.serving()
            still.pause()
            self.another_serves(cluster, still)
            self.more(acknowledged, 20)
            still.wake()
            cluster.wait_for_all()

        self.check(self.stream(cluster, take_over, timeout=5), 1)

    def test_nodes_of_two_time_zones(self):
        """A session is known by when it began."""
        cluster = self.cluster(nodes=2, start=False, db_url=self.url)
        cluster.nodes[0].env.update(PGTZ="Asia/Kathmandu", PGDATESTYLE="German")
        cluster.start()
        serving, other = cluster.serving(), cluster.others()[0]
        serving.pause()
        wait_for(other.serves, "the other one serves")
        self.assertEqual(other.ingest(build(1)).status, 202)
        self.http.wait_for(1)

    def test_a_user_who_may_only_read(self):
        cluster = self.cluster(nodes=2, db_url=self.url)

        def forbid(acknowledged):
            self.more(acknowledged, 20)
            self.server.sql("ALTER ROLE bell_ringer SET default_transaction_read_only = on")
            self.end_sessions()
            self.cannot_work(*cluster.nodes, why="session is read-only")
            self.server.sql("ALTER ROLE bell_ringer RESET default_transaction_read_only")
            self.more(acknowledged, 20)

        self.check(self.stream(cluster, forbid), 1)
        cluster.wait_for_all()

    def test_a_schema_that_comes_first(self):
        """One with the name of the user is looked into first, and new tables would be made there."""
        cluster = self.cluster(nodes=2, db_url=self.url)

        def add(acknowledged):
            self.more(acknowledged, 20)
            cluster.sql("CREATE SCHEMA bell_ringer")
            self.end_sessions()
            self.cannot_work(*cluster.nodes, why="has Carillon's tables in the schema public, but new ones would go to bell_ringer")
            self.assertEqual(cluster.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'bell_ringer'"), ["0"])
            new = self.carillon(db_url=self.url, start=False)
            again = new.cli("run", new.config)
            self.assertEqual(again.returncode, 1)
            self.assertIn("has Carillon's tables in the schema public", again.stderr)
            self.assertNotIn(PASSWORD, again.stderr)
            cluster.sql("DROP SCHEMA bell_ringer")
            self.more(acknowledged, 20)

        self.check(self.stream(cluster, add), 1)
        cluster.wait_for_all()


class LocksTest(Nodes, ServerTest):
    def test_somebody_reads_for_long(self):
        cluster = self.cluster(nodes=2)

        def look(acknowledged):
            with self.server.transaction("SELECT count(*) FROM events"), self.server.transaction(
                    "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM deliveries"):
                self.more(acknowledged, 40)
                self.assertGreaterEqual(len(self.ended()), 20)

        self.check(self.stream(cluster, look), 0)

    def test_somebody_locks_what_is_written(self):
        """Nobody else could go on, so nobody takes over."""
        cluster = self.cluster(nodes=2)
        serving = cluster.serving()

        def lock(acknowledged):
            for table in ("deliveries", "events, notifications"):
                self.more(acknowledged, 20)
                with self.server.transaction(f"LOCK TABLE {table}"):
                    self.cannot_work(serving)
                    self.more_beats(cluster, serving, 18)
                self.more(acknowledged, 20)
            self.server.sql("VACUUM FULL deliveries, events, notifications")
            self.more(acknowledged, 20)

        self.check(self.stream(cluster, lock), 0)
        self.assertTrue(serving.serves())
        self.assertEqual(serving.log.read_text().count("this node serves"), 1)

    def test_somebody_locks_the_nodes(self):
        cluster = self.cluster(nodes=2)

        def lock(acknowledged):
            self.more(acknowledged, 20)
            with self.server.transaction("LOCK TABLE nodes"):
                self.cannot_work(*cluster.nodes)
            self.more(acknowledged, 20)

        self.check(self.stream(cluster, lock), 1)
        cluster.wait_for_all()

    def test_nodes_end_while_somebody_locks(self):
        cluster = self.cluster(nodes=2)
        with self.server.transaction("LOCK TABLE deliveries, nodes"):
            for node in cluster.nodes:
                self.assertEqual(node.stop(), 0)


if __name__ == "__main__":
    unittest.main()
