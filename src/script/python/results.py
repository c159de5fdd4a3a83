"""How builds end, in Buildbot's numbers and words."""

Results = ["success", "warnings", "failure", "skipped", "exception", "retry", "cancelled"]
SUCCESS, WARNINGS, FAILURE, SKIPPED, EXCEPTION, RETRY, CANCELLED = ALL_RESULTS = list(range(7))


def statusToString(status: int | None) -> str:
    if status is None:
        return "not finished"
    if 0 <= status < len(Results):
        return Results[status]
    return "Invalid status"


NAMES = {name: value for name, value in list(globals().items()) if not name.startswith("_") and name != "NAMES"}
