"""Alertmanager's webhook, each build one alert: one in a post, and 50 in a post.

An alert says as much of the build as HttpStatusPush: in an annotation. In a post about one alert Alertmanager says it
twice, as the alert's and as that of the group.
"""

import ends
import measure
import peers
from cases import posts
from figures import Figures, at_least, middle, times

SINGLE = "Posts: Alertmanager webhook, 1 alert a post"
BATCH = "Posts: Alertmanager webhook, 50 alerts a post"
RATIOS = [(posts.CARILLON, SINGLE), (posts.CARILLON, BATCH)]
_GROUP = 50
# A group of 50 is given time to gather, so that nothing of it is left for the next interval. It is taken off the time
# of the run, in favour of Alertmanager: it takes alerts meanwhile.
_GATHER_MS = 500

_CONFIGURATION = """\
route:
  receiver: bench
  group_by: [{group_by}]
  group_wait: {wait}
  group_interval: 1h
  repeat_interval: 24h
receivers:
- name: bench
  webhook_configs:
  - url: {url}alerts
    send_resolved: false
"""


def steps(options):
    return [_single, _batch] if options.peers else []


def _single(options, folder):
    return {SINGLE: _run(options, folder, "'build'", wait_ms=0, latency=True)}


def _batch(options, folder):
    return {BATCH: _run(options, folder, "'batch'", wait_ms=_GATHER_MS, latency=False)}


def _run(options, folder, group_by, *, wait_ms, latency):
    """Rates are of alerts; the run is over when the last of them came."""
    receiver = ends.Receiver(options.programs, folder)
    text = _CONFIGURATION.format(group_by=group_by, wait=f"{wait_ms}ms", url=receiver.url)
    count = options.alerts * (1 if latency else 2)
    try:
        with peers.alertmanager(folder, text) as server:
            load = ends.Load(server.pids, receiver.pid)
            fed = _feed(options, server.port, builds=count, batch=_GROUP, connections=options.connections)
            receiver.wait_for_builds(count, 120)
            cpu, others, _ = load.stop()
            report = receiver.report(fed["sent_ns"])
            seconds = (report["last_answered_ns"] - fed["began_ns"]) / 1e9 - wait_ms / 1000
            figures = Figures(rate=count / seconds, cpu_ms=cpu * 1000 / count, others=others)
            figures.rss_mb = measure.memory_mb(server.process.pid, "VmHWM")
            figures.more.update(body_bytes=report["bytes"] / report["posts"], posts=report["posts"])
            if latency:
                _latency(options, server, receiver, figures)
            return figures
    finally:
        receiver.stop()


def _feed(options, port, **arguments):
    return ends.feed(options, port, alerts=True, **arguments)


def _latency(options, server, receiver, figures):
    count = int(options.latency_seconds * ends.LATENCY_RATE)
    fed = _feed(options, server.port, builds=count, first=1_000_000, connections=8, rate=ends.LATENCY_RATE)
    receiver.wait_for_builds(options.alerts + count, 60)
    report = receiver.report(fed["sent_ns"])
    taken = ends.latencies_ms(fed["sent_ns"], report["arrived_ns"])
    figures.p50_ms, figures.p99_ms = measure.percentile(taken, 50), measure.percentile(taken, 99)


def targets(results):
    ratio = times(middle(results, posts.CARILLON, "rate"), middle(results, BATCH, "rate"))
    return [at_least("deliveries per second / Alertmanager's webhook, 50 alerts a post", 2, ratio, "{:.1f} x")]
