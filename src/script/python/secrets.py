"""Where secrets come from: what c['secretsProviders'] may list."""

import os
import stat

from carillon import _session
from carillon._places import ConfigurationError, here


class SecretInAFile:
    """Each file of a folder is a secret, named like the file. No file may be open to others."""

    name = "SecretInAFile"

    def __init__(self, dirname, suffixes=None, strip=True):
        self.dirname = _session.active().path_of(dirname)
        self._secrets = {}
        where = here()
        try:
            names = sorted(os.listdir(self.dirname))
        except OSError as error:
            raise ConfigurationError("SecretInAFile: cannot read %s: %s" % (dirname, error.strerror), where) from None
        for name in names:
            suffix = next((one for one in suffixes or [""] if name.endswith(one)), None)
            path = os.path.join(self.dirname, name)
            if suffix is None or not os.path.isfile(path):
                continue
            if stat.S_IMODE(os.stat(path).st_mode) & 0o77:
                raise ConfigurationError(
                    "SecretInAFile: %s can be read by others; make it private (chmod 600)" % path, where
                )
            try:
                with open(path, encoding="utf-8") as source:
                    text = source.read()
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigurationError("SecretInAFile: cannot read %s: %s" % (path, error), where) from None
            self._secrets[name[: len(name) - len(suffix)]] = text.rstrip("\r\n") if strip else text

    def get(self, entry):
        return self._secrets.get(entry)


class SecretsInEnvironment:
    """The secret `name` is the environment variable PREFIXname (also in upper case)."""

    name = "SecretsInEnvironment"

    def __init__(self, prefix=""):
        self.prefix = prefix

    def get(self, entry):
        exact = os.environ.get(self.prefix + entry)
        return exact if exact is not None else os.environ.get((self.prefix + entry).upper())


class _Table:
    def __init__(self, table):
        self.get = table.get


def providers(value):
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
            raise ConfigurationError("c['secretsProviders'][%d] is no provider of secrets" % index, "")
        found.append(provider)
    return found


NAMES = {"SecretInAFile": SecretInAFile, "SecretsInEnvironment": SecretsInEnvironment}
NOT_BUILT_IN = ("SecretInPass", "HashiCorpVaultSecretProvider")
