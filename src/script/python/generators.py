"""Report generators, as Buildbot has them since 2.9: which events a reporter tells of, and in which words.

Each generator of a reporter becomes a reporter of its own for the program: [facts, object] as `generators`. The facts
are its rule (rule/rule_settings.cpp); the object words the report (reporter/common/generated.hpp).
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, NoReturn

from carillon import _formatter, _mail, _master, _places, _results, _session, _waiting
from carillon._formatter import (
    FormatterBase,
    MessageFormatter,
    MessageFormatterMissingWorkers,
    MessageFormatterRenderable,
)
from carillon._places import ConfigurationError, here
from carillon._types import Data, EventKey, Function, Promise, Strings

_NEW = ("builds", None, "new")
_FINISHED = ("builds", None, "finished")
_SETS = ("buildsets", None, "complete")
_REQUESTED = ("buildrequests", None, "new")
_CANCELLED = ("buildrequests", None, "cancel")
_MISSING = ("workers", None, "missing")
_EVENTS = {_NEW: "new", _FINISHED: "finished", _SETS: "complete", _REQUESTED: "request", _CANCELLED: "cancel"}
_MODES = ("change", "failing", "passing", "problem", "warnings", "exception", "cancelled")
_SHORTCUTS = {
    "all": ("failing", "passing", "warnings", "exception", "cancelled"),
    "warnings": ("failing", "warnings"),
}
DEFAULT_MODE = ("failing", "passing", "warnings")
DEFAULT_SUBJECT = "Buildbot %(result)s in %(title)s on %(builder)s"  # of Buildbot 2


# What Buildbot's own generators are made of, in some versions.
_NEVER_CALLED = """
_build_status_messages _generate_name _get_logs_for_build _get_patches_for_build _merge_msgtype
_message_needed _should_attach_log _verify_build_generator_mode _verify_list_or_none_param _want_previous_build
buildset_message is_build_reported partial_build_message
""".split()


_BY_PROPS = ("is_message_needed_by_props", "_matches_any_tag")


class Generator:
    """What all have in common. A user's class may override every public method."""

    wanted_event_keys = []
    mode = ()
    tags = builders = schedulers = branches = subject = None
    add_logs = add_patch = False

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        self = object.__new__(cls)
        self._carillon_where = here()
        return self

    def _refuse(self, argument: str, text: str) -> NoReturn:
        raise ConfigurationError(f"{type(self).__name__}({argument}=...): {text}", self._carillon_where)

    def check(self) -> None:
        for cls in type(self).__mro__:
            for name in _NEVER_CALLED if not cls.__module__.startswith("carillon._") else ():
                if name in vars(cls):
                    called = "generate, is_message_needed_by_props, is_message_needed_by_results and build_message"
                    text = f"{cls.__name__} defines {name}, which Carillon never calls; of generators it calls {called}"
                    where = _places.of_code(vars(cls)[name]) or self._carillon_where
                    _session.active().warn(text, where)

    def generate_name(self) -> str:
        return type(self).__name__

    def _overrides(self, method: str) -> bool:
        for cls in type(self).__mro__:
            if method in vars(cls):
                return not cls.__module__.startswith("carillon._")
        return False

    def _formatters(self) -> list[Any]:
        return []

    def generate(self, master: Any, reporter: Any, key: EventKey, message: Any) -> Promise:
        return _waiting.promise(self._generate(master, reporter, key, message))

    async def _generate(self, master: Any, reporter: Any, key: EventKey, message: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not define generate")


class BuildGenerator(Generator):
    """Of builds, with the filters that all of them have."""

    def __init__(
        self,
        mode: Any,
        tags: Strings | None,
        builders: Strings | None,
        schedulers: Strings | None,
        branches: list[str | None] | tuple[str | None, ...] | set[str | None] | None,
        subject: str | None,
        add_logs: bool | Strings,
        add_patch: bool,
    ) -> None:
        self.mode = self._compute_shortcut_modes(mode)
        self.tags, self.builders, self.schedulers, self.branches = tags, builders, schedulers, branches
        self.subject, self.add_logs, self.add_patch = subject, add_logs, add_patch

    def _compute_shortcut_modes(self, mode: Any) -> Any:
        if not isinstance(mode, str):
            return tuple(mode) if isinstance(mode, (list, tuple, set)) else mode
        return _SHORTCUTS.get(mode, (mode,))

    def check(self) -> None:
        super().check()
        if not isinstance(self.mode, tuple) or not self.mode:
            self._refuse("mode", "must be a mode or a list of modes")
        for word in self.mode:
            if word == "all":
                self._refuse("mode", "'all' is a shortcut and stands alone, not in a list")
            if word not in _MODES:
                self._refuse("mode", f"{word!r} is not a mode; the modes are {', '.join(_MODES)}")
        if self.subject is not None and (not isinstance(self.subject, str) or "\n" in self.subject):
            self._refuse("subject", "must be a string of one line")
        if self.subject is not None:
            try:
                self.subject % dict.fromkeys(("title", "projectName", "builder", "result"), "")
            except (KeyError, TypeError, ValueError) as error:
                known = "%(result)s, %(builder)s, %(title)s and %(projectName)s"
                text = f"{self.subject!r} does not work: {_places.describe(error)}; it knows {known}"
                self._refuse("subject", text)
        if not isinstance(self.add_logs, (bool, list, tuple, set, type(None))):
            self._refuse("add_logs", "must be True, False or a list of names of logs")
        if not isinstance(self.add_patch, (bool, type(None))):
            self._refuse("add_patch", "must be True or False")
        for name in ("tags", "builders", "schedulers", "branches"):
            value = getattr(self, name)
            none_counts = name == "branches"
            fits = isinstance(value, (list, tuple, set)) and all(
                isinstance(one, str) or (one is None and none_counts) for one in value
            )
            if value is not None and not fits:
                self._refuse(name, "must be a list of strings or None")
        if self.builders is not None and self.tags is not None:
            self._refuse("tags", "give either builders or tags, not both")
        for name, formatter in self._named_formatters():
            if not isinstance(formatter, FormatterBase):
                self._refuse(name, f"must be a MessageFormatter, not {type(formatter).__name__}")

    def _named_formatters(self) -> list[Any]:
        return []

    def _formatters(self) -> list[Any]:
        return [formatter for _, formatter in self._named_formatters()]

    def generate_name(self) -> str:
        name = type(self).__name__
        for what in ("tags", "builders", "schedulers", "branches"):
            if getattr(self, what) is not None:
                name += f"_{what}_{'+'.join(map(str, getattr(self, what)))}"
        return name + "_".join(self.mode)

    def is_message_needed_by_props(self, build: Data) -> bool:
        properties = build.get("properties") or {}
        builder = build.get("builder") or {}
        if self.builders is not None and builder.get("name") not in self.builders:
            return False
        for name, wanted in (("scheduler", self.schedulers), ("branch", self.branches)):
            if wanted is not None and properties.get(name, [None])[0] not in wanted:
                return False
        return self.tags is None or self._matches_any_tag(builder.get("tags") or ())

    def _matches_any_tag(self, tags: Iterable[str]) -> bool:
        return any(tag in tags for tag in self.tags or ())

    def is_message_needed_by_results(self, build: Data) -> bool:
        results = build.get("results")
        before = (build.get("prev_build") or {}).get("results")
        known = before is not None
        if "change" in self.mode and known and before != results:
            return True
        if "problem" in self.mode and results == _results.FAILURE and known and before != results:
            return True
        plain = {
            _results.FAILURE: "failing",
            _results.SUCCESS: "passing",
            _results.WARNINGS: "warnings",
            _results.EXCEPTION: "exception",
            _results.CANCELLED: "cancelled",
        }
        return plain.get(results) in self.mode

    async def _wanted(self, build: Data, by_results: bool) -> bool:
        """What the program's rule has not decided: a user's own methods."""
        if any(map(self._overrides, (*_BY_PROPS, "generate"))):
            if not await _waiting.settle(self.is_message_needed_by_props(build)):
                return False
        if by_results and (self._overrides("is_message_needed_by_results") or self._overrides("generate")):
            return bool(await _waiting.settle(self.is_message_needed_by_results(build)))
        return True

    def build_message(self, formatter: Any, master: Any, reporter: Any, build: Data) -> Promise:
        return _waiting.promise(self._message(formatter, master, reporter, build, False))

    async def _message(self, formatter: Any, master: Any, reporter: Any, build: Data, is_buildset: bool) -> Data:
        users = _formatter.current().get("blamelist") or []
        if reporter is not None and _asks_users(reporter):
            asked = reporter.getResponsibleUsersForBuild(master, build.get("buildid") or 0)
            users = list(await _waiting.settle(asked))
        keywords = {"is_buildset": is_buildset, "mode": self.mode, "users": users}
        made = formatter.format_message_for_build(master, build, **keywords)
        message = _checked(await _waiting.settle(made), formatter)
        return {
            "body": message.get("body"),
            "subject": message.get("subject") or self._subject(formatter, is_buildset),
            "type": message.get("type") or "plain",
            "extra_info": message.get("extra_info"),
            "results": build.get("results"),
            "builds": [build],
            "users": users,
            "patches": [],
            "logs": [],
            "add_logs": list(self.add_logs) if isinstance(self.add_logs, (tuple, set)) else self.add_logs,
            "add_patch": bool(self.add_patch),
        }

    def _subject(self, formatter: Any, is_buildset: bool) -> str | None:
        ctx = _formatter.current()
        words = {"title": ctx.get("buildbot_title"), "projectName": ctx.get("buildbot_title")}
        words["builder"] = "whole buildset" if is_buildset else ctx.get("buildername")
        words["result"] = _results.statusToString(ctx.get("results"))
        if self.subject is not None and self.subject != DEFAULT_SUBJECT:
            return self.subject % words
        again = "" if is_buildset else _of_later_try(ctx)
        if self.subject is not None or not isinstance(formatter, MessageFormatter):
            return DEFAULT_SUBJECT % words + again
        return _usual_subject(ctx, is_buildset) + again


def _of_later_try(ctx: Data) -> str:
    """Which try it is: nothing of the first."""
    build = ctx.get("build") or {}
    attempt = build.get("attempt") or 1
    return f" (build #{build.get('number')}, attempt {attempt})" if attempt > 1 else ""


def _usual_subject(ctx: Data, is_buildset: bool) -> str:
    """The subject that Buildbot 3 gives a mail."""
    build = ctx.get("build") or {}
    properties = build.get("properties") or {}

    def text(name: str, otherwise: str) -> str | None:
        return (properties.get(name) or [otherwise])[0] or otherwise

    sign = {_results.FAILURE: "\N{SKULL AND CROSSBONES}", _results.SUCCESS: "\N{WHITE SMILING FACE}"}
    what = text("project", "whole buildset") if is_buildset else ctx.get("buildername")
    stamp = next(iter((build.get("buildset") or {}).get("sourcestamps") or ()), {})
    source = text("branch", None) or text("got_revision", None)
    source = source or stamp.get("branch") or stamp.get("revision") or "(unknown revision)"
    shown = sign.get(ctx.get("results"), "\N{WHITE UP POINTING INDEX}")
    state = build.get("state_string") or ""
    return f"{shown} Buildbot ({ctx.get('buildbot_title')}): {what} - {state} ({source})"


def _asks_users(reporter: Any) -> bool:
    method = getattr(type(reporter), "getResponsibleUsersForBuild", None)
    return method is not None and not method.__module__.startswith("carillon._")


def _as_list(users: list[str] | None) -> list[str] | None:
    return list(users) if isinstance(users, (list, tuple, set, frozenset)) else None


def _checked(message: Any, formatter: Any) -> Data:
    if not isinstance(message, dict):
        text = f"{type(formatter).__name__} made no dictionary but {type(message).__name__}"
        raise ConfigurationError(text, getattr(formatter, "_carillon_where", ""))
    return message


class BuildStatusGenerator(BuildGenerator):
    wanted_event_keys = [_FINISHED]

    def __init__(
        self,
        mode: Any = DEFAULT_MODE,
        tags: Strings | None = None,
        builders: Strings | None = None,
        schedulers: Strings | None = None,
        branches: list[str | None] | tuple[str | None, ...] | set[str | None] | None = None,
        subject: str | None = None,
        add_logs: bool | Strings = False,
        add_patch: bool = False,
        report_new: bool = False,
        message_formatter: Any = None,
    ) -> None:
        super().__init__(mode, tags, builders, schedulers, branches, subject, add_logs, add_patch)
        self.formatter = MessageFormatter() if message_formatter is None else message_formatter
        if not isinstance(report_new, (bool, type(None))):
            self._refuse("report_new", "must be True or False")
        if report_new:
            self.wanted_event_keys = [_FINISHED, _NEW]

    def _named_formatters(self) -> list[Any]:
        return [("message_formatter", self.formatter)]

    async def _generate(self, master: Any, reporter: Any, key: EventKey, build: Data) -> Any:
        if not await self._wanted(build, key[2] != "new"):
            return None
        return await _waiting.settle(self.build_message(self.formatter, master, reporter, build))


class BuildStartEndStatusGenerator(BuildGenerator):
    wanted_event_keys = [_NEW, _FINISHED]

    def __init__(
        self,
        tags: Strings | None = None,
        builders: Strings | None = None,
        schedulers: Strings | None = None,
        branches: list[str | None] | tuple[str | None, ...] | set[str | None] | None = None,
        add_logs: bool | Strings = False,
        add_patch: bool = False,
        start_formatter: Any = None,
        end_formatter: Any = None,
    ) -> None:
        super().__init__("all", tags, builders, schedulers, branches, None, add_logs, add_patch)
        self.start_formatter, self.end_formatter = start_formatter, end_formatter
        if start_formatter is None:
            self.start_formatter = MessageFormatterRenderable("Build started.")
        if end_formatter is None:
            self.end_formatter = MessageFormatterRenderable("Build done.")

    def _named_formatters(self) -> list[Any]:
        return [("start_formatter", self.start_formatter), ("end_formatter", self.end_formatter)]

    async def _generate(self, master: Any, reporter: Any, key: EventKey, build: Data) -> Any:
        if not await self._wanted(build, False):
            return None
        formatter = self.start_formatter if key[2] == "new" else self.end_formatter
        return await _waiting.settle(self.build_message(formatter, master, reporter, build))


class BuildRequestGenerator(BuildGenerator):
    wanted_event_keys = [_REQUESTED, _CANCELLED]

    def __init__(
        self,
        tags: Strings | None = None,
        builders: Strings | None = None,
        schedulers: Strings | None = None,
        branches: list[str | None] | tuple[str | None, ...] | set[str | None] | None = None,
        add_patch: bool = False,
        formatter: Any = None,
    ) -> None:
        super().__init__("all", tags, builders, schedulers, branches, None, False, add_patch)
        self.formatter = MessageFormatterRenderable("Build pending.") if formatter is None else formatter

    def _named_formatters(self) -> list[Any]:
        return [("formatter", self.formatter)]

    async def _generate(self, master: Any, reporter: Any, key: EventKey, build: Data) -> Any:
        if not await self._wanted(build, False):
            return None
        return await self._message(self.formatter, master, reporter, build, True)


class BuildSetStatusGenerator(BuildGenerator):
    wanted_event_keys = [_SETS]

    def __init__(
        self,
        mode: Any = DEFAULT_MODE,
        tags: Strings | None = None,
        builders: Strings | None = None,
        schedulers: Strings | None = None,
        branches: list[str | None] | tuple[str | None, ...] | set[str | None] | None = None,
        subject: str | None = None,
        add_logs: bool | Strings = False,
        add_patch: bool = False,
        message_formatter: Any = None,
    ) -> None:
        super().__init__(mode, tags, builders, schedulers, branches, subject, add_logs, add_patch)
        self.formatter = MessageFormatter() if message_formatter is None else message_formatter

    def _named_formatters(self) -> list[Any]:
        return [("message_formatter", self.formatter)]

    async def _generate(self, master: Any, reporter: Any, key: EventKey, message: Any) -> Any:
        merged = None
        for ctx in message["carillon.contexts"]:
            build = ctx["build"]
            _formatter.use_context(ctx)
            if await self._wanted(build, True):
                report = await self._message(self.formatter, master, reporter, build, True)
                merged = report if merged is None else _merged(merged, report)
        return merged


def _merged(first: Any, second: Any) -> Data:
    """One report of two builds; bodies of one kind are joined, any other is left out."""
    if second["type"] != first["type"] and first["body"] is not None:
        return first
    body, more = first["body"], second["body"]
    if body is None:
        first["body"] = more
    elif isinstance(body, str) and isinstance(more, str):
        first["body"] = _with_empty_line(body) + more
    elif isinstance(body, list) and isinstance(more, list):
        first["body"] = body + more
    first["subject"] = first["subject"] or second["subject"]
    first["builds"] += second["builds"]
    first["users"] = sorted({*first["users"], *second["users"]})
    return first


def _with_empty_line(text: str) -> str:
    """The text of one build, so that the next one's stands apart."""
    return text if text.endswith("\n\n") else text + ("\n" if text.endswith("\n") else "\n\n")


class BuildSetCombinedStatusGenerator(Generator):
    wanted_event_keys = [_SETS]
    subject = None

    def __init__(self, message_formatter: Any) -> None:
        self.formatter = message_formatter

    def check(self) -> None:
        super().check()
        if not isinstance(self.formatter, FormatterBase):
            self._refuse("message_formatter", f"must be a MessageFormatter, not {type(self.formatter).__name__}")

    def _formatters(self) -> list[Any]:
        return [self.formatter]

    async def _generate(self, master: Any, reporter: Any, key: EventKey, message: Any) -> Data:
        contexts = message["carillon.contexts"]
        buildset = {name: value for name, value in message.items() if name != "carillon.contexts"}
        _formatter.use_context({**contexts[0], "sourcestamps": contexts[0].get("sourcestamps", "")})
        users = sorted({user for ctx in contexts for user in ctx.get("blamelist") or ()})
        builds = [ctx["build"] for ctx in contexts]
        buildset.setdefault("sourcestamps", ((builds[0].get("buildset") or {}).get("sourcestamps") or []))
        keywords = {"is_buildset": True, "users": users, "mode": ()}
        made = self.formatter.format_message_for_buildset(master, buildset, builds, **keywords)
        message = _checked(await _waiting.settle(made), self.formatter)
        return {"builds": builds, "users": users, "results": buildset.get("results"), **message}


class WorkerMissingGenerator(Generator):
    wanted_event_keys = [_MISSING]

    def __init__(self, workers: str | Strings = "all", message_formatter: Any = None) -> None:
        self.workers = workers
        subject = "Buildbot {{ buildbot_title }} worker {{ worker.name }} missing"
        self.formatter = message_formatter
        if message_formatter is None:
            self.formatter = MessageFormatterMissingWorkers(subject=subject)

    def check(self) -> None:
        super().check()
        if self.workers != "all" and not isinstance(self.workers, (list, tuple, set)):
            self._refuse("workers", "must be 'all' or a list of worker names")
        if not isinstance(self.formatter, MessageFormatterMissingWorkers):
            text = f"must be a MessageFormatterMissingWorker, not {type(self.formatter).__name__}"
            self._refuse("message_formatter", text)


class GerritGenerator(Generator):
    """GerritStatusGeneratorBase, too: a class of the user's defines `generate` then."""

    def __init__(
        self,
        callback: Function,
        callback_arg: Any = None,
        builders: Strings | None = None,
        want_steps: bool = False,
        want_logs: bool = False,
    ) -> None:
        self.callback, self.callback_arg, self.builders = callback, callback_arg, builders
        self.want_steps, self.want_logs = want_steps, want_logs

    def check(self) -> None:
        if self._owns():
            if {tuple(key) for key in self.wanted_event_keys} - {_NEW, _FINISHED, _SETS} or not self.wanted_event_keys:
                self._refuse("wanted_event_keys", "must be the start or the end of builds, or complete buildsets")
        elif not callable(self.callback):
            self._refuse("callback", f"must be a function, not {type(self.callback).__name__}")

    def _owns(self) -> bool:
        return self._overrides("generate") or self._overrides("is_build_reported") or type(self) is GerritGenerator

    def is_build_reported(self, build: Data) -> bool:
        return self.builders is None or build["builder"]["name"] in self.builders

    async def _generate(self, master: Any, reporter: Any, key: EventKey, message: Any) -> Data | None:
        """Of a build: what super().generate() is for a class of the user's."""
        if not await _waiting.settle(self.is_build_reported(message)):
            return None
        name, started = message["builder"]["name"], key[2] == "new"
        args = (name, message) if started else (name, message, message["results"], master)
        made = await _waiting.settle(self.callback(*args, self.callback_arg))
        if made is None:
            return None
        said = made if isinstance(made, dict) else {"message": made}
        extra = {"labels": said.get("labels")}
        return {"body": said.get("message"), "extra_info": extra, "builds": [message]}

    def _callbacks(self, reporter: Any) -> list[Any]:
        """(word, function) of what GerritStatusPush calls, in terms of `generate`."""

        async def asked(key: EventKey, message: Any) -> Data | None:
            master = _master.get_current()
            made = await _waiting.settle(self.generate(master, reporter, key, message))
            if made is None:
                return None
            return {"message": made.get("body"), "labels": (made.get("extra_info") or {}).get("labels")}

        def of_build(name: str, build: Data, *rest: Any) -> Any:
            return asked(("builds", str(build.get("buildid")), "finished" if len(rest) > 1 else "new"), build)

        def of_set(infos: list[Data], *rest: Any) -> Any:
            buildset = infos[0]["build"].get("buildset") or {}
            return asked(("buildsets", str(buildset.get("bsid")), "complete"), buildset)

        words = {_NEW: ("start", of_build), _FINISHED: ("review", of_build), _SETS: ("summary", of_set)}
        return [words[tuple(key)] for key in self.wanted_event_keys]


class GerritBuildSetStatusGenerator(GerritGenerator):
    wanted_event_keys = [_SETS]


class GerritBuildStartStatusGenerator(GerritGenerator):
    wanted_event_keys = [_NEW]


class GerritBuildEndStatusGenerator(GerritGenerator):
    wanted_event_keys = [_FINISHED]


class Part:
    """What the program gets of the generators that one of its reporters is made of: no event is of two of them."""

    def __init__(self, generators: Any, reporter: Any) -> None:
        self._carillon_where = generators[0]._carillon_where
        self._generators = generators
        self._reporter = reporter

    async def report(self, event: str, contexts: list[Data], buildset: Data, master: Any) -> Any:
        for generator in self._generators:
            for key in generator.wanted_event_keys:
                if _EVENTS.get(tuple(key)) == event:
                    return await self._of(generator, tuple(key), contexts, buildset, master)
        return None

    async def _of(self, generator: Any, key: EventKey, contexts: list[Data], buildset: Data, master: Any) -> Any:
        for ctx in contexts:
            ctx.update(_formatter.modern_names(master))
        _formatter.use_context(contexts[0])
        build = contexts[0]["build"]
        if key == _SETS:
            message, number = {**buildset, "carillon.contexts": contexts}, buildset.get("bsid")
        else:
            message, number = build, build.get("buildid")
        key = (key[0], str(number), key[2])
        report = await _waiting.settle(generator.generate(master, self._reporter, key, message))
        if report is None:
            return None
        if not isinstance(report, dict):
            text = f"{type(generator).__name__}.generate returned no dictionary but {type(report).__name__}"
            raise ConfigurationError(text, generator._carillon_where)
        made = {name: report.get(name) for name in ("body", "type", "subject")}
        made["users"] = _as_list(report.get("users"))
        if type(self._reporter) is not type(self._reporter)._carillon_class:
            # A class of the user's may send by itself.
            made.update((name, report.get(name)) for name in ("builds", "extra_info", "add_logs", "add_patch"))
        if isinstance(made["body"], bytes):
            made["body"] = made["body"].decode("utf-8", "replace")
        if isinstance(made["subject"], str):
            made["subject"] = _places.one_line(made["subject"])
        return made


# How the reporters of Buildbot 3 and 4 name what they take by position.
_POSITIONS = {
    "MailNotifier": "fromaddr relayhost lookup extraRecipients sendToInterestedUsers extraHeaders useTls useSmtps "
    "smtpUser smtpPassword smtpPort dumpMailsToLog generators",
    "HttpStatusPush": "serverUrl auth headers debug verify cert skip_encoding generators",
    "GitHubStatusPush": "token context baseURL verbose debug verify generators",
    "GitHubCommentPush": "token context baseURL verbose debug verify generators",
    "GitLabStatusPush": "token context baseURL verbose debug verify generators",
    "GerritStatusPush": "server username port identity_file notify generators",
    "GerritVerifyStatusPush": "baseURL auth verification_name abstain category reporter verbose debug verify "
    "generators",
    "BitbucketStatusPush": "oauth_key oauth_secret auth base_url oauth_url debug verify status_key status_name "
    "generators",
    "BitbucketServerStatusPush": "base_url user password key statusName verbose debug verify generators",
    "BitbucketServerPRCommentPush": "base_url user password verbose debug verify generators",
    "PushoverNotifier": "user_key api_token priorities otherParams generators",
    "PushjetNotifier": "secret levels base_url generators",
    "ReporterBase": "generators",
}
# The arguments of Buildbot 2 that generators have instead: name -> how a generator says it.
_OLD = {
    **{name: f"BuildStatusGenerator({name}=...)" for name in ("mode", "tags", "builders", "schedulers", "branches")},
    "subject": "MessageFormatter(subject=...)",
    "addLogs": "BuildStatusGenerator(add_logs=...)",
    "addPatch": "BuildStatusGenerator(add_patch=...)",
    "buildSetSummary": "BuildSetStatusGenerator(...)",
    "messageFormatter": "BuildStatusGenerator(message_formatter=...)",
    "watchedWorkers": "WorkerMissingGenerator(workers=...)",
    "messageFormatterMissingWorker": "WorkerMissingGenerator(message_formatter=...)",
    "startDescription": "BuildStartEndStatusGenerator(start_formatter=...)",
    "endDescription": "BuildStartEndStatusGenerator(end_formatter=...)",
    "pendingDescription": "BuildRequestGenerator(formatter=...)",
    "format_fn": "BuildStatusGenerator(message_formatter=MessageFormatterFunction(...))",
    "wantProperties": "MessageFormatter(want_properties=...)",
    "wantSteps": "MessageFormatter(want_steps=...)",
    "wantLogs": "MessageFormatter(want_logs=...)",
    "wantPreviousBuild": "BuildStatusGenerator(mode='change')",
    "previous": "no word for it",
    **{
        name + "CB": f"GerritBuild{kind}StatusGenerator(callback=...)"
        for name, kind in (("start", "Start"), ("review", "End"), ("summary", "Set"))
    },
    **{
        name + "Arg": f"GerritBuild{kind}StatusGenerator(callback_arg=...)"
        for name, kind in (("start", "Start"), ("review", "End"), ("summary", "Set"))
    },
}


def of_old_arguments(
    where: str,
    mode: Any = DEFAULT_MODE,
    tags: Strings | None = None,
    builders: Strings | None = None,
    schedulers: Strings | None = None,
    branches: list[str | None] | tuple[str | None, ...] | set[str | None] | None = None,
    subject: str | None = DEFAULT_SUBJECT,
    addLogs: bool | Strings = False,
    addPatch: bool = True,
    buildSetSummary: bool = False,
    messageFormatter: Any = None,
    watchedWorkers: Any = None,
    messageFormatterMissingWorker: Any = None,
) -> list[Generator]:
    """The generators that say the same as a notifier's arguments of Buildbot 2."""
    kind = BuildSetStatusGenerator if buildSetSummary else BuildStatusGenerator
    made = [
        kind(mode, tags, builders, schedulers, branches, subject, addLogs, addPatch, message_formatter=messageFormatter)
    ]
    if watchedWorkers is not None:
        made.append(WorkerMissingGenerator(watchedWorkers, messageFormatterMissingWorker))
    for one in made:
        one._carillon_where = where
    return made


def _with_generators(reporter: Any, args: tuple[Any, ...], kwargs: Data) -> tuple[tuple[Any, ...], Data]:
    """The same call, for a class whose sendMessage is asked with what a generator worded."""
    names = list(reporter._carillon_schema["arguments"])
    kwargs = {**dict(zip(names, args)), **kwargs}
    old = {name: kwargs.pop(name) for name in inspect.signature(of_old_arguments).parameters if name in kwargs}
    old = {name: value for name, value in old.items() if value is not None}
    if "watchedWorkers" in names:
        old.setdefault("watchedWorkers", "all")
    return (), {**kwargs, "generators": of_old_arguments(reporter._carillon_where, **old)}


def calls_of(reporter: Any, args: tuple[Any, ...], kwargs: Data) -> list[tuple[str, tuple[Any, ...], Data]]:
    """The calls that a reporter with generators stands for: [(suffix of its name, args, kwargs)]; the suffix is empty
    for a single one."""
    class_name = reporter._carillon_schema["name"]
    kwargs = dict(kwargs)
    if "generators" not in reporter._carillon_schema["arguments"]:
        return [("", args, kwargs)]
    positions = _POSITIONS.get(class_name, "").split() or _without_old(reporter._carillon_schema["arguments"])
    if len(args) > len(positions) - 1 >= 0 and "generators" not in kwargs and _are_generators(args[-1]):
        kwargs["generators"], args = args[len(positions) - 1], args[: len(positions) - 1]
    generators = kwargs.pop("generators", None)
    if class_name == "MailNotifier" and kwargs.pop("dumpMailsToLog", False):
        text = f"{class_name}(dumpMailsToLog=...) has no effect; the ledger keeps every mail"
        _session.active().warn(text, reporter._carillon_where)
    if class_name == "HttpStatusPush":
        kwargs.pop("skip_encoding", None)  # of how Buildbot hands the text on; it is UTF-8 either way
    turned = generators is None and _mail.sends_by_itself(reporter)
    if turned:
        args, kwargs = _with_generators(reporter, args, kwargs)
        generators = kwargs.pop("generators")
    if generators is None:
        return [("", args, kwargs)]
    generators = _without_workers(reporter, generators)
    _check(reporter, generators, kwargs)
    if len(args) > len(positions):
        raise ConfigurationError(f"{class_name}(...): too many arguments", reporter._carillon_where)
    for name, value in zip(positions, args):
        if name in kwargs:
            raise ConfigurationError(f"{class_name}({name}=...): given twice", reporter._carillon_where)
        kwargs[name] = value
    for name in ("dumpMailsToLog", "skip_encoding"):
        kwargs.pop(name, None)
    statuses = "startDescription" in reporter._carillon_schema["arguments"]
    parts = _grouped(generators, statuses or getattr(reporter, "_carillon_statuses", False))
    calls = [(type(part[0]).__name__, (), {**kwargs, **_part(part, reporter)}) for part in parts]
    if len(calls) == 1 or turned:
        calls[0] = ("", *calls[0][1:])
    return calls


def _without_workers(reporter: Any, generators: Any) -> Any:
    """Without what tells of missing workers, where the reporter is a class of the user's, which is not told of them."""
    if reporter._carillon_schema["name"] != "ReporterBase" or not isinstance(generators, (list, tuple)):
        return generators
    kept = [one for one in generators if not isinstance(one, WorkerMissingGenerator)]
    if len(kept) < len(generators) and kept:
        text = f"{type(reporter).__name__} is not told of missing workers; the WorkerMissingGenerator is left out"
        _session.active().warn(text, reporter._carillon_where)
    return kept or generators


def _without_old(arguments: Iterable[str]) -> list[str]:
    return [name for name in arguments if name not in _OLD and name != "generators"] + ["generators"]


def _are_generators(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and any(isinstance(one, Generator) for one in value)


def _check(reporter: Any, generators: Any, kwargs: Data) -> None:
    class_name, where = reporter._carillon_schema["name"], reporter._carillon_where

    def refuse(argument: str, text: str) -> NoReturn:
        raise ConfigurationError(f"{class_name}({argument}=...): {text}", where)

    if not isinstance(generators, (list, tuple)):
        refuse("generators", f"must be a list of generators, not {type(generators).__name__}")
    if not generators:
        refuse("generators", "the list is empty, so nothing would ever be reported")
    for one in generators:
        if isinstance(one, type):
            refuse("generators", f"it has the class {one.__name__} itself; call it")
        if not isinstance(one, Generator):
            refuse("generators", f"{_places.one_line(repr(one))[:100]} is no generator")
    for name in kwargs:
        if name in _OLD and kwargs[name] is not None:
            text = "goes with the old arguments and not with generators=; "
            refuse(name, f"{text}use {_OLD[name]}, or leave generators= out")
    for one in generators:
        if not hasattr(one, "mode"):
            refuse("generators", f"{type(one).__name__} does not call super().__init__(...)")
        gerrit = isinstance(one, GerritGenerator)
        if gerrit != (class_name == "GerritStatusPush"):
            refuse("generators", f"GerritStatusPush takes {', '.join(_GERRIT)}, and no other reporter takes them")
        missing = isinstance(one, WorkerMissingGenerator)
        if missing and "watchedWorkers" not in reporter._carillon_schema["arguments"]:
            refuse("generators", f"{class_name} reports no missing workers; take the WorkerMissingGenerator out")
        for key in one.wanted_event_keys:
            if tuple(key) not in (*_EVENTS, _MISSING):
                refuse("generators", f"{type(one).__name__} wants {key!r}, which is not reported")
        one.check()


def _grouped(generators: Any, status: Any) -> list[list[Generator]]:
    """Statuses of a commit have an order: generators of other events with the same filters make one reporter."""
    parts = []
    for one in generators:
        for part in parts if status else ():
            events = {tuple(key) for other in part for key in other.wanted_event_keys}
            if _filters(one) == _filters(part[0]) and not events & {tuple(key) for key in one.wanted_event_keys}:
                part.append(one)
                break
        else:
            parts.append([one])
    return parts


def _filters(one: Any) -> list[set[Any] | None]:
    names = ("tags", "builders", "schedulers", "branches")
    return [None if getattr(one, name) is None else set(getattr(one, name)) for name in names]


def _part(part: Any, reporter: Any) -> Data:
    first = part[0]
    events = {tuple(key) for one in part for key in one.wanted_event_keys}
    label = f"{' and '.join(type(one).__name__ for one in part)} at {first._carillon_where}"
    facts = {"generator": label}
    if isinstance(first, WorkerMissingGenerator):
        facts.update(all_workers=first.workers == "all")
        if first.workers != "all":
            facts["workers"] = sorted(first.workers)
        return {"generators": [facts], "messageFormatterMissingWorker": first.formatter}
    if isinstance(first, GerritGenerator):
        return _gerrit_part(first, facts, reporter)
    owns = any(one._overrides("generate") for one in part)
    by_props = not owns and not any(one._overrides(name) for one in part for name in _BY_PROPS)
    by_results = not owns and not any(one._overrides("is_message_needed_by_results") for one in part)
    modes = next((one.mode for one in part if isinstance(one, (BuildStatusGenerator, BuildSetStatusGenerator))), None)
    finished = _FINISHED in events
    facts.update(
        started=_NEW in events,
        waiting=bool(events & {_REQUESTED, _CANCELLED}),
        every_finished=finished and (modes is None or not by_results),
        buildsets=_SETS in events,
        summary_of_all=_SETS in events and (modes is None or not by_results),
    )
    if modes is not None and (finished or _SETS in events):
        facts["mode"] = list(modes)
    if by_props:
        for name in ("tags", "builders", "schedulers", "branches"):
            if getattr(first, name) is not None:
                facts[name] = sorted(getattr(first, name), key=lambda one: one or "")
    formatters = [formatter for one in part for formatter in one._formatters()]
    takes_logs = "addLogs" in reporter._carillon_schema["arguments"]
    facts.update(
        steps=owns or any(formatter.wantSteps for formatter in formatters) or bool(first.add_logs),
        logs=any(formatter.wantLogs for formatter in formatters) or (first.add_logs and not takes_logs),
        previous=not by_results or any(word in ("change", "problem") for word in modes or ()),
        changes=any(not isinstance(formatter, MessageFormatterRenderable) for formatter in formatters),
    )
    made = {"generators": [facts, Part(part, reporter)]}
    arguments = reporter._carillon_schema["arguments"]
    for name, value in (("addLogs", first.add_logs), ("addPatch", first.add_patch)):
        if name in arguments:
            made[name] = list(value) if isinstance(value, (tuple, set)) else value or False
    if "mode" in arguments and modes is not None:
        made["mode"] = list(modes)
    return made


def _default_gerrit(*args: Any) -> NoReturn:
    raise NotImplementedError("Gerrit's built-in words")


def _gerrit_part(one: Any, facts: Data, reporter: Any) -> Data:
    events = {tuple(key) for key in one.wanted_event_keys}
    facts.update(started=_NEW in events, every_finished=_FINISHED in events)
    facts.update(buildsets=_SETS in events, summary_of_all=True)
    if one.builders is not None and not one._owns():
        facts["builders"] = sorted(one.builders)
    made = {"generators": [facts], "wantSteps": bool(one.want_steps), "wantLogs": bool(one.want_logs)}
    callbacks = {"reviewCB": None, "summaryCB": None}
    if one._owns():
        return {**made, **callbacks, **{word + "CB": function for word, function in one._callbacks(reporter)}}
    if one.callback is _default_gerrit and _SETS in events:
        return made
    word = {_NEW: "start", _FINISHED: "review", _SETS: "summary"}[events.pop()]
    return {**made, **callbacks, word + "CB": one.callback, word + "Arg": one.callback_arg}


_BUILD = {
    "BuildStatusGenerator": BuildStatusGenerator,
    "BuildStartEndStatusGenerator": BuildStartEndStatusGenerator,
}
_BUILDSET = {
    "BuildSetStatusGenerator": BuildSetStatusGenerator,
    "BuildSetCombinedStatusGenerator": BuildSetCombinedStatusGenerator,
}
_GERRIT = {
    "GerritBuildSetStatusGenerator": GerritBuildSetStatusGenerator,
    "GerritBuildStartStatusGenerator": GerritBuildStartStatusGenerator,
    "GerritBuildEndStatusGenerator": GerritBuildEndStatusGenerator,
}
NAMES = {
    **_BUILD,
    **_BUILDSET,
    **_GERRIT,
    "BuildRequestGenerator": BuildRequestGenerator,
    "WorkerMissingGenerator": WorkerMissingGenerator,
}
MODULES = {
    "buildbot.reporters.generators": {},
    "buildbot.reporters.generators.build": _BUILD,
    "buildbot.reporters.generators.buildset": _BUILDSET,
    "buildbot.reporters.generators.buildrequest": {"BuildRequestGenerator": BuildRequestGenerator},
    "buildbot.reporters.generators.worker": {"WorkerMissingGenerator": WorkerMissingGenerator},
    "buildbot.reporters.generators.utils": {"BuildStatusGeneratorMixin": BuildGenerator},
}
GERRIT_NAMES = {**_GERRIT, "GerritStatusGeneratorBase": GerritGenerator, "defaultSummaryCB": _default_gerrit}
