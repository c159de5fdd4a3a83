"""What 1,000,000 stored builds cost: CPU per delivery beside 1,000, memory, and the time to start.

With --short 100,000 of them will do, unless the database of 1,000,000 is there.

The database is filled by SQL with copies of rows that Carillon wrote itself; ids, numbers and keys are each row's
own, the bodies (of builds and payloads) are copies. It is kept in the folder of the bench for the next time.
"""

import hashlib
import os
import shutil
import sqlite3
import sys
import time

import ends
import measure
from cases.posts import push
from figures import Figures, WrongResult, at_most, middle

from carillon_test.carillon import Carillon

FEW, MANY, LESS = 1_000, 1_000_000, 100_000
POSTS, IDLE, START = "Stored: posts with {:,} builds stored", "Stored: idle with {:,}", "Stored: start with {:,}"
RATIOS = []
BUILDERS = 50
_WARM_UP = 300
_STARTS = 5


def steps(options):
    return [_run]


def _run(options, folder):
    few = template(options, folder)
    database, many = filled(options, few)
    blocks = {FEW: [], many: []}
    for number in range(options.stored_blocks):
        for stored in ((FEW, many), (many, FEW))[number % 2]:
            place = folder / f"{number}-{stored}"
            blocks[stored].append(_block(options, place, few if stored == FEW else database, stored))
    out = {POSTS.format(stored): _together(of) for stored, of in blocks.items()}
    ratios = [more.cpu_ms / less.cpu_ms for less, more in zip(blocks[FEW], blocks[many])]
    out[POSTS.format(many)].more["cpu_ratio"] = measure.median(ratios)
    out[IDLE.format(many)], out[START.format(many)] = _starts(folder / "starts", database)
    return out


def _together(blocks):
    """Medians, but the largest memory."""
    figures = Figures(
        **{field: measure.median([getattr(block, field) for block in blocks]) for field in ("rate", "cpu_ms", "others")}
    )
    figures.rss_mb = max(block.rss_mb for block in blocks)
    return figures


def carillon_on(folder, database, services="", *, copied):
    """A Carillon with that database: a copy of it, or the file itself."""
    carillon = Carillon(folder, services)
    if copied:
        shutil.copy(database, carillon.database)
    else:
        carillon.database.symlink_to(database)
    return carillon


def _block(options, folder, database, stored):
    folder.mkdir()
    receiver = ends.Receiver(options.programs, folder)
    carillon = carillon_on(folder / "carillon", database, push(receiver), copied=stored == FEW)
    count, first = options.stored_builds, stored // BUILDERS + 1
    try:
        os.sync()  # what the filling and earlier blocks left in the kernel's buffers is not this block's to write
        carillon.start()
        _feed(options, carillon, receiver, first, _WARM_UP, _WARM_UP)
        load = ends.Load([carillon.process.pid], receiver.pid)
        fed = _feed(options, carillon, receiver, first + _WARM_UP // BUILDERS, count, _WARM_UP + count)
        ends.wait_until_settled(carillon)
        cpu, others, _ = load.stop()
        report = receiver.report(fed["sent_ns"])
        rate = count / ((report["last_answered_ns"] - fed["began_ns"]) / 1e9)
        peak = measure.memory_mb(carillon.process.pid, "VmHWM")
        return Figures(rate=rate, cpu_ms=cpu * 1000 / count, rss_mb=peak, others=others)
    finally:
        carillon.close()
        receiver.stop()
        ends.forget_database(carillon)
        if stored != FEW:
            trim(database, stored)


def _feed(options, carillon, receiver, first, builds, in_all):
    fed = ends.feed(
        options,
        carillon.port,
        builds=builds,
        first=first,
        batch=options.batch,
        connections=options.connections,
        builders=BUILDERS,
    )
    receiver.wait_for(in_all, 120)
    return fed


def _starts(folder, database):
    """Figures of the idle program, and of starting it."""
    carillon = carillon_on(folder, database, copied=False)
    taken = []
    try:
        for number in range(_STARTS):
            taken.append(ends.started(carillon))
            if number + 1 < _STARTS:
                carillon.stop()
        time.sleep(2)
        idle = Figures(rss_mb=measure.memory_mb(carillon.process.pid))
        return idle, Figures(p50_ms=measure.median(taken), more={"starts_ms": taken})
    finally:
        carillon.close()


# -- the database -------------------------------------------------------------

_KEY = "'builds/' || (bsid + :number * 1000) || '/finished'"  # the feeder gives build and buildset one id
_CHANGED = {  # table: {column: what it becomes}; the other columns are copied. d: deliveries, e: their events
    "events": {
        "id": "id + :row",
        "key": _KEY,
        "number": "number + :number",
        "bsid": "bsid + :number * 1000",
    },
    "deliveries": {
        "id": "d.id + :row",
        "event": "d.event + :row",
        "key": f"replace(d.key, e.key, {_KEY.replace('bsid', 'e.bsid')})",
        "lane": "replace(d.lane, e.builder || '/' || e.number, e.builder || '/' || (e.number + :number))",
    },
    "payloads": {"delivery": "delivery + :row"},
}


def template(options, folder):
    """A database of FEW builds, all delivered, as Carillon leaves it."""
    receiver = ends.Receiver(options.programs, folder)
    carillon = Carillon(folder / "template", push(receiver))
    try:
        carillon.start()
        fed = _feed(options, carillon, receiver, 1, FEW, FEW)
        receiver.report(fed["sent_ns"])
        ends.wait_until_settled(carillon)
    finally:
        carillon.close()
        receiver.stop()
    return carillon.database


def filled(options, few):
    """The path of a database with many builds, and how many. Filled anew when there is none of this schema."""
    with sqlite3.connect(few) as database:
        schema = "".join(row[0] or "" for row in database.execute("SELECT sql FROM sqlite_master ORDER BY name"))
    key = hashlib.sha1(schema.encode()).hexdigest()[:12]
    for old in set(options.folder.glob("stored-*")) - set(options.folder.glob(f"stored-{key}-*")):
        old.unlink()
    many = MANY if not options.short or _path(options, key, MANY).exists() else LESS
    path = _path(options, key, many)
    if not path.exists():
        began = time.monotonic()
        partial = path.with_suffix(".partial")
        shutil.copy(few, partial)
        _fill(partial, many)
        partial.rename(path)
        print(
            f"filled {path.name}: {path.stat().st_size / 1e9:.1f} GB in {time.monotonic() - began:.0f} s",
            file=sys.stderr,
        )
    return path, many


def _path(options, key, builds):
    return options.folder / f"stored-{key}-{builds}.sqlite"


def _columns(database, table):
    return [row[1] for row in database.execute(f"PRAGMA table_info({table})")]


def _fill(path, many):
    database = sqlite3.connect(path, isolation_level=None)
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        (rows,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()
        if rows >= FEW and table not in _CHANGED:
            raise WrongResult(f"stored.py does not know how to fill the table {table}")
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000", "locking_mode = EXCLUSIVE"):
        database.execute("PRAGMA " + pragma).fetchall()
    statements = []
    for table, changed in _CHANGED.items():
        columns = _columns(database, table)
        prefix = "d." if table == "deliveries" else ""
        source = "deliveries d JOIN events e ON e.id = d.event" if prefix else table
        values = ", ".join(changed.get(column, prefix + column) for column in columns)
        first = f"{prefix}{columns[0]}"
        statements.append(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {source} "
            f"WHERE {first} <= {FEW} ORDER BY {first}"
        )
    database.execute("BEGIN")
    for copy in range(1, many // FEW):
        for statement in statements:
            database.execute(statement, {"row": copy * FEW, "number": copy * FEW // BUILDERS})
    database.execute("COMMIT")
    for table in _CHANGED:
        (rows,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()
        if rows != many:
            raise WrongResult(f"{rows} rows in the filled table {table}")
    database.execute("PRAGMA journal_mode = WAL").fetchall()
    database.close()


def trim(path, stored):
    """Takes what a run has added out again, and gives its pages back: a file with pages to use again costs more."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA synchronous = OFF")
    with database:
        for table in reversed(_CHANGED):
            database.execute(f"DELETE FROM {table} WHERE {_columns(database, table)[0]} > {stored}")
    database.executescript("PRAGMA incremental_vacuum")  # execute() would stop after the first page
    database.close()


def targets(results):
    many = LESS if POSTS.format(LESS) in results else MANY
    posts = results.get(POSTS.format(many))
    ratio = measure.median([run.more["cpu_ratio"] for run in posts]) if posts else None
    what = f"{many:,} builds stored"
    return [
        at_most(f"CPU per delivery, {what} / {FEW:,}", 1.1, ratio, "{:.2f} x"),
        at_most(f"memory MB, idle, {what}", 60, middle(results, IDLE.format(many), "rss_mb"), "{:.0f}"),
        at_most(f"memory MB, full load, {what}", 120, middle(results, POSTS.format(many), "rss_mb"), "{:.0f}"),
        at_most(f"ms from start to /health, {what}", 300, middle(results, START.format(many), "p50_ms"), "{:.0f}"),
    ]
