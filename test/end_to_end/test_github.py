"""GitHubStatusPush and GitHubCommentPush: GitHub's own API description, and a strict stand-in that keeps what it
was told."""

import json
import time
import unittest
import urllib.error
import urllib.request

from carillon_test.carillon import push, watch
from carillon_test.case import ServerTest
from carillon_test.events import build
from carillon_test.github_fake import GitHubFake
from carillon_test.http_sink import Answer
from carillon_test.prism import GITHUB, Prism
from carillon_test.services import Source, service
from carillon_test.waiting import PATIENCE, stays, wait_for

QUIET = 1.5
STATUSES = "/repos/{owner}/{repo}/statuses/{sha}"
COMMENTS = "/repos/{owner}/{repo}/issues/{issue_number}/comments"
COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}"
STATES = ["success", "success", "failure", "success", "error", "pending", "error"]
NAMES = "<b> & \N{BELL} %s"

# The manual's complete example.
GETRESULTS = """
from twisted.internet import defer
@util.renderer
@defer.inlineCallbacks
def getresults(props):
    all_logs=[]
    master = props.master
    steps = yield props.master.data.get(('builders', props.getProperty('buildername'), 'builds',
                                         props.getProperty('buildnumber'), 'steps'))
    for step in steps:
        if step['results'] == util.Results.index('failure'):
            logs = yield master.data.get(("steps", step['stepid'], 'logs'))
            for l in logs:
                all_logs.append('Step : {0} Result : {1}'.format(step['name'], util.Results[step['results']]))
                all_logs.append('```')
                l['stepname'] = step['name']
                l['content'] = yield master.data.get(("logs", l['logid'], 'contents'))
                step_logs = l['content']['content'].split('\\n')
                include = False
                for i, sl in enumerate(step_logs):
                    all_logs.append(sl[1:])
                all_logs.append('```')
    return '\\n'.join(all_logs)
"""


def on_github(number=1, builder="linux", results=0, *, pull=None, project="octo/bell", sha=None, request=None,
              **fields):
    """A build of a commit; with `pull`, of that pull request. A later `request` is a later build request."""
    made = build(number, builder, results, **fields)
    stamp = made["buildset"]["sourcestamps"][0]
    stamp.update(project=project, revision=sha or stamp["revision"])
    if pull:
        stamp["branch"] = f"refs/pull/{pull}/merge"
    submitted = 1700000000 + 1000 * (request or number)
    made["buildset"]["submitted_at"] = made["buildrequest"]["submitted_at"] = submitted
    made["started_at"] = submitted + 5
    made["complete_at"] = submitted + 60 if made["complete"] else None
    return made


def both(*arguments, **fields):
    """Its start and its end."""
    return [on_github(*arguments, **fields, complete=False), on_github(*arguments, **fields)]


def waiting(event, results=None):
    """The request of a build, before it has one; or, with results, as it ends without one."""
    body = {name: event[name] for name in ("builder", "builderid", "buildrequest", "buildrequestid", "buildset")}
    body["properties"] = {}
    body["results"] = results
    if results is not None:
        body["complete_at"] = 1700000001
    what = "new" if results is None else "complete"
    return {"k": f"buildrequests/{event['buildrequestid']}/{what}", "m": body}


def sha_of(event):
    return event["buildset"]["sourcestamps"][0]["revision"]


def fake(test, *repositories, **arguments):
    made = GitHubFake(*repositories, **arguments)
    test.addCleanup(made.close)
    return made


def status(github, **arguments):
    return service("GitHubStatusPush", token=github.token, baseURL=github.api, **arguments)


def comment(github, **arguments):
    return service("GitHubCommentPush", token=github.token, baseURL=github.api, **arguments)


NO_START = "no startDescription"  # the note of a start that a GitHubCommentPush does not comment on


def settled(carillon, count):
    """The rows of the ledger but those of NO_START, once there are `count` and none waits."""

    def rows():
        found = [row for row in carillon.deliveries("--limit", 200) if row["note"] != NO_START]
        return len(found) == count and all(r["state"] != "waiting" for r in found) and found

    return wait_for(rows, lambda: f"{count} settled deliveries: {carillon.deliveries()}")


class DescriptionTest(ServerTest):
    """Prism with the description that GitHub publishes."""

    def prism(self):
        made = Prism(self._new("prism"), GITHUB, [STATUSES, COMMENTS, COMMENT])
        self.addCleanup(made.stop)
        return made.start()

    def test_statuses(self):
        prism = self.prism()
        carillon = self.carillon(service(
            "GitHubStatusPush", token="t0ken", baseURL=prism.url, endDescription="\N{BELL}" * 500,
            pendingDescription="Waiting."))
        events = [on_github(results + 1, results=results) for results in range(7)]
        events.append(on_github(8, NAMES, project="", repository="x"))
        events[-1]["buildset"]["sourcestamps"][0]["repository"] = "git@github.com:octo/bell.git"
        carillon.ingest([waiting(event) for event in events])
        prism.wait_for(8)
        carillon.ingest([{**event, "complete": False, "results": None, "complete_at": None} for event in events])
        prism.wait_for(16)
        carillon.ingest(events)
        exchanges = prism.wait_for(24)
        self.assertEqual(prism.violations(), [])
        self.assertEqual({e.status for e in exchanges}, {201})
        for event, state in zip(events, [*STATES, "success"]):
            # GitHub takes nothing above U+FFFF.
            context = "buildbot/" + event["builder"]["name"].replace("\N{BELL}", "U+1F514")
            of_it = [e.json for e in exchanges if e.path == f"/repos/octo/bell/statuses/{sha_of(event)}"]
            self.assertEqual([body.pop("target_url") != "" for body in of_it], [True] * 3)
            self.assertEqual(of_it, [
                {"state": "pending", "context": context, "description": "Waiting."},
                {"state": "pending", "context": context, "description": "Build started."},
                {"state": state, "context": context, "description": "\ufffd" * 139 + "\u2026"},
            ])
        self.assertEqual({e.headers["Authorization"] for e in exchanges}, {"token t0ken"})
        self.assertTrue(all(e.headers["User-Agent"] for e in exchanges))
        self.assertEqual({row["state"] for row in settled(carillon, 24)}, {"delivered"})

    def test_comments(self):
        prism = self.prism()
        services = service("GitHubCommentPush", token="t0ken", baseURL=prism.url, startDescription="Started.",
                           endDescription=Source("util.Interpolate('Ended: %(prop:buildername)s')"))
        services += service("GitHubCommentPush", name="sticky", token="t0ken", baseURL=prism.url, sticky=True,
                            endDescription="Sticky.")
        carillon = self.carillon(services)
        for results in range(7):
            carillon.ingest(both(results + 1, NAMES, results, pull=results + 1,
                                 properties={"buildername": [NAMES, "Builder"]}))
        carillon.ingest(on_github(8, NAMES, pull=1))
        rows = settled(carillon, 7 * 3 + 2)
        self.assertEqual({row["state"] for row in rows}, {"delivered"})
        skipped = [row for row in carillon.deliveries() if row["note"] == NO_START]
        self.assertEqual([(row["reporter"], row["state"]) for row in skipped], [("sticky", "skipped")] * 7)
        self.assertEqual(prism.violations(), [])
        posted = [e for e in prism.exchanges("POST") if "sticky" not in e.json["body"]]
        for pull in range(1, 8):
            texts = [e.json["body"].split("\n")[0] for e in posted if f"/issues/{pull}/" in e.path]
            self.assertEqual(texts[:2], ["Started.", f"Ended: {NAMES}"], pull)
        methods = {(e.method, e.status) for e in prism.exchanges()}
        self.assertEqual(methods, {("POST", 201), ("GET", 200), ("PATCH", 200)})

    def test_prism_refuses(self):
        prism = self.prism()
        sha, comments = f"/repos/octo/bell/statuses/{'a' * 40}", "/repos/octo/bell/issues/5/comments"
        good = {"state": "success", "context": "x", "description": "x", "target_url": "http://x/"}
        self.assertEqual(prism.request("POST", sha, good).status, 201)
        for change in ({"state": "cancelled"}, {"state": None}, {"context": 5}, {"description": ["x"]}):
            self.assertEqual(prism.request("POST", sha, {**good, **change}).status, 422, change)
        self.assertEqual(prism.request("POST", sha + "/x", good).status, 404)
        self.assertEqual(prism.request("POST", comments, {"body": "x"}).status, 201)
        self.assertEqual(prism.request("POST", comments, {"text": "x"}).status, 422)
        self.assertEqual(prism.request("GET", comments + "?since=yesterday").status, 422)
        self.assertEqual(prism.request("PATCH", "/repos/octo/bell/issues/comments/x", {"body": "x"}).status, 422)


class StatusTest(ServerTest):
    def test_enterprise_and_repositories_of_their_own(self):
        github = fake(self, "octo/bell", "tower/rope", base="/api/v3")
        carillon = self.carillon(status(github, context=Source("util.Interpolate('ci/%(prop:kind)s')"),
                                             verbose=True))
        event = on_github(1, properties={"kind": ["nightly", "x"]})
        second = {**event["buildset"]["sourcestamps"][0], "project": "", "codebase": "rope", "ssid": 2,
                  "repository": "https://ghe.example.org/tower/rope.git", "revision": "ab" * 20}
        third = {**second, "codebase": "new", "ssid": 3, "revision": None}
        event["buildset"]["sourcestamps"] += [second, third]
        carillon.ingest(event)
        rows = settled(carillon, 2)
        self.assertEqual(github.states("octo/bell", sha_of(event), "ci/nightly"), ["success"])
        self.assertEqual(github.states("tower/rope", "ab" * 20, "ci/nightly"), ["success"])
        self.assertIn("codebase new: no revision", rows[0]["note"])
        carillon.process.wait_for_output("reported to")
        shown = carillon.process.text() + json.dumps(rows)
        self.assertNotIn(github.token, shown)

    def test_pending_never_after_the_end(self):
        """While GitHub was away, builds ended, and Carillon was killed and started again."""
        github = fake(self)
        carillon = self.carillon(status(github))
        github.script(*[503] * 3)
        carillon.ingest([on_github(n, complete=False) for n in range(1, 4)])
        wait_for(lambda: sum(r["attempts"] > 0 for r in carillon.deliveries()) >= 1, "an attempt")
        github.down()
        carillon.ingest([on_github(n, results=2) for n in range(1, 6)])
        carillon.kill9()
        carillon.start()
        carillon.ingest([on_github(n, complete=False) for n in range(4, 6)])  # late
        github.up()
        last = lambda n: github.states("octo/bell", sha_of(on_github(n)), "buildbot/linux")[-1:]  # noqa: E731
        wait_for(lambda: all(last(n) == ["failure"] for n in range(1, 6)), lambda: str(github.statuses), 60)
        settled(carillon, 8)  # a start after its end is not reported
        stays(lambda: all(last(n) == ["failure"] for n in range(1, 6)), "failure", QUIET)
        for number in (4, 5):
            self.assertEqual(github.states("octo/bell", sha_of(on_github(number)), "buildbot/linux"), ["failure"])
        self.assertEqual(github.refused, [])

    def test_a_rebuild_wins_over_the_late_end_of_the_first_build(self):
        github = fake(self)
        carillon = self.carillon(status(github))
        sha = "cd" * 20
        carillon.ingest(both(2, sha=sha, request=2))
        wait_for(lambda: github.states("octo/bell", sha, "buildbot/linux")[-1:] == ["success"], "the rebuild")
        carillon.ingest(on_github(1, results=2, sha=sha, request=1))
        settled(carillon, 3)
        self.assertEqual(github.states("octo/bell", sha, "buildbot/linux")[-1], "success")

    def test_a_clock_of_others_that_is_ahead_by_decades_hides_nothing(self):
        github = fake(self)
        other = "token-of-another-team"
        carillon = self.carillon(status(github), sources=[push(), push(other)[:-1] + ", name='other')"])
        sha = "ce" * 20
        wrong = on_github(1, results=2, sha=sha)
        for times in (wrong["buildset"], wrong["buildrequest"]):
            times["submitted_at"] = 4080000000  # 2099
        wrong.update(started_at=4080000005, complete_at=2**63 - 1)
        self.assertEqual(carillon.ingest(wrong, token=other).status, 202)
        wait_for(lambda: github.states("octo/bell", sha, "buildbot/linux") == ["failure"], "the first state")
        right = on_github(2, sha=sha)
        now = int(time.time())
        for times in (right["buildset"], right["buildrequest"]):
            times["submitted_at"] = now + 1  # of the same second, else
        right.update(started_at=now + 2, complete_at=now + 3)
        self.assertEqual(carillon.ingest(right).status, 202)
        settled(carillon, 2)
        self.assertEqual(github.states("octo/bell", sha, "buildbot/linux"), ["failure", "success"])

    def test_a_retried_build_and_its_repetition(self):
        github = fake(self)
        carillon = self.carillon(status(github))
        sha = "ef" * 20
        first = both(1, results=5, sha=sha, request=1, buildrequestid=7)
        second = [{**event, "started_at": event["started_at"] + 20}
                  for event in both(2, results=2, sha=sha, request=1, buildrequestid=7)]
        for count, event in enumerate([*first, *second], 1):
            carillon.ingest(event)
            settled(carillon, count)
        bodies = github.statuses["octo/bell", sha, "buildbot/linux"]
        self.assertEqual([(b["state"], b["description"]) for b in bodies],
                         [("pending", "Build started."), ("pending", "Build done."),
                          ("pending", "Build started."), ("failure", "Build done.")])

    def test_requests_with_nothing_but_what_is_needed(self):
        github = fake(self)
        carillon = self.carillon(status(github, pendingDescription="Waiting."))
        for number, results, state in ((13, 6, "error"), (14, 3, "success")):
            sha = f"{number:040x}"
            stamp = {"project": "octo/bell", "revision": sha, "branch": "main", "repository": "", "codebase": ""}
            body = {"builder": {"name": "b"}, "buildset": {"sourcestamps": [stamp]},
                    "buildrequest": {"buildrequestid": number, "submitted_at": 1700000000}}
            self.assertEqual(carillon.ingest({"k": f"buildrequests/{number}/new", "m": body}).status, 202)
            wait_for(lambda: github.states("octo/bell", sha, "buildbot/b") == ["pending"], "pending")
            carillon.ingest({"k": f"buildrequests/{number}/complete", "m": {**body, "results": results}})
            wait_for(lambda: github.states("octo/bell", sha, "buildbot/b") == ["pending", state], state)

    def test_waiting_and_cancelled(self):
        github = fake(self)
        carillon = self.carillon(status(github, pendingDescription="Waiting."))
        event = on_github(1)
        carillon.ingest(waiting(event))
        wait_for(lambda: github.statuses, "pending")
        carillon.ingest(waiting(event, results=6))
        settled(carillon, 2)
        bodies = github.statuses["octo/bell", sha_of(event), "buildbot/linux"]
        self.assertEqual([(b["state"], b["description"]) for b in bodies],
                         [("pending", "Waiting."), ("error", "Build done.")])

    def test_the_rate_limit_pauses_the_token_across_a_restart(self):
        github = fake(self)
        carillon = self.carillon(status(github) + comment(github, name="comments"))
        github.limit(3600)
        carillon.ingest(on_github(1))
        github.wait_for(1)
        told = lambda: carillon.cli("deliveries", "--config", carillon.config).stdout  # noqa: E731
        seen = wait_for(lambda: next((text for text in [told()] if "paused" in text), None), told)
        self.assertIn("API rate limit exceeded", seen)
        self.assertTrue(all(row["paused_until"] for row in carillon.deliveries("--state", "waiting")))
        tries = len(github.received())
        carillon.kill9()
        carillon.start()
        carillon.ingest(on_github(2, pull=5))
        self.assertIn("paused", told())
        stays(lambda: len(github.received()) == tries, "nothing is sent while it is paused", QUIET)
        github.limit(0)
        done = carillon.cli("resume", "--config", carillon.config, "comments")
        self.assertEqual(done.returncode, 0, done.stderr)
        settled(carillon, 4)  # one is skipped: no pull request
        self.assertEqual(len(github.refused), tries)
        self.assertEqual(len(github.bodies_of("octo/bell", 5)), 1)
        for number in (1, 2):
            self.assertEqual(github.states("octo/bell", sha_of(on_github(number)), "buildbot/linux"), ["success"])

    def test_what_is_not_tried_again(self):
        github = fake(self)
        services = status(github, name="token", builders=["token"]).replace(github.token, "wr0ng")
        services += status(github, name="good", builders=["linux", "full"])
        carillon = self.carillon(services)
        sha = sha_of(on_github(1))
        github.statuses["octo/bell", sha, "buildbot/full"] = [{"state": "pending"}] * 1000
        carillon.ingest([on_github(1, "token"), on_github(1, "full"), on_github(1, project="no/where")])
        rows = settled(carillon, 3)
        self.assertEqual({(row["state"], row["attempts"]) for row in rows}, {("dead", 1)})
        answers = " ".join(row["answer"] for row in rows)
        self.assertEqual(len(github.refused), 3)
        for text in ("Bad credentials", "at most 1000 statuses", "404"):
            self.assertIn(text, answers)


class CommentTest(ServerTest):
    def test_the_manuals_example_with_a_real_buildbot(self):
        github = fake(self)
        services = GETRESULTS + "from buildbot.reporters.github import GitHubCommentPush\n"
        services += "from buildbot.plugins import *\nInterpolate = util.Interpolate\n"
        services += (f"gc = GitHubCommentPush(token={github.token!r}, baseURL={github.api!r},"
                     " endDescription=getresults,"
                     " context=Interpolate('buildbot/%(prop:buildername)s'))\nc['services'].append(gc)\n")
        services += status(github)
        buildbot = self.buildbot()
        carillon = self.carillon(services, sources=[watch(buildbot)]).wait_until_following()
        place = {"project": "octo/bell", "revision": "ab" * 20}
        buildbot.build("fail", branch="refs/pull/5/merge", **place)
        buildbot.build("pass", branch="refs/pull/6/head", **place)
        rows = settled(carillon, 6)
        (body,) = github.bodies_of("octo/bell", 5)
        head, marker = body.rsplit("\n\n", 1)
        self.assertTrue(head.startswith("Step : test Result : failure\n```\n"), body)
        self.assertIn("\ntest_a FAILED\n", head)
        self.assertNotIn("ready", head, "only the steps that failed")
        self.assertTrue(marker.startswith("<!-- carillon "), body)
        self.assertEqual(github.bodies_of("octo/bell", 6), [])
        self.assertEqual({row["state"]: row["note"] for row in rows if row["note"]},
                         {"skipped": "endDescription is empty for this build"})
        for builder, last in (("fail", "failure"), ("pass", "success")):  # a build may end before its start is told
            self.assertIn(github.states("octo/bell", "ab" * 20, f"buildbot/{builder}"), (["pending", last], [last]))

    def test_the_manuals_example_with_a_posted_build(self):
        github = fake(self)
        services = GETRESULTS + "from buildbot.reporters.github import GitHubCommentPush\n"
        services += "from buildbot.plugins import *\n"
        services += (f"c['services'].append(GitHubCommentPush(token={github.token!r}, baseURL={github.api!r},"
                     " endDescription=getresults))\n")
        carillon = self.carillon(services)
        log = {"logid": 5, "name": "stdio", "type": "s", "content": {"logid": 5, "content": "otest_a FAILED\n"}}
        step = {"stepid": 1, "number": 0, "name": "test", "results": 2, "complete": True, "logs": [log]}
        properties = {"buildername": ["linux", "Builder"], "buildnumber": [1, "Build"]}
        carillon.ingest(on_github(1, results=2, pull=5, properties=properties, steps=[step]))
        (row,) = settled(carillon, 1)
        self.assertEqual((row["state"], row["note"]), ("delivered", ""))
        (body,) = github.bodies_of("octo/bell", 5)
        self.assertTrue(body.startswith("Step : test Result : failure\n```\ntest_a FAILED\n"), body)

    def test_sticky_across_a_crash(self):
        """kill -9 after GitHub took the new comment, and once more after it took an edit."""
        github = fake(self)
        text = Source("util.Interpolate('%(prop:buildername)s #%(prop:buildnumber)s ended')")
        carillon = self.carillon(comment(github, sticky=True, endDescription=text))

        def ended(number, builder):
            properties = {"buildername": [builder, "Builder"], "buildnumber": [number, "Build"]}
            return on_github(number, builder, pull=5, properties=properties)

        count = 0
        for number in (1, 2):
            for builder in ("linux", "mac"):
                line = f"{builder} #{number} ended"
                if builder == "linux":
                    github.lose("hang")
                carillon.ingest(ended(number, builder))
                wait_for(lambda: line in "".join(github.bodies_of("octo/bell", 5)), line)
                if builder == "linux":
                    carillon.kill9()
                    carillon.start()
                count += 1
                self.assertEqual({row["state"] for row in settled(carillon, count)}, {"delivered"})
        (body,) = github.bodies_of("octo/bell", 5)
        lines = [line for line in body.split("\n") if line and not line.startswith("<!--")]
        self.assertEqual(lines, ["linux #2 ended", "mac #2 ended"])
        self.assertEqual(github.refused, [])

    def test_a_comment_that_arrived_is_not_repeated(self):
        """kill -9 between GitHub's taking it and its being settled here; then a lost answer without a kill."""
        github = fake(self)
        for _ in range(150):
            github.add_comment("octo/bell", 5, "me too")
        carillon = self.carillon(comment(github))
        github.lose("hang")
        carillon.ingest(on_github(1, pull=5))
        wait_for(lambda: len(github.bodies_of("octo/bell", 5)) == 151, "the comment at GitHub")
        carillon.kill9()
        carillon.start()
        (row,) = settled(carillon, 1)
        self.assertEqual((row["state"], len(github.bodies_of("octo/bell", 5))), ("delivered", 151))
        self.assertIn("is there already", row["answer"])
        github.lose("garbage")
        carillon.ingest(on_github(2, pull=5))
        settled(carillon, 2)
        self.assertEqual(len(github.bodies_of("octo/bell", 5)), 152)
        self.assertEqual(github.refused, [])

    def test_a_login_page_is_no_success(self):
        of_statuses, of_comments = fake(self), fake(self)
        page = b"<!DOCTYPE html><html><title>Sign in to the portal</title></html>"
        for github in (of_statuses, of_comments):
            github.script(Answer(200, headers={"Content-Type": "text/html"}, body=page))
        carillon = self.carillon(status(of_statuses, name="status") + comment(of_comments, name="comment"))
        carillon.ingest(on_github(1, pull=5))
        rows = settled(carillon, 2)
        self.assertEqual([(row["state"], row["attempts"]) for row in rows], [("delivered", 2)] * 2)
        self.assertEqual(len(of_comments.bodies_of("octo/bell", 5)), 1)
        told = carillon.cli("explain", "--config", carillon.config, "linux/1").stdout
        self.assertIn("not the service's own answer", told)
        self.assertIn("Sign in to the portal", told)

    def test_a_comment_that_did_not_arrive_is_posted(self):
        github = fake(self)
        github.script(Answer(how="hang"))
        carillon = self.carillon(comment(github))
        carillon.ingest(on_github(1, pull=5))
        github.wait_for(1)
        carillon.kill9()
        carillon.start()
        settled(carillon, 1)
        self.assertEqual(len(github.bodies_of("octo/bell", 5)), 1)
        self.assertEqual([r.method for r in github.received()], ["POST", "GET", "POST"])

    def test_no_pull_request(self):
        github = fake(self)
        carillon = self.carillon(comment(github))
        carillon.ingest(on_github(1))
        (row,) = settled(carillon, 1)
        self.assertEqual(row["state"], "skipped")
        self.assertIn("no pull request", row["note"])
        self.assertEqual(github.received(), [])

    def test_sticky(self):
        github = fake(self)
        text = Source("util.Interpolate('%(prop:buildername)s ended')")
        carillon = self.carillon(comment(github, sticky=True, endDescription=text, startDescription="runs"))

        def ingest(*events):
            for event in events:
                event["properties"] = {"buildername": [event["builder"]["name"], "Builder"]}
            self.assertEqual(carillon.ingest(list(events)).status, 202)

        def shown():
            bodies = [b for b in github.bodies_of("octo/bell", 5) if b.startswith("<!--")]
            self.assertLessEqual(len(bodies), 1)
            return [line for line in "".join(bodies).split("\n") if line and not line.startswith("<!--")]

        names = ["bsd", "linux", "mac", NAMES]
        github.add_comment("octo/bell", 5, "copied: <!-- carillon sticky%20GitHubCommentPush -->")
        ingest(*[on_github(1, name, pull=5, complete=False) for name in names])
        wait_for(lambda: shown() == ["runs"] * 4 or None, lambda: str(github.comments))
        carillon.restart()
        github.lose("garbage")
        ingest(*[on_github(1, name, pull=5) for name in names])
        settled(carillon, 8)
        self.assertEqual(sorted(shown()), sorted(f"{name} ended" for name in names))
        ingest(on_github(2, "mac", pull=5, complete=False))  # a rebuild
        settled(carillon, 9)
        self.assertEqual(sorted(shown()), sorted([*(f"{name} ended" for name in names if name != "mac"), "runs"]))
        ident = [c["id"] for c in github.comments["octo/bell", 5] if c["body"].startswith("<!--")][0]
        github.delete_comment("octo/bell", 5, ident)
        ingest(on_github(2, "mac", pull=5))
        settled(carillon, 10)
        self.assertEqual(shown(), ["mac ended"])
        self.assertEqual(len(github.bodies_of("octo/bell", 5)), 2)
        self.assertEqual({text.split(": ")[1] for text in github.refused},
                         {"Must have write access to edit this comment.", "Not Found"})


class StrictnessTest(ServerTest):
    """The stand-in does refuse."""

    def ask(self, github, method, path, body=None, **headers):
        given = {"Authorization": f"token {github.token}", "User-Agent": "test", "Content-Type": "application/json",
                 "Accept": "application/vnd.github.v3+json", **headers}
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(github.api + path, data, given, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def test_statuses(self):
        github = fake(self)
        path, good = f"/repos/octo/bell/statuses/{'a' * 40}", {"state": "success", "context": "x"}
        self.assertEqual(self.ask(github, "POST", path, good), 201)
        for change in ({"state": "cancelled"}, {"state": None}, {"description": "x" * 141}, {"context": "x" * 256},
                       {"target_url": "ftp://x"}, {"target_url": 5}, {"url": "http://x"}):
            self.assertEqual(self.ask(github, "POST", path, {**good, **change}), 422, change)
        self.assertEqual(self.ask(github, "POST", path, good, Authorization="token x"), 401)
        self.assertEqual(self.ask(github, "POST", path, good, **{"User-Agent": ""}), 403)
        self.assertEqual(self.ask(github, "POST", path, good, Accept="text/html"), 415)
        self.assertEqual(self.ask(github, "POST", path.replace("bell", "none"), good), 404)
        self.assertEqual(self.ask(github, "POST", path, [good]), 400)
        self.assertEqual(self.ask(github, "PUT", path, good), 404)
        self.assertEqual(github.states("octo/bell", "a" * 40, "x"), ["success"])

    def test_comments(self):
        github = fake(self)
        path = "/repos/octo/bell/issues/5/comments"
        self.assertEqual(self.ask(github, "POST", path, {"body": "x"}), 201)
        for body in ({}, {"body": " "}, {"body": "x" * 65537}, {"body": "x", "in_reply_to": 1}, {"text": "x"}):
            self.assertEqual(self.ask(github, "POST", path, body), 422, str(body)[:50])
        self.assertEqual(self.ask(github, "GET", path + "?per_page=101"), 422)
        self.assertEqual(self.ask(github, "GET", path + "?since=2026-01-01"), 422)
        self.assertEqual(self.ask(github, "PATCH", "/repos/octo/bell/issues/comments/7", {"body": "x"}), 404)
        ident = github.add_comment("octo/bell", 6, "x")
        self.assertEqual(self.ask(github, "PATCH", f"/repos/octo/bell/issues/comments/{ident}", {"body": "x"}), 403)
        github.limit(60)
        self.assertEqual(self.ask(github, "GET", path), 403)
        self.assertEqual(len(github.bodies_of("octo/bell", 5)), 1)


if __name__ == "__main__":
    unittest.main()
