"""util.Interpolate: the language of %(selector:name:default)s."""

import re

from carillon import _session
from carillon._places import ConfigurationError
from carillon._renderables import Renderable, Secret, give_operators, is_renderable, render

_NAME = re.compile(r"^[\w._-]*$")
_NOTHING = object()


class _Keys(dict):
    """Learns which names a format string asks for."""

    positional = False

    def __missing__(self, key):
        self[key] = ""
        return ""

    def __str__(self):
        self.positional = True
        return ""

    __repr__ = __str__


def keys_of(text):
    keys = _Keys()
    try:
        text % keys
    except (TypeError, ValueError, KeyError) as error:
        raise ConfigurationError("Interpolate(%r): bad format string: %s" % (text, error)) from None
    if keys.positional:
        raise ConfigurationError("Interpolate(%r): a %%s without a name needs a positional argument" % text)
    return list(keys)


def _split(text):
    name, colon, rest = text.partition(":")
    return name, (rest if colon else None)


def _checked(name, what, text):
    if not _NAME.match(name):
        raise ConfigurationError("Interpolate: the %s in '%s' must be alphanumeric" % (what, text))
    return name


class _Prop:
    def __init__(self, name):
        self.name = name

    def look_up(self, props):
        return props[self.name] if self.name in props else _NOTHING


class _Secret:
    def __init__(self, name):
        self.name = name
        self.session = _session.active()
        self.session.wish(name)

    def look_up(self, props):
        return self.session.secret(self.name)


class _Source:
    def __init__(self, codebase, attribute):
        self.codebase = codebase
        self.attribute = attribute

    def look_up(self, props):
        stamp = props.getSourceStamp(self.codebase) or {}
        return stamp.get(self.attribute, _NOTHING)


class _Keyword:
    def __init__(self, name, values):
        self.name = name
        self.values = values

    def look_up(self, props):
        return self.values.get(self.name, _NOTHING)


class _Choice:
    """A looked-up value, or what to say instead: when present, when missing, when empty."""

    def __init__(self, source, missing="", present=_NOTHING, empty_is_missing=False):
        self.source = source
        self.missing = missing
        self.present = present
        self.empty_is_missing = empty_is_missing

    async def value(self, props):
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


def _halves(text, key):
    """`:yes:no` -> yes, no. The delimiter does not count inside of parentheses."""
    delimiter, text = text[:1], text[1:]
    if not delimiter or delimiter == "(":
        raise ConfigurationError("Interpolate: bad delimiter of ? in '%s'" % key)
    depth = 0
    for index, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth < 0:
            break
        if depth == 0 and character == delimiter:
            return text[:index], text[index + 1 :]
    raise ConfigurationError("Interpolate: '%s' needs two parts, divided by '%s'" % (key, delimiter))


class Interpolate(Renderable):
    def __init__(self, fmtstring, *args, **kwargs):
        if not isinstance(fmtstring, str) and not is_renderable(fmtstring):
            raise ConfigurationError("Interpolate: the format must be a string, not %s" % type(fmtstring).__name__)
        if args and kwargs:
            raise ConfigurationError("Interpolate takes positional or keyword arguments, not both")
        self.fmtstring, self.args, self.kwargs = fmtstring, args, kwargs
        known = isinstance(fmtstring, str) and not args
        self.choices = {key: self._parse(key) for key in keys_of(fmtstring)} if known else {}

    def __repr__(self):
        return "Interpolate(%r)" % self.fmtstring

    def _parse(self, key):
        selector, rest = _split(key)
        if rest is None:
            raise ConfigurationError("Interpolate: '%%(%s)s' has no selector such as prop:" % key)
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
                raise ConfigurationError("Interpolate: '%%(%s)s' needs a codebase and an attribute" % key)
            name, modifier = _split(rest)
            source = _Source(_checked(codebase, "codebase", key), _checked(name, "attribute", key))
        else:
            raise ConfigurationError(
                "Interpolate: unknown selector '%s' in '%%(%s)s'; there are prop, src, kw and secret" % (selector, key)
            )
        return self._choice(source, modifier, key)

    def _choice(self, source, modifier, key):
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
        raise ConfigurationError("Interpolate: '%%(%s)s' has an unknown default; use :- :~ :+ :? or :#?" % key)

    def _part(self, text):
        return Interpolate(text, **self.kwargs)

    def _parts(self):
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

    async def _render(self, props):
        if not isinstance(self.fmtstring, str):
            text = await render(self.fmtstring, props)
            return await Interpolate(text, *self.args, **self.kwargs)._render(props)
        if self.args:
            return self.fmtstring % tuple([await render(arg, props) for arg in self.args])
        return self.fmtstring % {key: await choice.value(props) for key, choice in self.choices.items()}


give_operators(Interpolate)
