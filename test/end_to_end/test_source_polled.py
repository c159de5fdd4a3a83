"""CIs that are asked, alone or for what their hooks lost: Woodpecker, Concourse, TeamCity, Azure Pipelines."""

import time

from carillon_test.case import ServerTest
from carillon_test.hooks import deliver
from carillon_test.polled_fakes import AzureFake, ConcourseFake, TeamCityFake, WoodpeckerFake
from carillon_test.services import finished, http_push
from carillon_test.waiting import stays, wait_for

HEADERS = {"Authorization": "Bearer hook-hush"}


class PolledTest(ServerTest):
    def setUp(self):
        self.http = self.http_sink()
        self.now = int(time.time())

    def stand_in(self, kind):
        made = kind()
        self.addCleanup(made.close)
        return made

    @staticmethod
    def soon():
        """An end after the first look, which tells what is old: to be asked for when that has been."""
        return int(time.time()) + 5

    def serve(self, source):
        return self.carillon(http_push(self.http, wantSteps=True, wantProperties=True), sources=[source])

    def ends(self, count):
        wait_for(lambda: len(finished(self.http)) >= count, lambda: f"{count} ends: {finished(self.http)}")
        stays(lambda: len(finished(self.http)) == count, "no more ends", 0.5)
        return finished(self.http)

    def last_end(self):
        return [body for body in self.http.bodies() if body["complete"]][-1]

    def test_woodpecker(self):
        ci = self.stand_in(WoodpeckerFake)
        ci.pipelines.append(ci.pipeline(1, self.now - 600))
        server = self.serve(f"sources.Woodpecker({ci.url!r}, {ci.token!r}, ['acme/bells'], every=10)")
        wait_for(lambda: len(ci.received()) >= 2, "a first look")
        ci.pipelines.append(ci.pipeline(2, self.soon()))
        self.assertEqual(self.ends(1), {"acme/bells/2": 2})
        self.assertEqual(self.last_end()["state_string"], "failed: tower")
        self.assertEqual([step["state_string"] for step in self.last_end()["steps"]], ["failed: tenor"])
        ci.pipelines.append(ci.pipeline(3, self.soon(), status="success"))
        server.restart()
        self.assertEqual(self.ends(2), {"acme/bells/2": 2, "acme/bells/3": 0})
        self.assertEqual(ci.refused, [])

    def test_concourse(self):
        ci = self.stand_in(ConcourseFake)
        ci.builds.append(ci.build(1, self.now - 600))
        self.serve(f"sources.Concourse({ci.url!r}, {ci.token!r}, teams=['main'], every=10)")
        wait_for(ci.received, "a first look")
        ci.builds += [ci.build(2, self.soon()), ci.build(3, self.soon(), team_name="other")]
        self.assertEqual(self.ends(1), {"main/bells/tenor/2": 2})
        self.assertEqual(self.last_end()["properties"]["revision"][0], "abc")
        self.assertEqual(ci.refused, [])

    def test_a_wrong_token_is_said(self):
        ci = self.stand_in(ConcourseFake)
        server = self.serve(f"sources.Concourse({ci.url!r}, 'wrong-t0ken')")
        wait_for(lambda: "concourse: its API cannot be asked" in server.process.text(), "the line in the log")
        self.assertNotIn("wrong-t0ken", server.process.text())

    def test_teamcity(self):
        ci = self.stand_in(TeamCityFake)
        server = self.serve(f"sources.TeamCity('hook-hush', {ci.token!r}, {ci.url!r})")
        wait_for(ci.received, "a first look")
        ci.builds.append(ci.build(1, self.soon()))
        # The hook tells the least that it may; the API the rest.
        told = {"eventType": "BUILD_FINISHED", "payload": {"id": 1, "status": "FAILURE"}}
        self.assertEqual(deliver(server, "hook/teamcity", told, HEADERS).status, 202)
        self.assertEqual(deliver(server, "hook/teamcity", told, HEADERS).json["duplicate"], True)
        self.assertEqual(self.ends(1), {"Bells/Peal/1": 2})
        self.assertEqual(self.last_end()["properties"]["revision"][0], "abc")
        ci.builds.append(ci.build(2, self.soon(), status="SUCCESS"))
        server.restart()
        self.assertEqual(self.ends(2), {"Bells/Peal/1": 2, "Bells/Peal/2": 0})
        self.assertEqual(ci.refused, [])

    def test_azure(self):
        ci = self.stand_in(AzureFake)
        server = self.serve(f"sources.Azure('hook-hush', {ci.password!r}, {ci.url!r}, projects=['Bells'])")
        wait_for(lambda: len(ci.received()) >= 2, "a first look")
        ci.builds.append(ci.build(1, self.soon()))
        run = {"id": 1, "name": "1", "state": "completed", "result": "failed",
               "createdDate": ci.builds[0]["queueTime"], "finishedDate": ci.builds[0]["finishTime"]}
        told = {"eventType": "ms.vss-pipelines.run-state-changed-event",
                "resource": {"run": run, "pipeline": {"id": 2, "name": "Peal"}},
                "resourceContainers": {"project": {"id": "be9b"}}}
        self.assertEqual(deliver(server, "hook/azure", told, HEADERS).status, 202)
        self.assertEqual(self.ends(1), {"Bells/Peal/1": 2})
        self.assertEqual(self.last_end()["properties"]["revision"][0], "abc")
        complete = {"eventType": "build.complete", "resource": ci.builds[0]}
        self.assertEqual(deliver(server, "hook/azure", complete, HEADERS).json["duplicate"], True)
        ci.builds.append(ci.build(2, self.soon(), result="succeeded"))
        server.restart()
        self.assertEqual(self.ends(2), {"Bells/Peal/1": 2, "Bells/Peal/2": 0})
        self.assertEqual(ci.refused, [])
