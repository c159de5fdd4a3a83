"""What HipChatStatusPush does by itself, for overriding methods that call it: super().getMessage(...).

The program does the same without Python: src/reporter/hipchat/.
"""

from __future__ import annotations

from typing import Any

from carillon import _results
from carillon._types import Data


def _argument(self: Any, name: str) -> Any:
    args, kwargs = self._carillon_call
    index = list(self._carillon_schema["arguments"]).index(name)
    return kwargs.get(name, args[index] if index < len(args) else None)


def getRecipientList(self: Any, build: Data, event_name: str) -> Data:
    builder = build["builder"]["name"]
    recipients = {}
    for argument, key in (("builder_user_map", "id_or_email"), ("builder_room_map", "room_id_or_name")):
        found = (_argument(self, argument) or {}).get(builder)
        if found is not None:
            recipients[key] = found
    return recipients


def getMessage(self: Any, build: Data, event_name: str) -> str:
    builder, url = build["builder"]["name"], build["url"]
    if event_name == "new":
        return f"Buildbot started build {builder} here: {url}"
    if event_name == "finished":
        result = _results.statusToString(build["results"])
        return f"Buildbot finished build {builder} with result {result} here: {url}"
    return ""


def getExtraParams(self: Any, build: Data, event_name: str) -> Data:
    return {}


METHODS = {one.__name__: one for one in (getRecipientList, getMessage, getExtraParams)}
