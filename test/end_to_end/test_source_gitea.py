"""sources.Gitea and sources.Forgejo: hooks of their Actions, and what was lost of them."""

import time

from carillon_test.case import ServerTest
from carillon_test.gitea_fake import GiteaFake
from carillon_test.hooks import deliver, digest
from carillon_test.services import finished, http_push, mail
from carillon_test.waiting import stays, wait_for

SECRET = "gitea-hush"


class GiteaTest(ServerTest):
    def setUp(self):
        self.gitea = GiteaFake()
        self.addCleanup(self.gitea.close)
        self.http = self.http_sink()
        self.now = int(time.time())

    @staticmethod
    def soon():
        """An end after the first look, which tells what is old: to be asked for when that has been."""
        return int(time.time()) + 5

    def serve(self, services="", token="", name="Gitea"):
        source = f"sources.{name}({SECRET!r}, url={self.gitea.url!r}"
        source += f", token={token!r}, repos=['acme/bells'])" if token else ")"
        return self.carillon(http_push(self.http, wantSteps=True, wantProperties=True) + services, sources=[source])

    def tell(self, server, body, event="workflow_run", path="hook/gitea"):
        headers = {"X-Gitea-Event": event, "X-Gitea-Delivery": "d-1", "X-Gitea-Signature": digest(SECRET, body)}
        return deliver(server, path, body, headers)

    def test_hooks(self):
        server = self.serve()
        run = self.gitea.run(1, self.now - 60)
        waits = self.tell(server, self.gitea.body_of(run, "requested"))
        self.assertEqual((waits.status, waits.json), (200, {"ignored": "a run that waits: no reporter reports such"}))
        self.assertEqual(self.tell(server, self.gitea.body_of(run, "in_progress")).status, 202)
        self.assertEqual(self.tell(server, self.gitea.body_of(run)).json, {"accepted": 1, "duplicate": False})
        self.assertEqual(self.tell(server, self.gitea.body_of(run)).json, {"accepted": 0, "duplicate": True})
        wait_for(lambda: finished(self.http), "the end")
        self.assertEqual(finished(self.http), {"acme/bells/Peal/1": 2})
        (body,) = [body for body in self.http.bodies() if body["complete"]]
        self.assertEqual(body["properties"]["owner"][0], "ann")
        self.assertEqual(body["properties"]["branch"][0], "main")
        self.assertEqual(body["url"], run["html_url"])

    def test_what_is_refused_or_ignored(self):
        server = self.serve()
        body = self.gitea.body_of(self.gitea.run(1, self.now))
        for shown in ({}, {"X-Gitea-Signature": ""}, {"X-Gitea-Signature": digest("other", body)},
                      {"X-Hub-Signature-256": "sha256=00"}):
            self.assertEqual(deliver(server, "hook/gitea", body, {"X-Gitea-Event": "workflow_run", **shown}).status, 401)
        self.assertEqual(self.tell(server, b"{").status, 400)
        self.assertEqual(self.tell(server, {"action": "completed"}).json, {"error": "repository.full_name: missing"})
        self.assertEqual(self.tell(server, {"ref": "main"}, "push").json, {"ignored": "push"})
        self.assertEqual(server.request("GET", "hook/gitea").status, 405)
        stays(lambda: not self.http.received(), "nothing reported", 1)
        self.assertNotIn(SECRET, server.log.read_text())

    def test_a_run_that_is_run_again_is_repaired(self):
        """Versions that count no attempts end again under one id; the old end, told again, is dropped."""
        smtp = self.smtp_sink()
        server = self.serve(mail(smtp, mode=["change"]))
        ends = [self.gitea.run(1, self.now - 90), self.gitea.run(1, self.now - 30, conclusion="success")]
        for run in ends:
            self.assertEqual(self.tell(server, self.gitea.body_of(run)).json["accepted"], 1)
        late = self.gitea.run(1, self.now - 60)
        self.assertEqual(self.tell(server, self.gitea.body_of(late)).json["accepted"], 0)
        smtp.wait_for(1)
        stays(lambda: len(smtp.received()) == 1, "one mail: it is repaired", 1)
        results = [body["results"] for body in self.http.bodies() if body["complete"]]
        attempts = [body["attempt"] for body in self.http.bodies() if body["complete"]]
        self.assertEqual((results, attempts), ([2, 0], [1, 2]))

    def test_what_was_lost_is_found_once(self):
        server = self.serve(token=self.gitea.token)
        wait_for(lambda: self.gitea.received(), "a first look")
        run = self.gitea.run(1, self.soon())
        self.gitea.jobs[1] = [
            {"id": 41, "run_id": 1, "run_attempt": 1, "name": "tenor", "status": "completed", "conclusion": "failure",
             "started_at": run["started_at"], "completed_at": run["completed_at"]},
        ]
        self.gitea.runs.append(run)
        self.assertEqual(self.tell(server, self.gitea.body_of(run)).status, 202)
        wait_for(lambda: finished(self.http), "the end of the first")
        server.stop()
        self.gitea.runs.append(self.gitea.run(2, self.soon(), conclusion="success"))
        server.start()
        wait_for(lambda: len(finished(self.http)) == 2, "the end that no hook told of")
        self.assertEqual(finished(self.http), {"acme/bells/Peal/1": 2, "acme/bells/Peal/2": 0})
        (first, _) = [body for body in self.http.bodies() if body["complete"]]
        self.assertEqual([step["name"] for step in first["steps"]], ["tenor"])
        self.assertEqual(first["state_string"], "failed: tenor")
        self.assertEqual(self.tell(server, self.gitea.body_of(self.gitea.runs[1])).json["duplicate"], True)
        self.assertEqual(self.gitea.refused, [])

    def test_a_wrong_token_is_said_once(self):
        server = self.serve(token="wrong")
        log = server.process.text
        wait_for(lambda: "gitea: its API cannot be asked" in log() or self.gitea.refused, "a refusal")
        self.assertIn("invalid token", self.gitea.refused[0])

    def test_forgejo(self):
        self.gitea.close()
        self.gitea = GiteaFake(forgejo=True)
        self.addCleanup(self.gitea.close)
        self.gitea.runs.append(self.gitea.forgejo_run(0, self.now - 600))
        server = self.serve(token=self.gitea.token, name="Forgejo")
        wait_for(self.gitea.received, "a first look")
        run = self.gitea.forgejo_run(1, self.soon(), status="success")
        self.gitea.runs.append(run)
        for action in ("success", "recover"):
            reply = self.tell(server, {"action": action, "run": run}, "action_run_" + action, "hook/forgejo")
            self.assertEqual(reply.status, 202)
        wait_for(lambda: finished(self.http), "the end")
        self.gitea.runs.append(self.gitea.forgejo_run(2, self.soon()))
        server.restart()
        wait_for(lambda: len(finished(self.http)) == 2, "the end that no hook told of")
        self.assertEqual(finished(self.http), {"acme/bells/peal/1": 0, "acme/bells/peal/2": 2})

    def test_check_says_what_to_enter(self):
        server = self.serve()
        said = server.check().stdout
        self.assertIn("Target URL: http://ci.example.org/hook/gitea", said)
        self.assertIn("lost stay lost", said)
