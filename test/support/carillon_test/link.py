"""A TCP relay in front of a server, that can break a websocket in the middle of a frame."""

import contextlib
import socket
import threading

_PART_OF_A_FRAME = 12  # bytes: its head, and a little of what it holds


class Link:
    """`url` leads to the server at `port`. Threads of its own; close() ends them."""

    def __init__(self, port):
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self.cuts = 0  # frames that were broken
        self._armed = False
        self._lock = threading.Lock()
        self._sockets = set()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def cut_next_frame(self):
        """The next bytes that the server sends over a websocket end early, and so does the connection."""
        with self._lock:
            self._armed = True

    def close(self):
        for one in (self._listener, *self._sockets):
            _end(one)
        for thread in self._threads:
            thread.join(10)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self._target))
                except OSError:  # the server is down: so is the link
                    _end(client)
                    continue
                self._sockets |= {client, server}
                for way in ((client, server, False), (server, client, True)):
                    thread = threading.Thread(target=self._pump, args=way, daemon=True)
                    self._threads.append(thread)
                    thread.start()

    def _pump(self, source, sink, from_server):
        websocket = seen = False
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if websocket and self._take_cut():
                    sink.sendall(data[:_PART_OF_A_FRAME])
                    break
                websocket |= from_server and not seen and data.startswith(b"HTTP/1.1 101 ")
                seen = True
                sink.sendall(data)
        _end(source)
        _end(sink)

    def _take_cut(self):
        with self._lock:
            taken, self._armed = self._armed, False
            self.cuts += taken
            return taken


def _end(one):
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
