"""The Debian package in a fresh Debian 12: installed, run, upgraded, removed and purged. By scripts/test-package.

systemd does not run in there, as in a container: the server is started as its unit says, and reports to servers outside.
"""

import collections
import json
import os
import re
import shutil
import subprocess
import unittest
import urllib.request
from pathlib import Path

from debian import Debian, newer, run

from carillon_test import hardening
from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.ports import ReservedPort
from carillon_test.processes import Process
from carillon_test.service_manager import FakeServiceManager
from carillon_test.waiting import wait_for

PACKAGES = Path(os.environ["CARILLON_PACKAGES"])
SOURCE = Path(__file__).resolve().parents[2]
CONFIG = "/etc/carillon/carillon.cfg"
TOKEN = "/etc/carillon/secrets/ingest"
DATABASE = "/var/lib/carillon/carillon.sqlite"


def package(pattern):
    (found,) = PACKAGES.glob(pattern)
    return found


class LintianTest(unittest.TestCase):
    def test_lintian_finds_nothing(self):
        for pattern in ("carillon_*.deb", "carillon-dbgsym_*.deb"):
            done = subprocess.run(["lintian", "--allow-root", "--fail-on=error,warning", package(pattern)],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_symbols_are_apart(self):
        self.assertIn("/usr/lib/debug/.build-id/", run("dpkg-deb", "-c", package("carillon-dbgsym_*.deb")))
        self.assertNotIn("/usr/lib/debug", run("dpkg-deb", "-c", package("carillon_*.deb")))


class HardeningTest(ServerTest):
    def test_the_program_is_hardened(self):
        run("dpkg-deb", "-x", package("carillon_*.deb"), self.folder)
        self.assertEqual(hardening.missing(self.folder / "usr/bin/carillon"), [])


class LifeTest(ServerTest):
    def test_installed_run_upgraded_removed_and_purged(self):
        self.debian = Debian(self.folder / "debian")
        self.addCleanup(subprocess.run, ["umount", "-l", self.debian.path("proc")], check=False)
        self.before = self.debian.files()
        self.http = self.http_sink()
        self.smtp = self.smtp_sink()
        self.port = ReservedPort()
        self.addCleanup(self.port.close)

        self.install(package("carillon_*.deb"))
        self.what_is_there()
        self.as_it_is()
        self.edit()
        self.reports(1)
        self.upgrade()
        self.reports(2)
        self.remove_and_install_again()
        self.purge()

    # -- what happens to the package

    def install(self, file, *options):
        """As a person would: a file that apt finds the dependencies of."""
        shutil.copyfile(file, self.debian.path("/root/carillon.deb"))
        said = self.debian.apt("install", "--no-install-recommends", *options, "/root/carillon.deb")
        self.debian.path("/root/carillon.deb").unlink()
        return said

    def upgrade(self):
        """With a configuration file that has changed in the package, too: the edited one stays."""
        def change(files):
            with open(files / CONFIG.lstrip("/"), "a", encoding="utf-8") as config:
                config.write("# new in 99\n")

        token, edited = self.debian.read(TOKEN), self.debian.read(CONFIG)
        self.debian.run("chmod", "0700", "/etc/carillon/secrets")
        self.newer = newer(package("carillon_*.deb"), "99.0", change, self.folder)
        self.install(self.newer, "-o", "Dpkg::Options::=--force-confold")
        self.assertEqual(self.debian.run("dpkg-query", "-W", "-f", "${Version} ${Status}", "carillon"),
                         "99.0 install ok installed")
        self.assertEqual((self.debian.read(TOKEN), self.debian.read(CONFIG)), (token, edited))
        self.assertIn("# new in 99", self.debian.read(CONFIG + ".dpkg-dist"))
        self.assertEqual(self.debian.whose("/etc/carillon/secrets"), "root:carillon 700", "the administrator's mode")
        self.debian.run("chmod", "0750", "/etc/carillon/secrets")

    def remove_and_install_again(self):
        kept = {name: self.debian.path(name).read_bytes() for name in (CONFIG, TOKEN, DATABASE)}
        self.debian.apt("remove", "carillon")
        self.assertFalse(self.debian.exists("/usr/bin/carillon"))
        self.assertEqual({name: self.debian.path(name).read_bytes() for name in kept}, kept)
        self.install(self.newer)  # the version that was removed: its configuration file raises no question
        self.assertEqual({name: self.debian.path(name).read_bytes() for name in kept}, kept)

    def purge(self):
        mine = "/etc/carillon/secrets/smtp"
        self.debian.path(mine).write_text("the administrator's\n", encoding="utf-8")
        self.debian.apt("purge", "carillon")
        self.debian.apt("autoremove", "--purge")
        self.assertEqual(sorted(self.debian.files() - self.before),
                         ["etc/carillon", "etc/carillon/secrets", mine.lstrip("/")])
        self.assertEqual(sorted(self.before - self.debian.files()), [])
        self.assertRegex(self.debian.account("carillon"), r":/var/lib/carillon:/usr/sbin/nologin$")

    # -- what it is like

    def what_is_there(self):
        self.assertEqual(self.debian.whose(CONFIG), "root:root 644")
        self.assertEqual(self.debian.whose("/etc/carillon/secrets"), "root:carillon 750")
        self.assertEqual(self.debian.whose(TOKEN), "carillon:carillon 600")
        self.assertRegex(self.debian.read(TOKEN), r"\A[0-9a-f]{48}\n\Z")
        self.assertEqual(self.debian.whose("/var/lib/carillon"), "carillon:carillon 700")
        self.assertTrue(self.debian.exists("/etc/systemd/system/multi-user.target.wants/carillon.service"))
        for name in ("man/man1/carillon.1.gz", "bash-completion/completions/carillon", "doc/carillon/changelog.gz",
                     "zsh/vendor-completions/_carillon", "fish/vendor_completions.d/carillon.fish",
                     "doc/carillon/copyright", "doc/carillon/NEWS.md", "doc/carillon/reporters/MailNotifier.md"):
            self.debian.run("test", "-s", "/usr/share/" + name)

    def as_it_is(self):
        """Nobody has touched its configuration."""
        for user in ("root", "carillon"):
            self.assertIn("is fine", self.debian.run("carillon", "check", CONFIG, user=user))
        with self.assertRaisesRegex(AssertionError, "cannot read /etc/carillon/secrets: Permission denied"):
            self.debian.run("carillon", "check", CONFIG, user="nobody")
        # The one of the container is fine, too, once it has a token.
        shutil.copyfile(SOURCE / "contrib/docker/carillon.cfg", self.debian.path("/tmp/carillon.cfg"))
        self.assertIn("is fine", self.debian.run("env", "INGEST=x", "carillon", "check", "/tmp/carillon.cfg"))
        self.debian.path("/tmp/carillon.cfg").unlink()

    def edit(self):
        """As its comments say: the mail reporter is there once the "# " are gone."""
        text = self.debian.read(CONFIG)
        text, count = re.subn(r"(?m)^# (c\['services'\]\.append\(reporters\.MailNotifier\(|    \w+=.*)$", r"\1", text)
        self.assertGreater(count, 4)
        text = text.replace("tcp:8020:", f"tcp:{self.port.number}:").replace("smtpPort=25", f"smtpPort={self.smtp.port}")
        text += f"c['services'].append(reporters.HttpStatusPush({self.http.url!r}))\n"
        self.debian.path(CONFIG).write_text(text, encoding="utf-8")
        self.assertIn("is fine", self.debian.run("carillon", "check", CONFIG))

    def reports(self, number):
        """The service runs as its unit says, and reports two builds: one that is posted, one of `carillon exec`."""
        unit = self.unit()
        manager = FakeServiceManager(self.folder, abstract=True)
        self.addCleanup(manager.close)
        (command,), (user,), (folder,) = unit["ExecStart"], unit["User"], unit["WorkingDirectory"]
        self.assertEqual((unit["LimitCORE"], unit["MemoryMax"]), (["0"], ["2G"]))
        server = Process("carillon", self.debian.command(
            "/bin/sh", "-c", f"umask {unit['UMask'][0]} && exec {command}", user=user, folder=folder,
            env=[*unit["Environment"], f"NOTIFY_SOCKET={manager.env['NOTIFY_SOCKET']}"],
        ), output=self.folder / "carillon.log")
        self.addCleanup(server.kill_group)
        server.wait_until(lambda: manager.told("READY=1"), "it says that it is ready", 60)
        self.assertEqual(self.debian.whose(DATABASE).split()[0], "carillon:carillon")

        token = self.debian.read(TOKEN).strip()
        url = f"http://127.0.0.1:{self.port.number}/"
        with urllib.request.urlopen(urllib.request.Request(
                url + "ingest", json.dumps(build(number)).encode(), {"Authorization": f"Bearer {token}"}), timeout=30):
            pass
        self.debian.run("carillon", "exec", "--url", url, "--token-file", TOKEN, "--builder", "hello", "--number",
                        str(number), "--", "true")
        for was in range(1, number + 1):  # also those of before the upgrade
            wait_for(lambda: self.delivered(f"pass/{was}") == ["HttpStatusPush", "MailNotifier"], "pass to be reported")
            wait_for(lambda: self.delivered(f"hello/{was}") == ["HttpStatusPush", "HttpStatusPush", "MailNotifier"],
                     "hello to be reported, its start by HTTP only")
        self.assertEqual(len(self.http.received()), 3 * number)
        self.assertEqual(len(self.smtp.received("dev@example.org")), 2 * number)
        self.debian.run("carillon", "reload", "-c", CONFIG)
        self.assertEqual(server.stop(), 0, server.tail())

    def delivered(self, name):
        """Which reporters have delivered what they had to say of the build."""
        told = json.loads(self.debian.run("carillon", "explain", "-c", CONFIG, "--json", name))
        return sorted(d["reporter"] for e in told["events"] for d in e["deliveries"] if d["state"] == "delivered")

    def unit(self):
        """{key: [values]} of the unit's service."""
        found = collections.defaultdict(list)
        for line in self.debian.read("/usr/lib/systemd/system/carillon.service").splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                found[key].append(value)
        self.assertNotIn("DynamicUser", found)
        return found


if __name__ == "__main__":
    unittest.main()
