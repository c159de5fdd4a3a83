"""A strict stand-in for Telegram's Bot API, and the people who talk with the bot.

    telegram = TelegramFake()
    ann = telegram.person(12, "Ann", username="ann")
    chat = telegram.private(ann); group = telegram.group(-5, "Dev")
    telegram.say(group, ann, "/status@BellsBot")
    message = telegram.wait_for_messages(group, 1)[-1]     # message.text is what people see
    telegram.press(message, "linux", ann)

It refuses, as the documentation has it: unknown methods and parameters, wrong types, wrong tokens, texts that are empty or
over 4096 UTF-16 units, markup that is not balanced, callback_data over 64 bytes, notes over 200 characters, unknown or
answered queries, getUpdates over 50 s, with a webhook, or beside another poller. What it refused although no test had
asked for it is in `refused`: [] at the end of a good test. Limits of speed are Telegram's, with slack for messages that
were longer on the way than the next one.
"""

import dataclasses
import email.parser
import email.policy
import json
import re
import threading
import time
import urllib.error
import urllib.request

from carillon_test import telegram_html
from carillon_test.http_sink import Answer, HttpSink
from carillon_test.waiting import PATIENCE, wait_for

_TYPES = {
    "chat_id": (int, str), "message_id": int, "message_thread_id": int, "text": str, "parse_mode": str,
    "link_preview_options": dict, "reply_parameters": dict, "reply_markup": dict, "callback_query_id": str,
    "show_alert": bool, "offset": int, "limit": int, "timeout": int, "allowed_updates": list, "url": str,
    "secret_token": str, "certificate": bytes, "max_connections": int, "drop_pending_updates": bool,
}
_METHODS = {  # needed, others
    "getMe": ("", ""),
    "getUpdates": ("", "offset limit timeout allowed_updates"),
    "setWebhook": ("url", "certificate secret_token allowed_updates max_connections drop_pending_updates"),
    "deleteWebhook": ("", "drop_pending_updates"),
    "getWebhookInfo": ("", ""),
    "sendMessage": ("chat_id text",
                    "parse_mode message_thread_id link_preview_options reply_parameters reply_markup"),
    "editMessageText": ("chat_id message_id text", "parse_mode link_preview_options reply_markup"),
    "editMessageReplyMarkup": ("chat_id message_id", "reply_markup"),
    "deleteMessage": ("chat_id message_id", ""),
    "answerCallbackQuery": ("callback_query_id", "text show_alert"),
}
_KINDS = ("message", "edited_message", "callback_query", "my_chat_member", "channel_post")


class Refusal(Exception):
    """`asked_for`: the test wanted it, so that it is no mistake of the bot."""

    def __init__(self, code, description, parameters=None, asked_for=False):
        super().__init__(description)
        self.code, self.description, self.parameters, self.asked_for = code, description, parameters, asked_for


@dataclasses.dataclass
class Chat:
    id: object
    type: str
    title: str = ""
    forbidden: str = ""  # the reason of a 403
    migrated_to: object = None
    sent_at: list = dataclasses.field(default_factory=list)

    @property
    def json(self):
        made = {"id": self.id, "type": self.type}
        return {**made, "title": self.title} if self.title else made


@dataclasses.dataclass
class Message:
    """One of the bot. `keyboard`: rows of (caption, callback_data); `text`: without markup."""

    chat: Chat
    id: int
    text: str
    entities: list
    markup: dict
    reply_to: object = None
    thread: object = None
    edits: int = 0
    deleted: bool = False

    @property
    def keyboard(self):
        rows = (self.markup or {}).get("inline_keyboard", [])
        return [[(button["text"], button["callback_data"]) for button in row] for row in rows]

    @property
    def captions(self):
        return [caption for row in self.keyboard for caption, _ in row]


class TelegramFake(HttpSink):
    username = "BellsBot"

    def __init__(self, token="99:s3cretTokenOfTheBot_-0123456789"):
        self.token = token
        self.id = int(token.split(":")[0])
        self.chats, self.sent, self.notes, self.refused, self.calls = {}, [], [], [], []
        self.webhook = None  # {"url", "secret_token", "certificate", ...}
        self.webhook_answers = []  # statuses
        self._updates, self._queries = [], {}
        self._next_update, self._next_message = 1000, 100
        self._scripted = {}
        self._poller = 0
        self._all_sent = []
        self._news = threading.Condition()
        super().__init__()
        self.url = self.url.rstrip("/")
        self._caller = threading.Thread(target=self._call_webhook, daemon=True)
        self._caller.start()

    def close(self):
        with self._news:
            self._closing.set()
            self._news.notify_all()
        self._caller.join(10)
        super().close()

    # -- people ---------------------------------------------------------------

    @staticmethod
    def person(number, first_name, **more):
        return {"id": number, "is_bot": False, "first_name": first_name, **more}

    def private(self, person):
        return self._chat(Chat(person["id"], "private"))

    def group(self, number, title, kind="group"):
        return self._chat(Chat(number, kind, title))

    def channel(self, name):
        return self._chat(Chat(name, "channel", name))

    def _chat(self, chat):
        return self.chats.setdefault(chat.id, chat)

    def say(self, chat, person, text, *, reply_to=None, **more):
        """Somebody writes; returns the update's id."""
        message = {"message_id": self._number(), "date": int(time.time()), "chat": chat.json, "from": person,
                   "text": text, **more}
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
        if reply_to is not None:
            message["reply_to_message"] = self._shown(reply_to)
        return self.update(message=message)

    def press(self, message, caption, person):
        """Somebody presses the button whose caption ends so."""
        found = [data for row in message.keyboard for shown, data in row if shown.endswith(caption)]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} buttons end with {caption!r}: {message.captions}")
        return self.press_data(message, found[0], person)

    def press_data(self, message, data, person):
        query = f"query{self._number()}"
        self._queries[query] = None
        return self.update(callback_query={
            "id": query, "from": person, "message": self._shown(message), "chat_instance": "1", "data": data})

    def remove_bot(self, chat, person):
        """The bot is kicked (or, in a private chat, blocked)."""
        chat.forbidden = "bot was blocked by the user" if chat.type == "private" else "bot was kicked from the group chat"
        bot = {"id": self.id, "is_bot": True, "first_name": "Bells", "username": self.username}
        return self.update(my_chat_member={
            "chat": chat.json, "from": person, "date": int(time.time()),
            "old_chat_member": {"status": "member", "user": bot},
            "new_chat_member": {"status": "kicked", "user": bot}})

    def migrate(self, chat, number, *, tell=True):
        """The group becomes a supergroup, which is returned; tell: the bot gets the two service messages."""
        made = self._chat(Chat(number, "supergroup", chat.title))
        chat.migrated_to = number
        if tell:
            head = {"date": int(time.time())}
            self.update(message={**head, "message_id": self._number(), "chat": chat.json, "migrate_to_chat_id": number})
            self.update(message={**head, "message_id": 1, "chat": made.json, "migrate_from_chat_id": chat.id})
        return made

    def update(self, **content):
        with self._news:
            self._next_update += 1
            self._updates.append({"update_id": self._next_update, **content})
            self._news.notify_all()
            return self._next_update

    def _number(self):
        with self._news:
            self._next_message += 1
            return self._next_message

    def _shown(self, message):
        made = {"message_id": message.id, "date": int(time.time()), "chat": message.chat.json, "text": message.text,
                "from": {"id": self.id, "is_bot": True, "first_name": "Bells", "username": self.username}}
        return {**made, "reply_markup": message.markup} if message.markup else made

    # -- what the bot did -----------------------------------------------------

    def messages(self, chat):
        with self._news:
            return [m for m in self.sent if m.chat is chat and not m.deleted]

    def wait_for_messages(self, chat, count, timeout=PATIENCE):
        """All messages of the chat, once there are at least that many."""
        return wait_for(
            lambda: len(self.messages(chat)) >= count and self.messages(chat),
            lambda: f"{count} messages in {chat.id}; there are {[m.text for m in self.messages(chat)]}, "
                    f"refused: {self.refused}",
            timeout,
        )

    def wait_for_text(self, chat, part, timeout=PATIENCE):
        """The first message of the chat with that in its text."""
        return wait_for(
            lambda: next((m for m in self.messages(chat) if part in m.text), None),
            lambda: f"{part!r} in {chat.id}; there are {[m.text for m in self.messages(chat)]}, "
                    f"refused: {self.refused}",
            timeout,
        )

    def pending(self):
        """Ids of updates that nobody has confirmed."""
        with self._news:
            return [update["update_id"] for update in self._updates]

    def called(self, method):
        with self._news:
            return [parameters for name, parameters in self.calls if name == method]

    def unanswered(self):
        """Pressed buttons that still wait."""
        with self._news:
            return [query for query, note in self._queries.items() if note is None]

    def refuse_next(self, method, code, description, parameters=None, times=1):
        with self._news:
            self._scripted.setdefault(method, []).extend(
                [Refusal(code, description, parameters, asked_for=True)] * times)

    def flood(self, seconds, method="sendMessage"):
        """The next call is too fast."""
        self.refuse_next(method, 429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})

    # -- the API --------------------------------------------------------------

    def _take(self, request):
        with self._lock:
            self.requests.append(request)
            if self._script:
                return self._script.pop(0)
        try:
            result = self._call(request)
        except Refusal as error:
            body = {"ok": False, "error_code": error.code, "description": f"{_WORDS[error.code]}: {error.description}"}
            if error.code in (401, 404):
                body["description"] = _WORDS[error.code]
            if error.parameters:
                body["parameters"] = error.parameters
            with self._news:
                if not error.asked_for:
                    self.refused.append(error.description)
            return Answer(error.code, {"Content-Type": "application/json"}, json.dumps(body).encode())
        body = json.dumps({"ok": True, "result": result})
        return Answer(200, {"Content-Type": "application/json"}, body.encode())

    def _call(self, request):
        found = re.fullmatch(r"/bot([^/?]*)/([A-Za-z]+)", request.path)
        if not found or found[2] not in _METHODS:
            raise Refusal(404, f"no such method: {request.path}")
        if found[1] != self.token:
            raise Refusal(401, "wrong token")
        method = found[2]
        parameters = _parameters(request)
        _check(method, parameters)
        with self._news:
            self.calls.append((method, parameters))
            if self._scripted.get(method):
                raise self._scripted[method].pop(0)
            return getattr(self, "_" + method)(**parameters)

    def _getMe(self):
        return {"id": self.id, "is_bot": True, "first_name": "Bells", "username": self.username}

    def _getUpdates(self, offset=0, limit=100, timeout=0, allowed_updates=None):
        _need(0 <= timeout <= 50, f"timeout is {timeout}")
        _need(1 <= limit <= 100, f"limit is {limit}")
        if self.webhook:
            raise Refusal(409, "can't use getUpdates method while webhook is active; "
                               "use deleteWebhook to delete the webhook first", asked_for=True)
        self._poller += 1
        mine = self._poller
        self._news.notify_all()
        self._updates = [u for u in self._updates if u["update_id"] >= offset]
        deadline = time.monotonic() + timeout
        while True:
            waiting = [u for u in self._updates if _wanted(u, allowed_updates)]
            if waiting or self._closing.is_set() or time.monotonic() >= deadline:
                return waiting[:limit]
            self._news.wait(max(deadline - time.monotonic(), 0))
            if mine != self._poller:
                raise Refusal(409, "terminated by other getUpdates request; "
                                   "make sure that only one bot instance is running", asked_for=True)

    def _setWebhook(self, url, certificate=None, secret_token="", allowed_updates=None, max_connections=40,
                    drop_pending_updates=False):
        _need(re.match(r"https://|http://127\.0\.0\.1:", url), "An HTTPS URL must be provided for webhook")
        _need(re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret_token), "secret token contains unallowed characters")
        _need(certificate is None or b"-----BEGIN CERTIFICATE-----" in certificate, "certificate is no PEM")
        self.webhook = {"url": url, "secret_token": secret_token, "allowed_updates": allowed_updates,
                        "certificate": certificate}
        if drop_pending_updates:
            self._updates.clear()
        self._news.notify_all()
        return True

    def _deleteWebhook(self, drop_pending_updates=False):
        self.webhook = None
        if drop_pending_updates:
            self._updates.clear()
        return True

    def _getWebhookInfo(self):
        return {"url": self.webhook["url"] if self.webhook else "", "has_custom_certificate": False,
                "pending_update_count": len(self._updates)}

    def _sendMessage(self, chat_id, text, parse_mode=None, message_thread_id=None, reply_parameters=None,
                     reply_markup=None, **_):
        chat = self._open_chat(chat_id)
        seen, entities = _text(text, parse_mode)
        _need(chat.type != "channel" or "force_reply" not in (reply_markup or {}), "force_reply in a channel")
        _markup(reply_markup, ("inline_keyboard", "force_reply"))
        if reply_parameters:
            _need(set(reply_parameters) <= {"message_id", "allow_sending_without_reply"}, "wrong reply_parameters")
            _need(type(reply_parameters.get("message_id")) is int, "reply to no message")
        self._speed(chat)
        made = Message(chat, self._next_message + 1, seen, entities, reply_markup,
                       (reply_parameters or {}).get("message_id"), message_thread_id)
        self._next_message += 1
        self.sent.append(made)
        self._news.notify_all()
        return self._shown(made)

    def _editMessageText(self, chat_id, message_id, text, parse_mode=None, reply_markup=None, **_):
        message = self._own(chat_id, message_id, "edit")
        seen, entities = _text(text, parse_mode)
        _markup(reply_markup, ("inline_keyboard",))
        if (seen, entities, _buttons(reply_markup)) == (message.text, message.entities, _buttons(message.markup)):
            raise Refusal(400, "message is not modified: specified new message content and reply markup are exactly "
                               "the same as a current content and reply markup of the message", asked_for=True)
        message.text, message.entities, message.markup = seen, entities, reply_markup
        message.edits += 1
        return self._shown(message)

    def _editMessageReplyMarkup(self, chat_id, message_id, reply_markup=None):
        message = self._own(chat_id, message_id, "edit")
        _markup(reply_markup, ("inline_keyboard",))
        if _buttons(reply_markup) == _buttons(message.markup):
            raise Refusal(400, "message is not modified", asked_for=True)
        message.markup = reply_markup
        message.edits += 1
        return self._shown(message)

    def _deleteMessage(self, chat_id, message_id):
        self._own(chat_id, message_id, "delete").deleted = True
        return True

    def _answerCallbackQuery(self, callback_query_id, text="", show_alert=False):
        if self._queries.get(callback_query_id, "gone") is not None:
            raise Refusal(400, "query is too old and response timeout expired or query ID is invalid")
        _need(len(text) <= 200, f"MESSAGE_TOO_LONG: {len(text)}")
        self._queries[callback_query_id] = text
        self.notes.append(text)
        return True

    def _open_chat(self, chat_id):
        chat = self.chats.get(chat_id)
        if chat is None:
            raise Refusal(400, "chat not found", asked_for=True)
        if chat.migrated_to is not None:
            raise Refusal(400, "group chat was upgraded to a supergroup chat",
                          {"migrate_to_chat_id": chat.migrated_to}, asked_for=True)
        if chat.forbidden:
            raise Refusal(403, chat.forbidden, asked_for=True)
        return chat

    def _own(self, chat_id, message_id, what):
        chat = self._open_chat(chat_id)
        for message in self.sent:
            if message.chat is chat and message.id == message_id and not message.deleted:
                return message
        raise Refusal(400, f"message to {what} not found", asked_for=True)

    def _speed(self, chat):
        limits = [(chat.sent_at, 5, 2.5), (self._all_sent, 30, 0.3)]
        if chat.type != "private":
            limits.append((chat.sent_at, 20, 55))
        now = time.monotonic()
        for times, most, span in limits:
            if len([at for at in times if at > now - span]) >= most:
                raise Refusal(429, "Too Many Requests: retry after 3", {"retry_after": 3})
        chat.sent_at.append(now)
        self._all_sent.append(now)

    # -- the webhook ----------------------------------------------------------

    def _call_webhook(self):
        while True:
            with self._news:
                while not self._closing.is_set() and not (self.webhook and self._next_for_webhook()):
                    self._news.wait()
                if self._closing.is_set():
                    return
                hook, update = dict(self.webhook), self._next_for_webhook()
            status = self.post_update(update, hook["secret_token"], hook["url"])
            with self._news:
                self.webhook_answers.append(status)
                if 200 <= status < 300:
                    self._updates = [u for u in self._updates if u is not update]
                    continue
            self._closing.wait(0.1)

    def _next_for_webhook(self):
        return next((u for u in self._updates if _wanted(u, self.webhook["allowed_updates"])), None)

    def post_update(self, update, secret, url=None):
        """One call of the webhook; the status, 0 when nobody answers. secret: None sends no header."""
        headers = {"Content-Type": "application/json"}
        if secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = secret
        request = urllib.request.Request(url or self.webhook["url"], json.dumps(update).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return 0


_WORDS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict",
          429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway"}


def _need(condition, text):
    if not condition:
        raise Refusal(400, text)


def _wanted(update, allowed):
    return not allowed or any(kind in update for kind in allowed)


def _parameters(request):
    _need(request.method == "POST", "not a POST")
    kind = request.headers.get("Content-Type", "")
    if kind == "application/json":
        try:
            parameters = json.loads(request.body.decode("utf-8"))
        except ValueError as error:
            raise Refusal(400, f"no JSON: {error}") from None
        _need(isinstance(parameters, dict), "no object")
        return parameters
    _need(kind.startswith("multipart/form-data; boundary="), f"wrong Content-Type: {kind}")
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    whole = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + request.body)
    parameters = {}
    for part in whole.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if part.get_filename():
            parameters[name] = content
        else:
            text = content.decode("utf-8")
            parameters[name] = text if _TYPES.get(name) is str else json.loads(text)
    return parameters


def _check(method, parameters):
    needed, others = (names.split() for names in _METHODS[method])
    for name in needed:
        _need(name in parameters, f"{name} is missing")
    for name, value in parameters.items():
        _need(name in needed + others, f"{method} has no parameter {name}")
        types = _TYPES[name] if isinstance(_TYPES[name], tuple) else (_TYPES[name],)
        _need(type(value) in types, f"{name} is {value!r}")
    for kind in parameters.get("allowed_updates", []):
        _need(kind in _KINDS, f"unknown kind of update: {kind}")
    if isinstance(parameters.get("chat_id"), str):
        _need(parameters["chat_id"].startswith("@"), f"chat_id is {parameters['chat_id']!r}")


def _text(text, parse_mode):
    _need(parse_mode in (None, "HTML"), f"parse_mode is {parse_mode!r}")
    _need("\0" not in text, "text has a NUL")
    try:
        seen, entities = telegram_html.parse(text) if parse_mode else (text, [])
        length = telegram_html.units(seen.strip())
    except telegram_html.MarkupError as error:
        raise Refusal(400, f"can't parse entities: {error}") from None
    except UnicodeEncodeError:
        raise Refusal(400, "text must be encoded in UTF-8") from None
    _need(re.sub("[\\s\u200b-\u200f\u2060\ufe0f]", "", seen), "message text is empty")
    _need(length <= 4096, f"message is too long: {length}")
    return seen, entities


def _buttons(markup):
    return (markup or {}).get("inline_keyboard", [])


def _markup(markup, kinds):
    if markup is None:
        return
    found = [kind for kind in kinds if kind in markup]
    _need(len(found) == 1, f"wrong reply_markup: {sorted(markup)}")
    if found == ["force_reply"]:
        _need(markup["force_reply"] is True, "force_reply is not true")
        _need(set(markup) <= {"force_reply", "selective"}, f"wrong reply_markup: {sorted(markup)}")
        return
    rows = markup["inline_keyboard"]
    _need(set(markup) == {"inline_keyboard"} and isinstance(rows, list), "wrong inline_keyboard")
    _need(sum(map(len, rows)) <= 100, "too many buttons")
    for row in rows:
        _need(isinstance(row, list) and 1 <= len(row) <= 8, "a row has 1 to 8 buttons")
        for button in row:
            _need(set(button) == {"text", "callback_data"}, f"a button with {sorted(button)}")
            _need(isinstance(button["text"], str) and button["text"].strip(), "Text buttons are unallowed: empty")
            _need(1 <= len(button["callback_data"].encode()) <= 64, "BUTTON_DATA_INVALID")
