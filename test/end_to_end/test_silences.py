"""carillon silence: reports are held back for a while, counted, explained, and summed up once."""

import json
import re
import sqlite3
import time

from carillon_test.case import ServerTest
from carillon_test.chat_fakes import SlackFake
from carillon_test.events import build
from carillon_test.services import TERSE, http_push, mail, service
from carillon_test.waiting import stays, wait_for


class Silences:
    def silence(self, carillon, *arguments, code=0):
        done = carillon.cli("silence", *arguments, *carillon.place())
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done.stdout if code == 0 else done.stderr

    def add(self, carillon, *arguments):
        """Begins one, and waits until the server knows it."""
        made = json.loads(self.silence(carillon, "add", "--why", "moving the disk", "--json", *arguments))
        time.sleep(1.2)  # twice as long as a change by others may go unnoticed
        return made["id"]

    def kept(self, carillon, silence):
        found = json.loads(self.silence(carillon, "list", "--json"))
        return next(one for one in found if one["id"] == silence)

    def decision(self, carillon, name, reporter):
        (event,) = carillon.explain(name)["events"]
        return next(one for one in event["decisions"] if one["reporter"] == reporter)


class SilenceTest(Silences, ServerTest):
    def test_mails_are_held_back_and_posts_are_not(self):
        http, smtp = self.http_sink(), self.smtp_sink()
        carillon = self.carillon(mail(smtp, name="m", messageFormatter=TERSE) + http_push(http, "a", name="a"))
        silence = self.add(carillon, "--builder", "lin*", "--for", "1h")
        carillon.ingest([build(1, "linux", 2), build(1, "mac", 2)])
        self.assertEqual([sent.subject for sent in smtp.wait_for(1)], ["mac/1=2"])
        http.wait_for(2, "/a")
        self.assertEqual(len(carillon.settled(3)), 3)
        decision = self.decision(carillon, "linux/1", "m")
        self.assertEqual((decision["decision"], decision["silence"]), ("silenced", silence))
        self.assertIn(f"silence {silence} until ", decision["reason"])
        self.assertIn(": moving the disk (else: mode failing)", decision["reason"])
        told = carillon.cli("explain", "--config", carillon.config, "linux/1").stdout
        self.assertIn("m  silenced: silence", told)
        kept = self.kept(carillon, silence)
        self.assertEqual((kept["state"], kept["held_back"]), ("running", 1))
        self.assertEqual([(one["reporter"], one["builder"]) for one in kept["held"]], [("m", "linux")])
        metrics = carillon.request("GET", "metrics").body.decode()
        self.assertIn(f'carillon_silenced_total{{silence="{silence}"}} 1\n', metrics)
        self.assertIn('carillon_decisions_total{reporter="m",outcome="silenced"} 1\n', metrics)
        # Also the posts, where it says so; kept over a reload and a restart.
        self.add(carillon, "--builder", "mac", "--statuses", "--for", "1h")
        carillon.restart()
        carillon.ingest([build(2, "linux", 2), build(2, "mac", 2), build(1, "bsd", 2)])
        self.assertEqual([sent.subject for sent in smtp.wait_for(2)][1:], ["bsd/1=2"])
        http.wait_for(4, "/a")
        stays(lambda: (len(smtp.mails), len(http.received("/a"))) == (2, 4), "nothing else is told", 1)

    def test_one_recipient_of_a_mail(self):
        smtp = self.smtp_sink()
        carillon = self.carillon(mail(smtp, "alice@example.org", "dev@example.org", name="m", messageFormatter=TERSE))
        silence = self.add(carillon, "--to", "Alice@*", "--for", "1h")
        carillon.ingest(build(1, "linux", 2))
        (sent,) = smtp.wait_for(1)
        self.assertEqual(sent.recipients, ["dev@example.org"])
        self.assertIn("alice@example.org", str(sent.message["To"]) + str(sent.message["CC"]))
        (row,) = carillon.settled(1)
        self.assertEqual((row["state"], row["target"]), ("delivered", "dev@example.org"))
        self.assertIn(f"not to alice@example.org: silence {silence} until", row["note"])
        self.add(carillon, "--to", "dev@example.org", "--for", "1h")
        carillon.ingest(build(2, "linux", 2))
        row = carillon.settled(2)[1]
        self.assertEqual(row["state"], "skipped")
        self.assertEqual(self.kept(carillon, silence)["held_back"], 2)
        self.assertEqual(len(smtp.mails), 1)

    def test_its_end_tells_once_what_was_held_back(self):
        http, smtp = self.http_sink(), self.smtp_sink()
        services = mail(smtp, name="m", messageFormatter=TERSE) + http_push(http, "a", name="a")
        carillon = self.carillon(services)
        silence = self.add(carillon, "--builder", "*", "--summary", "--for", "1h")
        carillon.ingest([build(1, "linux", 2), build(1, "mac", 2), build(2, "linux", 2)])
        wait_for(lambda: self.kept(carillon, silence)["held_back"] == 3, "three are held back")
        self.assertIn("is over", self.silence(carillon, "end", str(silence)))
        for _ in range(3):  # killed around the moment of the end
            time.sleep(0.6)
            carillon.kill9()
            carillon.start()
        sent = smtp.wait_for(1)[0]
        self.assertEqual(sent.subject, f"Silence {silence} is over: 3 reports held back")
        lines = sent.text.splitlines()
        self.assertIn("linux: failure now (#2), 2 reports held back", lines)
        self.assertIn("mac: failure now (#1), 1 report held back", lines)
        carillon.restart()
        # Whoever dies after a mail was taken sends it again, as it was: it is one message.
        def messages():
            return {one.message["Message-ID"]: one.subject for one in smtp.mails}

        stays(lambda: len(messages()) == 1, "it is told once", 2)
        self.assertEqual(self.kept(carillon, silence)["state"], "ended")
        carillon.ingest(build(3, "linux", 2))
        wait_for(lambda: "linux/3=2" in messages().values(), "the next one is told")
        self.assertEqual(len(messages()), 2)
        posted = {(body["builder"]["name"], body["number"]) for body in http.bodies("/a")}
        self.assertEqual(posted, {("linux", 1), ("mac", 1), ("linux", 2), ("linux", 3)}, "programs heard all of it")

    def test_it_ends_by_itself(self):
        smtp = self.smtp_sink()
        carillon = self.carillon(mail(smtp, name="m", messageFormatter=TERSE))
        silence = self.add(carillon, "--builder", "*", "--summary", "--for", "5s")
        carillon.ingest(build(1, "linux", 2))
        wait_for(lambda: self.kept(carillon, silence)["held_back"] == 1, "it is held back")
        self.assertIn("Silence", smtp.wait_for(1)[0].subject)
        carillon.ingest(build(2, "linux", 2))
        self.assertEqual(smtp.wait_for(2)[1].subject, "linux/2=2")

    def test_preview(self):
        http, smtp = self.http_sink(), self.smtp_sink()
        mails = mail(smtp, name="m", mode=["failing"], messageFormatter=TERSE)
        carillon = self.carillon(mails + http_push(http, "a", name="a"))
        carillon.ingest([build(number, "linux", number % 2 * 2) for number in range(1, 6)] + [build(1, "mac", 2)])
        carillon.settled(10)  # 6 posts, 4 mails
        told = self.silence(carillon, "preview", "--builder", "linux")
        self.assertEqual(told, "In the last 24 h this would have held back 3 of 10 reports: m 3.\n")
        tried = json.loads(self.silence(carillon, "preview", "--result", "failure", "--statuses", "--json"))
        self.assertEqual((tried["held_back"], tried["by_reporter"]), (8, {"a": 4, "m": 4}))
        tried = json.loads(self.silence(carillon, "preview", "--to", "dev@*", "--json"))
        self.assertEqual(tried["by_reporter"], {"m": 4})

    def test_what_is_wrong_is_said(self):
        carillon = self.carillon(http_push(self.http_sink(), "a", name="a"))
        for arguments, wrong in [
            (["add", "--builder", "x", "--for", "1h"], "--why: is needed"),
            (["add", "--builder", "x", "--why", "y"], "--until: is needed"),
            (["add", "--for", "1h", "--why", "y"], "--builder: name at least"),
            (["add", "--builder", "x", "--why", "y", "--for", "31 days"], "--until: is more than 30 days"),
            (["add", "--reporter", "b", "--why", "y", "--for", "1h"], "reporter"),
            (["end", "7"], "there is no silence 7"),
        ]:
            with self.subTest(arguments):
                self.assertIn(wrong, self.silence(carillon, *arguments, code=1))
        self.assertEqual(carillon.cli("silence", "end", "--config", carillon.config).returncode, 2)
        self.assertEqual(carillon.cli("silence", "list", "3", "--config", carillon.config).returncode, 2)
        told = self.silence(carillon, "add", "--reporter", "a", "--why", "y", "--for", "1h")
        self.assertIn("it holds nothing back: a tells programs of states", told)
        self.assertEqual(self.silence(carillon, "end", "1"), "silence 1 is over\n")
        self.assertIn("has ended already", self.silence(carillon, "end", "1", code=1))

    def test_pages(self):
        smtp = self.smtp_sink()
        carillon = self.carillon(mail(smtp, name="m", messageFormatter=TERSE))
        silence = self.add(carillon, "--builder", "*", "--for", "1h")
        carillon.ingest(build(1, "<b>linux", 2))
        wait_for(lambda: self.kept(carillon, silence)["held_back"] == 1, "it is held back")
        page = carillon.request("GET", "silences").body.decode()
        self.assertIn("moving the disk", page)
        self.assertIn("1: m 1", page)
        self.assertIn("&lt;b&gt;linux", carillon.request("GET", f"silences/{silence}").body.decode())
        why = carillon.request("GET", "b/%3Cb%3Elinux/1").body.decode()
        self.assertIn(f'href="/silences/{silence}">◌ silenced</a>', why)
        items = carillon.request("GET", "api/v1/silences").json["items"]
        self.assertEqual([(one["id"], one["held_back"]) for one in items], [(silence, 1)])
        self.assertEqual(carillon.request("GET", "silences/77").status, 404)
        # Without rights that somebody gave, nobody changes anything.
        self.assertIn(carillon.request("POST", "api/v1/silences", b"{}").status, (401, 403))
        self.assertIn(carillon.request("DELETE", f"api/v1/silences/{silence}").status, (401, 403))
        self.assertIn(carillon.request("GET", "silences/new").status, (401, 403))

    def test_who_fails_again_soon_after_its_end_says_so(self):
        http, smtp = self.http_sink(), self.smtp_sink()
        slack = SlackFake()
        self.addCleanup(slack.close)
        services = mail(smtp, name="m", mode=["failing"]) + http_push(http, "a", name="a")
        services += service("SlackStatusPush", serverUrl=slack.webhook, channel="#builds", name="s")
        carillon = self.carillon(services)
        silence = self.add(carillon, "--builder", "linux", "--for", "1h", "--statuses")
        carillon.ingest(build(1, "linux", 2, state_string="tests failed"))
        wait_for(lambda: self.kept(carillon, silence)["held_back"] == 3, "it is held back")
        self.silence(carillon, "end", str(silence))
        wait_for(lambda: "is over" in carillon.log.read_text(), "the server to notice the end")
        carillon.restart()
        carillon.ingest(build(2, "linux", 2, state_string="tests failed"))
        carillon.settled(3)
        carillon.ingest([build(3, "linux", 2, state_string="tests failed"),
                         build(1, "mac", 2, state_string="tests failed")])
        carillon.settled(9)
        again = rf"again after silence {silence} \(until \d{{4}}-\d\d-\d\d \d\d:\d\d UTC\): tests failed"
        texts = [sent.text for sent in smtp.wait_for(3)]
        self.assertEqual([bool(re.search("BUILD FAILED: " + again, text)) for text in texts].count(True), 1, texts)
        self.assertTrue(all("tests failed" in text for text in texts))
        chats = [text for _, text in slack.wait_for_messages(3)]
        self.assertEqual([bool(re.search(again, text)) for text in chats].count(True), 1, chats)
        # Programs get what the source said.
        self.assertEqual({body["state_string"] for body in http.bodies("/a")}, {"tests failed"})


class OverServerTest(Silences, ServerTest):
    """--server: without the database."""

    TOKENS = {role: f"token-of-role-{role}-0123456789" for role in ("viewer", "operator")}
    RIGHTS = f"""\
c['secretsProviders'] = [{TOKENS!r}]
c['www']['tokens'] = {{role: (role, util.Secret(role)) for role in {list(TOKENS)!r}}}
"""

    def over(self, carillon, role, *arguments):
        laptop = self.folder / "laptop"
        laptop.mkdir(exist_ok=True)
        saved, carillon.folder = carillon.folder, laptop
        try:
            return carillon.cli("silence", *arguments, "--server", carillon.url,
                                env={"CARILLON_TOKEN": self.TOKENS.get(role, "")})
        finally:
            carillon.folder = saved

    def good(self, carillon, *arguments):
        done = self.over(carillon, "operator", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        return done.stdout

    def test_it_does_as_it_does_beside_the_database(self):
        http, smtp = self.http_sink(), self.smtp_sink()
        mails = mail(smtp, name="m", mode=["failing"], messageFormatter=TERSE)
        carillon = self.carillon(self.RIGHTS + mails + http_push(http, "a", name="a"))
        carillon.ingest([build(1, "linux", 2), build(1, "mac", 2)])
        carillon.settled(4)
        for arguments in (("preview", "--builder", "linux"), ("preview", "--builder", "*", "--statuses", "--json"),
                          ("preview", "--reporter", "b"), ("list",), ("list", "--json")):
            with self.subTest(arguments):
                here = carillon.cli("silence", *arguments, "--config", carillon.config)
                there = self.over(carillon, "operator", *arguments)
                self.assertEqual((there.returncode, there.stdout, there.stderr),
                                 (here.returncode, here.stdout, here.stderr))
        made = json.loads(self.good(carillon, "add", "--builder", "lin*", "--for", "1h", "--why", "disk", "--json"))
        self.assertEqual((made["state"], made["who"]), ("running", "token operator"))
        carillon.ingest(build(2, "linux", 2))  # it is known at once
        wait_for(lambda: self.kept(carillon, made["id"])["held_back"] == 1, "it is held back")
        listed = self.good(carillon, "list")
        self.assertEqual(listed, self.silence(carillon, "list"))
        self.assertIn("1 report held back", listed)
        self.assertEqual(self.good(carillon, "end", str(made["id"])), f"silence {made['id']} is over\n")
        ended = self.over(carillon, "operator", "end", str(made["id"]))
        self.assertEqual((ended.returncode, ended.stderr), (1, f"carillon: silence {made['id']} has ended already\n"))
        self.assertIn("there is no silence 77", self.over(carillon, "operator", "end", "77").stderr)
        told = self.good(carillon, "add", "--reporter", "a", "--why", "y", "--for", "1h")
        self.assertIn("it holds nothing back: a tells programs of states", told)
        self.assertNotIn("no server is running", told)
        with sqlite3.connect(f"file:{carillon.database}?mode=ro", uri=True) as database:
            deeds = database.execute("SELECT who, what, about FROM audit ORDER BY id").fetchall()
        self.assertEqual(deeds, [("token operator", "silence", "silence 1"), ("token operator", "end", "silence 1"),
                                 ("token operator", "silence", "silence 2")])

    def test_what_may_not_be_is_said(self):
        carillon = self.carillon(self.RIGHTS + http_push(self.http_sink(), "a", name="a"))
        add = ("add", "--builder", "x", "--for", "1h", "--why", "y")
        for role, arguments, said in (
            ("operator", ("add", "--builder", "x", "--for", "1h"), "--why: is needed"),
            ("operator", ("add", "--reporter", "b", "--for", "1h", "--why", "y"), "there is no reporter 'b'"),
            ("viewer", add, "does not let the token in CARILLON_TOKEN do this"),
            ("viewer", ("end", "1"), "does not let the token in CARILLON_TOKEN do this"),
            ("nobody", add, "set CARILLON_TOKEN"),
        ):
            with self.subTest(arguments):
                done = self.over(carillon, role, *arguments)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn(said, done.stderr)
                for token in self.TOKENS.values():
                    self.assertNotIn(token, done.stderr)
        self.assertEqual(self.over(carillon, "viewer", "list").stdout, "no silences\n")
