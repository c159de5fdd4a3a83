"""carillon completion, read by real shells; and the manual page."""

import re
import subprocess
import unittest

from carillon_test import completions
from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.services import http_push
from carillon_test.waiting import wait_for


class CompletionTest(ServerTest):
    def setUp(self):
        self.http = self.http_sink()
        self.server = self.carillon(http_push(self.http, name="night-posts"), start=False)
        self.folder = self.server.folder
        # "  name   what it does", in the list of subcommands
        told = self.server.cli("--help").stdout
        self.commands = re.findall(r"^  ([a-z-]+) +\S", told.split("Subcommands:")[1], re.MULTILINE)
        self.assertIn("exec", self.commands)

    def options(self, command):
        told = self.server.cli(command, "--help").stdout
        lines = re.findall(r"^  (-\S+)", told, re.MULTILINE)
        return sorted(name for line in lines for name in line.split(","))

    def reported(self):
        """There is a ledger, with a reporter in it."""
        self.server.start()
        self.server.ingest(build(1))
        wait_for(lambda: self.server.deliveries("--state", "delivered"), "a delivery")

    def test_bash_knows_all_commands_and_options(self):
        offered = completions.bash(self.folder, "carillon", "")
        self.assertEqual(sorted(word for word in offered if word[0] != "-"), sorted(self.commands))
        self.assertEqual(completions.bash(self.folder, "carillon", "expl"), ["explain"])
        for command in self.commands:
            self.assertEqual(sorted(completions.bash(self.folder, "carillon", command, "-")), self.options(command))

    def test_bash_knows_values(self):
        def offers(*words):
            return completions.bash(self.folder, "carillon", *words)

        self.assertEqual(offers("run", "--log-format", ""), ["text", "json"])
        self.assertEqual(offers("run", "--log-format", "=", "j"), ["json"])
        self.assertEqual(offers("deliveries", "--state", "de"), ["delivered", "dead"])
        self.assertEqual(offers("completion", ""), ["bash", "zsh", "fish"])
        (self.folder / "a file.cfg").touch()
        self.assertIn("a file.cfg", offers("run", "a"))
        self.assertIn("a file.cfg", offers("check", "--json", "a"))
        self.assertIn("carillon.cfg", offers("deliveries", "-c", "car"))
        self.assertEqual(offers("exec", "--builder", ""), [])

    def test_bash_knows_reporters(self):
        self.assertEqual(completions.bash(self.folder, "carillon", "drop", "--reporter", ""), [])
        self.reported()
        for words in (["deliveries", "--reporter", "n"], ["drop", "--config", "carillon.cfg", "--reporter", ""]):
            self.assertEqual(completions.bash(self.folder, "carillon", *words), ["night-posts"])

    def test_bash_leaves_the_command_of_exec_to_others(self):
        (self.folder / "backup-script").touch()
        base = ["carillon", "exec", "--builder", "x", "--"]
        self.assertIn("sed", completions.bash(self.folder, *base, "se"))
        self.assertEqual(completions.bash(self.folder, *base, "sh", "backup-s"), ["backup-script"])
        self.assertEqual(completions.bash(self.folder, *base, "ls", "-"), [])

    def test_fish(self):
        def offers(line):
            return completions.fish(self.folder, line)

        self.assertEqual(sorted(offers("carillon ")), sorted(self.commands))
        for command in self.commands:
            wanted = [name for name in self.options(command) if name.startswith("--")]
            self.assertEqual(sorted(offers(f"carillon {command} --")), wanted)
        self.assertEqual(sorted(offers("carillon deliveries --state de")), ["dead", "delivered"])
        self.assertEqual(sorted(offers("carillon completion ")), ["bash", "fish", "zsh"])
        self.assertIn("carillon.cfg", offers("carillon run car"))
        self.reported()
        self.assertEqual(offers("carillon drop --reporter "), ["night-posts"])

    def test_zsh(self):
        def offers(line):
            return completions.zsh(self.folder, line)

        self.assertEqual(offers("carillon "), sorted(self.commands))
        for command in self.commands:
            wanted = [name for name in self.options(command) if name.startswith("--")]
            self.assertEqual(offers(f"carillon {command} --"), wanted)
        self.assertEqual(offers("carillon deliveries --state de"), ["dead", "delivered"])
        self.assertEqual(offers("carillon completion "), ["bash", "fish", "zsh"])
        self.assertIn("carillon.cfg", offers("carillon run car"))
        self.reported()
        self.assertEqual(offers("carillon drop --reporter "), ["night-posts"])

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
        commands = re.findall(r"^  ([a-z-]+) +\S", self.server.cli("--help").stdout.split("Subcommands:")[1], re.M)
        self.assertGreater(len(commands), 8)
        for command in commands:
            self.assertIn(f".SS carillon {command}\n", text)
            section = text.split(f".SS carillon {command}\n")[1].split(".SS ")[0]
            options = re.findall(r"^  (-\S+)", self.server.cli(command, "--help").stdout, re.M)
            self.assertIn("-h,--help", options)
            for line in options:
                for name in line.split(","):
                    self.assertIn(f"\\fB{name}\\fR", section, command)


if __name__ == "__main__":
    unittest.main()
