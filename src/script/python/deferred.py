"""A small Deferred, for configurations that use `twisted.internet.defer` where Twisted is not installed."""

import functools
import inspect
import traceback


class AlreadyCalledError(Exception):
    pass


class CancelledError(Exception):
    pass


class FirstError(Exception):
    def __init__(self, failure, index):
        super().__init__(failure, index)
        self.subFailure = failure
        self.index = index


class Failure:
    """An exception as the result of a Deferred."""

    def __init__(self, value=None):
        if value is None:
            import sys

            value = sys.exc_info()[1]
        self.value = value
        self.type = type(value)

    def check(self, *kinds):
        for kind in kinds:
            if isinstance(self.value, kind):
                return kind
        return None

    def trap(self, *kinds):
        kind = self.check(*kinds)
        if kind is None:
            raise self.value
        return kind

    def raiseException(self):
        raise self.value

    def getErrorMessage(self):
        return str(self.value)

    def getTracebackObject(self):
        return self.value.__traceback__

    def getTraceback(self, *args, **kwargs):
        return "".join(traceback.format_exception(self.value))

    def __str__(self):
        return "[Failure instance: %s: %s]" % (self.type.__name__, self.value)


def _as_is(result, *args, **kwargs):
    return result


class Deferred:
    def __init__(self, canceller=None):
        self.called = False
        self.paused = 0
        self._canceller = canceller
        self._callbacks = []
        self._running = False
        self._inner = None

    def addCallbacks(
        self, callback, errback=None, callbackArgs=(), callbackKeywords=None, errbackArgs=(), errbackKeywords=None
    ):
        good = (callback or _as_is, callbackArgs or (), callbackKeywords or {})
        bad = (errback or _as_is, errbackArgs or (), errbackKeywords or {})
        self._callbacks.append((good, bad))
        if self.called:
            self._run()
        return self

    def addCallback(self, callback, *args, **kwargs):
        return self.addCallbacks(callback, callbackArgs=args, callbackKeywords=kwargs)

    def addErrback(self, errback, *args, **kwargs):
        return self.addCallbacks(None, errback, errbackArgs=args, errbackKeywords=kwargs)

    def addBoth(self, callback, *args, **kwargs):
        return self.addCallbacks(
            callback, callback, callbackArgs=args, callbackKeywords=kwargs, errbackArgs=args, errbackKeywords=kwargs
        )

    def callback(self, result):
        self._start(result)

    def errback(self, fail=None):
        self._start(fail if isinstance(fail, Failure) else Failure(fail))

    def cancel(self):
        if not self.called:
            if self._canceller is not None:
                self._canceller(self)
            if not self.called:
                self.errback(CancelledError())
        elif self._inner is not None:
            self._inner.cancel()

    def pause(self):
        self.paused += 1

    def unpause(self):
        self.paused -= 1
        if not self.paused and self.called:
            self._run()

    def _start(self, result):
        if self.called:
            raise AlreadyCalledError()
        self.called = True
        self.result = result
        self._run()

    def _run(self):
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

    def _wait_for(self, inner):
        self.paused += 1
        self._inner = inner

        def over(result):
            self.result = result
            self._inner = None
            self.unpause()

        # When it is there already, `over` runs at once and the loop of _run goes on.
        inner.addBoth(over)

    # Awaited, it yields itself to whoever drives the coroutine, until it has a result.
    def __await__(self):
        while not self.called or self.paused:
            yield self
        if isinstance(self.result, Failure):
            error, self.result = self.result.value, None
            raise error
        return self.result

    __iter__ = __await__

    def asFuture(self, loop):
        from carillon import _waiting

        return _waiting.future_of(self)

    @staticmethod
    def fromCoroutine(coroutine):
        from carillon import _waiting

        result = Deferred()
        _waiting.begin(coroutine, result.callback, result.errback)
        return result

    @staticmethod
    def fromFuture(future):
        result = Deferred(lambda _: future.cancel())

        def done(which):
            if which.cancelled():
                result.errback(CancelledError())
            elif which.exception() is not None:
                result.errback(which.exception())
            else:
                result.callback(which.result())

        future.add_done_callback(done)
        return result


def succeed(result):
    deferred = Deferred()
    deferred.callback(result)
    return deferred


def fail(result=None):
    deferred = Deferred()
    deferred.errback(result)
    return deferred


def maybeDeferred(function, *args, **kwargs):
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


def ensureDeferred(coroutine):
    return coroutine if isinstance(coroutine, Deferred) else Deferred.fromCoroutine(coroutine)


def execute(function, *args, **kwargs):
    return maybeDeferred(function, *args, **kwargs)


class DeferredList(Deferred):
    """Fires with [(success, result or Failure), ...] when all are there."""

    def __init__(self, deferreds, fireOnOneCallback=False, fireOnOneErrback=False, consumeErrors=False):
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

    def _came(self, result, index):
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


def gatherResults(deferreds, consumeErrors=False):
    def only_results(results):
        return [result for _, result in results]

    def first_error(failure):
        # As Twisted has it: the reason is found in FirstError.subFailure.
        return failure

    return DeferredList(deferreds, fireOnOneErrback=True, consumeErrors=consumeErrors).addCallbacks(
        only_results, first_error
    )


class _Return(BaseException):
    def __init__(self, value):
        super().__init__()
        self.value = value


def returnValue(value):
    raise _Return(value)


def inlineCallbacks(function):
    """A generator that yields Deferreds (or awaitables) becomes a function that returns a Deferred."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        generator = function(*args, **kwargs)
        if not inspect.isgenerator(generator):
            raise TypeError("inlineCallbacks needs a generator, but %r returned %r" % (function, generator))
        return Deferred.fromCoroutine(_drive(generator))

    return wrapper


async def _drive(generator):
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
