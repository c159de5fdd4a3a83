"""The stand-in for Telegram refuses what Telegram refuses."""

import json
import threading
import unittest
import unittest.mock
import urllib.error
import urllib.request

from carillon_test import telegram_fake, telegram_html
from carillon_test.http_sink import HttpSink
from carillon_test.telegram_fake import TelegramFake
from carillon_test.waiting import PATIENCE, wait_for


class TelegramHtmlTest(unittest.TestCase):
    def test_text_and_entities(self):
        self.assertEqual(telegram_html.parse("a &lt;b&gt; &amp;&quot;&#65;"), ('a <b> &"A', []))
        text = '\N{BELL}<b>x</b> <a href="http://h/?a=1&amp;b">y<i>z</i></a><code>&lt;</code>'
        self.assertEqual(telegram_html.parse(text), ("\N{BELL}x yz<", [
            ("bold", 2, 1, ""), ("text_link", 4, 2, "http://h/?a=1&b"), ("italic", 5, 1, ""), ("code", 6, 1, "")]))

    def test_what_is_not_balanced_is_refused(self):
        for text in ("<b>", "</b>", "<b></i>", "<b><i>x</b></i>", "<blink>x</blink>", "a < b", "a > b", "a & b", "&nbsp;",
                     "<a>x</a>", '<b class="x">x</b>', "<b>x", "<b></b>", '<a href="<">x</a>'):
            with self.subTest(text), self.assertRaises(telegram_html.MarkupError):
                telegram_html.parse(text)


class TelegramFakeTest(unittest.TestCase):
    def setUp(self):
        self.telegram = TelegramFake()
        self.addCleanup(self.telegram.close)
        self.ann = self.telegram.person(12, "Ann")
        self.chat = self.telegram.private(self.ann)

    def call(self, method, /, token=None, **parameters):
        url = f"{self.telegram.url}/bot{token or self.telegram.token}/{method}"
        request = urllib.request.Request(
            url, json.dumps(parameters).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def refused(self, code, part, method, /, **parameters):
        status, answer = self.call(method, **parameters)
        self.assertEqual((status, answer["ok"], answer["error_code"]), (code, False, code), answer)
        self.assertIn(part, answer["description"])
        return answer

    def send(self, **parameters):
        return self.call("sendMessage", **{"chat_id": 12, "text": "x", **parameters})

    def refused_text(self, part, **parameters):
        self.refused(400, part, "sendMessage", **{"chat_id": 12, "text": "x", **parameters})

    def test_names_tokens_and_types(self):
        self.assertEqual(self.call("getMe")[1]["result"]["username"], "BellsBot")
        self.refused(404, "Not Found", "sendNothing")
        self.assertEqual(self.call("getMe", token="99:wrong")[0], 401)
        self.refused(400, "text is missing", "sendMessage", chat_id=12)
        self.refused(400, "no parameter colour", "sendMessage", chat_id=12, text="x", colour=1)
        self.refused(400, "chat_id is '12'", "sendMessage", chat_id="12", text="x")
        self.refused(400, "text is 5", "sendMessage", chat_id=12, text=5)
        self.refused(400, "chat not found", "sendMessage", chat_id=13, text="x")
        self.assertEqual(len(self.telegram.refused), 6)

    def test_texts(self):
        self.assertEqual(self.send(text="&amp;" * 4096, parse_mode="HTML")[0], 200)
        self.refused_text("message is too long", text="&amp;" * 4097, parse_mode="HTML")
        self.refused_text("message is too long", text="\N{BELL}" * 2049)
        self.refused_text("message text is empty", text=" \n\u200b")
        self.refused_text("can't parse entities", text="<b>x", parse_mode="HTML")
        self.refused_text("parse_mode", parse_mode="Markdown")
        self.refused_text("NUL", text="a\0b")

    def test_keyboards(self):
        def keyboard(data, text="x"):
            return {"inline_keyboard": [[{"text": text, "callback_data": data}]]}

        self.assertEqual(self.send(reply_markup=keyboard("x" * 64))[0], 200)
        for bad in (keyboard("x" * 65), keyboard("\N{BELL}" * 17), keyboard(""), keyboard("x", " "),
                    {"inline_keyboard": [[]]}, {"inline_keyboard": [keyboard("x")]}, {"force_reply": False}, {}):
            with self.subTest(bad):
                self.assertEqual(self.send(reply_markup=bad)[0], 400)

    def test_edits(self):
        number = self.send()[1]["result"]["message_id"]
        edit = {"chat_id": 12, "message_id": number}
        self.assertEqual(self.call("editMessageText", **edit, text="y")[0], 200)
        self.refused(400, "message is not modified", "editMessageText", **edit, text="y")
        self.refused(400, "message is not modified", "editMessageReplyMarkup", **edit)
        self.refused(400, "message to edit not found", "editMessageText", chat_id=12, message_id=5, text="y")
        self.assertEqual(self.call("deleteMessage", **edit)[0], 200)
        self.refused(400, "message to delete not found", "deleteMessage", **edit)
        self.assertEqual(self.telegram.refused, [], "these happen to a good bot, too")

    def test_queries(self):
        message = self.send(reply_markup={"inline_keyboard": [[{"text": "Yes", "callback_data": "/y"}]]})
        self.assertEqual(message[0], 200)
        self.telegram.press(self.telegram.messages(self.chat)[0], "Yes", self.ann)
        query = self.telegram.unanswered()[0]
        self.refused(400, "MESSAGE_TOO_LONG", "answerCallbackQuery", callback_query_id=query, text="x" * 201)
        self.assertEqual(self.call("answerCallbackQuery", callback_query_id=query)[0], 200)
        self.refused(400, "query is too old", "answerCallbackQuery", callback_query_id=query)
        self.assertEqual(self.telegram.unanswered(), [])

    def test_updates_stay_until_they_are_confirmed(self):
        first = self.telegram.say(self.chat, self.ann, "/hello")
        second = self.telegram.say(self.chat, self.ann, "hello")
        for _ in range(2):
            updates = self.call("getUpdates")[1]["result"]
            self.assertEqual([update["update_id"] for update in updates], [first, second])
        self.assertEqual(updates[0]["message"]["entities"][0]["length"], 6)
        updates = self.call("getUpdates", offset=second)[1]["result"]
        self.assertEqual([update["message"]["text"] for update in updates], ["hello"])
        self.assertEqual(self.call("getUpdates", offset=second + 1)[1]["result"], [])
        self.assertEqual(self.telegram.pending(), [])
        self.refused(400, "timeout is 51", "getUpdates", timeout=51)
        self.refused(400, "unknown kind", "getUpdates", allowed_updates=["messages"])

    def test_one_poller(self):
        answers = []
        poller = threading.Thread(target=lambda: answers.append(self.call("getUpdates", timeout=20)))
        poller.start()
        self.addCleanup(poller.join)
        wait_for(lambda: self.telegram.called("getUpdates"), "the first poller")
        self.call("getUpdates")
        poller.join(PATIENCE)
        self.assertEqual(answers[0][0], 409)
        self.assertIn("terminated by other getUpdates", answers[0][1]["description"])

    def test_the_webhook(self):
        sink = HttpSink()
        self.addCleanup(sink.close)
        self.refused(400, "HTTPS", "setWebhook", url="http://example.org/")
        self.refused(400, "unallowed", "setWebhook", url=sink.url, secret_token="a b")
        sink.script(500)
        number = self.telegram.say(self.chat, self.ann, "x")
        self.assertEqual(self.call("setWebhook", url=sink.url + "hook", secret_token="s-1_")[0], 200)
        self.refused(409, "while webhook is active", "getUpdates")
        for request in sink.wait_for(2, "/hook"):
            self.assertEqual(request.headers["X-Telegram-Bot-Api-Secret-Token"], "s-1_")
            self.assertEqual(request.json["update_id"], number)
        wait_for(lambda: not self.telegram.pending(), "the update to be taken")
        self.assertEqual(self.call("deleteWebhook")[0], 200)
        self.assertEqual(self.call("getUpdates")[0], 200)

    def test_chats_that_are_gone(self):
        group = self.telegram.group(-5, "Dev")
        self.telegram.migrate(group, -1005)
        moved = self.refused(400, "upgraded to a supergroup", "sendMessage", chat_id=-5, text="x")
        self.assertEqual(moved["parameters"], {"migrate_to_chat_id": -1005})
        self.telegram.remove_bot(self.chat, self.ann)
        self.refused(403, "blocked by the user", "sendMessage", chat_id=12, text="x")
        self.assertEqual(len(self.telegram.pending()), 3)

    def test_speed(self):
        self.telegram.flood(7)
        self.assertEqual(self.refused(429, "retry after 7", "sendMessage", chat_id=12, text="x")["parameters"],
                         {"retry_after": 7})
        self.assertEqual(self.telegram.refused, [])
        with unittest.mock.patch.object(telegram_fake.time, "monotonic", lambda: 1000.0):  # all at once
            statuses = [self.send()[0] for _ in range(6)]
        self.assertEqual(statuses, [200] * 5 + [429])
        self.assertEqual(len(self.telegram.refused), 1, "the bot has to keep Telegram's limits by itself")


if __name__ == "__main__":
    unittest.main()
