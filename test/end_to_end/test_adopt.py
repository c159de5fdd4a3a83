"""carillon adopt: a Buildbot's master.cfg becomes a configuration of Carillon, with a real Buildbot behind it."""

import unittest

from carillon_test.case import ServerTest
from carillon_test.waiting import wait_for

MASTER = """
import os
from buildbot.plugins import changes, reporters, schedulers, steps, util, worker
c = BuildmasterConfig = {{}}
c['title'], c['titleURL'], c['buildbotURL'] = 'Bells', 'http://bells.example.org/', {url!r}
c['workers'] = [worker.Worker('w1', 'pass')]
c['protocols'] = {{'pb': {{'port': 9989}}}}
c['change_source'] = [changes.PBChangeSource()]
factory = util.BuildFactory([steps.ShellCommand(command=['make'])])
c['builders'] = [util.BuilderConfig(name=name, workernames=['w1'], factory=factory) for name in ('pass', 'fail')]
c['schedulers'] = [schedulers.SingleBranchScheduler(name='all', builderNames=[b.name for b in c['builders']])]
c['www'] = {{'port': 8010, 'plugins': {{'waterfall_view': {{}}}}}}
c['db'] = {{'db_url': 'sqlite:///state.sqlite'}}
here = os.path.basename(__file__)
c['services'] = [reporters.HttpStatusPush({sink!r}, name='posts'), reporters.GiteaStatusPush('http://x/', 'tok')]
"""


class AdoptTest(ServerTest):
    def adopt(self, text, *options):
        self.made = self.carillon(start=False)
        self.made.config.unlink(missing_ok=True)
        (self.made.folder / "master.cfg").write_text(text, encoding="utf-8")
        return self.made.cli("adopt", self.made.folder / "master.cfg", *options)

    def test_it_runs_against_the_master(self):
        buildbot = self.buildbot()
        sink = self.http_sink()
        done = self.adopt(MASTER.format(url=buildbot.url, sink=sink.url))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 reporter of ", done.stdout)
        self.assertIn(f"builds from {buildbot.url}", done.stdout)
        self.assertIn("is fine; ", done.stdout)
        self.assertRegex(done.stderr, r"master\.cfg:15: GiteaStatusPush is none of Carillon's reporters; it is left out")
        text = self.made.config.read_text(encoding="utf-8").replace("tcp:8020:", f"tcp:{self.made.port}:")
        self.assertIn("sqlite:///carillon.sqlite", text)
        self.made.config.write_text(text, encoding="utf-8")
        self.made.start().wait_until_following()
        buildbot.force("fail")
        buildbot.wait_build("fail")
        wait_for(lambda: any(body["complete"] for body in sink.bodies()), lambda: str(sink.bodies()))
        self.assertEqual({body["builder"]["name"] for body in sink.bodies()}, {"fail"})

    def test_it_runs_in_its_own_folder_as_buildbot_runs_it(self):
        self.made = self.carillon(start=False)
        master, etc = self.made.folder / "master", self.made.folder / "etc"
        master.mkdir()
        etc.mkdir()
        (master / "mymod.py").write_text("TITLE = 'Chimes'\n", encoding="utf-8")
        (master / "late.py").write_text("TEXT = 'late'\n", encoding="utf-8")
        (master / "words.txt").write_text("ding dong", encoding="utf-8")
        (master / "master.cfg").write_text(
            f"""
import os
import mymod
from buildbot.plugins import reporters
c = BuildmasterConfig = {{'title': mymod.TITLE, 'buildbotURL': 'http://localhost:8020/'}}
here = os.path.dirname(os.path.abspath(__file__))
assert here == os.getcwd() == basedir == {str(master)!r}, (here, os.getcwd(), basedir)
words = open('words.txt').read()
class Worded(reporters.MessageFormatter):
    def buildAdditionalContext(self, master, ctx):
        import late
        assert os.path.dirname(__file__) == here
        ctx['words'] = words + ' ' + late.TEXT
c['services'] = [reporters.MailNotifier('a@b.org', messageFormatter=Worded(template='{{{{ words }}}}'))]
""",
            encoding="utf-8",
        )
        done = self.made.cli("adopt", "master/master.cfg", "-o", "etc/carillon.cfg")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("builds from http://localhost:8020/\n", done.stdout)
        self.assertEqual(self.made.cli("check", etc / "carillon.cfg").returncode, 0)
        self.assertEqual(self.made.cli("check", "carillon.cfg").returncode, 0, "it is another one")
        running = self.made.cli("adopt", "master/master.cfg", "-o", "run.cfg")
        self.assertEqual(running.returncode, 0, running.stderr)
        self.made.config.write_text(
            (self.made.folder / "run.cfg").read_text(encoding="utf-8").replace("tcp:8020:", f"tcp:{self.made.port}:")
            + "print('the title is ' + c['title'])\n",
            encoding="utf-8",
        )
        self.made.start()
        self.made.process.wait_for_output("the title is Chimes")
        (master / "mymod.py").write_text("TITLE = 'Carillons'\n", encoding="utf-8")
        self.assertEqual(self.made.cli("reload", "-c", self.made.config).returncode, 0)
        self.made.process.wait_for_output("the title is Carillons")
        (master / "words.txt").unlink()
        broken = self.made.cli("check", etc / "carillon.cfg")
        self.assertEqual(broken.returncode, 1)
        self.assertIn("words.txt", broken.stderr)

    def test_what_fails_is_removed_again(self):
        head = "from buildbot.plugins import reporters\n"
        body = "c['buildbotURL'] = 'http://ci.example.org/'\nc['services'] = [reporters.HttpStatusPush('http://h/'%s)]\n"
        for text, told in (
            (head + "c = {}\n" + body % "", "master.cfg sets no BuildmasterConfig"),
            (head + "c = BuildmasterConfig = {}\n" + body % ", format_fn=lambda build: 1 / 0", "ZeroDivisionError"),
        ):
            for _ in range(2):
                done = self.adopt(text)
                self.assertEqual(done.returncode, 1)
                self.assertIn(told, done.stderr)
                self.assertNotIn("NameError", done.stderr)
                self.assertIn("carillon.cfg is removed again, since its check failed", done.stderr)
                self.assertFalse(self.made.config.exists())
        commented = "c = BuildmasterConfig = {}\n# c['buildbotURL'] = 'http://localhost:8020/'\n"
        self.assertIn("sets no c['buildbotURL']", self.adopt(commented).stderr)

    def test_nothing_is_written_over_or_written_in_vain(self):
        good = MASTER.format(url="http://ci.example.org/", sink="http://127.0.0.1:9/")
        self.assertEqual(self.adopt(good).returncode, 0)
        before = self.made.config.read_bytes()
        again = self.made.cli("adopt", self.made.folder / "master.cfg")
        self.assertEqual(again.returncode, 1)
        self.assertIn("carillon.cfg exists already: name another file with --output", again.stderr)
        self.assertEqual(self.made.config.read_bytes(), before)
        other = self.made.folder / "a b'\\.cfg"
        self.assertEqual(self.made.cli("adopt", self.made.folder / "master.cfg", "--output", other).returncode, 0)
        self.assertEqual(self.made.cli("adopt", self.made.config, "-o", "new.cfg").returncode, 1, "it is Carillon's")
        for text, told in (
            ("this is no python(", "master.cfg:1"),
            (good.replace("c['buildbotURL'] =", "_ ="), "sets no c['buildbotURL']"),
        ):
            done = self.adopt(text)
            self.assertEqual(done.returncode, 1)
            self.assertIn(told, done.stderr)
            self.assertFalse(self.made.config.exists())


if __name__ == "__main__":
    unittest.main()
