"""systemd as a service sees it: the socket that it is told things on."""

import os
import socket
import threading

from carillon_test.waiting import PATIENCE, wait_for


class FakeServiceManager:
    """Collects the datagrams. `env` is what systemd puts into the environment."""

    def __init__(self, folder, *, abstract=False, watchdog=None):
        """`watchdog` in seconds; None: it does not watch."""
        name = f"carillon-test-{os.getpid()}-{id(self)}"
        self._address = "\0" + name if abstract else str(folder / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self._address)
        self.env = {"NOTIFY_SOCKET": "@" + name if abstract else self._address}
        if watchdog is not None:
            self.env["WATCHDOG_USEC"] = str(int(watchdog * 1_000_000))
        self.messages = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def told(self, assignment):
        """The messages, as dicts, in which this line stands ("READY=1")."""
        key, _, value = assignment.partition("=")
        return [m for m in list(self.messages) if m.get(key) == value]

    def wait_for(self, assignment, count=1, timeout=PATIENCE):
        wait_for(lambda: len(self.told(assignment)) >= count, lambda: f"{assignment}; told: {self.messages}", timeout)
        return self.told(assignment)

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _read(self):
        while data := self._socket.recv(65536):
            self.messages.append(dict(line.split("=", 1) for line in data.decode().splitlines()))
