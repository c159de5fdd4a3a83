"""An HTTP server that records every request and answers as scripted."""

import dataclasses
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from carillon_test.ports import ReservedPort
from carillon_test.waiting import PATIENCE, wait_for

_HALF = b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"half": '


@dataclasses.dataclass
class Answer:
    """What the sink does with one request.

    how: "answer"; "hang" (nothing until the sink closes); "stall" (the same, after half an answer); "close" (no
    answer); "cut" (half an answer, then the connection is closed); "half-close" (the same, but the sink closes its
    side only and goes on reading); "garbage" (bytes that are not HTTP); "headers" (header fields without an end);
    "flood" (a body without an end); "raw" (the body is the whole answer, header and all; the connection stays open).
    """

    status: int = 200
    headers: dict = dataclasses.field(default_factory=dict)
    body: bytes = b"{}"
    delay: float = 0.0
    how: str = "answer"


@dataclasses.dataclass
class Request:
    """`at` is time.monotonic() of its arrival; `headers` are looked up in any case."""

    method: str
    path: str
    headers: object
    body: bytes
    at: float

    @property
    def json(self):
        return json.loads(self.body)


class HttpSink:
    """Listens on 127.0.0.1. Unscripted requests get `default` (200). Thread-safe."""

    def __init__(self):
        self._port = ReservedPort()
        self.port = self._port.number
        self.url = f"http://127.0.0.1:{self.port}/"
        self.default = Answer()
        self.poured = 0  # bytes of answers without an end
        self.requests = []
        self._script = []
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._connections = set()
        self._server = None
        self.up()

    def script(self, *answers):
        """Answers for the next requests, in order of arrival: Answer objects or statuses."""
        with self._lock:
            self._script += [Answer(status=a) if isinstance(a, int) else a for a in answers]

    def unscript(self):
        """Forgets what is left of the script."""
        with self._lock:
            self._script.clear()

    def received(self, path=None):
        """The requests so far, of one path when given (the query counts as part of it)."""
        with self._lock:
            return [r for r in self.requests if path is None or r.path == path]

    def bodies(self, path=None):
        return [r.json for r in self.received(path)]

    def messages(self, path=None):
        """The bodies, each message once: what was under way at a kill may come again, with the same Idempotency-Key
        and the same body. A test that kills the server counts these."""
        told = {}
        for number, request in enumerate(self.received(path)):
            known = told.setdefault(request.headers.get("Idempotency-Key", number), request.json)
            if known != request.json:
                raise AssertionError(f"{request.headers['Idempotency-Key']} came again with another body")
        return list(told.values())

    def wait_for(self, count, path=None, timeout=PATIENCE):
        """The first `count` requests, once there are that many."""
        return wait_for(
            lambda: len(self.received(path)) >= count and self.received(path)[:count],
            lambda: f"{count} HTTP requests; there are {len(self.received(path))}",
            timeout,
        )

    def clear(self):
        with self._lock:
            self.requests.clear()

    def up(self):
        """Accept connections (again)."""
        if self._server:
            return
        sink = self

        class Handler(_Handler):
            owner = sink

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 256

            def handle_error(self, request, client_address):
                pass

        self._server = Server(("127.0.0.1", self.port), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()

    def down(self):
        """Refuse connections and cut the open ones, until up()."""
        if not self._server:
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = None
        with self._lock:
            open_now = list(self._connections)
        for connection in open_now:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self._closing.set()
        self.down()
        self._port.close()

    def _take(self, request):
        with self._lock:
            self.requests.append(request)
            return self._script.pop(0) if self._script else self.default


class _Handler(BaseHTTPRequestHandler):
    owner = None
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        with self.owner._lock:
            self.owner._connections.add(self.connection)

    def finish(self):
        with self.owner._lock:
            self.owner._connections.discard(self.connection)
        super().finish()

    def _serve(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = self._chunked()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.owner._take(
            Request(self.command, self.path, self.headers, body, time.monotonic())
        )
        if answer.delay:
            self.owner._closing.wait(answer.delay)
        if answer.how == "hang":
            self.owner._closing.wait()
            self.close_connection = True
        elif answer.how == "stall":
            self.wfile.write(_HALF)
            self.owner._closing.wait()
            self.close_connection = True
        elif answer.how == "close":
            self.close_connection = True
        elif answer.how in ("headers", "flood"):
            self._without_end(answer.how)
        elif answer.how == "half-close":
            self.wfile.write(_HALF)
            self.connection.shutdown(socket.SHUT_WR)
            while self.connection.recv(4096):
                pass
            self.close_connection = True
        elif answer.how == "garbage":
            self.wfile.write(b"\x00\xffthis is not HTTP\n\n")
            self.close_connection = True
        elif answer.how == "cut":
            self.wfile.write(_HALF)
            self.close_connection = True
        elif answer.how == "raw":
            self.wfile.write(answer.body)
        else:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            body = b"" if answer.status == 204 else answer.body
            if answer.status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def _without_end(self, what):
        """Until the other side has had enough, or the sink closes."""
        self.close_connection = True
        if what == "headers":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            piece = b"".join(b"X-Bell-%d: %s\r\n" % (n, b"ding" * 200) for n in range(20))
        else:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        while not self.owner._closing.is_set():
            self.wfile.write(piece)
            self.owner.poured += len(piece)

    def _chunked(self):
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _serve

    def log_message(self, *arguments):
        pass
