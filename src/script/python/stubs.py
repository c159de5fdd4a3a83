"""What `carillon stubs` writes: the names that a configuration may use, for editors and type checkers."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Iterable, Iterator
from typing import Any

from carillon import _formatter, _known, _modules, _properties, _reporters, _scripted, _standins
from carillon._types import Data

MARK = "# Made by `carillon stubs`."
_HEAD = f"""{MARK}
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, NamedTuple, Protocol
"""
_CLASSES = "carillon._classes"
# What stands for itself in a hint.
_PLAIN = frozenset(
    "Any Callable Coroutine Iterable None bool bytes dict float int list object set str tuple type".split()
)
_ALIASES = {"Data": "dict[str, Any]", "Strings": "list[str] | tuple[str, ...] | set[str]", "Promise": "Any"}
_ALIASES |= {"Function": "Callable[..., Any]", "EventKey": "tuple[str, str | None, str]"}
_LIST = "list[Any] | tuple[Any, ...] | set[Any]"
# The types of the program's schemas (settings/schema.hpp).
_OF_SCHEMA = {
    "boolean": "bool",
    "integer": "int",
    "number": "float",
    "string": "str",
    "secret": "str | Renderable",
    "strings": _ALIASES["Strings"],
    "dict": "dict[Any, Any]",
    "list": _LIST,
    "renderable": "Renderable",
    "callable": "Callable[..., Any]",
    "formatter": "FormatterBase",
    "missing_worker_formatter": "MessageFormatterMissingWorkers",
}
_OPERATORS = "eq ne lt le gt ge add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod".split()
_SPECIAL = frozenset(f"__{name}__" for name in [*_OPERATORS, "getitem", "contains", "call", "iter", "await"])
# Classes that users derive from, in the forms of all of Buildbot's versions: any parameters fit.
_LENIENT = ("carillon._formatter", "carillon._generators", "carillon._secrets", "carillon._texts")
_MADE = """
class Renderable(Protocol):
    def getRenderingFor(self, props: Any) -> Any: ...

class Configured:
    name: str | None
    @property
    def master(self) -> Any: ...
    def __getattr__(self, name: str) -> Any: ...
"""


def _of_argument(schema: Data, name: str) -> str:
    told = schema["types"][name]
    if any(one in ("object", "any") for one in told) or not told:
        return "Any"
    parts = dict.fromkeys(part for one in told for part in _OF_SCHEMA[one].split(" | "))
    return " | ".join([*parts, *([] if name in schema["required"] else ["None"])])


def _default(value: Any) -> str:
    return repr(value) if value is None or isinstance(value, (bool, int, float, str)) else "..."


def _line(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', "'''")


class _Writer:
    """Definitions, each in the stub of the module that it is from, and the modules that hand them out."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {_CLASSES: [_MADE]}
        self.imports: dict[str, set[str]] = {}
        self.known: set[tuple[str, str]] = set()

    def use(self, module: str, source: str, name: str, alias: str = "") -> None:
        self.texts.setdefault(module, [])
        if module != source:
            self.imports.setdefault(module, set()).add(f"from {source} import {name} as {alias or name}")

    def define(self, value: Any) -> tuple[str, str]:
        """Where the class or function is defined, and under which name."""
        made = isinstance(value, type) and issubclass(value, _reporters.Configurable)
        schema = getattr(value, "_carillon_schema", None) if made else None
        module = _CLASSES if schema is not None else value.__module__
        place = (module, value.__name__)
        if place not in self.known:
            self.known.add(place)
            if schema is not None:
                text = self._configurable(value, schema)
            else:
                text = self._class(value) if isinstance(value, type) else self._function(value, "", module)
            self.texts.setdefault(module, []).append(text)
        return place

    def names(self, module: str, names: Data, further: Iterable[str] = ()) -> None:
        """The names that a module hands out."""
        lines = self.texts.setdefault(module, [])
        for name, value in sorted(names.items()):
            if not name.isidentifier() or name.startswith("__"):
                continue
            if isinstance(value, types.ModuleType):
                self.imports.setdefault(module, set()).add(
                    f"import {value.__name__}" if value.__name__ == name else f"import {value.__name__} as {name}"
                )
            elif isinstance(value, type) and issubclass(value, _standins.StandIn):
                lines.append(f"{name}: Any\n")
            elif self._is_ours(value):
                self.use(module, *self.define(value), name)
            elif isinstance(value, (bool, int, str)):
                lines.append(f"{name}: {type(value).__name__}\n")
            elif type(value).__module__.startswith("carillon._") and not isinstance(value, _reporters.Namespace):
                source, kind = self.define(type(value))
                self.use(module, source, kind)
                lines.append(f"{name}: {kind}\n")
            else:
                lines.append(f"{name}: {_shape(value)}\n")
        lines.extend(f"{name}: Any\n" for name in sorted(further) if name.isidentifier() and name not in names)

    def any_name(self, module: str) -> None:
        self.texts.setdefault(module, []).append("def __getattr__(name: str) -> Any: ...\n")

    @staticmethod
    def _is_ours(value: Any) -> bool:
        if not isinstance(value, (type, types.FunctionType)) or not value.__name__.isidentifier():
            return False
        made = isinstance(value, type) and issubclass(value, _reporters.Configurable)
        return made or (value.__module__.startswith("carillon._") and value.__qualname__ == value.__name__)

    def _hint(self, annotation: Any, scope: Data, module: str) -> str:
        if not isinstance(annotation, str):
            return "Any"
        for word in set(re.findall(r"[A-Za-z_]\w*", annotation)):
            found = scope.get(word, getattr(_properties, word, None))
            if word in _ALIASES or word in _PLAIN:
                continue
            if not isinstance(found, type) or not found.__module__.startswith("carillon._") or word == "Session":
                return "Any"
            self.use(module, *self.define(found))
        return re.sub(r"[A-Za-z_]\w*", lambda word: _ALIASES.get(word[0], word[0]), annotation)

    def _parameters(self, function: Any, module: str, skip: int) -> list[str]:
        scope = getattr(inspect.unwrap(function), "__globals__", {})
        given = list(inspect.signature(function).parameters.values())[skip:]
        out, keyword_only = [], False
        for one in given:
            hint = self._hint(one.annotation, scope, module)
            if one.kind is one.VAR_POSITIONAL:
                keyword_only = True
                out.append(f"*{one.name}: {hint}")
            elif one.kind is one.VAR_KEYWORD and one.name == "wants":
                taken = {other.name for other in given}
                out.extend(["*"] if not keyword_only else [])
                wants = [name for name in [*scope["_WANTS"], "extra_info_cb"] if name not in taken]
                out.extend(f"{name}: Any = None" for name in wants)
            elif one.kind is one.VAR_KEYWORD:
                out.append(f"**{one.name}: {hint}")
            else:
                if one.kind is one.KEYWORD_ONLY and not keyword_only:
                    keyword_only = True
                    out.append("*")
                default = "" if one.default is one.empty else f" = {_default(one.default)}"
                out.append(f"{one.name}: {hint}{default}")
        return out

    def _function(self, function: Any, indent: str, module: str, first: str = "", lenient: bool = False) -> str:
        name = function.__name__
        scope = getattr(inspect.unwrap(function), "__globals__", {})
        parameters = ["*args: Any", "**kwargs: Any"]
        hint = "Any"
        if not lenient:
            parameters = self._parameters(function, module, 1 if first else 0)
            if not inspect.iscoroutinefunction(inspect.unwrap(function)):
                hint = self._hint(inspect.signature(function).return_annotation, scope, module)
        doc = (inspect.getdoc(function) or "").partition("\n\n")[0].replace("\n", " ")
        text = f"{indent}def {name}({', '.join([*([first] if first else []), *parameters])}) -> {hint}:"
        return f'{text}\n{indent}    """{_line(doc)}"""\n' if doc else f"{text} ...\n"

    def _class(self, cls: type) -> str:
        module = cls.__module__
        doc = (cls.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
        fields = getattr(cls, "_fields", None)
        if fields is not None:
            return f"class {cls.__name__}(NamedTuple):\n" + "".join(f"    {name}: Any\n" for name in fields)
        bases = []
        for base in cls.__bases__:
            if base.__module__.startswith("carillon._"):
                self.use(module, *self.define(base))
                bases.append(base.__name__)
            elif base.__module__ == "builtins" and base is not object:
                bases.append("Exception" if issubclass(base, BaseException) else f"{base.__name__}[Any, Any]")
        lines = [f"class {cls.__name__}({', '.join(bases)}):\n" if bases else f"class {cls.__name__}:\n"]
        lines.append(f'    """{_line(doc)}"""\n' if doc else "")
        lenient = module in _LENIENT
        for name, item in vars(cls).items():
            if isinstance(item, property):
                lines.append(f"    @property\n    def {name}(self) -> Any: ...\n")
            elif isinstance(item, (staticmethod, classmethod)) and not name.startswith("_"):
                kind = type(item).__name__
                first = "cls" if kind == "classmethod" else ""
                lines.append(f"    @{kind}\n" + self._function(item.__func__, "    ", module, first))
            elif name in _SPECIAL and callable(item):
                others = "" if name in ("__iter__", "__await__") else ", *args: Any"
                others = ", other: Any" if name[2:-2] in _OPERATORS else others
                ignored = "  # type: ignore[override]" if name in ("__eq__", "__ne__") else ""
                lines.append(f"    def {name}(self{others}) -> Any: ...{ignored}\n")
            elif isinstance(item, types.FunctionType) and (not name.startswith("_") or name == "__init__"):
                written = self._function(item, "    ", module, "self", lenient and name != "__init__")
                written = written.replace(f"def {item.__name__}(", f"def {name}(", 1)
                lines.append(written.replace(") -> Any", ") -> None", 1) if name == "__init__" else written)
        lines.append("    def __getattr__(self, name: str) -> Any: ...\n")
        return "".join(lines)

    def _configurable(self, cls: type, schema: Data) -> str:
        """A reporter or source: its arguments are those of its schema."""
        name, doc = cls.__name__, ""
        if name != schema["name"] and name != "NotifierBase":
            parameters = self._parameters(cls.reconfigService, _CLASSES, 1)
        elif name in _scripted.BASES or name == "NotifierBase":
            parameters = ["*args: Any", "**kwargs: Any"]
        else:
            parameters = []
            for one in schema["arguments"]:
                default = "" if one in schema["required"] else f" = {_default(schema['defaults'][one])}"
                parameters.append(f"{one}: {_of_argument(schema, one)}{default}")
            # A required one may follow one that is not: both can be given by name.
            first = next((at for at, text in enumerate(parameters) if " = " in text), len(parameters))
            parameters[first:] = [text if " = " in text else f"{text} = ..." for text in parameters[first:]]
            if "name" not in schema["arguments"]:
                parameters += ["*", "name: str | None = None"]
            doc = "".join(f"    {one}: {text}\n" for one, text in schema["docs"].items() if text)
        for parameter in parameters:
            for word in ("FormatterBase", "MessageFormatterMissingWorkers"):
                if re.search(rf"\b{word}\b", parameter):
                    self.use(_CLASSES, *self.define(getattr(_formatter, word)))
        lines = [f"class {name}(Configured):\n"]
        if doc:
            lines.append(f'    """Arguments:\n\n{_line(doc)}    """\n')
        written = ",\n        ".join(["self", *parameters])
        lines.append(f"    def __init__(\n        {written},\n    ) -> None: ...\n")
        taken = set(dir(_reporters.Configurable)) - {"getResponsibleUsersForBuild"}
        for one in sorted(set(dir(cls)) - taken):
            value = inspect.getattr_static(cls, one)
            if not one.startswith("_") and callable(value):
                lines.append(f"    def {one}(self, *args: Any, **kwargs: Any) -> Any: ...\n")
            elif not one.startswith("_") and isinstance(value, dict):
                lines.append(f"    {one}: dict[str, Any]\n")
        return "".join(lines)

    def files(self) -> Iterator[tuple[str, str]]:
        modules = set(self.texts)
        for name in self.texts:
            parts = name.split(".")
            modules.update(".".join(parts[:depth]) for depth in range(1, len(parts)))
        packages = {name.rpartition(".")[0] for name in modules}
        for name in sorted(modules):
            path = name.replace(".", "/") + ("/__init__.pyi" if name in packages else ".pyi")
            yield path, "\n".join([_HEAD, *sorted(self.imports.get(name, ())), "", *self.texts.get(name, ())])


def _shape(value: Any) -> str:
    if isinstance(value, (list, tuple)) and value:
        kinds = {type(one).__name__ for one in value}
        if kinds in ({"str"}, {"int"}):
            return f"{type(value).__name__}[{kinds.pop()}{', ...' if isinstance(value, tuple) else ''}]"
    return "Callable[..., Any]" if isinstance(value, types.FunctionType) else "Any"


def _namespaces(writer: _Writer, package: str, names: Data) -> None:
    """A package whose names are namespaces: those that are not Buildbot's have stubs of their own."""
    for name, namespace in names.items():
        home = "carillon.plugins" if name == "sources" else "buildbot.plugins"
        if home == package:
            writer.names(f"{home}.{name}", {one: vars(namespace)[one] for one in dir(namespace)})
            if namespace._missing is not None and name != "secrets":
                writer.any_name(f"{home}.{name}")
        writer.imports.setdefault(package, set()).add(f"from {home} import {name} as {name}")
    writer.texts.setdefault(package, []).append(f"__all__ = {sorted(names)}\n")


def files() -> dict[str, str]:
    """The stubs: path -> text."""
    writer = _Writer()
    below = [f"buildbot.reporters.{name}" for name in _modules._REPORTER_MODULES]
    known = [name for name in _known.MODULES if name.startswith("buildbot")]
    names = {*_modules._MAKERS, *_modules._modules_of, *below, *known}
    for fullname in sorted(names - {"buildbot.plugins", "carillon.plugins"}):
        module = _modules.find_buildbot(fullname)
        given = {one: value for one, value in vars(module).items() if not one.startswith("__")}
        if fullname.startswith("buildbot.reporters.") or fullname.startswith("buildbot.process."):
            given = {**_modules.shared_names(), **given}
        writer.names(fullname, given, [one for one in _known.MODULES.get(fullname, ()) if one not in given])
        if not _modules.is_complete(fullname):
            writer.any_name(fullname)
    every = _modules.namespaces()
    _namespaces(writer, "buildbot.plugins", {name: one for name, one in every.items() if name != "sources"})
    _namespaces(writer, "carillon.plugins", every)
    return dict(writer.files())
