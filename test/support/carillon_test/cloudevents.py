"""Posts CloudEvents by their authors' own library (npm's cloudevents), in the three modes of HTTP."""

import json
import subprocess

from carillon_test.installed import require
from carillon_test.prism import ROOT

_LIBRARY = ROOT / "node_modules" / "cloudevents"
_PROGRAM = """
const { CloudEvent, emitterFor, httpTransport, Mode, CONSTANTS } = require(process.argv[1]);
const { url, mode, events } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const transport = httpTransport(url);
const made = events.map((event) => new CloudEvent(event));
const send = async () => {
  if (mode === "batch") {
    const headers = { "content-type": CONSTANTS.MIME_CE_BATCH + "; charset=utf-8" };
    return [await transport({ headers, body: JSON.stringify(made) })];
  }
  const emit = emitterFor(transport, { mode: mode === "binary" ? Mode.BINARY : Mode.STRUCTURED });
  const answers = [];
  for (const event of made) answers.push(await emit(event));
  return answers;
};
send().then((answers) => console.log(JSON.stringify(answers.map((answer) => JSON.parse(answer.body)))));
"""

MODES = ("binary", "structured", "batch")


def post(url, mode, events):
    """The answers to the events (dicts with type, source, data ...): one for each, and one for a whole batch."""
    require("node", _LIBRARY / "package.json")
    done = subprocess.run(
        ["node", "-e", _PROGRAM, str(_LIBRARY)],
        input=json.dumps({"url": url, "mode": mode, "events": events}),
        capture_output=True, text=True, timeout=120, check=True,
    )
    return json.loads(done.stdout)
