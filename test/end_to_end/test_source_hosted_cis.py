"""sources.CircleCI, Buildkite, Drone and Travis: their hooks, and what the API has of lost ones."""

import base64
import datetime
import email.utils
import hashlib
import hmac
import json
import subprocess
import time
import unittest
import urllib.parse

from carillon_test.case import ServerTest
from carillon_test.hosted_ci_fakes import BuildkiteFake, CircleCIFake
from carillon_test.http_sink import Answer, HttpSink
from carillon_test.services import finished, http_push
from carillon_test.waiting import stays

SECRET = "secret-of-the-hook"


def at(seconds_ago=0):
    moment = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=seconds_ago)
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def signed(body, text=None):
    return hmac.new(SECRET.encode(), text or body, hashlib.sha256)


class Hooks:
    """What all of them do alike."""

    path = ""

    def start(self, source):
        self.http = self.http_sink()
        self.server = self.carillon(http_push(self.http, wantSteps=True, wantProperties=True), sources=[source])

    def headers(self, body, event):
        raise NotImplementedError

    def post(self, body, event, **changes):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **self.headers(data, event), **changes}
        return self.server.request("POST", self.path, data, headers)

    def check_refusals(self, good, event, signature, missing):
        """good: a body that is taken."""
        for wrong in ("", "wrong", self.headers(b"other", event)[signature]):
            self.assertEqual(self.post(good, event, **{signature: wrong}).status, 401, wrong)
        self.assertEqual(self.post(b"{", event).status, 400)
        self.assertEqual(self.post({"action": "created"}, event).json, {"error": missing})
        self.assertEqual(self.post(b"[" * 100_000, event).status, 400)
        self.assertEqual(self.post(b"no matter", "unheard-of").status, 200)
        self.assertEqual(self.http.received(), [])
        self.assertNotIn(SECRET, self.server.process.text())


class CircleCITest(Hooks, ServerTest):
    path = "hook/circleci"

    def headers(self, body, event):
        return {"circleci-event-type": event, "circleci-signature": f"v1={signed(body).hexdigest()}"}

    def pipeline(self, number=130):
        url = "https://github.com/acme/app"
        vcs = {"origin_repository_url": url, "target_repository_url": url, "revision": "1dc6aa", "branch": "main",
               "commit": {"subject": "Ring", "author": {"name": "Ann", "email": "ann@example.org"}}}
        return {"id": f"p-{number}", "number": number, "created_at": at(60), "vcs": vcs, "trigger": {"type": "webhook"}}

    def workflow(self, ident, status, started, **more):
        return {"id": ident, "name": "build", "created_at": at(started), "stopped_at": at(), "status": status, **more}

    def told(self, kind, workflow, number=130, **more):
        return {"id": "e", "type": kind, "project": {"slug": "github/acme/app"}, "workflow": workflow,
                "pipeline": self.pipeline(number), **more}

    def job(self, name, status):
        return {"id": f"j-{name}", "name": name, "number": 7, "status": status, "started_at": at(20), "stopped_at": at()}

    def test_hooks(self):
        self.start(f"sources.CircleCI(secret={SECRET!r})")
        first = self.told("workflow-completed", self.workflow("w1", "failed", 50))
        self.check_refusals(first, "workflow-completed", "circleci-signature", "project.slug: missing")
        for name, status in (("linux", "success"), ("docs", "failed")):
            job = self.told("job-completed", {"id": "w1", "name": "build"}, job=self.job(name, status))
            self.assertEqual(self.post(job, "job-completed").status, 202)
        self.assertEqual(self.post(first, "workflow-completed").json, {"accepted": 1, "duplicate": False})
        self.assertEqual(self.post(first, "workflow-completed").json, {"accepted": 0, "duplicate": True})
        self.http.wait_for(1)
        self.assertEqual(finished(self.http), {"github/acme/app/build/130": 2})
        (told,) = self.http.bodies()
        self.assertEqual({s["name"]: s["results"] for s in told["steps"]}, {"linux": 0, "docs": 2})
        self.assertEqual(told["state_string"], "failed: docs (1 of 2 jobs)")
        again = self.told("workflow-completed", self.workflow("w2", "success", 10))
        self.assertEqual(self.post(again, "workflow-completed").json, {"accepted": 1, "duplicate": False})
        self.http.wait_for(2)
        self.assertEqual([(b["attempt"], b["results"]) for b in self.http.bodies()], [(1, 2), (2, 0)])

    def test_lost_hooks_are_found(self):
        fake = CircleCIFake()
        self.addCleanup(fake.close)
        old = self.workflow("w0", "failed", 900, jobs=[]) | {"stopped_at": at(800)}
        fake.pipelines["github/acme/app"] = [self.pipeline(120) | {"workflows": [old]}]
        self.start(f"sources.CircleCI(secret={SECRET!r}, token={fake.token!r}, url={fake.url!r}, "
                   "projects=['github/acme/app'])")
        self.server.wait_until_following()
        self.server.stop()
        jobs = [self.job("linux", "success"), self.job("docs", "failed"), self.job("mac", "success")]
        lost = [self.workflow("w2", "success", 10, jobs=jobs[:1]), self.workflow("w1", "failed", 50, jobs=jobs)]
        for number in (131, 132):
            fake.pipelines["github/acme/app"].insert(0, self.pipeline(number) | {"workflows": []})
        fake.pipelines["github/acme/app"].insert(0, self.pipeline(130) | {"workflows": lost})
        self.server.start()
        self.http.wait_for(2)
        told = [(b["number"], b["attempt"], b["results"], len(b["steps"])) for b in self.http.bodies()]
        self.assertEqual(told, [(130, 1, 2, 3), (130, 2, 0, 1)])
        hook = self.told("workflow-completed", lost[1])
        self.assertEqual(self.post(hook, "workflow-completed").json, {"accepted": 0, "duplicate": True})
        self.assertEqual(fake.refused, [])
        self.assertNotIn(fake.token, self.server.process.text())


class BuildkiteTest(Hooks, ServerTest):
    path = "hook/buildkite"

    def headers(self, body, event):
        moment = str(int(time.time()))
        signature = signed(body, f"{moment}.".encode() + body).hexdigest()
        return {"X-Buildkite-Event": event, "X-Buildkite-Signature": f"timestamp={moment},signature={signature}"}

    def build(self, number, state, finished_at=None, **more):
        ended = None if state in ("running", "scheduled") else finished_at or at()
        return {"id": f"b-{number}", "number": number, "state": state, "commit": "abcd", "branch": "main",
                "web_url": f"https://buildkite.com/acme/app/builds/{number}", "message": "Ring", "pull_request": None,
                "created_at": at(60), "started_at": at(50), "finished_at": ended, **more}

    def body(self, build, **more):
        return {"build": build, "pipeline": {"slug": "app", "repository": "git@github.com:acme/app.git"}, **more}

    def job(self, ident, state, **more):
        return {"id": ident, "type": "script", "name": f"job {ident[0]}", "state": state, "exit_status": 1,
                "started_at": at(20), "finished_at": at(), **more}

    def test_hooks(self):
        self.start(f"sources.Buildkite(secret={SECRET!r})")
        end = self.body(self.build(2, "failed"))
        self.check_refusals(end, "build.finished", "X-Buildkite-Signature", "build: missing")
        running = self.body(self.build(2, "running"))
        self.assertEqual(self.post(running, "build.running").status, 202)
        self.assertEqual(self.post(running, "build.failing").json["duplicate"], True)
        for job in (self.job("a1", "passed"), self.job("b1", "failed"), self.job("b2", "failed", soft_failed=True,
                    retry_source={"job_id": "b1"})):
            self.assertEqual(self.post(self.body(self.build(2, "running"), job=job), "job.finished").status, 202)
        self.assertEqual(self.post(end, "build.finished").json, {"accepted": 1, "duplicate": False})
        self.assertEqual(self.post(end, "build.finished").json, {"accepted": 0, "duplicate": True})
        self.http.wait_for(2)
        self.assertEqual(finished(self.http), {"app/2": 2})
        told = self.http.bodies()[-1]
        self.assertEqual([(s["name"], s["results"]) for s in told["steps"]], [("job a", 0), ("job b", 1)])
        again = self.body(self.build(2, "passed", finished_at=at(-5)))
        self.assertEqual(self.post(again, "build.finished").json, {"accepted": 1, "duplicate": False})
        self.http.wait_for(3)
        self.assertEqual((self.http.bodies()[-1]["attempt"], self.http.bodies()[-1]["results"]), (2, 0))

    def test_the_token_as_it_is(self):
        self.start(f"sources.Buildkite(secret={SECRET!r})")
        shown = {"X-Buildkite-Signature": "", "X-Buildkite-Token": SECRET}
        self.assertEqual(self.post(self.body(self.build(3, "passed")), "build.finished", **shown).status, 202)
        shown["X-Buildkite-Token"] = SECRET[:-1]
        self.assertEqual(self.post(self.body(self.build(4, "passed")), "build.finished", **shown).status, 401)

    def test_lost_hooks_are_found(self):
        fake = BuildkiteFake()
        self.addCleanup(fake.close)
        pipeline = self.body(None)["pipeline"]
        fake.builds = [self.build(1, "failed", at(800), pipeline=pipeline, jobs=[])]
        self.start(f"sources.Buildkite(secret={SECRET!r}, token={fake.token!r}, organization='acme', api={fake.url!r})")
        self.server.wait_until_following()
        self.server.stop()
        jobs = [self.job("a1", "passed"), self.job("b1", "failed", retried=True), self.job("b2", "failed")]
        for number, state in ((2, "passed"), (3, "failed"), (4, "passed"), (5, "running")):
            fake.builds.insert(0, self.build(number, state, pipeline=pipeline, jobs=jobs if number == 3 else []))
        self.server.start()
        self.http.wait_for(4)
        self.assertEqual(finished(self.http), {"app/2": 0, "app/3": 2, "app/4": 0})
        (third,) = [b for b in self.http.bodies() if b["number"] == 3]
        self.assertEqual([(s["name"], s["results"]) for s in third["steps"]], [("job a", 0), ("job b", 2)])
        hook = self.body(fake.builds[2])
        self.assertEqual(self.post(hook, "build.finished").json, {"accepted": 0, "duplicate": True})
        self.assertEqual(fake.refused, [])
        self.assertNotIn(fake.token, self.server.process.text())


class DroneTest(Hooks, ServerTest):
    path = "hook/drone"

    def headers(self, body, event):
        date = email.utils.formatdate(usegmt=True)
        digest = "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()
        mac = base64.b64encode(signed(body, f"date: {date}\ndigest: {digest}".encode()).digest()).decode()
        signature = f'keyId="hmac-key",algorithm="hmac-sha256",signature="{mac}",headers="date digest"'
        return {"X-Drone-Event": event, "Date": date, "Digest": digest, "Signature": signature}

    def test_hooks(self):
        self.start(f"sources.Drone(secret={SECRET!r})")
        now = int(time.time())

        def body(status, ended=0):
            build = {"id": 100, "number": 42, "status": status, "event": "pull_request", "ref": "refs/pull/3/head",
                     "target": "main", "source": "main", "source_repo": "eve/app", "after": "1111", "author_name": "Eve",
                     "author_email": "eve@example.org", "created": now - 60, "started": now - 50, "finished": ended}
            return {"event": "build", "action": "updated", "repo": {"slug": "acme/app"}, "build": build,
                    "system": {"link": "https://drone.example.org"}}

        self.check_refusals(body("failure", now), "build", "Signature", "build: missing")
        self.assertEqual(self.post(body("running"), "build").json, {"accepted": 1, "duplicate": False})
        self.assertEqual(self.post(body("failure", now), "build").json, {"accepted": 1, "duplicate": False})
        self.assertEqual(self.post(body("failure", now), "build").json, {"accepted": 0, "duplicate": True})
        self.http.wait_for(2)
        self.assertEqual(finished(self.http), {"acme/app/42": 2})
        told = self.http.bodies()[-1]
        self.assertEqual(told["url"], "https://drone.example.org/acme/app/42")
        self.assertEqual(told["properties"]["branch"][0], "refs/pull/3/head")
        self.assertNotIn("eve@example.org", json.dumps(told))


class TravisTest(ServerTest):
    def setUp(self):
        self.api = HttpSink()
        self.addCleanup(self.api.close)
        self.http = self.http_sink()
        self.key = self.folder / "travis.pem"
        self.openssl("genrsa", "-out", self.key, "2048")
        public = self.openssl("rsa", "-in", self.key, "-pubout").decode()
        told = {"config": {"notifications": {"webhook": {"public_key": public}}}}
        self.api.default = Answer(200, {"Content-Type": "application/json"}, json.dumps(told).encode())
        self.public = public

    def openssl(self, *arguments, given=None):
        return subprocess.run(["openssl", *map(str, arguments)], input=given, capture_output=True, check=True).stdout

    def start(self, **arguments):
        extra = "".join(f", {name}={value!r}" for name, value in arguments.items())
        self.server = self.carillon(http_push(self.http), sources=[f"sources.Travis(repos=['acme/*']{extra})"])

    def payload(self, number, state, **more):
        return {"id": 9000 + number, "number": str(number), "repository": {"owner_name": "acme", "name": "app"},
                "state": state, "status_message": "Broken", "type": "push", "branch": "main", "commit": "6c45",
                "started_at": at(60), "finished_at": None if state == "started" else at(),
                "build_url": f"https://app.travis-ci.com/acme/app/builds/{9000 + number}", **more}

    def post(self, payload, key=None, **changes):
        text = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        signature = base64.b64encode(self.openssl("dgst", "-sha1", "-sign", key or self.key, given=text)).decode()
        body = urllib.parse.urlencode({"payload": text}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Signature": signature,
                   "Travis-Repo-Slug": "acme/app", **changes}
        return self.server.request("POST", "hook/travis", body, headers)

    def test_hooks(self):
        self.start(api=self.api.url)
        self.assertEqual(self.post(self.payload(1, "started")).status, 202)
        end = self.payload(1, "failed", matrix=[{"id": 1, "number": "1.1", "state": "passed"},
                                                {"id": 2, "number": "1.2", "state": "failed"}])
        self.assertEqual(self.post(end).json, {"accepted": 1, "duplicate": False})
        self.assertEqual(self.post(end).json, {"accepted": 0, "duplicate": True})
        self.http.wait_for(2)
        self.assertEqual(finished(self.http), {"acme/app/1": 2})
        self.assertEqual(self.http.bodies()[-1]["state_string"], "failed: 1.2 (1 of 2 jobs)")
        self.assertEqual([request.path for request in self.api.received()], ["/config"])
        self.assertEqual(self.post(b"{").status, 400)
        self.assertEqual(self.post({"id": 1}).json, {"error": "repository.owner_name: missing"})
        foreign = self.payload(2, "failed", repository={"owner_name": "evil", "name": "app"})
        self.assertEqual(self.post(foreign).status, 200)
        other = self.folder / "other.pem"
        self.openssl("genrsa", "-out", other, "2048")
        self.assertEqual(self.post(end, other).status, 401)
        self.assertEqual(self.post(end, Signature="").status, 401)
        self.assertEqual(self.post(end, Signature="%%%").status, 401)
        stays(lambda: len(self.http.received()) == 2, "two posts", 1)

    def test_a_key_that_cannot_be_fetched(self):
        self.api.default = Answer(500)
        self.start(api=self.api.url)
        answer = self.post(self.payload(1, "failed"))
        self.assertEqual((answer.status, answer.headers["Retry-After"]), (503, "30"))

    def test_a_key_that_is_pinned(self):
        self.start(public_key=self.public)
        self.assertEqual(self.post(self.payload(1, "passed")).status, 202)
        self.assertEqual(self.api.received(), [])

    def test_what_must_be_configured(self):
        for arguments, why in (("repos=[]", "repos"), ("repos=['acme/app'], public_key='x'", "public_key"), ("", "repos")):
            carillon = self.carillon(start=False, sources=[f"sources.Travis({arguments})"])
            done = carillon.check()
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(why, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
