"""A tour: a real Buildbot builds, Carillon reports, and this program shows what arrived.

usage: quickstart.py --carillon PROGRAM [--folder FOLDER] [--once] [--took PART=SECONDS]...
Run it by scripts/quickstart, which builds the program first.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "test" / "support"), str(HERE.parent / "scripts")]
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
sys.dont_write_bytecode = True

from progress import minutes  # noqa: E402

from carillon_test.buildbot import RESULTS, Buildbot  # noqa: E402
from carillon_test.carillon import Carillon  # noqa: E402
from carillon_test.github_actions import GitHubActions  # noqa: E402
from carillon_test.http_sink import HttpSink  # noqa: E402
from carillon_test.smtp_sink import SmtpSink  # noqa: E402

BUILDERS = ("pass", "warn", "fail")
# Each build, and a run of GitHub Actions that fails: two mails for those that fail, one for the others; its start and
# its end by HTTP.
MAILS, POSTS = 6, 2 * (len(BUILDERS) + 1)


class Screen:
    """Headings in colour when the output is a terminal."""

    def __init__(self):
        self.colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def _paint(self, code, text):
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def heading(self, text):
        print("\n" + self._paint("1;36", f"== {text}"), flush=True)

    def done(self, what, where=""):
        print(f"{self._paint('32', 'ok')}  {what:<28} {where}".rstrip(), flush=True)

    def failed(self, text):
        print(f"\n{self._paint('1;31', 'quickstart failed:')} {text}", file=sys.stderr, flush=True)

    def block(self, text):
        for line in text.splitlines():
            print(("    " + line).rstrip())
        print(flush=True)


class Demo:
    """All servers of the tour. stop() ends every one that was started, in reverse order."""

    def __init__(self, folder, screen):
        self.folder = folder
        self.screen = screen
        self._started = []

    def start(self):
        self.screen.heading("Starting")
        self.smtp = self._keep(SmtpSink(), "close")
        self.screen.done("mail server (aiosmtpd)", f"smtp://127.0.0.1:{self.smtp.port}")
        self.http = self._keep(HttpSink(), "close")
        self.screen.done("HTTP server for the posts", self.http.url)
        self.github = self._keep(GitHubActions(), "close")

        self.buildbot = self._keep(Buildbot(self.folder / "buildbot", title="Demo"), "stop")
        self.buildbot.start()
        self.screen.done("Buildbot master and worker", self.buildbot.url + "api/v2/builds")

        self.carillon = self._keep(Carillon(self.folder / "carillon"), "close")
        self.carillon.env = {
            "DEMO_BUILDBOT": self.buildbot.url,
            "DEMO_TOKEN": "demo-token",
            "DEMO_DATABASE": str(self.carillon.database),
            "DEMO_PORT": str(self.carillon.port),
            "DEMO_SMTP_PORT": str(self.smtp.port),
            "DEMO_HTTP": self.http.url,
            "DEMO_GITHUB_SECRET": self.github.secret,
        }
        self.carillon.configure(config=(HERE / "carillon.cfg").read_text(encoding="utf-8"))
        checked = self.carillon.check()
        if checked.returncode != 0:
            raise AssertionError("carillon check:\n" + checked.stderr + checked.stdout)
        self.carillon.start()
        self.carillon.wait_until_following()
        self.screen.done("Carillon", self.carillon.url)

    def build(self):
        self.screen.heading("Building")
        for builder in BUILDERS:
            build = self.buildbot.build(
                builder, owner="ann", branch="main", revision="c0ffee" * 6 + "abcd", reason="the quickstart"
            )
            self.screen.done(f"{builder}/{build['number']}", RESULTS[build["results"]])
        run = self.github.begin(7), self.github.job(7, "linux", "failure"), self.github.job(7, "docs")
        for delivery in (*run, self.github.end(7, "failure")):
            answer = self.github.deliver(self.carillon, delivery)
            if answer.status != 202:
                raise AssertionError(f"the hook answered {answer.status}: {answer.body}")
        self.screen.done("acme/app/CI/7", "failure, as GitHub Actions tells by a signed webhook")
        self.smtp.wait_for(MAILS, timeout=60)
        self.http.wait_for(POSTS, timeout=60)

    def show(self):
        self.screen.heading(f"The mails that arrived: {len(self.smtp.received())}")
        for mail in self.smtp.received():
            names = ("From", "To", "Cc", "Subject")
            head = [f"{name}: {mail.message[name]}" for name in names if mail.message[name]]
            attached = [f"[attached: {name}]" for name in mail.attachments]
            self.screen.block("\n".join([*head, "", mail.text.rstrip(), *attached]))

        self.screen.heading(f"The HTTP posts that arrived (abridged): {len(self.http.received())}")
        for request in self.http.received():
            self.screen.block(f"{request.method} {request.path}\n{abridged(request.json)}")

        self.screen.heading("carillon explain fail/1")
        done = self.carillon.cli("explain", "--config", self.carillon.config, "fail/1")
        if done.returncode != 0:
            raise AssertionError(f"carillon explain ended with {done.returncode}:\n{done.stderr}")
        self.screen.block(done.stdout)

    def tell_how_long(self, took):
        self.screen.heading("How long it took")
        for part, seconds in took:
            print(f"{part:<14} {minutes(seconds)}", flush=True)

    def tell_where(self):
        program = os.environ["CARILLON_BIN"]
        settings = " ".join(f"{name}={value}" for name, value in self.carillon.env.items())
        force = json.dumps(
            {"jsonrpc": "2.0", "id": 1, "method": "force", "params": {"builderid": self.buildbot.builder_id("fail")}}
        )
        self.screen.heading("Where everything is")
        print(
            f"""\
configuration  {HERE / "carillon.cfg"} (the running copy: {self.carillon.config})
ledger         {self.carillon.database}
Carillon       {self.carillon.url}health       log: {self.carillon.log}
Buildbot       {self.buildbot.url}api/v2/  log: {self.buildbot.master_log}
its worker     log: {self.buildbot.worker_log}
dashboard      {self.carillon.url} (who was told of each build, and why)

Look further, in another terminal:
  export {settings}
  {program} deliveries --config {self.carillon.config}
  {program} explain --config {self.carillon.config} warn/1
force another build:
  curl -s -H 'Content-Type: application/json' -d '{force}' {self.buildbot.url}api/v2/forceschedulers/force-fail
report a build of any other system:
  curl -s -H 'Authorization: Bearer demo-token' -d '{{"builder": {{"name": "mine"}}, "number": 1, "complete": true, "results": 2}}' {self.carillon.url}ingest
""",  # noqa: E501
            flush=True,
        )

    def follow(self, stopped):
        """Print a line for whatever else arrives, until Ctrl-C."""
        print("Everything stays up; what arrives is shown here. Ctrl-C stops it all.", flush=True)
        mails, posts = len(self.smtp.received()), len(self.http.received())
        while not stopped.wait(0.2):
            for process in (self.carillon.process, self.buildbot.master):
                if not process.is_running():
                    raise AssertionError(f"{process.name} ended by itself:\n{process.tail()}")
            for mail in self.smtp.received()[mails:]:
                print(f"mail to {', '.join(mail.recipients)}: {mail.subject}", flush=True)
                mails += 1
            for request in self.http.received()[posts:]:
                print(f"post: {one_line(request.json)}", flush=True)
                posts += 1

    def stop(self):
        while self._started:
            self._started.pop()()

    def _keep(self, server, ending):
        self._started.append(getattr(server, ending))
        return server


def abridged(build):
    """The parts of the body that a reader looks for first."""
    keys = ("number", "complete", "results", "state_string", "url", "started_at", "complete_at")
    short = {"builder": {"name": build.get("builder", {}).get("name")}}
    short.update({key: build[key] for key in keys if key in build})
    rest = sorted(set(build) - set(short))
    return json.dumps(short, indent=2) + f"\n... and {', '.join(rest)}"


def one_line(build):
    state = RESULTS[build["results"]] if build.get("complete") else "started"
    return f"{build.get('builder', {}).get('name')}/{build.get('number')} {state}"


def part_and_seconds(text):
    part, _, seconds = text.partition("=")
    return part, int(seconds)


def arguments():
    parser = argparse.ArgumentParser(description="A tour of Carillon with a real Buildbot.")
    parser.add_argument("--carillon", required=True, help="the program to run")
    parser.add_argument("--folder", help="where to put everything; it must not exist yet")
    parser.add_argument("--once", action="store_true", help="show what arrived, then stop")
    parser.add_argument(
        "--took",
        action="append",
        default=[],
        type=part_and_seconds,
        metavar="PART=SECONDS",
        help="how long something before this took, to be told at the end",
    )
    return parser.parse_args()


def main():
    started = time.monotonic()
    options = arguments()
    os.environ["CARILLON_BIN"] = str(Path(options.carillon).resolve())
    screen = Screen()
    stopped = threading.Event()

    def interrupt(number, frame):
        if stopped.is_set():
            return
        stopped.set()
        raise KeyboardInterrupt

    if options.folder:
        folder = Path(options.folder).resolve()
        folder.mkdir(parents=True)
    else:
        folder = Path(tempfile.mkdtemp(prefix="carillon-quickstart-"))
    demo = Demo(folder, screen)
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    status = 1
    try:
        demo.start()
        demo.build()
        demo.show()
        demo.tell_how_long([*options.took, ("demo", time.monotonic() - started)])
        if not options.once:
            demo.tell_where()
            demo.follow(stopped)
        status = 0
    except KeyboardInterrupt:
        status = 0 if not options.once else 130
    except Exception as error:  # every failure of a server or a deadline ends here, said once
        screen.failed(f"{error}\nThe logs stay in {folder}")
    finally:
        stopped.set()
        if not options.once:
            print("\nStopping...", flush=True)
        demo.stop()
    if status == 0 and not options.folder:
        shutil.rmtree(folder, ignore_errors=True)
        if not options.once:
            print("Everything is stopped and removed.", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
