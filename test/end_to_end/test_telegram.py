"""TelegramBot against a strict stand-in for the Bot API (telegram_fake.py): announcements, polling, the webhook, people.

The force dialogue, and commands to a real Buildbot, are in test_bots.py.
"""

import json
import re
import unittest

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.services import Source, service
from carillon_test.telegram_fake import TelegramFake
from carillon_test.telegram_server import TelegramServer
from carillon_test.waiting import stays, wait_for

BELL = "\N{BELL}"


class Telegram:
    """What all tests here need."""

    def setUp(self):
        super().setUp()
        self.telegram = TelegramFake()
        self.addCleanup(self.telegram.close)
        self.ann = self.telegram.person(12, "Ann", username="ann")
        self.eve = self.telegram.person(13, "Eve")
        self.place = self.telegram.private(self.ann)
        self.group = self.telegram.group(-5, "Dev")

    def service(self, **arguments):
        return service("TelegramBot", **{
            "bot_token": self.telegram.token, "baseURL": self.telegram.url, "chat_ids": [12],
            "notify_events": ["finished"], "retryDelay": 0.2,
            "digestAfter": 10**9,  # the builds of the tests ended in 2023
            **arguments})

    def bot(self, **arguments):
        made = self.carillon(self.service(**arguments))
        self.addCleanup(lambda: self.assertNotIn(self.telegram.token.split(":")[1], made.process.text()))
        made.process.wait_for_output(r"polling |calls the webhook")
        return made

    def settled(self, carillon, count, state="delivered", timeout=120):
        def rows():
            found = carillon.deliveries("--limit", 1000)
            return len(found) == count and all(row["state"] == state for row in found) and found

        found = wait_for(rows, lambda: f"{count} {state} deliveries: {carillon.deliveries()[-10:]}", timeout)
        self.assertNotIn(self.telegram.token, json.dumps(found))
        return found

    def texts(self, chat=None):
        return [message.text for message in self.telegram.messages(chat or self.place)]

    def ask(self, text, part, *, who=None, chat=None):
        """What the bot answers to a message."""
        chat = chat or self.place
        count = len(self.telegram.messages(chat))
        self.telegram.say(chat, who or self.ann, text)
        return wait_for(
            lambda: next((m for m in self.telegram.messages(chat)[count:] if part in m.text), None),
            lambda: f"{part!r} after {text!r}: {self.texts(chat)[count:]}, refused: {self.telegram.refused}")


class AnnouncementsTest(Telegram, ServerTest):
    def test_chats_groups_and_channels_in_order(self):
        channel = self.telegram.channel("@bells")
        carillon = self.bot(chat_ids=[12, -5, "@bells"])
        carillon.ingest([build(1, "linux"), build(2, "<b>a&b</i>", 2, state_string=f"failed '<x>' {BELL}")])
        self.settled(carillon, 6)
        for chat in (self.place, self.group, channel):
            good, bad = self.texts(chat)
            self.assertRegex(good, r"^Build #1 of linux completed successfully")
            self.assertTrue(bad.startswith("Build #2 of <b>a&b</i> failed"), bad)
            self.assertIn(f"failed '<x>' {BELL}", bad)
        links = [entity for entity in self.telegram.messages(channel)[0].entities if entity[0] == "text_link"]
        self.assertIn(build(1, "linux")["url"], [link[3] for link in links])
        self.assertEqual(self.telegram.refused, [])

    def test_long_and_hostile_text(self):
        carillon = self.bot()
        names = ["a\r\n/stop\r\nb", "nul\0here", "<" * 3000, BELL * 2500, "&amp;" * 900, "\u202e" + "words " * 1000]
        for number, name in enumerate(names, 1):
            reply = carillon.ingest(build(number, name, 2, state_string="</b>" * 2000))
            self.assertEqual(reply.status, 202, reply.body)
        self.settled(carillon, len(names), timeout=150)
        self.assertEqual(len([text for text in self.texts() if text.startswith("Build #")]), len(names))
        self.assertEqual(self.telegram.refused, [])

    def test_floods_and_outages_lose_and_double_nothing(self):
        carillon = self.bot()
        self.telegram.flood(2)
        self.telegram.refuse_next("sendMessage", 502, "bad gateway")
        carillon.ingest([build(number, "linux") for number in range(1, 9)])
        self.settled(carillon, 8)
        numbers = [int(re.match(r"Build #(\d+) ", text)[1]) for text in self.texts()]
        self.assertEqual(numbers, list(range(1, 9)))
        self.assertEqual(self.telegram.refused, [])

    def test_old_news_come_as_a_digest(self):
        carillon = self.bot(digestAfter=600)
        carillon.ingest([build(number, "linux", 2 * (number % 2)) for number in range(1, 31)])
        rows = self.settled(carillon, 30)
        self.assertLess(len(self.texts()), 15, self.texts())
        self.assertIn("announcements had to wait since 2023-11-14 22:14 UTC", "\n".join(self.texts()))
        self.assertIn("Build #30 of linux", self.texts()[-1])
        self.assertGreater(sum(row["answer"].startswith("in a digest of ") for row in rows), 15)
        self.assertEqual(self.telegram.refused, [])

    def test_a_group_that_moves_and_one_that_is_left(self):
        carillon = self.bot(chat_ids=[-5, 12])
        moved = self.telegram.migrate(self.group, -1005, tell=False)
        carillon.ingest(build(1, "linux"))
        self.settled(carillon, 2)
        carillon.restart()
        carillon.ingest(build(2, "linux"))
        self.settled(carillon, 4)
        self.assertEqual(len(self.texts(moved)), 2, "the new number is remembered")
        self.assertEqual(self.texts(self.group), [])
        tries = [call["chat_id"] for call in self.telegram.called("sendMessage")]
        self.assertEqual(tries.count(-5), 1)
        self.telegram.remove_bot(moved, self.eve)
        carillon.ingest(build(3, "linux"))
        wait_for(lambda: len(self.texts()) == 3, "the other chat is told")
        wait_for(lambda: any("kicked" in row["answer"] for row in carillon.deliveries()), "the answer stands there")
        self.assertEqual(self.telegram.refused, [])


class PollingTest(Telegram, ServerTest):
    def test_who_it_is_and_what_it_says(self):
        self.bot()
        self.assertEqual(self.ask("/getid", "ID").text, "Your ID is 12.")
        self.assertIn("-5", self.ask("/getid@BellsBot", "-5", chat=self.group).text)
        self.assertTrue(self.ask("/hello", "").text)
        self.assertIn("Carillon", self.ask("/version", "Carillon").text)
        botfather = self.ask("/commands botfather", "force").text
        lines = [re.fullmatch(r"[a-z]+ - .+", line) for line in botfather.splitlines() if " - " in line]
        self.assertGreater(len(lines), 10, botfather)
        self.assertNotIn(None, lines)
        self.telegram.say(self.group, self.ann, "/getid@OtherBot")
        self.telegram.say(self.group, self.ann, "just talking")
        wait_for(lambda: not self.telegram.pending(), "all of it is confirmed")
        self.telegram.wait_for_messages(self.group, 2)
        stays(lambda: len(self.texts(self.group)) == 2, lambda: f"not for the bot: {self.texts(self.group)}", 1)
        self.assertEqual(self.telegram.refused, [])

    def test_what_was_said_while_it_was_away(self):
        carillon = self.bot()
        self.ask("/getid", "ID")
        wait_for(lambda: not self.telegram.pending(), "the first question is confirmed")
        carillon.wait_until_answered().kill9()
        self.telegram.say(self.place, self.ann, "/version")
        carillon.start()
        self.telegram.wait_for_text(self.place, "Carillon")
        wait_for(lambda: not self.telegram.pending(), "confirmed")
        carillon.wait_until_answered().restart()
        self.ask("/getid", "ID")
        self.assertEqual(len(self.texts()), 3, self.texts())
        self.assertEqual(self.telegram.refused, [])

    def test_somebody_else_polls_or_has_set_a_webhook(self):
        carillon = self.bot()
        wait_for(lambda: self.telegram.called("getUpdates"), "polling")
        self.telegram.refuse_next("getUpdates", 409, "terminated by other getUpdates request; "
                                                     "make sure that only one bot instance is running", times=2)
        self.ask("/getid", "ID")
        self.ask("/getid", "ID")
        carillon.process.wait_for_output("another program receives with this token")
        carillon.process.wait_for_output("works again")
        with self.telegram._news:  # somebody sets a webhook: those who poll are told so
            self.telegram.webhook = {"url": "http://127.0.0.1:9/", "secret_token": "", "allowed_updates": None}
        self.telegram.update(message={})
        self.ask("/getid", "ID")
        wait_for(lambda: self.telegram.webhook is None, "it is taken away")

    def test_a_wrong_token_is_told_and_not_given_up(self):
        self.telegram.refuse_next("getMe", 401, "wrong", times=2)
        carillon = self.bot()
        carillon.process.wait_for_output("Telegram does not know this bot_token")
        self.ask("/getid", "ID")

    def test_nonsense_is_survived(self):
        self.bot()
        for text in ("/", "/ ", "/status 'open", "/<b>&", "/" + "x" * 4000, "/force " + BELL * 2000, "/notify on \x1b[31m",
                     "/watch </a>"):
            self.telegram.say(self.place, self.ann, text)
        for odd in ({"message": None}, {"message": {"chat": 5}}, {"callback_query": {"id": 5}}, {"message": {"text": {}}},
                    {"my_chat_member": []}):
            self.telegram.update(**odd)
        self.ask("/getid", "Your ID")
        self.assertEqual(self.telegram.refused, [])
        wait_for(lambda: not self.telegram.pending(), "all of it is confirmed")


class WebhookTest(Telegram, ServerTest):
    def hooked(self, **arguments):
        """A bot whose webhook is Carillon's own web server."""
        made = self.carillon(start=False)
        made.configure("c['buildbotURL'] = " + repr(made.url) + "\n" + self.service(useWebhook=True, **arguments))
        made.start()
        made.process.wait_for_output("calls the webhook")
        return made

    def test_the_secret_and_the_restart(self):
        carillon = self.hooked()
        hook = dict(self.telegram.webhook)
        self.assertEqual(hook["url"], f"{carillon.url}telegram{self.telegram.token}")
        self.assertRegex(hook["secret_token"], r"^[A-Za-z0-9_-]{32,256}$")
        self.assertEqual(self.ask("/getid", "ID").text, "Your ID is 12.")
        update = {"update_id": 5, "message": {"message_id": 1, "chat": {"id": 12, "type": "private"}, "from": self.ann,
                                              "text": "/version"}}
        for secret in (None, "", "wrong", hook["secret_token"] + "x"):
            self.assertEqual(self.telegram.post_update(update, secret), 403)
        self.assertEqual(carillon.request("POST", f"telegram{self.telegram.token}", b"{", {
            "X-Telegram-Bot-Api-Secret-Token": hook["secret_token"]}).status, 400)
        self.assertIn(carillon.request("GET", f"telegram{self.telegram.token}").status, (404, 405))
        self.assertEqual(carillon.request("POST", "telegram99:wrong", b"{}").status, 404)
        carillon.wait_until_answered().kill9()
        self.telegram.say(self.place, self.ann, "/version")
        carillon.start()
        self.telegram.wait_for_text(self.place, "Carillon")
        self.assertEqual(self.telegram.webhook["secret_token"], hook["secret_token"], "it is kept")
        self.assertEqual(self.telegram.called("getUpdates"), [])
        self.assertEqual(len(self.texts()), 2, self.texts())
        self.assertNotIn(self.telegram.token.split(":")[1], carillon.log.read_text())
        self.assertNotIn(hook["secret_token"], carillon.log.read_text())
        self.assertEqual(self.telegram.refused, [])

    def test_an_own_certificate_goes_along(self):
        pem = self.certificates().ca.read_text()
        self.hooked(certificate=pem)
        self.assertEqual(self.telegram.webhook["certificate"].decode().split(), pem.split())
        self.ask("/getid", "ID")
        self.assertEqual(self.telegram.refused, [])

    def test_without_https_telegram_would_refuse(self):
        made = self.carillon(self.service(useWebhook=True, baseURL="https://api.telegram.org"), start=False)
        done = made.check()
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("https", done.stderr + done.stdout)
        self.assertIn("carillon.cfg", done.stderr + done.stdout)


class PeopleTest(Telegram, ServerTest):
    def test_authz(self):
        self.telegram.private(self.eve)
        eve = self.telegram.chats[13]
        self.bot(authz=Source("{'!': [12], ('version', 'source'): ['13'], 'hello': False}"))
        for command in ("/force build linux", "/stop build linux", "/shutdown now", "/hello"):
            self.ask(command, "You shall not pass, Eve!", who=self.eve, chat=eve)
        self.ask("/version", "Carillon", who=self.eve, chat=eve)
        self.ask("/hello", "shall not pass")
        self.ask("/version", "shall not pass")
        self.assertNotIn("pass", self.ask("/shutdown check", "").text)
        self.assertEqual(self.telegram.refused, [])

    def test_buttons_and_subscriptions_survive_a_restart(self):
        carillon = self.bot(notify_events=[])
        menu = self.ask("/notify", "", chat=self.group)
        self.assertIn("Started", str(menu.captions))
        carillon.wait_until_answered().kill9()
        carillon.start()
        edits = menu.edits
        self.telegram.press(menu, next(c for c in menu.captions if "Failure" in c), self.ann)
        wait_for(lambda: menu.edits > edits, "the button shows that it is on")
        wait_for(lambda: self.telegram.unanswered() == [], "the query is answered")
        carillon.wait_until_answered().restart()
        self.assertIn("failure", self.ask("/notify@BellsBot list", "failure", chat=self.group).text)
        carillon.ingest([build(1, "linux"), build(2, "linux", 2)])
        self.telegram.wait_for_text(self.group, "Build #2 of linux failed")
        self.assertFalse([text for text in self.texts(self.group) if "Build #1 " in text])
        self.telegram.remove_bot(self.group, self.eve)
        wait_for(lambda: not self.telegram.pending(), "the bot knows it")
        carillon.wait_until_answered()
        carillon.ingest(build(3, "linux", 2))
        wait_for(lambda: carillon.explain("linux/3")["events"], "build 3 is known")
        self.settled(carillon, 1)
        self.assertEqual(self.telegram.refused, [])


class OtherServerTest(Telegram, ServerTest):
    """telegram-test-api, a stand-in that others made: it is not strict, but has its own reading of the Bot API."""

    def setUp(self):
        super().setUp()
        self.server = TelegramServer(self._new("telegram"), self.telegram.token)
        self.addCleanup(self.server.stop)
        self.server.start()

    def test_announcements_commands_and_buttons(self):
        carillon = self.bot(baseURL=self.server.url, pollTimeout=1)
        carillon.ingest(build(1, "linux"))
        wait_for(lambda: "of <code>linux</code> completed" in str(self.server.said()), lambda: str(self.server.said()))
        self.server.say("/getid", 12)
        wait_for(lambda: "Your ID is 12." in str(self.server.said()), lambda: str(self.server.said()))
        self.server.say("/notify", 12)

        def menu():
            return next((said for said in self.server.said() if "inline_keyboard" in said.get("reply_markup", {})), None)

        keyboard = wait_for(menu, lambda: str(self.server.said()))["reply_markup"]["inline_keyboard"]
        data = next(button["callback_data"] for row in keyboard for button in row if "Warnings" in button["text"])
        self.server.press(data, 12)
        self.server.say("/notify list", 12)
        wait_for(lambda: any("warnings" in said["text"] and "reply_markup" not in said for said in self.server.said()),
                 lambda: str(self.server.said()))


if __name__ == "__main__":
    unittest.main()
