"""The texts of a message's context, as Buildbot's functions and methods make them. The program makes the same by itself
(message/context.cpp); a test compares both."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from carillon import _results
from carillon._results import CANCELLED, EXCEPTION, FAILURE, RETRY, SKIPPED, SUCCESS, WARNINGS
from carillon._types import Data


def get_detected_status_text(mode: Any, results: int | None, previous_results: int | None) -> str:
    if results is None:
        return "started build"
    before = previous_results is not None and previous_results != results
    changed = before and "change" in mode
    if results == SUCCESS:
        return "restored build" if changed else "passing build"
    if results == FAILURE:
        return "new failure" if changed or (before and "problem" in mode) else "failed build"
    known = {WARNINGS: "problem in the build", EXCEPTION: "build exception"}
    return known.get(results) or f"{_results.statusToString(results)} build"


def get_message_summary_text(build: Data, results: int | None) -> str:
    state = build.get("state_string") or ""
    state = f": {state}" if state else ""
    if results is None:
        return "Build started" + state
    if results == SUCCESS:
        return "Build succeeded!"
    if results == CANCELLED:
        return "Build was cancelled"
    words = {WARNINGS: "Build Had Warnings", SKIPPED: "Build was skipped", RETRY: "Build will be retried"}
    return words.get(results, "BUILD FAILED") + state


def get_message_source_stamp_text(source_stamps: Iterable[Data] | None) -> str:
    """One line for each."""
    text = ""
    for stamp in source_stamps or ():
        text += f"Source '{stamp['codebase']}': " if stamp.get("codebase") else "Source: "
        text += f"branch {stamp['branch']}, " if stamp.get("branch") else ""
        text += f"revision {stamp['revision']}" if stamp.get("revision") else "newest revision"
        text += " (with a patch)\n" if stamp.get("patch") else "\n"
    return text


def get_projects_text(source_stamps: Iterable[Data] | None, master: Any) -> str:
    projects = dict.fromkeys(stamp["project"] for stamp in source_stamps or () if stamp.get("project"))
    return ", ".join(projects) or master.config.title


def create_context_for_build(mode: Any, build: Data, *rest: Any) -> Data:
    """(mode, build, is_buildset, master, blamelist); Buildbot 3.4 has no is_buildset."""
    is_buildset, master, blamelist = rest if len(rest) == 3 else (False, *rest)
    buildset, results = build.get("buildset") or {}, build.get("results")
    stamps = buildset.get("sourcestamps") or []
    previous = (build.get("prev_build") or {}).get("results")
    worker = (build.get("properties") or {}).get("workername") or ["<unknown>"]
    return {
        **_site(master),
        "results": results,
        "result_names": _results.Results,
        "mode": mode,
        "buildername": (build.get("builder") or {}).get("name"),
        "workername": worker[0],
        "buildset": buildset,
        "build": build,
        "is_buildset": is_buildset,
        "projects": get_projects_text(stamps, master),
        "previous_results": previous,
        "status_detected": get_detected_status_text(mode, results, previous),
        "build_url": build.get("url"),
        "blamelist": blamelist,
        "summary": get_message_summary_text(build, results),
        "sourcestamps": get_message_source_stamp_text(stamps),
    }


def create_context_for_buildset(
    mode: Any, buildset: Data, builds: list[Data], master: Any, blamelist: list[str]
) -> Data:
    results, stamps = buildset.get("results"), buildset.get("sourcestamps") or []
    return {
        **_site(master),
        "results": results,
        "result_names": _results.Results,
        "mode": mode,
        "buildset": buildset,
        "builds": builds,
        "is_buildset": True,
        "projects": get_projects_text(stamps, master),
        "status_detected": get_detected_status_text(mode, results, None),
        "blamelist": blamelist,
        "sourcestamps": get_message_source_stamp_text(stamps),
    }


def create_context_for_worker(master: Any, worker: Data) -> Data:
    return {**_site(master), "worker": worker}


def _site(master: Any) -> Data:
    return {"buildbot_title": master.config.title, "buildbot_url": master.config.buildbotURL}


NAMES = {name: value for name, value in list(globals().items()) if name.startswith(("get_", "create_"))}


class Words:
    """The same as methods, which a formatter of Buildbot 2 may override."""

    def getDetectedStatus(self, mode: Any, results: int | None, previous_results: int | None) -> str:
        return get_detected_status_text(mode, results, previous_results)

    def messageSummary(self, build: Data, results: int | None) -> str:
        return get_message_summary_text(build, results)

    def messageSourceStamps(self, source_stamps: Iterable[Data] | None) -> str:
        return get_message_source_stamp_text(source_stamps)

    def getProjects(self, source_stamps: Iterable[Data] | None, master: Any) -> str:
        return get_projects_text(source_stamps, master)

    def _carillon_add_own_words(self, ctx: Data, master: Any) -> None:
        """Puts in what a class says in words of its own."""
        build = ctx.get("build") or {}
        stamps = (ctx.get("buildset") or {}).get("sourcestamps") or []
        calls = {
            "getDetectedStatus": ("status_detected", ctx.get("mode"), ctx.get("results"), ctx.get("previous_results")),
            "messageSummary": ("summary", build, ctx.get("results")),
            "messageSourceStamps": ("sourcestamps", stamps),
            "getProjects": ("projects", stamps, master),
        }
        for method, (name, *args) in calls.items():
            if getattr(type(self), method) is not getattr(Words, method):
                ctx[name] = getattr(self, method)(*args)
