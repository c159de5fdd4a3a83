"""The same over several nodes with one PostgreSQL: nodes are killed, stopped, paused, or cut from the database, and that
crashes, is restarted, or ends all sessions, while builds are posted to any of them."""

import time

from carillon_test.chaos import Chaos
from carillon_test.cluster import Cluster
from carillon_test.postgres import Postgres
from carillon_test.waiting import wait_for
from carillon_test.way import Way

LEASE = 1  # second
FAULTS = ("kill", "kill_any", "stop", "pause", "cut", "crash", "restart", "end_sessions")


class NodesChaos(Chaos):
    def __init__(self, folder, seed, kills=10, nodes=3, *, faults=FAULTS, every=None, longest=3):
        """every: seconds between two faults, instead of chance. longest: leases that a pause, a cut or an outage lasts."""
        self._count, self._chosen, self._every, self._longest = nodes, faults, every, longest
        self._ways = {}
        (folder / "postgres").mkdir(parents=True)
        folder.chmod(0o755)
        self._postgres = Postgres(folder / "postgres").start()
        self.faults = []
        super().__init__(folder, seed, kills)

    def _made(self):
        urls = {}
        for name in "abcdef"[:self._count]:
            socket = self.folder / f"way-{name}"
            socket.mkdir()
            self._ways[name] = Way(f"{self._postgres.socket}/.s.PGSQL.5432", socket / ".s.PGSQL.5432")
            urls[name] = self._postgres.url(host=socket)
        made = Cluster(self.folder, self._postgres, self._services(), nodes=self._count, lease=LEASE, db_urls=urls)
        for node in made.nodes:
            node.lives = set()
            self._next_life(node)
        return made

    def _close(self):
        super()._close()
        for way in self._ways.values():
            way.close()
        self._postgres.close()

    def _live(self):
        if self._every is None:
            super()._live()
            return
        for feeder in self._feeders:
            feeder.permit(self._random.randint(1, 6))
        time.sleep(self._every)

    def _die(self):
        fault = self._random.choice(self._chosen)
        self.faults.append(fault)
        getattr(self, f"_{fault}")()

    def _while(self):
        """So long something lasts."""
        time.sleep(self._random.uniform(0.3, self._longest) * LEASE)

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
        self._while()
        # What it reports after it began anew is another life's.
        self._next_life(node)
        node.wake()

    def _crash(self):
        for node in self._carillon.nodes:  # those that begin anew
            self._next_life(node)
        self._postgres.crash()
        self._while()
        self._postgres.start()

    def _restart(self):
        for node in self._carillon.nodes:
            self._next_life(node)
        self._postgres.stop()
        self._while()
        self._postgres.start()

    def _cut(self):
        """Nothing is closed; what was under way arrives later, of both directions or of one."""
        node = self._carillon.serving()
        self._next_life(node)
        self._ways[node.name].stop(*self._random.choice(((), ("there",), ("back",))))
        self._while()
        self._ways[node.name].go_on()

    def _end_sessions(self):
        for _ in range(3):
            self._postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                               "WHERE application_name LIKE 'carillon %'")
            time.sleep(self._random.uniform(0, 0.3))

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
