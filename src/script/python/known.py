"""What the modules of Buildbot are called, from 0.9 to 4.3, and the names that most of them define."""

from __future__ import annotations

from typing import Any

_TEXT = """
data.test_result_sets:
data.test_results:
db.migrate.versions:
db.migrate_utils:
db.test_result_sets:
db.test_results:
monkeypatches.mock_asserts:
monkeypatches.testcase_assert:
spec:
spec.indent:
spec.types:
steps.http_oldstyle:
steps.master_oldstyle:
steps.shell_oldstyle:
util.test_result_submitter:
www.hooks.googlecode:
.: getVersion getVersionFromArchiveId gitDescribeToPep440 mTimeVersion version
asyncio:
buildbot_net_usage_data: PHONE_HOME_URL basicData computeUsageData countPlugins fullData getName get_distro
  linux_distribution sendBuildbotNetUsageData
buildrequest:
buildslave:
buildslave.ec2:
buildslave.libvirt:
buildslave.openstack:
changes:
changes.base: ChangeSource PollingChangeSource ReconfigurablePollingChangeSource
changes.bitbucket: BitbucketPullrequestPoller
changes.changes: Change
changes.filter: ChangeFilter
changes.gerritchangesource: GerritChangeFilter GerritChangeSource GerritChangeSourceBase GerritEventLogPoller
  GerritHttpEventLogPollerConnector GerritSshStreamEventsConnector build_gerrit_event_hash extract_gerrit_event_time
  is_event_valid
changes.github: GitHubPullrequestPoller HOSTED_BASE_URL PullRequestMixin link_urls
changes.gitpoller: GitError GitPoller
changes.hgpoller: HgPoller
changes.mail: BzrLaunchpadEmailMaildirSource CVSMaildirSource MaildirSource SVNCommitEmailMaildirSource
  parseLaunchpadDate
changes.manager: ChangeManager
changes.p4poller: P4PollerError P4Source TicketLoginProtocol debug_logging get_simple_split
changes.pb: ChangePerspective PBChangeSource
changes.svnpoller: SVNPoller split_file_alwaystrunk split_file_branches split_file_projects_branches
clients:
clients.base:
clients.sendchange:
clients.tryclient:
clients.usersclient:
compat:
config: BuilderConfig ConfigErrors ConfigWarning DEFAULT_DB_URL FileLoader MasterConfig RESERVED_UNDERSCORE_NAMES
  error loadConfigDict warnDeprecated
config.builder: BuilderConfig RESERVED_UNDERSCORE_NAMES
config.checks: T check_markdown_support check_param_bool check_param_int check_param_int_none check_param_length
  check_param_number_none check_param_str check_param_str_none check_param_type
config.errors: ConfigErrors capture_config_errors error
config.master: DBConfig DEFAULT_DB_URL FileLoader MasterConfig get_is_in_unit_tests loadConfigDict
  set_is_in_unit_tests
configurators: ConfiguratorBase
configurators.janitor: BuildDataJanitor JANITOR_NAME JanitorConfigurator LogChunksJanitor now
data:
data.base:
data.build_data:
data.builders:
data.buildrequests:
data.builds:
data.buildsets:
data.changes:
data.changesources:
data.codebase_branches:
data.codebase_commits:
data.codebases:
data.connector:
data.exceptions:
data.forceschedulers:
data.graphql:
data.logchunks:
data.logs:
data.masters:
data.patches:
data.projects:
data.properties:
data.resultspec:
data.root:
data.schedulers:
data.sourcestamps:
data.steps:
data.types:
data.workers:
db:
db.base:
db.build_data:
db.builders:
db.buildrequests:
db.builds:
db.buildsets:
db.buildslaves:
db.changes:
db.changesources:
db.codebase_branches:
db.codebase_commits:
db.codebases:
db.compression:
db.compression.brotli:
db.compression.lz4:
db.compression.native:
db.compression.protocol:
db.compression.zstd:
db.connector:
db.dbconfig:
db.enginestrategy:
db.exceptions:
db.logs:
db.masters:
db.model:
db.model_config:
db.pool:
db.projects:
db.schedulers:
db.sourcestamps:
db.state:
db.steps:
db.tags:
db.types:
db.types.json:
db.users:
db.workers:
errors: CaptureCallbackError PluginDBError
interfaces: BuilderInUseError IBuildControl IBuildRequestControl IBuildRequestStatus IBuildSetStatus IBuildStatus
  IBuildStep IBuildStepFactory IBuilderControl IBuilderStatus IChangeSource IConfigLoader IConfigurator IConfigured
  IControl IEmailLookup IEmailSender IEventSource IHttpResponse ILatentMachine ILatentWorker ILogObserver IMachine
  IMachineAction IPlugin IProperties IRenderable IReportGenerator IScheduler ISchedulerStatus ISourceStamp IStatus
  IStatusEvent IStatusLogConsumer IStatusReceiver ITriggerableScheduler IWorker IWorkerStatus
  LatentWorkerCannotSubstantiate LatentWorkerFailedToSubstantiate LatentWorkerSubstantiatiationCancelled NoSlaveError
  WorkerSetupError WorkerTooOldError
locks: BaseLock BaseLockId LockAccess MasterLock RealMasterLock RealWorkerLock WorkerLock
machine:
machine.base: Machine
machine.generic: GenericLatentMachine HttpAction LocalWOLAction LocalWakeAction RemoteSshSuspendAction
  RemoteSshWOLAction RemoteSshWakeAction runProcessLogFailures
machine.latent: AbstractLatentMachine States
machine.manager: MachineManager
manhole: ArbitraryCheckerManhole AuthorizedKeysManhole PasswordManhole TelnetManhole chainedProtocolFactory
  makeTelnetProtocol show
master: BuildMaster Control LogRotation
monkeypatches:
monkeypatches.decorators:
monkeypatches.python14653:
monkeypatches.servicechecks:
monkeypatches.twisted9127:
mq:
mq.base:
mq.connector:
mq.simple:
mq.wamp:
pbmanager: Dispatcher PBManager Registration debug
pbutil:
plugins: buildslave changes reporters schedulers secrets steps util webhooks worker
plugins.db: find_distribution_info get_plugins info namespaces
process:
process.base:
process.botmaster:
process.build: Build
process.builder: Builder BuilderControl enforceChosenWorker
process.buildrequest:
process.buildrequestdistributor:
process.buildstep: BuildStep BuildStepCancelled BuildStepFailed BuildStepStatus BuildStepWrapperMixin
  CallableAttributeError CommandMixin LogLineObserver LogObserver LoggedRemoteCommand LoggingBuildStep
  OutputProgressObserver RemoteCommand RemoteShellCommand ShellMixin SyncLogFileWrapper
  create_step_from_step_or_factory get_factory_from_step_or_factory regex_log_evaluator
process.cache:
process.codebase:
process.debug:
process.factory: BasicBuildFactory BasicSVN BuildFactory CPAN ConfigurableBuildFactory Distutils GNUAutoconf
  QuickBuildFactory Trial s
process.locks:
process.log:
process.logobserver: BufferLogObserver LineConsumerLogObserver LogLineObserver LogObserver OutputProgressObserver
process.measured_service:
process.metrics:
process.project:
process.properties: FlattenList Interpolate Properties PropertiesMixin Property RenderableOperatorsMixin Secret
  Transform WithProperties renderer
process.remotecommand: LoggedRemoteCommand RemoteCommand RemoteException RemoteShellCommand
process.remotetransfer:
process.results: ALL_RESULTS MultipleResults ResultComputingConfigMixin Results computeResultAndTermination
  statusToString worst_status
process.slavebuilder:
process.subunitlogobserver: SubunitShellCommand
process.users:
process.users.manager: UserManagerManager
process.users.manual: CommandlineUserManager CommandlineUserManagerPerspective
process.users.users: check_passwd createUserObject encrypt getBuildContacts getChangeContacts getSourceStampContacts
  getUserContact getUsersContacts salt_len srcs
process.workerforbuilder: AbstractWorkerForBuilder LatentWorkerForBuilder Ping PingException States WorkerForBuilder
reporters:
reporters.base: ENCODING ReporterBase
reporters.bitbucket: BITBUCKET_FAILED BITBUCKET_INPROGRESS BITBUCKET_SUCCESSFUL BitbucketStatusPush
reporters.bitbucketserver: BitbucketServerCoreAPIStatusPush BitbucketServerPRCommentPush BitbucketServerStatusPush
  COMMENT_API_URL FAILED HTTP_CREATED HTTP_PROCESSED INPROGRESS STATUS_API_URL STATUS_CORE_API_URL SUCCESSFUL
reporters.generators:
reporters.generators.build: BuildStartEndStatusGenerator BuildStatusGenerator
reporters.generators.buildrequest: BuildRequestGenerator
reporters.generators.buildset: BuildSetCombinedStatusGenerator BuildSetStatusGenerator
reporters.generators.utils: BuildStatusGeneratorMixin
reporters.generators.worker: ENCODING WorkerMissingGenerator
reporters.gerrit: DEFAULT_REVIEW DEFAULT_SUMMARY GERRIT_LABEL_REVIEWED GERRIT_LABEL_VERIFIED
  GERRIT_VERSION_CACHE_TIMEOUT GerritBuildEndStatusGenerator GerritBuildSetStatusGenerator
  GerritBuildStartStatusGenerator GerritStatusGeneratorBase GerritStatusPush defaultReviewCB defaultSummaryCB
  extract_project_revision makeReviewResult
reporters.gerrit_verify_status: GerritVerifyStatusPush
reporters.github: GitHubCommentPush GitHubStatusPush HOSTED_BASE_URL
reporters.gitlab: GitLabStatusPush HOSTED_BASE_URL
reporters.hipchat: HOSTED_BASE_URL HipChatStatusPush
reporters.http: HttpStatusPush HttpStatusPushBase
reporters.irc: IRC IRCChannel IRCContact IrcStatusBot IrcStatusFactory UsageError
reporters.mail: Domain MailNotifier VALID_EMAIL VALID_EMAIL_ADDR
reporters.message: DeprecatedMessageFormatterBuildJson MessageFormatter MessageFormatterBase
  MessageFormatterBaseJinja MessageFormatterEmpty
  MessageFormatterFunction MessageFormatterFunctionRaw MessageFormatterMissingWorker MessageFormatterRenderable
  create_context_for_build create_context_for_buildset create_context_for_worker default_body_template_html
  default_body_template_plain default_missing_template_html default_missing_template_plain
  default_missing_worker_subject_template default_subject_template get_detected_status_text
  get_message_source_stamp_text get_message_summary_text get_projects_text
reporters.notifier: ENCODING NotifierBase
reporters.pushjet: DEFAULT_MSG_TEMPLATE ENCODING LEVELS PushjetNotifier
reporters.pushover: DEFAULT_MSG_TEMPLATE ENCODING PRIORITIES PushoverNotifier VALID_PARAMS
reporters.stash: StashStatusPush
reporters.telegram: TelegramBot TelegramChannel TelegramContact TelegramPollingBot TelegramStatusBot
  TelegramWebhookBot collect_fields
reporters.utils: URLForBuild getDetailsForBuild getDetailsForBuilds getDetailsForBuildset getPreviousBuild
  getResponsibleUsersForBuild getResponsibleUsersForSourceStamp getURLForBuild getURLForBuildrequest
  get_details_for_buildrequest get_responsible_users_for_buildset get_url_for_log get_url_for_log_raw
  merge_reports_prop merge_reports_prop_take_first should_attach_log
reporters.words: BuildRequest Channel Contact ForceOptions GREETINGS StatusBot ThrottledClientFactory UsageError
  WebhookResource dangerousCommand dangerous_commands maybeColorize
reporters.zulip: ZulipStatusPush
revlinks: BitbucketRevlink GithubRevlink GitwebMatch RevlinkMatch RevlinkMultiplexer SourceforgeGitRevlink
  SourceforgeGitRevlink_AlluraPlatform default_revlink_matcher
scheduler:
schedulers:
schedulers.base: BaseScheduler ReconfigurableBaseScheduler
schedulers.basic: AnyBranchScheduler BaseBasicScheduler Dependent Scheduler SingleBranchScheduler
schedulers.canceller: OldBuildCanceller
schedulers.canceller_buildset: FailingBuildsetCanceller
schedulers.dependent: Dependent
schedulers.filter:
schedulers.forcesched: AnyPropertyParameter BaseParameter BooleanParameter ChoiceStringParameter CodebaseParameter
  CollectedValidationError DefaultField FileParameter FixedParameter ForceScheduler InheritBuildParameter IntParameter
  NestedParameter ParameterGroup PatchParameter StringParameter TextParameter UserNameParameter ValidationError
  ValidationErrorCollector WorkerChoiceParameter oneCodebase
schedulers.manager: SchedulerManager
schedulers.timed: Nightly NightlyBase NightlyTriggerable Periodic Timed
schedulers.triggerable: Triggerable
schedulers.trysched: BadJobfile JobdirService RemoteBuild RemoteBuildRequest RemoteBuildSetStatus TryBase Try_Jobdir
  Try_Userpass Try_Userpass_Perspective
scripts:
scripts.base:
scripts.checkconfig:
scripts.cleanupdb:
scripts.copydb:
scripts.create_master:
scripts.dataspec:
scripts.devproxy:
scripts.gengraphql:
scripts.logwatcher:
scripts.processwwwindex:
scripts.reconfig:
scripts.restart:
scripts.runner:
scripts.sendchange:
scripts.start:
scripts.stop:
scripts.trycmd:
scripts.tryserver:
scripts.upgrade_master:
scripts.user:
scripts.windows_service:
secrets:
secrets.manager: SecretManager
secrets.providers:
secrets.providers.base: SecretProviderBase
secrets.providers.file: SecretInAFile
secrets.providers.passwordstore: SecretInPass
secrets.providers.vault: HashiCorpVaultSecretProvider
secrets.providers.vault_hvac: HashiCorpVaultKvSecretProvider VaultAuthenticator VaultAuthenticatorApprole
  VaultAuthenticatorToken
secrets.secret: SecretDetails
statistics:
statistics.capture:
statistics.stats_service:
statistics.storage_backends:
statistics.storage_backends.base:
statistics.storage_backends.influxdb_client:
status:
status.base: StatusReceiver StatusReceiverBase StatusReceiverMultiService StatusReceiverPerspective
  StatusReceiverService
status.build: BuildStatus
status.builder: BuilderStatus
status.buildrequest: BuildRequestStatus
status.buildset: BuildSetStatus BuildSetSummaryNotifierMixin
status.client: PBListener
status.event: Event
status.master: Status
status.web:
status.worker: WorkerStatus
steps:
steps.cmake: CMake
steps.configurable: BuildbotCiLoader BuildbotCiSetupSteps BuildbotCiYml BuildbotCiYmlInvalid
  BuildbotTestCiReadConfigMixin BuildbotTestCiTrigger eval_model evaluate_condition interpolate_constructor
  parse_env_string
steps.cppcheck: Cppcheck
steps.download_secret_to_worker: DownloadSecretsToWorker RemoveWorkerFileSecret
steps.gitdiffinfo: GitDiffInfo
steps.http: DELETE GET HEAD HTTPStep OPTIONS POST PUT closeSession getSession setSession
steps.master: Assert LogRenderable MasterShellCommand SetProperties SetProperty
steps.maxq: MaxQ MaxQObserver
steps.mswin: Robocopy
steps.mtrlogobserver: EqConnectionPool MTR MtrLogObserver MtrTestFailData
steps.package:
steps.package.deb:
steps.package.deb.lintian: DebLintian MaxQObserver
steps.package.deb.pbuilder: DebCowbuilder DebPbuilder UbuCowbuilder UbuPbuilder
steps.package.rpm:
steps.package.rpm.mock: Mock MockBuildSRPM MockRebuild MockStateObserver
steps.package.rpm.rpmbuild: RpmBuild
steps.package.rpm.rpmlint: RpmLint
steps.package.rpm.rpmspec: RpmSpec
steps.package.util: WEObserver
steps.python: BuildEPYDoc PyFlakes PyLint Sphinx
steps.python_twisted: HLint RemovePYCs Trial TrialTestCaseCounter UNSPECIFIED
steps.shell: Compile Configure PerlModuleTest PerlModuleTestObserver SetProperty SetPropertyFromCommand ShellCommand
  Test TreeSize WarningCountingShellCommand
steps.shellsequence: ShellArg ShellSequence
steps.slave:
steps.source:
steps.source.base: Source
steps.source.bzr: Bzr
steps.source.cvs: CVS
steps.source.darcs: Darcs
steps.source.gerrit: Gerrit
steps.source.git: GIT_HASH_LENGTH Git GitCommit GitPush GitTag RC_SUCCESS git_describe_flags isTrueOrIsExactlyZero
steps.source.github: GitHub
steps.source.gitlab: GitLab
steps.source.mercurial: Mercurial
steps.source.mtn: Monotone
steps.source.p4: P4 debug_logging
steps.source.repo: Repo RepoDownloadsFromChangeSource RepoDownloadsFromProperties
steps.source.svn: SVN
steps.subunit: SubunitLogObserver SubunitShellCommand
steps.transfer: DirectoryUpload FileDownload FileUpload JSONPropertiesDownload JSONStringDownload MultipleFileUpload
  StringDownload makeStatusRemoteCommand
steps.trigger: Trigger
steps.vstudio: MSLogLineObserver MsBuild MsBuild12 MsBuild14 MsBuild141 MsBuild15 MsBuild16 MsBuild17 MsBuild4 VC10
  VC11 VC12 VC14 VC141 VC6 VC7 VC8 VC9 VCExpress9 VS2003 VS2005 VS2008 VS2010 VS2012 VS2013 VS2015 VS2017 VS2019
  VS2022 VisualStudio addEnvPath
steps.worker: CompositeStepMixin CopyDirectory FileExists MakeDirectory RemoveDirectory SetPropertiesFromEnv
  WorkerBuildStep
util: ComparableMixin NotABranch UTC asyncSleep badchars_map bytes2NativeString bytes2unicode
  check_functional_environment command_to_string datetime2epoch dictionary_merge diffSets epoch2datetime flatten
  flattened_iterator formatInterval fuzzyInterval human_readable_delta in_reactor join_list makeList naturalSort
  none_or_str now rewrap safeTranslate string2boolean stripUrlPassword toJson unicode2NativeString unicode2bytes
util._notifier: Notifier
util.async_sort: async_sort
util.backoff: BackoffTimeoutExceededError ExponentialBackoffEngine ExponentialBackoffEngineAsync
  ExponentialBackoffEngineSync
util.bbcollections: KeyedSets
util.codebase: AbsoluteSourceStampsMixin
util.config: ConfiguredMixin
util.croniter:
util.debounce: Debouncer PH_IDLE PH_RUNNING PH_RUNNING_QUEUED PH_WAITING method
util.deferwaiter: DeferWaiter NonRepeatedActionHandler RepeatedActionHandler
util.eventual: eventually fireEventually flushEventualQueue
util.git: AbstractGitAuth GitMixin GitServiceAuth GitStepAuth GitStepMixin RC_SUCCESS check_ssh_config
  ensureSshKeyNewline escapeShellArgIfNeeded getSshArgsForKeys getSshCommand getSshKnownHostsContents
  getSshWrapperScriptContents scp_style_to_url_syntax
util.git_credential: GitCredentialInputRenderer GitCredentialOptions add_user_password_to_credentials
util.giturlparse: GitUrl giturlparse
util.httpclientservice: HTTPClientService HTTPSession TreqResponseWrapper TxRequestsResponseWrapper
util.identifiers: forceIdentifier ident_re incrementIdentifier initial_re isIdentifier subsequent_re
  trailing_digits_re
util.importlib_compat: entry_points_get
util.kubeclientservice: KubeClientService KubeConfigLoaderBase KubeCtlProxyConfigLoader KubeError KubeHardcodedConfig
  KubeInClusterConfigLoader
util.latent: CompatibleLatentWorkerMixin
util.lineboundaries: LineBoundaryFinder
util.logger:
util.lru: AsyncLRUCache LRUCache inv_failed
util.maildir: MaildirService NoSuchMaildir dnotify
util.misc: cancelAfter chunkify_list deferredLocked writeLocalFile
util.netstrings: NetstringParser NullAddress NullTransport
util.path_expand_user: nt_expanduser posix_expanduser
util.pathmatch: Matcher ident
util.poll: Poller method reset_poll_methods track_poll_methods
util.private_tempdir: PrivateTemporaryDirectory
util.protocol: LineBuffer LineProcessProtocol
util.pullrequest: PullRequestMixin
util.queue: ConnectableThreadQueue UndoableQueue
util.raml: RamlLoader RamlSpec construct_include construct_mapping
util.render_description: render_description
util.runprocess: RunProcess RunProcessPP create_process run_process
util.sautils: InsertFromSelect Table get_sqlite_version get_upsert_method hash_columns sa_version
  withoutSqliteForeignKeys
util.service: AsyncMultiService AsyncService BuildbotService BuildbotServiceManager ClusteredBuildbotService
  IndependentAsyncMultiService MasterService ReconfigurableServiceMixin SharedService
util.ssfilter: SourceStampFilter extract_filter_values extract_filter_values_branch extract_filter_values_dict
  extract_filter_values_dict_regex extract_filter_values_regex
util.ssl: ensureHasSSL skipUnless
util.state: StateMixin
util.subscription: Subscription SubscriptionPoint
util.tuplematch: matchTuple
util.twisted: InlineCallbacksType ThreadPool any_to_async async_to_deferred
util.watchdog: Watchdog
wamp:
wamp.connector:
warnings:
worker:
worker.base: AbstractWorker Worker
worker.docker: DockerBaseWorker DockerLatentWorker
worker.ec2: EC2LatentWorker FULFILLED PENDING PRICE_TOO_LOW RUNNING SHUTTINGDOWN SPOT_REQUEST_PENDING_STATES
  TERMINATED
worker.hyper: HyperLatentManager HyperLatentWorker
worker.kubernetes: KubeError KubeJsonError KubeLatentWorker KubeTextError
worker.latent: AbstractLatentWorker LocalLatentWorker States
worker.libvirt: Connection Domain LibVirtWorker ServerThreadPool ThreadWithQueue WorkQueue handle_connect_close queue
  threadpool
worker.local: LocalWorker
worker.manager: WorkerManager WorkerRegistration
worker.marathon: MarathonLatentWorker
worker.openstack: ACTIVE BUILD DELETED OpenStackLatentWorker UNKNOWN
worker.protocols:
worker.protocols.base: Connection FileReaderImpl FileWriterImpl Listener RemoteCommandImpl UpdateRegistrationListener
worker.protocols.manager:
worker.protocols.manager.base: BaseDispatcher BaseManager Registration
worker.protocols.manager.msgpack: BuildbotWebSocketServerProtocol ConnectioLostError Dispatcher MsgManager
  RemoteWorkerError decode_http_authorization_header encode_http_authorization_header
worker.protocols.manager.pb: Dispatcher PBManager
worker.protocols.msgpack: BasicRemoteCommand Connection Listener
worker.protocols.null: Connection FileReaderProxy FileWriterProxy Listener ProxyMixin RemoteCommandProxy
worker.protocols.pb: Connection FileReaderProxy FileWriterProxy Listener ReferenceableProxy RemoteCommand
worker.upcloud: DEFAULT_BASE_URL DEFAULT_CORE_NUMBER DEFAULT_MEMORY_AMOUNT DEFAULT_OS_DISK_SIZE DEFAULT_PLAN
  DEFAULT_ZONE UpcloudLatentWorker
worker_transition: DeprecatedWorkerAPIWarning DeprecatedWorkerModuleWarning DeprecatedWorkerNameWarning
  WorkerAPICompatMixin deprecatedWorkerClassMethod deprecatedWorkerClassProperty deprecatedWorkerModuleAttribute
  reportDeprecatedWorkerModuleUsage reportDeprecatedWorkerNameUsage setupWorkerTransition
www:
www.auth: AuthBase AuthRealm AuthRootResource CustomAuth HTPasswdAuth LoginResource LogoutResource NoAuth
  PreAuthenticatedLoginResource RemoteUserAuth SESSION_SECRET_ALGORITHM SESSION_SECRET_LENGTH TwistedICredAuthBase
  UserInfoProviderBase UserPasswordAuth build_anonymous_user_info build_cookie_name parse_user_info_from_token
www.authz:
www.authz.authz: Authz Forbidden fnmatchStrMatcher reStrMatcher
www.authz.endpointmatchers: AnyControlEndpointMatcher AnyEndpointMatcher BranchEndpointMatcher
  EnableSchedulerEndpointMatcher EndpointMatcherBase ForceBuildEndpointMatcher Match RebuildBuildEndpointMatcher
  StopBuildEndpointMatcher ViewBuildsEndpointMatcher
www.authz.roles: RolesFromBase RolesFromDomain RolesFromEmails RolesFromGroups RolesFromOwner RolesFromUsername
www.avatar: AvatarBase AvatarGitHub AvatarGravatar AvatarResource
www.change_hook:
www.config:
www.encoding:
www.graphql:
www.hooks:
www.hooks.base: BaseHookHandler base
www.hooks.bitbucket: BitBucketHandler bitbucket
www.hooks.bitbucketcloud: BitbucketCloudEventHandler GIT_BRANCH_REF GIT_MERGE_REF GIT_TAG_REF bitbucketcloud
www.hooks.bitbucketserver: BitbucketServerEventHandler GIT_BRANCH_REF GIT_MERGE_REF GIT_TAG_REF bitbucketserver
www.hooks.github: DEFAULT_GITHUB_API_URL DEFAULT_SKIPS_PATTERN GitHubEventHandler GitHubHandler github
www.hooks.gitlab: GitLabHandler gitlab
www.hooks.gitorious: GitoriousHandler gitorious
www.hooks.poller: PollingHandler poller
www.ldapuserinfo: LdapUserInfo
www.oauth2: BitbucketAuth GitHubAuth GitLabAuth GoogleAuth OAuth2Auth OAuth2LoginResource
www.plugin:
www.resource:
www.rest:
www.service:
www.sse:
www.ws:
"""


def _parse(text: str) -> Any:
    found = {}
    for line in text.strip().replace("\n  ", " ").split("\n"):
        module, _, names = line.partition(":")
        found["buildbot" if module == "." else "buildbot." + module] = tuple(names.split())
    return found


MODULES = _parse(_TEXT)
REPORTERS = frozenset(
    name
    for module, names in MODULES.items()
    if module.startswith("buildbot.reporters.")
    for name in names
    if name[:1].isupper() and not name.isupper()
)
