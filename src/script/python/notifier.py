"""NotifierBase, as Buildbot had it before its generators: a class of the user's sends what was worded, by itself."""

from carillon import _details, _generators, _mail, _session

_METHODS = "checkConfig getResponsibleUsersForBuild isMessageNeeded reconfigService sendMessage".split()


class _Methods:
    def reconfigService(
        self, mode=_generators.DEFAULT_MODE, tags=None, builders=None, buildSetSummary=False, messageFormatter=None, subject=_generators.DEFAULT_SUBJECT,
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
        made = _generators.of_old_arguments(
            self._carillon_where, mode=mode, tags=tags, builders=builders, schedulers=schedulers, branches=branches,
            subject=subject, addLogs=addLogs, addPatch=addPatch, buildSetSummary=buildSetSummary,
            messageFormatter=messageFormatter,
        )
        return super().reconfigService(generators=made, **kwargs)

    def isMessageNeeded(self, build):
        return True  # the rule of the program has let it pass

    def getResponsibleUsersForBuild(self, master, buildid):
        return _details.getResponsibleUsersForBuild(master, buildid)

    def _carillon_is_modern(self):
        return False


def make_class(reporter_base):
    """The class, on top of ReporterBase."""
    made = type("NotifierBase", (_Methods, _mail.Messages, reporter_base), {"__module__": "carillon"})
    made._carillon_class = made
    made._carillon_called = _METHODS
    return made
