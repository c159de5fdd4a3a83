"""The build master as callbacks see it: `master.data.get(...)` and a few settings."""

from __future__ import annotations

import contextvars
import datetime
import itertools
import urllib.parse
from typing import TYPE_CHECKING, Any, NoReturn

from carillon import _times, _waiting
from carillon._places import ConfigurationError
from carillon._types import Promise

if TYPE_CHECKING:
    from carillon._session import Session

current = contextvars.ContextVar("master")  # the MasterProxy of the call in progress
ask = None  # function (number, master, path), set once at the start
_numbers = itertools.count(1)
_waiters = {}


class DataError(Exception):
    """The master did not answer."""


class Filter:
    """buildbot.data.resultspec.Filter"""

    def __init__(self, field: str, op: str, values: Any) -> None:
        self.field, self.op, self.values = field, op, values


def _text(part: Any) -> str:
    if isinstance(part, datetime.datetime):
        part = _times.seconds_of(part)
    return part.decode() if isinstance(part, bytes) else str(part)


def _query(
    filters: list[Filter] | None,
    fields: list[str] | None,
    order: str | list[str] | None,
    limit: int | None,
    offset: int | None,
) -> str:
    pairs = []
    for one in filters or ():
        pairs += [(f"{one.field}__{one.op}", _text(value)) for value in one.values]
    pairs += [("field", name) for name in fields or ()]
    pairs += [("order", name) for name in ([order] if isinstance(order, str) else order or ())]
    if limit is not None:
        pairs.append(("limit", limit))
    if offset is not None:
        pairs.append(("offset", offset))
    return "?" + urllib.parse.urlencode(pairs) if pairs else ""


class DataProxy:
    def __init__(self, name: str) -> None:
        self._name = name

    def get(
        self,
        path: Any,
        filters: list[Filter] | None = None,
        fields: list[str] | None = None,
        order: str | list[str] | None = None,
        limit: int | None = None,
        offset: int | None = None,
    ) -> Promise:
        """A Deferred, which can be awaited as well."""
        parts = path.strip("/").split("/") if isinstance(path, str) else [_text(part) for part in path]
        quoted = "/".join(urllib.parse.quote(part, safe="") for part in parts)
        return _waiting.promise(self._get(quoted + _query(filters, fields, order, limit, offset)))

    async def _get(self, path: Any) -> Any:
        number = next(_numbers)
        future = _waiters[number] = _waiting.loop.create_future()
        try:
            ask(number, self._name, path)
            return _times.give(await future)
        finally:
            _waiters.pop(number, None)

    def control(self, *args: Any, **kwargs: Any) -> Any:
        raise DataError("a reporter's callback can read from the master, not control it")

    updates = property(control)


def answered(number: int, good: bool, value: Any) -> None:
    future = _waiters.pop(number, None)
    if future is None or future.done():
        return
    if good:
        future.set_result(value)
    else:
        future.set_exception(DataError(value))


class Config:
    """What callbacks read as master.config."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def title(self) -> str:
        return self._session.title

    @property
    def titleURL(self) -> str:
        return self._session.title_url

    @property
    def buildbotURL(self) -> str:
        return self._session.buildbot_url


class MasterProxy:
    def __init__(self, name: str, session: Session) -> None:
        self.name = name
        self.data = DataProxy(name)
        self.config = Config(session)
        self.httpservice = None  # HTTPSession(master.httpservice, ...) needs none

    def __repr__(self) -> str:
        return f"<master {self.name}>"

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"the master has no '{name}' here; there are data.get(...), config and name")


def get_current() -> MasterProxy:
    found = current.get(None)
    if found is None:
        raise ConfigurationError("self.master is there only while a build is being reported")
    return found
