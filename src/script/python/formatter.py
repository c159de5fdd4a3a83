"""reporters.MessageFormatter: Jinja2 templates that turn a build into a message."""

from __future__ import annotations

import os
from typing import Any, NoReturn

import jinja2
import jinja2.meta

from carillon import _details, _places, _results, _session, _texts, _waiting
from carillon._places import ConfigurationError, here
from carillon._properties import Properties
from carillon._renderables import is_renderable, render
from carillon._reporters import did_you_mean
from carillon._templates import BUILT_IN, OURS, compile_template
from carillon._templates import context as _message
from carillon._types import Data, Function, Promise

_MESSAGE_NAMES = """
attempt blamelist build build_url buildbot_title buildbot_url buildername buildset mode previous_results projects
results sourcestamps status_detected summary worker workername
""".split()


def _is_texts(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value)


class FormatterBase(_texts.Words):
    template_filename = "default_mail.txt"
    template_type = "plain"
    wantProperties = True
    wantSteps = wantLogs = False
    subject_template = None
    extra_info_cb = None
    only_contents = None  # names of the logs whose contents are wanted; None: all

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        self = object.__new__(cls)
        self._carillon_where = here()
        return self

    def __init__(
        self,
        template_dir: str | None = None,
        template_filename: str | None = None,
        template: str | None = None,
        subject_filename: str | None = None,
        subject: str | None = None,
        template_type: str | None = None,
        ctx: Data | None = None,
        **wants: Any,
    ) -> None:
        self._prepare(template_type, ctx, **wants)
        html = self.template_type == "html"
        self.body_template = self._template("template", template_filename, template_dir, template, html)
        self.subject_template = None
        self.built_in = not template and not template_dir and (template_filename or self.template_filename) in BUILT_IN
        if subject_filename or subject:
            # The folder belongs to the body as well, so only a second subject is too much.
            if subject and subject_filename:
                self._refuse("subject", "give subject or subject_filename, not both")
            folder = template_dir if subject_filename else None
            self.subject_template = self._template("subject", subject_filename, folder, subject, False)

    def _prepare(
        self, template_type: str | None = None, ctx: Data | None = None, extra_info_cb: Any = None, **wants: Any
    ) -> None:
        """What every formatter takes: its type, names for its templates, and what it wants to know of a build."""
        if template_type is not None:
            self.template_type = template_type
        of_ones_own = template_type is None and "template_type" in vars(type(self))
        if self.template_type not in ("plain", "html", "json") and not of_ones_own:
            self._refuse("template_type", f"must be 'plain', 'html' or 'json', not {self.template_type!r}")
        if ctx is not None and not isinstance(ctx, dict):
            self._refuse("ctx", f"must be a dictionary, not {type(ctx).__name__}")
        if extra_info_cb is not None and not callable(extra_info_cb):
            self._refuse("extra_info_cb", f"must be a function, not {type(extra_info_cb).__name__}")
        if extra_info_cb is not None:
            self.extra_info_cb = extra_info_cb
        self.ctx = self.context = ctx if ctx is not None else {}
        for name, value in wants.items():
            if name not in _WANTS:
                self._refuse(name, "unknown argument" + did_you_mean(name, self._arguments()))
            if name == "want_logs_content" and _is_texts(value):
                self.only_contents, value = tuple(value), bool(value)
            if value not in (True, False, None):
                self._refuse(name, f"must be True or False, not {type(value).__name__}")
            if value is not None:
                setattr(self, _WANTS[name], bool(value) or (_WANTS[name] == "wantLogs" and self.wantLogs))
        self.want_properties, self.want_steps = self.wantProperties, self.wantSteps
        self.want_logs = self.want_logs_content = self.wantLogs

    def _without_others(self, builds: list[Data]) -> None:
        """Takes out the contents of logs that were not named."""
        for build in builds if self.only_contents is not None else ():
            for step in build.get("steps") or ():
                for log in step.get("logs") or ():
                    names = (log.get("name"), f"{step.get('name')}.{log.get('name')}")
                    if not any(name in self.only_contents for name in names):
                        log.pop("content", None)

    def _refuse(self, argument: str, text: str) -> NoReturn:
        where = getattr(self, "_carillon_where", "")
        raise ConfigurationError(f"{type(self).__name__}({argument}=...): {text}", where)

    def _look_for_slips(self, argument: str, text: str) -> None:
        """A name that is not there is empty, as in Buildbot; one that looks like another was hardly meant."""
        if type(self).buildAdditionalContext is not FormatterBase.buildAdditionalContext:
            return  # it may add whatever it likes
        known = [*_MESSAGE_NAMES, *_MODERN_NAMES, *self.ctx]
        for name in sorted(jinja2.meta.find_undeclared_variables(jinja2.Environment().parse(text))):
            meant = "" if name in known or name in jinja2.defaults.DEFAULT_NAMESPACE else did_you_mean(name, known)
            if meant:
                _session.active().warn(f"{argument}: there is no {{{{ {name} }}}}{meant}", self._carillon_where)

    def _arguments(self) -> list[Any]:
        names = set(_WANTS)
        for cls in type(self).__mro__:
            code = getattr(vars(cls).get("__init__"), "__code__", None)
            names.update(code.co_varnames[1 : code.co_argcount] if code else ())
        return sorted(names)

    def _template(
        self, argument: str, filename: str | None, folder: str | None, text: str, html: bool
    ) -> jinja2.Template:
        for name, value in ((argument, text), (argument + "_filename", filename), ("template_dir", folder)):
            if value is not None and not isinstance(value, (str, os.PathLike)):
                self._refuse(name, f"must be a string, not {type(value).__name__}")
        if text and (filename or folder):
            self._refuse(argument, "give a template or the name of a file, not both")
        if text:
            compiled = compile_template(text, f"{self._carillon_where}: {argument}", None, html)
            self._look_for_slips(argument, text)
            return compiled
        filename = filename or self.template_filename
        if folder is None and filename in BUILT_IN:
            text = f"<pre>\n{BUILT_IN[filename]}</pre>\n" if html else BUILT_IN[filename]
            return compile_template(text, filename, OURS, html)
        folder = _session.active().path_of(folder or "")
        path = os.path.join(folder, filename)
        try:
            with open(path, encoding="utf-8") as source:
                text = source.read()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self._refuse(argument + "_filename", f"cannot read {path}: {reason}")
        return compile_template(text, _places.show(path), folder, html)

    def buildAdditionalContext(self, master: Any, ctx: Data) -> None:
        ctx.update(self.ctx)

    def renderMessage(self, ctx: Data) -> Any:
        message = {"body": self.body_template.render(ctx), "type": self.template_type}
        if self.subject_template is not None:
            try:
                message["subject"] = self.subject_template.render(ctx)
            except Exception as error:  # the body is good
                message["note"] = _about_subject(error)
        return message

    # The names of Buildbot 3 and 4.

    def render_message_body(self, context: Data) -> Any:
        return self.body_template.render(context)

    def render_message_subject(self, context: Data) -> Any:
        return self.subject_template.render(context) if self.subject_template is not None else None

    def render_message_extra_info(self, context: Data) -> Any:
        return self.extra_info_cb(context) if self.extra_info_cb is not None else None

    def render_message_dict(self, master: Any, context: Data) -> Promise:
        return _waiting.promise(self._message_dict(master, context))

    async def _message_dict(self, master: Any, context: Data) -> Any:
        self._carillon_add_own_words(context, master)
        await _waiting.settle(self.buildAdditionalContext(master, context))
        context.update(self.ctx)
        extra = await _waiting.settle(self.render_message_extra_info(context))
        body = await _waiting.settle(self.render_message_body(context))
        message = {"body": body, "type": self.template_type, "subject": None, "extra_info": extra}
        try:
            message["subject"] = await _waiting.settle(self.render_message_subject(context))
        except Exception as error:  # the body is good
            message["note"] = _about_subject(error)
        return message

    def format_message_for_build(
        self,
        master: Any,
        build: Data,
        is_buildset: bool = False,
        users: list[str] | None = None,
        mode: Any = None,
        **kwargs: Any,
    ) -> Promise:
        return _waiting.promise(self._of_build(master, build, is_buildset, users, mode))

    async def _of_build(self, master: Any, build: Data, is_buildset: bool, users: list[str] | None, mode: Any) -> Any:
        self._without_others([build])
        ctx = context_of(master, build, is_buildset, users, mode)
        modern = _overrides(self, "format_message_for_build", FormatterBase)
        if not modern and _overrides(self, "formatMessageForBuildResults", MessageFormatter):
            _message.set(ctx)
            return await self._formatted(ctx, master)
        if _overrides(self, "renderMessage", FormatterBase):
            return await self._worded(ctx, master)
        return await self._message_dict(master, ctx)

    def format_message_for_buildset(
        self,
        master: Any,
        buildset: Data,
        builds: list[Data],
        is_buildset: bool = True,
        users: list[str] | None = None,
        mode: Any = None,
        **kwargs: Any,
    ) -> Promise:
        return _waiting.promise(self._of_buildset(master, buildset, builds, users, mode))

    async def _of_buildset(
        self, master: Any, buildset: Data, builds: list[Data], users: list[str] | None, mode: Any
    ) -> Any:
        self._without_others(builds)
        return await self._message_dict(master, context_of_set(master, buildset, builds, users, mode))

    async def _worded(self, ctx: Data, master: Any) -> Any:
        if _overrides(self, "render_message_body", FormatterBase) or _overrides(
            self, "render_message_subject", FormatterBase
        ):
            return await self._message_dict(master, ctx)
        self._carillon_add_own_words(ctx, master)
        await _waiting.settle(self.buildAdditionalContext(master, ctx))
        return await _waiting.settle(self.renderMessage(ctx))

    async def _formatted(self, ctx: Data, master: Any) -> Any:
        build = ctx["build"]
        method = self.format_message_for_build
        return await _waiting.settle(method(master, build, users=ctx["blamelist"], mode=ctx["mode"]))

    async def _format(self, ctx: Data, master: Any) -> Any:
        ctx = {**modern_names(master), **ctx}
        self._without_others([ctx["build"]] if "build" in ctx else [])
        _message.set(ctx)
        message = await self._formatted(ctx, master)
        if isinstance(message, dict) and isinstance(message.get("subject"), str):
            message["subject"] = _places.one_line(message["subject"])
        return message


class MessageFormatter(FormatterBase):
    def __init__(
        self,
        template_dir: str | None = None,
        template_filename: str | None = None,
        template: str | None = None,
        template_name: str | None = None,
        subject_filename: str | None = None,
        subject: str | None = None,
        template_type: str | None = None,
        ctx: Data | None = None,
        wantProperties: bool = True,
        wantSteps: bool = False,
        wantLogs: bool = False,
        **wants: Any,
    ) -> None:
        if template_name is not None:
            _session.active().warn("MessageFormatter(template_name=...) is deprecated; use template_filename")
            template_filename = template_name
        wants = {"wantProperties": wantProperties, "wantSteps": wantSteps, "wantLogs": wantLogs, **wants}
        template_args = (template_dir, template_filename, template, subject_filename, subject, template_type, ctx)
        super().__init__(*template_args, **wants)

    def formatMessageForBuildResults(
        self,
        mode: Any,
        buildername: str,
        buildset: Data,
        build: Data,
        master: Any,
        previous_results: int | None,
        blamelist: list[str],
    ) -> Promise:
        ctx = _message.get()
        ctx.update(
            mode=mode,
            buildername=buildername,
            buildset=buildset,
            build=build,
            previous_results=previous_results,
            blamelist=blamelist,
        )
        return _waiting.promise(self._worded(ctx, master))

    async def _formatted(self, ctx: Data, master: Any) -> Any:
        if _overrides(self, "format_message_for_build", FormatterBase):
            return await super()._formatted(ctx, master)
        if not _overrides(self, "formatMessageForBuildResults", MessageFormatter):
            return await self._worded(ctx, master)
        names = ("mode", "buildername", "buildset", "build")
        args = [ctx[name] for name in names] + [master, ctx["previous_results"], ctx["blamelist"]]
        return await _waiting.settle(self.formatMessageForBuildResults(*args))


class MessageFormatterMissingWorkers(FormatterBase):
    template_filename = "missing_mail.txt"

    def formatMessageForMissingWorker(self, master: Any, worker: Data) -> Promise:
        ctx = _message.get()
        ctx["worker"] = worker
        return _waiting.promise(self._worded(ctx, master))

    async def _formatted(self, ctx: Data, master: Any) -> Any:
        ours = MessageFormatterMissingWorkers.formatMessageForMissingWorker
        if type(self).formatMessageForMissingWorker is ours:
            return await self._worded(ctx, master)
        return await _waiting.settle(self.formatMessageForMissingWorker(master, ctx["worker"]))


class MessageFormatterEmpty(FormatterBase):
    def __init__(self, **wants: Any) -> None:
        self._prepare(**wants)

    def render_message_body(self, context: Data) -> None:
        return None


class MessageFormatterRenderable(FormatterBase):
    """A text or a renderable as the whole message."""

    def __init__(self, template: Any, subject: Any = None) -> None:
        self._prepare()
        for name, value in (("template", template), ("subject", subject)):
            if value is not None and not isinstance(value, str) and not is_renderable(value):
                self._refuse(name, f"must be a string or a renderable, not {type(value).__name__}")
        self.template, self.subject = template, subject

    async def _of_build(self, master: Any, build: Data, is_buildset: bool, users: list[str] | None, mode: Any) -> Any:
        return await self._message_dict(master, {"build": build, "master": master})

    def render_message_body(self, context: Data) -> Any:
        return self._rendered(self.template, context)

    def render_message_subject(self, context: Data) -> Any:
        return self._rendered(self.subject, context)

    def _rendered(self, value: Any, context: Data) -> Promise:
        return _waiting.promise(render(value, Properties.of_build(context["build"], context["master"])))


class MessageFormatterFunction(FormatterBase):
    """function({"build": build}) is the message's body."""

    def __init__(self, function: Function, template_type: str | None, **wants: Any) -> None:
        self._prepare(template_type, **wants)
        if not callable(function):
            self._refuse("function", f"must be a function, not {type(function).__name__}")
        self._function = function

    async def _of_build(self, master: Any, build: Data, is_buildset: bool, users: list[str] | None, mode: Any) -> Any:
        return await self._message_dict(master, {"build": build})

    async def _of_buildset(
        self, master: Any, buildset: Data, builds: list[Data], users: list[str] | None, mode: Any
    ) -> Any:
        return await self._message_dict(master, {"buildset": buildset, "builds": builds})

    def render_message_body(self, context: Data) -> Any:
        return self._function(context)


class MessageFormatterFunctionRaw(FormatterBase):
    """function(master, context) is the message: a dictionary with body, type, subject and extra_info."""

    def __init__(self, function: Function, **wants: Any) -> None:
        self._prepare(**wants)
        if not callable(function):
            self._refuse("function", f"must be a function, not {type(function).__name__}")
        self._function = function

    async def _message_dict(self, master: Any, context: Data) -> Any:
        made = await _waiting.settle(self._function(master, context))
        if not isinstance(made, dict):
            self._refuse("function", f"must return a dictionary, not {type(made).__name__}")
        message = {"body": None, "type": "plain", "subject": None, "extra_info": None}
        message.update((name, made[name]) for name in message if name in made)
        return message


# What a formatter is told of a build, in the words of all versions.
_WANTS = {
    "wantProperties": "wantProperties",
    "want_properties": "wantProperties",
    "wantSteps": "wantSteps",
    "want_steps": "wantSteps",
    "wantLogs": "wantLogs",
    "want_logs": "wantLogs",
    "want_logs_content": "wantLogs",
}


def _about_subject(error: BaseException) -> str:
    return "the subject's template failed: " + _places.describe(error)


def _overrides(value: Any, method: str, base: type) -> bool:
    found = getattr(type(value), method, None)
    return found is not None and found is not getattr(base, method)


_MODERN_NAMES = ("result_names", "is_buildset", "buildbot_title", "builds")


def modern_names(master: Any) -> Data:
    """Names that templates have since Buildbot 3."""
    return {"result_names": list(_results.Results), "is_buildset": False, "buildbot_title": master.config.title}


def current() -> Data:
    """The context of the message being made."""
    return _message.get()


def use_context(ctx: Data) -> None:
    _message.set(ctx)


def context_of(master: Any, build: Data, is_buildset: bool, users: list[str] | None, mode: Any) -> Data:
    """The context of the message being made, about this build."""
    ctx = dict(_message.get())
    if ctx.get("build") is not build:
        ctx["build"] = build
        ctx["results"] = build.get("results")
        ctx["build_url"] = build.get("url", ctx.get("build_url"))
    ctx.update(modern_names(master), is_buildset=is_buildset)
    if users is not None:
        ctx["blamelist"] = list(users)
    if mode is not None:
        ctx["mode"] = mode
    for step in build.get("steps") or ():
        for log in step.get("logs") or ():
            _details.add_urls(log, build, step)
    return ctx


def context_of_set(master: Any, buildset: Data, builds: list[Data], users: list[str] | None, mode: Any) -> Data:
    ctx = dict(_message.get())
    for name in ("build", "buildername", "workername", "previous_results", "build_url", "summary"):
        ctx.pop(name, None)
    ctx.update(modern_names(master), is_buildset=True, buildset=buildset, builds=builds)
    ctx["results"] = buildset.get("results")
    if users is not None:
        ctx["blamelist"] = list(users)
    if mode is not None:
        ctx["mode"] = mode
    return ctx


def DeprecatedMessageFormatterBuildJson(format_fn: Function, **wants: Any) -> MessageFormatterFunction:
    """Of Buildbot 2.9: format_fn of its HttpStatusPush, as a formatter."""
    return MessageFormatterFunction(lambda context: format_fn(context["build"]), "json", **wants)


NAMES = {
    "DeprecatedMessageFormatterBuildJson": DeprecatedMessageFormatterBuildJson,
    "MessageFormatter": MessageFormatter,
    "MessageFormatterMissingWorkers": MessageFormatterMissingWorkers,
    "MessageFormatterMissingWorker": MessageFormatterMissingWorkers,
    "MessageFormatterBase": FormatterBase,
    "MessageFormatterEmpty": MessageFormatterEmpty,
    "MessageFormatterRenderable": MessageFormatterRenderable,
    "MessageFormatterFunction": MessageFormatterFunction,
    "MessageFormatterFunctionRaw": MessageFormatterFunctionRaw,
}
