"""A Gerrit as `ssh` sees it: a real OpenSSH server whose only command is gerrit_command.py."""

import json
import os
import pwd
import subprocess
from pathlib import Path

from carillon_test import gerrit_command
from carillon_test.installed import require
from carillon_test.ports import ReservedPort
from carillon_test.processes import PYTHON, Process
from carillon_test.waiting import PATIENCE, wait_for

_SSHD = "/usr/sbin/sshd"
_PRIVILEGE_SEPARATION = Path("/run/sshd")  # sshd demands it from root
_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
"""


class GerritSsh:
    """Listens on 127.0.0.1 as the user who runs the tests, with keys of its own. Up until stop()."""

    def __init__(self, folder, *, version="2.16.3", projects=("bell",), labels=None, double_quotes=True):
        require(_SSHD, "ssh", "ssh-keygen")
        if os.getuid() == 0:
            _PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)
        self.folder = Path(folder)
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self._port = ReservedPort()
        self.port = self._port.number
        self._settings = {
            "version": version, "projects": list(projects), "double_quotes": double_quotes, "user": self.user,
            "labels": labels or {"Verified": 1, "Code-Review": 2},
        }
        self.process = None
        self._write_settings()
        for name in ("host_key", "user_key"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / name], check=True
            )
        self.identity = self.folder / "user_key"
        self.known_hosts = self.folder / "known_hosts"
        self.known_hosts.write_text(
            f"[127.0.0.1]:{self.port} {(self.folder / 'host_key.pub').read_text()}"
        )
        command = f"{PYTHON} {gerrit_command.__file__} {self.folder}"
        key = (self.folder / "user_key.pub").read_text()
        (self.folder / "authorized_keys").write_text(f'restrict,command="{command}" {key}')
        (self.folder / "sshd_config").write_text(_CONFIG.format(port=self.port, folder=self.folder))

    def start(self):
        self.process = Process(
            "sshd", [_SSHD, "-D", "-e", "-f", self.folder / "sshd_config"], output=self.folder / "sshd.log"
        )
        self.process.wait_until(self._port.is_answered, "it answers")
        return self

    def stop(self):
        """The server only: sessions end with their clients."""
        if self.process:
            self.process.stop()
            self.process = None

    def close(self):
        self.stop()
        self._port.close()

    def set(self, **settings):
        """version, projects, labels, double_quotes: from the next command on."""
        self._settings.update(settings)
        self._write_settings()

    def script(self, *words):
        """What happens to the next commands, of whatever kind: "ok", "fail" (255), "internal", "refuse",
        "hang", "late" (done, but the answer never comes)."""
        (self.folder / "script").write_text("\n".join(words))

    def commands(self):
        return gerrit_command.read_lines(self.folder / "commands.jsonl")

    def reviews(self):
        return gerrit_command.read_lines(self.folder / "reviews.jsonl")

    def clients(self):
        """The numbers of the ssh processes that use our key."""
        found, wanted = [], str(self.identity).encode()
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
            except OSError:  # it has ended meanwhile
                continue
            if words[0].endswith(b"ssh") and wanted in words:
                found.append(int(path.parent.name))
        return found

    def wait_for(self, count, timeout=PATIENCE):
        """The first `count` reviews, once there are that many."""
        return wait_for(
            lambda: len(self.reviews()) >= count and self.reviews()[:count],
            lambda: f"{count} reviews; there came {self.commands()}",
            timeout,
        )

    def arguments(self, **more):
        """The keyword arguments of a GerritStatusPush that talks to it."""
        options = [f"UserKnownHostsFile={self.known_hosts}", "GlobalKnownHostsFile=/dev/null", "IdentitiesOnly=yes"]
        return {
            "server": "127.0.0.1", "username": self.user, "port": self.port,
            "identity_file": str(self.identity), "ssh_options": options, **more,
        }

    def _write_settings(self):
        written = self.folder / "settings.new"
        written.write_text(json.dumps(self._settings), encoding="utf-8")
        written.rename(self.folder / "settings.json")
