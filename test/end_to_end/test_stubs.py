"""carillon stubs: a type checker knows from them what a configuration may say."""

import json
import os
import pathlib
import re
import subprocess
import unittest

from carillon_test.case import ServerTest
from carillon_test.prism import ROOT as PRISM

SOURCES = pathlib.Path(__file__).resolve().parents[2]
PYRIGHT = PRISM / "node_modules/pyright/index.js"
BEGIN = """
from typing import Any
from buildbot.plugins import reporters, util
from carillon.plugins import sources
c = BuildmasterConfig = {}
getresults: Any = None  # an example names it
"""
MISTAKES = {
    "reporters.MailNotifier('ci@example.org', relayhots='mx')": 'No parameter named "relayhots"',
    "reporters.MailNotifier()": 'Argument missing for parameter "fromaddr"',
    "reporters.MailNotifier(fromaddr=3)": 'cannot be assigned to parameter "fromaddr" of type "str"',
    "reporters.MailNotifier('a@example.org', messageFormatter='x')": 'parameter "messageFormatter"',
    "reporters.MessageFormatter(templat='x')": 'No parameter named "templat"',
    "reporters.BuildStatusGenerator(add_log=True)": 'No parameter named "add_log"',
    "sources.Buildbot('http://x/', pasword='x')": 'No parameter named "pasword"',
    "sources.Buildbt('http://x/')": '"Buildbt" is not a known attribute',
    "util.Check(evry='1d')": 'No parameter named "evry"',
    "sources.Generic('t', mapping={**sources.Generic.argo}, hamc=1)": 'No parameter named "hamc"',
    "util.Interpolate()": 'Argument missing for parameter "fmtstring"',
}
GOOD = """
from buildbot.plugins import *
from buildbot.process.properties import Property
from buildbot.process.results import FAILURE, Results
from buildbot.reporters.github import GitHubStatusPush, HttpStatusPush
from buildbot.reporters.http import HttpStatusPushBase
from buildbot.reporters.mail import Domain, MailNotifier, MessageFormatter
from buildbot.util import flatten
from twisted.internet import defer

@util.renderer
def context(props):
    return "ci/" + props.getProperty("buildername")

class Own(HttpStatusPushBase):
    def checkConfig(self, where, **kwargs):
        super().checkConfig(**kwargs)
    def send(self, build):
        return self._http.post(self.where, json={"results": Results[build["results"]]})

class Words(MessageFormatter):
    template_filename = "own.txt"
    def buildAdditionalContext(self, master, ctx):
        ctx["own"] = master.config.title

c["builders"] = [util.BuilderConfig(name="linux", factory=util.BuildFactory([steps.ShellCommand(command=["make"])]))]
c["services"] = [
    Own("https://example.org/"),
    GitHubStatusPush(token=util.Secret("token"), context=context, startDescription=util.Interpolate("%(prop:owner)s")),
    GitHubStatusPush(token=util.Interpolate("%(secret:token)s"), context=Property("buildername") + "/x", name="second"),
    MailNotifier("ci@example.org", mode=("failing", "problem"), lookup=Domain("example.org"), messageFormatter=Words()),
    MailNotifier("ci@example.org", mode="all", branches=[None, "main"], addLogs=["test.stdio"], smtpPassword=None),
    reporters.SomebodysPlugin(1, 2),
    HttpStatusPush("https://example.org/", generators=[reporters.BuildStatusGenerator(
        message_formatter=reporters.MessageFormatterFunction(lambda context: context["build"]["number"], "json"))]),
]
"""


def examples():
    for page in [SOURCES / "doc/configuration.md", *sorted((SOURCES / "doc/reporters").glob("*.md"))]:
        for number, text in enumerate(re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)):
            yield f"{page.stem}_{number}", text


class StubsTest(ServerTest):
    def setUp(self):
        super().setUp()
        self.program = self.carillon(start=False)
        self.folder = self.program.folder / "typings"

    def stubs(self):
        return self.program.cli("stubs", self.folder)

    def checked(self, files):
        """name -> the errors that the checker finds in the file."""
        if not PYRIGHT.exists():
            self.skipTest(f"{PYRIGHT} is missing; run scripts/install-packages")
        done = self.stubs()
        self.assertEqual(done.returncode, 0, done.stderr)
        for name, text in files.items():
            (self.program.folder / f"{name}.py").write_text(text, encoding="utf-8")
        names = [f"{name}.py" for name in files]
        settings = {"stubPath": "typings", "pythonVersion": "3.11", "include": [*names, "typings"]}
        settings |= {"reportMissingImports": "warning", "reportMissingModuleSource": False}  # of Twisted
        (self.program.folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
        said = subprocess.run(
            ["node", PYRIGHT, "--outputjson"], cwd=self.program.folder, capture_output=True, text=True,
            timeout=300, env={**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
        )
        told = json.loads(said.stdout)
        self.assertGreater(told["summary"]["filesAnalyzed"], len(files) + 100)
        found = {name: [] for name in files}
        for one in told["generalDiagnostics"]:
            if one["severity"] == "error":
                found.setdefault(pathlib.Path(one["file"]).stem, []).append(one["message"])
        return found

    def test_what_is_good_is_clean_and_mistakes_are_not(self):
        good = {"demo": (SOURCES / "demo/carillon.cfg").read_text(encoding="utf-8"), "good": BEGIN + GOOD}
        good |= {name: BEGIN + text for name, text in examples()}
        bad = {f"bad_{number}": f"{BEGIN}c['services'] = [{text}]\n" for number, text in enumerate(MISTAKES)}
        found = self.checked({**good, **bad})
        for name in good:
            with self.subTest(name=name):
                self.assertEqual(found[name], [])
        for (text, message), name in zip(MISTAKES.items(), bad):
            with self.subTest(text=text):
                self.assertEqual(len(found[name]), 1, found[name])
                self.assertIn(message, found[name][0])
        self.assertEqual(set(found), {*good, *bad}, "the stubs themselves have errors")

    def test_what_others_wrote_is_left_alone(self):
        self.assertEqual(self.stubs().returncode, 0)
        stub = self.folder / "carillon" / "plugins" / "__init__.pyi"
        self.assertTrue(stub.exists())
        (self.folder / "buildbot" / "old.pyi").write_text(stub.read_text(encoding="utf-8"), encoding="utf-8")
        (self.folder / "requests.pyi").write_text("own: int\n", encoding="utf-8")
        self.assertEqual(self.stubs().returncode, 0, "it replaces its own, and what is beside them is no matter")
        self.assertFalse((self.folder / "buildbot" / "old.pyi").exists())
        self.assertTrue((self.folder / "requests.pyi").exists())
        stub.unlink()
        own = self.folder / "buildbot" / "own.pyi"
        own.write_text("own: int\n", encoding="utf-8")
        done = self.stubs()
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{own} is not made by `carillon stubs`", done.stderr)
        self.assertFalse(stub.exists(), "nothing is changed")

    def test_a_folder_that_cannot_be_written(self):
        self.folder.write_text("a file", encoding="utf-8")
        done = self.stubs()
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"cannot write {self.folder}", done.stderr)
        self.assertEqual(self.folder.read_text(encoding="utf-8"), "a file")


if __name__ == "__main__":
    unittest.main()
