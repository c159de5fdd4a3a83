"""The same over several nodes with one PostgreSQL: the one that serves is killed, stopped, paused, or its database
crashes, while builds are posted to any of them."""

import time

from carillon_test.chaos import Chaos
from carillon_test.cluster import Cluster
from carillon_test.postgres import Postgres
from carillon_test.waiting import wait_for

LEASE = 1  # second


class NodesChaos(Chaos):
    def __init__(self, folder, seed, kills=10, nodes=3):
        self._count = nodes
        (folder / "postgres").mkdir(parents=True)
        folder.chmod(0o755)
        self._postgres = Postgres(folder / "postgres").start()
        self.faults = []
        super().__init__(folder, seed, kills)

    def _made(self):
        made = Cluster(self.folder, self._postgres, self._services(), nodes=self._count, lease=LEASE)
        for node in made.nodes:
            node.lives = set()
            self._next_life(node)
        return made

    def _close(self):
        super()._close()
        self._postgres.close()

    def _die(self):
        fault = self._random.choice((self._kill, self._kill, self._kill_any, self._stop, self._pause, self._crash))
        self.faults.append(fault.__name__)
        fault()

    def _kill(self):
        self._begin_again(self._carillon.serving(), lambda node: node.kill9())

    def _kill_any(self):
        self._begin_again(self._random.choice(self._carillon.nodes), lambda node: node.kill9())

    def _stop(self):
        self._begin_again(self._carillon.serving(), self._stopped)

    def _stopped(self, node):
        if node.stop() != 0:
            raise AssertionError(f"seed {self.seed}: {node.name} did not stop cleanly:\n{node.process.tail()}")

    def _begin_again(self, node, end):
        end(node)
        time.sleep(self._random.choice((0, 0, 2.5 * LEASE)))  # itself, or another one, takes over
        node.lives = set()
        self._next_life(node)
        node.launch()
        node.process.wait_until(node.is_healthy, "GET /health answers 200", 60)

    def _pause(self):
        node = self._carillon.serving()
        self._paused |= node.lives
        node.pause()
        time.sleep(self._random.uniform(0.3, 3) * LEASE)
        # What it reports after it began anew is another life's.
        self._next_life(node)
        node.wake()

    def _crash(self):
        for node in self._carillon.nodes:  # those that begin anew
            self._next_life(node)
        self._postgres.crash()
        time.sleep(self._random.uniform(0, 3) * LEASE)
        self._postgres.start()

    def _next_life(self, node):
        """From when it reads its configuration."""
        self._life += 1
        node.lives.add(self._life)
        node.configure(self._services())

    def _rest(self):
        self._carillon.wait_for_all()
        for feeder in self._feeders:
            feeder.end()
        self._sink.moods.calm()
        self._mail.moods.calm()
        wait_for(lambda: not self._open_work(), lambda: f"seed {self.seed}: the rest of {self._open_work()} to be "
                 f"reported", 240, 0.1)
        for node in self._carillon.nodes:  # a row may be of before the database crashed
            wait_for(lambda node=node: node.answers(200), f"seed {self.seed}: {node.name} to reach the database again")
            self._stopped(node)
        if self._postgres.sql("SELECT count(*) FROM nodes") != ["0"]:
            raise AssertionError(f"seed {self.seed}: a node that stopped left its row")

    def _rows(self, question):
        return [tuple(int(part) if part.isdigit() else part for part in line.split("|"))
                for line in self._postgres.sql(question.replace(") GROUP BY", ") work GROUP BY"))]
