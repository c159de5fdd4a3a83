"""Sources that have a hook and nothing else: Alertmanager, Hydra, Bitbucket, AppVeyor; and the token that hooks show."""

import base64
import time

from carillon_test.case import ServerTest
from carillon_test.hooks import deliver, digest
from carillon_test.services import finished, http_push, mail
from carillon_test.waiting import stays, wait_for

TOKEN = "small-hook-t0ken"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
HYDRA = {"event": "buildFinished", "build": 4711, "project": "belfry", "jobset": "main", "job": "tenor", "buildStatus": 1}
APPVEYOR = {
    "eventName": "build_failure",
    "eventData": {"status": "Failed", "buildId": 14636, "buildNumber": 26, "projectName": "web",
                  "repositoryName": "acme/bells", "repositoryProvider": "gitHub", "branch": "main", "commitId": "abc",
                  "started": "2014-04-14 7:57 PM", "jobs": [{"id": "x", "name": "Debug", "status": "Failed"}]},
}
TEAMCITY = {"build": {"notifyType": "buildFinished", "buildResult": "failure", "buildId": "7", "buildNumber": "12",
                      "buildName": "Peal", "projectName": "Bells"}}


def moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S.250Z", time.gmtime(seconds))


def alerts(*each):
    return {"version": "4", "groupKey": "{}", "receiver": "carillon", "alerts": list(each)}


class SmallSourcesTest(ServerTest):
    def setUp(self):
        self.http = self.http_sink()
        self.now = int(time.time())

    def serve(self, *names, services=""):
        sources = [f"sources.{name}({TOKEN!r})" for name in names]
        return self.carillon(http_push(self.http) + services, sources=sources)

    def ends(self, count):
        wait_for(lambda: len(finished(self.http)) >= count, lambda: f"{count} ends: {finished(self.http)}")
        return finished(self.http)

    def test_each_is_told_once(self):
        server = self.serve("Hydra", "AppVeyor")
        for path, body in (("hook/hydra", HYDRA), ("hook/appveyor", APPVEYOR)):
            self.assertEqual(deliver(server, path, body, BEARER).json, {"accepted": 1, "duplicate": False})
            self.assertEqual(deliver(server, path, body, BEARER).json, {"accepted": 0, "duplicate": True})
        self.assertEqual(self.ends(2), {"belfry/main/tenor/4711": 2, "acme/bells/web/26": 2})
        stays(lambda: len(self.http.received()) == 2, "two posts", 1)

    def test_no_token_lets_in_whoever_posts_and_check_warns(self):
        server = self.carillon(http_push(self.http), sources=["sources.Hydra(token=sources.NoToken)"])
        self.assertEqual(deliver(server, "hook/hydra", HYDRA).status, 202)
        self.assertEqual(self.ends(1), {"belfry/main/tenor/4711": 2})
        self.assertIn("the source hydra has sources.NoToken: whoever reaches its hook can post builds",
                      server.check().stderr)
        for written in ("sources.GitHub(secret=sources.NoToken)", "sources.Hydra(token=['a', sources.NoToken])"):
            refused = self.carillon(http_push(self.http), sources=[written], start=False).check()
            self.assertEqual(refused.returncode, 1, written)
            self.assertIn("sources.NoToken", refused.stdout + refused.stderr)

    def test_who_may(self):
        server = self.serve("Hydra")
        basic = "Basic " + base64.b64encode(f"anybody:{TOKEN}".encode()).decode()
        for headers, status in (({}, 401), ({"Authorization": "Bearer wrong"}, 401), ({"Authorization": TOKEN}, 401),
                                ({"Authorization": basic}, 202), ({"X-Carillon-Token": TOKEN}, 202)):
            self.assertEqual(deliver(server, "hook/hydra", HYDRA, headers).status, status, headers)
        self.assertEqual(deliver(server, "hook/hydra", b"{", BEARER).status, 400)
        self.assertEqual(deliver(server, "hook/hydra", b"[" * 1000, BEARER).status, 400)
        self.assertEqual(deliver(server, "hook/hydra", {"event": "stepFinished"}, BEARER).json,
                         {"ignored": "stepFinished"})
        self.assertEqual(server.request("GET", "hook/hydra", headers=BEARER).status, 405)
        self.ends(1)
        self.assertNotIn(TOKEN, server.process.text())

    def test_alerts_fire_and_are_resolved(self):
        smtp = self.smtp_sink()
        server = self.serve("Alertmanager", services=mail(smtp, mode=["failing", "change"]))
        fires = {"status": "firing", "labels": {"alertname": "RopeWorn", "severity": "critical"},
                 "annotations": {"summary": "The rope is worn"}, "startsAt": moment(self.now - 120),
                 "endsAt": "0001-01-01T00:00:00Z", "fingerprint": "c4f9"}
        for accepted in (1, 0, 0):
            self.assertEqual(deliver(server, "hook/alertmanager", alerts(fires), BEARER).json["accepted"], accepted)
        smtp.wait_for(1)
        resolved = {**fires, "status": "resolved", "endsAt": moment(self.now - 10)}
        self.assertEqual(deliver(server, "hook/alertmanager", alerts(resolved), BEARER).json["accepted"], 1)
        smtp.wait_for(2)
        # It comes again, late.
        self.assertEqual(deliver(server, "hook/alertmanager", alerts(fires), BEARER).json["accepted"], 0)
        bodies = [body for body in self.http.bodies() if body["complete"]]
        self.assertEqual([(body["builder"]["name"], body["results"], body["attempt"]) for body in bodies],
                         [("RopeWorn", 2, 1), ("RopeWorn", 0, 2)])
        self.assertEqual(bodies[0]["state_string"], "The rope is worn")
        stays(lambda: len(smtp.received()) == 2, "two mails", 1)

    def test_alerts_of_one_name_are_told_apart_by_their_instance(self):
        smtp = self.smtp_sink()
        server = self.serve("Alertmanager", services=mail(smtp, mode=["change"]))

        def alert(instance, status, began):
            return {"status": status, "labels": {"alertname": "Down", "instance": instance}, "annotations": {},
                    "startsAt": moment(self.now - began), "endsAt": moment(self.now - 5), "fingerprint": instance}

        for instance, status, began in (("a", "firing", 500), ("a", "resolved", 500), ("b", "firing", 300),
                                        ("a", "firing", 200), ("b", "resolved", 300)):
            body = alerts(alert(instance, status, began))
            self.assertEqual(deliver(server, "hook/alertmanager", body, BEARER).json["accepted"], 1)
        self.http.wait_for(5)
        told = [(body["builder"]["name"], body["results"]) for body in self.http.bodies()]
        self.assertEqual(told, [("Down/a", 2), ("Down/a", 0), ("Down/b", 2), ("Down/a", 2), ("Down/b", 0)])
        # The first alert of an instance has nothing before it.
        self.assertEqual(len(smtp.wait_for(3)), 3)
        stays(lambda: len(smtp.received()) == 3, "three mails", 1)

    def test_bitbucket(self):
        server = self.serve("Bitbucket")

        def tell(state, **changes):
            status = {"name": "Peal", "state": state, "key": "k1", "refname": "main", "commit": {"hash": "abc"},
                      "url": "https://bitbucket.org/acme/bells/pipelines/results/77", "created_on":
                      moment(self.now - 90), "updated_on": moment(self.now - 30), **changes}
            body = {"repository": {"full_name": "acme/bells"}, "commit_status": status}
            headers = {"X-Event-Key": "repo:commit_status_updated", "X-Hub-Signature": "sha256=" + digest(TOKEN, body)}
            return deliver(server, "hook/bitbucket", body, headers)

        self.assertEqual(tell("INPROGRESS").status, 202)
        self.assertEqual(tell("FAILED").json, {"accepted": 1, "duplicate": False})
        self.assertEqual(tell("FAILED").json, {"accepted": 0, "duplicate": True})
        self.assertEqual(self.ends(1), {"acme/bells/pipelines/77": 2})
        forged = {"X-Event-Key": "repo:commit_status_updated", "X-Hub-Signature": "sha256=" + "0" * 64}
        self.assertEqual(deliver(server, "hook/bitbucket", {}, forged).status, 401)

    def test_teamcitys_plugin(self):
        source = f"sources.TeamCity({TOKEN!r}, url='https://teamcity.example.org/')"
        server = self.carillon(http_push(self.http), sources=[source])
        self.assertEqual(deliver(server, "hook/teamcity", TEAMCITY, BEARER).json, {"accepted": 1, "duplicate": False})
        self.assertEqual(deliver(server, "hook/teamcity", TEAMCITY, BEARER).json, {"accepted": 0, "duplicate": True})
        self.assertEqual(self.ends(1), {"Bells/Peal/12": 2})
