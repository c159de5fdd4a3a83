"""Real IRC servers that run from a folder: ngIRCd and InspIRCd.

scripts/install-packages unpacks Debian's packages (dpkg -x, nothing is installed) into build/ircd. Both run
as the current user; as root ngIRCd becomes `nobody`, and InspIRCd stays what it is.
"""

import os
import shutil
from pathlib import Path

from carillon_test.installed import require
from carillon_test.ports import ReservedPort
from carillon_test.processes import Process

ROOT = Path(os.environ.get("CARILLON_IRCD_ROOT") or Path(__file__).resolve().parents[3] / "build" / "ircd")

_NGIRCD = """\
[Global]
Name = {name}
Info = ngIRCd of a test
{password}
Listen = 127.0.0.1
Ports = {plain_port}
MotdPhrase = ding
PidFile =
ServerUID = nobody
[Limits]
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 20
PingTimeout = 30
PongTimeout = 20
[Options]
DNS = no
Ident = no
PAM = no
IncludeDir = {folder}
"""
_NGIRCD_TLS = """\
[SSL]
CertFile = {folder}/server.pem
KeyFile = {folder}/server.key
Ports = {tls_port}
"""

# fakelag="no": who says more than `commandrate` (thousandths of a line a second) lets it is thrown out
_INSPIRCD = """\
<server name="{name}" description="InspIRCd of a test" network="Test" id="1IN">
<dns server="127.0.0.1">
<admin name="x" nick="x" email="x@example.org">
<path configdir="{folder}" datadir="{folder}" logdir="{folder}" runtimedir="{folder}"
  moduledir="{root}/usr/lib/inspircd/modules">
<bind address="127.0.0.1" port="{plain_port}" type="clients">
<connect name="main" allow="*" timeout="20" pingfreq="30" localmax="1000" globalmax="1000" maxchans="50"
  resolvehostnames="no" {password} threshold="10" commandrate="{rate}" fakelag="{lag}" recvq="8192">
<security maxtargets="20">
<options defaultmodes="not">
<limits maxnick="31" maxchan="64">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="inspircd-own.log">
{modules}
"""
_INSPIRCD_MODULES = "cap ircv3 ircv3_accounttag ircv3_echomessage services_account sasl namesx blockcolor"
_INSPIRCD_SERVICES = """\
<module name="spanningtree">
<bind address="127.0.0.1" port="{services_port}" type="servers">
<link name="services.test.example" ipaddr="127.0.0.1" port="{services_port}" allowmask="127.0.0.1"
  sendpass="bells" recvpass="bells">
<uline server="services.test.example">
"""
_INSPIRCD_TLS = """\
<module name="ssl_gnutls">
<sslprofile name="test" provider="gnutls" certfile="{folder}/server.pem" keyfile="{folder}/server.key"
  requestclientcert="no">
<bind address="127.0.0.1" port="{tls_port}" type="clients" sslprofile="test">
"""


class IrcServer:
    """`port` is plain; `tls_port` is there with certificates. Names compare as `casemapping` says. password: what
    everybody must show."""

    def __init__(self, folder, certificates=None, *, password=None):
        require(ROOT / "usr/sbin/ngircd", ROOT / "usr/sbin/inspircd")
        self.folder = Path(folder)
        self._password = password
        self.log = self.folder / f"{self.kind}.log"
        self._plain, self._tls = ReservedPort(), ReservedPort()
        self._services = ReservedPort()
        self.port, self.tls_port = self._plain.number, self._tls.number
        self.services_port = self._services.number
        self._process = None
        self._with_tls = certificates is not None
        for directory in (self.folder, self.folder.parent):
            directory.chmod(directory.stat().st_mode | 0o055)  # ngIRCd leaves root's rights
        if certificates:
            for source, name in ((certificates.certificate, "server.pem"), (certificates.key, "server.key")):
                shutil.copyfile(source, self.folder / name)
                (self.folder / name).chmod(0o644)

    def start(self):
        self._process = Process(self.kind, self._command(), output=self.log, cwd=self.folder)
        for port in self._ports():
            self._process.wait_until(port.is_answered, f"its port {port.number} answers")
        return self

    def stop(self):
        """May be called twice. Everybody is thrown out."""
        if self._process:
            self._process.stop(10)
            self._process.kill_group()

    def kill(self):
        self._process.kill()

    def restart(self):
        self.stop()
        return self.start()

    def close(self):
        self.stop()
        for port in (self._plain, self._tls, self._services):
            port.close()

    def _ports(self):
        """Those that it opens, in its own order and its own time."""
        return [self._plain, *([self._tls] if self._with_tls else [])]

    def _values(self):
        return {
            "name": self.name, "folder": self.folder, "root": ROOT, "plain_port": self.port,
            "tls_port": self.tls_port, "services_port": self.services_port,
        }


class NgIrcd(IrcServer):
    """Reads three lines a second of everybody, has room for 2 KiB more, and throws out who sends more."""

    kind, name, casemapping = "ngircd", "irc.ngircd.example", "ascii"

    def _command(self):
        text = _NGIRCD + (_NGIRCD_TLS if self._with_tls else "")
        config = self.folder / "ngircd.conf"
        password = f"Password = {self._password}" if self._password else ""
        config.write_text(text.format(password=password, **self._values()))
        config.chmod(0o644)
        return [ROOT / "usr/sbin/ngircd", "-n", "-f", config]


class InspIrcd(IrcServer):
    """Throws out who sends more than `rate` thousandths of a line a second (after 10 lines); with lag=True it
    holds the lines back instead. services: a services server may link (irc_services.py); sasl: with SASL.
    modules: names of more modules."""

    kind, name, casemapping = "inspircd", "irc.inspircd.example", "rfc1459"

    def __init__(self, folder, certificates=None, *, rate=3000, lag=False, services=False, sasl=True, password=None,
                 modules=()):
        super().__init__(folder, certificates, password=password)
        self._rate, self._lag = rate, lag
        self._with_services, self._with_sasl = services, services and sasl
        self._more_modules = modules

    def _ports(self):
        return [*super()._ports(), *([self._services] if self._with_services else [])]

    def _command(self):
        names = [n for n in _INSPIRCD_MODULES.split() if n != "sasl" or self._with_sasl]
        names += self._more_modules
        modules = "\n".join(f'<module name="{name}">' for name in names)
        text = _INSPIRCD.replace("{modules}", modules)
        text += _INSPIRCD_SERVICES if self._with_services else ""
        text += '<sasl target="services.test.example">\n' if self._with_sasl else ""
        text += _INSPIRCD_TLS if self._with_tls else ""
        config = self.folder / "inspircd.conf"
        password = f'password="{self._password}"' if self._password else ""
        lag = "yes" if self._lag else "no"
        config.write_text(text.format(password=password, rate=self._rate, lag=lag, **self._values()))
        as_root = ["--runasroot"] if os.geteuid() == 0 else []
        return [ROOT / "usr/sbin/inspircd", "--nofork", "--nopid", *as_root, "--config", config]
