"""Several nodes of Carillon with one PostgreSQL database."""

import itertools
import os
import signal
import time

from carillon_test.carillon import Carillon
from carillon_test.postgres import Refused, ask
from carillon_test.waiting import PATIENCE, wait_for


class Node(Carillon):
    """Its port and its folder are its own."""

    def __init__(self, folder, name, services, *, db_url, lease, **arguments):
        self.name = name
        self._lease = lease
        self.is_still = False
        super().__init__(folder, services, db_url=db_url, env={"STATE_DIRECTORY": str(folder)}, **arguments)

    def configure(self, services="", **arguments):
        super().configure(f"c['db'].update(lease={self._lease!r}, node={self.name!r})\n{services}", **arguments)

    def pause(self):
        """It stands still, with all its connections open."""
        self.is_still = True
        os.killpg(self.process.pid, signal.SIGSTOP)

    def wake(self):
        self.is_still = False
        os.killpg(self.process.pid, signal.SIGCONT)

    def ready(self):
        """The answer of /ready; None: nobody answers."""
        try:
            return self.request("GET", "ready", timeout=10)
        except OSError:
            return None

    def answers(self, status):
        """Whether /ready is answered so; not while it begins anew."""
        answer = self.ready()
        return answer is not None and answer.status == status

    def serves(self):
        answer = self.ready()
        return answer is not None and answer.status == 200 and "this node serves" in answer.json["notes"]


class Cluster:
    """`nodes` by name: "a", "b", "c". For feeders it looks like one Carillon. The lease: so long a node may be without
    the processor where other tests run beside it. db_urls: of nodes by name, where one has a way of its own."""

    def __init__(self, folder, postgres, services="", *, nodes=3, lease=4, db_url=None, db_urls=None, **arguments):
        self.postgres = postgres
        self._db_url = db_url
        self.nodes = [
            Node(folder / name, name, services, lease=lease,
                 db_url=(db_urls or {}).get(name) or db_url or postgres.url(), **arguments)
            for name in "abcdef"[:nodes]
        ]
        self._turns = itertools.cycle(self.nodes)

    def start(self):
        for node in self.nodes:
            node.start()
        self.wait_for_all()
        return self

    def launch(self):
        for node in self.nodes:
            node.launch()

    def wait_for_all(self):
        """Every node has a row, and one of them serves."""
        count = len(self.nodes)
        wait_for(lambda: self._known() == [f"{count}|1"], lambda: f"{count} nodes of which one serves, not {self._known()}")

    def _known(self):
        try:
            return self.sql("SELECT count(*) || '|' || count(*) FILTER (WHERE state = 1) FROM nodes WHERE state < 2")
        except Refused:  # no tables yet
            return []

    def sql(self, statement):
        """Of their database, by a way that no test cuts."""
        return ask(self._db_url or self.postgres.url(), statement)

    def serving(self):
        """The node that says so; an error where it does not come."""
        found = wait_for(lambda: [node for node in self.nodes if node.process.is_running() and node.serves()],
                         lambda: f"a node that serves; {[node.ready() for node in self.nodes]}")
        return found[0]

    def others(self):
        serving = self.serving()
        return [node for node in self.nodes if node is not serving]

    def ingest(self, what, timeout=PATIENCE):
        """By the next node in turn that answers; a load balancer knows of one that stands still."""
        for _ in self.nodes:
            node = next(self._turns)
            if node.is_still:
                continue
            try:
                return node.ingest(what, timeout=timeout)
            except OSError:
                time.sleep(0.01)  # that one is down
        raise OSError("no node answers")

    def close(self):
        for node in self.nodes:
            if node.process and node.process.is_running():
                node.wake()
            node.close()
