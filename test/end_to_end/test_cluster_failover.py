"""PostgreSQL has a standby: what that one does not have, and what becomes of it."""

import threading
import unittest

from carillon_test.case import ServerTest
from carillon_test.cluster_case import Nodes, begun_and_ended
from carillon_test.events import build
from carillon_test.postgres import Postgres
from carillon_test.services import http_push
from carillon_test.waiting import wait_for

# Servers of the database for the sessions of Carillon that wait for the standby with a commit.
_COMMITTING = ("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name LIKE 'carillon %' "
               "ORDER BY pid")


class FailOverTest(Nodes, ServerTest):
    def standby(self, **arguments):
        folder = self.folder / "p2"
        folder.mkdir()
        made = Postgres(folder, primary=self.server, **arguments)
        self.addCleanup(made.close)
        return made.start()

    def test_one_that_did_not_have_all_of_it(self):
        """What was acknowledged just before is lost, as it must be; but nothing that comes later is. Numbers of rows
        are given again."""
        standby = self.standby(synchronous=False)
        cluster = self.cluster(
            nodes=2, db_url=f"{self.server.url()},{standby.socket}&target_session_attrs=read-write")
        for number in range(1, 6):
            self.assertEqual(cluster.ingest(begun_and_ended(number)).status, 202)
        wait_for(lambda: self.ended() == set(range(1, 6)), "all to be posted")
        standby.catch_up()
        standby.follow_no_more()
        self.http.down()
        lost = range(1001, 1051)
        for number in lost:
            self.assertEqual(cluster.ingest(begun_and_ended(number)).status, 202)
        wait_for(lambda: self.server.sql("SELECT count(*) FROM deliveries WHERE state = 0") == ["100"], "all to wait")

        self.server.crash()  # before the next builds: it may acknowledge none of them

        def fail_over(acknowledged):
            standby.promote()
            self.more(acknowledged, 60)
            self.http.up()
            self.more(acknowledged, 5)

        self.check(self.stream(cluster, fail_over, after=2000), 1)
        told = "".join(node.log.read_text() for node in cluster.nodes)
        self.assertIn("has lost what was committed there last", told)
        self.assertEqual(standby.sql("SELECT count(*) FROM deliveries WHERE state <> 1"), ["0"])

    def test_a_commit_that_the_standby_never_had(self):
        """A session that is ended while it waits for the standby has committed all the same."""
        standby = self.standby()
        carillon = self.carillon(http_push(self.http, name="posts"), db_url=self.server.url())
        answers = []
        standby.pause()
        try:
            post = threading.Thread(target=lambda: answers.append(carillon.ingest(build(1)).status))
            post.start()
            first = wait_for(lambda: self.server.sql(_COMMITTING), "a commit that waits")
            self.server.sql(f"SELECT pg_terminate_backend({first[0]})")
            wait_for(lambda: answers or self.server.sql(_COMMITTING) not in ([], first), "another commit that waits")
            self.assertEqual(answers, [], "nobody knows whether the standby has it")
        finally:
            standby.wake()
            post.join()
        self.assertEqual(answers, [202])
        standby.catch_up()  # it has what it shows a moment later
        self.assertEqual(standby.sql("SELECT count(*) FROM events"), ["1"])
        self.http.wait_for(1)


if __name__ == "__main__":
    unittest.main()
