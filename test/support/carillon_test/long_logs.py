"""Logs that are too long for memory: builds of a real Buildbot that have some, and what came of them."""

import hashlib

from carillon_test.carillon import watch
from carillon_test.services import TERSE, mail
from carillon_test.waiting import wait_for

MIB = 1 << 20
_LINE = b"%08d [ 42%%] Building CXX object \xf0\x9f\x94\x94 bell.cpp.o \"quoted\" \\ with\ta tab\n"


def lines(size, start=b""):
    """Chunks of whole lines, as a master stores them, of at least `size` bytes together."""
    number, chunks = 0, []
    while size > 0:
        text = b"".join(start + _LINE % line for line in range(number, number + 700))
        chunks.append(text)
        number, size = number + 700, size - len(text)
    return chunks


def sha(content):
    return hashlib.sha256(content).hexdigest()


class LongLogs:
    """`build()` makes a build on "slow" with the logs; Carillon reports builds of "slow" alone."""

    def build(self, **logs):
        """A build whose step has these logs: name=(kind, chunks)."""
        self.master.hold_slow()
        self.master.force("slow")
        build = self.master.wait_running("slow")
        for name, (kind, chunks) in logs.items():
            self.master.add_log(build, name, chunks, kind)
        self.master.release_slow()

    def watching(self, services, **arguments):
        self.master = self.buildbot()
        carillon = self.carillon(services, sources=[watch(self.master)], **arguments)
        return carillon.wait_until_following()

    def mails_logs(self, smtp, *names, most=1 << 30, **arguments):
        values = {"mode": "all", "builders": ["slow"], "messageFormatter": TERSE, **arguments}
        return mail(smtp, addLogs=list(names), maxLogSize=most, **values)

    def spooled(self, carillon):
        folder = carillon.database.with_name(carillon.database.name + ".spool")
        return sorted(file.name for file in folder.iterdir()) if folder.exists() else []

    def settled(self, carillon, count=1):
        return wait_for(
            lambda: len(carillon.deliveries("--state", "delivered")) >= count
            and carillon.deliveries("--state", "delivered"),
            lambda: f"{count} deliveries: {carillon.deliveries()}", 300,
        )

    def being_fetched(self, carillon):
        """Or just fetched, where this process did not get to look in between."""
        wait_for(lambda: self.spooled(carillon), "the log to be fetched", interval=0.001)

    def attachment(self, got, name):
        """Its bytes; get_content() would make line ends of its own."""
        (part,) = [p for p in got.message.iter_attachments() if p.get_filename() == name]
        return part.get_payload(decode=True)
