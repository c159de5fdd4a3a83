"""Pages of the dashboard that need more than the store: previews, requests, the grid, the configuration."""

import json
import re
import unittest
import urllib.parse

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.services import http_push, mail
from carillon_test.waiting import wait_for

BUILDER = build(1)["builder"]["name"]


class ViewsTest(ServerTest):
    def setUp(self):
        self.server = self.carillon(http_push(self.http_sink()) + mail(self.smtp_sink(), mode=("failing",)))
        self.server.ingest([build(1, results=0), build(2, results=2)])
        wait_for(lambda: len(self.server.deliveries()) == 3, "the deliveries")
        self.server.settled(3)
        self.builder = urllib.parse.quote(BUILDER, safe="")

    def page(self, path, status=200):
        reply = self.server.request("GET", path)
        self.assertEqual(reply.status, status, reply.body)
        return reply.body.decode()

    def preview(self, reporter, name):
        done = self.server.cli("preview", "--config", self.server.config, "--json", reporter, name)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_a_preview_is_what_the_command_line_says(self):
        for number, reporter in ((1, "MailNotifier"), (2, "MailNotifier"), (2, "HttpStatusPush")):
            with self.subTest(f"{number} {reporter}"):
                said = self.preview(reporter, f"{BUILDER}/{number}")
                told = self.server.request("GET", f"api/v1/b/{self.builder}/{number}/preview/{reporter}").json
                for member in ("reporter", "master", "event", "number", "decision", "reason", "notes"):
                    self.assertEqual(told[member], said[member])
                self.assertEqual([one["target"] for one in told["deliveries"]],
                                 [one["target"] for one in said["deliveries"]])
                for one in told["deliveries"]:
                    self.assertNotIn("content", one)
                    self.assertGreater(one["size"], 100)
        page = self.page(f"b/{self.builder}/1/preview/MailNotifier")
        self.assertIn("would not be told", page)
        self.assertIn("for the role operator", page)
        self.assertIn("There is no reporter", self.page(f"b/{self.builder}/1/preview/nonesuch", 404))
        self.assertEqual(len(self.server.deliveries()), 3)

    def test_links_of_a_build_lead_to_its_previews(self):
        page = self.page(f"b/{self.builder}/2")
        links = re.findall(r'href="/(b/[^"]+/preview/[^"]+)"', page)
        self.assertEqual(len(links), 2, page)
        for link in links:
            self.assertIn("would be told", self.page(link.replace("&amp;", "&")))

    def test_the_grid_has_the_revisions(self):
        revision = build(2)["buildset"]["sourcestamps"][0]["revision"]
        grid = self.server.request("GET", "api/v1/grid").json
        self.assertIn(revision, [one["revision"] for one in grid["revisions"]])
        self.assertEqual([one["builder"] for one in grid["builders"]], [BUILDER])
        self.assertIn("#2", self.page("grid"))
        self.assertIn("None of the newest builds", self.page("grid?branch=nonesuch"))

    def test_viewers_see_neither_bodies_nor_the_configuration(self):
        self.assertIn("for the role operator", self.page("deliveries/1"))
        for path in ("deliveries/1/mail.html", "api/v1/deliveries/1/request", "config", "api/v1/config",
                     f"b/{self.builder}/2/preview/MailNotifier/mail.html"):
            self.page(path, 401)


if __name__ == "__main__":
    unittest.main()
