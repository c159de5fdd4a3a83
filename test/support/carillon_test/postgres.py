"""A real PostgreSQL of the test's own: Debian's programs, in a folder, over a Unix socket.

scripts/install-packages unpacks Debian's postgresql-15 into build/postgres (nothing is installed); where it is
installed the programs are taken from there, and no service of the machine is touched.
"""

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
from pathlib import Path

from carillon_test.processes import Process
from carillon_test.waiting import wait_for

PASSWORD = "s3cret-of-the-database"
_BUILD = Path(__file__).resolve().parents[3] / "build"
_ROOTS = [os.environ.get("CARILLON_POSTGRES_ROOT") or _BUILD / "postgres", "/"]


class Refused(AssertionError):
    """PostgreSQL does not carry out a statement."""


def ask(url, statement):
    """The answer of the database: a line for each row, columns separated by |. Refused where there is none."""
    asked = subprocess.run(
        ["psql", "--no-psqlrc", "-qtAX", "-c", statement, url], capture_output=True, text=True, check=False,
    )
    if asked.returncode != 0:
        raise Refused(asked.stderr)
    return asked.stdout.splitlines()


def _programs():
    for root in _ROOTS:
        for version in (17, 16, 15, 14):
            folder = Path(root) / f"usr/lib/postgresql/{version}/bin"
            if (folder / "initdb").exists():
                return folder
    raise AssertionError("PostgreSQL's server is missing: run scripts/install-packages test")


def _as_nobody(*folders):
    """What a command begins with that root must not run; such a user has the folders."""
    if os.getuid() != 0:
        return []
    user = pwd.getpwnam("nobody")
    for path in folders:
        os.chown(path, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--pdeathsig=QUIT"]


class Postgres:
    """One cluster in `folder`, with a database and a user `carillon` whose password is PASSWORD."""

    def __init__(self, folder, *, durable=False, primary=None, synchronous=True):
        """durable: what is committed survives a crash of the machine, which costs time. primary: it is a standby of that
        one, which does not commit from its start on until this one has it, too, unless it is not synchronous."""
        self._durable = durable
        self._primary = primary
        self._is_synchronous = synchronous
        self.folder = Path(folder)
        self.socket = self.folder / "s"  # short: an address has room for 107 bytes
        self.socket.mkdir()
        self._data = self.folder / "data"
        self._process = None
        self.env = {}  # of its server, besides the test's
        self._programs = _programs()
        self._as_other = _as_nobody(self.folder, self.socket)
        if primary:
            self._run("pg_basebackup", "-D", self._data, "--write-recovery-conf", "-d", primary.url())
            return
        secret = self.folder / "password"
        secret.write_text(PASSWORD + "\n")
        secret.chmod(0o644)
        self._run(
            "initdb", f"--pgdata={self._data}", "--username=carillon", "--auth=scram-sha-256", f"--pwfile={secret}",
            "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
        )

    def url(self, *, password=PASSWORD, database="postgres", user="carillon", host=None):
        login = f"{user}:{password}" if password else user
        return f"postgresql://{login}@/{database}?host={host or self.socket}"

    def start(self):
        self._process = Process(
            "postgres",
            [
                *self._as_other, self._programs / "postgres", "-D", self._data, "-k", self.socket,
                *("-c", "listen_addresses="), *("-c", f"fsync={'on' if self._durable else 'off'}"), *("-c", "shared_buffers=16MB"), *("-c", "jit=off"),
            ],
            output=self.folder / "postgres.log", cwd=self.folder, env=self.env,
        )
        self._process.wait_until(self._accepts, "PostgreSQL accepts connections")
        if self._primary and self._is_synchronous:
            self._primary.sql("ALTER SYSTEM SET synchronous_standby_names = 'walreceiver'")
            self._primary.sql("SELECT pg_reload_conf()")
            wait_for(lambda: self._primary.sql("SELECT sync_state FROM pg_stat_replication") == ["sync"], "a synchronous standby")
        return self

    def catch_up(self):
        """The standby has what its primary has now."""
        there = self._primary.sql("SELECT pg_current_wal_flush_lsn()")[0]
        wait_for(lambda: self.sql(f"SELECT pg_last_wal_replay_lsn() >= '{there}'") == ["t"], "the standby to have all")

    def follow_no_more(self):
        """The standby gets nothing from its primary any more, which does not know."""
        self.sql("ALTER SYSTEM SET primary_conninfo = ''")
        self.sql("SELECT pg_reload_conf()")
        wait_for(lambda: self.sql("SELECT count(*) FROM pg_stat_wal_receiver") == ["0"], "the standby to be cut off")

    def promote(self):
        """The standby is a primary now; what it was a standby of is gone."""
        self._primary = None
        self._run("pg_ctl", "promote", "-D", self._data)

    def stop(self):
        if self._process:
            self._process.signal(signal.SIGINT)  # at once, and in order
            wait_for(lambda: not self._process.is_running(), "PostgreSQL to end")

    def stop_when_idle(self):
        """It takes no more connections, and ends when those that there are have ended ("smart")."""
        self._process.signal(signal.SIGTERM)

    def is_running(self):
        return self._process.is_running()

    def pause(self):
        """It stands still, with all its connections open."""
        self._signal_all(signal.SIGSTOP)

    def wake(self):
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number):
        # Its servers are groups of their own.
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for process in (self._process.pid, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)

    @contextlib.contextmanager
    def transaction(self, statements, url=None):
        """Somebody has carried these out in a transaction, and leaves it open."""
        psql = subprocess.Popen(
            ["psql", "--no-psqlrc", "-qtAX", "-v", "ON_ERROR_STOP=1", url or self.url()],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        try:
            psql.stdin.write(f"BEGIN;\n{statements};\n\\echo it-is-open\n")
            psql.stdin.flush()
            said = []
            while not said or said[-1] != "it-is-open":
                line = psql.stdout.readline()
                if not line:
                    raise Refused("".join(said))
                said.append(line.strip())
            yield
        finally:
            psql.stdin.close()
            psql.wait()
            psql.stdout.close()

    def crash(self):
        """As after a crash of the machine: it recovers at the next start()."""
        self._process.signal(signal.SIGQUIT)
        wait_for(lambda: not self._process.is_running(), "PostgreSQL to end")

    def follow(self):
        """Something that has what is committed a moment later, as an asynchronous standby does. close() it."""
        kept = self.folder / "followed"
        kept.mkdir()
        if os.getuid() == 0:
            shutil.chown(kept, "nobody")
        return Process(
            "pg_receivewal", [*self._as_other,self._programs / "pg_receivewal", "--synchronous", "-D", kept, "-d", self.url()],
            output=self.folder / "follow.log", cwd=self.folder,
        )

    def close(self):
        if self._process and self._process.is_running():
            self.crash()

    def sql(self, statement):
        """Its answer: a line for each row, columns separated by |."""
        return ask(self.url(), statement)

    def new_database(self, name, owner=None):
        """The URL of an empty database of that name. owner: a new user, without any other rights, whom it belongs to."""
        if owner is None:
            self.sql(f"CREATE DATABASE {name}")
            return self.url(database=name)
        self.sql(f"CREATE ROLE {owner} LOGIN PASSWORD '{PASSWORD}'")
        self.sql(f"CREATE DATABASE {name} OWNER {owner}")
        return self.url(database=name, user=owner)

    def _accepts(self):
        log = self.folder / "postgres.log"
        text = log.read_text("utf-8", "replace")
        starts = [m.end() for m in re.finditer("starting PostgreSQL", text)]
        return bool(starts) and re.search("ready to accept (read-only )?connections", text[starts[-1]:]) is not None

    def _run(self, program, *arguments):
        done = subprocess.run(
            [*self._as_other, self._programs / program, *arguments],
            cwd=self.folder, capture_output=True, text=True, check=False,
        )
        if done.returncode != 0:
            raise AssertionError(f"{program} failed: {done.stdout}{done.stderr}")


class PgBouncer:
    """A pooler in front of a Postgres, in `folder`. mode: "session" or "transaction"."""

    def __init__(self, folder, postgres, *, mode):
        programs = [root / "usr/sbin/pgbouncer" for root in (_BUILD / "pgbouncer", Path("/"))]
        program = next((path for path in programs if path.exists()), None)
        if program is None:
            raise AssertionError("PgBouncer is missing: run scripts/install-packages test")
        self.socket = Path(folder)
        (self.socket / "users").write_text(f'"carillon" "{PASSWORD}"\n')
        settings = self.socket / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\npostgres = host={postgres.socket} dbname=postgres\n"
            f"[pgbouncer]\nlisten_addr =\nlisten_port = 5432\nunix_socket_dir = {self.socket}\n"
            f"auth_type = plain\nauth_file = {self.socket / 'users'}\npool_mode = {mode}\n"
            "ignore_startup_parameters = extra_float_digits, options\n"
        )
        as_other = _as_nobody(self.socket)
        self._process = Process("pgbouncer", [*as_other, program, settings], output=self.socket / "pgbouncer.log")
        self._process.wait_until(lambda: (self.socket / ".s.PGSQL.5432").exists(), "PgBouncer listens")

    def url(self):
        return f"postgresql://carillon:{PASSWORD}@/postgres?host={self.socket}"

    def close(self):
        self._process.kill()
