"""The stream that tells of changes, as a program hears it."""

import http.client

from carillon_test.waiting import PATIENCE


class Stream:
    """A connection that listens to GET /api/v1/stream."""

    def __init__(self, carillon, headers=None):
        self._connection = http.client.HTTPConnection("127.0.0.1", carillon.port, timeout=PATIENCE)
        self._connection.request("GET", "/api/v1/stream", headers=headers or {})
        self.answer = self._connection.getresponse()

    def event(self):
        """The next one: a dict of its lines; {} at the end."""
        fields = {}
        while True:
            line = self.answer.readline().decode()
            if line in ("\n", "") and (fields or not line):
                return fields
            if line != "\n":
                name, _, value = line.rstrip("\n").partition(": ")
                fields[name] = value

    def next(self, kind):
        """The next event of that kind; None when the stream ends before."""
        while event := self.event():
            if event.get("event") == kind:
                return event
        return None

    def close(self):
        self.answer.close()
        self._connection.close()
