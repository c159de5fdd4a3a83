"""Values that depend on the build: util.Property, util.WithProperties, @util.renderer, util.Transform, ..."""

from __future__ import annotations

import operator
import re
from collections.abc import Coroutine
from typing import Any

from carillon import _session, _waiting
from carillon._places import ConfigurationError, here
from carillon._properties import Properties
from carillon._types import Data, Function, Promise

_PLAIN = frozenset([str, int, float, bool, bytes, type(None)])


async def render(value: Any, props: Properties) -> Any:
    """The value for the build; lists, tuples and dictionaries are rendered inside."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if isinstance(value, Renderable):
        return await value._render(props)
    if kind is list:
        return [await render(item, props) for item in value]
    if kind is tuple:
        return tuple([await render(item, props) for item in value])
    if kind is dict:
        return {await render(key, props): await render(item, props) for key, item in value.items()}
    if hasattr(kind, "getRenderingFor"):
        return await _waiting.settle(value.getRenderingFor(props))
    return value


def is_renderable(value: Any) -> bool:
    return hasattr(type(value), "getRenderingFor")


class Renderable:
    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        self = object.__new__(cls)
        self._carillon_where = here()
        return self

    def getRenderingFor(self, props: Properties) -> Promise:
        return _waiting.promise(self._render(props.getProperties()))

    def _parts(self) -> None:
        """What it is made of, where that is all that it depends on; None: it depends on the build."""
        return None


class _Operation(Renderable):
    """What an operator makes of two values, each rendered first."""

    def __init__(self, function: Function, left: Any, right: Any) -> None:
        self.function, self.left, self.right = function, left, right

    def _parts(self) -> list[Any]:
        return [self.left, self.right]

    async def _render(self, props: Properties) -> Any:
        return self.function(await render(self.left, props), await render(self.right, props))


def give_operators(cls: Any) -> None:
    """Renderables can be compared, added, ...: the result is a renderable."""
    for name in "eq ne lt le gt ge".split():
        setattr(cls, f"__{name}__", _method(getattr(operator, name)))
    for name in "add sub mul truediv floordiv mod".split():
        setattr(cls, f"__{name}__", _method(getattr(operator, name)))
        setattr(cls, f"__r{name}__", _method(getattr(operator, name), True))
    cls.in_ = _method(lambda one, others: one in others)
    cls.__hash__ = object.__hash__


def _method(function: Function, turned: bool = False) -> Function:
    def method(self: Any, other: Any) -> Any:
        return _Operation(function, other, self) if turned else _Operation(function, self, other)

    return method


class Property(Renderable):
    def __init__(self, key: str, default: Any = None, defaultWhenFalse: bool = True) -> None:
        self.key, self.default, self.defaultWhenFalse = key, default, defaultWhenFalse

    def __repr__(self) -> str:
        return f"Property({self.key!r})"

    async def _render(self, props: Properties) -> Any:
        if props.hasProperty(self.key):
            value = await render(props.getProperty(self.key), props)
            if value or not self.defaultWhenFalse:
                return value
        return await render(self.default, props)


class _PropertyTexts:
    """The mapping behind WithProperties' %(name:-default)s; None reads as an empty string."""

    _FORM = re.compile(r"(.*):([-~+])(.*)")

    def __init__(self, props: Properties, extra: Data) -> None:
        self.props = props
        self.extra = extra

    def _has(self, name: str) -> bool:
        return name in self.extra or name in self.props

    def _get(self, name: str) -> Any:
        return self.extra[name] if name in self.extra else self.props[name]

    def __getitem__(self, key: str) -> Any:
        form = self._FORM.match(key)
        if form is None:
            value = self._get(key)
        else:
            name, kind, other = form.groups()
            if kind == "+":
                value = other if self._has(name) else ""
            elif self._has(name) and (kind == "-" or self._get(name)):
                value = self._get(name)
            else:
                value = other
        return "" if value is None else value


class WithProperties(Renderable):
    def __init__(self, fmtstring: Any, *args: Any, **lambda_subs: Any) -> None:
        if args and lambda_subs:
            raise ConfigurationError("WithProperties takes positional or keyword arguments, not both")
        for name, function in lambda_subs.items():
            if not callable(function):
                raise ConfigurationError(f"WithProperties: the value of {name} must be a function")
        self.fmtstring, self.args, self.lambda_subs = fmtstring, args, lambda_subs

    async def _render(self, props: Properties) -> Any:
        extra = {}
        for name, function in self.lambda_subs.items():
            extra[name] = await _waiting.settle(function(props))
        texts = _PropertyTexts(props, extra)
        if self.args:
            return self.fmtstring % tuple([texts[name] for name in self.args])
        return self.fmtstring % texts


class _Renderer(Renderable):
    def __init__(self, fn: Function, args: tuple[Any, ...] = (), kwargs: Data | None = None) -> None:
        if not callable(fn):
            raise ConfigurationError(f"util.renderer needs a function, not {type(fn).__name__}")
        self.fn, self.args, self.kwargs = fn, list(args), dict(kwargs or {})

    def __repr__(self) -> str:
        return f"renderer({self.fn!r})"

    def withArgs(self, *args: Any, **kwargs: Any) -> _Renderer:
        return _Renderer(self.fn, self.args + list(args), {**self.kwargs, **kwargs})

    async def _render(self, props: Properties) -> Any:
        args = await render(self.args, props)
        kwargs = await render(self.kwargs, props)
        return await render(await _waiting.settle(self.fn(props, *args, **kwargs)), props)


def renderer(fn: Function) -> _Renderer:
    return _Renderer(fn)


class Transform(Renderable):
    def __init__(self, function: Any, *args: Any, **kwargs: Any) -> None:
        if not callable(function) and not is_renderable(function):
            raise ConfigurationError("util.Transform needs a function or a renderable")
        self.function, self.args, self.kwargs = function, args, kwargs

    async def _render(self, props: Properties) -> Any:
        function = await render(self.function, props)
        args = await render(self.args, props)
        kwargs = await render(self.kwargs, props)
        return await _waiting.settle(function(*args, **kwargs))


def flatten(items: Any, types: tuple[type, ...] = (list, tuple)) -> Any:
    if not isinstance(items, types):
        return items
    flat = []
    for item in items:
        if isinstance(item, types):
            flat.extend(flatten(item, types))
        else:
            flat.append(item)
    return flat


class FlattenList(Renderable):
    def __init__(self, nestedlist: Any, types: tuple[type, ...] = (list, tuple)) -> None:
        self.nestedlist, self.types = nestedlist, types

    def __add__(self, other: Any) -> FlattenList:
        more = other.nestedlist if isinstance(other, FlattenList) else other
        return FlattenList(self.nestedlist + more, self.types)

    async def _render(self, props: Properties) -> Any:
        return flatten(await render(self.nestedlist, props), self.types)


class Secret(Renderable):
    """util.Secret(name): the text that c['secretsProviders'] has for the name."""

    def __init__(self, secret_name: str) -> None:
        if not isinstance(secret_name, str) or not secret_name:
            raise ConfigurationError("util.Secret needs the name of a secret")
        self.secret_name = secret_name
        self._session = _session.active()
        self._session.wish(secret_name)

    def __repr__(self) -> str:
        return f"Secret({self.secret_name})"

    def reveal(self) -> str:
        return self._session.secret(self.secret_name, self._carillon_where)

    def again(self) -> str:
        """What the provider has now: tokens in files are renewed by others."""
        return self._session.secret_again(self.secret_name, self._carillon_where)

    async def _render(self, props: Properties) -> Any:
        return self.reveal()


class SecretText(Secret):
    """A secret text that is put together of secrets and fixed texts, whatever the build."""

    def __init__(self, value: Any) -> None:
        self._value, self._session = value, _session.active()

    def __repr__(self) -> str:
        return f"SecretText({self._value!r})"

    def reveal(self) -> str:
        return _waiting.at_once(render(self._value, Properties()), "a secret")

    def again(self) -> str:
        for name in secret_names(self._value) or ():
            self._session.secret_again(name, self._carillon_where)
        return self.reveal()


def secret_names(value: Any) -> list[str] | None:
    """The names of the secrets in what needs no build to be rendered; None: it needs one."""
    if isinstance(value, (str, int, float)) or value is None:
        return []
    if isinstance(value, Secret):
        return [value.secret_name] if type(value) is Secret else secret_names(value._value)
    parts = value._parts() if isinstance(value, Renderable) else None
    names = [secret_names(part) for part in parts] if parts is not None else [None]
    return None if None in names else [name for one in names for name in one]


for _class in (_Operation, Property, WithProperties, _Renderer, Transform, Secret):
    give_operators(_class)


def render_for_build(value: Any, build: Data, master: Any) -> Coroutine[Any, Any, Any]:
    return render(value, Properties.of_build(build, master))
