"""Signed deliveries of GitHub's webhook, from the hook to the answered post, beside the same builds at /ingest."""

import ends
import measure
from cases import posts
from figures import Figures, at_least, middle, times

from carillon_test.carillon import Carillon

HOOK = "Hooks: Carillon, GitHub's deliveries, one in a post"
INGEST = "Hooks: the same builds at /ingest, one in a post"
RATIOS = [(HOOK, INGEST)]
CONNECTIONS = 16
SECRET = "bench-hook-secret"
SOURCE = f"sources.GitHub({SECRET!r}, builder='%(workflow)s', max_age='3650d')"


def steps(options):
    return [_hook, _ingest]


def _hook(options, folder):
    return {HOOK: _run(options, folder, {"hook": SECRET}, [SOURCE])}


def _ingest(options, folder):
    return {INGEST: _run(options, folder, {}, None)}


def _run(options, folder, how, sources):
    receiver = ends.Receiver(options.programs, folder)
    carillon = Carillon(folder / "carillon", posts.push(receiver), sources=sources)
    try:
        carillon.start()
        figures = Figures()
        load = ends.Load([carillon.process.pid], receiver.pid)
        fed = ends.feed(options, carillon.port, builds=options.builds, batch=1, connections=CONNECTIONS, **how)
        receiver.wait_for(options.builds, 300)
        ends.wait_until_settled(carillon)
        cpu, figures.others, own = load.stop()
        report = receiver.report(fed["sent_ns"])
        figures.rate = options.builds / ((report["last_answered_ns"] - fed["began_ns"]) / 1e9)
        figures.cpu_ms = cpu * 1000 / options.builds
        figures.rss_mb = measure.memory_mb(carillon.process.pid, "VmHWM")
        figures.more["bench_cpu_ms"] = own * 1000 / options.builds
        figures.more["refused"] = fed["refused"]
        return figures
    finally:
        carillon.close()
        receiver.stop()
        ends.forget_database(carillon)


def targets(results):
    ratio = times(middle(results, HOOK, "rate"), middle(results, INGEST, "rate"))
    return [at_least("GitHub's deliveries per second / the same builds at /ingest", 0.6, ratio, "{:.2f}")]
