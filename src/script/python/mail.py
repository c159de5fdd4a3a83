"""Notifiers whose class has methods of its own: createEmail and processRecipients of MailNotifier, sendMessage of all.

The program writes the mail; what the methods make of it is what is sent (reporter/mail/own_methods.hpp).
"""

from __future__ import annotations

import contextvars
import email
import email.message
import email.policy
import inspect
from collections.abc import Iterable
from email.utils import formataddr, parseaddr
from typing import Any

from carillon import _details, _overrides, _places, _records, _waiting
from carillon._places import ConfigurationError
from carillon._types import Data, Function, Promise

_current = contextvars.ContextVar("mail")  # the mail that the program has written
_POLICY = email.policy.compat32.clone(linesep="\r\n")
_ALWAYS_THERE = ("Date", "From", "Subject", "Message-ID", "Auto-Submitted")
MAIL_METHODS = ("createEmail", "processRecipients")


def _written() -> email.message.Message:
    mail = _current.get(None)
    if mail is None:
        raise ConfigurationError("a mail is made only while Carillon tells of a build")
    message = email.message_from_bytes(mail["message"].encode(), policy=_POLICY)
    del message["To"]
    del message["CC"]
    return message


def _replace(message: email.message.Message, msgdict: Data, mail: Data) -> None:
    """What the caller changed in the words."""
    subject, body, kind = (msgdict.get(name) for name in ("subject", "body", "type"))
    if subject is not None and subject != mail["subject"]:
        del message["Subject"]
        message["Subject"] = _places.one_line(str(subject))
    if body is None or (body, kind or "plain") == (mail["body"], mail["type"]):
        return
    text = next(part for part in message.walk() if not part.is_multipart())
    del text["Content-Transfer-Encoding"]
    text.set_type("text/html" if kind == "html" else "text/plain")
    text.set_payload(body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body), "utf-8")


def _shown(address: str) -> str:
    """As it stands in a header."""
    try:
        return formataddr(parseaddr(address))
    except UnicodeError:
        return address


def _take_out(message: email.message.Message, mail: Data, patches: Any, logs: Any) -> None:
    """The attachments that are not passed on."""
    if not message.is_multipart() or (patches is None and logs is None):
        return
    names = None if logs is None else {f"{log.get('stepname')}.{log.get('name')}" for log in logs}
    kept = []
    for part in message.get_payload():
        name = part.get_filename()
        if name is not None:
            is_patch = name.startswith("source patch")
            wanted = patches is None or bool(patches) if is_patch else names is None or any(map(name.endswith, names))
            if not wanted:
                continue
        kept.append(part)
    message.set_payload(kept)


def _parameters(method: Function) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(method).parameters.values())
    except (TypeError, ValueError):
        return []


def named(method: Function) -> set[str]:
    return {one.name.lower() for one in _parameters(method)}


def _by_position(method: Function) -> int:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(one.kind in kinds for one in _parameters(method))


class Mails:
    def createEmail(self, msgdict: Data, *args: Any, **kwargs: Any) -> Promise:
        return _waiting.promise(self._carillon_created(msgdict, args, kwargs))

    async def _carillon_created(self, msgdict: Data, args: tuple[Any, ...], kwargs: Data) -> Any:
        message, mail = _written(), _current.get()
        _replace(message, msgdict, mail)
        patches, logs = (kwargs.get(name) for name in ("patches", "logs"))
        if len(args) >= 5:  # by position, with or without the builder's name before
            patches, logs = args[-2:]
        _take_out(message, mail, patches, logs)
        return message

    def processRecipients(self, blamelist: list[str], m: Any) -> list[str]:
        """Those who are interested are told, and the extra ones get a copy; they are told where nobody else is."""
        extra = list(self.extraRecipients or ())
        told = set(blamelist) if blamelist and self.sendToInterestedUsers else set()
        told, copied = (told, set(extra) - told) if told else (set(extra), set())
        m["To"] = ", ".join(sorted(map(_shown, told)))
        if copied:
            m["CC"] = ", ".join(sorted(map(_shown, copied)))
        return sorted(told | copied)

    def _carillon_mail(self, mail: Data, builds: list[Data], buildset: Data) -> Promise:
        return _waiting.promise(self._carillon_rewritten(mail, builds, buildset))

    async def _carillon_rewritten(self, mail: Data, builds: list[Data], buildset: Data) -> Data:
        _current.set(mail)
        msgdict = {name: mail[name] for name in ("body", "subject", "type")}
        args = [msgdict, mail["name"], mail["title"], *_about(builds, buildset)]
        if _by_position(self.createEmail) == 6 and "buildername" not in named(self.createEmail):
            del args[1]  # as Buildbot calls it since its version 3
        made = await _waiting.settle(self.createEmail(*args))
        if not isinstance(made, email.message.Message):
            raise ConfigurationError(f"createEmail returned no message but {type(made).__name__}")
        told, missing = mail["recipients"], _ALWAYS_THERE
        if builds and _overrides.overrides(self, "processRecipients"):
            names = [_written_out(name, address) for name, address in mail["interested"]]
            told = await _waiting.settle(self.processRecipients(names, made))
        else:
            missing = (*_ALWAYS_THERE, "To", "CC")
        if not isinstance(told, (list, tuple, set)) or not all(isinstance(one, str) for one in told):
            raise ConfigurationError("processRecipients returned no list of addresses")
        _complete(made, mail, missing)
        text = made.as_bytes(policy=made.policy.clone(linesep="\r\n")).decode("utf-8", "replace")
        return {"message": text, "recipients": sorted({parseaddr(one)[1] or one for one in told})}


def _patches(builds: list[Data]) -> list[Any]:
    stamps = [stamp for build in builds for stamp in (build.get("buildset") or {}).get("sourcestamps") or ()]
    return [stamp["patch"] for stamp in stamps if stamp.get("patch")]


def _logs(builds: list[Data]) -> list[Data]:
    found = []
    for build in builds:
        for step in build.get("steps") or ():
            for log in step.get("logs") or ():
                log.setdefault("stepname", step.get("name"))
                found.append(log)
    return found


def added(report: Data, builds: list[Data]) -> Data:
    """The logs and patches that a generator adds to its report."""
    names, patches = report.pop("add_logs", None), report.pop("add_patch", False)
    logs = [
        log
        for log in (_logs(builds) if names else [])
        if names is True or log.get("name") in names or f"{log['stepname']}.{log.get('name')}" in names
    ]
    return {"logs": logs, "patches": _patches(builds) if patches else []}


def _about(builds: list[Data], buildset: Data) -> list[Any]:
    if not builds:
        return [None, None, None, None]
    patches, logs = _patches(builds), _logs(builds)
    results = (buildset or {}).get("results")
    return [builds[-1].get("results") if results is None else results, builds, patches, logs]


def _complete(message: email.message.Message, mail: Data, names: Iterable[str]) -> None:
    """Adds of our headers what a class that has made a mail from nothing left out."""
    head = mail["message"].partition("\r\n\r\n")[0] + "\r\n\r\n"
    ours = email.message_from_bytes(head.encode(), policy=_POLICY)
    for name in names:
        if message[name] is None and ours[name] is not None:
            message[name] = str(ours[name])


def _written_out(name: str, address: str) -> str:
    """`Full Name <address>`, as people write it."""
    if not name:
        return address
    return f"{name} <{address}>" if name.replace(" ", "").isalnum() else f'"{name}" <{address}>'


class Messages:
    """sendMessage of a notifier, in the forms of all versions."""

    def sendMessage(self, *args: Any, **kwargs: Any) -> Promise:
        return _waiting.promise(self._carillon_sent(*args, **kwargs))

    async def _carillon_sent(self, *args: Any, **kwargs: Any) -> None:
        reports = kwargs.get("reports", args[0] if args else None)
        if not isinstance(reports, (list, tuple)):
            names = ("body", "subject", "type", "builderName", "results", "builds", "users")
            reports = [{**dict(zip(names, args)), **kwargs}]
        for report in reports:
            _records.report(report)

    async def _carillon_compose_report(self, report: Data, builds: list[Data]) -> Any:
        _details.posted.set(builds)
        users = report.get("users") or []
        builds = report.get("builds") or builds
        results, _, patches, logs = _about(builds, None)
        if self._carillon_is_modern():
            report.update(builds=builds, results=results, users=users, patches=patches, logs=logs)
            return await _records.written_down(self.sendMessage, [report])
        several = getattr(self, "buildSetSummary", False)
        name = "whole buildset" if several else (builds[0].get("builder") or {}).get("name")
        words = {"subject": report.get("subject"), "type": report.get("type"), "builderName": name}
        words.update(results=results, builds=builds, users=users)
        words.update(patches=patches if getattr(self, "addPatch", True) else [])
        words.update(logs=logs if getattr(self, "addLogs", False) else [])
        return await _records.written_down(lambda body: self.sendMessage(body, **words), report.get("body"))

    def _carillon_is_modern(self) -> bool:
        """Whether sendMessage takes reports, as since Buildbot 3."""
        names = named(self.sendMessage)
        return "reports" in names or ("body" not in names and bool(self._carillon_call[1].get("generators")))


def bases(schema: Data) -> tuple[type, ...]:
    """What the class of a notifier has besides."""
    mails = (Mails,) if "createEmail" in schema["methods"] else ()
    return (*mails, Messages) if is_notifier(schema) else mails


def is_notifier(schema: Data) -> bool:
    """Whether it sends by sendMessage alone."""
    return "sendMessage" in schema["methods"] and "send" not in schema["methods"]


def sends_by_itself(reporter: Any) -> bool:
    return is_notifier(reporter._carillon_schema) and _overrides.overrides(reporter, "sendMessage")
