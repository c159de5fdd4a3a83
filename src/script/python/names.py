"""Names that a configuration uses without importing them, as fragments of examples do: Interpolate, defer."""

from __future__ import annotations

import builtins
import importlib
from typing import Any

from carillon import _session


class Builtins(dict):
    """Python's own names; and, with a warning, those of util and reporters."""

    def __init__(self) -> None:
        super().__init__(vars(builtins))

    def __missing__(self, name: str) -> Any:
        found = None
        if name == "defer":
            found = importlib.import_module("twisted.internet.defer")
            source = "twisted.internet"
        elif not name.startswith("_"):
            plugins = importlib.import_module("buildbot.plugins")
            if name in plugins.__all__:
                found, source = getattr(plugins, name), "buildbot.plugins"
            elif name in dir(plugins.util):
                found, source = getattr(plugins.util, name), "util"
            elif name in dir(plugins.reporters):
                found, source = getattr(plugins.reporters, name), "reporters"
        if found is None:
            raise KeyError(name)
        _session.active().warn(f"'{name}' is not imported; {source}.{name} is taken for it")
        self[name] = found
        return found
