"""Coroutines and Deferreds wait for each other here.

Code of ours is written with async/await and started eagerly: what never has to wait never becomes a task.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import sys
from collections.abc import Coroutine, Generator, Iterator
from typing import Any, NoReturn

from carillon import _deferred
from carillon._places import ConfigurationError
from carillon._types import Function, Promise

_NOTHING = object()
_PLAIN = frozenset([str, int, float, bool, bytes, list, tuple, dict, set, type(None)])
loop = None  # set once at the start
busy = None  # tells the watchdog whose piece of work begins; set while the thread serves
request = contextvars.ContextVar("carillon_request", default=0)  # that of a call, in its tasks


def is_deferred(value: Any) -> bool:
    return hasattr(type(value), "addBoth") and hasattr(type(value), "addCallbacks")


def failure_of(result: Any) -> BaseException | None:
    """The exception inside of a Failure, or None when it is an ordinary result."""
    if type(result).__name__ != "Failure" or not hasattr(result, "getTraceback"):
        return None
    error = result.value
    if not isinstance(error, BaseException):
        return RuntimeError(str(error))
    if error.__traceback__ is None and hasattr(result, "getTracebackObject"):
        # Twisted has taken the traceback off the exception, and has kept something like it.
        try:
            error._carillon_trace = result.getTracebackObject()
        except AttributeError:
            pass
    return error


def future_of(deferred: Any) -> asyncio.Future[Any]:
    """An asyncio future that takes over the Deferred's result."""
    future = loop.create_future()

    def fired(result: Any) -> None:
        if not future.done():
            error = failure_of(result)
            if error is None:
                future.set_result(result)
            elif isinstance(error, StopIteration):
                future.set_exception(RuntimeError("StopIteration"))
            else:
                future.set_exception(error)

    def dropped(which: Any) -> None:
        if which.cancelled():
            deferred.cancel()

    deferred.addBoth(fired)
    future.add_done_callback(dropped)
    return future


class Rest:
    """Runs a coroutine, from its start or from where it stopped first, in a task; it may await Deferreds too."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], step: Any = _NOTHING) -> None:
        self.coroutine = coroutine
        self.step = step

    def __await__(self) -> Generator[Any, Any, Any]:
        coroutine, step = self.coroutine, self.step
        try:
            if step is _NOTHING:
                step = _stepped(coroutine.send, None)
            while True:
                try:
                    if is_deferred(step):
                        value = yield from _woken_by(step)
                    else:
                        value = yield step
                except GeneratorExit:
                    coroutine.close()
                    raise
                except BaseException as error:
                    step = _stepped(coroutine.throw, error)
                else:
                    step = _stepped(coroutine.send, value)
        except StopIteration as stop:
            return stop.value


def _stepped(function: Function, argument: str) -> Any:
    number = request.get()
    if busy is None or not number:
        return function(argument)
    busy(number)
    try:
        return function(argument)
    finally:
        if busy is not None:
            busy(0)


def _woken_by(deferred: Any) -> Iterator[Any]:
    # The Deferred keeps its result: whoever awaits it reads that itself after waking up.
    wake = loop.create_future()

    def fired(result: Any) -> Any:
        if not wake.done():
            wake.set_result(None)
        return result

    deferred.addBoth(fired)
    yield from wake
    return None


async def _carry(rest: Any) -> Any:
    return await rest


def task_factory(which_loop: Any, coroutine: Coroutine[Any, Any, Any], **options: Any) -> asyncio.Task[Any]:
    if inspect.iscoroutine(coroutine):
        coroutine = _carry(Rest(coroutine))
    return asyncio.Task(coroutine, loop=which_loop, **options)


async def settle(value: Any) -> Any:
    """The value, or what it promises. The user's coroutines run in a task of their own."""
    if type(value) in _PLAIN:
        return value
    if is_deferred(value):
        return await future_of(value)
    if inspect.iscoroutine(value):
        return await loop.create_task(value)
    if inspect.isawaitable(value):
        return await asyncio.ensure_future(value, loop=loop)
    return value


def begin(coroutine: Coroutine[Any, Any, Any], done: Function, failed: Function) -> asyncio.Task[Any] | None:
    """Runs it until it has to wait. Returns the task that does the rest, or None when it is over already."""
    try:
        step = coroutine.send(None)
    except StopIteration as stop:
        done(stop.value)
        return None
    except BaseException as error:
        failed(error)
        return None

    def finished(task: asyncio.Task[Any]) -> None:
        if task.cancelled():
            failed(asyncio.CancelledError())
        elif task.exception() is not None:
            failed(task.exception())
        else:
            done(task.result())

    task = asyncio.Task(_carry(Rest(coroutine, step)), loop=loop)
    task.add_done_callback(finished)
    return task


def at_once(value: Any, what: str) -> Any:
    """What it is or promises, while a configuration is loaded: nothing can be waited for then."""
    coroutine = value if inspect.iscoroutine(value) else settle(value)
    results = []

    def failed(error: BaseException) -> NoReturn:
        raise error

    begin(coroutine, results.append, failed)
    if not results:
        raise ConfigurationError(f"{what} must not have to wait for anything")
    return results[0]


def deferred_class() -> Any:
    """Twisted's Deferred where the configuration uses Twisted, else the built-in one."""
    module = sys.modules.get("twisted.internet.defer")
    return module.Deferred if module is not None else _deferred.Deferred


def promise(coroutine: Coroutine[Any, Any, Any]) -> Promise:
    """A Deferred (which can be awaited as well) of the coroutine's result."""
    result = deferred_class()()
    begin(coroutine, result.callback, result.errback)
    return result
