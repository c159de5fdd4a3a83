"""A link that breaks in the middle of a frame, and a master that goes back in time."""

import shutil
import unittest

from carillon_test.carillon import watch
from carillon_test.case import ServerTest
from carillon_test.link import Link
from carillon_test.services import finished, http_push
from carillon_test.waiting import stays, wait_for

QUIET = 1.5  # seconds without anything more, where a second report would be wrong


def ends(http):
    """What was reported as finished, in order: "builder/number=results"."""
    return [f"{b['builder']['name']}/{b['number']}={b['results']}" for b in http.bodies() if b["complete"]]


class LinkTest(ServerTest):
    def test_websockets_that_end_in_the_middle_of_a_frame(self):
        buildbot, http = self.buildbot(), self.http_sink()
        link = Link(buildbot.www.number)
        self.addCleanup(link.close)
        self.carillon(http_push(http), sources=[watch(link)]).wait_until_following()
        expected = {}
        for round_number in range(1, 4):
            link.cut_next_frame()
            for builder, results in (("pass", 0), ("fail", 2)):
                buildbot.build(builder)
                expected[f"{builder}/{round_number}"] = results
            wait_for(lambda: link.cuts == round_number, "the link to break")
            wait_for(lambda: finished(http) == expected, lambda: str(finished(http)), 120)
        stays(lambda: len(ends(http)) == len(expected), lambda: f"each once: {ends(http)}", QUIET)


class BackInTimeTest(ServerTest):
    def test_a_master_whose_database_is_put_back_to_an_earlier_day(self):
        buildbot, http = self.buildbot(), self.http_sink()
        carillon = self.carillon(http_push(http), sources=[watch(buildbot)]).wait_until_following()
        buildbot.build("pass")
        wait_for(lambda: ends(http) == ["pass/1=0"], lambda: str(ends(http)), 120)
        buildbot.stop_master()
        database = buildbot.basedir / "state.sqlite"
        shutil.copy(database, self.folder / "earlier.sqlite")
        buildbot.start_master()
        buildbot.wait_for_worker()
        buildbot.build("warn")
        buildbot.build("fail")
        wait_for(lambda: len(ends(http)) == 3, lambda: str(ends(http)), 120)

        buildbot.stop_master()
        shutil.copy(self.folder / "earlier.sqlite", database)
        buildbot.start_master()
        buildbot.wait_for_worker()
        wait_for(lambda: "its database was recreated" in carillon.log.read_text("utf-8"), "Carillon to notice", 120)
        # The same ids and numbers again, and other builds all the same.
        buildbot.build("warn")
        buildbot.build("pass")
        expected = ["pass/1=0", "warn/1=1", "fail/1=2", "warn/1=1", "pass/2=0"]
        wait_for(lambda: len(ends(http)) >= len(expected), lambda: str(ends(http)), 120)
        stays(lambda: ends(http) == expected, lambda: str(ends(http)), QUIET)


if __name__ == "__main__":
    unittest.main()
