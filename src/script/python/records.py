"""What methods of the configuration send: written down, so that the program sends it (reporter/common/scripted.hpp)."""

from __future__ import annotations

import contextvars
from typing import Any

from carillon import _waiting
from carillon._places import ConfigurationError
from carillon._types import Data, Function

_records = contextvars.ContextVar("records")  # what the call in progress has sent so far
_OF_A_REPORT = ("body", "type", "subject", "users")


class TryAgain(Exception):
    """What was asked cannot be answered now: the report is worded again later."""


def add(entry: Any) -> None:
    records = _records.get(None)
    if records is None:
        raise ConfigurationError("a reporter sends only while it is told of a build")
    records.append(entry)


def report(report: Data) -> None:
    """A report in other words, which the program sends as it sends its own."""
    add({"report": {name: report.get(name) for name in _OF_A_REPORT}})


async def written_down(method: Function, argument: str) -> Any:
    """What the method sends, as entries for the program."""
    records = []
    _records.set(records)
    try:
        await _waiting.settle(method(argument))
    except TryAgain as error:
        return {"again": str(error)}
    return records
