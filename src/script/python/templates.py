"""Jinja2 as messages use it: the environments, the built-in templates, and what an undefined name says."""

from __future__ import annotations

import contextvars
import functools
from typing import Any

import jinja2

from carillon import _places, _times
from carillon._places import ConfigurationError

_BUILD = """\
{{ summary }}

The {{ status_detected }} was found by {{ buildername }} of {{ projects }}.
{% if attempt | default(1) > 1 %}
Build: #{{ build['number'] }}, attempt {{ attempt }}
{% endif %}
{% if build_url %}
Details: {{ build_url }}
{% endif %}
Worker: {{ workername }}
{% if build['properties'] is defined and build['properties']['reason'] is defined %}
Reason: {{ build['properties']['reason'][0] or '-' }}
{% endif %}
{% if build['tests'] is defined and build['tests']['failed_names'] %}
Failed tests ({{ build['tests']['failed'] }} of {{ build['tests']['total'] }}): \
{{ build['tests']['failed_names'] | join(', ') }}
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

_NOTE = (
    "{{ summary }}: {{ buildername }} of {{ projects }}"
    "{% if attempt | default(1) > 1 %}, build #{{ build['number'] }}, attempt {{ attempt }}{% endif %}"
    "{% if build_url %}, {{ build_url }}{% endif %}\n"
)
BUILT_IN = {"default_mail.txt": _BUILD, "default_notification.txt": _NOTE, "missing_mail.txt": _WORKER}
context = contextvars.ContextVar("context")  # the context of the message being made
_environments = {}


def _is_properties(value: Any) -> bool:
    """Whether it is the properties of a build that the message in progress is about."""
    ctx = context.get({})
    builds = [ctx.get("build"), *(ctx.get("builds") or ())]
    return any(value is build.get("properties") for build in builds if isinstance(build, dict))


class _Undefined(jinja2.Undefined):
    """Names what is missing: what one build lacks may be there in the next; a slip is there in none."""

    __slots__ = ()

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = jinja2.runtime.missing,
        name: str | None = None,
        exc: Any = jinja2.UndefinedError,
    ) -> None:
        if hint is None and isinstance(obj, dict) and _is_properties(obj):
            hint = f"the build has no property {name!r}"
        super().__init__(hint, obj, name, exc)


class _StrictUndefined(_Undefined, jinja2.StrictUndefined):
    __slots__ = ()


def _environment(folder: str | None, html: bool) -> jinja2.Environment:
    key = (folder, html)
    if key not in _environments:
        _environments[key] = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folder) if folder else None,
            # As Buildbot has it: a template in the configuration may use a name that is not there, one in a file not.
            undefined=_Undefined if folder is None else _StrictUndefined,
            autoescape=html,
            trim_blocks=folder is OURS,
            lstrip_blocks=folder is OURS,
        )
        _environments[key].policies["json.dumps_kwargs"] = {"sort_keys": True, "default": _times.to_json}
    return _environments[key]


OURS = ""  # stands for the folder of the built-in templates


@functools.lru_cache(maxsize=512)
def compile_template(text: str, name: str, folder: str | None, html: bool) -> jinja2.Template:
    environment = _environment(folder, html)
    try:
        code = environment.compile(text, name, name)
    except jinja2.TemplateSyntaxError as error:
        text = f"template syntax error: {_places.one_line(error.message)}"
        raise ConfigurationError(text, f"{name}:{error.lineno}") from None
    _places.add_template(name)
    return jinja2.Template.from_code(environment, code, environment.make_globals(None))
