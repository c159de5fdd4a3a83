"""kill -9 at random points while builds come in and reports go out: nothing acknowledged is lost, nothing is sent twice
but what was under way at a kill, lanes keep their order, and no older status follows a newer one."""

import dataclasses
import random
import sqlite3
import threading
import time
from pathlib import Path

from carillon_test import chaos_rules
from carillon_test.carillon import Carillon
from carillon_test.events import build
from carillon_test.moody_sinks import MoodyMail, MoodySink, dump
from carillon_test.services import TERSE, http_push, mail, service
from carillon_test.stream import UNDER_WAY
from carillon_test.waiting import wait_for

BUILDERS = ("tenor", "treble", "bourdon")
BUILDS_OF_A_COMMIT = 3
SETTLING = 240  # seconds until everything must be reported, when nobody kills or refuses any more


@dataclasses.dataclass
class Outcome:
    """`violations` is empty when all went well."""

    seed: int
    kills: int
    builds: int
    taken: int
    doubled: int
    most_doubled: int
    violations: list

    def line(self):
        how = "ok" if not self.violations else f"{len(self.violations)} VIOLATIONS"
        return (f"seed {self.seed}: {self.kills} kills, {self.builds} builds, {self.taken} reports taken, "
                f"{self.doubled} of them twice (at most {self.most_doubled} at one kill): {how}")


def chaos_build(builder, number, complete, results):
    """A build of a commit that has several of them, as GitHub knows it."""
    commit = number // BUILDS_OF_A_COMMIT
    made = build(number, builder, results, complete=complete)
    stamp = made["buildset"]["sourcestamps"][0]
    stamp["project"], stamp["repository"] = "octo/bell", "https://github.com/octo/bell"
    stamp["revision"] = f"{sum(map(ord, builder)):08x}{commit:032x}"
    submitted = 1700000000 + 100 * number
    made["buildset"]["submitted_at"] = made["buildrequest"]["submitted_at"] = submitted
    made["started_at"] = submitted + 5
    made["complete_at"] = submitted + 60 if complete else None
    return made


class Feeder(threading.Thread):
    """Posts builds of one builder in order; what it posts it posts until it is acknowledged. Now and then it posts what
    is acknowledged already."""

    def __init__(self, carillon, builder, seed):
        super().__init__(daemon=True)
        self.acknowledged = []  # build objects, in order
        self._carillon, self._builder = carillon, builder
        self._random = random.Random(f"{seed} {builder}")
        self._number = 0
        self._permits = threading.Semaphore(0)
        self._ending = False

    def permit(self, batches):
        for _ in range(batches):
            self._permits.release()

    def end(self):
        """Returns when the last batch is acknowledged."""
        self._ending = True
        self._permits.release()
        self.join()

    def run(self):
        while True:
            self._permits.acquire()
            if self._ending:
                return
            self._post(self._batch())
            if self.acknowledged and self._random.random() < 0.1:
                first = self._random.randrange(len(self.acknowledged))
                self._deliver(self.acknowledged[first:first + 5])

    def _batch(self):
        batch = []
        for _ in range(self._random.randint(1, 5)):
            self._number += 1
            results = self._random.choice((0, 0, 1, 2, 4))
            batch += [chaos_build(self._builder, self._number, complete, results) for complete in (False, True)]
        return batch

    def _post(self, batch):
        self._deliver(batch)
        self.acknowledged += batch

    def _deliver(self, batch):
        while True:
            try:
                reply = self._carillon.ingest(batch)
                if reply.status == 202:
                    return
                if reply.status != 503:
                    raise AssertionError(f"POST /ingest answered {reply.status}: {reply.body!r}")
            except OSError:
                pass  # killed, or not up yet
            time.sleep(0.02)


class Chaos:
    """One run in a folder of its own."""

    def __init__(self, folder, seed, kills=10):
        self.folder, self.seed, self.kills = Path(folder), seed, kills
        self._random = random.Random(seed)
        self._sink = MoodySink(f"{seed} http")
        self._mail = MoodyMail(f"{seed} mail")
        self._life = 1
        self._paused = set()  # lives
        self._carillon = self._made()
        self._feeders = [Feeder(self._carillon, name, seed) for name in BUILDERS]

    def _made(self):
        return Carillon(self.folder / "carillon", self._services())

    def run(self):
        """The outcome; the folder then holds the logs, and who asked for what."""
        try:
            self._carillon.launch()
            for feeder in self._feeders:
                feeder.start()
            for _ in range(self.kills):
                self._live()
                self._die()
            self._rest()
            return self._judge()
        finally:
            self._close()

    def _close(self):
        self._carillon.close()
        self._sink.close()
        self._mail.close()

    def _services(self):
        login = f"life{self._life}"
        return (
            http_push(self._sink, "push", name="push", user=login, password="p")
            + mail(self._mail, mode="all", messageFormatter=TERSE, name="mail", smtpUser=login, smtpPassword="p")
            + service("GitHubStatusPush", name="github", token=login, baseURL=self._sink.url + "api")
        )

    def _live(self):
        """A while of work: of a random length, by the clock or by what is done."""
        for feeder in self._feeders:
            feeder.permit(self._random.randint(0, 6))
        if self._random.random() < 0.4:
            time.sleep(self._random.uniform(0, 1.5))
            return
        before, more = self._sink.heard(), self._random.randint(1, 40)
        until = time.monotonic() + 4  # there may be less to do
        while self._sink.heard() < before + more and time.monotonic() < until:
            time.sleep(0.001)

    def _die(self):
        self._carillon.kill9()
        self._life += 1
        self._carillon.configure(self._services())
        self._carillon.launch()

    def _rest(self):
        self._carillon.process.wait_until(self._carillon.is_healthy, "GET /health answers 200", 60)
        for feeder in self._feeders:
            feeder.end()
        self._sink.moods.calm()
        self._mail.moods.calm()
        wait_for(lambda: not self._open_work(), lambda: f"seed {self.seed}: the rest of {self._open_work()} to be "
                 f"reported; the log:\n{self._carillon.process.tail()}", SETTLING, 0.1)
        if self._carillon.stop() != 0:
            raise AssertionError(f"seed {self.seed}: it did not stop cleanly:\n{self._carillon.process.tail()}")

    def _rows(self, question):
        with sqlite3.connect(f"file:{self._carillon.database}?mode=ro", uri=True) as database:
            rows = database.execute(question).fetchall()
        database.close()
        return rows

    def _open_work(self):
        """Numbers of what is not reported yet, by reporter; empty at the end."""
        return dict(self._rows("SELECT reporter, count(*) FROM (SELECT reporter FROM notifications UNION ALL "
                               "SELECT reporter FROM deliveries WHERE state = 0) GROUP BY reporter"))

    def _judge(self):
        acknowledged = [made for feeder in self._feeders for made in feeder.acknowledged]
        posts = chaos_rules.Stream("push", self._sink.posts, most_at_once=UNDER_WAY)
        mails = chaos_rules.Stream("mail", self._mail.taken, most_at_once=UNDER_WAY)
        statuses = chaos_rules.Stream("github", self._sink.statuses, most_at_once=32)
        for stream in (posts, mails, statuses):
            (self.folder / f"{stream.name}.ndjson").write_text(dump(stream.heard), encoding="utf-8")
        violations = posts.lost(chaos_rules.expected_posts(acknowledged))
        violations += mails.lost(chaos_rules.expected_mails(acknowledged))
        violations += statuses.last_differs(chaos_rules.expected_statuses(acknowledged), self._paused)
        for stream in (posts, mails, statuses):
            violations += stream.out_of_order(self._paused) + stream.repeated()
        violations += self._ledger()
        doubled = [stream.doubled() for stream in (posts, mails, statuses)]
        return Outcome(
            self.seed, self.kills, len(acknowledged) // 2,
            sum(len(stream.taken()) for stream in (posts, mails, statuses)),
            sum(sum(by_life.values()) for by_life in doubled),
            max((sum(by_life.get(life, 0) for by_life in doubled) for life in range(1, self._life)), default=0),
            violations,
        )

    def _ledger(self):
        """Nobody refused for good and only statuses replace each other, so there are no other states."""
        found = self._rows("SELECT reporter, state, count(*) FROM deliveries GROUP BY reporter, state")
        good = {("push", 1), ("mail", 1), ("github", 1), ("github", 3)}
        return [f"{count} deliveries of {reporter} are in state {state}"
                for reporter, state, count in found if (reporter, state) not in good]
