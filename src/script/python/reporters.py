"""Classes that users configure, made from the schemas of the program: reporters and masters."""

import difflib

from carillon import _details, _hipchat, _master
from carillon._places import ConfigurationError, here

# Class -> methods that a subclass may call with super(). The others exist in the program only.
BASE_METHODS = {"HipChatStatusPush": _hipchat.METHODS}


class UnknownName(ConfigurationError, AttributeError):
    pass


def did_you_mean(name, names):
    close = difflib.get_close_matches(name.lower(), [one.lower() for one in names], 3, 0.6)
    meant = [one for one in names if one.lower() in close and not one.startswith("_")]
    return "; did you mean %s?" % " or ".join(sorted(meant)) if meant else ""


class Configurable:
    """Remembers how it was called; the program reads that afterwards."""

    _carillon_schema = None  # of the generated class
    _carillon_class = None  # the generated class itself
    _carillon_call = None
    name = None

    def __new__(cls, *args, **kwargs):
        self = object.__new__(cls)
        self._carillon_where = here()
        return self

    def __init__(self, *args, **kwargs):
        if "name" in kwargs and "name" not in self._carillon_schema["arguments"]:
            self.name = kwargs.pop("name")
        if self.name is not None and not isinstance(self.name, str):
            raise ConfigurationError(
                "%s(name=...): must be a string, not %s" % (type(self).__name__, type(self.name).__name__)
            )
        self._carillon_call = (args, kwargs)

    @property
    def master(self):
        return _master.get_current()

    def getResponsibleUsersForBuild(self, master, buildid):
        return _details.getResponsibleUsersForBuild(master, buildid)

    def __repr__(self):
        return "<%s at %s>" % (type(self).__name__, self._carillon_where)


def _no_base(class_name, method):
    def missing(self, *args, **kwargs):
        raise NotImplementedError("%s.%s of the program cannot be called from Python" % (class_name, method))

    missing.__name__ = method
    return missing


def make_class(schema):
    known = BASE_METHODS.get(schema["name"], {})
    methods = {
        method: known.get(method) or _no_base(schema["name"], method)
        for method in schema["methods"]
        if not hasattr(Configurable, method)
    }
    made = type(schema["name"], (Configurable,), {"_carillon_schema": schema, "__module__": "carillon", **methods})
    made._carillon_class = made
    return made


class Namespace:
    """`reporters`, `util`, `masters`, ...: a fixed set of names, with help for wrong ones."""

    def __init__(self, label, names, missing=None):
        self.__dict__.update(names)
        self.__dict__["_label"] = label
        self.__dict__["_missing"] = missing

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if self._missing is not None:
            found = self._missing(name)
            if found is not None:
                return found
        raise UnknownName("%s has no '%s'%s" % (self._label, name, did_you_mean(name, list(self.__dict__))))

    def __dir__(self):
        return [name for name in self.__dict__ if not name.startswith("_")]


class Domain:
    """A lookup: users of the version control have an address in this domain."""

    def __init__(self, domain):
        self._carillon_where = here()
        if not isinstance(domain, str) or "@" in domain:
            raise ConfigurationError("Domain(...): must be a domain such as 'example.org'")
        self.domain = domain

    def getAddress(self, name):
        return name if "@" in name else "%s@%s" % (name, self.domain)
