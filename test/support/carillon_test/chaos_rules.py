"""What must be true of the reports that arrived, whatever was killed meanwhile. No I/O."""

import collections

from carillon_test.moody_sinks import TAKEN, post_key, status_key

_STATES = ("success", "success", "failure", "success", "error", "pending", "error")  # GitHub's, by results
_SHOWN = 5  # of one kind


def expected_posts(builds):
    return {post_key(made) for made in builds}


def expected_mails(builds):
    return {f"{made['builder']['name']}/{made['number']}={made['results']}" for made in builds if made["complete"]}


def expected_statuses(builds):
    """{lane: key} of the last status of each commit."""
    last = {}
    for made in builds:
        lane = f"{made['buildset']['sourcestamps'][0]['revision']} buildbot/{made['builder']['name']}"
        state = _STATES[made["results"]] if made["complete"] else "pending"
        rank = (made["number"], made["complete"])
        if lane not in last or last[lane][0] < rank:
            last[lane] = (rank, status_key(lane, made["number"], state))
    return {lane: key for lane, (_, key) in last.items()}


class Stream:
    """The attempts of one reporter in the order of their arrival. Violations are texts."""

    def __init__(self, name, heard, *, most_at_once):
        """most_at_once: how many of its deliveries may be under way."""
        self.name, self.heard, self._most = name, list(heard), most_at_once

    def taken(self):
        return {one.key for one in self.heard if one.outcome == TAKEN}

    def lost(self, expected):
        lost = sorted(expected - self.taken())
        unknown = sorted(self.taken() - expected)
        return self._tell("lost", lost) + self._tell("taken, but never posted", unknown)

    def last_differs(self, expected, excused=()):
        """Where the last one taken in a lane is not the expected one. excused: as in out_of_order()."""
        taken = [one for one in self.heard if one.outcome == TAKEN]
        last = {one.lane: one.key for one in taken}
        late = {one.lane for one in taken if one.key == last[one.lane] and one.life in excused}
        there = {one.key for one in taken}
        return self._tell("not the last of its lane", [f"{key} (there: {last.get(lane)})"
                                                       for lane, key in expected.items()
                                                       if last.get(lane) != key and not (lane in late and key in there)])

    def out_of_order(self, excused=()):
        """excused: lives that were paused in the middle of sending, and wrote what was under way when they woke."""
        newest, wrong = {}, []
        for one in self.heard:
            if one.rank < newest.get(one.lane, one.rank) and one.life not in excused:
                wrong.append(f"{one.key} by life {one.life} after {newest[one.lane]}")
            newest[one.lane] = max(one.rank, newest.get(one.lane, one.rank))
        return self._tell("out of order", wrong)

    def doubled(self):
        """{life: how many it had reported, but could not settle any more}."""
        lives = collections.defaultdict(set)
        for key, first, _ in self._again():
            lives[first].add(key)
        return {life: len(keys) for life, keys in lives.items()}

    def repeated(self):
        """What one process reported twice, and more doubles of one kill than can have been under way."""
        wrong = [f"{key} by life {life}" for key, life, again in self._again() if again == life]
        many = [f"{count} at the end of life {life}" for life, count in self.doubled().items() if count > self._most]
        return self._tell("sent again by the process that had its answer", wrong) + self._tell("doubled", many)

    def _again(self):
        """(key, life that had it taken, life that tried again)."""
        first, found = {}, []
        for one in self.heard:
            if one.key in first:
                found.append((one.key, first[one.key], one.life))
            if one.outcome == TAKEN:
                first[one.key] = one.life
        return found

    def _tell(self, what, items):
        if not items:
            return []
        more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
        return [f"{self.name}: {len(items)} {what}: {', '.join(items[:_SHOWN])}{more}"]
