"""A person on IRC: joins, talks, kicks, and remembers every line."""

import base64
import dataclasses
import re
import select
import socket
import threading

from carillon_test.waiting import PATIENCE, wait_for


@dataclasses.dataclass
class Said:
    """A PRIVMSG or NOTICE as it was received."""

    command: str
    nick: str
    target: str
    text: str
    octets: int  # of the whole line with CR LF


class IrcClient:
    """Connected and registered after the constructor. Text is UTF-8; a broken sequence fails the test."""

    def __init__(self, port, nick, *, tls=None, account=None, password=None):
        """tls: an ssl.SSLContext. account: (name, password) for SASL PLAIN. password: the server's."""
        self.nick = nick
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        if tls:
            self._socket = tls.wrap_socket(self._socket, server_hostname="localhost")
        self._lines, self._lock, self._closed = [], threading.Lock(), False
        self._sending = threading.Lock()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        if password:
            self.send(f"PASS {password}")
        if account:
            self.send("CAP REQ :sasl")
            self.send(f"NICK {nick}", f"USER {nick} 0 * :A person")
            self.wait_for(r" ACK :?sasl")
            self.send("AUTHENTICATE PLAIN")
            self.wait_for(r"^AUTHENTICATE :?\+")
            login = "\0".join((account[0], account[0], account[1]))
            self.send("AUTHENTICATE " + base64.b64encode(login.encode()).decode())
            self.wait_for(r" 903 ")
            self.send("CAP END")
        else:
            self.send(f"NICK {nick}", f"USER {nick} 0 * :A person")
        self.wait_for(r" (376|422) ")

    # -- what it does -------------------------------------------------------

    def send(self, *lines):
        """Raw lines; bytes or text."""
        data = b"".join((line if isinstance(line, bytes) else line.encode()) + b"\r\n" for line in lines)
        with self._sending:
            self._socket.sendall(data)

    def join(self, channel, key=""):
        self.send(f"JOIN {channel} {key}".rstrip())
        self.wait_for(rf"^:{re.escape(self.nick)}!\S+ JOIN :?{re.escape(channel)}\s*$", flags=re.IGNORECASE)
        return self

    def say(self, target, text):
        self.send(f"PRIVMSG {target} :{text}")

    def kick(self, channel, nick, why="out"):
        self.send(f"KICK {channel} {nick} :{why}")

    def mode(self, channel, *changes):
        self.send(" ".join(("MODE", channel, *changes)))

    def rename(self, nick):
        self.send(f"NICK {nick}")
        self.wait_for(rf"^:\S+ NICK :?{re.escape(nick)}\s*$")
        self.nick = nick

    def quit(self):
        """May be called twice."""
        try:
            self.send("QUIT :bye")
        except OSError:
            pass
        self._closed = True
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._thread.join(10)
        self._socket.close()

    # -- what it hears ------------------------------------------------------

    def lines(self):
        with self._lock:
            return list(self._lines)

    def mark(self):
        """A position for the `since` of the others: now."""
        return len(self.lines())

    def wait_for(self, pattern, timeout=PATIENCE, since=0, flags=0):
        """The first line that matches the regular expression."""
        regex = re.compile(pattern, flags)

        def found():
            return next((line for line in self.lines()[since:] if regex.search(line)), None)

        return wait_for(found, lambda: f"{self.nick} to hear /{pattern}/; heard:\n" + self._tail(), timeout)

    def heard(self, target=None, nick=None, since=0):
        """What was said to the target (a channel; default: this person) by the nick (default: anybody)."""
        wanted = (target or self.nick).lower()
        said = []
        for line in self.lines()[since:]:
            match = re.match(r":([^ !]+)\S* (PRIVMSG|NOTICE) (\S+) :?(.*)$", line, re.DOTALL)
            if not match or match[3].lower() != wanted or (nick and match[1].lower() != nick.lower()):
                continue
            if not nick and "!" not in line.split(" ", 1)[0]:
                continue  # the server itself
            said.append(Said(match[2], match[1], match[3], match[4], len(line.encode()) + 2))
        return said

    def wait_for_text(self, pattern, target=None, nick=None, timeout=PATIENCE, since=0):
        """The first thing said there that matches."""
        regex = re.compile(pattern)

        def found():
            return next((s for s in self.heard(target, nick, since) if regex.search(s.text)), None)

        place = target or self.nick
        return wait_for(found, lambda: f"/{pattern}/ in {place}; heard:\n" + self._tail(), timeout)

    def wait_for_texts(self, count, target=None, nick=None, timeout=PATIENCE, since=0):
        """All texts said there, once there are so many."""

        def found():
            texts = [said.text for said in self.heard(target, nick, since)]
            return texts if len(texts) >= count else None

        return wait_for(
            found,
            lambda: f"{count} messages in {target or self.nick}; "
            f"{len(self.heard(target, nick, since))} came; heard:\n" + self._tail(),
            timeout,
        )

    def wait_until_joined(self, nick, channel, timeout=PATIENCE, since=0):
        return self.wait_for(
            rf"^:{re.escape(nick)}!\S+ JOIN :?{re.escape(channel)}( |$)", timeout, since, re.IGNORECASE
        )

    def names(self, channel):
        """The names in the channel now, with their symbols."""
        since = self.mark()
        self.send(f"NAMES {channel}")
        self.wait_for(rf" 366 \S+ {re.escape(channel)} ", since=since, flags=re.IGNORECASE)
        names = []
        for line in self.lines()[since:]:
            match = re.search(rf" 353 \S+ . {re.escape(channel)} :(.*)$", line, re.IGNORECASE)
            names += match[1].split() if match else []
        return names

    def _tail(self):
        return "\n".join(repr(line) for line in self.lines()[-15:])

    def _receive(self):
        """What came; None: nothing yet. A TLS connection must not be read and written at the same time."""
        select.select([self._socket], [], [], 0.1)
        with self._sending:
            self._socket.settimeout(0.01)
            try:
                return self._socket.recv(65536)
            except TimeoutError:
                return None
            finally:
                self._socket.settimeout(PATIENCE)

    def _read(self):
        rest = b""
        while not self._closed:
            try:
                data = self._receive()
            except (OSError, ValueError):  # closed
                break
            if data is None:
                continue
            if not data:
                break
            *lines, rest = (rest + data).split(b"\r\n")
            for line in lines:
                text = line.decode("utf-8", "backslashreplace")
                if text.startswith("PING "):
                    try:
                        self.send("PONG " + text[5:])
                    except OSError:
                        break
                with self._lock:
                    self._lines.append(text)
