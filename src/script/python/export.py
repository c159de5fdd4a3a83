"""Objects of the configuration that the program keeps, by number."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterator
from typing import Any

from carillon import _generators, _places, _scripted, _session
from carillon._formatter import FormatterBase, MessageFormatterMissingWorkers
from carillon._renderables import Secret, is_renderable
from carillon._types import Data

RENDERABLE, CALLABLE, FORMATTER, MISSING_FORMATTER, LOOKUP = (1 << bit for bit in range(5))
_numbers = itertools.count(1)
table = {}  # number -> (object, session, where)


def place_of(value: Any) -> str:
    where = getattr(value, "_carillon_where", "") if not isinstance(value, type) else ""
    return where or _places.of_code(value) or _places.of_class(type(value))


def _roles(value: Any) -> int:
    roles = RENDERABLE if is_renderable(value) else 0
    roles |= CALLABLE if callable(value) else 0
    if isinstance(value, FormatterBase):
        roles |= MISSING_FORMATTER if isinstance(value, MessageFormatterMissingWorkers) else FORMATTER
    roles |= LOOKUP if hasattr(value, "getAddress") else 0
    return roles


def _title(value: Any) -> str:
    if inspect.isroutine(value):
        return "a function"
    name = value.__name__ if isinstance(value, type) else type(value).__name__
    article = "an" if name[:1].lower() in "aeiou" else "a"
    return f"the class {name}" if isinstance(value, type) else f"{article} {name.lstrip('_')}"


def _is_plain(value: Any, depth: int = 0) -> bool:
    if value is None or isinstance(value, (bool, int, float, str)):
        return True
    if depth > 8:
        return False
    if isinstance(value, (list, tuple)):
        return all(_is_plain(item, depth + 1) for item in value)
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(item, depth + 1) for key, item in value.items())
    return False


def _user_classes(value: Any) -> Iterator[Any]:
    for cls in type(value).__mro__:
        if cls.__module__.partition(".")[0] == "carillon" or cls is object:
            return
        yield cls


def _attributes(value: Any) -> Data:
    if inspect.isroutine(value) or isinstance(value, type):
        return {}
    found = {}
    for cls in reversed(type(value).__mro__[:-1]):
        found.update(vars(cls))
    found.update(getattr(value, "__dict__", {}))
    return {name: item for name, item in found.items() if not name.startswith("_") and _is_plain(item)}


def _overrides(value: Any) -> list[str]:
    if inspect.isroutine(value) or isinstance(value, type):
        return []
    names = set()
    for cls in _user_classes(value):
        names.update(name for name, item in vars(cls).items() if callable(item) and not name.startswith("__"))
    return sorted(names)


def describe(value: Any) -> tuple[Any, ...]:
    """What the program is told of an object: ("secret", text, object) or ("object", number, ...)."""
    if isinstance(value, Secret):
        return ("secret", value.reveal(), _object(value))
    return _object(value)


def _object(value: Any) -> tuple[Any, ...]:
    number = next(_numbers)
    where = place_of(value)
    table[number] = (value, _session.active(), where)
    return ("object", number, where, _title(value), _roles(value), _attributes(value), _overrides(value))


def drop(number: int) -> None:
    table.pop(number, None)


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken; it is taken then."""
    numbered = (f"{name}-{number}" for number in itertools.count(2))
    found = next(one for one in itertools.chain([name], numbered) if one not in taken)
    taken.add(found)
    return found


_FILES = ("caFile", "cert", "identity_file")


def _located(name: str, value: Any) -> Any:
    """A file's name as one of the program's: relative ones count from the folder of the configuration."""
    if name not in _FILES:
        return value
    if isinstance(value, (list, tuple)):
        return [_located(name, one) for one in value]
    return _session.active().path_of(value) if isinstance(value, str) and value else value


def calls_of(value: Any, taken: set[str]) -> Iterator[Any]:
    """How a reporter or master was made: (class, name, where, positional, keywords, self); one with several
    generators is as many reporters. taken: the names that such parts have so far."""
    args, kwargs = value._carillon_call
    plain = type(value) is type(value)._carillon_class
    schema = value._carillon_schema
    own = value.name or ""
    if not own and schema["name"] in _scripted.BASES:
        own = _free(type(value).__name__, taken)  # the base says nothing of what it does
    for suffix, part_args, part_kwargs in _generators.calls_of(value, args, kwargs):
        names = list(schema["arguments"])
        part_args = [*map(_located, names, part_args), *part_args[len(names) :]]
        part_kwargs = {name: _located(name, one) for name, one in part_kwargs.items()}
        name = _free(f"{own or schema['name']}:{suffix}", taken) if suffix else own
        yield (schema["name"], name, value._carillon_where, part_args, part_kwargs, None if plain else value)
