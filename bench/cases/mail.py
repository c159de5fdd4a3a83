"""MailNotifier with the default Jinja2 template: Carillon, Debian's Buildbot, and smtp-source as the limit.

All send to smtp-sink. Without a messageFormatter Carillon words mails without Jinja2: that is another row, no target.
"""

import base64
import contextlib
import os
import quopri
import re
import time

import ends
import measure
import peers
from figures import Figures, WrongResult, at_least, middle, times

from carillon_test.carillon import Carillon
from carillon_test.services import Source, service
from carillon_test.waiting import DeadlinePassed, stays, wait_for

CARILLON = "Mail: Carillon MailNotifier, MessageFormatter()"
WITHOUT = "Mail: Carillon MailNotifier without a messageFormatter"
LIMIT = "Mail: smtp-source (the limit: nothing is stored)"
PEER = "Mail: Buildbot MailNotifier"
RATIOS = [(CARILLON, PEER)]
_JINJA2 = {"messageFormatter": Source("reporters.MessageFormatter()")}
_RECIPIENT = "builds@example.org"


def steps(options):
    own = [
        lambda o, folder: {CARILLON: _carillon(o, folder, **_JINJA2)},
        lambda o, folder: {WITHOUT: _carillon(o, folder)},
    ]
    return [*own[: 1 if options.short else 2], _limit, *([_buildbot] if options.peers else [])]


def counted(sink):
    """Mails that the sink (-c) has taken so far; the end of its log says it."""
    with open(sink.process.output, "rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 200))
        found = re.findall(rb"mesg=(\d+)\b", file.read())
    return int(found[-1]) if found else 0


def wait_for_all(sink, mails, timeout):
    """When the last of them came (monotonic s). WrongResult where there are fewer or more."""
    with contextlib.suppress(DeadlinePassed):
        wait_for(lambda: counted(sink) >= mails, "the mails", timeout, 0.02)
    last = sink.process.output.stat().st_mtime_ns / 1e9 - time.time() + time.monotonic()
    with contextlib.suppress(AssertionError):
        stays(lambda: counted(sink) == mails, "their number", 0.5)
    if counted(sink) != mails:
        raise WrongResult(f"{counted(sink)} mails for {mails} builds")
    return last


def notifier(port, **arguments):
    return service(
        "MailNotifier",
        fromaddr="ci@example.org",
        relayhost="127.0.0.1",
        smtpPort=port,
        extraRecipients=[_RECIPIENT],
        **arguments,
    )


def _carillon(options, folder, **arguments):
    with peers.smtp_sink(folder, "-c") as sink:
        carillon = Carillon(folder / "carillon", notifier(sink.port, **arguments))
        try:
            carillon.start()
            load = ends.Load([carillon.process.pid], sink.process.pid)
            fed = ends.feed(
                options, carillon.port, builds=options.mails, batch=options.batch, connections=options.connections
            )
            last = wait_for_all(sink, options.mails, 300)
            ends.wait_until_settled(carillon)
            cpu, others, _ = load.stop()
            figures = Figures(rate=options.mails / (last - fed["began_ns"] / 1e9))
            figures.cpu_ms, figures.others = cpu * 1000 / options.mails, others
            figures.rss_mb = measure.memory_mb(carillon.process.pid, "VmHWM")
        finally:
            carillon.close()
            ends.forget_database(carillon)
    figures.more["mail_bytes"] = _sample(options, folder, **arguments)
    return figures


def _limit(options, folder):
    mails = options.mails
    with peers.smtp_sink(folder, "-c") as sink:
        load = ends.Load([sink.process.pid])
        began = time.monotonic()
        peers.smtp_source(sink.port, mails, 1500)
        rate = mails / (wait_for_all(sink, mails, 10) - began)
        cpu, others, own = load.stop()
    more = {"sink_cpu_ms": cpu * 1000 / mails}
    return {LIMIT: Figures(rate=rate, cpu_ms=own * 1000 / mails, others=others, more=more)}


def _buildbot(options, folder):
    with peers.smtp_sink(folder, "-c") as sink:
        load = ends.Load([sink.process.pid])
        way = {"reporter": "mail", "port": sink.port, "recipient": _RECIPIENT}
        told = peers.replay(options, folder, way, first=1, builds=options.peer_mails)
        wait_for_all(sink, told["builds"] + told["warm_up"], 5)
        others = load.stop()[1]
    figures = Figures(rate=told["builds"] / ((told["ended_ns"] - told["began_ns"]) / 1e9), others=others)
    figures.cpu_ms, figures.rss_mb = told["cpu_ns"] / 1e6 / told["builds"], told["rss_kb"] / 1024
    return {PEER: figures}


# -- which mails came ---------------------------------------------------------


def _sample(options, folder, **arguments):
    """A run whose mails are read: one for each build, to both recipients. Their mean size in bytes."""
    dump = peers.writable_folder(folder / "mails") / "dump"
    with peers.smtp_sink(folder, "-c", "-D", dump) as sink:
        carillon = Carillon(folder / "sample", notifier(sink.port, **arguments))
        try:
            carillon.start()
            fed = ends.feed(
                options,
                carillon.port,
                builds=options.sample_mails,
                batch=options.batch,
                connections=options.connections,
            )
            wait_for_all(sink, options.sample_mails, 60)
        finally:
            carillon.close()
            ends.forget_database(carillon)
    text = dump.read_bytes()
    builds = sorted(map(_build_of, _mails(text)))
    # builds.hpp: the id of builder NAME-07 is 8
    sent = sorted(
        "{}/{}".format(int(name.rpartition("-")[2]) + 1, number)
        for name, number in (build.split("/") for build in fed["sent_ns"])
    )
    if builds != sent:
        raise WrongResult(f"the mails are about {builds[:5]}..., not about {sent[:5]}...")
    return len(text) / len(builds)


def _mails(dump):
    """Head and body of each mail in a dump of smtp-sink."""
    for mail in re.split(rb"(?m)^X-Client-Addr: ", dump)[1:]:
        head, _, body = mail.partition(b"\n\n")
        if head.count(b"\nX-Rcpt-Args: ") != 2:
            raise WrongResult(f"a mail is not to two recipients: {head!r}")
        yield head.lower(), body


def _build_of(mail):
    """ "8/12": the build that the link in the mail leads to."""
    head, body = mail
    if b"content-transfer-encoding: base64" in head:
        body = base64.b64decode(body)
    elif b"content-transfer-encoding: quoted-printable" in head:
        body = quopri.decodestring(body)
    found = re.search(rb"#builders/(\d+)/builds/(\d+)", body)
    if not found:
        raise WrongResult(f"a mail names no build: {body!r}")
    return b"/".join(found.groups()).decode()


def targets(results):
    rate = middle(results, CARILLON, "rate")
    ratio = times(rate, middle(results, PEER, "rate"))
    return [
        at_least("durable mails (default template, fsync on) per second", 3000, rate),
        at_least("mails per second / Debian's Buildbot MailNotifier", 300, ratio, "{:.0f} x"),
    ]
