"""Stand-ins for the parts of Buildbot that build: workers, steps, schedulers. They accept anything and do nothing."""

# Names of buildbot.plugins.util that a configuration may use for its builders.
UTIL_NAMES = """
AnyControlEndpointMatcher AnyEndpointMatcher AnyPropertyParameter AuthorizedKeysManhole Authz AvatarGravatar
BasicBuildFactory BasicSVN BitbucketAuth BooleanParameter BuildFactory BuilderConfig CPAN ChangeFilter
ChoiceStringParameter CodebaseParameter CommandlineUserManager Connection CustomAuth DbConfig Distutils
EnableSchedulerEndpointMatcher EqConnectionPool FileParameter FixedParameter ForceBuildEndpointMatcher GNUAutoconf
GerritChangeFilter GitHubAuth GitLabAuth GoogleAuth HTPasswdAuth InheritBuildParameter IntParameter
JanitorConfigurator KubeCtlProxyConfigLoader KubeHardcodedConfig KubeInClusterConfigLoader LdapUserInfo
LogLineObserver MasterLock NestedParameter ParameterGroup PasswordManhole PatchParameter QuickBuildFactory
RebuildBuildEndpointMatcher RemoteUserAuth RepoDownloadsFromChangeSource RepoDownloadsFromProperties RevlinkMatch
RolesFromDomain RolesFromEmails RolesFromGroups RolesFromOwner RolesFromUsername ShellArg
StopBuildEndpointMatcher StringParameter TelnetManhole TextParameter Trial UserNameParameter UserPasswordAuth
WorkerChoiceParameter WorkerLock enforceChosenWorker fnmatchStrMatcher reStrMatcher
""".split()

# Modules below `buildbot.` whose names are all stand-ins.
MODULES = (
    "changes",
    "config",
    "configurators",
    "locks",
    "machine",
    "manhole",
    "process",
    "revlinks",
    "schedulers",
    "secrets",
    "steps",
    "worker",
    "www",
)


class StandIn:
    def __init__(self, *args, **kwargs):
        pass

    def __init_subclass__(cls, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        return StandIn()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn()

    def __getitem__(self, key):
        return StandIn()

    def __setitem__(self, key, value):
        pass

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __bool__(self):
        return True


_classes = {}


def stand_in(name):
    if name not in _classes:
        _classes[name] = type(name, (StandIn,), {"__module__": "buildbot"})
    return _classes[name]


def any_class(name):
    """For namespaces: every name that looks like a class is there."""
    return stand_in(name) if name[:1].isupper() else None


def any_name(name):
    return stand_in(name)
