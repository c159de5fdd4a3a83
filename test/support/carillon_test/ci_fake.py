"""What the strict stand-ins for APIs of CIs have in common: who may ask, what there is, pages."""

import json
import urllib.parse

from carillon_test.chat_fakes import Refusal
from carillon_test.http_sink import Answer, HttpSink


class CiFake(HttpSink):
    """GET only. A wrong token is 401, a path that answer() does not know 404, a parameter that it does not know 400;
    all of it is in `refused`. Scripted answers (HttpSink.script) come first.
    """

    token = "ci-t0ken-0123456789"
    scheme = "Bearer"

    def __init__(self):
        self.refused = []
        super().__init__()

    def answer(self, path, query):
        """JSON, or text as bytes, for the path and its parameters; Refusal for others."""
        raise NotImplementedError

    def _take(self, request):
        with self._lock:
            self.requests.append(request)
            if self._script:
                return self._script.pop(0)
            try:
                if request.method != "GET":
                    raise Refusal(405, "only GET")
                if request.headers.get("Authorization") != f"{self.scheme} {self.token}":
                    raise Refusal(401, "invalid token")
                path, _, query = request.path.partition("?")
                asked = dict(urllib.parse.parse_qsl(query, strict_parsing=bool(query)))
                body, status = self.answer(urllib.parse.unquote(path), asked), 200
            except Refusal as error:
                self.refused.append(f"{request.path}: {error.text}")
                body, status = {"message": error.text}, error.status
            if isinstance(body, bytes):
                return Answer(status, {"Content-Type": "text/plain"}, body)
            return Answer(status, {"Content-Type": "application/json"}, json.dumps(body).encode())


def only(query, *names):
    """Refuses other parameters."""
    for name in query:
        if name not in names:
            raise Refusal(400, f"unknown parameter {name}")


def page(items, query, size_name, most, page_name="page"):
    """The items of the page that is asked for."""
    size, number = int(query.get(size_name, most)), int(query.get(page_name, 1))
    if number < 1 or size < 1:
        raise Refusal(400, "pages begin with 1")
    size = min(size, most)
    return items[(number - 1) * size:number * size]
