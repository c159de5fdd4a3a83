"""NotifierBase, as Buildbot had it before its generators: a class of the user's sends what was worded, by itself."""

from carillon import _details, _generators, _scripted, _session

_METHODS = "checkConfig getResponsibleUsersForBuild isMessageNeeded reconfigService sendMessage".split()
_MODES = ("failing", "passing", "warnings")
_SUBJECT = "Buildbot %(result)s in %(title)s on %(builder)s"


class _Methods:
    def reconfigService(
        self, mode=_MODES, tags=None, builders=None, buildSetSummary=False, messageFormatter=None, subject=_SUBJECT,
        addLogs=False, addPatch=False, schedulers=None, branches=None, watchedWorkers=None,
        messageFormatterMissingWorker=None, **kwargs,
    ):
        """A generator is made of the arguments that count."""
        if watchedWorkers is not None or messageFormatterMissingWorker is not None:
            text = "%s reports no missing workers" % type(self).__name__
            _session.active().warn(text, self._carillon_where)
        for name, value in (("mode", mode), ("builders", builders), ("tags", tags), ("subject", subject),
                            ("addLogs", addLogs), ("addPatch", addPatch), ("buildSetSummary", buildSetSummary)):
            self.__dict__.setdefault(name, value)
        kind = _generators.BuildSetStatusGenerator if buildSetSummary else _generators.BuildStatusGenerator
        made = kind(mode, tags, builders, schedulers, branches, subject, addLogs, addPatch,
                    message_formatter=messageFormatter)
        made._carillon_where = self._carillon_where
        return super().reconfigService(generators=[made], **kwargs)

    def isMessageNeeded(self, build):
        return True  # the rule of the program has let it pass

    def getResponsibleUsersForBuild(self, master, buildid):
        return _details.getResponsibleUsersForBuild(master, buildid)

    async def _carillon_compose_report(self, report, builds):
        builds = report.get("builds") or builds
        name = "whole buildset" if self.buildSetSummary else (builds[0].get("builder") or {}).get("name")
        stamps = [stamp for build in builds for stamp in (build.get("buildset") or {}).get("sourcestamps") or ()]
        patches = [stamp["patch"] for stamp in stamps if stamp.get("patch")] if self.addPatch else []
        logs = [log for build in builds for step in build.get("steps") or () for log in step.get("logs") or ()]

        def send(words):
            return self.sendMessage(
                body=words, subject=report.get("subject"), type=report.get("type"), builderName=name,
                results=builds[-1].get("results"), builds=builds, users=report.get("users") or [], patches=patches,
                logs=logs if self.addLogs else [],
            )

        return await _scripted.written_down(send, report.get("body"))


def make_class(reporter_base):
    """The class, on top of ReporterBase."""
    made = type("NotifierBase", (_Methods, reporter_base), {"__module__": "carillon"})
    made._carillon_class = made
    made._carillon_called = _METHODS
    return made
