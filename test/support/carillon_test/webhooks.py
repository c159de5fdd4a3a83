"""Signatures of Standard Webhooks, verified by their authors' own library (npm's standardwebhooks)."""

import base64
import json
import subprocess

from carillon_test.installed import require
from carillon_test.prism import ROOT

KEY = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER_KEY = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()

_LIBRARY = ROOT / "node_modules" / "standardwebhooks"
_PROGRAM = """
const { Webhook } = require(process.argv[1]);
const { key, headers, body } = JSON.parse(require("fs").readFileSync(0, "utf8"));
try {
  new Webhook(key).verify(Buffer.from(body, "base64"), headers);
  console.log("verified");
} catch (error) {
  console.log(error.message);
}
"""


def verdict(request, key=KEY):
    """What the library says of a request that a sink received: "verified", or why not."""
    require("node", _LIBRARY / "package.json")
    told = {"key": key, "headers": dict(request.headers.items()), "body": base64.b64encode(request.body).decode()}
    done = subprocess.run(["node", "-e", _PROGRAM, str(_LIBRARY)], input=json.dumps(told), capture_output=True,
                          text=True, timeout=120, check=True)
    return done.stdout.strip()
