"""carillon exec: a command is run as if nothing were between, and reported as a build."""

import os
import signal
import stat
import subprocess
import unittest

from carillon_test.case import ServerTest
from carillon_test.exec_command import Exec
from carillon_test.http_sink import Answer
from carillon_test.services import TERSE, http_push, mail
from carillon_test.waiting import PATIENCE, wait_for

SUCCESS, WARNINGS, FAILURE, SKIPPED, EXCEPTION, CANCELLED = 0, 1, 2, 3, 4, 6


class Reported:
    """A server that reports all of every build to `self.http`."""

    def setUp(self):
        self.http = self.http_sink()
        self.server = self.carillon(http_push(self.http, wantProperties=True, wantSteps=True, wantLogs=True))
        self.exec = Exec(self.folder, self.server.url)

    def ends(self, count=1):
        """The builds that ended, once there are that many."""

        def found():
            ended = [body for body in self.http.bodies() if body["complete"]]
            return ended if len(ended) >= count else None

        return wait_for(found, f"{count} reports of ends")


def log_of(build):
    return build["steps"][0]["logs"][0]["content"]["content"]


class ReportTest(Reported, ServerTest):
    def test_a_run_is_a_build(self):
        done = self.exec.shell(
            "echo out; echo err >&2; exit 3", "--property", "owner=ann", "--tag", "nightly",
            "--reason", "it is time", "--branch", "main", "--revision", "f" * 40,
            "--repository", "https://git.example.org/bell", "--project", "bell/bell", "--codebase", "core",
            "--link", "https://ci.example.org/7", "--step", "copying",
        )
        self.assertEqual((done.returncode, done.stdout, done.stderr), (3, b"out\n", b"err\n"))
        first, last = self.http.wait_for(2)
        start, end = first.json, last.json
        self.assertEqual((start["complete"], start["results"]), (False, None))
        self.assertEqual((end["complete"], end["results"]), (True, FAILURE))
        self.assertEqual(end["number"], start["number"])
        self.assertEqual(end["state_string"], "exit code 3")
        self.assertEqual(end["builder"]["name"], "backup")
        self.assertEqual(end["builder"]["tags"], ["nightly"])
        self.assertEqual(end["url"], "https://ci.example.org/7")
        self.assertEqual(end["properties"]["owner"][0], "ann")
        self.assertEqual(end["properties"]["branch"][0], "main")
        self.assertEqual(end["buildset"]["reason"], "it is time")
        (stamp,) = end["buildset"]["sourcestamps"]
        self.assertEqual(
            (stamp["branch"], stamp["revision"], stamp["project"], stamp["codebase"]),
            ("main", "f" * 40, "bell/bell", "core"),
        )
        self.assertLessEqual(end["started_at"], end["complete_at"])
        (step,) = end["steps"]
        self.assertEqual((step["name"], step["results"]), ("copying", FAILURE))
        self.assertEqual(sorted(log_of(end).splitlines()), ["err", "out"])
        self.assertEqual(self.exec.kept(), [])
        self.assertEqual(list(self.exec.spool.glob("*.running")), [])

    def test_a_mail_tells_of_it(self):
        smtp = self.smtp_sink()
        self.server.configure(mail(smtp, mode=["failing"], addLogs=True, messageFormatter=TERSE))
        self.server.restart()
        self.assertEqual(self.exec.shell("echo no room; exit 1").returncode, 1)
        (message,) = smtp.wait_for(1)
        self.assertRegex(message.subject, r"^backup/\d{13}=2$")
        self.assertEqual(message.attachments, {"sh.stdio": "no room\n"})

    def test_what_exit_codes_mean(self):
        cases = {0: SUCCESS, 1: FAILURE, 3: WARNINGS, 4: WARNINGS, 77: SKIPPED}
        for code in cases:
            done = self.exec.shell(
                f"exit {code}", "--warnings", 3, "--warnings", 4, "--skipped", 77, "--number", code
            )
            self.assertEqual(done.returncode, code)
        self.assertEqual({build["number"]: build["results"] for build in self.ends(5)}, cases)

    def test_what_cannot_be_run(self):
        script = self.folder / "not-executable"
        script.write_text("#!/bin/sh\n")
        missing = self.exec.run(command=["./no-such-program"])
        self.assertEqual(missing.returncode, 127)
        self.assertIn(b"no-such-program", missing.stderr)
        self.assertEqual(self.exec.run(command=[script]).returncode, 126)
        self.assertEqual({build["results"] for build in self.ends(2)}, {EXCEPTION})
        self.assertIn("no-such-program", self.ends(2)[0]["state_string"])

    def test_a_script_without_an_interpreter_is_run_by_the_shell(self):
        script = self.folder / "plain"
        script.write_text("echo $1\n")
        script.chmod(0o755)
        self.assertEqual(self.exec.run(command=[script, "told"]).stdout, b"told\n")

    def test_many_at_once(self):
        running = [self.exec.start(command=["sh", "-c", f"echo {n}"], stderr=subprocess.DEVNULL) for n in range(12)]
        told = sorted(int(one.communicate(timeout=2 * PATIENCE)[0]) for one in running)
        self.assertEqual(told, list(range(12)))
        if self.exec.kept():  # whose turn did not come in its time leaves its report to the next call
            self.assertEqual(self.exec.run("--flush", builder=None).returncode, 0)
        self.assertEqual(sorted(int(log_of(build)) for build in self.ends(12)), told)
        wait_for(lambda: not self.exec.kept(), "an empty spool")

    def test_the_command_does_not_see_the_token(self):
        done = self.exec.shell('echo "<$CARILLON_TOKEN>"; echo "$CARILLON_URL"')
        self.assertEqual(done.stdout.decode(), f"<>\n{self.server.url}\n")

    def test_a_token_from_a_file(self):
        file = self.folder / "token"
        file.write_text(self.exec.token + "\n")
        self.exec.token = None
        done = self.exec.shell("true", "--token-file", file)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.ends()

    def test_wrong_usage_runs_nothing(self):
        mark = self.folder / "mark"
        for arguments in (
            ["--", "touch", mark], ["--builder", "x"], ["--builder", "x", "--"],
            ["--builder", "x", "--nothing", "--", "touch", mark],
            ["--builder", "x", "--property", "no-value", "--", "touch", mark],
            ["--builder", "x", "--timeout", "0", "--", "touch", mark],
            ["--flush", "--", "touch", mark],
        ):
            done = self.exec.run(*arguments, builder=None)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertTrue(done.stderr, arguments)
        self.assertFalse(mark.exists())
        self.assertIn(b"after --", self.exec.run("ls", "-l").stderr)


class OutputTest(Reported, ServerTest):
    def test_bytes_pass_unchanged(self):
        everything = bytes(range(256)) * 500
        done = self.exec.run(command=["cat"], stdin=everything)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, everything, b""))
        (build,) = self.ends()
        log = log_of(build)
        self.assertIn("\x01\x02", log)
        self.assertIn("\N{REPLACEMENT CHARACTER}", log)

    def test_order_is_kept_where_both_go_to_one_place(self):
        script = "for i in $(seq 300); do echo out $i; echo err $i >&2; done"
        process = self.exec.start(command=["sh", "-c", script], stderr=subprocess.STDOUT)
        out, _ = process.communicate(timeout=2 * PATIENCE)
        expected = "".join(f"out {n}\nerr {n}\n" for n in range(1, 301))
        self.assertEqual(out.decode(), expected)
        self.assertEqual(log_of(self.ends()[0]), expected)

    def test_a_hundred_megabytes_in_little_memory(self):
        script = "echo begin; head -c 100000000 /dev/zero | tr '\\0' x; echo; echo end"
        process = self.exec.start("--max-log", 100_000, command=["sh", "-c", script], stderr=subprocess.STDOUT)
        size = 0
        while piece := process.stdout.read(1 << 20):
            size += len(piece)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
        self.assertEqual((process.returncode, size), (0, 100_000_000 + 11))
        # The sanitizers need most of this; the point is that it is not the output's size.
        self.assertLess(used.ru_maxrss, 400_000)
        log = log_of(self.ends()[0])
        self.assertTrue(log.startswith("begin\nxxx"))
        self.assertTrue(log.endswith("xxx\nend\n"))
        self.assertIn("bytes left out", log)
        self.assertLess(len(log), 101_000)

    def test_it_comes_while_the_command_runs(self):
        os.mkfifo(self.folder / "fifo")
        process = self.exec.start(command=["sh", "-c", "echo now; read line < fifo; echo $line"])
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.assertEqual(process.stdout.readline(), b"now\n")
        self.assertIsNone(process.poll())
        (self.folder / "fifo").write_text("later\n")
        self.assertEqual(process.stdout.readline(), b"later\n")
        self.assertEqual(process.wait(2 * PATIENCE), 0)

    def test_quiet(self):
        done = self.exec.shell("echo out; echo err >&2", "--quiet")
        self.assertEqual((done.stdout, done.stderr), (b"", b""))
        self.assertEqual(log_of(self.ends()[0]), "out\nerr\n")

    def test_a_daemon_that_keeps_the_output_open_is_not_waited_for(self):
        done = self.exec.shell("sleep 300 & echo $!")
        self.addCleanup(os.kill, int(done.stdout), signal.SIGKILL)
        self.assertEqual(done.returncode, 0)
        self.ends()

    def test_a_reader_that_goes_away_ends_the_command(self):
        process = self.exec.start(command=["sh", "-c", "while echo ding; do :; done"], stderr=subprocess.DEVNULL)
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.wait(2 * PATIENCE), 128 + signal.SIGPIPE)
        self.assertEqual(self.ends()[0]["state_string"], "killed by SIGPIPE")

    def test_closed_streams(self):
        line = subprocess.list2cmdline(self.exec.arguments(command=["sh", "-c", "exit 5"]))
        done = subprocess.run(
            ["sh", "-c", line + " <&- >&- 2>&-"], env=self.exec.environment(), cwd=self.folder,
            timeout=2 * PATIENCE, check=False,
        )
        self.assertEqual(done.returncode, 5)
        self.ends()


class SignalTest(Reported, ServerTest):
    def running(self, script, *options):
        """It has said "ready"."""
        process = self.exec.start(*options, command=["sh", "-c", script])
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        return process

    def test_a_command_that_is_asked_to_stop(self):
        process = self.running("echo ready; sleep 300")
        process.terminate()
        self.assertEqual(process.wait(2 * PATIENCE), 128 + signal.SIGTERM)
        (build,) = self.ends()
        self.assertEqual((build["results"], build["state_string"]), (CANCELLED, "stopped by SIGTERM"))

    def test_a_command_that_tidies_up(self):
        process = self.running("trap 'echo tidied; exit 9' INT; echo ready; while :; do sleep 0.05; done")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(2 * PATIENCE), 9)
        self.assertEqual(process.stdout.read(), b"tidied\n")
        (build,) = self.ends()
        self.assertEqual((build["results"], build["state_string"]), (CANCELLED, "exit code 9 after SIGINT"))

    def test_signals_that_mean_something_to_the_command(self):
        process = self.running("trap 'echo heard; exit 0' USR1; echo ready; while :; do sleep 0.05; done")
        process.send_signal(signal.SIGUSR1)
        self.assertEqual(process.wait(2 * PATIENCE), 0)
        self.assertEqual(self.ends()[0]["results"], SUCCESS)

    def test_a_command_that_kills_itself(self):
        self.assertEqual(self.exec.shell("kill -9 $$").returncode, 128 + signal.SIGKILL)
        (build,) = self.ends()
        self.assertEqual((build["results"], build["state_string"]), (EXCEPTION, "killed by SIGKILL"))

    def test_what_takes_too_long_is_ended_with_its_children(self):
        done = self.exec.shell("sleep 300 & echo $!; wait", "--timeout", 5)
        self.assertEqual(done.returncode, 128 + signal.SIGTERM)
        child = int(done.stdout)
        wait_for(lambda: not os.path.exists(f"/proc/{child}") or zombie(child), "the end of its child")
        (build,) = self.ends()
        self.assertEqual((build["results"], build["state_string"]), (EXCEPTION, "timed out after 5 s"))

    def test_a_terminal_stays_the_commands(self):
        script = "test -t 0 && read line && echo got $line"
        program, options = self.exec.arguments()[0], self.exec.arguments(command=["sh", "-c", script])[1:]
        leader, follower = os.openpty()
        process = subprocess.Popen(
            [program, *options], stdin=follower, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=self.folder, env=self.exec.environment(),
            preexec_fn=lambda: take_terminal(follower),
        )
        os.close(follower)
        os.write(leader, b"typed\n")
        out, _ = process.communicate(timeout=2 * PATIENCE)
        os.close(leader)
        self.assertEqual((process.returncode, out), (0, b"got typed\n"))

    def test_ctrl_c_reaches_the_command_once(self):
        # It goes on for a second after it has heard of it: of a second time it would say so.
        script = ("trap 'echo heard; heard=1' INT; echo ready; n=0; "
                  "while [ $n -lt 20 ]; do sleep 0.05; n=$((n+${heard:-0})); done")
        leader, follower = os.openpty()
        process = subprocess.Popen(
            self.exec.arguments(command=["sh", "-c", script]), stdin=follower, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, cwd=self.folder, env=self.exec.environment(),
            preexec_fn=lambda: take_terminal(follower),
        )
        os.close(follower)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        os.write(leader, b"\x03")
        out, _ = process.communicate(timeout=2 * PATIENCE)
        os.close(leader)
        self.assertEqual((process.returncode, out), (0, b"heard\n"))
        self.assertEqual(self.ends()[0]["state_string"], "finished after SIGINT")


def take_terminal(terminal):
    import fcntl
    import termios

    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def zombie(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


class SpoolTest(Reported, ServerTest):
    def test_a_server_that_is_away_loses_nothing(self):
        self.server.kill9()
        for n in range(3):
            done = self.exec.shell(f"echo {n}; exit {n}")
            self.assertEqual((done.returncode, done.stdout), (n, f"{n}\n".encode()))
            self.assertIn(b"waits in", done.stderr)
        self.assertEqual(len(self.exec.kept()), 3)
        for report in self.exec.spool.glob("*.report"):
            self.assertEqual(stat.S_IMODE(report.stat().st_mode), 0o600)
            self.assertNotIn(self.exec.token.encode(), report.read_bytes())
        self.server.start()
        done = self.exec.shell("echo 3; exit 3")
        self.assertEqual((done.returncode, done.stderr), (3, b""))
        builds = self.ends(4)
        self.assertEqual([log_of(build) for build in sorted(builds, key=lambda b: b["number"])],
                         ["0\n", "1\n", "2\n", "3\n"])
        self.assertEqual(len({build["number"] for build in builds}), 4)
        self.assertEqual(self.exec.kept(), [])

    @unittest.skipUnless(os.geteuid() == 0, "only root can leave files of root")
    def test_what_one_sudo_left_behind_stops_nothing(self):
        nobody = 65534
        self.exec.spool.mkdir(parents=True)
        for folder in (self.exec.state, self.exec.spool.parent, self.exec.spool):
            os.chown(folder, nobody, nobody)
        self.server.stop()
        self.exec.shell("echo of root; false")
        (of_root,) = self.exec.kept()
        self.server.start()
        for n in (1, 2):
            done = self.exec.shell(f"echo {n}", user=nobody, group=nobody, extra_groups=[])
            self.assertEqual((done.returncode, done.stdout), (0, f"{n}\n".encode()))
            (line,) = done.stderr.decode().splitlines()  # said once in each call
            self.assertRegex(line, rf"stepped over .*/{of_root}: Permission denied")
        self.assertEqual({log_of(build) for build in self.ends(2)}, {"1\n", "2\n"})
        self.assertEqual(self.exec.kept(), [of_root])
        self.assertEqual(self.exec.shell("true").stderr, b"")
        self.ends(4)
        self.assertEqual(self.exec.kept(), [])

    def test_an_empty_file_is_stepped_over(self):
        self.exec.spool.mkdir(parents=True)
        (self.exec.spool / "1700000000000-bad.report").touch()
        done = self.exec.shell("true")
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"stepped over 1700000000000-bad: ", done.stderr)
        self.ends()
        self.assertEqual(self.exec.kept(), ["1700000000000-bad.report"])

    def test_where_refused_is_a_file_the_next_is_sent(self):
        self.exec.spool.mkdir(parents=True)
        (self.exec.spool / "refused").touch()
        token, self.exec.token = self.exec.token, "wrong"
        done = self.exec.shell("echo first")
        self.assertIn(b"cannot be set aside", done.stderr)
        self.exec.token = token
        self.assertEqual(self.exec.shell("echo second").stderr, b"")
        self.assertEqual({log_of(build) for build in self.ends(2)}, {"first\n", "second\n"})
        self.assertEqual(self.exec.kept(), [])

    def test_flush(self):
        self.server.stop()
        self.exec.shell("true")
        away = self.exec.run("--flush", builder=None)
        self.assertEqual(away.returncode, 1)
        self.assertIn(b"1 reports wait", away.stderr)
        self.server.start()
        done = self.exec.run("--flush", builder=None)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.ends()
        self.assertEqual(self.exec.kept(), [])
        self.assertEqual(self.exec.run("--flush", builder=None).returncode, 0)

    def test_a_server_that_is_killed_while_the_command_runs(self):
        os.mkfifo(self.folder / "fifo")
        process = self.exec.start(command=["sh", "-c", "read line < fifo; echo $line"])
        self.http.wait_for(1)  # the start is told
        self.server.kill9()
        (self.folder / "fifo").write_text("done\n")
        out, err = process.communicate(timeout=2 * PATIENCE)
        self.assertEqual((process.returncode, out), (0, b"done\n"))
        self.assertIn(b"waits in", err)
        self.server.start()
        self.assertEqual(self.exec.run("--flush", builder=None).returncode, 0)
        self.assertEqual(log_of(self.ends()[0]), "done\n")

    def test_the_start_is_told_when_the_server_comes_back_meanwhile(self):
        self.server.stop()
        os.mkfifo(self.folder / "fifo")
        process = self.exec.start(command=["sh", "-c", "read line < fifo"])
        wait_for(lambda: list(self.exec.spool.glob("*.running")), "the note of the run")
        self.server.start()
        self.assertFalse(self.http.wait_for(1)[0].json["complete"])
        (self.folder / "fifo").write_text("done\n")
        self.assertEqual(process.communicate(timeout=2 * PATIENCE), (b"", b""))
        self.assertEqual(len(self.http.wait_for(2)), 2)

    def test_an_exec_that_is_killed_is_reported_by_the_next(self):
        process = self.exec.start(command=["sh", "-c", "echo $$; exec sleep 300"])
        command = int(process.stdout.readline())
        self.http.wait_for(1)
        process.kill()
        process.wait(2 * PATIENCE)
        process.stdout.close()
        process.stderr.close()
        os.kill(command, signal.SIGKILL)
        wait_for(lambda: not os.path.exists(f"/proc/{command}") or zombie(command), "the end of the command")
        self.assertEqual(self.exec.shell("true").returncode, 0)
        lost, other = sorted(self.ends(2), key=lambda build: build["number"])
        self.assertEqual((lost["results"], other["results"]), (EXCEPTION, SUCCESS))

    def test_a_server_that_refuses_the_token(self):
        self.exec.token = "wrong-token"
        done = self.exec.shell("echo mine; exit 4")
        self.assertEqual((done.returncode, done.stdout), (4, b"mine\n"))
        self.assertIn(b"401", done.stderr)
        self.assertIn(b"refused", done.stderr)
        self.assertNotIn(b"wrong-token", done.stderr)
        self.assertEqual((self.exec.kept(), len(self.exec.refused())), ([], 1))
        # Whoever has put it right moves it back.
        for report in (self.exec.spool / "refused").iterdir():
            report.rename(self.exec.spool / report.name)
        self.exec.token = Exec(self.folder, "").token
        self.assertEqual(self.exec.run("--flush", builder=None).returncode, 0)
        self.assertEqual(log_of(self.ends()[0]), "mine\n")

    def test_no_home_no_spool(self):
        environment = {"XDG_STATE_HOME": "", "HOME": ""}
        done = self.exec.shell("exit 6", env=environment)
        self.assertEqual(done.returncode, 6)
        self.assertIn(b"--spool", done.stderr)
        self.ends()
        self.server.stop()
        done = self.exec.shell("exit 6", env=environment)
        self.assertEqual(done.returncode, 6)
        self.assertIn(b"the report is lost", done.stderr)


class TroubleTest(ServerTest):
    """Servers that are none."""

    def setUp(self):
        self.http = self.http_sink()
        self.exec = Exec(self.folder, self.http.url)

    def test_retry_after_is_obeyed(self):
        self.http.default = Answer(202)
        self.http.script(Answer(503, headers={"Retry-After": "1"}), Answer(503, headers={"Retry-After": "1"}))
        done = self.exec.shell("true")
        self.assertEqual((done.returncode, done.stderr, self.exec.kept()), (0, b"", []))

    def test_no_pause_is_asked_for_and_yet_it_is_not_hammered(self):
        self.http.default = Answer(503, headers={"Retry-After": "0"})
        self.assertEqual(self.exec.shell("exit 8").returncode, 8)
        # Pauses of 0.25, 0.5, 1, 2 and 4 s fit into the 8 s that it tries; those of the start come on top.
        self.assertGreater(len(self.http.received()), 1)
        self.assertLess(len(self.http.received()), 15)

    def test_a_long_pause_is_not_waited_for(self):
        self.http.default = Answer(429, headers={"Retry-After": "3600"})
        self.assertEqual(self.exec.shell("exit 8").returncode, 8)
        self.assertEqual((len(self.exec.kept()), self.exec.refused()), (1, []))

    def test_answers_that_are_none(self):
        for how in ("close", "garbage"):
            self.http.default = Answer(how=how)
            self.assertEqual(self.exec.shell("exit 8").returncode, 8)
        self.assertEqual((len(self.exec.kept()), self.exec.refused()), (2, []))
        self.http.default = Answer(how="cut")  # it took the report, and said so
        self.assertEqual(self.exec.shell("exit 8").returncode, 8)
        self.assertEqual((self.exec.kept(), self.exec.refused()), ([], []))

    def test_a_redirect_refuses_nothing(self):
        other = self.http_sink()
        self.http.default = Answer(307, headers={"Location": other.url})
        self.assertEqual(self.exec.shell("exit 8").returncode, 8)
        self.assertEqual((len(self.exec.kept()), self.exec.refused(), other.received()), (1, [], []))
        self.http.default = Answer(202)
        self.http.script(Answer(308, headers={"Location": "/carillon/ingest"}))
        self.assertEqual(self.exec.run("--flush", builder=None).returncode, 0)
        self.assertEqual((self.exec.kept(), self.exec.refused()), ([], []))
        self.assertEqual(len(self.http.received("/carillon/ingest")), 1)

    def test_an_address_that_is_none(self):
        done = Exec(self.folder, "nonsense").shell("exit 8")
        self.assertEqual(done.returncode, 8)
        self.assertIn(b"nonsense", done.stderr)

    def test_who_does_not_want_to_wait_for_the_server(self):
        self.http.default = Answer(how="hang")
        process = self.exec.start(command=["true"])
        wait_for(self.exec.kept, "a kept report")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=2 * PATIENCE)
        self.assertEqual(process.returncode, 0)
        self.assertIn(b"may wait", err)
        self.assertEqual(len(self.exec.kept()), 1)


if __name__ == "__main__":
    unittest.main()
