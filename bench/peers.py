"""The other programs of a run: Debian's Buildbot by replay, Alertmanager, nginx, wrk, Postfix's smtp-sink and -source.

scripts/install-packages bench unpacks them into build/peers and build/postfix; nothing of them is installed.
"""

import contextlib
import json
import os
import pwd
import re
import subprocess
from pathlib import Path

from figures import WrongResult

from carillon_test.ports import ReservedPort
from carillon_test.processes import PYTHON, Process

_TOP = Path(__file__).resolve().parent.parent
_PEERS = Path(os.environ.get("CARILLON_PEERS_ROOT") or _TOP / "build" / "peers")
_POSTFIX = Path(os.environ.get("CARILLON_POSTFIX_ROOT") or _TOP / "build" / "postfix")
_USER = "nobody"  # whom root's servers run as
_WARM_UP = 20


def _libraries(folder):
    return {"LD_LIBRARY_PATH": str(folder)}


_LUAJIT = _libraries(_PEERS / "usr/lib/x86_64-linux-gnu")
_OF_POSTFIX = _libraries(_POSTFIX / "usr/lib/postfix")


# -- Buildbot -----------------------------------------------------------------


def replay(options, folder, way, *, first, builds, rate=None):
    """Debian's Buildbot reports the builds; what bench/buildbot_replay.py tells. `way`: its options."""
    work = folder / "builds.ndjson"
    with open(work, "wb") as file:
        subprocess.run(
            [
                options.programs / "bench_feeder",
                "--print",
                "--builders",
                str(options.builders),
                "--first",
                str(first),
                "--builds",
                str(builds + _WARM_UP),
            ],
            stdout=file,
            check=True,
        )
    argv = [PYTHON, _TOP / "bench" / "buildbot_replay.py", "--folder", folder, "--builds", work, "--warm-up", _WARM_UP]
    for name, value in {**way, **({"rate": rate} if rate else {})}.items():
        argv += [f"--{name}", value]
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise WrongResult(f"Buildbot's reporter failed: {done.stderr.strip()[-2000:]}")
    told = json.loads(done.stdout)
    if told["errors"]:
        raise WrongResult(f"Buildbot's reporter logged: {told['errors'][0]}")
    return told


# -- HTTP ---------------------------------------------------------------------


class _Server:
    def __init__(self, process, port, pids):
        self.process, self.port, self.pids = process, port, pids


@contextlib.contextmanager
def _listening(name, folder, argv, *, env=None, children=0, port):
    process = Process(name, argv, output=folder / f"{name}.log", cwd=folder, env=env)
    try:
        process.wait_until(port.is_answered, "its port answers")
        pids = [process.pid]
        if children:

            def workers():
                text = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii")
                pids[1:] = map(int, text.split())
                return len(pids) > children

            process.wait_until(workers, "its workers run")
        yield _Server(process, port.number, pids)
    finally:
        process.stop(10)
        process.kill_group()
        port.close()


def nginx(folder, *, passed_to=None, certificates=None):
    """With one worker. It reads every post and answers 204, or passes it on to this port and its answer back. With
    certificates its port speaks TLS."""
    port = ReservedPort()
    user = f"user {_USER} nogroup;" if os.geteuid() == 0 else ""
    upstream, answer, tls = "", "return 204;", ""
    if passed_to:
        upstream = f"upstream behind {{ server 127.0.0.1:{passed_to}; keepalive 256; keepalive_requests 1000000000; }}"
        answer = 'proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection "";'
    if certificates:
        tls = f"ssl_certificate {certificates.certificate}; ssl_certificate_key {certificates.key};"
    (folder / "nginx.conf").write_text(f"""\
{user} worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000000; client_body_buffer_size 64k;
  client_body_temp_path {folder}/nginx-body; proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi; uwsgi_temp_path {folder}/nginx-uwsgi; scgi_temp_path {folder}/nginx-scgi;
  {upstream}
  server {{ listen 127.0.0.1:{port.number}{" ssl" if tls else ""}; {tls} location / {{ {answer} }} }}
}}
""")
    argv = [_PEERS / "usr/sbin/nginx", "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf"]
    return _listening("nginx", folder, argv, children=1, port=port)


def wrk(script, port, seconds):
    """One thread with 64 connections; the numbers that the script prints: posts, us in all, p50 us, p99 us."""
    done = subprocess.run(
        [
            _PEERS / "usr/bin/wrk",
            "-t1",
            "-c64",
            f"-d{seconds}s",
            "--latency",
            "-s",
            script,
            f"http://127.0.0.1:{port}/",
        ],
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        env={**os.environ, **_LUAJIT},
    )
    numbers = re.findall(r"\d+", done.stderr)
    if done.returncode != 0 or len(numbers) != 5 or numbers[4] != "0":
        raise WrongResult(f"wrk failed: {done.stderr}{done.stdout}")
    return [int(number) for number in numbers[:4]]


def alertmanager(folder, configuration):
    """`configuration`: text of its YAML file."""
    port = ReservedPort()
    (folder / "alertmanager.yml").write_text(configuration)
    # Debian's reads a template below /usr/share: it gets a view of that folder in which its own files are, too.
    share = _PEERS / "usr/share"
    view = f'mount -t overlay overlay -o "lowerdir={share}:/usr/share" /usr/share && exec "$@"'
    argv = [
        "unshare",
        "-m" if os.geteuid() == 0 else "-rm",
        "sh",
        "-c",
        view,
        "sh",
        _PEERS / "usr/bin/prometheus-alertmanager",
        f"--config.file={folder}/alertmanager.yml",
        f"--storage.path={folder}/alertmanager",
        f"--web.listen-address=127.0.0.1:{port.number}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]
    return _listening("alertmanager", folder, argv, port=port)


# -- mail ---------------------------------------------------------------------


@contextlib.contextmanager
def smtp_sink(folder, *arguments):
    """smtp-sink; with "-c" its log has counters."""
    port = ReservedPort()
    as_user = ["-u", _USER] if os.geteuid() == 0 else []
    argv = [_POSTFIX / "usr/sbin/smtp-sink", *as_user, "-m", "1000", *arguments, f"127.0.0.1:{port.number}", "1000"]
    with _listening("smtp-sink", folder, argv, env=_OF_POSTFIX, port=port) as server:
        yield server


def writable_folder(folder):
    """For what smtp-sink writes as another user, who must reach it."""
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam(_USER).pw_uid, -1)
        folder.parent.chmod(folder.parent.stat().st_mode | 0o111)  # mkdtemp's own is closed to others
    return folder


def smtp_source(port, mails, size):
    """Sends `mails` of `size` bytes over 8 connections; raises when it could not."""
    done = subprocess.run(
        [
            _POSTFIX / "usr/sbin/smtp-source",
            "-d",
            "-s",
            "8",
            "-m",
            str(mails),
            "-l",
            str(size),
            "-f",
            "ci@example.org",
            "-t",
            "dev@example.org",
            f"127.0.0.1:{port}",
        ],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, **_OF_POSTFIX},
    )
    if done.returncode != 0:
        raise WrongResult(f"smtp-source failed: {done.stderr}")
