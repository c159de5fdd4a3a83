"""What belongs to one loaded configuration."""

from __future__ import annotations

import json
import os
import re
import secrets
import urllib.parse
from typing import Any

from carillon import _places, _waiting
from carillon._places import ConfigurationError, here
from carillon._types import Data

_active = None


class Session:
    def __init__(self, path: str, shown: str) -> None:
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

    def warn(self, text: str, where: str | None = None) -> None:
        where = where or here() or self.shown
        line = f"{where}: {text}"
        if line not in self.warnings:
            self.warnings.append(line)

    def wish(self, name: str) -> None:
        self.wishes.append((name, here()))

    def secret(self, name: str, where: str | None = None) -> str:
        """The secret's text, from the first provider that knows it."""
        if name in self.secrets:
            return self.secrets[name]
        for provider in self.providers:
            value = _waiting.at_once(provider.get(name), f"the secret {name!r}")
            if value is not None:
                if not isinstance(value, str):
                    raise ConfigurationError(f"the secret {name!r} is not a string", where)
                self.secrets[name] = value
                return value
        if not self.providers:
            raise ConfigurationError(f"secret {name!r}: c['secretsProviders'] has no provider", where)
        looked = [provider.place_of(name) for provider in self.providers if hasattr(provider, "place_of")]
        text = f"no provider in c['secretsProviders'] knows the secret {name!r}"
        raise ConfigurationError(text + (f"; looked for {' and '.join(looked)}" if looked else ""), where)

    def secret_again(self, name: str, where: str | None = None) -> str:
        for provider in self.providers:
            if hasattr(provider, "forget"):
                provider.forget(name)
        self.secrets.pop(name, None)
        return self.secret(name, where)

    def resolve_wishes(self) -> None:
        for name, where in self.wishes:
            self.secret(name, where)
        self.wishes.clear()

    def masked(self, text: str) -> str:
        """For logs and notes: without the texts of secrets."""
        for value in sorted(self.secrets.values(), key=len, reverse=True):
            for form in _forms(value) if len(value) >= _SHORTEST else ():
                text = text.replace(form, "***")
        return text

    def hide_secrets(self, kept: Data) -> None:
        """Puts marks in the place of secrets in the texts of a request that is kept. Nobody else can write such a
        mark: each request has its own."""
        kept["mark"] = mark = secrets.token_hex(8)
        for name, value in sorted(self.secrets.items(), key=lambda item: -len(item[1])):
            for number, form in enumerate(_forms(value) if len(value) >= _SHORTEST else ()):
                for part in ("path", "body"):
                    kept[part] = kept[part].replace(form, _mark(name, number, mark))
                for header, text in kept["headers"].items():
                    kept["headers"][header] = str(text).replace(form, _mark(name, number, mark))

    def show_secrets(self, kept: Data, text: str) -> str:
        """The text of such a request with the secrets as they are now."""
        if not kept.get("mark"):
            return text
        marks = rf"\{{secret:([^{{}}]*?):(\d):{kept['mark']}\}}"
        return re.sub(marks, lambda found: _forms(self.secret(found[1]))[int(found[2])], text)

    def path_of(self, name: str) -> str:
        """Relative paths count from the configuration's folder."""
        return os.path.join(self.folder, os.path.expanduser(name))


_SHORTEST = 4  # characters of a secret that is searched for


def _forms(value: Any) -> tuple[str, ...]:
    """How a secret may stand in a text."""
    return value, json.dumps(value)[1:-1], urllib.parse.quote(value, ""), urllib.parse.quote_plus(value)


def _mark(name: str, form: int, mark: str) -> str:
    return f"{{secret:{name}:{form}:{mark}}}"


def active() -> Session:
    """The session being loaded, or else the one last loaded."""
    global _active
    if _active is None:
        _active = Session(os.path.abspath("master.cfg"), "master.cfg")
    return _active


def activate(session: Session | None) -> Session | None:
    global _active
    previous, _active = _active, session
    return previous


def _hide(text: str) -> str:
    return _active.masked(text) if _active is not None else text


_places.hide = _hide
