"""What belongs to one loaded configuration."""

import os

from carillon import _waiting
from carillon._places import ConfigurationError, here

_active = None


class Session:
    def __init__(self, path, shown):
        self.path = path
        self.shown = shown
        self.folder = os.path.dirname(path)
        self.title = "Carillon"
        self.title_url = ""
        self.buildbot_url = "http://localhost:8020/"
        self.warnings = []
        self.wishes = []  # (secret name, where it was asked for)
        self.secrets = {}
        self.providers = []
        self.allowed_networks = []  # texts; empty: all
        self.masters = {}  # name -> what callbacks see of it

    def warn(self, text, where=None):
        where = where or here() or self.shown
        line = "%s: %s" % (where, text)
        if line not in self.warnings:
            self.warnings.append(line)

    def wish(self, name):
        self.wishes.append((name, here()))

    def secret(self, name, where=None):
        """The secret's text, from the first provider that knows it."""
        if name in self.secrets:
            return self.secrets[name]
        for provider in self.providers:
            value = _waiting.at_once(_waiting.settle(provider.get(name)), "the secret %r" % name)
            if value is not None:
                if not isinstance(value, str):
                    raise ConfigurationError("the secret %r is not a string" % name, where)
                self.secrets[name] = value
                return value
        if not self.providers:
            raise ConfigurationError("secret %r: c['secretsProviders'] has no provider" % name, where)
        looked = [provider.place_of(name) for provider in self.providers if hasattr(provider, "place_of")]
        text = "no provider in c['secretsProviders'] knows the secret %r" % name
        raise ConfigurationError(text + ("; looked for %s" % " and ".join(looked) if looked else ""), where)

    def secret_again(self, name, where=None):
        for provider in self.providers:
            if hasattr(provider, "forget"):
                provider.forget(name)
        self.secrets.pop(name, None)
        return self.secret(name, where)

    def resolve_wishes(self):
        for name, where in self.wishes:
            self.secret(name, where)
        self.wishes.clear()

    def path_of(self, name):
        """Relative paths count from the configuration's folder."""
        return os.path.join(self.folder, os.path.expanduser(name))


def active():
    """The session being loaded, or else the one last loaded."""
    global _active
    if _active is None:
        _active = Session(os.path.abspath("master.cfg"), "master.cfg")
    return _active


def activate(session):
    global _active
    previous, _active = _active, session
    return previous
