"""Several nodes, some of which stand still, or are cut from the database or from the targets, without being told."""

import collections
import unittest

from carillon_test.cable import Cable
from carillon_test.case import ServerTest
from carillon_test.cluster_case import Nodes, begun_and_ended
from carillon_test.http_sink import Answer
from carillon_test.prometheus import scrape
from carillon_test.services import http_push
from carillon_test.waiting import stays, wait_for
from carillon_test.way import Way


class HangTest(Nodes, ServerTest):
    """Nothing is closed: bytes do not arrive any more."""

    def the_one_that_serves_is_cut(self, *ways):
        cluster, links = self.cluster_with_ways()

        def cut(acknowledged):
            self.more(acknowledged, 20)
            lost = cluster.serving()
            links[lost.name].stop(*ways)
            self.another_serves(cluster, lost)
            self.cannot_work(lost)
            self.more(acknowledged, 3)
            links[lost.name].go_on()
            cluster.wait_for_all()
            wait_for(lambda: lost.answers(200), "it stands by")
            self.assertFalse(lost.serves())
            self.more(acknowledged, 20)

        self.check(self.stream(cluster, cut), 1)

    def test_of_the_one_that_serves(self):
        self.the_one_that_serves_is_cut()

    def test_of_what_it_asks(self):
        self.the_one_that_serves_is_cut("there")

    def test_of_what_it_is_answered(self):
        self.the_one_that_serves_is_cut("back")

    def test_of_one_that_stands_by(self):
        cluster, links = self.cluster_with_ways()
        serving, other = cluster.serving(), cluster.others()[0]
        links[other.name].stop()
        self.cannot_work(other, why="has not answered for 5 s")
        self.assertEqual(serving.ingest(begun_and_ended(1)).status, 202)
        self.http.wait_for(2)
        links[other.name].go_on()
        wait_for(lambda: other.answers(200), "it stands by again")
        self.assertTrue(serving.serves())

    def test_nodes_end_all_the_same(self):
        cluster, links = self.cluster_with_ways()
        for node in (cluster.others()[0], cluster.serving()):
            links[node.name].stop()
            self.assertEqual(node.stop(), 0)


class CutFromTargetsTest(Nodes, ServerTest):
    def setUp(self):
        super().setUp()
        self.way = Way(("127.0.0.1", self.http.port))
        self.addCleanup(self.way.close)

    def reporter(self):
        return http_push(self.http, name="posts").replace(f":{self.http.port}/", f":{self.way.port}/")

    def test_what_is_under_way_arrives_later(self):
        cluster = self.cluster(self.reporter(), nodes=2)
        serving = cluster.serving()

        def cut(acknowledged):
            self.more(acknowledged, 20)
            self.way.stop()
            came = len(self.posted())
            self.more(acknowledged, 40)
            self.assertLessEqual(len(self.posted()), came + 1, "one may have been on its way back")
            self.way.go_on()
            self.more(acknowledged, 5)

        self.assertEqual(self.check(self.stream(cluster, cut), 0), 0)
        self.assertTrue(serving.serves(), "no other node would reach them")


class CableTest(Nodes, ServerTest):
    """A machine of its own has one node; what it sends and gets is dropped."""

    def on_a_machine(self, node, cable):
        """It has its way to the database and the target over the cable, and its web server there."""
        database = Way(f"{self.server.socket}/.s.PGSQL.5432", host=cable.here)
        target = Way(("127.0.0.1", self.http.port), host=cable.here)
        for way in (database, target):
            self.addCleanup(way.close)
        node.prefix = cable.prefix
        node.url = f"http://{cable.there}:{node.port}/"
        node.configure(
            f"c['db']['db_url'] = {self.server.url(host=cable.here + '&port=' + str(database.port))!r}\n"
            f"c['www'] = {{'port': 'tcp:{node.port}:interface={cable.there}'}}\n"
            + http_push(self.http, name="posts").replace(self.http.url, f"http://{cable.here}:{target.port}/")
        )

    def test_it_is_pulled(self):
        cable = Cable()
        self.addCleanup(cable.close)
        cluster = self.cluster(nodes=2, start=False)
        far, near = cluster.nodes
        self.on_a_machine(far, cable)
        far.start()
        wait_for(far.serves, "the far one serves")
        near.start()
        cluster.wait_for_all()
        acknowledged = list(range(1, 41))

        def all_of(numbers, node):
            for number in numbers:
                self.assertEqual(node.ingest(begun_and_ended(number)).status, 202)
            wait_for(lambda: self.ended() >= set(numbers), "all to be posted")

        all_of(acknowledged[:20], near)  # it passes them on
        self.more_beats(cluster, far, 2)  # with them it learns of the near one
        cable.pull()
        wait_for(near.serves, "the near one serves")
        all_of(acknowledged[20:30], near)
        far.process.wait_for_output("another node may serve by now: this one begins anew")
        cable.plug()
        cluster.wait_for_all()
        wait_for(lambda: far.answers(200), "the far one stands by")
        self.assertFalse(far.serves())
        all_of(acknowledged[30:], near)  # the far one does not reach it
        self.check(acknowledged, 0)


class StillTest(Nodes, ServerTest):
    """The whole process stands still, for several leases, in the middle of its work."""

    def test_it_sends_nothing_that_another_one_sent(self):
        self.http.default = Answer(delay=0.01)
        cluster = self.cluster(lease=2)
        fenced = collections.Counter()

        def stand_still(acknowledged):
            for _ in range(2):
                self.more(acknowledged, 20)
                still = cluster.serving()
                still.pause()
                self.another_serves(cluster, still)
                self.more(acknowledged, 30)
                came = len(acknowledged)
                wait_for(lambda: self.ended() >= set(acknowledged[:came]), "them to be posted")
                still.wake()
                still.process.wait_for_output("begins anew, and stands by")
                cluster.wait_for_all()
                fenced[still.name] += 1
                wait_for(lambda still=still: still.answers(200), "it stands by")
                self.assertGreaterEqual(scrape(still).value("carillon_fenced_total"), fenced[still.name])

        self.check(self.stream(cluster, stand_still, timeout=5), 2)
        pages = [scrape(node) for node in cluster.nodes]
        put_out = sum(page.value("carillon_fenced_total") for page in pages)
        self.assertGreaterEqual(put_out, 2)
        self.assertEqual(sum(page.value("carillon_takeovers_total") for page in pages), 1 + put_out)

    def test_the_database_stands_still(self):
        cluster = self.cluster(nodes=2)

        def stand_still(acknowledged):
            self.more(acknowledged, 20)
            self.server.pause()
            try:
                self.cannot_work(*cluster.nodes)
                came = len(self.posted())
                stays(lambda: len(self.posted()) == came, "nothing to be posted", 1)
            finally:
                self.server.wake()
            self.more(acknowledged, 20)

        self.check(self.stream(cluster, stand_still), 1)
        cluster.wait_for_all()


if __name__ == "__main__":
    unittest.main()
