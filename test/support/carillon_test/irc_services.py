"""Services for InspIrcd(services=True): accounts with SASL PLAIN, and a NickServ that takes IDENTIFY.

A server of its own that links over InspIRCd's spanning tree protocol, version 1205 (Debian's InspIRCd 3).
"""

import base64
import socket
import threading
import time

from carillon_test.waiting import PATIENCE, wait_for

_NAME, _SID = "services.test.example", "0SV"
_NICKSERV = _SID + "AAAAAA"


class IrcServices:
    """accounts: {name: password}. `logins`: (how, account) of every good one, how is "sasl" or "identify"."""

    def __init__(self, port, accounts):
        self.accounts, self.logins, self.refused = dict(accounts), [], []
        self._nicks = {}  # by the server's ids
        self._linked = threading.Event()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._say(
            "CAPAB START 1205", "CAPAB CAPABILITIES :PROTOCOL=1205", "CAPAB END",
            f"SERVER {_NAME} bells 0 {_SID} :Services of a test",
        )
        self._thread.start()
        wait_for(self._linked.is_set, "the services to be linked")

    def close(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._thread.join(10)
        self._socket.close()

    def _say(self, *lines):
        self._socket.sendall("".join(line + "\r\n" for line in lines).encode())

    def _run(self):
        rest = b""
        while True:
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                return
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._hear(line.decode("utf-8", "replace").strip("\r"))

    def _hear(self, line):
        source, words = "", line
        if line.startswith(":"):
            source, words = line[1:].split(" ", 1)
        head, _, last = words.partition(" :")
        params = head.split() + ([last] if " :" in words else [])
        command = params[0]
        if command == "SERVER" and not source:
            self._say(
                f":{_SID} BURST {int(time.time())}",
                f":{_SID} METADATA * saslmechlist :PLAIN",
                f":{_SID} UID {_NICKSERV} 1 NickServ {_NAME} {_NAME} services 0.0.0.0 1 +i :Nicknames",
                f":{_SID} ENDBURST",
            )
        elif command == "ENDBURST":
            self._linked.set()
        elif command == "PING":
            self._say(f":{_SID} PONG {params[-1]}")
        elif command == "UID":
            self._nicks[params[1]] = params[3]
        elif command == "NICK":
            self._nicks[source] = params[1]
        elif command == "PRIVMSG" and params[1] == _NICKSERV:
            self._identify(source, params[2].split())
        elif command == "ENCAP" and params[2] == "SASL":
            self._authenticate(params[3], params[5], params[6])

    def _identify(self, who, words):
        if words[0] != "IDENTIFY":
            return
        account = words[1] if len(words) > 2 else self._nicks[who]
        if self.accounts.get(account) == words[-1]:
            self._log_in(who, "identify", account)
        else:
            self.refused.append(("identify", account))
            self._say(f":{_NICKSERV} NOTICE {who} :Password incorrect.")

    def _authenticate(self, who, kind, text):
        answer = f":{_SID} ENCAP 1IN SASL {_NICKSERV} {who}"
        if kind == "S":
            self._say(f"{answer} C +")
        elif kind == "C":
            account, _, password = base64.b64decode(text).decode().split("\0")
            if self.accounts.get(account) == password:
                self._log_in(who, "sasl", account)
                self._say(f"{answer} D S")
            else:
                self.refused.append(("sasl", account))
                self._say(f"{answer} D F")

    def _log_in(self, who, how, account):
        self.logins.append((how, account))  # before anybody can see it
        self._say(f":{_SID} METADATA {who} accountname :{account}")
