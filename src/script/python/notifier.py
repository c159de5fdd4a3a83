"""NotifierBase, as Buildbot had it before its generators: a class of the user's sends what was worded, by itself."""

from __future__ import annotations

from typing import Any

from carillon import _details, _generators, _mail, _session
from carillon._types import Data, Strings

_METHODS = "checkConfig getResponsibleUsersForBuild isMessageNeeded reconfigService sendMessage".split()


class _Methods:
    def reconfigService(
        self,
        mode: Any = _generators.DEFAULT_MODE,
        tags: Strings | None = None,
        builders: Strings | None = None,
        buildSetSummary: bool = False,
        messageFormatter: Any = None,
        subject: str | None = _generators.DEFAULT_SUBJECT,
        addLogs: bool | Strings = False,
        addPatch: bool = False,
        schedulers: Strings | None = None,
        branches: list[str | None] | tuple[str | None, ...] | set[str | None] | None = None,
        watchedWorkers: Any = None,
        messageFormatterMissingWorker: Any = None,
        **kwargs: Any,
    ) -> Any:
        """A generator is made of the arguments that count."""
        if watchedWorkers is not None or messageFormatterMissingWorker is not None:
            text = f"{type(self).__name__} reports no missing workers"
            _session.active().warn(text, self._carillon_where)
        for name, value in (
            ("mode", mode),
            ("builders", builders),
            ("tags", tags),
            ("subject", subject),
            ("addLogs", addLogs),
            ("addPatch", addPatch),
            ("buildSetSummary", buildSetSummary),
        ):
            self.__dict__.setdefault(name, value)
        made = _generators.of_old_arguments(
            self._carillon_where,
            mode=mode,
            tags=tags,
            builders=builders,
            schedulers=schedulers,
            branches=branches,
            subject=subject,
            addLogs=addLogs,
            addPatch=addPatch,
            buildSetSummary=buildSetSummary,
            messageFormatter=messageFormatter,
        )
        return super().reconfigService(generators=made, **kwargs)

    def isMessageNeeded(self, build: Data) -> bool:
        return True  # the rule of the program has let it pass

    def getResponsibleUsersForBuild(self, master: Any, buildid: int) -> Any:
        return _details.getResponsibleUsersForBuild(master, buildid)

    def _carillon_is_modern(self) -> bool:
        return False


def make_class(reporter_base: type) -> type:
    """The class, on top of ReporterBase."""
    made = type("NotifierBase", (_Methods, _mail.Messages, reporter_base), {"__module__": "carillon"})
    made._carillon_class = made
    made._carillon_called = _METHODS
    return made
