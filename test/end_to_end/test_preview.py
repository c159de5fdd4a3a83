"""carillon preview: what a reporter would send, of stored builds and of a real Buildbot's, and that nothing is sent."""

import email
import email.policy
import json
import os
import re
import unittest

from carillon_test.carillon import push, watch
from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.services import TERSE, Source, http_push, mail, service
from carillon_test.waiting import wait_for


class Previews:
    def preview(self, carillon, *arguments, code=0, env=None):
        done = carillon.cli("preview", "--config", carillon.config, *arguments, env=env)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done.stdout if code == 0 else done.stderr

    def told(self, carillon, *arguments):
        return json.loads(self.preview(carillon, "--json", *arguments))

    def only(self, told):
        (delivery,) = told["deliveries"]
        return delivery


class PreviewTest(Previews, ServerTest):
    def test_a_post_and_a_mail_beside_a_server(self):
        http, smtp = self.http_sink(), self.smtp_sink()
        services = http_push(http, "hook", name="posts")
        services += mail(smtp, name="mails", mode=["failing"], messageFormatter=TERSE)
        carillon = self.carillon(services)
        carillon.ingest([build(1, "glöckner", 0), build(2, "glöckner", 2)])
        http.wait_for(2)
        (sent,) = smtp.wait_for(1)
        wait_for(lambda: not carillon.deliveries("--state", "waiting"), "all settled")
        before = carillon.deliveries()

        shown = self.preview(carillon, "posts", "glöckner/2")
        self.assertIn(f"POST {http.url}hook", shown)
        self.assertIn("would be reported", shown)
        self.assertRegex(shown, r'\n +"number": 2,\n')
        told = self.told(carillon, "posts", "glöckner/2")
        # Two builds have no order among each other.
        (second,) = [body for body in http.bodies() if body["number"] == 2]
        self.assertEqual(self.only(told)["json"], second)
        self.assertEqual((told["number"], told["live"], told["decision"]), (2, False, "report"))

        shown = self.preview(carillon, "mails", "glöckner")
        self.assertIn(f"SMTP to localhost:{smtp.port}, from carillon@example.org for dev@example.org", shown)
        self.assertIn("Subject: glöckner/2=2\n", shown)
        self.assertIn("  [glöckner:2]\n", shown)
        parts = self.only(self.told(carillon, "mails", "glöckner/2"))
        raw = email.message_from_string(parts["content"], policy=email.policy.default)
        self.assertEqual(raw["Subject"], sent.subject)
        self.assertEqual(raw["Message-ID"], sent.message["Message-ID"])
        self.assertEqual(parts["mail"]["text"], sent.text.replace("\r\n", "\n"))

        shown = self.preview(carillon, "mails", "glöckner/1")
        self.assertIn("would not be reported: ", shown)
        self.assertIn("Subject: glöckner/1=0\n", shown, "it is shown all the same")

        self.assertEqual(carillon.deliveries(), before)
        self.assertEqual((len(http.received()), len(smtp.received())), (2, 1))

    def test_its_start_and_its_buildset(self):
        http, smtp = self.http_sink(), self.smtp_sink()
        services = http_push(http, name="posts")
        services += mail(smtp, name="sums", mode="all", buildSetSummary=True, messageFormatter=TERSE)
        carillon = self.carillon(services)
        one = build(1, "linux", 2)
        other = build(1, "mac", 0)
        other["buildset"] = other["buildrequest"]["buildset"] = one["buildset"]
        buildset = {**one["buildset"], "complete": True, "results": 2}
        events = [
            {"k": f"builds/{one['buildid']}/finished", "m": one},
            {"k": f"builds/{other['buildid']}/finished", "m": other},
            {"k": f"buildsets/{buildset['bsid']}/complete", "m": buildset},
        ]
        self.assertEqual(carillon.ingest(events).status, 202)
        smtp.wait_for(1)
        started = self.told(carillon, "posts", "linux/1", "--event", "new")
        self.assertEqual(self.only(started)["json"]["complete"], False)
        self.assertTrue(started["event"].endswith("/new"), started["event"])
        self.assertIn("--event buildset", self.preview(carillon, "sums", "linux/1"))
        told = self.told(carillon, "sums", "linux/1", "--event", "buildset")
        self.assertEqual(told["decision"], "report")
        text = self.only(told)["mail"]["text"]
        self.assertIn("[linux:2]", text)
        self.assertIn("[mac:0]", text)

    def test_no_secret_is_shown(self):
        http = self.http_sink()
        hidden = ["hush-query", "hush-password", "hush-token", "hush-key", "T0/B0/hush-path", "hush-user-key"]
        services = http_push(http, "hook?token=hush-query", name="posts", auth=("u", "hush-password"))
        services += service("GitHubStatusPush", token="hush-token", baseURL=http.url)
        services += service("ZulipStatusPush", endpoint=http.url, token="hush-key", stream="ci")
        services += service("SlackStatusPush", serverUrl=Source("util.Secret('hook')"), mode="all")
        services += service("PushoverNotifier", user_key="hush-user-key", api_token="hush-token", mode="all")
        services = f"""\
from buildbot.plugins import secrets
c['secretsProviders'] = [secrets.SecretsInEnvironment()]
{services}"""
        carillon = self.carillon(services, start=False, env={"HOOK": http.url + "services/T0/B0/hush-path"})
        carillon.start()
        project = {"project": "octo/bell", "repository": "https://github.com/octo/bell"}
        one = build(1, "linux", 0, state_string="said hush-token aloud")
        one["buildset"]["sourcestamps"][0].update(project)
        carillon.ingest(one)
        wait_for(lambda: len(carillon.deliveries()) == 5, "all are worded")
        for name in ("posts", "GitHubStatusPush", "ZulipStatusPush", "SlackStatusPush", "PushoverNotifier"):
            for arguments in ((), ("--json",)):
                shown = self.preview(carillon, name, "linux/1", *arguments)
                for secret in hidden:
                    self.assertNotIn(secret, shown, name)
        self.assertIn(f"POST {http.url}hook\n", self.preview(carillon, "posts", "linux/1"))
        self.assertIn("said *** aloud", self.preview(carillon, "posts", "linux/1"))
        self.assertIn("stream=ci", self.preview(carillon, "ZulipStatusPush", "linux/1"))
        github = self.preview(carillon, "GitHubStatusPush", "linux/1")
        self.assertIn(f"POST {http.url}repos/octo/bell/statuses/{1:040x}", github)
        self.assertRegex(github, r"status: .*, rank \d+")

    def test_a_mail_as_a_file(self):
        smtp = self.smtp_sink()
        carillon = self.carillon(mail(smtp, mode="all", messageFormatter=TERSE))
        carillon.ingest(build(1))
        (sent,) = smtp.wait_for(1)
        file = self.folder / "mail.eml"
        no_desktop = {"DISPLAY": "", "WAYLAND_DISPLAY": ""}
        shown = self.preview(carillon, "MailNotifier", "pass/1", "--open", file, env=no_desktop)
        self.assertIn(f"the mail is in {file}", shown)
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        self.assertEqual(message["Subject"], sent.subject)
        self.assertEqual(message.get_content(), sent.text)

        shown = self.preview(carillon, "MailNotifier", "pass/1", "--open", env=no_desktop)
        temporary = re.search(r"the mail is in (\S+\.eml)\n", shown)[1]
        with open(temporary, "rb") as made:
            again = email.message_from_bytes(made.read(), policy=email.policy.default)
        self.assertEqual(again["Message-ID"], sent.message["Message-ID"])
        os.unlink(temporary)
        self.assertFalse((carillon.folder / "opened").exists())

        # A desktop: whatever xdg-open finds there.
        program = self.folder / "bin" / "xdg-open"
        program.parent.mkdir()
        program.write_text('#!/bin/sh\necho "$1" > opened.new && mv opened.new opened\n')
        program.chmod(0o755)
        env = {"DISPLAY": ":99", "PATH": f"{program.parent}:/usr/bin:/bin"}
        shown = self.preview(carillon, "MailNotifier", "pass/1", "--open", file, env=env)
        self.assertIn(f"opened {file}", shown)
        opened = carillon.folder / "opened"
        wait_for(opened.exists, "xdg-open")
        self.assertEqual(opened.read_text().strip(), str(file))
        self.preview(carillon, "MailNotifier", "pass/1", "--open", self.folder / "none" / "x.eml", code=1)
        files = self.told(carillon, "MailNotifier", "pass/1", "--open", file)["files"]
        self.assertEqual(files, [str(file)])

    def test_the_ways_to_call_it(self):
        text = self.carillon(start=False).cli("preview", "--help").stdout
        self.assertIn("carillon preview [OPTIONS] REPORTER BUILD\n", text)
        self.assertIn("carillon preview [OPTIONS] --hook NAME FILE\n", text)

    def test_names_that_are_wrong(self):
        http = self.http_sink()
        carillon = self.carillon(http_push(http, name="posts") + http_push(http, name="others"))
        carillon.ingest(build(1, complete=False))
        http.wait_for(2)
        error = self.preview(carillon, "post", "pass/1", code=1)
        self.assertIn("there is no reporter 'post'", error)
        self.assertIn("did you mean 'posts'?", error)
        self.assertIn("others", error)
        self.assertIn("pass/9", self.preview(carillon, "posts", "pass/9", code=1))
        self.assertIn("has not finished", self.preview(carillon, "posts", "pass/1", "--event", "finished", code=1))
        self.assertIn("buildset", self.preview(carillon, "posts", "pass/1", "--event", "buildset", code=1))
        self.assertIn("names no build", self.preview(carillon, "posts", "http://ci/", code=1))
        self.assertIn("no mail", self.preview(carillon, "posts", "pass/1", "--open", code=1))
        self.preview(carillon, "posts", "pass/1", "--event", "old", code=2)
        self.preview(carillon, "posts", code=2)

    def test_bots_and_gerrit(self):
        services = service("IRC", host="irc.example.org", nick="bells", channels=["#dev"], notify_events=["finished"])
        services += service("TelegramBot", bot_token="123456:hush-token", bot_username="B", chat_ids=[-5],
                            notify_events=["finished"])
        services += service("GerritStatusPush", server="gerrit.example.org", username="bot")
        carillon = self.carillon(services, start=False)
        bots = carillon.config.read_text(encoding="utf-8")
        carillon.configure("")
        carillon.start()
        one = build(1, "linux", 2, state_string="failed 'make'")
        one["properties"] = {
            "event.change.id": ["I12", "Change"], "event.change.project": ["bell", "Change"],
            "event.patchSet.revision": ["f" * 40, "Change"],
        }
        carillon.ingest(one)
        self.assertEqual(carillon.stop(), 0)
        carillon.config.write_text(bots, encoding="utf-8")
        shown = self.preview(carillon, "IRC", "linux/1")
        self.assertIn("said to #dev at irc.example.org:", shown)
        self.assertIn("Build #1 of linux failed: failed 'make'", shown)
        shown = self.preview(carillon, "TelegramBot", "linux/1")
        self.assertIn("/bot***/sendMessage", shown)
        self.assertIn('"chat_id": -5', shown)
        self.assertNotIn("hush-token", shown)
        shown = self.preview(carillon, "GerritStatusPush", "linux/1")
        self.assertIn("ssh bot@gerrit.example.org:29418", shown)
        self.assertIn("gerrit review --project", shown)
        self.assertIn("f" * 40, shown)


class LiveTest(Previews, ServerTest):
    def test_a_build_that_only_its_master_knows(self):
        buildbot = self.buildbot()
        http, smtp = self.http_sink(), self.smtp_sink()
        services = http_push(http, name="posts", wantProperties=True, wantSteps=True, wantLogs=True,
                             wantPreviousBuild=True)
        services += mail(smtp, name="mails", mode="all", addLogs=True)
        carillon = self.carillon(services, start=False, sources=[watch(buildbot), push()])
        buildbot.build("pass")
        done = buildbot.build("pass", reason="seen by nobody")
        writes = self.writes(buildbot)
        url = f"{buildbot.url}#builders/{done['builderid']}/builds/{done['number']}"
        for name in (f"pass/{done['number']}", "pass", str(done["buildid"]), url):
            told = self.told(carillon, "posts", name)
            self.assertTrue(told["live"], name)
            body = self.only(told)["json"]
            self.assertEqual((body["buildid"], body["results"]), (done["buildid"], 0))
            self.assertEqual(body["builder"]["name"], "pass")
            self.assertIn("seen by nobody", body["buildset"]["reason"])
            self.assertEqual(body["url"], url)
            self.assertEqual(body["prev_build"]["number"], done["number"] - 1)
            logs = [log for step in body["steps"] for log in step["logs"]]
            self.assertTrue(any("content" in log for log in logs), body["steps"])
            self.assertEqual(body["properties"]["buildername"][0], "pass")
        told = self.told(carillon, "mails", "pass")
        self.assertTrue(self.only(told)["mail"]["attachments"])
        self.assertIn("as it is there now", self.preview(carillon, "mails", "pass"))

        buildbot.force("slow")
        running = buildbot.wait_running("slow")
        writes += 1
        told = self.told(carillon, "posts", f"slow/{running['number']}")
        self.assertTrue(told["event"].endswith("/new"))
        self.assertIn(
            "has not finished", self.preview(carillon, "posts", "slow", "--event", "finished", code=1)
        )
        buildbot.release_slow()
        self.assertIn("pass/77", self.preview(carillon, "posts", "pass/77", code=1))
        self.assertEqual(self.writes(buildbot), writes, "nothing but reads")
        self.assertFalse(carillon.database.exists())
        self.assertEqual((http.received(), smtp.received()), ([], []))

        buildbot.stop_master()
        self.assertIn("cannot be asked", self.preview(carillon, "posts", "pass", code=1))

    def writes(self, buildbot):
        log = buildbot.basedir / "http.log"
        return len(re.findall(r'"POST ', log.read_text("utf-8", "replace")))


if __name__ == "__main__":
    unittest.main()
