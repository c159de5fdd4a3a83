"""The way to a server, over which nothing may go without its being cut: as behind a router that drops packets."""

import contextlib
import socket
import threading


class Way:
    """Relays to `target`, an address for socket.connect: (host, port), or a path. Listens at `at`, a path, or else at a
    `port` of `host` that the system chose. Whatever is stopped() is kept, and goes on after go_on(): nothing is closed meanwhile,
    and new connections are taken. Threads of its own; close() ends them."""

    def __init__(self, target, at=None, *, host="127.0.0.1"):
        self._target = target
        if at is None:
            self._listener = socket.create_server((host, 0), backlog=128)
            self.port = self._listener.getsockname()[1]
        else:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(str(at))
            self._listener.listen(128)
        self._open = {"there": threading.Event(), "back": threading.Event()}
        self._lock = threading.Lock()
        self._sockets, self._threads = set(), []
        self.go_on()
        self._begin(self._accept)

    def stop(self, *ways):
        """"there": what is asked does not reach the server; "back": nor its answers whoever asked. Both by default."""
        for way in ways or self._open:
            self._open[way].clear()

    def go_on(self):
        for way in self._open.values():
            way.set()

    def close(self):
        with self._lock:
            sockets, threads = [self._listener, *self._sockets], list(self._threads)
        for one in sockets:
            _end(one)
        self.go_on()
        for thread in threads:
            thread.join(10)

    def _begin(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        with self._lock:
            self._threads.append(thread)
        thread.start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX if isinstance(self._target, str) else socket.AF_INET)
                try:
                    server.connect(self._target)
                except OSError:  # the server is down: so is the way
                    _end(client)
                    server.close()
                    continue
                with self._lock:
                    self._sockets |= {client, server}
                self._begin(self._pump, client, server, self._open["there"])
                self._begin(self._pump, server, client, self._open["back"])

    def _pump(self, source, sink, is_open):
        with contextlib.suppress(OSError):
            while True:
                data = source.recv(65536)
                is_open.wait()  # also what says that it is closed
                if not data:
                    break
                sink.sendall(data)
        _end(source)
        _end(sink)


def _end(one):
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
