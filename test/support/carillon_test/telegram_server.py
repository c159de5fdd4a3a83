"""telegram-test-api from npm: a stand-in for the Bot API that others made.

    server = TelegramServer(self._new("telegram"), token); server.start(); self.addCleanup(server.stop)
    server.say("/status", 12); server.press("callback data", 12); server.said()

It does not refuse anything, hands out every update once whatever the offset, and does not wait in getUpdates:
telegram_fake.py is there for all of that. scripts/install-packages puts it beside Prism ($CARILLON_PRISM_ROOT).
"""

import json
import time
import urllib.request

from carillon_test.ports import ReservedPort
from carillon_test.prism import ROOT
from carillon_test.processes import Process
from carillon_test.waiting import PATIENCE

_PACKAGE = ROOT / "node_modules/telegram-test-api"
_PROGRAM = """
const Server = require(process.argv[1]);
new Server({host: "127.0.0.1", port: Number(process.argv[2]), storeTimeout: 600}).start();
"""


class TelegramServer:
    def __init__(self, folder, token):
        if not _PACKAGE.exists():
            raise AssertionError(f"{_PACKAGE} is not there: run scripts/install-packages test")
        self.folder, self.token = folder, token
        self._port = ReservedPort()
        self._process = None
        self.url = f"http://127.0.0.1:{self._port.number}"

    def start(self):
        self._process = Process("telegram-test-api", ["node", "-e", _PROGRAM, _PACKAGE, str(self._port.number)],
                                output=self.folder / "telegram.log", cwd=self.folder)
        self._process.wait_until(self._port.is_answered, "its port answers")
        return self

    def stop(self):
        """May be called twice."""
        if self._process:
            self._process.stop(10)
            self._process.kill_group()
            self._process = None
        self._port.close()

    def say(self, text, person):
        """A message in the private chat of that person."""
        command = {"offset": 0, "length": len(text.split()[0]), "type": "bot_command"}
        self._post("sendCommand", self._head(person) | {"text": text, "entities": [command]})

    def press(self, data, person, message=1):
        """A button of the message with that number."""
        head = self._head(person)
        self._post("sendCallback", head | {"data": data, "message": {"message_id": message, **head}})

    def said(self):
        """What the bot has sent and not deleted, in order: the parameters of sendMessage, as edits have left them."""
        history = self._post("getUpdatesHistory", {"token": self.token})["result"]
        return [item["message"] for item in history if "chat_id" in item.get("message", {})]

    def _head(self, person):
        return {"botToken": self.token, "date": int(time.time()),
                "from": {"id": person, "first_name": "Ann", "is_bot": False},
                "chat": {"id": person, "first_name": "Ann", "type": "private"}}

    def _post(self, name, body):
        request = urllib.request.Request(f"{self.url}/{name}", json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)
