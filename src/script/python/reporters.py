"""Classes that users configure, made from the schemas of the program: reporters and sources."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, NoReturn

from carillon import _details, _hipchat, _master, _overrides, _scripted, _sources
from carillon._places import ConfigurationError, here
from carillon._renderables import Secret, SecretText, secret_names
from carillon._types import Data, Function

# Class -> methods that a subclass may call with super(). The others exist in the program only.
BASE_METHODS = {"HipChatStatusPush": _hipchat.METHODS}


class UnknownName(ConfigurationError, AttributeError):
    pass


def did_you_mean(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name.lower(), [one.lower() for one in names], 3, 0.6)
    if name.lower() in close:  # only the case differs
        close = [name.lower()]
    meant = [one for one in names if one.lower() in close and not one.startswith("_")]
    return f"; did you mean {' or '.join(repr(one) for one in sorted(meant))}?" if meant else ""


def is_slip(name: str, names: Iterable[str]) -> bool:
    """Whether it is one of the names with one letter wrong, or with letters exchanged."""
    word = name.lower()
    return any(_nearly_equal(word, one.lower()) for one in names)


def _nearly_equal(one: Any, other: Any) -> bool:
    if len(one) == len(other) and sorted(one) == sorted(other):
        return True
    steps = difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    return sum(max(b - a, d - c) for kind, a, b, c, d in steps if kind != "equal") <= 1


_LOGIN = "auth headers oauth_key oauth_secret password smtpPassword smtpUser token user".split()


def _without_build(name: str, value: Any) -> Any:
    """The value of an argument for logging in: what is put together of secrets is a secret as well."""
    if name not in _LOGIN or isinstance(value, (str, Secret)):
        return value
    if isinstance(value, (list, tuple)):
        return tuple(_without_build(name, one) for one in value)
    if isinstance(value, dict):
        return {key: _without_build(name, one) for key, one in value.items()}
    return SecretText(value) if secret_names(value) else value


class Configurable:
    """Remembers how it was called; the program reads that afterwards."""

    _carillon_schema = None  # of the generated class
    _carillon_class = None  # the generated class itself
    _carillon_call = None
    name = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        self = object.__new__(cls)
        self._carillon_where = here()
        return self

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "name" in kwargs and "name" not in self._carillon_schema["arguments"]:
            self.name = kwargs.pop("name")
        if self.name is not None and not isinstance(self.name, str):
            raise ConfigurationError(
                f"{type(self).__name__}(name=...): must be a string, not {type(self.name).__name__}"
            )
        names = list(self._carillon_schema["arguments"])
        args = tuple(_without_build(name, value) for name, value in zip(names, args)) + args[len(names) :]
        kwargs = {name: _without_build(name, value) for name, value in kwargs.items()}
        self._carillon_call = (args, kwargs)
        # Buildbot's names of the same; some change the arguments afterwards.
        self._config_args, self._config_kwargs = args, kwargs

    @property
    def master(self) -> Any:
        return _master.get_current()

    def __getattr__(self, name: str) -> Any:
        """The arguments, under their names: Buildbot's reporters keep them so."""
        schema = self._carillon_schema
        if name.startswith("_") or schema is None or name not in schema["arguments"]:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        if self._carillon_call is None:
            raise AttributeError(f"{name} is not there before super().__init__()")
        return _scripted.default_of(self, name)

    def getResponsibleUsersForBuild(self, master: Any, buildid: int) -> Any:
        return _details.getResponsibleUsersForBuild(master, buildid)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {self._carillon_where}>"


def _no_base(class_name: str, method: str) -> Function:
    def missing(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(f"{class_name}.{method} of the program cannot be called from Python")

    missing.__name__ = method
    return missing


def make_class(schema: Data) -> type:
    known = BASE_METHODS.get(schema["name"], {})
    bases = (*_scripted.bases(schema), *_sources.bases(schema), Configurable)
    methods = {
        method: known.get(method) or _no_base(schema["name"], method)
        for method in schema["methods"]
        if not any(hasattr(base, method) for base in bases)
    }
    methods.update(_overrides.base_methods(schema))
    made = type(schema["name"], bases, {"_carillon_schema": schema, "__module__": "carillon", **methods})
    made._carillon_class = made
    return made


FEW_NAMES = 5


class Namespace:
    """`reporters`, `util`, `sources`, ...: a fixed set of names, with help for wrong ones."""

    def __init__(self, label: str, names: Iterable[str], missing: Any = None) -> None:
        self.__dict__.update(names)
        self.__dict__["_label"] = label
        self.__dict__["_missing"] = missing

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self._missing is not None:
            found = self._missing(name)
            if found is not None:
                return found
        known = [one for one in self.__dict__ if not one.startswith("_")]
        meant = did_you_mean(name, known)
        few = f"; there is {', '.join(sorted(known))}" if not meant and 0 < len(known) <= FEW_NAMES else ""
        raise UnknownName(f"{self._label} has no '{name}'{meant}{few}")

    def __dir__(self) -> list[Any]:
        return [name for name in self.__dict__ if not name.startswith("_")]


def GitHubApp(app_id: Any, private_key: Any, installation: Any) -> Data:
    """A token of GitHub's reporters: that of an App's installation, fetched anew when it has expired."""
    return {"app_id": app_id, "private_key": private_key, "installation_id": installation}


class Domain:
    """A lookup: users of the version control have an address in this domain."""

    def __init__(self, domain: str) -> None:
        self._carillon_where = here()
        if not isinstance(domain, str) or "@" in domain:
            raise ConfigurationError("Domain(...): must be a domain such as 'example.org'")
        self.domain = domain

    def getAddress(self, name: str) -> Any:
        return name if "@" in name else f"{name}@{self.domain}"
