"""util.Interpolate: the language of %(selector:name:default)s."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from carillon import _session
from carillon._places import ConfigurationError
from carillon._renderables import Renderable, Secret, give_operators, is_renderable, render

if TYPE_CHECKING:
    from carillon._properties import Properties

_NAME = re.compile(r"^[\w._-]*$")
_NOTHING = object()


class _Keys(dict):
    """Learns which names a format string asks for."""

    positional = False

    def __missing__(self, key: str) -> str:
        self[key] = ""
        return ""

    def __str__(self) -> str:
        self.positional = True
        return ""

    __repr__ = __str__


def keys_of(text: str) -> list[str]:
    keys = _Keys()
    try:
        text % keys
    except (TypeError, ValueError, KeyError) as error:
        raise ConfigurationError(f"Interpolate({text!r}): bad format string: {error}") from None
    if keys.positional:
        raise ConfigurationError(f"Interpolate({text!r}): a %s without a name needs a positional argument")
    return list(keys)


def _split(text: str) -> tuple[str, str | None]:
    name, colon, rest = text.partition(":")
    return name, (rest if colon else None)


def _checked(name: str, what: str, text: str) -> str:
    if not _NAME.match(name):
        raise ConfigurationError(f"Interpolate: the {what} in '{text}' must be alphanumeric")
    return name


class _Prop:
    def __init__(self, name: str) -> None:
        self.name = name

    def look_up(self, props: Properties) -> Any:
        return props.getProperty(self.name, _NOTHING)


class _Secret:
    def __init__(self, name: str) -> None:
        self.name = name
        self.session = _session.active()
        self.session.wish(name)

    def look_up(self, props: Properties) -> Any:
        return self.session.secret(self.name)


class _Source:
    def __init__(self, codebase: str, attribute: str) -> None:
        self.codebase = codebase
        self.attribute = attribute

    def look_up(self, props: Properties) -> Any:
        stamp = props.getSourceStamp(self.codebase) or {}
        return stamp.get(self.attribute, _NOTHING)


class _Keyword:
    def __init__(self, name: str, values: Any) -> None:
        self.name = name
        self.values = values

    def look_up(self, props: Properties) -> Any:
        return self.values.get(self.name, _NOTHING)


class _Choice:
    """A looked-up value, or what to say instead: when present, when missing, when empty."""

    def __init__(self, source: Any, missing: Any = "", present: Any = _NOTHING, empty_is_missing: bool = False) -> None:
        self.source = source
        self.missing = missing
        self.present = present
        self.empty_is_missing = empty_is_missing

    async def value(self, props: Properties) -> Any:
        found = self.source.look_up(props)
        if found is _NOTHING:
            chosen = await render(self.missing, props)
        elif self.empty_is_missing:
            chosen = await render(found, props)
            if not chosen:
                chosen = await render(self.missing, props)
            elif self.present is not _NOTHING:
                chosen = await render(self.present, props)
        elif self.present is not _NOTHING:
            chosen = await render(self.present, props)
        else:
            chosen = await render(found, props)
        return "" if chosen is None else chosen


def _halves(text: str, key: str) -> tuple[str, str]:
    """`:yes:no` -> yes, no. The delimiter does not count inside of parentheses."""
    delimiter, text = text[:1], text[1:]
    if not delimiter or delimiter == "(":
        raise ConfigurationError(f"Interpolate: bad delimiter of ? in '{key}'")
    depth = 0
    for index, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth < 0:
            break
        if depth == 0 and character == delimiter:
            return text[:index], text[index + 1 :]
    raise ConfigurationError(f"Interpolate: '{key}' needs two parts, divided by '{delimiter}'")


class Interpolate(Renderable):
    def __init__(self, fmtstring: Any, *args: Any, **kwargs: Any) -> None:
        if not isinstance(fmtstring, str) and not is_renderable(fmtstring):
            raise ConfigurationError(f"Interpolate: the format must be a string, not {type(fmtstring).__name__}")
        if args and kwargs:
            raise ConfigurationError("Interpolate takes positional or keyword arguments, not both")
        self.fmtstring, self.args, self.kwargs = fmtstring, args, kwargs
        known = isinstance(fmtstring, str) and not args
        self.choices = {key: self._parse(key) for key in keys_of(fmtstring)} if known else {}

    def __repr__(self) -> str:
        return f"Interpolate({self.fmtstring!r})"

    def _parse(self, key: str) -> _Choice:
        selector, rest = _split(key)
        if rest is None:
            raise ConfigurationError(f"Interpolate: '%({key})s' has no selector such as prop:")
        if selector == "prop":
            name, modifier = _split(rest)
            source = _Prop(_checked(name, "property", rest))
        elif selector == "kw":
            name, modifier = _split(rest)
            source = _Keyword(_checked(name, "keyword", rest), self.kwargs)
        elif selector == "secret":
            name, modifier = _split(rest)
            source = _Secret(name)
        elif selector == "src":
            codebase, rest = _split(rest)
            if rest is None:
                raise ConfigurationError(f"Interpolate: '%({key})s' needs a codebase and an attribute")
            name, modifier = _split(rest)
            source = _Source(_checked(codebase, "codebase", key), _checked(name, "attribute", key))
        else:
            raise ConfigurationError(
                f"Interpolate: unknown selector '{selector}' in '%({key})s'; there are prop, src, kw and secret"
            )
        return self._choice(source, modifier, key)

    def _choice(self, source: Any, modifier: str | None, key: str) -> _Choice:
        if modifier is None:
            return _Choice(source)
        if modifier.startswith("-"):
            return _Choice(source, self._part(modifier[1:]))
        if modifier.startswith("~"):
            return _Choice(source, self._part(modifier[1:]), empty_is_missing=True)
        if modifier.startswith("+"):
            return _Choice(source, present=self._part(modifier[1:]))
        if modifier.startswith("?"):
            yes, no = _halves(modifier[1:], key)
            return _Choice(source, self._part(no), self._part(yes))
        if modifier.startswith("#?"):
            yes, no = _halves(modifier[2:], key)
            return _Choice(source, self._part(no), self._part(yes), empty_is_missing=True)
        raise ConfigurationError(f"Interpolate: '%({key})s' has an unknown default; use :- :~ :+ :? or :#?")

    def _part(self, text: str) -> Interpolate:
        return Interpolate(text, **self.kwargs)

    def _parts(self) -> Any:
        parts = [self.fmtstring, *self.args]
        for choice in self.choices.values():
            if isinstance(choice.source, _Secret):
                parts.append(Secret(choice.source.name))
            elif isinstance(choice.source, _Keyword):
                parts.append(self.kwargs.get(choice.source.name))
            else:
                return None
            parts += [part for part in (choice.missing, choice.present) if part is not _NOTHING]
        return parts

    async def _render(self, props: Properties) -> Any:
        if not isinstance(self.fmtstring, str):
            text = await render(self.fmtstring, props)
            return await Interpolate(text, *self.args, **self.kwargs)._render(props)
        if self.args:
            return self.fmtstring % tuple([await render(arg, props) for arg in self.args])
        return self.fmtstring % {key: await choice.value(props) for key, choice in self.choices.items()}


give_operators(Interpolate)
