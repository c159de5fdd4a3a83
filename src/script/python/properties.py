"""The properties of one build, as renderables and callbacks see them."""

from __future__ import annotations

from typing import Any

from carillon import _waiting
from carillon._types import Data, Promise


class BuildObject(dict):
    """The build, a dictionary as everywhere, with the few methods that callbacks call on it."""

    _props = None

    def getUrl(self) -> str:
        return self.get("url", "")

    def getProperties(self) -> Properties:
        return self._props

    def getProperty(self, name: str, default: Any = None) -> Any:
        return self._props.getProperty(name, default)

    def hasProperty(self, name: str) -> bool:
        return self._props.hasProperty(name)

    def render(self, value: Any) -> Any:
        return self._props.render(value)

    @property
    def master(self) -> Any:
        return self._props.master

    @property
    def results(self) -> int | None:
        return self.get("results")

    @property
    def number(self) -> int | None:
        return self.get("number")


def _parts(entry: Any) -> tuple[Any, Any]:
    """Of a property that was posted, perhaps as its value alone."""
    if isinstance(entry, (list, tuple)) and len(entry) == 2 and isinstance(entry[1], (str, type(None))):
        return tuple(entry)
    return entry, "Build"


def _pair(entry: Any) -> tuple[Any, Any]:
    return tuple(entry) if isinstance(entry, (list, tuple)) and len(entry) == 2 else (entry, "Build")


class Properties:
    def __init__(self, **kwargs: Any) -> None:
        self.properties = {name: (value, "TEST") for name, value in kwargs.items()}
        self.build = None
        self.master = None

    @classmethod
    def of_build(cls, build: Data, master: Any) -> Properties:
        self = cls()
        self.build = BuildObject(build)
        self.build._props = self
        self.master = master
        for name, entry in (build.get("properties") or {}).items():
            self.properties[name] = _parts(entry)
        # A master that sends no properties still says this much.
        for name, value in (
            ("buildername", (build.get("builder") or {}).get("name")),
            ("buildnumber", build.get("number")),
            ("workername", build.get("workername")),
        ):
            if value is not None:
                self.properties.setdefault(name, (value, "Build"))
        return self

    @classmethod
    def fromDict(cls, entries: Data) -> Properties:
        self = cls()
        self.properties = {name: _pair(entry) for name, entry in entries.items()}
        return self

    def __contains__(self, name: str) -> bool:
        return name in self.properties

    def __getitem__(self, name: str) -> Any:
        return self.properties[name][0]

    def __bool__(self) -> bool:
        return bool(self.properties)

    def __repr__(self) -> str:
        values = {name: entry[0] for name, entry in self.properties.items()}
        return f"Properties(**{values!r})"

    def getProperty(self, name: str, default: Any = None) -> Any:
        return self.properties[name][0] if name in self.properties else default

    def hasProperty(self, name: str) -> bool:
        return name in self.properties

    has_key = hasProperty

    def getPropertySource(self, name: str) -> Any:
        return self.properties[name][1]

    def setProperty(self, name: str, value: Any, source: str = "Unknown", runtime: bool = False) -> None:
        self.properties[name] = (value, source)

    def update(self, entries: Data, source: str, runtime: bool = False) -> None:
        for name, value in entries.items():
            self.setProperty(name, value, source)

    def asDict(self) -> dict[str, tuple[Any, Any]]:
        return dict(self.properties)

    def asList(self) -> list[tuple[str, Any, Any]]:
        return sorted((name, value, source) for name, (value, source) in self.properties.items())

    def getProperties(self) -> Properties:
        return self

    def getBuild(self) -> BuildObject | None:
        return self.build

    def _buildset(self) -> Data:
        return (self.build or {}).get("buildset") or {}

    @property
    def sourcestamps(self) -> list[Data]:
        return self._buildset().get("sourcestamps") or []

    def getSourceStamp(self, codebase: str = "") -> Data | None:
        for stamp in self.sourcestamps:
            if (stamp.get("codebase") or "") == codebase:
                return stamp
        return None

    @property
    def changes(self) -> list[Data]:
        return (self.build or {}).get("changes") or []

    @property
    def files(self) -> list[str]:
        return [name for change in self.changes for name in change.get("files") or []]

    def render(self, value: Any) -> Promise:
        from carillon import _renderables

        return _waiting.promise(_renderables.render(value, self))

    def useSecret(self, value: Any, name: str) -> None:
        pass

    def cleanupTextFromSecrets(self, text: str) -> str:
        return text
