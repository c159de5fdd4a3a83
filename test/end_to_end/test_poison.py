"""A callback that ends the process: the build is reported all the same, and so are all others."""

import unittest

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.services import Source, http_push, mail
from carillon_test.waiting import wait_for

DEADLY = """
import os
def worded(build):
    if build["builder"]["name"] == "poison":
        {how}
    return {{"builder": build["builder"]["name"], "number": build["number"], "worded": True}}
"""


class PoisonTest(ServerTest):
    def end_of_life(self, carillon):
        carillon.process.wait(120)

    def post(self, carillon, what):
        try:
            carillon.ingest(what)
        except OSError:
            pass  # it was stored before it was worded, and then there was nobody to answer

    def check_three_lives(self, how):
        http, smtp = self.http_sink(), self.smtp_sink()
        carillon = self.carillon(
            DEADLY.format(how=how)
            + http_push(http, "/worded", name="worded", format_fn=Source("worded"))
            + http_push(http, "/plain", name="plain") + mail(smtp, mode="all", name="mails")
        )
        self.post(carillon, [build(1, "linux"), build(1, "poison", 2), build(2, "linux")])
        self.end_of_life(carillon)
        carillon.launch()
        self.end_of_life(carillon)
        carillon.start()
        carillon.ingest([build(3, "linux"), build(2, "linux")])
        wait_for(lambda: len(carillon.deliveries("--state", "delivered")) == 12, "all to be delivered", 120)
        self.assertIsNone(carillon.process.exit_code)

        posted = {(b["builder"], b["number"]) for b in http.bodies("/worded") if b.get("worded")}
        self.assertEqual(posted, {("linux", 1), ("linux", 2), ("linux", 3)})
        (plain,) = [b for b in http.bodies("/worded") if not b.get("worded")]
        self.assertEqual((plain["builder"]["name"], plain["results"]), ("poison", 2))
        self.assertEqual({b["builder"]["name"] for b in http.bodies("/plain")}, {"linux", "poison"})
        self.assertEqual(len(carillon.deliveries()), 12)
        noted = [d for d in carillon.deliveries() if d["note"]]
        self.assertEqual([d["reporter"] for d in noted], ["worded"])
        self.assertIn("Carillon ended twice while it was worded", noted[0]["note"])
        log = carillon.log.read_text()
        self.assertRegex(log, "warning +composer: worded: .*/finished: Carillon ended twice while it was worded")

        # It is over: the next build of that kind begins anew, and a clean restart blames nobody.
        self.assertEqual(carillon.stop(), 0)
        carillon.start()
        carillon.ingest(build(4, "linux"))
        wait_for(lambda: len(carillon.deliveries("--state", "delivered")) == 15, "the next one", 120)

    def test_killed_by_a_signal(self):
        self.check_three_lives("os.kill(os.getpid(), 9)")

    def test_ended_by_a_call(self):
        self.check_three_lives("os._exit(3)")


if __name__ == "__main__":
    unittest.main()
