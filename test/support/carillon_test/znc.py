"""A real ZNC, a bouncer that stays on an IRC server for its owner; it runs from a folder as the IRC servers do."""

import os

from carillon_test.installed import require
from carillon_test.irc_server import ROOT
from carillon_test.ports import ReservedPort
from carillon_test.processes import Process

_NOBODY = 65534
USER, NETWORK, PASSWORD = "owner", "test", "hush-znc-0123456789"
LOGIN = f"{USER}/{NETWORK}:{PASSWORD}"  # what a client shows as its server password

_CONFIG = """\
Version = 1.8.2
ConnectDelay = 0
ServerThrottle = 0
AnonIPLimit = 100
ProtectWebSessions = true
<Listener one>
    Host = 127.0.0.1
    Port = {port}
    IPv4 = true
    IPv6 = false
    SSL = false
</Listener>
<User {user}>
    Pass = plain#{password}
    Nick = {nick}
    AltNick = {nick}_
    Ident = {nick}
    RealName = {nick}
    <Network {network}>
        Server = 127.0.0.1 {server_port}
    </Network>
</User>
"""


class Znc:
    """`port` is plain. It connects to the IRC server at once, and again after a minute when that fails."""

    def __init__(self, folder, server_port, nick):
        program = ROOT / "usr/bin/znc"
        require(program)
        (folder / "configs").mkdir()
        (folder / "modules").symlink_to(ROOT / "usr/lib/znc")
        self._port = ReservedPort()
        self.port = self._port.number
        (folder / "configs" / "znc.conf").write_text(
            _CONFIG.format(port=self.port, user=USER, password=PASSWORD, network=NETWORK, nick=nick,
                           server_port=server_port))
        libraries = {**os.environ, "LD_LIBRARY_PATH": str(ROOT / "usr/lib/x86_64-linux-gnu")}
        as_nobody = []
        if os.geteuid() == 0:  # as root it would wait for half a minute
            as_nobody = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
            folder.parent.chmod(folder.parent.stat().st_mode | 0o055)
            for path in (folder, folder / "configs", folder / "configs" / "znc.conf"):
                os.chown(path, _NOBODY, _NOBODY)
        self._process = Process("znc", [*as_nobody, program, "--foreground", "--datadir", folder],
                                output=folder / "znc.log", cwd=folder, env=libraries)
        self._process.wait_until(self._port.is_answered, f"its port {self.port} answers")

    def close(self):
        self._process.stop(10)
        self._process.kill_group()
        self._port.close()
