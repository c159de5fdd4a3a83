"""Where secrets come from: what c['secretsProviders'] may list."""

from __future__ import annotations

import os
import stat
from typing import Any

from carillon import _master, _session, _waiting
from carillon._places import ConfigurationError, here


class SecretInAFile:
    """Each file of a folder is a secret, named like the file. No file may be open to others."""

    name = "SecretInAFile"

    def __init__(self, dirname: str, suffixes: list[str] | None = None, strip: bool = True) -> None:
        self.dirname = _session.active().path_of(dirname)
        self.suffixes = suffixes
        self._secrets = {}
        self._paths = {}
        self._strip = strip
        where = here()
        try:
            names = sorted(os.listdir(self.dirname))
        except OSError as error:
            raise ConfigurationError(f"SecretInAFile: cannot read {dirname}: {error.strerror}", where) from None
        for name in names:
            suffix = next((one for one in suffixes or [""] if name.endswith(one)), None)
            path = os.path.join(self.dirname, name)
            if suffix is None or not os.path.isfile(path):
                continue
            entry = name[: len(name) - len(suffix)]
            self._paths[entry] = path
            self._secrets[entry] = self._read(path, where)

    def _read(self, path: str, where: str) -> str:
        try:
            if stat.S_IMODE(os.stat(path).st_mode) & 0o77:
                raise ConfigurationError(
                    f"SecretInAFile: {path} can be read by others; make it private (chmod 600)", where
                )
            with open(path, encoding="utf-8") as source:
                text = source.read()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"SecretInAFile: cannot read {path}: {error}", where) from None
        return text.rstrip("\r\n") if self._strip else text

    def forget(self, entry: str) -> None:
        """The file is read anew; what was known stays where that fails."""
        if entry in self._paths:
            self._secrets[entry] = self._read(self._paths[entry], here())

    def get(self, entry: str) -> str | None:
        return self._secrets.get(entry)

    def place_of(self, entry: str) -> str:
        """Where a person would put it."""
        return f"the file {os.path.join(self.dirname, entry + (self.suffixes or [''])[0])}"


_KEPT = ("HOME", "LANG", "LOGNAME", "PATH", "SHELL", "USER")  # no secrets, though one may be named like them
_taken = {}  # what was read of the environment


def _take(name: str) -> str | None:
    """The variable, which leaves the environment: neither callbacks nor programs that are run get it."""
    if name not in _taken and name not in _KEPT:
        value = os.environ.pop(name, None)
        if value is not None:
            _taken[name] = value
    return _taken.get(name, os.environ.get(name))


class SecretsInEnvironment:
    """The secret `name` is the environment variable PREFIXname (also in upper case)."""

    name = "SecretsInEnvironment"

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix

    def get(self, entry: str) -> str | None:
        exact = _take(self.prefix + entry)
        return exact if exact is not None else _take((self.prefix + entry).upper())

    def place_of(self, entry: str) -> str:
        """Where a person would put it."""
        return f"the environment variable {(self.prefix + entry).upper()}"


class SecretProviderBase:
    """Of providers that users write: like Buildbot, it checks and sets up with the arguments of the call."""

    name = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        self = object.__new__(cls)
        self._carillon_where = here()
        self._carillon_call = (args, {key: value for key, value in kwargs.items() if key != "name"})
        return self

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.name = kwargs.pop("name", self.name)
        self._carillon_call = (args, kwargs)

    @property
    def master(self) -> Any:
        return _master.get_current()

    def checkConfig(self, *args: Any, **kwargs: Any) -> None:
        pass

    def reconfigService(self, *args: Any, **kwargs: Any) -> None:
        pass

    def get(self, entry: str) -> Any:
        return None

    def _carillon_begin(self) -> None:
        args, kwargs = self._carillon_call
        for step in (self.checkConfig, self.reconfigService):
            _waiting.at_once(step(*args, **kwargs), f"{type(self).__name__}.{step.__name__}")


class _Table:
    def __init__(self, table: dict[str, Any]) -> None:
        self.get = table.get


def providers(value: Any) -> list[Any]:
    """c['secretsProviders'] as a list of objects with get(name); plain dictionaries are welcome too."""
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, (list, tuple)):
        raise ConfigurationError("c['secretsProviders'] must be a list", "")
    found = []
    for index, provider in enumerate(value):
        if isinstance(provider, dict):
            provider = _Table(provider)
        if isinstance(provider, type) or not callable(getattr(provider, "get", None)):
            raise ConfigurationError(f"c['secretsProviders'][{index}] is not a provider of secrets", "")
        if isinstance(provider, SecretProviderBase):
            provider._carillon_begin()
        found.append(provider)
    return found


NAMES = {"SecretInAFile": SecretInAFile, "SecretsInEnvironment": SecretsInEnvironment}
NOT_BUILT_IN = ("SecretInPass", "HashiCorpVaultSecretProvider")
