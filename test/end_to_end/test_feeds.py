"""Badges, cc.xml and Atom, read by programs that are made for them; links to builds that brought none."""

import json
import re
import shutil
import subprocess
import time
import unittest
import urllib.parse
import xml.etree.ElementTree as ElementTree

import feedparser

from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.services import call, http_push, mail
from carillon_test.waiting import stays, wait_for

ODD = "a/b ü <x&\"y\">"


def at(seconds_ago):
    return int(time.time()) - seconds_ago


def posted(number, builder="linux", results=0, seconds_ago=60, **fields):
    """A build that brings no link."""
    made = build(number, builder, results, started_at=at(seconds_ago + 5), **fields)
    if made["complete"]:
        made["complete_at"] = at(seconds_ago)
    del made["url"]
    return made


def tagged(made, *tags):
    made["builder"]["tags"] = list(tags)
    return made


def well_formed(text):
    """Another parser's word for it."""
    done = subprocess.run(["xmllint", "--nonet", "--noout", "-"], input=text, capture_output=True, check=False)
    return done.stderr.decode() or "well-formed"


class FeedsTest(ServerTest):
    def setUp(self):
        self.made = self.carillon()
        self.taken(posted(1, results=2, seconds_ago=300), tagged(posted(7, ODD, 1, 200), "nightly"),
                   posted(2, seconds_ago=100, complete=False))

    def taken(self, *builds):
        self.assertEqual(self.made.ingest(list(builds)).status, 202)

    def get(self, path, **headers):
        answer = self.made.request("GET", path, headers=headers)
        self.assertIn(answer.status, (200, 304), answer.body)
        return answer

    def test_badges(self):
        answer = self.get(f"badge/{urllib.parse.quote(ODD, safe='')}.svg?style=square")
        self.assertEqual(well_formed(answer.body), "well-formed")
        self.assertEqual(answer.headers["Content-Type"], "image/svg+xml; charset=utf-8")
        self.assertEqual(answer.headers["Cache-Control"], "no-cache")
        self.assertIn("<title>a/b ü &lt;x&amp;&quot;y&quot;&gt;: warnings</title>", answer.body.decode())
        again = self.made.request("GET", f"badge/{urllib.parse.quote(ODD, safe='')}.svg?style=square",
                                  headers={"If-None-Match": answer.headers["ETag"]})
        self.assertEqual((again.status, again.body), (304, b""))
        self.assertIn(">failure<", self.get("badge/linux.svg").body.decode())
        self.assertIn(">unknown<", self.get("badge/none.svg").body.decode())
        self.assertIn(">warnings<", self.get("badge/-/group.svg?tag=nightly").body.decode())

    def test_shields(self):
        said = self.get("badge/linux.json").json
        self.assertEqual({name: type(value) for name, value in said.items()},
                         {"schemaVersion": int, "label": str, "message": str, "color": str, "style": str})
        self.assertEqual((said["schemaVersion"], said["label"], said["message"]), (1, "linux", "failure"))
        self.assertRegex(said["color"], "^#[0-9a-f]{6}$")

    def test_atom_is_read_by_feedparser(self):
        answer = self.get("feed.atom")
        self.assertEqual(well_formed(answer.body), "well-formed")
        feed = feedparser.parse(answer.body, response_headers={"content-type": answer.headers["Content-Type"]})
        self.assertFalse(feed.bozo, feed.get("bozo_exception"))
        self.assertEqual(feed.version, "atom10")
        self.assertEqual(feed.feed.title, "Test Bells")
        self.assertEqual([entry.title for entry in feed.entries], [f"! {ODD} #7: warnings", "✗ linux #1: failure"])
        (odd, linux) = feed.entries
        self.assertEqual(linux.link, self.made.url + "b/linux/1")
        self.assertEqual(linux.id, "tag:ci.example.org,2026:carillon/build/push/linux/1/1")
        self.assertEqual(linux.tags[0].term, "failure")
        self.assertEqual(feed.feed.updated_parsed, odd.updated_parsed)
        page = self.made.request("GET", odd.link.removeprefix(self.made.url))
        self.assertEqual(page.status, 200)
        self.assertIn("warnings", page.body.decode())

        tag = answer.headers["ETag"]
        self.assertEqual(self.get("feed.atom", **{"If-None-Match": tag}).status, 304)
        self.taken(posted(2, seconds_ago=1))
        of_linux = feedparser.parse(self.get("b/linux/feed.atom", **{"If-None-Match": tag}).body)
        self.assertEqual([entry.title for entry in of_linux.entries], ["✓ linux #2: success", "✗ linux #1: failure"])
        self.assertEqual(of_linux.entries[1].id, linux.id)
        self.assertEqual(of_linux.entries[1].updated, linux.updated)
        bad = feedparser.parse(self.get("feed.atom?result=failure,exception").body)
        self.assertEqual([entry.id for entry in bad.entries], [linux.id])

    def test_what_an_address_was_told_is_read_by_feedparser(self):
        smtp = self.smtp_sink()
        self.made = self.carillon(mail(smtp, "alice@example.org", "bob@example.org", mode="all"))
        self.taken(posted(1, ODD, 2, 30), posted(2, results=0, seconds_ago=20))
        self.made.settled(2)
        path = "feed.atom?who=Alice%40example.org"
        answer = self.get(path)
        self.assertEqual(well_formed(answer.body), "well-formed")
        feed = feedparser.parse(answer.body, response_headers={"content-type": answer.headers["Content-Type"]})
        self.assertFalse(feed.bozo, feed.get("bozo_exception"))
        self.assertEqual(feed.feed.title, "Test Bells, told to Alice@example.org")
        self.assertEqual(len(feed.entries), 2)
        rows = {f"tag:ci.example.org,2026:carillon/delivery/{row['id']}": row for row in self.made.deliveries()}
        for entry in feed.entries:
            row = rows.pop(entry.id)
            self.assertEqual(entry.title, row["summary"])
            self.assertEqual(entry.summary, f"by MailNotifier to {row['target']}: {row['answer']}".strip())
            self.assertEqual(entry.tags[0].term, "MailNotifier")
            page = self.made.request("GET", entry.link.removeprefix(self.made.url))
            self.assertEqual(page.status, 200)
        self.assertEqual(feed.feed.updated_parsed, feed.entries[0].updated_parsed)
        self.assertEqual(self.get(path, **{"If-None-Match": answer.headers["ETag"]}).status, 304)
        nobody = feedparser.parse(self.get("feed.atom?who=lice%40example.org").body)
        self.assertEqual((nobody.bozo, nobody.entries), (False, []))
        of_linux = feedparser.parse(self.get("b/linux/feed.atom?who=alice%40example.org").body)
        self.assertEqual(len(of_linux.entries), 1)

    def test_others_are_masked_where_the_pages_mask_them(self):
        smtp = self.smtp_sink()
        private = "c['www'].update(roles={'anonymous': 'viewer'}, privacy=True)\n"
        self.made = self.carillon(private + mail(smtp, "alice@example.org", "bob@example.org", mode="all"))
        self.taken(posted(1))
        self.made.settled(1)
        answer = self.get("feed.atom?who=alice%40example.org")
        (entry,) = feedparser.parse(answer.body).entries
        self.assertIn("alice@example.org, b***@example.org", entry.summary)
        self.assertNotIn(b"bob@", answer.body)

    def test_a_link_to_a_name_that_is_masked_leads_there_also_after_a_restart(self):
        private = "c['www'].update(roles={'anonymous': 'viewer'}, privacy=True)\n"
        self.made = self.carillon(private)
        self.taken(posted(1, "alice@example.org"))

        def project():
            (found,) = ElementTree.fromstring(self.get("cc.xml").body)
            return found.get("name"), found.get("webUrl")

        name, link = project()
        self.assertEqual(name, "a***@example.org")
        for _ in range(2):
            page = self.get(link.removeprefix(self.made.url))
            self.assertIn("#1", page.body.decode())
            self.assertNotIn(b"alice", page.body + link.encode())
            self.made.restart()
            self.assertEqual(project(), (name, link))

    def test_robots(self):
        self.assertEqual(self.get("robots.txt").body, b"User-agent: *\nDisallow: /\n")


class ReadByCCTrayTest(ServerTest):
    """A Carillon that reads another one's cc.xml."""

    def test_what_ends_here_is_reported_there(self):
        here = self.carillon()
        http = self.http_sink()
        here.ingest([posted(4, "linux", 2), posted(1, ODD, 0), posted(9, "mac", 0, complete=False)])
        answer = here.request("GET", "cc.xml")
        self.assertEqual(answer.headers["Content-Type"], "application/xml; charset=utf-8")
        self.assertEqual(well_formed(answer.body), "well-formed")
        self.assertEqual(here.request("GET", "cctray.xml").body, answer.body)

        source = call("sources.CCTray", url=here.url + "cc.xml", every=15)
        there = self.carillon(http_push(http), sources=[source])
        wait_for(lambda: "before this source was observed" in json.dumps(there.explain("linux/4")), "the first look")
        here.ingest([posted(5, "linux", 1, 0), posted(6, "linux", 3, 0), posted(2, ODD, 4, 0),
                     posted(10, "new", 2, 0, attempt=2), posted(11, "new", 5, 0)])
        ended = wait_for(lambda: [b for b in http.bodies() if b["complete"]][2:] and
                         [b for b in http.bodies() if b["complete"]], "three reports")
        self.assertEqual(
            sorted((b["builder"]["name"], b["number"], b["attempt"], b["results"]) for b in ended),
            sorted([("linux", 5, 1, 0), (ODD, 2, 1, 4), ("new", 10, 2, 2)]))
        urls = {b["builder"]["name"]: b["url"] for b in ended}
        self.assertEqual(urls["linux"], here.url + "b/linux/5")
        page = here.request("GET", urls[ODD].removeprefix(here.url))
        self.assertIn("exception", page.body.decode())
        there.restart()
        stays(lambda: len([b for b in http.bodies() if b["complete"]]) == 3, "no report more", 1)


class LinksTest(ServerTest):
    def test_a_mail_leads_to_the_page_of_a_build_that_brought_no_link(self):
        smtp = self.smtp_sink()
        made = self.carillon(mail(smtp, mode="all"), buildbot_url="http://bell.example.org/x/")
        made.ingest(posted(7, ODD, 2))
        (message,) = smtp.wait_for(1)
        (link,) = re.findall(r"http://\S+", message.text)
        self.assertEqual(link, "http://bell.example.org/x/b/a%2Fb%20%C3%BC%20%3Cx%26%22y%22%3E/7")
        page = made.request("GET", link.removeprefix("http://bell.example.org/x/"))
        self.assertEqual(page.status, 200)
        self.assertIn("#7", page.body.decode())

    def test_the_script_for_old_links(self):
        """The script as the page names it, in an engine with a window of its own."""
        made = self.carillon()
        page = made.request("GET", "").body.decode()
        (script,) = re.findall(r'<script src="/(static/old_links\.[0-9a-f]+\.js)" defer>', page)
        code = made.request("GET", script).body.decode()
        self.assertIsNotNone(shutil.which("node"))

        def opened(fragment):
            stand_in = f"""
                let gone = "";
                const location = {{hash: {json.dumps(fragment)}, replace: (to) => {{ gone = to; }}}};
                const document = {{querySelector: (what) => what === "a.home" ? {{getAttribute: () => "/x/"}} : null}};
                {code}
                process.stdout.write(gone);
            """
            done = subprocess.run(["node", "-e", stand_in], capture_output=True, text=True, check=True)
            return done.stdout

        self.assertEqual(opened("#builders/linux/builds/7"), "/x/b/linux/7")
        self.assertEqual(opened("#/builders/3/builds/7"), "/x/b/3/7")
        self.assertEqual(opened("#builders/a%2Fb%20%C3%BC/builds/7"), "/x/b/a%2Fb%20%C3%BC/7")
        self.assertEqual(opened("#builders/50%/builds/7"), "/x/b/50%25/7")
        self.assertEqual(opened("#builders/ü"), "/x/b/%C3%BC")
        self.assertEqual(opened("#builders/x/builds/y"), "/x/b/x")
        for other in ("", "#main", "#buildrequests/7", "#builders/"):
            self.assertEqual(opened(other), "", other)


if __name__ == "__main__":
    unittest.main()
