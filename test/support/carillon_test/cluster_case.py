"""What tests of several nodes have in common: builds that are posted to them, and a look at what arrived."""

import collections

from carillon_test.cluster import Cluster
from carillon_test.events import build
from carillon_test.services import http_push
from carillon_test.stream import UNDER_WAY, post_while
from carillon_test.waiting import PATIENCE, wait_for
from carillon_test.way import Way


def begun_and_ended(number):
    return [build(number, complete=False), build(number)]


class Nodes:
    """Before ServerTest: a PostgreSQL, an HTTP sink, and nodes that post to it."""

    def setUp(self):
        super().setUp()
        self.server = self.postgres()
        self.http = self.http_sink()

    def cluster(self, services="", *, start=True, **arguments):
        made = Cluster(self.folder / "cluster", self.server, services or http_push(self.http, name="posts"), **arguments)
        self.addCleanup(made.close)
        return made.start() if start else made

    def cluster_with_ways(self, **arguments):
        """Two nodes, and `ways` to the database: of each its own."""
        ways = {}
        for name in "ab":
            folder = self.folder / f"way-{name}"
            folder.mkdir()
            ways[name] = Way(f"{self.server.socket}/.s.PGSQL.5432", folder / ".s.PGSQL.5432")
            self.addCleanup(ways[name].close)
        urls = {name: self.server.url(host=self.folder / f"way-{name}") for name in ways}
        return self.cluster(nodes=2, db_urls=urls, **arguments), ways

    def posted(self):
        """(number, whether it has ended), as they came."""
        return [(body["number"], body["complete"]) for body in self.http.bodies()]

    def ended(self):
        return {number for number, complete in self.posted() if complete}

    def stream(self, cluster, meanwhile, timeout=PATIENCE, after=0):
        """Posts builds, each by another node, while meanwhile(acknowledged) acts; those that were acknowledged. What is
        not answered within that time is posted again. after: their numbers are larger."""
        def post(number):
            return cluster.ingest(begun_and_ended(after + number), timeout=timeout)

        return [after + number for number in post_while(post, meanwhile)]

    def more(self, acknowledged, count):
        done = len(acknowledged)
        wait_for(lambda: len(acknowledged) >= done + count, f"{count} more acknowledged builds", 120)

    def another_serves(self, cluster, than):
        """While that one stands still, or is cut off."""
        wait_for(lambda: any(node.serves() for node in cluster.nodes if node is not than), "another one serves")

    def more_beats(self, cluster, serving, count):
        """It serves on; six are a lease."""
        beat = f"SELECT beat FROM nodes WHERE state = 1 AND name = '{serving.name}'"
        first = int(cluster.sql(beat)[0])
        wait_for(lambda: int((cluster.sql(beat) or ["0"])[0]) > first + count,
                 lambda: f"{count} beats of {serving.name} after {first}: {cluster.sql(beat)}")

    def cannot_work(self, *nodes, why=""):
        """Each of them says so."""
        for node in nodes:
            wait_for(lambda node=node: node.answers(503) and why in node.ready().body.decode(),
                     lambda node=node: f"{node.name} to say that it cannot work: {why}")

    def check(self, acknowledged, faults):
        """Everything came, first arrivals in their order, and twice at most what was under way at a fault."""
        wait_for(lambda: set(acknowledged) <= self.ended(),
                 lambda: f"{len(set(acknowledged) - self.ended())} builds to be posted", 120)
        posted = self.posted()
        ended = set()
        for number, complete in posted:
            self.assertTrue(complete or number not in ended, f"the start of {number} after its end")
            ended |= {number} if complete else set()
        self.assertEqual({number for number, complete in posted if not complete}, ended, "starts that are missing")
        doubled = sum(count - 1 for count in collections.Counter(posted).values())
        self.assertLessEqual(doubled, faults * UNDER_WAY)
        return doubled
