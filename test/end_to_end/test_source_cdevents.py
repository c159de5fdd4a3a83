"""sources.CDEvents: what others emit as CloudEvents, in each version and mode, and Tekton's own events."""

import base64
import datetime
import json
import unittest

from carillon_test import cloudevents
from carillon_test.case import ServerTest
from carillon_test.services import finished, http_push
from carillon_test.waiting import stays

KEY = "key-of-the-hook"
AT = "{:%Y-%m-%dT%H:%M:%SZ}"
VERSIONS = {"0.3": ("version", "0.1.1"), "0.4": ("version", "0.2.0"), "0.5": ("specversion", "0.3.0")}


def now():
    return AT.format(datetime.datetime.now(datetime.UTC))


def cdevent(version, what, subject, chain=None, **content):
    """The data of a CDEvent as that version has it."""
    member, of_type = VERSIONS[version]
    context = {member: f"{version}.0", "id": f"{what}/{subject}", "source": "/ci/alpha", "timestamp": now(),
               "type": f"dev.cdevents.{what}.{of_type}"}
    if chain and version != "0.3":
        context["chainId"] = chain
    data = {"id": subject, "source": "/ci/alpha", "content": content}
    if version != "0.5":
        data["type"] = what.split(".")[0]
    return {"context": context, "subject": data}


def envelope(data):
    """The CloudEvent around it."""
    context = data["context"]
    return {"specversion": "1.0", "id": context["id"], "type": context["type"], "source": context["source"],
            "subject": data["subject"]["id"], "data": data}


def a_run(version, number, name):
    """A pipeline with a task, a suite and two cases, from start to end."""
    run, chain = f"{name}-{number}", f"chain-{name}-{number}"
    bad = "fail" if version in ("0.3", "0.4") else "failure"
    of = {"pipelineRun": {"id": run}}
    suite = {"testSuiteRun": {"id": f"suite-{run}"}}
    address = "uri" if version == "0.5" else "url"
    return [
        cdevent(version, "pipelinerun.queued", run, chain, pipelineName=name),
        cdevent(version, "pipelinerun.started", run, chain, pipelineName=name),
        cdevent(version, "taskrun.started", f"compile-{run}", chain, taskName="compile", **of),
        cdevent(version, "build.finished", f"artifact-{run}", chain, artifactId="pkg:oci/app"),
        cdevent(version, "taskrun.finished", f"compile-{run}", chain, taskName="compile", outcome="failure",
                errors="no space left\nnone at all", **of),
        cdevent(version, "testcaserun.finished", f"login-{run}", chain, outcome=bad, testCase={"name": "Login"}, **suite),
        cdevent(version, "testcaserun.skipped", f"logout-{run}", chain, testCase={"name": "Logout"}, **suite),
        cdevent(version, "testsuiterun.finished", f"suite-{run}", chain, outcome=bad, testSuite={"name": f"Auth of {name}"}),
        cdevent(version, "pipelinerun.finished", run, chain, pipelineName=name, outcome="failure", errors="It broke",
                **{address: f"https://ci.example.org/{run}"}),
    ]


class CDEventsTest(ServerTest):
    def setUp(self):
        self.http = self.http_sink()
        self.server = self.start(self.http)

    def start(self, sink, **arguments):
        extra = "".join(f", {name}={value!r}" for name, value in arguments.items())
        return self.carillon(http_push(sink, wantSteps=True), sources=[f"sources.CDEvents(token={KEY!r}, name='cd'{extra})"])

    def post(self, body, kind="application/json", path="hook/cd", **headers):
        shown = {"Authorization": f"Bearer {KEY}", "Content-Type": kind, **headers}
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.server.request("POST", path, body, {name: value for name, value in shown.items() if value})

    def test_each_version_in_each_mode(self):
        """Emitted by the library of CloudEvents; told once, though it comes twice."""
        names = []
        for version in VERSIONS:
            for mode in cloudevents.MODES:
                name = f"{mode}{version.replace('.', '')}"
                names.append(name)
                events = [envelope(data) for data in a_run(version, 7, name)]
                answers = cloudevents.post(f"{self.server.url}hook/cd/{KEY}", mode, events)
                self.assertNotIn("error", json.dumps(answers), name)
                if mode != "batch":
                    self.assertEqual(answers[3], {"ignored": events[3]["type"]})
                    self.assertEqual(answers[-1], {"accepted": 1, "duplicate": False}, name)
                again = cloudevents.post(f"{self.server.url}hook/cd/{KEY}", mode, [events[-1]])
                self.assertEqual(again, [{"accepted": 0, "duplicate": True}], name)
        # In version 0.3 nothing says what tests belong to: the suite is a build, too.
        alone = {f"Auth of {name}/7": 2 for name in names if name.endswith("03")}
        ends = {f"{name}/7": 2 for name in names} | alone
        self.http.wait_for(2 * len(names) + len(alone))
        self.assertEqual(finished(self.http), ends)
        for name in names:
            with self.subTest(name):
                (told,) = [b for b in self.http.bodies() if b["complete"] and b["builder"]["name"] == name]
                steps = {step["name"]: (step["results"], step["state_string"]) for step in told["steps"]}
                self.assertEqual(steps["compile"], (2, "no space left"))
                self.assertEqual(told["url"], f"https://ci.example.org/{name}-7")
                self.assertEqual(f"Auth of {name}" in steps, not name.endswith("03"))
                if not name.endswith("03"):
                    self.assertEqual(told["tests"]["failed_names"], ["Login"])
                    self.assertEqual(told["tests"]["skipped"], 1)
                    self.assertEqual(told["state_string"], f"failed: compile, Auth of {name} (2 of 2 jobs)")

    def test_without_an_envelope(self):
        for data in a_run("0.4", 8, "plain"):
            self.assertIn(self.post(data).status, (200, 202))
        self.http.wait_for(2)
        self.assertEqual(finished(self.http), {"plain/8": 2})

    def test_tokens(self):
        data = cdevent("0.5", "pipelinerun.finished", "t-1", pipelineName="t", outcome="success")
        basic = base64.b64encode(f"any:{KEY}".encode()).decode()
        for shown, path, status in (
            ({"Authorization": ""}, "hook/cd", 401),
            ({"Authorization": "Bearer wrong"}, "hook/cd", 401),
            ({"Authorization": ""}, "hook/cd/wrong", 401),
            ({"Authorization": ""}, f"hook/cd/{KEY}/more", 404),
            ({"Authorization": ""}, f"hook/cd/{KEY}", 202),
            ({"Authorization": f"Basic {basic}"}, "hook/cd", 202),
        ):
            with self.subTest(shown=shown, path=path):
                self.assertEqual(self.post(data, path=path, **shown).status, status)
        self.http.wait_for(1)
        stays(lambda: len(self.http.received()) == 1, "one post", 1)
        self.assertNotIn(KEY, self.server.process.text())
        self.assertNotIn(KEY, self.server.request("GET", "metrics").body.decode())

    def test_what_is_refused(self):
        batch = "application/cloudevents-batch+json"
        one = envelope(cdevent("0.5", "pipelinerun.finished", "r-1", outcome="success"))
        broken = {**one, "data": {"subject": {}}}
        for body, kind, status, why in (
            (b"{", "application/json", 400, "not JSON"),
            (b"CDEvent(id=7)", "application/json", 400, "sources.Jenkins"),
            ([one, broken], batch, 400, "[1].data.subject.id: missing"),
            ([one] * 1001, batch, 400, "holds more than 1000"),
            (b"[" * 100_000, batch, 400, "levels"),
            (b"<x/>", "application/xml", 415, "must be JSON"),
        ):
            with self.subTest(why):
                answer = self.post(body, kind)
                self.assertEqual(answer.status, status)
                self.assertIn(why, answer.json["error"])
        self.assertEqual(self.post([one], batch).json, {"accepted": 1, "duplicate": False})

    def test_who_may_come_is_told(self):
        self.server.configure(
            http_push(self.http),
            sources=[f"sources.CDEvents(token={KEY!r}, name='cd', origins=['eventgrid.azure.net'])"])
        self.server.restart()

        def asked(origin, path="hook/cd"):
            headers = {"WebHook-Request-Origin": origin, "WebHook-Request-Rate": "120"}
            answer = self.server.request("OPTIONS", path, headers=headers)
            return answer.status, answer.headers["WebHook-Allowed-Origin"], answer.headers["WebHook-Allowed-Rate"]

        self.assertEqual(asked("eventgrid.azure.net"), (200, "eventgrid.azure.net", "*"))
        self.assertEqual(asked("eventgrid.azure.net", f"hook/cd/{KEY}"), (200, "eventgrid.azure.net", "*"))
        self.assertEqual(asked("evil.example.com"), (200, None, None))

    def test_tekton(self):
        def object_of(kind, name, uid, condition, **more):
            return {kind: {"metadata": {"name": name, "namespace": "ci", "uid": uid, **more},
                           "status": {"startTime": now(), "conditions": [{"type": "Succeeded", **condition}]}}}

        labels = {"tekton.dev/pipeline": "release", "tekton.dev/pipelineTask": "build"}
        owner = {"ownerReferences": [{"kind": "PipelineRun", "uid": "u1"}]}
        going = {"status": "Unknown", "reason": "Running"}
        bad = {"status": "False", "reason": "Failed", "message": "exit status 1", "lastTransitionTime": now()}
        cancelled = {"status": "False", "reason": "Cancelled", "lastTransitionTime": now()}
        for kind, event, data in (
            ("pipelinerun", "started", object_of("pipelineRun", "release-run-7", "u1", going, labels=labels)),
            ("pipelinerun", "running", object_of("pipelineRun", "release-run-7", "u1", going, labels=labels)),
            ("taskrun", "failed", object_of("taskRun", "release-run-7-build", "u2", bad, labels=labels, **owner)),
            ("pipelinerun", "failed", object_of("pipelineRun", "release-run-7", "u1", bad, labels=labels)),
            ("pipelinerun", "failed", object_of("pipelineRun", "release-run-x", "u3", cancelled, labels=labels)),
        ):
            headers = {"ce-type": f"dev.tekton.event.{kind}.{event}.v1", "ce-id": "1", "ce-source": "/apis/tekton",
                       "ce-specversion": "1.0", "Authorization": ""}
            answer = self.post(data, path=f"hook/cd/{KEY}", **headers)
            self.assertEqual(answer.status, 202, answer.body)
        self.http.wait_for(3)
        self.assertEqual(finished(self.http), {"ci/release/1": 2, "ci/release/2": 6})
        (told,) = [b for b in self.http.bodies() if b["complete"] and b["number"] == 1]
        self.assertEqual([(s["name"], s["results"]) for s in told["steps"]], [("build", 2)])
        self.assertEqual(told["state_string"], "failed: build")


if __name__ == "__main__":
    unittest.main()
