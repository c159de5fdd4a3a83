"""A real Postfix that runs from a folder, beside whatever mail server the machine has.

scripts/install-packages unpacks Debian's packages postfix and sasl2-bin (dpkg -x, nothing
is installed) into build/postfix. Postfix's master wants to be root: `unavailable()` says
why it cannot run here. Mail for any address at example.org lands in a maildir.
"""

import email
import email.policy
import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path

from carillon_test.installed import require
from carillon_test.ports import ReservedPort
from carillon_test.processes import Process
from carillon_test.smtp_sink import Mail
from carillon_test.waiting import PATIENCE, wait_for

ROOT = Path(
    os.environ.get("CARILLON_POSTFIX_ROOT")
    or Path(__file__).resolve().parents[3] / "build" / "postfix"
)
_LIBRARIES = ROOT / "usr/lib/postfix"
# Owners of the queue and of the mailbox: Postfix refuses root. Debian always has them.
_OWNER, _GROUP = "mail", "news"

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = {root}/usr/sbin
daemon_directory = {root}/usr/lib/postfix/sbin
shlib_directory = {root}/usr/lib/postfix
meta_directory = {folder}/etc
import_environment = LD_LIBRARY_PATH MAIL_CONFIG
mail_owner = {owner}
setgid_group = {group}
myhostname = bells.example.org
mydestination =
alias_maps =
local_recipient_maps =
inet_protocols = ipv4
inet_interfaces = 127.0.0.1
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
maillog_file = /dev/stdout
virtual_mailbox_domains = example.org
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_recipient_restrictions = check_recipient_access inline:{{{refusals}}}, {permit}
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = {tls_level}
smtpd_tls_wrappermode = {wrapper}
smtpd_tls_received_header = yes
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = {auth}
smtpd_sasl_authenticated_header = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = bells.example.org
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
virtual unix - n n - - virtual
postlog unix-dgram n - n - 1 postlogd
"""
_SASL = """\
pwcheck_method: auxprop
auxprop_plugin: sasldb
mech_list: PLAIN LOGIN
sasldb_path: {folder}/etc/sasl/users
"""


def unavailable():
    """None when Postfix can run here, else the reason in words."""
    if os.geteuid() != 0:
        return "Postfix's master process must be started by root"
    return None


class Postfix:
    """tls: None, "starttls" (required) or "smtps"; login: (user, password) makes AUTH
    required, which Postfix offers only over TLS. refusals: {address: "550 5.1.1 text"}.
    settings: further lines of main.cf, {name: value}."""

    def __init__(self, folder, *, tls=None, certificates=None, login=None, refusals=None, settings=None):
        require(_LIBRARIES / "sbin/master", ROOT / "usr/sbin/saslpasswd2")
        self.folder = Path(folder)
        self._port = ReservedPort()
        self.port = self._port.number
        self.log = self.folder / "postfix.log"
        self._process = None
        self._create(tls, certificates, login, refusals or {}, settings or {})

    def start(self):
        self._process = Process(
            "postfix", [_LIBRARIES / "sbin/master", "-d", "-c", self.folder / "etc"],
            output=self.log, cwd=self.folder,
            env={"LD_LIBRARY_PATH": str(_LIBRARIES), "MAIL_CONFIG": str(self.folder / "etc")},
        )
        self._process.wait_until(self._port.is_answered, "its port answers")
        return self

    def stop(self):
        """May be called twice. Its children leave when their master is gone."""
        if self._process:
            self._process.stop(10)
            self._process.kill_group()
        self._port.close()

    def received(self):
        """The delivered mails (smtp_sink.Mail; recipients from the Delivered-To header)."""
        mails = []
        for path in sorted((self.folder / "mail/all/new").glob("*"), key=os.path.getmtime):
            data = path.read_bytes()
            message = email.message_from_bytes(data, policy=email.policy.default)
            trace = " ".join(str(value) for value in message.get_all("Received", []))
            mails.append(
                Mail(
                    sender=str(message["Return-Path"] or "").strip("<>"),
                    recipients=[str(message["X-Original-To"] or message["Delivered-To"])],
                    message=message, data=data, tls="using TLS" in trace,
                    user=_between(trace, "(Authenticated sender: ", ")"), at=time.monotonic(),
                )
            )
        return mails

    def wait_for(self, count, timeout=PATIENCE):
        """The first `count` mails (one for each recipient), once there are that many."""
        return wait_for(
            lambda: len(self.received()) >= count and self.received()[:count],
            lambda: f"{count} mails in Postfix's maildir; its log:\n{self._process.tail(20)}",
            timeout,
        )

    def _create(self, tls, certificates, login, refusals, settings):
        for name in (
            "active bounce corrupt defer deferred flush hold incoming maildrop private public "
            "pid saved trace"
        ).split():
            (self.folder / "queue" / name).mkdir(parents=True)
        for name in ("etc/sasl", "data", "mail"):
            (self.folder / name).mkdir(parents=True)
        owner = pwd.getpwnam(_OWNER)
        for directory in (self.folder, self.folder.parent):
            # Postfix leaves root's rights early and must still reach its folder.
            directory.chmod(directory.stat().st_mode | 0o111)
        for directory in [*(self.folder / "queue").iterdir(), self.folder / "data", self.folder / "mail"]:
            if directory.name != "pid":
                shutil.chown(directory, owner.pw_uid)
        values = {
            "folder": self.folder, "root": ROOT, "owner": _OWNER, "group": _GROUP,
            "uid": owner.pw_uid, "gid": owner.pw_gid, "port": self.port,
            "certificate": certificates.certificate if certificates else "",
            "key": certificates.key if certificates else "",
            "tls_level": {None: "none", "starttls": "encrypt", "smtps": "encrypt"}[tls],
            "wrapper": "yes" if tls == "smtps" else "no",
            "auth": "yes" if login else "no",
            "permit": "permit_sasl_authenticated, reject" if login else "permit",
            "refusals": ", ".join(f"{{ {a} = {reply} }}" for a, reply in refusals.items())
            or "nobody@example.org=OK",
        }
        own = "".join(f"{name} = {value}\n" for name, value in settings.items())
        (self.folder / "etc/main.cf").write_text(_MAIN.format(**values) + own)
        (self.folder / "etc/master.cf").write_text(_MASTER.format(**values))
        (self.folder / "etc/sasl/smtpd.conf").write_text(_SASL.format(**values))
        if login:
            users = self.folder / "etc/sasl/users"
            subprocess.run(
                [ROOT / "usr/sbin/saslpasswd2", "-p", "-c", "-f", users, "-u", "bells.example.org",
                 login[0]],
                input=login[1].encode(), check=True, capture_output=True, timeout=30,
            )
            users.chmod(0o644)



def _between(text, start, end):
    head, found, rest = text.partition(start)
    return rest.partition(end)[0] if found else None
