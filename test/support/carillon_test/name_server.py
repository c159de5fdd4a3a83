"""A name server that knows a few names, and keeps silent about all others."""

import errno
import os
import random
import socket
import struct
import subprocess
import threading


class NameServer:
    """On port 53 of an address of the loopback that nobody else has. Names mean 127.0.0.1; about a name that is none of
    them it says nothing at all. OSError where a test may not have that port."""

    def __init__(self, *names):
        self._names = set(names)
        self._closing = False
        self.asked = []  # every question's name
        self._socket = self._bound()
        self.address = self._socket.getsockname()[0]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @staticmethod
    def _bound():
        while True:
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            try:
                made.bind((".".join(["127", *(str(random.randrange(1, 255)) for _ in range(3))]), 53))
                return made
            except OSError as error:
                made.close()
                if error.errno != errno.EADDRINUSE:
                    raise

    def prefix(self, folder):
        """What runs a program for which this is the only name server: it has a /etc/resolv.conf of its own."""
        conf = folder / "resolv.conf"
        conf.write_text(f"nameserver {self.address}\n")
        mount = f"mount --bind '{conf}' /etc/resolv.conf && exec \"$@\""
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        return ["unshare", *user, "--mount", "sh", "-c", mount, "sh"]

    def unavailable(self, folder):
        """Why a program cannot be run so here; None if it can."""
        tried = subprocess.run([*self.prefix(folder), "true"], capture_output=True, text=True, timeout=30)
        return None if tried.returncode == 0 else tried.stderr.strip()

    def close(self):
        self._closing = True
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", (self.address, 53))
        self._thread.join(10)
        self._socket.close()

    def _serve(self):
        while True:
            question, client = self._socket.recvfrom(4096)
            if self._closing:
                return
            name, end = _name(question)
            self.asked.append(name)
            if name in self._names:
                self._socket.sendto(_answer(question, end), client)


def _name(question):
    """The name that is asked for, and where the question ends."""
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1:at + 1 + question[at]].decode().lower())
        at += 1 + question[at]
    return ".".join(labels), at + 5


def _answer(question, end):
    kind = struct.unpack("!H", question[end - 4:end - 2])[0]
    addresses = [bytes([127, 0, 0, 1])] if kind == 1 else []  # A; of other kinds there is none
    header = question[:2] + struct.pack("!HHHHH", 0x8180, 1, len(addresses), 0, 0)
    records = b"".join(struct.pack("!HHHLH", 0xC00C, 1, 1, 60, 4) + one for one in addresses)
    return header + question[12:end] + records
