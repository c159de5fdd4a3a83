"""sources.Ping: cron jobs that call an address, by a real curl out of a shell."""

import subprocess
import unittest

from carillon_test.carillon import push
from carillon_test.case import ServerTest
from carillon_test.installed import require
from carillon_test.services import http_push
from carillon_test.waiting import PATIENCE, wait_for

KEY, OLD_KEY = "key-of-the-test", "old-key-of-the-test"
CHECKS = "checks={'backup': util.Check(every='1d', grace='2h'), 'other': None}"
PING = f"sources.Ping(key=[{KEY!r}, {OLD_KEY!r}], {CHECKS})"
# As a crontab has it: what the job prints is its log, and how it ends is how the build ended.
JOB = """\
url={url}
rid=$(cat /proc/sys/kernel/random/uuid)
curl -fsS -m 10 --retry 5 -o /dev/null "$url/start?rid=$rid"
output=$(sh -c 'echo one; echo two >&2; exit {status}' 2>&1)
curl -fsS -m 10 --retry 5 --data-raw "$output" "$url/$??rid=$rid"
"""


def shell(script):
    return subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=2 * PATIENCE)


class PingTest(ServerTest):
    def setUp(self):
        require("curl")
        self.http = self.http_sink()
        services = http_push(self.http, wantProperties=True, wantSteps=True, wantLogs=True)
        self.server = self.carillon(services, sources=[push(), PING])

    def url(self, slug="backup", key=KEY):
        return f"{self.server.url}ping/{key}/{slug}"

    def status(self, *arguments):
        done = shell(" ".join(["curl -sS -m 30 -o /dev/null -w '%{http_code}'", *arguments]))
        return int(done.stdout)

    def ends(self):
        return [body for body in self.http.bodies() if body["complete"]]

    def test_a_job_says_that_it_begins_and_how_it_ended(self):
        done = shell(JOB.format(url=self.url(), status=3))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "OK", ""))
        self.http.wait_for(2)
        start, end = self.http.bodies()
        self.assertEqual([start["complete"], start["number"], end["number"]], [False, 1, 1])
        self.assertEqual((end["results"], end["state_string"]), (2, "exit status 3"))
        self.assertEqual((end["builder"]["name"], end["properties"]["exit_status"][0]), ("backup", 3))
        (step,) = end["steps"]
        self.assertEqual(step["logs"][0]["content"]["content"], "one\ntwo")
        shell(JOB.format(url=self.url(key=OLD_KEY), status=0))
        self.http.wait_for(4)
        self.assertEqual([(end["number"], end["results"]) for end in self.ends()], [(1, 2), (2, 0)])

    def test_every_method_and_what_is_refused(self):
        self.assertEqual(self.status(self.url()), 200)
        self.assertEqual(self.status("--head", self.url()), 200)
        self.assertEqual(self.status("--data-raw x", self.url()), 200)
        self.assertEqual(self.status("-X DELETE", self.url()), 405)
        self.assertEqual(self.status(self.url("nonesuch")), 404)
        self.assertEqual(self.status(f"'{self.url('nonesuch')}?create=1'"), 404)
        self.assertEqual(self.status(self.url("backup/256")), 400)
        self.assertEqual(self.status(self.url(key="wrong-key-of-the-test")), 401)
        self.http.wait_for(3)
        self.assertEqual([end["number"] for end in self.ends()], [1, 2, 3])

    def test_five_a_minute_and_no_key_anywhere(self):
        self.assertEqual([self.status(self.url()) for _ in range(6)], [200] * 5 + [429])
        self.assertEqual(self.status(self.url("other")), 200)
        self.assertEqual(self.status(self.url("nonesuch")), 404)
        self.assertEqual(self.status(self.url(key="wrong-key-of-the-test")), 401)
        self.http.wait_for(6)
        metrics = self.server.request("GET", "metrics").body.decode()
        self.assertIn('carillon_intake_requests_total{master="ping",outcome="accepted"} 6', metrics)
        log = self.server.process.text
        wait_for(lambda: "no valid token" in log(), "the line of the wrong key")
        for text in (log(), metrics, self.server.check().stdout):
            self.assertNotIn("key-of-the-test", text)
        self.assertIn("ping/KEY/backup; late after 26 h", self.server.check().stdout)

    def test_numbers_go_on_after_a_restart_and_so_do_runs(self):
        self.assertEqual(self.status(self.url()), 200)
        self.assertEqual(self.status(self.url("backup/start")), 200)
        self.assertEqual(self.status("--data-raw begun", self.url("backup/log")), 200)
        self.server.settled(2)  # nothing is under way, and so nothing comes twice
        self.server.kill9()
        self.server.start()
        self.assertEqual(self.status("--data-raw done", self.url()), 200)
        self.assertEqual(self.status(self.url()), 200)
        self.http.wait_for(4)
        self.assertEqual([end["number"] for end in self.ends()], [1, 2, 3])
        self.assertEqual(self.ends()[1]["steps"][0]["logs"][0]["content"]["content"], "begun\ndone")


class LateTest(ServerTest):
    def test_what_is_late_is_told_once_and_so_is_that_it_is_back(self):
        require("curl")
        http = self.http_sink()
        ping = f"sources.Ping(key={KEY!r}, checks={{'quick': util.Check(every=1, grace=1)}}, create=True)"
        server = self.carillon(http_push(http), sources=[push(), ping])
        http.wait_for(1)
        server.restart()  # it stays late, and that was told
        self.assertEqual(shell(f"curl -fsS {server.url}ping/{KEY}/quick").stdout, "OK")
        http.wait_for(2)
        late, back = http.bodies()[:2]
        self.assertEqual([late["number"], back["number"]], [1, 2])
        self.assertEqual([late["results"], back["results"]], [4, 0])
        self.assertRegex(late["state_string"], "^no ping for [0-9]+ s$")
        self.assertRegex(back["state_string"], "^back after [0-9]+ s$")
        self.assertEqual(shell(f"curl -fsS '{server.url}ping/{KEY}/new?create=1'").stdout, "OK")
        self.assertNotEqual(shell(f"curl -fsS {server.url}ping/{KEY}/newer").returncode, 0)
        wait_for(lambda: "new" in [body["builder"]["name"] for body in http.bodies()], "the check that was made")


if __name__ == "__main__":
    unittest.main()
