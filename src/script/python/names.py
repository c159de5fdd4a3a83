"""Names that a configuration uses without importing them, as fragments of examples do: reporters, Interpolate, defer."""

import builtins
import importlib

from carillon import _session


class Builtins(dict):
    """Python's own names; and, with a warning, those of util and reporters."""

    def __init__(self):
        super().__init__(vars(builtins))

    def __missing__(self, name):
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
        _session.active().warn("'%s' is not imported; %s.%s is taken for it" % (name, source, name))
        self[name] = found
        return found
