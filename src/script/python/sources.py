"""What sources take besides texts: util.Check, util.Hmac, and the mappings of sources.Generic."""

from __future__ import annotations

import re
from typing import Any

from carillon import _templates
from carillon._types import Data

# What lets in whoever posts; the program knows it by its value (source/credentials.hpp).
NO_TOKEN = "sources.NoToken lets in whoever posts"


# Dictionaries: a configuration that is read anew shows whether anything has changed.
class Check(dict):
    """How often a check of sources.Ping is to be heard of ("1d"), and how much later it may be ("2h")."""

    def __init__(self, every: str | int | None = None, grace: str | int | None = None) -> None:
        super().__init__(every=every, grace=grace)


class Hmac(dict):
    """How the sender of sources.Generic signs a body: in which header, and how."""

    def __init__(self, header: str, algo: str = "sha256", prefix: str = "", encoding: str = "hex") -> None:
        super().__init__(header=header, algo=algo, prefix=prefix, encoding=encoding)


UTIL_NAMES = {"Check": Check, "Hmac": Hmac}

# The program fills these in by itself; everything else is Jinja2's.
_PLAIN_PLACE = r"""\{\{ *body(?:\.\w+|\[-?\d+\]|\["[^"\]]*"\]|\['[^'\]]*'\])* *\}\}"""
_PLAIN = re.compile(rf"(?:(?!\{{\{{|\{{%|\{{#|\}}\}}).|{_PLAIN_PLACE})*", re.DOTALL)


class BodyText:
    """A Jinja2 text in a mapping: the program calls it with a body."""

    def __init__(self, text: str, where: str) -> None:
        self._carillon_where = where
        self._template = _templates.compile_template(text, where, None, False)

    def __call__(self, body: Data) -> str:
        return self._template.render(body=body)


def _is_template(value: str) -> bool:
    return any(mark in value for mark in ("{{", "{%", "{#")) and _PLAIN.fullmatch(value) is None


def _with_templates(value: Any, field: str, where: str) -> Any:
    if isinstance(value, str):
        return BodyText(value, f"{where}: mapping[{field!r}]") if _is_template(value) else value
    if isinstance(value, dict):
        return {name: _with_templates(one, f"{field}.{name}", where) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_with_templates(one, field, where) for one in value]
    return value


_ARGO = {
    "id": "$.metadata.uid",
    "project": "$.metadata.namespace",
    "pipeline": [
        "$.spec.workflowTemplateRef.name",
        "$.metadata.labels['workflows.argoproj.io/cron-workflow']",
        "$.metadata.generateName",
        "$.metadata.name",
    ],
    "results": "$.status.phase",
    "state_string": "$.status.message",
    "submitted": "$.metadata.creationTimestamp",
    "started": "$.status.startedAt",
    "ended": "$.status.finishedAt",
    "owner": "$.metadata.labels['workflows.argoproj.io/creator-preferred-username']",
    "properties": {"workflow": "$.metadata.name"},
}
_SPINNAKER = {
    "when": {"$.details.type": ["orca:pipeline:starting", "orca:pipeline:complete", "orca:pipeline:failed"]},
    "id": ["$.content.execution.id", "$.content.executionId"],
    "project": ["$.content.execution.application", "$.details.application"],
    "pipeline": "$.content.execution.name",
    "results": (
        "$.content.execution.status",
        {
            "NOT_STARTED": "waiting",
            "BUFFERED": "waiting",
            "PAUSED": "waiting",
            "SUSPENDED": "waiting",
            "FAILED_CONTINUE": "failure",
        },
    ),
    "submitted": "$.content.execution.buildTime",
    "started": "$.content.execution.startTime",
    "ended": "$.content.execution.endTime",
    "event": "$.content.execution.trigger.type",
    "owner": ["$.content.execution.trigger.user", "$.content.execution.authentication.user"],
    "reason": "$.content.execution.cancellationReason",
    "steps": {
        "each": "$.content.execution.stages[*]",
        "name": "$.name",
        "results": "$.status",
        "started": "$.startTime",
        "ended": "$.endTime",
    },
}
_IN_DATADOG = "$.data.attributes.resource"
_DATADOG = {
    "when": {f"{_IN_DATADOG}.level": "pipeline"},
    "id": f"{_IN_DATADOG}.unique_id",
    "pipeline": f"{_IN_DATADOG}.name",
    "results": (f"{_IN_DATADOG}.status", {"error": "failure", "blocked": "waiting"}),
    "state_string": f"{_IN_DATADOG}.error.message",
    "url": f"{_IN_DATADOG}.url",
    "started": f"{_IN_DATADOG}.start",
    "ended": f"{_IN_DATADOG}.end",
    "repository": f"{_IN_DATADOG}.git.repository_url",
    "revision": f"{_IN_DATADOG}.git.sha",
    "branch": [f"{_IN_DATADOG}.git.branch", f"{_IN_DATADOG}.git.tag"],
    "author": f"{_IN_DATADOG}.git.author_name",
    "mail": f"{_IN_DATADOG}.git.author_email",
    "message": f"{_IN_DATADOG}.git.message",
    "tags": f"{_IN_DATADOG}.tags",
}


class _Presets(type):
    """Of sources.Generic: help for wrong names of mappings."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        # It is there when classes are made, and not yet when this module is.
        from carillon import _reporters

        presets = [one for one, value in vars(GenericMappings).items() if isinstance(value, dict)]
        meant = _reporters.did_you_mean(name, presets) or f"; there is {', '.join(sorted(presets))}"
        raise _reporters.UnknownName(f"sources.{cls.__name__} has no {name!r}{meant}")


class GenericMappings(metaclass=_Presets):
    """Of sources.Generic: mappings for senders that are known, and Jinja2 texts in those of users."""

    argo = _ARGO
    spinnaker = _SPINNAKER
    datadog = _DATADOG

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = list(self._carillon_schema["arguments"])
        args, kwargs = self._carillon_call
        at = names.index("mapping")
        if "mapping" in kwargs:
            kwargs = {**kwargs, "mapping": self._mapping(kwargs["mapping"])}
        elif len(args) > at:
            args = (*args[:at], self._mapping(args[at]), *args[at + 1 :])
        self._carillon_call = (args, kwargs)

    def _mapping(self, mapping: Any) -> Any:
        if not isinstance(mapping, dict):
            return mapping
        # Conditions and words hold no templates.
        return {
            name: value if name == "when" else _with_templates(value, str(name), self._carillon_where)
            for name, value in mapping.items()
        }


def bases(schema: Data) -> tuple[type, ...]:
    """What the class of a source has besides its arguments."""
    return (GenericMappings,) if schema["kind"] == "sources" and schema["name"] == "Generic" else ()
