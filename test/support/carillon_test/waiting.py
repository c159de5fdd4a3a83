"""Waiting for a condition with a deadline: the only way a test lets time pass."""

import time


class DeadlinePassed(AssertionError):
    """The awaited thing did not happen in time. The text says what it was."""


PATIENCE = 60.0  # seconds: a machine may be ten times slower than usual, and waiting ends as soon as it may


def wait_for(condition, what, timeout=PATIENCE, interval=0.02):
    """Return the first true value of condition(), asked every `interval` seconds; one that takes long (a program that
    is started) as often as leaves half of the time to others.

    `what` completes the sentence "waited for ..."; it may be a function, called
    only when the deadline passes, so that it can tell the state at that moment.
    """
    deadline = time.monotonic() + timeout
    while True:
        asked = time.monotonic()
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            told = what() if callable(what) else what
            raise DeadlinePassed(f"waited {timeout:g} s for {told}")
        time.sleep(max(interval, time.monotonic() - asked))


def stays(condition, what, seconds):
    """Fail as soon as condition() is false within `seconds`.

    For "nothing more arrives". It can only fail when something is wrong, so a
    slow machine never makes it fail by itself.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not condition():
            told = what() if callable(what) else what
            raise AssertionError(f"did not stay: {told}")
        time.sleep(0.02)
