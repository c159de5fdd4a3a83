"""What buildbot.util offers, as far as callbacks of reporters use it."""

import datetime
import functools
import re
import sys
import time
from collections import namedtuple

from carillon import _renderables, _times, _waiting


def bytes2unicode(text, encoding="utf-8", errors="strict"):
    return text.decode(encoding, errors) if isinstance(text, bytes) else text


def unicode2bytes(text, encoding="utf-8", errors="strict"):
    return text.encode(encoding, errors) if isinstance(text, str) else text


def datetime2epoch(moment):
    return None if moment is None else _times.seconds_of(moment)


def epoch2datetime(epoch):
    return None if epoch is None else _times.of_seconds(epoch)


def naturalSort(texts):
    def key(text):
        return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", text)]

    return sorted(texts, key=key)


def makeList(value):
    if isinstance(value, (list, tuple)):
        return list(value)
    return [value] if value else []


def string2boolean(text):
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
    "UTC": datetime.timezone.utc,
    "now": lambda _reactor=None: time.time(),
    "ComparableMixin": type("ComparableMixin", (), {"compare_attrs": ()}),
}


class Logger:
    """Twisted's: a text with {names}, which keyword arguments fill. What it says is printed."""

    def __init__(self, namespace=None, source=None, observer=None):
        self.namespace = namespace

    def emit(self, level, format=None, **kwargs):
        text = str(format or "")
        try:
            text = text.format(**kwargs)
        except (LookupError, ValueError, AttributeError):
            pass  # as it is
        print(text, file=sys.stderr)

    def failure(self, format, failure=None, level=None, **kwargs):
        error = getattr(failure, "value", failure) or sys.exc_info()[1]
        self.emit(level, "%s: %s" % (format, str(error).replace("{", "{{").replace("}", "}}")), **kwargs)

    def debug(self, format=None, **kwargs):
        pass

    def info(self, format=None, **kwargs):
        self.emit("info", format, **kwargs)

    warn = warning = error = critical = info


GitUrl = namedtuple("GitUrl", "proto user domain port owner repo")
_WITH_SCHEME = re.compile(
    r"(?P<proto>[\w+.-]+)://(?:(?P<user>[^@/]+)@)?(?P<domain>[^/:@]+)(?::(?P<port>\d+))?/(?P<path>.+)"
)
_LIKE_SCP = re.compile(r"(?:(?P<user>[^@/]+)@)?(?P<domain>[^/:@]+):(?:(?P<port>\d+)/)?(?P<path>.+)")


def giturlparse(url):
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


def async_to_deferred(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return _waiting.promise(function(*args, **kwargs))

    return wrapper
