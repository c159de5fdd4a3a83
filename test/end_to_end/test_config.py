"""Configurations: the bad are refused with their place, and a bad reload changes nothing."""

import itertools
import unittest

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.services import http_push
from carillon_test.waiting import stays, wait_for

HEAD = """\
from buildbot.plugins import reporters, util
from carillon.plugins import sources
c = BuildmasterConfig = {}
c['db'] = {'db_url': 'sqlite:///{database}'}
c['www'] = {'port': 'tcp:{port}:interface=127.0.0.1'}
c['sources'] = [sources.Push(token='t')]
"""
# Each stands in line 7; what the message must name beside the file and the line.
BAD = {
    "c['services'] = [reporters.MailNotifier()]": "fromaddr",
    "c['services'] = [reporters.MailNotifier('not an address')]": "fromaddr",
    "c['services'] = [reporters.MailNotifier('a@b.org', mode='sometimes')]": "mode",
    "c['services'] = [reporters.MailNotifier('a@b.org', mode=['all'])]": "mode",
    "c['services'] = [reporters.MailNotifier('a@b.org', mode=['failing', 'nope'])]": "mode",
    "c['services'] = [reporters.MailNotifier('a@b.org', builders=['x'], tags=['y'])]": "builders|tags",
    "c['services'] = [reporters.MailNotifier('a@b.org', subject='a\\nb')]": "subject",
    "c['services'] = [reporters.MailNotifier('a@b.org', extraRecipients='a@b.org')]": "extraRecipients",
    "c['services'] = [reporters.MailNotifier('a@b.org', extraRecipients=['nobody'])]": "extraRecipients",
    "c['services'] = [reporters.MailNotifier('a@b.org', smtpPort='25')]": "smtpPort",
    "c['services'] = [reporters.MailNotifier('a@b.org', lookup=5)]": "lookup",
    "c['services'] = [reporters.MailNotifier('a@b.org', recipients=[])]": "recipients",
    "c['services'] = [reporters.MailNotifier('a@b.org', messageFormatter='x')]": "messageFormatter",
    "c['services'] = [reporters.MailNotifier('a@b.org', builders='linux')]": "builders",
    "c['services'] = [reporters.HttpStatusPush()]": "serverUrl",
    "c['services'] = [reporters.HttpStatusPush('not a url')]": "serverUrl",
    "c['services'] = [reporters.HttpStatusPush('http://h/', user='u', password='p', auth=('u', 'p'))]": "auth",
    "c['services'] = [reporters.HttpStatusPush('http://h/', format_fn='x')]": "format_fn",
    "c['services'] = [reporters.HttpStatusPush('http://h/', wantSteps='no')]": "wantSteps",
    "c['services'] = [reporters.MailNotifire('a@b.org')]": "MailNotifire",
    "c['services'] = [reporters.MessageFormatter(template='{% if %}')]": "template",
    "c['services'] = [reporters.MessageFormatter(template_type='pdf')]": "template_type",
    "c['services'] = [reporters.MessageFormatter(wantLogs=True)]": "wantSteps|wantLogs|services",
    "c['services'] = ['text']": "services",
    "c['www'] = {'prot': 8020}": "unknown key 'prot'; did you mean 'port'",
    "c['db'] = {'db_ulr': 'sqlite:///x'}": "unknown key 'db_ulr'; did you mean 'db_url'",
    "c['services'] = [reporters.MailNotifier('a@b.org', relayhost='smtp.example.org:587')]": "smtpPort",
    "c['sources'] = ['http://x/']": "sources",
    "from carillon.plugins import masters; masters.Push(token='t')": "masters.Push is sources.Push now",
    "c['masters'] = []": "is called c\\['sources'\\] now",
    "sources.Belfry()": "sources has no 'Belfry'",
    "sources.Jenkyns()": "did you mean 'Jenkins'",
    "c['sources'] = [sources.Jenkins()]": "url",
    "c['sources'] = [sources.Jenkins('https://ann:hush@ci/')]": "holds a login",
    "c['sources'] = [sources.Jenkins('https://ci/?x')]": "has a query",
    "c['sources'] = [sources.Jenkins('https://ci/', auth=('ann',))]": "must be a pair",
    "c['sources'] = [sources.Jenkins('https://ci/', every=5)]": "30 seconds or more",
    "c['sources'] = [sources.CCTray('ftp://ci/cc.xml')]": "must be an address",
    "c['sources'] = [sources.CCTray('https://ci/cc.xml', auth=('ann', ''))]": "has no password",
    "c['sources'] = [sources.Buildbot()]": "url",
    "c['sources'] = [sources.Buildbot('ftp://x/')]": "url",
    "c['sources'] = [sources.GitLab(secret='s')]": "url",
    "c['sources'] = [sources.GitLab(url='https://gitlab.com/')]": "secret",
    "c['sources'] = [sources.Ping('k')]": "Ping\\(checks=",
    "c['sources'] = [sources.Ping('k', checks={'a': util.Check(every='daily')})]": "'a': every must be a duration",
    "util.Check(evry='1d')": "evry",
    "c['sources'] = [sources.Generic('t', mapping={'id': 'job.id', 'state': '$.s'})]": "'id': must be a path",
    "c['sources'] = [sources.Generic('t', mapping={'id': '{{ body. }}', 'state': '$.s'})]": "mapping\\['id'\\]",
    "c['sources'] = [sources.Generic('t', mapping={'stat': '$.s'})]": "did you mean 'state'",
    "from buildbot.plugins import nothing_like_this": "nothing_like_this",
    "from buildbot.belfry import bell": "belfry",
    "this is no python(": "SyntaxError|invalid syntax",
    "raise ValueError('the bell is cracked')": "the bell is cracked",
    "undefined_name": "undefined_name",
    "import sys; sys.exit(3)": "exit",
    "util.Interpolate('%(prop:x')": "Interpolate|%",
}


class CheckTest(ServerTest):
    def test_a_good_configuration(self):
        carillon = self.carillon(http_push(self.http_sink()), start=False)
        done = carillon.check()
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_bad_are_refused_with_file_line_and_name(self):
        carillon = self.carillon(start=False)
        for line, name in BAD.items():
            with self.subTest(line=line):
                head = HEAD.replace("c['sources'] =", "_ =") if "c['sources']" in line else HEAD
                carillon.configure(config=head + line + "\n")
                done = carillon.check()
                said = done.stderr + done.stdout
                self.assertNotEqual(done.returncode, 0, said)
                self.assertGreater(done.returncode, 0, f"ended by a signal:\n{said}")
                self.assertRegex(said, r"carillon\.cfg(:|\", line )7\b")
                self.assertRegex(said, name)

    def test_what_run_would_refuse_or_warn_of(self):
        carillon = self.carillon(start=False)
        mails = "c['services'] = [reporters.MailNotifier('a@b.org', extraRecipients=['a@b.org']%s)]\n"
        for line, told in (
            ("c['db'] = {'db_url': 'mysql://u:hush@h/d'}", "c['db']: only sqlite:///FILE or postgresql://"),
            ("c['db'] = {'db_url': 'postgresql://u:hush%zz@h/d'}", "c['db']: the URL of the database cannot be read: "),
            ("c['db'] = {'db_url': 'postgresql://h/d'}; c['history'] = {'maxSize': '1 GB'}", "c['history']: maxSize"),
            ("c['db'] = {'db_url': 'sqlite:////no/such/folder/x.sqlite'}", "the folder /no/such/folder does not exist"),
            ("c['www'] = {'port': None}", "sources.Push needs c['www']['port']: nothing could be posted"),
        ):
            carillon.configure(config=HEAD + mails % "" + line + "\n")
            for done in (carillon.check(), carillon.cli("run", carillon.config)):
                self.assertEqual(done.returncode, 1, line)
                self.assertIn(told, done.stderr)
                self.assertNotIn("hush", done.stderr)
        for line, warnings in (
            ("", 1),
            ("c['sources'] = []", 2),
            (mails % "", 1),
            (mails % ", mode='all'", 0),
        ):
            carillon.configure(config=HEAD + line + "\n")
            done = carillon.check()
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stderr.count("warning: "), warnings, done.stderr)
        carillon.configure(config=HEAD + mails % "")
        self.assertIn("no reporter tells of a build that ends with exception or cancelled", carillon.check().stderr)

    def test_two_sources_with_one_token_are_refused(self):
        carillon = self.carillon(start=False)
        head = HEAD.replace("c['sources'] =", "_ =")
        first = "c['sources'] = [sources.Push('shown-by-both', name='a'),\n"
        carillon.configure(config=head + first + "    sources.Push(['own-token', 'shown-by-both'], name='b')]\n")
        done = carillon.check()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, r"carillon\.cfg:8: the source at \S*carillon\.cfg:7 has the same token")
        self.assertNotIn("shown-by-both", done.stderr)
        carillon.configure(config=head + first + "    sources.Push(['own-token', 'own-token'], name='b')]\n")
        self.assertEqual(carillon.check().returncode, 0)

    def test_no_such_file_and_no_configuration(self):
        carillon = self.carillon(start=False)
        self.assertNotEqual(carillon.cli("check", "missing.cfg").returncode, 0)
        self.assertIn("missing.cfg", carillon.cli("check", "missing.cfg").stderr)
        carillon.configure(config="x = 1\n")
        done = carillon.check()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("BuildmasterConfig", done.stderr)

    def test_templates_are_rendered_against_each_result(self):
        carillon = self.carillon(start=False)
        carillon.configure(
            config=HEAD
            + "f = reporters.MessageFormatter(template=\"{{ build['nothing']['here'] }}\")\n"
            + "c['services'] = [reporters.MailNotifier('a@b.org', messageFormatter=f)]\n"
        )
        done = carillon.check()
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn("nothing", done.stderr + done.stdout)

    def test_what_only_the_examples_lack_is_a_warning(self):
        carillon = self.carillon(start=False)
        carillon.configure(
            config=HEAD
            + "class Asking(reporters.MessageFormatter):\n"
            + "    async def buildAdditionalContext(self, master, ctx):\n"
            + "        ctx['steps'] = await master.data.get(('builds', ctx['build']['buildid'], 'steps'))\n"
            + "c['services'] = [reporters.MailNotifier('a@b.org', messageFormatter=Asking(template='x'))]\n"
        )
        done = carillon.check()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no source is asked here", done.stderr + done.stdout)

    def test_a_property_that_the_examples_lack_is_a_warning(self):
        carillon = self.carillon(start=False)
        carillon.configure(
            config=HEAD
            + "f = reporters.MessageFormatter(template=\"{{ build['properties']['tower'][0] }}\")\n"
            + "c['services'] = [reporters.MailNotifier('a@b.org', messageFormatter=f)]\n"
        )
        done = carillon.check()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("template:1: UndefinedError: the build has no property 'tower'", done.stderr)

    def test_of_callbacks_that_hang_one_example_is_enough(self):
        carillon = self.carillon(start=False)
        carillon.configure(
            config=HEAD
            + "import time\n"
            + "class Slow(reporters.MessageFormatter):\n"
            + "    def buildAdditionalContext(self, master, ctx):\n"
            + "        while True:\n"
            + "            time.sleep(0.1)\n"
            + "c['services'] = [reporters.MailNotifier('a@b.org', mode='all', messageFormatter=Slow(template='x'))]\n"
        )
        done = carillon.cli("check", carillon.config, timeout=100)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stderr.count("takes longer than"), 1, done.stderr)
        self.assertIn(": its other examples are left out: a callback takes too long", done.stderr)

    def test_what_is_none_of_the_reporters_is_named(self):
        carillon = self.carillon(start=False)
        carillon.configure(config=HEAD + "c['services'] = []\n"
                           "c['services'].extend(reporters.GiteaStatusPush('https://git.example.org', token='x'))\n"
                           "c['services'].append(reporters.BuildStatusGenerator())\n"
                           "c['services'].append(reporters.GitHubStatusPush('ghp_0123456789\\n'))\n")
        done = carillon.check()
        self.assertEqual(done.returncode, 1)
        self.assertIn("item 1 is a BuildStatusGenerator, which belongs into the generators= of a reporter", done.stderr)
        carillon.configure(config=HEAD + "c['services'] = []\n"
                           "c['services'].extend(reporters.GiteaStatusPush('https://git.example.org', token='x'))\n"
                           "c['services'].append(reporters.GitHubStatusPush('ghp_0123456789\\n'))\n")
        done = carillon.check()
        self.assertEqual(done.returncode, 1)
        self.assertIn("GiteaStatusPush is none of Carillon's reporters; it is left out", done.stderr)
        self.assertIn("GitHubStatusPush(token=...): holds a line end", done.stderr)
        self.assertNotIn("ghp_0123456789", done.stderr)

    def test_run_refuses_the_bad_too(self):
        carillon = self.carillon(start=False)
        carillon.configure(config=HEAD + "c['services'] = [reporters.HttpStatusPush()]\n")
        done = carillon.cli("run", carillon.config)
        self.assertGreater(done.returncode, 0)
        self.assertIn("serverUrl", done.stderr)

    def test_secrets_are_not_shown(self):
        carillon = self.carillon(start=False)
        carillon.configure(
            config=HEAD
            + "c['services'] = [reporters.HttpStatusPush('http://h/', user='u', password='hush-hush', "
            "mode=3)]\n"
        )
        done = carillon.check()
        self.assertGreater(done.returncode, 0)
        self.assertNotIn("hush-hush", done.stderr + done.stdout)


class ReloadTest(ServerTest):
    def test_a_bad_file_keeps_the_running_configuration(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http, "old"))
        good = carillon.config.read_text(encoding="utf-8")
        carillon.config.write_text(good + "c['services'].append(reporters.HttpStatusPush())\n")
        carillon.reload()
        carillon.process.wait_for_output("serverUrl")
        carillon.ingest(build(1))
        http.wait_for(1, "/old")
        self.assertTrue(carillon.is_healthy())

    def test_a_good_file_takes_over_and_no_event_falls_between(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http, "old"))
        for number in range(1, 51):
            self.assertEqual(carillon.ingest(build(number)).status, 202)
            if number == 20:
                carillon.configure(http_push(http, "new"))
                carillon.reload()
        numbers = itertools.count(1)

        def the_new_one_answers():
            carillon.ingest(build(next(numbers), "probe"))
            return http.received("/new")

        wait_for(the_new_one_answers, "the new configuration to be in force", interval=0.1)

        def reported():
            return sorted(b["number"] for b in http.bodies() if b["builder"]["name"] == "pass")

        wait_for(lambda: len(reported()) >= 50, "50 posts")
        self.assertEqual(reported(), list(range(1, 51)))

    def test_what_was_waiting_goes_out_after_a_reload(self):
        http = self.http_sink()
        http.down()
        carillon = self.carillon(http_push(http))
        carillon.ingest(build(1))
        wait_for(lambda: any(r["attempts"] for r in carillon.deliveries()), "an attempt")
        carillon.reload()
        http.up()
        http.wait_for(1, timeout=30)
        stays(lambda: len(http.received()) == 1, "one post", 1)


if __name__ == "__main__":
    unittest.main()
