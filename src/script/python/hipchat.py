"""What HipChatStatusPush does by itself, for overriding methods that call it: super().getMessage(...).

The program does the same without Python: src/reporter/hipchat/.
"""

from carillon import _results


def _argument(self, name):
    args, kwargs = self._carillon_call
    index = list(self._carillon_schema["arguments"]).index(name)
    return kwargs.get(name, args[index] if index < len(args) else None)


def getRecipientList(self, build, event_name):
    builder = build["builder"]["name"]
    recipients = {}
    for argument, key in (("builder_user_map", "id_or_email"), ("builder_room_map", "room_id_or_name")):
        found = (_argument(self, argument) or {}).get(builder)
        if found is not None:
            recipients[key] = found
    return recipients


def getMessage(self, build, event_name):
    builder, url = build["builder"]["name"], build["url"]
    if event_name == "new":
        return "Buildbot started build %s here: %s" % (builder, url)
    if event_name == "finished":
        result = _results.statusToString(build["results"])
        return "Buildbot finished build %s with result %s here: %s" % (builder, result, url)
    return ""


def getExtraParams(self, build, event_name):
    return {}


METHODS = {one.__name__: one for one in (getRecipientList, getMessage, getExtraParams)}
