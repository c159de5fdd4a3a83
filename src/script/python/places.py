"""Which files are the user's, and where in them something happened."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from typing import Any

from carillon._types import Function

_folders = {}  # folder of a configuration -> how the user names it
_files = set()  # configuration files
_templates = set()  # names of compiled templates
hide = None  # what takes secrets out of a text; set by the session
_libraries = tuple(
    os.path.join(folder, "")
    for folder in {
        sysconfig.get_paths()["stdlib"],
        sysconfig.get_paths()["purelib"],
        "/usr/lib/python3/",
        *site.getsitepackages(),
    }
)


class ConfigurationError(Exception):
    """A mistake in the configuration. Its text is complete but for the place."""

    def __init__(self, text: str, where: str | None = None) -> None:
        super().__init__(text)
        self.where = where if where is not None else here()


class Mistakes(ConfigurationError):
    """Several of them. Every one is told."""

    def __init__(self) -> None:
        super().__init__("several mistakes", "")
        self.mistakes = []

    def gather(self, step: Function, *args: Any) -> Any:
        """What the step returns; None when it finds a mistake, which is kept."""
        try:
            return step(*args)
        except ConfigurationError as error:
            self.mistakes += error.mistakes if isinstance(error, Mistakes) else [error]
        return None

    def raise_if_any(self) -> None:
        if self.mistakes:
            raise self if len(self.mistakes) > 1 else self.mistakes[0]


class Interrupted(BaseException):
    """Raised inside of a callback that takes too long; no Exception, so that it is seldom swallowed."""


def add_configuration(path: str, shown: str) -> None:
    _files.add(path)
    _folders[os.path.dirname(path)] = os.path.dirname(shown)


def add_template(name: str) -> None:
    _templates.add(name)


def is_users(filename: str) -> bool:
    if filename in _files or filename in _templates:
        return True
    if filename.startswith("<") or filename.startswith(_libraries):
        return False
    return any(filename.startswith(os.path.join(folder, "")) for folder in _folders)


def show(filename: str) -> str:
    """The file as the user would name it."""
    if filename in _templates:
        return filename
    for folder, shown in _folders.items():
        if filename.startswith(os.path.join(folder, "")):
            return os.path.join(shown, os.path.relpath(filename, folder))
    return filename


def here() -> str:
    """FILE:LINE of the innermost frame in a file of the user's; empty when there is none."""
    frame = sys._getframe(1)
    while frame is not None:
        if is_users(frame.f_code.co_filename):
            return f"{show(frame.f_code.co_filename)}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def of_code(value: Any) -> str:
    """FILE:LINE of a function's definition; empty when it has none."""
    value = getattr(value, "__wrapped__", value)
    value = getattr(value, "__func__", value)
    code = getattr(value, "__code__", None)
    if code is None:
        return ""
    return f"{show(code.co_filename)}:{code.co_firstlineno}"


def of_class(cls: Any) -> str:
    """FILE:LINE of the first method of the user's class; empty when it is not theirs."""
    places = [of_code(item) for item in vars(cls).values() if getattr(item, "__code__", None) is not None]
    return next((place for place in places if not place.startswith("<")), "")


def of_error(error: BaseException) -> str:
    """FILE:LINE where the error came up: the innermost frame of the user's."""
    found = ""
    trace = getattr(error, "_carillon_trace", None) or error.__traceback__
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if is_users(filename):
            found = f"{show(filename)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def masked(text: str) -> str:
    """Without the texts of secrets."""
    return hide(text) if hide is not None else text


def one_line(text: Any) -> str:
    return " ".join(str(text).split())


def describe(error: BaseException, otherwise: str = "") -> str:
    """For the operator: FILE:LINE: Error: text, on one line, or one line each of several mistakes. `otherwise`: the
    place when the traceback has none."""
    if isinstance(error, Mistakes):
        return "\n".join(describe(one, otherwise) for one in error.mistakes)
    if isinstance(error, ConfigurationError):
        where = error.where or of_error(error) or otherwise
        return _join(where, one_line(masked(str(error))))
    if isinstance(error, SyntaxError) and error.filename:
        return f"{show(error.filename)}:{error.lineno or 1}: {type(error).__name__}: {one_line(error.msg)}"
    where = of_error(error) or otherwise
    if isinstance(error, SystemExit):
        return _join(where, f"it calls sys.exit({'' if error.code is None else repr(error.code)})")
    try:
        text = one_line(masked(str(error)))
    except Exception:
        text = ""
    name = type(error).__name__
    return _join(where, f"{name}: {text}" if text else name)


def _join(where: str, text: str) -> str:
    return f"{where}: {text}" if where else text
