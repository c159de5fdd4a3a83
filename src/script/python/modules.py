"""The modules that a configuration imports: `buildbot.*`; Twisted, zope.interface and requests.auth where missing."""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
import types
from collections.abc import Iterable
from typing import Any, NoReturn

from carillon import (
    _access,
    _bitbucket_core,
    _client,
    _deferred,
    _details,
    _formatter,
    _generators,
    _interpolate,
    _known,
    _master,
    _notifier,
    _properties,
    _renderables,
    _reporters,
    _results,
    _secrets,
    _session,
    _sources,
    _standins,
    _texts,
    _utilities,
    _waiting,
)
from carillon._places import ConfigurationError
from carillon._reporters import Namespace, UnknownName, did_you_mean, is_slip
from carillon._types import Data, Function


class UnknownModule(ConfigurationError, ImportError):
    pass


reporter_classes = {}  # name -> class, aliases too
source_classes = {}
_modules_of = {}  # "buildbot.reporters.mail" -> {name: class}
_use_installed = True
_RENDERABLES = {
    "Interpolate": _interpolate.Interpolate,
    "Property": _renderables.Property,
    "WithProperties": _renderables.WithProperties,
    "renderer": _renderables.renderer,
    "Transform": _renderables.Transform,
    "FlattenList": _renderables.FlattenList,
    "Secret": _renderables.Secret,
}
_REPORTER_MODULES = """
bitbucket bitbucketserver BitbucketServer gerrit gerrit_verify_status github gitlab hipchat http irc mail message
notifier pushjet pushover stash telegram words zulip
""".split()


def set_schemas(reporters: list[Data], sources: list[Data]) -> None:
    _modules_of.clear()
    for kind, classes, schemas in (("reporters", reporter_classes, reporters), ("sources", source_classes, sources)):
        classes.clear()
        for schema in schemas:
            schema["kind"] = kind
            made = _reporters.make_class(schema)
            for name in (schema["name"], *schema["aliases"]):
                classes[name] = made
                for module in schema["modules"]:
                    _modules_of.setdefault(module, {})[name] = made
    if "ReporterBase" in reporter_classes:
        core = _bitbucket_core.make_class(reporter_classes["ReporterBase"])
        reporter_classes[core.__name__] = core
        _modules_of.setdefault("buildbot.reporters.bitbucketserver", {})[core.__name__] = core
    for name in [name for name in sys.modules if name.partition(".")[0] == "buildbot" or name == "carillon.plugins"]:
        del sys.modules[name]


def namespaces() -> dict[str, Namespace]:
    reporters = {**reporter_classes, **_formatter.NAMES, **_generators.NAMES, "GitHubApp": _reporters.GitHubApp}
    util = {**_results.NAMES, **_RENDERABLES, "URLForBuild": _details.URLForBuild, "flatten": _renderables.flatten}
    util.update(_sources.UTIL_NAMES)
    util.update((name, _standins.stand_in(name)) for name in _standins.UTIL_NAMES)
    found = {
        "reporters": Namespace("reporters", reporters, _or_stand_in(reporters, _standins.any_class)),
        "util": Namespace("util", util, _or_stand_in(util, _standins.stand_in)),
        "sources": Namespace(
            "sources", {**source_classes, "NoToken": _sources.NO_TOKEN, "GitHubApp": _reporters.GitHubApp}
        ),
        "secrets": Namespace("secrets", _secrets.NAMES, _missing_provider),
        "www": Namespace("www", _access.NAMES, _or_stand_in(_access.NAMES, _standins.stand_in)),
    }
    for name in ("changes", "schedulers", "steps", "worker", "webhooks", "statistics", "machine", "buildslave"):
        found[name] = Namespace(name, {}, _standins.stand_in)
    return found


def _or_stand_in(names: Iterable[str], make: Function) -> Function:
    """A name that is missing is that of a plugin, unless it is one of the names with a slip in it."""
    return lambda name: None if name not in _known.REPORTERS and is_slip(name, names) else make(name)


def _missing_provider(name: str) -> None:
    if name in _secrets.NOT_BUILT_IN:
        raise ConfigurationError(f"secrets.{name} is not built in")
    return None


def _renamed(name: str) -> None:
    raise ConfigurationError(f"masters.{name} is sources.{name} now: from carillon.plugins import sources")


def _module(name: str, names: Iterable[str], missing: Any = None, further: Iterable[str] = ()) -> types.ModuleType:
    """further: names that it has besides; `missing` makes them."""
    module = types.ModuleType(name)
    module.__dict__.update(names)

    def getattr_(attribute: str) -> Any:
        found = None if attribute.startswith("__") else missing(attribute) if missing else None
        if found is None:
            raise UnknownName(f"{name} has no '{attribute}'{did_you_mean(attribute, list(names))}")
        return found

    module.__getattr__ = getattr_
    module.__all__ = [one for one in (*names, *further) if not one.startswith("_")]
    return module


def _config_names() -> Data:
    def error(text: str) -> NoReturn:
        raise ConfigurationError(str(text))

    def warn_deprecated(version: Any, text: str) -> None:
        _session.active().warn(str(text))

    return {"error": error, "warnDeprecated": warn_deprecated, "ConfigErrors": ConfigurationError}


def _interface(name: str) -> Any:
    from zope.interface import Interface

    made = type(Interface)(name, (Interface,), {}, __module__="buildbot.interfaces")
    if name == "IRenderable":
        made.providedBy = _renderables.is_renderable
    return made


def _details_names() -> Data:
    return {name: value for name, value in vars(_details).items() if name.startswith(("get", "URL", "merge_"))}


def _notifier_names() -> Data:
    names = {**_formatter.NAMES, "Domain": _reporters.Domain}
    base = reporter_classes.get("ReporterBase")
    if base is not None:
        names["NotifierBase"] = _notifier.make_class(base)
    return names


def _plugins() -> Data:
    found = namespaces()
    found.pop("sources")
    return found


_MAKERS = {
    "buildbot": lambda: {"version": "carillon", "__version__": "4.3.0"},
    "buildbot.plugins": _plugins,
    "buildbot.reporters.utils": _details_names,
    "buildbot.reporters.notifier": _notifier_names,
    "buildbot.reporters.message": lambda: {**_formatter.NAMES, **_texts.NAMES},
    "buildbot.process.results": lambda: dict(_results.NAMES),
    "buildbot.process.properties": lambda: {**_RENDERABLES, "Properties": _properties.Properties},
    "buildbot.data.resultspec": lambda: {"Filter": _master.Filter},
    "buildbot.util": lambda: dict(_utilities.NAMES),
    "buildbot.util.giturlparse": lambda: {"GitUrl": _utilities.GitUrl, "giturlparse": _utilities.giturlparse},
    "buildbot.util.httpclientservice": lambda: dict(_client.NAMES),
    "buildbot.util.logger": lambda: {"Logger": _utilities.Logger},
    "buildbot.util.twisted": lambda: {"async_to_deferred": _utilities.async_to_deferred},
    "buildbot.config": _config_names,
    "buildbot.secrets.providers.base": lambda: {"SecretProviderBase": _secrets.SecretProviderBase},
    **{name: names.copy for name, names in _generators.MODULES.items()},
    "buildbot.secrets.providers.file": lambda: {"SecretInAFile": _secrets.SecretInAFile},
}
# Modules whose own names are all known: another one is a slip.
_COMPLETE = ("buildbot.plugins", "buildbot.process.results", "buildbot.process.properties", "buildbot.reporters")
# What modules of Buildbot have imported for themselves, and configurations take from them.
_BY_THE_WAY = {
    "defer": "twisted.internet.defer",
    "log": "twisted.python.log",
    "failure": "twisted.python.failure",
    "util": "buildbot.util",
    "config": "buildbot.config",
    "interfaces": "buildbot.interfaces",
    "properties": "buildbot.process.properties",
    "results": "buildbot.process.results",
    **{name: name for name in "copy datetime json logging os re string sys textwrap time".split()},
}


def _shared(name: str) -> Any:
    """What one of Buildbot's names means, whatever module it is taken from."""
    for names in (
        _results.NAMES,
        _RENDERABLES,
        reporter_classes,
        _formatter.NAMES,
        _generators.NAMES,
        _utilities.NAMES,
    ):
        if name in names:
            return names[name]
    if name in _BY_THE_WAY:
        return importlib.import_module(_BY_THE_WAY[name])
    return None


def shared_names() -> dict[str, Any]:
    """Names of Buildbot's that are taken from many of its modules."""
    return {**_results.NAMES, **_RENDERABLES, **reporter_classes, **_formatter.NAMES, **_generators.NAMES}


def is_complete(fullname: str) -> bool:
    """Whether all names of the module are known: another one is a slip."""
    return fullname == "buildbot" or fullname.startswith(_COMPLETE)


def _buildbot_module(fullname: str, names: Iterable[str]) -> types.ModuleType:
    known = _known.MODULES.get(fullname, ())
    complete = is_complete(fullname)

    def missing(name: str) -> Any:
        below = f"{fullname}.{name}"
        if below in _known.MODULES or below in _MAKERS or below in _modules_of:
            return importlib.import_module(below)
        if fullname == "buildbot.interfaces":
            return _interface(name)
        found = _shared(name)
        if found is None and (name in known or not complete and not is_slip(name, names)):
            found = _standins.stand_in(name)
        return found

    return _module(fullname, names, missing, [name for name in known if name not in names])


def _reporter_module(fullname: str) -> Data:
    names = dict(_modules_of.get(fullname, {}))
    if fullname == "buildbot.reporters.mail":
        names.update(_formatter.NAMES)
        names["Domain"] = _reporters.Domain
    if fullname == "buildbot.reporters.gerrit":
        names.update(_generators.GERRIT_NAMES)
    return names


def find_buildbot(fullname: str) -> types.ModuleType | None:
    if fullname == "carillon.plugins":
        return _module(fullname, {**namespaces(), "masters": Namespace("masters", {}, _renamed)})
    top = fullname.partition(".")[0]
    if top.startswith("buildbot_") and not _installed(top):
        return _module(fullname, {}, _standins.stand_in)  # a package of plugins
    if top != "buildbot":
        return None
    parent, _, last = fullname.rpartition(".")
    if fullname in _MAKERS:
        return _buildbot_module(fullname, _MAKERS[fullname]())
    if fullname in _modules_of or parent == "buildbot.reporters" and last in _REPORTER_MODULES:
        return _buildbot_module(fullname, _reporter_module(fullname))
    if fullname in _known.MODULES or parent.startswith("buildbot.status"):
        return _buildbot_module(fullname, {})
    if parent in sys.modules and not hasattr(sys.modules[parent], last) and parent != "buildbot":
        names = list(vars(sys.modules[parent]))
        raise UnknownModule(f"{parent} has no '{last}'{did_you_mean(last, names)}")
    raise UnknownModule(f"Carillon has no module '{fullname}'")


# Twisted, zope.interface and requests


def _log_names() -> Data:
    def msg(*texts: Any, **kwargs: Any) -> None:
        print(*texts, file=sys.stderr)

    def err(error: BaseException | None = None, why: Any = None, **kwargs: Any) -> None:
        print(why or "", error if error is not None else sys.exc_info()[1], file=sys.stderr)

    return {"msg": msg, "err": err}


def _auth_names() -> Data:
    class AuthBase:
        def __init__(self, username: str, password: str) -> None:
            self.username, self.password = username, password

    return {name: type(name, (AuthBase,), {}) for name in ("HTTPBasicAuth", "HTTPDigestAuth")}


def _deferred_names() -> Data:
    own = _deferred.__name__
    return {name: value for name, value in vars(_deferred).items() if getattr(value, "__module__", "") == own}


def _zope_names() -> Data:
    def implementer(*interfaces: Any) -> Any:
        return lambda cls: cls

    class InterfaceClass(type):
        def __new__(
            mcs, name: str, bases: Any = (), attrs: Any = None, __doc__: Any = None, __module__: Any = None
        ) -> Any:
            return type.__new__(mcs, name, tuple(base for base in bases if base is not None), dict(attrs or {}))

        def __init__(cls, *args: Any, **kwargs: Any) -> None:
            pass

        def providedBy(cls, value: Any) -> bool:
            return True

    return {
        "implementer": implementer,
        "provider": implementer,
        "Interface": InterfaceClass("Interface"),
        "Attribute": lambda *args: None,
    }


_SHIMS = {
    "twisted": dict,
    "twisted.internet": dict,
    "twisted.internet.defer": _deferred_names,
    "twisted.python": dict,
    "twisted.python.failure": lambda: {"Failure": _deferred.Failure},
    "twisted.python.log": _log_names,
    "zope": dict,
    "zope.interface": _zope_names,
    "requests": dict,
    "requests.auth": _auth_names,
}


def _installed(top: str) -> bool:
    return _use_installed and importlib.machinery.PathFinder.find_spec(top) is not None


def find_framework(fullname: str) -> types.ModuleType | None:
    top = fullname.partition(".")[0]
    if top not in ("twisted", "zope", "requests"):
        return None
    if _installed(top):
        return _reactor() if fullname == "twisted.internet.reactor" else None
    if fullname in _SHIMS:
        return _module(fullname, _SHIMS[fullname]())
    if top != "zope":
        raise UnknownModule(f"'{fullname}' needs {top.capitalize()}, which is not installed")
    return None


def _reactor() -> Any:
    """Twisted's reactor on the loop of this thread: it runs as long as the loop does, and handles no signals."""
    from twisted.internet import asyncioreactor

    asyncioreactor.install(_waiting.loop)
    reactor = sys.modules.pop("twisted.internet.reactor")
    reactor.startRunning(installSignalHandlers=False)
    return reactor


_parked = {}  # what was imported under the other setting of use_installed()


def use_installed(installed: bool) -> None:
    """Whether an installed Twisted, zope.interface and requests are used, rather than the small ones here."""
    global _use_installed
    if installed == _use_installed:
        return
    _use_installed = installed
    current = {}
    for name in [name for name in sys.modules if name.partition(".")[0] in ("twisted", "zope", "requests")]:
        current[name] = sys.modules.pop(name)
    sys.modules.update(_parked)
    _parked.clear()
    _parked.update(current)


def hooks() -> list[Function]:
    return [find_buildbot, find_framework]
