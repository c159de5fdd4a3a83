"""An SMTP server (aiosmtpd) that records every mail and answers as scripted."""

import asyncio
import base64
import dataclasses
import email
import email.policy
import threading
import time
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from aiosmtpd.smtp import log as aiosmtpd_log

from carillon_test.ports import ReservedPort
from carillon_test.waiting import PATIENCE, wait_for

aiosmtpd_log.setLevel("ERROR")


@dataclasses.dataclass
class Mail:
    """One accepted message. `recipients` are those the sink accepted for it."""

    sender: str
    recipients: list
    message: object
    data: bytes
    tls: bool
    user: object
    at: float

    @property
    def subject(self):
        return self.message["Subject"]

    @property
    def text(self):
        """The first text part, decoded."""
        part = self.message.get_body(("plain", "html"))
        return part.get_content() if part else ""

    @property
    def attachments(self):
        """{file name: content} of the attachments."""
        return {p.get_filename(): p.get_content() for p in self.message.iter_attachments()}


class SmtpSink:
    """Listens on 127.0.0.1 until close().

    tls: None, "starttls" (nothing else is accepted before it) or "smtps"; both want
    `certificates`. login: (user, password) makes AUTH required. pipelining: announced or not.
    max_size: bytes of a message, announced and kept to. mechanisms: of AUTH; XOAUTH2 takes the password as
    token.
    """

    def __init__(
        self, *, tls=None, certificates=None, login=None, pipelining=True, max_size=1 << 28,
        mechanisms=("PLAIN", "LOGIN"),
    ):
        self._port = ReservedPort()
        self.port = self._port.number
        self.mails = []
        self.refused = []
        self.attempts = []
        self.logins = []
        self.connections = 0
        self.hang_at = None
        self.hung = False  # somebody has come to where it hangs
        self.pipelining = pipelining
        self._login = login
        self._refusals = {}
        self._data_replies = []
        self._lock = threading.Lock()
        options = {"data_size_limit": max_size}
        if login:
            options = {
                **options,
                "authenticator": self._authenticate,
                "auth_required": True,
                "auth_require_tls": tls == "starttls",
                "auth_exclude_mechanism": {"PLAIN", "LOGIN", "XOAUTH2"} - set(mechanisms),
            }
        if tls == "starttls":
            options.update(tls_context=certificates.server_context(), require_starttls=True)
        elif tls == "smtps":
            options.update(ssl_context=certificates.server_context())
        self._controller = _Controller(
            _Handler(self), hostname="127.0.0.1", port=self.port, ready_timeout=PATIENCE,
            server_hostname="sink.example.org", enable_SMTPUTF8=True, **options,
        )
        self._controller.start()

    def refuse(self, address, reply, times=None):
        """RCPT TO this address gets `reply` ("451 4.7.1 later"): the first `times`, or always."""
        with self._lock:
            self._refusals[address.lower()] = [reply, times]

    def script_data(self, *replies):
        """Replies to the next messages instead of 250, in order of arrival. "close" closes the connection when the
        message is there, without a word; anything else is said as it is."""
        with self._lock:
            self._data_replies += replies

    def received(self, recipient=None):
        with self._lock:
            return [m for m in self.mails if recipient is None or recipient in m.recipients]

    def wait_for(self, count, recipient=None, timeout=PATIENCE):
        """The first `count` mails (to that recipient), once there are that many."""
        return wait_for(
            lambda: len(self.received(recipient)) >= count and self.received(recipient)[:count],
            lambda: f"{count} mails; there are {len(self.received(recipient))}: "
            f"{[m.subject for m in self.received(recipient)]}; refused: {self.refused}",
            timeout,
        )

    def clear(self):
        with self._lock:
            self.mails.clear()

    def close(self):
        self.hang_at = None
        loop = self._controller.loop

        def cancel_all():
            for task in asyncio.all_tasks(loop):
                task.cancel()

        if loop.is_running():
            try:
                self._controller.stop()
            except RuntimeError:
                loop.call_soon_threadsafe(cancel_all)
        self._port.close()

    def _authenticate(self, server, session, envelope, mechanism, data):
        ok = isinstance(data, LoginPassword) and self._login == (
            data.login.decode(),
            data.password.decode(),
        )
        with self._lock:
            self.logins.append((mechanism, ok))
        return AuthResult(success=ok, handled=ok, auth_data=data.login.decode() if ok else None)

    def _judge(self, address):
        with self._lock:
            self.attempts.append(address)
            refusal = self._refusals.get(address.lower())
            if not refusal or refusal[1] == 0:
                return None
            if refusal[1] is not None:
                refusal[1] -= 1
            self.refused.append((address, refusal[0]))
            return refusal[0]

    def _reply_to_data(self):
        """None: it is accepted."""
        with self._lock:
            return self._data_replies.pop(0) if self._data_replies else None


class _Controller(Controller):
    def factory(self):
        with warnings.catch_warnings():  # about AUTH without TLS, which is what we want here
            warnings.simplefilter("ignore")
            return super().factory()


class _Handler:
    def __init__(self, sink):
        self._sink = sink

    async def auth_XOAUTH2(self, server, args):
        user, token = base64.b64decode(args[1]).decode().rstrip("\1").split("\1")
        data = LoginPassword(user.removeprefix("user=").encode(), token.removeprefix("auth=Bearer ").encode())
        result = self._sink._authenticate(server, None, None, "XOAUTH2", data)
        if not result.success:
            await server.challenge_auth(b'{"status":"400"}')
        return result

    async def _pause(self, command):
        while self._sink.hang_at == command:
            self._sink.hung = True
            await asyncio.sleep(0.05)
            if self._sink.hang_at != command:
                await asyncio.sleep(0.05)  # a client that has gone meanwhile is noticed: it gets no answer

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self._sink.connections += 1
        await self._pause("EHLO")
        session.host_name = hostname
        if self._sink.pipelining:
            responses.insert(len(responses) - 1, "250-PIPELINING")
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        await self._pause("MAIL")
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 sender accepted"

    async def handle_RCPT(self, server, session, envelope, address, options):
        await self._pause("RCPT")
        reply = self._sink._judge(address)
        if reply:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 recipient accepted"

    async def handle_DATA(self, server, session, envelope):
        await self._pause("DATA")
        reply = self._sink._reply_to_data()
        if reply == "close":
            server.transport.abort()
            return "421 gone"
        if reply and not reply.startswith("2"):
            return reply
        data = envelope.original_content or envelope.content
        mail = Mail(
            sender=envelope.mail_from,
            recipients=list(envelope.rcpt_tos),
            message=email.message_from_bytes(data, policy=email.policy.default),
            data=data,
            tls=session.ssl is not None or self._sink._controller.ssl_context is not None,
            user=session.auth_data if session.authenticated else None,
            at=time.monotonic(),
        )
        with self._sink._lock:
            self._sink.mails.append(mail)
        return "250 2.0.0 accepted"
