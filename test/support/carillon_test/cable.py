"""A machine of its own for a program: a network namespace, with a cable to this one that can be pulled. Needs root."""

import os
import random
import shutil
import subprocess
import unittest


class Cable:
    """`here` and `there` are the addresses of its two ends; `prefix` is what a command begins with that runs there.
    close() it."""

    def __init__(self):
        if os.getuid() != 0 or not shutil.which("ip"):
            raise unittest.SkipTest("only root, with iproute2, may make network namespaces")
        number = random.SystemRandom().randrange(1 << 14)
        self._name = f"carillon{number}"
        # One of 16,384 nets of four addresses.
        net = f"10.231.{number // 64}."
        self.here, self.there = (net + str(number % 64 * 4 + end) for end in (1, 2))
        self.prefix = ["ip", "netns", "exec", self._name]
        made = subprocess.run(["ip", "netns", "add", self._name], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise unittest.SkipTest(f"there are no network namespaces here: {made.stderr.strip()}")
        try:
            self._ip("link", "add", self._name, "type", "veth", "peer", "name", "eth0", "netns", self._name)
            self._ip("addr", "add", f"{self.here}/30", "dev", self._name)
            self.plug()
            self._ip("-n", self._name, "addr", "add", f"{self.there}/30", "dev", "eth0")
            for device in ("eth0", "lo"):
                self._ip("-n", self._name, "link", "set", device, "up")
        except subprocess.CalledProcessError as error:
            self.close()
            raise unittest.SkipTest(f"there are no cables here: {error.stderr}") from None

    def pull(self):
        """Packets are dropped; nobody is told."""
        self._ip("link", "set", self._name, "down")

    def plug(self):
        self._ip("link", "set", self._name, "up")

    def close(self):
        subprocess.run(["ip", "link", "del", self._name], capture_output=True, check=False)
        subprocess.run(["ip", "netns", "del", self._name], check=True)

    def _ip(self, *arguments):
        subprocess.run(["ip", *arguments], capture_output=True, text=True, check=True)
