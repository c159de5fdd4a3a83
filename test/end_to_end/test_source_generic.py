"""sources.Generic: whatever posts JSON, by a mapping."""

import hashlib
import hmac
import json
import unittest

from carillon_test.carillon import push
from carillon_test.case import ServerTest
from carillon_test.services import http_push
from carillon_test.waiting import stays, wait_for

TOKEN = "token-of-the-sender"
MAPPED = f"""sources.Generic(token={TOKEN!r}, name='sender', mapping={{
    'id': '$.run.id', 'number': '$.run.number', 'results': '$.run.outcome', 'ended': '$.run.end',
    'builder': '{{{{ body.repo | upper }}}}/{{{{ body.flow }}}}', 'branch': '{{{{ body.ref }}}}',
    'reason': lambda body: body['why'].title()}},
    when={{'$.type': ['finished', 'started']}}, results={{'meh': 'warnings'}})"""
SIGNED = f"""sources.Generic(token={TOKEN!r}, name='signed', hmac=util.Hmac('X-Sign', prefix='sha256='),
    mapping={{'results': '$.status'}})"""
ARGO = f"sources.Generic(token={TOKEN!r}, name='argo', mapping=sources.Generic.argo)"
SPINNAKER = f"sources.Generic(token={TOKEN!r}, name='spinnaker', mapping=sources.Generic.spinnaker)"
DATADOG = f"sources.Generic(token={TOKEN!r}, name='datadog', mapping=sources.Generic.datadog)"


def run(number=1, outcome="failed", **changes):
    return {
        "type": "finished", "repo": "acme", "flow": "nightly", "ref": "main", "why": "a clock",
        "run": {"id": f"r{number}", "number": number, "outcome": outcome, "end": None}, **changes,
    }  # fmt: skip


NAMED = f"""sources.Generic(token={TOKEN!r}, name='named',
    builder=lambda run: (run['workflow'] + '@' + run['branch'] if run['branch'] else None),
    mapping={{'id': '$.id', 'pipeline': "{{{{ 'nightly' }}}}", 'branch': '$.ref', 'results': '$.status'}})"""


class GenericTest(ServerTest):
    def setUp(self):
        self.http = self.http_sink()
        self.server = self.carillon(
            http_push(self.http, wantProperties=True), sources=[push(), MAPPED, SIGNED, NAMED, ARGO, SPINNAKER, DATADOG]
        )

    def post(self, body, name="sender", token=TOKEN, **headers):
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **{key.replace("_", "-"): v for key, v in headers.items()}}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.server.request("POST", f"hook/{name}", text, headers)

    def test_a_body_is_a_build_and_the_same_again_is_none(self):
        first = self.post(run())
        self.assertEqual((first.status, first.json), (202, {"accepted": 1, "duplicate": False}))
        self.assertEqual(self.post(run()).json, {"accepted": 0, "duplicate": True})
        self.assertEqual(self.post(run(2, "meh")).status, 202)
        self.http.wait_for(2)
        stays(lambda: len(self.http.received()) == 2, "two posts", 1)
        first, second = self.http.bodies()
        self.assertEqual((first["builder"]["name"], first["number"], first["results"]), ("ACME/nightly", 1, 2))
        self.assertEqual((first["properties"]["branch"][0], first["properties"]["reason"][0]), ("main", "A Clock"))
        self.assertEqual(second["results"], 1)

    def test_what_is_refused_and_what_is_not_meant(self):
        self.assertEqual(self.post(run(), token="wrong").status, 401)
        self.assertEqual(self.post(run(), token=None).status, 401)
        self.assertEqual(self.post(run(type="created")).json, {"ignored": "$.type is another one"})
        broken = self.post(run(run={"id": [], "outcome": "ok"}))
        self.assertEqual((broken.status, broken.json["error"]),
                         (400, "$.run.id (id): must be a text or a number, not a list"))  # fmt: skip
        self.assertEqual(self.post(b"{").status, 400)
        unmade = run()
        del unmade["why"]
        asked = self.post(unmade)
        self.assertEqual(asked.status, 400)
        self.assertRegex(asked.json["error"], r"^reason: .*carillon\.cfg:\d+: KeyError: 'why'$")
        self.assertEqual(self.post(b'{"a":' * 1_000_000).status, 400)
        stays(lambda: not self.http.received(), "no post", 1)
        self.assertNotIn(TOKEN, self.server.process.text())

    def test_a_function_names_the_builder(self):
        body = {"id": 1, "ref": "main", "status": "ok"}
        self.assertEqual(self.post(body, "named").status, 202)
        self.assertEqual(self.post({"id": 2, "status": "ok"}, "named").status, 202)
        self.http.wait_for(2)
        self.assertEqual([one["builder"]["name"] for one in self.http.bodies()], ["nightly@main", "nightly"])
        explained = self.server.cli("explain", "--config", self.server.config, "nightly").stdout
        self.assertIn("note: builder=: yielded no text, but null", explained)
        file = self.server.folder / "delivery.json"
        file.write_text(json.dumps(body), "utf-8")
        place = ("preview", "--config", self.server.config, "--hook", "named", file)
        self.assertIn("of nightly@main (success)", self.server.cli(*place).stdout)

    def test_a_signed_body_whose_id_is_a_header(self):
        text = json.dumps({"status": "success"}).encode()
        sign = "sha256=" + hmac.new(TOKEN.encode(), text, hashlib.sha256).hexdigest()
        wrong = "sha256=" + hmac.new(b"other", text, hashlib.sha256).hexdigest()
        self.assertEqual(self.post(text, "signed", None, X_Sign=wrong, Idempotency_Key="a").status, 401)
        self.assertEqual(self.post(text, "signed", TOKEN, Idempotency_Key="a").status, 401)
        self.assertEqual(self.post(text, "signed", None, X_Sign=sign).status, 400)
        for accepted in (1, 0):
            answer = self.post(text, "signed", None, X_Sign=sign, Idempotency_Key="a")
            self.assertEqual((answer.status, answer.json["accepted"]), (202, accepted))
        self.http.wait_for(1)

    def test_senders_that_are_known(self):
        argo = {
            "metadata": {"uid": "3f", "name": "nightly-x7", "generateName": "nightly-", "namespace": "ci",
                         "creationTimestamp": "2026-11-29T10:00:00Z"},
            "spec": {"workflowTemplateRef": {"name": "nightly"}},
            "status": {"phase": "Error", "message": "pod deleted", "startedAt": None, "finishedAt": None},
        }  # fmt: skip
        execution = {"id": "01H", "application": "shop", "name": "deploy", "status": "TERMINAL",
                     "stages": [{"name": "Bake", "status": "SUCCEEDED"}, {"name": "Deploy", "status": "TERMINAL"}],
                     "trigger": {"type": "manual", "user": "ann"}}  # fmt: skip
        spinnaker = {"details": {"type": "orca:pipeline:failed"}, "content": {"execution": execution}}
        resource = {"level": "pipeline", "unique_id": "u1", "name": "api", "status": "error",
                    "git": {"branch": "main", "sha": "ab" * 20}}  # fmt: skip
        datadog = {"data": {"type": "cipipeline_resource_request", "attributes": {"resource": resource}}}
        for body, name in ((argo, "argo"), (spinnaker, "spinnaker"), (datadog, "datadog")):
            answer = self.post(body, name)
            self.assertEqual((answer.status, answer.json), (202, {"accepted": 1, "duplicate": False}), name)
        wait_for(lambda: len(self.http.received()) == 3, "three posts")
        told = {body["builder"]["name"]: (body["results"], body["state_string"]) for body in self.http.bodies()}
        self.assertEqual(told, {
            "ci/nightly": (4, "pod deleted"),
            "shop/deploy": (2, "failed: Deploy (1 of 2 jobs)"),
            "api": (2, "failure"),
        })  # fmt: skip


if __name__ == "__main__":
    unittest.main()
