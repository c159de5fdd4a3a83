"""Stand-ins for the parts of Buildbot that build, and for services of others: they remember what they were given."""

from __future__ import annotations

import abc
from typing import Any

from carillon._places import here

# Names of buildbot.plugins.util that a configuration may use for its builders.
UTIL_NAMES = """
AnyControlEndpointMatcher AnyEndpointMatcher AnyPropertyParameter AuthorizedKeysManhole Authz AvatarGitHub
AvatarGravatar BasicBuildFactory BasicSVN BitbucketAuth BooleanParameter BuildFactory BuilderConfig CPAN ChangeFilter
ChoiceStringParameter Codebase CodebaseParameter CommandlineUserManager Connection CustomAuth DbConfig Distutils
EnableSchedulerEndpointMatcher EqConnectionPool FailingBuildsetCanceller FileParameter FixedParameter
ForceBuildEndpointMatcher GNUAutoconf GerritChangeFilter GitCredentialInputRenderer GitCredentialOptions GitHubAuth
GitLabAuth GoogleAuth HTPasswdAuth InheritBuildParameter IntParameter JanitorConfigurator KubeCtlProxyConfigLoader
KubeHardcodedConfig KubeInClusterConfigLoader LdapUserInfo LogLineObserver MasterLock NestedParameter
OldBuildCanceller ParameterGroup PasswordManhole PatchParameter Project QuickBuildFactory RebuildBuildEndpointMatcher
RemoteUserAuth RepoDownloadsFromChangeSource RepoDownloadsFromProperties RevlinkMatch RolesFromDomain RolesFromEmails
RolesFromGroups RolesFromOwner RolesFromUsername ShellArg SourceStampFilter StopBuildEndpointMatcher StringParameter
TelnetManhole TextParameter Trial UserNameParameter UserPasswordAuth WorkerChoiceParameter WorkerLock bitbucket
bitbucketcloud bitbucketserver enforceChosenWorker fnmatchStrMatcher github gitlab gitorious poller reStrMatcher svn
""".split()

MARK = ", which does nothing here"  # in the texts of stand-ins

# What would make a stand-in look like something else: a Deferred, a renderable, a lookup, a time.
_NEVER = frozenset("addBoth addCallbacks getRenderingFor getAddress timestamp isoformat getTraceback".split())
# Attribute -> those that say the same.
_LIKEWISE = {
    "workername": ("slavename", "name"),
    "slavename": ("workername", "name"),
    "workernames": ("slavenames", "workername", "slavename"),
    "slavenames": ("workernames", "workername", "slavename"),
}


def _absent(name: str) -> bool:
    return name.startswith(("__", "_abc_", "_carillon_")) or name in _NEVER


class _Kind(abc.ABCMeta):
    """Of stand-in classes: whatever attribute is asked for, there is one (CMake.DEFAULT_CMAKE)."""

    def __getattr__(cls, name: str) -> Any:
        if _absent(name):
            raise AttributeError(name)
        return StandIn()

    def __repr__(cls) -> str:
        return f"<{cls.__name__}{MARK}>"


class StandIn(metaclass=_Kind):
    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        self = object.__new__(cls)
        self.__dict__["_carillon_where"] = here()
        return self

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if args and isinstance(args[0], str):
            self.__dict__["name"] = args[0]
        self.__dict__.update(kwargs)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        pass

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return StandIn()

    def __getattr__(self, name: str) -> Any:
        if _absent(name):
            raise AttributeError(name)
        for other in _LIKEWISE.get(name, ()):
            if other in self.__dict__:
                value = self.__dict__[other]
                return [value] if name.endswith("s") and isinstance(value, str) else value
        return StandIn()

    def __getitem__(self, key: Any) -> Any:
        return StandIn()

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __delitem__(self, key: Any) -> None:
        pass

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return True

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> bool:
        return False

    def __add__(self, other: Any) -> Any:
        return StandIn()

    __radd__ = __or__ = __ror__ = __and__ = __mod__ = __truediv__ = __add__

    def __repr__(self) -> str:
        return f"<{type(self).__name__}{MARK}>"


def named_in(text: str) -> str:
    """The stand-in that stands in the text."""
    return text[: text.index(MARK)].rpartition("<")[2]


_classes = {}


def stand_in(name: str) -> type:
    if name not in _classes:
        _classes[name] = _Kind(name, (StandIn,), {"__module__": "buildbot"})
    return _classes[name]


class PluginStandIn(StandIn):
    """A reporter of a plugin. c['services'].extend() takes it, too, so that it is told of."""

    def __iter__(self) -> Any:
        return iter((self,))


def any_class(name: str) -> type | None:
    """For namespaces of reporters: every name that looks like a class is there."""
    if not name[:1].isupper():
        return None
    if ("reporters", name) not in _classes:
        _classes["reporters", name] = _Kind(name, (PluginStandIn,), {"__module__": "buildbot"})
    return _classes["reporters", name]


def about_left_out(value: StandIn) -> str:
    """What c['services'] says of a stand-in in it."""
    kinds = [cls.__name__ for cls in type(value).__mro__ if cls.__module__ == "buildbot"]
    name = type(value).__name__
    if name == "StandIn":
        return "this service is none of Carillon's; it is left out"
    if "NotifierBase" in kinds:
        return f"{name} is a reporter of your own; Carillon does not run it: it is left out"
    return f"{name} is none of Carillon's reporters; it is left out"
