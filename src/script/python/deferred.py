"""A small Deferred, for configurations that use `twisted.internet.defer` where Twisted is not installed."""

from __future__ import annotations

import functools
import inspect
import traceback
from collections.abc import Coroutine, Generator, Iterable
from typing import Any, NoReturn

from carillon._types import Function


class AlreadyCalledError(Exception):
    pass


class CancelledError(Exception):
    pass


class FirstError(Exception):
    def __init__(self, failure: Any, index: int) -> None:
        super().__init__(failure, index)
        self.subFailure = failure
        self.index = index


class Failure:
    """An exception as the result of a Deferred."""

    def __init__(self, value: Any = None) -> None:
        if value is None:
            import sys

            value = sys.exc_info()[1]
        self.value = value
        self.type = type(value)

    def check(self, *kinds: Any) -> Any:
        for kind in kinds:
            if isinstance(self.value, kind):
                return kind
        return None

    def trap(self, *kinds: Any) -> Any:
        kind = self.check(*kinds)
        if kind is None:
            raise self.value
        return kind

    def raiseException(self) -> NoReturn:
        raise self.value

    def getErrorMessage(self) -> str:
        return str(self.value)

    def getTracebackObject(self) -> Any:
        return self.value.__traceback__

    def getTraceback(self, *args: Any, **kwargs: Any) -> str:
        return "".join(traceback.format_exception(self.value))

    def __str__(self) -> str:
        return f"[Failure instance: {self.type.__name__}: {self.value}]"


def _as_is(result: Any, *args: Any, **kwargs: Any) -> Any:
    return result


class Deferred:
    def __init__(self, canceller: Any = None) -> None:
        self.called = False
        self.paused = 0
        self._canceller = canceller
        self._callbacks = []
        self._running = False
        self._inner = None

    def addCallbacks(
        self,
        callback: Any,
        errback: Any = None,
        callbackArgs: Any = (),
        callbackKeywords: Any = None,
        errbackArgs: Any = (),
        errbackKeywords: Any = None,
    ) -> Any:
        good = (callback or _as_is, callbackArgs or (), callbackKeywords or {})
        bad = (errback or _as_is, errbackArgs or (), errbackKeywords or {})
        self._callbacks.append((good, bad))
        if self.called:
            self._run()
        return self

    def addCallback(self, callback: Any, *args: Any, **kwargs: Any) -> Any:
        return self.addCallbacks(callback, callbackArgs=args, callbackKeywords=kwargs)

    def addErrback(self, errback: Any, *args: Any, **kwargs: Any) -> Any:
        return self.addCallbacks(None, errback, errbackArgs=args, errbackKeywords=kwargs)

    def addBoth(self, callback: Any, *args: Any, **kwargs: Any) -> Any:
        return self.addCallbacks(
            callback, callback, callbackArgs=args, callbackKeywords=kwargs, errbackArgs=args, errbackKeywords=kwargs
        )

    def callback(self, result: Any) -> None:
        self._start(result)

    def errback(self, fail: Any = None) -> None:
        self._start(fail if isinstance(fail, Failure) else Failure(fail))

    def cancel(self) -> None:
        if not self.called:
            if self._canceller is not None:
                self._canceller(self)
            if not self.called:
                self.errback(CancelledError())
        elif self._inner is not None:
            self._inner.cancel()

    def pause(self) -> None:
        self.paused += 1

    def unpause(self) -> None:
        self.paused -= 1
        if not self.paused and self.called:
            self._run()

    def _start(self, result: Any) -> None:
        if self.called:
            raise AlreadyCalledError()
        self.called = True
        self.result = result
        self._run()

    def _run(self) -> None:
        if self._running or self.paused:
            return
        self._running = True
        try:
            while self._callbacks and not self.paused:
                good, bad = self._callbacks.pop(0)
                function, args, kwargs = bad if isinstance(self.result, Failure) else good
                try:
                    self.result = function(self.result, *args, **kwargs)
                except Exception as error:
                    self.result = Failure(error)
                if isinstance(self.result, Deferred):
                    self._wait_for(self.result)
        finally:
            self._running = False

    def _wait_for(self, inner: Any) -> None:
        self.paused += 1
        self._inner = inner

        def over(result: Any) -> None:
            self.result = result
            self._inner = None
            self.unpause()

        # When it is there already, `over` runs at once and the loop of _run goes on.
        inner.addBoth(over)

    # Awaited, it yields itself to whoever drives the coroutine, until it has a result.
    def __await__(self) -> Generator[Any, Any, Any]:
        while not self.called or self.paused:
            yield self
        if isinstance(self.result, Failure):
            error, self.result = self.result.value, None
            raise error
        return self.result

    __iter__ = __await__

    def asFuture(self, loop: Any) -> Any:
        from carillon import _waiting

        return _waiting.future_of(self)

    @staticmethod
    def fromCoroutine(coroutine: Coroutine[Any, Any, Any]) -> Any:
        from carillon import _waiting

        result = Deferred()
        _waiting.begin(coroutine, result.callback, result.errback)
        return result

    @staticmethod
    def fromFuture(future: Any) -> Any:
        result = Deferred(lambda _: future.cancel())

        def done(which: Any) -> None:
            if which.cancelled():
                result.errback(CancelledError())
            elif which.exception() is not None:
                result.errback(which.exception())
            else:
                result.callback(which.result())

        future.add_done_callback(done)
        return result


def succeed(result: Any) -> Any:
    deferred = Deferred()
    deferred.callback(result)
    return deferred


def fail(result: Any = None) -> Any:
    deferred = Deferred()
    deferred.errback(result)
    return deferred


def maybeDeferred(function: Function, *args: Any, **kwargs: Any) -> Any:
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        return fail(error)
    if isinstance(result, Deferred):
        return result
    if inspect.iscoroutine(result):
        return Deferred.fromCoroutine(result)
    if isinstance(result, Failure):
        return fail(result)
    return succeed(result)


def ensureDeferred(coroutine: Coroutine[Any, Any, Any]) -> Any:
    return coroutine if isinstance(coroutine, Deferred) else Deferred.fromCoroutine(coroutine)


def execute(function: Function, *args: Any, **kwargs: Any) -> Any:
    return maybeDeferred(function, *args, **kwargs)


class DeferredList(Deferred):
    """Fires with [(success, result or Failure), ...] when all are there."""

    def __init__(
        self,
        deferreds: Iterable[Any],
        fireOnOneCallback: bool = False,
        fireOnOneErrback: bool = False,
        consumeErrors: bool = False,
    ) -> None:
        super().__init__()
        deferreds = list(deferreds)
        self.resultList = [None] * len(deferreds)
        self._left = len(deferreds)
        self._one_callback, self._one_errback = fireOnOneCallback, fireOnOneErrback
        self._consume = consumeErrors
        if not deferreds and not fireOnOneCallback:
            self.callback(self.resultList)
        for index, deferred in enumerate(deferreds):
            deferred.addBoth(self._came, index)

    def _came(self, result: Any, index: int) -> Any:
        good = not isinstance(result, Failure)
        self.resultList[index] = (good, result)
        self._left -= 1
        if not self.called:
            if good and self._one_callback:
                self.callback((result, index))
            elif not good and self._one_errback:
                self.errback(FirstError(result, index))
            elif not self._left:
                self.callback(self.resultList)
        return None if self._consume and not good else result


def gatherResults(deferreds: Iterable[Any], consumeErrors: bool = False) -> Any:
    def only_results(results: int | None) -> list[Any]:
        return [result for _, result in results]

    def first_error(failure: Any) -> Any:
        # As Twisted has it: the reason is found in FirstError.subFailure.
        return failure

    return DeferredList(deferreds, fireOnOneErrback=True, consumeErrors=consumeErrors).addCallbacks(
        only_results, first_error
    )


class _Return(BaseException):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def returnValue(value: Any) -> NoReturn:
    raise _Return(value)


def inlineCallbacks(function: Function) -> Any:
    """A generator that yields Deferreds (or awaitables) becomes a function that returns a Deferred."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        generator = function(*args, **kwargs)
        if not inspect.isgenerator(generator):
            raise TypeError(f"inlineCallbacks needs a generator, but {function!r} returned {generator!r}")
        return Deferred.fromCoroutine(_drive(generator))

    return wrapper


async def _drive(generator: Any) -> Any:
    value, error = None, None
    while True:
        try:
            step = generator.send(value) if error is None else generator.throw(error)
        except StopIteration as stop:
            return stop.value
        except _Return as returned:
            return returned.value
        value, error = None, None
        try:
            if isinstance(step, Deferred):
                value = await step
            elif inspect.isawaitable(step):
                from carillon import _waiting

                value = await _waiting.settle(step)
            else:
                value = step
        except Exception as raised:
            error = raised
