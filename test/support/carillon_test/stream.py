"""Builds that are posted one after the other while something happens to whoever takes them."""

import threading

# Posts of a HttpStatusPush that are under way at most: 64 at the target, the rest are being noted by the store. A kill may
# double so many.
UNDER_WAY = 256


def post_while(post, meanwhile):
    """post(number) posts one build; it is called again until the answer is 202. meanwhile(acknowledged) acts, and may
    wait for the numbers that are acknowledged. Those it returns, in order."""
    acknowledged, stop, give_up = [], threading.Event(), threading.Event()
    thread = threading.Thread(target=_post_until, args=(post, acknowledged, stop, give_up))
    thread.start()
    try:
        meanwhile(acknowledged)
    except BaseException:
        give_up.set()
        raise
    finally:
        stop.set()
        thread.join()
    return acknowledged


def _post_until(post, acknowledged, stop, give_up):
    number = 0
    while not stop.is_set():
        number += 1
        # What was posted is acknowledged in the end, unless all has failed.
        while not give_up.is_set():
            try:
                reply = post(number)
            except OSError:  # it is away itself
                give_up.wait(0.02)
                continue
            if reply.status == 202:
                acknowledged.append(number)
                break
            if reply.status != 503:
                raise AssertionError(f"POST /ingest answered {reply.status}: {reply.body!r}")
            give_up.wait(0.02)
