"""What the stand-ins for forges share."""

from carillon_test.chat_fakes import ChatFake
from carillon_test.http_sink import Answer


class ForgeFake(ChatFake):
    def __init__(self):
        self._lost = 0
        super().__init__()

    def lose(self, count=1):
        """The next accepted POSTs and PUTs take effect, but their answers never arrive."""
        self._lost = count

    def _take(self, request):
        with self._lock:
            accepted = len(self.messages)
            answer = super()._take(request)
            if self._lost and request.method in ("POST", "PUT") and len(self.messages) > accepted:
                self._lost -= 1
                return Answer(how="garbage")
            return answer
