"""Servers with moods, for the chaos: they take a report, refuse it, or say something that nobody can understand, and
remember who asked for what. Which process asked is in the login: "life3" is the third one."""

import base64
import dataclasses
import json
import random
import re
import threading

from aiosmtpd.smtp import AuthResult

from carillon_test.http_sink import Answer, HttpSink
from carillon_test.smtp_sink import SmtpSink

TAKEN, REFUSED, UNCLEAR = "taken", "refused", "unclear"


@dataclasses.dataclass(frozen=True)
class Heard:
    """One attempt to report something.

    lane: what is kept in order; rank: the place in it; key: the report; life: the process that tried.
    outcome: TAKEN (and said so), REFUSED, or UNCLEAR (taken or not: the answer does not say).
    """

    lane: str
    rank: tuple
    key: str
    life: int
    outcome: str


class Moods:
    """Chooses by chance, the same for the same seed; calm() ends that. Thread-safe."""

    def __init__(self, seed):
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._calm = False

    def calm(self):
        with self._lock:
            self._calm = True

    def choose(self, usual, moods):
        """One of {mood: probability}, or else `usual`."""
        with self._lock:
            if self._calm:
                return usual
            drawn = self._random.random()
            for mood, probability in moods.items():
                drawn -= probability
                if drawn < 0:
                    return mood
            return usual


# Short ones: how long Carillon waits for an answer is not what is tried here.
_ANSWERS = {
    TAKEN: Answer(),
    "slow": Answer(delay=0.05),
    "500": Answer(status=500),
    "503": Answer(status=503),
    "429": Answer(status=429, headers={"Retry-After": "1"}),
    "hang": Answer(delay=0.4, how="close"),
    "close": Answer(how="close"),
    "cut": Answer(how="cut"),
    "half-close": Answer(how="half-close"),
    "garbage": Answer(how="garbage"),
}
_MOODS = {"slow": 0.2, "500": 0.03, "503": 0.03, "hang": 0.02, "close": 0.03, "cut": 0.02, "half-close": 0.01,
          "garbage": 0.01}
# Where it is once a second for a minute after it, a 429 would take all the time there is.
_MOODS_OF_POSTS = {**_MOODS, "429": 0.005}


def _outcome(mood):
    if mood in (TAKEN, "slow", "cut", "half-close"):  # half of a 200, whose body nobody needs
        return TAKEN
    return REFUSED if mood.isdigit() else UNCLEAR


class MoodySink(HttpSink):
    """Posts of builds at /push, in `posts`, and commit statuses as GitHub's at /api, in `statuses`."""

    def __init__(self, seed):
        self.moods = Moods(seed)
        self.posts, self.statuses = [], []
        super().__init__()

    def heard(self):
        """How many attempts there were."""
        with self._lock:
            return len(self.posts) + len(self.statuses)

    def _take(self, request):
        of_status = request.path.startswith("/api/")
        mood = self.moods.choose(TAKEN, _MOODS if of_status else _MOODS_OF_POSTS)
        with self._lock:
            if of_status:
                self.statuses.append(_status(request, _outcome(mood)))
            else:
                self.posts.append(_post(request, _outcome(mood)))
        answer = _ANSWERS[mood]
        if of_status and answer.status == 200 and answer.how == "answer":
            return dataclasses.replace(answer, status=201)
        return answer


_RESULTS = ("success", "warnings", "failure", "skipped", "exception", "retry", "cancelled")


def _post(request, outcome):
    build = request.json
    lane = f"{build['builder']['name']}/{build['number']}"
    rank = (1 if build["complete"] else 0,)
    user = base64.b64decode(request.headers["Authorization"].partition(" ")[2]).decode().partition(":")[0]
    return Heard(lane, rank, post_key(build), _life(user), outcome)


def _status(request, outcome):
    number = int(request.json["target_url"].rpartition("/")[2])
    rank = (number, request.json["state"] != "pending")
    lane = request.path.rpartition("/")[2] + " " + request.json["context"]
    key = status_key(lane, number, request.json["state"])
    return Heard(lane, rank, key, _life(request.headers["Authorization"]), outcome)


def post_key(build):
    return f"{build['builder']['name']}/{build['number']}/{'finished' if build['complete'] else 'started'}"


def status_key(lane, number, state):
    return f"{lane} {number} {state}"


def _life(text):
    return int(re.search(r"life(\d+)", text)[1])


class MoodyMail(SmtpSink):
    """Mails whose subject is "BUILDER/NUMBER=RESULTS"; any login is good."""

    def __init__(self, seed):
        self.moods = Moods(seed)
        super().__init__(login=("any", "any"))

    @property
    def taken(self):
        with self._lock:
            return [_mail(mail) for mail in self.mails]

    def _authenticate(self, server, session, envelope, mechanism, data):
        return AuthResult(success=True, handled=True, auth_data=data.login.decode())

    def _judge(self, address):
        mood = self.moods.choose(None, {"451 4.7.1 greylisted": 0.004})
        return mood or super()._judge(address)

    def _reply_to_data(self):
        return self.moods.choose(None, {"close": 0.006, "452 4.3.1 full": 0.004, "no reply at all": 0.002})


def _mail(mail):
    subject = subject_of(mail.subject, mail.text)
    builder, number = subject.partition("=")[0].split("/")
    return Heard(builder, (int(number),), subject, _life(mail.user), TAKEN)


def subject_of(subject, text):
    """What a mail's subject says, "BUILDER/NUMBER=RESULTS". Where two kills met the wording of one mail it is worded
    without the configuration's code, and has Carillon's own subject and text."""
    plain = re.fullmatch(r"Buildbot (\w+) in .* on (\S+)", subject)
    if not plain:
        return subject
    number = re.search(r"^Details: .*/builds/(\d+)$", text, re.MULTILINE)
    return f"{plain[2]}/{number[1]}={_RESULTS.index(plain[1])}"


def dump(heard):
    """For the folder that is kept: one attempt a line, in the order of arrival."""
    return "".join(json.dumps(dataclasses.asdict(one)) + "\n" for one in heard)
