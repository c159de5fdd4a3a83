"""The build master as callbacks see it: `master.data.get(...)` and a few settings."""

import contextvars
import datetime
import itertools
import urllib.parse

from carillon import _times, _waiting
from carillon._places import ConfigurationError

current = contextvars.ContextVar("master")  # the MasterProxy of the call in progress
ask = None  # function (number, master, path), set once at the start
_numbers = itertools.count(1)
_waiters = {}


class DataError(Exception):
    """The master did not answer."""


class Filter:
    """buildbot.data.resultspec.Filter"""

    def __init__(self, field, op, values):
        self.field, self.op, self.values = field, op, values


def _text(part):
    if isinstance(part, datetime.datetime):
        part = _times.seconds_of(part)
    return part.decode() if isinstance(part, bytes) else str(part)


def _query(filters, fields, order, limit, offset):
    pairs = []
    for one in filters or ():
        pairs += [("%s__%s" % (one.field, one.op), _text(value)) for value in one.values]
    pairs += [("field", name) for name in fields or ()]
    pairs += [("order", name) for name in ([order] if isinstance(order, str) else order or ())]
    if limit is not None:
        pairs.append(("limit", limit))
    if offset is not None:
        pairs.append(("offset", offset))
    return "?" + urllib.parse.urlencode(pairs) if pairs else ""


class DataProxy:
    def __init__(self, name):
        self._name = name

    def get(self, path, filters=None, fields=None, order=None, limit=None, offset=None):
        """A Deferred, which can be awaited as well."""
        parts = path.strip("/").split("/") if isinstance(path, str) else [_text(part) for part in path]
        quoted = "/".join(urllib.parse.quote(part, safe="") for part in parts)
        return _waiting.promise(self._get(quoted + _query(filters, fields, order, limit, offset)))

    async def _get(self, path):
        number = next(_numbers)
        future = _waiters[number] = _waiting.loop.create_future()
        try:
            ask(number, self._name, path)
            return _times.give(await future)
        finally:
            _waiters.pop(number, None)

    def control(self, *args, **kwargs):
        raise DataError("a reporter's callback can read from the master, not control it")

    updates = property(control)


def answered(number, good, value):
    future = _waiters.pop(number, None)
    if future is None or future.done():
        return
    if good:
        future.set_result(value)
    else:
        future.set_exception(DataError(value))


class Config:
    """What callbacks read as master.config."""

    def __init__(self, session):
        self._session = session

    @property
    def title(self):
        return self._session.title

    @property
    def titleURL(self):
        return self._session.title_url

    @property
    def buildbotURL(self):
        return self._session.buildbot_url


class MasterProxy:
    def __init__(self, name, session):
        self.name = name
        self.data = DataProxy(name)
        self.config = Config(session)
        self.httpservice = None  # HTTPSession(master.httpservice, ...) needs none

    def __repr__(self):
        return "<master %s>" % self.name

    def __getattr__(self, name):
        raise AttributeError("the master has no '%s' here; there are data.get(...), config and name" % name)


def get_current():
    found = current.get(None)
    if found is None:
        raise ConfigurationError("self.master is there only while a build is being reported")
    return found
