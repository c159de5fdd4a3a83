"""What the hints of the other modules are made of."""

from collections.abc import Callable
from typing import Any

Data = dict[str, Any]  # a build, a buildset, a step, ...: what Buildbot's data API has of it
Strings = list[str] | tuple[str, ...] | set[str]
Function = Callable[..., Any]  # of the user's
Promise = Any  # a Deferred: Twisted's where that is used, else one of ours; it can be awaited
EventKey = tuple[str, str | None, str]  # ("builds", None, "finished")
