"""The keys of BuildmasterConfig."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn

from carillon import _access, _log_places, _networks, _renderables, _waiting
from carillon._places import ConfigurationError, one_line
from carillon._properties import Properties
from carillon._reporters import did_you_mean
from carillon._types import Data

if TYPE_CHECKING:
    from carillon._session import Session

OURS = (
    "title titleURL buildbotURL sources services db db_url www secretsProviders history spool allowedNetworks".split()
)

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
BYTES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
DEFAULT_AGE = 90 * SECONDS["d"]
LEAST_AGE = SECONDS["h"]
LEAST_SIZE = 10**6
DEFAULT_SPOOL = 4 * 10**9

# Buildbot's, about building; they mean nothing here.
IGNORED = """
buildCacheSize buildHorizon buildbotNetUsageData builders caches changeCacheSize changeHorizon change_source
codebaseGenerator codebases collapseRequests configurators db_poll_interval logCompressionLimit logCompressionMethod
logEncoding logHorizon logMaxSize logMaxTailSize machines manhole metrics mq multiMaster prioritizeBuilders projectName
projectURL projects properties protocols revlink schedulers select_next_worker status user_managers validation workers
slaves
""".split()


# ... about its web pages and its database.
WWW_OF_BUILDBOT = """
allowed_origins auth authz avatar_methods change_hook_auth change_hook_dialects cookie_expiration_time
custom_templates_dir debug default_page graphql json_cache_seconds jsonp logRotateLength logfileName maxRotatedFiles
plugins project_widgets rest_minimum_version theme ui_default_config versions ws_ping_interval
""".split()
DB = ["db_url", "lease", "node", "address"]
LEASES = (1, 60)
DB_OF_BUILDBOT = "db_poll_interval engine_kwargs".split()


class Keys:
    def __init__(self, session: Session, config: Data, places: dict[Any, str]) -> None:
        self.session = session
        self.config = config
        self.places = places

    def place(self, key: str) -> str:
        return self.places.get(key, self.session.shown)

    def refuse(self, key: str, text: str) -> NoReturn:
        raise ConfigurationError(f"c[{key!r}]: {text}", self.place(key))

    def get(self, key: str) -> Any:
        return self.config.get(key)

    def check_names(self) -> None:
        if "masters" in self.config:
            self.refuse("masters", "is called c['sources'] now, and masters.* are sources.*")
        for key in self.config:
            if key not in OURS and key not in IGNORED:
                text = f"unknown key c[{key!r}]{did_you_mean(str(key), OURS + IGNORED)}"
                self.session.warn(text, self.place(key))
        if self.config.get("status"):
            text = "c['status'] is ignored, as in Buildbot since 0.9; move its reporters to c['services']"
            self.session.warn(text, self.place("status"))

    def text(self, key: str, otherwise: str) -> str:
        value = self.config.get(key)
        if value is None:
            return otherwise
        value = self._rendered(key, value)
        if not isinstance(value, str):
            self.refuse(key, f"must be a string, not {type(value).__name__}")
        return one_line(value)

    def url(self, key: str, otherwise: str) -> str:
        url = self.text(key, otherwise)
        if not re.match(r"https?://[^/\s]", url):
            self.refuse(key, f"must be an http:// or https:// address, not {url!r}")
        return url if url.endswith("/") else url + "/"

    def db_url(self) -> str:
        otherwise = self.text("db_url", "sqlite:///carillon.sqlite")
        db = self.config.get("db")
        if db is None:
            return otherwise
        if isinstance(db, str):
            return db
        if not isinstance(db, dict):
            self.refuse("db", f"must be a dictionary {{'db_url': ...}}, not {type(db).__name__}")
        self._check_members("db", db, DB, DB_OF_BUILDBOT)
        url = self._rendered("db", db.get("db_url", otherwise))
        if not isinstance(url, str):
            self.refuse("db", f"db_url must be a string, not {type(url).__name__}")
        return url

    def cluster(self) -> tuple[int, str, str]:
        """(milliseconds of the lease; 0: there is none, name of this node, its address)."""
        db = self.config.get("db")
        if not isinstance(db, dict):
            return 0, "", ""
        lease, name, url = db.get("lease"), db.get("node"), db.get("address")
        if lease is None:
            for key, value in (("node", name), ("address", url)):
                if value is not None:
                    self.refuse("db", f"{key} is for several nodes, which have a lease, too: 'lease': 5")
            return 0, "", ""
        least, most = LEASES
        if isinstance(lease, bool) or not isinstance(lease, (int, float)) or not least <= lease <= most:
            self.refuse("db", f"lease must be a number of seconds from {least} to {most}, not {lease!r}")
        if name is not None and (not isinstance(name, str) or not re.fullmatch(r"[\w.:-]{1,64}", name, re.ASCII)):
            self.refuse("db", f"node must be a name of letters, digits and . : - _ (at most 64), not {name!r}")
        if url is not None and (not isinstance(url, str) or not re.fullmatch(r"http://[^/\s@?#]+/?", url)):
            self.refuse("db", f"address must be http://HOST:PORT/, where other nodes reach this one, not {url!r}")
        return round(lease * 1000), name or "", f"{(url or '').rstrip('/')}/" if url else ""

    def access(self) -> tuple[str, Data]:
        """The dashboard's address, and who may use it."""
        www = self.config.get("www")
        return _access.read(self, www if isinstance(www, dict) else {})

    def www(self) -> tuple[str, int]:
        """(host, port); port -1: no web server."""
        www = self.config.get("www")
        if www is None:
            return "127.0.0.1", 8020
        if not isinstance(www, dict):
            self.refuse("www", f"must be a dictionary, not {type(www).__name__}")
        self._check_members("www", www, ["port", *_access.OURS], WWW_OF_BUILDBOT)
        port = www.get("port", 8020 if not www else None)
        if port is None or port is False:
            return "127.0.0.1", -1
        host = "127.0.0.1" if not www else "0.0.0.0"
        if isinstance(port, str):
            host, port = self._endpoint(port, host)
        if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port <= 65535:
            self.refuse("www", f"port must be a number up to 65535 or 'tcp:PORT:interface=ADDRESS', not {port!r}")
        return host, port

    def history(self) -> tuple[int, int]:
        """(seconds, bytes); 0: no limit."""
        history = self._dictionary("history", ["maxAge", "maxSize"])
        age, size = history.get("maxAge", DEFAULT_AGE), history.get("maxSize")
        if isinstance(age, datetime.timedelta):
            age = age.total_seconds()
        how = "a number of seconds, a text such as '90d' (s, m, h, d, w), a timedelta, or None"
        age = self._quantity("history", "maxAge", age, r"(\d+) ?([smhdw])", SECONDS, how, LEAST_AGE, "an hour")
        return age, self._size("history", size)

    def spool(self) -> tuple[int, Data]:
        """(bytes; 0: no limit, where long logs are)."""
        spool = self._dictionary("spool", ["maxSize", *_log_places.OURS])
        return self._size("spool", spool.get("maxSize", DEFAULT_SPOOL)), _log_places.read(self, spool)

    def allowed_networks(self) -> list[str]:
        """Texts "ADDRESS/PREFIX"; empty: all."""
        key = "allowedNetworks"
        value = self.config.get(key)
        if value is None:
            return []
        if not isinstance(value, (list, tuple, set)):
            self.refuse(key, f"must be a list of networks such as ['10.0.0.0/8'], not {type(value).__name__}")
        if not value:
            self.refuse(key, "names no network, so nothing could be sent; without it all are allowed")
        return [str(_networks.network(one, lambda text: self.refuse(key, text))) for one in value]

    def _dictionary(self, key: str, names: Iterable[str]) -> Data:
        value = self.config.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.refuse(key, f"must be a dictionary, not {type(value).__name__}")
        self._check_members(key, value, names)
        return value

    def _check_members(self, key: str, value: Any, names: Iterable[str], ignored: Iterable[str] = ()) -> None:
        for name in value:
            if name not in names and name not in ignored:
                self.refuse(key, f"unknown key {name!r}{did_you_mean(str(name), [*names, *ignored])}")

    def _size(self, key: str, size: Any) -> int:
        how = "a number of bytes, a text such as '2GB' (kB, MB, GB, TB), or None"
        return self._quantity(key, "maxSize", size, r"(\d+) ?([kmgt]?)b?", BYTES, how, LEAST_SIZE, "1 MB")

    def _quantity(
        self,
        key: str,
        name: str,
        value: Any,
        pattern: str,
        units: dict[str, int],
        how: str,
        least: int,
        least_text: str,
    ) -> int:
        """A whole number of the base unit; 0 for None."""
        if value is None:
            return 0
        if isinstance(value, str):
            match = re.fullmatch(pattern, value.strip(), re.ASCII | re.IGNORECASE)
            value = int(match[1]) * units[match[2].lower()] if match else None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 2**53:
            self.refuse(key, f"{name} must be {how}, not {self.config[key].get(name)!r}")
        if value < least:
            self.refuse(key, f"{name} must be at least {least_text}")
        return int(value)

    def _endpoint(self, text: str, host: str) -> tuple[str, int]:
        """(host, port) of Twisted's description of a server: KIND:VALUE:NAME=VALUE:..., where \\: is a colon."""
        parts = [re.sub(r"\\(.)", r"\1", part) for part in re.findall(r"((?:[^:\\]|\\.)*)(?::|$)", text)][:-1]
        kind = parts.pop(0) if parts and re.fullmatch(r"[a-z]\w*", parts[0]) else "tcp"
        if kind in ("unix", "ssl", "systemd"):
            why = f"Carillon listens on TCP ports, without TLS: {text!r} is ignored, it listens on 127.0.0.1:8020"
            self.session.warn(f"c['www']: {why}", self.place("www"))
            return "127.0.0.1", 8020
        if kind not in ("tcp", "tcp6"):
            self.refuse("www", f"cannot read the port {text!r}")
        given = {"interface": "::" if kind == "tcp6" else host}
        for index, part in enumerate(parts):
            name, equals, value = part.partition("=")
            if not equals and index > 0:
                self.refuse("www", f"cannot read the port {text!r}")
            given[name if equals else "port"] = value if equals else part
        for name in given:
            if name not in ("port", "interface"):
                self.session.warn(f"c['www']: '{name}' of the port is ignored", self.place("www"))
        if not re.fullmatch(r"\d{1,5}", given.get("port", "")):
            self.refuse("www", f"cannot read the port {text!r}")
        return given["interface"] or host, int(given["port"])

    def _rendered(self, key: str, value: Any) -> Any:
        """util.Secret and util.Interpolate with secrets work here too; there is no build to ask."""
        if not _renderables.is_renderable(value):
            return value
        return _waiting.at_once(_renderables.render(value, Properties()), f"c[{key!r}]")
