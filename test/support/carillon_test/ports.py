"""A TCP port of 127.0.0.1 that stays ours, also while its server is down."""

import socket


class ReservedPort:
    """The system chooses the port; this object holds it until close().

    A bound socket that never listens keeps the kernel from handing the number to
    anybody else, while a server that sets SO_REUSEADDR (as servers do) can still
    bind and listen on it, again and again. Nobody listening: connection refused.
    """

    def __init__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number = self._socket.getsockname()[1]

    def close(self):
        self._socket.close()

    def is_answered(self):
        """True when some server accepts connections on the port."""
        try:
            with socket.create_connection(("127.0.0.1", self.number), timeout=1):
                return True
        except OSError:
            return False
