"""Methods of Buildbot's reporters that a subclass may override there: which of them are called here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from carillon import _places
from carillon._places import ConfigurationError
from carillon._types import Data, Function

_SERVICE = """
canReconfigWithSibling checkConfig configureService getConfigDict reconfigService reconfigServiceWithBuildbotConfig
reconfigServiceWithSibling startService stopService
"""
_MAKING = ("_create_default_generators", "_create_generators_from_old_args")
_GENERATORS = "_create_default_generators _create_generators_from_old_args _got_event"
_NOTIFIER = """
buildComplete buildMessage buildsetComplete computeShortcutModes getLogsForBuild getResponsibleUsersForBuild
isMessageNeeded isWorkerMessageNeeded matchesAnyTag sendMessage wantPreviousBuild workerMissing
"""
_PUSH = "buildFinished buildStarted filterBuilds getMoreInfoAndSend isStatus2XX is_status_2xx send sendMessage"
_STATUS = _PUSH + " createStatus setDefaults setup_context"
_GITHUB = _STATUS + " _extract_github_info _extract_issue _get_auth_header"
_SENT = _NOTIFIER + " sendNotification"

_METHODS = {
    "MailNotifier": _NOTIFIER
    + """ _shouldAttachLog createEmail findInterrestedUsersEmails formatAddress patch_to_attachment processRecipients
    sendMail""",
    "GerritStatusPush": """
    _gerritCmd buildComplete buildStarted buildsetComplete callWithVersion getBuildDetails getCachedVersion
    isBuildReported processVersion sendBuildSetSummary sendCodeReview sendCodeReviews sendMessage send_code_review
    """,
    "GerritVerifyStatusPush": _STATUS + " formatDuration getGerritChanges",
    "GitHubStatusPush": _GITHUB,
    "GitHubCommentPush": _GITHUB,
    "GitLabStatusPush": _STATUS + " getProjectId",
    "BitbucketStatusPush": _STATUS + " get_owner_and_repo",
    "BitbucketServerStatusPush": _STATUS,
    "BitbucketServerPRCommentPush": _NOTIFIER + " sendComment",
    "HipChatStatusPush": _PUSH + " getBuildDetailsAndSendMessage getExtraParams getMessage getRecipientList",
    "HttpStatusPush": _PUSH,
    "HttpStatusPushBase": _PUSH,
    "NotifierBase": _NOTIFIER,
    "PushjetNotifier": _SENT,
    "PushoverNotifier": _SENT,
    "ZulipStatusPush": _PUSH,
    "SlackStatusPush": _PUSH,
}

# Methods that choose builds: Carillon calls them for what its own rule has chosen.
_FILTERS = {"filterBuilds", "isBuildReported", "isMessageNeeded"}


def called(schema: Data) -> list[str]:
    """The methods of the reporter's class that are called when a subclass overrides them."""
    from carillon import _scripted

    known = _METHODS.get(schema["name"], "").split()
    return [*schema["methods"], *(name for name in known if name in _FILTERS), *_scripted.called(schema)]


def base_methods(schema: Data) -> dict[str, Function]:
    """What super() of the filters calls: our own rule has let the build pass already."""
    return {name: lambda self, build: True for name in called(schema) if name in _FILTERS}


def overrides(value: Any, name: str) -> bool:
    """Whether a class of the user's has the method."""
    for cls in type(value).__mro__:
        if cls is type(value)._carillon_class:
            return False
        if name in vars(cls):
            return True
    return False


def _listed(names: Iterable[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def check(value: Any) -> None:
    """Refuses a reporter whose class overrides what is never called: the user would wait for it in vain."""
    from carillon import _scripted

    schema = value._carillon_schema
    if schema["kind"] != "reporters":
        return
    base = type(value)._carillon_class
    ours = getattr(base, "_carillon_called", None) or called(schema)
    known = set((_SERVICE + _GENERATORS + " " + _METHODS.get(base.__name__, "")).split())
    if schema["name"] in _scripted.BASES:
        known -= set(_MAKING)  # the class calls them itself, as the built-in ones of Buildbot do
    for cls in type(value).__mro__:
        if cls is type(value)._carillon_class:
            return
        for name, item in vars(cls).items():
            if name in known and name not in ours and callable(item):
                text = f"{cls.__name__} overrides {name}, which Carillon never calls; "
                text += f"of {base.__name__} it calls {_listed(ours) or 'no method'}"
                raise ConfigurationError(text, _places.of_code(item) or value._carillon_where)
