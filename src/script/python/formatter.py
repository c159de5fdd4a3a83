"""reporters.MessageFormatter: Jinja2 templates that turn a build into a message."""

import contextvars
import functools
import os

import jinja2

from carillon import _places, _session, _waiting
from carillon._places import ConfigurationError, here

_BUILD = """\
{{ summary }}

The {{ status_detected }} was found by {{ buildername }} of {{ projects }}.
{% if build_url %}
Details: {{ build_url }}
{% endif %}
Worker: {{ workername }}
{% if build['properties'] is defined and build['properties']['reason'] is defined %}
Reason: {{ build['properties']['reason'][0] or '-' }}
{% endif %}
{% if blamelist %}
Changes by: {{ blamelist | join(', ') }}
{% endif %}
{{ sourcestamps }}
--\x20
Carillon at {{ buildbot_url }}
"""

_WORKER = """\
The worker '{{ worker.name }}' of {{ buildbot_title }} is missing.

Last seen: {{ worker.last_connection }}

Somebody should look after it, and start it again.

--\x20
Carillon at {{ buildbot_url }}
"""

BUILT_IN = {"default_mail.txt": _BUILD, "missing_mail.txt": _WORKER}
_context = contextvars.ContextVar("context")  # the context of the message being made
_environments = {}


def _environment(folder, html):
    key = (folder, html)
    if key not in _environments:
        _environments[key] = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folder) if folder else None,
            # As Buildbot has it: a template in the configuration may use a name that is not there, one in a file not.
            undefined=jinja2.Undefined if folder is None else jinja2.StrictUndefined,
            autoescape=html,
            trim_blocks=folder is _OURS,
            lstrip_blocks=folder is _OURS,
        )
    return _environments[key]


_OURS = ""  # stands for the folder of the built-in templates


@functools.lru_cache(maxsize=512)
def _compiled(text, name, folder, html):
    environment = _environment(folder, html)
    try:
        code = environment.compile(text, name, name)
    except jinja2.TemplateSyntaxError as error:
        text = "template syntax error: %s" % _places.one_line(error.message)
        raise ConfigurationError(text, "%s:%d" % (name, error.lineno)) from None
    _places.add_template(name)
    return jinja2.Template.from_code(environment, code, environment.make_globals(None))


class FormatterBase:
    template_filename = "default_mail.txt"
    template_type = "plain"
    wantProperties = wantSteps = wantLogs = False

    def __new__(cls, *args, **kwargs):
        self = object.__new__(cls)
        self._carillon_where = here()
        return self

    def __init__(
        self,
        template_dir=None,
        template_filename=None,
        template=None,
        subject_filename=None,
        subject=None,
        template_type=None,
        ctx=None,
    ):
        if template_type is not None:
            self.template_type = template_type
        if self.template_type not in ("plain", "html"):
            self._refuse("template_type", "must be 'plain' or 'html', not %r" % (self.template_type,))
        if ctx is not None and not isinstance(ctx, dict):
            self._refuse("ctx", "must be a dictionary, not %s" % type(ctx).__name__)
        self.ctx = ctx if ctx is not None else {}
        html = self.template_type == "html"
        self.body_template = self._template("template", template_filename, template_dir, template, html)
        self.subject_template = None
        if subject_filename or subject:
            # The folder belongs to the body as well, so only a second subject is too much.
            if subject and subject_filename:
                self._refuse("subject", "give subject or subject_filename, not both")
            folder = template_dir if subject_filename else None
            self.subject_template = self._template("subject", subject_filename, folder, subject, False)

    def _refuse(self, argument, text):
        where = getattr(self, "_carillon_where", "")
        raise ConfigurationError("%s(%s=...): %s" % (type(self).__name__, argument, text), where)

    def _template(self, argument, filename, folder, text, html):
        for name, value in ((argument, text), (argument + "_filename", filename), ("template_dir", folder)):
            if value is not None and not isinstance(value, (str, os.PathLike)):
                self._refuse(name, "must be a string, not %s" % type(value).__name__)
        if text and (filename or folder):
            self._refuse(argument, "give a template or the name of a file, not both")
        if text:
            return _compiled(text, "%s: %s" % (self._carillon_where, argument), None, html)
        filename = filename or self.template_filename
        if folder is None and filename in BUILT_IN:
            return _compiled(BUILT_IN[filename], filename, _OURS, html)
        folder = _session.active().path_of(folder or "")
        path = os.path.join(folder, filename)
        try:
            with open(path, encoding="utf-8") as source:
                text = source.read()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self._refuse(argument + "_filename", "cannot read %s: %s" % (path, reason))
        return _compiled(text, _places.show(path), folder, html)

    def buildAdditionalContext(self, master, ctx):
        ctx.update(self.ctx)

    def renderMessage(self, ctx):
        message = {"body": self.body_template.render(ctx), "type": self.template_type}
        if self.subject_template is not None:
            message["subject"] = self.subject_template.render(ctx)
        return message

    async def _worded(self, ctx, master):
        await _waiting.settle(self.buildAdditionalContext(master, ctx))
        return await _waiting.settle(self.renderMessage(ctx))

    async def _formatted(self, ctx, master):
        raise NotImplementedError

    async def _format(self, ctx, master):
        _context.set(ctx)
        message = await self._formatted(ctx, master)
        if isinstance(message, dict) and isinstance(message.get("subject"), str):
            message["subject"] = _places.one_line(message["subject"])
        return message


class MessageFormatter(FormatterBase):
    def __init__(
        self,
        template_dir=None,
        template_filename=None,
        template=None,
        template_name=None,
        subject_filename=None,
        subject=None,
        template_type=None,
        ctx=None,
        wantProperties=True,
        wantSteps=False,
        wantLogs=False,
    ):
        if template_name is not None:
            _session.active().warn("MessageFormatter(template_name=...) is deprecated; use template_filename")
            template_filename = template_name
        super().__init__(template_dir, template_filename, template, subject_filename, subject, template_type, ctx)
        for name, value in (("wantProperties", wantProperties), ("wantSteps", wantSteps), ("wantLogs", wantLogs)):
            if value not in (True, False):
                self._refuse(name, "must be True or False, not %s" % type(value).__name__)
            setattr(self, name, bool(value))

    def formatMessageForBuildResults(self, mode, buildername, buildset, build, master, previous_results, blamelist):
        ctx = _context.get()
        ctx.update(
            mode=mode,
            buildername=buildername,
            buildset=buildset,
            build=build,
            previous_results=previous_results,
            blamelist=blamelist,
        )
        return _waiting.promise(self._worded(ctx, master))

    async def _formatted(self, ctx, master):
        if type(self).formatMessageForBuildResults is MessageFormatter.formatMessageForBuildResults:
            return await self._worded(ctx, master)
        names = ("mode", "buildername", "buildset", "build")
        args = [ctx[name] for name in names] + [master, ctx["previous_results"], ctx["blamelist"]]
        return await _waiting.settle(self.formatMessageForBuildResults(*args))


class MessageFormatterMissingWorkers(FormatterBase):
    template_filename = "missing_mail.txt"

    def formatMessageForMissingWorker(self, master, worker):
        ctx = _context.get()
        ctx["worker"] = worker
        return _waiting.promise(self._worded(ctx, master))

    async def _formatted(self, ctx, master):
        ours = MessageFormatterMissingWorkers.formatMessageForMissingWorker
        if type(self).formatMessageForMissingWorker is ours:
            return await self._worded(ctx, master)
        return await _waiting.settle(self.formatMessageForMissingWorker(master, ctx["worker"]))


NAMES = {
    "MessageFormatter": MessageFormatter,
    "MessageFormatterMissingWorkers": MessageFormatterMissingWorkers,
    "MessageFormatterMissingWorker": MessageFormatterMissingWorkers,
    "MessageFormatterBase": FormatterBase,
}
