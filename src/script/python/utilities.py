"""What buildbot.util offers, as far as callbacks of reporters use it."""

from __future__ import annotations

import datetime
import functools
import re
import sys
import time
from collections import namedtuple
from collections.abc import Iterable
from typing import Any

from carillon import _renderables, _times, _waiting
from carillon._types import Function, Promise


def bytes2unicode(text: Any, encoding: str = "utf-8", errors: str = "strict") -> Any:
    return text.decode(encoding, errors) if isinstance(text, bytes) else text


def unicode2bytes(text: Any, encoding: str = "utf-8", errors: str = "strict") -> Any:
    return text.encode(encoding, errors) if isinstance(text, str) else text


def datetime2epoch(moment: datetime.datetime | None) -> int | None:
    return None if moment is None else _times.seconds_of(moment)


def epoch2datetime(epoch: float | None) -> Any:
    return None if epoch is None else _times.of_seconds(epoch)


def naturalSort(texts: Iterable[str]) -> list[str]:
    def key(text: str) -> list[Any]:
        return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", text)]

    return sorted(texts, key=key)


def makeList(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return list(value)
    return [value] if value else []


def string2boolean(text: str | bytes) -> bool:
    word = bytes2unicode(text).lower()
    if word in ("on", "true", "yes", "1"):
        return True
    if word in ("off", "false", "no", "0"):
        return False
    raise KeyError(text)


NAMES = {
    "flatten": _renderables.flatten,
    "bytes2unicode": bytes2unicode,
    "unicode2bytes": unicode2bytes,
    "datetime2epoch": datetime2epoch,
    "epoch2datetime": epoch2datetime,
    "toJson": _times.to_json,
    "naturalSort": naturalSort,
    "makeList": makeList,
    "string2boolean": string2boolean,
    "none_or_str": lambda value: None if value is None else str(value),
    "join_list": lambda value: " ".join(value) if isinstance(value, (list, tuple)) else value,
    "UTC": datetime.UTC,
    "now": lambda _reactor=None: time.time(),
    "ComparableMixin": type("ComparableMixin", (), {"compare_attrs": ()}),
}


class Logger:
    """Twisted's: a text with {names}, which keyword arguments fill. What it says is printed."""

    def __init__(self, namespace: Any = None, source: str | None = None, observer: Any = None) -> None:
        self.namespace = namespace

    def emit(self, level: Any, format: str | None = None, **kwargs: Any) -> None:
        text = str(format or "")
        try:
            text = text.format(**kwargs)
        except (LookupError, ValueError, AttributeError):
            pass  # as it is
        print(text, file=sys.stderr)

    def failure(self, format: str, failure: Any = None, level: Any = None, **kwargs: Any) -> None:
        error = getattr(failure, "value", failure) or sys.exc_info()[1]
        self.emit(level, f"{format}: {str(error).replace('{', '{{').replace('}', '}}')}", **kwargs)

    def debug(self, format: str | None = None, **kwargs: Any) -> None:
        pass

    def info(self, format: str | None = None, **kwargs: Any) -> None:
        self.emit("info", format, **kwargs)

    warn = warning = error = critical = info


GitUrl = namedtuple("GitUrl", "proto user domain port owner repo")
_WITH_SCHEME = re.compile(
    r"(?P<proto>[\w+.-]+)://(?:(?P<user>[^@/]+)@)?(?P<domain>[^/:@]+)(?::(?P<port>\d+))?/(?P<path>.+)"
)
_LIKE_SCP = re.compile(r"(?:(?P<user>[^@/]+)@)?(?P<domain>[^/:@]+):(?:(?P<port>\d+)/)?(?P<path>.+)")


def giturlparse(url: str) -> GitUrl | None:
    """The parts of a repository's address, or None when it does not look like one."""
    match = _WITH_SCHEME.fullmatch(url) or _LIKE_SCP.fullmatch(url)
    if match is None:
        return None
    path = match["path"].strip("/")
    owner, _, repo = path.removesuffix(".git").rpartition("/")
    if not repo:
        return None
    proto = match.groupdict().get("proto") or "ssh"
    port = int(match["port"]) if match["port"] else None
    return GitUrl(proto, match["user"], match["domain"], port, owner or None, repo)


NAMES["giturlparse"] = giturlparse


def async_to_deferred(function: Function) -> Function:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Promise:
        return _waiting.promise(function(*args, **kwargs))

    return wrapper
