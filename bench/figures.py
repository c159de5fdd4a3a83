"""What a run yields, and what was to be reached."""

import dataclasses

import measure


class WrongResult(Exception):
    """A report is missing, doubled or unreadable, or a program failed."""


@dataclasses.dataclass
class Figures:
    """Of one run; None: does not apply."""

    rate: float | None = None  # per second
    cpu_ms: float | None = None  # of the program that is measured, per report (or mail, build, post)
    rss_mb: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    others: float | None = None  # share of the machine that something else used meanwhile
    more: dict = dataclasses.field(default_factory=dict)  # further figures, for --json and notes


@dataclasses.dataclass
class NotMeasured:
    """Instead of Figures."""

    why: str


@dataclasses.dataclass
class Target:
    what: str
    goal: str
    measured: str | None = None  # None: not measured
    reached: bool | None = None


def middle(results, row, field):
    """The median of all rounds, or None where the row was not measured."""
    values = [getattr(run, field) for run in results.get(row, [])]
    values = [value for value in values if value is not None]
    return measure.median(values) if values else None


def at_least(what, least, value, form="{:,.0f}"):
    if value is None:
        return Target(what, "at least " + form.format(least))
    return Target(what, "at least " + form.format(least), form.format(value), value >= least)


def at_most(what, most, value, form="{:.2f}"):
    if value is None:
        return Target(what, "at most " + form.format(most))
    return Target(what, "at most " + form.format(most), form.format(value), value <= most)


def times(ours, theirs):
    return None if ours is None or not theirs else ours / theirs
