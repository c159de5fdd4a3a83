"""carillon test-send: one report, really sent, that no ledger knows of."""

import json
import unittest

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.github_fake import GitHubFake
from carillon_test.http_sink import Answer
from carillon_test.irc_client import IrcClient
from carillon_test.irc_server import NgIrcd
from carillon_test.services import TERSE, http_push, mail, service
from carillon_test.waiting import wait_for

MADE_UP = "7e577e577e577e577e577e577e577e577e577e57"


class TestSendTest(ServerTest):
    def send(self, carillon, *arguments, code=0):
        done = carillon.cli("test-send", "--config", carillon.config, *arguments)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done

    def test_a_made_up_build(self):
        http, smtp = self.http_sink(), self.smtp_sink()
        services = http_push(http, name="posts", auth=("u", "hush-hush"))
        services += mail(smtp, "dev@example.org", "ops@example.org", name="mails")
        carillon = self.carillon(services)
        done = self.send(carillon, "posts")
        self.assertIn("delivered: 200", done.stdout)
        (post,) = http.wait_for(1)
        self.assertEqual(post.json["builder"]["name"], "carillon-test")
        self.assertIn("this is a test", post.json["state_string"])
        self.assertEqual(post.json["buildset"]["sourcestamps"][0]["revision"], MADE_UP)
        self.assertIn("Basic ", post.headers["Authorization"])

        done = self.send(carillon, "mails")
        self.assertIn("mails -> ", done.stdout)
        self.assertIn("ops@example.org: delivered: 250", done.stdout)
        (sent,) = smtp.wait_for(1)
        self.assertEqual(sorted(sent.recipients), ["dev@example.org", "ops@example.org"])
        self.assertIn("carillon-test", sent.subject)
        self.send(carillon, "mails")
        first, second = smtp.wait_for(2)
        self.assertNotEqual(first.message["Message-ID"], second.message["Message-ID"])

        self.assertEqual(carillon.deliveries(), [])
        told = json.loads(self.send(carillon, "posts", "--json").stdout)
        self.assertEqual((told["done"], told["made_up"]), (True, True))
        self.assertEqual(told["outcomes"][0]["answer"], "200")

    def test_what_the_configuration_prints_shows_no_secret(self):
        carillon = self.carillon(http_push(self.http_sink(), name="posts", auth=("u", "hush-hush-password")))
        carillon.ingest(build(1))
        wait_for(lambda: carillon.deliveries("--state", "delivered"), "the report")
        text = carillon.config.read_text("utf-8")
        printing = "import base64\nprint('  printed hush-hush-password \\x9b2J \\x1b[2J', base64.b64encode(b'u:hush-hush-password'))\n"
        carillon.config.write_text(printing + text, "utf-8")
        config = ("--config", carillon.config)
        for command in (
            ("test-send", *config, "posts"), ("preview", *config, "posts", "pass/1"), ("check", carillon.config),
            ("deliveries", *config), ("replay", *config, "--since", "1h", "--dry-run"), ("reload", *config),
        ):
            done = carillon.cli(*command)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("  printed *** ?2J ?[2J b'***'\n", done.stderr, command)
            self.assertNotIn("hush", done.stderr + done.stdout)

    def test_what_fails_is_said(self):
        http, smtp = self.http_sink(), self.smtp_sink()
        services = http_push(http, name="posts", auth=("u", "hush-hush"))
        services += mail(smtp, "dev@example.org", "gone@example.org", name="mails")
        services += mail(smtp, name="nobody", extraRecipients=[])
        services += service("GitHubCommentPush", token="hush-hush", baseURL=http.url)
        carillon = self.carillon(services, start=False)
        http.script(Answer(503, body=b"later, hush-hush"), Answer(401, body=b"who are you"), Answer(how="close"))
        error = self.send(carillon, "posts", code=1).stderr
        self.assertIn("HTTP 503: later, ***", error)
        self.assertNotIn("hush-hush", error)
        error = self.send(carillon, "posts", code=1).stderr
        self.assertIn("HTTP 401: who are you", error)
        self.assertNotIn("test build", error, "it is not the build's fault")
        error = self.send(carillon, "posts", code=1).stderr
        self.assertIn("not delivered: ", error)
        http.script(Answer(429, headers={"Retry-After": "70"}))
        self.assertIn("asks to wait 70 s", self.send(carillon, "posts", code=1).stderr)
        self.assertEqual(len(http.received()), 4, "each is tried once")

        smtp.refuse("gone@example.org", "550 5.1.1 no such user")
        done = self.send(carillon, "mails", code=1)
        self.assertIn("dev@example.org: delivered", done.stdout)
        self.assertIn("gone@example.org: not delivered: 550", done.stderr)
        done = self.send(carillon, "nobody", code=1)
        self.assertIn("nobody to tell: sendToInterestedUsers is off, and there are no extraRecipients", done.stderr)
        self.assertIn("no pull request", self.send(carillon, "GitHubCommentPush", code=1).stderr)
        self.assertIn("`carillon test-send nobody BUILDER/NUMBER`", done.stderr)
        self.assertIn("did you mean 'posts'", self.send(carillon, "post", code=1).stderr)

    def test_statuses_of_commits(self):
        github = GitHubFake("octo/bell")
        self.addCleanup(github.close)
        carillon = self.carillon(service("GitHubStatusPush", token=GitHubFake.token, baseURL=github.api))
        stamp = {"project": "octo/bell", "revision": "a" * 40}
        context = "buildbot/linux"
        for number, at, results in ((1, 1700000000, 2), (2, 1700000500, 0)):
            one = build(number, "linux", results, started_at=at, complete_at=at + 60)
            one["buildset"]["sourcestamps"][0].update(stamp)
            one["buildset"]["submitted_at"] = at
            one["properties"] = {"buildername": ["linux", "Builder"]}
            carillon.ingest(one)
        wait_for(lambda: github.states("octo/bell", "a" * 40, context)[-1:] == ["success"], "the status")
        wait_for(lambda: not carillon.deliveries("--state", "waiting"), "all settled")
        states = github.states("octo/bell", "a" * 40, context)
        before = carillon.deliveries()

        error = self.send(carillon, "GitHubStatusPush", code=1).stderr
        self.assertIn("not delivered", error)
        self.assertIn("a test build has no real commit", error)
        self.send(carillon, "GitHubStatusPush", "linux/2")
        self.assertEqual(github.states("octo/bell", "a" * 40, context), [*states, "success"])
        error = self.send(carillon, "GitHubStatusPush", "linux/1", code=1).stderr
        self.assertIn("reports a later state", error)
        self.assertEqual(github.states("octo/bell", "a" * 40, context), [*states, "success"])
        self.assertEqual(carillon.deliveries(), before)

    def test_a_build_again(self):
        smtp = self.smtp_sink()
        carillon = self.carillon(mail(smtp, mode=["failing"], messageFormatter=TERSE))
        carillon.ingest([build(1, "linux", 0), build(2, "linux", 2)])
        (original,) = smtp.wait_for(1)
        self.assertEqual(carillon.stop(), 0)
        self.send(carillon, "MailNotifier", "linux/2")
        again = smtp.wait_for(2)[1]
        self.assertEqual(again.subject, original.subject)
        self.assertNotEqual(again.message["Message-ID"], original.message["Message-ID"])
        self.send(carillon, "MailNotifier", "linux/1")
        self.assertEqual(smtp.wait_for(3)[2].subject, "linux/1=0", "its rule would not report it")


class BotTest(ServerTest):
    def setUp(self):
        super().setUp()
        self.server = NgIrcd(self._new("ircd"))
        self.addCleanup(self.server.close)
        self.server.start()

    def test_the_running_server_says_it(self):
        ann = IrcClient(self.server.port, "Ann")
        self.addCleanup(ann.quit)
        ann.join("#dev")
        bot = service("IRC", host="127.0.0.1", port=self.server.port, nick="bells", channels=["#dev"],
                      notify_events=["failure"])
        carillon = self.carillon(bot)
        carillon.process.wait_for_output(r"connected as")
        ann.wait_until_joined("bells", "#dev")
        done = carillon.cli("test-send", "--config", carillon.config, "IRC")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("delivered", done.stdout)
        ann.wait_for_text(r"Build #7 of carillon-test .*failed", "#dev", "bells")
        self.assertEqual(carillon.deliveries(), [])

        # The file has a bot that the server does not.
        carillon.configure(bot.replace("nick='bells'", "nick='bells', name='renamed'"))
        done = carillon.cli("test-send", "--config", carillon.config, "renamed")
        self.assertEqual(done.returncode, 1)
        self.assertIn("carillon reload", done.stderr)

        self.assertEqual(carillon.stop(), 0)
        done = carillon.cli("test-send", "--config", carillon.config, "renamed")
        self.assertEqual(done.returncode, 1)
        self.assertIn("only a running server", done.stderr)


if __name__ == "__main__":
    unittest.main()
