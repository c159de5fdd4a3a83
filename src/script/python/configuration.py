"""Runs a configuration file and collects what it says."""

from __future__ import annotations

import ast
import importlib
import os
import sys
import types
from typing import TYPE_CHECKING, Any, NoReturn

from carillon import (
    _export,
    _generators,
    _keys,
    _names,
    _overrides,
    _places,
    _reporters,
    _scripted,
    _secrets,
    _session,
    _standins,
)
from carillon._places import ConfigurationError
from carillon._types import Data

if TYPE_CHECKING:
    from carillon._session import Session

MODULE = "carillon_configuration"
own_folder = False  # whether this thread may change the current folder
_started_in = os.path.abspath("")
_late_folder = None  # on sys.path behind everything else, for imports inside of callbacks


class LoadFailed(Exception):
    pass


def load(shown: str, time_limit_text: str) -> Data:
    path = os.path.normpath(os.path.join(_started_in, shown))
    _places.add_configuration(path, shown)
    session = _session.Session(path, shown)
    previous = _session.activate(session)
    kept = _take_out_user_modules()
    importlib.invalidate_caches()
    _set_late_folder(None)
    sys.path.insert(0, session.folder)
    _enter(session.folder)
    try:
        return _collect(session, *_run(path, shown))
    except BaseException as error:
        if isinstance(error, _places.Interrupted):
            text = f"{_places.of_error(error) or shown}: the configuration takes longer than {time_limit_text}"
        else:
            text = _places.describe(error, shown)
        _take_out_user_modules()
        sys.modules.update(kept)
        _session.activate(previous)
        _enter(previous.folder if previous is not None else _started_in)
        raise LoadFailed(text) from None
    finally:
        sys.path.remove(session.folder)
        _set_late_folder(_session.active().folder)


def _enter(folder: str) -> None:
    """Buildbot runs in its base directory; relative paths in a configuration rely on that."""
    if own_folder and os.path.isdir(folder):
        os.chdir(folder)


def _set_late_folder(folder: str | None) -> None:
    global _late_folder
    if _late_folder in sys.path:
        sys.path.remove(_late_folder)
    _late_folder = folder
    if folder is not None and folder not in sys.path:
        sys.path.append(folder)


def _take_out_user_modules() -> dict[str, types.ModuleType]:
    """So that a changed module is read again. Returns them, to be put back when the new configuration is bad."""
    names = [
        name
        for name, module in list(sys.modules.items())
        if name == MODULE or _places.is_users(getattr(module, "__file__", None) or "<none>")
    ]
    return {name: sys.modules.pop(name) for name in names}


class _Module(types.ModuleType):
    """The file's module. It has a `__file__` for the file itself only: whoever reloads modules leaves it alone."""

    @property
    def __file__(self) -> NoReturn:
        raise AttributeError("__file__")


def _run(path: str, shown: str) -> tuple[Data, dict[Any, str]]:
    try:
        with open(path, "rb") as source:
            text = source.read()
    except OSError as error:
        raise ConfigurationError(f"cannot read it: {error.strerror}", shown) from None
    try:
        tree = ast.parse(text, path)
        code = compile(tree, path, "exec", dont_inherit=True)
    except ValueError as error:
        raise ConfigurationError(f"not a Python file: {error}", shown) from None
    module = _Module(MODULE)
    module.__dict__["__file__"] = path
    module.basedir = os.path.dirname(path)
    module.__builtins__ = _names.Builtins()
    sys.modules[MODULE] = module
    exec(code, module.__dict__)
    found = module.__dict__.get("BuildmasterConfig", module.__dict__.get("c"))
    if found is None:
        raise ConfigurationError("it sets no BuildmasterConfig; begin with `c = BuildmasterConfig = {}`", shown)
    if not isinstance(found, dict):
        raise ConfigurationError(f"BuildmasterConfig must be a dictionary, not {type(found).__name__}", shown)
    return found, _key_places(tree, shown)


def _key_places(tree: ast.AST, shown: str) -> dict[Any, str]:
    """Where each key is set last: {"title": "master.cfg:3"}."""
    lines = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Store):
            continue
        if isinstance(node.value, ast.Name) and isinstance(node.slice, ast.Constant):
            lines[node.slice.value] = max(node.lineno, lines.get(node.slice.value, 0))
    return {key: f"{shown}:{line}" for key, line in lines.items()}


def _collect(session: Session, config: Data, places: dict[Any, str]) -> Data:
    keys = _keys.Keys(session, config, places)
    mistakes = _places.Mistakes()
    session.providers = _secrets.providers(config.get("secretsProviders") or [])
    session.resolve_wishes()
    mistakes.gather(keys.check_names)
    result = {
        "file": session.path,
        "title": mistakes.gather(keys.text, "title", session.title),
        "title_url": mistakes.gather(keys.text, "titleURL", ""),
        "buildbot_url": mistakes.gather(keys.url, "buildbotURL", session.buildbot_url),
        "db_url": mistakes.gather(keys.db_url),
        "sources": mistakes.gather(_calls, keys, "sources", "sources"),
        "services": mistakes.gather(_calls, keys, "services", "reporters"),
    }
    www, history = mistakes.gather(keys.www), mistakes.gather(keys.history)
    spool = mistakes.gather(keys.spool)
    networks = mistakes.gather(keys.allowed_networks)
    access = mistakes.gather(keys.access)
    cluster = mistakes.gather(keys.cluster)
    mistakes.raise_if_any()
    result["www_host"], result["www_port"] = www
    result["www_url"], result["access"] = access
    result["lease"], result["node"], result["node_url"] = cluster
    result["spool_size"], result["spool"] = spool
    result["history_age"], result["history_size"] = history
    result["allowed_networks"] = session.allowed_networks = networks
    session.title, session.title_url = result["title"], result["title_url"]
    session.buildbot_url = result["buildbot_url"]
    # Lists that are still being read by reference: the program converts them right away.
    result["secrets"] = session.secrets
    result["warnings"] = session.warnings
    return result


def _calls(keys: Any, key: str, what: str) -> list[Any]:
    values = keys.get(key) or []
    if not isinstance(values, (list, tuple)):
        keys.refuse(key, f"must be a list, not {type(values).__name__}")
    calls, taken = [], {getattr(value, "name", None) for value in values if isinstance(value, _reporters.Configurable)}
    mistakes = _places.Mistakes()
    for index, value in enumerate(values):
        if isinstance(value, _reporters.Configurable) and value._carillon_schema["kind"] == what:
            calls.extend(mistakes.gather(_calls_of, value, taken) or [])
            continue
        if what == "reporters" and isinstance(value, _standins.StandIn):
            keys.session.warn(_standins.about_left_out(value), value._carillon_where)
            continue
        if what == "reporters" and isinstance(value, _generators.Generator):
            text = f"item {index} is a {type(value).__name__}, which belongs into the generators= of a reporter"
            mistakes.gather(_refuse, text, value._carillon_where)
            continue
        shown = f"the class {value.__name__} itself; call it" if isinstance(value, type) else repr(value)
        text = f"item {index} is not one of {what}.*: {_places.one_line(shown)[:100]}"
        mistakes.gather(keys.refuse, key, text)
    mistakes.raise_if_any()
    return calls


def _refuse(text: str, where: str) -> NoReturn:
    raise ConfigurationError("c['services']: " + text, where)


def _calls_of(value: Any, taken: set[str]) -> list[Any]:
    if value._carillon_call is None:
        text = f"the __init__ of {type(value).__name__} does not call super().__init__(...)"
        raise ConfigurationError(text, value._carillon_where)
    _overrides.check(value)
    _scripted.set_up(value)
    return list(_export.calls_of(value, taken))
