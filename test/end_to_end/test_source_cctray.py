"""sources.CCTray: what a feed in the cc.xml form says anew."""

import base64
import json
import time
import unittest
from xml.sax.saxutils import quoteattr

from carillon_test.case import ServerTest
from carillon_test.http_sink import Answer
from carillon_test.services import call, http_push
from carillon_test.waiting import stays, wait_for


class CCTrayTest(ServerTest):
    def setUp(self):
        self.feed = self.http_sink()
        self.http = self.http_sink()
        self.projects = {}

    def say(self, name, label, status="Success", activity="Sleeping", at=None):
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() if at is None else at))
        self.projects[name] = {"name": name, "activity": activity, "lastBuildStatus": status, "lastBuildLabel": label,
                               "lastBuildTime": moment, "webUrl": "https://ci.example.org/" + name}
        lines = (f"<Project {' '.join(f'{k}={quoteattr(v)}' for k, v in p.items())}/>" for p in self.projects.values())
        text = f"<?xml version='1.0'?><Projects>{''.join(lines)}</Projects>"
        self.feed.default = Answer(200, {"Content-Type": "application/xml"}, text.encode())

    def run_carillon(self, **arguments):
        source = call("sources.CCTray", url=self.feed.url + "cc.xml?x=hush", every=15, **arguments)
        return self.carillon(http_push(self.http, wantProperties=True), sources=[source])

    def look(self, carillon):
        before = len(self.feed.received())
        carillon.restart()
        self.feed.wait_for(before + 1)

    def reports(self):
        return [(b["builder"]["name"], b["number"], b.get("attempt"), b["complete"], b["results"])
                for b in self.http.bodies()]

    def test_starts_and_ends(self):
        self.say("app/unit", "42", "Failure", at=time.time() - 60)
        self.say("app/lint", "7", at=time.time() + 3600)  # its clock is wrong
        carillon = self.run_carillon(auth=("bot", "s3cret"))
        wait_for(lambda: "before this source was observed" in json.dumps(carillon.explain("app/unit/42")), "the first look")
        self.say("app/unit", "42", "Failure", activity="Building", at=time.time() - 60)
        self.http.wait_for(1)
        self.say("app/unit", "43", at=time.time())
        self.http.wait_for(2)
        self.say("app/lint", "8.1", "Exception", at=time.time())
        self.look(carillon)
        self.http.wait_for(3)
        self.assertEqual(self.reports(), [("app/unit", 43, 1, False, None), ("app/unit", 43, 1, True, 0),
                                          ("app/lint", 8, 2, True, 4)])
        (request, *_) = self.feed.received()
        self.assertEqual(request.path, "/cc.xml?x=hush")
        self.assertEqual(request.headers["Authorization"], "Basic " + base64.b64encode(b"bot:s3cret").decode())
        self.look(carillon)
        stays(lambda: len(self.http.received()) == 3, "no report more", 1)
        log = carillon.process.text()
        self.assertNotIn("s3cret", log)
        self.assertNotIn("hush", log)

    def test_what_is_no_feed_is_said(self):
        self.feed.default = Answer(200, {"Content-Type": "text/html"}, b"<html><p>Please log in</html>")
        carillon = self.run_carillon()
        wait_for(lambda: "what is no feed: not XML" in carillon.process.text(), "the warning")
        self.feed.default = Answer(200, {}, b"<!DOCTYPE Projects SYSTEM 'file:///etc/passwd'><Projects/>")
        carillon.restart()
        wait_for(lambda: "document type" in carillon.process.text(), "the warning")
        self.assertNotIn("hush", carillon.process.text())


if __name__ == "__main__":
    unittest.main()
