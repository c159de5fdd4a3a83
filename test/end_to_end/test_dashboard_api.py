"""The JSON API of the dashboard: what it answers is what /openapi.yaml says."""

import json
import unittest
import urllib.parse

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.openapi import Description
from carillon_test.services import http_push, mail
from carillon_test.waiting import wait_for


class ApiTest(ServerTest):
    def setUp(self):
        self.http = self.http_sink()
        self.server = self.carillon(http_push(self.http) + mail(self.smtp_sink(), mode=("failing",)))
        self.server.ingest([build(1, results=0), build(2, results=2), build(3, complete=False)])
        wait_for(lambda: len(self.server.deliveries()) == 4, "the deliveries")
        self.server.settled(4)
        self.description = Description(self.server.request("GET", "openapi.yaml").body)

    def api(self, path, **headers):
        return self.server.request("GET", "api/v1/" + path, headers=headers)

    def test_every_answer_is_as_it_is_described(self):
        builder = urllib.parse.quote(build(1)["builder"]["name"], safe="")
        asked = {
            "/status": "status", "/me": "me", "/builds": "builds?limit=2", "/builders": "builders?builds=3",
            "/b/{builder}": f"b/{builder}", "/b/{builder}/{number}": f"b/{builder}/2?who=nobody@example.org",
            "/deliveries": "deliveries?state=delivered", "/deliveries/{id}": "deliveries/1", "/reporters": "reporters",
            "/reporters/{reporter}": "reporters/HttpStatusPush",
            "/sources": "sources", "/log": "log", "/names": "names", "/silences": "silences", "/grid": "grid", "/config": "config",
            "/replay": "replay",
            "/deliveries/{id}/request": "deliveries/1/request",
            "/b/{builder}/{number}/preview/{reporter}": f"b/{builder}/2/preview/HttpStatusPush",
        }
        not_for_viewers = ("/log", "/config", "/deliveries/{id}/request", "/replay")
        # What is no JSON, and what there is none of here, is judged by tests of its own.
        elsewhere = {"/stream", "/silences/{id}", "/replay/{id}"}
        described = {path for path, methods in self.description.paths.items() if "get" in methods}
        self.assertEqual(set(asked) | elsewhere, described)
        for path, target in asked.items():
            with self.subTest(path):
                reply = self.api(target)
                self.assertEqual(reply.status, 401 if path in not_for_viewers else 200, reply.body)
                self.description.judge(path, "get", reply)
        for path, target in {"/builds": "builds?limit=0", "/deliveries": "deliveries?state=x",
                             "/b/{builder}": "b/nonesuch", "/deliveries/{id}": "deliveries/99", "/reporters/{reporter}": "reporters/x",
                             "/b/{builder}/{number}/preview/{reporter}": f"b/{builder}/2/preview/x"}.items():
            with self.subTest(target):
                reply = self.api(target)
                self.assertIn(reply.status, (400, 404))
                self.description.judge(path, "get", reply)

    def test_nothing_is_changed_where_nobody_may(self):
        changes_nothing = {"/silences/preview"}
        posted = {path for path, methods in self.description.paths.items() if "post" in methods} - changes_nothing
        self.assertGreater(len(posted), 5)
        for path in posted:
            with self.subTest(path):
                target = path.replace("{id}", "1").replace("{reporter}", "HttpStatusPush")
                reply = self.server.request("POST", "api/v1" + target, b"{}", {"Content-Type": "application/json"})
                self.assertEqual(reply.status, 401)
                self.description.judge(path, "post", reply)
                self.assertIn("c['www']", reply.json["hint"])
                if "get" not in self.description.paths[path]:
                    self.assertIn(self.server.request("GET", "api/v1" + target).status, (404, 405))

    def test_lists_are_the_same_as_on_the_command_line(self):
        listed = {row["id"]: row for row in self.server.deliveries()}
        items = self.api("deliveries").json["items"]
        self.assertEqual({row["id"] for row in items}, set(listed))
        for row in items:
            self.assertEqual({**listed[row["id"]], **row}, {**row, **listed[row["id"]]})
        explained = self.server.explain(build(2)["builder"]["name"] + "/2")
        told = self.api(f"b/{urllib.parse.quote(build(2)['builder']['name'], safe='')}/2").json
        self.assertEqual(told["events"], explained["events"])

    def test_who_has_it_already_gets_304(self):
        first = self.api("builds")
        tag = first.headers["ETag"]
        again = self.api("builds", **{"If-None-Match": tag})
        self.assertEqual((again.status, again.body), (304, b""))
        self.server.ingest(build(4))
        self.assertEqual(self.api("builds", **{"If-None-Match": tag}).status, 200)

    def test_pages_follow_each_other_to_the_end(self):
        seen, target = [], "builds?limit=1"
        while target:
            page = self.api(target).json
            seen += [item["number"] for item in page["items"]]
            target = page["next"] and f"builds?limit=1&before={page['next']}"
        self.assertEqual(seen, [3, 2, 1])


class PagesTest(ServerTest):
    def test_every_page_is_there_and_foreign_text_stays_text(self):
        evil = '"><img src=x onerror=alert(1)>/ü'
        server = self.carillon(http_push(self.http_sink()))
        one = build(1, results=2)
        one["builder"]["name"] = evil
        one["state_string"] = "<script>alert(1)</script>"
        server.ingest(one)
        server.settled(1)
        name = urllib.parse.quote(evil, safe="")
        for page in ("", "builds", "deliveries", "deliveries/1", "reporters", "reporters/HttpStatusPush", "sources",
                     f"b/{name}", f"b/{name}/1", f"b/{name}/1?who=%3Cb%3E", f"b/{name}/latest"):
            with self.subTest(page):
                reply = server.request("GET", page)
                self.assertEqual(reply.status, 200)
                text = reply.body.decode()
                self.assertIn("<main", text)
                self.assertNotIn("<img", text)
                self.assertNotIn("<script>", text)
                self.assertIn("default-src 'none'", reply.headers["Content-Security-Policy"])
        for page, status in (("b/nonesuch", 404), (f"b/{name}/2", 404), ("deliveries/2", 404), ("builds?limit=x", 400),
                             ("log", 401), ("reporters/x", 404)):
            self.assertEqual(server.request("GET", page).status, status, page)

    def test_nobody_sees_it_beyond_the_loopback(self):
        server = self.carillon(config="""
from carillon.plugins import sources
c = BuildmasterConfig = {}
c['db'] = {'db_url': 'sqlite:///{database}'}
c['www'] = {'port': 'tcp:{port}:interface=0.0.0.0'}
c['sources'] = [sources.Push('token')]
""")
        self.assertEqual(server.request("GET", "health").status, 200)
        for page in ("", "builds", "api/v1/status", "openapi.yaml"):
            self.assertEqual(server.request("GET", page).status, 401, page)
        self.assertIn("doc/access.md", json.dumps(server.request("GET", "api/v1/status").json))


if __name__ == "__main__":
    unittest.main()
