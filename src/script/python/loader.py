"""Finds modules whose sources are part of the program: `carillon.*`, and, through hooks, the names of Buildbot."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import marshal
import sys
import types
from typing import Any

SOURCES = {}  # "carillon._places" -> source text
CODES = {}  # the same -> code, marshalled; empty where another Python has compiled it
HOOKS = []  # functions (full name) -> module, or None when the name is not theirs; may raise ModuleNotFoundError


class SourceLoader(importlib.abc.InspectLoader):
    def get_source(self, fullname: str) -> str:
        return SOURCES[fullname]

    def is_package(self, fullname: str) -> bool:
        return fullname == "carillon"

    def get_code(self, fullname: str) -> types.CodeType:
        if fullname in CODES:
            return marshal.loads(CODES[fullname])
        return compile(SOURCES[fullname], shown_name(fullname), "exec", dont_inherit=True)


class ReadyLoader(importlib.abc.Loader):
    """Hands out a module that a hook made."""

    def __init__(self, module: Any) -> None:
        self.module = module

    def create_module(self, spec: Any) -> types.ModuleType:
        return self.module

    def exec_module(self, module: Any) -> None:
        pass


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname in SOURCES:
            loader = SourceLoader()
            return importlib.util.spec_from_loader(fullname, loader, origin=shown_name(fullname))
        for hook in HOOKS:
            module = hook(fullname)
            if module is not None:
                spec = importlib.machinery.ModuleSpec(fullname, ReadyLoader(module))
                spec.submodule_search_locations = []
                return spec
        return None


def shown_name(fullname: str) -> str:
    return f"<{fullname}>"


def install(sources: dict[str, str], codes: dict[str, bytes]) -> None:
    SOURCES.update(sources)
    CODES.update(codes)
    sys.meta_path.insert(0, Finder())
