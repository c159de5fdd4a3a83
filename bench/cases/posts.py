"""HttpStatusPush: Carillon, Debian's Buildbot with the same builds, and nginx with wrk as this machine's limit."""

import json
import subprocess

import ends
import measure
import peers
from figures import Figures, at_least, at_most, middle, times

from carillon_test.carillon import Carillon
from carillon_test.services import service

CARILLON = "Posts: Carillon HttpStatusPush"
LIMIT = "Posts: wrk -> nginx (the limit: nothing is stored)"
PEER_LATENCY_RATE = 10  # Buildbot cannot keep up with LATENCY_RATE
PEERS = {  # (HTTP client, where its data API reads); the last is no target, see buildbot_replay.py
    "Posts: Buildbot, treq": ("treq", "database"),
    "Posts: Buildbot, txrequests": ("txrequests", "database"),
    "Posts: Buildbot without its database, treq": ("treq", "memory"),
}
RATIOS = [(CARILLON, name) for name in PEERS]


def steps(options):
    chosen = [_carillon, _limit]
    if options.peers:
        names = list(PEERS)[:1] if options.short else list(PEERS)  # treq is the faster one
        chosen += [lambda o, folder, name=name: _buildbot(o, folder, name) for name in names]
    return chosen


def push(receiver):
    return service("HttpStatusPush", serverUrl=receiver.url, wantProperties=True)


def _carillon(options, folder):
    receiver = ends.Receiver(options.programs, folder)
    carillon = Carillon(folder / "carillon", push(receiver))
    try:
        carillon.start()
        figures = Figures()
        throughput(options, carillon, receiver, figures)
        latency(options, carillon, receiver, figures)
        return {CARILLON: figures}
    finally:
        carillon.close()
        receiver.stop()
        ends.forget_database(carillon)


def throughput(options, carillon, receiver, figures, between=()):
    """`between`: pids of what stands between the two, which belongs to the bench, too."""
    load = ends.Load([carillon.process.pid], receiver.pid, *between)
    fed = ends.feed(options, carillon.port, builds=options.builds, batch=options.batch, connections=options.connections)
    receiver.wait_for(options.builds, 120)
    ends.wait_until_settled(carillon)
    cpu, figures.others, own = load.stop()
    report = receiver.report(fed["sent_ns"])
    figures.rate = options.builds / ((report["last_answered_ns"] - fed["began_ns"]) / 1e9)
    figures.cpu_ms = cpu * 1000 / options.builds
    figures.rss_mb = measure.memory_mb(carillon.process.pid, "VmHWM")
    figures.more["body_bytes"] = report["bytes"] / report["posts"]
    figures.more["bench_cpu_ms"] = own * 1000 / options.builds
    figures.more["refused"] = fed["refused"]


def latency(options, carillon, receiver, figures):
    count = int(options.latency_seconds * ends.LATENCY_RATE)
    load = ends.Load([carillon.process.pid], receiver.pid)
    fed = ends.feed(options, carillon.port, builds=count, first=1_000_000, connections=8, rate=ends.LATENCY_RATE)
    receiver.wait_for(options.builds + count, 60)
    figures.others = max(figures.others, load.stop()[1])
    ends.wait_until_settled(carillon)
    report = receiver.report(fed["sent_ns"])
    taken = ends.latencies_ms(fed["sent_ns"], report["arrived_ns"])
    figures.p50_ms, figures.p99_ms = measure.percentile(taken, 50), measure.percentile(taken, 99)


def _buildbot(options, folder, name):
    client, data = PEERS[name]
    figures = Figures()
    receiver = ends.Receiver(options.programs, folder)
    way = {"port": receiver.port, "http": client, "data": data}
    try:
        load = ends.Load([], receiver.pid)
        told = peers.replay(options, folder, way, first=1, builds=options.peer_builds)
        figures.others = load.stop()[1]  # the replay is a child of the bench
        report = receiver.report(told["sent_ns"])
        figures.rate = told["builds"] / ((told["ended_ns"] - told["began_ns"]) / 1e9)
        figures.cpu_ms = told["cpu_ns"] / 1e6 / told["builds"]
        figures.rss_mb = told["rss_kb"] / 1024
        figures.more["body_bytes"] = report["bytes"] / report["posts"]
        count = int(options.latency_seconds * PEER_LATENCY_RATE)
        load = ends.Load([], receiver.pid)
        told = peers.replay(options, folder, way, first=1_000_000, builds=count, rate=PEER_LATENCY_RATE)
        figures.others = max(figures.others, load.stop()[1])
        report = receiver.report(told["sent_ns"])
        taken = ends.latencies_ms(told["sent_ns"], report["arrived_ns"])
        figures.p50_ms, figures.p99_ms = measure.percentile(taken, 50), measure.percentile(taken, 99)
        return {name: figures}
    finally:
        receiver.stop()


def _limit(options, folder):
    """One build's body, over and over, from wrk to nginx, which reads it and answers 204."""
    body = subprocess.run(
        [options.programs / "bench_feeder", "--print", "--builds", "1"], capture_output=True, text=True, check=True
    ).stdout.strip()
    script = folder / "post.lua"
    script.write_text(
        f"wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body = {json.dumps(body)}\n"
        "function done(summary, latency)\n"
        "  local bad = summary.errors.connect + summary.errors.read + summary.errors.write"
        " + summary.errors.status + summary.errors.timeout\n"
        "  io.stderr:write(string.format('%d %d %d %d %d\\n', summary.requests, summary.duration,"
        " latency:percentile(50), latency:percentile(99), bad))\nend\n"
    )
    with peers.nginx(folder) as server:
        load = ends.Load(server.pids)
        told = peers.wrk(script, server.port, 2 if options.short else 5)
        cpu, others, own = load.stop()
    requests, micros, p50, p99 = told
    figures = Figures(rate=requests / (micros / 1e6), cpu_ms=own * 1000 / requests, others=others)
    figures.p50_ms, figures.p99_ms = p50 / 1000, p99 / 1000  # with 64 of them under way
    figures.more.update(body_bytes=len(body), nginx_cpu_ms=cpu * 1000 / requests)
    return {LIMIT: figures}


def targets(results):
    rate = middle(results, CARILLON, "rate")
    rates = [middle(results, name, "rate") for name, (_, data) in PEERS.items() if data == "database"]
    fastest = max((rate for rate in rates if rate), default=None)
    return [
        at_least("durable deliveries (fsync on) per second", 8000, rate),
        at_least("deliveries per second / Debian's Buildbot HttpStatusPush", 150, times(rate, fastest), "{:.0f} x"),
        at_most("CPU ms per delivery", 0.15, middle(results, CARILLON, "cpu_ms"), "{:.3f}"),
        at_most("ms from event to post at 100/s, p50", 3, middle(results, CARILLON, "p50_ms")),
        at_most("ms from event to post at 100/s, p99", 20, middle(results, CARILLON, "p99_ms")),
    ]
