"""A fresh Debian in a folder, as debootstrap makes it, from the mirror that this machine's apt is set up with."""

import os
import shutil
import subprocess
from pathlib import Path

CODENAME = "bookworm"
# What a Debian keeps of packages that are gone again, and what belongs to this test.
LEFT_BY_DEBIAN = (
    "var/lib/dpkg", "var/lib/apt", "var/cache", "var/log",
    "etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/.pwd.lock", "run/adduser",
    "proc", "sys", "dev", "tmp",
)


def run(*argv, **options):
    """The command's output, both streams. A failure is an AssertionError with all that it said."""
    done = subprocess.run(list(map(str, argv)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, argv))} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def sources():
    """[(URI, suite, component)] of Debian's own archives that apt knows here."""
    form = "$(ORIGIN)|$(CODENAME)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)"
    found = []
    for line in run("apt-get", "indextargets", "--format", form, "Created-By: Packages").splitlines():
        origin, codename, *source = line.split("|")
        if origin == "Debian" and codename.split("-")[0] == CODENAME and tuple(source) not in found:
            found.append(tuple(source))
    if not any(suite == CODENAME for _, suite, _ in found):
        raise AssertionError(f"apt knows no archive of Debian {CODENAME} here (run apt-get update)")
    return found


class Debian:
    """`root` is its folder; it needs a mount namespace of its own, which scripts/test-package makes."""

    def __init__(self, root):
        self.root = Path(root)
        archives = sources()
        base = next(uri for uri, suite, _ in archives if suite == CODENAME)
        run("debootstrap", "--variant=minbase", CODENAME, self.root, base)
        lines = [f"deb {uri} {suite} {component}\n" for uri, suite, component in archives]
        (self.root / "etc/apt/sources.list").write_text("".join(lines), encoding="utf-8")
        # How this machine reaches the mirror.
        proxies = [line for line in run("apt-config", "dump").splitlines()
                   if line.startswith(("Acquire::http", "Acquire::https", "Acquire::Check-"))]
        (self.root / "etc/apt/apt.conf.d/90test").write_text("\n".join(proxies) + "\n", encoding="utf-8")
        for name in ("etc/resolv.conf", "etc/hosts"):
            shutil.copyfile("/" + name, self.root / name)
        run("mount", "-t", "proc", "proc", self.root / "proc")
        self.apt("update")

    def run(self, *argv, user="root"):
        """As that user, with hardly any environment."""
        return run(*self.command(*argv, user=user))

    def command(self, *argv, user="root", env=(), folder="/"):
        """What runs `argv` inside; `env` are lines NAME=VALUE."""
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        users = [] if user == "root" else [f"--userspec={user}:"]
        return ["chroot", *users, self.root, "/usr/bin/env", "-i", "-C", folder, path, "LC_ALL=C.UTF-8",
                "DEBIAN_FRONTEND=noninteractive", *env, *argv]

    def apt(self, *arguments):
        return self.run("apt-get", "-y", "-q", "-o", "Dpkg::Use-Pty=0", *arguments)

    def path(self, name):
        return self.root / str(name).lstrip("/")

    def exists(self, name):
        return os.path.lexists(self.path(name))

    def read(self, name):
        return self.path(name).read_text(encoding="utf-8")

    def whose(self, name):
        """"OWNER:GROUP MODE" of a file."""
        return self.run("stat", "-c", "%U:%G %a", name).strip()

    def account(self, name):
        """Its line in passwd, or None."""
        lines = [line for line in self.read("etc/passwd").splitlines() if line.startswith(name + ":")]
        return lines[0] if lines else None

    def files(self):
        """All of them, but for what Debian itself keeps."""
        found = set()
        for folder, folders, names in os.walk(self.root):
            here = os.path.relpath(folder, self.root)
            prefix = "" if here == "." else here + "/"
            folders[:] = [name for name in folders if prefix + name not in LEFT_BY_DEBIAN]
            found.update(prefix + name for name in folders + names if prefix + name not in LEFT_BY_DEBIAN)
        return found


def newer(package, version, change, folder):
    """A copy of the package with another version, after change(FOLDER) has changed what it installs."""
    work = Path(folder) / "newer"
    run("dpkg-deb", "-R", package, work)
    control = work / "DEBIAN/control"
    lines = [f"Version: {version}" if line.startswith("Version: ") else line
             for line in control.read_text(encoding="utf-8").splitlines()]
    control.write_text("\n".join(lines) + "\n", encoding="utf-8")
    change(work)
    made = Path(folder) / f"carillon_{version}.deb"
    run("dpkg-deb", "--root-owner-group", "-b", work, made)
    return made
