"""Signed deliveries of GitHub's webhook, from the hook to the answered post, beside the same builds at /ingest; and the
memory that many of them leave behind.
"""

import ends
import measure
from cases import posts
from figures import Figures, at_least, at_most, middle, times

from carillon_test.carillon import Carillon

HOOK = "Hooks: Carillon, GitHub's deliveries, one in a post"
INGEST = "Hooks: the same builds at /ingest, one in a post"
MANY = "Hooks: memory over many of GitHub's deliveries"
RATIOS = [(HOOK, INGEST)]
_WARM_UP = 0.1  # share of them after which memory is read for the first time
CONNECTIONS = 16
SECRET = "bench-hook-secret"
SOURCE = f"sources.GitHub({SECRET!r}, builder='%(workflow)s', max_age='3650d')"


def steps(options):
    return [_hook, _ingest, _many]


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


def _many(options, folder):
    receiver = ends.Receiver(options.programs, folder)
    carillon = Carillon(folder / "carillon", posts.push(receiver), sources=[SOURCE])
    few = int(options.many_hooks * _WARM_UP) // options.builders * options.builders
    fed, peaks = {}, []
    try:
        carillon.start()
        load = ends.Load([carillon.process.pid], receiver.pid)
        for first, count in ((1, few), (1 + few // options.builders, options.many_hooks - few)):
            measure.forget_peak(carillon.process.pid)
            of = ends.feed(
                options, carillon.port, builds=count, first=first, batch=1, connections=CONNECTIONS, hook=SECRET
            )
            fed.update(of["sent_ns"])
            receiver.wait_for(len(fed), 600)
            ends.wait_until_settled(carillon)
            peaks.append(measure.memory_mb(carillon.process.pid, "VmHWM"))
        cpu, others, _ = load.stop()
        receiver.report(fed)
        figures = Figures(cpu_ms=cpu * 1000 / len(fed), rss_mb=peaks[1], others=others)
        figures.more["of_warm"] = peaks[1] / peaks[0]
        return {MANY: figures}
    finally:
        carillon.close()
        receiver.stop()
        ends.forget_database(carillon)


def targets(results):
    ratio = times(middle(results, HOOK, "rate"), middle(results, INGEST, "rate"))
    grown = [run.more["of_warm"] for run in results.get(MANY, [])]
    return [
        at_least("GitHub's deliveries per second / the same builds at /ingest", 0.6, ratio, "{:.2f}"),
        at_most(
            "peak of memory over all of GitHub's deliveries / over the first tenth",
            1.15,
            measure.median(grown) if grown else None,
        ),
    ]
