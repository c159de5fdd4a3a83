"""Times as callbacks see them: datetimes with a zone wherever Buildbot's data API has them; JSON has seconds."""

from __future__ import annotations

import datetime
from typing import Any

# A buildset's times are seconds there, too, as `when_timestamp` of a change is.
_TIMES = ("started_at", "complete_at", "submitted_at", "claimed_at", "created_at", "last_active")
_PARTS = (
    "build builds buildrequest buildset changes master parentbuild prev_build sourcestamp sourcestamps steps"
).split()


def of_seconds(seconds: float) -> Any:
    """What is no time of the calendar stays a number."""
    try:
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    except (OverflowError, ValueError, OSError):
        return seconds


def seconds_of(moment: datetime.datetime) -> int:
    return int(moment.timestamp())


def give(value: Any, name: str = "") -> Any:
    """The value with its times as datetimes; it is changed in place. name: of the member that it is."""
    if type(value) is list:
        for one in value:
            give(one, name)
    elif type(value) is dict:
        if name != "buildset" and "bsid" not in value:
            for time in _TIMES:
                if type(value.get(time)) in (int, float):
                    value[time] = of_seconds(value[time])
        for part in _PARTS:
            if part in value:
                give(value[part], part)
    return value


def to_json(value: Any) -> int:
    """For json.dumps(..., default=to_json). Raises TypeError for what is no JSON: Buildbot would send null."""
    if isinstance(value, datetime.datetime):
        return seconds_of(value)
    raise TypeError(f"an object of type {type(value).__name__} cannot be sent as JSON")
