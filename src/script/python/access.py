"""Who may use the dashboard: what www.* and c['www'] say of it."""

from __future__ import annotations

import re
import urllib.parse
from typing import TYPE_CHECKING, Any, NoReturn

from carillon import _networks, _places, _renderables, _standins, _waiting
from carillon._places import ConfigurationError, here, one_line
from carillon._properties import Properties
from carillon._reporters import did_you_mean
from carillon._types import Data, Strings

if TYPE_CHECKING:
    from carillon._session import Session

# Keys of c['www'] that are Carillon's own.
OURS = "url auth roles tokens proxies privacy badges".split()
ROLES = "feeds viewer operator admin".split()
FOR_ALL = ["none", *ROLES[:2]]
SHORTEST_TOKEN = 16

_KINDS = "www.Passwords(...), www.ForwardedUser(...) or www.OpenIDConnect(...)"
_HEADER = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"


class Auth:
    """How people show who they are."""

    def __init__(self) -> None:
        self._carillon_where = here()

    def refuse(self, argument: str, text: str) -> NoReturn:
        raise ConfigurationError(f"www.{type(self).__name__}({argument}=...): {text}", self._carillon_where)

    def text(self, argument: str, value: Any, example: str) -> str:
        value = _plain(value, f"www.{type(self).__name__}({argument}=...)")
        if not isinstance(value, str) or not value.strip():
            self.refuse(argument, f"must be a text such as {example}, not {_shown(value)}")
        return value.strip()

    def header(self, argument: str, value: Any, example: str) -> str:
        name = self.text(argument, value, example)
        if not re.fullmatch(_HEADER, name):
            self.refuse(argument, f"{name!r} is not the name of a header: write {example}")
        return name.lower()

    def networks(self, value: Any) -> list[str]:
        if isinstance(value, str) or not isinstance(value, (list, tuple, set)):
            self.refuse("proxies", f"must be a list of addresses such as ['127.0.0.1'], not {_shown(value)}")
        return [str(_networks.network(one, lambda text: self.refuse("proxies", text))) for one in value]

    def facts(self, session: Session, www: Data) -> Data:
        """What the program is told."""
        raise NotImplementedError


class Passwords(Auth):
    """Accounts in a file of lines NAME:HASH, as `carillon user hash`, `mkpasswd` and `htpasswd -B` make them."""

    def __init__(self, file: str, proxies: Strings | None = None) -> None:
        super().__init__()
        self.file, self.proxies = file, proxies

    def facts(self, session: Session, www: Data) -> Data:
        file = self.text("file", self.file, "'/etc/carillon/htpasswd'")
        return {"file": session.path_of(file), "proxies": self.networks(self.proxies or [])}


class ForwardedUser(Auth):
    """A proxy in front says in a header who it is. Only the proxies that are listed are believed."""

    def __init__(
        self, header: str = "X-Forwarded-User", groups: str | None = None, proxies: Strings | None = None
    ) -> None:
        super().__init__()
        self.header_name, self.groups, self.proxies = header, groups, proxies

    def facts(self, session: Session, www: Data) -> Data:
        if not self.proxies:
            self.refuse("proxies", "is missing: anybody could send the header; write proxies=['127.0.0.1']")
        groups = self.groups
        return {
            "header": self.header("header", self.header_name, "'X-Forwarded-User'"),
            "groups": "" if groups is None else self.header("groups", groups, "'X-Forwarded-Groups'"),
            "proxies": self.networks(self.proxies),
        }


class OpenIDConnect(Auth):
    """Another server knows who it is: Keycloak, Dex, GitLab, Google, ..."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: Any = None,
        groups: str | None = None,
        user: str = "preferred_username",
        scopes: Strings = ("openid", "profile", "email"),
        proxies: Strings | None = None,
    ) -> None:
        super().__init__()
        self.issuer, self.client_id, self.client_secret = issuer, client_id, client_secret
        self.groups, self.user, self.scopes, self.proxies = groups, user, scopes, proxies

    def facts(self, session: Session, www: Data) -> Data:
        issuer = self.text("issuer", self.issuer, "'https://id.example.org/'")
        if not _is_safe(issuer) or re.search(r"[?#\s]", issuer):
            self.refuse("issuer", f"must be an https:// address without a query, not {issuer!r}")
        if not www.get("url"):
            why = "needs c['www']['url'], to which people come back: write 'url': 'https://bell.example.org/'"
            self.refuse("issuer", why)
        secret = self.client_secret
        scopes = self.scopes
        if isinstance(scopes, str) or not isinstance(scopes, (list, tuple, set)):
            self.refuse("scopes", f"must be a list such as ['openid', 'profile'], not {_shown(scopes)}")
        scopes = [self.text("scopes", one, "'profile'") for one in scopes]
        if "openid" not in scopes:
            self.refuse("scopes", "must hold 'openid'")
        return {
            "issuer": issuer,
            "client_id": self.text("client_id", self.client_id, "'carillon'"),
            "client_secret": "" if secret is None else self.text("client_secret", secret, "util.Secret('oidc')"),
            "user": self.text("user", self.user, "'preferred_username'"),
            "groups": "" if self.groups is None else self.text("groups", self.groups, "'groups'"),
            "scopes": scopes,
            "proxies": self.networks(self.proxies or []),
        }


NAMES = {"Passwords": Passwords, "ForwardedUser": ForwardedUser, "OpenIDConnect": OpenIDConnect}


def _is_safe(url: str) -> bool:
    """Nobody in between reads along."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "http":
        return parts.hostname in ("localhost", "127.0.0.1", "::1")
    return parts.scheme == "https" and bool(parts.hostname)


def _plain(value: Any, what: str) -> Any:
    """util.Secret and util.Interpolate work here, too; there is no build to ask."""
    if not _renderables.is_renderable(value):
        return value
    return _waiting.at_once(_renderables.render(value, Properties()), what)


def _shown(value: Any) -> str:
    """What was given, without its text: it may be a secret."""
    return "an empty one" if isinstance(value, str) and not value.strip() else type(value).__name__


class _Reader:
    """Reads the keys of c['www'] that are ours."""

    def __init__(self, keys: Any, www: Data) -> None:
        self.keys, self.www = keys, www

    def refuse(self, text: str) -> NoReturn:
        self.keys.refuse("www", text)

    def url(self) -> str:
        url = self.www.get("url")
        if url is None:
            return ""
        url = _plain(url, "c['www']['url']")
        if not isinstance(url, str) or not re.fullmatch(r"https?://[^/\s?#@]+(/[^\s?#]*)?", url):
            self.refuse(f"url must be an address such as 'https://bell.example.org/carillon/', not {url!r}")
        return url if url.endswith("/") else url + "/"

    def auth(self) -> Auth | None:
        auth = self.www.get("auth")
        if auth is None or isinstance(auth, _standins.StandIn):  # Buildbot's means nothing here
            return None
        if isinstance(auth, type) and issubclass(auth, Auth):
            self.refuse(f"auth is the class www.{auth.__name__} itself; call it: www.{auth.__name__}(...)")
        if not isinstance(auth, Auth):
            self.refuse(f"auth must be {_KINDS}, not {type(auth).__name__}")
        return auth

    def _names(self, role: str, value: Any) -> list[str]:
        if isinstance(value, str) or not isinstance(value, (list, tuple, set)):
            self.refuse(f"roles[{role!r}] must be a list of names, such as ['alice', 'group:ci'] or ['*']")
        for name in value:
            if not isinstance(name, str) or name.strip() != name or name in ("", "group:"):
                self.refuse(f"roles[{role!r}]: {name!r} is not a name; write 'alice', 'group:ci' or '*'")
        return list(value)

    def roles(self) -> tuple[str | None, dict[str, list[str]]]:
        """The role of all others, and who has which."""
        roles = self.www.get("roles")
        if roles is None:
            return None, {}
        if not isinstance(roles, dict):
            self.refuse(f"roles must be a dictionary such as {{'viewer': ['*']}}, not {type(roles).__name__}")
        for role in roles:
            if role not in ROLES and role != "anonymous":
                known = ["anonymous", *ROLES]
                self.refuse(
                    f"roles: {role!r} is no role{did_you_mean(str(role), known)}; the roles are {', '.join(known)}"
                )
        anonymous = roles.get("anonymous")
        if anonymous is not None and anonymous not in FOR_ALL:
            text = f"roles['anonymous'] must be {', '.join(map(repr, FOR_ALL[:-1]))} or {FOR_ALL[-1]!r}"
            if anonymous in ROLES:
                text += ": who acts has to show who it is; name people under that role"
            self.refuse(f"{text}, not {anonymous!r}")
        return anonymous, {role: self._names(role, roles[role]) for role in ROLES if role in roles}

    def tokens(self) -> dict[str, tuple[str, str]]:
        tokens = self.www.get("tokens")
        if tokens is None:
            return {}
        how = "{'wall': ('viewer', util.Secret('wall'))}"
        if not isinstance(tokens, dict):
            self.refuse(f"tokens must be a dictionary such as {how}, not {type(tokens).__name__}")
        found: dict[str, tuple[str, str]] = {}
        for name, value in tokens.items():
            if not isinstance(name, str) or not re.fullmatch(r"[\w.-]+", name):
                self.refuse(f"tokens: {name!r} is not a name; write letters, digits, '-', '_' and '.'")
            if not isinstance(value, (list, tuple)) or len(value) != 2:
                self.refuse(f"tokens[{name!r}] must be a role and a secret, as in {how}")
            role, text = value[0], _plain(value[1], f"c['www']['tokens'][{name!r}]")
            if role not in ROLES:
                meant = did_you_mean(str(role), ROLES) if isinstance(role, str) else ""
                self.refuse(f"tokens[{name!r}]: its role must be one of {', '.join(ROLES)}{meant}")
            if not isinstance(text, str):
                self.refuse(f"tokens[{name!r}]: its secret must be util.Secret(...), not {type(text).__name__}")
            if len(text) < SHORTEST_TOKEN or re.search(r"\s", text):
                why = f"its secret must have at least {SHORTEST_TOKEN} characters, and no blanks"
                self.refuse(f"tokens[{name!r}]: {why}; `carillon token new --role {role}` makes one")
            other = next((one for one, (_, known) in found.items() if known == text), None)
            if other is not None:
                self.refuse(f"tokens[{name!r}]: its secret is that of {other!r}, too; each needs its own")
            found[name] = (role, text)
        return found

    def proxies(self) -> list[str]:
        value = self.www.get("proxies")
        if value is None:
            return []
        if isinstance(value, str) or not isinstance(value, (list, tuple, set)):
            self.refuse("proxies must be a list of addresses such as ['127.0.0.1']")
        if isinstance(self.www.get("auth"), ForwardedUser):
            self.refuse("proxies: those of www.ForwardedUser(proxies=...) alone are believed; write them there")
        return [str(_networks.network(one, lambda text: self.refuse("proxies: " + text))) for one in value]

    def privacy(self) -> bool:
        value = self.www.get("privacy", False)
        if not isinstance(value, bool):
            self.refuse(f"privacy must be True or False, not {value!r}")
        return value

    def badges(self) -> list[str]:
        value = self.www.get("badges")
        if value is None:
            return []
        if isinstance(value, str) or not isinstance(value, (list, tuple, set)):
            self.refuse("badges must be a list of builders whose badges all may see, such as ['linux*'] or ['*']")
        for one in value:
            if not isinstance(one, str) or not one:
                self.refuse(f"badges: {one!r} is not the name of a builder, nor a glob such as 'linux*'")
        return list(value)


def read(keys: Any, www: Data) -> tuple[str, Data]:
    """The address, and all else that the program is told. www: c['www'], a dictionary."""
    reader, mistakes = _Reader(keys, www), _places.Mistakes()
    url = mistakes.gather(reader.url)
    auth = mistakes.gather(reader.auth)
    anonymous, roles = mistakes.gather(reader.roles) or (None, {})
    facts = {
        "where": auth._carillon_where if auth else "",
        "kind": type(auth).__name__ if auth else "",
        "auth": mistakes.gather(auth.facts, keys.session, www) if auth else {},
        "anonymous": anonymous,
        "roles": roles,
        "tokens": mistakes.gather(reader.tokens),
        "proxies": mistakes.gather(reader.proxies) or [],
        "privacy": mistakes.gather(reader.privacy),
        "badges": mistakes.gather(reader.badges),
    }
    if roles and (www.get("auth") is None or isinstance(www["auth"], _standins.StandIn)):
        named = ", ".join(map(repr, roles))
        mistakes.gather(reader.refuse, f"roles: nobody can be {named} without 'auth': it must be {_KINDS}")
    if www and www.get("port") in (None, False):
        own = [name for name in OURS if name in www and not isinstance(www[name], _standins.StandIn)]
        if own:
            mistakes.gather(reader.refuse, f"{one_line(own[0])} needs a 'port': write 'port': 8020")
    mistakes.raise_if_any()
    return url, facts
