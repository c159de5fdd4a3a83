"""The Python thread: an asyncio loop that takes requests of the program and answers them."""

from __future__ import annotations

import asyncio
import contextvars
import io
import selectors
import sys
from typing import TYPE_CHECKING, Any

from carillon import (
    _client,
    _configuration,
    _export,
    _master,
    _modules,
    _places,
    _renderables,
    _session,
    _times,
    _waiting,
)
from carillon._formatter import FormatterBase
from carillon._types import Data

if TYPE_CHECKING:
    from carillon._session import Session

_bridge = None  # the functions of the program: take, finish, fail, loaded, flush, ask, say, busy, idle, held
_time_limit = 30.0
_load_limit = 300.0
_flush_planned = False
_AT_ONCE = 100  # requests, before others have a turn


class WatchedSelector(selectors.DefaultSelector):
    """Tells the watchdog when the thread works and when it waits."""

    def select(self, timeout: float | None = None) -> Any:
        _bridge.idle()
        try:
            return super().select(timeout)
        finally:
            _bridge.busy(0)


class Output(io.TextIOBase):
    """sys.stdout and sys.stderr: whole lines go to the program's log."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self._rest = ""

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return sys.__stderr__.fileno()

    def write(self, text: str) -> int:
        lines = (self._rest + text).split("\n")
        self._rest = lines.pop()
        for line in lines:
            line = _places.masked(line)
            if _bridge is None:
                sys.__stderr__.write(line + "\n")
            else:
                _bridge.say(line.encode("utf-8", "replace").decode("utf-8"))
        return len(text)


class Functions:
    def __init__(self, functions: Data) -> None:
        self.__dict__.update(functions)


class Own:
    """What the program itself asks for: object 0."""

    @staticmethod
    def stubs() -> dict[str, str]:
        from carillon import _stubs

        return _stubs.files()


def start(functions: Data, options: Data) -> None:
    """Called once for each Script, before run(). Everything that may fail does so here."""
    global _bridge, _time_limit, _load_limit
    _bridge = Functions(functions)
    _time_limit, _load_limit = options["time_limit"], options["load_limit"]
    _client.may_ask = options["may_ask"]
    if _waiting.loop is None:
        sys.stdout = sys.stderr = Output()  # the program's own output stays clean
        _waiting.loop = asyncio.SelectorEventLoop(WatchedSelector())
        _waiting.loop.set_task_factory(_waiting.task_factory)
        _waiting.loop.set_exception_handler(_unhandled)
        from carillon import _loader

        _loader.HOOKS.extend(_modules.hooks())
    _master.ask = _bridge.ask
    _modules.use_installed(options["installed_twisted"])
    _modules.set_schemas(options["reporters"], options["sources"])
    _export.table[0] = (Own(), _session.active(), "the program")


def run(fd: int, own_folder: bool) -> None:
    """Serves until a stop request comes. own_folder: whether the current folder is that of this thread alone."""
    global _bridge
    _waiting.busy = _bridge.busy
    _configuration.own_folder = bool(own_folder)
    loop = _waiting.loop
    asyncio.set_event_loop(loop)
    loop.add_reader(fd, _serve)
    stopped = False
    while not stopped:
        try:
            loop.run_forever()
            stopped = True
        except BaseException as error:  # a late interruption, or sys.exit() in a callback: the thread goes on
            print(f"carillon: {_places.describe(error)}", file=sys.stderr)
    loop.remove_reader(fd)
    _bridge = _master.ask = _waiting.busy = None


def _unhandled(loop: Any, context: Data) -> None:
    error = context.get("exception")
    if isinstance(error, _places.Interrupted):
        return
    text = _places.describe(error) if error is not None else context.get("message", "")
    print(f"carillon: {text}", file=sys.stderr)


def _serve() -> None:
    """One request at a time. Whatever goes wrong meanwhile: what was not taken keeps the loop's reader awake."""
    try:
        for _ in range(_AT_ONCE):
            request = _bridge.take()
            if request is None:
                break
            _handle(*request)
    finally:
        _bridge.flush()


def _handle(kind: str, number: int, *rest: Any) -> None:
    _bridge.busy(number)
    try:
        _HANDLERS[kind](number, *rest)
    except BaseException as error:
        _fail(number, error)
    _bridge.busy(0)


def _fail(number: int, error: BaseException, where: str = "") -> None:
    try:
        text = _places.describe(error, where)
    except BaseException:  # there may be no memory for it
        text = type(error).__name__
    _bridge.fail(number, text)


def _plan_flush() -> None:
    global _flush_planned
    if not _flush_planned:
        _waiting.loop.call_soon(_flush)
        _flush_planned = True


def _flush() -> None:
    global _flush_planned
    _flush_planned = False
    _bridge.flush()


def limit_text() -> str:
    return f"{_time_limit:g} s"


class Call:
    """One call in progress; only its first outcome counts. Its time runs from here on, without that in which
    the thread was held up by others (by itself, too; but not for ever)."""

    __slots__ = ("number", "where", "over", "timer", "begun", "held")

    def __init__(self, number: int, where: str) -> None:
        self.number = number
        self.where = where
        self.over = False
        self.timer = None
        self.begun = _waiting.loop.time()
        self.held = _bridge.held()

    def done(self, value: Any) -> None:
        if self._end():
            try:
                _bridge.finish(self.number, value)
            except (TypeError, ValueError) as error:
                _fail(self.number, _places.ConfigurationError(str(error), self.where))
            except BaseException as error:
                _fail(self.number, error, self.where)

    def failed(self, error: BaseException) -> None:
        if self._end():
            if isinstance(error, _places.Interrupted):
                where = _places.of_error(error) or self.where
                _bridge.fail(self.number, f"{where}: interrupted, it takes longer than {limit_text()}")
            else:
                _fail(self.number, error, self.where)

    def watch(self, task: asyncio.Task[Any]) -> None:
        held = min(_bridge.held() - self.held, 10 * _time_limit)
        left = self.begun + held + _time_limit - _waiting.loop.time()
        if left > 0:
            self.timer = _waiting.loop.call_later(left, self.watch, task)
        else:
            self.expired(task)

    def expired(self, task: asyncio.Task[Any]) -> None:
        if self._end():
            _bridge.fail(self.number, f"{self.where}: cancelled, it takes longer than {limit_text()}")
        task.cancel()

    def _end(self) -> bool:
        if self.over:
            return False
        self.over = True
        if self.timer is not None:
            self.timer.cancel()
        _plan_flush()
        return True


def _arguments(args: list[Any], master: Any) -> list[Any]:
    """The positional arguments, with the things in them that are no data: the master, objects of the user's."""
    for index, arg in enumerate(args):
        if type(arg) is dict and len(arg) == 1 and "carillon.argument" in arg:
            which = arg["carillon.argument"]
            args[index] = master if which == "master" else _export.table[which][0]
        else:
            _times.give(arg)
    return args


async def _invoke(value: Any, method: str, args: list[Any], master: Any) -> Any:
    args = _arguments(args, master)
    if method == "render" and _renderables.is_renderable(value):
        return await _renderables.render_for_build(value, args[0], master)
    if method == "format" and isinstance(value, FormatterBase):
        return await value._format(args[0], master)
    function = getattr(value, method) if method else value
    return await _waiting.settle(function(*args))


def _begin(call: Call, value: Any, session: Session, method: str, args: list[Any], master_name: str) -> None:
    master = session.masters.get(master_name)
    if master is None:
        master = session.masters[master_name] = _master.MasterProxy(master_name, session)
    _master.current.set(master)
    _waiting.request.set(call.number)
    task = _waiting.begin(_invoke(value, method, args, master), call.done, call.failed)
    if task is not None and not call.over:
        call.watch(task)


def _call(number: int, target: int, method: str, args: list[Any], master_name: str) -> None:
    value, session, where = _export.table[target]
    contextvars.copy_context().run(_begin, Call(number, where), value, session, method, args, master_name)


def _drop(number: int, target: int) -> None:
    _export.drop(target)


def _load(number: int, path: str) -> None:
    try:
        result = _configuration.load(path, f"{_load_limit:g} s")
    except _configuration.LoadFailed as error:
        _bridge.fail(number, str(error))
        return
    _bridge.loaded(number, result, _export.describe, _places.describe)


def _answer(number: int, good: bool, value: Any) -> None:
    _master.answered(number, good, value)


def _stop(number: int) -> None:
    _waiting.loop.stop()


_HANDLERS = {"call": _call, "drop": _drop, "load": _load, "answer": _answer, "stop": _stop}
