"""Several nodes with one database: one serves, the others stand by, pass on, and take over."""

import json
import re
import signal
import time
import unittest
import urllib.request

from carillon_test.carillon import TOKEN
from carillon_test.case import ServerTest
from carillon_test.cluster import Cluster
from carillon_test.cluster_case import Nodes, begun_and_ended
from carillon_test.events import build
from carillon_test.http_sink import Answer
from carillon_test.postgres import Postgres
from carillon_test.services import http_push
from carillon_test.waiting import stays, wait_for


class TakeOverTest(Nodes, ServerTest):
    def test_a_node_that_is_killed_is_replaced(self):
        self.http.default = Answer(delay=0.01)
        cluster = self.cluster()

        def kill(acknowledged):
            for _ in range(3):
                self.more(acknowledged, 20)
                killed = cluster.serving()
                killed.kill9()
                self.assertIsNot(cluster.serving(), killed)
                self.more(acknowledged, 5)
                killed.start()
                cluster.wait_for_all()

        self.check(self.stream(cluster, kill), 3)

    def test_its_next_life_takes_over_at_once(self):
        cluster = self.cluster(nodes=1, lease=60)
        cluster.ingest(build(1))
        self.http.wait_for(1)
        node = cluster.nodes[0]
        node.kill9()
        node.start()  # waits for /health, not for the lease
        wait_for(node.serves, "it serves again")
        node.ingest(build(2))
        self.http.wait_for(2)

    def test_a_node_that_stops_gives_away_at_once_and_sends_nothing_twice(self):
        cluster = self.cluster(lease=20)  # nobody waits for that

        def stop(acknowledged):
            for _ in range(2):
                self.more(acknowledged, 20)
                stopped = cluster.serving()
                self.assertEqual(stopped.stop(), 0)
                self.assertIsNot(cluster.serving(), stopped)
                self.more(acknowledged, 5)
                stopped.start()
                cluster.wait_for_all()

        acknowledged = self.stream(cluster, stop)
        self.assertEqual(self.check(acknowledged, 0), 0)

    def test_a_node_that_stood_still_sends_nothing_when_it_wakes(self):
        cluster = self.cluster()
        first = cluster.serving()
        self.http.down()
        acknowledged = [number for number in range(1, 21) if cluster.ingest(begun_and_ended(number)).status == 202]
        self.assertEqual(len(acknowledged), 20)
        wait_for(lambda: first.stored("SELECT count(*) FROM deliveries WHERE attempts > 0") != ["0"], "a try")
        first.pause()
        wait_for(lambda: any(node.serves() for node in cluster.nodes if node is not first), "another one serves")
        self.http.up()
        wait_for(lambda: self.ended() >= set(acknowledged), "all to be posted", 120)
        count = len(self.posted())
        first.wake()
        first.process.wait_for_output("begins anew, and stands by", 60)
        cluster.wait_for_all()
        stays(lambda: len(self.posted()) == count, "nothing more to be posted", 1)
        self.assertEqual(cluster.ingest(begun_and_ended(21)).status, 202)
        self.http.wait_for(count + 2)
        self.check([*acknowledged, 21], 1)

    def test_the_database_is_away_for_longer_than_the_lease(self):
        cluster = self.cluster(nodes=2, lease=1)

        def outage(acknowledged):
            self.more(acknowledged, 20)
            self.server.stop()
            time.sleep(3)
            for node in cluster.nodes:
                wait_for(lambda node=node: node.answers(503), "it says that it cannot work")
            self.server.start()
            self.more(acknowledged, 20)

        self.check(self.stream(cluster, outage), 1)
        cluster.wait_for_all()

    def test_the_first_start_of_all_at_once(self):
        cluster = Cluster(self.folder / "cluster", self.server, http_push(self.http, name="posts"))
        self.addCleanup(cluster.close)
        for node in cluster.nodes:
            node.launch()
        cluster.wait_for_all()
        cluster.serving()  # it says so soon
        self.assertEqual(sum(node.serves() for node in cluster.nodes), 1)


class PassOnTest(Nodes, ServerTest):
    def test_every_node_answers_as_the_one_that_serves(self):
        cluster = self.cluster()
        for number, node in enumerate(cluster.nodes, 1):
            self.assertEqual(node.ingest(build(number)).status, 202)
            self.assertEqual(node.ingest(build(number), token="wrong").status, 401)
            self.assertEqual(node.request("GET", "no/such/page").status, 404)
        self.http.wait_for(3)
        pages = [node.request("GET", "b/linux/2").body for node in cluster.nodes]
        self.assertTrue(all(b"linux" in page for page in pages))
        for node in cluster.others():
            self.assertEqual(node.request("GET", "ready").json["status"], "ready")
            self.assertRegex(node.request("GET", "ready").json["notes"][0], r"this node stands by; [abc] \(http://.*\) serves")
            told = node.request("GET", "metrics").body.decode()
            self.assertIn("carillon_node_serving 0", told)
            self.assertIn("carillon_nodes 3", told)

    def test_nobody_gets_the_rights_of_this_machine_over_another_node(self):
        """Whoever asks from elsewhere is no neighbour because a node passes it on."""
        cluster = self.cluster(nodes=2)
        node = cluster.others()[0]
        self.assertEqual(node.request("GET", "").status, 200, "from this machine")
        secret = self.server.sql("SELECT value FROM meta WHERE key = 'nodes'")[0]
        serving = cluster.serving()
        asked = serving.request("GET", "", headers={"Carillon-Relay": f"{secret} 192.0.2.7"})
        self.assertEqual(asked.status, 401)
        self.assertIn(b"it comes from 192.0.2.7", asked.body)
        for value in ("wrong 127.0.0.1", "127.0.0.1", secret, f"{secret} nonsense", f" {secret} 127.0.0.1"):
            with self.subTest(value=value.replace(secret, "SECRET")):
                self.assertEqual(serving.request("GET", "", headers={"Carillon-Relay": value}).status, 200,
                                 "from this machine")

    def test_a_request_waits_for_the_next_node(self):
        cluster = self.cluster(nodes=2)
        killed, other = cluster.serving(), cluster.others()[0]
        killed.kill9()
        self.assertEqual(other.ingest(build(1)).status, 202)
        self.http.wait_for(1)

    def test_live_pages_over_another_node(self):
        cluster = self.cluster(nodes=2)
        other = cluster.others()[0]
        with urllib.request.urlopen(other.url + "api/v1/stream", timeout=60) as stream:
            self.assertEqual(stream.headers["Content-Type"].split(";")[0], "text/event-stream")
            first = stream.readline()
            self.assertTrue(first)
            cluster.ingest(build(1))
            while b"builds" not in stream.readline():
                pass


class StandbyOfTheDatabaseTest(Nodes, ServerTest):
    def test_one_that_can_lose_something_is_told_of(self):
        node = self.cluster(nodes=1).nodes[0]

        def told():
            return any("waits for none of them" in note for note in node.ready().json["notes"])

        self.assertFalse(told())
        follower = self.server.follow()
        try:
            wait_for(told, "a note of the standby")
            self.assertEqual(node.ready().status, 200)
            self.server.sql("ALTER SYSTEM SET synchronous_standby_names = 'pg_receivewal'")
            self.server.sql("SELECT pg_reload_conf()")
            wait_for(lambda: not told(), "the note to be gone")
        finally:
            self.server.sql("ALTER SYSTEM RESET synchronous_standby_names")
            self.server.sql("SELECT pg_reload_conf()")
            follower.stop(10)


    def test_a_synchronous_one_takes_its_place(self):
        folder = self.folder / "p2"
        folder.mkdir()
        standby = Postgres(folder, primary=self.server)
        self.addCleanup(standby.close)
        standby.start()
        both = f"{self.server.url()},{standby.socket}&target_session_attrs=read-write"
        cluster = self.cluster(nodes=2, db_url=both)

        def fail_over(acknowledged):
            self.more(acknowledged, 20)
            self.server.crash()
            for node in cluster.nodes:  # for nobody may write
                wait_for(lambda node=node: node.answers(503), "it says that it cannot work")
            standby.promote()
            self.more(acknowledged, 20)

        acknowledged = self.stream(cluster, fail_over)
        self.check(acknowledged, 1)
        cluster.wait_for_all()
        delivered = "SELECT count(*) FROM deliveries WHERE state = 1 AND reporter = 'posts'"
        wait_for(lambda: standby.sql(delivered) == [str(2 * len(acknowledged))], "all of it to be in the ledger")


class SeveralAddressesTest(Nodes, ServerTest):
    def test_senders_and_people_name_all_nodes(self):
        cluster = self.cluster(nodes=2)
        urls = ",".join(node.url for node in cluster.nodes)
        for number in (1, 2):
            ran = cluster.nodes[0].cli("exec", "--url", urls, "--builder", f"job{number}", "--spool", self.folder / "spool",
                                       "--", "true", env={"CARILLON_TOKEN": TOKEN})
            self.assertEqual((ran.returncode, ran.stderr), (0, ""))
            listed = cluster.nodes[0].cli("builds", "--server", urls, "--json")
            self.assertEqual(listed.returncode, 0, listed.stderr)
            self.assertIn(f"job{number}", listed.stdout)
            if number == 1:
                cluster.nodes[0].kill9()
                wait_for(cluster.nodes[1].serves, "the other one serves")
        gone = cluster.nodes[0].cli("builds", "--server", cluster.nodes[0].url)
        self.assertEqual(gone.returncode, 1)
        self.assertIn("the server cannot be asked", gone.stderr)


class BeginningAnewTest(Nodes, ServerTest):
    def test_with_secrets_of_the_environment(self):
        """They leave it once they are read; a node that begins anew needs them again."""
        cluster = Cluster(
            self.folder / "cluster", self.server,
            "from buildbot.plugins import secrets\n"
            "c['secretsProviders'] = [secrets.SecretsInEnvironment()]\n"
            "c['sources'] = [sources.Push(token=util.Secret('ingest'))]\n" + http_push(self.http, name="posts"), nodes=2,
        )
        self.addCleanup(cluster.close)
        for node in cluster.nodes:
            node.env["INGEST"] = TOKEN
        cluster.start()
        serving, other = cluster.serving(), cluster.others()[0]
        self.assertEqual(other.cli("nodes", "drain", serving.name, "--config", other.config).returncode, 0)
        wait_for(other.serves, "the other one serves")
        cluster.wait_for_all()
        self.assertTrue(serving.process.is_running())
        self.assertEqual(serving.ingest(build(1)).status, 202)
        self.http.wait_for(1)

    def test_with_a_configuration_that_is_broken_meanwhile(self):
        cluster = self.cluster(nodes=2)
        serving, other = cluster.serving(), cluster.others()[0]
        good = serving.config.read_text()
        serving.config.write_text("nonsense(")
        self.assertEqual(other.cli("nodes", "drain", serving.name, "--config", other.config).returncode, 0)
        wait_for(other.serves, "the other one serves")
        serving.process.wait_for_output("it tries again in 5 s", 60)
        serving.config.write_text(good)
        cluster.wait_for_all()
        self.assertEqual(serving.ready().status, 200)


class MistakenTest(Nodes, ServerTest):
    def test_an_address_that_is_another_nodes(self):
        """Nobody passes on in a circle."""
        cluster = Cluster(self.folder / "cluster", self.server, http_push(self.http, name="posts"), nodes=2)
        self.addCleanup(cluster.close)
        first, second = cluster.nodes
        first.configure(f"c['db']['address'] = {second.url!r}\n")
        first.start()
        wait_for(first.serves, "the first one serves")
        second.start()
        cluster.wait_for_all()
        answer = second.ingest(build(1))
        self.assertEqual(answer.status, 503)
        self.assertIn(f"cannot be reached at {second.url}: a node answers there that stands by", answer.json["error"])
        self.assertEqual(second.ready().status, 503)
        self.assertEqual(first.ready().status, 200)

    def test_a_server_without_a_lease_that_has_the_database(self):
        alone = self.carillon(http_push(self.http, name="posts"), db_url=self.server.url())
        cluster = Cluster(self.folder / "cluster", self.server, nodes=1)
        self.addCleanup(cluster.close)
        node = cluster.nodes[0]
        node.launch()
        node.process.wait_for_output(r"no node serves: carillon .* has the database, and is no node: give it a lease", 60)
        self.assertEqual(node.ready().status, 503)
        self.assertEqual(alone.stop(), 0)
        wait_for(node.serves, "the node serves")

    def test_a_request_to_a_node_that_stands_still_is_answered_by_the_next(self):
        cluster = self.cluster(nodes=2)
        serving, other = cluster.serving(), cluster.others()[0]
        serving.pause()
        self.assertEqual(other.ingest(build(1), timeout=50).status, 202)  # what is not answered is given up after 60 s
        self.http.wait_for(1)


class PeopleTest(Nodes, ServerTest):
    def test_nodes_are_listed_and_drained(self):
        cluster = self.cluster(nodes=2)
        serving, other = cluster.serving(), cluster.others()[0]
        told = serving.cli("nodes", "--config", serving.config)
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        lines = told.stdout.splitlines()
        self.assertRegex(lines[0] + lines[1], rf"{serving.name} +serves +{re.escape(serving.url)}")
        self.assertRegex(lines[0] + lines[1], rf"{other.name} +standby +{re.escape(other.url)}")
        self.assertIn("their configurations differ", told.stdout, "each has its own port in it")
        rows = json.loads(other.cli("nodes", "--config", other.config, "--json").stdout)
        self.assertEqual({row["name"]: row["state"] for row in rows}, {serving.name: "serves", other.name: "standby"})

        unknown = other.cli("nodes", "drain", "x", "--config", other.config)
        self.assertEqual(unknown.returncode, 1)
        self.assertIn("there is no node 'x'; `carillon nodes` lists them", unknown.stderr)

        drained = other.cli("nodes", "drain", serving.name, "--config", other.config)
        self.assertEqual(drained.returncode, 0, drained.stderr)
        self.assertIn(f"node {serving.name} gives away what it has", drained.stdout)
        wait_for(other.serves, "the other one serves")
        cluster.wait_for_all()
        told = other.cli("nodes", "--config", other.config).stdout
        self.assertRegex(told, rf"{serving.name} +drained ")
        self.assertEqual(serving.ingest(build(1)).status, 202)
        self.http.wait_for(1)
        # Where no other one can, it serves all the same, and says so.
        other.kill9()
        wait_for(serving.serves, "the drained one serves")
        told = serving.cli("nodes", "--config", serving.config)
        self.assertEqual(told.returncode, 0)
        self.assertRegex(told.stdout, rf"{serving.name} +serves .*, drained")
        self.assertRegex(told.stdout, rf"{other.name} +gone ")
        other.start()
        wait_for(other.serves, "it gives away to the one that came")
        back = serving.cli("nodes", "undrain", serving.name, "--config", serving.config)
        self.assertEqual(back.returncode, 0, back.stderr)
        never = other.cli("nodes", "undrain", serving.name, "--config", other.config)
        self.assertEqual(never.returncode, 1)
        self.assertIn(f"no node '{serving.name}' is drained", never.stderr)
        deeds = serving.stored("SELECT what || ' ' || about FROM audit ORDER BY id")
        self.assertEqual(deeds, [f"drain node {serving.name}", f"undrain node {serving.name}"])

    def test_a_reload_of_a_node_that_stands_by_counts_when_it_serves(self):
        cluster = self.cluster(nodes=2)
        serving, other = cluster.serving(), cluster.others()[0]
        other.configure("nonsense(")
        refused = other.cli("reload", "--config", other.config)
        self.assertEqual(refused.returncode, 1)
        other.configure(http_push(self.http, "new", name="new"))
        done = other.cli("reload", "--config", other.config)
        self.assertEqual((done.returncode, done.stdout), (0, "reloaded: 1 reporter, 1 source\n"), done.stderr)
        serving.stop()
        self.assertEqual(other.ingest(build(1)).status, 202)
        self.http.wait_for(1, "/new")

    def test_a_node_that_stands_by_stops_at_once(self):
        cluster = self.cluster(nodes=2)
        other = cluster.others()[0]
        self.assertEqual(other.stop(), 0)
        self.assertEqual(self.server.sql("SELECT count(*) FROM nodes"), ["1"])

    def test_what_the_configuration_must_say(self):
        for db, wanted in (
            ("{'db_url': 'sqlite:///x.sqlite', 'lease': 5}", "a file has one server: a lease is for several nodes"),
            ("{'db_url': 'postgresql://h/d', 'lease': 0.5}", "lease must be a number of seconds from 1 to 60, not 0.5"),
            ("{'db_url': 'postgresql://h/d', 'lease': '5'}", "lease must be a number of seconds from 1 to 60, not '5'"),
            ("{'db_url': 'postgresql://h/d', 'node': 'a'}", "node is for several nodes, which have a lease, too"),
            ("{'db_url': 'postgresql://h/d', 'lease': 5, 'node': 'a b'}", "node must be a name of letters"),
            ("{'db_url': 'postgresql://h/d', 'lease': 5, 'address': 'https://h/'}", "address must be http://HOST:PORT/"),
        ):
            with self.subTest(db=db):
                carillon = self.carillon(f"c['db'] = {db}\n", start=False)
                done = carillon.check()
                self.assertEqual(done.returncode, 1)
                self.assertIn(wanted, done.stderr)

    def test_a_server_without_a_lease_is_refused(self):
        cluster = self.cluster(nodes=1)
        alone = self.carillon(db_url=self.server.url(), start=False)
        done = alone.cli("run", alone.config)
        self.assertEqual(done.returncode, 1)
        self.assertIn("another carillon is running with postgresql://", done.stderr)
        cluster.nodes[0].process.signal(signal.SIGTERM)


if __name__ == "__main__":
    unittest.main()
