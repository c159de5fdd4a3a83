"""GitHub's official examples of deliveries, signed by Octokit's own library (npm's webhooks-examples, webhooks-methods)."""

import json
import subprocess

from carillon_test.installed import require
from carillon_test.prism import ROOT

_EXAMPLES = ROOT / "node_modules/@octokit/webhooks-examples/api.github.com/index.json"
_METHODS = ROOT / "node_modules/@octokit/webhooks-methods"
_PROGRAM = """
const { secret, bodies } = JSON.parse(require("fs").readFileSync(0, "utf8"));
import(process.argv[1] + "/dist-node/index.js").then(async ({ sign }) => {
  const signatures = [];
  for (const body of bodies) signatures.push(await sign(secret, body));
  console.log(JSON.stringify(signatures));
});
"""


def examples(secret):
    """[(event, body as bytes, the value of X-Hub-Signature-256)] of all events that GitHub has."""
    require("node", _EXAMPLES)
    made = [(event["name"], json.dumps(example)) for event in json.loads(_EXAMPLES.read_text("utf-8"))
            for example in event["examples"]]
    told = json.dumps({"secret": secret, "bodies": [body for _, body in made]})
    done = subprocess.run(["node", "-e", _PROGRAM, str(_METHODS)], input=told, capture_output=True, text=True,
                          timeout=120, check=True)
    return [(event, body.encode(), signature)
            for (event, body), signature in zip(made, json.loads(done.stdout), strict=True)]
