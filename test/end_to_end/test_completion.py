"""carillon completion, read by real shells; and the manual page."""

import functools
import re
import subprocess
import unittest

from carillon_test import completions
from carillon_test.carillon import program
from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.sanitizers import check_sanitizers
from carillon_test.services import http_push
from carillon_test.waiting import PATIENCE, wait_for


@functools.cache
def help_of(*command):
    done = subprocess.run([program(), *command, "--help"], capture_output=True, text=True, check=True, timeout=PATIENCE)
    check_sanitizers(done.stderr)
    return done.stdout


@functools.cache
def commands():
    """As the list of subcommands has them: "  name   what it does"."""
    return re.findall(r"^  ([a-z-]+) +\S", help_of().split("Subcommands:")[1], re.MULTILINE)


def options(command):
    """Lines as they begin: "-h,--help"."""
    return re.findall(r"^  (-\S+)", help_of(command), re.MULTILINE)


def names(command, start="-"):
    return sorted(name for line in options(command) for name in line.split(",") if name.startswith(start))


class CompletionTest(ServerTest):
    def setUp(self):
        self.http = self.http_sink()
        self.server = self.carillon(http_push(self.http, name="night-posts"), start=False)
        self.folder = self.server.folder
        self.assertIn("exec", commands())

    def reported(self):
        """There is a ledger, with a reporter in it."""
        self.server.start()
        self.server.ingest(build(1))
        wait_for(lambda: self.server.deliveries("--state", "delivered"), "a delivery")

    def test_bash_knows_all_commands_and_options(self):
        offered, some, *of_each = completions.bash(
            self.folder, ["carillon", ""], ["carillon", "expl"], *(["carillon", command, "-"] for command in commands()))
        self.assertEqual(sorted(word for word in offered if word[0] != "-"), sorted(commands()))
        self.assertEqual(some, ["explain"])
        self.assertEqual({command: sorted(of) for command, of in zip(commands(), of_each, strict=True)},
                         {command: names(command) for command in commands()})

    def test_bash_knows_values(self):
        (self.folder / "a file.cfg").touch()
        of_format, of_j, of_state, of_completion, of_run, of_check, of_config, of_builder = completions.bash(
            self.folder, ["carillon", "run", "--log-format", ""], ["carillon", "run", "--log-format", "=", "j"],
            ["carillon", "deliveries", "--state", "de"], ["carillon", "completion", ""], ["carillon", "run", "a"],
            ["carillon", "check", "--json", "a"], ["carillon", "deliveries", "-c", "car"],
            ["carillon", "exec", "--builder", ""])
        self.assertEqual(of_format, ["text", "json"])
        self.assertEqual(of_j, ["json"])
        self.assertEqual(of_state, ["delivered", "dead"])
        self.assertEqual(of_completion, ["bash", "zsh", "fish"])
        self.assertIn("a file.cfg", of_run)
        self.assertIn("a file.cfg", of_check)
        self.assertIn("carillon.cfg", of_config)
        self.assertEqual(of_builder, [])

    def test_bash_knows_reporters(self):
        self.assertEqual(completions.bash(self.folder, ["carillon", "drop", "--reporter", ""]), [[]])
        self.reported()
        self.assertEqual(
            completions.bash(self.folder, ["carillon", "deliveries", "--reporter", "n"],
                             ["carillon", "drop", "--config", "carillon.cfg", "--reporter", ""]),
            [["night-posts"], ["night-posts"]])

    def test_bash_leaves_the_command_of_exec_to_others(self):
        (self.folder / "backup-script").touch()
        base = ["carillon", "exec", "--builder", "x", "--"]
        of_se, of_sh, of_ls = completions.bash(self.folder, [*base, "se"], [*base, "sh", "backup-s"], [*base, "ls", "-"])
        self.assertIn("sed", of_se)
        self.assertEqual(of_sh, ["backup-script"])
        self.assertEqual(of_ls, [])

    def check_lines(self, offers):
        """What fish and zsh are asked, as lines."""
        self.reported()
        first, of_state, of_completion, of_run, of_reporter, *of_each = map(sorted, offers(
            self.folder, "carillon ", "carillon deliveries --state de", "carillon completion ", "carillon run car",
            "carillon drop --reporter ", *(f"carillon {command} --" for command in commands())))
        self.assertEqual(first, sorted(commands()))
        self.assertEqual(of_state, ["dead", "delivered"])
        self.assertEqual(of_completion, ["bash", "fish", "zsh"])
        self.assertIn("carillon.cfg", of_run)
        self.assertEqual(of_reporter, ["night-posts"])
        self.assertEqual(dict(zip(commands(), of_each, strict=True)),
                         {command: names(command, "--") for command in commands()})

    def test_fish(self):
        self.check_lines(completions.fish)

    def test_zsh(self):
        self.check_lines(completions.zsh)

    def test_other_shells_are_refused(self):
        done = self.server.cli("completion", "csh")
        self.assertEqual(done.returncode, 2)
        self.assertIn("csh", done.stderr)


class ManualTest(ServerTest):
    def setUp(self):
        self.server = self.carillon(start=False)
        told = self.server.cli("manual-page")
        self.assertEqual(told.returncode, 0, told.stderr)
        self.page = self.server.folder / "carillon.1"
        self.page.write_text(told.stdout, encoding="utf-8")

    def test_it_is_well_formed(self):
        lint = subprocess.run(
            ["mandoc", "-T", "lint", "-W", "style", self.page], capture_output=True, text=True, check=False
        )
        self.assertEqual(lint.stdout + lint.stderr, "")
        shown = subprocess.run(
            ["man", "--warnings", "-E", "UTF-8", "-l", self.page], capture_output=True, text=True, check=False,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "MANWIDTH": "100", "MANPAGER": "cat"},
        )
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        self.assertIn("reports builds", shown.stdout)

    def test_it_names_every_command_and_option(self):
        text = self.page.read_text(encoding="utf-8").replace("\\-", "-")
        self.assertGreater(len(commands()), 8)
        for command in commands():
            self.assertIn(f".SS carillon {command}\n", text)
            section = text.split(f".SS carillon {command}\n")[1].split(".SS ")[0]
            self.assertIn("-h,--help", options(command))
            for line in options(command):
                for name in line.split(","):
                    self.assertIn(f"\\fB{name}\\fR", section, command)


if __name__ == "__main__":
    unittest.main()
