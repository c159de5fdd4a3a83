#!/usr/bin/python3
"""Carillon beside its peers on the same work; see doc/performance.md. Run by scripts/bench."""

import argparse
import dataclasses
import datetime
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

_TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(_TOP / "test" / "support"))

import ends  # noqa: E402
import measure  # noqa: E402
import table  # noqa: E402
from cases import alertmanager, catch_up, dashboard, hooks, log, mail, master, nodes, posts, services, stored, tls  # noqa: E402
from figures import Figures, NotMeasured, WrongResult, middle  # noqa: E402

QUIET = 0.10  # others' share of the CPUs above which figures tell more about the others
CASES = {
    "posts": posts,
    "tls": tls,
    "hooks": hooks,
    "catch_up": catch_up,
    "alertmanager": alertmanager,
    "mail": mail,
    "services": services,
    "stored": stored,
    "nodes": nodes,
    "dashboard": dashboard,
    "log": log,
    "master": master,
}
_DEFAULTS = {  # option: (value, value with --short, help)
    "rounds": (3, 1, "of everything"),
    "builds": (30000, 10000, "in a run of Carillon's HttpStatusPush"),
    "latency_seconds": (20.0, 6.0, "of a latency run"),
    "peer_builds": (500, 200, "that Buildbot's HttpStatusPush reports"),
    "alerts": (20000, 5000, "that Alertmanager posts one by one; twice as many in groups"),
    "mails": (20000, 6000, "in a run of Carillon's MailNotifier"),
    "sample_mails": (1000, 500, "of another run, that are read"),
    "peer_mails": (100, 40, "that Buildbot's MailNotifier sends"),
    "stored_builds": (10000, 2500, "in one block of those with builds stored"),
    "stored_blocks": (4, 2, "of each of both"),
    "dashboard_blocks": (5, 1, "of posts with pages beside, each between two of posts alone"),
    "log_mb": (log.GOAL_MB, log.SHORT_MB, "MB of the log that is attached to a mail"),
    "observed_builds": (80, 40, "that a Buildbot master builds in one observed run"),
    "observed_runs": (2, 1, "of them"),
    "many_hooks": (200000, 40000, "deliveries over which hooks' memory is to stay flat"),
    "caught_up": (10000, 2000, "runs that only GitHub's API knows, in a run of catching up"),
    "service_builds": (10000, 3000, "that are reported to eight services"),
}


def _options():
    parser = argparse.ArgumentParser(
        description="Measures Carillon and its peers on the same work. Exit code 1: a report was lost or doubled, "
        "or a program failed; slowness is no error."
    )
    parser.add_argument("--short", action="store_true", help="one round, fewer builds: under 3 minutes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures of every round there")
    parser.add_argument("--only", action="append", choices=CASES, help="this case; may be given several times")
    parser.add_argument("--no-peer", dest="peers", action="store_false", help="no Buildbot and no Alertmanager")
    parser.add_argument("--builders", type=int, default=50, help="that the builds belong to (default 50)")
    parser.add_argument("--batch", type=int, default=100, help="builds in one post to /ingest (default 100)")
    parser.add_argument("--connections", type=int, default=4, help="of the feeder (default 4)")
    for name, (full, short, text) in _DEFAULTS.items():
        parser.add_argument(
            "--" + name.replace("_", "-"), type=type(full), metavar="N", help=f"{text} (default {full}; short {short})"
        )
    parser.add_argument(
        "--folder",
        type=Path,
        default=_TOP / "build" / "bench",
        help="on a real disk; the databases go there (default build/bench)",
    )
    parser.add_argument("--programs", type=Path, default=_TOP / "build" / "release", help=argparse.SUPPRESS)
    options = parser.parse_args()
    for name, (full, short, _) in _DEFAULTS.items():
        if getattr(options, name) is None:
            setattr(options, name, short if options.short else full)
    options.programs, options.folder = options.programs.resolve(), options.folder.resolve()
    options.only = [name for name in CASES if not options.only or name in options.only]
    return options


def _told(name, run):
    if isinstance(run, NotMeasured):
        return f"{name}: not measured: {run.why}"
    forms = (
        ("{:,.0f}/s", "rate"),
        ("{:.3f} ms CPU", "cpu_ms"),
        ("{:.0f} MB", "rss_mb"),
        ("p50 {:.2f} ms", "p50_ms"),
        ("p99 {:.2f} ms", "p99_ms"),
        ("others used {:.0%} of the CPUs", "others"),
    )
    values = ((form, getattr(run, field)) for form, field in forms)
    return f"{name}: " + ", ".join(form.format(value) for form, value in values if value is not None)


def _measure(options):
    """({row: [Figures]}, {row: why it was not measured}, [row])"""
    results, skipped, order = {}, {}, {}
    for number in range(1, options.rounds + 1):
        for case in options.only:
            for step in CASES[case].steps(options):
                place = Path(tempfile.mkdtemp(prefix="run-", dir=options.folder))
                for name, run in step(options, place).items():
                    print(f"round {number}: {_told(name, run)}", file=sys.stderr)
                    order[name] = None
                    if isinstance(run, Figures):
                        results.setdefault(name, []).append(run)
                    else:
                        skipped[name] = run.why
                shutil.rmtree(place)
    return results, skipped, list(order)


def _about(folder):
    return {
        "date": datetime.date.today().isoformat(),
        "machine": measure.machine(),
        "filesystem": measure.filesystem(folder),
        "fsync_ms": round(measure.fsync_ms(folder), 2),
        "load": os.getloadavg()[0],
    }


def _print(options, about, results, skipped, order, goals):
    ratios = [pair for case in options.only for pair in CASES[case].RATIOS]
    print(
        f"\n{about['date']}; {about['machine']}; {about['filesystem']}, fsync {about['fsync_ms']} ms; "
        f"{options.rounds} round{'s' if options.rounds > 1 else ''}{' (short)' if options.short else ''}; "
        "nothing missing, nothing doubled"
    )
    sizes = [
        f"{name} {run[0].more['body_bytes'] / 1000:.1f}" for name, run in results.items() if "body_bytes" in run[0].more
    ]
    if sizes:
        print(f"KB a report: {', '.join(sizes)}")
    print(f"p50 and p99 of posts at {ends.LATENCY_RATE}/s (Buildbot: {posts.PEER_LATENCY_RATE}/s)\n")
    print("\n".join(table.lines(results, skipped, ratios, order)) + "\n")
    print("\n".join(table.targets(goals)))
    if max((middle(results, name, "others") or 0 for name in results), default=0) > QUIET:
        print(f"\nThe machine was busy with other work (more than {QUIET:.0%}): run this again when it is quiet.")


def main():
    options = _options()
    os.environ["CARILLON_BIN"] = str(options.programs / "carillon")
    options.folder.mkdir(parents=True, exist_ok=True)
    kind = measure.filesystem(options.folder)
    if kind in ("tmpfs", "ramfs"):
        sys.exit(f"bench: {options.folder} is on {kind}; give --folder on a real disk")
    about = _about(options.folder)
    print(f"{about['machine']}; {kind}, fsync {about['fsync_ms']} ms; load {about['load']:.1f}", file=sys.stderr)
    try:
        results, skipped, order = _measure(options)
    except (WrongResult, AssertionError) as error:
        print(f"bench: WRONG: {error}", file=sys.stderr)
        print(f"the files of the failed run are in {options.folder}", file=sys.stderr)
        return 1
    goals = [goal for case in options.only for goal in CASES[case].targets(results)]
    if options.json:
        options.json.write_text(
            json.dumps(
                {
                    **about,
                    "options": {name: getattr(options, name) for name in ["short", "builders", "batch", *_DEFAULTS]},
                    "runs": {name: [dataclasses.asdict(run) for run in of] for name, of in results.items()},
                    "not_measured": skipped,
                    "targets": [dataclasses.asdict(goal) for goal in goals],
                },
                indent=1,
            )
            + "\n",
            encoding="utf-8",
        )
    _print(options, about, results, skipped, order, goals)
    return 0


if __name__ == "__main__":
    sys.exit(main())
