"""The properties of one build, as renderables and callbacks see them."""

from carillon import _waiting


class BuildObject(dict):
    """The build, a dictionary as everywhere, with the few methods that callbacks call on it."""

    _props = None

    def getUrl(self):
        return self.get("url", "")

    def getProperties(self):
        return self._props

    def getProperty(self, name, default=None):
        return self._props.getProperty(name, default)

    def hasProperty(self, name):
        return self._props.hasProperty(name)

    def render(self, value):
        return self._props.render(value)

    @property
    def master(self):
        return self._props.master

    @property
    def results(self):
        return self.get("results")

    @property
    def number(self):
        return self.get("number")


def _parts(entry):
    """Of a property that was posted, perhaps as its value alone."""
    if isinstance(entry, (list, tuple)) and len(entry) == 2 and isinstance(entry[1], (str, type(None))):
        return tuple(entry)
    return entry, "Build"


def _pair(entry):
    return tuple(entry) if isinstance(entry, (list, tuple)) and len(entry) == 2 else (entry, "Build")


class Properties:
    def __init__(self, **kwargs):
        self.properties = {name: (value, "TEST") for name, value in kwargs.items()}
        self.build = None
        self.master = None

    @classmethod
    def of_build(cls, build, master):
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
    def fromDict(cls, entries):
        self = cls()
        self.properties = {name: _pair(entry) for name, entry in entries.items()}
        return self

    def __contains__(self, name):
        return name in self.properties

    def __getitem__(self, name):
        return self.properties[name][0]

    def __bool__(self):
        return bool(self.properties)

    def __repr__(self):
        return "Properties(**%r)" % {name: entry[0] for name, entry in self.properties.items()}

    def getProperty(self, name, default=None):
        return self.properties[name][0] if name in self.properties else default

    def hasProperty(self, name):
        return name in self.properties

    has_key = hasProperty

    def getPropertySource(self, name):
        return self.properties[name][1]

    def setProperty(self, name, value, source="Unknown", runtime=False):
        self.properties[name] = (value, source)

    def update(self, entries, source, runtime=False):
        for name, value in entries.items():
            self.setProperty(name, value, source)

    def asDict(self):
        return dict(self.properties)

    def asList(self):
        return sorted((name, value, source) for name, (value, source) in self.properties.items())

    def getProperties(self):
        return self

    def getBuild(self):
        return self.build

    def _buildset(self):
        return (self.build or {}).get("buildset") or {}

    @property
    def sourcestamps(self):
        return self._buildset().get("sourcestamps") or []

    def getSourceStamp(self, codebase=""):
        for stamp in self.sourcestamps:
            if (stamp.get("codebase") or "") == codebase:
                return stamp
        return None

    @property
    def changes(self):
        return (self.build or {}).get("changes") or []

    @property
    def files(self):
        return [name for change in self.changes for name in change.get("files") or []]

    def render(self, value):
        from carillon import _renderables

        return _waiting.promise(_renderables.render(value, self))

    def useSecret(self, value, name):
        pass

    def cleanupTextFromSecrets(self, text):
        return text
